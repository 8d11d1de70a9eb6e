// Recordings in Chromium: a file plays in the page and is sought in, on the group's page and in the console; what axe says of both.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { examineLooks } from './lib/console_page.mjs';
import { Caller } from './lib/caller.mjs';
import { openFirefox } from './lib/firefox.mjs';
import { writeMovingCamera } from './lib/moving_camera.mjs';
import { Person, until } from './lib/people.mjs';
import { film } from '../lib/film.mjs';
import { decode, finishedRecordings, picturesOf } from '../lib/recorded.mjs';
import { holdLock, keepRecording, makeFilm, makePoster } from '../lib/recordings.mjs';
import { serverFor } from '../lib/server.mjs';
import { join as enter } from '../lib/ws_client.mjs';

const ADA = '2026-05-01T10:00:00.000-ada.webm';
const SECONDS = 20;
const looks = [
  { name: 'light', colorScheme: 'light', width: 1280, height: 900 },
  { name: 'dark', colorScheme: 'dark', width: 1280, height: 900 },
  { name: 'phone', colorScheme: 'light', width: 320, height: 700 },
];

async function examine(page, name) {
  await examineLooks(page, `recordings-${name}`, looks);
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.deepEqual(await page.evaluate(() => window.violationsForTests ?? []), [], `${name} keeps to its policy`);
}

/** Plays a film, the page's first one: pictures are decoded, time goes on; and at another place, too. @returns how wide it is */
async function playAndSeek(page, seconds = SECONDS, tolerance = 0.5, selector = 'video') {
  const state = () => page.evaluate((which) => {
    const v = document.querySelector(which);
    return { t: v.currentTime, frames: v.getVideoPlaybackQuality().totalVideoFrames, length: v.duration, error: v.error?.message, wide: v.videoWidth };
  }, selector);
  assert.equal(await page.evaluate((which) => document.querySelector(which).readyState, selector), 0, 'nothing is loaded before it is asked for');
  await page.evaluate((which) => { // not heard: no gesture is needed
    const v = document.querySelector(which);
    v.muted = true;
    void v.play();
  }, selector);
  await until('it plays', async () => (await state()).t > 0.5 && (await state()).frames > 3);
  const first = await state();
  assert.ok(first.wide > 0);
  assert.ok(Math.abs(first.length - seconds) < tolerance, `it lasts ${first.length}`);
  await page.evaluate(([which, t]) => { document.querySelector(which).currentTime = t; }, [selector, seconds - 3]);
  await until('it goes on there', async () => {
    const now = await state();
    assert.equal(now.error, undefined);
    return now.t > seconds - 2.5 && now.frames > first.frames + 3;
  });
  await page.evaluate((which) => { document.querySelector(which).pause(); }, selector);
  return (await state()).wide;
}

/** In Firefox, by its driver. */
async function signIn(page, server) {
  await page.goto(`${server.base}/admin/login`);
  await page.type('#name', 'root');
  await page.type('#password', 'rootpw');
  await Promise.all([page.waitForNavigation(), page.click('main button[type=submit]')]);
}

