// How videos, people and chat share the window: what is open at which width, tabs, the classic layout.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { axeViolations } from './lib/axe.mjs';
import { crowd } from './lib/crowd.mjs';
import { installClient } from './lib/page_client.mjs';
import { Person, until } from './lib/people.mjs';

const groups = { club: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } };
const laptop = { width: 1366, height: 768 };

/** What is open beside the videos. @param {Person} p */
const panel = (p) => p.page.getAttribute('body', 'data-panel');
/** @param {Person} p @param {string} selector */
const box = (p, selector) => p.page.evaluate((s) => document.querySelector(s).getBoundingClientRect().toJSON(), selector);

describe('the frame of the room', () => {
  let server;
  /** @type {Person} */
  let ada;
  before(async () => {
    server = await startServer({ groups });
    ada = await Person.arrive('ada', ['red', 'blue'], { viewport: laptop });
  });
  after(async () => {
    await ada?.goHome();
    await server?.stop();
  });

  it('gives the chat the window while nobody has a camera or microphone on', async () => {
    await ada.join(server, 'club', { media: 'none' });
    assert.equal(await panel(ada), 'chat');
    assert.equal((await box(ada, '#chat')).width, laptop.width);
    await ada.page.click('#toggle-users');
    assert.equal(await panel(ada), 'both');
    assert.deepEqual(await axeViolations(ada.page), []);
    await ada.photograph('room-no-video');
    await ada.page.click('#toggle-users');
  });

  it('gives the videos the window once there are any, and keeps the chat of who is writing', async () => {
    await ada.page.fill('#chat-input', 'half a sen');
    await ada.choose('enable');
    await ada.page.waitForSelector('.tile.own');
    await until('the chat stands beside the video', async () => (await box(ada, '#chat')).width < 345);
    await ada.page.fill('#chat-input', '');
    await ada.page.click('#close-chat');
    assert.equal(await panel(ada), 'none');
    assert.equal((await box(ada, '#stage')).width, laptop.width);
  });

  it('opens people and chat as tabs of 340 pixels, by button and by keyboard', async () => {
    await ada.page.click('#toggle-chat');
    const side = await box(ada, '#panel');
    assert.equal(side.width, 340);
    assert.equal(side.right, laptop.width);
    assert.equal(await ada.page.isVisible('#users-pane'), false);
    await ada.page.focus('#tab-chat');
    await ada.page.keyboard.press('ArrowLeft');
    assert.equal(await panel(ada), 'users');
    assert.ok(await ada.page.isVisible('#users-pane'));
    assert.equal(await ada.page.evaluate(() => document.activeElement.id), 'tab-users');
    assert.equal(await ada.page.getAttribute('#tab-users', 'aria-selected'), 'true');
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await ada.page.emulateMedia({ colorScheme });
      assert.deepEqual(await axeViolations(ada.page), [], colorScheme);
      await ada.photograph(`room-people-${colorScheme}`);
    }
    await ada.page.focus('.user-entry');
    await ada.page.keyboard.press('Escape');
    assert.equal(await panel(ada), 'none');
    assert.equal(await ada.page.evaluate(() => document.activeElement.id), 'toggle-users');
  });

  it('remembers what was open', async () => {
    await ada.page.click('#toggle-users');
    await ada.page.reload();
    await ada.join(server, 'club');
    await ada.page.waitForSelector('.tile.own');
    await until('people are open', async () => await panel(ada) === 'users');
    await ada.page.click('#close-users');
    await ada.page.reload();
    await ada.join(server, 'club');
    await ada.page.waitForSelector('.tile.own');
    await until('nothing is open', async () => await panel(ada) === 'none');
  });

  it('has both open from 1600 pixels on, until one is closed', async () => {
    const wide = await Person.arrive('wide', ['green', 'cyan'], { viewport: { width: 1920, height: 1080 } });
    try {
      await wide.join(server, 'club');
      await wide.page.waitForSelector('.tile.own');
      await until('both are open', async () => await panel(wide) === 'both');
      assert.equal((await box(wide, '#panel')).width, 340);
      assert.deepEqual(await axeViolations(wide.page), []);
      await wide.photograph('room-wide');
      await wide.page.click('#close-users');
      assert.equal(await panel(wide), 'chat');
      await wide.page.setViewportSize(laptop);
      await until('the chat is kept', async () => await panel(wide) === 'chat');
      assert.deepEqual(await wide.complaints(), []);
      await wide.context.setOffline(true);
      await wide.page.waitForSelector('#banner:visible');
      for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
        await wide.page.emulateMedia({ colorScheme });
        assert.deepEqual(await axeViolations(wide.page), [], `the connection is gone, ${colorScheme}`);
        await wide.photograph(`room-gone-${colorScheme}`);
      }
    } finally {
      await wide.goHome();
    }
  });

  it('has the three panes of the classic layout by command, also after a reload', async () => {
    await ada.says('/layout classic');
    const panes = async () => {
      const [people, chat, stage] = [await box(ada, '#users-pane'), await box(ada, '#chat'), await box(ada, '#stage')];
      return people.width > 200 && chat.left > people.right && stage.left > chat.right && stage.width > 300;
    };
    await until('people, chat and videos stand side by side', panes);
    assert.deepEqual(await axeViolations(ada.page), []);
    await ada.photograph('room-classic');
    const { width } = await box(ada, '#chat');
    await ada.page.focus('#resizer');
    await ada.page.keyboard.press('ArrowRight');
    await until('the chat is wider', async () => (await box(ada, '#chat')).width > width);
    await ada.page.reload();
    await ada.join(server, 'club');
    await ada.page.waitForSelector('.tile.own');
    await until('they do after a reload', panes);
    await ada.says('/layout sideways');
    await until('another word is refused', async () => /grid, stage or classic/.test(await ada.page.textContent('#notices-warn') ?? ''));
    await ada.says('/layout grid');
    await until('the videos have the window', async () => (await box(ada, '#stage')).left === 0);
    assert.deepEqual(await ada.complaints(), []);
  });

  it('on a phone shows videos, or people, or chat', async () => {
    const phone = await Person.arrive('phone', ['green', 'cyan'], { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    try {
      await phone.join(server, 'club');
      await phone.page.waitForSelector('.tile.own');
      await phone.photograph('room-phone');
      await phone.page.tap('#toggle-chat');
      assert.equal((await box(phone, '#chat')).width, 390);
      assert.equal(await phone.page.isVisible('#stage'), false);
      assert.deepEqual(await axeViolations(phone.page), []);
      await phone.photograph('room-phone-chat');
      await phone.page.tap('#tab-users');
      assert.ok(await phone.page.isVisible('#users-pane'));
      await phone.page.tap('#close-users');
      assert.ok(await phone.page.isVisible('#stage'));
    } finally {
      await phone.goHome();
    }
  });
});

