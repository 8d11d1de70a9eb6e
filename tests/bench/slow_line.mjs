// Somebody receives a camera over a bad line, in real Chromium pages that speak the protocol by themselves:
//   node tests/bench/slow_line.mjs [--original PROGRAM --static DIR] [options]
// One JSON object per run. See README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { eventually, freePort, freeUdpPort, sleep, startServer } = await import('../lib/server.mjs');
const { joinRelay, Relay } = await import('../lib/relay.mjs');

const { values: options } = parseArgs({
  options: {
    original: { type: 'string' }, // its program: measured in turns with ours
    static: { type: 'string' }, // its static files
    rate: { type: 'string', default: '400k' },
    queue: { type: 'string', default: '300' },
    delay: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '30' }, // on the slow line
    before: { type: 'string', default: '10' }, // on a wide line, before; 0: the slow line from the start
    after: { type: 'string', default: '20' }, // on a wide line, after
    runs: { type: 'string', default: '1' },
    receivers: { type: 'string', default: '1' }, // the others' lines are wide
    simulcast: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false }, // each second on stderr
  },
});
const number = (name) => Number(options[name]);
const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
const scratch = mkdtempSync(join(tmpdir(), 'nereid-slow-line-'));

/** A camera of 1280 × 720: somebody moves in front of a wall. */
function writeCamera(path) {
  const [width, height, frames, radius] = [1280, 720, 60, 160];
  const file = openSync(path, 'w');
  let seed = 1;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  /** Smooth noise: the same number every 32 pixels, and what lies between. */
  const texture = (w, h) => {
    const coarse = Array.from({ length: (h >> 5) + 2 }, () => Array.from({ length: (w >> 5) + 2 }, random));
    const out = Buffer.alloc(w * h);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const [r, c, v, u] = [y >> 5, x >> 5, (y & 31) / 32, (x & 31) / 32];
        const top = coarse[r][c] * (1 - u) + coarse[r][c + 1] * u;
        const bottom = coarse[r + 1][c] * (1 - u) + coarse[r + 1][c + 1] * u;
        out[y * w + x] = 30 + 190 * (top * (1 - v) + bottom * v);
      }
    }
    return out;
  };
  const wall = texture(width, height);
  const person = texture(2 * radius, 2 * radius);
  const colour = Buffer.alloc((width * height) / 4, 110);
  writeSync(file, `YUV4MPEG2 W${width} H${height} F30:1 Ip A1:1 C420mpeg2\n`);
  for (let frame = 0; frame < frames; frame++) {
    const luma = Buffer.from(wall);
    const angle = (2 * Math.PI * frame) / frames;
    const left = Math.round(width / 2 - radius + 240 * Math.sin(angle));
    const top = Math.round(height / 2 - radius + 120 * Math.sin(2 * angle));
    for (let y = 0; y < 2 * radius; y++) {
      const half = Math.floor(Math.sqrt(radius ** 2 - (y - radius) ** 2));
      person.copy(luma, (top + y) * width + left + radius - half, y * 2 * radius + radius - half, y * 2 * radius + radius + half);
    }
    writeSync(file, 'FRAME\n');
    for (const plane of [luma, colour, colour]) writeSync(file, plane);
  }
}

/** Runs inside a page: joins, and publishes its camera or receives what others publish. */
function enter({ group, name, publishes, simulcast }) {
  const ws = new WebSocket(`wss://${location.host}/ws`);
  const connections = new Map();
  const say = (message) => ws.send(JSON.stringify(message));
  const me = name;
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
      const layers = track.kind !== 'video' ? undefined : simulcast
        ? [{ rid: 'h', maxBitrate: 2500000 }, { rid: 'l', scaleResolutionDownBy: 2, maxBitrate: 100000 }] : [{}];
      pc.addTransceiver(track, { direction: 'sendonly', streams: [media], sendEncodings: layers });
    }
    await pc.setLocalDescription();
    say({ type: 'offer', id: 'camera', label: 'camera', source: me, username: name, sdp: pc.localDescription.sdp });
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
  ws.onopen = () => say({ type: 'handshake', version: ['2'], id: me });
  ws.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    turn = turn.then(() => handlers[message.type]?.(message)).catch((e) => console.error(message.type, e));
  };
}

/** Sums of a page's RTP statistics. */
function counters(page) {
  return page.evaluate(async () => {
    const sum = { frames: 0, freezes: 0, frozenS: 0, concealed: 0, samples: 0, bytes: 0, sent: 0, keyframes: 0, plis: 0, nacks: 0, lost: 0, width: 0 };
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
          sum.lost += s.packetsLost;
          sum.width = s.frameWidth ?? sum.width;
        } else if (s.type === 'outbound-rtp') {
          sum.sent += s.bytesSent + s.headerBytesSent;
          sum.keyframes += s.keyFramesEncoded ?? 0;
        }
      }
    }
    return sum;
  });
}

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio', '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream', '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required',
  '--ignore-certificate-errors', `--use-file-for-fake-video-capture=${join(scratch, 'camera.y4m')}`,
];

