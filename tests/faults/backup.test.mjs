// Backups and restores that are killed at their system calls, and a server that is killed while a backup is put back under
// write load: afterwards stands the old state or the new one, whole, and all goes on.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Browser, finishedJob, sendFile } from '../lib/console.mjs';
import { build, childrenOf, eventually, openDirectory, sleep, startServer, top } from '../lib/server.mjs';
import { needStrace } from '../lib/strike.mjs';

const program = join(build, 'admin-cgi', 'admin-cgi');
const exhaustive = process.env.FAULTS === 'all';
const LIMIT = 400;

let place, now, then, backup;

const run = (args) => spawnSync(program, ['--share', top, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const succeed = (args) => {
  const r = run(args);
  assert.equal(r.status, 0, `${args.join(' ')}: ${r.stdout}${r.stderr}`);
  return r.stdout;
};

/** What a state directory says, in files and in the database. */
function state(dir, without = []) {
  const found = {};
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const name = path.slice(dir.length + 1);
    if (!entry.isFile() || without.includes(name) || !/^(groups\/.*\.json|data\/(config|ice-servers|mediad)\.json|data\/var\/tokens\.jsonl)$/.test(name)) continue;
    found[name] = readFileSync(path, 'utf8');
  }
  const db = new DatabaseSync(join(dir, 'data/nereid.db'), { readOnly: true });
  try {
    assert.equal(Object.values(db.prepare('PRAGMA integrity_check').get())[0], 'ok');
    found.accounts = db.prepare('SELECT login FROM accounts ORDER BY login').all().map((a) => a.login);
    for (const f of db.prepare("SELECT f.kind, f.name, v.body FROM files f JOIN versions v ON v.id = f.head WHERE f.state = 'ok' ORDER BY f.id").all()) {
      const path = f.kind === 'group' ? `groups/${f.name}.json` : `data/${f.name}.json`;
      if (!without.includes(path)) assert.equal(Buffer.from(f.body).toString(), found[path], `${path}: file and database differ`);
    }
  } finally {
    db.close();
  }
  return found;
}

/** admin-cgi alone, until it is ready; then it ends. What a crash left is dealt with. */
async function startOnce(dir, settled = () => {}) {
  const socket = net.createServer().listen(0, '127.0.0.1');
  await new Promise((ok) => { socket.once('listening', ok); });
  const child = spawn(program, ['--dir', dir, '--share', top, '--workers', '1'], { stdio: [socket._handle.fd, 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (d) => { log += d; });
  const ended = new Promise((ok) => { child.once('close', ok); });
  try {
    await eventually(() => assert.ok(existsSync(join(dir, 'run/admin.ready')), log), 30000);
    await eventually(settled, 30000);
  } finally {
    child.kill('SIGTERM');
    await ended;
    socket.close();
  }
}

/** Runs a command that is killed at the Nth call of a kind. @returns {boolean} whether it was */
function struck(call, n, args) {
  const r = spawnSync('strace', ['-f', '-q', '-o', join(place, 'strace.log'), '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${n}`,
    program, '--share', top, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' } }); // which cannot look under strace
  const hit = /killed by SIGKILL/.test(readFileSync(join(place, 'strace.log'), 'utf8'));
  if (!hit) assert.equal(r.status, 0, `${call} ${n}: ${r.stdout}${r.stderr}`);
  return hit;
}

function* numbers(all) {
  for (let a = 1, b = 2; a < LIMIT; all ? a++ : [a, b] = [b, a + b]) yield a;
}

function fresh() {
  const dir = join(place, 'work');
  rmSync(dir, { recursive: true, force: true });
  cpSync(now, dir, { recursive: true });
  return dir;
}

before(async () => {
  needStrace();
  place = openDirectory();
  now = join(place, 'now');
  backup = join(place, 'then.tar.gz');
  mkdirSync(join(now, 'groups'), { recursive: true });
  for (const n of ['', '/data']) mkdirSync(now + n, { recursive: true });
  const create = (name) => {
    const r = spawnSync(program, ['create-admin', name, '--dir', now, '--share', top], { input: 'ducks on the pond\n', encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
  };
  const write = (name, text) => {
    const dir = join(now, name, '..');
    mkdirSync(dir, { recursive: true });
    spawnSync('sh', ['-c', `printf %s '${text}' > ${join(now, name)}`]);
  };
  create('first');
  for (const n of ['a', 'b', 'c/d']) write(`groups/${n}.json`, `{"description": "then ${n}"}`);
  write('data/config.json', '{"writableGroups": true}');
  await startOnce(now);
  succeed(['backup', backup, '--dir', now]);
  then = state(now);
  create('second');
  for (const n of ['a', 'c/d', 'late']) write(`groups/${n}.json`, `{"description": "now ${n}"}`);
  rmSync(join(now, 'groups/b.json'));
  write('data/config.json', '{"writableGroups": false}');
  write('data/ice-servers.json', '[]');
  await startOnce(now, () => { state(now); }); // what is gone for a while is deleted
});
after(() => rmSync(place, { recursive: true, force: true }));

test('a backup that is killed leaves none, or a whole one', () => {
  let kills = 0;
  const file = join(place, 'killed.tar.gz');
  const dir = fresh();
  const want = state(dir);
  for (const call of ['write', 'fsync', 'rename', 'openat', 'unlinkat', 'flock']) {
    for (const n of numbers(exhaustive)) {
      rmSync(file, { force: true });
      const hit = struck(call, n, ['backup', file, '--dir', dir]);
      if (existsSync(file)) assert.match(succeed(['check', file]), /as it was saved/, `${call} ${n}`);
      else assert.ok(hit, `${call} ${n}: no file`);
      if (!hit) break;
      kills++;
    }
  }
  assert.ok(kills >= 10, `only ${kills} calls were struck`);
  rmSync(file, { force: true });
  succeed(['backup', file, '--dir', dir]);
  assert.deepEqual(readdirSync(join(dir, 'data/backups')), ['.lock'], 'something is left behind');
  assert.deepEqual(state(dir), want);
});

test('a restore that is killed leaves the old state or the new one', async () => {
  const old = state(now);
  assert.notDeepEqual(old, then);
  const seen = { old: 0, new: 0 };
  for (const call of ['renameat', 'renameat2', 'rename', 'unlinkat', 'unlink', 'fsync', 'syncfs', 'pwrite64', 'fchmod', 'mkdirat']) {
    for (const n of numbers(exhaustive)) {
      const dir = fresh();
      const hit = struck(call, n, ['restore', backup, '--dir', dir]);
      const decided = existsSync(join(dir, 'data/restore/order'));
      await startOnce(dir);
      const is = state(dir);
      const what = `${call} ${n}${decided ? ', decided' : ''}`;
      const isNew = JSON.stringify(is) === JSON.stringify(then);
      if (decided || !hit) assert.deepEqual(is, then, what);
      else assert.ok(isNew || JSON.stringify(is) === JSON.stringify(old), `${what}: ${JSON.stringify(is)}`);
      assert.ok(!existsSync(join(dir, 'data/restore')), `${what}: something is left beside`);
      if (isNew) assert.equal(readdirSync(join(dir, 'data/backups')).filter((f) => f.startsWith('before-restore-')).length, 1, what);
      assert.match(succeed(['check', '--dir', dir]), /no problems/, what);
      if (!hit) break;
      seen[isNew ? 'new' : 'old']++;
    }
  }
  assert.ok(seen.old >= 5 && seen.new >= 5, JSON.stringify(seen));
});

test('a server that is killed while it puts a backup back, under write load, has the new state', async () => {
  const server = await startServer({ groups: { a: { description: 'then' }, load: {} } });
  try {
    const file = join(place, 'running.tar.gz');
    succeed(['backup', file, '--dir', server.dir]);
    const without = ['groups/load.json'];
    const want = state(server.dir, without);
    for (const delay of [0, 30, 100]) {
      assert.ok((await server.api('.groups/a', { method: 'PUT', json: { description: `spoilt ${delay}` } })).ok);
      let writing = true;
      let written = 0;
      const load = (async () => {
        for (let i = 0; writing; i++) {
          const r = await server.api('.groups/load', { method: 'PUT', json: { description: `load ${i}` } }).catch(() => undefined);
          if (r?.ok) written++;
          await sleep(5);
        }
      })();
      await eventually(() => assert.ok(written > 3));
      const restore = spawn(program, ['restore', file, '--dir', server.dir, '--share', top], { stdio: 'ignore' });
      const ended = new Promise((ok) => { restore.once('close', ok); });
      const parent = server.pidOf('admin-cgi');
      const end = Date.now() + 30000;
      while (!existsSync(join(server.dir, 'data/restore/order')) && restore.exitCode === null && Date.now() < end) await sleep(1);
      await sleep(delay);
      process.kill(parent, 'SIGKILL');
      await ended;
      await eventually(async () => {
        assert.ok(!existsSync(join(server.dir, 'data/restore')));
        assert.ok(childrenOf(server.pidOf('admin-cgi') ?? 0).length > 4);
        assert.equal((await (await server.api('.groups/a')).json()).description, 'then');
      }, 60000);
      writing = false;
      await load;
      await eventually(() => assert.deepEqual(state(server.dir, without), want, `after ${delay} ms`));
      succeed(['check', '--dir', server.dir]);
    }
  } finally {
    await server.stop();
  }
});

test('a job that puts groups back, or takes them in, is killed in its midst with the server, and done at the next start', async () => {
  const names = Array.from({ length: 120 }, (_, i) => `many/g${i}`);
  const server = await startServer({ groups: { load: {}, ...Object.fromEntries(names.map((n) => [n, { description: 'then' }])) } });
  const b = new Browser(server);
  const saying = (word) => names.filter((n) => readFileSync(server.groupFile(n), 'utf8').includes(word)).length;
  const spoil = () => { for (const n of names) server.writeGroup(n, { description: 'spoilt' }); };
  const isSpoilt = () => eventually(() => {
    const db = new DatabaseSync(join(server.dir, 'data/nereid.db'), { readOnly: true });
    const [{ n }] = db.prepare("SELECT count(*) n FROM files f JOIN versions v ON v.id = f.head WHERE f.name LIKE 'many/%' AND instr(v.body, 'spoilt')").all();
    db.close();
    assert.equal(n, names.length);
  }, 60000);
  let writing = true;
  const load = (async () => {
    for (let i = 0; writing; i++) {
      await server.api('.groups/load', { method: 'PUT', json: { description: `load ${i}` } }).catch(() => undefined);
      await sleep(20);
    }
  })();
  try {
    const file = join(place, 'many.tar.gz');
    succeed(['backup', file, '--dir', server.dir, '--groups-only']);
    const packed = spawnSync('tar', ['cz', '-C', server.dir, 'groups/many']).stdout;
    await b.signIn();
    for (const [bytes, prefix, values] of [
      [readFileSync(file), 'before-restore', { action: 'restore', scope: 'groups', server: 'localhost' }], [packed, 'before-import', { scope: 'all' }],
    ]) {
      spoil();
      await isSpoilt();
      const page = await b.follow(await sendFile(b, bytes));
      const job = (await b.send(page.form(page.path).fill(values))).headers.get('location');
      assert.match(job, /^\/admin\/jobs\//);
      const end = Date.now() + 60000;
      while (saying('then') < 10 && Date.now() < end) await sleep(1);
      process.kill(server.pidOf('admin-cgi'), 'SIGKILL');
      assert.ok(saying('then') < names.length, `${prefix}: it was over before the kill`);
      const done = await finishedJob(b, job);
      assert.match(done.text, /Done\./);
      await eventually(() => assert.equal(saying('then'), names.length));
      const kept = readdirSync(join(server.dir, 'data/backups')).filter((f) => f.startsWith(prefix));
      assert.equal(kept.length, 1, 'the state before is kept once');
      assert.match(done.text, new RegExp(`What was there: ${kept[0]}`));
      const into = join(place, prefix);
      succeed(['restore', join(server.dir, 'data/backups', kept[0]), '--into', into]);
      assert.equal(names.filter((n) => readFileSync(join(into, 'groups', `${n}.json`), 'utf8').includes('spoilt')).length, names.length, 'as it was before the first attempt');
      assert.ok(!existsSync(join(server.dir, 'data/backups/.unpacked')), 'something is left beside');
      succeed(['check', '--dir', server.dir]);
    }
  } finally {
    writing = false;
    await load;
    await server.stop();
  }
});
