// Starts a server of its own and lets loadgen measure it: node tests/bench/call.mjs [loadgen options].
// The build measured is build/ unless NEREID_BUILD names another; sanitizers would measure themselves.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { build, startServer } = await import('../lib/server.mjs');

const group = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
const server = await startServer({ groups: { load: group } });
let status = 1;
try {
  const pids = ['mediad', 'nginx'].flatMap((name) => ['--pid', String(server.pidOf(name))]);
  // Not spawnSync: the server's log must be read meanwhile, or its writers would block.
  const run = spawn(join(build, 'tests/bench/bin/loadgen'), [
    '--url', `${server.base.replace('https', 'wss')}/ws`, '--group', 'load', ...pids,
    ...process.argv.slice(2),
  ], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(run, 'close');
  status = code ?? 1;
} finally {
  await server.stop();
}
process.exit(status);
