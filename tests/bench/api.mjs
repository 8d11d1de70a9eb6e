// Load on the HTTP API through nginx: node tests/bench/api.mjs [--seconds 10] [--connections 16] [--groups 200]
// Reads, saves (each fsynced: file, directory and database) and token reads, with Basic authentication against a bcrypt
// hash of cost 10. Prints one JSON object; what its members mean: tests/bench/README.md. The build measured is build/
// unless NEREID_BUILD names another; sanitizers would measure themselves.
import { readFileSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import tls from 'node:tls';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { build, childrenOf, startServer } = await import('../lib/server.mjs');

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '16' },
    groups: { type: 'string', default: '200' },
    only: { type: 'string', default: '' },
  },
});
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const groups = Number(values.groups);
const TICKS_PER_SECOND = 100; // of /proc, on every Linux that Debian knows

const PASSWORD = 'a long password';

/** Raw HTTP/1.1 over TLS: one outstanding request, connections kept as long as the server keeps them. */
class Client {
  constructor(port) {
    this.port = port;
    this.session = undefined;
  }

  connect() {
    return new Promise((ok, fail) => {
      const socket = tls.connect({
        port: this.port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false, session: this.session,
      });
      this.socket = socket;
      this.rest = Buffer.alloc(0);
      socket.setNoDelay(true);
      socket.once('secureConnect', ok);
      socket.on('session', (s) => { this.session = s; });
      socket.on('data', (d) => { this.take(d); });
      socket.on('error', fail);
      socket.on('close', () => {
        if (this.socket !== socket) return;
        this.socket = null;
        this.fail?.(new Error('the connection was closed'));
      });
    });
  }

  take(data) {
    this.rest = this.rest.length ? Buffer.concat([this.rest, data]) : data;
    const end = this.rest.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.rest.toString('latin1', 0, end);
    const status = Number(head.slice(9, 12));
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? (status === 204 || status === 304 ? 0 : NaN));
    if (Number.isNaN(length)) {
      this.fail?.(new Error(`an answer without a length: ${head}`));
      return;
    }
    if (this.rest.length < end + 4 + length) return;
    this.rest = this.rest.subarray(end + 4 + length);
    this.ok?.({ status, etag: /\r\netag: (\S+)/i.exec(head)?.[1], close: /\r\nconnection: close/i.test(head) });
  }

  async request(text) {
    if (!this.socket) await this.connect();
    const answer = await new Promise((ok, fail) => {
      this.ok = ok;
      this.fail = fail;
      this.socket.write(text);
    });
    this.ok = this.fail = undefined;
    if (answer.close) {
      this.socket?.destroy();
      this.socket = null;
    }
    return answer;
  }

  end() { this.socket?.destroy(); }
}

const authorization = `Basic ${Buffer.from(`root:${PASSWORD}`).toString('base64')}`;

function message(method, path, body = '', headers = '') {
  return `${method} /galene-api/v0/${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n${headers}`
    + (body ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` : '') + `\r\n${body}`;
}

/** CPU seconds used by the processes below the supervisor, by name, with their children, those that have ended too. */
function cpuSeconds(supervisor) {
  const used = {};
  const add = (pid, name) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    used[name] = (used[name] ?? 0) + fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
    for (const child of childrenOf(pid)) add(child.pid, name);
  };
  for (const child of childrenOf(supervisor)) add(child.pid, child.name);
  return used;
}

function percentile(sorted, p) {
  return sorted.length ? Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] * 1000) : 0;
}

/** Runs `next(client, worker, round)`, which makes a request, on every connection for the given time. */
async function load(server, next) {
  const clients = Array.from({ length: connections }, () => new Client(server.port));
  for (const client of clients) await client.connect();
  const latencies = [];
  const statuses = {};
  const before = cpuSeconds(server.child.pid);
  const own = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(clients.map(async (client, worker) => {
    for (let round = 0; performance.now() < end; round++) {
      const from = performance.now();
      const { status } = await next(client, worker, round);
      latencies.push(performance.now() - from);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  }));
  const elapsed = (performance.now() - start) / 1000;
  const after = cpuSeconds(server.child.pid);
  const mine = process.cpuUsage(own);
  for (const client of clients) client.end();
  latencies.sort((a, b) => a - b);
  const n = latencies.length;
  const cpu = {};
  for (const name of ['admin-cgi', 'nginx', 'mediad']) cpu[name] = Math.round(((after[name] - before[name]) / n) * 1e6);
  return {
    per_second: Math.round(n / elapsed),
    p50_us: percentile(latencies, 0.5),
    p99_us: percentile(latencies, 0.99),
    statuses,
    cpu_us_per_request: cpu,
    generator_busy: Math.round(((mine.user + mine.system) / 1e6 / elapsed) * 100) / 100,
  };
}

const hash = spawnSync(join(build, 'galenectl/galenectl'), ['hash-password', '-type', 'bcrypt', '-cost', '10', '-password', PASSWORD]);
const server = await startServer({
  config: { users: { root: { password: JSON.parse(hash.stdout.toString()), permissions: 'admin' } } },
  groups: Object.fromEntries(Array.from({ length: groups }, (_, i) => [`g${i}`, {
    description: `group ${i}`, users: { u: { password: 'x', permissions: 'op' } },
  }])),
});
const scenarios = {
  get: (client, worker, round) => client.request(message('GET', `.groups/g${(worker * 31 + round) % groups}`)),
  get_unchanged: async (client, worker) => {
    client.etag ??= (await client.request(message('GET', `.groups/g${worker % groups}`))).etag;
    return client.request(message('GET', `.groups/g${worker % groups}`, '', `If-None-Match: ${client.etag}\r\n`));
  },
  get_user: (client, worker, round) => client.request(message('GET', `.groups/g${(worker * 31 + round) % groups}/.users/u`)),
  put: (client, worker, round) => client.request(message('PUT', `.groups/g${(worker * 31 + round) % groups}`,
    JSON.stringify({ description: `worker ${worker} round ${round}` }))),
  put_same_group: (client, worker, round) => client.request(message('PUT', '.groups/g0',
    JSON.stringify({ description: `worker ${worker} round ${round}` }))),
  put_user: (client, worker, round) => client.request(message('PUT', `.groups/g${worker % groups}/.users/u`,
    JSON.stringify({ permissions: round % 2 ? 'op' : 'present' }))),
};
const report = { connections, groups, seconds };
let status = 0;
try {
  await server.api('.groups/g0', { auth: `root:${PASSWORD}` });
  for (const [name, next] of Object.entries(scenarios)) {
    if (values.only && !values.only.split(',').includes(name)) continue;
    report[name] = await load(server, next);
    const bad = Object.entries(report[name].statuses).filter(([s]) => Number(s) >= 400);
    if (bad.length) status = 1;
  }
  report.load_average = readFileSync('/proc/loadavg', 'latin1').split(' ').slice(0, 3).map(Number);
  report.cores = readdirSync('/sys/devices/system/cpu').filter((n) => /^cpu\d+$/.test(n)).length;
} finally {
  await server.stop();
}
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.exit(status);
