// Callers without a page of ours: a browser speaks the protocol by itself, to any server of it. They publish a camera of
// 1280 × 720 (moving_camera.mjs), or receive what others publish.
import { chromium } from 'playwright-core';
import { joinRelay } from '../../lib/relay.mjs';
import { openFirefox } from './firefox.mjs';
import { transformFrames } from './frame_cipher.mjs';
import { paintMovingCamera } from './moving_camera.mjs';
import { installClient } from './page_client.mjs';

/**
 * Runs inside a page: joins, and publishes its camera or receives what others publish. Each stream received is shown, and
 * `window.shown` keeps when (Unix time, ms), whose, and how wide each picture was,
 * `window.connectedAt` when its first connection was up, `window.shownAt` when the first picture was shown.
 */
function enter({ group, name, publishes, encodings, transform, features }) {
  Object.assign(window, { shown: [], states: {}, connectedAt: 0, shownAt: 0, transformed: { encrypted: 0, decrypted: 0, failed: 0 } });
  const worker = transform && new Worker(URL.createObjectURL(new Blob([`(${transform})()`])));
  if (worker) worker.onmessage = ({ data }) => { window.transformed = data; };
  const transformed = (end, role) => {
    if (worker) end.transform = new RTCRtpScriptTransform(worker, { role, kind: end.track.kind });
  };
  const watch = (video, id) => {
    const note = (now, { presentationTime, width }) => {
      const at = performance.timeOrigin + (presentationTime ?? now);
      window.shownAt ||= at;
      window.shown.push([at, id, width]);
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  };
  const show = (id, stream) => {
    let video = document.getElementById(`shown-${id}`);
    if (!video) {
      video = document.createElement('video');
      video.id = `shown-${id}`;
      Object.assign(video.style, { position: 'fixed', top: `${(document.querySelectorAll('video').length % 4) * 90}px`, left: 0, width: '160px', zIndex: 99 });
      document.body.append(video);
      watch(video, id);
    }
    video.srcObject = stream;
    video.muted = true;
    video.play().catch(() => {});
  };
  /** What the server said of a stream: `layers`, `rate`. */
  const told = new Map();
  const { connections, say, publish } = window.joinAsClient({ group, name, features: ['streamState', ...features] }, {
    opened: (pc, id) => {
      pc.addEventListener('connectionstatechange', () => {
        if (pc.connectionState === 'connected') window.connectedAt ||= performance.timeOrigin + performance.now();
      });
      pc.ontrack = ({ track, streams, receiver }) => {
        transformed(receiver, 'receives');
        show(id, streams[0] ?? new MediaStream([track]));
      };
    },
    on: {
      joined: () => (publishes ? publishCamera() : say({ type: 'request', request: { '': ['audio', 'video'] } })),
      streamState: ({ id, value }) => { window.states[id] = value; },
      layers: ({ id, value }) => { told.set(id, { ...told.get(id), active: value.active }); obey(id); },
      rate: ({ id, value }) => { told.set(id, { ...told.get(id), ...value }); obey(id); },
    },
  });
  Object.assign(window, { connections, say });
  let turn = Promise.resolve();
  /** Does as the server says, as our page does: one change after the other. */
  function obey(id) {
    turn = turn.then(async () => {
      const { active, bitrate = Infinity, rids = {} } = told.get(id);
      const sender = connections.get(id)?.getSenders().find((s) => s.track?.kind === 'video');
      const parameters = sender?.getParameters();
      for (const [i, e] of (parameters?.encodings ?? []).entries()) {
        const bound = Math.min(encodings[i].maxBitrate ?? Infinity, e.rid ? rids[e.rid] || Infinity : bitrate);
        e.active = (active?.includes(e.rid ?? '') ?? true) && rids[e.rid] !== 0;
        if (bound < Infinity) e.maxBitrate = bound;
        if (!e.rid && bitrate < Infinity) e.scaleResolutionDownBy = bitrate < 500_000 ? 2 : 1;
      }
      await sender?.setParameters(parameters);
    }).catch((e) => console.warn(e));
  }
  async function publishCamera() {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720, frameRate: 30 } });
    await publish('camera', 'camera', (pc) => {
      for (const track of media.getTracks()) {
        const sendEncodings = track.kind === 'video' ? encodings : [{}];
        transformed(pc.addTransceiver(track, { direction: 'sendonly', streams: [media], sendEncodings }).sender, 'sends');
      }
    });
  }
}

