// The bar at the bottom: what its buttons do to one's devices and what the others get of it, its menus, on a phone, by keyboard alone.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { startServer } from '../lib/server.mjs';
import { axeViolations } from './lib/axe.mjs';
import { artefacts, Person, until } from './lib/people.mjs';

const groups = {
  club: { displayName: 'The Club', users: { ada: { password: 'op', permissions: 'op' } }, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } },
};

/** Runs inside the page before its own scripts: keeps what devices were opened, and the clones of that, to see whether they are given back. */
function keepTracks() {
  const kept = [];
  window.tracksForTests = kept;
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const media = await open(wanted);
    kept.push(...media.getTracks());
    return media;
  };
  const { clone } = MediaStreamTrack.prototype;
  MediaStreamTrack.prototype.clone = function copied() {
    const track = clone.call(this);
    kept.push(track);
    return track;
  };
}

/** Labels of the open devices of a kind; a camera's light is on while there is one. */
const open = (p, kind) => p.page.evaluate((k) => [...new Set(window.tracksForTests
  .filter((t) => t.kind === k && t.readyState === 'live').map((t) => t.label))], kind);

const word = (p, id) => p.page.textContent(`${id} .round-label`);
const off = async (p, id) => await p.page.getAttribute(id, 'aria-pressed') === 'true';

/** What stands at a point of a button's middle, in its own colour. */
const colour = (p, id) => p.page.evaluate((i) => getComputedStyle(document.querySelector(i)).backgroundColor, id);

