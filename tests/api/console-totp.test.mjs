// The second factor of the console's accounts, as a person without JavaScript uses it; codes by oathtool.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Browser, makeAccount } from '../lib/console.mjs';
import { build, serverFor, top } from '../lib/server.mjs';
import { change } from '../lib/store.mjs';
import { AuthenticatorApp, keyOf, recoveryCodesOf } from '../lib/totp.mjs';

const password = 'sleep walking fish';
const basic = (name, secret) => ({ authorization: `Basic ${btoa(`${name}:${secret}`)}` });

/** A server whose administrator is an account of the console, signed in. */
async function consoleFor(t, options = {}) {
  const server = await serverFor(t, { config: null, ...options });
  const root = new Browser(server);
  const setup = await root.open(server.setupUrl.replace(/^https:\/\/[^/]*/, ''));
  await root.submit(setup.form('/admin/setup').fill({ login: 'root', password, repeat: password }));
  return { server, root };
}

/** Turns it on. @returns the app, the recovery codes and the page that shows them */
async function enrol(browser) {
  const page = await browser.open('/admin/account/totp');
  assert.equal(page.status, 200);
  const app = new AuthenticatorApp(keyOf(page));
  const shown = await browser.submit(page.form('/admin/account/totp').fill({ code: await app.code() }));
  assert.equal(shown.status, 200);
  return { app, page: shown, codes: recoveryCodesOf(shown) };
}

/** Sends a code at the second step. */
const send = async (browser, fields) => browser.submit((await browser.open('/admin/login/totp')).form('/admin/login/totp').fill(fields));

