// Streams as signalling sees them: offers, requests, closing, permissions (docs/PROTOCOL.md, SIG-7, SIG-27, SIG-2, SIG-4, SIG-29, SIG-28).
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from '../lib/server.mjs';
import { answerTo, connect, join, offerOf } from '../lib/ws_client.mjs';

/** @type {import('../lib/server.mjs').Server} */
let server;
const users = {
  olga: { password: 'op', permissions: 'op' }, pam: { password: 'pp', permissions: 'present' },
  ron: { password: 'rr', permissions: 'present' }, mel: { password: 'mm', permissions: 'message' },
};
const camera = offerOf('chromium-camera');
const screen = offerOf('chromium-screen');
const everything = { '': ['audio', 'video'] };

before(async () => {
  server = await startServer({ groups: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`g${i}`, { users }])) });
});
after(() => server?.stop());

let group = -1;
/** A publisher and receivers in a group of their own. */
async function room(t, ...receivers) {
  group++;
  const pam = await join(t, server, `g${group}`, 'pam', 'pp');
  const others = [];
  for (const request of receivers) {
    const r = await join(t, server, `g${group}`, 'ron', 'rr');
    if (request) r.say({ type: 'request', request });
    await r.sync();
    others.push(r);
  }
  return [pam, ...others];
}

async function publish(c, id, { label = 'camera', sdp = camera, ...rest } = {}) {
  c.say({ type: 'offer', id, label, sdp, ...rest });
  const answer = await c.wait((m) => (m.type === 'answer' || m.type === 'abort') && m.id === id, 'answer');
  assert.equal(answer.type, 'answer', JSON.stringify(c.inbox));
  return answer;
}

const offer = (c, id) => c.wait((m) => m.type === 'offer' && m.id === id, `offer of ${id}`);
const closeOf = (c, id) => c.wait((m) => m.type === 'close' && m.id === id, `close of ${id}`);

test('SIG-28: a stream is offered to who asked for it as soon as it is answered', async (t) => {
  const [pam, wants, asksNothing, audioOnly] = await room(t, everything, null, { camera: ['audio'] });
  const answer = await publish(pam, 's1');
  assert.match(answer.sdp, /^v=0\r\n/);
  assert.match(answer.sdp, /a=end-of-candidates/);
  const o = await offer(wants, 's1');
  assert.deepEqual([o.source, o.username, o.label], [pam.id, 'pam', 'camera']);
  assert.equal(o.sdp.match(/^m=/gm).length, 2);
  assert.equal((await offer(audioOnly, 's1')).sdp.match(/^m=/gm).length, 1);
  await asksNothing.none((m) => m.type === 'offer' || m.type === 'close');
  await pam.none((m) => m.type === 'offer');
});

test('SIG-4: no candidate comes before its offer or answer', async (t) => {
  const [pam, wants] = await room(t, everything);
  await publish(pam, 's1');
  await offer(wants, 's1');
  for (const c of [pam, wants]) {
    await c.sync();
    const first = c.all.findIndex((m) => m.id === 's1');
    assert.notEqual(c.all[first].type, 'ice');
  }
});

test('a late request gets streams that are there; a smaller one takes them away', async (t) => {
  const [pam, r] = await room(t, null);
  await publish(pam, 's1');
  await r.none((m) => m.type === 'offer');
  r.say({ type: 'request', request: everything });
  const o = await offer(r, 's1');
  r.say({ type: 'request', request: everything });
  await r.none((m) => m.type === 'offer');
  r.say({ type: 'answer', id: 's1', sdp: answerTo(o.sdp) });
  r.say({ type: 'request', request: { camera: [] } });
  await closeOf(r, 's1');
  r.say({ type: 'request', request: null });
  await r.none((m) => m.type === 'close' || m.type === 'offer');
});

test('one offer is outstanding at most; the next waits for the answer', async (t) => {
  const [pam, r] = await room(t, { '': ['audio'] });
  await publish(pam, 's1');
  const first = await offer(r, 's1');
  r.say({ type: 'request', request: everything });
  r.say({ type: 'renegotiate', id: 's1' });
  await r.none((m) => m.type === 'offer');
  r.say({ type: 'answer', id: 's1', sdp: answerTo(first.sdp) });
  const second = await offer(r, 's1');
  assert.equal(second.sdp.match(/^m=/gm).length, 2);
  assert.notEqual(/a=ice-ufrag:(\S+)/.exec(second.sdp)[1], /a=ice-ufrag:(\S+)/.exec(first.sdp)[1], 'the wish for a restart was kept');
  r.say({ type: 'answer', id: 's1', sdp: answerTo(second.sdp) });
  r.say({ type: 'renegotiate', id: 's1' });
  const third = await offer(r, 's1');
  assert.notEqual(/a=ice-ufrag:(\S+)/.exec(third.sdp)[1], /a=ice-ufrag:(\S+)/.exec(second.sdp)[1]);
});

