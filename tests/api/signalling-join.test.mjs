// Ways into a group (docs/PROTOCOL.md, SIG-7, SIG-9, SIG-8, SIG-12, SIG-23, SIG-10, SIG-17, SIG-11, SIG-14, SIG-13, SIG-25).
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync, appendFileSync, mkdirSync } from 'node:fs';
import { join as path } from 'node:path';
import { eventually, startServer } from '../lib/server.mjs';
import { connect, join } from '../lib/ws_client.mjs';

/** @type {import('../lib/server.mjs').Server} */
let server;
const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
const users = {
  olga: { password: 'op', permissions: 'op' }, pam: { password: 'pp', permissions: 'present' },
  nil: { password: null, permissions: 'present' },
  hollow: { password: { type: 'pbkdf2', hash: 'sha-256', key: '', salt: '', iterations: 1 }, permissions: 'present' },
  odd: { password: { type: 'rot13', key: 'x' }, permissions: 'present' },
};
const hmacKey = Buffer.from('0123456789abcdef0123456789abcdef');
const later = (s) => new Date(Date.now() + s * 1000).toISOString();

before(async () => {
  server = await startServer({
    groups: {
      open: { ...open, displayName: 'Open House' },
      staff: { users },
      moved: { redirect: 'https://elsewhere.example.org/group/moved/' },
      future: { ...open, 'not-before': later(3600), users },
      past: { ...open, expires: later(-3600), users },
      small: { ...open, 'max-clients': 1, users },
      named: { ...open, 'allow-anonymous': false },
      parent: { ...open, 'auto-subgroups': true, displayName: 'Parent', users },
      'parent/own': { ...open },
      changing: { users: { pam: { password: 'pp', permissions: 'present' }, olga: users.olga } },
      broken: '{"users": {\n  "a": {"permissions": "prezent"}}}',
      jwt: { users, authKeys: [{ kty: 'oct', alg: 'HS256', k: hmacKey.toString('base64url') }] },
      warned: { ...open, colour: 'blue' },
      auto: { users, autolock: true },
    },
    config: { proxyURL: '/base', canonicalHost: undefined },
  });
});
after(() => server?.stop());

for (const [why, group, username, password, value, error] of [
  ['no such group', 'nowhere', 'a', '', 'group does not exist', 'no-such-group'],
  ['an illegal group name', '../x', 'a', '', 'illegal group name', 'illegal-group-name'],
  ['a group name with NUL in an escape', 'a\u0000b', 'a', '', undefined, undefined],
  ['a wrong password', 'staff', 'olga', 'no', 'not authorised', 'not-authorised'],
  ['a closed group', 'past', 'a', '', 'this group is closed', 'closed'],
  ['a group not open yet', 'future', 'a', '', 'this group is not open yet', 'not-open-yet'],
  ['an anonymous member where the file forbids it (SIG-10)', 'named', '', '', 'username required', 'need-username'],
  ['neither name nor token', 'open', undefined, '', 'username required', 'need-username'],
  ['a file that never parsed', 'broken', 'a', '', 'internal server error', 'internal'],
  ['a subgroup where there are none', 'staff/x', 'olga', 'op', 'group does not exist', 'no-such-group'],
  ['SIG-11: a null password is no password', 'staff', 'nil', '', 'not authorised', 'not-authorised'],
  ['SIG-11: an empty key matches nothing', 'staff', 'hollow', '', 'not authorised', 'not-authorised'],
  ['SIG-11: an unknown type matches nothing', 'staff', 'odd', 'x', 'not authorised', 'not-authorised'],
]) {
  test(`SIG-8: refused, with text and identifier: ${why}`, async (t) => {
    const c = await connect(t, server);
    if (value === undefined) {
      c.send({ type: 'join', kind: 'join', group, username, password });
      assert.match((await c.error()).value, /group/);
    } else {
      const j = await c.join(group, username, password);
      assert.deepEqual([j.kind, j.value, j.error], ['fail', value, error]);
    }
    await c.sync();
  });
}

