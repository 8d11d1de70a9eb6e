// Two commits and the original side by side: started by tests/bench/compare, described in README.md.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { sleep, startServer } = await import('../lib/server.mjs');
const { startOriginal } = await import('./original.mjs');
const { buildBench, buildRevision } = await import('./compare_builds.mjs');
const { formatTable, spread } = await import('./compare_table.mjs');

const PACKET_BYTES = '1100';
const GROUPS = { bench: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } } };
/** Tracks and receivers more than one, whose memory is measured. */
const MORE = { tracks: 20, receivers: 100 };

const FORWARD = ['us', 'lost', 'p50', 'p99', 'connected', 'others', 'stolen'];
/** How often receivers report: as seldom as once a second where forwarding alone is measured. */
const SELDOM = ['--feedback', 'remb', '--reports', '1'];
const OFTEN = ['--reports', '20'];
const many = (publishers, subscribers, pps, reports = SELDOM) => ({ publishers, subscribers, pps, reports });
const mesh = (publishers, pps) => ({ publishers, subscribers: 0, pps, reports: SELDOM, mesh: true });
const forward = (title, load, base, original) => ({
  title, load, figures: FORWARD, goals: { us: `${base} / ${original}`, lost: '0', p99: '– / 1' },
});
const connect = (title, load) => ({ title, load, seconds: '1', figures: ['connected', 'others', 'stolen'], goals: { connected: '– / 1' } });

/** The goal of a ratio: of the base, of the original. */
const SHAPES = {
  '1-50-300': forward('1 → 50 at 300/s', many(1, 50, 300), 0.55, 0.20),
  '1-50-150': forward('1 → 50 at 150/s', many(1, 50, 150), 0.55, 0.20),
  '1-200-50': forward('1 → 200 at 50/s', many(1, 200, 50), 0.55, 0.20),
  // 600 kbit/s; each receiver reports as often as browsers do
  'adapt-50-68': { title: '1 → 50 at 68/s, 20 reports', load: many(1, 50, 68, OFTEN), figures: FORWARD, goals: { us: '≤ 1.4 / –', lost: '0' } },
  'mesh-12-60': forward('mesh of 12 at 60/s', mesh(12, 60), 0.50, 0.22),
  '30-1-60': forward('30 → 1 at 60/s', many(30, 1, 60), 0.60, 0.22),
  'call-50': { title: '1 + 1 at 50/s', load: many(1, 1, 50), figures: FORWARD, goals: { p50: '1 / –', lost: '0' } },
  'connect-1-1': connect('connected: 1 + 1', many(1, 1, 60)),
  'connect-12': connect('connected: mesh of 12', mesh(12, 60)),
  'connect-20': connect('connected: mesh of 20', mesh(20, 60)),
  memory: { title: 'memory at 1.3 Mbit/s', rounds: 1, figures: ['published', 'received', 'kept'], goals: { published: '≤ 1 MB', received: '≤ 32 KiB', kept: 'about 0' } },
};

function refuse(problem) {
  console.error(`compare: ${problem}\nusage: tests/bench/compare BASE [NEW] [options] (tests/bench/README.md, "Side by side")`);
  process.exit(2);
}

function parse(config) {
  try {
    return parseArgs(config);
  } catch (e) {
    return refuse(e.message);
  }
}

const { values: options, positionals } = parse({
  allowPositionals: true,
  options: {
    address: { type: 'string' }, // of this namespace, not loopback
    original: { type: 'string' }, // its program
    'original-static': { type: 'string' }, // its static files
    shapes: { type: 'string', default: Object.keys(SHAPES).join() },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    'given-back': { type: 'string', default: '60' }, // seconds after all have left
    json: { type: 'string' }, // file for all runs
    perf: { type: 'string' }, // directory for what `perf record` sees of each run
  },
});
const chosen = options.shapes.split(',').map((name) => {
  if (!SHAPES[name]) refuse(`--shapes: there is no ${name}; there are ${Object.keys(SHAPES).join()}`);
  return { name, ...SHAPES[name] };
});
for (const name of ['rounds', 'seconds', 'given-back']) {
  if (!/^[1-9]\d{0,3}$/.test(options[name])) refuse(`--${name}: not a number from 1 to 9999`);
}
if (positionals.length < 1 || positionals.length > 2) refuse('one or two commits are compared');
if (options.original && !options['original-static']) refuse('--original needs --original-static');

function build() {
  try {
    return { ...buildBench(), base: buildRevision(positionals[0]), latest: buildRevision(positionals[1] ?? 'HEAD') };
  } catch (e) {
    return refuse(e.message);
  }
}

const { loadgen, floor, base, latest } = build();

/** A started server: {url, pid, stop}. */
async function startOurs({ source, build: programs }) {
  const s = await startServer({
    groups: GROUPS, program: `${programs}/supervisor/nereid-supervisor`, places: ['--programs', programs, '--share', source],
    mediaListen: options.address,
  });
  return { url: `${s.base.replace('https', 'wss')}/ws`, pid: s.pidOf('mediad'), stop: () => s.stop() };
}

async function startTheOriginal() {
  const s = await startOriginal(options.original, options['original-static'], GROUPS);
  return { url: `${s.base.replace('https', 'wss')}/ws`, pid: s.pid, stop: s.stop };
}

const SERVERS = {
  base: { name: `base ${base.name}`, start: () => startOurs(base) },
  new: { name: `new ${latest.name}`, start: () => startOurs(latest) },
  ...(options.original ? { original: { name: 'original', start: startTheOriginal } } : {}),
};

