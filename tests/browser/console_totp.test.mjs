// The way into the console, in Chromium: a code at the sign-in, app passwords, a link for a new account; each page by axe, in both themes.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { enrol, examineLooks, signIn } from './lib/console_page.mjs';
import { Person } from './lib/people.mjs';
import { serverFor } from '../lib/server.mjs';

const password = 'sleep walking fish';
const looks = [
  { name: 'light-1366', colorScheme: 'light', width: 1366, height: 768 }, { name: 'dark-1366', colorScheme: 'dark', width: 1366, height: 768 },
  { name: 'light-390', colorScheme: 'light', width: 390, height: 844 }, { name: 'dark-390', colorScheme: 'dark', width: 390, height: 844 },
];

/** The page as it is, in each look; a picture of each is kept. */
async function examine(page, name) {
  await examineLooks(page, name, looks);
  await page.setViewportSize({ width: 1366, height: 768 });
}

test('the pages of the way in, by axe; what is made is copied', { timeout: 400000 }, async (t) => {
  const server = await serverFor(t, { config: null });
  const root = await Person.arrive('root', null, { reducedMotion: 'reduce', deviceScaleFactor: 1, timezoneId: 'Asia/Kathmandu' });
  t.after(() => root.goHome());
  const { page } = root;
  const copied = async () => page.evaluate(() => navigator.clipboard.readText());
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(server.setupUrl.replace('127.0.0.1', 'localhost'));
  assert.equal(await page.inputValue('#zone'), 'Asia/Kathmandu', 'the time zone of the browser is offered');
  await page.fill('#login', 'root');
  await page.fill('#password', password);
  await page.fill('#repeat', password);
  await page.click('button:text("Make the administrator")');
  await page.waitForURL(/\/admin\/$/);
  await page.goto(`${server.base}/admin/account/totp`);
  await examine(page, 'totp');
  await page.goto(`${server.base}/admin/account`);
  const app = await enrol(page);
  await examine(page, 'recovery-codes');
  await page.click('button:text("Copy the codes")');
  await page.waitForSelector('button:text("Copied")');
  assert.deepEqual((await copied()).trim().split(/\s+/), await page.locator('.recovery-codes li').allTextContents());

  await page.goto(`${server.base}/admin/account`);
  await examine(page, 'account-on');
  await page.click('a:text("App passwords")');
  await page.fill('#label', 'galenectl on my laptop');
  await page.selectOption('#may', 'look');
  await page.click('button:text("Make it")');
  await page.waitForSelector('#password');
  await examine(page, 'app-password');
  await page.click('button:text("Copy the password")');
  await page.waitForSelector('button:text("Copied")');
  assert.match(await copied(), /^nrd_[A-Z2-7]{32}$/);
  await page.click('a:text("I have kept it")');
  await page.waitForSelector('table');
  await examine(page, 'app-passwords');

  await page.goto(`${server.base}/admin/accounts/.new`);
  await page.fill('#login', 'susan');
  await page.check('#preset-auditor');
  await page.click('button:text("Make the account")');
  await page.waitForSelector('.qr-code');
  await examine(page, 'sign-in-link');
  await page.click('button:text("Copy the link")');
  await page.waitForSelector('button:text("Copied")');
  const link = await copied();
  await page.goto(`${server.base}/admin/accounts/2`);
  await examine(page, 'account-new-edit');
  const susan = await Person.arrive('susan', null, { reducedMotion: 'reduce' });
  t.after(() => susan.goHome());
  await susan.page.goto(link);
  await susan.page.waitForURL(/\/admin\/sign-in-link$/);
  await examine(susan.page, 'set-password');
  await susan.page.fill('#new', 'passwordpassword');
  await susan.page.fill('#repeat', 'passwordpassword');
  await susan.page.click('button:text("Set it and sign in")');
  await susan.page.waitForSelector('.error-summary');
  await susan.page.fill('#new', 'hogfather on a string');
  await susan.page.fill('#repeat', 'hogfather on a string');
  await susan.page.click('button:text("Set it and sign in")');
  await susan.page.waitForURL(/\/admin\/$/);

  await page.context().clearCookies();
  await signIn(page, server, 'root', password);
  await page.waitForURL(/\/admin\/login\/totp$/);
  await examine(page, 'login-totp');
  await page.fill('#code', await app.code());
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/admin\/$/);
  assert.deepEqual([root.errors, susan.errors], [[], []]);
});
