// Group pages, status, public list, and the control socket (HTTP-1, HTTP-7, HTTP-8, SEC-12, SEC-49).
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { rmSync, statSync, mkdirSync } from 'node:fs';
import { join as path } from 'node:path';
import { eventually, serverFor, startServer } from '../lib/server.mjs';
import { connect, join } from '../lib/ws_client.mjs';

/** @type {import('../lib/server.mjs').Server} */
let server;
const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
const users = { olga: { password: 'op', permissions: 'op' }, pam: { password: 'pp', permissions: 'present' } };

before(async () => {
  server = await startServer({
    groups: {
      lobby: { ...open, public: true, displayName: 'Lobby & "more" <b>', description: 'd', authPortal: 'https://p.example.org/' },
      hidden: { ...open, users },
      moved: { redirect: 'https://elsewhere.example.org/group/x/', public: true, displayName: 'Moved' },
      auto: { users, autolock: true, public: true },
      guarded: { ...open, authServer: 'https://auth.example.org:444/path?x' },
      sly: { ...open, authServer: "https://x.example.org; script-src 'unsafe-inline'" },
      'a b/c': { ...open, 'auto-subgroups': true },
      bad: '{\n  "users": {"a": {"permissions": 3}}\n}',
      odd: { ...open, colour: 'blue' },
    },
    config: { allowOrigin: ['https://friend.example.org'] },
  });
});
after(() => server?.stop());

