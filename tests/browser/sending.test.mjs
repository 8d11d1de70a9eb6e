// What a camera sends: 1280 × 720 in layers whose sum stays within the setting Send, less of it while the processor cannot keep up,
// and what is left of it when a device goes. Seen by what the others decode.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sleep, startServer } from '../lib/server.mjs';
import { writeMovingCamera } from './lib/moving_camera.mjs';
import { Person, until } from './lib/people.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
/** Bit/s of video by the value of Send (docs/USER.md). */
const LIMITS = { lowest: 150_000, low: 300_000, normal: 700_000 };

/** Runs inside a page before its own scripts: keeps what it opens, and may say that the processor is too slow. */
function watchDevices() {
  if (!navigator.mediaDevices) return; // about:blank
  window.tracksForTests = { camera: [], screen: [] };
  for (const [method, where] of [['getUserMedia', 'camera'], ['getDisplayMedia', 'screen']]) {
    const open = navigator.mediaDevices[method].bind(navigator.mediaDevices);
    navigator.mediaDevices[method] = async (wanted) => {
      const media = await open(wanted);
      if (where === 'screen' && !media.getAudioTracks().length) {
        // This screen has no sound: a tone of ours.
        const audio = new AudioContext();
        const [tone, out] = [audio.createOscillator(), audio.createMediaStreamDestination()];
        tone.connect(out);
        tone.start();
        media.addTrack(out.stream.getAudioTracks()[0]);
      }
      window.tracksForTests[where].push(...media.getTracks());
      return media;
    };
  }
  const { getStats } = RTCRtpSender.prototype;
  RTCRtpSender.prototype.getStats = async function look() {
    const report = await getStats.call(this);
    if (!window.isSlowForTests) return report;
    return new Map([...report].map(([id, s]) => [id, s.type === 'outbound-rtp' ? { ...s, qualityLimitationReason: 'cpu' } : s]));
  };
}

/** The device of a track goes: the browser ends the track and says so. */
const unplug = (p, where, kind) => p.page.evaluate(([w, k]) => {
  const track = window.tracksForTests[w].filter((t) => t.kind === k && t.readyState === 'live').at(-1);
  track.stop();
  track.dispatchEvent(new Event('ended'));
}, [where, kind]);

/** What each video layer of the camera may take, and has taken, by rid. */
const layers = (p) => p.page.evaluate(async () => {
  const sum = {};
  for (const pc of window.peerConnectionsForTests) {
    if (pc.connectionState === 'closed') continue;
    for (const sender of pc.getSenders()) {
      if (sender.track?.kind !== 'video') continue;
      for (const e of sender.getParameters().encodings) sum[e.rid ?? ''] = { isOn: e.active, rate: e.maxBitrate, scale: e.scaleResolutionDownBy };
      for (const s of (await sender.getStats()).values()) {
        if (s.type === 'outbound-rtp') Object.assign(sum[s.rid ?? ''], { width: s.frameWidth, height: s.frameHeight, bytes: s.bytesSent });
      }
    }
  }
  return sum;
});

/** Width and height of somebody's picture as it is decoded here, or null. */
const size = (p, name, label = 'camera') => p.page.evaluate(([who, what]) => {
  const video = [...document.querySelectorAll('.tile')].find((t) => t.dataset.username === who && t.dataset.label === what)?.querySelector('video');
  return video?.videoWidth ? `${video.videoWidth}x${video.videoHeight}` : null;
}, [name, label]);

const set = async (p, line) => {
  await p.page.evaluate((text) => {
    const field = document.querySelector('#chat-input');
    field.value = text;
    document.querySelector('#chat-form').requestSubmit();
  }, line);
};

