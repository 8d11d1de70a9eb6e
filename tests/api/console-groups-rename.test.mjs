// A group gets another name, by the console without JavaScript: what follows it, where the old address leads, and the way back.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from '../lib/console.mjs';
import { fileOf } from '../lib/console_facts.mjs';
import { change, query, versions } from '../lib/store.mjs';
import { eventually, startServer } from '../lib/server.mjs';

let server;
let b;
const recording = '2026-11-29T12:00:00.123-vimes.webm';
before(async () => {
  server = await startServer({
    groups: {
      'old/name': { displayName: 'Kept', users: { vimes: { password: 'boots', permissions: 'op' } } },
      'old/name/below': { description: 'Below' }, taken: {}, plain: { public: true },
    },
    files: { [`recordings/old/name/${recording}`]: 'x', 'recordings/old/name/below/other.webm': 'y', [`recordings/old/name/.about/${recording}.json`]: '{}' },
  });
  b = new Browser(server);
  await b.signIn();
});
after(() => server.stop());

const rename = async (group, values) => b.submit((await b.open(`/admin/groups/${group}/.rename`)).form(`/admin/groups/${group}/.rename`).fill(values));
const exists = (path) => existsSync(join(server.dir, path));
const tokens = () => readFileSync(join(server.dir, 'data/var/tokens.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));

test('a name that cannot be is refused, with the form kept', async () => {
  for (const [name, words] of [['.x', 'cannot be the name'], ['taken', 'there is a group called taken'], ['old/name', 'has this name already'], ['old/name/deeper', 'cannot lie below']]) {
    const page = await rename('old/name', { name, days: '7' });
    assert.equal(page.status, 422, name);
    assert.match(page.title, /^Error:/);
    assert.ok(page.text.includes(words), `${name}: ${page.text.slice(0, 500)}`);
    assert.equal(page.form('/admin/groups/old/name/.rename').fields.get('days'), '7');
  }
  assert.match((await rename('old/name', { name: 'x', days: '0' })).text, /Write a number of days/);
  assert.ok(!exists('groups/x.json'));
});

test('versions, invitations, recordings and rights follow; the old address leads on; and all comes back', async () => {
  const invite = (await b.open('/admin/groups/old/name/.tokens/')).form('/admin/groups/old/name/.tokens/');
  await b.submit(invite);
  const text = readFileSync(server.groupFile('old/name'), 'utf8');
  const past = versions(server, 'old/name');
  change(server, `INSERT INTO accounts (login, role, pw_changed_at, created_at) VALUES ('susan', 'scoped', 1, 1)`);
  for (const prefix of ['old/name', 'old/name/below']) {
    change(server, `INSERT INTO account_scopes (account_id, prefix, subtree, caps) SELECT id, ?, 1, 3 FROM accounts WHERE login = 'susan'`, prefix);
  }

  const done = await rename('old/name', { name: 'new/place' });
  assert.equal(done.path, '/admin/groups/new/place/');
  assert.match(done.text, /old\/name is called new\/place now\. Groups that were renamed: 2\./);
  assert.equal(readFileSync(server.groupFile('new/place'), 'utf8'), text, 'every byte');
  assert.deepEqual(versions(server, 'new/place'), past);
  assert.equal(fileOf(server, 'new/place/below').description, 'Below');
  assert.deepEqual(fileOf(server, 'old/name'), { redirect: '/group/new/place/', comment: 'This group is called new/place now.' });
  assert.equal(fileOf(server, 'old/name/below').redirect, '/group/new/place/below/');
  assert.deepEqual(tokens().map((t) => t.group), ['new/place']);
  assert.ok(exists(`recordings/new/place/${recording}`) && exists('recordings/new/place/below/other.webm'));
  assert.ok(exists(`recordings/new/place/.about/${recording}.json`) && !exists(`recordings/old/name/${recording}`));
  const scopes = () => query(server, 'SELECT prefix FROM account_scopes ORDER BY prefix').map((r) => r.prefix);
  assert.deepEqual(scopes(), ['new/place', 'new/place/below']);
  assert.match((await b.open('/admin/groups/new/place/.history/')).text, /Version|1/);
  assert.match((await b.open('/admin/audit')).text, /group\.rename/);
  await eventually(async () => {
    const page = await fetch(`${server.base}/group/old/name/?token=abc`, { redirect: 'manual' });
    assert.equal(page.status, 308);
    assert.match(page.headers.get('location') ?? '', /\/group\/new\/place\/\?token=abc$/);
    assert.equal((await (await server.get('/group/new/place/.status')).json()).displayName, 'Kept');
  });

  const back = await b.submit(done.forms().find((f) => f.action === '/admin/groups/new/place/.unrename'));
  assert.equal(back.path, '/admin/groups/old/name/', back.text.slice(0, 400));
  assert.equal(readFileSync(server.groupFile('old/name'), 'utf8'), text);
  assert.deepEqual(versions(server, 'old/name'), past);
  assert.ok(!exists('groups/new/place.json') && !exists('groups/new/place/below.json'));
  assert.equal(fileOf(server, 'old/name/below').description, 'Below');
  assert.deepEqual(tokens().map((t) => t.group), ['old/name']);
  assert.ok(exists(`recordings/old/name/${recording}`));
  assert.deepEqual(scopes(), ['old/name', 'old/name/below']);
  assert.doesNotMatch((await b.open('/admin/groups/.deleted')).text, /new\/place/, 'nothing of it is called deleted');
  assert.deepEqual(query(server, `SELECT key FROM settings WHERE key LIKE 'rename%'`), []);
});

test('the groups below stay where that was asked for, and an old name may lead nowhere', async () => {
  await rename('old/name', { name: 'alone', below: null, redirect: null });
  assert.ok(!exists('groups/old/name.json') && exists('groups/old/name/below.json'));
  assert.ok(exists(`recordings/alone/${recording}`) && exists('recordings/old/name/below/other.webm'));
  const made = await b.submit((await b.open('/admin/groups/.new')).form('/admin/groups/.new').fill({ name: 'old/name' }));
  assert.equal(made.path, '/admin/groups/old/name/', 'the name is free');
});

test('a redirect goes when its time is over, unless somebody made something of it', async () => {
  await rename('plain', { name: 'fancy' });
  await rename('alone', { name: 'together' });
  await b.submit((await b.open('/admin/groups/alone/.edit')).form('/admin/groups/alone/.edit').fill({ redirect: '', description: 'Mine' }));
  change(server, `UPDATE settings SET value = json_set(value, '$.until', 1) WHERE key LIKE 'renamed:%'`);
  await eventually(async () => assert.ok(!exists('groups/plain.json')), 90000);
  await eventually(async () => assert.deepEqual(query(server, `SELECT key FROM settings WHERE key LIKE 'rename%'`), []), 60000);
  assert.equal(fileOf(server, 'alone').description, 'Mine');
  assert.equal((await b.open('/admin/groups/plain/')).status, 404);
  assert.equal(fileOf(server, 'fancy').public, true);
});
