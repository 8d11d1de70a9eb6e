// What every page of the console has, in Chromium: the search by keyboard, times in words, copying; and the landing page that stays fresh.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { axeViolations } from './lib/axe.mjs';
import { signInAsRoot } from './lib/console_page.mjs';
import { Person, until } from './lib/people.mjs';
import { join } from '../lib/ws_client.mjs';
import { serverFor } from '../lib/server.mjs';

test('the frame of the console, with scripts', { timeout: 240000 }, async (t) => {
  const groups = { watch: { public: true, displayName: 'Night watch', users: { vimes: { password: 'x', permissions: 'op' } } } };
  for (let i = 0; i < 30; i++) groups[`room${i}`] = {};
  const server = await serverFor(t, { groups });
  const root = await Person.arrive('root', null, { reducedMotion: 'reduce' });
  t.after(() => root.goHome());
  const { page } = root;

  await page.goto(`${server.base}/`);
  assert.equal((await page.textContent('.group-people')).trim(), '0 people now');
  await join(t, server, 'watch', 'vimes', 'x');
  await until('the landing page tells who came', async () => (await page.textContent('.group-people')).trim() === '1 person now');

  await signInAsRoot(page, server, '/admin/groups/watch/');
  const time = page.locator('.facts time').first();
  assert.match(await time.textContent(), /^(just now|\d+ minutes? ago)$/);
  assert.match(await time.getAttribute('title'), /^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/);

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.click('.facts button:text("Copy")');
  await page.waitForSelector('.facts button:text("Copied")');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${server.base}/group/watch/`);

  for (const [width, height] of [[1366, 768], [390, 844]]) {
    await page.setViewportSize({ width, height });
    await page.goto(`${server.base}/admin/`);
    if (width < 1024) await page.click('button:text("Menu")');
    await page.locator('#site-q').pressSequentially('vim');
    await page.waitForSelector('.site-found a:text("vimes")');
    assert.deepEqual(await axeViolations(page), []);
    await page.keyboard.press('Escape');
    assert.ok(await page.isHidden('.site-found'));
    await page.locator('#site-q').pressSequentially('e');
    await page.waitForSelector('.site-found a:text("vimes")');
    await page.keyboard.press('ArrowDown'); // the group that vimes is a user of
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/watch\/\.users\/vimes$/);
  }

  // how the server presents itself at the door of a meeting
  await page.goto(`${server.base}/admin/settings`);
  for (const [field, text] of [['name', 'Watch House'], ['welcome', 'Help is at https://help.example/start.'], ['accent', '#a00000'], ['imprint', 'https://watch.example/imprint']]) await page.fill(`#${field}`, text);
  await page.click('button:text-is("Save")');
  await page.waitForSelector('.flash');
  await until('the door shows it', async () => {
    await page.goto(`${server.base}/group/watch/`);
    await page.waitForSelector('#login-form:visible');
    return page.locator('.login-links').isVisible();
  });
  assert.equal(await page.textContent('.login-server'), 'Watch House');
  assert.equal(await page.getAttribute('.login-welcome a', 'href'), 'https://help.example/start');
  assert.equal(await page.textContent('.login-links a'), 'Legal notice');
  assert.equal(await page.locator('#join').evaluate((e) => getComputedStyle(e).backgroundColor), 'rgb(160, 0, 0)');
  assert.deepEqual(await axeViolations(page), []);

  // 28 minutes pass for the browser alone; another tab of the session hears that it goes on
  const other = await page.context().newPage();
  for (const p of [page, other]) {
    await p.clock.install();
    await p.goto(`${server.base}/admin/`);
    await p.clock.fastForward('26:50');
    assert.ok(await p.isHidden('#session-end'));
    await p.clock.fastForward('01:20');
    assert.match(await p.textContent('#session-end span:visible'), /ends in two minutes, since nothing was done/);
  }
  assert.deepEqual(await axeViolations(page), []);
  await page.click('button:text("Stay signed in")');
  for (const p of [page, other]) await p.waitForSelector('#session-end', { state: 'hidden' });
  await page.clock.fastForward('30:00');
  assert.match(await page.textContent('#session-end span:visible'), /has ended/);
  assert.deepEqual(root.errors, []);
});
