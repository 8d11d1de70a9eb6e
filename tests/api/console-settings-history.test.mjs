// What was changed among the settings in the database: taken back at once, listed, and put back one by one.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Browser, makeAccount, saveAt, signedInAt } from '../lib/console.mjs';
import { audited as auditedOf, hostile } from '../lib/console_facts.mjs';
import { startServer } from '../lib/server.mjs';
import { change, query } from '../lib/store.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer(); });
after(() => server?.stop());

const signedIn = () => signedInAt(server);
const path = '/admin/settings';
const save = (b, values) => saveAt(b, path, values);
const audited = (action, object) => auditedOf(server, action, object);

/** What is told as a PNG by its first bytes. */
const pngOf = (last) => Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, last]);

describe('what was changed among the settings', () => {
  const history = `${path}/history`;
  const undo = (page) => page.forms().find((f) => f.action.startsWith(`${path}/undo/`));
  const titleNow = async () => (await new Browser(server).open('/')).title;
  const rows = (page) => [...page.html.matchAll(/<tr>\n<th[^>]*><a href="([^"]*)">([^<]*)[\s\S]*?<td data-label="By">([^<]*)<\/td>\n<td data-label="Before"[^>]*>([^<]*)<\/td>\n<td data-label="After"[^>]*>([^<]*)<\/td>/g)].map((m) => m.slice(1));

  test('each save is taken back by Undo, all of it or nothing, and that in turn, too', async () => {
    const b = await signedIn();
    const saved = await save(b, { name: 'Watch House', contact: 'https://watch.example/' });
    assert.equal(await titleNow(), 'Watch House');
    const undone = await b.submit(undo(saved));
    assert.equal(undone.path, path);
    assert.match(undone.text, /The change was taken back/);
    assert.equal(await titleNow(), 'Nereid');
    assert.equal(query(server, "SELECT count(*) n FROM settings WHERE key IN ('site.name', 'site.contact')")[0].n, 0);
    assert.deepEqual(audited('setting.reset', 'site.contact').at(-1), { before: 'https://watch.example/' });
    await b.submit(undo(undone));
    assert.equal(await titleNow(), 'Watch House');
    const second = await save(b, { name: 'Palace', contact: '' });
    await save(await signedIn(), { contact: 'https://other.example/' });
    const refused = await b.submit(undo(second));
    assert.equal(refused.status, 409);
    assert.match(refused.text, /Somebody changed this again meanwhile, so nothing was changed/);
    assert.equal(await titleNow(), 'Palace');
    assert.equal((await save(b, {})).forms().some((f) => f.action.includes('/undo/')), false);
    const reset = await b.submit((await b.open(path)).form(`${path}/reset`).fill({ setting: 'name' }));
    await b.submit(undo(reset));
    assert.equal(await titleNow(), 'Palace');
    await save(b, { name: '', contact: '' });
    const limits = await b.submit((await b.open(`${path}/limits`)).form(`${path}/limits`).fill({ recording: 'yes', clients: '12' }));
    const back = await b.submit(undo(limits));
    assert.equal(back.path, `${path}/limits`);
    assert.equal(query(server, "SELECT count(*) n FROM settings WHERE key LIKE 'limit.%'")[0].n, 0);
  });

  test('what a setting is already cannot be put back', async () => {
    const b = await signedIn();
    await save(b, { welcome: 'Mind the step.' });
    await save(b, { welcome: '' });
    const [reset, first] = (await b.open(`${history}?setting=site.welcome`)).html.match(/<tr>(?:(?!<\/tr>)[\s\S])*Mind the step(?:(?!<\/tr>)[\s\S])*<\/tr>/g) ?? [];
    assert.match(reset, /name="change"/, 'to what it was before');
    assert.doesNotMatch(first, /name="change"/, 'it is not set now, as it was before that change');
  });

  test('the logo comes back as it was, and the time of the backup at night', async () => {
    const b = await signedIn();
    const picture = async () => createHash('sha256').update(Buffer.from(await (await server.get('/site/logo')).arrayBuffer())).digest('hex');
    const put = async (bytes) => b.submit((await b.open(path)).form(`${path}/logo`).fill({ action: 'save', logo: bytes.toString('base64') }));
    await put(pngOf(1));
    const first = await picture();
    const second = await put(pngOf(2));
    assert.notEqual(await picture(), first);
    await b.submit(undo(second));
    assert.equal(await picture(), first);
    const list = rows(await b.open(`${history}?setting=site.logo`));
    assert.deepEqual(list.slice(0, 3), [['/admin/settings', 'Logo', 'root', 'a picture', 'a picture'], ['/admin/settings', 'Logo', 'root', 'a picture', 'a picture'], ['/admin/settings', 'Logo', 'root', 'nothing', 'a picture']]);
    const page = await b.open(`${history}?setting=site.logo`);
    const [, oldest] = /name="change" value="(\d+)"(?![\s\S]*name="change")/.exec(page.html);
    await b.submit(page.form(history).fill({ change: oldest }));
    assert.equal((await server.get('/site/logo')).status, 404);
    assert.equal(query(server, "SELECT count(*) n FROM settings WHERE key LIKE '%logo%'")[0].n, 0);
    const night = await b.submit((await b.open('/admin/backup')).forms().find((f) => f.fields.has('night')).fill({ action: 'night', night: '04:30' }));
    const undone = await b.submit(undo(night));
    assert.equal(undone.path, '/admin/backup');
    assert.equal(query(server, "SELECT count(*) n FROM settings WHERE key = 'backup.time'")[0].n, 0);
  });

  test('a list says who changed what, before and after, and each is put back by itself', async () => {
    const b = await signedIn();
    await save(b, { name: 'One', welcome: hostile });
    await save(b, { name: 'Two' });
    await save(b, { name: 'Three' });
    const page = await b.open(history);
    assert.ok(!page.html.includes(hostile));
    assert.deepEqual(rows(page).slice(0, 2), [['/admin/settings', 'Name of this server', 'root', 'Two', 'Three'], ['/admin/settings', 'Name of this server', 'root', 'One', 'Two']]);
    const only = await b.open(`${history}?setting=site.name`);
    assert.ok(rows(only).every((row) => row[1] === 'Name of this server'));
    assert.match((await b.open('/admin/audit')).html, /href="\/admin\/settings\/history\?setting=site\.name"/);
    assert.match((await b.open(path)).html, /href="\/admin\/settings\/history\?setting=site\.name"/);
    // The row "One to Two": what was before it, though it is "Three" now.
    const idOf = (text) => query(server, "SELECT id FROM setting_changes WHERE key = 'site.name' AND after = ? ORDER BY id DESC", text)[0].id;
    const late = await b.open(`${history}?setting=site.name`);
    const back = (shown) => b.submit(shown.form(history).fill({ change: `${idOf('Two')}` }));
    const done = await back(only);
    assert.match(done.text, /Name of this server is as it was before that change/);
    assert.equal(await titleNow(), 'One');
    // The page of before does not know of that: nothing is put over it unseen.
    const refused = await back(late);
    assert.equal(refused.status, 409);
    assert.match(refused.text, /Somebody changed this again meanwhile/);
    assert.equal(await titleNow(), 'One');
    await save(b, { name: '', welcome: '' });
  });

  test('what is not allowed any more does not come back, and what is no change is not found', async () => {
    const b = await signedIn();
    change(server, 'INSERT INTO setting_changes (batch, key, before, after, is_silent, at, changed_by) VALUES (4000, \'site.zone\', \'Moon/Base\', NULL, 0, 1, \'root\')');
    const page = await b.open(`${history}?setting=site.zone`);
    const refused = await b.submit(page.form(history).fill({ change: `${query(server, "SELECT id FROM setting_changes WHERE before = 'Moon/Base'")[0].id}` }));
    assert.equal(refused.status, 422);
    assert.match(refused.text, /What it was before is not allowed any more: choose one of the list/);
    for (const id of ['99999', '0', 'x', '']) assert.equal((await b.submit(page.form(history).fill({ change: id }))).status, 404, id);
    const token = page.form(history).fields.get('csrf');
    for (const batch of ['99999', 'x']) assert.equal((await b.request(`${path}/undo/${batch}`, { method: 'POST', body: new URLSearchParams({ csrf: token }) })).status, 404, batch);
    assert.equal((await b.open(`${history}?before=x`)).status, 404);
    assert.match((await b.open(`${history}?setting=no.such`)).text, /Nothing was changed here yet/);
  });

  test('they are for server administrators who gave their password lately', async () => {
    const root = await signedIn();
    const { person } = await makeAccount(root, { login: 'polly', preset: 'auditor' }, 'a pub with a good cellar');
    const saved = await save(root, { name: 'Inn' });
    assert.equal((await person.open(history)).status, 403);
    assert.doesNotMatch((await person.open('/admin/audit')).html, /settings\/history/);
    change(server, 'UPDATE sessions SET proved_at = 1');
    const asked = await root.submit(undo(saved));
    assert.match(asked.title, /password/i);
    assert.equal(await titleNow(), 'Inn');
    const proven = await root.submit(asked.forms().find((f) => f.fields.has('password')).fill({ password: 'rootpw' }));
    const again = await root.submit(proven.forms().find((f) => f.action.startsWith(`${path}/undo/`)));
    assert.match(again.text, /The change was taken back/);
    assert.equal(await titleNow(), 'Nereid');
  });
});
