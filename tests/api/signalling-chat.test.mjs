// Chat, user messages, moderation, group data (docs/PROTOCOL.md; SIG-16, SIG-20, SIG-21, SIG-4 to SIG-6, SIG-18, SIG-24, SIG-17, SIG-19).
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, startServer } from '../lib/server.mjs';
import { connect, join } from '../lib/ws_client.mjs';

/** @type {import('../lib/server.mjs').Server} */
let server;
const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
const users = {
  olga: { password: 'op', permissions: 'op' }, pam: { password: 'pp', permissions: 'present' },
  quinn: { password: 'qq', permissions: 'present' }, cap: { password: 'cc', permissions: ['caption', 'message'] },
  arr: { password: 'rr', permissions: ['present', 'token'] },
};
const later = (s) => new Date(Date.now() + s * 1000).toISOString();
const isChat = (value) => (m) => m.type === 'chat' && m.value === value;

before(async () => {
  server = await startServer({
    groups: {
      open, staff: { users, ...open }, other: { users }, kicky: { users, autokick: true }, short: { ...open, 'max-history-age': -1 },
      rapid: { users }, busy: open, order: open, caps: { users, ...open }, tokens: { users },
    },
  });
});
after(() => server?.stop());

test('SIG-20: source and name are filled in, whatever the client leaves out', async (t) => {
  const a = await join(t, server, 'open', 'alice');
  const b = await join(t, server, 'open', 'bob');
  a.send({ type: 'chat', value: 'bare' });
  a.send({ type: 'usermessage', kind: 'x', dest: b.id, value: 1 });
  for (const m of [await b.wait(isChat('bare')), await b.type('usermessage', 'x')]) {
    assert.equal(m.source, a.id);
    assert.equal(m.username, 'alice');
  }
});

test('SIG-4: messages of several clients that wait together are served as they came', async (t) => {
  const hearer = await join(t, server, 'order', 'hearer');
  const clients = [];
  for (let i = 0; i < 5; i++) clients.push(await join(t, server, 'order', `client${i}`));
  const mediad = server.pidOf('mediad');
  process.kill(mediad, 'SIGSTOP');
  try {
    for (const [i, client] of clients.entries()) {
      client.say({ type: 'chat', value: `${i}` });
      await pause(150); // through nginx, and into mediad's socket
    }
    clients[0].say({ type: 'chat', value: 'more' });
    await pause(150);
  } finally {
    process.kill(mediad, 'SIGCONT');
  }
  await hearer.wait(isChat('more'));
  await hearer.wait(isChat('4'));
  const late = await join(t, server, 'order', 'late');
  await late.wait((m) => m.type === 'chathistory' && m.value === '4');
  const values = late.texts.map((text) => JSON.parse(text)).filter((m) => m.type === 'chathistory').map((m) => m.value);
  assert.deepEqual(values.filter((v) => v !== 'more'), ['0', '1', '2', '3', '4']);
  assert.ok(values.indexOf('0') < values.indexOf('more'), 'each client in its own order');
});

test('SIG-20: what only the server may say is not taken from clients', async (t) => {
  const a = await join(t, server, 'open', 'alice');
  const b = await join(t, server, 'open', 'bob');
  a.say({ type: 'chat', value: 'me', privileged: true, time: '1999-01-01T00:00:00Z', error: 'x' });
  const m = await b.wait(isChat('me'));
  assert.equal(m.privileged, undefined);
  assert.equal(m.error, undefined);
  assert.match(m.time, /^20\d\d-.*\.\d\d\dZ$/, 'SIG-19: UTC with milliseconds');
});

test('numbers pass through as they were written, beyond 2^63 and with the sign of zero (RFC 8259 section 6)', async (t) => {
  const a = await join(t, server, 'open', 'alice');
  const b = await join(t, server, 'open', 'bob');
  const value = '{"id":9223372036854775808,"zero":-0,"far":123456789012345678901234567890}';
  a.sendFrame(`{"type":"chat","source":"${a.id}","username":"alice","value":${value}}`);
  await b.wait((m) => m.type === 'chat' && m.value?.id === 2 ** 63);
  assert.ok(b.texts.some((text) => text.includes(`"value":${value}`)), 'live');
  a.sendFrame(`{"type":"useraction","kind":"setdata","source":"${a.id}","username":"alice","dest":"${a.id}","value":${value}}`);
  await b.wait((m) => m.type === 'user' && m.data?.id === 2 ** 63);
  assert.ok(b.texts.some((text) => text.includes(`"data":${value}`)), 'in the data of a user');
  const late = await join(t, server, 'open', 'late');
  await late.wait((m) => m.type === 'chathistory' && m.value?.id === 2 ** 63);
  assert.ok(late.texts.some((text) => text.includes(`"value":${value}`)), 'in the history');
});

