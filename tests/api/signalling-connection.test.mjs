// The connection itself: upgrade, frames, handshake, identity, how it ends (SIG-1, SIG-2, SIG-20), and coming back (SIG-3, SIG-37).
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join as path } from 'node:path';
import { eventually, startServer } from '../lib/server.mjs';
import { connect, join, upgrade } from '../lib/ws_client.mjs';

/** @type {import('../lib/server.mjs').Server} */
let server;
const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };

before(async () => {
  server = await startServer({
    groups: { open, staff: { users: { olga: { password: 'op', permissions: 'op' } } } },
    config: { allowOrigin: ['https://friend.example.org'] },
  });
});
after(() => server?.stop());

for (const [why, options, want] of [
  ['a proper request', {}, 101],
  ['without a key', { headers: { 'Sec-WebSocket-Key': undefined } }, 400],
  ['a key of another size', { headers: { 'Sec-WebSocket-Key': 'YWJj' } }, 400],
  ['a key that is no base64', { headers: { 'Sec-WebSocket-Key': '!'.repeat(24) } }, 400],
  ['another protocol than WebSocket', { headers: { Upgrade: 'h2c' } }, 400],
  ['WebSocket in capitals', { headers: { Upgrade: 'WEBSOCKET' } }, 101],
  ['version 12', { headers: { 'Sec-WebSocket-Version': '12' } }, 400],
  ['without a version', { headers: { 'Sec-WebSocket-Version': undefined } }, 400],
  ['without upgrade', { headers: { Upgrade: undefined, Connection: 'close' } }, 400],
  ['POST', { method: 'POST' }, 405],
  ['PUT', { method: 'PUT' }, 405],
  ['a foreign origin', { headers: { Origin: 'https://evil.example.org' } }, 403],
  ['the null origin', { headers: { Origin: 'null' } }, 403],
  ['an origin that config.json allows', { headers: { Origin: 'https://Friend.example.org' } }, 101],
  ['a subprotocol is not selected', { headers: { 'Sec-WebSocket-Protocol': 'chat' } }, 101],
]) {
  test(`upgrade: ${why}: ${want}`, async () => {
    const { status, socket } = await upgrade(server, options);
    socket.destroy();
    assert.equal(status, want);
  });
}

test('upgrade: the own origin is allowed', async () => {
  const { status, socket } = await upgrade(server, { headers: { Origin: `https://LOCALHOST:${server.port}` } });
  socket.destroy();
  assert.equal(status, 101);
});

test('frames: fragments make one message, binary frames count as text', async (t) => {
  const c = await connect(t, server);
  c.sendFrame('{"type":', { fin: false });
  c.sendFrame('"pi', { opcode: 0, fin: false });
  c.sendFrame('ng"}', { opcode: 0 });
  await c.type('pong');
  c.sendFrame('{"type":"ping"}', { opcode: 2 });
  await c.type('pong');
});

test('frames: a WebSocket ping is answered by a pong', async (t) => {
  const c = await connect(t, server);
  c.sendFrame('x', { opcode: 9 });
  await c.type('frame 10');
});

for (const [why, opcode] of [['text', 1], ['binary', 2]]) {
  test(`SIG-2: bad UTF-8 in a ${why} frame closes with 1007`, async (t) => {
    const c = await connect(t, server);
    c.sendFrame(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), { opcode });
    assert.equal((await c.closed).code, 1007);
  });
}

test('a message over 1 MiB closes with 1009', async (t) => {
  const c = await join(t, server, 'open', 'ann');
  c.sendFrame(`{"type":"chat","value":"${'x'.repeat(1 << 20)}"}`);
  assert.equal((await c.closed).code, 1009);
});

test('before the join a message over 64 KiB closes with 1009', async (t) => {
  const c = await connect(t, server);
  c.sendFrame(`{"type":"ping","x":"${'x'.repeat(65536)}"}`);
  assert.equal((await c.closed).code, 1009);
});

for (const [why, text] of [
  ['not JSON', '{"type": "chat", '], ['NaN', '{"type":"ping","value":NaN}'], ['empty', ''], ['not an object', '[]'], ['a malformed number', '{"value":1.}'],
]) {
  test(`SIG-2: ${why} closes with 1011 and a reason`, async (t) => {
    const c = await connect(t, server);
    c.sendFrame(text);
    const { code, reason } = await c.closed;
    assert.equal(code, 1011);
    assert.notEqual(reason, '');
  });
}

