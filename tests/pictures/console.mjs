// Pictures of the console for the manual, in docs/images: the dashboard of a server with a month behind it, a live meeting, an invitation.
// By hand: node tests/pictures/console.mjs
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, startServer } from '../lib/server.mjs';
import { fillMetrics, metricsQuery } from '../lib/metrics.mjs';
import { signInAsRoot } from '../browser/lib/console_page.mjs';
import { installClient } from '../browser/lib/page_client.mjs';
import { Person, until } from '../browser/lib/people.mjs';
import { meeting } from './meeting.mjs';

const out = join(dirname(fileURLToPath(import.meta.url)), '../../docs/images');
const operator = { password: { type: 'wildcard' }, permissions: 'op' };
const names = ['choir', 'lessons/greek', 'lessons/maths', 'reading-room', 'staff'];
const server = await startServer({
  groups: Object.fromEntries(names.map((name) => [name, { public: true, 'wildcard-user': operator }])), mediaListen: null,
});
const root = await Person.arrive('root', null, { viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 });
try {
  const { page } = root;
  const beside = await root.context.newPage();
  await beside.addInitScript(meeting, {});
  await beside.goto(`${server.base}/404`);
  await beside.evaluate(installClient);
  await beside.evaluate((people) => { for (const n of people) window.comeForPictures('choir', n); }, ['Ada', 'Chen', 'Dalia', 'Emre']);
  await eventually(() => { if (!metricsQuery(server, 'SELECT count(*) AS n FROM samples')[0].n) throw new Error('no sample yet'); }, 60000);
  fillMetrics(server, { days: 30, people: (s) => Math.max(0, Math.round(22 + 20 * Math.sin(s / 13751) + 8 * Math.sin(s / 96257))) });

  await signInAsRoot(page, server);
  await page.goto(`${server.base}/admin/?range=7d`);
  await page.screenshot({ path: join(out, 'console.png') });

  await page.goto(`${server.base}/admin/groups/choir/.live`);
  await until('figures of all', async () => (await page.$$eval('tbody tr', (rows) => rows.filter((r) => /kbit|Mbit/.test(r.textContent ?? '')).length)) >= 4);
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.screenshot({ path: join(out, 'console-live.png') });

  await page.goto(`${server.base}/admin/groups/choir/.tokens/`);
  await page.fill('#label', 'Guests of the concert');
  await page.click('button:text("Make the link")');
  await page.waitForSelector('.qr-code');
  await page.screenshot({ path: join(out, 'console-invitation.png') });
} finally {
  await root.goHome();
  await server.stop();
}
