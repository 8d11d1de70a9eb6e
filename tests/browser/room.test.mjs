// How videos, people and chat share the window: what is open at which width, tabs, the classic layout.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { axeViolations } from './lib/axe.mjs';
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
