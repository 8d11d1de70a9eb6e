// The way into the console, in Chromium: a code at the sign-in, app passwords, a link for a new account; each page by axe, in both themes.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { examineLooks } from './lib/console_page.mjs';
import { artefacts, Person } from './lib/people.mjs';
import { serverFor } from '../lib/server.mjs';
import { AuthenticatorApp } from '../lib/totp.mjs';

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

async function signIn(page, server, name, secret) {
  await page.goto(`${server.base}/admin/login`);
  await page.fill('#name', name);
  await page.fill('#password', secret);
  await page.click('button:text-is("Sign in")');
}

/** From the account's page to the recovery codes. */
async function enrol(page) {
  await page.click('a:text("Set it up")');
  const app = new AuthenticatorApp((await page.textContent('#key')).trim());
  await page.locator('.qr-code').screenshot({ path: join(artefacts, 'console-totp-qr.png') });
  const read = spawnSync('zbarimg', ['--quiet', '--raw', join(artefacts, 'console-totp-qr.png')], { encoding: 'utf8' });
  assert.equal(read.stdout.trim(), `otpauth://totp/Nereid:root?secret=${app.key}&issuer=Nereid`, read.stderr);
  await page.fill('#code', await app.code());
  await page.click('button:text("Turn it on")');
  await page.waitForSelector('.recovery-codes');
  return app;
}

test('a code at the sign-in, without scripts', { timeout: 240000 }, async (t) => {
  const server = await serverFor(t, { config: null });
  const root = await Person.arrive('root', null, { javaScriptEnabled: false, deviceScaleFactor: 1 });
  t.after(() => root.goHome());
  const { page } = root;
  await page.goto(server.setupUrl.replace('127.0.0.1', 'localhost'));
  await page.fill('#login', 'root');
  await page.fill('#password', password);
  await page.fill('#repeat', password);
  await page.click('button:text("Make the administrator")');
  await page.goto(`${server.base}/admin/account`);
  const app = await enrol(page);
  const codes = await page.locator('.recovery-codes li').allTextContents();
  assert.equal(codes.length, 10);
  await page.click('a:text("I have kept them")');
  await page.waitForURL(/\/admin\/account$/);
  await page.selectOption('#zone', 'Europe/Vienna');
  await page.click('button:text-is("Save")');
  assert.match(await page.locator('main time').first().getAttribute('title') ?? '', /\+0[12]:00$/);

  await page.locator('.site-header form[action="/admin/logout"] button').click();
  await signIn(page, server, 'root', password);
  await page.waitForURL(/\/admin\/login\/totp$/);
  await page.fill('#code', '12345');
  await page.click('button:text-is("Sign in")');
  await page.waitForSelector('.error-summary');
  const code = await app.code();
  await page.fill('#code', `${code.slice(0, 3)} ${code.slice(3)}`);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/admin\/$/);

  await page.locator('.site-header form[action="/admin/logout"] button').click();
  await signIn(page, server, 'root', password);
  await page.click('summary');
  await page.fill('#recovery', codes[3].toLowerCase());
  await page.click('button:text-is("Sign in")');
  await page.waitForURL(/\/admin\/$/);
  await page.goto(`${server.base}/admin/account`);
  await page.click('button:text("Turn it off")');
  await page.waitForSelector('.flash');
});

test('the pages of the way in, by axe; what is made is copied', { timeout: 400000 }, async (t) => {
  const server = await serverFor(t, { config: null });
  const root = await Person.arrive('root', null, { reducedMotion: 'reduce', deviceScaleFactor: 1 });
  t.after(() => root.goHome());
  const { page } = root;
  const copied = async () => page.evaluate(() => navigator.clipboard.readText());
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(server.setupUrl.replace('127.0.0.1', 'localhost'));
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
