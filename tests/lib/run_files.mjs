// Runs test files as `node --test` does, but begins them in the order given; that sorts them by name, and a long one that comes last
// has a core to itself while the other is idle. What the tests say goes to stdout, their results as TAP to a file:
//     node run_files.mjs RESULTS.tap AT_ONCE FILE...
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';

const [results, atOnce, ...files] = process.argv.slice(2);
const tests = run({ files: files.map((file) => resolve(file)), concurrency: Number(atOnce), timeout: 900000, forceExit: true });
tests.on('test:fail', ({ todo }) => { if (todo === undefined) process.exitCode = 1; });
tests.compose(new spec()).pipe(process.stdout);
await finished(tests.compose(tap).pipe(createWriteStream(results)));
