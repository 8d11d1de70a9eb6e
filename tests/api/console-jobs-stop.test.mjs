// Jobs of the console that are stopped: at once, whatever they are at, with nothing left behind.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, finishedJob, makeAccount, sendFile } from '../lib/console.mjs';
import { film } from '../lib/film.mjs';
import { keepRecording } from '../lib/recordings.mjs';
import { childrenOf, eventually, openDirectory, startServer } from '../lib/server.mjs';
import { query } from '../lib/store.mjs';

/** So long a stop takes: noticed within a quarter of a second, and half a second to end by itself; a busy machine needs more. */
const SOON_MS = 3000;

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let b;
let place;
before(async () => {
  place = openDirectory();
  server = await startServer({ groups: { seminar: { description: 'then' } } });
  b = new Browser(server);
  await b.signIn();
});
after(async () => {
  await server?.stop();
  rmSync(place, { recursive: true, force: true });
});

const backups = () => (existsSync(join(server.dir, 'data/backups')) ? readdirSync(join(server.dir, 'data/backups')) : []).filter((f) => f !== '.lock').sort();
const ask = async () => b.submit((await b.open('/admin/backup')).form('/admin/backup').fill({ action: 'make', scope: 'everything' }));
const keeper = () => childrenOf(server.pidOf('admin-cgi')).find((c) => c.name === 'admin-keeper').pid;
/** Presses "Stop it", and waits for the end. @returns the job's page, and how long that took */
const stop = async (path) => {
  const asked = await b.open(path);
  const began = Date.now();
  await b.submit(asked.form(path));
  const page = await finishedJob(b, path);
  return { page, ms: Date.now() - began };
};
/** The process that does a job; 0: there is none. */
const workOf = (parent) => readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').map(Number)
  .find((pid) => { try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('work-job'); } catch { return false; } }) ?? 0;
const stateOf = (path) => JSON.parse(readFileSync(join(server.dir, 'data/jobs', `${path.split('/').pop()}.json`), 'utf8'));