test('SIG-8: empty and duplicate client ids are told apart', async (t) => {
  const a = await join(t, server, 'open', 'alice', '', { id: 'twice' });
  const b = await connect(t, server, { id: 'twice' });
  assert.equal((await b.join('open', 'bob')).error, 'duplicate-id');
  assert.equal((await b.join('parent', 'bob')).kind, 'join', 'the same id in another group is fine');
  const c = await connect(t, server, { id: '' });
  assert.equal((await c.join('open', 'carol')).error, 'illegal-id');
  await a.sync();
});

test('SIG-7: after a refusal there are no permissions: an offer is aborted', async (t) => {
  await join(t, server, 'small', 'first');
  const c = await connect(t, server);
  assert.equal((await c.join('small', 'second')).error, 'full');
  c.send({ type: 'offer', id: 's', label: 'camera', sdp: 'v=0\r\n' });
  assert.equal((await c.type('abort')).id, 's');
  assert.equal((await c.error()).value, 'join a group first');
});

test('SIG-7: joining and leaving in one breath', async (t) => {
  const a = await join(t, server, 'open', 'alice');
  for (let i = 0; i < 20; i++) {
    a.send({ type: 'join', kind: 'leave', group: 'open' });
    a.send({ type: 'join', kind: 'join', group: 'open', username: 'alice', password: '' });
  }
  for (let i = 0; i < 20; i++) {
    await a.type('joined', 'leave');
    await a.type('joined', 'join');
  }
  await a.sync();
});

test('SIG-9: a redirect is told before credentials, and nobody gets in', async (t) => {
  const c = await connect(t, server);
  const j = await c.join('moved', 'a', 'whatever');
  assert.deepEqual([j.kind, j.value], ['redirect', 'https://elsewhere.example.org/group/moved/']);
  c.send({ type: 'chat', value: 'x' });
  assert.equal((await c.error()).value, 'join a group first');
});

test('SIG-12: a bad edit keeps the last good definition; members stay', async (t) => {
  const a = await join(t, server, 'changing', 'pam', 'pp');
  server.writeGroup('changing', '{"users": {');
  const b = await join(t, server, 'changing', 'pam', 'pp');
  assert.equal(b.joined.kind, 'join');
  await a.sync();
});

test('SIG-12: permissions of members follow the file, and they are told', async (t) => {
  server.writeGroup('changing', { users: { pam: { password: 'pp', permissions: 'present' } } });
  const a = await join(t, server, 'changing', 'pam', 'pp');
  assert.deepEqual(a.joined.permissions.sort(), ['message', 'present']);
  server.writeGroup('changing', { users: { pam: { password: 'pp', permissions: 'op' } } });
  const change = await a.wait((m) => m.type === 'joined' && m.kind === 'change' && m.permissions.includes('op'));
  assert.ok(change.permissions.includes('token'));
  await a.wait((m) => m.type === 'user' && m.kind === 'change' && m.permissions.includes('op'));
  server.writeGroup('changing', { users: { pam: { password: 'pp', permissions: 'observe' } } });
  await a.wait((m) => m.type === 'joined' && m.kind === 'change' && m.permissions === undefined);
});

test('SIG-12: what an operator gave survives an edit of the file', async (t) => {
  const group = { users: { olga: users.olga, pam: users.pam } };
  server.writeGroup('changing', group);
  const o = await join(t, server, 'changing', 'olga', 'op');
  const p = await join(t, server, 'changing', 'pam', 'pp');
  o.say({ type: 'useraction', kind: 'shutup', dest: p.id });
  await p.type('joined', 'change');
  server.writeGroup('changing', { ...group, description: 'new' });
  const change = await p.wait((m) => m.type === 'joined' && m.kind === 'change' && m.status.description === 'new');
  assert.deepEqual(change.permissions, ['present']);
});

const guests = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'message' } };

