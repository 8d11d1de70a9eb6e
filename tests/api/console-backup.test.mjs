// The console's backups: made by a job, taken away, put back with a look first, and every night.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finishedJob, signedInAt } from '../lib/console.mjs';
import { build, childrenOf, eventually, openDirectory, startServer, top } from '../lib/server.mjs';
import { change, query } from '../lib/store.mjs';

const program = join(build, 'admin-cgi', 'admin-cgi');

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let place;
before(async () => {
  place = openDirectory();
  server = await startServer({ groups: { seminar: { description: 'then' }, 'team/daily': {} } });
});
after(async () => {
  await server?.stop();
  rmSync(place, { recursive: true, force: true });
});

const signedIn = () => signedInAt(server);
const order = async (b, form) => finishedJob(b, (await b.submit(form)).path);
const make = async (b, values = {}) => order(b, (await b.open('/admin/backup')).form('/admin/backup').fill({ action: 'make', ...values }));
const files = () => readdirSync(join(server.dir, 'data/backups')).filter((f) => !f.startsWith('.'));
const restorePath = (name) => `/admin/backup/${name}/restore`;

test('a backup is made by a job, listed, taken away, and whole', async () => {
  const b = await signedIn();
  const done = await make(b);
  assert.match(done.text, /Done\. Groups: 2, files: /);
  const [name] = files();
  assert.match(name, /^nereid-\d{8}-\d{6}\.tar\.gz$/);
  assert.equal(statSync(join(server.dir, 'data/backups', name)).mode & 0o777, 0o600);
  assert.match((await b.open('/admin/backup')).text, new RegExp(name));
  const answer = await fetch(`${server.base}/admin/backup/${name}`, { headers: { cookie: [...b.cookies].map(([n, v]) => `${n}=${v}`).join('; ') } });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-disposition'), new RegExp(`attachment; .*${name}`));
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.deepEqual(bytes, readFileSync(join(server.dir, 'data/backups', name)));
  const copy = join(place, name);
  writeFileSync(copy, bytes);
  const r = spawnSync(program, ['check', copy], { encoding: 'utf8' });
  assert.match(r.stdout, /every file is as it was saved/, r.stderr);
  for (const action of ['backup.make', 'backup.download']) {
    assert.equal(query(server, 'SELECT count(*) n FROM audit WHERE action = ? AND object = ?', action, name)[0].n, 1, action);
  }
  const audit = (await b.open('/admin/audit')).text;
  for (const did of ['made', 'downloaded']) assert.ok(audit.includes(`root ${did} the backup ${name}.`), audit);
  for (const path of ['/admin/backup/..%2Fconfig.json', '/admin/backup/.lock', '/admin/backup/none.tar.gz']) {
    assert.equal((await b.open(path)).status, 404, path);
  }
});

test('what is asked for wrongly is said beside the field, and the same form makes one backup', async () => {
  const b = await signedIn();
  const page = await b.open('/admin/backup');
  for (const [values, words] of [[{ scope: 'group', group: '../x' }, /Group: /], [{ passphrase: 'short' }, /at least 8 characters/], [{ scope: 'half' }, /Choose what/]]) {
    const bad = await b.submit(page.form('/admin/backup').fill({ action: 'make', scope: 'everything', passphrase: '', ...values }));
    assert.equal(bad.status, 422);
    assert.match(bad.text, words);
    assert.ok(!bad.html.includes('value="short"'), 'a passphrase comes back');
  }
  const form = (await b.open('/admin/backup')).form('/admin/backup').fill({ action: 'make', scope: 'groups' });
  const before = files().length;
  const first = await b.submit(form);
  const second = await b.submit(form);
  assert.equal(second.path, first.path);
  await finishedJob(b, first.path);
  assert.equal(files().length, before + 1);
});

test('a sealed backup is looked into with its passphrase, and put back with it', async () => {
  const b = await signedIn();
  const passphrase = 'eight characters';
  await make(b, { passphrase });
  const name = files().find((f) => f.endsWith('.age'));
  assert.ok(name);
  assert.ok(!readdirSync(join(server.dir, 'data/jobs')).some((f) => f.endsWith('.secret')), 'a passphrase stays');
  assert.ok(!readdirSync(join(server.dir, 'data/jobs')).some((f) => readFileSync(join(server.dir, 'data/jobs', f), 'utf8').includes(passphrase)));
  await server.api('.groups/seminar', { method: 'PUT', json: { description: 'now' } });
  const path = restorePath(name);
  const page = await b.open(path);
  assert.match(page.text, /The backup is sealed/);
  assert.match((await b.submit(page.form(path).fill({ action: 'look', passphrase: 'nine characters' }))).text, /the passphrase is wrong/);
  const look = await b.submit(page.form(path).fill({ action: 'look', passphrase }));
  assert.match(look.text, /Groups that change: 1 seminar/);
  const untyped = await b.submit(look.form(path).fill({ action: 'restore', passphrase, server: 'elsewhere' }));
  assert.equal(untyped.status, 422);
  assert.match(untyped.text, /Write the name of this server: localhost/);
  const failed = await order(b, (await b.open(path)).form(path).fill({ action: 'restore', scope: 'groups', passphrase: 'nine characters', server: 'localhost' }));
  assert.match(failed.text, /It failed: .*the passphrase is wrong/);
  const done = await order(b, (await b.open(path)).form(path).fill({ action: 'restore', scope: 'group', group: 'seminar', passphrase, server: 'localhost' }));
  assert.match(done.text, /Done\. 1 of 1 groups were put back/);
  assert.equal((await (await server.api('.groups/seminar')).json()).description, 'then');
});