test('SIG-2: a field of the wrong type is an error that names it, and the session goes on', async (t) => {
  const c = await connect(t, server);
  c.send({ type: 'chat', noecho: 'yes' });
  assert.match((await c.error()).value, /noecho/);
  c.send({ type: 'ping', candidate: 3 });
  assert.match((await c.error()).value, /candidate/);
  await c.sync();
});

test('SIG-2: small faults are told, and the session goes on', async (t) => {
  const c = await connect(t, server);
  for (const [m, value] of [
    [{ type: 'request', request: { '': ['audio'] } }, 'join a group first'],
    [{ type: 'join', kind: 'leave', group: 'open' }, 'you are not joined'],
    [{ type: 'groupaction', kind: 'lock' }, 'join a group first'],
    [{ type: 'useraction', kind: 'kick' }, 'join a group first'],
  ]) {
    c.send(m);
    assert.equal((await c.error()).value, value);
  }
  await c.join('staff', 'olga', 'op');
  for (const [m, value] of [
    [{ type: 'groupaction', kind: 'dance' }, 'unknown group action'],
    [{ type: 'useraction', kind: 'dance' }, 'unknown user action'],
    [{ type: 'join', kind: 'leave', group: 'another' }, 'you are not joined'],
    [{ type: 'request', request: ['audio'] }, 'bad request: request: should be an object'],
    [{ type: 'request', request: { camera: 'audio' } }, 'bad request: request.camera: should be an array of strings'],
    [{ type: 'requestStream', id: 'gone', request: ['audio'] }, 'this stream has ended'],
  ]) {
    c.say(m);
    assert.equal((await c.error()).value, value);
  }
  await c.sync();
});

for (const [why, m, reason] of [
  ['an unknown type', { type: 'gibberish' }, 'unexpected message'],
  ['no type', {}, 'unexpected message'],
  ['a second handshake', { type: 'handshake', version: ['2'], id: 'x' }, 'unexpected message'],
  ['an unknown kind of join', { type: 'join', kind: 'dance', group: 'open' }, 'unknown kind'],
  ['another client id', { type: 'ping', source: 'somebody' }, 'spoofed client id'],
  ['a name that was not assigned', { type: 'ping', username: 'somebody' }, 'spoofed username'],
  ...['offer', 'answer', 'ice', 'renegotiate', 'close', 'abort'].map((type) => [`${type} without id`, { type }, 'empty id']),
  ['a null candidate', { type: 'ice', id: '1', candidate: null }, 'null candidate'],
]) {
  test(`a protocol violation is told and closes with 1002: ${why}`, async (t) => {
    const c = await connect(t, server);
    c.send(m);
    assert.equal((await c.error()).value, reason);
    assert.deepEqual(await c.closed, { code: 1002, reason });
  });
}

for (const [why, text] of [['another type', '{"type":"ping"}'], ['not JSON', 'hello']]) {
  test(`SIG-2: a first message that is no handshake closes with 1002 and a reason: ${why}`, async (t) => {
    const c = await connect(t, server, { raw: true });
    c.sendFrame(text);
    assert.deepEqual(await c.closed, { code: 1002, reason: 'you must handshake first' });
  });
}

test('input: null counts as absent, names match in any case, unknown fields are ignored', async (t) => {
  const c = await connect(t, server, { raw: true });
  c.id = 'any-case';
  c.sendFrame('{"TYPE":"handshake","Version":["2"],"id":"any-case","colour":null,"data":null}');
  await c.type('handshake');
  c.sendFrame('{"type":"join","kind":"join","group":"open","Username":"nell","password":null,"token":null,"data":null,"dest":null} trailing');
  assert.equal((await c.type('joined')).username, 'nell');
});

test('the client closes: its code comes back', async (t) => {
  const c = await connect(t, server);
  c.sendFrame(Buffer.from([0x0b, 0xb8]), { opcode: 8 }); // 3000
  assert.equal((await c.closed).code, 3000);
});