test('SIG-12: who took a name as a guest gets nothing of the user added under it', async (t) => {
  server.writeGroup('changing', { ...guests, users: { olga: users.olga } });
  const squatter = await join(t, server, 'changing', 'pam');
  server.writeGroup('changing', { ...guests, users: { olga: users.olga, pam: { password: 'pp', permissions: 'op' } }, description: 'with pam' });
  const change = await squatter.wait((m) => m.type === 'joined' && m.kind === 'change' && m.status.description === 'with pam');
  assert.deepEqual(change.permissions, ['message']);
  assert.ok((await join(t, server, 'changing', 'pam', 'pp')).joined.permissions.includes('op'));
});

test('SIG-12: a user who is removed stays, with the rights of a guest or none, until an administrator ends it', async (t) => {
  server.writeGroup('changing', { ...guests, users: { olga: users.olga, pam: users.pam } });
  const o = await join(t, server, 'changing', 'olga', 'op');
  server.writeGroup('changing', { ...guests, users: { pam: users.pam } });
  assert.deepEqual((await o.wait((m) => m.type === 'joined' && m.kind === 'change' && !m.permissions?.includes('op'))).permissions, ['message']);
  server.writeGroup('changing', { users: { pam: users.pam } });
  await o.wait((m) => m.type === 'joined' && m.kind === 'change' && m.permissions === undefined);
  o.say({ type: 'groupaction', kind: 'lock' });
  assert.equal((await o.error()).value, 'not authorised');
  server.writeGroup('changing', { users: { olga: users.olga, pam: users.pam } });
  await o.wait((m) => m.type === 'joined' && m.kind === 'change' && m.permissions?.includes('op'));
});

test('SIG-12: a group whose file is deleted goes on for those inside, and takes nobody more', async (t) => {
  server.writeGroup('doomed', open);
  const a = await join(t, server, 'doomed', 'alice');
  rmSync(server.groupFile('doomed'));
  const b = await connect(t, server);
  assert.equal((await b.join('doomed', 'bob')).error, 'no-such-group');
  a.say({ type: 'chat', value: 'still here' });
  await a.type('chat');
});

const token = (extra) => ({ token: `t-${Math.random()}`, group: 'open', permissions: ['message'], expires: later(600), ...extra });
function addTokens(...tokens) {
  mkdirSync(path(server.dir, 'data/var'), { recursive: true });
  const file = path(server.dir, 'data/var/tokens.jsonl');
  appendFileSync(file, tokens.map((x) => `${JSON.stringify(x)}\n`).join(''));
}

test('SIG-23: need-username is asked only of a token that is good here', async (t) => {
  const good = token({});
  const expired = token({ expires: later(-600) });
  const foreign = token({ group: 'staff' });
  addTokens(good, expired, foreign);
  const c = await connect(t, server);
  for (const [x, error] of [[good, 'need-username'], [expired, 'not-authorised'], [foreign, 'not-authorised']]) {
    c.send({ type: 'join', kind: 'join', group: 'open', token: x.token });
    assert.equal((await c.type('joined', 'fail')).error, error);
  }
  const j = await c.join('open', 'guest', '', { token: good.token });
  assert.deepEqual(j.permissions, ['message']);
});

test('tokens: permissions are taken literally, unknown words pass through', async (t) => {
  const x = token({ permissions: ['op', 'fly'] });
  addTokens(x);
  const c = await join(t, server, 'open', 'guest', '', { token: x.token });
  assert.deepEqual(c.joined.permissions, ['op', 'fly']);
});

test('SIG-22: a role in a token is expanded at the join, as the group says then', async (t) => {
  const x = token({ permissions: 'op', group: 'roles' });
  addTokens(x);
  server.writeGroup('roles', open);
  const before = await join(t, server, 'roles', 'guest', '', { token: x.token });
  assert.deepEqual(before.joined.permissions, ['op', 'present', 'message', 'caption', 'token']);
  server.writeGroup('roles', { ...open, 'allow-recording': true });
  const after = await join(t, server, 'roles', 'guest', '', { token: x.token });
  assert.deepEqual(after.joined.permissions, ['op', 'present', 'message', 'caption', 'token', 'record']);
});

