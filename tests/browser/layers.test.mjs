// Layers inside one stream, and frames that only the callers can read: each receiver gets what it asks for, and decodes it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Relay } from '../lib/relay.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { Caller } from './lib/caller.mjs';
import { writeMovingCamera } from './lib/moving_camera.mjs';
import { until } from './lib/people.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
const codecs = ['av1', 'vp9', 'vp8'];
const scratch = mkdtempSync(join(tmpdir(), 'nereid-layers-'));
const camera = join(scratch, 'camera.y4m');
let server;

before(async () => {
  writeMovingCamera(camera);
  server = await startServer({ groups: Object.fromEntries(codecs.map((codec) => [codec, { ...anybody, codecs: [codec, 'opus'] }])) });
});
after(async () => {
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** The encodings' modes as the publisher's browser uses them: it may know a mode and use another one. */
function modes(publisher) {
  return publisher.page.evaluate(async () => {
    const seen = [];
    for (const pc of window.connections.values()) {
      for (const s of (await pc.getStats()).values()) if (s.type === 'outbound-rtp' && s.kind === 'video') seen.push(s.scalabilityMode);
    }
    return seen;
  });
}

/** Waits for a picture whose width fits, and for more pictures of it. @returns the width */
async function showsWidth(receiver, what, fits) {
  const { width } = await until(what, async () => {
    const seen = await receiver.counters();
    return fits(seen.width) && seen;
  });
  const { frames } = await receiver.counters();
  await until(`${what}: pictures go on`, async () => (await receiver.counters()).frames > frames + 10);
  return width;
}

const ask = (video) => ({ type: 'request', request: { '': ['audio', video] } });

// The receiver's line: of a hundred packets it loses three, and three come behind the next ones.
const bad = 'delay=10,loss=3,reorder=3';
const layered = [['av1', 'L3T3_KEY'], ['av1', 'L3T3'], ['vp9', 'L3T3_KEY'], ['av1', 'L3T3_KEY', bad], ['vp9', 'L3T3_KEY', bad]];

for (const [codec, mode, line] of layered) {
  describe(`${codec} with layers, ${mode}${line ? ', over a line that loses packets and changes their order' : ''}`, () => {
    let publisher;
    let receiver;
    let relay;

    before(async () => {
      relay = line && await Relay.start(server.udpPort, { down: line, up: 'delay=10' });
      publisher = await Caller.arrive(server.base, codec, 'ada', { camera, encodings: [{ scalabilityMode: mode }] });
      receiver = await Caller.arrive(server.base, codec, 'bo', { relay });
    });
    after(async () => {
      for (const caller of [publisher, receiver]) await caller?.leave();
      await relay?.stop();
    });

    it('goes down to the small picture and up again', async (t) => {
      // The first pictures may be the lowest layer's.
      const high = await showsWidth(receiver, 'a picture of a higher layer', (width) => width >= 640);
      if (!(await modes(publisher)).includes(mode)) {
        assert.notEqual(codec, 'vp9'); // every Chromium has this one
        t.skip(`this Chromium does not send ${codec} ${mode}`);
        return;
      }
      await receiver.say(ask('video-low'));
      const low = await showsWidth(receiver, 'a small picture', (width) => width > 0 && width < high);
      await receiver.say(ask('video'));
      await showsWidth(receiver, 'a larger one again', (width) => width > low);
      await receiver.say(ask('video-low'));
      await showsWidth(receiver, 'a small picture again', (width) => width <= low);
      if (!line) return;
      // On a busy machine a packet that is lost twice takes its time.
      await until('30 pictures in two seconds', async () => {
        const start = await receiver.counters();
        await sleep(2000);
        const end = await receiver.counters();
        t.diagnostic(`${end.frames - start.frames} pictures; asked ${end.nacks} times for packets and ${end.plis} times for keyframes`);
        return end.frames - start.frames >= 30 && end.nacks > 0;
      }, 20000);
    });
  });
}

describe('frames encrypted by the callers', () => {
  let publisher;
  let receiver;
  let stranger;

  before(async () => {
    const encodings = [{ rid: 'h' }, { rid: 'l', scaleResolutionDownBy: 2, maxBitrate: 150000 }];

    publisher = await Caller.arrive(server.base, 'vp8', 'ada', { camera, encodings, isEncrypted: true });
    receiver = await Caller.arrive(server.base, 'vp8', 'bo', { isEncrypted: true });
  });
  after(async () => {
    for (const caller of [publisher, receiver, stranger]) await caller?.leave();
  });

  it('pass, with each rid that is asked for', async () => {
    // Which rid comes first depends on what the machine makes of it.
    await showsWidth(receiver, 'the receiver decodes pictures', (width) => width > 0);
    await receiver.say(ask('video-low'));
    await sleep(5000);
    const low = await showsWidth(receiver, 'the small rid', (width) => width > 0);
    await receiver.say(ask('video'));
    await showsWidth(receiver, 'the large rid again', (width) => width > low);
    const { decrypted, failed } = await receiver.transformed();
    assert.ok(decrypted > 100 && failed === 0, `${decrypted} frames decrypted, ${failed} not`);
    const { encrypted } = await publisher.transformed();
    assert.ok(encrypted >= decrypted / 2);
  });

  it('sound passes, too', async () => {
    const start = await receiver.counters();
    await until('two seconds of sound are played', async () => (await receiver.counters()).samples > start.samples + 96000);
    const end = await receiver.counters();
    const [concealed, samples] = [end.concealed - start.concealed, end.samples - start.samples];
    assert.ok(concealed < samples / 2, `${concealed} of ${samples} samples had to be concealed`);
  });

  it('show nothing to who has no key', async () => {
    stranger = await Caller.arrive(server.base, 'vp8', 'eve');
    await until('packets come', async () => (await stranger.counters()).bytes > 100000);
    await sleep(1000);
    const seen = await stranger.page.evaluate(() => {
      const video = document.querySelector('video[id^="shown-"]');
      return video ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
    });
    assert.ok(seen < 5, `${seen} pictures`);
  });
});

describe('a video that pauses in its section', () => {
  let publisher;
  let receiver;

  before(async () => {
    const encodings = [{ rid: 'h' }, { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150000 }];

    publisher = await Caller.arrive(server.base, 'vp8', 'ada', { camera, encodings });
    receiver = await Caller.arrive(server.base, 'vp8', 'bo');
  });
  after(async () => {
    for (const caller of [publisher, receiver]) await caller?.leave();
  });

  /** The publisher offers its video in this direction, and the receiver has heard of it. @param {'inactive'|'sendonly'} direction */
  async function turn(direction) {
    await publisher.page.evaluate(async (wanted) => {
      const pc = window.connections.get('camera');
      pc.getTransceivers().find((t) => t.sender.track.kind === 'video').direction = wanted;
      await pc.setLocalDescription();
      window.say({ type: 'offer', id: 'camera', label: 'camera', source: 'ada', username: 'ada', sdp: pc.localDescription.sdp });
    }, direction);
    const want = direction === 'inactive' ? 'inactive' : 'recvonly';
    await until(`the receiver's section is ${want}`, () => receiver.page.evaluate((d) => window.connections.get('camera').getTransceivers()
      .find((t) => t.receiver.track.kind === 'video').currentDirection === d, want));
  }

  it('shows pictures again when it goes on, by each rid, although its packets do not tell their rid once more', async () => {
    await showsWidth(receiver, 'pictures', (width) => width > 0);
    for (let round = 0; round < 2; round++) {
      await turn('inactive');
      await turn('sendonly');
      await receiver.say(ask('video-low'));
      const low = await showsWidth(receiver, 'the small rid', (width) => width > 0 && width < 640);
      await receiver.say(ask('video'));
      await showsWidth(receiver, 'the large rid', (width) => width > low);
    }
  });
});

describe('a publisher of the page', () => {
  let caller;
  before(async () => { caller = await Caller.arrive(server.base, 'vp8', 'cleo'); });
  after(() => caller?.leave());

  it('sends the layers that are wanted, although an answer is older than what was wanted last', async () => {
    const active = await caller.page.evaluate(async () => {
      const { UpStream } = await import('/protocol.js');
      const [up, down] = [new RTCPeerConnection(), new RTCPeerConnection()];
      const offers = [];
      const wire = { send: (m) => { if (m.type === 'offer') offers.push(m.sdp); }, transform() {}, pathChanged() {}, forget() {}, knows: () => true };
      const stream = new UpStream(wire, up, { id: 's', localId: 's', label: 'camera', replace: null });
      const source = Object.assign(document.createElement('canvas'), { width: 640, height: 360 }).captureStream(5);
      const { sender } = stream.addTrack(source.getVideoTracks()[0], source, [{ rid: 'h' }, { rid: 'l', scaleResolutionDownBy: 2 }]);
      const offer = async (n) => {
        while (offers.length < n) await new Promise((resolve) => { setTimeout(resolve, 10); });
        return offers[n - 1];
      };
      const answer = async (sdp) => { // as the server answers: rids are paused where the offer says so
        await down.setRemoteDescription({ type: 'offer', sdp });
        await down.setLocalDescription();
        const layers = /a=simulcast:send (\S+)/.exec(sdp)[1];
        const negotiated = new Promise((resolve) => { stream.on('negotiated', resolve); });
        stream.gotAnswer(`${down.localDescription.sdp}a=rid:h recv\r\na=rid:l recv\r\na=simulcast:recv ${layers}\r\n`);
        await negotiated;
      };
      const seen = async (h) => {
        for (let i = 0; i < 100 && sender.getParameters().encodings[0].active !== h; i++) await new Promise((resolve) => { setTimeout(resolve, 20); });
        return sender.getParameters().encodings[0].active;
      };
      await answer(await offer(1));
      stream.gotLayers(['l']);
      const states = [await seen(false)];
      up.restartIce();
      const late = await offer(2);
      stream.gotLayers(['h', 'l']);
      states.push(await seen(true), late.includes('~h'));
      await answer(late);
      states.push(await seen(true));
      for (const pc of [up, down]) pc.close();
      return states;
    });
    assert.deepEqual(active, [false, true, true, true]);
  });
});
