// Backups in a browser: a person makes one, sees how far it is, and puts it back, with scripts and without.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { examineLooks, signInAsRoot } from './lib/console_page.mjs';
import { Person } from './lib/people.mjs';
import { addExamples } from '../lib/console_facts.mjs';
import { eventually, serverFor } from '../lib/server.mjs';

const looks = [
  { name: 'light', colorScheme: 'light', width: 1366, height: 768 }, { name: 'dark', colorScheme: 'dark', width: 1366, height: 768 },
  { name: 'phone', colorScheme: 'light', width: 390, height: 844 }, { name: 'phone-dark', colorScheme: 'dark', width: 390, height: 844 },
  { name: 'narrow', colorScheme: 'light', width: 320, height: 700 },
];

async function examine(page, name) {
  await examineLooks(page, name, looks);
  await page.setViewportSize({ width: 1366, height: 768 });
}

for (const javaScriptEnabled of [true, false]) {
  test(`a backup is made and put back ${javaScriptEnabled ? 'with scripts' : 'without scripts'}`, { timeout: 300000 }, async (t) => {
    const server = await serverFor(t, { groups: { seminar: { description: 'then' } } });
    const root = await Person.arrive('root', ['red', 'blue'], { javaScriptEnabled });
    t.after(() => root.goHome());
    const { page } = root;
    const ended = () => page.waitForSelector('.message', { timeout: 60000 });
    await signInAsRoot(page, server, '/admin/backup');
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