/** Runs the load generator against a server: the object that it prints. */
async function load(server, { publishers, subscribers, pps, reports, mesh: isMesh = false }, seconds) {
  const child = spawn(loadgen, [
    '--url', server.url, '--group', 'bench', '--local', options.address, '--pid', String(server.pid), '--bytes', PACKET_BYTES,
    '--publishers', String(publishers), '--subscribers', String(subscribers), ...(isMesh ? ['--mesh'] : []),
    '--pps', String(pps), '--seconds', seconds, ...reports,
  ], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (d) => { text += d; });
  const [status] = await once(child, 'close');
  const seen = text ? JSON.parse(text) : { failure: 'nothing printed' };
  if (status !== 0) throw new Error(`loadgen: ${seen.failure}`);
  return seen;
}

/** Samples a server's call chains until it is stopped; not while clients connect. */
function record(pid, file) {
  mkdirSync(options.perf, { recursive: true });
  const args = ['record', '-q', '-e', 'cpu-clock', '-F', '4999', '-g', '-D', '4000', '-p', String(pid), '-o', join(options.perf, file)];
  const child = spawn('perf', args, { stdio: 'ignore' });
  const closed = once(child, 'close');
  return async () => {
    child.kill('SIGINT');
    await closed;
  };
}

async function measureForwarding(start, shape, file) {
  const server = await start();
  const stopRecording = options.perf ? record(server.pid, file) : async () => {};
  try {
    const seen = await load(server, shape.load, shape.seconds ?? options.seconds);
    return {
      us: seen.processes[0].us_per_packet,
      lost: seen.lost + seen.corrupt,
      p50: seen.latency_p50_us / 1000,
      p99: seen.latency_p99_us / 1000,
      connected: seen.connected_ms,
      others: seen.others_busy,
      stolen: seen.stolen,
      generator: seen.loadgen_busy,
      waited_s: seen.processes[0].waited_s,
    };
  } finally {
    await stopRecording();
    await server.stop();
  }
}

function residentMb(pid) {
  return Number(/^Rss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1]) * 1024 / 1e6;
}

/** Three new servers with different loads; the last two are asked again a while after all have left. */
async function measureMemory(start) {
  const loads = [many(1, 1, 150), many(1 + MORE.tracks, 1, 150), many(1, 1 + MORE.receivers, 150)];
  const waiting = [];
  const loaded = [];
  try {
    for (const one of loads) {
      const server = await start();
      waiting.push({ server, idle: residentMb(server.pid), left: Infinity });
      // A packet cache of some seconds is full by then.
      const seen = await load(server, one, String(Math.max(Number(options.seconds), 10)));
      waiting[waiting.length - 1].left = Date.now();
      loaded.push(seen.processes[0].rss_mb);
    }
    const received = (loaded[2] - loaded[0]) / MORE.receivers;
    const kept = [];
    for (const { server, idle, left } of waiting) {
      await sleep(Math.max(left + Number(options['given-back']) * 1000 - Date.now(), 0));
      kept.push(residentMb(server.pid) - idle);
    }
    return {
      published: (loaded[1] - loaded[0]) / MORE.tracks - received,
      received: (received * 1e6) / 1024,
      kept: Math.max(...kept),
      loaded_mb: loaded,
      kept_mb: kept,
    };
  } finally {
    for (const { server } of waiting) await server.stop();
  }
}

async function measure(kind, shape) {
  try {
    const { start } = SERVERS[kind];
    return await (shape.name === 'memory' ? measureMemory(start) : measureForwarding(start, shape, `${shape.name}-${kind}.data`));
  } catch (e) {
    console.error(`${shape.name}, ${SERVERS[kind].name}: ${e.message}`);
    return null;
  }
}

const results = chosen.map((shape) => ({ shape, runs: Object.fromEntries(Object.keys(SERVERS).map((kind) => [kind, []])) }));
const kinds = Object.keys(SERVERS);
const floors = [];
for (let round = 0; round < Number(options.rounds); round++) {
  floors.push(JSON.parse(spawnSync(floor, { encoding: 'utf8' }).stdout).floor_us);
  for (const { shape, runs } of results) {
    if (round >= (shape.rounds ?? Infinity)) continue;
    // Each of them is the first one in turn.
    for (let i = 0; i < kinds.length; i++) {
      const kind = kinds[(round + i) % kinds.length];
      const run = await measure(kind, shape);
      runs[kind].push(run);
      console.error(`round ${round + 1}, ${shape.name}, ${kind}: ${JSON.stringify(run)}`);
    }
  }
}
if (options.json) writeFileSync(options.json, JSON.stringify(results.map(({ shape, runs }) => ({ shape: shape.name, runs })), null, 1));
const at = new Date().toISOString().slice(0, 16);
console.log(`${at}, ${cpus().length} × ${cpus()[0].model.trim()}, ${options.rounds} rounds of ${options.seconds} s, packets of ${PACKET_BYTES} bytes; floor ${spread(floors, 2)} µs`);
console.log('median (least..most); a ratio: of the medians (least..most of single rounds); goal of a ratio: of the base / of the original\n');
console.log(formatTable(Object.fromEntries(kinds.map((kind) => [kind, SERVERS[kind].name])), results));
process.exit(results.some(({ runs }) => Object.values(runs).some((all) => all.includes(null))) ? 1 : 0);