/** The largest part of a tile that its controls cover. @param {Person} p */
const covered = (p) => p.page.evaluate(() => Math.max(...[...document.querySelectorAll('.tile')].filter((e) => e.checkVisibility()).map((e) => {
  const [a, b] = [e, e.querySelector('.tile-controls')].map((x) => x.getBoundingClientRect());
  return b.width * b.height / (a.width * a.height);
})));

/** Part of the window that is tiles, those that float not counted. @param {Person} p */
const share = (p) => p.page.evaluate(() => {
  const sum = [...document.querySelectorAll('.tile:not(.floating, .chip)')].filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect())
    .reduce((s, r) => s + r.width * r.height, 0);
  return sum / innerWidth / innerHeight;
});

describe('the share of the window that is video', () => {
  let server;
  /** @type {Person} */
  let ada;
  let beside;
  before(async () => {
    server = await startServer({ groups });
    ada = await Person.arrive('ada', ['red', 'blue'], { viewport: laptop });
    await ada.join(server, 'club');
    beside = await ada.context.newPage();
    await beside.goto(`${server.base}/404`);
    await beside.evaluate(installClient);
    await ada.page.bringToFront();
  });
  after(async () => {
    await ada?.goHome();
    await server?.stop();
  });
  const tilesOf = (n) => until(`${n} pictures`, () => ada.page.evaluate((count) =>
    [...document.querySelectorAll('.tile')].filter((e) => e.querySelector('video').videoWidth).length === count, n));
  const settled = async (least, what) => {
    await until(`${what}: ${least}`, async () => await share(ada) >= least);
    await ada.page.waitForTimeout(300);
    const part = await share(ada);
    console.log(`# ${what}: ${(100 * part).toFixed(1)} % of the window is video`);
    assert.ok(part >= least, `${what}: ${part}`);
  };

  it('is 75 % and more at 1366×768 with 2 to 16 people, and one\'s own picture floats with up to three others', async () => {
    let here = 1;
    for (const people of [2, 3, 4, 5, 7, 9, 12, 16]) {
      await beside.evaluate(crowd, { group: 'club', from: here, to: people });
      here = people;
      await tilesOf(people);
      await settled(0.75, `${people} people`);
      assert.equal(await ada.page.locator('.tile.own.floating').count(), people <= 4 ? 1 : 0, `${people} people`);
      assert.ok(await covered(ada) <= 1 / 3, `${people} people: controls cover ${await covered(ada)}`);
      if ([2, 3, 5, 16].includes(people)) await ada.photograph(`room-${people}-people`);
      if (![2, 4, 9].includes(people)) continue;
      await ada.page.setViewportSize({ width: 390, height: 844 });
      await settled(0.6, `${people} people on a phone`);
      await ada.page.setViewportSize(laptop);
    }
    assert.deepEqual(await axeViolations(ada.page), []);
  });

  it('of text half as large again in a narrow window, the controls of a tile take two rows and can still be hit', async () => {
    await ada.page.setViewportSize({ width: 360, height: 720 });
    await ada.page.evaluate(() => { document.documentElement.style.fontSize = '150%'; });
    await ada.page.evaluate(() => document.querySelector('.tile:not(.own) [data-control=pin]').click());
    await ada.page.focus('.tile.staged [data-control=pin]');
    await until('the slider is below the buttons', () => ada.page.evaluate(() => {
      const [pin, slider] = ['[data-control=pin]', '.tile-volume'].map((s) => document.querySelector(`.tile.staged ${s}`).getBoundingClientRect());
      return slider.top >= pin.bottom;
    }));
    assert.deepEqual((await axeViolations(ada.page)).filter((line) => line.startsWith('target-size')), []);
    await ada.photograph('room-large-text');
    await ada.page.evaluate(() => { document.documentElement.style.fontSize = ''; });
    await ada.page.setViewportSize(laptop);
    await ada.page.evaluate(() => document.querySelector('.tile.staged [data-control=pin]').click());
  });

  it('turns pages from 17 on, and asks for no picture that is not seen', async () => {
    await beside.evaluate(crowd, { group: 'club', from: 16, to: 18 });
    await ada.page.waitForSelector('#pages:visible');
    assert.equal(await ada.page.locator('.tile:visible').count(), 16);
    assert.equal(await ada.page.textContent('#pages-text'), '1 / 2');
    await until('the buttons stand below the tiles', () => ada.page.evaluate(() => {
      const { top } = document.querySelector('#pages').getBoundingClientRect();
      return [...document.querySelectorAll('.tile')].filter((e) => e.checkVisibility()).every((e) => e.getBoundingClientRect().bottom <= top);
    }));
    await ada.photograph('room-pages');
    await ada.page.click('#page-next');
    await until('the second page has two', async () => await ada.page.locator('.tile:visible').count() === 2);
    await until('what is not seen is not sent', () => ada.page.evaluate(() => document.querySelectorAll('.tile[hidden].paused').length >= 12));
    await ada.page.click('#page-previous');
    await until('the first page is back', async () => await ada.page.locator('.tile:visible').count() === 16);
  });

  it('has a stage by choice: small tiles beside it, and a count of those without a place, which shows all', async () => {
    await ada.page.evaluate(() => document.querySelector('.tile:not(.own) [data-control=pin]').click());
    await ada.page.waitForSelector('#more-tiles:visible');
    assert.equal(await ada.page.isVisible('#pages'), false);
    const small = await ada.page.evaluate(() => [...document.querySelectorAll('.tile:not(.staged)')].filter((e) => e.checkVisibility())
      .map((e) => e.getBoundingClientRect()).every((r) => r.width >= 159 && r.height >= 89));
    assert.ok(small);
    assert.ok(await covered(ada) <= 1 / 3, `controls cover ${await covered(ada)}`);
    const count = Number(/\+(\d+)/.exec(await ada.page.textContent('#more-tiles'))?.[1]);
    assert.equal(await ada.page.locator('.tile:visible').count() + count, 18);
    assert.deepEqual(await axeViolations(ada.page), []);
    await ada.photograph('room-stage');
    await ada.page.click('#more-tiles');
    await until('all are in the grid', async () => await ada.page.locator('.tile:visible').count() === 16);
  });
});