describe('a second factor', () => {
  test('is proven before it counts, and asked for at each sign-in from then on', async (t) => {
    const { server, root } = await consoleFor(t);
    const other = new Browser(server);
    await other.signIn('root', password);
    const page = await root.open('/admin/account/totp');
    assert.match(page.html, /<svg class="qr-code"[^>]*><path d="M/);
    const wrong = await root.submit(page.form('/admin/account/totp').fill({ code: '000000' }));
    assert.equal(wrong.status, 422);
    assert.equal(keyOf(wrong), keyOf(page), 'the key that was read stays');
    const before = root.cookies.get('__Host-sid');
    const app = new AuthenticatorApp(keyOf(page));
    const typed = (await app.code()).replace(/(...)(...)/, ' $1-$2 ');
    const shown = await root.submit(wrong.form('/admin/account/totp').fill({ code: typed }));
    assert.equal(shown.status, 200, shown.text);
    const codes = recoveryCodesOf(shown);
    assert.equal(new Set(codes).size, 10);
    for (const code of codes) assert.match(code, /^[A-Z2-7]{5}(-[A-Z2-7]{5}){4}$/);
    assert.notEqual(root.cookies.get('__Host-sid'), before, 'the session has a new id');
    assert.equal((await root.open('/admin/account')).status, 200);
    assert.equal((await other.request('/admin/')).status, 303, 'the others have ended');
    const own = await root.open('/admin/account');
    assert.match(own.text, /Unused recovery codes left: 10/);
    assert.ok(!own.html.includes(codes[0]), 'they are shown once');

    const person = new Browser(server);
    const asked = await person.signIn('root', password);
    assert.equal(asked.path, '/admin/login/totp');
    assert.equal(person.cookies.get('__Host-sid'), undefined, 'the password alone is no session');
    assert.equal((await person.request('/admin/')).status, 303);
    const refused = await send(person, { code: '000000' });
    assert.equal(refused.status, 422);
    const code = await app.code();
    const entered = await send(person, { code });
    assert.equal(entered.path, '/admin/');
    assert.match(entered.text, /You signed in last on .* from 127\.0\.0\.1\. One attempt with a wrong password or code failed since\./);

    const thief = new Browser(server);
    await thief.signIn('root', password);
    assert.equal((await send(thief, { code })).status, 422, 'a code counts once');
    const audit = (await root.open('/admin/audit')).text;
    assert.match(audit, /account\.totp\.on/);
  });

  test('the first step lasts for its browser, its password and five tries', async (t) => {
    const { server, root } = await consoleFor(t);
    const { app } = await enrol(root);
    const person = new Browser(server);
    await person.signIn('root', password);
    const stranger = new Browser(server);
    assert.equal((await stranger.open('/admin/login/totp')).path, '/admin/login', 'without a first step there is no second');
    for (let i = 0; i < 5; i++) assert.equal((await send(person, { code: '000000' })).status, 422, `try ${i + 1}`);
    assert.equal((await person.open('/admin/login/totp')).path, '/admin/login', 'five tries');
    await person.signIn('root', password);
    const slowed = await send(person, { code: '000000' });
    const again = await send(person, { code: await app.code() });
    assert.deepEqual([slowed.status, again.status], [422, 429], 'a new first step does not begin the count anew');
    assert.ok(Number(again.headers.get('retry-after')) > 0);
  });

  test('a recovery code counts once, and new ones end the old', async (t) => {
    const { server, root } = await consoleFor(t);
    const { codes } = await enrol(root);
    const enter = async (recovery) => {
      const b = new Browser(server);
      await b.signIn('root', password);
      return { b, page: await send(b, { recovery }) };
    };
    const { b, page } = await enter(` ${codes[0].toLowerCase().replaceAll('-', ' ')}`);
    assert.equal(page.path, '/admin/');
    assert.match(page.text, /A recovery code was used; unused ones left: 9\./);
    assert.equal((await enter(codes[0])).page.status, 422);
    const own = await b.open('/admin/account');
    assert.match(own.text, /Unused recovery codes left: 9/);
    const form = own.form('/admin/account/totp/recovery');
    const fresh = await b.submit(form);
    assert.equal(recoveryCodesOf(fresh).length, 10);
    assert.equal((await b.submit(form)).path, '/admin/account', 'the same form again shows nothing');
    assert.equal((await enter(codes[1])).page.status, 422);
    assert.equal((await enter(recoveryCodesOf(fresh)[0])).page.path, '/admin/');
  });

  test('the password alone is not enough for programs either', async (t) => {
    const { server, root } = await consoleFor(t);
    const get = (secret) => server.get('/galene-api/v0/.stats', { headers: basic('root', secret) });
    assert.equal((await get(password)).status, 200);
    await enrol(root);
    const refused = await get(password);
    assert.equal(refused.status, 403);
    assert.match(await refused.text(), /app password/);
    assert.equal((await get('something else')).status, 401, 'who does not know the password learns nothing');
  });

  test('an administrator demands it, and turns it off for somebody who lost the phone', async (t) => {
    const { server, root } = await consoleFor(t);
    const { person: susan } = await makeAccount(root, { login: 'susan', preset: 'auditor' }, 'hogfather on a string');
    const act = async (action) => {
      const page = await root.open('/admin/accounts/2');
      return root.submit(page.forms().find((f) => f.action === '/admin/accounts/2' && !f.fields.has('action')).fill({ action }));
    };
    assert.match((await act('require-totp')).text, /must have a second factor from now on/);
    assert.equal((await susan.open('/admin/groups/')).path, '/admin/account/totp', 'nothing else before');
    assert.equal((await server.get('/galene-api/v0/.groups/', { headers: basic('susan', 'hogfather on a string') })).status, 403);
    await enrol(susan);
    assert.equal((await susan.open('/admin/groups/')).status, 200);
    const own = await susan.open('/admin/account');
    assert.ok(!own.forms().some((f) => f.action === '/admin/account/totp/off'));
    const csrf = own.form('/admin/logout').fields.get('csrf');
    const off = await susan.request('/admin/account/totp/off', { method: 'POST', body: new URLSearchParams({ csrf }) });
    assert.equal(off.status, 403, 'what is demanded stays');

    assert.match((await act('reset-totp')).text, /no code is asked for any more/);
    assert.equal((await susan.request('/admin/')).status, 303, 'the sessions ended');
    await act('allow-without-totp');
    const told = await susan.signIn('susan', 'hogfather on a string');
    assert.equal(told.path, '/admin/');
    assert.match(told.text, /root turned off the codes of your account/);
    assert.match((await root.open('/admin/audit')).text, /account\.totp\.off/);
  });

  test('a link to sign in with does not get around it', async (t) => {
    const { server, root } = await consoleFor(t);
    const { person: susan } = await makeAccount(root, { login: 'susan', preset: 'auditor' }, 'hogfather on a string');
    const { app } = await enrol(susan);
    const r = spawnSync(join(build, 'admin-cgi/admin-cgi'), ['sign-in-link', 'susan', '--dir', server.dir, '--share', top], { encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
    const thief = new Browser(server);
    const page = await thief.open(r.stdout.trim().replace(/^https:\/\/[^/]*/, ''));
    const asked = await thief.submit(page.form('/admin/sign-in-link').fill({ new: 'stolen by the mail', repeat: 'stolen by the mail' }));
    assert.equal(asked.path, '/admin/login/totp');
    assert.equal((await thief.request('/admin/')).status, 303);
    assert.equal((await send(thief, { code: await app.code() })).path, '/admin/');
  });

  test('it is turned off by who has it, after a proof, and on the command line', async (t) => {
    const { server, root } = await consoleFor(t);
    await enrol(root);
    const off = (await root.open('/admin/account')).form('/admin/account/totp/off');
    assert.match((await root.submit(off)).text, /No code is asked for any more/);
    assert.equal((await new Browser(server).signIn('root', password)).path, '/admin/');
    await enrol(root);
    const r = spawnSync(join(build, 'admin-cgi/admin-cgi'), ['disable-totp', 'root', '--dir', server.dir, '--share', top], { encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
    const entered = await new Browser(server).signIn('root', password);
    assert.equal(entered.path, '/admin/');
    assert.match(entered.text, /turned off on the server's command line/);
  });
});

describe('app passwords', () => {
  const open = (browser) => browser.open('/admin/account/app-passwords');
  const make = async (browser, fields) => {
    const form = (await open(browser)).form('/admin/account/app-passwords').fill(fields);
    const page = await browser.submit(form);
    return { page, form, secret: /<span class="mono wrap" id="password">([^<]*)</.exec(page.html)?.[1] };
  };

  test('open the API for an account with a second factor, and no more than they may', async (t) => {
    const { server, root } = await consoleFor(t, { config: { users: {}, writableGroups: true }, groups: { a: { description: 'A' } } });
    await enrol(root);
    const call = (secret, path, options = {}) => server.get(`/galene-api/v0${path}`, { ...options, headers: { ...basic('root', secret), ...options.headers } });
    const put = (secret) => call(secret, '/.groups/b', { method: 'PUT', body: '{}', headers: { 'content-type': 'application/json' } });
    const { page, form, secret } = await make(root, { label: 'galenectl on the laptop' });
    assert.match(secret, /^nrd_[A-Z2-7]{32}$/);
    assert.equal(page.headers.get('cache-control'), 'no-store');
    const again = await root.submit(form);
    assert.equal(again.path, '/admin/account/app-passwords', 'the same form again makes nothing');
    assert.ok(!again.html.includes(secret), 'it is shown once');
    assert.equal((await call(secret, '/.stats')).status, 200);
    assert.equal((await put(secret)).status, 201);
    assert.match((await open(root)).text, /galenectl on the laptop All that your account may .* 127\.0\.0\.1/, 'its last use');

    const look = (await make(root, { label: 'monitor', may: 'look', days: '30' })).secret;
    assert.equal((await call(look, '/.groups/a')).status, 200);
    assert.equal((await call(look, '/.groups/a', { method: 'DELETE' })).status, 403);
    assert.equal((await call(look, '/.stats')).status, 403, 'the server is not among its groups');
    const edit = (await make(root, { label: 'editor', may: 'edit' })).secret;
    assert.equal((await call(edit, '/.groups/a', { method: 'DELETE' })).status, 204);
    assert.equal((await call(edit, '/.groups/b/.tokens/')).status, 403);

    assert.equal((await new Browser(server).signIn('root', secret)).status, 422, 'none opens the console');
    assert.equal((await call(`${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`, '/.stats')).status, 401);
    const wrong = await make(root, { label: '', may: 'everything', days: '0' });
    assert.equal(wrong.page.status, 422);
    for (const field of ['label', 'may', 'days']) assert.match(wrong.page.html, new RegExp(`<li><a href="#${field}">`));
    change(server, "UPDATE app_passwords SET expires_at = 1 WHERE label = 'monitor'");
    assert.equal((await call(look, '/.groups/b')).status, 401, 'expired');
    const ends = async () => (await open(root)).forms().filter((f) => f.action.endsWith('/end'));
    for (let left = 3; left > 0; left--) {
      const forms = await ends();
      assert.equal(forms.length, left);
      await root.submit(forms[0]);
    }
    assert.equal((await call(secret, '/.stats')).status, 401, 'ended');
    assert.match((await root.open('/admin/audit')).text, /account\.app-password\.add/);
  });

  test('galenectl takes one', async (t) => {
    const { server, root } = await consoleFor(t, { groups: { a: {} } });
    await enrol(root);
    const { secret } = await make(root, { label: 'galenectl' });
    const r = spawnSync(join(build, 'galenectl/galenectl'), ['-server', server.base, '-insecure', '-admin-username', 'root', '-admin-password', secret, 'list-groups'], { encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
    assert.match(r.stdout, /^a$/m);
  });
});