test('a client that vanishes leaves its group', async (t) => {
  const a = await join(t, server, 'open', 'alice');
  const b = await join(t, server, 'open', 'bob');
  b.destroy();
  await a.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === b.id);
});

test('SIG-3: who knows the secret of an earlier connection replaces it at once', async (t) => {
  const a = await join(t, server, 'open', 'alice');
  const b = await join(t, server, 'open', 'bob');
  assert.ok(b.joined.resume.length >= 20);
  assert.notEqual(a.joined.resume, b.joined.resume);
  const b2 = await join(t, server, 'open', 'bob', '', { resume: b.joined.resume });
  assert.equal(b2.joined.kind, 'join');
  assert.equal((await b.closed).code, 1000);
  await a.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === b.id);
  await a.wait((m) => m.type === 'user' && m.kind === 'add' && m.id === b2.id);
  assert.notEqual(b2.joined.resume, b.joined.resume);
});

test('SIG-3: the same client id may resume; a wrong secret replaces nobody', async (t) => {
  const a = await join(t, server, 'open', 'alice', '', { id: 'resumed' });
  const b = await connect(t, server, { id: 'resumed' });
  assert.equal((await b.join('open', 'alice', '', { resume: 'guess' })).error, 'duplicate-id');
  assert.equal((await b.join('open', 'alice', '', { resume: a.joined.resume })).kind, 'join');
  await a.closed;
});

/** Its line breaks, and the group has noticed. @param {import('../lib/ws_client.mjs').Client} c @param witness who stays */
async function lose(c, witness) {
  c.destroy();
  await witness.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === c.id);
}

/** As the console does. @param {string} group */
const putAllOut = (group) => new Promise((ok, fail) => {
  const text = JSON.stringify({ group, action: 'kick', text: 'over', by: 'admin' });
  const asked = request({ socketPath: path(server.dir, 'run', 'control.sock'), path: '/v0/groups/action', method: 'POST', headers: { 'content-length': Buffer.byteLength(text) } }, (res) => {
    res.resume();
    res.on('end', () => (res.statusCode < 300 ? ok() : fail(new Error(`status ${res.statusCode}`))));
  });
  asked.on('error', fail);
  asked.end(text);
});

/** Comes by the secret of an earlier connection, and proves nothing else. */
async function comeBack(t, group, resume, username) {
  const c = await connect(t, server);
  await c.join(group, username, '', { resume });
  return c;
}

