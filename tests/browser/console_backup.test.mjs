// Backups in a browser: a person makes one, sees how far it is, and puts it back, with scripts and without.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { axeViolations } from './lib/axe.mjs';
import { artefacts, Person } from './lib/people.mjs';
import { addExamples } from '../lib/console_facts.mjs';
import { eventually, serverFor } from '../lib/server.mjs';

const looks = [
  ['light', 'light', 1366, 768], ['dark', 'dark', 1366, 768], ['phone', 'light', 390, 844], ['phone-dark', 'dark', 390, 844], ['narrow', 'light', 320, 700],
];

async function signIn(page, server) {
  await page.goto(`${server.base}/admin/backup`);
  await page.fill('#name', 'root');
  await page.fill('#password', 'rootpw');
  await page.click('button:text("Sign in")');
  await page.waitForURL(/\/admin\/backup$/);
}

async function examine(page, name) {
  for (const [look, colorScheme, width, height] of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px too wide at ${width} px`);
    assert.deepEqual(await axeViolations(page), [], `${name} in ${look}`);
    await page.screenshot({ path: join(artefacts, `console-${name}-${look}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1366, height: 768 });
}

for (const javaScriptEnabled of [true, false]) {
  test(`a backup is made and put back ${javaScriptEnabled ? 'with scripts' : 'without scripts'}`, { timeout: 300000 }, async (t) => {
    const server = await serverFor(t, { groups: { seminar: { description: 'then' } } });
    const root = await Person.arrive('root', ['red', 'blue'], { javaScriptEnabled });
    t.after(() => root.goHome());
    const { page } = root;
    const ended = () => page.waitForSelector('.message', { timeout: 60000 });
    await signIn(page, server);
    if (javaScriptEnabled) await examine(page, 'backup-empty');
    await page.click('button:text("Make the backup")');
    await page.waitForURL(/\/admin\/jobs\//);
    await ended();
    assert.match(await page.innerText('.message'), /^Done\. Groups: 1, files: /);
    await page.click('a:text("All backups")');
    await server.api('.groups/seminar', { method: 'PUT', json: { description: 'spoilt' } });
    if (javaScriptEnabled) {
      addExamples(server);
      await page.reload();
      await examine(page, 'backup');
    }
    await page.click('tr:has-text("nereid-") a:has-text("Put back")');
    await page.waitForURL(/\/restore$/);
    assert.match(await page.innerText('main'), /Groups that change: 1\s+seminar/);
    if (javaScriptEnabled) await examine(page, 'backup-restore');
    await page.check('#scope-groups');
    await page.fill('#server', new URL(server.base).hostname);
    await page.click('button:text("Put it back")');
    await page.waitForURL(/\/admin\/jobs\//);
    await ended();
    assert.match(await page.innerText('.message'), /1 of 1 groups were put back/);
    if (javaScriptEnabled) await examine(page, 'job');
    await eventually(async () => assert.equal((await (await server.api('.groups/seminar')).json()).description, 'then'));
    if (javaScriptEnabled) assert.deepEqual(root.errors, []);
  });
}
