// The console's accounts, and people in all groups, as a person without JavaScript uses them.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser } from '../lib/console.mjs';
import { hostile } from '../lib/console_facts.mjs';
import { serverFor } from '../lib/server.mjs';

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
      login: 'susan', 'display-name': 'x'.repeat(101), password: 'for the first time', preset: 'teacher', prefix: 'a', most: 'many',
    }));
    assert.equal(bad.status, 422);
    for (const field of ['display-name', 'most']) assert.match(bad.html, new RegExp(`<li><a href="#${field}">`));
    assert.equal(bad.form('/admin/accounts/.new').fields.get('prefix'), 'a');
    await root.submit(bad.form('/admin/accounts/.new')
      .fill({ 'display-name': hostile, password: 'for the first time', most: '2' }));
    const susan = new Browser(server);
    const first = await susan.signIn('susan', 'for the first time');
    await susan.submit(first.form('/admin/account')
      .fill({ current: 'for the first time', new: 'hogfather on a string', repeat: 'hogfather on a string' }));
    let own = await susan.open('/admin/account');
    assert.ok(own.text.includes(hostile) && !own.html.includes('<img'), 'the name is shown, escaped');
    own = await susan.submit(own.form('/admin/account/name').fill({ 'display-name': 'a\u0007' }));
    assert.equal(own.status, 422);
    own = await susan.submit(own.form('/admin/account/name').fill({ 'display-name': 'Susan Sto Helit' }));
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

    page = await root.submit(formOf(page, 'password').fill({ password: 'short' }));
    assert.equal(page.status, 422);
    assert.match(page.html, /<li><a href="#password">/);
    page = await root.submit(formOf(page, 'password').fill({ password: 'forgotten no more' }));
    assert.match(page.text, /must be changed/);
    assert.equal((await new Browser(server).signIn('susan', 'hogfather on a string')).status, 422);
    assert.equal((await new Browser(server).signIn('susan', 'forgotten no more')).path, '/admin/account');

    const confirm = await root.open(`${page.path}/.delete`);
    assert.match(confirm.text, /Delete the account susan\?/);
    const gone = await root.submit(confirm.form(`${page.path}/.delete`));
    assert.match(gone.text, /The account susan was deleted/);
    assert.equal((await root.open(page.path)).status, 404);
    assert.equal((await new Browser(server).signIn('susan', 'forgotten no more')).status, 422);
  });

  test('a new account changes its password first, and holds its rights and no more', async (t) => {
    const server = await serverFor(t, { groups: { 'a/b': {}, c: {} } });
    const root = new Browser(server);
    await root.signIn();
    const page = await root.open('/admin/accounts/.new');
    const made = await root.submit(page.form('/admin/accounts/.new')
      .fill({ login: 'susan', password: 'for the first time', preset: 'teacher', prefix: 'a', subtree: 'yes' }));
    assert.match(made.text, /susan/);
    const susan = new Browser(server);
    const first = await susan.signIn('susan', 'for the first time');
    assert.equal(first.path, '/admin/account');
    assert.equal((await susan.open('/admin/groups/')).path, '/admin/account', 'nothing else before');
    const wrong = await susan.submit(first.form('/admin/account')
      .fill({ current: 'not this one', new: 'hogfather on a string', repeat: 'hogfather on a string' }));
    assert.equal(wrong.status, 422);
    await susan.submit(wrong.form('/admin/account')
      .fill({ current: 'for the first time', new: 'hogfather on a string', repeat: 'hogfather on a string' }));
    assert.equal((await susan.open('/admin/groups/a/b/')).status, 200);
    assert.equal((await susan.open('/admin/groups/c/')).status, 403);
    assert.equal((await susan.open('/admin/accounts')).status, 403);
    const form = (await susan.open('/admin/groups/.new')).form('/admin/groups/.new');
    assert.equal((await susan.submit(form.fill({ name: 'outside' }))).status, 422);
    assert.equal((await susan.submit(form.fill({ name: 'a/new' }))).path, '/admin/groups/a/new/');
    await root.submit((await accountPage(root, 'susan')).forms().find((f) => f.fields.get('action') === null && f.action.startsWith('/admin/accounts/'))
      .fill({ action: 'disable' }));
    assert.equal((await susan.request('/admin/')).status, 303, 'the session ended');
    assert.equal((await new Browser(server).signIn('susan', 'hogfather on a string')).status, 422);
  });

  test('the last server administrator stays', async (t) => {
    const server = await serverFor(t, { config: null });
    const b = new Browser(server);
    const setup = await b.open(server.setupUrl.replace(/^https:\/\/[^/]*/, ''));
    await b.submit(setup.form('/admin/setup').fill({ login: 'root', password: 'sleep walking fish', repeat: 'sleep walking fish' }));
    const page = await b.open('/admin/accounts/.new');
    await b.submit(page.form('/admin/accounts/.new')
      .fill({ login: 'two', password: 'for the first time', preset: 'administrator' }));
    const csrf = (await b.open('/admin/')).form('/admin/logout').fields.get('csrf');
    const act = (path, action) => b.request(path, { method: 'POST', body: new URLSearchParams({ csrf, ...(action && { action }) }) });
    const { path } = await accountPage(b, 'two');
    assert.equal((await act(`${path}/.delete`)).status, 303);
    const own = (await accountPage(b, 'root')).path;
    for (const [where, action] of [[`${own}/.delete`], [own, 'disable'], [own, 'rights'], [own, 'password'], [own, 'end-sessions']]) {
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
  const boss = new Browser(server);
  await boss.signIn('boss', 'pw', 'many');
  assert.deepEqual(found(await boss.open('/admin/people?q=vimes')), []);
  assert.equal(found(await boss.open('/admin/people?q=boss')).length, 1);
});
