// Pages of the console in a browser: signing in, and looking at a page in each size and theme.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { axeViolations } from './axe.mjs';
import { artefacts } from './people.mjs';
import { AuthenticatorApp } from '../../lib/totp.mjs';

/**
 * Opens a page of the console as the server's administrator, who has to sign in first.
 * @param {import('playwright-core').Page} page
 * @param {{base: string}} server
 * @param {string} [path] with no query
 */
export async function signInAsRoot(page, server, path = '/admin/') {
  await page.goto(server.base + path);
  await page.fill('#name', 'root');
  await page.fill('#password', 'rootpw');
  await page.click('button:text-is("Sign in")');
  await page.waitForURL(server.base + path);
}

/** @typedef {{name: string, colorScheme: 'light'|'dark', width: number, height: number}} Look */

/**
 * The page as it is, in each look: nothing beside the window's edge, no violation. Of looks of one width the later ones differ in
 * colours alone. A picture of each is kept where NEREID_ARTEFACTS asks for them; else of one that is wrong.
 * @param {import('playwright-core').Page} page
 * @param {string} name of the page, in messages and in the picture's file
 * @param {Look[]} looks
 */
export async function examineLooks(page, name, looks) {
  const widths = new Set();
  for (const { name: look, colorScheme, width, height } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height });
    // A picture, however small, has Chromium work out all styles: else texts may keep an inherited colour of the theme before.
    await page.screenshot({ clip: { x: 0, y: 0, width: 1, height: 1 } });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    let violations = await axeViolations(page, { coloursOnly: widths.has(width) });
    if (process.env.NEREID_ARTEFACTS || wide > 0 || violations.length > 0) {
      await page.screenshot({ path: join(artefacts, `console-${name}-${look}.png`), fullPage: true });
    }
    // A busy machine may leave some all the same (Chromium 156, labels of radio buttons): what the whole picture has is what one sees.
    if (violations.length > 0) violations = await axeViolations(page, { coloursOnly: widths.has(width) });
    widths.add(width);
    assert.ok(wide <= 0, `${name} is ${wide} px too wide at ${width} px`);
    assert.deepEqual(violations, [], `${name} in ${look}`);
  }
}

/** Fills in the page that asks who one is, and sends it. */
export async function signIn(page, server, name, secret) {
  await page.goto(`${server.base}/admin/login`);
  await page.fill('#name', name);
  await page.fill('#password', secret);
  await page.click('button:text-is("Sign in")');
}

/** From the page of the account root to the recovery codes: the authenticator app that makes its codes from then on. */
export async function enrol(page) {
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
