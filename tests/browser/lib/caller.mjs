// Callers without a page of ours: Chromium speaks the protocol by itself, to any server of it. They publish a camera of
// 1280 × 720 in which somebody moves, or receive what others publish.
import { openSync, closeSync, writeSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { joinRelay } from '../../lib/relay.mjs';

const [WIDTH, HEIGHT, FRAMES, RADIUS] = [1280, 720, 60, 160];

/** Smooth noise: a number every 32 pixels, and what lies between. */
function texture(width, height) {
  let seed = 1;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const coarse = Array.from({ length: (height >> 5) + 2 }, () => Array.from({ length: (width >> 5) + 2 }, random));
  const out = Buffer.alloc(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, c, v, u] = [y >> 5, x >> 5, (y & 31) / 32, (x & 31) / 32];
      const top = coarse[r][c] * (1 - u) + coarse[r][c + 1] * u;
      const bottom = coarse[r + 1][c] * (1 - u) + coarse[r + 1][c + 1] * u;
      out[y * width + x] = 30 + 190 * (top * (1 - v) + bottom * v);
    }
  }
  return out;
}

/** Writes a Y4M file for Chromium's --use-file-for-fake-video-capture: somebody round moves in front of a wall. */
export function writeMovingCamera(path) {
  const file = openSync(path, 'w');
  const wall = texture(WIDTH, HEIGHT);
  const person = texture(2 * RADIUS, 2 * RADIUS);
  const colour = Buffer.alloc((WIDTH * HEIGHT) / 4, 110);
  writeSync(file, `YUV4MPEG2 W${WIDTH} H${HEIGHT} F30:1 Ip A1:1 C420mpeg2\n`);
  for (let frame = 0; frame < FRAMES; frame++) {
    const luma = Buffer.from(wall);
    const angle = (2 * Math.PI * frame) / FRAMES;
    const left = Math.round(WIDTH / 2 - RADIUS + 240 * Math.sin(angle));
    const top = Math.round(HEIGHT / 2 - RADIUS + 120 * Math.sin(2 * angle));
    for (let y = 0; y < 2 * RADIUS; y++) {
      const half = Math.floor(Math.sqrt(RADIUS ** 2 - (y - RADIUS) ** 2));
      const row = y * 2 * RADIUS + RADIUS;
      person.copy(luma, (top + y) * WIDTH + left + RADIUS - half, row - half, row + half);
    }
    writeSync(file, 'FRAME\n');
    for (const plane of [luma, colour, colour]) writeSync(file, plane);
  }
  closeSync(file);
}

/** Runs inside a page: joins, and publishes its camera or receives what others publish. */
function enter({ group, name, publishes, simulcast, encodings }) {
  const ws = new WebSocket(`wss://${location.host}/ws`);
  const connections = new Map();
  const say = (message) => ws.send(JSON.stringify(message));
  window.connections = connections;
  const connect = (id) => {
    const pc = new RTCPeerConnection();
    connections.set(id, pc);
    pc.onicecandidate = ({ candidate }) => candidate && say({ type: 'ice', id, candidate });
    pc.ontrack = ({ track, streams }) => {
      const video = document.querySelector('#shown') ?? document.body.appendChild(document.createElement('video'));
      video.id = 'shown';
      video.srcObject = streams[0] ?? new MediaStream([track]);
      video.muted = true;
      video.play().catch(() => {});
    };
    return pc;
  };
  const publish = async () => {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720, frameRate: 30 } });
    const pc = connect('camera');
    for (const track of media.getTracks()) {
      const layers = track.kind === 'video' && simulcast
        ? [{ rid: 'h', maxBitrate: 2500000 }, { rid: 'l', scaleResolutionDownBy: 2, maxBitrate: 100000 }]
        : track.kind === 'video' && encodings ? encodings : [{}];
      pc.addTransceiver(track, { direction: 'sendonly', streams: [media], sendEncodings: layers });
    }
    await pc.setLocalDescription();
    say({ type: 'offer', id: 'camera', label: 'camera', source: name, username: name, sdp: pc.localDescription.sdp });
  };
  const handlers = {
    handshake: () => say({ type: 'join', kind: 'join', group, username: name, password: '' }),
    joined: () => (publishes ? publish() : say({ type: 'request', request: { '': ['audio', 'video'] } })),
    ping: () => say({ type: 'pong' }),
    answer: ({ id, sdp }) => connections.get(id).setRemoteDescription({ type: 'answer', sdp }),
    ice: ({ id, candidate }) => connections.get(id)?.addIceCandidate(candidate),
    offer: async ({ id, sdp }) => {
      const pc = connections.get(id) ?? connect(id);
      await pc.setRemoteDescription({ type: 'offer', sdp });
      await pc.setLocalDescription();
      say({ type: 'answer', id, sdp: pc.localDescription.sdp });
    },
  };
  let turn = Promise.resolve();
  ws.onopen = () => say({ type: 'handshake', version: ['2'], id: name });
  ws.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    turn = turn.then(() => handlers[message.type]?.(message)).catch((e) => console.error(message.type, e));
  };
}

/** Runs inside a page: sums of its RTP statistics. */
async function sumUp() {
  const sum = {
    frames: 0, freezes: 0, frozenS: 0, concealed: 0, samples: 0, bytes: 0, sent: 0, keyframes: 0, plis: 0, nacks: 0, width: 0,
    mayStillSend: 0,
  };
  for (const pc of window.connections.values()) {
    for (const s of (await pc.getStats()).values()) {
      if (s.type === 'inbound-rtp') {
        sum.frames += s.framesDecoded ?? 0;
        sum.freezes += s.freezeCount ?? 0;
        sum.frozenS += s.totalFreezesDuration ?? 0;
        sum.concealed += s.concealedSamples ?? 0;
        sum.samples += s.totalSamplesReceived ?? 0;
        sum.bytes += s.bytesReceived + s.headerBytesReceived;
        sum.plis += s.pliCount ?? 0;
        sum.nacks += s.nackCount ?? 0;
        sum.width = s.frameWidth ?? sum.width;
      } else if (s.type === 'outbound-rtp') {
        sum.sent += s.bytesSent + s.headerBytesSent;
        sum.keyframes += s.keyFramesEncoded ?? 0;
      } else if (s.type === 'candidate-pair' && s.nominated) {
        sum.mayStillSend += s.availableOutgoingBitrate ?? 0;
      }
    }
  }
  return sum;
}

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio', '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream', '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required',
  '--ignore-certificate-errors',
];

export class Caller {
  /**
   * @param {string} base the server's
   * @param {string} group
   * @param {string} name user name
   * @param {{ camera?: string, simulcast?: boolean, encodings?: object[], relay?: import('../../lib/relay.mjs').Relay }} [how] publishes when there
   *   is a camera; on a relay's line when there is one
   */
  static async arrive(base, group, name, { camera, simulcast = false, encodings, relay } = {}) {
    const caller = new Caller();
    caller.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: camera ? [...flags, `--use-file-for-fake-video-capture=${camera}`] : flags,
    });
    const context = await caller.browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true });
    caller.page = await context.newPage();
    if (relay) await caller.page.addInitScript(joinRelay, { serverPort: relay.serverPort, port: relay.port });
    await caller.page.goto(`${base}/group/${group}/`);
    await caller.page.evaluate(enter, { group, name, publishes: Boolean(camera), simulcast, encodings });
    return caller;
  }

  /** Sums over all its connections; `mayStillSend` is what it believes it may send, bit/s. */
  async counters() { return { at: Date.now(), ...(await this.page.evaluate(sumUp)) }; }

  leave() { return this.browser.close(); }
}
