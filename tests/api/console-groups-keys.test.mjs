// Keys of a group on the console, and the trial of a token: the same words as at the door.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Browser } from '../lib/console.mjs';
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
  assert.match(page.text, /1 one oct HS256 In use 2 two oct HS256 Unusable/);
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
