// The original server, whose program is given, in a directory of its own: what benches measure beside ours.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '../lib/server.mjs';

/**
 * Starts it and waits until it answers: {base, pid, stop}.
 * @param {string} program
 * @param {string} staticDirectory its static files
 * @param {Record<string, object>} groups group name -> description
 * @param {string[]} [args] more options
 */
export async function startOriginal(program, staticDirectory, groups, args = []) {
  const dir = mkdtempSync(join(tmpdir(), 'nereid-original-'));
  for (const name of ['groups', 'data', 'recordings']) mkdirSync(join(dir, name));
  for (const [name, description] of Object.entries(groups)) writeFileSync(join(dir, 'groups', `${name}.json`), JSON.stringify(description));
  writeFileSync(join(dir, 'data/config.json'), '{}');
  const port = await freePort();
  const child = spawn(program, ['-http', `127.0.0.1:${port}`, '-turn', '', '-static', staticDirectory,
    '-groups', join(dir, 'groups'), '-data', join(dir, 'data'), '-recordings', join(dir, 'recordings'), ...args,
  ], { cwd: dir, stdio: 'ignore' });
  const closed = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await closed;
    rmSync(dir, { recursive: true, force: true });
  };
  const base = `https://localhost:${port}`;
  try {
    await eventually(() => fetch(base));
  } catch (e) {
    await stop();
    throw e;
  }
  return { base, pid: /** @type {number} */ (child.pid), stop };
}
