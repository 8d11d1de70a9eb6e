// How a call bears bad lines, in real pages that speak the protocol by themselves:
//   node tests/bench/adaptation.mjs [--scenarios NAME,NAME…] [--original PROGRAM --static DIR] [options]
// A table for each scenario, with targets. See README.md.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { freeUdpPort, startServer } = await import('../lib/server.mjs');
const { startOriginal } = await import('./original.mjs');
const { writeMovingCamera } = await import('../browser/lib/moving_camera.mjs');
const { writeVoice } = await import('../browser/lib/voice.mjs');
const { formatChecks } = await import('./adaptation_figures.mjs');
const { GROUPS, Scene, SCENARIOS } = await import('./adaptation_scenarios.mjs');

const { values: options } = parseArgs({
  options: {
    original: { type: 'string' }, // its program: measured in turns with ours
    static: { type: 'string' }, // its static files
    scenarios: { type: 'string', default: Object.keys(SCENARIOS).filter((name) => name !== 'hour').join() },
    camera: { type: 'string', default: 'wall' }, // or motion
    publisher: { type: 'string', default: 'chromium' }, // or firefox
    receiver: { type: 'string', default: 'chromium' },
    layers: { type: 'boolean', default: false }, // publishers send no layers that nobody receives, as our page does
    set: { type: 'string', default: '' }, // NAME=NUMBER,… : rate (kbit/s), seconds, before, after, page of the scenarios
    runs: { type: 'string', default: '1' },
    json: { type: 'string' }, // file for all figures
    trace: { type: 'boolean', default: false }, // each half second on stderr
  },
});
const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
const groups = Object.fromEntries(Object.entries(GROUPS).map(([name, codec]) => [name, { ...anybody, codecs: [codec, 'opus'] }]));
const scratch = mkdtempSync(join(tmpdir(), 'nereid-adaptation-'));
const camera = join(scratch, 'camera.y4m');
const voice = join(scratch, 'voice.wav');
const settings = Object.fromEntries(options.set.split(',').filter(Boolean).map((pair) => pair.split('=')).map(([k, v]) => [k, Number(v)]));
const wanted = options.scenarios.split(',');
const unknown = wanted.find((name) => !SCENARIOS[name]);
if (unknown) {
  console.error(`adaptation: --scenarios: there is no ${unknown}; there are ${Object.keys(SCENARIOS).join()}`);
  process.exit(2);
}

/** The address at which the original offers its candidates. */
function ownAddress() {
  return Object.values(networkInterfaces()).flat().find((a) => a && !a.internal && a.family === 'IPv4')?.address ?? '127.0.0.1';
}

async function originalOnOnePort() {
  const udpPort = await freeUdpPort();
  const server = await startOriginal(options.original, options.static, groups, ['-udp-range', String(udpPort)]);
  return { ...server, udpPort, address: ownAddress() };
}

async function startOurs() {
  // Firefox has no candidate on loopback.
  const address = [options.publisher, options.receiver].includes('firefox') ? ownAddress() : '127.0.0.1';
  const server = await startServer({ groups, mediaListen: address });
  return { base: server.base, udpPort: server.udpPort, address, stop: () => server.stop(), lines: () => linesOf(server) };
}

/** What our server makes of each receiver's line: its estimate, and of each of its videos target and bitrate; kbit/s. */
async function linesOf(server) {
  const kbps = (bps) => Math.round((bps ?? 0) / 1000);
  const [{ clients }] = await (await server.api('.stats')).json();
  return clients.filter((c) => c.down).map(({ down }) => ({
    estimate: kbps(Math.max(...down.map((d) => d.maxBitrate ?? 0))),
    videos: down.flatMap((d) => d.tracks.filter((t) => t.kind === 'video').map((t) => [kbps(t.target), kbps(t.bitrate)])),
  }));
}

const load = () => Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[0]);

/** Runs a scenario against a new server. */
async function run(name, start) {
  const server = await start();
  const scene = new Scene(server, { camera, voice, picture: options.camera, heedsLayers: options.layers, trace: options.trace, browsers: { publisher: options.publisher, receiver: options.receiver } });
  const before = load();
  try {
    return { ...(await SCENARIOS[name](scene, settings)), load: [before, load()] };
  } catch (e) {
    return { failure: String(e.stack ?? e), checks: [], load: [before, load()] };
  } finally {
    await scene.end();
    await server.stop();
  }
}

const kinds = { ours: startOurs, ...(options.original ? { original: originalOnOnePort } : {}) };
const all = [];
let status = 0;
try {
  writeMovingCamera(camera, options.camera);
  writeVoice(voice);
  for (const name of wanted) {
    for (let n = 1; n <= Number(options.runs); n++) {
      const results = {};
      for (const [kind, start] of Object.entries(kinds)) results[kind] = await run(name, start);
      all.push({ scenario: name, results });
      const loads = Object.entries(results).map(([kind, r]) => `${kind} at load ${r.load.join('–')}`).join(', ');
      console.log(`\n${name}, camera ${options.camera}, ${options.publisher} to ${options.receiver}, run ${n} (${loads})`);
      for (const [kind, r] of Object.entries(results)) if (r.failure) console.log(`${kind}: ${r.failure}`);
      const done = Object.fromEntries(Object.entries(results).filter(([, r]) => !r.failure).map(([kind, r]) => [kind, r.checks]));
      if (Object.keys(done).length) console.log(formatChecks(done));
      if (results.ours.failure || results.ours.checks.some((c) => !c.pass)) status = 1;
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
  if (options.json) writeFileSync(options.json, JSON.stringify(all, null, 1));
}
process.exit(status);