test('SIG-21: chat ids are the server\'s, also where a client names one', async (t) => {
  const a = await join(t, server, 'open', 'alice');
  const ids = new Set();
  for (let i = 0; i < 5; i++) {
    a.say({ type: 'chat', id: 'mine', value: `id ${i}` });
    ids.add((await a.wait(isChat(`id ${i}`))).id);
  }
  assert.equal(ids.size, 5);
  assert.ok(!ids.has('mine'));
});

test('a client\'s own id stays on private and user messages, and the server\'s answers have no destination', async (t) => {
  const o = await join(t, server, 'staff', 'olga', 'op');
  o.say({ type: 'usermessage', kind: 'x', id: 'mine', value: 1 });
  assert.equal((await o.type('usermessage', 'x')).id, 'mine');
  o.say({ type: 'chat', dest: o.id, id: 'mine', value: 'to me' });
  assert.equal((await o.wait(isChat('to me'))).id, 'mine');
  o.say({ type: 'useraction', kind: 'identify', dest: o.id });
  assert.equal((await o.type('usermessage', 'userinfo')).dest, undefined);
  o.say({ type: 'groupaction', kind: 'listtokens' });
  assert.equal((await o.type('usermessage', 'tokenlist')).dest, undefined);
});

test('SIG-21: captions are not remembered, operators\' messages stay marked', async (t) => {
  const o = await join(t, server, 'caps', 'olga', 'op');
  o.say({ type: 'chat', kind: 'caption', value: 'said aloud' });
  o.say({ type: 'chat', value: 'written' });
  await o.wait(isChat('written'));
  const n = await join(t, server, 'caps', 'new');
  const h = await n.type('chathistory');
  assert.equal(h.value, 'written');
  assert.equal(h.privileged, true);
  await n.none((m) => m.type === 'chathistory');
});

test('chat: any JSON value passes unharmed', async (t) => {
  const a = await join(t, server, 'open', 'alice');
  const value = {
    text: '<img src=x onerror=alert(1)> \u202e\u0000 "quoted" \\ /slash é 😀', number: 1.5e300, small: -0.25, big: 9007199254740991, list: [null, true, [], {}],
  };
  a.say({ type: 'usermessage', kind: 'x', value });
  assert.deepEqual((await a.type('usermessage', 'x')).value, value);
});

test('SIG-4: a newcomer is told all in order, and nothing twice', async (t) => {
  const a = await join(t, server, 'rapid', 'olga', 'op');
  const talker = await join(t, server, 'rapid', 'pam', 'pp');
  let stop = false;
  const talking = (async () => {
    for (let i = 0; !stop; i++) {
      talker.say({ type: 'chat', value: `n${i}` });
      await talker.wait(isChat(`n${i}`));
      await new Promise((ok) => { setTimeout(ok, 100); });
    }
  })();
  for (let i = 0; i < 8; i++) {
    const c = await join(t, server, 'rapid', 'quinn', 'qq');
    c.say({ type: 'chat', value: `own ${c.id}` });
    await c.wait(isChat(`own ${c.id}`));
    const kinds = c.all.map((m) => (m.type === 'user' ? `user ${m.id === c.id ? 'self' : 'other'}` : m.type)).slice(1);
    const order = ['joined', 'chathistory', 'user self', 'user other', 'chat'];
    const places = kinds.filter((k) => order.includes(k)).map((k) => order.indexOf(k));
    assert.deepEqual(places, [...places].sort((x, y) => x - y), kinds.join(', '));
    const said = c.all.filter((m) => m.type === 'chat' || m.type === 'chathistory').map((m) => m.id);
    assert.equal(new Set(said).size, said.length);
    c.destroy();
  }
  stop = true;
  await talking;
  await a.sync();
});

test('history: at most 50, none where the file says so', async (t) => {
  const a = await join(t, server, 'busy', 'alice');
  for (let i = 0; i < 30; i++) a.say({ type: 'chat', value: `v${i}` });
  await a.wait(isChat('v29'));
  const b = await join(t, server, 'busy', 'bob');
  for (let i = 30; i < 55; i++) b.say({ type: 'chat', value: `v${i}` });
  await b.wait(isChat('v54'));
  const c = await join(t, server, 'busy', 'carol');
  await c.sync();
  const values = c.inbox.filter((m) => m.type === 'chathistory').map((m) => m.value);
  assert.equal(values.length, 50);
  assert.equal(values[0], 'v5');
  const d = await join(t, server, 'short', 'dave');
  d.say({ type: 'chat', value: 'gone' });
  await d.wait(isChat('gone'));
  const e = await join(t, server, 'short', 'eve');
  await e.none((m) => m.type === 'chathistory');
});

