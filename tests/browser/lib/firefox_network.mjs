// Firefox refuses a server that offers loopback alone: meetings with it take place in a network namespace of their own, where the machine
// has an address that is not.
import { execFileSync, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ip = (...args) => execFileSync('ip', args, { stdio: 'inherit' });

/** Inside the namespace. */
export function bringUpNetwork() {
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there');
  for (const end of ['here', 'there']) {
    ip('link', 'set', end, 'addrgenmode', 'none');
    ip('link', 'set', end, 'up');
  }
  ip('addr', 'add', '10.99.0.1/24', 'dev', 'here');
  ip('route', 'add', 'default', 'via', '10.99.0.2');
}

/**
 * Runs a scene of this directory there.
 * @param {string} name of its file
 * @returns {Promise<{status: number, log: string}>}
 */
export async function runScene(name) {
  const unshare = process.getuid() === 0 ? ['-n'] : ['-Urn'];
  const scene = join(dirname(fileURLToPath(import.meta.url)), name);
  const child = spawn('unshare', [...unshare, '--', process.execPath, scene], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { log += d; });
  const status = await new Promise((ok, fail) => {
    child.on('error', (e) => fail(new Error(`unshare is needed for this test: ${e.message}`)));
    child.on('exit', ok);
  });
  return { status, log };
}