describe('the bar', () => {
  let server;
  /** @type {Person} */
  let ada;
  /** @type {Person} */
  let bo;

  /** How much sound of bo came to ada within a second. */
  async function heard() {
    const before = (await ada.received()).audioEnergy;
    await new Promise((ok) => { setTimeout(ok, 1000); });
    return (await ada.received()).audioEnergy - before;
  }

  before(async () => {
    server = await startServer({ groups });
    ada = await Person.arrive('ada', ['red', 'blue']);
    bo = await Person.arrive('bo', ['yellow', 'magenta']);
    for (const p of [ada, bo]) await p.page.addInitScript(keepTracks);
    await ada.join(server, 'club', { password: 'op', media: 'none' });
    await bo.join(server, 'club', { media: 'none' });
  });
  after(async () => {
    for (const p of [ada, bo]) await p?.goHome();
    await server?.stop();
  });

  it('is one row of round buttons of 48 pixels, in the middle of the bottom', async () => {
    const seen = await bo.page.evaluate(() => {
      const buttons = [...document.querySelectorAll('.dock-middle .round')].filter((b) => b.checkVisibility());
      const box = document.querySelector('.dock-middle').getBoundingClientRect();
      return {
        ids: buttons.map((b) => b.id).join(' '), offset: box.left + box.width / 2 - innerWidth / 2, under: innerHeight - box.bottom,
        sizes: buttons.map((b) => b.getBoundingClientRect()).flatMap((r) => [r.width, r.height]),
        icons: ['mute', 'camera'].map((id) => document.querySelector(`#${id} use`).getAttribute('href').split('#')[1]),
      };
    });
    assert.equal(seen.ids, 'mute camera share raise react more leave');
    assert.ok(seen.sizes.every((s) => Math.abs(s - 48) < 0.5), seen.sizes.join());
    assert.ok(Math.abs(seen.offset) < 2 && seen.under >= 0 && seen.under < 40, JSON.stringify(seen));
    assert.deepEqual(seen.icons, ['mic-off', 'camera-off'], 'struck');
  });

  it('starts the camera alone, and the microphone beside it', async () => {
    assert.ok(await off(bo, '#camera') && await off(bo, '#mute'));
    assert.deepEqual([await word(bo, '#camera'), await word(bo, '#mute')], ['Start video', 'Unmute']);
    const red = await colour(bo, '#camera');
    assert.equal(await colour(bo, '#leave'), red);
    await bo.page.click('#camera');
    await ada.decodes(bo);
    assert.deepEqual([await open(bo, 'video').then((l) => l.length), await open(bo, 'audio')], [1, []]);
    assert.equal(await word(bo, '#camera'), 'Stop video');
    assert.notEqual(await colour(bo, '#camera'), red);
    assert.ok(await off(bo, '#mute'));
    await bo.page.click('#mute');
    await until('the microphone is open', async () => (await open(bo, 'audio')).length === 1 && !await off(bo, '#mute'));
    assert.equal(await word(bo, '#mute'), 'Mute');
    await ada.hears();
    await ada.decodes(bo);
  });

  it('stops the camera: the device is given back, and nobody has the picture', async () => {
    await bo.page.click('#camera');
    await until('the light is off', async () => (await open(bo, 'video')).length === 0);
    await ada.page.waitForSelector('.tile:not(.own).audio-only');
    assert.equal(await ada.look('bo'), null);
    assert.equal(await word(bo, '#camera'), 'Start video');
    await ada.hears();
    await bo.page.click('#camera');
    await ada.decodes(bo);
  });

  it('mutes for the others, and gives the microphone back on request', async () => {
    await until('sound comes', async () => await heard() > 1e-3);
    await bo.page.click('#mute');
    await until('silence', async () => await heard() < 1e-5);
    assert.equal(await word(bo, '#mute'), 'Unmute');
    await bo.page.keyboard.down('Space');
    assert.ok(await off(bo, '#mute'), 'on a button Space presses it');
    await bo.page.keyboard.up('Space');
    await until('so it was pressed', async () => !await off(bo, '#mute'));
    await bo.page.click('#choose-microphone');
    await bo.page.click('[data-action=microphone-off]');
    await until('the device is given back', async () => (await open(bo, 'audio')).length === 0);
    assert.ok(await off(bo, '#mute'));
    await ada.decodes(bo);
    await bo.page.click('#mute');
    await ada.hears();
  });

  it('who holds Space is heard for as long', async () => {
    await bo.page.click('#mute');
    await until('silence', async () => await heard() < 1e-5);
    await bo.page.evaluate(() => document.activeElement.blur());
    await bo.page.keyboard.down('Space');
    await until('sound comes', async () => await heard() > 1e-3);
    await bo.page.keyboard.up('Space');
    await until('silence again', async () => await heard() < 1e-5);
    await bo.page.click('#mute');
  });

  it('the last device that stops ends the stream; Enable and Disable do both at once', async () => {
    await bo.choose('disable');
    await until('the tile is gone', async () => await ada.tiles('bo') === 0);
    assert.deepEqual([await open(bo, 'video'), await open(bo, 'audio')], [[], []]);
    await bo.choose('enable');
    await ada.decodes(bo);
    await ada.hears();
    await bo.page.click('#choose-microphone');
    await bo.page.waitForSelector('[data-action=microphone-off]');
    // At once: what is sent without the microphone has not been offered yet when it ends.
    await bo.page.evaluate(() => { for (const e of ['[data-action=microphone-off]', '#camera']) document.querySelector(e).click(); });
    await until('the tile is gone', async () => await ada.tiles('bo') === 0);
    assert.deepEqual([await open(bo, 'video'), await open(bo, 'audio')], [[], []]);
    await bo.says('/enable');
    await ada.decodes(bo);
    assert.equal((await open(bo, 'audio')).length, 1);
  });

  it('the arrow beside the microphone changes it, and shows its level', async () => {
    await bo.page.click('#choose-microphone');
    await until('the level moves', () => bo.page.evaluate(() => document.querySelector('.menu meter').value > 0));
    const [before] = await open(bo, 'audio');
    const other = bo.page.locator('[role=group][aria-label=Microphone] [role=menuitemradio]').last();
    const name = await other.textContent();
    assert.equal(await other.getAttribute('aria-checked'), 'false');
    await other.click();
    await until('the other one is open', async () => (await open(bo, 'audio')).join() === name);
    assert.notEqual(before, name);
    assert.equal(await other.getAttribute('aria-checked'), 'true');
    await until('the level moves again', () => bo.page.evaluate(() => document.querySelector('.menu meter').value > 0));
    assert.deepEqual(await axeViolations(bo.page), []);
    await bo.photograph('bar-microphones');
    await bo.page.keyboard.press('Escape');
    assert.ok(await bo.page.evaluate(() => document.activeElement.id === 'choose-microphone'));
    await ada.hears();
  });

  it('the arrow beside the camera changes it for the others, and a blackboard is asked for with more lines', async () => {
    const cleo = await Person.arrive('cleo', null, { args: ['--use-fake-device-for-media-stream=device-count=3'] });
    try {
      await cleo.page.addInitScript(keepTracks);
      await cleo.join(server, 'club');
      await until('the picture is there', () => ada.look('cleo'));
      const [before] = await open(cleo, 'video');
      await cleo.page.click('#choose-camera');
      const cameras = cleo.page.locator('[role=group][aria-label=Camera] [role=menuitemradio]');
      assert.deepEqual(await cameras.evaluateAll((all) => all.map((e) => e.getAttribute('aria-checked'))), ['true', 'false', 'false']);
      const name = await cameras.last().textContent();
      await cameras.last().click();
      await until('the other one alone is open', async () => (await open(cleo, 'video')).join() === name);
      assert.notEqual(before, name);
      await cleo.page.keyboard.press('Escape');
      // The browser's own cameras show much the same, and little of it moves.
      const frames = () => ada.page.evaluate(() => document.querySelector('.tile[data-username=cleo] video').getVideoPlaybackQuality().totalVideoFrames);
      const shown = await frames();
      await until('its pictures come to the others', async () => await frames() > shown + 20);
      const asked = () => cleo.page.evaluate(() => {
        const track = window.tracksForTests.filter((t) => t.kind === 'video' && t.readyState === 'live').at(-1);
        const { width, height } = track?.getConstraints() ?? {};
        return { width, height, hint: track?.contentHint };
      });
      assert.deepEqual(await asked(), { width: 1280, height: 720, hint: 'motion' }); // a bare number is an ideal one
      await cleo.choose('settings');
      await cleo.page.check('#set-blackboard');
      await until('it is opened anew', async () => (await asked()).hint === 'detail');
      assert.deepEqual(await asked(), { width: { min: 640, ideal: 1920 }, height: { min: 400, ideal: 1080 }, hint: 'detail' });
    } finally {
      await cleo.goHome();
    }
  });

  it('who withdraws the permission is told so, stays in the meeting, and may choose again', async () => {
    const { targetInfo: { browserContextId } } = await (await bo.context.newCDPSession(bo.page)).send('Target.getTargetInfo');
    const cdp = await bo.browser.newBrowserCDPSession();
    /** @param {'granted'|'denied'} setting */
    const permit = (setting) => cdp.send('Browser.setPermission', { permission: { name: 'camera' }, setting, origin: server.base, browserContextId });
    await permit('granted');
    await permit('denied');
    await bo.page.waitForSelector('.notice:has-text("The browser no longer allows this page to use your camera.")');
    assert.deepEqual(await open(bo, 'video'), []);
    assert.ok(await off(bo, '#camera'));
    await until('ada has no picture of bo', async () => await ada.look('bo') === null);
    assert.ok(await ada.sees('bo'));
    await bo.photograph('bar-permission');
    await permit('granted');
    await bo.page.click('.notice button:text("Choose another camera")');
    await bo.page.click('dialog button:text("Use it")');
    await ada.decodes(bo);
    // The browser may have taken the microphone as well.
    if (await off(bo, '#mute')) await bo.page.click('#mute');
    await ada.hears();
  });

  it('sends reactions, which float over the videos of all', async () => {
    await bo.page.locator('#react').focus();
    await bo.page.keyboard.press('Enter');
    await bo.page.waitForSelector('.menu.in-row');
    await bo.page.keyboard.press('ArrowRight');
    const emoji = await bo.page.evaluate(() => document.activeElement.textContent);
    assert.deepEqual(await axeViolations(bo.page), []);
    await bo.photograph('bar-reactions');
    await bo.page.keyboard.press('Enter');
    await until('ada sees it', async () => (await ada.page.locator('#reactions').textContent())?.includes(emoji));
    assert.equal(await bo.page.locator('.menu.in-row').count(), 1);
    await bo.page.keyboard.press('Escape');
    assert.ok(await bo.page.evaluate(() => document.activeElement.id === 'react'));
  });

  it('shows how long one has been there, and how many are', async () => {
    const clock = () => bo.page.textContent('#clock');
    const first = await clock();
    assert.match(first ?? '', /^\d+:\d\d$/);
    await until('the clock goes on', async () => await clock() !== first);
    assert.equal((await bo.page.textContent('#people-count'))?.trim(), '2');
  });

  it('is dark by day as by night, and menus follow the theme', async () => {
    const seen = {};
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await ada.page.emulateMedia({ colorScheme });
      await ada.page.click('#more');
      seen[colorScheme] = await ada.page.evaluate(() => ['body', '#mute', '.menu'].map((s) => getComputedStyle(document.querySelector(s)).backgroundColor));
      assert.deepEqual(await axeViolations(ada.page), [], colorScheme);
      await ada.photograph(`bar-more-${colorScheme}`);
      await ada.page.keyboard.press('Escape');
      assert.deepEqual(await axeViolations(ada.page), [], colorScheme);
    }
    assert.deepEqual(seen.light.slice(0, 2), seen.dark.slice(0, 2));
    assert.notEqual(seen.light[2], seen.dark[2]);
  });

  it('is worked by keyboard alone', async () => {
    const { keyboard } = bo.page;
    const focused = () => bo.page.evaluate(() => document.activeElement.id);
    await bo.page.locator('#mute').focus();
    const order = ['mute'];
    for (;;) {
      await keyboard.press('ArrowRight');
      const id = await focused();
      if (id === 'mute') break;
      order.push(id);
    }
    assert.deepEqual(order,
      ['mute', 'choose-microphone', 'camera', 'choose-camera', 'share', 'raise', 'react', 'more', 'leave', 'toggle-users', 'toggle-chat']);
    await until('the focused button says what it does', () => bo.page.locator('#mute .round-label').evaluate((e) => getComputedStyle(e).opacity === '1'));
    await bo.page.locator('#raise').focus();
    await keyboard.press('Enter');
    await ada.page.waitForSelector('.user-entry.raised', { state: 'attached' });
    assert.equal(await word(bo, '#raise'), 'Lower hand');
    await keyboard.press('Enter');
    await ada.page.waitForSelector('.user-entry.raised', { state: 'detached' });
    await bo.page.locator('#more').focus();
    await keyboard.press('Enter');
    await bo.page.waitForSelector('[role=menu]');
    await keyboard.press('End');
    await keyboard.press('Enter');
    await bo.page.waitForSelector('dialog[open]');
    await keyboard.press('Escape');
    await bo.page.evaluate(() => document.activeElement.blur());
    await keyboard.press('v');
    await until('V stops the camera', async () => (await open(bo, 'video')).length === 0);
    await keyboard.press('v');
    await ada.decodes(bo);
    await keyboard.press('m');
    await until('M mutes', () => off(bo, '#mute'));
    await keyboard.press('m');
    // Out by the bar, and in again by the form.
    await bo.page.locator('#leave').focus();
    await keyboard.press('Enter');
    await bo.page.waitForSelector('#join:visible');
    await until('the form has the focus', async () => ['username', 'join'].includes(await focused()));
    await bo.page.locator('#username').focus();
    await keyboard.press('Control+a');
    await keyboard.type('bobby');
    await keyboard.press('Enter');
    await until('ada sees that name', () => ada.sees('bobby'));
    await keyboard.press('c');
    await until('C opens the chat', () => bo.page.isVisible('#chat-input'));
    await bo.page.locator('#chat-input').focus();
    await keyboard.type('by keyboard');
    await keyboard.press('Enter');
    await until('ada reads it', async () => (await ada.page.textContent('#chat-log'))?.includes('by keyboard'));
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const p of [ada, bo]) assert.deepEqual(await p.complaints(), []);
  });
});