const security = {
  'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

test('group page: headers, and a policy of its own', async () => {
  const r = await server.get('/group/guarded/?token=secret');
  assert.equal(r.status, 200);
  assert.match(r.headers.get('content-type'), /^text\/html; charset=utf-8$/i);
  assert.equal(r.headers.get('cache-control'), 'no-cache');
  for (const [k, v] of Object.entries(security)) assert.equal(r.headers.get(k), v, k);
  const csp = r.headers.get('content-security-policy');
  assert.match(csp, new RegExp(`connect-src 'self' wss://localhost:${server.port} https://auth.example.org:444;`));
  assert.match(csp, /frame-ancestors 'none'/);
  assert.doesNotMatch(csp, /unsafe/);
  assert.equal(r.headers.get('x-page-csp'), null);
  assert.equal(r.headers.get('x-accel-redirect'), null);
});

test('group page: an authServer that would break the policy is left out of it', async () => {
  const csp = (await server.get('/group/sly/')).headers.get('content-security-policy');
  assert.doesNotMatch(csp, /x\.example\.org|unsafe/);
});

test('group page: mediad.json may allow framing and WebAssembly', async () => {
  server.writeFile('data/mediad.json', { 'frame-ancestors': ['https://school.example.org'], wasm: true });
  await eventually(async () => {
    const csp = (await server.get('/group/lobby/')).headers.get('content-security-policy');
    assert.match(csp, /frame-ancestors https:\/\/school\.example\.org;/);
    assert.match(csp, /script-src 'self' 'wasm-unsafe-eval';/);
  });
  server.writeFile('data/mediad.json', { 'frame-ancestors': ["https://x; script-src 'unsafe-inline'"] });
  await eventually(async () => {
    const csp = (await server.get('/group/lobby/')).headers.get('content-security-policy');
    assert.match(csp, /frame-ancestors 'none'/);
    assert.doesNotMatch(csp, /unsafe/);
  });
  rmSync(path(server.dir, 'data/mediad.json'));
});

for (const [from, to] of [
  ['/group/lobby', '/group/lobby/'],
  ['/group/lobby?token=t&x=1', '/group/lobby/?token=t&x=1'],
  ['/group/a%20b/c', '/group/a%20b/c/'],
  ['/group?x', '/group/?x'],
  ['/group/lobby/.status.json?y', '/group/lobby/.status?y'],
  ['/group/moved/', 'https://elsewhere.example.org/group/x/'],
]) {
  test(`redirect: ${from}`, async () => {
    const r = await server.get(from);
    assert.equal(r.status, 308);
    assert.equal(r.headers.get('location').replace(server.base, ''), to);
  });
}

for (const p of ['/group/nowhere/', '/group/nowhere', '/group/nowhere/.status', '/group/hidden/sub/', '/group/lobby/.other', '/group/lobby/.whip/x/y',
  '/group//lobby/', '/group/lobby//', '/group/%2e%2e/lobby/', '/group/lobby%2Fx/', '/group/.status', '/group/a%5Cb/']) {
  test(`404: ${p}`, async () => {
    const r = await server.get(p);
    assert.equal(r.status, 404);
    for (const [k, v] of Object.entries(security)) assert.equal(r.headers.get(k), v, k);
  });
}

test('a file that never parsed: 500, and the others are served', async () => {
  assert.equal((await server.get('/group/bad/.status')).status, 500);
  assert.equal((await server.get('/group/odd/.status')).status, 200);
});

test('status: places, escapes, and life of public groups only', async (t) => {
  await join(t, server, 'lobby', 'ann');
  await join(t, server, 'hidden', 'ben');
  const lobby = await (await server.get('/group/lobby/.status')).json();
  assert.deepEqual(lobby, {
    name: 'lobby', location: `${server.base}/group/lobby/`, endpoint: `wss://localhost:${server.port}/ws`, displayName: 'Lobby & "more" <b>',
    description: 'd', authPortal: 'https://p.example.org/', clientCount: 1,
  });
  const hidden = await (await server.get('/group/hidden/.status')).json();
  assert.equal(hidden.clientCount, undefined);
  const sub = await (await server.get('/group/a%20b/c/d%C3%A9/.status')).json();
  assert.equal(sub.name, 'a b/c/dé');
  assert.equal(sub.location, `${server.base}/group/a%20b/c/d%C3%A9/`);
  assert.equal((await (await server.get('/group/auto/.status')).json()).locked, true);
});

test('status: whether a password helps', async () => {
  const plain = { password: 'x', permissions: 'present' };
  const hashed = { password: { type: 'pbkdf2', hash: 'sha-256', key: 'ab'.repeat(32), salt: 'cd'.repeat(8), iterations: 4096 }, permissions: 'op' };
  const named = { password: { type: 'wildcard' }, permissions: 'present' };
  for (const [name, group, want] of [
    ['anybody', open, undefined],
    ['anybody-and-operator', { ...open, users: { olga: hashed } }, 'optional'],
    ['operator', { users: { olga: hashed } }, 'required'],
    ['one-password-for-all', { 'wildcard-user': plain }, 'required'],
    ['a-name-without-one', { users: { olga: hashed, ben: named } }, 'optional'],
    ['tokens-alone', {}, undefined],
    ['elsewhere', { authServer: 'https://auth.example.org/' }, 'required'],
  ]) {
    server.writeGroup(`password-${name}`, group);
    await eventually(async () => assert.equal((await (await server.get(`/group/password-${name}/.status`)).json()).password, want, name));
  }
});

test('status: a redirect tells little', async () => {
  assert.deepEqual(await (await server.get('/group/moved/.status')).json(), { name: 'moved', redirect: 'https://elsewhere.example.org/group/x/', displayName: 'Moved' });
});

for (const p of ['/group/lobby/.status', '/public-groups.json']) {
  test(`CORS: ${p}`, async () => {
    for (const [origin, want] of [['https://friend.example.org', 'https://friend.example.org'], ['https://evil.example.org', null], [server.base, server.base]]) {
      const r = await server.get(p, { headers: { origin } });
      assert.equal(r.status, 200);
      assert.equal(r.headers.get('access-control-allow-origin'), want);
      assert.match(r.headers.get('vary'), /Origin/);
    }
    const preflight = await server.get(p, { method: 'OPTIONS', headers: { origin: 'https://friend.example.org', 'access-control-request-method': 'GET' } });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get('access-control-allow-methods'), /GET/);
  });
  test(`HEAD and other methods: ${p}`, async () => {
    const head = await server.get(p, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.ok(Number(head.headers.get('content-length')) > 2);
    assert.equal(await head.text(), '');
    const post = await server.get(p, { method: 'POST', body: 'x' });
    assert.equal(post.status, 405);
    assert.match(post.headers.get('allow'), /GET/);
  });
}

test('public list: from the definitions at once, sorted, with redirects', async () => {
  server.writeGroup('another', { ...open, public: true });
  await eventually(async () => {
    const list = await (await server.get('/public-groups.json')).json();
    assert.deepEqual(list.map((g) => g.name), ['another', 'auto', 'lobby', 'moved']);
    assert.equal(list.find((g) => g.name === 'auto').locked, true);
  });
  rmSync(server.groupFile('another'));
  await eventually(async () => {
    assert.ok(!(await (await server.get('/public-groups.json')).json()).some((g) => g.name === 'another'));
  });
});

test('the canonical host redirects pages and status, with the query; not the socket nor the list', async (t) => {
  const s = await serverFor(t, { groups: { lobby: { ...open, public: true } }, config: { canonicalHost: 'meet.example.org' } });
  for (const p of ['/group/lobby/?token=t', '/group/lobby', '/group/lobby/.status', '/group/nowhere/']) {
    const r = await s.get(p);
    assert.ok([301, 308].includes(r.status), p);
    assert.equal(r.headers.get('location'), `https://meet.example.org:${s.port}${p}`);
  }
  assert.equal((await s.get('/public-groups.json')).status, 200);
  assert.equal((await join(t, s, 'lobby', 'x')).joined.kind, 'join');
});

/** A request to the control socket. */
function control(verb, body, { socket = 'control.sock', method = body ? 'POST' : 'GET', headers = {}, s = server } = {}) {
  return new Promise((ok, fail) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const r = http.request({
      socketPath: path(s.dir, 'run', socket), path: `/v0/${verb}`, method,
      headers: { ...(text ? { 'content-type': 'application/json' } : {}), ...(text && !headers['transfer-encoding'] ? { 'content-length': Buffer.byteLength(text) } : {}), ...headers },
    }, (res) => {
      let got = '';
      res.on('data', (d) => { got += d; });
      res.on('end', () => ok({ status: res.statusCode, json: res.headers['content-type'] === 'application/json' ? JSON.parse(got) : undefined }));
    });
    r.on('error', fail);
    r.end(text);
  });
}
const act = (group, action, rest = {}) => control('groups/action', { group, action, by: 'root', ...rest });