test('requestStream overrides the label for one stream, and null gives the label its say back', async (t) => {
  const [pam, r] = await room(t, everything);
  await publish(pam, 's1');
  let o = await offer(r, 's1');
  r.say({ type: 'answer', id: 's1', sdp: answerTo(o.sdp) });
  r.say({ type: 'requestStream', id: 's1', request: ['audio'] });
  o = await offer(r, 's1');
  assert.equal(o.sdp.match(/^a=inactive/gm).length, 1);
  r.say({ type: 'answer', id: 's1', sdp: answerTo(o.sdp) });
  r.say({ type: 'request', request: everything });
  await r.none((m) => m.type === 'offer');
  r.say({ type: 'requestStream', id: 's1', request: null });
  o = await offer(r, 's1');
  r.say({ type: 'answer', id: 's1', sdp: answerTo(o.sdp) });
  r.say({ type: 'requestStream', id: 's1', request: [] });
  await closeOf(r, 's1');
  r.say({ type: 'requestStream', id: 's1', request: ['audio'] });
  assert.equal((await r.error()).error, 'unknown-stream');
});

test('an answer to no offer ends the stream, with an error that names it', async (t) => {
  const [pam, r] = await room(t, everything);
  await publish(pam, 's1');
  const o = await offer(r, 's1');
  for (let i = 0; i < 2; i += 1) r.say({ type: 'answer', id: 's1', sdp: answerTo(o.sdp) });
  await closeOf(r, 's1');
  const { error, id, value } = await r.error();
  assert.deepEqual([error, id, value], ['bad-answer', 's1', 'no offer is outstanding']);
});

test('closing: receivers hear of it; of streams one does not have, nothing comes', async (t) => {
  const [pam, r, other] = await room(t, everything, null);
  await publish(pam, 's1');
  await offer(r, 's1');
  r.say({ type: 'close', id: 's1' });
  r.say({ type: 'close', id: 'never' });
  await pam.sync();
  pam.say({ type: 'close', id: 's1' });
  await closeOf(r, 's1');
  await other.none((m) => m.type === 'close');
  r.say({ type: 'answer', id: 's1', sdp: 'v=0' });
  await closeOf(r, 's1');
  r.say({ type: 'abort', id: 'never' });
  await closeOf(r, 'never');
  r.say({ type: 'ice', id: 'never', candidate: { candidate: '' } });
  r.say({ type: 'renegotiate', id: 'never' });
  await r.sync();
});

test('abort: the receiver drops the stream, the publisher is not told', async (t) => {
  const [pam, r] = await room(t, everything);
  await publish(pam, 's1');
  await offer(r, 's1');
  r.say({ type: 'abort', id: 's1' });
  await closeOf(r, 's1');
  await pam.none((m) => m.type === 'abort' || m.type === 'close');
  r.say({ type: 'request', request: everything });
  await offer(r, 's1');
});

test('streams of a member close before its user/delete', async (t) => {
  const [pam, r] = await room(t, everything);
  await publish(pam, 's1');
  await publish(pam, 's2', { label: 'screenshare', sdp: screen });
  await offer(r, 's1');
  await offer(r, 's2');
  pam.destroy();
  await r.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === pam.id);
  const tail = r.all.filter((m) => m.type === 'close' || (m.type === 'user' && m.kind === 'delete')).map((m) => m.type);
  assert.deepEqual(tail, ['close', 'close', 'user']);
});

test('SIG-27: an id in use by another member is refused; nobody is disturbed', async (t) => {
  const [pam, r] = await room(t, everything);
  await publish(pam, 'shared');
  await offer(r, 'shared');
  r.say({ type: 'offer', id: 'shared', label: 'camera', sdp: camera });
  assert.equal((await r.type('abort')).id, 'shared');
  assert.equal((await r.error()).error, 'duplicate-stream');
  const third = await join(t, server, `g${group}`, 'ron', 'rr');
  third.say({ type: 'offer', id: 'shared', label: 'camera', sdp: camera });
  assert.equal((await third.type('abort')).id, 'shared');
  const long = 'x'.repeat(300);
  third.say({ type: 'offer', id: long, label: 'camera', sdp: camera });
  assert.equal((await third.type('abort')).id, long);
  await pam.sync();
  await r.none((m) => m.type === 'close');
});

test('SEC-37: a member has a limited number of streams', async (t) => {
  const [pam] = await room(t);
  for (let i = 0; i < 16; i++) await publish(pam, `s${i}`);
  pam.say({ type: 'offer', id: 's16', label: 'x', sdp: camera });
  assert.equal((await pam.type('abort')).id, 's16');
  assert.equal((await pam.error()).error, 'too-many-streams');
});

test('replace: who has the old one gets the new one in its place, with its own wishes', async (t) => {
  const [pam, r, overridden, none] = await room(t, everything, everything, null);
  await publish(pam, 'old');
  await offer(r, 'old');
  const o = await offer(overridden, 'old');
  overridden.say({ type: 'answer', id: 'old', sdp: answerTo(o.sdp) });
  overridden.say({ type: 'requestStream', id: 'old', request: ['audio'] });
  await offer(overridden, 'old');
  await publish(pam, 'new', { replace: 'old' });
  assert.equal((await offer(r, 'new')).replace, 'old');
  const n = await offer(overridden, 'new');
  assert.equal(n.replace, 'old');
  assert.equal(n.sdp.match(/^m=/gm).length, 1, 'the override goes over to the new stream');
  await r.none((m) => m.type === 'close');
  await none.none((m) => m.type === 'close' || m.type === 'offer');
  pam.say({ type: 'close', id: 'old' });
  await pam.sync();
});

