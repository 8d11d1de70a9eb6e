// The console with many groups: node tests/bench/console.mjs [--groups 5000] [--audit 50000] [--people 200] [--spread 20] [--runs 100] [--only REGEXP]
//   [--gitea https://HOST:PORT --gitea-cookie COOKIE --gitea-pages /explore/repos,/admin/users]
// People are in so many meetings as --spread says. Prints a table of every GET page of the router table: milliseconds until the last byte, nginx and TLS included, at the median and at
// the 99th of a hundred, and how many KiB travel for a first visit: the page, its styles and its scripts. Behind it the search,
// and the lists of a Gitea that runs already, asked in the same way.
import { mkdirSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { Browser } = await import('../lib/console.mjs');
const { concrete, pageRoutes } = await import('../lib/console_facts.mjs');
const { join: enter } = await import('../lib/ws_client.mjs');
const { eventually, startServer } = await import('../lib/server.mjs');

const { values } = parseArgs({
  options: {
    groups: { type: 'string', default: '5000' }, audit: { type: 'string', default: '50000' }, people: { type: 'string', default: '200' },
    spread: { type: 'string', default: '20' }, only: { type: 'string', default: '' },
    runs: { type: 'string', default: '100' }, gitea: { type: 'string' }, 'gitea-cookie': { type: 'string' }, 'gitea-pages': { type: 'string', default: '' },
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

/** One request on a connection that stays: what came, and how much of it travelled. */
const request = (base, path, cookie) => new Promise((ok, fail) => {
  const began = performance.now();
  https.get(base + path, { agent, headers: { 'accept-encoding': 'gzip', ...(cookie ? { cookie } : {}) } }, (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('end', () => ok({ status: response.statusCode, body: Buffer.concat(chunks), ms: performance.now() - began, location: response.headers.location }));
  }).on('error', fail);
});

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** @returns {Promise<[string, number, number, number, number]>} path, status, median, p99, KiB */
async function measure(base, path, cookie) {
  const first = await request(base, path, cookie);
  let bytes = first.body.length;
  for (const [, asset] of first.body.toString('latin1').matchAll(/(?:<link rel="stylesheet" href|<script type="module" src)="([^"]*)"/g)) {
    bytes += (await request(base, asset, cookie)).body.length;
  }
  const took = [];
  for (let i = 0; i < runs; i++) took.push((await request(base, path, cookie)).ms);
  took.sort((x, y) => x - y);
  return [path, first.status, at(took, 0.5), at(took, 0.99), bytes / 1024];
}

const line = ([path, status, median, p99, kib]) => console.log(
  `${path.padEnd(56)} ${String(status).padStart(4)} ${median.toFixed(1).padStart(7)} ${p99.toFixed(1).padStart(7)} ${kib ? kib.toFixed(1).padStart(7) : ''}${median > 10 || p99 > 30 ? '  slow' : ''}${kib > 60 ? '  heavy' : ''}`);

const all = {};
for (let i = 0; i < groups; i++) {
  all[`g${i}`] = { displayName: `Group ${i}`, public: true, description: 'where people meet in the morning',
    users: { [`user${i}`]: { password: { type: 'plain', key: 'x' }, permissions: 'op' } }, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
}
const server = await startServer({ groups: all });
const cleanups = [];
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
  console.log(`${'path'.padEnd(56)} code  median     p99     KiB`);
  const paths = pageRoutes.filter((r) => r.method === 'GET').map((r) => concrete(r.pattern, { group: 'g1', user: 'user1', id: r.pattern.includes('.tokens/') ? card.path.slice(invitations.length) : '1' }));
  for (const path of ['/', '/?q=group+499', ...paths, '/admin/groups/?q=group+499', '/admin/people?q=user499', '/admin/audit?actor=person7', '/admin/search.json?q=g', `/admin/groups/g${1 + (people - 1) % spread}/.person?client=${somebody}`, '/admin/search.json?q=group',
    '/admin/search.json?q=user49', '/public-groups.json'].filter((path) => new RegExp(values.only).test(path))) line(await measure(server.base, path, cookie));
  for (const path of values['gitea-pages'].split(',').filter(Boolean)) {
    const [name, ...rest] = await measure(values.gitea, path, values['gitea-cookie']);
    line([`Gitea ${name}`, ...rest]);
  }
} finally {
  for (const job of cleanups) await job();
  agent.destroy();
  await server.stop();
}
