// Scenarios of adaptation.mjs: who is there, what happens to whose line, and what must come of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, eventually, sleep, top } from '../lib/server.mjs';
import { Relay } from '../lib/relay.mjs';
import { Caller } from '../browser/lib/caller.mjs';
import { check, note, Record } from './adaptation_figures.mjs';

const loadgen = [join(top, 'build'), build].map((d) => join(d, 'tests/bench/bin/loadgen')).find(existsSync);

const rid = (name, kbps, scale) => ({ rid: name, maxBitrate: kbps * 1000, scaleResolutionDownBy: scale });
const THREE = [rid('h', 1500, 1), rid('m', 500, 2), rid('l', 150, 4)];
const TWO = [rid('h', 1500, 1), rid('l', 150, 2)];
const ONE = [{}];
const INSIDE = [{ scalabilityMode: 'L3T3_KEY', maxBitrate: 1_500_000 }]; // layers inside one stream (SVC)
const WIDE = 'delay=20';
const SETTLE_MS = 2000; // until a target holds

/** The groups of a server, each with the codec that its publishers send. */
export const GROUPS = { bench: 'vp8', vp9: 'vp9', av1: 'av1' };

/** One run: its server, its people and their lines, and what they count. */
export class Scene {
  /** @param {{ base: string, udpPort: number, address: string, lines?: () => Promise<object[]> }} server @param {{ camera: string, voice: string, trace: boolean, heedsLayers: boolean, browsers: {publisher: string, receiver: string} }} how */
  constructor(server, how) {
    Object.assign(this, { server, how, group: 'bench', people: [], relays: [], loads: [], records: [] });
  }

  async line(settings) {
    const relay = await Relay.start(this.server.udpPort, { address: this.server.address, listen: this.server.address, ...settings });
    this.relays.push(relay);
    return relay;
  }

  async arrive(name, how) {
    const browser = how.camera ? this.how.browsers.publisher : this.how.browsers.receiver;
    const relay = how.relay ?? (browser === 'firefox' ? await this.line({}) : undefined);
    const caller = await Caller.arrive(this.server.base, this.group, name, { browser, picture: this.how.picture, heedsLayers: this.how.heedsLayers, ...how, relay });
    this.people.push(caller);
    return caller;
  }

  /** A publisher who sends. */
  async publisher(encodings, relay, name = 'publisher', voice = undefined) {
    const caller = await this.arrive(name, { camera: this.how.camera, voice, encodings, relay });
    await eventually(async () => {
      if (!(await caller.counters()).sent) throw new Error('the publisher sends nothing');
    }, 30000);
    return this.record(caller);
  }

  /** A receiver who sees and hears. */
  async receiver(relay, name = 'receiver') {
    const caller = await this.arrive(name, { relay });
    await eventually(async () => {
      const c = await caller.counters();
      if (!c.samples || !c.frames) throw new Error('nothing arrives at the receiver');
    }, 45000);
    return this.record(caller);
  }

  record(caller) {
    const record = new Record(caller);
    this.records.push(record);
    return record;
  }

  /** Lets `seconds` pass and counts meanwhile. @returns {Promise<[number, number]>} when it began and ended */
  async pass(seconds) {
    const start = Date.now();
    const end = start + 1000 * seconds;
    while (Date.now() < end) {
      await Promise.all(this.records.map((r) => r.poll()));
      if (this.how.trace) {
        const now = Date.now();
        for (const r of this.records) console.error(JSON.stringify(r.trace(now - 1000, now)));
        if (this.server.lines) console.error(JSON.stringify({ lines: await this.server.lines() }));
      }
      await sleep(Math.min(500, Math.max(end - Date.now(), 0)));
    }
    await Promise.all(this.records.map((r) => r.poll()));
    return [start, Date.now()];
  }