test('control: mode of the socket; nginx does not know it; the other socket has no verbs', async () => {
  assert.equal(statSync(path(server.dir, 'run/control.sock')).mode & 0o777, 0o660);
  assert.equal((await server.get('/v0/groups')).status, 404);
  assert.notEqual((await control('groups', undefined, { socket: 'mediad.sock' })).status, 200);
  assert.equal((await control('nonsense')).status, 404);
  assert.equal((await control('groups', { x: 1 })).status, 405);
  assert.equal((await control('groups/action')).status, 405);
});

test('control: live groups with their members', async (t) => {
  const o = await join(t, server, 'hidden', 'olga', 'op');
  const { json } = await control('groups');
  const g = json.find((x) => x.name === 'hidden');
  assert.equal(g.locked, false);
  assert.ok(Date.parse(g.since) <= Date.now());
  const m = g.clients.find((c) => c.id === o.id);
  assert.deepEqual([m.username, m.permissions.includes('op'), m.address, m.kind], ['olga', true, '127.0.0.1', 'client']);
  assert.equal(g.members, g.clients.length);
});

test('control: statistics in the format of .stats', async (t) => {
  const o = await join(t, server, 'hidden', 'olga', 'op');
  const { json } = await control('stats');
  assert.ok(json.find((g) => g.name === 'hidden').clients.some((c) => c.id === o.id));
});