test('a recording plays in the page and is sought in', { timeout: 300000 }, async (t) => {
  const work = mkdtempSync(join(tmpdir(), 'nereid-films-'));
  t.after(() => { rmSync(work, { recursive: true, force: true }); });
  makeFilm(join(work, 'film.webm'), SECONDS);
  makePoster(join(work, 'film.webm'), join(work, 'film.png'));
  const server = await serverFor(t, { groups: { hall: { 'allow-recording': true, users: { op: { password: 'oo', permissions: 'op' } } } } });
  const about = { started: '2026-05-01T10:00:00.000Z', duration: SECONDS, username: 'ada', label: 'camera', tracks: [{ kind: 'video', codec: 'vp8', width: 320, height: 240 }, { kind: 'audio', codec: 'opus' }] };
  keepRecording(server, 'hall', ADA, readFileSync(join(work, 'film.webm')), about, readFileSync(join(work, 'film.png')));
  keepRecording(server, 'hall', '2026-04-01T10:00:00.000-somebody with a rather long name indeed and no spaceatall.webm', 'x', { tracks: [{ kind: 'audio', codec: 'opus' }] });
  keepRecording(server, 'hall', '2026-04-01T10:00:00.500-carrot.webm.part', 'x');
  await holdLock(t, keepRecording(server, 'hall', '2026-04-01T10:00:01.000-vimes.webm.part', 'x'));

  const op = await Person.arrive('op', null, { httpCredentials: { username: 'op', password: 'oo' } });
  t.after(() => op.goHome());
  const { page } = op;
  await page.goto(`${server.base}/recordings/hall/`);
  await until('the poster is there', () => page.evaluate(async () => {
    const picture = new Image();
    picture.src = document.querySelector('video').poster;
    await picture.decode();
    return picture.naturalWidth === 320;
  }));
  await playAndSeek(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(`a[aria-label="Download ${ADA}"]`)]);
  assert.equal(download.suggestedFilename(), ADA.replaceAll(':', '-'));
  await page.click('button[aria-label^="Delete 2026-04-01T10:00:00.000"]');
  await page.click('summary:text("Deleted (1)")');
  await examine(page, 'group');
  await page.click('button:text("Restore")');
  await page.waitForSelector('audio');
  assert.equal(await page.locator('summary').count(), 0);
  assert.deepEqual(op.errors, []);

  const root = await Person.arrive('root', null);
  t.after(() => root.goHome());
  await root.page.goto(`${server.base}/admin/login?next=/admin/recordings`);
  await root.page.fill('#name', 'root');
  await root.page.fill('#password', 'rootpw');
  await root.page.click('main button[type=submit]');
  await root.page.waitForURL(/\/admin\/recordings/);
  await playAndSeek(root.page);
  await root.page.click('button[aria-label^="Delete 2026-04-01T10:00:00.000"]');
  await root.page.waitForSelector('.flash');
  await root.page.click('summary');
  await examine(root.page, 'console');
  await root.page.click('.recording a[href="/recordings/hall/"]');
  await root.page.waitForURL(/\/recordings\/hall\/$/);
  await playAndSeek(root.page);
  assert.deepEqual(root.errors, []);
});

test('what a browser sent is watched in Chromium and in Firefox as soon as the recording ends', { timeout: 400000 }, async (t) => {
  const server = await serverFor(t, { groups: { hall: { 'allow-recording': true, users: { op: { password: 'oo', permissions: 'op' } } } } });
  const op = await Person.arrive('op', null);
  t.after(() => op.goHome());
  await op.join(server, 'hall', { password: 'oo' });
  const recording = async (method) => (await server.api('.groups/hall/.recording', { method })).status;
  const files = async () => (await server.api('.groups/hall/.recordings/')).json();
  assert.equal(await recording('PUT'), 204);
  await until('ten seconds are written', async () => {
    const [file] = await files();
    return file && Date.now() - Date.parse(file.started) > 10000;
  });
  assert.equal(await recording('DELETE'), 204);
  const [file] = await until('it is complete', async () => {
    const list = await files();
    return list.length === 1 && list[0].duration > 0 && list;
  });
  assert.equal(file.username, 'op');
  await op.page.goto(`${server.base}/admin/login`);
  await op.page.fill('#name', 'root');
  await op.page.fill('#password', 'rootpw');
  await op.page.click('main button[type=submit]');
  await op.page.waitForURL(/\/admin\/$/);
  await op.page.goto(`${server.base}/recordings/hall/`);
  await playAndSeek(op.page, file.duration, 1);
  const browser = await openFirefox();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await signIn(page, server);
  await page.goto(`${server.base}/recordings/hall/`);
  await playAndSeek(page, file.duration, 1);
});

test('VP9 that begins with its lowest layer and grows is shown as large as it becomes, in Firefox', { timeout: 300000 }, async (t) => {
  const work = mkdtempSync(join(tmpdir(), 'nereid-growing-'));
  t.after(() => { rmSync(work, { recursive: true, force: true }); });
  const camera = join(work, 'camera.y4m');
  writeMovingCamera(camera);
  const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
  const server = await serverFor(t, { groups: { hall: { ...anybody, codecs: ['vp9', 'opus'], 'allow-recording': true } } });
  await enter(t, server, 'hall', 'op');
  assert.equal((await server.api('.groups/hall/.recording', { method: 'PUT' })).status, 204);
  const ada = await Caller.arrive(server.base, 'hall', 'ada', { camera, encodings: [{ scalabilityMode: 'L3T3' }] });
  t.after(() => ada.leave());
  const files = async () => (await server.api('.groups/hall/.recordings/')).json();
  await until('ten seconds are written', async () => {
    const [file] = await files();
    return file && Date.now() - Date.parse(file.started) > 10000;
  });
  assert.equal((await server.api('.groups/hall/.recording', { method: 'DELETE' })).status, 204);
  const paths = await finishedRecordings(server, 'hall'); // a camera that grows late begins another file
  for (const path of paths)
    assert.equal(await decode(path), '');
  const widths = (await picturesOf(paths.at(-1))).map(({ width }) => width);
  const largest = Math.max(...widths);
  t.diagnostic(`${paths.length} files, widths ${widths.filter((w, i) => w !== widths[i - 1]).join(' ')}`);
  const browser = await openFirefox();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await signIn(page, server);
  await page.goto(`${server.base}/recordings/hall/`);
  const newest = (await files()).find(({ name }) => name === basename(paths.at(-1)));
  assert.equal(await playAndSeek(page, newest.duration, 1, `video[src$="/${encodeURIComponent(newest.name)}"]`), largest);
});

