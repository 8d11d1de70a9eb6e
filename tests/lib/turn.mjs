// coturn, as people run it, on loopback and ports of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from './server.mjs';

/** @param {string} secret of log-ins @returns {Promise<{port: number, stop: () => Promise<void>}>} */
export async function startTurn(secret) {
  const port = await freePort();
  const place = mkdtempSync(join(tmpdir(), 'turn-'));
  const child = spawn('turnserver', ['-n', '--listening-ip', '127.0.0.1', '--relay-ip', '127.0.0.1', '--listening-port', String(port), '--min-port', '49160', '--max-port', '49190',
    '--use-auth-secret', '--static-auth-secret', secret, '--realm', 'watch.example', '--no-tls', '--no-dtls', '--no-cli', '--allow-loopback-peers', '--log-file', 'stdout',
    '--pidfile', join(place, 'pid'), '--userdb', join(place, 'db')], { stdio: 'ignore', cwd: place });
  await eventually(() => new Promise((resolve, reject) => {
    const s = connect(port, '127.0.0.1', () => { s.destroy(); resolve(undefined); });
    s.on('error', reject);
  }));
  return {
    port,
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(place, { recursive: true, force: true });
    },
  };
}
