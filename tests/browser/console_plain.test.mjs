// The console's tasks in Chromium without scripts, from the link that the server prints to its backup: each is done by what a page
// shows, and seen where it takes effect. (Meetings: console_live.test.mjs. Charts and health: console_dashboard.test.mjs.)
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrol, signIn } from './lib/console_page.mjs';
import { artefacts, Person } from './lib/people.mjs';
import { fileOf } from '../lib/console_facts.mjs';
import { keepRecording } from '../lib/recordings.mjs';
import { change } from '../lib/store.mjs';
import { eventually, startServer } from '../lib/server.mjs';

const password = 'sleep walking fish';
const film = '2026-05-01T10:00:00.000-ada.webm';

describe('the console without scripts', { timeout: 300000 }, () => {
  let server;
  /** @type {Person} */
  let root;
  /** @type {import('playwright-core').Page} */
  let page;
  /** @type {import('playwright-core').Page} another tab of the same person */
  let tab;

  before(async () => {
    server = await startServer({ config: null, groups: { 'class/one': { displayName: 'One' }, 'class/two': {} } });
    root = await Person.arrive('root', null, { javaScriptEnabled: false, viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 });
    page = root.page;
    tab = await root.context.newPage();
    tab.setDefaultTimeout(60000);
  });
  after(async () => {
    await root?.goHome();
    await server?.stop();
  });

  const open = (path, where = page) => where.goto(server.base + path);
  /** Presses what leads to another page, and waits for that. */
  const press = (selector, where = page) => Promise.all([where.waitForNavigation(), where.locator(selector).first().click()]);
  const button = (words, where = page) => press(`main button:not([aria-hidden]):text-is("${words}")`, where);
  const link = (words, where = page) => press(`a:text-is("${words}")`, where);
  const flash = () => page.innerText('.flash');
  const words = () => page.innerText('main');
  const at = (where = page) => new URL(where.url()).pathname;

  it('is set up by the printed link; then a code is asked for at the sign-in', async () => {
    await page.goto(server.setupUrl.replace('127.0.0.1', 'localhost'));
    await page.fill('#login', 'root');
    await page.fill('#password', password);
    await page.fill('#repeat', password);
    await button('Make the administrator');
    assert.equal(at(), '/admin/');
    await open('/admin/account');
    const app = await enrol(page);
    const codes = await page.locator('.recovery-codes li').allTextContents();
    assert.equal(codes.length, 10);
    await link('I have kept them');
    assert.equal(at(), '/admin/account');
    await page.selectOption('#zone', 'Europe/Vienna');
    await button('Save');
    assert.match(await page.locator('main time').first().getAttribute('title') ?? '', /\+0[12]:00$/);

    await press('.site-header button:text("Sign out")');
    await signIn(page, server, 'root', password);
    await page.waitForURL(/\/admin\/login\/totp$/);
    await page.fill('#code', '12345');
    await button('Sign in');
    assert.ok(await page.isVisible('.error-summary'));
    const code = await app.code();
    await page.fill('#code', `${code.slice(0, 3)} ${code.slice(3)}`);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/admin\/$/);

    await press('.site-header button:text("Sign out")');
    await signIn(page, server, 'root', password);
    await page.click('summary');
    await page.fill('#recovery', codes[3].toLowerCase());
    await button('Sign in');
    assert.equal(at(), '/admin/');
    await open('/admin/account');
    await button('Turn it off');
    assert.ok(await flash());
  });

  it('finds its way on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await open('/admin/groups/');
    const head = await page.locator('.site-header').boundingBox();
    assert.ok(head && head.height <= 72, `on a phone the console's head takes ${head?.height} px`);
    assert.ok(await page.isHidden('.site-nav'));
    await page.click('button:text("Menu")');
    await page.screenshot({ path: join(artefacts, 'console-menu-phone.png') });
    await press('.site-nav a:text("People")');
    assert.equal(at(), '/admin/people');
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('makes a group with an operator; settings are saved, and taken back', async () => {
    await open('/admin/');
    await press('.site-nav a:text("Groups")');
    await link('New group');
    await page.fill('#name', 'watch');
    await page.check('#public');
    await button('Make the group');
    assert.equal(at(), '/admin/groups/watch/');
    await link('Add an operator');
    await page.fill('#name', 'vimes');
    await page.fill('#password', 'boots at the gate');
    await button('Add the user');
    assert.match(await words(), /vimes/);
    await press('.tabs a:text("Settings")');
    await page.fill('#displayName', 'Night watch');
    await button('Save');
    assert.equal(fileOf(server, 'watch').displayName, 'Night watch');
    await button('Undo');
    assert.equal(fileOf(server, 'watch').displayName, undefined);
    await open('/admin/groups/watch/.try');
    await page.fill('#username', 'vimes');
    await page.fill('#password', 'boots at the gate');
    await button('Try it');
    assert.match(await words(), /may come in|comes in|let in/i);
  });

  it('invites one, and several; an invitation is ended', async () => {
    await open('/admin/groups/watch/.tokens/');
    await page.fill('#label', 'The night shift');
    await button('Make the link');
    const invitation = at();
    const address = await page.textContent('#link');
    assert.match(await page.inputValue('#words'), new RegExp(address.replace(/[.?]/g, '\\$&')));
    assert.ok(await page.isVisible('.qr-code'));
    assert.equal((await fetch(address)).status, 200);
    await link('Poster');
    assert.match(await page.innerText('body'), /watch/);
    await open(invitation);
    await button('End it now');
    assert.match(await words(), /Ended/);
    await open('/admin/groups/watch/.tokens/');
    await page.click('summary:text("Several people at once")');
    await page.fill('#people', 'nobby\ncolon');
    await button('Make the link');
    assert.equal(await page.locator('tbody tr').count(), 2);
  });

  it('shows a conflict, and loses nothing of what either wrote', async () => {
    await open('/admin/groups/watch/.edit');
    await open('/admin/groups/watch/.edit', tab);
    await tab.fill('#displayName', 'Theirs');
    await tab.fill('#contact', 'watch@example.org');
    await button('Save', tab);
    await page.fill('#displayName', 'Mine');
    await page.fill('#description', 'Every night at ten.');
    await button('Save');
    assert.match(await words(), /Somebody else saved first/);
    assert.deepEqual(await page.locator('tbody td').allInnerTexts().then((all) => all.slice(-2)), ['Theirs', 'Mine']);
    assert.equal(await page.inputValue('#description'), 'Every night at ten.');
    assert.equal(fileOf(server, 'watch').displayName, 'Theirs');
    await button('Save');
    const { displayName, description, contact } = fileOf(server, 'watch');
    assert.deepEqual([displayName, description, contact], ['Mine', 'Every night at ten.', 'watch@example.org']);
  });

  it('keeps what is sent after the session ended', async () => {
    await open('/admin/groups/watch/.edit');
    await page.fill('#comment', 'Not to be lost.');
    change(server, 'DELETE FROM sessions');
    await button('Save');
    assert.match(await words(), /What you sent is kept/);
    await page.fill('#name', 'root');
    await page.fill('#password', password);
    await button('Sign in');
    await button('Send it now');
    assert.equal(fileOf(server, 'watch').comment, 'Not to be lost.');
  });

  it('says what is wrong with a file, and mends it', async () => {
    const good = readFileSync(server.groupFile('watch'), 'utf8');
    server.writeGroup('watch', good.replace('{', '{,'));
    await eventually(async () => {
      await open('/admin/problems');
      assert.match(await words(), /Cannot be read/);
    });
    assert.match(await words(), /Line 1, column 2/);
    await link('watch');
    await open('/admin/groups/watch/.raw');
    await page.fill('#text', (await page.inputValue('#text')).replace('{,', '{'));
    await button('Save');
    assert.deepEqual(fileOf(server, 'watch'), JSON.parse(good));
    await open('/admin/problems');
    assert.match(await words(), /Nothing needs care/);
  });

  it('compares two versions, and goes back to one', async () => {
    await open('/admin/groups/watch/.history/');
    await button('Compare the two');
    assert.ok(await page.isVisible('main h1'));
    await open('/admin/groups/watch/.history/2');
    await button('Restore the settings only');
    assert.match(await flash(), /version 2/i);
    assert.equal(fileOf(server, 'watch').displayName, undefined);
    assert.ok(fileOf(server, 'watch').users.vimes, 'users stay');
  });

  it('makes an account, whose person comes in by a link and has their own groups alone', async () => {
    await open('/admin/accounts/.new');
    await page.fill('#login', 'susan');
    await page.check('#preset-teacher');
    await page.fill('#prefix', 'school');
    await page.check('#subtree');
    await button('Make the account');
    const way = await page.textContent('#link');
    const susan = await (await root.browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false })).newPage();
    try {
      await susan.goto(way.trim());
      await susan.fill('#new', 'hogfather on a string');
      await susan.fill('#repeat', 'hogfather on a string');
      await button('Set it and sign in', susan);
      await open('/admin/groups/.new', susan);
      await susan.fill('#name', 'school/history');
      await button('Make the group', susan);
      assert.equal(at(susan), '/admin/groups/school/history/');
      assert.equal((await open('/admin/groups/watch/', susan)).status(), 403);
      await open('/admin/accounts');
      await press('tr:has-text("susan") a:has-text("Change")');
      await button('Disable the account');
      await open('/admin/', susan);
      assert.equal(at(susan), '/admin/login');
    } finally {
      await susan.context().close();
    }
  });

  it('changes the server\'s settings', async () => {
    await open('/admin/settings');
    await page.fill('#name', 'Watch House');
    await button('Save');
    assert.ok(await flash());
    await open('/', tab);
    assert.match(await tab.innerText('header'), /Watch House/);
    await open('/admin/settings');
    await page.fill('#imprint', 'nonsense');
    await button('Save');
    assert.match(await page.title(), /^Error:/);
    assert.equal(await page.inputValue('#imprint'), 'nonsense');
  });

  it('takes a table in, changes many groups at once, and takes both back', async () => {
    await open('/admin/csv/groups');
    await page.fill('#csv', 'name;displayName\nclass/three;Three\nclass/four;Four\n');
    await button('Show what would change');
    await button('Change them all');
    assert.equal(fileOf(server, 'class/three').displayName, 'Three');
    await button('Undo');
    assert.ok(!existsSync(server.groupFile('class/three')));
    await open('/admin/groups/?below=class');
    for (const name of ['class/one', 'class/two']) await page.check(`[aria-label="Tick ${name}"]`);
    await page.selectOption('#action', 'public');
    await button('Go on');
    await button('Show them');
    assert.equal(fileOf(server, 'class/two').public, true);
    await button('Undo');
    assert.equal(fileOf(server, 'class/two').public, undefined);
  });

  it('makes a key and removes it', async () => {
    await open('/admin/groups/watch/.keys');
    await page.fill('#kid', 'directory');
    await button('Make the key');
    assert.match(await page.inputValue('#jwk'), /"kid": ?"directory"/);
    await link('I have kept it');
    assert.equal(fileOf(server, 'watch').authKeys.length, 1);
    await press('button:text("Remove")');
    assert.equal(fileOf(server, 'watch').authKeys?.length ?? 0, 0);
  });

  it('renames a group, deletes it, and finds it in the trash', async () => {
    await open('/admin/groups/watch/');
    await link('Rename');
    await page.fill('#name', 'guard');
    await button('Rename');
    assert.equal(at(), '/admin/groups/guard/');
    assert.equal(fileOf(server, 'watch').redirect, '/group/guard/');
    await link('Delete this group');
    await page.fill('#name', 'guard');
    await button('Delete the group');
    assert.ok(!existsSync(server.groupFile('guard')));
    await open('/admin/trash');
    await press('tr:has-text("guard") button:text("Restore")');
    assert.ok(fileOf(server, 'guard').users.vimes);
  });

  it('notes, shares, deletes and restores a recording', async () => {
    const file = keepRecording(server, 'guard', film, 'a film', { duration: 61, username: 'ada' });
    await open('/admin/recordings?group=guard');
    await press('a:has-text("Share or note")');
    await page.fill('#note', 'The board meeting.');
    await button('Save the note');
    await page.fill('#label', 'for the board');
    await button('Make the link');
    assert.equal((await fetch(await page.getAttribute('#link', 'href'))).status, 200);
    await open('/admin/recordings');
    assert.match(await words(), /The board meeting\./);
    await page.check(`label:has-text("${film}") input`);
    await button('Delete what is ticked');
    assert.ok(!existsSync(file));
    await open('/admin/trash');
    await page.locator(`[aria-label="Restore ${film}"]`).click();
    await eventually(() => assert.ok(existsSync(file)));
  });

  it('makes a backup, and puts a group back', async () => {
    const ended = () => page.waitForSelector('.message', { timeout: 60000 });
    await open('/admin/backup');
    await button('Make the backup');
    await ended();
    assert.match(await page.innerText('.message'), /^Done\. Groups: \d+, files: /);
    await open('/admin/groups/class/one/.edit');
    await page.fill('#displayName', 'Spoilt');
    await button('Save');
    await open('/admin/backup');
    await press('a:has-text("Put back")');
    assert.match(await words(), /Groups that change: 1\s+class\/one/);
    await page.check('#scope-groups');
    await page.fill('#server', 'localhost');
    await button('Put it back');
    await ended();
    await eventually(() => assert.equal(fileOf(server, 'class/one').displayName, 'One'));
  });

  it('finds a person in all groups, and everything that was done in the log', async () => {
    await open('/admin/people?q=vimes');
    await button('Remove vimes from all of them');
    await button('Remove vimes from all of them');
    assert.equal(fileOf(server, 'guard').users?.vimes, undefined);
    await open('/admin/audit?action=group.rename');
    assert.match(await words(), /guard/);
    await button('Verify');
    assert.ok(await flash());
    await open('/admin/account');
    await page.selectOption('#language', 'de');
    await button('Save');
    assert.equal(await page.getAttribute('html', 'lang'), 'de');
  });
});