test('SIG-19: every action on nobody says whom it did not find', async (t) => {
  const o = await join(t, server, 'staff', 'olga', 'op');
  for (const kind of ['op', 'unop', 'present', 'unpresent', 'shutup', 'unshutup', 'identify', 'kick']) {
    o.say({ type: 'useraction', kind, dest: 'nobody' });
    const e = await o.error();
    assert.deepEqual([e.value, e.error, e.id], ['user unknown', 'unknown-user', 'nobody'], kind);
  }
  o.say({ type: 'chat', dest: 'nobody', value: 'x' });
  assert.equal((await o.error()).error, 'unknown-user');
});

test('SIG-16: taking permissions from one takes them from nobody else', async (t) => {
  const o = await join(t, server, 'other', 'olga', 'op');
  const p = await join(t, server, 'other', 'pam', 'pp');
  const q = await join(t, server, 'other', 'arr', 'rr');
  o.say({ type: 'useraction', kind: 'shutup', dest: p.id });
  o.say({ type: 'useraction', kind: 'unpresent', dest: q.id });
  await p.type('joined', 'change');
  await q.type('joined', 'change');
  assert.deepEqual((await join(t, server, 'other', 'quinn', 'qq')).joined.permissions.sort(), ['message', 'present']);
  assert.deepEqual((await join(t, server, 'other', 'pam', 'pp')).joined.permissions.sort(), ['message', 'present']);
  assert.deepEqual((await join(t, server, 'other', 'arr', 'rr')).joined.permissions.sort(), ['present', 'token']);
});

test('SIG-17: an operator made here may invite; demoted, no more, unless it always could', async (t) => {
  const o = await join(t, server, 'staff', 'olga', 'op');
  const p = await join(t, server, 'staff', 'pam', 'pp');
  const a = await join(t, server, 'staff', 'arr', 'rr');
  for (const [c, kind, token] of [[p, 'op', true], [p, 'unop', false], [a, 'op', true], [a, 'unop', true]]) {
    o.say({ type: 'useraction', kind, dest: c.id });
    const j = await c.type('joined', 'change');
    assert.equal(j.permissions.includes('token'), token, kind);
    assert.ok(j.data && j.rtcConfiguration, 'SIG-14');
  }
});

