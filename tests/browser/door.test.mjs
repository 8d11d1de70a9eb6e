// The way in: one sees and hears oneself before joining, with the devices that will be used; what is asked for is what helps.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { axeViolations } from './lib/axe.mjs';
import { Person, until } from './lib/people.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
const olga = { olga: { password: 'op', permissions: 'op' } };
const groups = {
  open: { ...anybody, displayName: 'Open house' },
  club: { ...anybody, users: olga },
  vault: { users: olga },
  named: { ...anybody, 'allow-anonymous': false },
};

/** Width and height of the picture that the form shows, or null; the level that it shows. */
const preview = (p) => p.page.evaluate(() => {
  const video = document.querySelector('#preview-video');
  return { size: video.videoWidth && !video.hidden ? [video.videoWidth, video.videoHeight] : null, level: document.querySelector('#preview-level').value };
});

/** What of camera and microphone the page holds open. */
function keepTracks() {
  if (!navigator.mediaDevices) return; // about:blank
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.openedForTests = [];
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const media = await open(wanted);
    window.openedForTests.push(...media.getTracks());
    return media;
  };
}

/** Runs inside the page before its own scripts: the person refuses camera and microphone until `allowForTests`. */
function refuse() {
  if (!navigator.mediaDevices) return; // about:blank
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let refuses = true;
  window.allowForTests = () => { refuses = false; };
  navigator.mediaDevices.getUserMedia = (wanted) => (refuses ? Promise.reject(new DOMException('refused', 'NotAllowedError')) : open(wanted));
}

/** What the round buttons say that a press does. */
const buttons = (p) => p.page.evaluate(() => ['start-camera', 'start-mic'].map((id) => document.getElementById(id).getAttribute('aria-label')));
const bothOff = ['Switch the camera on', 'Switch the microphone on'];
const live = (p) => p.page.evaluate(() => window.openedForTests.filter((t) => t.readyState === 'live').map((t) => t.kind).sort().join(' '));
const opened = (p) => p.page.evaluate(() => window.openedForTests.length);

