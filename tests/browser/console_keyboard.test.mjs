// The console by keyboard alone, in Chromium: each task is reached by Tab in the page's order; wherever the focus comes to, it is seen.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { Person, until } from './lib/people.mjs';
import { fileOf } from '../lib/console_facts.mjs';
import { startServer } from '../lib/server.mjs';
import { AuthenticatorApp } from '../lib/totp.mjs';
import { join } from '../lib/ws_client.mjs';

const password = 'sleep walking fish';
const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };

/** Runs inside the page: what has the focus is called, and what hides it or that it has it. */
async function focused() {
  await new Promise((ok) => { requestAnimationFrame(() => requestAnimationFrame(ok)); });
  await Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {})));
  const e = document.activeElement;
  if (!e || e === document.body) return { name: '', hidden: '' };
  const label = e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent;
  const name = label.trim().replace(/\s+/g, ' ');
  const style = getComputedStyle(e);
  const boxes = [...e.getClientRects()];
  const points = boxes.flatMap((r) => [0.1, 0.5, 0.9].map((part) => [r.left + r.width * part, r.top + Math.min(r.height / 2, 20)]));
  const seen = points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (e.contains(top) || top.contains(e));
  });
  const marked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
  return { name, hidden: !seen ? 'out of sight' : marked ? '' : 'without a mark' };
}

