// The console with many groups: node tests/bench/console.mjs [--groups 5000] [--audit 50000] [--people 200] [--spread 20] [--runs 100] [--only REGEXP]
//   [--gitea PROGRAM [--gitea-static DIR]]
// People are in so many meetings as --spread says. Prints a table of every GET page of the router table: milliseconds until the last byte, nginx and TLS included, at the median and at
// the 99th of a hundred (of files to be saved: until their first byte); milliseconds of processor time that one request takes in admin-cgi's workers, at the median and at the
// 99th, and on average in nginx and mediad (which are true on a busy machine, too); and how many KiB travel for a first visit: the page, its styles and its scripts. Behind it the search.
// With a Gitea's program: the same of its lists with as many rows, and both side by side.
import { readFileSync, readdirSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { Browser } = await import('../lib/console.mjs');
const { concrete, pageRoutes } = await import('../lib/console_facts.mjs');
const { comparable, startGitea } = await import('./gitea.mjs');
const { join: enter } = await import('../lib/ws_client.mjs');
const { childrenOf, eventually, startServer } = await import('../lib/server.mjs');

const { values } = parseArgs({
  options: {
    groups: { type: 'string', default: '5000' }, audit: { type: 'string', default: '50000' }, people: { type: 'string', default: '200' },
    spread: { type: 'string', default: '20' }, only: { type: 'string', default: '' },
    runs: { type: 'string', default: '100' }, gitea: { type: 'string' }, 'gitea-static': { type: 'string', default: '' },
  },
});
const [groups, audit, people, spread, runs] = [values.groups, values.audit, values.people, values.spread, values.runs].map(Number);
const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });

/** Rows as the program would have left them, but for their chain: it is not walked here. */
function addAudit(server) {
  const db = new DatabaseSync(join(server.dir, 'data/nereid.db'), { timeout: 20000 });
  const add = db.prepare(`INSERT INTO audit (at, actor_kind, actor_name, account_id, address, request_id, action, object_kind, object,
    version_before, version_after, result, detail, prev_hash, hash) VALUES (?, 'console', ?, 1, '192.0.2.1', ?, ?, ?, ?, 0, 0, ?, ?, ?, ?)`);
  const now = Date.now() * 1000;
  const hash = '0'.repeat(64);
  const kinds = [['group.put', 'group', 'ok'], ['login', 'account', 'ok'], ['live.kick', 'group', 'ok'], ['login.refused', 'account', 'refused']];
  db.exec('BEGIN IMMEDIATE');
  for (let i = 0; i < audit; i++) {
    const [action, kind, result] = kinds[i % kinds.length];
    add.run(now - (audit - i) * 1_000_000, `person${i % 50}`, `request${i}`, action, kind, `g${i % groups}`, result, '{"text":"go home"}', hash, hash);
  }
  db.exec('COMMIT');
  db.close();
}

const textOf = (response, body) => (response.headers['content-encoding'] === 'gzip' && body.length ? gunzipSync(body) : body).toString('latin1');

/** One request on a connection that stays: how much came, and what if it is kept. An export that is put together is rubbish of megabytes, which would be collected while the next one is timed. */
const request = (base, path, cookie, isKept = false) => new Promise((ok, fail) => {
  const began = performance.now();
  https.get(base + path, { agent, headers: { 'accept-encoding': 'gzip', ...(cookie ? { cookie } : {}) } }, (response) => {
    const chunks = [];
    const isFile = /^attachment/.test(response.headers['content-disposition'] ?? '');
    let first = 0;
    let bytes = 0;
    response.on('data', (chunk) => {
      first ||= performance.now();
      bytes += chunk.length;
      if (isKept) chunks.push(chunk);
    });
    response.on('end', () => ok({ status: response.statusCode, bytes, text: textOf(response, Buffer.concat(chunks)), isFile, ms: (isFile ? first : performance.now()) - began }));
  }).on('error', fail);
});

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** Milliseconds that a process's threads have run; 0 once it is gone. */
function ranMs(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0);
  } catch {
    return 0;
  }
}

const sum = (numbers) => numbers.reduce((x, y) => x + y, 0);

/**
 * @param {Record<string, number[]>} pids of `workers` and others whose processor time counts
 * @returns {Promise<{path: string, status: number, median: number, p99: number, kib: number, cpu: number[]}>}
 */
async function measure(base, path, cookie, { workers = [], ...others }) {
  const first = await request(base, path, cookie, true);
  let { bytes } = first;
  for (const [, asset] of first.text.matchAll(/(?:<link rel="stylesheet" href|<script type="module" src)="([^"]*)"/g)) {
    const came = await request(base, asset, cookie);
    if (came.status === 200) bytes += came.bytes;
  }
  const took = [];
  const worked = [];
  const ran = (list) => sum(list.map(ranMs));
  const before = Object.values(others).map(ran);
  for (let i = 0; i < runs; i++) {
    const since = ran(workers);
    took.push((await request(base, path, cookie)).ms);
    worked.push(Math.max(0, ran(workers) - since));
  }
  const cpu = Object.values(others).map((list, i) => (ran(list) - before[i]) / runs);
  took.sort((x, y) => x - y);
  worked.sort((x, y) => x - y);
  return { path, status: first.status, isFile: first.isFile, median: at(took, 0.5), p99: at(took, 0.99), kib: bytes / 1024, cpu: [at(worked, 0.5), at(worked, 0.99), ...cpu] };
}

