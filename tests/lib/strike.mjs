// strace strikes at one system call of running processes: an error, or a signal.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './server.mjs';

/** Fails where strace may not attach. */
export function needStrace() {
  const probe = spawnSync('strace', ['-o', '/dev/null', '-e', 'trace=none', 'true']);
  assert.equal(probe.status, 0, `strace does not work here, and this test needs it: ${probe.error ?? probe.stderr}`);
}

function isTraced(pid, tracer) {
  return readdirSync(`/proc/${pid}/task`).every((task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    return Number(/^TracerPid:\t(\d+)$/m.exec(status)?.[1]) === tracer;
  });
}

/**
 * Runs `act` while strace strikes at processes, in every thread.
 * @param {string} injection "fsync:error=EIO:when=1"; calls are counted in each thread
 * @param {string[]} [more] options of strace
 * @returns {Promise<{answer: any, hit: boolean, log: string}>} what `act` resolved to, undefined when it failed
 */
export async function struck(dir, pids, injection, act, more = []) {
  const file = join(dir, 'strace.log');
  const strace = spawn('strace', ['-f', '-q', '-o', file, ...pids.flatMap((p) => ['-p', String(p)]),
    '-e', `trace=${injection.split(':')[0]}`, '-e', `inject=${injection}`, ...more], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  strace.stderr.on('data', (d) => { said += d; });
  const ended = new Promise((ok) => { strace.once('close', ok); });
  await eventually(() => {
    for (const pid of pids) assert.ok(isTraced(pid, strace.pid), `strace does not attach: ${said}`);
  });
  const answer = await act().catch(() => undefined);
  strace.kill('SIGTERM');
  await ended;
  const log = readFileSync(file, 'utf8');
  rmSync(file);
  return { answer, hit: /INJECTED|killed by SIGKILL|= \?$/m.test(log), log };
}
