// Every video codec that a group may allow: what Chromium encodes is forwarded and decoded, also by the one who came later.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Person, until } from './lib/people.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

/** Names of group files, and of getStats(). A Chromium without the encoder leaves its row out. */
const codecs = [
  { name: 'vp9', mimeType: 'video/VP9' },
  { name: 'h264', mimeType: 'video/H264' },
  { name: 'av1', mimeType: 'video/AV1' },
];

/** The codecs of all video that comes in on this page. */
function incomingVideo(person) {
  return person.page.evaluate(async () => {
    const seen = new Set();
    for (const pc of window.peerConnectionsForTests) {
      if (pc.connectionState === 'closed') continue;
      const stats = await pc.getStats();
      for (const s of stats.values()) {
        if (s.type === 'inbound-rtp' && s.kind === 'video' && s.codecId) seen.add(stats.get(s.codecId)?.mimeType);
      }
    }
    return [...seen];
  });
}

/**
 * Runs inside the page before its own scripts: offers name H.264 constrained high (640c1f) before all else, as Safari's do. This
 * browser neither encodes nor decodes it.
 */
function nameHighFirst() {
  const send = window.WebSocket.prototype.send;
  window.WebSocket.prototype.send = function change(data) {
    const m = JSON.parse(data);
    if (m.type !== 'offer') { send.call(this, data); return; }
    const used = new Set(Array.from(m.sdp.matchAll(/^a=rtpmap:(\d+)/gm), ([, pt]) => Number(pt)));
    const free = Array.from({ length: 29 }, (_, i) => i + 35).find((pt) => !used.has(pt));
    const format = `a=rtpmap:${free} H264/90000\r\na=fmtp:${free} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f\r\n`;
    m.sdp = m.sdp.replace(/^(m=video \d+ \S+)(.*\r\n(?:[bci]=.*\r\n)*)/gm, `$1 ${free}$2${format}`);
    window.changedOffersForTests = (window.changedOffersForTests ?? 0) + 1;
    send.call(this, JSON.stringify(m));
  };
}

/** The parameters of all video that goes out from this page. */
function outgoingVideo(person) {
  return person.page.evaluate(async () => {
    const seen = new Set();
    for (const pc of window.peerConnectionsForTests) {
      if (pc.connectionState === 'closed') continue;
      const stats = await pc.getStats();
      for (const s of stats.values()) {
        if (s.type === 'outbound-rtp' && s.kind === 'video' && s.codecId) seen.add(stats.get(s.codecId)?.sdpFmtpLine);
      }
    }
    return [...seen];
  });
}

function canEncode(person, mimeType) {
  return person.page.evaluate((type) =>
    RTCRtpSender.getCapabilities('video').codecs.some((c) => c.mimeType === type), mimeType);
}

describe('codecs of a group', () => {
  let server;
  let ada;
  let bo;

  before(async () => {
    const groups = Object.fromEntries(codecs.map(({ name }) => [name, { ...open, codecs: [name, 'opus'] }]));
    groups.sealed = { ...open, codecs: ['av1', 'vp8', 'opus'], encrypted: true };
    groups['sealed-av1'] = { ...open, codecs: ['av1', 'opus'], encrypted: true };
    server = await startServer({ groups });
    ada = await Person.arrive('ada', ['red', 'blue']);
    bo = await Person.arrive('bo', ['yellow', 'magenta']);
  });
  after(async () => {
    for (const person of [ada, bo]) await person?.goHome();
    await server?.stop();
  });

  for (const { name, mimeType } of codecs) {
    it(`${name} is decoded by both`, async (t) => {
      if (!await canEncode(ada, mimeType)) {
        // VP9 is in every Chromium: without it nothing of this file would have been tried
        assert.notEqual(name, 'vp9');
        t.skip(`this Chromium does not encode ${mimeType}`);
        return;
      }
      await ada.join(server, name);
      await bo.join(server, name);
      await bo.decodes(ada);
      await ada.decodes(bo);
      await ada.hears();
      for (const person of [ada, bo]) assert.deepEqual(await incomingVideo(person), [mimeType]);
      for (const person of [ada, bo]) await person.page.click('#leave');
      await until('all have left', async () => {
        const talk = await Promise.all([ada, bo].map((person) => person.page.evaluate(() =>
          window.peerConnectionsForTests.some((pc) => pc.connectionState !== 'closed'))));
        return !talk.includes(true);
      });
    });
  }

  // docs/ENCRYPTION.md: frames of AV1 cannot be encrypted.
  it('av1 is not offered where media are encrypted: the next codec is taken, and without one the sound alone', async (t) => {
    if (!await canEncode(ada, 'video/AV1')) {
      t.skip('this Chromium does not encode video/AV1');
      return;
    }
    const enter = async (group) => {
      for (const person of [ada, bo]) {
        await person.page.goto(`${server.base}/`);
        await person.join(server, group, { fragment: '#key=correct-horse' });
      }
    };
    await enter('sealed');
    await bo.decodes(ada);
    await ada.decodes(bo);
    for (const person of [ada, bo]) assert.deepEqual(await incomingVideo(person), ['video/VP8']);
    const offered = await ada.page.evaluate(() => window.peerConnectionsForTests.map((pc) => pc.localDescription?.type === 'offer' ? pc.localDescription.sdp : '').join(''));
    assert.match(offered, /VP8/);
    assert.doesNotMatch(offered, /AV1/);
    await enter('sealed-av1');
    await until('it says why', async () => /Your video is not sent: this meeting’s codec cannot be encrypted/.test(await ada.page.textContent('#notices-warn') ?? ''));
    await bo.hears();
    assert.equal(await bo.look('ada'), null);
  });

  // RFC 7742 section 5: constrained baseline is what every browser decodes.
  it('a publisher that names H.264 high first sends constrained baseline', async (t) => {
    if (!await canEncode(ada, 'video/H264')) {
      t.skip('this Chromium does not encode video/H264');
      return;
    }
    await ada.page.addInitScript(nameHighFirst);
    await ada.join(server, 'h264');
    await bo.join(server, 'h264');
    await bo.decodes(ada);
    await bo.hears();
    assert.ok(await ada.page.evaluate(() => window.changedOffersForTests) > 0);
    const sent = await outgoingVideo(ada);
    assert.equal(sent.length, 1);
    assert.match(sent[0], /packetization-mode=1;profile-level-id=42e0/);
  });
});