describe('before joining', () => {
  let server;
  /** @type {Person} */
  let ada;
  /** @type {Person} */
  let bo;

  async function arrive(name, context = { viewport: { width: 1366, height: 768 } }) {
    const p = await Person.arrive(name, null, context);
    await p.page.addInitScript(keepTracks);
    return p;
  }
  const visit = async (p, group) => {
    await p.page.goto(`${server.base}/group/${group}/`);
    await p.page.waitForSelector('#join:visible');
  };

  before(async () => {
    server = await startServer({ groups });
    ada = await arrive('ada');
    bo = await arrive('bo');
  });
  after(async () => {
    for (const p of [ada, bo]) await p?.goHome();
    await server?.stop();
  });

  it('the picture is there from the start, 560 pixels wide beside name and button', async () => {
    await visit(ada, 'open');
    await until('the camera shows in 16:9', async () => {
      const { size } = await preview(ada);
      return size && Math.abs(size[0] / size[1] - 16 / 9) < 0.01;
    });
    const boxes = await ada.page.evaluate(() => ['#preview', '#username', '#join'].map((s) => document.querySelector(s).getBoundingClientRect().toJSON()));
    assert.equal(Math.round(boxes[0].width), 560);
    for (const box of boxes.slice(1)) {
      assert.ok(box.left >= boxes[0].right && box.top < boxes[0].bottom + 60, 'beside it');
      assert.ok(box.bottom <= 768, 'in view');
    }
  });

  it('the level moves with the microphone', async () => {
    await until('it moves', async () => (await preview(ada)).level > 0.02);
  });

  it('devices stand in one row', async () => {
    const tops = await ada.page.evaluate(() => [...document.querySelectorAll('.preview-devices select, #test-speaker')]
      .map((e) => e.getBoundingClientRect()).filter((r) => r.width).map((r) => Math.round(r.top + r.height / 2)));
    assert.ok(tops.length >= 3, `${tops.length} of them`);
    assert.ok(Math.max(...tops) - Math.min(...tops) < 4, tops.join());
  });

  it('the speaker plays two tones', async () => {
    await ada.page.click('#test-speaker');
    await until('they play', () => ada.page.evaluate(() => document.querySelector('#speaker-tones').currentTime > 0.3));
    await until('they end', () => ada.page.evaluate(() => document.querySelector('#speaker-tones').ended));
  });

  it('the round buttons switch devices off, which gives them back, and say what a press does', async () => {
    assert.equal(await live(ada), 'audio video');
    await ada.page.click('#start-camera');
    await until('the camera is given back', async () => (await live(ada)) === 'audio');
    assert.equal(await ada.page.getAttribute('#start-camera', 'aria-label'), 'Switch the camera on');
    await ada.page.waitForSelector('#preview-off:visible');
    await ada.page.focus('#start-mic');
    await ada.page.keyboard.press('Space');
    await until('the microphone is given back', async () => (await live(ada)) === '');
    await ada.page.click('#start-mic');
    await until('the microphone is open again', async () => (await live(ada)) === 'audio');
  });

  it('the last choice is there after a reload', async () => {
    await ada.page.reload();
    await ada.page.waitForSelector('#join:visible');
    await until('the microphone alone', async () => (await live(ada)) === 'audio');
    assert.equal(await ada.page.isVisible('#preview-video'), false);
    await ada.page.click('#start-camera');
    await until('both', async () => (await live(ada)) === 'audio video');
  });

  it('axe has nothing against it, in both themes, with and without a picture', async () => {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await ada.page.emulateMedia({ colorScheme });
      assert.deepEqual(await axeViolations(ada.page), [], colorScheme);
      await ada.photograph(`door-1366-${colorScheme}`);
      await ada.page.click('#start-camera');
      await ada.page.waitForSelector('#preview-off:visible');
      assert.deepEqual(await axeViolations(ada.page), [], `${colorScheme}, camera off`);
      await ada.page.click('#start-camera');
      await ada.page.waitForSelector('#preview-video:visible');
    }
  });

  it('what was seen is what goes into the meeting: nothing is opened twice', async () => {
    const before = await opened(ada);
    await ada.page.fill('#username', 'ada');
    await ada.page.click('#join');
    await ada.page.waitForSelector('.tile.own');
    await bo.join(server, 'open');
    await until('bo sees her', async () => (await bo.look('ada')) !== null);
    await bo.hears();
    assert.equal(await opened(ada), before);
  });

  it('a page that was left holds no device', async () => {
    await ada.page.click('#leave');
    await ada.page.waitForSelector('#join:visible');
    await until('all are given back', async () => (await live(ada)) === '');
    await ada.page.waitForTimeout(500);
    assert.equal(await live(ada), '');
  });

  it('its buttons say so, what is off stays off inside, and one press opens the camera alone', async () => {
    assert.deepEqual(await buttons(ada), bothOff);
    assert.ok(await ada.page.isVisible('#preview-off'));
    await ada.page.click('#join');
    await ada.page.waitForSelector('.notice:has-text("The buttons below start your camera and microphone.")');
    assert.equal(await live(ada), '');
    await ada.page.click('#leave');
    await ada.page.waitForSelector('#join:visible');
    assert.equal(await ada.page.locator('.notice').count(), 0, 'notices of the meeting are gone');
    await ada.page.click('#start-camera');
    await ada.page.waitForSelector('#preview-video:visible');
    assert.equal(await live(ada), 'video');
    assert.deepEqual(await buttons(ada), ['Switch the camera off', bothOff[1]]);
  });

  it('a password is asked for where one helps', async () => {
    await visit(bo, 'open');
    assert.equal(await bo.page.isVisible('#password'), false);
    await visit(bo, 'club');
    assert.ok(await bo.page.isVisible('#password-help'));
    await visit(bo, 'vault');
    assert.ok(await bo.page.isVisible('#password'));
    assert.equal(await bo.page.isVisible('#password-help'), false);
    await bo.page.fill('#username', 'olga');
    await bo.page.fill('#password', 'op');
    await bo.page.click('#join');
    await until('olga is in', () => bo.sees('olga'));
  });

  it('a device that was refused is off, and one press asks again', async () => {
    await bo.page.addInitScript(refuse);
    await visit(bo, 'open');
    await until('both are off', async () => JSON.stringify(await buttons(bo)) === JSON.stringify(bothOff));
    assert.ok(await bo.page.isVisible('#preview-off'));
    await bo.page.evaluate(() => window.allowForTests());
    await bo.page.click('#start-camera');
    await bo.page.waitForSelector('#preview-video:visible');
    assert.deepEqual(await buttons(bo), ['Switch the camera off', bothOff[1]]);
  });

  it('a name of blanks is none: who has to give one is told so', async () => {
    await visit(bo, 'named');
    await bo.page.fill('#username', '   ');
    await bo.page.click('#join');
    await bo.page.waitForSelector('#login-message:has-text("Username required.")');
    assert.ok(await bo.page.evaluate(() => document.activeElement?.id === 'username'));
  });

  it('a phone has picture, name and button in one view', async () => {
    const phone = await arrive('phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    try {
      await visit(phone, 'open');
      await until('the camera shows', async () => (await preview(phone)).size);
      const { bottom, wide } = await phone.page.evaluate(() => ({
        bottom: document.querySelector('#join').getBoundingClientRect().bottom,
        wide: document.documentElement.scrollWidth > innerWidth,
      }));
      assert.ok(bottom <= 844 && !wide);
      assert.deepEqual(await axeViolations(phone.page), []);
      await phone.photograph('door-390');
      for (const width of [390, 500]) {
        await phone.page.setViewportSize({ width, height: 844 });
        const { right } = await phone.page.locator('#open-settings').evaluate((e) => e.getBoundingClientRect().toJSON());
        assert.ok(right > width - 24 && right <= width, `the settings stand at the end of the line: ${right} of ${width}`);
      }
      assert.deepEqual(await phone.complaints(), []);
    } finally {
      await phone.goHome();
    }
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const p of [ada, bo]) assert.deepEqual(await p.complaints(), []);
  });
});
