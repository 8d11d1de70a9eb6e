// What recording costs the media workers: one call of 1 publisher and 50 receivers, windows without and with a recording in turns.
// node tests/bench/recording.mjs [--rounds 6] [--seconds 8] [loadgen options]
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { build, eventually, sleep, startServer } = await import('../lib/server.mjs');

const options = process.argv.slice(2);
const take = (name, fallback) => {
  const i = options.indexOf(name);
  return i < 0 ? fallback : Number(options.splice(i, 2)[1]);
};
const rounds = take('--rounds', 6);
const seconds = take('--seconds', 8);
const SETTLE_MS = 1500;

const group = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' }, 'allow-recording': true };
const server = await startServer({ groups: { load: group } });

const control = (path, body) => new Promise((ok, fail) => {
  const text = body && JSON.stringify(body);
  const request = http.request({
    socketPath: join(server.dir, 'run/control.sock'), path, method: text ? 'POST' : 'GET',
    headers: text ? { 'content-length': Buffer.byteLength(text) } : {},
  }, async (response) => {
    let got = '';
    for await (const d of response) got += d;
    ok(JSON.parse(got));
  });
  request.on('error', fail);
  request.end(text);
});

/** CPU microseconds of mediad's threads so far, by the first word of their names. */
function cpuOf(pid) {
  const sums = {};
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [name] = readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim().split(' ');
    sums[name] = (sums[name] ?? 0) + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  }
  return sums;
}

/** Microseconds of the media workers for each packet that leaves; per cent of a core that all other threads take, the writer among them. */
async function window() {
  const pid = server.pidOf('mediad');
  const sample = async () => ({ cpu: cpuOf(pid), out: (await control('/v0/health')).media.rtp_packets_total.out, at: Date.now() });
  const from = await sample();
  await sleep(seconds * 1000);
  const to = await sample();
  return {
    packet: (to.cpu.media - from.cpu.media) / (to.out - from.out),
    packets: Math.round((to.out - from.out) / (to.at - from.at) * 1000),
    others: (to.cpu.mediad - from.cpu.mediad) / (to.at - from.at) / 10,
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
let load;
try {
  load = spawn(join(build, 'tests/bench/bin/loadgen'), [
    '--url', `${server.base.replace('https', 'wss')}/ws`, '--group', 'load', '--subscribers', '50', '--pps', '150', '--bytes', '1100',
    '--seconds', String(rounds * 2 * (seconds + 4) + 30), ...options,
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  await eventually(async () => {
    if ((await control('/v0/health')).media.rtp_packets_total.out < 50 * 150) throw new Error('nothing flows');
  }, 60000);
  const ratios = [];
  const seen = { without: [], with: [] };
  for (let i = 0; i < rounds; i++) {
    const without = await window();
    await control('/v0/groups/action', { group: 'load', action: 'record', by: 'bench' });
    await sleep(SETTLE_MS);
    const recorded = await window();
    await control('/v0/groups/action', { group: 'load', action: 'unrecord', by: 'bench' });
    await sleep(SETTLE_MS);
    ratios.push(recorded.packet / without.packet);
    seen.without.push(without.packet);
    seen.with.push(recorded.packet);
    console.log(`${without.packet.toFixed(3)} us a packet at ${without.packets}/s, recorded ${recorded.packet.toFixed(3)} us at ${recorded.packets}/s; `
      + `other threads ${without.others.toFixed(1)} and ${recorded.others.toFixed(1)} % of a core`);
  }
  console.log(`medians ${median(seen.without).toFixed(3)} and ${median(seen.with).toFixed(3)} us: ${(median(seen.with) / median(seen.without)).toFixed(3)}; `
    + `of rounds ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`);
} finally {
  load?.kill();
  await server.stop();
}