const width = 56;
const pairWidth = 88;
const cell = (value) => value.toFixed(1).padStart(8);
const short = (path, room = width) => (path.length > room ? `${path.slice(0, room - 1)}…` : path).padEnd(room);
const heads = (...names) => names.map((name) => name.padStart(8)).join('');

function line({ path, status, isFile, median, p99, cpu, kib }) {
  const faults = [median > 10 || p99 > 30 ? 'slow' : '', !isFile && (cpu[0] > 10 || cpu[1] > 30) ? 'works long' : '', !isFile && kib > 60 ? 'heavy' : ''].filter(Boolean);
  console.log(`${short(path)}${`${status}`.padStart(5)}${[median, p99, ...cpu, kib].map(cell).join('')}  ${isFile ? 'file ' : ''}${faults.join(', ')}`.trimEnd());
}

/** Our server is stopped by then: neither waits for the other. @param {Map<string, {median: number, p99: number, cpu: number[], kib: number}>} ours */
async function besideGitea(ours) {
  const gitea = await startGitea(values.gitea, values['gitea-static'], { repositories: groups, people, notices: audit });
  const theirs = new Map();
  try {
    for (const { theirs: path } of comparable) theirs.set(path, await measure(gitea.base, path, gitea.cookie, { workers: [gitea.pid] }));
  } finally {
    await gitea.stop();
  }
  console.log(`\nGitea: ${groups} repositories, ${people} people, ${audit} notices; KiB of its pages without styles and scripts\n${short('path')} code${heads('median', 'p99', 'process', 'p99', 'KiB')}`);
  theirs.forEach(line);
  const all = ({ median, p99, cpu, kib }) => [median, p99, sum(cpu) - cpu[1], kib].map(cell).join(''); // with nginx and mediad, but not the 99th
  console.log(`\nside by side: milliseconds until the last byte, at the median and at the 99th, and of all processes together; KiB, ours with styles and scripts\n${short('list', pairWidth)}${heads('ours', 'p99', 'cpu', 'KiB', 'Gitea', 'p99', 'cpu', 'KiB')}`);
  for (const pair of comparable) if (ours.has(pair.ours)) console.log(`${short(`${pair.what}: ${pair.ours}, ${pair.theirs}`, pairWidth)}${all(ours.get(pair.ours))}${all(theirs.get(pair.theirs))}`);
}

const all = {};
for (let i = 0; i < groups; i++) {
  all[`g${i}`] = { displayName: `Group ${i}`, public: true, description: 'where people meet in the morning',
    users: { [`user${i}`]: { password: { type: 'plain', key: 'x' }, permissions: 'op' } }, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
}
const server = await startServer({ groups: all });
const cleanups = [];
const ours = new Map();
try {
  await eventually(() => { addAudit(server); }, 60000);
  let somebody = '';
  for (let i = 0; i < people; i++) ({ id: somebody } = await enter({ after: (job) => cleanups.push(job) }, server, `g${1 + i % spread}`, `guest${i}`, ''));
  const b = new Browser(server);
  await b.signIn();
  const invitations = '/admin/groups/g1/.tokens/';
  const card = await b.submit((await b.open(invitations)).form(invitations));
  const account = await b.open('/admin/accounts/.new');
  await b.submit(account.form('/admin/accounts/.new').fill({ login: 'susan', preset: 'teacher', prefix: 'g1' }));
  const cookie = [...b.cookies].map(([n, v]) => `${n}=${v}`).join('; ');
  console.log(`${groups} groups, ${audit} rows of audit, ${people} people inside ${spread} meetings, ${runs} requests one after the other, each on one connection`);
  console.log(`${short('path')} code${heads('median', 'p99', 'workers', 'p99', 'nginx', 'mediad', 'KiB')}`);
  const children = (program, name) => childrenOf(server.pidOf(program)).filter((c) => c.name === name).map((c) => c.pid);
  const pids = { workers: children('admin-cgi', 'admin-worker'), nginx: children('nginx', 'nginx'), mediad: [server.pidOf('mediad')] };
  const paths = pageRoutes.filter((r) => r.method === 'GET').map((r) => concrete(r.pattern, { group: 'g1', user: 'user1', id: r.pattern.includes('.tokens/') ? card.path.slice(invitations.length) : '1' }));
  const asked = ['/', '/?q=group+499', ...paths, '/admin/groups/?q=group+499', '/admin/groups/?sort=changed', '/admin/groups/?show=weak', '/admin/people?q=user499', '/admin/audit?actor=person7',
    '/admin/audit?q=person7', '/admin/audit?before=1000', '/admin/search.json?q=g', `/admin/groups/g${1 + (people - 1) % spread}/.person?client=${somebody}`, '/admin/search.json?q=group',
    '/admin/search.json?q=user49', '/public-groups.json'];
  for (const path of asked.filter((path) => new RegExp(values.only).test(path))) {
    ours.set(path, await measure(server.base, path, cookie, pids));
    line(ours.get(path));
  }
} finally {
  for (const job of cleanups) await job();
  await server.stop();
}
try {
  if (values.gitea) await besideGitea(ours);
} finally {
  agent.destroy();
}
