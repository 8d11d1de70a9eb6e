// The protocol library of the group page, without a page: Node joins, chats and moderates.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Client, JoinError, newId } from '../../static/protocol.js';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };

/**
 * Waits for one event that matches.
 * @param {Client} client
 * @param {string} type
 * @param {(...args: any[]) => boolean} [matches]
 */
function event(client, type, matches = () => true) {
  return new Promise((ok, fail) => {
    const timer = setTimeout(() => fail(new Error(`no ${type} in 10 s`)), 10000);
    const end = client.on(type, (...args) => {
      if (!matches(...args)) return;
      clearTimeout(timer);
      end();
      ok(args);
    });
  });
}

describe('protocol.js in Node', () => {
  let server;
  /** @type {Client[]} */
  const clients = [];

  before(async () => {
    server = await startServer({
      groups: {
        open: { ...open, displayName: 'Open House' },
        staff: { ...open, users: { olga: { password: 'op', permissions: 'op' } } },
        moved: { redirect: 'https://elsewhere.example.org/group/moved/' },
      },
    });
  });
  after(async () => {
    for (const c of clients) c.close();
    await server?.stop();
  });

  /** A connection that is closed when the suite ends. */
  async function connect() {
    const client = new Client(`wss://localhost:${server.port}/ws`);
    clients.push(client);
    await client.connect();
    return client;
  }

  async function join(group, username, password = '') {
    const client = await connect();
    await client.join(group, { username, password });
    if (!client.users.has(client.id)) await event(client, 'user', (_, u) => u.id === client.id);
    return client;
  }

  it('runs where there is no document and no peer connection', () => {
    assert.equal(typeof globalThis.document, 'undefined');
    assert.equal(new Client('wss://localhost/ws').hasMedia, false);
    assert.match(newId(), /^[0-9a-f]{32}$/);
  });

  it('joins, and knows the group, itself and the others', async () => {
    const anna = await join('open', 'anna');
    assert.equal(anna.group, 'open');
    assert.equal(anna.username, 'anna');
    assert.equal(anna.status.displayName, 'Open House');
    assert.deepEqual([...anna.permissions].sort(), ['message', 'present']);
    const arrival = event(anna, 'user', (kind, u) => kind === 'add' && u.username === 'ben');
    const ben = await join('open', 'ben');
    await arrival;
    assert.equal(anna.users.get(ben.id)?.username, 'ben');
    const departure = event(anna, 'user', (kind, u) => kind === 'delete' && u.id === ben.id);
    ben.close();
    await departure;
    assert.equal(anna.users.has(ben.id), false);
  });

  it('chats with everybody and with one', async () => {
    const [anna, ben] = [await join('open', 'anna'), await join('open', 'ben')];
    const heard = event(ben, 'chat', (m) => m.value === 'good morning');
    const echo = event(anna, 'chat', (m) => m.value === 'good morning');
    anna.chat('good morning');
    const [m] = await heard;
    assert.equal(m.source, anna.id);
    assert.equal(m.username, 'anna');
    assert.equal(m.history, false);
    assert.ok(m.id && m.time instanceof Date);
    await echo;
    const whisper = event(ben, 'chat', (x) => x.value === 'psst');
    anna.chat('psst', { dest: ben.id });
    assert.equal((await whisper)[0].dest, ben.id);
    const late = await connect();
    const past = event(late, 'chat', (x) => x.value === 'good morning');
    await late.join('open', { username: 'late', password: '' });
    assert.equal((await past)[0].history, true);
  });

  it('asks whether all was read, and knows when nobody will say', async () => {
    const [anna, ben] = [await join('open', 'anna'), await join('open', 'ben')];
    const heard = [];
    anna.on('chat', (m) => { heard.push(m.value); });
    for (const word of ['one', 'two', 'three']) anna.chat(word);
    assert.equal(await anna.isRead(), true);
    assert.deepEqual(heard, ['one', 'two', 'three'], 'the answer comes behind what the server sent back');
    anna.chat('psst', { dest: ben.id });
    const asked = [anna.isRead(), anna.isRead()];
    anna.giveUp('a test');
    assert.deepEqual(await Promise.all(asked), [false, false]);
    assert.equal(await anna.isRead(), false);
  });

  it('is told why a join fails, and may try again', async () => {
    const client = await connect();
    await assert.rejects(client.join('staff', { username: 'olga', password: 'wrong' }), (e) =>
      e instanceof JoinError && e.kind === 'fail' && e.message === 'not authorised');
    await assert.rejects(client.join('nowhere', { username: 'olga', password: '' }), JoinError);
    await assert.rejects(client.join('moved', { username: 'olga', password: '' }), (e) =>
      e instanceof JoinError && e.kind === 'redirect' && e.url === 'https://elsewhere.example.org/group/moved/');
    await client.join('staff', { username: 'olga', password: 'op' });
    assert.ok(client.permissions.includes('op'));
  });

  it('changes its data, and rights of others', async () => {
    const [olga, pam] = [await join('staff', 'olga', 'op'), await join('staff', 'pam')];
    const raised = event(olga, 'user', (_, u) => u.id === pam.id && u.data.raisehand === true);
    pam.setData({ raisehand: true });
    await raised;
    const lowered = event(olga, 'user', (_, u) => u.id === pam.id && !('raisehand' in u.data));
    pam.setData({ raisehand: null });
    await lowered;
    const changed = event(pam, 'joined', (m) => m.kind === 'change' && !pam.permissions.includes('present'));
    olga.userAction('unpresent', pam.id);
    await changed;
  });

  it('sees the lock come and go', async () => {
    const olga = await join('staff', 'olga', 'op');
    const locked = event(olga, 'joined', () => olga.status.locked === true);
    olga.groupAction('lock', 'later');
    await locked;
    await assert.rejects(join('staff', 'pam'), /later/);
    const unlocked = event(olga, 'joined', () => olga.status.locked === false);
    olga.groupAction('unlock');
    await unlocked;
  });

  it('makes invitations that admit', async () => {
    const olga = await join('staff', 'olga', 'op');
    const made = event(olga, 'usermessage', (m) => m.kind === 'token');
    olga.groupAction('maketoken', { group: 'staff', username: 'guest', expires: 60000, permissions: ['message'] });
    const [answer] = await made;
    assert.equal(answer.error, '');
    assert.equal(answer.privileged, true);
    const guest = await connect();
    await guest.join('staff', { token: answer.value.token });
    assert.equal(guest.username, 'guest');
    assert.deepEqual(guest.permissions, ['message']);
  });

  it('a kick is a message and then the end', async () => {
    const [olga, pam] = [await join('staff', 'olga', 'op'), await join('staff', 'pam')];
    const kicked = event(pam, 'usermessage', (m) => m.kind === 'kicked');
    const closed = event(pam, 'close');
    olga.userAction('kick', pam.id, 'wrong room');
    assert.equal((await kicked)[0].value, 'wrong room');
    const [end] = await closed;
    assert.equal(end.code, 1000);
    assert.equal(end.asked, false);
    assert.equal(pam.isOpen, false);
    assert.throws(() => pam.chat('still here?'), /not connected/);
  });

  it('says clearly what cannot be done when', async () => {
    const fresh = new Client(`wss://localhost:${server.port}/ws`);
    assert.throws(() => fresh.chat('hello'), /^Error: not connected$/);
    await assert.rejects(fresh.join('open', {}), /^Error: not connected$/);
    const client = await connect();
    await assert.rejects(client.connect(), /a client connects once/);
    for (const tooEarly of [() => client.chat('hello'), () => client.setData({}), () => client.groupAction('lock'), () => client.newUp({ label: 'camera' })])
      assert.throws(tooEarly, /not in a group: join one first/);
    await client.join('open', { username: 'eager' });
    await assert.rejects(client.join('staff', { username: 'eager' }), /already in the group open/);
    assert.throws(() => client.newUp({ label: 'camera' }), /cannot send or receive media/);
  });

  it('passes over messages that make no sense, and hangs up on what is no message', async () => {
    /** What the client opened; the test speaks through it. @type {any} */
    let socket;
    class Wire {
      readyState = 1;
      constructor() { socket = this; }
      send() {}
      close() {}
    }
    const client = new Client('wss://localhost/ws', { WebSocket: /** @type {any} */ (Wire) });
    const connected = client.connect();
    for (const text of ['null', '7', '[]', '{}', '{"type":7}', '{"type":"toString"}', '{"type":"joined","kind":"join"}']) socket.onmessage({ data: text });
    assert.equal(client.isOpen, false);
    socket.onmessage({ data: '{"type":"handshake","version":["2"]}' });
    await connected;
    for (const text of ['null', '{"type":"toString"}', '{"type":"close"}', '{"type":"ice"}', '{"type":"answer","id":"x"}', '{"type":"user"}'])
      socket.onmessage({ data: text });
    assert.equal(client.isOpen, true);
    const closed = event(client, 'close');
    socket.onmessage({ data: '{' });
    assert.deepEqual(await closed, [{ code: 1006, reason: 'the server sent something unreadable', asked: false }]);
  });

  it('leaves and joins again on the same connection', async () => {
    const client = await join('open', 'nomad');
    const left = event(client, 'joined', (m) => m.kind === 'leave');
    client.leave();
    await left;
    assert.equal(client.group, null);
    assert.equal(client.users.size, 0);
    await client.join('staff', { username: 'nomad', password: '' });
    assert.equal(client.group, 'staff');
  });

  it('a server that cannot be reached is an error, not an exception elsewhere', async () => {
    const client = new Client('wss://localhost:1/ws');
    const closed = event(client, 'close');
    await assert.rejects(client.connect());
    assert.equal((await closed)[0].asked, false);
  });
});
