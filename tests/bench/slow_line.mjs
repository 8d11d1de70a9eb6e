// Somebody receives a camera over a bad line, in real Chromium pages that speak the protocol by themselves:
//   node tests/bench/slow_line.mjs [--original PROGRAM --static DIR] [options]
// One JSON object per run. See README.md.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { eventually, freeUdpPort, sleep, startServer } = await import('../lib/server.mjs');
const { startOriginal } = await import('./original.mjs');
const { Relay } = await import('../lib/relay.mjs');
const { Caller, writeMovingCamera } = await import('../browser/lib/caller.mjs');

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
const camera = join(scratch, 'camera.y4m');

/** The address at which the original offers its candidates. */
function ownAddress() {
  return Object.values(networkInterfaces()).flat().find((a) => a && !a.internal && a.family === 'IPv4')?.address ?? '127.0.0.1';
}

async function originalOnOnePort() {
  const udpPort = await freeUdpPort();
  const server = await startOriginal(options.original, options.static, { bench: anybody }, ['-udp-range', String(udpPort)]);
  return { ...server, udpPort, address: ownAddress() };
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
    may_send_kbps: Math.round(publisher.b.mayStillSend / 1000),
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
    const publisher = await Caller.arrive(server.base, 'bench', 'publisher', { camera, simulcast: options.simulcast });
    people.push(publisher);
    await eventually(async () => {
      if (!(await publisher.counters()).sent) throw new Error('the publisher sends nothing');
    }, 30000);
    for (let i = 1; i < number('receivers'); i++) people.push(await Caller.arrive(server.base, 'bench', `wide-${i}`));
    const receiver = await Caller.arrive(server.base, 'bench', 'slow', { relay });
    people.push(receiver);
    await eventually(async () => {
      const c = await receiver.counters();
      if (!c.samples || !c.bytes) throw new Error('nothing arrives at the receiver');
    }, 30000);
    const phase = async (name, seconds, settings) => {
      if (!seconds) return;
      relay.set('down', settings);
      const [a, pa] = [await receiver.counters(), await publisher.counters()];
      let [last, pl] = [a, pa];
      for (let s = 0; s < seconds; s++) {
        await sleep(1000);
        if (!options.trace) continue;
        const [now, p] = [await receiver.counters(), await publisher.counters()];
        console.error(what, name, s + 1, JSON.stringify(figures(last, now, { a: pl, b: p })));
        [last, pl] = [now, p];
      }
      result[name] = figures(a, await receiver.counters(), { a: pa, b: await publisher.counters() });
    };
    await phase('before', number('before'), wide);
    await phase('slow', number('seconds'), slow);
    await phase('after', number('after'), wide);
  } finally {
    for (const person of people) await person.leave();
    result.relay = await relay.stop();
  }
  return result;
}

let status = 0;
try {
  writeMovingCamera(camera);
  const kinds = options.original ? [['ours', startOurs], ['original', originalOnOnePort]] : [['ours', startOurs]];
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
