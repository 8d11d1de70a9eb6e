// Whom what runs as, and who may read what: as root the programs get users of their own, else all is the starter's.
import { test, describe, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync, chownSync, existsSync, linkSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Browser } from '../lib/console.mjs';
import {
  build, childrenOf, eventually, freePort, freeUdpPort, isClosed, openDirectory, serverFor, startServer, supervisor, temporaryDirectory, top,
} from '../lib/server.mjs';

const isRoot = process.getuid() === 0;
const needsUsers = !isRoot ? 'needs root' : isClosed ? 'the checkout is closed to other users' : false;
const idOf = (what, name) => Number(execFileSync('getent', [what, name], { encoding: 'utf8' }).split(':')[2]);
const OPEN = { open: { 'wildcard-user': { permissions: 'present', password: { type: 'wildcard' } } } };

/** {uids, gids, groups, caps} of a process; uids and gids real, effective, saved, file system. */
function identity(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const numbers = (key) => (new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
  return { uids: [...new Set(numbers('Uid'))], gids: [...new Set(numbers('Gid'))], groups: numbers('Groups'), caps: /^CapEff:\s*(\S+)$/m.exec(status)[1] };
}

/** Status of test(1) as a user of the server: 'test -r PATH' and the like. */
const may = (user, flag, path) => spawnSync('setpriv', ['--reuid', user, '--regid', 'nereid', '--clear-groups', 'test', flag, path]).status === 0;

const openTheirs = (s, user, names) => Object.fromEntries(names.map((name) => [name, may(user, '-r', join(s.dir, name))]));

describe('started as root', { skip: needsUsers }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let s;
  let uid;
  let group;
  before(async () => {
    uid = { admin: idOf('passwd', 'nereid-admin'), media: idOf('passwd', 'nereid-media'), web: idOf('passwd', 'www-data') };
    group = idOf('group', 'nereid');
    s = await startServer({ groups: OPEN, files: { 'recordings/open/film.webm': 'x' } });
  });
  after(() => s.stop());

  test('every program has a user of its own, one group and no capability', () => {
    const of = (user) => ({ uids: [user], gids: [group], groups: [], caps: '0000000000000000' });
    assert.deepEqual(identity(s.pidOf('mediad')), of(uid.media));
    const admin = s.pidOf('admin-cgi');
    assert.deepEqual(identity(admin), of(uid.admin));
    const workers = childrenOf(admin);
    assert.ok(workers.length > 2);
    for (const { pid } of workers) assert.deepEqual(identity(pid), of(uid.admin));
    const nginx = childrenOf(s.pidOf('nginx'));
    assert.ok(nginx.length > 0);
    for (const { pid } of nginx) {
      const { uids, gids, caps } = identity(pid);
      assert.deepEqual({ uids, gids, caps }, { uids: [uid.web], gids: [group], caps: '0000000000000000' });
    }
  });

  test('mediad\'s user reads groups and configuration, and neither database nor keys', () => {
    const readable = ['groups/open.json', 'data/config.json', 'data/var', 'recordings/open/film.webm'];
    const secret = ['data/nereid.db', 'data/nereid.db-wal', 'data/nereid.db-shm', 'data/secret.key', 'data/key.pem', 'run/nginx/tls.pem'];
    for (const name of [...readable, ...secret]) assert.ok(existsSync(join(s.dir, name)), name);
    assert.deepEqual(openTheirs(s, 'nereid-media', readable), Object.fromEntries(readable.map((n) => [n, true])));
    assert.deepEqual(openTheirs(s, 'nereid-media', secret), Object.fromEntries(secret.map((n) => [n, false])));
    assert.deepEqual(openTheirs(s, 'nereid-admin', ['data/key.pem', 'run/nginx/tls.pem']), { 'data/key.pem': false, 'run/nginx/tls.pem': false });
    for (const name of ['groups', 'groups/open.json', 'data', 'data/config.json', 'run/nginx']) {
      assert.ok(!may('nereid-media', '-w', join(s.dir, name)), `mediad may write ${name}`);
    }
    for (const name of ['data/nereid.db', 'data/secret.key', 'data/key.pem']) assert.ok(!may('www-data', '-r', join(s.dir, name)), name);
    const stranger = spawnSync('setpriv', ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', 'ls', s.dir]);
    assert.notEqual(stranger.status, 0, 'a stranger may look into the state directory');
  });

  test('modes and owners', async () => {
    await s.api('.groups/open/.tokens/', { method: 'POST', json: { expires: '2099-01-01T00:00:00Z', permissions: ['present'] } });
    await s.api('.groups/sub/made', { method: 'PUT', json: {} });
    const what = (name) => {
      const st = statSync(join(s.dir, name));
      return [st.uid, st.gid, (st.mode & 0o7777).toString(8)];
    };
    const wanted = {
      groups: [uid.admin, group, '2750'], 'groups/open.json': [uid.admin, group, '640'],
      'groups/sub': [uid.admin, group, '2750'], 'groups/sub/made.json': [uid.admin, group, '640'],
      data: [uid.admin, group, '2750'], 'data/config.json': [uid.admin, group, '640'],
      'data/nereid.db': [uid.admin, group, '600'], 'data/secret.key': [uid.admin, group, '600'],
      'data/var': [uid.admin, group, '2770'], 'data/var/tokens.jsonl': [uid.admin, group, '660'],
      recordings: [uid.admin, group, '2770'], 'recordings/open': [uid.admin, group, '2770'], 'recordings/open/film.webm': [uid.admin, group, '640'],
      run: [0, group, '3770'], 'run/nginx': [0, group, '750'], 'run/nginx/tls.pem': [0, 0, '600'], 'run/nginx/nginx.conf': [0, 0, '640'],
    };
    assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((n) => [n, what(n)])), wanted);
    assert.equal(statSync(join(s.dir, 'data', 'key.pem')).uid, 0);
  });

  test('all of it works: pages, files, recordings, tokens from both sides', async () => {
    assert.equal((await s.get('/')).status, 200);
    assert.equal((await s.get('/css/base.css')).status, 200);
    assert.equal((await s.get('/group/open/')).status, 200);
    const film = await s.get('/recordings/open/film.webm', { headers: { authorization: `Basic ${btoa('root:rootpw')}` } });
    assert.equal(await film.text(), 'x');
    assert.equal((await s.api('.groups/made', { method: 'PUT', json: { displayName: 'Made' } })).status, 201);
    await eventually(async () => assert.equal((await s.get('/group/made/.status')).status, 200));
    assert.equal((await s.get('/healthz/ready')).status, 200);
  });

  test('a file that root puts into groups/ later is read, or named among the problems', async () => {
    const put = (name, mode) => {
      writeFileSync(join(s.dir, 'groups', '.new'), '{"displayName": "By root"}', { mode });
      renameSync(join(s.dir, 'groups', '.new'), join(s.dir, 'groups', name));
    };
    put('by-root.json', 0o640);
    await eventually(async () => assert.equal((await (await s.get('/group/by-root/.status')).json()).displayName, 'By root'));
    assert.equal((await s.api('.groups/by-root', { method: 'PUT', json: { displayName: 'By console' } })).status, 204);
    put('closed.json', 0o600);
    const b = new Browser(s);
    await b.signIn();
    await eventually(async () => assert.match((await b.open('/admin/problems')).text, /closed .*Permission denied/));
  });

  test('a key that is put in place readable for its group is root\'s alone again', async () => {
    const at = (name) => join(s.dir, 'data', name);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=renewed', '-keyout', at('k'), '-out', at('c')], { stdio: 'ignore' });
    execFileSync('install', ['-m', '640', at('c'), at('cert.pem')]);
    execFileSync('install', ['-m', '640', at('k'), at('key.pem')]);
    rmSync(at('k'));
    await eventually(() => assert.ok(!may('nereid-media', '-r', at('key.pem'))));
    await eventually(async () => assert.equal((await (await s.get('/healthz/ready')).json()).certificate, 'ok'));
  });

  test('a command of admin-cgi by root leaves nothing that its user cannot use', async () => {
    const r = spawnSync(join(build, 'admin-cgi', 'admin-cgi'), ['create-admin', 'vetinari', '--dir', s.dir, '--share', top], { input: 'a long enough passphrase\n', encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
    for (const name of readdirSync(join(s.dir, 'data')).filter((n) => n.startsWith('nereid.db'))) {
      assert.equal(statSync(join(s.dir, 'data', name)).uid, uid.admin, name);
    }
    const b = new Browser(s);
    assert.match((await b.signIn('vetinari', 'a long enough passphrase')).text, /Dashboard/);
  });
});

describe('state of an earlier start as root, or of an original Galene', { skip: needsUsers }, () => {
  test('is given to the users, and nothing outside is', async (t) => {
    const dir = temporaryDirectory();
    const outside = temporaryDirectory();
    t.after(() => [dir, outside].forEach((d) => rmSync(d, { recursive: true, force: true })));
    for (const name of ['target.json', 'linked.json', 'dir/deep.json']) {
      mkdirSync(join(outside, 'dir'), { recursive: true });
      writeFileSync(join(outside, name), '{}', { mode: 0o600 });
    }
    const first = await startServer({ dir, config: {}, groups: OPEN, args: ['--as-root'] });
    assert.deepEqual(identity(first.pidOf('mediad')).uids, [0]);
    await first.stop();
    first.writeFile('groups/a/b/c.json', '{"displayName": "Deep"}');
    first.writeFile('groups/galene.json', '{"displayName": "Galene"}');
    chmodSync(join(dir, 'groups', 'galene.json'), 0o600);
    chownSync(join(dir, 'groups', 'galene.json'), 12345, 12345); // the original's user
    first.writeFile('data/var/tokens.jsonl', '');
    symlinkSync(join(outside, 'target.json'), join(dir, 'groups', 'link.json'));
    symlinkSync(join(outside, 'dir'), join(dir, 'groups', 'linked'));
    linkSync(join(outside, 'linked.json'), join(dir, 'groups', 'hard.json'));
    rmSync(join(dir, 'data', 'tmp'), { recursive: true, force: true });
    symlinkSync(join(outside, 'dir'), join(dir, 'data', 'tmp'));
    const before = ['.', 'target.json', 'linked.json', 'dir', 'dir/deep.json'].map((n) => lstatSync(join(outside, n))).map((st) => [st.uid, st.gid, st.mode]);
    const s = await startServer({ dir });
    t.after(() => s.stop());
    assert.deepEqual(['.', 'target.json', 'linked.json', 'dir', 'dir/deep.json'].map((n) => lstatSync(join(outside, n))).map((st) => [st.uid, st.gid, st.mode]), before);
    assert.equal((await (await s.get('/group/a/b/c/.status')).json()).displayName, 'Deep');
    assert.equal((await (await s.get('/group/galene/.status')).json()).displayName, 'Galene');
    assert.equal(statSync(join(dir, 'groups', 'galene.json')).uid, 12345);
    assert.equal((await s.api('.groups/a/b/c', { method: 'PUT', json: {} })).status, 204);
    assert.equal((await s.api('.groups/galene', { method: 'PUT', json: {} })).status, 204);
    assert.match(s.log, /hard\.json has a second name/);
  });

  test('a directory that an ordinary user\'s server wrote is taken over whole', async (t) => {
    const dir = temporaryDirectory();
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    await (await startServer({ dir, config: {}, groups: OPEN })).stop();
    const [nobody, admin] = [idOf('passwd', 'nobody'), idOf('passwd', 'nereid-admin')];
    const ours = ['groups/.lock', 'data/nereid.db', 'data/nereid.lock', 'data/secret.key', 'data/reserve'].map((name) => join(dir, name));
    const persons = join(dir, 'groups', 'open.json');
    for (const path of [...ours, persons, join(dir, 'groups'), join(dir, 'data')]) chownSync(path, nobody, nobody);
    const s = await startServer({ dir });
    t.after(() => s.stop());
    assert.equal((await s.get('/healthz/ready')).status, 200);
    assert.equal((await s.api('.groups/made', { method: 'PUT', json: {} })).status, 201);
    for (const path of ours) assert.equal(statSync(path).uid, admin, path);
    assert.equal(statSync(persons).uid, nobody);
  });

  test('a directory that its users cannot reach is refused in one line', async (t) => {
    const closed = temporaryDirectory();
    t.after(() => rmSync(closed, { recursive: true, force: true }));
    const r = spawnSync(supervisor, ['--dir', join(closed, 'state'), '--programs', build, '--share', top, '--port', String(await freePort()),
      '--udp-port', String(await freeUdpPort()), '--media-listen', '127.0.0.1'], { encoding: 'utf8', timeout: 60000 });
    assert.equal(r.status, 1);
    assert.match(r.stderr, /^nereid-supervisor: the user nereid-admin cannot use .*\/state\/data: .*--as-root\n$/);
  });

  test('mediad may have a port below 1024 without being root', async (t) => {
    const s = await serverFor(t, { ports: { port: await freePort(), udpPort: 991 } });
    const { uids, caps } = identity(s.pidOf('mediad'));
    assert.deepEqual({ uids, caps }, { uids: [idOf('passwd', 'nereid-media')], caps: '0000000000000400' }); // CAP_NET_BIND_SERVICE, bit 10
  });
});

test('started by an ordinary user, everything is that user\'s', { skip: isRoot && isClosed && 'the checkout is closed to other users' }, async (t) => {
  const parent = openDirectory();
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  const user = isRoot ? idOf('passwd', 'nobody') : process.getuid();
  const program = join(parent, 'start');
  const as = isRoot ? 'setpriv --reuid nobody --regid nogroup --clear-groups ' : '';
  writeFileSync(program, `#!/bin/sh\nexec ${as}'${supervisor}' "$@"\n`, { mode: 0o755 });
  const dir = join(parent, 'state');
  mkdirSync(dir);
  if (isRoot) chownSync(dir, user, idOf('group', 'nogroup'));
  const s = await startServer({ dir, config: null, program });
  t.after(() => s.stop());
  for (const name of ['mediad', 'admin-cgi', 'nginx']) {
    const pid = s.pidOf(name);
    for (const each of [pid, ...childrenOf(pid).map((c) => c.pid)]) assert.deepEqual(identity(each).uids, [user], name);
  }
  const walk = (at) => readdirSync(join(dir, at), { withFileTypes: true }).flatMap((entry) => {
    const path = join(at, entry.name);
    return entry.isDirectory() ? [path, ...walk(path)] : [path];
  });
  for (const path of walk('.')) assert.equal(statSync(join(dir, path)).uid, user, path);
  const mode = (path) => (statSync(join(dir, path)).mode & 0o7777).toString(8);
  assert.deepEqual(['groups', 'data', 'data/var', 'recordings', 'run', 'data/nereid.db', 'data/secret.key', 'groups/demo.json'].map(mode),
    ['2750', '2750', '2770', '2770', '2750', '600', '600', '640']);
  assert.equal((await s.get('/group/demo/')).status, 200);
});
