// The console in Firefox: a group is made, its invitation copied, its meeting watched, its settings saved.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFirefox } from './lib/firefox.mjs';
import { keepPeerConnections, until } from './lib/people.mjs';
import { fileOf } from '../lib/console_facts.mjs';
import { serverFor } from '../lib/server.mjs';
import { join as enter } from '../lib/ws_client.mjs';

test('from the sign-in to a saved setting, in Firefox', { timeout: 240000 }, async (t) => {
  const server = await serverFor(t);
  const profile = mkdtempSync(join(tmpdir(), 'nereid-firefox-'));
  const browser = await openFirefox(profile);
  t.after(async () => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  });
  const page = await browser.newPage();
  const errors = [];
  const violations = () => page.evaluate(() => window.violationsForTests);
  page.setDefaultTimeout(60000);
  page.on('pageerror', (e) => errors.push(String(e)));
  await page.evaluateOnNewDocument(keepPeerConnections);
  await page.setViewport({ width: 1280, height: 900 });
  /** Presses what leads to another page, and waits for that. */
  const press = (words, where = 'main') => Promise.all([page.waitForNavigation(), page.click(`${where} :is(a, button):not([aria-hidden])::-p-text(${words})`)]);
  const type = (field, text) => page.type(`#${field}`, text);
  const at = () => new URL(page.url()).pathname;

  await page.goto(`${server.base}/admin/groups/`);
  await type('name', 'root');
  await type('password', 'rootpw');
  await press('Sign in');
  assert.equal(at(), '/admin/groups/');
  await press('New group');
  await type('name', 'watch');
  await press('Make the group');
  assert.equal(at(), '/admin/groups/watch/');
  await press('One password for all');
  await page.click('#kind-any');
  await press('Save');
  assert.deepEqual(fileOf(server, 'watch')['wildcard-user'].password, { type: 'wildcard' });

  await press('Invitations', '.tabs');
  await press('Make the link');
  const link = await page.$eval('#link', (e) => e.href);
  assert.ok(await page.$('.qr-code'));
  await page.click('button[data-copy="link"]');
  await until('it says so', () => page.$eval('button[data-copy="link"]', (e) => e.textContent === 'Copied'));
  await page.click('#site-q');
  await page.keyboard.down('Control');
  await page.keyboard.press('v');
  await page.keyboard.up('Control');
  await until('what was copied can be pasted', () => page.$eval('#site-q', (e, wanted) => e.value === wanted, link));

  await page.goto(`${server.base}/admin/live`);
  assert.match(await page.$eval('main', (e) => e.innerText), /Nobody is in a meeting/);
  await enter(t, server, 'watch', 'bert');
  await until('the meeting appears by itself', () => page.$eval('main', (e) => Boolean(e.querySelector('tbody tr[data-key="watch"]'))));
  await press('watch', 'tbody');
  await until('bert is in it', () => page.$eval('main', (e) => e.innerText.includes('bert')));

  await press('Settings', '.tabs');
  await type('displayName', 'Night watch');
  await page.$eval('summary::-p-text(Media)', (e) => e.click());
  for (const codec of ['opus', 'vp8', 'vp9']) await page.click(`#codec-${codec}`);
  await page.click('button[aria-label="Move VP9 up"]');
  await until('both changes are counted', () => page.$eval('[data-marks-count]', (e) => !e.hidden && / 2$/.test(e.textContent)));
  await press('Save', '.save-bar');
  assert.match(await page.$eval('main', (e) => e.innerText), /People in the meeting now: 1/, 'nobody inside is surprised');
  await press('Save it as it is', '.save-bar');
  const { displayName, codecs } = fileOf(server, 'watch');
  assert.deepEqual([displayName, codecs], ['Night watch', ['vp9', 'vp8', 'opus']]);
  assert.deepEqual(await violations(), [], 'the page keeps to its policy');
  await press('Undo');
  assert.equal(fileOf(server, 'watch').displayName, undefined);
  assert.deepEqual(errors, []);
});
