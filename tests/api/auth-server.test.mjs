// Signing in through an authorisation server (docs/AUTHORISATION.md), end to end: a token is fetched as the page
// would fetch it, and opens the group; the portal sends the browser back with one.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { eventually, startServer } from '../lib/server.mjs';
import { connect } from '../lib/ws_client.mjs';
import { AuthServer, checkTable, newKey, signToken, verificationKey } from '../lib/auth_server.mjs';

const users = {
  ada: { password: 'lovelace', permissions: ['present', 'message'] },
  grace: { password: 'hopper', permissions: 'op' },
  stale: { password: 'old', permissions: ['present'], iat: 1000, exp: 1030 },
  lost: { password: 'way', permissions: ['present'], aud: 'https://elsewhere.example.org/group/signed/' },
};
const keys = { HS256: newKey('HS256', 'shared'), ES256: newKey('ES256', 'pair') };

/** @type {import('../lib/server.mjs').Server} */
let server;
/** @type {Record<string, {auth: AuthServer, url: string, group: string}>} */
const at = {};

before(async () => {
  server = await startServer();
  server.writeConfig({ canonicalHost: `localhost:${server.port}` });
  for (const [alg, key] of Object.entries(keys)) {
    const auth = new AuthServer({ base: server.base, key, check: checkTable(users) });
    const url = await auth.listen();
    const group = `signed-${alg}`;
    at[alg] = { auth, url, group };
    server.writeGroup(group, {
      authServer: `${url}/token`, authKeys: [verificationKey(key)], 'allow-recording': true, 'auto-subgroups': true,
      users: { local: { password: 'here', permissions: 'present' } },
    });
    server.writeGroup(`${group}-portal`, { authPortal: `${url}/portal?location=${server.base}/group/${group}-portal/`, authKeys: [verificationKey(key)] });
  }
});
after(async () => {
  await Promise.all(Object.values(at).map(({ auth }) => auth.close()));
  await server?.stop();
});

/** What the group page does: it learns of the server from the status, and asks it from its own origin. */
async function fetchToken(group, username, password, origin = server.base) {
  const status = await eventually(async () => {
    const response = await server.get(`/group/${group}/.status`);
    assert.equal(response.status, 200);
    return response.json();
  });
  const response = await fetch(status.authServer, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin },
    body: JSON.stringify({ location: status.location, username, password }),
  });
  return { response, text: await response.text() };
}

async function enter(t, group, credentials) {
  const c = await connect(t, server);
  return c.join(group, credentials.username, credentials.password, credentials.token ? { token: credentials.token } : {});
}

