// Starts a server of its own and lets chatload measure its signalling: node tests/bench/signalling.mjs [--direct]
// [chatload options]. With --direct the clients talk to mediad's own socket, past nginx and TLS.
// The build measured is build/ unless NEREID_BUILD names another; sanitizers would measure themselves.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { build, childrenOf, startServer } = await import('../lib/server.mjs');

const given = process.argv.slice(2);
const isDirect = given[0] === '--direct';
const load = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' }, 'auto-subgroups': true };
const limits = {
  'messages-per-second': 100000, 'message-burst': 1000000, 'chats-per-second': 100000, 'chat-burst': 1000000,
  'clients-per-address': 100000, unjoined: 100000, 'unjoined-per-address': 100000,
};
const server = await startServer({
  groups: { load }, files: { 'data/mediad.json': { limits } },
});
let status = 1;
try {
  const workers = childrenOf(server.pidOf('nginx')).map((c) => c.pid);
  const pids = [server.pidOf('mediad'), ...(isDirect ? [] : workers)].flatMap((pid) => ['--pid', String(pid)]);
  const url = isDirect ? `unix:${join(server.dir, 'run', 'mediad.sock')}` : `${server.base.replace('https', 'wss')}/ws`;
  // Not spawnSync: the server's log is to be read meanwhile.
  const run = spawn(join(build, 'tests/bench/bin/chatload'), [
    '--url', url, '--group', 'load', '--control', join(server.dir, 'run', 'control.sock'), ...pids,
    ...given.slice(isDirect ? 1 : 0),
  ], { stdio: ['ignore', 'inherit', 'inherit'] });
  [status] = await once(run, 'close');
} finally {
  await server.stop();
}
process.exit(status ?? 1);
