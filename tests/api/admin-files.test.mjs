// Files and database without anybody asking: hand edits, vanished files, damaged databases, a second
// instance, mediad away (WEB-28, WEB-29, WEB-32, FAULT-2, FAULT-9, FAULT-18, FAULT-19).
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { build, eventually, startServer, temporaryDirectory, top } from '../lib/server.mjs';
import { head, integrity, onDisk, query, versions } from '../lib/store.mjs';

const program = join(build, 'admin-cgi', 'admin-cgi');
const run = (args, input = '') => spawnSync(program, args, { input, encoding: 'utf8' });

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer({ groups: { watched: { description: 'one' }, other: {}, third: {} } }); });
after(() => server?.stop());

// Upper bound: three times the second that a look at links may be away.
describe('folders and links that are exchanged, noticed without a request', () => {
  const soon = (probe) => eventually(probe, 3000);
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let s;
  const groups = () => join(s.dir, 'groups');
  const make = (dir, description) => {
    mkdirSync(join(s.dir, dir, 'sub'), { recursive: true });
    for (const name of ['kept', 'sub/deep', 'also'])
      writeFileSync(join(s.dir, dir, `${name}.json`), JSON.stringify({ public: true, description }));
    // As root: it belongs to whom groups/ belongs, or the console may not write there.
    assert.equal(spawnSync('chown', ['-R', `--reference=${groups()}`, join(s.dir, dir)]).status, 0);
  };
  /** What mediad and the database say of a group, without a look-up of it. */
  const both = async (name) => [
    (await (await fetch(`${s.base}/public-groups.json`)).json()).find((g) => g.name === name)?.description,
    head(s, name) && JSON.parse(head(s, name).text).description,
  ];
  const say = async (description, ...names) => {
    for (const name of names) await soon(async () => assert.deepEqual(await both(name), [description, description], name));
  };
  before(async () => { s = await startServer({ groups: { kept: { public: true, description: 'one' } } }); });
  after(() => s?.stop());

  test('groups/ renamed away and another put there, and edits in it', async () => {
    await say('one', 'kept');
    make('other', 'two');
    renameSync(groups(), join(s.dir, 'away'));
    renameSync(join(s.dir, 'other'), groups());
    await say('two', 'kept', 'sub/deep');
    writeFileSync(s.groupFile('sub/deep'), JSON.stringify({ public: true, description: 'three' }));
    await say('three', 'sub/deep');
    await say('two', 'also');
    const put = await s.api('.groups/also', { method: 'PUT', json: { public: true, description: 'four' } });
    assert.equal(put.status, 204, 'a save goes to the folder that is there');
    await say('four', 'also');
    assert.match(readFileSync(s.groupFile('also'), 'utf8'), /four/);
  });

  test('groups/ is a symbolic link that leads elsewhere', async () => {
    make('red', 'red');
    make('blue', 'blue');
    renameSync(groups(), join(s.dir, 'away2'));
    symlinkSync('red', groups());
    await say('red', 'kept', 'sub/deep');
    symlinkSync('blue', join(s.dir, 'groups~'));
    renameSync(join(s.dir, 'groups~'), groups());
    await say('blue', 'kept', 'sub/deep');
    writeFileSync(join(s.dir, 'blue/kept.json'), JSON.stringify({ public: true, description: 'azure' }));
    await say('azure', 'kept');
  });

  test('a group file is a symbolic link: what it leads to changes, and it leads elsewhere', async () => {
    const at = (name, description) => writeFileSync(join(s.dir, name), JSON.stringify({ public: true, description }));
    at('one.json', 'here');
    at('two.json', 'there');
    symlinkSync('../one.json', s.groupFile('linked'));
    await say('here', 'linked');
    at('one.json', 'edited');
    await say('edited', 'linked');
    symlinkSync('../two.json', join(groups(), 'linked~'));
    renameSync(join(groups(), 'linked~'), s.groupFile('linked'));
    await say('there', 'linked');
    at('two.json', 'edited too');
    await say('edited too', 'linked');
  });
});