describe('the bar on a phone', () => {
  let server;
  /** @type {Person} */
  let ada;
  /** @type {Person} */
  let kim;

  before(async () => {
    server = await startServer({ groups });
    ada = await Person.arrive('ada', ['red', 'blue']);
    kim = await Person.arrive('kim', ['green', 'cyan'], { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await kim.page.addInitScript(keepTracks);
    await ada.join(server, 'club', { password: 'op' });
    await kim.join(server, 'club');
  });
  after(async () => {
    for (const p of [ada, kim]) await p?.goHome();
    await server?.stop();
  });

  it('has words beneath its buttons, apart from one another and inside the window', async () => {
    for (const [width, height] of [[390, 844], [360, 740], [320, 640]]) {
      await kim.page.setViewportSize({ width, height });
      const seen = await kim.page.evaluate(() => [...document.querySelectorAll('.dock-middle .round')]
        .filter((b) => b.offsetParent).map((b) => {
          const label = b.querySelector('.round-label');
          const range = document.createRange();
          range.selectNodeContents(label);
          const [box, text] = [b.getBoundingClientRect(), range.getBoundingClientRect()];
          return { id: b.id, size: box.width, left: text.left, right: text.right, under: text.top >= box.bottom, bottom: text.bottom,
            opacity: getComputedStyle(label).opacity };
        }));
      assert.ok(seen.length >= 6, `${width}: ${seen.map((b) => b.id)}`);
      for (const [i, b] of seen.entries()) {
        assert.ok(b.under && b.opacity === '1' && b.bottom <= height && b.left >= 0 && b.right <= width, `${width}: ${JSON.stringify(b)}`);
        assert.ok(b.size >= (width < 390 ? 40 : 48), `${width}: ${JSON.stringify(b)}`);
        assert.ok(!i || seen[i - 1].right <= b.left, `${width}: ${seen[i - 1]?.id} and ${b.id}`);
      }
      await kim.photograph(`bar-phone-${width}`);
    }
    await kim.page.setViewportSize({ width: 390, height: 844 });
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await kim.page.emulateMedia({ colorScheme });
      assert.deepEqual(await axeViolations(kim.page), [], colorScheme);
    }
  });

  it('is worked by touch', async () => {
    await ada.decodes(kim);
    await kim.page.tap('#camera');
    await until('the light is off', async () => (await open(kim, 'video')).length === 0);
    await ada.page.waitForSelector('.tile:not(.own).audio-only');
    await kim.page.tap('#camera');
    await ada.decodes(kim);
    await kim.page.tap('#choose-microphone');
    await kim.page.waitForSelector('[role=menuitemradio]');
    await kim.page.touchscreen.tap(195, 60);
    await kim.page.waitForSelector('[role=menu]', { state: 'detached' });
    await kim.page.tap('#toggle-chat');
    await kim.page.waitForSelector('#chat-input:visible');
    await kim.page.tap('#toggle-chat');
    await kim.page.waitForSelector('#chat-input', { state: 'hidden' });
    await kim.page.tap('#leave');
    await kim.page.waitForSelector('#login-form:visible');
    await until('kim has gone', async () => !await ada.sees('kim'));
    assert.deepEqual(await open(kim, 'audio'), []);
    assert.deepEqual(await kim.complaints(), []);
  });
});

describe('the meeting in a small window', () => {
  let server;
  /** @type {Person} */
  let ada;
  /** @type {Person} */
  let bo;
  /** @type {import('playwright-core').Page} */
  let window;

  /** The colours in the middle of the halves of the window's first picture, and a row of it that tells one frame from another. */
  const look = () => window.evaluate(() => {
    const video = document.querySelector('video');
    if (!video?.videoWidth) return null;
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 64, height: 48 });
    const paint = canvas.getContext('2d', { willReadFrequently: true });
    paint.drawImage(video, 0, 0, 64, 48);
    return { name: video.closest('figure').dataset.username, left: [...paint.getImageData(8, 24, 1, 1).data], row: paint.getImageData(0, 24, 64, 1).data.join() };
  });

  async function moves(what) {
    const rows = new Set();
    await until(what, async () => {
      const seen = await look();
      return seen?.name === 'bo' && rows.add(seen.row).size > 5;
    });
  }

  before(async () => {
    server = await startServer({ groups });
    ada = await Person.arrive('ada', ['red', 'blue']);
    bo = await Person.arrive('bo', ['yellow', 'magenta']);
    await ada.join(server, 'club', { password: 'op' });
    await bo.join(server, 'club');
    await ada.decodes(bo);
  });
  after(async () => {
    for (const p of [ada, bo]) await p?.goHome();
    await server?.stop();
  });

  it('shows the other one, whose picture goes on when the page is out of sight', async () => {
    [window] = await Promise.all([ada.context.waitForEvent('page'), ada.choose('pip')]);
    await moves('bo is in the window');
    // As it is when another tab lies above.
    await ada.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await new Promise((ok) => { setTimeout(ok, 8000); });
    await moves('bo still moves');
    await ada.page.evaluate(() => {
      delete document.visibilityState;
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await window.screenshot({ path: join(artefacts, 'bar-window.png') });
    assert.deepEqual(await axeViolations(window), []);
  });

  it('mutes, stops the camera, and leaves', async () => {
    await bo.hears();
    await window.click('#mute');
    await until('silence', async () => {
      const before = (await bo.received()).audioEnergy;
      await new Promise((ok) => { setTimeout(ok, 1000); });
      return (await bo.received()).audioEnergy - before < 1e-5;
    });
    assert.equal(await window.textContent('#mute'), 'Unmute');
    assert.ok(await off(ada, '#mute'), 'the page says the same');
    await window.click('#camera');
    await bo.page.waitForSelector('.tile:not(.own).audio-only');
    await window.click('#camera');
    await bo.decodes(ada);
    await Promise.all([window.waitForEvent('close'), window.click('#leave')]);
    await until('ada has gone', async () => !await bo.sees('ada'));
  });

  it('is one picture alone where a browser has no window for pages', async () => {
    const cem = await Person.arrive('cem', ['green', 'cyan']);
    try {
      await cem.page.addInitScript(() => { delete window.documentPictureInPicture; });
      await cem.join(server, 'club');
      await cem.decodes(bo);
      await cem.choose('pip');
      await until('bo is in a window', () => cem.page.evaluate(() => document.pictureInPictureElement?.closest('.tile')?.dataset.username === 'bo'));
      await cem.choose('pip');
      await until('and no more', () => cem.page.evaluate(() => document.pictureInPictureElement === null));
    } finally {
      await cem.goHome();
    }
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const p of [ada, bo]) assert.deepEqual(await p.complaints(), []);
  });
});

