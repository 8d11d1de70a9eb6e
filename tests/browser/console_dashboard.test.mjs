// The dashboard and the health page in Chromium: charts that can be read without seeing them, links, and no scripts needed.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { examineLooks, signInAsRoot } from './lib/console_page.mjs';
import { Person } from './lib/people.mjs';
import { eventually, serverFor } from '../lib/server.mjs';
import { fillMetrics, metricsQuery } from '../lib/metrics.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
const looks = [[1366, 'light'], [1366, 'dark'], [390, 'light'], [390, 'dark'], [320, 'light']]
  .map(([width, colorScheme]) => ({ name: `${width}-${colorScheme}`, colorScheme, width, height: 800 }));

test('charts, their table, and the health page, without scripts', { timeout: 300000 }, async (t) => {
  const server = await serverFor(t, { groups: { a: open } });
  await eventually(() => assert.ok(metricsQuery(server, 'SELECT count(*) AS n FROM samples')[0].n > 0), 60000);
  fillMetrics(server, { days: 30, people: (s) => Math.round(30 + 25 * Math.sin(s / 13751)) });
  const root = await Person.arrive('root', ['red', 'blue'], { javaScriptEnabled: false });
  t.after(() => root.goHome());
  const { page } = root;
  await signInAsRoot(page, server);
  await page.click('nav[aria-label="Time shown"] a:text("7 days")');
  await page.waitForURL(/range=7d/);
  const people = page.getByRole('img', { name: 'People. The last 7 days' });
  assert.ok(await people.isVisible());
  const box = await people.boundingBox();
  assert.ok(box && box.width > 250 && box.height > 90, JSON.stringify(box));
  await page.click('summary:text("The same as a table")');
  assert.equal(await page.locator('details:has(summary:text("The same as a table")) tbody tr').count(), 28);
  await page.click('a:text("Version of Nereid")');
  await page.waitForURL(/\/admin\/health$/);
  await page.click('button:text("Run the checks again")');
  await page.waitForSelector('.flash');
  await eventually(async () => {
    await page.goto(`${server.base}/admin/health`);
    assert.match(await page.textContent('#check-database') ?? '', /Well/);
  }, 30000);
  await page.click('a:text("Support report")');
  assert.match(await page.textContent('pre') ?? '', /database: ok/);
  const saved = page.waitForEvent('download');
  await page.click('a:text("Save as a file")');
  assert.equal((await saved).suggestedFilename(), 'nereid-report.txt');
});

test('no violation in any look', { timeout: 300000 }, async (t) => {
  const server = await serverFor(t, { groups: { a: open } });
  await eventually(() => assert.ok(metricsQuery(server, 'SELECT count(*) AS n FROM samples')[0].n > 0), 60000);
  fillMetrics(server, { days: 30, people: (s) => Math.round(30 + 25 * Math.sin(s / 13751)) });
  const root = await Person.arrive('root', ['red', 'blue']);
  t.after(() => root.goHome());
  const { page } = root;
  await signInAsRoot(page, server);
  for (const [name, path] of [['dashboard-charts', '/admin/?range=24h'], ['health', '/admin/health'], ['health-report', '/admin/health/report']]) {
    await page.goto(server.base + path);
    await examineLooks(page, name, looks);
  }
  assert.deepEqual(await root.complaints(), []);
});
