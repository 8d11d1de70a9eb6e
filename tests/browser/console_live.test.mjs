// Live pages in Chromium: rows that change by themselves, and nothing that moves under the pointer; menus and actions without scripts, too.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { examineLooks, signInAsRoot } from './lib/console_page.mjs';
import { Person, until } from './lib/people.mjs';
import { serverFor } from '../lib/server.mjs';
import { join } from '../lib/ws_client.mjs';

const groups = {
  hall: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' }, displayName: 'The hall' },
  den: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } },
};
const looks = [[1366, 768, 'light'], [1366, 768, 'dark'], [1920, 1080, 'light'], [390, 844, 'light'], [390, 844, 'dark']]
  .map(([width, height, colorScheme]) => ({ name: `${width}-${colorScheme}`, colorScheme, width, height }));

/** Each look of the page as it is: nothing too wide, no violation, a picture. */
async function look(page, name) {
  await examineLooks(page, name, looks);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1366, height: 768 });
}

test('a live page changes by itself, and keeps still under the pointer', { timeout: 300000 }, async (t) => {
  const server = await serverFor(t, { groups, mediaListen: null });
  const root = await Person.arrive('root', ['red', 'blue']);
  t.after(() => root.goHome());
  const { page } = root;
  await signInAsRoot(page, server, '/admin/live');
  const names = () => page.$$eval('tbody tr[data-key]', (rows) => rows.map((row) => row.dataset.key));
  const away = () => page.mouse.move(5, 5);
  await away();
  assert.match(await page.textContent('main'), /Nobody is in a meeting/);
  await join(t, server, 'den', 'dora');
  await until('the meeting appears', async () => (await names()).includes('den'));
  assert.ok(await page.isHidden('p:text("Nobody is in a meeting")'));

  const sender = await Person.arrive('sender', ['green', 'yellow'], { viewport: { width: 320, height: 240 } });
  t.after(() => sender.goHome());
  await sender.join(server, 'hall', {});
  const bert = await join(t, server, 'hall', 'bert');
  await until('both meetings are there, the fuller one first', async () => (await names()).join() === 'hall,den');
  await look(page, 'live-groups');

  await page.click('a:text("The hall")');
  await page.waitForURL(/\/hall\/\.live$/);
  await away();
  const row = page.locator('tbody tr', { hasText: 'sender' });
  await until('quality is shown', async () => /opus.*[1-9][\d.]* [kM]bit\/s.*UDP/s.test(await row.textContent() ?? ''));
  await look(page, 'live-people');
  await row.locator('a.more').click();
  await page.waitForSelector('h2:text("Streams")');
  await look(page, 'live-person');
  await page.goBack();

  await row.hover();
  bert.destroy();
  const left = page.locator('tbody tr', { hasText: 'bert' });
  await until('who left is marked', () => left.locator('[data-gone]').isVisible());
  const cleo = await join(t, server, 'hall', 'cleo');
  await until('the twin knows', async () => /2 people/.test(await page.textContent('[data-page="summary"]') ?? ''));
  assert.equal((await names()).length, 2, 'nothing moved');
  await row.locator('a.more').focus();
  await away();
  assert.equal((await names()).length, 2, 'the focus is still in the table');
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await until('then the rows follow', async () => (await names()).includes(cleo.id) && !(await names()).includes(bert.id));

  await page.click('button:text("Pause")');
  await page.click('button:text("Go on")');
  await page.locator('tbody tr', { hasText: 'cleo' }).locator('a.more').click();
  await page.click('a:text("Send away")');
  await page.waitForSelector('h1:text("Send cleo away?")');
  await look(page, 'live-ask');
  await page.fill('#text', 'enough for today');
  await page.click('button:text("Send away")');
  await page.waitForSelector('.flash');
  assert.equal((await cleo.wait((m) => m.type === 'usermessage' && m.kind === 'kicked')).value, 'enough for today');
  assert.deepEqual(await page.evaluate(() => window.violationsForTests), [], 'the page keeps to its policy');
  assert.deepEqual(root.errors, []);
});

test('what can be done with a meeting is there once the meeting is', { timeout: 120000 }, async (t) => {
  const server = await serverFor(t, { groups });
  const root = await Person.arrive('root', null);
  t.after(() => root.goHome());
  const { page } = root;
  await signInAsRoot(page, server, '/admin/groups/hall/.live');
  await page.waitForSelector('p:text("Nobody is in this group now")');
  assert.ok(await page.isHidden('button[value=lock]'));
  assert.ok(await page.isHidden('.badge:text("Since")'));
  await join(t, server, 'hall', 'ann');
  await page.waitForSelector('button[value=lock]');
  assert.match(await page.textContent('.badge:text("Since")'), /^Since \d/);
  assert.deepEqual(root.errors, []);
});

test('live pages work without scripts', { timeout: 120000 }, async (t) => {
  const server = await serverFor(t, { groups });
  const root = await Person.arrive('root', ['red', 'blue'], { javaScriptEnabled: false });
  t.after(() => root.goHome());
  const { page } = root;
  const bert = await join(t, server, 'den', 'bert');
  await signInAsRoot(page, server, '/admin/live');
  await until('the meeting is there', async () => {
    await page.click('a:text-is("Refresh")');
    return await page.locator('tbody a:text-is("den")').count() === 1;
  });
  await page.click('thead a:text("Meeting")');
  assert.equal(await page.getAttribute('thead th:has-text("Meeting")', 'aria-sort'), 'ascending');
  await page.click('tbody a:text-is("den")');
  await page.click('a[aria-label="More about bert"]');
  await page.fill('input[name="text"]', 'hello');
  await page.click('button:text-is("Send")');
  await page.waitForSelector('.flash');
  assert.equal((await bert.wait((m) => m.type === 'usermessage' && m.kind === 'info')).value, 'hello');
  await page.click('button:text-is("Make operator")');
  await until('bert is an operator', async () => bert.all.some((m) => m.type === 'joined' && m.kind === 'change' && m.permissions?.includes('op')));
  await page.click('.breadcrumbs a:text-is("den")');
  await page.click('a:text("Close the group")');
  await page.click('button:text("Close the group")');
  await page.waitForSelector('.flash');
  assert.match(await page.textContent('main') ?? '', /Everyone was sent away, and the group is locked/);
});