test('tokens: one for subgroups opens them', async (t) => {
  const x = token({ group: 'parent', includeSubgroups: true });
  addTokens(x);
  const c = await join(t, server, 'parent/token', 'guest', '', { token: x.token });
  assert.equal(c.joined.kind, 'join');
});

const enc = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
function jwt(claims) {
  const now = Math.floor(Date.now() / 1000);
  const body = `${enc({ typ: 'JWT', alg: 'HS256' })}.${enc({ sub: 'john', iat: now, exp: now + 30, permissions: ['present'], ...claims })}`;
  return `${body}.${createHmac('sha256', hmacKey).update(body).digest('base64url')}`;
}

test('SIG-25: an audience below the path of proxyURL is ours', async (t) => {
  for (const aud of ['https://any.example.org/base/group/jwt/', 'https://any.example.org/group/jwt/']) {
    const c = await join(t, server, 'jwt', 'x', '', { token: jwt({ aud }) });
    assert.equal(c.joined.kind, 'join', aud);
  }
  const c = await connect(t, server);
  assert.equal((await c.join('jwt', 'x', '', { token: jwt({ aud: 'https://any.example.org/other/group/jwt/' }) })).kind, 'fail');
});

test('SIG-22: a role as a string in a JWT is expanded, an array is not', async (t) => {
  const aud = 'https://any.example.org/group/jwt/';
  const role = await join(t, server, 'jwt', 'x', '', { token: jwt({ aud, permissions: 'op' }) });
  assert.deepEqual(role.joined.permissions.sort(), ['caption', 'message', 'op', 'present', 'token']);
  const array = await join(t, server, 'jwt', 'x', '', { token: jwt({ aud, permissions: ['op'] }) });
  assert.deepEqual(array.joined.permissions, ['op']);
});

/** The line of somebody who was in breaks. @returns what lets back in */
async function loseOne(t, group, how) {
  const witness = await join(t, server, group, 'olga', 'op');
  const c = await join(t, server, group, 'x', '', how);
  c.destroy();
  await witness.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === c.id);
  return { resume: c.joined.resume, permissions: c.joined.permissions };
}

test('SIG-37: who came by a JWT comes back although it has expired since, and not when its key is gone', async (t) => {
  const keys = [{ kty: 'oct', alg: 'HS256', k: hmacKey.toString('base64url') }];
  server.writeGroup('keyed', { users, authKeys: keys });
  const shown = jwt({ aud: 'https://any.example.org/group/keyed/', exp: Math.floor(Date.now() / 1000) - 1 }); // a few seconds are allowed for
  const first = await loseOne(t, 'keyed', { token: shown });
  const second = await loseOne(t, 'keyed', { token: shown });
  await eventually(async () => assert.equal((await join(t, server, 'keyed', 'x', '', { token: shown })).joined.kind, 'fail'));
  const both = [await connect(t, server), await connect(t, server)];
  await Promise.all(both.map((x) => x.join('keyed', undefined, '', { resume: first.resume })));
  assert.deepEqual(both.map((x) => x.joined.kind).sort(), ['fail', 'join'], 'of two who know a secret at the same time one is in');
  const c = both.find((x) => x.joined.kind === 'join');
  assert.deepEqual([c.joined.kind, c.username, c.joined.permissions], ['join', 'john', first.permissions]);
  server.writeGroup('keyed', { users, authKeys: [{ ...keys[0], k: Buffer.alloc(32).toString('base64url') }] });
  await eventually(async () => assert.equal((await join(t, server, 'keyed', 'x', '', { token: jwt({ aud: 'https://any.example.org/group/keyed/' }) })).joined.kind, 'fail'));
  assert.equal((await join(t, server, 'keyed', undefined, '', { resume: second.resume })).joined.error, 'not-authorised');
});

