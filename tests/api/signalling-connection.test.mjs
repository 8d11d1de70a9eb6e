// The connection itself: upgrade, frames, handshake, identity, how it ends (SIG-1, SIG-2, SIG-20).
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
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
