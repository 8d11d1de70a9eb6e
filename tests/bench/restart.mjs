// How soon each program answers again after kill -9, each killed several times in a row and in turns.
// node tests/bench/restart.mjs [ROUNDS]: prints JSON, seconds.
import { eventually, startServer } from '../lib/server.mjs';

const rounds = Number(process.argv[2] ?? 5);
const asks = {
  mediad: ['/group/open/.status', 200], 'admin-cgi': ['/healthz/ready', 200], nginx: ['/healthz/live', 200],
};
const s = await startServer({ groups: { open: {} } });
const took = Object.fromEntries(Object.keys(asks).map((name) => [name, []]));
for (let i = 0; i < rounds; i++) {
  for (const [name, [path, status]] of Object.entries(asks)) {
    const old = await eventually(() => s.pidOf(name) ?? Promise.reject(new Error(name)));
    const began = performance.now();
    process.kill(old, 'SIGKILL');
    await eventually(async () => {
      const now = s.pidOf(name);
      if (!now || now === old || (await s.get(path)).status !== status) throw new Error(`${name} is not back`);
    });
    took[name].push((performance.now() - began) / 1000);
  }
}
await s.stop();
const figures = (list) => ({ median: Number(list.sort((a, b) => a - b)[list.length >> 1].toFixed(2)), longest: Number(list.at(-1).toFixed(2)) });
console.log(JSON.stringify(Object.fromEntries(Object.entries(took).map(([name, list]) => [name, figures(list)]))));