/** Holds what a backup and a save of a group wait for, while `work` goes on. */
async function whileFilesAreLocked(work) {
  const holder = spawn('flock', [join(server.dir, 'groups/.lock'), 'sh', '-c', 'echo held; read line'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await new Promise((ok, fail) => { holder.stdout.once('data', ok); holder.once('exit', () => fail(new Error('the lock was not given'))); });
    return await work();
  } finally {
    holder.stdin.end();
  }
}

test('while the media server does not answer, the jobs do not say that there is none', async () => {
  const pid = server.pidOf('mediad');
  process.kill(pid, 'SIGSTOP');
  try {
    const { text } = await b.open('/admin/jobs');
    assert.match(text, /The media server does not answer, so films of meetings are not shown\./);
    assert.doesNotMatch(text, /Nothing was asked for yet/);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await eventually(async () => assert.match((await b.open('/admin/jobs')).text, /Nothing was asked for yet/));
});

test('a backup that waits for the files is stopped at once, and so is one behind it; nothing is left, and the next one is made', async () => {
  const before = backups();
  await whileFilesAreLocked(async () => {
    const first = (await ask()).path;
    await eventually(() => assert.equal(stateOf(first).state, 'running'));
    const second = (await ask()).path;
    assert.equal(stateOf(second).state, 'waiting');
    const waiting = await stop(second);
    assert.match(waiting.page.text, /It was cancelled\. Nothing was changed\./);
    assert.ok(waiting.ms < SOON_MS, `${waiting.ms} ms`);
    assert.equal(stateOf(first).state, 'running');
    const running = await stop(first);
    assert.match(running.page.text, /It was cancelled\. Nothing was changed\./);
    assert.ok(running.ms < SOON_MS, `${running.ms} ms`);
  });
  assert.deepEqual(backups(), before);
  assert.match((await finishedJob(b, (await ask()).path)).text, /Done\. Groups: 1/);
});

test('a restore whose process answers nothing is stopped before its swap, and forgets what it unpacked', async () => {
  const [name] = backups();
  server.writeGroup('seminar', { description: 'now' });
  await eventually(async () => assert.equal((await b.open('/admin/groups/seminar/.edit')).form('/admin/groups/seminar/.edit').fields.get('description'), 'now'));
  const where = `/admin/backup/${name}/restore`;
  const sessions = query(server, 'SELECT count(*) n FROM sessions')[0].n;
  const asked = await b.open(where);
  // Caught as it begins: the keeper sleeps until the order is there, and nothing else is done here until its child is stopped.
  const parent = keeper();
  process.kill(parent, 'SIGSTOP');
  let path;
  try {
    ({ path } = await b.submit(asked.form(where).fill({ action: 'restore', scope: 'everything', server: 'localhost' })));
    assert.match(path, /^\/admin\/jobs\//);
  } finally {
    process.kill(parent, 'SIGCONT');
  }
  let child = 0;
  for (const end = Date.now() + 10000; !child && Date.now() < end;) child = workOf(parent);
  process.kill(child, 'SIGSTOP');
  const stopped = await stop(path);
  assert.match(stopped.page.text, /It was cancelled\. Nothing was changed\./);
  assert.ok(stopped.ms < SOON_MS, `${stopped.ms} ms`);
  assert.ok(!existsSync(`/proc/${child}`));
  assert.ok(!existsSync(join(server.dir, 'data/restore')));
  assert.deepEqual(backups(), [name]);
  assert.match(readFileSync(join(server.dir, 'groups/seminar.json'), 'utf8'), /now/);
  assert.equal(query(server, 'SELECT count(*) n FROM sessions')[0].n, sessions);
});

test('an import stops between two files; what was taken in stays and is counted', async () => {
  const root = join(place, 'galene');
  mkdirSync(join(root, 'groups'), { recursive: true });
  mkdirSync(join(root, 'data'), { recursive: true });
  for (let i = 0; i < 1500; i++) writeFileSync(join(root, 'groups', `guest${i}.json`), '{"description": "from afar"}');
  const { stdout } = spawnSync('tar', ['cz', '-C', root, 'groups', 'data'], { maxBuffer: 1 << 28 });
  const page = await b.follow(await sendFile(b, stdout));
  assert.match(page.path, /^\/admin\/import\//);
  const { path } = await b.submit(page.form(page.path).fill({ scope: 'all' }));
  const taken = () => readdirSync(join(server.dir, 'groups')).filter((f) => /^guest\d+\.json$/.test(f)).length;
  await eventually(() => assert.ok(taken() > 0), 30000);
  const stopped = await stop(path);
  const [, n] = /It was stopped\. Files that were put in place before: (\d+)/.exec(stopped.page.text) ?? assert.fail(stopped.page.text);
  assert.ok(Number(n) > 0 && Number(n) < 1500, n);
  assert.equal(taken(), Number(n));
  assert.equal(backups().filter((f) => f.startsWith('before-import')).length, 1);
  assert.deepEqual(backups().filter((f) => f.startsWith('.')), []);
});

test('a film of a long meeting is stopped from its page, the list and the jobs, with nothing left; the audit log says who', async () => {
  const folder = join(server.dir, 'recordings', 'seminar');
  const start = '2026-06-01T10:00:00.000';
  film(join(place, 'long.webm'), 120, '-metadata', `creation_time=${start}Z`);
  for (const name of ['ada', 'bob']) keepRecording(server, 'seminar', `${start}-${name}.webm`, readFileSync(join(place, 'long.webm')));
  const where = '/recordings/seminar/', its = `${where}?film=${encodeURIComponent(start)}`;
  const tools = () => childrenOf(server.pidOf('mediad')).filter((c) => c.name.startsWith('nereid-record')).map((c) => c.pid)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0mix\0'));
  const formOf = (page, order) => page.forms().find((f) => f.fields.get('q') === order) ?? assert.fail(page.text);
  const made = async () => {
    const page = await b.open(where);
    assert.match((await b.submit(formOf(page, 'film'))).path, /film=/);
    await eventually(() => {
      assert.equal(tools().length, 1);
      assert.ok(readdirSync(folder).some((n) => n.endsWith('.film')));
    });
  };
  const { person } = await makeAccount(b, { login: 'susan', preset: 'auditor' }, 'hogfather on a string');
  for (const from of [its, where, '/admin/jobs']) {
    await made();
    const csrf = (await person.open('/admin/account')).form('/admin/account').fields.get('csrf');
    assert.equal((await person.request(where, { method: 'POST', body: new URLSearchParams({ csrf, q: 'film-stop', start }) })).status, 401);
    const [pid] = tools();
    const page = await b.open(from);
    if (from !== where) assert.deepEqual([page.headers.get('refresh'), page.html.includes('>Refresh</a>')], ['20', true], `${from}: time to reach its button`);
    const began = Date.now();
    const stopped = await b.submit(formOf(page, 'film-stop'));
    assert.match(stopped.text, /The film was stopped\. Nothing of it is left/, from);
    assert.equal(stopped.headers.get('refresh'), null);
    await eventually(() => assert.ok(!existsSync(`/proc/${pid}`)));
    assert.ok(Date.now() - began < SOON_MS, from);
    await eventually(() => assert.deepEqual(readdirSync(folder).filter((n) => n.includes('film')), []), 20000);
    const again = await b.submit(formOf(page, 'film-stop'));
    assert.equal(again.status, 404);
    assert.match(again.text, /neither waits nor is being made/);
  }
  assert.match((await b.open('/admin/jobs')).text, /seminar .*Film stopped/);
  assert.match((await b.open('/admin/audit')).text, /root stopped the film of seminar/);
  assert.deepEqual(query(server, "SELECT object, result FROM audit WHERE action = 'recording.film-stop'").map((row) => ({ ...row })),
    Array.from({ length: 3 }, () => ({ object: `seminar/${start}`, result: 'ok' })));
});