describe('SIG-37: after a lost connection its secret lets back in', () => {
  const users = { olga: { password: 'op', permissions: 'op' }, pam: { password: 'pp', permissions: 'present' } };

  before(() => {
    server.writeGroup('kept', { ...open, users });
    server.writeGroup('kept2', { ...open, users });
  });

  test('as who one was, once, with a new secret', async (t) => {
    const witness = await join(t, server, 'kept', 'wim');
    const p = await join(t, server, 'kept', 'pam', 'pp', { features: ['speakers'] });
    await lose(p, witness);
    const p2 = await comeBack(t, 'kept', p.joined.resume, 'somebody');
    assert.deepEqual([p2.joined.kind, p2.username, p2.joined.features], ['join', 'pam', ['speakers']]);
    assert.deepEqual(p2.joined.permissions, p.joined.permissions);
    assert.notEqual(p2.joined.resume, p.joined.resume);
    await lose(p2, witness);
    assert.equal((await comeBack(t, 'kept', p.joined.resume, 'pam')).joined.error, 'not-authorised', 'used twice');
    const p3 = await comeBack(t, 'kept', p2.joined.resume);
    assert.equal(p3.username, 'pam', 'no name need be said');
    // The server has not noticed yet: the secret alone takes the place, too.
    const p4 = await comeBack(t, 'kept', p3.joined.resume);
    assert.equal(p4.username, 'pam');
    assert.equal((await p3.closed).reason, 'replaced by a new connection');
  });

  test('into no other group', async (t) => {
    const witness = await join(t, server, 'kept', 'wim');
    const p = await join(t, server, 'kept', 'pam', 'pp');
    await lose(p, witness);
    assert.equal((await comeBack(t, 'kept2', p.joined.resume, 'pam')).joined.error, 'not-authorised');
    assert.equal((await comeBack(t, 'kept', p.joined.resume)).joined.kind, 'join');
  });

  test('with the rights of the group\'s file as it is then, and not with a password that is none any more', async (t) => {
    const witness = await join(t, server, 'kept', 'wim');
    const p = await join(t, server, 'kept', 'pam', 'pp');
    await lose(p, witness);
    server.writeGroup('kept', { ...open, users: { ...users, pam: { password: 'pp', permissions: 'message' } } });
    await eventually(async () => assert.deepEqual((await join(t, server, 'kept', 'pam', 'pp')).joined.permissions, ['message']));
    const p2 = await comeBack(t, 'kept', p.joined.resume);
    assert.deepEqual(p2.joined.permissions, ['message']);
    await lose(p2, witness);
    server.writeGroup('kept', { ...open, users: { ...users, pam: { password: 'new', permissions: 'message' } } });
    await eventually(async () => assert.equal((await join(t, server, 'kept', 'pam', 'new')).joined.kind, 'join'));
    assert.equal((await comeBack(t, 'kept', p2.joined.resume)).joined.error, 'not-authorised');
    server.writeGroup('kept', { ...open, users });
  });

  test('not who said goodbye, left or was kicked; through a lock who was inside', async (t) => {
    const o = await join(t, server, 'kept', 'olga', 'op');
    const gone = (c) => o.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === c.id);
    const close = (code) => (c) => c.sendFrame(Buffer.from([code >> 8, code & 255]), { opcode: 8 });
    for (const [how, act, isKept] of [
      ['a close by 1000', close(1000), false],
      ['the page goes away', close(1001), true],
      ['leave', (c) => c.send({ type: 'join', kind: 'leave', group: 'kept' }), false],
      ['a kick', (c) => o.say({ type: 'useraction', kind: 'kick', dest: c.id }), false],
      ['a torn line', (c) => c.destroy(), true],
    ]) {
      const g = await join(t, server, 'kept', 'gus');
      act(g);
      await gone(g);
      o.say({ type: 'groupaction', kind: 'lock', value: '' });
      await o.type('joined', 'change');
      assert.equal((await comeBack(t, 'kept', undefined, 'gus')).joined.error, 'locked');
      const g2 = await comeBack(t, 'kept', g.joined.resume, 'gus');
      assert.deepEqual([g2.joined.kind, g2.joined.error], isKept ? ['join', undefined] : ['fail', 'locked'], how);
      close(1000)(g2);
      o.say({ type: 'groupaction', kind: 'unlock' });
      await o.type('joined', 'change');
    }
  });

  test('nobody when all were put out, and nobody who is banned', async (t) => {
    const witness = await join(t, server, 'kept', 'wim');
    const p = await join(t, server, 'kept', 'pam', 'pp');
    await lose(p, witness);
    await putAllOut('kept');
    await witness.closed;
    assert.equal((await comeBack(t, 'kept', p.joined.resume, 'pam')).joined.error, 'not-authorised');
    const o = await join(t, server, 'kept', 'olga', 'op');
    const first = await join(t, server, 'kept', 'gus');
    await lose(first, o);
    const second = await join(t, server, 'kept', 'gus');
    o.say({ type: 'useraction', kind: 'kick', dest: second.id, value: { message: 'out', ban: 60 } });
    await second.closed;
    assert.equal((await comeBack(t, 'kept', first.joined.resume, 'gus')).joined.error, 'banned');
  });
});

test('SEC-36: beyond the limit of connections an upgrade gets 503, and those inside go on', async (t) => {
  server.writeFile('data/mediad.json', { limits: { 'unjoined-per-address': 3 } });
  t.after(() => server.writeFile('data/mediad.json', {}));
  const inside = await join(t, server, 'open', 'inside');
  const waiting = [];
  for (let i = 0; i < 3; i++) waiting.push((await connect(t, server)).socket);
  await eventually(async () => {
    const { status, socket } = await upgrade(server);
    waiting.push(socket);
    assert.equal(status, 503);
  });
  for (const socket of waiting) socket.destroy();
  await inside.sync();
  await eventually(async () => { (await connect(t, server)).destroy(); });
});
