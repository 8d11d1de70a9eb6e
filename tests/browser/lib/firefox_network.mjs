// Firefox refuses a server that offers loopback alone: meetings with it take place in a network namespace of their own, where the machine
// has an address that is not.
import { execFileSync, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from '../../lib/server.mjs';

const ip = (...args) => execFileSync('ip', args, { stdio: 'inherit' });

/** Inside the namespace. */
function bringUpNetwork() {
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

/**
 * A scene: a server that serves the world of the namespace, and people who meet there. When it fails, it says what they saw.
 * @param {string} name of the pictures that are kept then
 * @param {object} options the server's
 * @param {import('./people.mjs').Person[]} people those who have arrived, as `meet` adds them
 * @param {(server: import('../../lib/server.mjs').Server) => Promise<void>} meet
 */
export async function playScene(name, options, people, meet) {
  bringUpNetwork();
  const server = await startServer({ ...options, mediaListen: null });
  try {
    await meet(server);
  } catch (e) {
    for (const person of people) {
      const report = async () => {
        await person.photograph(`${name}-failed-${person.name}`);
        return [await person.complaints(), await person.connections()];
      };
      console.log(person.name, await report().catch((failure) => failure));
    }
    console.log(server.log);
    throw e;
  } finally {
    for (const person of people) await person.goHome();
    await server.stop();
  }
}
