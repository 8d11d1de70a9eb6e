// The blurred background: there where an operator has installed the package, and nowhere else. Seen by what the other side decodes.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { writeMovingCamera } from './lib/moving_camera.mjs';
import { Person, until } from './lib/people.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
/** The package's folder; null until `npm ci` in tests/ has put it there. */
const folder = (() => {
  try {
    return dirname(createRequire(import.meta.url).resolve('@mediapipe/selfie_segmentation'));
  } catch {
    return null;
  }
})();
const scratch = mkdtempSync(join(tmpdir(), 'nereid-blur-'));
/** WebGL without a graphics card: the package computes there. */
const args = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', `--use-file-for-fake-video-capture=${join(scratch, 'camera.y4m')}`];

/** How much neighbouring pixels of somebody's picture differ here, on average; null while there is none. */
const sharpness = (p, who) => p.page.evaluate((name) => {
  const video = document.querySelector(`.tile[data-username="${name}"] video`);
  if (!video?.videoWidth) return null;
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
  const paint = canvas.getContext('2d');
  paint.drawImage(video, 0, 0, 320, 180);
  const { data } = paint.getImageData(0, 0, 320, 180);
  let sum = 0;
  for (let i = 4; i < data.length; i += 4) sum += Math.abs(data[i] - data[i - 4]);
  return sum / (data.length / 4);
}, who);

async function settingsOf(p) {
  await p.page.click('#open-settings');
  await p.page.waitForSelector('#settings:visible');
}
const hasEntry = (p) => p.page.evaluate(() => !document.querySelector('#blur-filter').hidden);

describe('where the package is installed', { skip: !folder && 'npm ci in tests/ first' }, () => {
  let server;
  let ada;
  let bo;

  before(async () => {
    writeMovingCamera(join(scratch, 'camera.y4m'), 'motion');
    const files = Object.fromEntries(readdirSync(folder).map((name) => [`static/third-party/selfie_segmentation/${name}`, readFileSync(join(folder, name))]));
    server = await startServer({ groups: { meeting: anybody }, files: { ...files, 'data/mediad.json': { wasm: true } } });
    ada = await Person.arrive('ada', null, { args });
    bo = await Person.arrive('bo', null);
  });
  after(async () => {
    for (const p of [ada, bo]) await p?.goHome();
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('the others see what is behind a person blurred, and sharp again without it', async (t) => {
    await ada.join(server, 'meeting');
    await bo.join(server, 'meeting', { media: 'none' });
    const sharp = await until('bo sees a sharp picture', async () => { const s = await sharpness(bo, 'ada'); return s > 3 && s; });
    await settingsOf(ada);
    await until('there is an entry', () => hasEntry(ada));
    await ada.page.selectOption('#set-filter', 'background-blur');
    const soft = await until('bo sees it blurred', async () => { const s = await sharpness(bo, 'ada'); return s !== null && s < 0.6 * sharp && s; });
    t.diagnostic(`neighbours differ by ${sharp.toFixed(1)} before, ${soft.toFixed(1)} with it`);
    const { framesDecoded } = await bo.received();
    await until('pictures go on', async () => (await bo.received()).framesDecoded > framesDecoded + 10);
    await ada.photograph('blur');
    await ada.page.selectOption('#set-filter', '');
    await until('bo sees it sharp again', async () => (await sharpness(bo, 'ada')) > 0.8 * sharp);
    for (const p of [ada, bo]) assert.deepEqual(await p.complaints(), []);
  });
});

describe('where it is not', () => {
  let server;
  let ada;

  before(async () => {
    server = await startServer({ groups: { meeting: anybody } });
    ada = await Person.arrive('ada', ['red', 'blue']);
  });
  after(async () => {
    await ada?.goHome();
    await server?.stop();
  });

  it('there is no entry, and a setting of old sends the camera as it is', async () => {
    await ada.join(server, 'meeting');
    const [answer] = await Promise.all([
      ada.page.waitForResponse((r) => r.url().endsWith('/third-party/selfie_segmentation/selfie_segmentation.js')),
      settingsOf(ada),
    ]);
    assert.equal(answer.status(), 404);
    assert.equal(await hasEntry(ada), false);
    await ada.page.fill('#chat-input', '/set filter "background-blur"');
    await ada.page.press('#chat-input', 'Enter');
    await until('she is told', async () => /cannot be blurred here/.test(await ada.page.textContent('#notices-warn') ?? ''));
    await ada.page.waitForFunction(() => document.querySelector('.tile.own video').videoWidth > 0);
    assert.deepEqual(await ada.complaints(), []);
  });
});
