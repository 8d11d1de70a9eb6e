// Backups by the command line: made beside a running server, looked at, put back whole or in part, and refused when they
// are not what they should be.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, eventually, openDirectory, startServer, top } from '../lib/server.mjs';

const program = join(build, 'admin-cgi', 'admin-cgi');
const groups = {
  seminar: { description: 'first', public: true, users: { anna: { password: 'secret', permissions: 'op' } } },
  'team/daily': { description: 'second' },
  'räume/ü': { description: 'third' },
};
const ice = [{ urls: ['stun:127.0.0.1:3478'] }];

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let place;

before(async () => {
  place = openDirectory();
  server = await startServer({ groups, files: { 'data/ice-servers.json': ice } });
});
after(async () => {
  await server?.stop();
  rmSync(place, { recursive: true, force: true });
});

const run = (args, options = {}) => {
  const r = spawnSync(program, ['--share', top, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  return { status: r.status, out: r.stdout, err: r.stderr };
};
const succeed = (args) => {
  const r = run(args);
  assert.equal(r.status, 0, `${args.join(' ')}: ${r.out}${r.err}`);
  return r.out;
};
const refuse = (args, words) => {
  const r = run(args);
  assert.equal(r.status, 1, `${args.join(' ')}: ${r.out}${r.err}`);
  assert.match(r.err, words);
};
const here = () => ['--dir', server.dir];

function secretFile(text) {
  const path = join(place, `phrase-${Math.random()}`);
  writeFileSync(path, `${text}\n`);
  return path;
}

/** Files below a folder that a backup is about, with their bytes. */
function contents(dir, { database = false } = {}) {
  const found = {};
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const name = path.slice(dir.length + 1);
    if (!entry.isFile() || !/^(groups\/.*\.json|data\/(config|ice-servers|mediad)\.json|data\/var\/tokens\.jsonl|data\/nereid\.db)$/.test(name)) continue;
    if (name === 'data/nereid.db' && !database) continue;
    found[name] = readFileSync(path, 'utf8');
  }
  return found;
}

const unpacked = (file) => {
  const dir = join(place, `open-${Math.random()}`);
  mkdirSync(dir);
  const r = spawnSync('tar', ['xzf', file, '-C', dir], { encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  return dir;
};

const rows = (dir, sql) => {
  const r = spawnSync('sqlite3', [join(dir, 'data/nereid.db'), sql], { encoding: 'utf8' });
  return r.stdout.trim();
};

test('a backup is a tar archive that says what is in it', async () => {
  const file = join(place, 'plain.tar.gz');
  const said = succeed(['backup', file, ...here()]);
  assert.match(said, /a backup of everything, made .* 3 groups/);
  assert.match(said, /secret\.key: it is in sealed backups only/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const dir = unpacked(file);
  assert.deepEqual(contents(dir), contents(server.dir));
  const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
  assert.equal(manifest.nereidBackup, 1);
  assert.ok(!manifest.files.some((f) => f.path === 'data/secret.key'));
  for (const f of manifest.files) {
    const bytes = readFileSync(join(dir, f.path));
    assert.equal(f.bytes, bytes.length, f.path);
    assert.equal(f.sha256, createHash('sha256').update(bytes).digest('hex'), f.path);
  }
  assert.deepEqual(Object.keys(contents(dir, { database: true })).sort(), manifest.files.map((f) => f.path).sort());
  assert.match(succeed(['check', file]), /every file is as it was saved/);
  refuse(['backup', file, ...here()], /there is such a file already/);
});

test('a sealed backup opens with its passphrase alone, ours and that of age', async () => {
  const file = join(place, 'sealed.tar.gz.age');
  const phrase = secretFile('korrekt pferd batterie');
  succeed(['backup', file, '--passphrase-file', phrase, ...here()]);
  assert.match(readFileSync(file, 'latin1'), /^age-encryption\.org\/v1\n-> scrypt /);
  assert.match(succeed(['check', file, '--passphrase-file', phrase]), /every file is as it was saved/);
  refuse(['check', file, '--passphrase-file', secretFile('korrekt pferd')], /the passphrase is wrong/);
  refuse(['check', file], /it needs its passphrase/);

  // age asks at a terminal; script(1) is one.
  const open = join(place, 'opened.tar.gz');
  const r = spawnSync('script', ['-qec', `age -d -o ${open} ${file}`, '/dev/null'], { encoding: 'utf8', input: 'korrekt pferd batterie\n' });
  assert.equal(r.status, 0, r.stdout + r.stderr);
  const dir = unpacked(open);
  assert.deepEqual(contents(dir), contents(server.dir));
  assert.deepEqual(readFileSync(join(dir, 'data/secret.key')), readFileSync(join(server.dir, 'data/secret.key')));
});

test('what is not a whole backup is refused by name, and nothing is touched', async () => {
  const good = join(place, 'good.tar.gz');
  const sealed = join(place, 'good.tar.gz.age');
  const phrase = secretFile('a');
  succeed(['backup', good, ...here()]);
  succeed(['backup', sealed, '--passphrase-file', phrase, ...here()]);
  const before = contents(server.dir);
  const bad = join(place, 'bad');
  const refused = (make, words, args = []) => {
    rmSync(bad, { force: true });
    make();
    for (const command of ['check', 'restore']) refuse([command, bad, ...here(), ...args], words);
    assert.ok(!existsSync(join(server.dir, 'data/restore')), 'something is left beside');
    assert.deepEqual(contents(server.dir), before);
  };
  const cut = (from, n) => () => { writeFileSync(bad, readFileSync(from)); truncateSync(bad, n); };
  const changed = (from, at) => () => {
    const bytes = readFileSync(from);
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    writeFileSync(bad, bytes);
  };
  const whole = statSync(good).size;
  refused(() => writeFileSync(bad, 'Hello'), /this is no backup/);
  refused(() => writeFileSync(bad, ''), /this is no backup/);
  refused(cut(good, whole >> 1), /cut short|damaged/);
  refused(cut(good, whole - 1000), /cut short|damaged/);
  refused(changed(good, whole >> 1), /damaged|changed/);
  const key = ['--passphrase-file', phrase];
  const sealedSize = statSync(sealed).size;
  for (const n of [30, 250, sealedSize - 1]) refused(cut(sealed, n), /cut short|changed/, key);
  for (const at of [200, -1, sealedSize >> 1]) refused(changed(sealed, at), /changed|damaged|wrong/, key);

  // Archives that somebody made: same members, but for one thing.
  const dir = unpacked(good);
  const list = join(dir, 'manifest.json');
  const manifest = JSON.parse(readFileSync(list, 'utf8'));
  const pack = (members) => () => {
    const r = spawnSync('tar', ['czf', bad, '-C', dir, ...members], { encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
  };
  const members = ['manifest.json', ...manifest.files.map((f) => f.path)];
  const withList = (change) => () => {
    const copy = structuredClone(manifest);
    change(copy);
    writeFileSync(list, JSON.stringify(copy));
    pack(members)();
    writeFileSync(list, JSON.stringify(manifest));
  };
  refused(pack(members.slice(1)), /it has no manifest\.json/);
  refused(pack(members.slice(0, -1)), /missing/);
  refused(pack([...members, 'manifest.json']), /more files than its list/);
  refused(withList((m) => { m.nereidBackup = 2; }), /made by a newer version/);
  refused(withList((m) => { m.files[0].bytes = 1; }), /bigger than the backup says/);
  refused(withList((m) => { m.files[0].bytes = 2 ** 36; m.files[1].bytes = 2 ** 36; }), /too big when unpacked/);
  refused(withList((m) => { m.files[0].sha256 = '0'.repeat(64); }), /it was changed/);
  refused(withList((m) => { m.files[0].path = 'groups/../data/secret.key'; }), /does not belong into a backup/);
  refused(withList((m) => { m.files[0].path = '../outside.json'; }), /does not belong into a backup/);
  refused(withList((m) => { m.files[1].path = m.files[0].path; }), /listed twice/);
  const group = join(dir, 'groups/seminar.json');
  rmSync(group);
  symlinkSync('/etc/passwd', group);
  refused(pack(members), /it is a link/);
});

test('a command with an option that is none does nothing, not even the folder of --into', () => {
  const into = join(place, 'never');
  const r = run(['restore', join(place, 'any.tar.gz'), '--into', into, '--workers', '0']);
  assert.equal(r.status, 2, r.err);
  assert.match(r.err, /--workers takes a number from 1 to 256/);
  assert.ok(!existsSync(into));
});

test('restored into an empty directory, every file is what it was, and the database says the same', async () => {
  const file = join(place, 'everything.tar.gz.age');
  const phrase = secretFile('passphrase');
  await server.api('.groups/seminar/.tokens/', { method: 'POST', json: { username: 'guest', permissions: ['present'], expires: '2030-01-01T00:00:00Z' } });
  await server.api('.groups/seminar', { method: 'PUT', json: { description: 'first, changed' } });
  succeed(['backup', file, '--passphrase-file', phrase, ...here()]);
  const into = join(place, 'new');
  const said = succeed(['restore', file, '--passphrase-file', phrase, '--into', into]);
  assert.match(said, /3 groups/);
  const want = contents(server.dir);
  assert.ok(want['data/var/tokens.jsonl'].includes('guest'));
  assert.deepEqual(contents(into), want);
  assert.deepEqual(readFileSync(join(into, 'data/secret.key')), readFileSync(join(server.dir, 'data/secret.key')));
  for (const sql of ['SELECT name, head, state FROM files ORDER BY id', 'SELECT id, sha256 FROM versions ORDER BY id', "SELECT hash FROM audit WHERE action <> 'backup.restore' ORDER BY id"]) {
    const now = rows(into, sql);
    assert.ok(now.length > 60, sql);
    assert.equal(now, rows(server.dir, sql), sql);
  }
  assert.match(succeed(['check', '--dir', into]), /no problems/);

  // And it serves: another server on the same state.
  spawnSync('chmod', ['755', into]);
  const second = await startServer({ dir: into, config: null });
  try {
    assert.equal((await (await second.api('.groups/seminar')).json()).description, 'first, changed');
    assert.equal((await (await second.api('.groups/seminar/.tokens/')).json()).length, 1);
  } finally {
    await second.stop();
  }
});

test('a running server is put back: groups, settings, tokens, accounts; nobody stays signed in', async () => {
  const file = join(place, 'then.tar.gz');
  await server.api('.groups/seminar', { method: 'PUT', json: { description: 'first, changed' } });
  succeed(['backup', file, ...here()]);
  const then = contents(server.dir);
  await server.api('.groups/seminar', { method: 'PUT', json: { description: 'spoilt' } });
  await server.api('.groups/team/daily', { method: 'DELETE' });
  await server.api('.groups/newcomer', { method: 'PUT', json: { description: 'not in the backup' } });
  await server.api('.groups/seminar/.tokens/', { method: 'POST', json: { username: 'late', permissions: ['present'], expires: '2030-01-01T00:00:00Z' } });
  assert.notDeepEqual(contents(server.dir), then);
  const said = succeed(['restore', file, ...here()]);
  const before = /what was there is in (data\/backups\/before-restore-\S+)/.exec(said)?.[1];
  assert.ok(before, said);
  assert.deepEqual(contents(server.dir), then);
  await eventually(async () => assert.equal((await server.get('/healthz/ready')).status, 200), 30000);
  assert.equal((await (await server.api('.groups/seminar')).json()).description, 'first, changed');
  assert.equal((await server.api('.groups/newcomer')).status, 404);
  assert.equal((await server.api('.groups/team/daily')).status, 200);
  assert.equal(rows(server.dir, 'SELECT count(*) FROM sessions'), '0');
  assert.equal(rows(server.dir, "SELECT count(*) FROM audit WHERE action = 'backup.restore'"), '1');
  assert.equal(statSync(join(server.dir, before)).mode & 0o777, 0o600);
  assert.equal(statSync(join(server.dir, 'data/backups')).mode & 0o777, 0o700);
  assert.ok(!existsSync(join(server.dir, 'data/restore')));

  // The way back: what was there before the restore.
  succeed(['restore', join(server.dir, before), ...here()]);
  await eventually(async () => assert.equal((await (await server.api('.groups/newcomer')).json()).description, 'not in the backup'), 30000);
});

test('one group, or all groups, are put back without touching the rest', async () => {
  const all = join(place, 'groups.tar.gz');
  const one = join(place, 'one.tar.gz');
  await server.api('.groups/seminar', { method: 'PUT', json: { description: 'good' } });
  await server.api('.groups/team/daily', { method: 'PUT', json: { description: 'good' } });
  assert.match(succeed(['backup', all, '--groups-only', ...here()]), /a backup of all groups/);
  assert.match(succeed(['backup', one, '--group', 'seminar', ...here()]), /a backup of one group/);
  refuse(['backup', join(place, 'none.tar.gz'), '--group', 'nobody', ...here()], /nobody/);
  refuse(['restore', all, ...here()], /restore its groups instead/);
  const spoil = async () => {
    await server.api('.groups/seminar', { method: 'PUT', json: { description: 'spoilt' } });
    await server.api('.groups/team/daily', { method: 'DELETE' });
  };
  const seen = async (name) => {
    const r = await server.api(`.groups/${name}`);
    return r.status === 200 ? (await r.json()).description : r.status;
  };
  await spoil();
  assert.match(succeed(['restore', one, '--group', 'seminar', ...here()]), /1 of 1 groups were put back/);
  assert.deepEqual([await seen('seminar'), await seen('team/daily')], ['good', 404]);
  await spoil();
  assert.match(succeed(['restore', all, '--groups-only', ...here()]), /new groups\/team\/daily\.json/);
  assert.deepEqual([await seen('seminar'), await seen('team/daily')], ['good', 'good']);
  refuse(['restore', all, '--group', 'nobody', ...here()], /no such group/);
  assert.match(succeed(['check', ...here()]), /no problems/);
});
