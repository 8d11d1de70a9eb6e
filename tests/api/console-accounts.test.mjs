// The console's accounts, and people in all groups, as a person without JavaScript uses them.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser, linkOf, makeAccount } from '../lib/console.mjs';
import { fileOf, hostile } from '../lib/console_facts.mjs';
import { serverFor } from '../lib/server.mjs';
import { change } from '../lib/store.mjs';

describe('accounts', () => {
  /** The page of an account, by way of the list. */
  const accountPage = async (browser, login) => {
    const list = await browser.open('/admin/accounts');
    const [, path] = list.html.match(new RegExp(`href="(/admin/accounts/\\d+)">Change<span class="visually-hidden"> ${login}<`));
    return browser.open(path);
  };
  const formOf = (page, action) => page.forms().find((f) => f.fields.get('action') === action);

  test('an administrator changes name, rights and password of an account, and deletes it', async (t) => {
    const server = await serverFor(t, { groups: { 'a/b': {}, c: {} } });
    const root = new Browser(server);
    await root.signIn();
    const fresh = (await root.open('/admin/accounts/.new')).form('/admin/accounts/.new');
    const bad = await root.submit(fresh.fill({
      login: 'susan', 'display-name': 'x'.repeat(101), preset: 'teacher', prefix: 'a', most: 'many',
    }));
    assert.equal(bad.status, 422);
    for (const field of ['display-name', 'most']) assert.match(bad.html, new RegExp(`<li><a href="#${field}">`));
    assert.equal(bad.form('/admin/accounts/.new').fields.get('prefix'), 'a');
    const made = await root.submit(bad.form('/admin/accounts/.new').fill({ 'display-name': hostile, most: '2' }));
    const susan = new Browser(server);
    const first = await susan.open(linkOf(made));
    await susan.submit(first.form('/admin/sign-in-link').fill({ new: 'hogfather on a string', repeat: 'hogfather on a string' }));
    let own = await susan.open('/admin/account');
    assert.ok(own.text.includes(hostile) && !own.html.includes('<img'), 'the name is shown, escaped');
    own = await susan.submit(own.form('/admin/account/settings').fill({ 'display-name': 'a\u0007' }));
    assert.equal(own.status, 422);
    own = await susan.submit(own.form('/admin/account/settings').fill({ 'display-name': 'Susan Sto Helit' }));
    assert.equal(own.status, 200);
    assert.match(own.text, /Susan Sto Helit/);

    const make = async (name) => susan.submit((await susan.open('/admin/groups/.new')).form('/admin/groups/.new').fill({ name }));
    assert.equal((await make('a/new')).path, '/admin/groups/a/new/');
    const more = await make('a/more');
    assert.equal(more.status, 422);
    assert.match(more.text, /you may have 2 groups here/);
    const put = (name) => server.get(`/galene-api/v0/.groups/${name}`, { method: 'PUT', body: '{}', headers: {
      authorization: `Basic ${btoa('susan:hogfather on a string')}`, 'content-type': 'application/json' } });
    assert.equal((await put('a/more')).status, 403);
    assert.equal((await put('a/new')).status, 204, 'what is there may be changed');

    let page = await accountPage(root, 'susan');
    assert.match(page.text, /Susan Sto Helit|Teacher: a and below/);
    page = await root.submit(formOf(page, 'rights').fill({ preset: 'support', prefix: '.bad' }));
    assert.equal(page.status, 422);
    assert.equal(formOf(page, 'rights').fields.get('preset'), 'support');
    assert.equal(formOf(page, 'rights').fields.get('prefix'), '.bad');
    page = await root.submit(formOf(page, 'rights').fill({ prefix: 'c', subtree: null }));
    assert.match(page.text, /Support: c\./);
    assert.equal((await susan.request('/admin/')).status, 303, 'the session ended');
    await susan.signIn('susan', 'hogfather on a string');
    assert.equal((await susan.open('/admin/groups/c/')).status, 200);
    assert.equal((await susan.open('/admin/groups/a/b/')).status, 403);

    const buttons = page.forms().find((f) => f.action === page.path && !f.fields.has('action'));
    const link = linkOf(await root.submit(buttons.fill({ action: 'link' })));
    const told = await new Browser(server).signIn('susan', 'hogfather on a string');
    assert.equal(told.path, '/admin/', 'the old password counts until the link is used');
    assert.match(told.text, /root made a link to sign in to your account with\./);
    const forgetful = new Browser(server);
    const short = await forgetful.submit((await forgetful.open(link)).form('/admin/sign-in-link').fill({ new: 'short', repeat: 'short' }));
    assert.equal(short.status, 422);
    assert.match(short.html, /<li><a href="#new">/);
    const entered = await forgetful.submit(short.form('/admin/sign-in-link').fill({ new: 'forgotten no more', repeat: 'forgotten no more' }));
    assert.equal(entered.path, '/admin/');
    assert.equal((await new Browser(server).signIn('susan', 'hogfather on a string')).status, 422);

    const confirm = await root.open(`${page.path}/.delete`);
    assert.match(confirm.text, /Delete the account susan\?/);
    const gone = await root.submit(confirm.form(`${page.path}/.delete`));
    assert.match(gone.text, /The account susan was deleted/);
    assert.equal((await root.open(page.path)).status, 404);
    assert.equal((await new Browser(server).signIn('susan', 'forgotten no more')).status, 422);
  });

  test('a new account gets a link that works once, and holds its rights and no more', async (t) => {
    const server = await serverFor(t, { groups: { 'a/b': {}, c: {} } });
    const root = new Browser(server);
    await root.signIn();
    const { person: susan, made, page: first } = await makeAccount(root, { login: 'susan', preset: 'teacher', prefix: 'a', subtree: 'yes' }, 'hogfather on a string');
    assert.match(made.text, /It is shown now and never again/);
    assert.match(made.html, /<svg class="qr-code"/);
    assert.equal(first.path, '/admin/');
    assert.match(first.text, /This is the first sign-in of your account\./);
    const used = await new Browser(server).open(linkOf(made));
    assert.equal(used.status, 404);
    assert.match(used.text, /was used, or is older than a day/);
    assert.equal((await new Browser(server).open('/admin/sign-in-link')).status, 404, 'without a link there is nothing');

    const buttons = async (action) => {
      const page = await accountPage(root, 'susan');
      return root.submit(page.forms().find((f) => f.action === page.path && !f.fields.has('action')).fill({ action }));
    };
    const [older, newer] = [linkOf(await buttons('link')), linkOf(await buttons('link'))];
    assert.equal((await new Browser(server).open(older)).status, 404, 'a new link ends the one before');
    change(server, 'UPDATE sign_in_links SET expires_at = 1');
    assert.equal((await new Browser(server).open(newer)).status, 404, 'after a day it is over');
    const third = linkOf(await buttons('link'));
    await buttons('disable');
    assert.equal((await new Browser(server).open(third)).status, 404, 'who is disabled has none');
    await buttons('enable');
    const rivals = await Promise.all([1, 2, 3].map(async () => {
      const b = new Browser(server);
      return { b, form: (await b.open(third)).form('/admin/sign-in-link').fill({ new: 'first come first', repeat: 'first come first' }) };
    }));
    const statuses = await Promise.all(rivals.map(async ({ b, form }) => (await b.send(form)).status));
    assert.deepEqual(statuses.sort(), [303, 404, 404], 'the first use wins');
    await buttons('ask-password');
    await susan.signIn('susan', 'first come first');
    const asked = await susan.open('/admin/groups/');
    assert.equal(asked.path, '/admin/account', 'nothing else before');
    const wrong = await susan.submit(asked.form('/admin/account')
      .fill({ current: 'not this one', new: 'hogfather on a string', repeat: 'hogfather on a string' }));
    assert.equal(wrong.status, 422);
    await susan.submit(wrong.form('/admin/account')
      .fill({ current: 'first come first', new: 'hogfather on a string', repeat: 'hogfather on a string' }));
    assert.equal((await susan.open('/admin/groups/a/b/')).status, 200);
    assert.equal((await susan.open('/admin/groups/c/')).status, 403);
    assert.equal((await susan.open('/admin/accounts')).status, 403);
    const form = (await susan.open('/admin/groups/.new')).form('/admin/groups/.new');
    assert.equal((await susan.submit(form.fill({ name: 'outside' }))).status, 422);
    assert.equal((await susan.submit(form.fill({ name: 'a/new' }))).path, '/admin/groups/a/new/');
    await buttons('disable');
    assert.equal((await susan.request('/admin/')).status, 303, 'the session ended');
    assert.equal((await new Browser(server).signIn('susan', 'hogfather on a string')).status, 422);
  });

  test('times are in the zone of the account, and translated pages in its language', async (t) => {
    const server = await serverFor(t);
    const root = new Browser(server);
    await root.signIn();
    const { person } = await makeAccount(root, { login: 'susan', preset: 'administrator' }, 'hogfather on a string');
    const times = async (path) => [...(await person.open(path)).html.matchAll(/<time datetime="([^"]*)"[^>]*>([^<]*)</g)].map((m) => [m[1], m[2]]);
    const save = async (values) => person.submit((await person.open('/admin/account')).form('/admin/account/settings').fill(values));
    assert.match((await times('/admin/account'))[0][0], /Z$/);
    const wrong = await save({ zone: 'Europe/Atlantis', language: 'xx', 'display-name': 'Susan' });
    assert.equal(wrong.status, 422);
    for (const field of ['zone', 'language']) assert.match(wrong.html, new RegExp(`<li><a href="#${field}">`));
    const saved = await save({ zone: 'Asia/Kathmandu', language: 'de' });
    assert.match(saved.text, /Your settings were saved/);
    for (const path of ['/admin/account', '/admin/accounts', '/admin/audit']) {
      const all = await times(path);
      assert.ok(all.length > 0, path);
      for (const [machine, shown] of all) {
        assert.match(machine, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:45$/, path);
        if (/^\d{4}/.test(shown)) assert.equal(shown.slice(0, 16), machine.slice(0, 16).replace('T', ' '), path);
      }
      const newest = Math.max(...all.map(([machine]) => Date.parse(machine)));
      assert.ok(newest <= Date.now() + 1000, 'and they are right');
    }
    assert.match((await person.open('/')).html, /<html lang="de"/);
    assert.match((await root.open('/')).html, /<html lang="en"/);
  });

  test('the sign-in before is told from the first one on, with what failed since', async (t) => {
    const server = await serverFor(t, { config: null });
    const b = new Browser(server);
    const setup = await b.open(server.setupUrl.replace(/^https:\/\/[^/]*/, ''));
    const password = 'sleep walking fish';
    const first = await b.submit(setup.form('/admin/setup').fill({ login: 'root', password, repeat: password }));
    assert.match(first.text, /This is the first sign-in of your account\./);
    assert.match((await b.open('/admin/accounts')).text, /root you Server administrator (?!–)/, 'the list has it');
    const other = new Browser(server);
    for (let i = 0; i < 2; i++) await other.signIn('ROOT', 'not this one');
    const second = await new Browser(server).signIn('root', password);
    assert.match(second.text, /You signed in last on [-0-9: ]* UTC from 127\.0\.0\.1\. 2 attempts with a wrong password or code failed since\./);
    assert.match((await b.open('/admin/account')).text, /Failed attempts until then: 2/);
    const third = await new Browser(server).signIn('root', password);
    assert.ok(!/failed since/.test(third.text), third.text);
  });

  test('the last server administrator stays', async (t) => {
    const server = await serverFor(t, { config: null });
    const b = new Browser(server);
    const setup = await b.open(server.setupUrl.replace(/^https:\/\/[^/]*/, ''));
    await b.submit(setup.form('/admin/setup').fill({ login: 'root', password: 'sleep walking fish', repeat: 'sleep walking fish' }));
    const page = await b.open('/admin/accounts/.new');
    await b.submit(page.form('/admin/accounts/.new')
      .fill({ login: 'two', preset: 'administrator' }));
    const csrf = (await b.open('/admin/')).form('/admin/logout').fields.get('csrf');
    const act = (path, action) => b.request(path, { method: 'POST', body: new URLSearchParams({ csrf, ...(action && { action }) }) });
    const { path } = await accountPage(b, 'two');
    assert.equal((await act(`${path}/.delete`)).status, 303);
    const own = (await accountPage(b, 'root')).path;
    for (const [where, action] of [[`${own}/.delete`], [own, 'disable'], [own, 'rights'], [own, 'link'], [own, 'ask-password'], [own, 'reset-totp'], [own, 'end-sessions']]) {
      assert.equal((await act(where, action)).status, 409, `${where} ${action}`);
    }
    assert.equal((await act(own, 'surprise')).status, 400);
    assert.equal((await act(`${path}/.delete`)).status, 404);
    assert.equal((await b.open('/admin/')).status, 200);
  });
});

