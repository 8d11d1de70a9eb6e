// The console in Chromium, from the link that the server prints to a meeting; each page checked by axe and kept as a picture.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { examineLooks } from './lib/console_page.mjs';
import { artefacts, Person, until } from './lib/people.mjs';
import { addExamples } from '../lib/console_facts.mjs';
import { serverFor } from '../lib/server.mjs';
import { join as enter } from '../lib/ws_client.mjs';

const password = 'sleep walking fish';
const looks = [
  { name: 'light', colorScheme: 'light', width: 1280, height: 900 },
  { name: 'dark', colorScheme: 'dark', width: 1280, height: 900 },
  { name: 'phone', colorScheme: 'light', width: 320, height: 700 },
];

/** Opens a path in each look: no violation, nothing beside the window's edge; a picture is kept. */
async function examine(page, server, name, path) {
  const status = (await page.goto(server.base + path)).status();
  await examineLooks(page, name, looks);
  assert.deepEqual(await page.evaluate(() => window.violationsForTests), [], `${path} keeps to its policy`);
  return status;
}

test('from the setup link to a meeting, in a browser', { timeout: 890000 }, async (t) => {
  const server = await serverFor(t, { config: null, mediaListen: null });
  const root = await Person.arrive('root', null);
  t.after(() => root.goHome());
  const { page } = root;

  await page.goto(server.setupUrl.replace('127.0.0.1', 'localhost'));
  await page.waitForURL(/\/admin\/setup$/);
  await examine(page, server, 'setup', '/admin/setup');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.fill('#login', 'root');
  await page.fill('#password', password);
  await page.fill('#repeat', 'something else that is long');
  await page.click('button:text("Make the administrator")');
  await page.waitForSelector('.error-summary');
  await until('the summary has the focus', () => page.evaluate(() => document.activeElement.classList.contains('error-summary')));
  await page.click('.error-summary a');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'repeat', 'its links lead to the fields');
  await page.fill('#password', password);
  await page.fill('#repeat', password);
  await page.click('button:text("Make the administrator")');
  await page.waitForURL(/\/admin\/$/);
  await examine(page, server, 'dashboard-empty', '/admin/');
  await examine(page, server, 'groups-empty', '/admin/groups/');

  await page.goto(`${server.base}/admin/groups/.new`);
  await page.fill('#name', 'watch');
  await page.fill('#displayName', 'Night watch');
  await page.check('#public');
  await page.click('button:text("Make the group")');
  await page.waitForURL(/\/admin\/groups\/watch\/$/);
  await page.click('a:text("Add an operator")');
  assert.ok(await page.isChecked('#role-op'));
  for (const name of ['vimes', 'carrot']) {
    await page.goto(`${server.base}/admin/groups/watch/.users/.new?role=op`);
    await page.fill('#name', name);
    await page.fill('#password', `${name} at the gate`);
    await page.click('button:text("Add the user")');
    await page.waitForURL(/\.users\/$/);
  }
  await page.goto(`${server.base}/admin/groups/watch/.edit`);
  await page.fill('#description', 'Every night at ten.');
  await page.fill('#contact', 'vimes@watch.example');
  await page.click('.save-bar button:text("Save")');
  await page.waitForSelector('.flash');
  await page.screenshot({ path: join(artefacts, 'console-saved.png') });

  const [vimes, carrot] = await Promise.all([
    Person.arrive('vimes', ['red', 'green']), Person.arrive('carrot', ['blue', 'yellow']),
  ]);
  t.after(() => carrot.goHome());
  t.after(() => vimes.goHome());
  await vimes.join(server, 'watch', { password: 'vimes at the gate' });
  await carrot.join(server, 'watch', { password: 'carrot at the gate' });
  await vimes.decodes(carrot);
  await carrot.decodes(vimes);

  await page.goto(`${server.base}/admin/groups/watch/.live`);
  await page.click('a[aria-label="More about vimes"]');
  await page.waitForSelector('#streams');
  // The page shows a sample that may be seconds old, and then the next one by itself.
  const listed = () => page.$$eval('#streams tbody tr', (all) => all.map((row) => [...row.cells].slice(0, 2).map((c) => c.textContent).join(' ')));
  await until('each stream is listed', async () => isDeepStrictEqual([...new Set(await listed())].sort(), ['From carrot Sound', 'From carrot Video', 'Sent Sound', 'Sent Video']));
  assert.equal(await examine(page, server, 'live-person', new URL(page.url()).pathname + new URL(page.url()).search), 200);
  for (const [name, path] of [['live-groups', '/admin/live'], ['live', '/admin/groups/watch/.live'], ['live-close', '/admin/groups/watch/.close']]) {
    assert.equal(await examine(page, server, name, path), 200, path);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${server.base}/admin/groups/watch/.live`);
  await page.click('a[aria-label="More about carrot"]');
  await page.click('a:text("Send away")');
  await page.click('button:text("Send away")');
  await page.waitForSelector('.flash');
  await until('carrot is gone for vimes', async () => !await vimes.sees('carrot'));
  // Nobody films any more: what follows shows people who only sit in the meeting.
  await Promise.all([vimes.goHome(), carrot.goHome()]);
  await enter(t, server, 'watch', 'vimes', 'vimes at the gate');

  await page.goto(`${server.base}/admin/groups/watch/.tokens/`);
  await page.fill('#label', 'The night shift');
  await page.click('button:text("Make the link")');
  await page.waitForSelector('.qr-code');
  const invitation = new URL(page.url()).pathname;
  const link = await page.textContent('#link');
  await page.locator('.qr-code').screenshot({ path: join(artefacts, 'console-qr-code.png') });
  const read = spawnSync('zbarimg', ['--quiet', '--raw', join(artefacts, 'console-qr-code.png')], { encoding: 'utf8' });
  assert.equal(read.stdout.trim(), link, read.stderr);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.click('button:text("Copy the link")');
  await page.waitForSelector('button:text("Copied")');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);

  await page.goto(`${server.base}/admin/accounts/.new`);
  await page.fill('#login', 'susan');
  await page.check('#preset-teacher');
  await page.fill('#prefix', 'watch');
  await page.click('button:text("Make the account")');
  await page.waitForSelector('.qr-code');
  addExamples(server);
  for (const [name, path] of [
    ['landing', '/'], ['dashboard', '/admin/'], ['groups', '/admin/groups/'], ['groups-tree', '/admin/groups/.tree'], ['group-new', '/admin/groups/.new'], ['groups-deleted', '/admin/groups/.deleted'], ['csv-groups', '/admin/csv/groups'], ['rename', '/admin/groups/watch/.rename'], ['keys', '/admin/groups/watch/.keys'], ['try', '/admin/groups/watch/.try'], ['users-many', '/admin/groups/watch/.users/.many'], ['users-copy', '/admin/groups/watch/.users/.copy'], ['csv-users', '/admin/csv/users?group=watch'],
    ['group', '/admin/groups/watch/'], ['poster', '/admin/groups/watch/.poster'], ['edit', '/admin/groups/watch/.edit'], ['users', '/admin/groups/watch/.users/'],
    ['user', '/admin/groups/watch/.users/vimes'], ['user-new', '/admin/groups/watch/.users/.new'],
    ['wildcard', '/admin/groups/watch/.wildcard-user'], ['user-delete', '/admin/groups/watch/.users/vimes/.delete'],
    ['tokens', '/admin/groups/watch/.tokens/'], ['token', invitation], ['invitations', '/admin/invitations'], ['invitations-end', '/admin/invitations/end'], ['poster-invitation', `${invitation}/poster`], ['jobs', '/admin/jobs'], ['trash', '/admin/trash'], ['recording', '/admin/groups/g/.recordings/example.tar.gz'], ['share', '/admin/groups/g/.recordings/example.tar.gz/1'],
    ['history', '/admin/groups/watch/.history/'], ['history-forget', '/admin/groups/watch/.history/.forget'], ['invitations-server', '/admin/invitations/.server/'], ['version', '/admin/groups/watch/.history/1'], ['versions', '/admin/groups/watch/.history/.compare'],
    ['file', '/admin/groups/watch/.raw'], ['delete', '/admin/groups/watch/.delete'],
    ['account', '/admin/account'], ['account-totp', '/admin/account/totp'], ['app-passwords', '/admin/account/app-passwords'], ['accounts', '/admin/accounts'], ['account-new', '/admin/accounts/.new'],
    ['account-own', '/admin/accounts/1'], ['account-edit', '/admin/accounts/2'], ['account-delete', '/admin/accounts/2/.delete'], ['people', '/admin/people'],
    ['audit', '/admin/audit'], ['settings', '/admin/settings'], ['settings-sessions', '/admin/settings/sessions'], ['settings-keeping', '/admin/settings/keeping'], ['settings-history', '/admin/settings/history'], ['address-keep', '/admin/address-trial?code=x'], ['settings-limits', '/admin/settings/limits?check=yes'], ['settings-meetings', '/admin/settings/meetings'], ['settings-addresses', '/admin/settings/addresses'], ['settings-ice', '/admin/settings/ice'], ['network', '/admin/network'], ['backup', '/admin/backup'], ['backup-restore', '/admin/backup/example.tar.gz/restore'], ['job', '/admin/jobs/1'], ['problems', '/admin/problems'], ['health', '/admin/health'], ['health-report', '/admin/health/report'], ['search', '/admin/search?q=watch'], ['manual', '/admin/help/'], ['confirm', '/admin/confirm'],
  ]) assert.equal(await examine(page, server, name, path), 200, path);
  assert.equal(await examine(page, server, 'missing', '/admin/groups/nowhere/'), 404);
  assert.equal(await examine(page, server, 'not-found', '/nothing/here'), 404);

  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${server.base}/admin/`);
  await page.click('button:text("Sign out")');
  await page.waitForURL(/\/admin\/login/);
  await examine(page, server, 'login', '/admin/login');
  assert.deepEqual(root.errors, []);
});