test('SIG-37: who came by an invitation comes back as long as that holds', async (t) => {
  const x = token({ group: 'parent', username: 'guest' });
  addTokens(x);
  const { resume } = await loseOne(t, 'parent', { token: x.token });
  const c = await join(t, server, 'parent', undefined, '', { resume });
  assert.deepEqual([c.joined.kind, c.username, c.joined.permissions], ['join', 'guest', ['message']]);
  c.destroy();
  writeFileSync(path(server.dir, 'data/var/tokens.jsonl'), '');
  await eventually(async () => assert.equal((await join(t, server, 'parent', 'x', '', { token: x.token })).joined.kind, 'fail'));
  const w = await connect(t, server);
  assert.equal((await w.join('parent', undefined, '', { resume: c.joined.resume })).error, 'not-authorised');
});

test('SIG-10: anonymous members are told apart by id; allow-anonymous: false, written out, means what it says', async (t) => {
  const a = await join(t, server, 'open', '');
  const b = await join(t, server, 'open', '');
  assert.equal((await a.wait((m) => m.type === 'user' && m.kind === 'add' && m.id === b.id)).username, '');
  const guest = token({ group: 'named' });
  const nobody = token({ group: 'named', username: '' });
  addTokens(guest, nobody);
  const c = await connect(t, server);
  for (const how of [{ username: '' }, { username: '', token: guest.token }, { token: nobody.token }]) {
    c.send({ type: 'join', kind: 'join', group: 'named', ...how });
    assert.equal((await c.type('joined', 'fail')).error, 'need-username', JSON.stringify(how));
  }
  assert.equal((await c.join('named', 'somebody', '', { token: nobody.token })).username, 'somebody');
});

test('SIG-3: who resumes comes back into a group that is locked and full by now; without the secret nobody does', async (t) => {
  const users3 = { ...users, quinn: { password: 'qq', permissions: 'present' } };
  server.writeGroup('changing', { users: users3, 'max-clients': 2 });
  const o = await join(t, server, 'changing', 'olga', 'op');
  const p = await join(t, server, 'changing', 'pam', 'pp');
  const q = await connect(t, server);
  assert.equal((await q.join('changing', 'quinn', 'qq')).error, 'full');
  o.say({ type: 'groupaction', kind: 'lock', value: 'later' });
  await p.wait((m) => m.type === 'joined' && m.kind === 'change' && m.status.locked);
  assert.deepEqual([(await q.join('changing', 'quinn', 'qq')).error, q.joined.value], ['locked', 'later']);
  assert.equal((await q.join('changing', 'pam', 'no', { resume: p.joined.resume })).error, 'not-authorised', 'the secret is no password');
  const p2 = await join(t, server, 'changing', 'pam', 'pp', { resume: p.joined.resume });
  assert.equal(p2.joined.kind, 'join');
  assert.equal((await p.closed).reason, 'replaced by a new connection');
  o.say({ type: 'useraction', kind: 'kick', dest: p2.id });
  await p2.closed;
  const p3 = await connect(t, server);
  assert.equal((await p3.join('changing', 'pam', 'pp', { resume: p2.joined.resume })).error, 'locked', 'a kick ends the secret');
});

test('SIG-17: operators hear of who was turned away', async (t) => {
  const o = await join(t, server, 'staff', 'olga', 'op');
  o.say({ type: 'groupaction', kind: 'lock', value: '' });
  await o.type('joined', 'change');
  const p = await connect(t, server);
  const j = await p.join('staff', 'pam', 'pp');
  assert.deepEqual([j.value, j.error], ['this group is locked', 'locked']);
  const info = await o.type('usermessage', 'info');
  assert.equal(info.privileged, true);
  assert.match(info.value, /pam/);
  o.say({ type: 'groupaction', kind: 'unlock' });
  const change = await o.wait((m) => m.type === 'joined' && m.kind === 'change' && m.status.locked === false);
  assert.equal(change.status.locked, false);
});

