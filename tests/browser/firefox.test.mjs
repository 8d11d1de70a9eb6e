// Firefox among others. It refuses a server that offers loopback alone, so the whole meeting takes place in a network namespace of its
// own, where the machine has an address that is not.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const scene = join(dirname(fileURLToPath(import.meta.url)), 'lib/firefox_scene.mjs');

it('Firefox and Chromium meet, see, hear and show each other their screens', { timeout: 480000 }, async (t) => {
  const unshare = process.getuid() === 0 ? ['-n'] : ['-Urn'];
  const child = spawn('unshare', [...unshare, '--', process.execPath, scene], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { log += d; });
  const status = await new Promise((ok, fail) => {
    child.on('error', (e) => fail(new Error(`unshare is needed for this test: ${e.message}`)));
    child.on('exit', ok);
  });
  assert.equal(status, 0, log);
  for (const line of log.split('\n')) if (line.startsWith('took:')) t.diagnostic(line);
});
