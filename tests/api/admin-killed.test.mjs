// admin-cgi's processes are killed: whoever was signed in is, what was answered as saved is there, and nobody goes on with a
// database that was exchanged meanwhile.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, signedInAt } from '../lib/console.mjs';
import { build, childrenOf, eventually, openDirectory, sleep, startServer, top } from '../lib/server.mjs';
import { change, integrity, query } from '../lib/store.mjs';

const program = join(build, 'admin-cgi', 'admin-cgi');
const admin = (args) => spawnSync(program, [...args, '--dir', server.dir, '--share', top], { encoding: 'utf8' });

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let place;
before(async () => {
  place = openDirectory();
  server = await startServer({ groups: { seminar: { description: 'then' } } });
});
after(async () => {
  await server?.stop();
  rmSync(place, { recursive: true, force: true });
});

const children = (name) => childrenOf(server.pidOf('admin-cgi') ?? 0).filter((c) => c.name === name).map((c) => c.pid);
const keeper = () => children('admin-keeper')[0];

/** A sign-in as far as it was answered: the browser, or undefined when the server said that it is not there. */
async function signIn() {
  const b = new Browser(server);
  const login = await b.request('/admin/login');
  if (login.status !== 200) return undefined;
  const answer = await b.send(login.form('/admin/login').fill({ name: 'root', password: 'rootpw' }));
  assert.ok([303, 502, 503].includes(answer.status), `${answer.status} ${answer.text}`);
  return answer.status === 303 ? b : undefined;
}

/** Works at the console until told to stop. @returns {() => Promise<{people: Browser[], saved: Map<string, string>}>} */
function load() {
  const people = [];
  const saved = new Map();
  let isOn = true;
  const repeat = async (step) => { while (isOn) await step().catch(() => sleep(5)); };
  const threads = [0, 1].flatMap((k) => [
    repeat(async () => { const b = await signIn(); if (b) people.push(b); }),
    repeat(async () => {
      const name = `g${k}`;
      const description = `${k} ${Math.random()}`;
      saved.delete(name);
      if ((await server.api(`.groups/${name}`, { method: 'PUT', json: { description } })).ok) saved.set(name, description);
    }),
  ]);
  return async () => {
    isOn = false;
    await Promise.all(threads);
    return { people, saved };
  };
}

test('who is signed in stays so, and what was saved is there, whichever process is killed', async () => {
  const kill = {
    'the parent': () => [server.pidOf('admin-cgi')],
    'all of them': () => [server.pidOf('admin-cgi'), ...children('admin-worker'), keeper()],
    'the workers': () => children('admin-worker'),
    'the keeper': () => [keeper()],
  };
  let [people, saves] = [0, 0];
  for (let round = 0; round < 2; round++) {
    for (const [who, pids] of Object.entries(kill)) {
      const end = load();
      await sleep(Math.random() * 150);
      for (const pid of pids()) {
        try { process.kill(pid, 'SIGKILL'); } catch { /* it went with its parent */ }
      }
      await sleep(Math.random() * 150);
      const done = await end();
      for (const b of done.people) {
        const page = await eventually(async () => {
          const answer = await b.request('/admin/account');
          assert.ok(answer.status < 500);
          return answer;
        });
        assert.equal(page.status, 200, `${who}: a session is gone`);
      }
      for (const [name, description] of done.saved) assert.equal((await (await server.api(`.groups/${name}`)).json()).description, description, who);
      people += done.people.length;
      saves += done.saved.size;
    }
  }
  assert.ok(people > 12 && saves > 0, `${people} ${saves}`);
  assert.equal(query(server, "SELECT count(*) n FROM sessions")[0].n, query(server, "SELECT count(*) n FROM audit WHERE action = 'login' AND result = 'ok'")[0].n);
  assert.equal(integrity(server), 'ok');
});

/** Decides to put a backup back, as a program does that is killed before it can tell the server. */
function decide(file) {
  const lock = join(server.dir, 'run/admin.lock');
  const pid = readFileSync(lock);
  writeFileSync(lock, '\n');
  const r = admin(['restore', file]);
  writeFileSync(lock, pid);
  assert.match(r.stderr, /names no process/);
}

for (const [how, act] of [
  ['which nobody told', decide],
  ['while the keeper is dead', (file) => {
    const pid = keeper();
    process.kill(pid, 'SIGSTOP');
    decide(file);
    process.kill(pid, 'SIGKILL');
  }],
]) {
  test(`a restore that was decided, ${how}, is done at once, and nobody goes on with the database of before`, async () => {
    const file = join(place, 'then.tar.gz');
    const b = await signedInAt(server);
    if (!existsSync(file)) assert.equal(admin(['backup', file]).status, 0);
    assert.ok((await server.api('.groups/seminar', { method: 'PUT', json: { description: 'spoilt' } })).ok);
    act(file);
    await eventually(async () => {
      assert.ok(!existsSync(join(server.dir, 'data/restore')));
      assert.ok(children('admin-worker').length >= 4 && keeper());
    });
    assert.equal((await (await server.api('.groups/seminar')).json()).description, 'then');
    assert.equal((await b.request('/admin/')).status, 303, 'a session of before has not ended');
    // Each worker has its turn: what it says is saved stands in the database that is there.
    const people = await Promise.all(Array.from({ length: 10 }, signIn));
    assert.ok(people.every(Boolean));
    assert.equal(query(server, 'SELECT count(*) n FROM sessions')[0].n, people.length);
  });
}

test('a save that would go to a database that somebody exchanged by hand is refused, and the next one goes to the new one', async () => {
  const file = join(server.dir, 'data/nereid.db');
  change(server, 'PRAGMA wal_checkpoint(TRUNCATE)');
  assert.equal(spawnSync('cp', ['-p', file, `${file}.new`]).status, 0);
  for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
  renameSync(`${file}.new`, file);
  const saved = [];
  await eventually(async () => {
    const name = `late${Math.random()}`.replace('.', '');
    const answer = await server.api(`.groups/${name}`, { method: 'PUT', json: {} });
    if (answer.ok) saved.push(name);
    assert.ok(saved.length >= 8, `${answer.status}`);
  });
  for (const name of saved) assert.equal(query(server, 'SELECT count(*) n FROM files WHERE name = ?', name)[0].n, 1, name);
});

test('a database that is damaged while the server runs is exchanged for all who have it open', async () => {
  const b = await signedInAt(server);
  change(server, 'PRAGMA wal_checkpoint(TRUNCATE)');
  const file = join(server.dir, 'data/nereid.db');
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0x5a, 0, 4096));
  const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await b.request('/admin/account')).status));
  assert.ok(statuses.includes(503) && statuses.every((s) => s === 200 || s === 503), `${statuses}`); // it is not the person's fault
  process.kill(keeper(), 'SIGKILL');
  await eventually(() => {
    assert.ok(readdirSync(join(server.dir, 'data')).some((f) => f.startsWith('nereid.db.damaged-')));
    assert.ok(children('admin-worker').length >= 4 && keeper());
  });
  const people = await Promise.all(Array.from({ length: 10 }, signIn));
  assert.equal(query(server, 'SELECT count(*) n FROM sessions')[0].n, people.filter(Boolean).length);
  assert.ok(people.every(Boolean));
});