// docs/ADMIN.md 1: files may be edited by hand at any time, so also before the first start.
test('a thousand files are there at the first start, one broken and one unreadable: all others are groups', async (t) => {
  const names = Array.from({ length: 998 }, (_, i) => `f${i % 7}/g${i}`);
  const dir = temporaryDirectory();
  for (const name of names) {
    const file = join(dir, 'groups', `${name}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ description: name, public: name === 'f0/g7' }));
  }
  writeFileSync(join(dir, 'groups/f1/broken.json'), '{"description":');
  symlinkSync('nowhere.json', join(dir, 'groups/f2/unreadable.json'));
  const s = await startServer({ dir, config: {} });
  t.after(async () => { await s.stop(); rmSync(dir, { recursive: true, force: true }); });
  const listed = await (await s.api('.groups/')).json();
  assert.deepEqual(listed, [...names, 'f1/broken', 'f2/unreadable'].sort());
  assert.deepEqual(query(s, "SELECT name FROM files WHERE kind = 'group' AND state = 'ok' ORDER BY name").map((f) => f.name), names.sort());
  assert.deepEqual(query(s, "SELECT name FROM files WHERE state = 'broken' ORDER BY name").map((f) => f.name), ['f1/broken', 'f2/unreadable']);
  assert.equal(query(s, "SELECT count(*) AS n FROM audit WHERE action = 'file.import' AND object_kind = 'group'")[0].n, names.length);
  assert.deepEqual(versions(s, 'f0/g7'), [{ text: '{"description":"f0/g7","public":true}', source: 'import' }]);
  assert.deepEqual((await (await s.get('/public-groups.json')).json()).map((g) => g.name), ['f0/g7']);
  assert.equal((await s.api('.groups/f0/g7', { method: 'PUT', json: { description: 'saved' } })).status, 204);
});

test('a folder that the server may not read keeps no other group out', { skip: process.getuid() === 0 ? false : 'needs root, to have a folder that is not the server\'s' }, async () => {
  const s = await startServer({ groups: { near: { public: true }, 'shut/far': { public: true } } });
  try {
    assert.ok(JSON.parse(await (await s.api('.groups/')).text()).includes('shut/far'));
    chmodSync(join(s.dir, 'groups', 'shut'), 0o700);
    chownSync(join(s.dir, 'groups', 'shut'), 0, 0);
    writeFileSync(s.groupFile('newer'), JSON.stringify({ public: true }));
    await eventually(() => assert.ok(head(s, 'newer')));
    assert.deepEqual(JSON.parse(await (await s.api('.groups/')).text()), ['near', 'newer']);
    const before = s.pidOf('mediad');
    process.kill(before, 'SIGKILL');
    await eventually(async () => {
      assert.notEqual(s.pidOf('mediad'), before);
      assert.equal((await s.get('/group/near/')).status, 200);
    });
  } finally { await s.stop(); }
});

describe('edits by hand, noticed without a request', () => {
  const text = (name) => head(server, name)?.text;

  test('written in place, in pieces', async () => {
    writeFileSync(server.groupFile('watched'), '{"description":');
    appendFileSync(server.groupFile('watched'), ' "two"}');
    await eventually(() => assert.equal(text('watched'), '{"description": "two"}'));
  });

  test('written beside and renamed', async () => {
    writeFileSync(join(server.dir, 'groups', 'watched.json~'), '{"description": "three"}');
    renameSync(join(server.dir, 'groups', 'watched.json~'), server.groupFile('watched'));
    await eventually(() => assert.equal(text('watched'), '{"description": "three"}'));
    assert.equal(versions(server, 'watched').at(-1).source, 'import');
  });

  test('a new file in a new folder', async () => {
    mkdirSync(join(server.dir, 'groups', 'new', 'folder'), { recursive: true });
    writeFileSync(server.groupFile('new/folder/group'), '{"public": true}');
    await eventually(() => assert.equal(text('new/folder/group'), '{"public": true}'));
    writeFileSync(server.groupFile('new/folder/group'), '{"public": false}');
    await eventually(() => assert.equal(text('new/folder/group'), '{"public": false}'));
  });

  test('a broken one is a problem until it is mended', async () => {
    writeFileSync(server.groupFile('watched'), '{"description": }');
    await eventually(() => assert.equal(head(server, 'watched').state, 'broken'));
    assert.equal(text('watched'), '{"description": "three"}');
    writeFileSync(server.groupFile('watched'), '{"description": "four"}');
    await eventually(() => assert.equal(head(server, 'watched').state, 'ok'));
  });

  test('a renamed file takes its history along', async () => {
    renameSync(server.groupFile('watched'), server.groupFile('moved'));
    await eventually(() => assert.ok(versions(server, 'moved').length >= 4));
    assert.equal(head(server, 'watched'), undefined);
  });

  test('a removed one goes to the trash', async () => {
    unlinkSync(server.groupFile('moved'));
    await eventually(() => assert.equal(head(server, 'moved').state, 'trashed'));
    writeFileSync(server.groupFile('moved'), '{"description": "back"}');
    await eventually(() => assert.equal(head(server, 'moved').state, 'ok'));
  });

  test('an empty directory is no order to delete everything', async () => {
    const names = readdirSync(join(server.dir, 'groups')).filter((f) => f.endsWith('.json'));
    const away = join(server.dir, 'away');
    mkdirSync(away);
    renameSync(join(server.dir, 'groups', 'new'), join(away, 'new'));
    for (const f of names) renameSync(join(server.dir, 'groups', f), join(away, f));
    await eventually(async () => assert.equal((await server.api('.groups/other')).status, 404));
    for (const f of [...names, 'new']) renameSync(join(away, f), join(server.dir, 'groups', f));
    await eventually(async () => assert.equal((await server.api('.groups/other')).status, 200));
  });

  test('config.json has versions, too', async () => {
    server.writeConfig({ users: { root: { password: 'rootpw', permissions: 'admin' } }, writableGroups: true, canonicalHost: `localhost:${server.port}` });
    await eventually(() => {
      const [row] = query(server, "SELECT count(*) AS n FROM versions v JOIN files f ON f.id = v.file_id WHERE f.kind = 'config'");
      assert.ok(row.n >= 2);
    });
  });
});

describe('names', () => {
  test('pages and recordings go to the canonical name, with their query; the API stays', async () => {
    const { request } = await import('node:https');
    const get = (path, method = 'GET') => new Promise((ok, fail) => {
      request({ host: 'localhost', port: server.port, path, method, rejectUnauthorized: false, headers: { host: 'other.example.org' } }, (r) => { r.resume(); ok(r); }).on('error', fail).end();
    });
    for (const path of ['/recordings/g/?a=b', '/?x=y']) {
      const r = await get(path);
      assert.equal(r.statusCode, 308, path);
      assert.equal(r.headers.location, `https://localhost:${server.port}${path}`);
    }
    assert.equal((await get('/galene-api/v0/.groups/')).statusCode, 401);
    assert.equal((await get('/galene-api?q=1')).statusCode, 308);
    assert.equal((await get('/galene-api?q=1')).headers.location, '/galene-api/?q=1');
  });
});

