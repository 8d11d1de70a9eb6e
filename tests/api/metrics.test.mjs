// Numbers for Prometheus: each series once, both programs' numbers, and a real Prometheus keeps them all.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { eventually, freePort, startServer, temporaryDirectory, top } from '../lib/server.mjs';
import { join as enter } from '../lib/ws_client.mjs';

const GROUP = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => {
  server = await startServer({ groups: { lobby: GROUP } });
  // Routes whose rows share a name were what came several times.
  for (const path of ['.groups/lobby', '.groups/lobby/.users/x', '.groups/lobby/.wildcard-user', '.groups/lobby/.empty-user', '.groups/.tokens/', '.groups/lobby/.tokens/', '.nothing', '.groups/lobby/.nothing']) {
    await server.api(path);
  }
});
after(() => server?.stop());

const text = async () => (await server.get('/metrics')).text();
const samples = (t) => t.split('\n').filter((l) => l && l[0] !== '#');
const series = (line) => line.slice(0, line.lastIndexOf(' '));

test('no series is there twice, and those of a family stand together', async () => {
  const lines = samples(await text());
  assert.equal(new Set(lines.map(series)).size, lines.length);
  const families = lines.map((l) => /^\w+/.exec(l)[0]).filter((name, i, all) => name !== all[i - 1]);
  assert.equal(new Set(families).size, families.length);
  assert.match(lines.join('\n'), /^nereid_http_requests_total\{route="api-user-get",method="GET",code="\dxx"\} [23]$/m, 'three rows of one name are one series');
});

test('promtool finds nothing wrong with the text', async () => {
  const r = spawnSync('promtool', ['check', 'metrics'], { input: await text(), encoding: 'utf8' });
  assert.equal(r.status, 0, r.stdout + r.stderr);
});

test('mediad\'s numbers are there, by their documented names', async (t) => {
  const ann = await enter(t, server, 'lobby', 'ann');
  ann.say({ type: 'chat', value: 'counted' });
  await ann.wait((m) => m.type === 'chat');
  const all = await text();
  for (const one of [/^nereid_control_up 1$/m, /^nereid_groups_live 1$/m, /^nereid_clients 1$/m, /^nereid_clients_peak 1$/m, /^nereid_chat_messages_total 1$/m,
    /^nereid_joins_total\{result="ok"\} 1$/m, /^nereid_websocket_connections\{state="joined"\} 1$/m, /^nereid_rtp_packets_total\{direction="in"\} 0$/m,
    /^nereid_rtp_dropped_total\{reason="ssrc"\} 0$/m, /^nereid_dtls_handshakes_total\{result="done"\} 0$/m, /^nereid_worker_busy_ratio\{worker="0"\} /m,
    /^nereid_received_videos\{state="paused"\} 0$/m, /^nereid_received_videos_less\{reason="bandwidth"\} 0$/m, /^nereid_video_pauses_total 0$/m, /^nereid_receiver_lines 0$/m,
    /^nereid_received_videos_layer\{layer="lowest"\} 0$/m, /^nereid_published_rids\{state="broken"\} 0$/m,
    /^nereid_process_open_fds\{program="mediad"\} [1-9]/m, /^nereid_process_open_fds\{program="admin-cgi"\} [1-9]/m,
    /^nereid_build_info\{program="mediad",version="[\d.]+"\} 1$/m]) assert.match(all, one);
  const manual = readFileSync(join(top, 'docs', 'ADMIN.md'), 'utf8');
  for (const name of new Set(samples(all).map((l) => /^nereid_\w+/.exec(l)[0]))) assert.ok(manual.includes(`\`${name}`), `docs/ADMIN.md does not name ${name}`);
});

test('mediad alone answers its own text on the control socket', async () => {
  const own = await new Promise((ok, fail) => {
    request({ socketPath: join(server.dir, 'run', 'control.sock'), path: '/v0/metrics' }, (r) => {
      let all = '';
      r.on('data', (d) => { all += d; }).on('end', () => ok({ type: r.headers['content-type'], all }));
    }).on('error', fail).end();
  });
  assert.equal(own.type, 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(own.all, /^nereid_rtp_packets_total\{direction="in"\} 0$/m);
  assert.doesNotMatch(own.all, /http_requests/);
});

test('a real Prometheus stores every series', async (t) => {
  const dir = temporaryDirectory();
  const port = await freePort();
  mkdirSync(join(dir, 'data'));
  writeFileSync(join(dir, 'prometheus.yml'), `global: {scrape_interval: 1s}
scrape_configs:
  - job_name: nereid
    scheme: https
    tls_config: {insecure_skip_verify: true}
    static_configs: [{targets: ['localhost:${server.port}']}]
`);
  const prometheus = spawn('prometheus', [`--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  t.after(async () => {
    const ended = new Promise((ok) => { prometheus.once('exit', ok); });
    prometheus.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
  const query = async (what) => (await (await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(what)}`)).json()).data.result;
  await eventually(async () => assert.equal((await query('up{job="nereid"}'))[0].value[1], '1'), 30000);
  const ours = samples(await text());
  await eventually(async () => {
    const stored = await query('{__name__=~"nereid_.+"}');
    const names = new Set(stored.map(({ metric: { __name__: name, job, instance, ...labels } }) => `${name}${JSON.stringify(Object.entries(labels).sort())}`));
    assert.equal(names.size, stored.length);
    for (const line of ours) {
      const [, name, inside = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line);
      const labels = [...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]).sort();
      assert.ok(names.has(`${name}${JSON.stringify(labels)}`), `not stored: ${line}`);
    }
  }, 20000);
  const [dropped] = await query('prometheus_target_scrapes_sample_duplicate_timestamp_total');
  assert.equal(dropped?.value[1] ?? '0', '0');
});
