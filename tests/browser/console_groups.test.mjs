// The console's groups, many at once, in Chromium: ticked, shown, changed, taken back; a table from a file. Each page by axe.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { examineLooks } from './lib/console_page.mjs';
import { Person } from './lib/people.mjs';
import { fileOf } from '../lib/console_facts.mjs';
import { serverFor } from '../lib/server.mjs';

const looks = [
  { name: 'light', colorScheme: 'light', width: 1366, height: 768 },
  { name: 'dark', colorScheme: 'dark', width: 1920, height: 1080 },
  { name: 'phone', colorScheme: 'light', width: 390, height: 844 },
];

/** The page as it is, in each look: no violation, nothing beside the window's edge; a picture is kept. */
async function examine(page, name) {
  await examineLooks(page, `groups-${name}`, looks);
  await page.setViewportSize({ width: 1366, height: 768 });
  assert.deepEqual(await page.evaluate(() => window.violationsForTests), [], `${name} keeps to its policy`);
}

test('many groups at once, by keyboard and mouse', { timeout: 400000 }, async (t) => {
  const server = await serverFor(t, {
    groups: { 'class/one': { displayName: 'One' }, 'class/two': { public: true }, 'class/old': {} }, mediaListen: null,
  });
  const root = await Person.arrive('root', ['red', 'blue']);
  t.after(() => root.goHome());
  const { page } = root;

  await page.goto(`${server.base}/admin/login`);
  await page.fill('#name', 'root');
  await page.fill('#password', 'rootpw');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/admin\/$/);

  await page.goto(`${server.base}/admin/groups/`);
  await page.focus('[aria-label="Tick class/one"]');
  await page.keyboard.press('Space');
  await page.check('[aria-label="Tick class/two"]');
  await examine(page, 'list');
  await page.selectOption('#action', 'public');
  await page.click('button:text("Go on")');
  await page.waitForSelector('button:text("Show them")');
  await examine(page, 'preview');
  await page.click('button:text("Show them")');
  await page.waitForSelector('.flash');
  assert.equal(fileOf(server, 'class/one').public, true);
  await page.click('.flash button:text("Undo")');
  await page.waitForSelector('.flash:has-text("Taken back")');
  assert.equal(fileOf(server, 'class/one').public, undefined);

  await page.check('[aria-label="Tick class/one"]');
  await page.selectOption('#action', 'field');
  await page.click('button:text("Go on")');
  await examine(page, 'field');

  await page.goto(`${server.base}/admin/groups/`);
  await page.check('[aria-label="Tick class/old"]');
  await page.selectOption('#action', 'delete');
  await page.click('button:text("Go on")');
  await page.click('button:text("Delete them")');
  await page.waitForSelector('.flash');
  await page.click('a:text("Deleted groups")');
  await page.waitForSelector('th:has-text("class/old")');
  await examine(page, 'deleted');

  // Codecs are moved at once, by keyboard, and a field is emptied: both count as changes, and saving keeps the order.
  await page.goto(`${server.base}/admin/groups/class/one/.edit`);
  await page.click('summary:text("Media")');
  await page.focus('button[aria-label="Move VP9 up"]');
  await page.keyboard.press('Enter');
  await page.check('#codec-opus');
  await page.check('#codec-vp8');
  await page.check('#codec-vp9');
  await page.click('button[aria-label="Reset to the default: Display name"]');
  assert.equal(await page.inputValue('#displayName'), '');
  assert.match(await page.textContent('[data-marks-count]') ?? '', /2$/);
  await page.click('.save-bar button.primary');
  await page.waitForSelector('.flash');
  assert.deepEqual(fileOf(server, 'class/one'), { codecs: ['vp9', 'vp8', 'opus'] });

  await page.goto(`${server.base}/admin/csv/groups`);
  await page.setInputFiles('#csv-file', { name: 'groups.csv', mimeType: 'text/csv', buffer: Buffer.from('name;public\nclass/three;yes\nclass/four;perhaps\n') });
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.querySelector('#csv')).value.includes('class/four'));
  await page.click('button:text("Show what would change")');
  await page.waitForSelector('.error-summary');
  await examine(page, 'table-wrong');
  await page.fill('#csv', 'name;public\nclass/three;yes\n');
  await page.click('button:text("Show what would change")');
  await page.waitForSelector('button:text("Change them all")');
  await examine(page, 'table');
  await page.click('button:text("Change them all")');
  await page.waitForSelector('.flash');
  assert.equal(fileOf(server, 'class/three').public, true);
});
