// What tests/run says about suites that are not there, and about tests that did not run; in which order files run.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, top } from '../lib/server.mjs';

/** Runs `tests/run conformance` with logs of its own: status, and the last line. */
function conformance(t, directory, ci) {
  const logs = temporaryDirectory();
  t.after(() => rmSync(logs, { recursive: true, force: true }));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const r = spawnSync('sh', [join(top, 'tests', 'run'), 'conformance'], {
    encoding: 'utf8', env: { ...env, CI: ci, CONFORMANCE_DIR: directory, NEREID_LOGS: logs },
  });
  return { status: r.status, out: r.stdout, sum: r.stdout.trimEnd().split('\n').at(-1) };
}

test('in CI the black-box cases may not be missing', (t) => {
  const missing = join(temporaryDirectory(), 'none');
  t.after(() => rmSync(join(missing, '..'), { recursive: true, force: true }));
  const ci = conformance(t, missing, 'true');
  assert.equal(ci.sum, '0 passed, 1 failed, 0 skipped');
  assert.notEqual(ci.status, 0);
  assert.match(ci.out, /--- conformance: [^]*there is no directory /, 'the sum says why');
  assert.equal(conformance(t, missing, '').sum, '0 passed, 0 failed, 0 skipped');
  assert.match(readFileSync(join(top, '.ci', 'run'), 'utf8'), /^export CI=true$/m);
});

test('the sum counts skipped tests', (t) => {
  const dir = temporaryDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'some.test.mjs'), `import { test } from 'node:test';
test('a case of nobody', () => {});
test('a skipped one', { skip: 'for a reason' }, () => {});
test('another', (t) => t.skip());
`);
  assert.match(conformance(t, dir, '').sum, /^1 passed, \d+ failed, 2 skipped$/);
});

test('files run in the order given; one that fails fails them all', (t) => {
  const dir = temporaryDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const run = (...names) => {
    const r = spawnSync(process.execPath, [join(top, 'tests/lib/run_files.mjs'), join(dir, 'tap'), '2', ...names.map((name) => join(dir, `${name}.test.mjs`))], { encoding: 'utf8', env });
    return { status: r.status, out: r.stdout, tap: readFileSync(join(dir, 'tap'), 'utf8') };
  };
  for (const name of ['a', 'b', 'z']) writeFileSync(join(dir, `${name}.test.mjs`), `import { test } from 'node:test'; test('of ${name}', () => {});`);
  writeFileSync(join(dir, 'bad.test.mjs'), "import { test } from 'node:test'; test('of bad', () => { throw new Error('as it should'); });");
  const good = run('z', 'b', 'a');
  assert.equal(good.status, 0, good.out);
  assert.deepEqual([...good.tap.matchAll(/^ok \d+ - of (\w)/gm)].map((m) => m[1]), ['z', 'b', 'a']);
  const bad = run('z', 'bad');
  assert.notEqual(bad.status, 0);
  assert.match(bad.tap, /^# fail 1$/m);
  assert.match(bad.out, /as it should/);
});