describe('the page as an app', () => {
  let server;
  /** @type {import('playwright-core').BrowserContext} */
  let context;
  const profile = mkdtempSync(join(tmpdir(), 'nereid-profile-'));
  before(async () => {
    server = await startServer({ groups });
    // A profile of its own: in a private window nothing can be installed.
    context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--ignore-certificate-errors', '--no-first-run', '--disable-background-networking'],
      ignoreHTTPSErrors: true,
    });
  });
  after(async () => {
    await context?.close();
    await server?.stop();
    rmSync(profile, { recursive: true, force: true });
  });

  it('can be installed, with icons for both systems', async () => {
    const [page] = context.pages();
    const cdp = await context.newCDPSession(page);
    const why = async () => (await cdp.send('Page.getInstallabilityErrors')).installabilityErrors.map((e) => e.errorId);
    await page.goto(`${server.base}/4xx.html`);
    assert.deepEqual(await why(), ['no-manifest']);
    for (const path of ['/', '/group/club/']) {
      await page.goto(server.base + path);
      const { url, errors, data } = await cdp.send('Page.getAppManifest');
      assert.deepEqual(errors, [], path);
      await until(`${path} can be installed`, async () => JSON.stringify(await why()) === '[]');
      const manifest = JSON.parse(data ?? '');
      const icons = manifest.icons.filter((i) => i.type === 'image/png').map((i) => ({ ...i, url: new URL(i.src, url).href }));
      icons.push({ url: await page.evaluate(() => document.querySelector('link[rel=apple-touch-icon]').href), sizes: '180x180', purpose: 'apple' });
      assert.deepEqual(icons.map((i) => `${i.purpose} ${i.sizes}`).sort(), ['any 192x192', 'any 512x512', 'apple 180x180', 'maskable 192x192', 'maskable 512x512']);
      for (const icon of icons) {
        const seen = await page.evaluate(async (where) => {
          const answer = await fetch(where);
          const picture = await createImageBitmap(await answer.blob());
          const { width, height } = picture;
          const canvas = document.createElement('canvas');
          Object.assign(canvas, { width, height });
          const paint = canvas.getContext('2d');
          paint.drawImage(picture, 0, 0);
          const { data: pixels } = paint.getImageData(0, 0, width, height);
          // How far from the middle, as a part of the width, something differs from the corner.
          let reach = 0;
          for (let i = 0; i < width * height; i++) {
            if ([0, 1, 2, 3].some((c) => Math.abs(pixels[4 * i + c] - pixels[c]) > 8))
              reach = Math.max(reach, Math.hypot(i % width - width / 2, Math.floor(i / width) - height / 2) / width);
          }
          return { type: answer.headers.get('content-type'), size: `${width}x${height}`, alpha: pixels[3], reach };
        }, icon.url);
        assert.deepEqual([seen.type, seen.size], ['image/png', icon.sizes], icon.url);
        if (icon.purpose === 'any') continue;
        assert.equal(seen.alpha, 255, `${icon.url} has corners`);
        assert.ok(seen.reach > 0.2 && seen.reach <= 0.4, `${icon.url} reaches ${seen.reach}`);
      }
    }
  });
});