test('a user name is found in all groups that one may see', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`guest${String(i).padStart(2, '0')}`, { permissions: 'message' }]));
  const server = await serverFor(t, { groups: {
    a: { users: { vimes: { password: 'pw', permissions: 'op' }, Vimes2: { permissions: 'present' } } },
    b: { users: { vimes: { password: { type: 'wildcard' } }, [hostile.slice(0, 30)]: { permissions: 'observe' } } },
    many: { users: { boss: { password: 'pw', permissions: 'admin' }, ...many } },
  } });
  const b = new Browser(server);
  await b.signIn();
  const removal = (page) => page.forms().find((f) => f.method === 'POST' && f.action === '/admin/people');
  const found = (page) => [...page.html.matchAll(/<th scope="row" data-label="User">(?:<a href="([^"]*)">)?([^<]*)/g)].map((m) => m[1] ?? m[2]);
  const vimes = await b.open('/admin/people?q=vimes');
  assert.deepEqual(found(vimes), ['/admin/groups/a/.users/vimes', '/admin/groups/b/.users/vimes']);
  assert.match(vimes.text, /Weak/);
  assert.match(vimes.text, /any password/);
  assert.match(vimes.text, /operator plain text/);
  const all = await b.open('/admin/people');
  assert.ok(!all.html.includes('<img'), 'names are escaped');
  assert.equal(found(all).length, 50);
  const [, next] = all.html.match(/<a class="button" href="([^"]*)">Next page/);
  const rest = await b.open(next.replaceAll('&amp;', '&'));
  assert.equal(new Set([...found(all), ...found(rest)]).size, 65, 'a page that ends within a group goes on there');
  assert.match((await b.open('/admin/people?q=nobody')).text, /Nobody has such a name/);
  const preview = await b.submit(removal(vimes));
  assert.match(preview.text, /vimes will be removed from groups: 2/);
  assert.ok(fileOf(server, 'a').users.vimes, 'nothing is changed yet');
  const removed = await b.submit(preview.forms().find((f) => f.fields.get('apply')));
  assert.match(removed.text, /Removed from groups: 2\. The name was vimes/);
  assert.deepEqual([fileOf(server, 'a').users.vimes, fileOf(server, 'b').users.vimes], [undefined, undefined]);
  await b.submit(removed.forms().find((f) => f.action.includes('.undo')));
  assert.deepEqual(fileOf(server, 'a').users.vimes, { password: 'pw', permissions: 'op' });
  const boss = new Browser(server);
  await boss.signIn('boss', 'pw', 'many');
  assert.deepEqual(found(await boss.open('/admin/people?q=vimes')), []);
  const mine = await boss.open('/admin/people?q=boss');
  assert.equal(found(mine).length, 1);
  assert.equal((await boss.submit(removal(mine).fill({ user: 'vimes' }))).status, 404, 'of a group that one may not see');
});