test('everything is put back: the job outlives the server that does it, and everybody is signed out', async () => {
  const b = await signedIn();
  await make(b, { scope: 'everything' });
  const name = files().filter((f) => /^nereid-.*gz$/.test(f)).sort().at(-1);
  await server.api('.groups/seminar', { method: 'PUT', json: { description: 'spoilt' } });
  await server.api('.groups/newcomer', { method: 'PUT', json: {} });
  const path = restorePath(name);
  const page = await b.open(path);
  assert.match(page.text, /Groups that change: 1 seminar.*Groups that go when everything is put back: 1 newcomer/);
  const job = await b.submit(page.form(path).fill({ action: 'restore', scope: 'everything', server: 'localhost' }));
  assert.match(job.path, /^\/admin\/jobs\/\d+$/);
  await eventually(async () => {
    const r = await server.api('.groups/seminar');
    assert.equal((await r.json()).description, 'then');
    assert.ok(!existsSync(join(server.dir, 'data/restore')));
  }, 60000);
  assert.equal((await server.api('.groups/newcomer')).status, 404);
  assert.equal((await b.request('/admin/')).status, 303, 'the session has ended');
  const again = await signedIn();
  const done = await finishedJob(again, job.path);
  assert.match(done.text, /Done\. The backup is in place/);
  assert.match(done.text, /What was there: before-restore-/);
});

test('a job goes on after its process and the server were killed, and one that cannot end is given up', async () => {
  const b = await signedIn();
  const before = files().length;
  const page = await b.submit((await b.open('/admin/backup')).form('/admin/backup').fill({ action: 'make', scope: 'everything' }));
  process.kill(server.pidOf('admin-cgi'), 'SIGKILL');
  // Who asked for it is still signed in.
  assert.match((await finishedJob(b, page.path)).text, /Done\. /);
  assert.equal(files().length, before + 1);
  // As a crash leaves it, at its third attempt.
  server.writeFile('data/jobs/77.json', { id: 77, kind: 'backup', state: 'running', scope: 'everything', by: 'root', attempts: 3 });
  const failed = await finishedJob(await signedIn(), '/admin/jobs/77');
  assert.match(failed.text, /It failed: It ended three times/);
});

test('a job that waits can be stopped', async () => {
  const b = await signedIn();
  const keeper = childrenOf(server.pidOf('admin-cgi')).find((c) => c.name === 'admin-keeper').pid;
  const before = files().length;
  process.kill(keeper, 'SIGSTOP');
  let page;
  try {
    page = await b.submit((await b.open('/admin/backup')).form('/admin/backup').fill({ action: 'make', scope: 'everything' }));
    assert.match(page.text, /waits for its turn/);
    assert.equal(page.headers.get('refresh'), '2');
    page = await b.submit(page.form(page.path));
    assert.match(page.text, /being stopped/);
  } finally {
    process.kill(keeper, 'SIGCONT');
  }
  assert.match((await finishedJob(b, page.path)).text, /It was cancelled/);
  assert.equal(files().length, before);
});

test('every night a backup, also when the server was off; seven days and four weeks are kept; a failure is a problem', async () => {
  const b = await signedIn();
  const folder = join(server.dir, 'data/backups');
  const day = 24 * 3600;
  const now = Date.now() / 1000;
  const old = [];
  for (let d = 1; d <= 60; d++) {
    const name = `nightly-${String(20260000 + d)}-030000.tar.gz`;
    server.writeFile(`data/backups/${name}`, 'x');
    utimesSync(join(folder, name), now - d * day, now - d * day);
    old.push(name);
  }
  assert.match((await b.open('/admin/problems')).text, /Everything|order|nothing/i);
  // As if the server was there for a while: a new one has its first backup in its first night.
  change(server, 'UPDATE schema_migrations SET applied_at = applied_at - 90 * 86400000000');
  // A minute ago by the clock of the machine: due, since the last one is of yesterday.
  const then = new Date(Date.now() - 60000);
  const night = `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`;
  const page = await b.open('/admin/backup');
  const form = page.forms().find((f) => f.fields.has('night'));
  assert.equal(form.fields.get('night'), '03:00');
  assert.equal((await b.submit(form.fill({ action: 'night', night: '25:00' }))).status, 422);
  await b.submit((await b.open('/admin/backup')).forms().find((f) => f.fields.has('night')).fill({ action: 'night', night }));
  const fresh = await eventually(() => {
    const found = files().filter((f) => f.startsWith('nightly-') && !old.includes(f));
    assert.equal(found.length, 1);
    return found[0];
  }, 60000);
  await eventually(() => {
    const kept = files().filter((f) => f.startsWith('nightly-'));
    assert.equal(kept.length, 11, kept.join(' '));
    assert.deepEqual(old.slice(0, 6).filter((f) => !kept.includes(f)), []);
  });

  // A restore of last night's backup into an empty directory, compared file by file.
  const into = join(place, 'night');
  mkdirSync(into);
  const r = spawnSync(program, ['restore', join(folder, fresh), '--into', into, '--share', top], { encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  for (const path of ['groups/seminar.json', 'groups/team/daily.json', 'data/config.json']) {
    assert.deepEqual(readFileSync(join(into, path)), readFileSync(join(server.dir, path)), path);
  }
  assert.deepEqual(readdirSync(join(into, 'groups'), { recursive: true }).filter((f) => /json$/.test(String(f))).sort(), ['seminar.json', 'team/daily.json']);

  server.writeFile(`data/jobs/${Date.now() * 1000}.json`, { id: 1, kind: 'backup', state: 'failed', scope: 'everything', by: 'the server, at night', nightly: true, result: 'the disk is full' });
  assert.match((await b.open('/admin/problems')).text, /The nightly backup failed: the disk is full/);
});
