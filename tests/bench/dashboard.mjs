// The console's dashboard and health page with many groups and 30 days of samples:
// node tests/bench/dashboard.mjs [--groups 5000] [--runs 101]
// Prints one JSON object: medians and p99 in milliseconds as a client on this machine sees them, over one kept connection;
// `floor` is /healthz/live, which does nothing else: what is more than that is the page's. `cpu` is the processor time of one request in
// admin-cgi's workers, which other work on the machine disturbs least. `bytes` is as sent, `gzip` compressed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { childrenOf, eventually, openDirectory, startServer } = await import('../lib/server.mjs');
const { Browser } = await import('../lib/console.mjs');
const { fillMetrics, metricsQuery } = await import('../lib/metrics.mjs');

const { values } = parseArgs({ options: { groups: { type: 'string', default: '5000' }, runs: { type: 'string', default: '101' } } });
const n = Number(values.groups);
const runs = Number(values.runs);
const dir = openDirectory();
mkdirSync(join(dir, 'groups'));
for (let i = 0; i < n; i++) {
  writeFileSync(join(dir, 'groups', `g${i}.json`), JSON.stringify({
    displayName: `Group ${i}`, public: i % 10 === 0, users: { [`user${i}`]: { password: 'secret', permissions: 'op' } },
    'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
  }));
}

/** Milliseconds that admin-cgi's workers have run. */
function workersMs(pid) {
  return childrenOf(pid).reduce((sum, child) => sum + workersMs(child.pid) +
    (child.name === 'admin-worker' ? Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6 : 0), 0);
}

const server = await startServer({ dir, config: {} });
try {
  await eventually(() => { if (!metricsQuery(server, 'SELECT count(*) AS n FROM samples')[0].n) throw new Error('no sample yet'); }, 120000);
  fillMetrics(server, { days: 30, people: (s) => Math.round(30 + 25 * Math.sin(s / 13751) + 5 * Math.sin(s / 61)) });
  const root = new Browser(server);
  await root.signIn();
  const out = { groups: n };
  for (const path of ['/healthz/live', '/admin/', '/admin/?range=24h', '/admin/?range=7d', '/admin/?range=30d', '/admin/health', '/admin/usage.csv']) {
    const took = [];
    let bytes = 0, gzip = 0, before = 0;
    for (let i = -5; i < runs; i++) {
      if (i === 0) before = workersMs(server.child.pid);
      const began = performance.now();
      const page = await root.request(path);
      if (i >= 0) took.push(performance.now() - began);
      if (page.status !== 200) throw new Error(`${path}: ${page.status}`);
      bytes = page.html.length;
      gzip = gzipSync(page.html).length;
    }
    const cpu = Math.round((workersMs(server.child.pid) - before) / runs * 100) / 100;
    took.sort((a, b) => a - b);
    const ms = (q) => Math.round(took[Math.min(runs - 1, Math.floor(runs * q))] * 100) / 100;
    out[path === '/healthz/live' ? 'floor' : path] = { median: ms(0.5), p99: ms(0.99), cpu, bytes, gzip };
  }
  console.log(JSON.stringify(out, null, 2));
} finally {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}