test('control: statistics of one group', async (t) => {
  const o = await join(t, server, 'hidden', 'olga', 'op');
  const of = async (query) => (await control(`stats?${query}`)).json;
  assert.deepEqual((await of('group=hidden')).map((g) => [g.name, g.clients.some((c) => c.id === o.id)]), [['hidden', true]]);
  assert.deepEqual((await of('group=hidd%65n')).map((g) => g.name), ['hidden']);
  for (const name of ['nowhere', '', 'x'.repeat(500), '%ff', 'hidden%2Fx']) assert.deepEqual(await of(`group=${name}`), [], name);
});

test('control: health', async () => {
  const { json } = await control('health');
  assert.equal(json.status, 'ok');
  assert.ok(json.counters.joins > 0);
  assert.equal(typeof json.media, 'object');
});

test('control: problems name file, line, column', async () => {
  const { json } = await control('problems');
  const bad = json.find((p) => p.path === 'groups/bad.json');
  assert.equal(bad.severity, 'error');
  assert.equal(bad.line, 2);
  assert.ok(bad.column > 1);
  const odd = json.find((p) => p.path === 'groups/odd.json');
  assert.equal(odd.severity, 'warning');
  assert.match(odd.text, /colour/);
});

test('control: public groups with counts', async (t) => {
  await join(t, server, 'lobby', 'ann');
  const { json } = await control('public');
  assert.deepEqual(json.map((g) => g.name), ['auto', 'lobby', 'moved']);
  assert.ok(json[1].clientCount >= 1);
});

test('control: moderation', async (t) => {
  const p = await join(t, server, 'hidden', 'pam', 'pp');
  assert.equal((await act('hidden', 'message', { text: 'five minutes left' })).status, 200);
  const info = await p.type('usermessage', 'info');
  assert.deepEqual([info.value, info.privileged], ['five minutes left', true]);
  assert.equal((await act('hidden', 'lock', { text: 'closed for now' })).status, 200);
  assert.equal((await p.type('joined', 'change')).status.locked, true);
  const q = await connect(t, server);
  assert.equal((await q.join('hidden', 'someone')).value, 'closed for now');
  assert.equal((await act('hidden', 'unlock')).status, 200);
  assert.equal((await p.type('joined', 'change')).status.locked, false);
  for (const [action, has, lacks] of [['op', 'op', ''], ['unop', '', 'op'], ['unpresent', '', 'present'], ['present', 'present', ''], ['shutup', '', 'message'], ['unshutup', 'message', '']]) {
    assert.equal((await act('hidden', action, { client: p.id })).status, 200);
    const { permissions = [] } = await p.type('joined', 'change');
    if (has) assert.ok(permissions.includes(has), action);
    if (lacks) assert.ok(!permissions.includes(lacks), action);
  }
  assert.equal((await act('hidden', 'clearchat')).status, 200);
  await p.type('usermessage', 'clearchat');
  assert.equal((await act('hidden', 'kick', { client: p.id, text: 'bye' })).status, 200);
  assert.deepEqual(await p.closed, { code: 1000, reason: 'kicked out (bye) by root' });
});

test('control: kick without a client empties the group', async (t) => {
  const all = await Promise.all(['a', 'b', 'c'].map((n) => join(t, server, 'odd', n)));
  assert.equal((await act('odd', 'kick', { text: 'maintenance' })).status, 200);
  for (const c of all) assert.equal((await c.closed).code, 1000);
});

for (const [why, body, status] of [
  ['not JSON', '{', 400], ['an array', '[]', 400], ['an unknown action', { group: 'lobby', action: 'dance', by: 'root' }, 400],
  ['no acting account', { group: 'lobby', action: 'lock' }, 400], ['a group without life', { group: 'nowhere', action: 'lock', by: 'root' }, 404],
  ['a field of the wrong type', { group: 3, action: 'lock', by: 'root' }, 400],
]) {
  test(`control: refused: ${why}`, async (t) => {
    await join(t, server, 'lobby', 'ann');
    assert.equal((await control('groups/action', body)).status, status);
  });
}

