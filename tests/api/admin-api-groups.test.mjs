// The HTTP API beyond what every server of the protocol does: our improvements (better codes,
// hand edits, layout kept, tokens that administer, foreign sites, throttling, recordings).
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import {
  existsSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { eventually, startServer } from '../lib/server.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
const later = (s) => new Date(Date.now() + s * 1000).toISOString();

before(async () => {
  server = await startServer({
    groups: {
      lobby: {
        public: true,
        users: { ada: { password: 'aa', permissions: 'admin' }, bob: { password: 'bb', permissions: 'present' },
          rec: { password: 'rr', permissions: ['record'] }, any: { password: { type: 'wildcard' }, permissions: 'present' } },
      },
      class: { 'auto-subgroups': true, users: { ada: { password: 'aa', permissions: 'admin' } } },
    },
    config: {
      users: { root: { password: 'rootpw', permissions: 'admin' } },
      writableGroups: true,
      allowAdminOrigin: ['https://front.example.org'],
    },
  });
});
after(() => server?.stop());

const put = (path, json, extra = {}) => server.api(path, { method: 'PUT', json, ...extra });
const status = async (promise) => (await promise).status;

describe('errors that say what is wrong', () => {
  for (const [why, path, options, want, text] of [
    ['JSON cut short', '.groups/x', { body: '{"a":', type: 'application/json' }, 400, /line 1 column/],
    ['a wrong type', '.groups/x', { json: { 'max-clients': 'many' } }, 400, /max-clients/],
    ['an unknown member', '.groups/x', { json: { publik: true } }, 400, /publik/],
    ['users in a definition', '.groups/x', { json: { users: { a: {} } } }, 400, /users/],
    ['an array', '.groups/x', { json: [] }, 400, /object/],
    ['an unknown permission', '.groups/lobby/.users/x', { json: { permissions: 'king' } }, 400, /permissions|king/],
    ['an unknown member of a user', '.groups/lobby/.users/x', { json: { permission: 'op' } }, 400, /^permission: /],
    ['a bad name in a token', '.groups/lobby/.tokens/', { json: { username: '.x', expires: later(60) }, method: 'POST' }, 400, /^username: /],
    ['a password in a user', '.groups/lobby/.users/x', { json: { password: 'x' } }, 400, /password/],
    ['a bad key', '.groups/lobby/.keys', { json: { keys: [{ kty: 'oct', alg: 'HS256', k: 'AA' }] }, type: 'application/jwk-set+json' }, 400, /k|length/],
    ['a bad password type', '.groups/lobby/.users/bob/.password', { json: { type: 'md5', key: 'x' } }, 400, /type|md5/],
    ['bcrypt that would burn hours', '.groups/lobby/.users/bob/.password', { json: { type: 'bcrypt', key: `$2a$31$${'a'.repeat(53)}` } }, 400, /cost|key/],
    ['a backslash in a name', '.groups/a%5Cb', { json: {} }, 400, /./],
    ['a name that is too long', `.groups/${'a'.repeat(251)}`, { json: {} }, 400, /./],
    ['a server token without subgroups', '.groups/.tokens/', { json: { permissions: ['admin'], expires: later(60) }, method: 'POST' }, 400, /includeSubgroups/],
  ]) {
    test(why, async () => {
      const r = await server.api(path, { method: 'PUT', ...options });
      assert.equal(r.status, want, `${r.status}: ${await r.clone().text()}`);
      assert.match(await r.text(), text);
      assert.equal(r.headers.get('x-content-type-options'), 'nosniff');
    });
  }

  test('a body over the limit is 413', async () => {
    assert.equal(await status(put('.groups/x', { description: 'x'.repeat(1100000) })), 413);
  });

  test('415 says what is taken', async () => {
    const r = await server.api('.groups/lobby/.keys', { method: 'PUT', json: { keys: [] } });
    assert.equal(r.status, 415);
    assert.equal(r.headers.get('accept'), 'application/jwk-set+json');
  });

  test('405 lists the methods, also OPTIONS', async () => {
    const r = await server.api('.groups/lobby/.keys', { method: 'GET' });
    assert.equal(r.status, 405);
    assert.equal(r.headers.get('allow'), 'OPTIONS, PUT, DELETE');
  });

  test('405 and 404 come after the log-in', async () => {
    assert.equal(await status(server.api('.groups/lobby/.keys', { auth: null })), 401);
    assert.equal(await status(server.api('.groups/lobby/.nothing', { auth: null })), 401);
    assert.equal(await status(server.api('.groups/lobby/.nothing', { method: 'DELETE' })), 404);
  });
});

describe('files', () => {
  test('a new file is laid out for people', async () => {
    assert.equal(await status(put('.groups/fresh', { description: 'x', public: true })), 201);
    assert.equal(readFileSync(server.groupFile('fresh'), 'utf8'), '{\n  "description": "x",\n  "public": true\n}\n');
  });

  test('an edit keeps every other byte of a hand-written file', async () => {
    server.writeFile('groups/hand.json', '{ "comment" : "mine",\n\t"x-own":[1,\n2],\n"users":{ } }\n');
    await server.api('.groups/hand/.users/bob', { method: 'PUT', json: { permissions: 'op' } });
    const text = readFileSync(server.groupFile('hand'), 'utf8');
    assert.ok(text.startsWith('{ "comment" : "mine",\n\t"x-own":[1,\n2],\n"users":{'), text);
    assert.deepEqual(JSON.parse(text).users, { bob: { permissions: 'op' } });
    await put('.groups/hand', { comment: 'mine', description: 'd' });
    assert.deepEqual(JSON.parse(readFileSync(server.groupFile('hand'), 'utf8'))['x-own'], [1, 2]);
  });

  test('a hand edit invalidates the ETag at once', async () => {
    await put('.groups/tag', { description: 'one' });
    const etag = (await server.api('.groups/tag')).headers.get('etag');
    server.writeFile('groups/tag.json', '{"description": "two"}');
    assert.equal(await status(put('.groups/tag', { description: 'three' }, { headers: { 'if-match': etag } })), 412);
    const r = await server.api('.groups/tag');
    assert.notEqual(r.headers.get('etag'), etag);
    assert.deepEqual(await r.json(), { description: 'two' });
  });

  test('a broken file is reported with its place, and not written over', async () => {
    await put('.groups/broken', { description: 'good' });
    server.writeFile('groups/broken.json', '{\n"description" "bad"\n}');
    const past = new Date(Date.now() - 5000);
    utimesSync(server.groupFile('broken'), past, past);
    const r = await server.api('.groups/broken');
    assert.equal(r.status, 500);
    assert.match(await r.text(), /^line 2 column/);
    const w = await put('.groups/broken', { description: 'new' });
    assert.equal(w.status, 409);
    assert.match(await w.text(), /line 2/);
    for (const part of ['.users/', '.users/bob', '.wildcard-user']) {
      const u = await server.api(`.groups/broken/${part}`);
      assert.equal(u.status, 500, part);
      assert.match(await u.text(), /^line 2 column/, part);
    }
    assert.ok((await (await server.api('.groups/')).json()).includes('broken'));
    assert.equal(readFileSync(server.groupFile('broken'), 'utf8'), '{\n"description" "bad"\n}');
    server.writeFile('groups/broken.json', '{"description": "mended"}');
    assert.deepEqual(await (await server.api('.groups/broken')).json(), { description: 'mended' });
  });

  test('invitations of a group whose file is broken can be seen, made and taken back', async () => {
    server.writeFile('groups/torn.json', '{');
    const past = new Date(Date.now() - 5000);
    utimesSync(server.groupFile('torn'), past, past);
    const path = '.groups/torn/.tokens/';
    const made = await server.api(path, { method: 'POST', json: { permissions: ['present'], expires: later(60) } });
    assert.equal(made.status, 201);
    const name = made.headers.get('location');
    assert.deepEqual(await (await server.api(path)).json(), [name]);
    assert.equal(await status(server.api(path + name, { method: 'DELETE' })), 204);
    rmSync(server.groupFile('torn'));
  });

  test('a file that was broken a moment ago may still be in writing: 503, try again', async () => {
    const r = await eventually(async () => {
      server.writeFile('groups/halfway.json', '{');
      const answer = await put('.groups/halfway', {});
      assert.equal(answer.status, 503);
      return answer;
    });
    assert.ok(Number(r.headers.get('retry-after')) > 0);
    rmSync(server.groupFile('halfway'));
  });

  test('an empty list of keys is as none', async () => {
    const keys = (list) => put('.groups/keyed/.keys', { keys: list }, { type: 'application/jwk-set+json' });
    server.writeGroup('keyed', { authKeys: [{ kty: 'oct', alg: 'HS256', k: 'MYz3IfCq4Yq-UmPdNqWEOdPl4C_m9imHHs9uveDUJGQ' }] });
    assert.equal(await status(keys([])), 204);
    assert.deepEqual(JSON.parse(readFileSync(server.groupFile('keyed'), 'utf8')), {});
  });

  test('an answer without a body names no type', async () => {
    const r = await put('.groups/typeless', {});
    assert.equal(r.status, 201);
    assert.equal(r.headers.get('content-type'), null);
    assert.equal(r.headers.get('content-length'), '0');
  });

  test('a file that a person removes is gone, and may be made again', async () => {
    await put('.groups/gone', { description: 'one' });
    unlinkSync(server.groupFile('gone'));
    assert.equal(await status(server.api('.groups/gone')), 404);
    assert.equal(await status(put('.groups/gone', { description: 'two' }, { headers: { 'if-none-match': '*' } })), 201);
    assert.deepEqual(await (await server.api('.groups/gone')).json(), { description: 'two' });
  });

  test('a link that leaves the directory is never written', async () => {
    const outside = join(server.dir, 'outside.json');
    writeFileSync(outside, '{"description": "outside"}');
    const { symlinkSync } = await import('node:fs');
    symlinkSync(outside, server.groupFile('link'));
    assert.equal(await status(put('.groups/link', { description: 'in' })), 409);
    assert.equal(readFileSync(outside, 'utf8'), '{"description": "outside"}');
    rmSync(server.groupFile('link'));
  });

  test('no file is readable for everybody', () => {
    assert.equal(statSync(server.groupFile('fresh')).mode & 0o007, 0);
    assert.equal(statSync(join(server.dir, 'data/nereid.db')).mode & 0o077, 0);
    assert.equal(statSync(join(server.dir, 'data/secret.key')).mode & 0o077, 0);
  });

  test('deleting a group deletes its tokens', async () => {
    await put('.groups/doomed', {});
    const made = await server.api('.groups/doomed/.tokens/', { method: 'POST', json: { permissions: ['present'], expires: later(60) } });
    assert.equal(made.status, 201);
    assert.equal(made.headers.get('location').length, 22);
    assert.equal(await status(server.api('.groups/doomed', { method: 'DELETE', headers: { 'if-match': '"no"' } })), 412);
    assert.equal(await status(server.api('.groups/doomed', { method: 'DELETE' })), 204);
    await put('.groups/doomed', {});
    assert.deepEqual(await (await server.api('.groups/doomed/.tokens/')).json(), []);
  });
});

describe('who may do what', () => {
  const token = async (group, json) => `Bearer ${(await server.api(`.groups/${group}.tokens/`, { method: 'POST', json: { permissions: ['admin'], expires: later(600), ...json } })).headers.get('location')}`;

  test('an administration token without a user name rules its group, with a slash too', async () => {
    const auth = await token('lobby/', {});
    assert.equal(await status(server.api('.groups/lobby', { auth })), 200);
    assert.equal(await status(server.api('.groups/lobby/', { auth })), 200);
    assert.equal(await status(server.api('.groups/class', { auth })), 401);
    assert.equal(await status(server.api('.groups/', { auth })), 401);
  });

  test('a global administration token creates groups', async () => {
    const auth = await token('', { includeSubgroups: true });
    assert.equal(await status(server.api('.groups/', { auth })), 200);
    assert.equal(await status(put('.groups/by-token', {}, { auth })), 201);
  });

  test("an ancestor's token with subgroups creates below it, and nowhere else", async () => {
    const auth = await token('lobby/', { includeSubgroups: true });
    assert.equal(await status(put('.groups/lobby/sub', {}, { auth })), 201);
    assert.equal(await status(put('.groups/elsewhere', {}, { auth })), 401);
  });

  test('a group administrator makes subgroups only where they are automatic', async () => {
    assert.equal(await status(put('.groups/class/one', {}, { auth: 'ada:aa' })), 201);
    assert.equal(await status(put('.groups/lobby/one', {}, { auth: 'ada:aa' })), 401);
    assert.equal(await status(put('.groups/new', {}, { auth: 'ada:aa' })), 401);
  });

  test('an automatic subgroup answers with its ancestor, and is not written', async () => {
    assert.deepEqual(await (await server.api('.groups/class/any/.users/')).json(), ['ada']);
    assert.equal(await status(server.api('.groups/class/any')), 404);
    assert.equal(await status(put('.groups/class/any/.users/x', { permissions: 'op' })), 404);
  });

  test('the own password: the same name, a real password, and not anything', async () => {
    const path = (u) => `.groups/lobby/.users/${u}/.password`;
    const post = (u, auth) => status(server.api(path(u), { method: 'POST', body: 'new one', type: 'text/plain', auth }));
    assert.equal(await post('any', null), 401);
    assert.equal(await post('any', 'any:anything'), 401);
    assert.equal(await post('bob', 'eve:bb'), 401);
    assert.equal(await status(server.api(path('bob'), { method: 'DELETE', auth: 'bob:bb' })), 401);
    assert.equal(await status(put(path('bob'), { type: 'wildcard' }, { auth: 'bob:bb' })), 403);
    assert.equal(await post('bob', 'bob:bb'), 204);
    assert.equal(await post('bob', 'bob:bb'), 401);
    assert.equal(await post('bob', 'bob:new one'), 204);
  });

  test('plain text is hashed on its way into the file', async () => {
    assert.equal(await status(put('.groups/lobby/.users/bob/.password', 'open secret')), 204);
    assert.equal(await status(put('.groups/lobby/.users/ada/.password', { type: 'plain', key: 'open secret' })), 204);
    assert.ok(!readFileSync(server.groupFile('lobby'), 'utf8').includes('open secret'));
    assert.equal(await status(server.api('.groups/lobby', { auth: 'ada:open secret' })), 200);
    await put('.groups/lobby/.users/ada/.password', 'aa');
  });

  test('a long password is no error', async () => {
    const long = 'x'.repeat(100);
    assert.equal(await status(server.api('.groups/lobby/.users/ada/.password', { method: 'POST', body: long, type: 'text/plain' })), 204);
    assert.equal(await status(server.api('.groups/lobby', { auth: `ada:${long}` })), 200);
    assert.equal(await status(server.api('.groups/lobby', { auth: `ada:${long.slice(0, 72)}` })), 401);
    await put('.groups/lobby/.users/ada/.password', 'aa');
  });

  test('user names with slashes and percent signs', async () => {
    for (const name of ['a/b', 'a%2Fb', 'per%25cent', 'sp%20ace', 'ümläut']) {
      assert.equal(await status(put(`.groups/lobby/.users/${name}`, { permissions: 'present' })), name === 'a%2Fb' ? 204 : 201, name);
      assert.equal(await status(server.api(`.groups/lobby/.users/${name}`)), 200, name);
    }
    const users = await (await server.api('.groups/lobby/.users/')).json();
    for (const u of ['a/b', 'per%cent', 'sp ace', 'ümläut']) assert.ok(users.includes(u), u);
    assert.deepEqual(users, [...users].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  test('writableGroups false is 403, for DELETE too, and tokens work', async () => {
    const s = await startServer({ groups: { g: {} }, config: { writableGroups: false } });
    try {
      assert.equal(await status(s.api('.groups/g', { method: 'PUT', json: {} })), 403);
      assert.equal(await status(s.api('.groups/g', { method: 'DELETE' })), 403);
      assert.ok(existsSync(s.groupFile('g')));
      assert.equal(await status(s.api('.groups/g/.tokens/', { method: 'POST', json: { permissions: [], expires: later(60) } })), 201);
    } finally { await s.stop(); }
  });
});

describe('other sites', () => {
  const write = (headers) => status(put('.groups/fresh', { description: 'y' }, { headers }));

  test('writes from foreign pages are refused', async () => {
    assert.equal(await write({ 'sec-fetch-site': 'cross-site' }), 403);
    assert.equal(await write({ 'sec-fetch-site': 'same-site' }), 403);
    assert.equal(await write({ origin: 'https://evil.example.org' }), 403);
    assert.equal(await write({ origin: 'https://front.example.org', 'sec-fetch-site': 'cross-site' }), 204);
    assert.equal(await write({ origin: server.base, 'sec-fetch-site': 'same-origin' }), 204);
    assert.equal(await status(server.api('.groups/fresh', { headers: { 'sec-fetch-site': 'cross-site' } })), 200);
  });

  test('a page that is allowed may read what it needs', async () => {
    const r = await server.api('.groups/fresh', { method: 'OPTIONS', auth: null, headers: { origin: 'https://front.example.org' } });
    assert.equal(r.status, 200);
    assert.equal(r.headers.get('access-control-allow-origin'), 'https://front.example.org');
    assert.match(r.headers.get('access-control-allow-methods'), /OPTIONS, GET, HEAD, PUT, DELETE/);
    assert.match(r.headers.get('access-control-allow-headers'), /If-Match/);
    const g = await server.api('.groups/fresh', { headers: { origin: 'https://front.example.org' } });
    assert.match(g.headers.get('access-control-expose-headers'), /ETag/);
    assert.match(g.headers.get('vary'), /Origin/);
    const n = await server.api('.groups/fresh', { headers: { origin: 'https://evil.example.org' } });
    assert.equal(n.headers.get('access-control-allow-origin'), null);
  });
});

describe('preconditions', () => {
  for (const [why, headers, wantRead, wantWrite] of [
    ['the right tag', (t) => ({ 'if-match': t }), 200, 204],
    ['a list with the right tag', (t) => ({ 'if-match': `"a", ${t}` }), 200, 204],
    ['a wrong tag', () => ({ 'if-match': '"a"' }), 412, 412],
    ['a weak tag', (t) => ({ 'if-match': `W/${t}` }), 412, 412],
    ['any', () => ({ 'if-match': '*' }), 200, 204],
    ['none of the right tag', (t) => ({ 'if-none-match': t }), 304, 412],
    ['none of another', () => ({ 'if-none-match': '"a"' }), 200, 204],
    ['none at all', () => ({ 'if-none-match': '*' }), 304, 412],
    ['a malformed list', (t) => ({ 'if-match': `a ${t}` }), 412, 412],
  ]) {
    test(why, async () => {
      await put('.groups/pre', { description: why });
      const h = headers((await server.api('.groups/pre')).headers.get('etag'));
      assert.equal(await status(server.api('.groups/pre', { headers: h })), wantRead);
      assert.equal(await status(put('.groups/pre', { description: `${why}!` }, { headers: h })), wantWrite);
    });
  }

  test('304 keeps the ETag and has no body', async () => {
    const etag = (await server.api('.groups/pre')).headers.get('etag');
    const r = await server.api('.groups/pre', { headers: { 'if-none-match': etag } });
    assert.equal(r.headers.get('etag'), etag);
    assert.equal(await r.text(), '');
    assert.ok(r.headers.get('content-security-policy'));
  });

  test('HEAD has the headers of GET', async () => {
    const g = await server.api('.groups/pre');
    const h = await server.api('.groups/pre', { method: 'HEAD' });
    assert.equal(h.status, 200);
    for (const name of ['etag', 'content-type', 'content-length']) assert.equal(h.headers.get(name), g.headers.get(name), name);
  });
});

describe('tokens', () => {
  test('PUT makes one, elsewhere it is 409, and 404 to read', async () => {
    const body = { permissions: ['present'], expires: later(600) };
    assert.equal(await status(put('.groups/lobby/.tokens/my-token', body)), 201);
    assert.equal(await status(put('.groups/class/.tokens/my-token', body)), 409);
    assert.equal(await status(server.api('.groups/class/.tokens/my-token')), 404);
    const r = await server.api('.groups/lobby/.tokens/my-token');
    assert.equal((await r.json()).token, '');
    const tag = r.headers.get('etag');
    assert.equal(await status(put('.groups/lobby/.tokens/my-token', { ...body, username: 'u' }, { headers: { 'if-match': tag } })), 204);
    assert.equal(await status(put('.groups/lobby/.tokens/my-token', body, { headers: { 'if-match': tag } })), 412);
    assert.equal(await status(server.api('.groups/lobby/.tokens/my-token', { method: 'DELETE', headers: { 'if-match': tag } })), 412);
    assert.equal(await status(server.api('.groups/lobby/.tokens/my-token', { method: 'DELETE' })), 204);
    assert.equal(await status(server.api('.groups/lobby/.tokens/my-token', { method: 'DELETE' })), 404);
  });

  test('SIG-22: permissions may be a role, which stays one and is expanded where it is used', async () => {
    const made = await server.api('.groups/lobby/.tokens/', { method: 'POST', json: { permissions: 'op', expires: later(600) } });
    assert.equal(made.status, 201);
    const path = `.groups/lobby/.tokens/${made.headers.get('location')}`;
    const t = await (await server.api(path)).json();
    assert.equal(t.permissions, 'op');
    assert.equal(await status(put(path, { ...t, username: 'vimes' })), 204);
    assert.equal((await (await server.api(path)).json()).permissions, 'op');
    assert.equal(await status(server.api('.groups/lobby', { auth: `Bearer ${made.headers.get('location')}` })), 401);
    const admin = await server.api('.groups/lobby/.tokens/', { method: 'POST', json: { permissions: 'admin', expires: later(600) } });
    assert.equal(await status(server.api('.groups/lobby', { auth: `Bearer ${admin.headers.get('location')}` })), 200);
    const bad = await server.api('.groups/lobby/.tokens/', { method: 'POST', json: { permissions: 'king', expires: later(600) } });
    assert.equal(bad.status, 400);
    assert.match(await bad.text(), /^permissions: must be op, present/);
  });

  test('unknown members survive, times too', async () => {
    const expires = '2090-01-02T03:04:05.123456789+01:00';
    const made = await server.api('.groups/lobby/.tokens/', { method: 'POST', json: { permissions: ['present'], expires, 'x-note': { a: 1 } } });
    const t = await (await server.api(`.groups/lobby/.tokens/${made.headers.get('location')}`)).json();
    assert.equal(t.expires, expires);
    assert.deepEqual(t['x-note'], { a: 1 });
    assert.equal(t.issuedBy, 'root');
  });
});

describe('recordings', () => {
  const auth = (who) => ({ headers: { authorization: `Basic ${Buffer.from(who).toString('base64')}` } });
  const old = new Date(Date.now() - 60000);

  before(() => {
    mkdirSync(join(server.dir, 'recordings/lobby'), { recursive: true });
    server.giveToOwner('recordings/lobby');
    for (const name of ['2026-01-02T03:04:05.678.webm', 'a "quoted" <name> & %25?#.webm']) {
      writeFileSync(join(server.dir, 'recordings/lobby', name), Buffer.alloc(1000, 7));
      utimesSync(join(server.dir, 'recordings/lobby', name), old, old);
    }
  });

  test('the log-in comes first', async () => {
    assert.equal(await status(server.get('/recordings/nowhere/')), 401);
    assert.equal(await status(server.get('/recordings/lobby/', auth('bob:open secret'))), 401);
    const r = await server.get('/recordings/lobby/');
    assert.equal(r.status, 401);
    assert.match(r.headers.get('www-authenticate'), /^Basic realm="recordings\/lobby"/);
    assert.equal(await status(server.get('/recordings/nowhere/', auth('root:rootpw'))), 404);
  });

  test('listed and escaped, for those who may record and for administrators', async () => {
    for (const who of ['rec:rr', 'root:rootpw']) {
      const r = await server.get('/recordings/lobby/', auth(who));
      assert.equal(r.status, 200);
      const html = await r.text();
      assert.ok(!html.includes('<name>'));
      assert.match(html, /a%20%22quoted%22%20%3Cname%3E%20%26%20%2525%3F%23\.webm/);
    }
  });

  test('files come with ranges and their type', async () => {
    const r = await server.get('/recordings/lobby/2026-01-02T03:04:05.678.webm', { headers: { ...auth('rec:rr').headers, range: 'bytes=10-19' } });
    assert.equal(r.status, 206);
    assert.equal(r.headers.get('content-type'), 'video/webm');
    assert.equal((await r.arrayBuffer()).byteLength, 10);
    assert.equal(await status(server.get('/recordings/lobby/a%20%22quoted%22%20%3Cname%3E%20%26%20%2525%3F%23.webm', auth('rec:rr'))), 200);
    assert.equal(await status(server.get('/recordings/lobby/none.webm', auth('rec:rr'))), 404);
    assert.equal(await status(server.get('/recordings/lobby/..%2F..%2Fdata%2Fconfig.json', auth('root:rootpw'))), 404);
    assert.equal(await status(server.get('/_recordings/lobby/2026-01-02T03:04:05.678.webm')), 404);
  });

  test('deleted by a form, but not from another site', async () => {
    const form = (filename, headers = {}) => server.get('/recordings/lobby/', {
      method: 'POST', body: new URLSearchParams({ q: 'delete', filename }), headers: { ...auth('rec:rr').headers, ...headers },
    });
    const name = '2026-01-02T03:04:05.678.webm';
    assert.equal(await status(form(name, { 'sec-fetch-site': 'cross-site' })), 403);
    assert.equal(await status(form('../../data/config.json')), 400);
    assert.equal(await status(form('none.webm')), 404);
    const r = await form(name);
    assert.equal(r.status, 303);
    assert.equal(r.headers.get('location'), '/recordings/lobby/');
    assert.ok(!existsSync(join(server.dir, 'recordings/lobby', name)));
  });
});

describe('the rest', () => {
  test('health, and metrics for this machine', async () => {
    assert.equal(await status(server.get('/healthz/live')), 200);
    await eventually(async () => assert.equal(await status(server.get('/healthz/ready')), 200));
    const m = await (await server.get('/metrics')).text();
    assert.match(m, /^nereid_files\{kind="group",state="ok"\} \d+$/m);
    assert.match(m, /nereid_http_requests_total\{route="api-group-put",method="PUT",code="2xx"\} \d+/);
  });

  test('paths that climb or are not clean mean nothing', async () => {
    const { request } = await import('node:https');
    const raw = (path) => new Promise((ok, fail) => {
      request({ host: 'localhost', port: server.port, path, rejectUnauthorized: false, headers: { authorization: `Basic ${Buffer.from('root:rootpw').toString('base64')}` } }, (r) => { r.resume(); ok(r.statusCode); }).on('error', fail).end();
    });
    for (const path of ['/galene-api/v0/.groups/%2e%2e/lobby', '/galene-api/v0/.groups//lobby', '/galene-api/v0/.groups/..%2Flobby', '/galene-api/v0/.groups/lobby%00', '/galene-api/v0/.groups/%C0%AF', '/galene-api/v0/.groups/%zz']) {
      assert.ok([400, 404].includes(await raw(path)), path);
    }
  });

  test('too many wrong passwords have to wait, and the right one of another works', async () => {
    let last;
    for (let i = 0; i < 40; i++) {
      last = await server.api('.groups/lobby', { auth: 'ada:wrong' });
      if (last.status === 429) break;
    }
    assert.equal(last.status, 429);
    assert.ok(Number(last.headers.get('retry-after')) >= 1);
    assert.equal(await status(server.api('.groups/lobby')), 200);
  });
});
