// Which codec a publisher's offer is answered with: one for video, of the group's order and of what the receivers present can decode
// (their own offers and answers tell), H.264 as in RFC 7742 section 5.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from '../lib/server.mjs';
import { answerTo, join, offerOf } from '../lib/ws_client.mjs';

/** @type {import('../lib/server.mjs').Server} */
let server;
const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
const groups = {
  order: ['vp9', 'av1', 'vp8', 'pcma', 'opus'], listens: ['vp9', 'vp8', 'opus'], shows: ['vp9', 'vp8', 'opus'],
  profiles: ['h264', 'opus'], mono: ['opus'],
};
const camera = offerOf('chromium-camera');

before(async () => {
  server = await startServer({ groups: {
    ...Object.fromEntries(Object.entries(groups).map(([name, codecs]) => [name, { ...open, codecs }])),
    sealed: { ...open, codecs: ['opus'], encrypted: true },
  } });
});
after(() => server?.stop());

let streams = 0;
/** Publishes; resolves to the answer's sections, and the stream's id. */
async function publish(c, sdp) {
  const id = `stream${++streams}`;
  c.say({ type: 'offer', id, label: 'camera', sdp });
  const answer = await c.wait((m) => (m.type === 'answer' || m.type === 'abort') && m.id === id, 'answer');
  assert.equal(answer.type, 'answer', JSON.stringify(c.inbox));
  return { id, sections: answer.sdp.split(/(?=^m=)/m).slice(1) };
}

/** Codecs of a section, in its order. */
const names = (section) => /^m=\S+ \d+ \S+ (.*)\r$/m.exec(section)[1].split(' ')
  .map((pt) => new RegExp(`^a=rtpmap:${pt} ([^/\\r]+)`, 'm').exec(section)?.[1]);

async function viewer(t, group, name) {
  const c = await join(t, server, group, name, '');
  c.say({ type: 'request', request: { '': ['audio', 'video'] } });
  await c.sync();
  return c;
}

/** One video section of the client's; lines of its formats as given. */
const videoOffer = (pts, ...lines) => `${camera.split(/^m=/m)[0].replace(/^a=group.*$/m, 'a=group:BUNDLE 0')
}m=video 9 UDP/TLS/RTP/SAVPF ${pts}\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=setup:actpass\r\na=rtcp-mux\r\na=ice-ufrag:abcd\r\n`
  + `a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n${lines.map((l) => `${l}\r\n`).join('')}`;
const h264 = (pt, profile) => [`a=rtpmap:${pt} H264/90000`, `a=fmtp:${pt} packetization-mode=1;profile-level-id=${profile}`];

test('the group says which codec is preferred, and video is answered with one', async (t) => {
  const ann = await join(t, server, 'order', 'ann', '');
  const { sections: [audio, video] } = await publish(ann, camera); // offers Opus and VP8 first
  assert.deepEqual(names(video), ['VP9', 'rtx']);
  assert.match(video, /profile-id=0/);
  assert.deepEqual(names(audio), ['PCMA', 'opus', 'red']);
});

test('what a receiver does not offer itself is not chosen while there is another', async (t) => {
  const ann = await join(t, server, 'listens', 'ann', '');
  const bob = await viewer(t, 'listens', 'bob');
  assert.deepEqual(names((await publish(ann, camera)).sections[1]), ['VP9', 'rtx']); // nothing is known of bob
  await publish(bob, videoOffer('96', 'a=rtpmap:96 VP8/90000'));
  assert.deepEqual(names((await publish(ann, camera)).sections[1]), ['VP8', 'rtx']);
  const only = videoOffer('98', 'a=rtpmap:98 VP9/90000');
  assert.deepEqual(names((await publish(ann, only)).sections[0]), ['VP9']); // there is no other
});

test('who asks for nothing is not asked', async (t) => {
  const ann = await join(t, server, 'shows', 'ann', '');
  const bot = await join(t, server, 'shows', 'bot', '');
  await publish(bot, videoOffer('96', 'a=rtpmap:96 VP8/90000'));
  assert.deepEqual(names((await publish(ann, camera)).sections[1]), ['VP9', 'rtx']);
});

test('a profile that a receiver refused is not chosen until that one has left', async (t) => {
  const profiles = videoOffer('96 98', ...h264(96, '640c1f'), ...h264(98, '42e01f'));
  const ann = await join(t, server, 'profiles', 'ann', '');
  const bob = await viewer(t, 'profiles', 'bob');
  const first = await publish(ann, profiles);
  assert.match(first.sections[0], /profile-level-id=42e01f/);
  const offer = await bob.wait((m) => m.type === 'offer' && m.id === first.id, 'offer');
  assert.match(offer.sdp, /profile-level-id=42e01f/);
  bob.say({ type: 'answer', id: first.id, sdp: answerTo(offer.sdp).replace(/^m=video 9/m, 'm=video 0').replace(/^a=group.*$/m, 'a=group:BUNDLE') });
  await bob.sync();
  const second = await publish(ann, profiles);
  assert.match(second.sections[0], /profile-level-id=640c1f/);
  assert.doesNotMatch(second.sections[0], /42e0/);
  bob.say({ type: 'join', kind: 'leave', group: 'profiles' });
  await ann.wait((m) => m.type === 'user' && m.kind === 'delete' && m.username === 'bob', 'bob has left');
  assert.match((await publish(ann, profiles)).sections[0], /profile-level-id=42e01f/);
});

// RFC 7587 section 7 has the "/2"; there are encoders that leave it out, and the original takes them.
test('opus/48000 is Opus', async (t) => {
  const ann = await join(t, server, 'mono', 'ann', '');
  const { sections: [audio] } = await publish(ann, camera.replace('opus/48000/2', 'opus/48000'));
  assert.match(audio, /^a=rtpmap:111 opus\/48000\/2\r$/m);
});

test('redundant audio is answered where the publisher put it and offered to receivers, but not where media are encrypted', async (t) => {
  const redFirst = camera.replace('m=audio 9 UDP/TLS/RTP/SAVPF 111 63 ', 'm=audio 9 UDP/TLS/RTP/SAVPF 63 111 ');
  assert.notEqual(redFirst, camera);
  const ann = await join(t, server, 'mono', 'ann', '');
  const bob = await viewer(t, 'mono', 'bob');
  assert.deepEqual(names((await publish(ann, camera)).sections[0]), ['opus', 'red']);
  const { id, sections: [audio] } = await publish(ann, redFirst);
  assert.deepEqual(names(audio), ['red', 'opus']);
  assert.match(audio, /^a=fmtp:63 111\/111\r$/m);
  assert.match(audio, /^a=fmtp:111 .*useinbandfec=1/m);
  const offer = await bob.wait((m) => m.type === 'offer' && m.id === id, 'offer');
  const section = offer.sdp.split(/(?=^m=)/m)[1];
  assert.deepEqual(names(section), ['opus', 'red']);
  assert.match(section, /^a=fmtp:111 .*useinbandfec=1/m);
  const cleo = await join(t, server, 'sealed', 'cleo', '');
  assert.deepEqual(names((await publish(cleo, redFirst)).sections[0]), ['opus']);
});
