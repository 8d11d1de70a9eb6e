// mediad by itself, without nginx and supervisor, in a directory of its own.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { build, eventually, freeUdpPort, temporaryDirectory } from './server.mjs';

export const program = join(build, 'mediad', 'mediad');

/** A state directory with these files, which goes with the test. */
export function stateDirectory(t, files = {}) {
  const dir = temporaryDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  for (const d of ['groups', 'data']) mkdirSync(join(dir, d));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

/** What it says of itself on its control socket. */
export function health(dir) {
  return new Promise((ok, fail) => {
    http.get({ socketPath: join(dir, 'run/control.sock'), path: '/v0/health' }, (res) => {
      let text = '';
      res.on('data', (d) => { text += d; });
      res.on('end', () => ok(JSON.parse(text)));
    }).on('error', fail);
  });
}

/** Starts mediad and waits until it answers: {child, socket for ws_client.mjs, ended, log()}. Ends with the test. */
export async function startMediad(t, dir, { descriptors = 4096 } = {}) {
  const child = spawn('sh', ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, program,
    '--dir', dir, '--udp-port', String(await freeUdpPort()), '--media-listen', '127.0.0.1'],
  { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (d) => { log += d; });
  const ended = new Promise((ok) => { child.once('close', (code, signal) => ok({ code, signal })); });
  t.after(async () => { child.kill('SIGTERM'); await ended; });
  await eventually(async () => {
    const { pid } = await health(dir).catch(() => { throw new Error(log); });
    if (pid !== child.pid) throw new Error(log);
  });
  return { child, socket: join(dir, 'run/mediad.sock'), ended, log: () => log };
}
