// A phone in a large group: what its page has to do with everybody's camera, and with those of the last speakers alone (last-n).
//   node tests/bench/crowd.mjs [--members 99] [--last-n=-1,9] [--slower 4] [--seconds 20]
// One line of JSON for each `last-n`. loadgen publishes the cameras; the page is ours, in a phone's size, on a processor slowed down
// so many times. See README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { build, sleep, startServer } = await import('../lib/server.mjs');
const { Person, until } = await import('../browser/lib/people.mjs');

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '99' },
    'last-n': { type: 'string', default: '-1,9' },
    slower: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '20' },
  },
});
const [members, slower, seconds] = [values.members, values.slower, values.seconds].map(Number);
const limits = { 'clients-per-address': 1000, unjoined: 1000, 'unjoined-per-address': 1000 };

/** Runs inside the page: keeps when it painted, and what kept it from that for more than 50 ms. */
function watchFrames() {
  window.frameTimes = [];
  window.longTasks = [];
  const frame = (at) => { window.frameTimes.push(at); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
}

/** Runs inside the page: pictures decoded so far, and tiles that show one. */
function countPictures() {
  const videos = [...document.querySelectorAll('.tile video')];
  return {
    pictures: videos.reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0),
    tiles: videos.length,
    shown: videos.filter((video) => video.videoWidth > 0 && video.checkVisibility?.({ visibilityProperty: true })).length,
  };
}

const quantile = (numbers, share) => numbers.sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))] ?? 0;
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

async function measure(lastN) {
  const server = await startServer({
    groups: { crowd: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' }, 'last-n': lastN } },
    files: { 'data/mediad.json': { limits } },
  });
  const load = spawn(join(build, 'tests/bench/bin/loadgen'), [
    '--url', `${server.base.replace('https', 'wss')}/ws`, '--group', 'crowd', '--publishers', String(members), '--subscribers', '0',
    '--rids', '600,120', '--seconds', '600',
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  const phone = await Person.arrive('phone', null, { viewport: { width: 360, height: 740 }, deviceScaleFactor: 1, isMobile: true, hasTouch: true });
  try {
    await until('all are there', async () => (await (await server.api('.stats')).json())[0]?.clients.length >= members);
    await phone.page.addInitScript(watchFrames);
    const cdp = await phone.context.newCDPSession(phone.page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
    await cdp.send('Performance.enable');
    const began = Date.now();
    await phone.join(server, 'crowd', { media: 'none' });
    await until('a picture is shown', async () => (await phone.page.evaluate(countPictures)).shown > 0);
    const first = (Date.now() - began) / 1000;
    await sleep(15000);
    const look = async () => {
      const { metrics } = await cdp.send('Performance.getMetrics');
      const of = (name) => metrics.find((m) => m.name === name).value;
      return { at: of('Timestamp'), busy: of('TaskDuration'), heap: of('JSHeapUsedSize'), ...await phone.page.evaluate(countPictures) };
    };
    const a = await look();
    await phone.page.evaluate(() => { window.frameTimes.length = window.longTasks.length = 0; });
    await sleep(seconds * 1000);
    const b = await look();
    const { frames, tasks } = await phone.page.evaluate(() => ({ frames: window.frameTimes, tasks: window.longTasks }));
    const gaps = frames.slice(1).map((t, i) => t - frames[i]);
    const touched = Date.now();
    await phone.page.click('#toggle-users');
    await phone.page.waitForSelector('#users-pane:visible');
    return {
      'last-n': lastN, members, slower,
      first_picture_s: first,
      tiles: b.tiles, shown: b.shown,
      pictures_per_s: Math.round((b.pictures - a.pictures) / (b.at - a.at)),
      main_thread: Number(((b.busy - a.busy) / (b.at - a.at)).toFixed(2)),
      long_tasks_ms_per_s: Math.round(sum(tasks) / (b.at - a.at)),
      frame_p50_ms: Math.round(quantile(gaps, 0.5)), frame_p95_ms: Math.round(quantile(gaps, 0.95)),
      list_opens_ms: Date.now() - touched,
      heap_mib: Math.round(b.heap / 1048576),
      errors: phone.errors,
    };
  } finally {
    await phone.goHome();
    load.kill();
    await once(load, 'close');
    await server.stop();
  }
}

for (const lastN of values['last-n'].split(',').map(Number)) console.log(JSON.stringify(await measure(lastN)));