describe('the database', () => {
  test('its log begins anew while the server works', async () => {
    // A log that begins anew has other salts in its header (SQLite's file format, section 4.1).
    const salts = () => readFileSync(join(server.dir, 'data/nereid.db-wal')).subarray(16, 24).toString('hex');
    const first = salts();
    let n = 0;
    const save = async () => {
      const r = await server.api('.groups/third', { method: 'PUT', json: { description: `number ${n}` } });
      assert.ok(r.ok, `${r.status}`);
      n++;
    };
    while (n < 400) await save();
    await eventually(async () => {
      await save();
      assert.notEqual(salts(), first);
    });
    assert.equal(integrity(server), 'ok');
    assert.equal(versions(server, 'third').length, n + 1);
  });

  test('damaged, it is moved aside and built from the files', async () => {
    const dir = temporaryDirectory();
    let s = await startServer({ dir, groups: { kept: { description: 'kept' } }, config: {} });
    await s.stop();
    const file = join(dir, 'data/nereid.db');
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 0, 4096);
    writeFileSync(file, bytes);
    s = await startServer({ dir });
    try {
      assert.deepEqual(await (await s.api('.groups/kept')).json(), { description: 'kept' });
      assert.ok(readdirSync(join(dir, 'data')).some((f) => f.startsWith('nereid.db.damaged-')));
      assert.equal(integrity(s), 'ok');
    } finally {
      s.keepDirectory = false;
      await s.stop();
    }
  });

  test('of a newer program, it is refused with advice', async () => {
    const dir = temporaryDirectory();
    const s = await startServer({ dir, groups: { g: {} }, config: {} });
    await s.stop();
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(join(dir, 'data/nereid.db'));
    db.exec("INSERT INTO schema_migrations VALUES (999, '0999-future.sql', hex(zeroblob(32)), 1)");
    db.close();
    const r = run(['create-admin', 'x', '--dir', dir, '--share', top], 'a long enough password\n');
    assert.equal(r.status, 1);
    assert.match(r.stderr, /newer program/);
  });
});