describe('the console by keyboard alone', { timeout: 300000 }, () => {
  let server;
  /** @type {Person} */
  let root;
  /** @type {import('playwright-core').Page} */
  let page;

  before(async () => {
    server = await startServer({ config: null, groups: { den: open } });
    root = await Person.arrive('root', null, { viewport: { width: 1280, height: 720 }, reducedMotion: 'reduce' });
    page = root.page;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  });
  after(async () => {
    await root?.goHome();
    await server?.stop();
  });

  const press = (key) => page.keyboard.press(key);
  /** Presses Tab until what is called so has the focus; each thing on the way is in sight and marked. */
  async function reach(wanted, key = 'Tab') {
    const way = [];
    for (let i = 0; i < 120; i++) {
      await press(key);
      const { name, hidden } = await page.evaluate(focused);
      assert.equal(hidden, '', `${name || 'what has the focus'} on ${page.url()}`);
      if (name === wanted) return;
      way.push(name);
    }
    assert.fail(`${wanted} is not reached on ${page.url()}: ${way.join(', ')}`);
  }
  /** Reaches it, and goes where it leads. */
  async function follow(wanted, key = 'Tab') {
    await reach(wanted, key);
    await Promise.all([page.waitForNavigation(), press('Enter')]);
  }
  /** Past what every page has, from a page's beginning. */
  async function skip() {
    await press('Tab');
    assert.equal((await page.evaluate(focused)).name, 'Skip to content');
    await press('Enter');
  }
  const at = () => new URL(page.url()).pathname;

  it('sets the server up by its link', async () => {
    await page.goto(server.setupUrl.replace('127.0.0.1', 'localhost'));
    await reach('Account name');
    await page.keyboard.type('root');
    await reach('Password');
    await page.keyboard.type(password);
    await reach('Password, once more');
    await page.keyboard.type(password);
    await reach('Time zone');
    await follow('Make the administrator');
    assert.equal(at(), '/admin/');
    await follow('Sign out');
  });

  it('signs in; the first Tab of a page leads past what every page has', async () => {
    await page.goto(`${server.base}/admin/groups/`);
    await skip();
    await press('Tab');
    assert.equal((await page.evaluate(focused)).name, 'Name');
    await page.keyboard.type('root');
    await reach('Password');
    await page.keyboard.type(password);
    await Promise.all([page.waitForURL(/\/admin\/groups\/$/), press('Enter')]);
  });

  it('makes a group with an operator', async () => {
    await follow('New group');
    await reach('Name');
    await page.keyboard.type('watch');
    await reach('Show on the landing page');
    await press('Space');
    await follow('Make the group');
    assert.equal(at(), '/admin/groups/watch/');
    await follow('Add an operator');
    await reach('User name');
    await page.keyboard.type('vimes');
    await reach('Password');
    await page.keyboard.type('boots at the gate');
    await Promise.all([page.waitForURL(/\.users\/$/), press('Enter')]);
    const { public: listed, users } = fileOf(server, 'watch');
    assert.deepEqual([listed, users.vimes.permissions], [true, 'op']);
  });

  it('changes settings, and takes that back', async () => {
    await skip();
    await follow('Settings');
    await reach('Description');
    await page.keyboard.type('Every night at ten.');
    await page.waitForSelector('[data-marks-count]:visible');
    await follow('Save');
    assert.equal(fileOf(server, 'watch').description, 'Every night at ten.');
    await follow('Undo');
    assert.equal(fileOf(server, 'watch').description, undefined);
  });

  it('finds what is wrong in a form from its summary', async () => {
    await page.goto(`${server.base}/admin/groups/.new`);
    await reach('Name');
    await page.keyboard.type('.hidden');
    await follow('Make the group');
    const { name } = await page.evaluate(focused);
    assert.match(name, /^This did not work/, 'the summary has the focus');
    await press('Tab');
    await press('Enter');
    await until('its link leads to the field', () => page.evaluate(() => document.activeElement.id === 'name'));
  });

  it('makes an invitation and copies its link', async () => {
    await page.goto(`${server.base}/admin/groups/watch/`);
    await skip();
    await follow('Invitations');
    await follow('Make the link');
    await reach('Copy the link');
    await press('Enter');
    await page.waitForSelector('button:text("Copied")');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.textContent('#link'));
  });

  it('sends somebody away from a meeting, whose page goes on meanwhile', async (t) => {
    const bert = await join(t, server, 'den', 'bert');
    await page.goto(`${server.base}/admin/groups/den/.live`);
    await page.waitForSelector('tbody tr:has-text("bert")');
    await reach('More about bert');
    await join(t, server, 'den', 'dora');
    await until('the page knows who came', async () => /2 people/.test(await page.textContent('[data-page="summary"]') ?? ''));
    assert.equal((await page.evaluate(focused)).name, 'More about bert', 'the focus stays');
    await Promise.all([page.waitForNavigation(), press('Enter')]);
    await follow('Send away…');
    await follow('Send away');
    await bert.wait((m) => m.type === 'usermessage' && m.kind === 'kicked');
  });

  it('ticks groups and chooses what becomes of them', async () => {
    await page.goto(`${server.base}/admin/groups/`);
    await reach('Tick watch');
    await press('Space');
    await reach('With the ticked groups');
    await page.keyboard.type('Delete');
    await follow('Go on');
    await follow('Delete them');
    assert.ok(!existsSync(server.groupFile('watch')));
    await follow('Undo');
    assert.ok(existsSync(server.groupFile('watch')));
  });

  it('takes in a table of groups, after it has shown what would change', async () => {
    await page.goto(`${server.base}/admin/groups/`);
    await skip();
    await follow('From a table');
    await reach('Table (CSV)');
    await page.keyboard.type('name,description\ncellar,Below the watch\nwatch,Above the cellar');
    await follow('Show what would change');
    assert.ok(!existsSync(server.groupFile('cellar')));
    await follow('Change them all');
    assert.deepEqual(['cellar', 'watch'].map((name) => fileOf(server, name).description), ['Below the watch', 'Above the cellar']);
  });

  it('makes a key that signs tokens, keeps it, and takes it away', async () => {
    await page.goto(`${server.base}/admin/groups/watch/.keys`);
    await skip();
    await reach('Kind');
    await reach('Name (kid, optional)');
    await page.keyboard.type('porter');
    await follow('Make the key');
    await reach('Copy the key');
    await press('Enter');
    await page.waitForSelector('button:text("Copied")');
    assert.equal(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())).kid, 'porter');
    await follow('I have kept it');
    assert.equal(fileOf(server, 'watch').authKeys.length, 1);
    await follow('Remove key 1');
    assert.equal(fileOf(server, 'watch').authKeys, undefined);
  });

  it('makes a backup and fetches it', async () => {
    await page.goto(`${server.base}/admin/backup`);
    await skip();
    await follow('Make the backup');
    await page.waitForSelector('text=Done.');
    await follow('All backups');
    const name = await page.getAttribute('main a[download]', 'download');
    await reach(`Download ${name}`);
    const [file] = await Promise.all([page.waitForEvent('download'), press('Enter')]);
    assert.equal(file.suggestedFilename(), name);
    assert.ok(statSync(await file.path()).size > 1000);
  });

  it('goes through the menu on a phone, and closes it', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`${server.base}/admin/`);
    await reach('Menu');
    await press('Enter');
    await page.waitForSelector('.site-nav:visible');
    await press('Escape');
    assert.ok(await page.isHidden('.site-nav'));
    assert.equal((await page.evaluate(focused)).name, 'Menu', 'the focus is back');
    await press('Enter');
    await follow('People');
    assert.equal(at(), '/admin/people');
  });

  it('sets up codes, and signs in by one', async () => {
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.goto(`${server.base}/admin/account`);
    await skip();
    await follow('Set it up');
    const app = new AuthenticatorApp((await page.textContent('#key') ?? '').trim());
    await reach('Code of six digits');
    await page.keyboard.type(await app.code());
    await follow('Turn it on');
    await reach('Copy the codes');
    await follow('I have kept them');
    await follow('Sign out', 'Shift+Tab');
    await reach('Name');
    await page.keyboard.type('root');
    await reach('Password');
    await page.keyboard.type(password);
    await Promise.all([page.waitForURL(/\/login\/totp$/), press('Enter')]);
    assert.equal((await page.evaluate(focused)).name, 'Code of six digits', 'the field has the focus');
    await reach('Without the phone: a recovery code');
    await reach('Code of six digits', 'Shift+Tab');
    await page.keyboard.type(await app.code());
    await Promise.all([page.waitForURL(/\/admin\/$/), press('Enter')]);
  });

  it('signs out', async () => {
    await page.goto(`${server.base}/admin/`);
    await follow('Sign out');
    assert.equal(at(), '/admin/login');
    assert.deepEqual(await root.complaints(), []);
  });
});