test('SIG-18: a long reason is cut in the close frame at a character, whole in the message', async (t) => {
  const o = await join(t, server, 'staff', 'olga', 'op');
  const p = await join(t, server, 'staff', 'pam', 'pp');
  const text = 'é'.repeat(200);
  o.say({ type: 'useraction', kind: 'kick', dest: p.id, value: text });
  assert.equal((await p.type('usermessage', 'kicked')).value, text);
  const { code, reason } = await p.closed;
  assert.equal(code, 1000);
  assert.ok(Buffer.byteLength(reason) <= 123);
  assert.match(reason, /^kicked out \(é+$/);
});

test('kick: the reason names text and operator', async (t) => {
  const o = await join(t, server, 'staff', 'olga', 'op');
  const p = await join(t, server, 'staff', 'pam', 'pp');
  const q = await join(t, server, 'staff', 'quinn', 'qq');
  o.say({ type: 'useraction', kind: 'kick', dest: p.id, value: 'enough' });
  const m = await p.type('usermessage', 'kicked');
  assert.deepEqual([m.id, m.username, m.privileged, m.value], [o.id, 'olga', true, 'enough']);
  assert.deepEqual(await p.closed, { code: 1000, reason: 'kicked out (enough) by olga' });
  o.say({ type: 'useraction', kind: 'kick', dest: q.id });
  assert.equal((await q.type('usermessage', 'kicked')).value, 'you have been kicked out');
  assert.equal((await q.closed).reason, 'kicked out by olga');
});

test('SIG-18: a kick may carry a ban', async (t) => {
  const o = await join(t, server, 'staff', 'olga', 'op');
  const p = await join(t, server, 'staff', 'pam', 'pp');
  o.say({ type: 'useraction', kind: 'kick', dest: p.id, value: { message: 'calm down', ban: 600 } });
  assert.equal((await p.type('usermessage', 'kicked')).value, 'calm down');
  await p.closed;
  const again = await connect(t, server);
  assert.equal((await again.join('staff', 'pam', 'pp')).error, 'banned');
  assert.equal((await again.join('staff', 'quinn', 'qq')).kind, 'join');
  o.say({ type: 'useraction', kind: 'kick', dest: again.id, value: { ban: -1 } });
  assert.match((await o.error()).value, /^bad value in kick: value\.ban: /);
});

test('autokick: a lone operator may reconnect with its secret while others stay', async (t) => {
  const o = await join(t, server, 'kicky', 'olga', 'op');
  const p = await join(t, server, 'kicky', 'pam', 'pp');
  const o2 = await join(t, server, 'kicky', 'olga', 'op', { resume: o.joined.resume });
  assert.equal(o2.joined.kind, 'join');
  await p.sync();
  o2.destroy();
  assert.equal((await p.type('usermessage', 'kicked')).value, 'there are no operators in this group');
  assert.deepEqual(await p.closed, { code: 1000, reason: 'kicked out (there are no operators in this group)' });
});

test('autokick: who takes an operator\'s place without being one does not keep the group open', async (t) => {
  const o = await join(t, server, 'kicky', 'olga', 'op');
  const p = await join(t, server, 'kicky', 'pam', 'pp');
  const p2 = await connect(t, server);
  p2.send({ type: 'join', kind: 'join', group: 'kicky', username: 'pam', password: 'pp', resume: o.joined.resume });
  for (const c of [p, p2]) {
    assert.equal((await c.type('usermessage', 'kicked')).value, 'there are no operators in this group');
    assert.equal((await c.closed).code, 1000);
  }
});

test('SIG-6: messages and data have a size', async (t) => {
  const a = await join(t, server, 'staff', 'olga', 'op');
  const big = Array(40).fill('x'.repeat(2000));
  for (const [m, error] of [
    [{ type: 'chat', value: big }, 'too-large'],
    [{ type: 'chat', kind: 'k'.repeat(40000), value: 'x'.repeat(40000) }, 'too-large'],
    [{ type: 'usermessage', id: 'i'.repeat(40000), value: 'x'.repeat(40000) }, 'too-large'],
    [{ type: 'useraction', kind: 'setdata', dest: a.id, value: { x: 'y'.repeat(17000) } }, 'too-large'],
    [{ type: 'groupaction', kind: 'setdata', value: { x: 'y'.repeat(17000) } }, 'too-large'],
  ]) {
    a.say(m);
    assert.equal((await a.error()).error, error);
  }
  await a.none((m) => m.type === 'chat');
  server.writeFile('data/mediad.json', { limits: { 'chat-bytes': 100 } });
  await eventually(async () => {
    a.say({ type: 'groupaction', kind: 'lock', value: 'x'.repeat(101) });
    a.say({ type: 'groupaction', kind: 'unlock' });
    const m = await a.wait((x) => x.kind === 'error' || (x.type === 'joined' && x.kind === 'change' && !x.status.locked));
    assert.equal(m.error, 'too-large', 'the text of a lock');
  });
  server.writeFile('data/mediad.json', {});
});

test('setdata: what is not an object is refused', async (t) => {
  const o = await join(t, server, 'staff', 'olga', 'op');
  for (const m of [{ type: 'useraction', dest: o.id }, { type: 'groupaction' }]) {
    for (const value of [undefined, 'x', [1], 3]) {
      o.say({ kind: 'setdata', ...m, value });
      assert.equal((await o.error()).value, 'Bad value in setdata');
    }
  }
  for (const value of ['x', { id: 'x' }]) {
    o.say({ type: 'groupaction', kind: 'clearchat', value });
    assert.equal((await o.error()).value, 'bad value in clearchat');
  }
});

test('SIG-22: an invitation may name a role that gives no more than its maker has', async (t) => {
  const act = (c, value) => {
    c.say({ type: 'groupaction', kind: 'maketoken', value: { group: 'tokens', expires: later(600), ...value } });
    return c.wait((m) => m.type === 'usermessage' && m.kind === 'token');
  };
  const o = await join(t, server, 'tokens', 'olga', 'op');
  const made = await act(o, { permissions: 'present' });
  assert.equal(made.value.permissions, 'present');
  const guest = await join(t, server, 'tokens', 'guest', '', { token: made.value.token });
  assert.deepEqual(guest.joined.permissions, ['present', 'message']);
  assert.equal((await act(o, { permissions: 'admin' })).error, 'not-authorised');
  assert.equal((await act(o, { permissions: 'king' })).value, 'bad string list');
  o.say({ type: 'groupaction', kind: 'deletetoken', value: { token: made.value.token } });
  await o.wait((m) => m.type === 'usermessage' && m.kind === 'token');
});

test('SIG-24: edittoken looks at its own group only, refuses what it does not understand, and can delete', async (t) => {
  const reply = (c) => c.wait((m) => m.type === 'usermessage' && (m.kind === 'token' || m.kind === 'tokenlist'));
  const act = (c, kind, value) => { c.say({ type: 'groupaction', kind, value }); return reply(c); };
  const o = await join(t, server, 'tokens', 'olga', 'op');
  const s = await join(t, server, 'other', 'olga', 'op');
  const made = await act(o, 'maketoken', { group: 'tokens', permissions: ['present'], expires: later(600), 'not-before': later(60) });
  assert.equal(made.value.token.length >= 22, true, '128 bits');
  const { token } = made.value;
  assert.equal((await act(s, 'edittoken', { token, expires: later(1) })).value, 'file does not exist');
  assert.equal((await act(s, 'deletetoken', { token })).value, 'file does not exist');
  assert.equal((await act(o, 'edittoken', { token, expires: later(1), includeSubgroups: true })).value, 'unknown field in token: includeSubgroups');
  assert.equal((await act(o, 'maketoken', { group: 'tokens', expires: later(1), colour: 'red' })).value, 'unknown field in token: colour');
  assert.equal((await act(o, 'edittoken', { token, permissions: [] })).value, 'this field cannot be edited');
  const free = await act(o, 'edittoken', { token, 'not-before': '' });
  assert.equal(free.value['not-before'], undefined);
  const soon = await act(o, 'edittoken', { token, expires: 60000 });
  assert.ok(Math.abs(new Date(soon.value.expires) - Date.now() - 60000) < 10000);
  assert.deepEqual((await act(o, 'listtokens')).value.map((x) => x.token), [token]);
  assert.equal((await act(o, 'deletetoken', { token })).value.token, token);
  assert.deepEqual((await act(o, 'listtokens')).value, []);
});

test('messages wait while a token is written, and keep their order', async (t) => {
  const o = await join(t, server, 'tokens', 'olga', 'op');
  for (let i = 0; i < 5; i++) {
    o.say({ type: 'groupaction', kind: 'maketoken', value: { group: 'tokens', permissions: [], expires: 60000 } });
    o.say({ type: 'chat', value: `after ${i}` });
  }
  await o.wait(isChat('after 4'));
  const order = o.all.filter((m) => m.type === 'chat' || m.kind === 'token').map((m) => m.type);
  assert.deepEqual(order, Array(5).fill(['usermessage', 'chat']).flat());
});

test('SIG-6: who floods is slowed, warned, and ended with 1008; others do not notice', async (t) => {
  server.writeFile('data/mediad.json', { limits: { 'chats-per-second': 20, 'chat-burst': 5 } });
  const flood = await join(t, server, 'open', 'flood');
  const other = await join(t, server, 'open', 'other');
  for (let i = 0; i < 400; i++) flood.say({ type: 'usermessage', kind: 'x', dest: flood.id, value: i });
  other.say({ type: 'chat', value: 'calm' });
  await other.wait(isChat('calm'));
  assert.match((await flood.type('usermessage', 'warning')).value, /too many messages/);
  for (let i = 0; i < 400; i++) flood.say({ type: 'usermessage', kind: 'x', dest: flood.id, value: i });
  const { code, reason } = await flood.closed;
  assert.deepEqual([code, reason], [1008, 'too many messages']);
  await other.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === flood.id);
  server.writeFile('data/mediad.json', {});
});

test('SIG-5: who does not read is dropped alone, and nobody waits for it', async (t) => {
  server.writeFile('data/mediad.json', { limits: { 'queue-bytes': 65536, 'chats-per-second': 10000, 'chat-burst': 10000, 'messages-per-second': 10000, 'message-burst': 10000 } });
  const deaf = await join(t, server, 'open', 'deaf');
  const talker = await join(t, server, 'open', 'talker');
  const hearer = await join(t, server, 'open', 'hearer');
  deaf.socket.pause();
  const gone = talker.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === deaf.id, 'deaf one gone');
  let over = false;
  const dropped = gone.then(() => { over = true; });
  for (let i = 0; i < 2000 && !over; i++) {
    talker.say({ type: 'chat', value: `${i} ${'x'.repeat(30000)}` });
    const m = await hearer.wait((x) => x.type === 'chat');
    assert.ok(m.value.startsWith(`${i} `));
  }
  await dropped;
  await hearer.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === deaf.id);
  server.writeFile('data/mediad.json', {});
});