  /** loadgen clients in the same group; resolves to the object that they print. @param {string[]} args */
  load(args) {
    const child = spawn(loadgen, ['--url', `${this.server.base.replace('https', 'wss')}/ws`, '--group', this.group,
      '--local', this.server.address, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.loads.push(child);
    let text = '';
    child.stdout.on('data', (d) => { text += d; });
    return once(child, 'close').then(() => (text ? JSON.parse(text) : { failure: 'nothing printed' }));
  }

  async end() {
    for (const child of this.loads) child.kill();
    for (const person of this.people) await person.leave().catch(() => {});
    return Promise.all(this.relays.map((relay) => relay.stop()));
  }
}

/** The receiver's line carries 400 kbit/s for a while. @param {RTCRtpEncodingParameters[]} encodings @param {string} [group] with the codec for them */
function slowReceiver(encodings, group = 'bench') {
  return async (scene, { rate = 400, seconds = 30, before = 15, after = 25 }) => {
    scene.group = group;
    const sender = await scene.publisher(encodings);
    const relay = await scene.line({ down: WIDE, up: WIDE });
    const receiver = await scene.receiver(relay);
    const [b0, b1] = await scene.pass(before);
    relay.set('down', `rate=${rate}k,queue=300,delay=20`);
    const [s0, s1] = await scene.pass(seconds);
    relay.set('down', WIDE);
    const [a0, a1] = await scene.pass(after);
    const held = receiver.stretch(s0 + SETTLE_MS, s1, rate);
    const low = encodings === TWO ? sender.layerKbps(s0 + SETTLE_MS, s1, 'l') : 0;
    const wide = sender.samples.at(-1).layers[encodings[0].rid ?? ''].width; // less than the camera's where the encoder is slow
    return {
      checks: [
        check('pictures a second', held.pictures_per_s, '≥', 20),
        check('longest standstill, s', held.standstill_s, '≤', 0.5),
        check('sound concealed, %', held.concealed_percent, '≤', 2),
        ...(low ? [check('received, share of sound and low layer, %', (100 * held.received_kbps) / (low + 40), '≥', 90), note('line used, %', held.line_percent)]
          : encodings === INSIDE ? [note('line used, %', held.line_percent)] // by the layer that fits, which the encoder decides
            : [check('line used, %', held.line_percent, '≥', 75)]),
        note('20 pictures a second at first after, s', receiver.until(s0 + 1000, s1, (from, to) => receiver.picturesPerS(from, to) >= 20) + 1),
        encodings === ONE
          ? check('1 Mbit/s again after, s', receiver.until(a0, a1, (from, to) => receiver.kbps(from, to) >= 1000), '≤', 10)
          : check('high layer again after, s', receiver.untilWidth(a0, a1, wide), '≤', 10),
        note('wide before, kbit/s', receiver.kbps(b1 - 5000, b1)),
        note('width while slow', held.width),
        note('published, pictures a second', sender.encodedPerS(s0 + SETTLE_MS, s1)),
        note('width of the high layer', wide),
        note('longest standstill of all, s', receiver.standstill(b0 + 5000, a1)),
      ],
      before: receiver.stretch(b1 - 5000, b1), first: receiver.stretch(s0, s0 + SETTLE_MS, rate), slow: held, after: receiver.stretch(a0, a1),
      published_kbps: Object.fromEntries(encodings.map((e) => [e.rid ?? '', Math.round(sender.layerKbps(s0 + SETTLE_MS, s1, e.rid ?? ''))])),
    };
  };
}

/** The publisher's own line carries 500 kbit/s for a while. */
async function uplink(scene, { rate = 500, seconds = 25, before = 15, after = 20, encodings = THREE, group = 'bench' }) {
  scene.group = group;
  const relay = await scene.line({ down: WIDE, up: WIDE });
  const sender = await scene.publisher(encodings, relay);
  const receiver = await scene.receiver(undefined);
  const [, b1] = await scene.pass(before);
  relay.set('up', `rate=${rate}k,queue=300,delay=20`);
  const [s0, s1] = await scene.pass(seconds);
  relay.set('up', WIDE);
  const [a0, a1] = await scene.pass(after);
  const held = receiver.stretch(s0 + SETTLE_MS, s1, rate);
  return {
    checks: [
      check('pictures a second', held.pictures_per_s, '≥', 20),
      check('sound concealed, %', held.concealed_percent, '≤', 2),
      note('longest standstill, s', held.standstill_s),
      note('line used by what is received, %', held.line_percent),
      note('high layer again after, s', receiver.untilWidth(a0, a1, sender.samples.at(-1).layers[encodings[0].rid ?? ''].width)),
      note('published, pictures a second', sender.encodedPerS(s0 + SETTLE_MS, s1)),
      note('wide before, kbit/s', receiver.kbps(b1 - 5000, b1)),
      note('width while slow', held.width),
    ],
    before: receiver.stretch(b1 - 5000, b1), slow: held, after: receiver.stretch(a0, a1),
    published_kbps: Object.fromEntries(encodings.map((e) => [e.rid ?? '', Math.round(sender.layerKbps(s0 + SETTLE_MS, s1, e.rid ?? ''))])),
  };
}

/** The publisher comes by a line that carries its lowest layer alone, which then becomes wide. */
async function uplinkLater(scene, { rate = 400, before = 15, after = 40 }) {
  const relay = await scene.line({ down: WIDE, up: `rate=${rate}k,queue=300,delay=20` });
  const sender = await scene.publisher(THREE, relay);
  const receiver = await scene.receiver(undefined);
  const [b0, b1] = await scene.pass(before);
  relay.set('up', WIDE);
  const [a0, a1] = await scene.pass(after);
  return {
    checks: [
      check('pictures a second at first', receiver.stretch(b0 + SETTLE_MS, b1, rate).pictures_per_s, '≥', 20),
      check('high layer after, s', receiver.untilWidth(a0, a1, sender.samples.at(-1).layers[THREE[0].rid].width), '≤', 20),
      note('in the end, kbit/s', receiver.kbps(a1 - 5000, a1)),
    ],
  };
}

/** Packets are lost on a wide line to the receiver. @param {number} percent */
function loss(percent) {
  return async (scene, { seconds = 30, before = 25 }) => {
    const sender = await scene.publisher(ONE);
    const relay = await scene.line({ down: 'delay=25', up: 'delay=25' });
    const receiver = await scene.receiver(relay);
    const [, b1] = await scene.pass(before);
    relay.set('down', `loss=${percent},delay=25`);
    const [s0, s1] = await scene.pass(seconds);
    const held = receiver.stretch(s0 + SETTLE_MS, s1);
    const rate = receiver.freshKbps(b1 - 8000, b1);
    return {
      checks: [
        check('rate, % of that without loss', (100 * receiver.freshKbps(s0 + SETTLE_MS, s1)) / rate, '≥', 80),
        check('longest standstill, s', held.standstill_s, '≤', 0.3),
        percent <= 5 ? check('sound concealed, %', held.concealed_percent, '≤', 1) : note('sound concealed, %', held.concealed_percent),
        note('pictures a second', held.pictures_per_s),
        note('published, pictures a second', sender.encodedPerS(s0 + SETTLE_MS, s1)),
        note('without loss, kbit/s', rate),
      ],
      before: receiver.stretch(b1 - 8000, b1), loss: held,
    };
  };
}

/** A second of nothing, five times. */
async function outage(scene, { before = 12, encodings = ONE }) {
  await scene.publisher(encodings);
  const relay = await scene.line({ down: WIDE, up: WIDE });
  const receiver = await scene.receiver(relay);
  await scene.pass(before);
  const waits = [];
  for (let i = 0; i < 5; i++) {
    for (const way of ['down', 'up']) relay.set(way, 'loss=100');
    await sleep(1000);
    for (const way of ['down', 'up']) relay.set(way, WIDE);
    const [a0, a1] = await scene.pass(5);
    waits.push(receiver.untilWidth(a0, a1, 0));
  }
  return { checks: [check('first picture after, s (worst of five)', Math.max(...waits), '≤', 0.7)], waits };
}

/** One page and four of loadgen behind lines of their own. The page's line is one of them in turn. */
const RATES = [200, 400, 800, 1800, 0];

async function fiveReceivers(scene, { seconds = 25, page = 400 }) {
  const sender = await scene.publisher(THREE);
  await scene.pass(5);
  const settings = (rate) => ({ down: rate ? `rate=${rate}k,queue=300,delay=20` : WIDE, up: WIDE });
  const others = [];
  for (const rate of RATES.filter((r) => r !== Number(page))) {
    const relay = await scene.line(settings(rate));
    others.push(scene.load(['--publishers', '0', '--subscribers', '1', '--others', '1', '--audio', '--via', String(relay.port), '--each',
      '--seconds', String(seconds + 2)]).then((seen) => ({ rate, ...seen })));
  }
  const receiver = await scene.receiver(await scene.line(settings(Number(page))));
  await scene.pass(5);
  const [s0, s1] = await scene.pass(seconds);
  const sent = THREE.map((e) => sender.layerKbps(s0, s1, e.rid));
  const sound = 50;
  const fits = (rate) => {
    const layers = sent.filter((kbps) => kbps > 20 && (!rate || sound + 1.06 * kbps <= rate));
    return sound + (layers.length ? Math.max(...layers) : Math.min(...sent.filter((kbps) => kbps > 20)));
  };
  const name = (rate) => (rate ? `${rate}k` : 'wide');
  const held = receiver.stretch(s0, s1);
  const checks = [
    check(`page ${name(Number(page))}: % of what fits`, (100 * held.received_kbps) / fits(Number(page)), '≥', 70),
    check(`page ${name(Number(page))}: sound concealed, %`, held.concealed_percent, '≤', 1),
    note(`page ${name(Number(page))}: pictures a second`, held.pictures_per_s),
    note('published, pictures a second', sender.encodedPerS(s0, s1)),
  ];
  const loads = await Promise.all(others);
  for (const seen of loads) {
    const r = seen.receivers?.[0] ?? {};
    checks.push(check(`${name(seen.rate)}: % of what fits`, (100 * (r.received_kbps ?? 0)) / fits(seen.rate), '≥', 70));
    checks.push(check(`${name(seen.rate)}: sound lost, %`, r.sound_lost_percent ?? 100, '≤', 1));
    checks.push(note(`${name(seen.rate)}: longest gap of pictures, s`, (r.longest_gap_ms ?? NaN) / 1000));
  }
  return { checks, page: held, sent_kbps: sent.map(Math.round), loads: loads.map(({ rate, receivers, failure }) => ({ rate, receivers, failure })) };
}

/** One receiver of twelve publishers behind 2 Mbit/s; the page among them speaks. */
async function twelve(scene, { seconds = 40, others = 11 }) {
  scene.load(['--publishers', String(others), '--subscribers', '0', '--rids', '900,300,80', '--seconds', String(seconds + 60)]);
  await sleep(4000);
  await scene.publisher(THREE, undefined, 'publisher', scene.how.voice);
  const relay = await scene.line({ down: 'rate=2M,queue=300,delay=20', up: WIDE });
  const receiver = await scene.receiver(relay);
  await scene.pass(15);
  const [s0, s1] = await scene.pass(seconds - 15);
  const { states } = receiver.samples.at(-1);
  const ids = [...new Set(receiver.shown.map(([, id]) => id))];
  const live = ids.filter((id) => receiver.shown.filter(([t, of]) => of === id && t > s0).length > (s1 - s0) / 1000);
  const paused = Object.entries(states).filter(([id, s]) => s.state === 'paused' && !live.includes(id)).length;
  const held = receiver.stretch(s0, s1, 2000);
  const widths = live.map((id) => receiver.width(s0, s1, id));
  return {
    checks: [
      check('seen or shown as paused', live.length + paused, '≥', others + 1),
      check('speaker\'s width', receiver.width(s0, s1, 'camera') || Math.max(0, ...widths), '≥', 640),
      check('sound concealed, %', held.concealed_percent, '≤', 1),
      note('seen', live.length), note('paused', paused), note('line used, %', held.line_percent),
    ],
    held, widths, states,
  };
}

/** What a publisher sends follows what somebody receives: three layers, and who receives goes down to the low one and up again. */
async function wanted(scene, { before = 15, seconds = 20, runs = 5 }) {
  const sender = await scene.publisher(THREE);
  const receiver = await scene.receiver(undefined);
  await scene.pass(before);
  const [id] = receiver.shown.at(-1).slice(1);
  const wish = (video) => receiver.caller.say({ type: 'requestStream', id, request: ['audio', video] });
  const frames = async () => (await sender.caller.counters()).layers.h.frames;
  const stops = [], returns = [], pictures = [];
  for (let i = 0; i < runs; i++) {
    await wish('video-low');
    const [s0] = await scene.pass(seconds);
    // the last moment in which it sent something of the high layer
    const last = sender.samples.filter((s, n, all) => n && s.at > s0 && s.layers.h.bytes > all[n - 1].layers.h.bytes).at(-1)?.at ?? s0;
    stops.push(last === sender.samples.at(-1).at ? Infinity : (last - s0) / 1000);
    const encoded = await frames();
    const r0 = Date.now();
    await wish('video');
    while (await frames() === encoded && Date.now() - r0 < 10000) await sleep(20);
    returns.push((Date.now() - r0) / 1000);
    const [, r1] = await scene.pass(6);
    pictures.push(receiver.untilWidth(r0, r1, sender.samples.at(-1).layers.h.width));
  }
  const joins = [];
  for (let i = 0; i < runs; i++) {
    const joiner = await scene.receiver(undefined, `joiner-${i}`);
    joins.push(await eventually(async () => {
      const { shownAt, connectedAt } = await joiner.caller.counters();
      if (!shownAt) throw new Error('the joiner is shown nothing');
      return (shownAt - connectedAt) / 1000;
    }, 20000));
    scene.records.splice(scene.records.indexOf(joiner), 1);
    await joiner.caller.leave();
  }
  return {
    checks: [
      check('nothing of a layer that nobody receives after, s', Math.max(...stops), '≤', 15),
      check(`it is sent again after, s (worst of ${runs})`, Math.max(...returns), '≤', scene.how.heedsLayers ? 0.5 : 3),
      note('and seen after, s', Math.max(...pictures)),
      check(`a joiner that is connected has a picture after, s (worst of ${runs})`, Math.max(...joins), '≤', 0.3),
    ],
    stops, returns, pictures, joins,
  };
}

/** A line like a phone's in a train: seconds, kbit/s. The unit test of an hour in simulated time has the same. */
const TRAIN = [[40, 3200], [12, 1400], [5, 700], [20, 2600], [3, 150], [15, 900], [30, 5000], [8, 420], [25, 1100], [2, 90],
  [10, 600], [45, 8000], [6, 300], [18, 1700], [4, 220], [60, 2200], [9, 480], [14, 3600], [7, 1000], [22, 640]];

/** What a line of this rate has to show at the end of a stretch that is long enough to find it. */
function widthFor(kbps) {
  if (kbps >= 2000) return 1280;
  return kbps >= 700 ? 640 : 320;
}

/** An hour of a line that changes, to a page; loadgen publishes. Not among the scenarios that run without being named. */
async function hour(scene, { seconds = 3600 }) {
  scene.load(['--publishers', '1', '--subscribers', '0', '--audio', '--rids', '1500,500,150', '--seconds', String(seconds + 90)]);
  const relay = await scene.line({ down: WIDE, up: WIDE });
  const receiver = await scene.receiver(relay);
  const [start] = await scene.pass(10);
  const stuck = [];
  let carried = 0, could = 0, still = 0, stretches = 0;
  for (let i = 0; Date.now() - start < 1000 * seconds; i++) {
    const [length, mean] = TRAIN[i % TRAIN.length];
    const kbps = Math.round(mean * (0.7 + 0.6 * Math.random())); // each time somewhat different
    relay.set('down', `rate=${kbps}k,queue=300,delay=20`);
    const [s0, s1] = await scene.pass(length);
    carried += (receiver.kbps(s0, s1) * (s1 - s0)) / 1000;
    could += (Math.min(kbps, 1600) * (s1 - s0)) / 1000;
    if (length < 10) continue;
    const seen = { minute: Math.round((s0 - start) / 60000), length, kbps, width: receiver.width(s1 - 3000, s1), ...receiver.stretch(s1 - 5000, s1, kbps) };
    stretches++;
    still = Math.max(still, seen.standstill_s);
    if (seen.width < widthFor(kbps) || seen.standstill_s > 2) stuck.push(seen);
    if (scene.how.trace) console.error(JSON.stringify({ stretch: seen, stuck: stuck.length }));
    for (const record of scene.records) record.forget(s1 - 60000);
  }
  return {
    checks: [
      check('layers stuck at the end of a stretch', stuck.length, '≤', 0),
      note('stretches', stretches),
      note('of what the line carried, or the publisher sends, %', (100 * carried) / could),
      note('longest standstill in the last 5 s of a stretch', still),
    ],
    stuck,
  };
}

/** Fifty receivers of one publisher, and then the same with one of them behind 200 kbit/s: what the others get, and when. */
async function oneOfFifty(scene, { seconds = 20, rate = 200 }) {
  const measure = async (slow) => {
    const load = scene.load(['--publishers', '1', '--subscribers', '49', '--rids', '1500,500,150', '--seconds', String(seconds)]);
    const relay = await scene.line(slow ? { down: `rate=${rate}k,queue=300,delay=20`, up: WIDE } : {});
    await sleep(2000);
    const beside = scene.load(['--publishers', '0', '--subscribers', '1', '--others', '1', '--via', String(relay.port), '--each', '--seconds', String(seconds - 4)]);
    return { all: await load, one: await beside };
  };
  const [wide, slow] = [await measure(false), await measure(true)];
  const share = (name) => (100 * slow.all[name]) / wide.all[name];
  // both count the time in which they join, in which somebody is sent another rid first
  const copies = (run) => run.all.received / run.all.sent;
  return {
    checks: [
      check('copies of a packet that reach the others, % of that without', (100 * copies(slow)) / copies(wide), '≥', 98),
      check('lost by the others, more than without', Math.max(0, slow.all.lost - wide.all.lost), '≤', 0),
      check('their p99, % of that without', share('latency_p99_us'), '≤', 115),
      note('their p50, % of that without', share('latency_p50_us')),
      note('p99 without, ms', wide.all.latency_p99_us / 1000),
      note('the one: received, kbit/s', slow.one.receivers?.[0]?.received_kbps ?? NaN),
      note('the one, when its line is wide', wide.one.receivers?.[0]?.received_kbps ?? NaN),
    ],
    wide, slow,
  };
}

export const SCENARIOS = {
  'one-layer': slowReceiver(ONE),
  'two-layers': slowReceiver(TWO),
  'three-layers': slowReceiver(THREE),
  'svc-vp9': slowReceiver(INSIDE, 'vp9'),
  'svc-av1': slowReceiver(INSIDE, 'av1'),
  'five-receivers': fiveReceivers,
  uplink,
  'uplink-later': uplinkLater,
  'uplink-one': (scene, how) => uplink(scene, { encodings: ONE, ...how }),
  'uplink-svc': (scene, how) => uplink(scene, { encodings: INSIDE, group: 'vp9', ...how }),
  'loss-5': loss(5),
  'loss-10': loss(10),
  outage,
  twelve,
  wanted,
  'one-of-fifty': oneOfFifty,
  hour,
};