/** Runs inside a page: sums of its RTP statistics, the pictures shown since it was last asked, and what the server said of streams. */
async function sumUp() {
  const sum = {
    frames: 0, freezes: 0, frozenS: 0, concealed: 0, samples: 0, bytes: 0, resent: 0, packets: 0, sent: 0, keyframes: 0, plis: 0, nacks: 0,
    width: 0, mayStillSend: 0, layers: {}, shown: window.shown.splice(0), states: window.states, connectedAt: window.connectedAt, shownAt: window.shownAt,
  };
  for (const pc of window.connections.values()) {
    for (const s of (await pc.getStats()).values()) {
      if (s.type === 'inbound-rtp') {
        sum.frames += s.framesDecoded ?? 0;
        sum.freezes += s.freezeCount ?? 0;
        sum.frozenS += s.totalFreezesDuration ?? 0;
        sum.concealed += s.concealedSamples ?? 0;
        sum.samples += s.totalSamplesReceived ?? 0;
        sum.bytes += s.bytesReceived + (s.headerBytesReceived ?? 0);
        sum.resent += s.retransmittedBytesReceived ?? 0;
        sum.packets += s.packetsReceived;
        sum.plis += s.pliCount ?? 0;
        sum.nacks += s.nackCount ?? 0;
        sum.width = s.frameWidth ?? sum.width;
      } else if (s.type === 'outbound-rtp') {
        sum.sent += s.bytesSent + (s.headerBytesSent ?? 0);
        sum.keyframes += s.keyFramesEncoded ?? 0;
        if (s.kind === 'video') sum.layers[s.rid ?? ''] = { bytes: s.bytesSent - (s.retransmittedBytesSent ?? 0), frames: s.framesEncoded, width: s.frameWidth };
      } else if (s.type === 'candidate-pair' && s.nominated) {
        sum.mayStillSend += s.availableOutgoingBitrate ?? 0;
      }
    }
  }
  return sum;
}

export const chromiumFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio', '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream', '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required',
  '--ignore-certificate-errors',
];

export class Caller {
  /**
   * @param {string} base the server's
   * @param {string} group
   * @param {string} name user name
   * @param {{ camera?: string, voice?: string, picture?: 'wall'|'motion', encodings?: RTCRtpEncodingParameters[],
   *   relay?: import('../../lib/relay.mjs').Relay, browser?: string, isEncrypted?: boolean, heedsLayers?: boolean }} [how] publishes when there is a camera (its file; in Firefox
   *   `picture`, what it shows), and speaks, in Chromium, when there is a `voice` (its file; else it beeps once a second); on a relay's line when there is one; in Chromium unless `browser` is firefox, which pairs no
   *   candidate on loopback: it needs a relay that listens elsewhere; `isEncrypted`: frames are, between callers; `heedsLayers`: sends no
   *   layers that nobody receives. In Firefox a publisher bounds what it sends as the server says, as our page does
   */
  static async arrive(base, group, name, { camera, voice, picture, encodings = [{}], relay, browser, isEncrypted = false, heedsLayers = false } = {}) {
    const caller = new Caller();
    if (browser === 'firefox') await caller.openFirefox({ relay, picture: camera && picture });
    else await caller.openChromium({ relay, camera, voice });
    await caller.page.goto(`${base}/group/${group}/`);
    await caller.page.evaluate(installClient);
    const features = [...(heedsLayers ? ['layers'] : []), ...(browser === 'firefox' ? ['rate'] : [])];
    await caller.page.evaluate(enter, { group, name, publishes: Boolean(camera), encodings, features,
      transform: isEncrypted ? String(transformFrames) : undefined });
    return caller;
  }

  async openChromium({ relay, camera, voice }) {
    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [...chromiumFlags, ...(camera ? [`--use-file-for-fake-video-capture=${camera}`] : []),
        ...(voice ? [`--use-file-for-fake-audio-capture=${voice}`] : [])],
    });
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true });
    this.page = await context.newPage();
    if (relay) await this.page.addInitScript(joinRelay, relay.way);
  }

  async openFirefox({ relay, picture }) {
    this.browser = await openFirefox();
    this.page = await this.browser.newPage();
    if (relay) await this.page.evaluateOnNewDocument(joinRelay, relay.way);
    if (picture) await this.page.evaluateOnNewDocument(paintMovingCamera, picture);
  }

  /**
   * Sums over all its connections; `mayStillSend` is what it believes it may send, bit/s; `layers` what each rid has sent;
   * `shown` the pictures since the last call, [Unix time in ms, stream id, width] each.
   */
  async counters() { return { at: Date.now(), ...(await this.page.evaluate(sumUp)) }; }

  /** Says something to the server, as the protocol has it. */
  say(message) { return this.page.evaluate((m) => window.say(m), message); }

  /** How many frames were encrypted, decrypted, or could not be. */
  transformed() { return this.page.evaluate(() => window.transformed); }

  leave() { return this.browser.close(); }
}