test('and in Firefox', { timeout: 300000 }, async (t) => {
  const work = mkdtempSync(join(tmpdir(), 'nereid-films-'));
  t.after(() => { rmSync(work, { recursive: true, force: true }); });
  makeFilm(join(work, 'film.webm'), SECONDS);
  const server = await serverFor(t, { groups: { hall: { 'allow-recording': true } } });
  keepRecording(server, 'hall', ADA, readFileSync(join(work, 'film.webm')), { started: '2026-05-01T10:00:00.000Z', duration: SECONDS });
  const browser = await openFirefox();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await signIn(page, server);
  await page.goto(`${server.base}/recordings/hall/`);
  await playAndSeek(page);
});

test('a group is recorded from its page in the console', { timeout: 300000 }, async (t) => {
  const server = await serverFor(t, { groups: { hall: { 'allow-recording': true, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } } });
  await enter(t, server, 'hall', 'ann');
  const root = await Person.arrive('root', null);
  t.after(() => root.goHome());
  const { page } = root;
  await page.goto(`${server.base}/admin/login?next=/admin/groups/hall/.live`);
  await page.fill('#name', 'root');
  await page.fill('#password', 'rootpw');
  await page.click('main button[type=submit]');
  await page.waitForURL(/\.live$/);
  await page.waitForSelector('button:text("Start recording")');
  await examine(page, 'live');
  await page.click('button:text("Start recording")');
  await page.waitForSelector('.badge:text("Recording")');
  await examine(page, 'live-recorded');
  await page.click('button:text("Stop recording")');
  await page.waitForSelector('button:text("Start recording")');
  await page.click('nav.tabs a:text("Recordings")');
  await page.waitForURL(/\/admin\/recordings\?group=hall$/);
  await examine(page, 'console-none');
  await page.goto(`${server.base}/recordings/hall/`);
  await examine(page, 'group-none');
  assert.deepEqual(root.errors, []);
});

test('one film of a meeting, without scripts', { timeout: 300000 }, async (t) => {
  const work = mkdtempSync(join(tmpdir(), 'nereid-films-'));
  t.after(() => { rmSync(work, { recursive: true, force: true }); });
  const server = await serverFor(t, { groups: { hall: { 'allow-recording': true } } });
  for (const [i, who] of ['ada', 'bob'].entries()) {
    const start = `2026-06-01T10:00:0${i}.000`;
    film(join(work, `${who}.webm`), 3, '-metadata', `creation_time=${start}Z`, '-metadata', `artist=${who}`);
    keepRecording(server, 'hall', `${start}-${who}.webm`, readFileSync(join(work, `${who}.webm`)), { started: `${start}Z`, duration: 3, username: who });
  }
  const context = { httpCredentials: { username: 'root', password: 'rootpw' } };
  const plain = await Person.arrive('plain', null, { ...context, javaScriptEnabled: false });
  t.after(() => plain.goHome());
  const { page } = plain;
  await page.goto(`${server.base}/recordings/hall/`);
  await page.click('button:text("Make one film")');
  await page.waitForURL(/\/recordings\/hall\/\?film=/);
  await page.waitForURL(/\/recordings\/hall\/$/, { timeout: 120000 }); // by itself
  await page.waitForSelector('.badge:text("Film of the meeting")');
  assert.equal(await page.locator('video').count(), 3);

  const root = await Person.arrive('root', null, context);
  t.after(() => root.goHome());
  await root.page.goto(`${server.base}/recordings/hall/`);
  assert.equal(await root.page.evaluate(async () => {
    const body = new URLSearchParams({ q: 'film', start: '2020-01-01T00:00:00.000' });
    return (await fetch('', { method: 'POST', body })).status;
  }), 200);
  await until('it is told that this cannot be', async () => {
    await root.page.goto(`${server.base}/recordings/hall/?film=2020-01-01T00:00:00.000`);
    return await root.page.locator('.message.danger').count() > 0;
  });
  await examine(root.page, 'film');
  await root.page.click('main a');
  await examine(root.page, 'with-film');
  assert.deepEqual(root.errors, []);
});
