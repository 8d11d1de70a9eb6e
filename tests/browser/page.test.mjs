// The group page itself: ways in, moderation, hostile names, files, phones, keyboard, and what axe says in both themes.
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { axeViolations } from './lib/axe.mjs';
import { Person, until } from './lib/people.mjs';

const hostile = '<img src=x onerror=alert(1)>';

const groups = {
  club: {
    displayName: 'The Club',
    'allow-recording': true,
    users: { olga: { password: 'op', permissions: 'op' } },
    'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
  },
};

/** @param {Person} p */
const chatLog = (p) => p.page.textContent('#chat-log');
/** @param {Person} p */
const notices = async (p) => `${await p.page.textContent('#notices-warn')} ${await p.page.textContent('#notices-info')}`;

/** Types a line of chat or a command. */
async function say(p, text) {
  await p.page.fill('#chat-input', text);
  await p.page.press('#chat-input', 'Enter');
}

describe('the group page', () => {
  let server;
  /** @type {Person} */
  let olga;
  /** @type {Person} */
  let mallory;
  /** @type {Person[]} */
  const others = [];

  async function arrive(name, context) {
    const p = await Person.arrive(name, ['green', 'cyan'], context);
    others.push(p);
    return p;
  }

  before(async () => {
    server = await startServer({ groups });
    // Wide enough for videos, people and chat at once.
    const viewport = { width: 1600, height: 900 };
    olga = await Person.arrive('olga', ['red', 'blue'], { viewport });
    mallory = await Person.arrive(hostile, ['yellow', 'magenta'], { viewport });
  });
  after(async () => {
    for (const p of [olga, mallory, ...others]) await p?.goHome();
    await server?.stop();
  });

  it('says that there is no such group, and offers another', async () => {
    const answer = await olga.page.goto(`${server.base}/group/clib/`);
    assert.equal(answer?.status(), 404);
    assert.deepEqual(await axeViolations(olga.page), []);
    await olga.photograph('page-no-group');
    await olga.page.fill('#group', 'club');
    await olga.page.click('button:text("Join")');
    await olga.page.waitForURL(/\/group\/club\/$/);
  });

  it('says that a password is wrong, and lets one try again', async () => {
    await olga.page.goto(`${server.base}/group/club/`);
    await until('the page has the group\'s name', async () => await olga.page.textContent('#title') === 'The Club');
    await olga.page.fill('#username', 'olga');
    await olga.page.fill('#password', 'guess');
    await olga.page.click('#join');
    await olga.page.waitForSelector('#login-message:visible');
    assert.match(await olga.page.textContent('#login-message') ?? '', /Wrong name or password/);
    assert.equal(await olga.page.inputValue('#password'), '');
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await olga.page.emulateMedia({ colorScheme });
      assert.deepEqual(await axeViolations(olga.page), [], `refused, ${colorScheme}`);
    }
    await olga.page.fill('#username', '.olga');
    await olga.page.fill('#password', 'guess');
    await olga.page.click('#join');
    await until('the page says what is wrong with the name', async () => /This cannot be a name: no part of a name starts with a full stop\./
      .test(await olga.page.textContent('#login-message') ?? ''));
  });

  it('shows people whatever they are called', async () => {
    await olga.join(server, 'club', { password: 'op' });
    await mallory.join(server, 'club', { media: 'camera' });
    await until('olga sees the name as text', () => olga.sees(hostile));
    await say(mallory, '<script>alert(2)</script> https://example.org/x.');
    await until('the text arrives as text', async () => (await chatLog(olga)).includes('<script>alert(2)</script>'));
    assert.equal(await olga.page.locator('#chat-log script, #chat-log img, #users img').count(), 0);
    assert.equal(await olga.page.locator('#chat-log a').first().getAttribute('href'), 'https://example.org/x');
    await olga.decodes(mallory);
  });

  it('has nothing that axe objects to, log-in and call, light and dark', async () => {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await olga.page.emulateMedia({ colorScheme });
      assert.deepEqual(await axeViolations(olga.page), [], `${colorScheme} call`);
      await olga.page.click('#open-settings');
      await olga.page.waitForSelector('#settings:visible');
      assert.deepEqual(await axeViolations(olga.page), [], `${colorScheme} settings`);
      await olga.page.click('#close-settings');
      await olga.page.click('.user-entry >> nth=1');
      await olga.page.waitForSelector('[role=menu]');
      assert.deepEqual(await axeViolations(olga.page), [], `${colorScheme} menu`);
      await olga.page.keyboard.press('Escape');
      await olga.photograph(`page-${colorScheme}`);
    }
    const guest = await arrive('guest');
    await guest.page.goto(`${server.base}/group/club/`);
    await guest.page.waitForSelector('#username:visible');
    assert.deepEqual(await axeViolations(guest.page), [], 'log-in');
    await until('the picture shows', () => guest.page.evaluate(() => document.querySelector('#preview-video').videoWidth > 0));
    assert.deepEqual(await axeViolations(guest.page), [], 'log-in with preview');
    await guest.photograph('page-preview');
  });

  it('is worked by keyboard: menus open, move, close and give the focus back', async () => {
    const entry = olga.page.locator('.user-entry').nth(1);
    await entry.focus();
    await olga.page.keyboard.press('Enter');
    await olga.page.waitForSelector('[role=menu]');
    await olga.page.keyboard.press('ArrowDown');
    assert.equal(await olga.page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset.action), 'sendfile');
    await olga.page.keyboard.press('Escape');
    assert.equal(await olga.page.locator('[role=menu]').count(), 0);
    assert.ok(await entry.evaluate((e) => e === document.activeElement));
  });

  it('the settings take the focus, are next to their button, and Escape closes them from both', async () => {
    const focused = () => olga.page.evaluate(() => document.activeElement?.id);
    const { keyboard } = olga.page;
    await olga.page.click('#open-settings');
    assert.equal(await focused(), 'close-settings');
    await keyboard.press('Shift+Tab');
    assert.equal(await focused(), 'open-settings');
    await keyboard.press('Tab');
    assert.equal(await focused(), 'close-settings');
    await keyboard.press('Escape');
    assert.equal(await olga.page.isVisible('#settings'), false);
    assert.equal(await focused(), 'open-settings');
    await keyboard.press('Enter');
    await keyboard.press('Shift+Tab');
    await keyboard.press('Escape');
    assert.equal(await olga.page.isVisible('#settings'), false);
    assert.equal(await focused(), 'open-settings');
    await olga.choose('settings');
    assert.equal(await focused(), 'close-settings');
    await keyboard.press('Escape');
    assert.equal(await focused(), 'more');
  });

  it('audio only leaves a name without a picture, and everything brings the picture back', async () => {
    await olga.page.click('#open-settings');
    await olga.page.selectOption('#set-request', 'audio');
    await olga.page.waitForSelector('.tile:not(.own).audio-only');
    await olga.page.selectOption('#set-request', 'everything');
    await olga.page.waitForSelector('.tile:not(.own):not(.audio-only)');
    await olga.page.click('#close-settings');
    await olga.decodes(mallory);
  });

  it('the camera goes off and on in the same tile', async () => {
    const id = await olga.page.getAttribute('.tile:not(.own)', 'data-stream-id');
    await mallory.page.click('#camera');
    await olga.page.waitForSelector('.tile:not(.own).audio-only');
    await mallory.page.click('#camera');
    await olga.decodes(mallory);
    assert.equal(await olga.page.getAttribute('.tile:not(.own)', 'data-stream-id'), id);
  });

  it('an operator mutes, and only the muted one can undo it', async () => {
    await say(olga, '/muteall');
    await until('mallory is muted', async () => (await mallory.page.getAttribute('#mute', 'aria-pressed')) === 'true');
    await until('and is told by whom', async () => (await notices(mallory)).includes('olga has muted you'));
    await until('who speaks while muted is told', async () => (await notices(mallory)).includes('your microphone is muted'));
    await mallory.page.click('#mute');
    assert.equal(await mallory.page.getAttribute('#mute', 'aria-pressed'), 'false');
    await until('the button shows the voice', () => mallory.page.evaluate(() =>
      Number(document.querySelector('#mute').style.getPropertyValue('--level')) > 0));
  });

  it('a hand rises for all, and an operator lowers it', async () => {
    await mallory.page.click('#raise');
    await olga.page.waitForSelector('.user-entry.raised');
    await olga.page.click('.user-entry.raised');
    await olga.page.click('[data-action=lowerhand]');
    await olga.page.waitForSelector('.user-entry.raised', { state: 'detached' });
    await until('mallory\'s button is up', async () => (await mallory.page.getAttribute('#raise', 'aria-pressed')) === 'false');
  });

  it('locking shows to all, and keeps others out with its text', async () => {
    await say(olga, '/lock back at noon');
    await mallory.page.waitForSelector('#locked:visible');
    const late = await arrive('late');
    await late.page.goto(`${server.base}/group/club/`);
    await late.page.fill('#username', 'late');
    await late.page.click('#join');
    await late.page.waitForSelector('#login-message:visible');
    assert.match(await late.page.textContent('#login-message') ?? '', /back at noon/i);
    await say(olga, '/unlock');
    await mallory.page.waitForSelector('#locked', { state: 'hidden' });
    await late.page.click('#join');
    await until('late is in', () => olga.sees('late'));
    await late.page.click('#leave');
  });

  it('taking the right to present ends the stream, giving it back allows another', async () => {
    await olga.page.click('.user-entry >> nth=1');
    await olga.page.click('[data-action=unpresent]');
    await until('mallory\'s tile is gone everywhere', async () =>
      (await olga.tiles(hostile)) === 0 && (await mallory.page.locator('.tile.own').count()) === 0);
    for (const id of ['#mute', '#camera', '#share']) assert.equal(await mallory.page.isVisible(id), false, id);
    await olga.page.click('.user-entry >> nth=1');
    await olga.page.click('[data-action=present]');
    await mallory.choose('enable');
    await olga.decodes(mallory);
  });

  it('of a right that comes and goes the last word alone is in view', async () => {
    for (const action of ['shutup', 'unshutup']) {
      await olga.page.click('.user-entry >> nth=1');
      await olga.page.click(`[data-action=${action}]`);
      await until('mallory is told', async () => (await notices(mallory)).includes(action === 'shutup' ? 'taken your right to write' : 'given you the right to write'));
    }
    assert.equal((await notices(mallory)).includes('taken your right'), false);
  });

  it('an invitation link admits under its name, also after a reload, and leaves the address', async () => {
    await say(olga, '/invite "Mary Ann" 1h');
    const link = await until('the link is in the chat', async () => /https:\S+\?token=[\w-]+/.exec(await chatLog(olga) ?? '')?.[0]);
    const mary = await arrive('Mary Ann');
    await mary.page.goto(link);
    await mary.page.waitForSelector('#join:visible');
    assert.equal(await mary.page.textContent('#login-as'), 'You join as Mary Ann.');
    await mary.photograph('page-invited');
    assert.equal(new URL(mary.page.url()).search, '');
    assert.equal(await mary.page.isVisible('#username'), false);
    assert.equal(await mary.page.isVisible('#password'), false);
    await mary.page.reload();
    await mary.page.waitForSelector('#join:visible');
    assert.equal(await mary.page.isVisible('#username'), false);
    await mary.page.click('#join');
    await until('Mary Ann is in', () => olga.sees('Mary Ann'));
    await mary.page.reload();
    await until('she comes back by herself', async () => await mary.page.getAttribute('body', 'data-phase') === 'joined');
    await mary.page.click('#leave');
    await mary.page.waitForSelector('#join:visible');
    await mary.page.reload();
    await mary.page.waitForSelector('#username:visible');
    // The plain address is nobody's invitation, whatever was opened in this tab before.
    await mary.page.goto(link);
    await mary.page.waitForSelector('#join:visible');
    assert.equal(await mary.page.isVisible('#username'), false);
    await mary.page.goto(`${server.base}/group/club/`);
    await mary.page.waitForSelector('#username:visible');
    assert.equal(await mary.page.textContent('#login-as'), '');
  });

  it('invitations are listed, and ended', async () => {
    await olga.page.click('.user-entry >> nth=0');
    await olga.page.click('[data-action=listtokens]');
    const entry = olga.page.locator('#invitations-dialog li', { hasText: 'for Mary Ann' });
    await entry.waitFor();
    assert.deepEqual(await axeViolations(olga.page), []);
    await entry.locator('[data-action=revoke]').click();
    await until('the entry says so', async () => /^Expired/.test(await entry.textContent() ?? ''));
    assert.equal(await entry.locator('button:visible').count(), 0);
    await olga.page.keyboard.press('Escape');
    await olga.page.waitForSelector('#invitations-dialog', { state: 'detached' });
  });

  it('what is said while the chat is hidden shows for a moment, and counts as unread', async () => {
    await olga.page.click('#close-chat');
    await say(mallory, `a long story ${'and so on '.repeat(40)}`);
    await until('a notice shows its beginning', async () => /a long story .*…/.test(await olga.page.textContent('#notices-info') ?? ''));
    assert.equal(await olga.page.textContent('#unread'), '1');
    await say(mallory, '/me waves');
    await olga.page.locator('.notice', { hasText: `* ${hostile} waves` }).waitFor();
    await olga.page.click('#toggle-chat');
    await olga.page.waitForSelector('#unread', { state: 'hidden' });
    assert.equal(await olga.page.locator('.notice', { hasText: hostile }).count(), 0, 'what stands in the chat is not told beside it');
    await until('the end of the chat is in view', () => olga.page.evaluate(() => {
      const box = document.querySelector('#chat-scroll');
      return box.clientHeight > 0 && box.scrollHeight > box.clientHeight && box.scrollHeight - box.scrollTop - box.clientHeight < 2;
    }));
  });

  it('a shared screen stops by a button in the bar', async () => {
    await mallory.page.click('#share');
    await olga.page.waitForSelector('.tile[data-label=screenshare]');
    assert.equal(await mallory.page.textContent('#share .round-label'), 'Share another screen');
    await mallory.page.click('#unshare');
    await olga.page.waitForSelector('.tile[data-label=screenshare]', { state: 'detached' });
    await mallory.page.waitForSelector('#unshare', { state: 'hidden' });
    assert.equal(await mallory.page.textContent('#share .round-label'), 'Share screen');
  });

  it('a file goes from one to the other, empty or not', async () => {
    for (const size of [0, 1, 16385, 1_000_000]) {
      const file = join(olga.scratch, `file-${size}.bin`);
      writeFileSync(file, Buffer.alloc(size, 7));
      await olga.page.click('.user-entry >> nth=1');
      const [chooser] = await Promise.all([olga.page.waitForEvent('filechooser'), olga.page.click('[data-action=sendfile]')]);
      await chooser.setFiles(file);
      const accept = mallory.page.locator('.transfer').last().locator('[data-action=accept]');
      await accept.waitFor();
      const [download] = await Promise.all([mallory.page.waitForEvent('download'), accept.click()]);
      assert.equal(download.suggestedFilename(), `file-${size}.bin`);
      assert.equal(statSync(await download.path()).size, size);
      await until('the sender knows', async () => (await olga.page.locator('.transfer').last().textContent())?.includes('Sent.'));
    }
  });

  it('fits a phone of 320 pixels: videos first, chat and people behind icons', async () => {
    await mallory.page.setViewportSize({ width: 320, height: 640 });
    await mallory.page.waitForSelector('#stage:visible');
    assert.equal(await mallory.page.isVisible('#chat'), false);
    await mallory.page.click('#toggle-chat');
    await mallory.page.waitForSelector('#chat:visible');
    await mallory.page.click('#toggle-users');
    await mallory.page.waitForSelector('#users-pane:visible');
    assert.ok(await mallory.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.deepEqual(await axeViolations(mallory.page), [], 'phone');
    await mallory.photograph('page-phone');
  });

  it('fits a phone held sideways: every button in one bar', async () => {
    await mallory.page.click('#close-users');
    await mallory.page.click('#share');
    await mallory.page.waitForSelector('#unshare:visible');
    await mallory.page.setViewportSize({ width: 568, height: 320 });
    await until('all buttons are inside', () => mallory.page.evaluate(() =>
      [...document.querySelectorAll('#controls button')].map((b) => b.getBoundingClientRect()).filter((r) => r.width)
        .every((r) => r.left >= 0 && r.right <= innerWidth && r.top >= innerHeight - 64 && r.bottom <= innerHeight)));
    assert.ok(await mallory.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await mallory.photograph('page-phone-sideways');
    await mallory.page.click('#unshare');
    await mallory.page.setViewportSize({ width: 1600, height: 900 });
  });

  it('a kick says who and why, and does not come back by itself', async () => {
    await olga.page.click('.user-entry >> nth=1');
    await olga.page.click('[data-action=kick]');
    await olga.page.fill('#dialog-text', 'wrong room');
    await olga.page.keyboard.press('Enter');
    await mallory.page.waitForSelector('#login-message:visible');
    assert.match(await mallory.page.textContent('#login-message') ?? '', /olga has put you out: wrong room/);
    assert.equal(await mallory.page.locator('.notice').count(), 0, 'the form says it, and nothing else is left to say');
    await until('mallory is gone for olga', async () => !(await olga.sees(hostile)));
    assert.equal(await mallory.page.getAttribute('body', 'data-phase'), 'login');
    assert.equal(await mallory.page.locator('.tile').count(), 0);
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const p of [olga, mallory, ...others]) assert.deepEqual(await p.complaints(), []);
  });
});