for (const alg of Object.keys(keys)) {
  test(`${alg}: a name and password become a token, and the token opens the group`, async (t) => {
    const { group } = at[alg];
    const { response, text } = await fetchToken(group, 'ada', 'lovelace');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/jwt');
    assert.equal(response.headers.get('access-control-allow-origin'), server.base);
    const joined = await enter(t, group, { username: 'another', token: text });
    assert.equal(joined.kind, 'join');
    assert.equal(joined.username, 'ada');
    assert.deepEqual(joined.permissions.sort(), ['message', 'present']);
  });

  test(`${alg}: a role as a word means what it means in the group's file`, async (t) => {
    const { group } = at[alg];
    const joined = await enter(t, group, { token: (await fetchToken(group, 'grace', 'hopper')).text });
    assert.deepEqual(joined.permissions.sort(), ['caption', 'message', 'op', 'present', 'record', 'token']);
  });

  test(`${alg}: a wrong password gets no token, and none opens nothing`, async (t) => {
    const { group } = at[alg];
    const { response, text } = await fetchToken(group, 'ada', 'byron');
    assert.equal(response.status, 401);
    assert.equal(text, '');
    assert.equal((await enter(t, group, { username: 'ada', password: 'lovelace' })).error, 'not-authorised');
  });

  test(`${alg}: somebody unknown there uses the group's own password`, async (t) => {
    const { group } = at[alg];
    assert.equal((await fetchToken(group, 'local', 'here')).response.status, 204);
    assert.equal((await enter(t, group, { username: 'local', password: 'here' })).kind, 'join');
  });

  for (const [why, username, password] of [['is over', 'stale', 'old'], ['is for another server', 'lost', 'way']]) {
    test(`${alg}: a token that ${why} is refused, and the log says why`, async (t) => {
      const { group } = at[alg];
      const { text } = await fetchToken(group, username, password);
      assert.equal((await enter(t, group, { token: text })).error, 'not-authorised');
      await eventually(() => assert.match(server.log, username === 'stale' ? /token refused: .*exp/ : /token refused: .*aud/));
    });
  }

  test(`${alg}: a token of one group opens neither another nor a subgroup, unless it says so`, async (t) => {
    const { group } = at[alg];
    const { text } = await fetchToken(group, 'ada', 'lovelace');
    assert.equal((await enter(t, `${group}-portal`, { token: text })).error, 'not-authorised');
    assert.equal((await enter(t, `${group}/sub`, { token: text })).error, 'not-authorised');
    const wide = signToken(keys[alg], {
      sub: 'ada', aud: `${server.base}/group/${group}/`, exp: Math.floor(Date.now() / 1000) + 30, permissions: ['present'], 'include-subgroups': true,
    });
    assert.equal((await enter(t, `${group}/sub`, { token: wide })).kind, 'join');
  });

  test(`${alg}: a token signed with another key, or changed, is refused`, async (t) => {
    const { group } = at[alg];
    const { text } = await fetchToken(group, 'ada', 'lovelace');
    const [head, body, signature] = text.split('.');
    const forged = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), permissions: 'op' })).toString('base64url');
    const strange = signToken(newKey(alg, keys[alg].kid), JSON.parse(Buffer.from(body, 'base64url').toString()));
    for (const token of [`${head}.${forged}.${signature}`, strange]) {
      assert.equal((await enter(t, group, { token })).error, 'not-authorised');
    }
  });

  test(`${alg}: the portal sends the browser back with a token`, async (t) => {
    const group = `${at[alg].group}-portal`;
    const { authPortal, location } = await eventually(async () => {
      const status = await (await server.get(`/group/${group}/.status`)).json();
      assert.ok(status.authPortal);
      return status;
    });
    const page = await (await fetch(authPortal)).text();
    const action = new URL(/action="([^"]*)"/.exec(page)[1], authPortal);
    const hidden = /name="location" value="([^"]*)"/.exec(page)[1];
    assert.equal(hidden, location);
    const post = (username, password) => fetch(action, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams({ location: hidden, username, password }),
    });
    assert.equal((await post('ada', 'wrong')).status, 401);
    const back = await post('ada', 'lovelace');
    assert.equal(back.status, 303);
    const url = new URL(back.headers.get('location'));
    assert.equal(url.origin + url.pathname, location);
    assert.equal((await server.get(url.pathname + url.search)).status, 200);
    const joined = await enter(t, group, { token: url.searchParams.get('token') });
    assert.equal(joined.username, 'ada');
  });
}

test('nobody gets a token for another server, and other origins are not told', async () => {
  const { url, group } = at.HS256;
  for (const location of ['https://elsewhere.example.org/group/signed/', `${server.base}/admin/`, 'javascript:alert(1)', `${server.base}/group/x`]) {
    const response = await fetch(`${url}/token`, { method: 'POST', body: JSON.stringify({ location, username: 'ada', password: 'lovelace' }) });
    assert.equal(response.status, 400, location);
    assert.equal((await fetch(`${url}/portal?location=${encodeURIComponent(location)}`)).status, 400, location);
  }
  const { response } = await fetchToken(group, 'ada', 'lovelace', 'https://elsewhere.example.org');
  assert.equal(response.headers.get('access-control-allow-origin'), null);
});

test('the group page may ask its authorisation server, and no other', async () => {
  const response = await server.get(`/group/${at.HS256.group}/`);
  const policy = response.headers.get('content-security-policy');
  const connections = /connect-src ([^;]*)/.exec(policy)[1].split(' ');
  assert.ok(connections.includes(at.HS256.url));
  assert.ok(!connections.includes(at.ES256.url));
});