describe('one\'s own picture', () => {
  it('floats, moves by pointer and keys, hides, and goes to the grid and back; a shared screen has the stage', async (t) => {
    const server = await startServer({ groups });
    const ada = await Person.arrive('ada', ['red', 'blue'], { viewport: laptop });
    t.after(async () => {
      await ada.goHome();
      await server.stop();
    });
    await ada.join(server, 'club');
    const beside = await ada.context.newPage();
    await beside.goto(`${server.base}/404`);
    await beside.evaluate(installClient);
    await beside.evaluate(crowd, { group: 'club', from: 1, to: 2 });
    await ada.page.bringToFront();
    await ada.page.waitForSelector('.tile.own.floating');
    await ada.page.waitForTimeout(400);
    const own = () => box(ada, '.tile.own');
    const first = await own();
    assert.ok(Math.abs(first.width - (laptop.width - 12) / 6) < 2, `${first.width}`);
    await ada.page.mouse.move(first.x + 30, first.y + 60);
    await ada.page.mouse.down();
    await ada.page.mouse.move(300, 300, { steps: 5 });
    await ada.page.mouse.up();
    await until('it follows the pointer', async () => (await own()).x < 400);
    assert.equal(await ada.page.locator('.tile.staged').count(), 0, 'moving pins nothing');
    await ada.page.waitForTimeout(400);
    const { x } = await own();
    await ada.page.focus('.tile.own [data-control=hide]');
    await ada.page.keyboard.press('ArrowRight');
    await until('it follows the keys', async () => (await own()).x > x + 10);
    await ada.photograph('room-floating');
    await ada.page.keyboard.press('Enter');
    await ada.page.waitForSelector('.tile.own', { state: 'hidden' });
    await ada.page.click('#show-self');
    await ada.page.waitForSelector('.tile.own.floating');
    await ada.page.focus('.tile.own [data-control=grid]');
    await ada.page.keyboard.press('Enter');
    await ada.page.waitForSelector('.tile.own:not(.floating)');
    await ada.page.focus('.tile.own [data-control=float]');
    await ada.page.keyboard.press('Enter');
    await ada.page.waitForSelector('.tile.own.floating');
    await beside.evaluate(crowd, { group: 'club', from: 2, to: 3 });
    await beside.evaluate(() => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [1280, 720];
      canvas.getContext('2d').fillRect(0, 0, 640, 720);
      setInterval(() => canvas.getContext('2d').fillRect(0, 0, 640, 720), 200);
      window.crowd.guest01.publish('screen-of-guest01', 'screenshare', (pc) => pc.addTrack(canvas.captureStream(5).getVideoTracks()[0]));
    });
    await ada.page.waitForSelector('.tile.staged[data-label=screenshare]');
    await until('70 %', async () => await share(ada) >= 0.7);
    console.log(`# a shared screen and three people: ${(100 * await share(ada)).toFixed(1)} % of the window is video`);
    await ada.photograph('room-screen');
    await ada.page.setViewportSize({ width: 390, height: 844 });
    await ada.page.waitForTimeout(600);
    const part = await share(ada);
    assert.ok(part >= 0.6 && part < 1, `${part} of a phone`);
    assert.ok(await covered(ada) <= 1 / 3, `controls cover ${await covered(ada)}`);
    console.log(`# a phone with a shared screen and three people: ${(100 * part).toFixed(1)} % of the window is video`);
    await ada.photograph('room-phone-screen');
    assert.deepEqual(await ada.complaints(), []);
  });
});
