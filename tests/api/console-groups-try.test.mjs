// "Try a log-in" on the console: the same verdict as at the door, and nobody inside afterwards.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { AuthServer, checkTable, newKey, verificationKey } from '../lib/auth_server.mjs';
import { Browser, makeAccount } from '../lib/console.mjs';
import { freePort, serverFor } from '../lib/server.mjs';
import { connect } from '../lib/ws_client.mjs';

test('a log-in is tried as at the door', async (t) => {
  const server = await serverFor(t, {
    groups: {
      night: {
        users: { vimes: { password: 'boots', permissions: 'op' }, nobby: { password: 'sausage', permissions: 'present' } },
        'wildcard-user': { password: 'shared', permissions: 'observe' },
      },
      closed: { expires: '2020-01-01T00:00:00Z', users: { vimes: { password: 'boots', permissions: 'op' }, nobby: { password: 'sausage', permissions: 'present' } } },
      moved: { redirect: 'https://elsewhere.example.org/' },
    },
  });
  const b = new Browser(server);
  await b.signIn();
  const attempt = async (group, values) => {
    const path = `/admin/groups/${group}/.try`;
    const page = await b.submit((await b.open(path)).form(path).fill(values));
    assert.equal(page.status, 200);
    assert.ok(!page.html.includes(values.password || 'nothing-such'), 'the password does not come back');
    return page.text;
  };
  for (const [group, username, password, words] of [
    ['night', 'vimes', 'boots', /Comes in\. As vimes, by the password of that user\. Permissions: op,/],
    ['night', 'angua', 'shared', /Comes in\. As angua, by the password for everybody\./],
    ['night', 'vimes', 'wrong', /Does not come in\. No user, password or token of this group fits/],
    ['closed', 'nobby', 'sausage', /Does not come in\. The group is closed.* It would be nobby/],
    ['closed', 'vimes', 'boots', /Comes in\. As vimes/],
    ['moved', 'vimes', 'boots', /The group sends everyone to another address/],
  ]) {
    assert.match(await attempt(group, { username, password }), words, `${group} ${username}`);
    const client = await connect(t, server);
    const door = await client.join(group, username, password);
    assert.equal(door.kind === 'join', words.source.startsWith('Comes'), `the door of ${group} agrees about ${username}`);
    client.close?.();
  }
  const tokens = '/admin/groups/night/.tokens/';
  const card = await b.submit((await b.open(tokens)).form(tokens));
  const token = /[?&]token=([\w-]+)/.exec(card.html)?.[1] ?? '';
  assert.match(await attempt('night', { username: 'carrot', token }), /Comes in\. As carrot, by the token\./);
  assert.match(await attempt('night', { username: 'carrot', token: `${token}x` }), /Does not come in/);
});

test('the authorisation server of a group is asked as its page would, and the door judges the token', { timeout: 120000 }, async (t) => {
  const server = await serverFor(t);
  const key = newKey('HS256', 'shared');
  const table = checkTable({ ada: { password: 'lovelace', permissions: ['present', 'message'] } });
  const auth = new AuthServer({ base: server.base, key, check: table });
  const elsewhere = new AuthServer({ base: 'https://elsewhere.example', key, check: table });
  const odd = http.createServer((request, response) => { // what other web servers answer, to whoever asks
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', 'content-type');
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else if (request.url === '/moved') response.writeHead(302, { Location: '/' }).end();
    else if (request.url === '/broken') response.writeHead(500).end();
    else response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(request.url === '/long' ? 'x'.repeat(20000) : '<p>Hello</p>');
  });
  await new Promise((ok) => { odd.listen(0, '127.0.0.1', () => ok(undefined)); });
  const oddUrl = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (odd.address()).port}`;
  const [url, elsewhereUrl, closed] = [await auth.listen(), await elsewhere.listen(), await freePort()];
  t.after(async () => {
    odd.closeAllConnections();
    odd.close();
    await Promise.all([auth.close(), elsewhere.close()]);
  });
  const b = new Browser(server);
  await b.signIn();
  const path = '/admin/groups/signed/.try';
  const set = (authServer, keys = [verificationKey(key)]) => server.writeGroup('signed', { authServer, authKeys: keys, users: { local: { password: 'sausage roll', permissions: 'op' } } });
  const attempt = async (username, password) => {
    const form = (await b.open(path)).form(path).fill({ username, password });
    const page = await b.submit(Object.assign(form, { action: `${path}/server` }));
    assert.equal(page.status, 200, page.text);
    assert.ok(!page.html.includes(password), 'the password does not come back');
    return page.text;
  };
  set(`${url}/token`);
  assert.match(await attempt('ada', 'lovelace'), /It gave a token, within \d+ ms\. Comes in\. As ada, by the token\. Permissions: present, message\./);
  assert.match(await attempt('ada', 'byron'), /It answers, and refused this name and password \(401\)\./);
  assert.match(await attempt('local', 'sausage roll'), /does not know this name \(204\).* Comes in\. As local, by the password of that user/);
  set(`${url}/token`, [verificationKey(newKey('HS256', 'shared'))]);
  assert.match(await attempt('ada', 'lovelace'), /It gave a token.* Does not come in\. No user, password or token of this group fits/);
  for (const [where, words] of [
    [`${elsewhereUrl}/token`, new RegExp(`lets no page of ${server.base} ask it .* Access-Control-Allow-Origin: ${server.base}`)],
    [`http://127.0.0.1:${closed}/token`, /Nothing was reached there: .*Look whether the server runs/],
    [`${oddUrl.replace('http:', 'https:')}/`, /TLS failed: .*certificate/],
    ['https://nowhere.invalid/token', /Its name was not found|No answer came within 5 s/],
    [`${oddUrl}/`, /answered 200 without a token; the type of its answer is “text\/html”/],
    [`${oddUrl}/moved`, /sends on to another address \(302\)/],
    [`${oddUrl}/broken`, /answered 500 to the log-in/],
    [`${oddUrl}/long`, /longer than a token/],
  ]) {
    set(where);
    assert.match(await attempt('ada', 'lovelace'), words, where);
  }
  server.writeGroup('signed', {});
  const form = (await b.open(path)).form(path);
  assert.doesNotMatch((await b.open(path)).html, /\.try\/server/);
  assert.equal((await b.submit(Object.assign(form, { action: `${path}/server` }))).status, 404);
  const { person } = await makeAccount(b, { login: 'carrot', preset: 'group', prefix: 'signed' }, 'hogfather on a string');
  set(`${url}/token`);
  const theirs = await person.open(path);
  assert.match(theirs.text, /a server administrator can try/);
  assert.doesNotMatch(theirs.html, /\.try\/server/);
  assert.equal((await person.submit(Object.assign(theirs.form(path), { action: `${path}/server` }))).status, 403, 'nobody else lets this server ask other machines');
  assert.doesNotMatch(server.log, /lovelace|byron/);
});
