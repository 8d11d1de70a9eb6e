// The console's settings: how the server presents itself, its addresses, and its STUN and TURN servers.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, makeAccount, saveAt, signedInAt } from '../lib/console.mjs';
import { audited as auditedOf, hostile } from '../lib/console_facts.mjs';
import { eventually, startServer } from '../lib/server.mjs';
import { query } from '../lib/store.mjs';
import { join as joinGroup } from '../lib/ws_client.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer({ groups: { seminar: { public: true }, hall: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } } }); });
after(() => server?.stop());

const signedIn = () => signedInAt(server);
const path = '/admin/settings';
const save = (b, values) => saveAt(b, path, values);
const audited = (action, object) => auditedOf(server, action, object);

describe('how the server presents itself', () => {
  test('name, welcome, colour and links are on the landing and sign-in pages, and go back to their defaults one by one', async () => {
    const b = await signedIn();
    const before = await new Browser(server).open('/');
    assert.equal(before.title, 'Nereid');
    assert.doesNotMatch(before.html, /site\/style\.css|site-links/);
    const saved = await save(b, {
      name: 'Watch House', welcome: `Welcome.\n\nHelp is at https://help.example/start, ${hostile}`, accent: '#a00000',
      terms: 'https://watch.example/terms', privacy: 'https://watch.example/privacy', accessibility: 'https://watch.example/a11y', contact: 'mailto:vimes@watch.example',
    });
    assert.match(saved.text, /The settings were saved/);
    for (const where of ['/', '/admin/login']) {
      const page = await new Browser(server).open(where);
      assert.match(page.html, /<span>Watch House<\/span><\/a>/, where);
      assert.match(page.html, /<p>Welcome\.<\/p>\n<p>Help is at <a href="https:\/\/help\.example\/start" rel="noopener">https:\/\/help\.example\/start<\/a>, &lt;img src=x onerror/, where);
      assert.ok(!page.html.includes(hostile));
      for (const link of ['https://watch.example/terms', 'https://watch.example/privacy', 'https://watch.example/a11y', 'mailto:vimes@watch.example']) assert.ok(page.html.includes(`href="${link}"`), `${where} ${link}`);
      assert.match(page.html, /<link rel="stylesheet" href="\/site\/style\.css\?v=a00000">/);
    }
    assert.equal((await new Browser(server).open('/')).title, 'Watch House');
    const german = await new Browser(server).open('/?lang=de');
    assert.match(german.text, /Datenschutzhinweise/);
    const style = await server.get('/site/style.css?v=a00000');
    assert.equal(style.headers.get('content-type'), 'text/css; charset=utf-8');
    assert.equal(style.headers.get('x-content-type-options'), 'nosniff');
    assert.match(await style.text(), /--accent: light-dark\(#a00000, #/);
    assert.deepEqual(audited('setting.set', 'site.name'), [{ after: 'Watch House' }]);
    await save(b, { name: 'Palace' });
    assert.deepEqual(audited('setting.set', 'site.name')[1], { before: 'Watch House', after: 'Palace' });
    assert.match((await b.open('/admin/audit')).text, /root changed the setting site\.name from “Watch House” to “Palace”/);
    const page = await b.open(path);
    const reset = await b.submit(page.form(`${path}/reset`).fill({ setting: 'name' }));
    assert.match(reset.text, /Name of this server is the default again/);
    assert.equal((await new Browser(server).open('/')).title, 'Nereid');
    assert.deepEqual(audited('setting.reset', 'site.name'), [{ before: 'Palace' }]);
    await save(b, { welcome: '', accent: '', terms: '', privacy: '', accessibility: '', contact: '' });
    assert.doesNotMatch((await new Browser(server).open('/')).html, /site\/style\.css|site-links|Welcome/);
    assert.equal(query(server, "SELECT count(*) n FROM settings WHERE key LIKE 'site.%'")[0].n, 0);
  });

  test('a group\'s status tells the door of meetings, and says nothing of it without settings', async () => {
    const b = await signedIn();
    const look = async () => (await (await server.get('/group/hall/.status')).json()).look;
    assert.equal(await look(), undefined);
    await save(b, { name: `House ${hostile}`, welcome: 'Hello.\n\nHello again.', accent: '#a00000', imprint: 'https://watch.example/imprint', 'own-label': 'Rules', 'own-link': 'https://watch.example/rules' });
    await eventually(async () => assert.deepEqual(await look(), {
      name: `House ${hostile}`, welcome: 'Hello.\n\nHello again.', accent: '#a00000', accentHover: '#800000', accentDark: '#cf7f7f', accentDarkHover: '#d89898',
      links: [{ name: 'imprint', url: 'https://watch.example/imprint' }, { label: 'Rules', url: 'https://watch.example/rules' }],
    }));
    assert.equal((await (await server.get('/public-groups.json')).json()).some((g) => 'look' in g), false);
    await save(b, { name: '', welcome: '', accent: '', imprint: '', 'own-label': '', 'own-link': '' });
    await eventually(async () => assert.equal(await look(), undefined));
  });

  test('what is no value is said beside its field, what was typed is kept, and nothing is saved', async () => {
    const b = await signedIn();
    for (const [values, words] of [
      [{ accent: '#ffff00' }, /Accent colour: too bright to be read on a light page; #\w{6} is like it/], [{ accent: 'red' }, /#rrggbb/],
      [{ privacy: 'javascript:alert(1)' }, /Privacy notice: it must begin with https/], [{ name: 'x'.repeat(61) }, /at most 60 bytes/],
      [{ welcome: 'x'.repeat(2001) }, /at most 2000 bytes/], [{ name: 'a\u0007b' }, /control character/],
    ]) {
      const bad = await save(b, { name: 'Kept', ...values });
      assert.equal(bad.status, 422, bad.text);
      assert.match(bad.text, words);
      const [field] = Object.keys(values);
      assert.match(bad.html, new RegExp(`href="#${field}"`));
      assert.equal(bad.form(path).fields.get(field), values[field]);
    }
    assert.equal(query(server, "SELECT count(*) n FROM settings WHERE key LIKE 'site.%'")[0].n, 0);
    assert.equal((await save(b, {})).text.includes('Nothing was changed'), true);
    const form = (await b.open(path)).form(`${path}/reset`).fill({ setting: 'nightly' });
    assert.equal((await b.submit(form)).status, 404);
  });

  test('two people change different things, and both hold; of the same thing the second one is asked', async () => {
    const b = await signedIn();
    const one = (await b.open(path)).form(path).fill({ name: 'One' });
    const two = (await b.open(path)).form(path).fill({ contact: 'https://two.example/' });
    const three = (await b.open(path)).form(path).fill({ name: 'Three' });
    await b.submit(one);
    assert.match((await b.submit(two)).text, /The settings were saved/);
    const conflict = await b.submit(three);
    assert.equal(conflict.status, 409);
    assert.match(conflict.text, /Somebody else changed this meanwhile/);
    assert.equal((await new Browser(server).open('/')).title, 'One');
    assert.match((await b.submit(conflict.form(path))).text, /The settings were saved/);
    assert.equal((await new Browser(server).open('/')).title, 'Three');
    await b.submit((await b.open(path)).form(`${path}/reset`).fill({ setting: 'name' }));
    await save(b, { contact: '' });
  });

  test('they are for server administrators', async () => {
    const root = await signedIn();
    const { person } = await makeAccount(root, { login: 'susan', preset: 'auditor' }, 'a long walk with death');
    assert.equal((await person.open(path)).status, 403);
    assert.doesNotMatch((await person.open('/admin/')).html, /href="\/admin\/settings"/);
    assert.match((await root.open('/admin/')).html, /href="\/admin\/settings"/);
    for (const [words, where] of [['logo', path], ['proxy', `${path}/addresses`], ['turn', `${path}/ice`], ['udp', '/admin/network']]) {
      const link = `href="${where}"`;
      const count = (page) => page.html.split(link).length;
      assert.ok(count(await root.open(`/admin/search?q=${words}`)) > count(await root.open('/admin/search?q=nothing')), words);
      assert.equal(count(await person.open(`/admin/search?q=${words}`)), 1, words);
    }
  });
});

describe('sessions, and what is kept', () => {
  const at = (page, fields) => async (b) => b.submit((await b.open(`${path}/${page}`)).form(`${path}/${page}`).fill(fields));

  test('how long a session lasts is a setting, for those that are open, too, and each page knows how long it has', async () => {
    const b = await signedIn();
    const secondsOf = (page) => /data-idle="(\d+)" data-longest="(\d+)"/.exec(page.html).slice(1).map(Number);
    const before = secondsOf(await b.open('/admin/'));
    assert.ok(before[0] > 1700 && before[0] <= 1800 && before[1] > 43000 && before[1] <= 43200, `${before}`);
    const bad = await at('sessions', { idle: '4', longest: 'ever' })(b);
    assert.equal(bad.status, 422);
    assert.match(bad.text, /Minutes without use: write a whole number from 5 to 1440\..*Hours at most: write a whole number from 1 to 720\./);
    assert.match((await at('sessions', { idle: '10', longest: '2' })(b)).text, /The settings were saved/);
    const after = secondsOf(await b.open('/admin/'));
    assert.ok(after[0] > 530 && after[0] <= 600 && after[1] > 7000 && after[1] <= 7200, `${after}`);
    const left = JSON.parse((await b.request('/admin/session.json')).html);
    assert.ok(left.idle > 530 && left.idle <= 600 && left.longest <= 7200);
    const c = await signedIn();
    assert.ok(secondsOf(await c.open('/admin/'))[1] <= 7200);
    for (const setting of ['idle', 'longest']) {
      const page = await b.open(`${path}/sessions`);
      const done = await b.submit(page.form(`${path}/reset`).fill({ setting }));
      assert.equal(done.path, `${path}/sessions`);
      assert.match(done.text, /is the default again/);
    }
    assert.ok(secondsOf(await b.open('/admin/'))[0] > 1700);
    assert.deepEqual(audited('setting.set', 'session.idle'), [{ after: '10' }]);
    assert.deepEqual(audited('setting.reset', 'session.idle'), [{ before: '10' }]);
  });

  test('all other sessions end at once', async () => {
    const [one, other] = [await signedIn(), await signedIn()];
    assert.equal((await other.request('/admin/')).status, 200);
    assert.match((await one.submit((await one.open(`${path}/sessions`)).form(`${path}/sessions/end`))).text, /All other sessions have ended/);
    assert.equal((await other.request('/admin/')).status, 303);
    assert.equal((await one.request('/admin/')).status, 200);
    assert.match((await one.open('/admin/audit')).text, /root ended all other sessions of the console/);
  });

  test('a code can be demanded of every account, which is then led to set one up, and no program passes', async () => {
    const root = await signedIn();
    const { person } = await makeAccount(root, { login: 'ponder', preset: 'auditor' }, 'a high energy magic building');
    const asProgram = () => server.api('.groups/', { auth: 'ponder:a high energy magic building' });
    const open = (await asProgram()).status;
    assert.match((await at('sessions', { 'second-factor': 'administrators' })(root)).text, /The settings were saved/);
    assert.equal((await person.open('/admin/')).path, '/admin/');
    await at('sessions', { 'second-factor': 'all' })(root);
    assert.match((await person.open('/admin/')).path, /^\/admin\/account\/totp/);
    const refused = await asProgram();
    assert.notEqual(refused.status, open);
    assert.equal(refused.status, 403);
    assert.equal((await at('sessions', { 'second-factor': 'nobody' })(root)).status, 422);
    await at('sessions', { 'second-factor': '' })(root);
    assert.equal((await person.open('/admin/')).path, '/admin/');
  });

  test('the server has a language and a time zone for those who chose none', async () => {
    const b = await signedIn();
    const languageOf = async (headers) => /<html lang="(\w+)"/.exec((await new Browser(server).request('/', { headers })).html)[1];
    await save(b, { language: 'fr', zone: 'Asia/Tokyo' });
    assert.equal(await languageOf({ 'accept-language': 'nl' }), 'fr');
    assert.equal(await languageOf({ 'accept-language': 'de' }), 'de');
    assert.match((await b.open('/admin/audit')).html, /\+09:00/);
    await save(b, { language: '' });
    // Forms read and write times in it, and an account that has chosen none is not held for one that did.
    const { person } = await makeAccount(b, { login: 'tick', preset: 'administrator' }, 'a clock of many hands');
    const at = '/admin/groups/hall/.edit';
    const page = await person.open(at);
    assert.match(page.text, /Time zone: Asia\/Tokyo/);
    await person.submit(page.form(at).fill({ 'not-before': '2031-07-01T10:00' }));
    const hall = JSON.parse(readFileSync(join(server.dir, 'groups/hall.json'), 'utf8'));
    assert.equal(hall['not-before'], '2031-07-01T10:00:00+09:00');
    await person.submit((await person.open(at)).form(at).fill({ 'not-before': '' }));
    const account = await person.open('/admin/account');
    assert.equal(account.form('/admin/account/settings').fields.get('zone'), '');
    assert.match(account.html, /<option value=""[^>]*>The server(?:'|&#\d+;)s: Asia\/Tokyo</);
    assert.equal((await save(b, { zone: 'Disc/Ankh' })).status, 422);
    assert.equal((await save(b, { language: 'xx' })).status, 422);
    await save(b, { language: '', zone: '' });
    assert.equal(await languageOf({ 'accept-language': 'nl' }), 'en');
    assert.doesNotMatch((await b.open('/admin/audit')).html, /\+09:00/);
  });

  test('a link of one\'s own, and the legal notice', async () => {
    const b = await signedIn();
    await save(b, { imprint: 'https://watch.example/imprint', 'own-link': 'https://watch.example/rules' });
    const landing = async () => (await new Browser(server).open('/')).html;
    assert.match(await landing(), /<a href="https:\/\/watch\.example\/imprint" rel="noopener">Legal notice<\/a>/);
    assert.doesNotMatch(await landing(), /watch\.example\/rules/);
    await save(b, { 'own-label': `Rules ${hostile}` });
    assert.match(await landing(), /<a href="https:\/\/watch\.example\/rules" rel="noopener">Rules &lt;img/);
    await save(b, { imprint: '', 'own-link': '', 'own-label': '' });
  });

  test('settings are found by what they are called', async () => {
    const b = await signedIn();
    assert.match((await b.open('/admin/search?q=audit')).html, /href="\/admin\/settings\/keeping#audit"/);
    assert.match((await b.open('/admin/search?q=accent')).html, /href="\/admin\/settings#accent"/);
    assert.match((await b.open(`${path}/keeping`)).html, /id="audit"/);
  });
});

describe('limits', () => {
  const where = `${path}/limits`;
  const limit = async (b, values) => assert.match((await b.submit((await b.open(where)).form(where).fill(values))).text, /The settings were saved/);
  const none = { recording: null, open: null, clients: '0', codecs: '', redirect: '', invitation: '0', password: '0', administrators: null, most: '0', media: '', history: '0', record: null };
  const put = (name, json, auth) => server.api(`.groups/${name}`, { method: 'PUT', json, auth });
  const teacher = 'granny:a hard stare and a black hat';

  test('they bind those below server administrators, everywhere, and those, too, when it is ticked; what was there stays', async () => {
    const root = await signedIn();
    await makeAccount(root, { login: 'granny', preset: 'teacher', prefix: 'lancre', most: '9' }, teacher.split(':')[1]);
    assert.equal((await put('lancre', {})).status, 201);
    for (const [name, body] of [['old', { 'allow-recording': true }], ['far', { redirect: 'https://a.example/x' }], ['new', {}]]) assert.equal((await put(`lancre/${name}`, body, teacher)).status, 201, name);
    await limit(root, { recording: 'yes', open: 'yes', clients: '20', codecs: 'vp8 opus', redirect: 'b.example\nc.example', invitation: '7', password: '10' });
    const refused = async (body, words, name = 'lancre/new') => {
      const answer = await put(name, body, teacher);
      const text = await answer.text();
      assert.equal(answer.status, 403, `${JSON.stringify(body)} ${text}`);
      assert.match(text, words);
    };
    await refused({ 'max-clients': 20, 'allow-recording': true }, /may not be recorded/);
    await refused({}, /takes 20 people at most/, 'lancre/other');
    await refused({ 'max-clients': 21 }, /takes 20 people at most/);
    await refused({ 'max-clients': 20, codecs: ['vp9', 'opus'] }, /these codecs only: vp8 opus/);
    await refused({ 'max-clients': 20, redirect: 'https://evil@a.example:99/' }, /may not send people on to a\.example/);
    for (const redirect of ['https://B.example:99/', '/group/other/', 'https://user@c.example/']) assert.equal((await put('lancre/new', { 'max-clients': 20, redirect }, teacher)).status, 204, redirect);
    assert.equal((await put('lancre/old', { 'allow-recording': true, 'max-clients': 5 }, teacher)).status, 204, 'what it did it may go on doing');
    assert.equal((await put('lancre/far', { redirect: 'https://a.example/x', description: 'far' }, teacher)).status, 204);

    const granny = new Browser(server);
    await granny.signIn(...teacher.split(':'));
    const open = await granny.open('/admin/groups/lancre/new/.wildcard-user');
    const bad = await granny.submit(open.form('/admin/groups/lancre/new/.wildcard-user').fill({ kind: 'any', role: 'present' }));
    assert.equal(bad.status, 422);
    assert.match(bad.text, /This server does not allow it: groups of this server may not let everybody in with any password\./);
    const user = (await granny.open('/admin/groups/lancre/new/.users/.new')).form('/admin/groups/lancre/new/.users/.new').fill({ name: 'nanny', kind: 'set', password: 'ninechars', role: 'present' });
    assert.match((await granny.submit(user)).text, /a password on this server has 10 characters at least/);
    user.fill({ password: 'ten chars!' });
    assert.match((await granny.submit(user)).text, /Saved: nanny/);
    const token = (expires) => server.api('.groups/lancre/new/.tokens/', {
      method: 'POST', auth: teacher, json: { permissions: ['present'], ...(expires ? { expires: new Date(Date.now() + expires * 86400e3).toISOString() } : {}) },
    });
    assert.deepEqual([(await token(0)).status, (await token(8)).status, (await token(7)).status], [403, 403, 201]);

    assert.equal((await put('anything', { 'allow-recording': true })).status, 201, 'administrators are not bound');
    const list = await root.open(`${where}?check=yes`);
    for (const [name, why] of [['anything', 'may not be recorded'], ['seminar', 'takes 20 people'], ['lancre/old', 'may not be recorded'], ['lancre/far', 'takes 20 people']]) {
      assert.match(list.text, new RegExp(`${name} groups of this server ${why}|${name} a group of this server ${why}`));
    }
    assert.doesNotMatch(list.text, /lancre\/new /);
    await limit(root, { administrators: 'yes' });
    const bound = await put('anything', { 'allow-recording': true, codecs: ['vp9'] });
    assert.equal(bound.status, 403);
    await limit(root, none);
    assert.match((await root.open(`${where}?check=yes`)).text, /Every group keeps to the limits/);
    assert.equal((await put('anything', { 'allow-recording': true, codecs: ['vp9'] })).status, 204);
  });

  test('a new group begins with what was set; one that a program makes does not', async () => {
    const root = await signedIn();
    await limit(root, { most: '30', media: 'vp9 opus', history: '90', record: 'yes' });
    await root.submit((await root.open('/admin/groups/.new')).form('/admin/groups/.new').fill({ name: 'begun', start: 'class' }));
    const begun = JSON.parse(readFileSync(join(server.dir, 'groups/begun.json'), 'utf8'));
    assert.deepEqual([begun['max-clients'], begun.codecs, begun['max-history-age'], begun['allow-recording'], begun.autolock], [30, ['vp9', 'opus'], 5400, true, true]);
    await put('programmed', {});
    assert.doesNotMatch(readFileSync(join(server.dir, 'groups/programmed.json'), 'utf8'), /codecs|max-/);
    await limit(root, none);
  });
});

describe('settings of meetings, in mediad.json', () => {
  const where = `${path}/meetings`;
  const file = () => join(server.dir, 'data/mediad.json');
  const text = () => readFileSync(file(), 'utf8');

  test('what is written is bounded, goes into the file beside what was there, and holds at once; hand edits show up', async (t) => {
    const b = await signedIn();
    writeFileSync(file(), '{\n  "mine": [1,  2],\n  "limits": {"groups": 900}\n}\n');
    const form = (await b.open(where)).form(where);
    assert.equal(form.fields.get('groups'), '900');
    for (const [values, words] of [[{ members: '0' }, /People in all meetings: write a whole number from 1 to 1000000\./], [{ 'last-n': 'x' }, /Cameras that everybody is sent: write a whole/],
      [{ 'frame-ancestors': "https://a.example\nx; script-src *" }, /x; script-src \* is no origin/], [{ announce: 'host.example' }, /host\.example is no IP address/]]) {
      const bad = await b.submit((await b.open(where)).form(where).fill(values));
      assert.equal(bad.status, 422);
      assert.match(bad.text, words);
    }
    assert.match(text(), /"groups": 900\}\n\}/);
    assert.match((await b.submit(form.fill({ members: '1', groups: '', 'frame-ancestors': 'https://intranet.example' }))).text, /The settings were saved/);
    assert.deepEqual(JSON.parse(text()), { mine: [1, 2], limits: { members: 1 }, 'frame-ancestors': ['https://intranet.example'] });
    assert.match(text(), /"mine": \[1, {2}2\]/);
    await eventually(async () => assert.match((await server.get('/group/hall/')).headers.get('content-security-policy'), /frame-ancestors https:\/\/intranet\.example/));
    const anna = await joinGroup(t, server, 'hall', 'anna', 'x');
    assert.equal(anna.joined.kind, 'join');
    assert.equal((await joinGroup(t, server, 'hall', 'bert', 'x')).joined.error, 'server-full');
    assert.match((await b.open('/admin/audit')).text, /root changed the settings of meetings, in mediad\.json/);

    const stale = (await b.open(where)).form(where).fill({ members: '2' });
    writeFileSync(file(), '{"limits": {"members": 50}}\n');
    const conflict = await b.submit(stale);
    assert.equal(conflict.status, 409);
    assert.match(text(), /50/);
    writeFileSync(file(), '{"limits": {');
    await eventually(async () => assert.match((await b.open(where)).text, /data\/mediad\.json cannot be changed here now/));
    writeFileSync(file(), '{}\n');
    await eventually(async () => assert.equal((await b.open(where)).form(where).fields.get('members'), ''));
    assert.match((await b.open('/admin/search?q=cameras')).html, /href="\/admin\/settings\/meetings#last-n"/);
  });

  test('room for recordings is written and shown with a unit', async () => {
    const b = await signedIn();
    writeFileSync(file(), '{"recording": {"total-bytes": 5000001}}\n');
    const form = await eventually(async () => {
      const now = (await b.open(where)).form(where);
      assert.equal(now.fields.get('total-bytes'), '5000001', 'what no unit says is in bytes');
      return now;
    });
    const bad = await b.submit(form.fill({ 'group-bytes': 'much' }));
    assert.match(bad.text, /Room that recordings of one group may take: write a size, as 20 GB\./);
    assert.equal(bad.form(where).fields.get('group-bytes'), 'much');
    assert.match((await b.submit(bad.form(where).fill({ 'group-bytes': '1.5 GB', 'free-bytes': '2gib' }))).text, /The settings were saved/);
    assert.deepEqual(JSON.parse(text()).recording, { 'total-bytes': 5000001, 'group-bytes': 1500000000, 'free-bytes': 2 ** 31 });
    const saved = (await b.open(where)).form(where).fields;
    assert.deepEqual([saved.get('group-bytes'), saved.get('free-bytes')], ['1500 MB', '2 GiB']);
    assert.match((await b.submit((await b.open(where)).form(where).fill({ 'total-bytes': '9000 TB' }))).text, /Room that all recordings may take: write a size from 0 to 1024 TiB\./);
  });
});

describe('the logo', () => {
  const where = `${path}/logo`;
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

  test('a picture is taken, shown everywhere, given to everybody as what it is, and goes', async () => {
    const b = await signedIn();
    const form = (await b.open(path)).form(where).fill({ action: 'save', logo: png.toString('base64').replace(/(.{20})/g, '$1\n') });
    assert.match((await b.submit(form)).text, /The logo was saved/);
    const landing = await new Browser(server).open('/');
    const [, link] = /<img class="brand-mark" src="(\/site\/logo\?v=\w{16})" alt="">/.exec(landing.html) ?? [];
    assert.ok(link, landing.html.slice(0, 2000));
    const answer = await server.get(link);
    assert.equal(answer.headers.get('content-type'), 'image/png');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.match(answer.headers.get('content-security-policy'), /default-src 'none'/);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), png);
    assert.equal(audited('setting.set', 'site.logo').length, 1);
    const largest = Buffer.concat([png, Buffer.alloc(160 * 1024 - png.length, 0xfb)]);
    assert.match((await b.submit((await b.open(path)).form(where).fill({ action: 'save', logo: largest.toString('base64').replace(/\+/g, '-').replace(/\//g, '_') }))).text, /The logo was saved/);
    const gone = await b.submit((await b.open(path)).form(where).fill({ action: 'remove' }));
    assert.match(gone.text, /The logo is the default again/);
    assert.doesNotMatch((await new Browser(server).open('/')).html, /site\/logo/);
    assert.equal((await server.get('/site/logo')).status, 404);
    assert.equal(query(server, "SELECT count(*) n FROM settings WHERE key LIKE '%logo%'")[0].n, 0);
  });

  test('anything else is refused, SVG above all', async () => {
    const b = await signedIn();
    for (const [bytes, words] of [
      ['<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', /must be a PNG, JPEG or WebP/], [Buffer.concat([png, Buffer.alloc(160 * 1024)]), /may have 163840/], ['', /must be a PNG/],
    ]) {
      const bad = await b.submit((await b.open(path)).form(where).fill({ action: 'save', logo: Buffer.from(bytes).toString('base64') }));
      assert.equal(bad.status, 422, bad.text);
      assert.match(bad.text, words);
    }
    assert.match((await b.submit((await b.open(path)).form(where).fill({ action: 'save', logo: 'no base64!' }))).text, /not a picture as base64/);
    assert.equal((await server.get('/site/logo')).status, 404);
  });
});

describe('addresses, in config.json', () => {
  const where = `${path}/addresses`;
  const config = () => readFileSync(join(server.dir, 'data/config.json'), 'utf8');
  const change = async (b, values) => b.submit((await b.open(where)).form(where).fill(values));

  test('what a form changes is in the file, the rest of it as it was, and a version and a row of the audit log say so', async () => {
    const b = await signedIn();
    const byHand = config().replace(/^\{/, '{\n\t"comment":   [1,2],');
    server.writeFile('data/config.json', byHand);
    const form = (await b.open(where)).form(where);
    const saved = await b.submit(form.fill({ allowOrigin: 'https://site.example\n\nhttps://other.example:8443', writableGroups: null }));
    assert.match(saved.text, /The addresses were saved/);
    const now = JSON.parse(config());
    assert.deepEqual(now.allowOrigin, ['https://site.example', 'https://other.example:8443']);
    assert.ok(config().startsWith('{\n\t"comment":   [1,2],'));
    assert.deepEqual(now.users, JSON.parse(byHand).users);
    assert.ok(!saved.html.includes('rootpw'), 'no password comes out');
    const [row] = query(server, "SELECT version_before, version_after FROM audit WHERE action = 'config.edit'");
    assert.ok(row.version_before > 0 && row.version_after > row.version_before);
    assert.match((await b.open('/admin/audit')).text, /root changed the addresses of the server/);
    assert.match((await change(b, { allowOrigin: '' })).text, /The addresses were saved/);
    assert.equal('allowOrigin' in JSON.parse(config()), false);
    assert.match((await change(b, {})).text, /Nothing was changed/);
  });

  test('a new name of the host is asked about, unless it is the one that the browser came by', async () => {
    const b = await signedIn();
    const asked = await change(b, { canonicalHost: 'meet.example' });
    assert.equal(asked.status, 422);
    assert.match(asked.text, /Everybody will be sent on to meet\.example, you too/);
    assert.equal('canonicalHost' in JSON.parse(config()), false);
    const own = new URL(server.base).host;
    assert.match((await change(b, { canonicalHost: own })).text, /The addresses were saved/);
    assert.equal(JSON.parse(config()).canonicalHost, own);
    await change(b, { canonicalHost: '' });
    await b.send(asked.form(where).fill({ sure: 'yes', seen: (await b.open(where)).form(where).fields.get('seen') }));
    assert.equal(JSON.parse(config()).canonicalHost, 'meet.example');
    assert.equal((await b.request(where)).status, 308);
    const { canonicalHost, ...rest } = JSON.parse(config());
    server.writeFile('data/config.json', JSON.stringify(rest));
    assert.equal((await b.open(where)).status, 200);
  });

  test('what is wrong is said beside its field; a change meanwhile is a conflict; a broken file is not written over', async () => {
    const b = await signedIn();
    for (const [values, words] of [
      [{ canonicalHost: 'https://x' }, /must be host or host:port/], [{ proxyURL: 'ftp://x' }, /must be like https:/],
      [{ allowOrigin: 'site.example' }, /site\.example is no origin/], [{ allowAdminOrigin: 'https://x/y' }, /is no origin/],
    ]) {
      const bad = await change(b, values);
      assert.equal(bad.status, 422, bad.text);
      assert.match(bad.text, words);
      assert.equal(bad.form(where).fields.get(Object.keys(values)[0]), Object.values(values)[0]);
    }
    const form = (await b.open(where)).form(where).fill({ proxyURL: 'https://front.example/meet' });
    const good = config();
    server.writeFile('data/config.json', good.replace(/\}\s*$/, ', "comment": "by hand"}'));
    const conflict = await b.submit(form);
    assert.equal(conflict.status, 409);
    assert.match(conflict.text, /changed meanwhile/);
    assert.equal(JSON.parse(config()).proxyURL, undefined);
    assert.equal(JSON.parse(config()).comment, 'by hand');
    assert.equal(conflict.form(where).fields.get('proxyURL'), 'https://front.example/meet');
    server.writeFile('data/config.json', '{"users": ');
    const broken = await eventually(async () => {
      const page = await b.open(where);
      assert.match(page.text, /data\/config\.json cannot be changed here now/);
      return page;
    });
    assert.equal(broken.status, 200);
    assert.equal(broken.forms().some((f) => f.action === where), false);
    assert.equal((await b.submit(conflict.form(where))).status, 409);
    assert.equal(config(), '{"users": ');
    server.writeFile('data/config.json', good);
  });
});

describe('STUN and TURN servers, in ice-servers.json', () => {
  const where = `${path}/ice`;
  const file = () => readFileSync(join(server.dir, 'data/ice-servers.json'), 'utf8');
  const formOf = (page, test) => page.forms().find((f) => f.action === where && test(f.fields));
  const editor = (page) => formOf(page, (fields) => fields.has('urls'));
  const row = (page, index) => formOf(page, (fields) => !fields.has('urls') && fields.get('index') === String(index));
  const secret = 'kept in the cellar';

  test('added, ordered, changed and removed; secrets go in and never come out', async () => {
    const b = await signedIn();
    const empty = await b.open(where);
    assert.match(empty.text, /There is none/);
    const one = await b.submit(editor(empty).fill({ action: 'save', urls: 'turn:turn.example:3478\nturns:turn.example:5349?transport=tcp', login: 'hmac-sha1', credential: secret }));
    assert.match(one.text, /The server was saved/);
    assert.ok(one.form('/admin/network'), 'the test is there, which a script begins');
    assert.match(one.html, /id="network-form" data-runs/);
    assert.doesNotMatch((await b.open(where)).html, /network-form/);
    const two = await b.submit(editor(one).fill({ action: 'save', urls: 'stun:stun.example', login: 'none' }));
    assert.deepEqual(JSON.parse(file()), [
      { urls: ['turn:turn.example:3478', 'turns:turn.example:5349?transport=tcp'], credentialType: 'hmac-sha1', credential: secret }, { urls: ['stun:stun.example'] },
    ]);
    const up = await b.submit(row(two, 1).fill({ action: 'up' }));
    assert.deepEqual(JSON.parse(file()).map((s) => s.urls[0]), ['stun:stun.example', 'turn:turn.example:3478']);
    const edit = await b.open(`${where}?edit=1`);
    assert.equal(editor(edit).fields.get('credential'), '');
    const changed = await b.submit(editor(edit).fill({ action: 'save', username: 'watch' }));
    assert.deepEqual(JSON.parse(file())[1], { urls: ['turn:turn.example:3478', 'turns:turn.example:5349?transport=tcp'], credentialType: 'hmac-sha1', credential: secret, username: 'watch' });
    for (const page of [one, two, up, edit, changed, await b.open('/admin/audit')]) assert.ok(!page.html.includes(secret), page.path);
    await b.submit(row(changed, 0).fill({ action: 'remove' }));
    assert.equal(JSON.parse(file()).length, 1);
    assert.ok(query(server, "SELECT count(*) n FROM audit WHERE action = 'ice.edit' AND version_after > 0")[0].n >= 5);
    await b.submit(row(await b.open(where), 0).fill({ action: 'remove' }));
    assert.deepEqual(JSON.parse(file()), []);
  });

  test('what is wrong is said beside its field and kept, but for secrets; a change meanwhile is a conflict', async () => {
    const b = await signedIn();
    for (const [values, words] of [
      [{ urls: 'http://x', login: 'none' }, /Urls must begin with stun:/], [{ urls: 'turn:x', login: 'none' }, /A TURN server needs username/],
      [{ urls: 'turn:x', login: 'password', credential: secret }, /A log-in needs a name/], [{ urls: 'turn:x', login: 'password', username: 'u' }, /A log-in needs a password/],
    ]) {
      const bad = await b.submit(editor(await b.open(where)).fill({ action: 'save', ...values }));
      assert.equal(bad.status, 422, bad.text);
      assert.match(bad.text, words);
      assert.equal(editor(bad).fields.get('urls'), values.urls);
      assert.ok(!bad.html.includes(secret));
    }
    const page = await b.open(where);
    const byHand = '[\n\t{"urls": ["stun:by.hand"]}   \n]';
    server.writeFile('data/ice-servers.json', byHand);
    const conflict = await b.submit(editor(page).fill({ action: 'save', urls: 'stun:mine.example', login: 'none' }));
    assert.equal(conflict.status, 409);
    assert.equal(file(), byHand);
    assert.match(conflict.text, /stun:by\.hand/, 'what the other one wrote is seen');
    assert.match((await b.submit(editor(conflict).fill({ action: 'save' }))).text, /The server was saved/);
    assert.ok(file().startsWith('[\n\t{"urls": ["stun:by.hand"]}'), file());
    assert.equal((await b.submit(row(await b.open(where), 0).fill({ action: 'remove', index: '7' }))).status, 404);
  });
});