test('replace: who does not want the new one gets close for both', async (t) => {
  const [pam, r] = await room(t, { camera: ['video'] });
  await publish(pam, 'old');
  await offer(r, 'old');
  await publish(pam, 'new', { replace: 'old', sdp: offerOf('chromium-audio') });
  await closeOf(r, 'old');
  await closeOf(r, 'new');
});

test('replacing what never was is no error', async (t) => {
  const [pam, r] = await room(t, everything);
  await publish(pam, 's1', { replace: 'never' });
  assert.equal((await offer(r, 's1')).replace, undefined);
});

test('losing present: abort and error after the change, close for receivers', async (t) => {
  const [pam, r] = await room(t, everything);
  const o = await join(t, server, `g${group}`, 'olga', 'op');
  await publish(pam, 's1');
  await offer(r, 's1');
  o.say({ type: 'useraction', kind: 'unpresent', dest: pam.id });
  assert.equal((await pam.type('abort')).id, 's1');
  assert.equal((await pam.error()).value, 'permission denied');
  await closeOf(r, 's1');
  const kinds = pam.all.slice(-4).map((m) => `${m.type}/${m.kind ?? ''}`);
  assert.ok(kinds.indexOf('joined/change') < kinds.indexOf('abort/'), kinds.join(' '));
  pam.say({ type: 'offer', id: 's2', label: 'camera', sdp: camera });
  assert.equal((await pam.type('abort')).id, 's2');
  assert.equal((await pam.error()).value, 'not authorised');
});

test('an offer without present closes what it would replace', async (t) => {
  const [pam, r] = await room(t, everything);
  const m = await join(t, server, `g${group}`, 'mel', 'mm');
  m.say({ type: 'offer', id: 'x', replace: 'y', label: 'camera', sdp: camera });
  assert.equal((await m.type('abort')).id, 'x');
  assert.equal((await m.error()).value, 'not authorised');
  await pam.sync();
  await r.sync();
});

test('renegotiation of one\'s own stream: the label stays, a new track reaches the receivers', async (t) => {
  const [pam, r] = await room(t, everything);
  await publish(pam, 's1', { sdp: offerOf('chromium-audio') });
  const o = await offer(r, 's1');
  assert.equal(o.sdp.match(/^m=/gm).length, 1);
  r.say({ type: 'answer', id: 's1', sdp: answerTo(o.sdp) });
  await publish(pam, 's1', { label: 'another', sdp: camera });
  const p = await offer(r, 's1');
  assert.equal(p.label, 'camera');
  assert.equal(p.sdp.match(/^m=/gm).length, 2);
});

for (const [why, sdp] of [['not SDP', 'hello'], ['empty', ''], ['no section', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n']]) {
  test(`an offer that is ${why} is aborted with an error, and a good one may follow`, async (t) => {
    const [pam] = await room(t);
    pam.say({ type: 'offer', id: 's1', label: 'camera', sdp });
    assert.equal((await pam.type('abort')).id, 's1');
    await pam.error();
    await publish(pam, 's1');
  });
}

test('an offer over 64 KiB is an error, and the session goes on', async (t) => {
  const [pam] = await room(t);
  pam.say({ type: 'offer', id: 's1', label: 'camera', sdp: 'a=x\r\n'.repeat(13100) });
  assert.match((await pam.error()).value, /65536/);
  await publish(pam, 's1');
});

test('a bad answer drops the stream', async (t) => {
  const [pam, r] = await room(t, everything);
  await publish(pam, 's1');
  await offer(r, 's1');
  r.say({ type: 'answer', id: 's1', sdp: 'hello' });
  await closeOf(r, 's1');
  await r.error();
});

test('SIG-7: in no group an offer is aborted, the rest is harmless', async (t) => {
  const c = await connect(t, server);
  c.send({ type: 'offer', id: 's', sdp: camera });
  assert.equal((await c.type('abort')).id, 's');
  assert.equal((await c.error()).value, 'join a group first');
  c.send({ type: 'answer', id: 's', sdp: camera });
  await closeOf(c, 's');
  c.send({ type: 'close', id: 's' });
  c.send({ type: 'ice', id: 's', candidate: { candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host' } });
  await c.sync();
});

test('SIG-29: with simulcast `video` is the first rid of the offer and `video-low` the last', async (t) => {
  const [pam, high, low] = await room(t, { '': ['video'] }, { '': ['video-low'] });
  await publish(pam, 's1', { sdp: offerOf('chromium-simulcast') });
  const a = await offer(high, 's1');
  const b = await offer(low, 's1');
  assert.equal(a.sdp.match(/^m=video/gm).length, 1);
  assert.equal(b.sdp.match(/^m=video/gm).length, 1);
});
