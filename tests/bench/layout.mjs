// What it costs the page to lay out 16 tiles: node tests/bench/layout.mjs [--times 20]
// The chat is opened and closed beside a call of 16, which lays all tiles out anew. Prints JSON: script, style and layout of the page, ms each time.
import { parseArgs } from 'node:util';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { startServer } = await import('../lib/server.mjs');
const { crowd } = await import('../browser/lib/crowd.mjs');
const { installClient } = await import('../browser/lib/page_client.mjs');
const { Person, until } = await import('../browser/lib/people.mjs');

const times = Number(parseArgs({ options: { times: { type: 'string', default: '20' } } }).values.times);
const PEOPLE = 16;
const server = await startServer({ groups: { club: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } } });
const viewer = await Person.arrive('viewer', null, { viewport: { width: 1366, height: 768 } });
try {
  await viewer.join(server, 'club');
  const beside = await viewer.context.newPage();
  await beside.goto(`${server.base}/404`);
  await beside.evaluate(installClient);
  await beside.evaluate(crowd, { group: 'club', from: 1, to: PEOPLE });
  await viewer.page.bringToFront();
  await until('all are shown', () => viewer.page.evaluate((n) =>
    [...document.querySelectorAll('.tile video')].filter((v) => v.videoWidth).length === n, PEOPLE));
  const cdp = await viewer.context.newCDPSession(viewer.page);
  await cdp.send('Performance.enable');
  const measure = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    const ms = (name) => 1000 * (metrics.find((m) => m.name === name)?.value ?? 0);
    return { script: ms('ScriptDuration'), style: ms('RecalcStyleDuration'), layout: ms('LayoutDuration') };
  };
  /** Two frames later the tiles have been placed. */
  const press = () => viewer.page.evaluate(() => new Promise((done) => {
    document.querySelector('#toggle-chat').click();
    requestAnimationFrame(() => requestAnimationFrame(done));
  }));
  const rows = [];
  for (let i = 0; i < times; i++) {
    const before = await measure();
    await press();
    const after = await measure();
    rows.push(Object.fromEntries(Object.entries(after).map(([k, v]) => [k, v - before[k]])));
    await viewer.page.waitForTimeout(300);
  }
  const median = (values) => Math.round(100 * values.sort((a, b) => a - b)[values.length >> 1]) / 100;
  console.log(JSON.stringify({ tiles: PEOPLE, times, ...Object.fromEntries(Object.keys(rows[0]).map((k) => [`${k}_ms`, median(rows.map((r) => r[k]))])),
    script_most_ms: Math.round(100 * Math.max(...rows.map((r) => r.script))) / 100 }));
} finally {
  await viewer.goHome();
  await server.stop();
}
