// Keys of a group on the console, and the trial of a token: the same words as at the door.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, createHmac, createPrivateKey, generateKeyPairSync, sign as signData } from 'node:crypto';
import { Browser, unescapeHtml } from '../lib/console.mjs';
import { fileOf } from '../lib/console_facts.mjs';
import { serverFor } from '../lib/server.mjs';

const secret = Buffer.from('a secret of thirty-two character');
const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const sign = (claims, key = secret) => {
  const text = `${part({ alg: 'HS256', typ: 'JWT', kid: 'one' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};

test('keys are named without their secrets, and a token is judged in words', async (t) => {
  const server = await serverFor(t, {
    groups: { 'signed/in': { authServer: 'https://auth.example.org/', authKeys: [
      { kty: 'oct', alg: 'HS256', kid: 'one', k: secret.toString('base64url') }, { kty: 'oct', alg: 'HS256', kid: 'two' },
    ] } },
  });
  const b = new Browser(server);
  await b.signIn();
  const path = '/admin/groups/signed/in/.keys';
  const page = await b.open(path);
  assert.equal(page.status, 200);
  assert.match(page.text, /1\. one HS256 oct, 256 bits In use .* 2\. two HS256 oct Unusable/);
  assert.ok(!page.html.includes(secret.toString('base64url')), 'no secret comes out');
  const attempt = async (token) => (await b.submit((await b.open(path)).form(path).fill({ token }))).text;
  const now = Math.floor(Date.now() / 1000);
  const good = { sub: 'vimes', aud: `${server.base}/group/signed/in/`, permissions: ['present'], iat: now, exp: now + 60 };
  assert.match(await attempt(sign(good)), /The token is valid here\. Who has it comes in as vimes\. Permissions: present\./);
  for (const [name, token] of [
    ['expired', sign({ ...good, exp: now - 3600 })], ['another group', sign({ ...good, aud: `${server.base}/group/other/` })],
    ['another key', sign(good, Buffer.from('not this secret, but another one'))], ['no token', 'hello'],
  ]) assert.match(await attempt(token), /The token is refused\. The reason: \w+/, name);
  assert.match(await attempt('hello'), /three parts with dots/);
  assert.doesNotMatch(server.log, new RegExp(sign(good).slice(0, 40)));
});

const areaOf = (page, id) => unescapeHtml(new RegExp(`<textarea id="${id}"[^>]*>\\n?([^<]*)`).exec(page.html)?.[1] ?? '');
/** A token that a key's private half signed, as the other server would. */
function signWith(jwk, claims) {
  const text = `${part({ alg: jwk.alg, kid: jwk.kid })}.${part(claims)}`;
  const hash = `sha${jwk.alg.slice(2)}`;
  const signature = jwk.kty === 'oct'
    ? createHmac(hash, Buffer.from(jwk.k, 'base64url')).update(text).digest('base64url')
    : signData(hash, Buffer.from(text), { key: createPrivateKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return `${text}.${signature}`;
}

test('keys are made, taken in, put into order and removed', async (t) => {
  const shared = { kty: 'oct', alg: 'HS256', k: secret.toString('base64url') };
  const server = await serverFor(t, { groups: { g: { comment: 'stays' }, other: { authKeys: [shared] } } });
  const b = new Browser(server);
  await b.signIn();
  const path = '/admin/groups/g/.keys';
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: 'vimes', aud: `${server.base}/group/g/`, permissions: ['present'], iat: now, exp: now + 60 };
  const keys = () => fileOf(server, 'g').authKeys ?? [];
  const send = async (action, values) => b.submit((await b.open(path)).form(`${path}/${action}`).fill(values));
  const table = (page) => [...page.html.matchAll(/<td data-label="Kind"><span class="nowrap">(\w+)</g)].map((m) => m[1]);

  for (const alg of ['HS256', 'HS384', 'HS512', 'ES256', 'RS256']) {
    const form = (await b.open(path)).form(`${path}/make`).fill({ alg, kid: alg === 'HS384' ? 'our own' : '' });
    const made = await b.send(form);
    assert.equal(made.status, 200, `${alg}: ${made.text.slice(0, 300)}`);
    const jwk = JSON.parse(areaOf(made, 'jwk'));
    const stored = keys().at(-1);
    assert.equal(jwk.kid, stored.kid);
    if (jwk.kty === 'oct') assert.equal(stored.k, jwk.k);
    else {
      assert.deepEqual(Object.keys(stored).sort(), jwk.kty === 'EC' ? ['alg', 'crv', 'kid', 'kty', 'x', 'y'] : ['alg', 'e', 'kid', 'kty', 'n'], 'the private half is not kept');
      assert.ok(createPrivateKey(areaOf(made, 'pem')).export({ format: 'jwk' }).d === jwk.d, 'PEM is the same key');
    }
    const tried = await b.submit((await b.open(path)).form(path).fill({ token: signWith(jwk, claims) }));
    assert.match(tried.text, /The token is valid here\. Who has it comes in as vimes/, alg);
    assert.match(tried.text, new RegExp(`Signed by key ${keys().length} of the list`));
    const again = await b.send(form);
    assert.equal(again.status, 303, 'the same form once more makes nothing, and shows no secret');
  }
  assert.equal(keys().length, 5);
  assert.equal(keys()[1].kid, 'our own');
  const ec = keys()[3];
  const print = createHash('sha256').update(JSON.stringify({ crv: ec.crv, kty: ec.kty, x: ec.x, y: ec.y })).digest('base64url');
  assert.equal(ec.kid, print);
  assert.ok((await b.open(path)).text.includes(`Thumbprint: ${print}`));
  assert.equal(fileOf(server, 'g').comment, 'stays');

  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await send('add', { keys: pair.publicKey.export({ type: 'spki', format: 'pem' }) });
  assert.deepEqual([keys().length, keys()[5].alg], [6, 'ES256']);
  const both = await send('add', { keys: JSON.stringify({ keys: [{ ...shared, kid: 'theirs' }, { ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }), alg: 'RS256', kid: 'r' }] }) });
  assert.match(both.text, /The keys were added/);
  assert.deepEqual(table(both), ['HS256', 'HS384', 'HS512', 'ES256', 'RS256', 'ES256', 'HS256', 'RS256']);
  assert.match(both.text, /A key of this group is in other groups, too: whoever signs tokens for one of them can sign tokens for this one/);
  assert.match(both.html, /<a class="wrap" href="\/admin\/groups\/other\/\.keys">other<\/a>/, 'where else it is');
  await b.submit(both.form(`/admin/groups/g/.history/${/\.history\/(\d+)\/restore-all/.exec(both.html)[1]}/restore-all`));
  assert.equal(keys().length, 6, 'Undo takes it back');

  const before = JSON.stringify(keys());
  const d = pair.privateKey.export({ format: 'jwk' });
  for (const [name, text, words] of [
    ['a private key', JSON.stringify({ ...d, alg: 'ES256' }), /d: this is a private key/],
    ['a private key in PEM', pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), /this is a private key/],
    ['no alg', JSON.stringify({ kty: 'EC', crv: 'P-256', x: ec.x, y: ec.y }), /alg: is missing/],
    ['the second is bad', JSON.stringify([shared, { ...shared, k: 'AAAA', kid: 'z' }]), /key 2: k: should have 32 bytes/],
    ['off the curve', JSON.stringify({ ...ec, kid: 'off', y: ec.x }), /x: x and y are no point on the curve/],
    ['twice', JSON.stringify(ec), /the group has this key already/],
    ['a name twice', JSON.stringify({ ...shared, kid: 'our own' }), /kid: another key of the group has this name/],
    ['no JSON', '{"kty": }', /line 1 column \d+/],
  ]) {
    const page = await send('add', { keys: text });
    assert.equal(page.status, 422, name);
    assert.match(page.text, words, name);
    assert.equal(areaOf(page, 'keys') === '', /"[dk]"|PRIVATE/.test(text), `${name}: only what holds no secret is shown again`);
    assert.ok(!page.html.includes(d.d), name);
  }
  assert.equal(JSON.stringify(keys()), before);

  const move = async (index, to) => {
    const forms = (await b.open(path)).forms().filter((f) => f.action === `${path}/change`);
    return b.submit(forms[index].fill({ to }));
  };
  const names = keys().map((k) => k.kid);
  await move(1, '0');
  assert.deepEqual(keys().map((k) => k.kid), [names[1], names[0], ...names.slice(2)]);
  const old = (await b.open(path)).forms().filter((f) => f.action === `${path}/change`)[0];
  const removed = await move(0, 'away');
  assert.match(removed.text, /The key was removed/);
  assert.deepEqual(keys().map((k) => k.kid), [names[0], ...names.slice(2)]);
  assert.ok([409, 412].includes((await b.send(old.fill({ to: 'away' }))).status), 'made from a list that is no longer');
  assert.equal(keys().length, 5);
  const audit = await b.open('/admin/audit?object=g');
  assert.match(audit.text, /keys/);
  for (const key of keys()) if (key.k) assert.ok(!audit.html.includes(key.k) && !server.log.includes(key.k), 'no secret in log or audit');
});