describe('a camera of 1280 × 720', () => {
  let server;
  /** @type {Person} */
  let ada;
  /** @type {Person} */
  let bo;
  /** @type {Person} */
  let cyd;
  const scratch = mkdtempSync(join(tmpdir(), 'nereid-sending-'));

  before(async () => {
    writeMovingCamera(join(scratch, 'camera.y4m'));
    server = await startServer({ groups: { meeting: anybody } });
    ada = await Person.arrive('ada', null, { viewport: { width: 1366, height: 768 }, args: [`--use-file-for-fake-video-capture=${join(scratch, 'camera.y4m')}`] });
    await ada.page.addInitScript(watchDevices);
    bo = await Person.arrive('bo', null, { viewport: { width: 1920, height: 1080 } });
    await bo.page.addInitScript(watchDevices);
  });
  after(async () => {
    for (const p of [ada, bo, cyd]) await p?.goHome();
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  /** Video that a page sends in all its layers, bit/s over some seconds. */
  async function rate(p, ms = 5000) {
    const sum = (all) => Object.values(all).reduce((n, l) => n + (l.bytes ?? 0), 0);
    const [first, start] = [sum(await layers(p)), Date.now()];
    await sleep(ms);
    return (8000 * (sum(await layers(p)) - first)) / (Date.now() - start);
  }

  it('arrives as that', async () => {
    await ada.join(server, 'meeting');
    await bo.join(server, 'meeting', { media: 'none' });
    await until('bo decodes 1280 × 720', async () => (await size(bo, 'ada')) === '1280x720');
    const { h, l } = await layers(ada);
    assert.ok(l, 'there is a lower layer');
    assert.equal(h.width, 1280);
  });

  it('its lower layer is 320 × 180', async () => {
    await set(bo, '/set request "everything-low"');
    await until('bo decodes 320 × 180', async () => (await size(bo, 'ada')) === '320x180');
    assert.equal((await layers(ada)).l.rate, 150_000);
    await set(bo, '/set request "everything"');
    await until('and the whole again', async () => (await size(bo, 'ada')) === '1280x720');
  });

  it('without a limit the best layer takes up to 1.5 Mbit/s', async () => {
    await set(ada, '/set send "unlimited"');
    await until('it may', async () => (await layers(ada)).h.rate === 1_500_000);
  });

  for (const [value, limit] of Object.entries(LIMITS)) {
    it(`Send: ${value} keeps the sum of what is sent within ${limit / 1000} kbit/s`, async (t) => {
      await set(ada, `/set send "${value}"`);
      await until('no more is allowed', async () =>
        Object.values(await layers(ada)).filter((l) => l.isOn).reduce((n, l) => n + l.rate, 0) <= limit);
      await until('no more is sent', async () => {
        const sent = await rate(ada);
        t.diagnostic(`${Math.round(sent / 1000)} kbit/s`);
        return sent > 0 && sent <= 1.1 * limit;
      });
    });
  }

  it('has three layers for many', async () => {
    cyd = await Person.arrive('cyd', null);
    await cyd.join(server, 'meeting', { media: 'none' });
    await until('three of them', async () => Object.keys(await layers(ada)).sort().join() === 'h,l,m');
    await until('cyd sees her', async () => (await size(cyd, 'ada')) !== null);
    const sum = Object.values(await layers(ada)).filter((l) => l.isOn).reduce((n, l) => n + l.rate, 0);
    assert.ok(sum <= LIMITS.normal, `${sum}`);
  });

  it('while the processor cannot keep up, the third layer goes, and then the size', async () => {
    await ada.page.evaluate(() => { window.isSlowForTests = true; });
    await until('two are left', async () => Object.keys(await layers(ada)).sort().join() === 'h,l');
    await until('the better one is smaller', async () => (await layers(ada)).h.scale > 1);
    await ada.page.evaluate(() => { window.isSlowForTests = false; });
    await until('bo decodes less than 1280, and more than the lowest', async () => {
      const width = Number((await size(bo, 'ada'))?.split('x')[0]);
      return width > 320 && width < 1280;
    });
    await cyd.page.click('#leave');
  });

  it('a camera that goes takes nothing with it, and another one can be chosen', async () => {
    const energy = async () => (await bo.received()).audioEnergy;
    await unplug(ada, 'camera', 'video');
    await ada.page.waitForSelector('.notice:has-text("Your camera is gone. The others still hear you.")');
    await bo.page.waitForSelector('.tile[data-username=ada].audio-only', { state: 'attached' });
    const heard = await energy();
    await until('bo hears her', async () => (await energy()) > heard + 1e-4);
    await ada.photograph('sending-camera-gone');
    await ada.page.click('.notice button:text("Choose another camera")');
    await ada.page.waitForSelector('#another-device');
    await ada.page.click('dialog button:text("Use it")');
    await until('bo sees her again', async () => (await size(bo, 'ada')) !== null && (await bo.page.locator('.tile[data-username=ada].audio-only').count()) === 0);
  });

  it('a microphone that goes leaves the picture', async () => {
    await unplug(ada, 'camera', 'audio');
    await ada.page.waitForSelector('.notice:has-text("Your microphone is gone. The others still see you.")');
    const { framesDecoded } = await bo.received();
    await until('pictures go on', async () => (await bo.received()).framesDecoded > framesDecoded + 10);
    await ada.page.click('.notice button:text("Choose another microphone")');
    await ada.page.click('dialog button:text("Use it")');
    await bo.hears();
  });

  it('the sound of a shared screen ends alone', async () => {
    const hasSound = () => bo.page.evaluate(() => document.querySelector('.tile[data-username=ada][data-label=screenshare] video')
      ?.srcObject?.getAudioTracks().some((t) => t.readyState === 'live' && !t.muted));
    await ada.page.click('#share');
    await until('bo sees the screen', async () => (await size(bo, 'ada', 'screenshare')) !== null);
    await until('and hears it', hasSound);
    await unplug(ada, 'screen', 'audio');
    await ada.page.waitForSelector('.notice:has-text("The sound of what you share has ended; the others still see it.")');
    await until('the sound is gone', async () => !await hasSound());
    const decoded = () => bo.page.evaluate(() => document.querySelector('.tile[data-username=ada][data-label=screenshare] video')?.getVideoPlaybackQuality().totalVideoFrames);
    const before = await decoded();
    await until('the screen goes on', async () => (await decoded()) > before);
    await bo.hears();
    await unplug(ada, 'screen', 'video');
    await bo.page.waitForSelector('.tile[data-username=ada][data-label=screenshare]', { state: 'detached' });
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const p of [ada, bo, cyd]) assert.deepEqual(await p.complaints(), []);
  });
});
