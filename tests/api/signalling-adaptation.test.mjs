// What clients say of how they show videos, and what those that ask for it are told (docs/PROTOCOL.md, Features).
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Browser } from '../lib/console.mjs';
import { eventually, startServer } from '../lib/server.mjs';
import { answerTo, join, offerOf } from '../lib/ws_client.mjs';

/** @type {import('../lib/server.mjs').Server} */
let server;
const users = { pam: { password: 'pp', permissions: 'present' }, ron: { password: 'rr', permissions: 'present' } };
const camera = offerOf('chromium-camera');
const simulcast = offerOf('chromium-simulcast');
const everything = { '': ['audio', 'video'] };
const ours = ['layers', 'rate', 'speakers', 'streamState'];

before(async () => {
  server = await startServer({ groups: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`g${i}`, { users }])) });
});
after(() => server?.stop());

async function publish(c, id, { label = 'camera', sdp = camera, ...rest } = {}) {
  c.say({ type: 'offer', id, label, sdp, ...rest });
  const answer = await c.wait((m) => (m.type === 'answer' || m.type === 'abort') && m.id === id, 'answer');
  assert.equal(answer.type, 'answer', JSON.stringify(c.inbox));
}

const offer = (c, id) => c.wait((m) => m.type === 'offer' && m.id === id, `offer of ${id}`);
const isOurs = (m) => ours.includes(m.type);

test('SIG-31: `joined` names the features that are known; who asks for none is told of none', async (t) => {
  const asks = await join(t, server, 'g0', 'pam', 'pp', { features: ['colour', 'streamState', 'layers', ''] });
  assert.deepEqual(asks.joined.features, ['layers', 'streamState']);
  for (const features of [undefined, null, [], ['colour']]) {
    const c = await join(t, server, 'g0', 'ron', 'rr', { features });
    assert.equal('features' in c.joined, false);
  }
});

test('SIG-31: features of a wrong type are an error that names the field, and the session goes on', async (t) => {
  const c = await join(t, server, 'g1', 'ron', 'rr');
  c.send({ type: 'join', kind: 'leave', group: 'g1' });
  await c.type('joined', 'leave');
  for (const features of ['layers', { layers: true }, 1, true, ['layers', 1], [null]]) {
    c.send({ type: 'join', kind: 'join', group: 'g1', username: 'ron', password: 'rr', features });
    assert.match((await c.error()).value, /features/);
  }
  assert.equal((await c.join('g1', 'ron', 'rr', { features: ours })).kind, 'join');
});

test('SIG-31: features survive a resume that does not name any', async (t) => {
  const first = await join(t, server, 'g2', 'ron', 'rr', { features: ours });
  const second = await join(t, server, 'g2', 'ron', 'rr', { resume: first.joined.resume });
  assert.equal((await first.closed).code, 1000);
  assert.deepEqual(second.joined.features, ours);
  const third = await join(t, server, 'g2', 'ron', 'rr', { resume: second.joined.resume, features: [] });
  assert.equal('features' in third.joined, false);
});

test('SIG-32: how a video is shown is checked strictly, and changes no offer', async (t) => {
  const pam = await join(t, server, 'g3', 'pam', 'pp');
  const ron = await join(t, server, 'g3', 'ron', 'rr');
  ron.say({ type: 'request', request: everything });
  await ron.sync();
  await publish(pam, 's1');
  const o = await offer(ron, 's1');
  ron.say({ type: 'answer', id: 's1', sdp: answerTo(o.sdp) });
  for (const value of [null, {}, { pinned: true, height: 720 }, { hidden: true, colour: [] }, { height: 0, hidden: false, pinned: null }, { height: 16384 }])
    ron.say({ type: 'requestStream', id: 's1', value });
  await ron.none((m) => m.type === 'offer' || m.type === 'close' || m.type === 'usermessage');
  const bad = [[[], 'value'], ['pinned', 'value'], [{ pinned: 1 }, 'value.pinned'], [{ hidden: 'no' }, 'value.hidden'],
    [{ height: -1 }, 'value.height'], [{ height: 16385 }, 'value.height'], [{ height: 1.5 }, 'value.height'], [{ height: '720' }, 'value.height']];
  for (const [value, place] of bad) {
    ron.say({ type: 'requestStream', id: 's1', request: [], value });
    assert.ok((await ron.error()).value.includes(`${place}:`), `${JSON.stringify(value)}`);
  }
  /* what was refused has closed nothing */
  await ron.none((m) => m.type === 'close');
  ron.say({ type: 'requestStream', id: 'never', value: { pinned: true } });
  assert.equal((await ron.error()).error, 'unknown-stream');
});

test('SIG-33: a publisher hears that nobody receives its layers any more', async (t) => {
  const pam = await join(t, server, 'g4', 'pam', 'pp', { features: ['layers'] });
  const plain = await join(t, server, 'g4', 'pam', 'pp');
  await publish(pam, 's1', { sdp: simulcast });
  await publish(pam, 's2');
  await publish(plain, 's3', { sdp: simulcast });
  await pam.none(isOurs);
  for (const id of ['s1', 's2'])
    await pam.wait((m) => m.type === 'layers' && m.id === id && m.value.active.length === 0, `layers of ${id}`, 30000);
  await plain.none(isOurs);
});

test('SIG-38: a publisher that asks for it hears what its videos may take', async (t) => {
  const pam = await join(t, server, 'g7', 'pam', 'pp', { features: ['rate'] });
  const plain = await join(t, server, 'g7', 'pam', 'pp', { features: ['layers'] });
  await publish(plain, 's1');
  await publish(pam, 's2');
  const { value } = await pam.wait((m) => m.type === 'rate' && m.id === 's2', 'rate of s2');
  assert.ok(Number.isInteger(value.bitrate) && value.bitrate >= 150_000, JSON.stringify(value));
  assert.equal('rids' in value, false);
  await publish(pam, 's3', { sdp: simulcast });
  await pam.wait((m) => m.type === 'rate' && m.id === 's3' && m.value.rids?.h === 0 && !('l' in m.value.rids), 'that nobody receives h of s3', 30000);
  await plain.none((m) => m.type === 'rate');
  // Administrators see what the page was told, and of none that was told nothing.
  const clients = (await (await server.api('.stats')).json()).find((g) => g.name === 'g7').clients;
  const [told, untold] = [pam, plain].map((c) => clients.find((one) => one.id === c.id).up[0]);
  assert.ok(told.rate >= 150_000, JSON.stringify(told));
  assert.equal('rate' in untold, false);
  const b = new Browser(server);
  await b.signIn();
  const shown = async (c) => (await b.open(`/admin/groups/g7/.person?client=${encodeURIComponent(c.id)}`)).text;
  await eventually(async () => assert.match(await shown(pam), /Sent its page was told [\d.]+ [kM]bit\/s /));
  await eventually(async () => assert.match(await shown(plain), /Sent (Sound|Video) /));
});
