// The console in Firefox: a group is made, its invitation copied, its meeting watched, its settings saved; then what is done less often.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFirefox } from './lib/firefox.mjs';
import { keepPeerConnections, until } from './lib/people.mjs';
import { Browser } from '../lib/console.mjs';
import { fileOf } from '../lib/console_facts.mjs';
import { film } from '../lib/film.mjs';
import { keepRecording } from '../lib/recordings.mjs';
import { startServer, top } from '../lib/server.mjs';
import { AuthenticatorApp } from '../lib/totp.mjs';
import { join as enter } from '../lib/ws_client.mjs';

const hasNetwork = Object.values(networkInterfaces()).flat().some((a) => a && !a.internal && a.family === 'IPv4');
const password = 'sleep walking fish';

describe('the console in Firefox', { timeout: 300000 }, () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  let browser;
  /** @type {import('puppeteer-core').Page} */
  let page;
  let profile = '';
  const errors = [];
  before(async () => {
    profile = mkdtempSync(join(tmpdir(), 'nereid-firefox-'));
    [server, browser] = await Promise.all([startServer({ config: null, mediaListen: null }), openFirefox(profile)]);
    const first = new Browser(server);
    const setup = await first.open(server.setupUrl.replace(/^https:\/\/[^/]*/, ''));
    await first.submit(setup.form('/admin/setup').fill({ login: 'root', password, repeat: password }));
    page = await browser.newPage();
    page.setDefaultTimeout(60000);
    page.on('pageerror', (e) => errors.push(String(e)));
    await page.evaluateOnNewDocument(keepPeerConnections);
    await page.setViewport({ width: 1280, height: 900 });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(profile, { recursive: true, force: true });
  });

  const violations = () => page.evaluate(() => window.violationsForTests);
  /** Presses what leads to another page, and waits for that. */
  const press = (words, where = 'main') => Promise.all([page.waitForNavigation(), page.click(`${where} :is(a, button):not([aria-hidden])::-p-text(${words})`)]);
  const type = (field, text) => page.type(`#${field}`, text);
  const at = () => new URL(page.url()).pathname;
  const open = (path) => page.goto(server.base + path);
  const text = () => page.$eval('main', (e) => e.innerText);

  it('from the sign-in to a saved setting', async (t) => {
    await page.goto(`${server.base}/admin/groups/`);
    await type('name', 'root');
    await type('password', password);
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

  it('the live page refreshes by itself and by its button, and the menu of somebody leads to who that is', async (t) => {
    await open('/admin/groups/watch/.live');
    await enter(t, server, 'watch', 'dora');
    await until('dora is in it', () => page.$eval('main', (e) => e.innerText.includes('dora')));
    await press('Refresh');
    assert.match(await text(), /dora/);
    await Promise.all([page.waitForNavigation(), page.click('a[aria-label="More about dora"]')]);
    assert.match(await page.$eval('h1, h2', (e) => e.textContent) + await text(), /dora/);
    assert.ok(await page.$('main :is(a, button)::-p-text(Send away…)'));
    assert.deepEqual(await violations(), []);
  });

  it('a table of groups is tried and taken in', async () => {
    await open('/admin/csv/groups');
    await type('csv', 'name,description\ncellar,Below the watch');
    await press('Show what would change');
    assert.match(await text(), /New groups among them: 1/);
    await press('Change them all');
    assert.equal(fileOf(server, 'cellar').description, 'Below the watch');
  });

  it('a recording is found in the list and played', async () => {
    const file = join(profile, 'film.webm');
    film(file, 6);
    keepRecording(server, 'watch', '2026-11-29T12:00:00.123-ada.webm', readFileSync(file), { started: '2026-11-29T12:00:00.123Z', duration: 6, username: 'ada' });
    await open('/recordings/watch/');
    assert.match(await text(), /ada/);
    await page.$eval('.recording video', (v) => { v.muted = true; return v.play(); });
    await until('it plays', () => page.$eval('.recording video', (v) => v.currentTime > 0.5 && v.videoWidth === 320));
    assert.deepEqual(await violations(), []);
  });

  it('a logo is chosen from a file, saved and shown', async () => {
    await open('/admin/settings');
    const chooser = await page.$('#logo-file');
    await chooser.uploadFile(join(top, 'static/icons/app-192.png'));
    await until('the file is written into the form', () => page.$eval('#logo', (e) => e.value.length > 1000));
    await press('Save the logo');
    await until('the logo is seen', () => page.$eval('.logo-shown', (e) => e.complete && e.naturalWidth === 192));
    assert.deepEqual(await violations(), []);
  });

  // Without a device for sound its AudioContext may never run, and then there is no tone.
  it('the network test sends a picture', { skip: !hasNetwork && 'Firefox refuses loopback, and there is no other address' }, async () => {
    await open('/admin/network');
    await page.click('#network-start');
    await until('the test is over', () => page.$eval('#network-state', (e) => e.textContent !== ''));
    assert.match(await page.$eval('#network-table tbody tr', (e) => e.innerText.replace(/\s+/g, ' ')), /Works Connected by UDP to .* (?:Test picture and tone|The test picture) came through, with \d+ kbit\/s/);
    assert.deepEqual(await violations(), []);
  });

  it('codes are set up', async () => {
    await open('/admin/account');
    await press('Set it up');
    const app = new AuthenticatorApp(await page.$eval('#key', (e) => e.textContent.trim()));
    await type('code', await app.code());
    await press('Turn it on');
    assert.equal(await page.$$eval('.recovery-codes li', (all) => all.length), 10);
    await press('I have kept them');
    assert.deepEqual(await violations(), []);
    assert.deepEqual(errors, []);
  });
});