test('SIG-14: locked, data and rtcConfiguration are always there; leaving tells no credentials', async (t) => {
  server.writeFile('data/ice-servers.json', [{ urls: ['turn:turn.example.org'], username: 'u', credential: 'c' }]);
  await eventually(async () => {
    const c = await join(t, server, 'open', 'ann');
    c.destroy();
    assert.equal(c.joined.status.locked, false);
    assert.deepEqual(c.joined.data, {});
    assert.equal(typeof c.joined.rtcConfiguration, 'object');
  });
  const c = await join(t, server, 'open', 'ann');
  c.send({ type: 'join', kind: 'leave', group: 'open' });
  const left = await c.type('joined', 'leave');
  assert.equal(left.rtcConfiguration, undefined);
  assert.equal(left.permissions, undefined);
});

test('SIG-13: looking at a subgroup makes no group; joining does, under its own title', async (t) => {
  const status = await (await server.get('/group/parent/looked-at/.status')).json();
  assert.equal(status.displayName, 'Parent (looked-at)');
  const o = await join(t, server, 'parent', 'olga', 'op');
  await join(t, server, 'parent/own', 'x');
  const sub = await join(t, server, 'parent/joined/deep', 'pam', 'pp');
  assert.equal(sub.joined.status.displayName, 'Parent (joined/deep)');
  o.say({ type: 'groupaction', kind: 'subgroups' });
  const list = await o.type('chat');
  assert.equal(list.username, 'Server');
  assert.deepEqual(list.value.split('\n').filter((l) => !/token/.test(l)), ['parent/joined/deep (1 client)', '']);
});

test('an unknown field in a group file is a warning, and the group is open', async (t) => {
  assert.equal((await join(t, server, 'warned', 'ann')).joined.kind, 'join');
});

test('SIG-17: autolock acts when the last operator is demoted', async (t) => {
  const o = await join(t, server, 'auto', 'olga', 'op');
  o.say({ type: 'groupaction', kind: 'unlock' });
  await o.wait((m) => m.type === 'joined' && m.kind === 'change' && !m.status.locked);
  o.say({ type: 'useraction', kind: 'unop', dest: o.id });
  await o.wait((m) => m.type === 'joined' && m.kind === 'change' && m.status.locked);
});

test('several members may have one name', async (t) => {
  const a = await join(t, server, 'open', 'same');
  const b = await join(t, server, 'open', 'same');
  await a.wait((m) => m.type === 'user' && m.kind === 'add' && m.id === b.id && m.username === 'same');
});

test('user data over 16 KiB is refused at the join', async (t) => {
  const c = await connect(t, server);
  assert.equal((await c.join('open', 'fat', '', { data: { x: 'y'.repeat(17000) } })).error, 'too-large');
});

test('SIG-6: many wrong passwords are answered with a pause for that group and address', async (t) => {
  server.writeFile('data/mediad.json', { limits: { 'join-failures-per-minute': 3, 'unjoined-messages': 1000 } });
  await eventually(async () => {
    const c = await connect(t, server);
    let last;
    for (let i = 0; i < 6; i++) last = await c.join('staff', 'olga', 'no');
    c.destroy();
    assert.equal(last.error, 'throttled');
  });
  const other = await connect(t, server);
  assert.equal((await other.join('future', 'olga', 'op')).kind, 'join', 'another group is not concerned');
  other.destroy();
  const guesser = await connect(t, server);
  let answer;
  for (let i = 0; i < 5 && answer?.error !== 'throttled'; i++) {
    answer = await guesser.join('parent', 'olga', 'no');
    if (answer.error === 'throttled') break;
    const guest = await join(t, server, 'parent', 'guest');
    guest.destroy();
  }
  assert.equal(answer.error, 'throttled', 'coming in as a guest now and then does not clear the count');
  writeFileSync(path(server.dir, 'data/mediad.json'), '{}');
});
