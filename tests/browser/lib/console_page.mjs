// Pages of the console in a browser: signing in, and looking at a page in each size and theme.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { axeViolations } from './axe.mjs';
import { artefacts } from './people.mjs';

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
 * The page as it is, in each look: nothing beside the window's edge, no violation; a picture is kept.
 * @param {import('playwright-core').Page} page
 * @param {string} name of the page, in messages and in the picture's file
 * @param {Look[]} looks
 */
export async function examineLooks(page, name, looks) {
  for (const { name: look, colorScheme, width, height } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px too wide at ${width} px`);
    assert.deepEqual(await axeViolations(page), [], `${name} in ${look}`);
    await page.screenshot({ path: join(artefacts, `console-${name}-${look}.png`), fullPage: true });
  }
}
