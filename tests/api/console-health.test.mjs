// Health: what the checks of the server find, and the report for who helps.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Browser, makeAccount } from '../lib/console.mjs';
import { metricsChange, metricsQuery } from '../lib/metrics.mjs';
import { eventually, serverFor } from '../lib/server.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
const names = ['mediad', 'versions', 'address', 'certificate', 'disk-data', 'disk-recordings', 'media', 'udp', 'turn', 'database', 'wal', 'exports', 'watch', 'backup', 'clock',
  'descriptors', 'open-groups', 'plain-passwords', 'endless-tokens', 'attack', 'sandbox', 'administrators'];

/** Runs the checks again and waits until `holds` of what they find, by name. */
async function checksUntil(root, holds) {
  await root.submit((await root.open('/admin/health')).form('/admin/health'));
  return eventually(async () => {
    const { checks } = JSON.parse((await root.open('/admin/health.json')).html);
    const found = Object.fromEntries(checks.map((c) => [c.name, c]));
    holds(found);
    return found;
  }, 30000);
}

describe('health', () => {
  test('each check has state, value, remedy and since; what is risky is counted', async (t) => {
    const server = await serverFor(t, {
      groups: { lobby: { ...open, public: true }, back: open, watch: { users: { vimes: { password: 'plain text', permissions: 'op' } } } },
      files: { 'data/var/tokens.jsonl': `${JSON.stringify({ token: 'endless', group: 'back', permissions: ['present'] })}\n` },
    });
    const root = new Browser(server);
    await root.signIn();
    const found = await checksUntil(root, (c) => {
      assert.deepEqual(Object.keys(c), names);
      for (const name of ['mediad', 'versions', 'database', 'wal', 'exports', 'watch', 'attack']) assert.equal(c[name].state, 'ok', `${name}: ${c[name].value}`);
    });
    for (const [name, value] of [['open-groups', '1'], ['plain-passwords', '1'], ['endless-tokens', '1']]) {
      assert.deepEqual([found[name].state, found[name].value], ['warn', value], name);
      assert.ok(found[name].remedy.length > 20);
      assert.match(found[name].since, /^\d{4}-\d\d-\d\d/);
    }
    assert.equal(found.backup.state, 'warn');
    assert.deepEqual([found.media.state, found.media.value], ['unknown', 'none has come yet']);
    assert.match(found.address.value, new RegExp(`not set; you came by localhost:${server.port}`));
    const links = await root.open('/admin/health');
    for (const [name, path, words] of [['address', '/admin/settings/addresses', 'Addresses'], ['backup', '/admin/backup', 'Backups'], ['udp', '/admin/network', 'Network test']]) {
      assert.ok(links.html.includes(`<a id="check-link-${name}" href="${path}" aria-labelledby="check-link-${name} check-title-${name}">${words}</a>`), `${path}: where it is mended is a link away`);
    }
    assert.match(found['disk-data'].value, /free/);
    const users = ['mediad', 'admin-cgi'].map((name) => /^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${server.pidOf(name)}/status`, 'utf8'))?.[1]);
    assert.equal(found.sandbox.state, users.includes('0') ? 'bad' : users[0] === users[1] ? 'warn' : 'ok', found.sandbox.value);
    if (found.sandbox.state === 'ok') assert.match(found.sandbox.value, /^users of their own, which can gain no rights/);
    assert.deepEqual([found.administrators.state, found.administrators.value], ['ok', 'those of data/config.json']);

    const page = await root.open('/admin/health');
    for (const name of names) assert.match(page.html, new RegExp(`id="check-${name}"`));
    assert.match(page.text, /checks need a look/);
    server.writeFile('data/backups/nereid-20261129-030000.tar.gz', 'x');
    server.writeFile('data/var/tokens.jsonl', '');
    server.writeConfig({ users: { root: { password: 'rootpw', permissions: 'admin' } }, canonicalHost: `localhost:${server.port}` });
    await checksUntil(root, (c) => {
      for (const name of ['backup', 'endless-tokens', 'address']) assert.equal(c[name].state, 'ok', name);
    });
  });

  test('a state keeps its beginning until it is another one', async (t) => {
    const server = await serverFor(t, { groups: {} });
    const root = new Browser(server);
    await root.signIn();
    await checksUntil(root, (c) => assert.equal(c.backup.state, 'warn'));
    metricsChange(server, "UPDATE checks SET since = since - 86400000000, value = 'before' WHERE name = 'backup'");
    const old = await checksUntil(root, (c) => assert.match(c.backup.value, /none yet/));
    assert.ok(Date.parse(old.backup.since_iso) < Date.now() - 80000e3);
    server.writeFile('data/backups/nereid-20261129-030000.tar.gz', 'x');
    const found = await checksUntil(root, (c) => assert.equal(c.backup.state, 'ok'));
    assert.ok(Date.parse(found.backup.since_iso) > Date.now() - 600e3);
  });

  test('failed sign-ins that must wait are told', async (t) => {
    const server = await serverFor(t, { groups: {}, args: ['--rate-scale', '1'] });
    const root = new Browser(server);
    await root.signIn();
    for (let i = 0; i < 8; i++) await new Browser(server).signIn('moist', `stamps ${i}`);
    await checksUntil(root, (c) => assert.equal(c.attack.state, 'warn', c.attack.value));
  });

  test('that nobody administers the server is bad, with the way to an account; accounts are counted then', async (t) => {
    const server = await serverFor(t, { config: null });
    const found = await eventually(() => metricsQuery(server, "SELECT state, value, remedy FROM checks WHERE name = 'administrators'")[0] ?? assert.fail('not looked at yet'), 30000);
    assert.deepEqual({ ...found }, {
      state: 'bad', value: 'none: nobody can change accounts and settings',
      remedy: 'Make one by the link in run/setup-url, or by "admin-cgi create-admin NAME".',
    });
    const root = new Browser(server);
    const setup = await root.open(server.setupUrl.replace(/^https:\/\/[^/]*/, ''));
    await root.submit(setup.form('/admin/setup').fill({ login: 'root', password: 'sleep walking fish', repeat: 'sleep walking fish' }));
    const counts = (n) => checksUntil(root, (c) => assert.deepEqual([c.administrators.state, c.administrators.value], ['ok', n]));
    await counts('1');
    await makeAccount(root, { login: 'susan', preset: 'administrator' }, 'hogfather on a string');
    await makeAccount(root, { login: 'vetinari', preset: 'auditor' }, 'hogfather on a string');
    await counts('2');
  });

  test('the report is shown before it is saved, and names nobody', async (t) => {
    const server = await serverFor(t, {
      groups: { 'secret-society': { ...open, displayName: 'Hidden', users: { vimes: { password: 'nightwatch', permissions: 'op' } } } },
      files: { 'data/ice-servers.json': [{ urls: ['turn:turn.example.org'], username: 'u', credential: 'turnsecret' }] },
    });
    const root = new Browser(server);
    await root.signIn();
    await checksUntil(root, (c) => assert.equal(c.mediad.state, 'ok'));
    const page = await root.open('/admin/health/report');
    assert.match(page.text, /database: ok/);
    assert.match(page.text, /groups: 1/);
    assert.match(page.html, /href="\/admin\/health\/report\.txt"/);
    const file = await root.open('/admin/health/report.txt');
    assert.match(file.headers.get('content-disposition') ?? '', /attachment; filename="nereid-report\.txt"/);
    assert.ok(page.text.includes('canonicalHost: not set') && file.html.includes('canonicalHost: not set'));
    assert.doesNotMatch(page.text.split('this is all of it:')[1] + file.html, /secret-society|Hidden|vimes|nightwatch|turnsecret|turn\.example|root|rootpw|localhost|127\.0\.0\.1/);
  });

  test('auditors look, and run nothing; others do not see it', async (t) => {
    const server = await serverFor(t, { groups: { a: open } });
    const root = new Browser(server);
    await root.signIn();
    const enter = async (login, preset) => (await makeAccount(root, { login, preset, prefix: 'a' }, 'hogfather on a string')).person;
    const auditor = await enter('vetinari', 'auditor');
    const page = await auditor.open('/admin/health');
    assert.equal(page.status, 200);
    assert.equal(page.forms().filter((f) => f.action === '/admin/health').length, 0);
    assert.match(page.html, /<a href="\/admin\/health" aria-current="page">/);
    assert.equal((await auditor.open('/admin/health/report')).status, 403);
    const links = (html) => [...html.matchAll(/<a id="check-link-[^"]+" href="([^"]+)"/g)].map(([, path]) => path);
    assert.ok(links((await root.open('/admin/health')).html).includes('/admin/settings/addresses'));
    assert.ok(links(page.html).length > 0);
    for (const path of links(page.html)) assert.equal((await auditor.open(path.split('#')[0])).status, 200, path);
    const susan = await enter('susan', 'support');
    assert.equal((await susan.open('/admin/health')).status, 403);
    assert.doesNotMatch((await susan.open('/admin/')).html, /href="\/admin\/health/);
  });
});