/** @param {Relay} [relay] */
async function arrive(base, name, relay, more = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
  const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true });
  const page = await context.newPage();
  page.on('console', (m) => m.type() === 'error' && console.error(name, m.text()));
  if (relay) await page.addInitScript(joinRelay, { serverPort: relay.serverPort, port: relay.port });
  await page.goto(`${base}/group/bench/`);
  await page.evaluate(enter, { group: 'bench', name, publishes: false, simulcast: options.simulcast, ...more });
  return { browser, page };
}

/** The address at which the original offers its candidates. */
function ownAddress() {
  return Object.values(networkInterfaces()).flat().find((a) => a && !a.internal && a.family === 'IPv4')?.address ?? '127.0.0.1';
}

async function startOriginal() {
  const dir = mkdtempSync(join(scratch, 'original-'));
  for (const name of ['groups', 'data', 'recordings']) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'groups/bench.json'), JSON.stringify(anybody));
  writeFileSync(join(dir, 'data/config.json'), '{}');
  const [port, udpPort] = [await freePort(), await freeUdpPort()];
  const child = spawn(options.original, ['-http', `127.0.0.1:${port}`, '-udp-range', String(udpPort), '-turn', '',
    '-static', options.static, '-groups', join(dir, 'groups'), '-data', join(dir, 'data'), '-recordings', join(dir, 'recordings'),
  ], { cwd: dir, stdio: 'ignore' });
  const base = `https://localhost:${port}`;
  await eventually(() => fetch(base));
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'close');
  };
  return { base, udpPort, address: ownAddress(), stop };
}

async function startOurs() {
  const server = await startServer({ groups: { bench: anybody } });
  return { base: server.base, udpPort: server.udpPort, address: '127.0.0.1', stop: () => server.stop() };
}

function figures(a, b, publisher) {
  const seconds = (b.at - a.at) / 1000;
  const rate = (from, to) => Math.round(((to - from) * 8) / seconds / 1000);
  const percent = (part, whole) => Math.round((1000 * part) / Math.max(whole, 1)) / 10;
  return {
    pictures_per_s: Math.round((10 * (b.frames - a.frames)) / seconds) / 10,
    frozen_s: Math.round(10 * (b.frozenS - a.frozenS)) / 10,
    freezes: b.freezes - a.freezes,
    concealed_percent: percent(b.concealed - a.concealed, b.samples - a.samples),
    received_kbps: rate(a.bytes, b.bytes),
    published_kbps: rate(publisher.a.sent, publisher.b.sent),
    keyframes: publisher.b.keyframes - publisher.a.keyframes,
    plis: b.plis - a.plis,
    nacks: b.nacks - a.nacks,
    width: b.width,
  };
}

async function measure(what, server) {
  const slow = `rate=${options.rate},queue=${options.queue},delay=${options.delay}`;
  const wide = `delay=${options.delay}`;
  const relay = await Relay.start(server.udpPort, { address: server.address, down: number('before') ? wide : slow, up: wide });
  const people = [];
  const load = readFileSync('/proc/loadavg', 'latin1').split(' ')[0];
  const result = { server: what, line: slow, load: Number(load) };
  try {
    people.push(await arrive(server.base, 'publisher', undefined, { publishes: true }));
    const publisher = people[0].page;
    await eventually(async () => {
      if (!(await counters(publisher)).sent) throw new Error('the publisher sends nothing');
    }, 30000);
    for (let i = 1; i < number('receivers'); i++) people.push(await arrive(server.base, `wide-${i}`));
    people.push(await arrive(server.base, 'slow', relay));
    const receiver = people.at(-1).page;
    await eventually(async () => {
      const c = await counters(receiver);
      if (!c.samples || !c.bytes) throw new Error('nothing arrives at the receiver');
    }, 30000);
    const look = async () => ({ at: Date.now(), ...(await counters(receiver)) });
    const phase = async (name, seconds, settings) => {
      if (!seconds) return;
      relay.set('down', settings);
      const [a, pa] = [await look(), await counters(publisher)];
      let [last, pl] = [a, pa];
      for (let s = 0; s < seconds; s++) {
        await sleep(1000);
        if (!options.trace) continue;
        const [now, p] = [await look(), await counters(publisher)];
        console.error(what, name, s + 1, JSON.stringify(figures(last, now, { a: pl, b: p })));
        [last, pl] = [now, p];
      }
      result[name] = figures(a, await look(), { a: pa, b: await counters(publisher) });
    };
    await phase('before', number('before'), wide);
    await phase('slow', number('seconds'), slow);
    await phase('after', number('after'), wide);
  } finally {
    for (const { browser } of people) await browser.close();
    result.relay = await relay.stop();
  }
  return result;
}

let status = 0;
try {
  writeCamera(join(scratch, 'camera.y4m'));
  const kinds = options.original ? [['ours', startOurs], ['original', startOriginal]] : [['ours', startOurs]];
  for (let run = 0; run < number('runs'); run++) {
    for (const [what, start] of kinds) {
      const server = await start();
      try {
        console.log(JSON.stringify(await measure(what, server)));
      } finally {
        await server.stop();
      }
    }
  }
} catch (e) {
  console.error(e);
  status = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(status);