for (const [method, verb] of [['DELETE', 'groups'], ['PUT', 'groups'], ['POST', 'groups'], ['GET', 'notice'], ['PUT', 'notice']]) {
  test(`control: refused: ${method} ${verb}`, async () => {
    assert.equal((await control(verb, undefined, { method })).status, 405);
  });
}

test('control: a body without a length is refused at once', async () => {
  assert.equal((await control('notice', { kind: 'group-changed', name: 'lobby' }, { headers: { 'transfer-encoding': 'chunked' } })).status, 411);
});

test('control: refused: a client that is not there', async (t) => {
  await join(t, server, 'lobby', 'ann');
  for (const action of ['op', 'kick']) assert.equal((await act('lobby', action, { client: 'nobody' })).status, 404);
});

test('control: a notice is taken, a strange one refused', async () => {
  assert.equal((await control('notice', { kind: 'group-changed', name: 'lobby' })).status, 200);
  assert.equal((await control('notice', { kind: 'group-deleted', name: 'lobby' })).status, 200);
  assert.equal((await control('notice', { kind: 'dance', name: 'lobby' })).status, 400);
  assert.equal((await control('notice', { kind: 'group-changed', name: '../x' })).status, 400);
});

test('a folder of groups that appears at once is found', async () => {
  mkdirSync(path(server.dir, 'groups/new/deep'), { recursive: true });
  server.writeGroup('new/deep/one', { ...open, public: true });
  await eventually(async () => {
    assert.ok((await control('public')).json.some((g) => g.name === 'new/deep/one'));
  });
  server.writeGroup('new/deep/two', { ...open, public: true });
  await eventually(async () => {
    assert.ok((await control('public')).json.some((g) => g.name === 'new/deep/two'));
  });
  rmSync(path(server.dir, 'groups/new'), { recursive: true });
  await eventually(async () => {
    assert.ok(!(await control('public')).json.some((g) => g.name.startsWith('new/')));
  });
});

// 1012 is Service Restart in the registry of RFC 6455 section 11.7. The warning is for clients that only log a close code.
test('an orderly end: everybody is told of the restart and closed, no group is locked or emptied for it', async (t) => {
  const guarded = { ...open, users: { olga: { password: 'pw', permissions: 'op' } }, autolock: true, autokick: true };
  const s = await startServer({ groups: { lobby: open, guarded } });
  const c = await join(t, s, 'lobby', 'ann');
  const olga = await join(t, s, 'guarded', 'olga', 'pw');
  olga.send({ type: 'groupaction', kind: 'unlock', source: olga.id });
  await olga.type('joined', 'change');
  const guest = await join(t, s, 'guarded', 'guest');
  await olga.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === 'guest');
  const unjoined = await connect(t, s);
  const before = [guest.all.length, olga.all.length];
  const mediad = s.pidOf('mediad');
  process.kill(mediad, 'SIGTERM');
  for (const x of [c, guest, olga]) {
    const warning = await x.type('usermessage', 'warning');
    assert.deepEqual([warning.value, warning.error, warning.privileged], ['the server restarts', 'restarting', true]);
    assert.deepEqual(await x.closed, { code: 1012, reason: 'the server restarts' });
  }
  for (const told of [guest.all.slice(before[0]), olga.all.slice(before[1])])
    assert.deepEqual(told.map((m) => m.type), ['usermessage'], 'only the warning');
  assert.equal((await unjoined.closed).code, 1012);
  await eventually(() => assert.notEqual(s.pidOf('mediad') ?? mediad, mediad));
  await eventually(async () => assert.equal((await (await fetch(`${s.base}/group/lobby/.status`)).json()).locked, undefined));
  await s.stop();
});
