// Backups in a browser: a person makes one, sees how far it is, puts it back, and takes another server's files in; a recording is
// shared with somebody who has no account. With scripts and without.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { examineLooks, signInAsRoot } from './lib/console_page.mjs';
import { Person } from './lib/people.mjs';
import { addExamples } from '../lib/console_facts.mjs';
import { keepRecording, makeFilm } from '../lib/recordings.mjs';
import { eventually, openDirectory, serverFor } from '../lib/server.mjs';

const looks = [
  { name: 'light', colorScheme: 'light', width: 1366, height: 768 }, { name: 'dark', colorScheme: 'dark', width: 1366, height: 768 },
  { name: 'phone', colorScheme: 'light', width: 390, height: 844 }, { name: 'phone-dark', colorScheme: 'dark', width: 390, height: 844 },
  { name: 'narrow', colorScheme: 'light', width: 320, height: 700 },
];

/** What a Galene server's administrator packs. */
function archive() {
  const place = openDirectory();
  try {
    mkdirSync(join(place, 'groups'));
    writeFileSync(join(place, 'groups/newcomer.json'), '{"description": "theirs"}');
    writeFileSync(join(place, 'groups/bad.json'), '{');
    return spawnSync('tar', ['cz', '-C', place, 'groups']).stdout;
  } finally {
    rmSync(place, { recursive: true });
  }
}

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

    await page.goto(`${server.base}/admin/backup`);
    await page.setInputFiles('#file', { name: 'galene.tar.gz', mimeType: 'application/gzip', buffer: archive() });
    await page.click('button:text("Send it")');
    await page.waitForURL(/\/admin\/import\//);
    if (javaScriptEnabled) await examine(page, 'import');
    await page.check('label:has-text("newcomer") input');
    await page.click('button:text("Take it in")');
    await page.waitForURL(/\/admin\/jobs\//);
    await ended();
    assert.match(await page.innerText('.message'), /1 of 1 files were taken in/);
    assert.equal((await (await server.api('.groups/newcomer')).json()).description, 'theirs');

    const name = '2026-05-01T10:00:00.000-ada.webm';
    makeFilm(keepRecording(server, 'seminar', name, '', { duration: 2, username: 'ada' }), 2);
    await page.goto(`${server.base}/admin/groups/seminar/.recordings/${name}`);
    await page.fill('#label', 'for the board');
    await page.click('button:text("Make the link")');
    const link = await page.getAttribute('#link', 'href');
    const visitor = await (await page.context().browser().newContext({ ignoreHTTPSErrors: true })).newPage();
    await visitor.goto(link);
    if (javaScriptEnabled) await examine(visitor, 'shared');
    assert.ok(await visitor.evaluate(async () => {
      const video = document.querySelector('video');
      video.muted = true;
      await video.play();
      await new Promise((done) => { video.onended = done; });
      return video.videoWidth > 0 && video.currentTime > 1;
    }), 'it plays to its end');
    await visitor.context().close();
    await page.reload();
    assert.match(await page.innerText('main'), /Played or downloaded\s+1/);
    if (javaScriptEnabled) assert.deepEqual(root.errors, []);
  });
}