describe('who runs', () => {
  test('a second instance refuses, and names the first', async () => {
    const r = run(['--dir', server.dir, '--share', top]);
    assert.equal(r.status, 1);
    assert.match(r.stderr, new RegExp(`process ${server.pidOf('admin-cgi')}\\b`));
  });

  test('a dead worker is replaced, and nobody notices', async () => {
    const { childrenOf } = await import('../lib/server.mjs');
    for (const child of childrenOf(server.pidOf('admin-cgi'))) process.kill(child.pid, 'SIGKILL');
    await eventually(async () => assert.equal((await server.api('.groups/other')).status, 200));
  });

  test('without mediad everything works but what needs it', async () => {
    const pid = server.pidOf('mediad');
    process.kill(pid, 'SIGSTOP');
    try {
      assert.equal((await server.api('.groups/other', { method: 'PUT', json: { description: 'alone' } })).status, 204);
      assert.equal((await server.api('.stats')).status, 503);
      assert.equal((await server.get('/healthz/ready')).status, 503);
      assert.equal((await server.get('/healthz/live')).status, 200);
      assert.match(await (await server.get('/metrics')).text(), /^nereid_control_up 0$/m);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually(async () => assert.equal((await server.api('.stats')).status, 200));
  });
});

describe('commands', () => {
  const dirs = [];
  const fresh = async () => {
    const dir = temporaryDirectory();
    dirs.push(dir);
    return startServer({ dir, config: null });
  };

  test('the first start makes a demo group and a setup link', async () => {
    const s = await fresh();
    try {
      assert.match(s.out, /setup: https:\/\/localhost:\d+\/admin\/setup\?token=[\w-]{22}/);
      assert.equal(JSON.parse(onDisk(s, 'demo')).public, true);
      const url = readFileSync(join(s.dir, 'run/setup-url'), 'utf8').trim();
      assert.equal(statSync(join(s.dir, 'run/setup-url')).mode & 0o077, 0);
      const token = new URL(url).searchParams.get('token');
      const stored = query(s, 'SELECT hash FROM setup_tokens');
      assert.equal(stored.length, 1);
      assert.ok(!JSON.stringify(stored).includes(token));
      const again = run(['setup-url', '--dir', s.dir, '--share', top, '--base-url', 'https://example.org/']);
      assert.equal(again.status, 0, again.stderr);
      assert.match(again.stdout, /^https:\/\/example\.org\/admin\/setup\?token=[\w-]{22}\n$/);
      assert.ok(!again.stdout.includes(token));
      const here = run(['setup-url', '--dir', s.dir, '--share', top]);
      assert.ok(here.stdout.startsWith(`${s.base}/admin/setup?token=`), here.stdout + here.stderr);
    } finally {
      s.keepDirectory = false;
      await s.stop();
    }
  });

  test('create-admin, then the API, reset-password, check', async () => {
    const s = await fresh();
    const at = ['--dir', s.dir, '--share', top];
    const password = 'correct horse battery';
    try {
      assert.match(run(['create-admin', 'olga', ...at], 'short\n').stderr, /12 characters/);
      assert.match(run(['create-admin', 'ol:ga', ...at], `${password}\n`).stderr, /colon/);
      const made = run(['create-admin', 'olga', ...at], `${password}\n`);
      assert.equal(made.status, 0, made.stderr);
      assert.match(run(['create-admin', 'OLGA', ...at], `${password}\n`).stderr, /an account of this name/);
      assert.ok(!existsSync(join(s.dir, 'run/setup-url')));
      assert.match(run(['setup-url', ...at]).stderr, /administrator already/);
      assert.equal((await s.api('.groups/', { auth: `olga:${password}` })).status, 200);
      assert.equal((await s.api('.groups/', { auth: `olga:${password}!` })).status, 401);
      assert.equal(run(['reset-password', 'olga', ...at], 'another long password\n').status, 0);
      assert.equal((await s.api('.groups/', { auth: `olga:${password}` })).status, 401);
      assert.equal((await s.api('.groups/', { auth: 'olga:another long password' })).status, 200);
      assert.equal(run(['reset-password', 'nobody', ...at], 'another long password\n').status, 1);
      const check = run(['check', ...at]);
      assert.equal(check.status, 0, check.stdout + check.stderr);
      writeFileSync(s.groupFile('bad'), '{"description": 7}');
      const found = run(['check', ...at]);
      assert.equal(found.status, 1);
      assert.match(found.stdout, /groups\/bad\.json: line 1 column \d+: description/);
      s.writeFile('data/var/tokens.jsonl', 'junk\n');
      s.writeConfig({ admin: [] });
      const more = run(['check', ...at]);
      assert.match(more.stdout, /^data\/config\.json: line 1 column 2: admin: obsolete/m);
      assert.match(more.stdout, /^data\/var\/tokens\.jsonl: line 1 column 1: 1 damaged tokens/m);
    } finally {
      s.keepDirectory = false;
      await s.stop();
    }
  });

  test('usage', () => {
    assert.equal(run(['--help']).status, 0);
    assert.equal(run([]).status, 2);
    assert.equal(run(['--dir', '/nowhere/at/all']).status, 2);
    assert.equal(run(['frobnicate', '--dir', '/tmp']).status, 2);
    assert.match(run(['--version']).stdout, /^admin-cgi \d/);
  });
});
