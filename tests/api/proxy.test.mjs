// Behind a reverse proxy: the examples of docs/PROXY.md in the real proxies, whose word counts, and the server below a path.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Browser, Page } from '../lib/console.mjs';
import { example, fetchFrom, proxyFor, proxyNames } from '../lib/proxies.mjs';
import { eventually, freePort, serverFor } from '../lib/server.mjs';
import { query } from '../lib/store.mjs';
import { connect, upgrade } from '../lib/ws_client.mjs';

/** Where the client of these tests is; proxies ask from 127.0.0.1. */
const CLIENT = '127.0.0.5';
const FORGED = { 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9', forwarded: 'for=203.0.113.9;proto=http', 'x-forwarded-host': 'evil.example' };

const groups = { lobby: { public: true, displayName: 'Lobby', 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } };

async function plainServer(t, options = {}) {
  const http = await freePort();
  const s = await serverFor(t, { groups, ...options, args: ['--http', String(http), ...(options.args ?? ['--trust', '127.0.0.1'])] });
  return Object.assign(s, { http });
}

/** A person whose requests go through a proxy, from an address of their own. */
class Visitor extends Browser {
  async request(path, { method = 'GET', body, headers = {} } = {}) {
    const url = path.startsWith('https:') ? path : this.server.base + path;
    const cookie = [...this.cookies].map(([n, v]) => `${n}=${v}`).join('; ');
    const response = await fetchFrom(CLIENT, url, {
      method, body, headers: { ...FORGED, cookie, ...(method === 'POST' ? { origin: this.server.base } : {}), ...headers },
    });
    this.keepCookies(response);
    return new Page(url, response, await response.text());
  }
}

/** Two people join through a proxy and chat. */
async function chat(t, proxy, path = '/ws') {
  const options = { path, localAddress: CLIENT, headers: { Origin: proxy.base, ...FORGED } };
  const [anna, ben] = [await connect(t, proxy, options), await connect(t, proxy, options)];
  await anna.join('lobby', 'anna');
  await ben.join('lobby', 'ben');
  anna.say({ type: 'chat', kind: '', value: 'hello' });
  assert.equal((await ben.type('chat')).value, 'hello');
  for (const c of [anna, ben]) c.destroy(); // or nginx keeps its worker for them
}

/** Somebody signs in to the console and makes a group. @returns the visitor */
async function signIn(proxy, path = '') {
  const visitor = new Visitor(proxy);
  const login = await visitor.open(`${path}/admin/login`);
  const dashboard = await visitor.submit(login.form(`${path}/admin/login`).fill({ name: 'root', password: 'rootpw' }));
  assert.equal(dashboard.path, `${path}/admin/`, dashboard.text.slice(0, 300));
  const made = await visitor.submit((await visitor.open(`${path}/admin/groups/.new`)).form(`${path}/admin/groups/.new`).fill({ name: 'made' }));
  assert.equal(made.path, `${path}/admin/groups/made/`, made.text.slice(0, 300));
  return visitor;
}

for (const name of proxyNames) {
  test(`${name} as docs/PROXY.md has it: join, chat and sign in`, async (t) => {
    const s = await plainServer(t);
    const proxy = await proxyFor(t, name, { http: s.http });
    // A proxy that listens may not have a way to the server yet: it says 502 then.
    const status = await eventually(async () => {
      const answer = await fetchFrom(CLIENT, `${proxy.base}/group/lobby/.status`, { headers: FORGED });
      assert.equal(answer.status, 200);
      return answer.json();
    });
    assert.equal(status.location, `${proxy.base}/group/lobby/`);
    assert.equal(status.endpoint, `wss://localhost:${proxy.port}/ws`);
    assert.equal((await fetchFrom(CLIENT, `${proxy.base}/`)).status, 200);
    assert.equal((await fetchFrom(CLIENT, `${proxy.base}/group/lobby/`)).status, 200);
    await chat(t, proxy);
    assert.equal((await upgrade(proxy, { headers: { Origin: 'https://evil.example' } })).status, 403);
    const visitor = await signIn(proxy);
    assert.ok(visitor.cookies.has('__Host-sid'));
    // The audit log has the client's own address, not the proxy's and not what the client says of itself.
    const addresses = query(s, "SELECT DISTINCT address FROM audit WHERE action IN ('login', 'group.create')").map((r) => r.address);
    assert.deepEqual(addresses, [CLIENT]);
    // Raw paths arrive as they are: %2F in a user's name does not split it.
    const auth = { authorization: `Basic ${Buffer.from('root:rootpw').toString('base64')}`, 'content-type': 'application/json' };
    const user = `${proxy.base}/galene-api/v0/.groups/lobby/.users/a%2Fb`;
    assert.equal((await fetchFrom(CLIENT, user, { method: 'PUT', headers: auth, body: '{"permissions":"present"}' })).status, 201);
    assert.deepEqual(await (await fetchFrom(CLIENT, `${proxy.base}/galene-api/v0/.groups/lobby/.users/`, { headers: auth })).json(), ['a/b']);
  });
}

const plain = (s, path, headers = {}) => fetch(`http://127.0.0.1:${s.http}${path}`, { redirect: 'manual', headers });
const locationOf = async (s, headers) => (await (await plain(s, '/group/lobby/.status', headers)).json()).location;

test('forwarded headers count from trusted peers alone, on both ports', async (t) => {
  const said = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
  const far = await plainServer(t, { args: ['--trust', '192.0.2.0/24'] });
  assert.equal(await locationOf(far, said), `http://127.0.0.1:${far.http}/group/lobby/`);
  const near = await plainServer(t, { args: [] });
  assert.equal(await locationOf(near, said), `https://127.0.0.1:${near.http}/group/lobby/`);
  assert.equal(await locationOf(near, { ...said, 'x-forwarded-proto': 'HTTPS' }), `https://127.0.0.1:${near.http}/group/lobby/`);
  assert.equal(await locationOf(near, { ...said, 'x-forwarded-proto': 'ftp' }), `http://127.0.0.1:${near.http}/group/lobby/`);
  assert.equal(await locationOf(near, {}), `http://127.0.0.1:${near.http}/group/lobby/`);
  // /metrics is for loopback: whose address counts shows there.
  const metrics = async (base, headers) => (await fetch(`${base}/metrics`, { headers })).status;
  for (const base of [`http://127.0.0.1:${near.http}`, near.base]) {
    assert.equal(await metrics(base, {}), 200);
    assert.notEqual(await metrics(base, said), 200, base);
    assert.equal(await metrics(base, { forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9' }), 200, base);
  }
  for (const base of [`http://127.0.0.1:${far.http}`, far.base]) assert.equal(await metrics(base, said), 200, base);
});

test('proxyURL wins over the headers, and nothing redirects in a circle', async (t) => {
  const s = await plainServer(t, { config: { proxyURL: 'https://meet.example.org/', canonicalHost: 'meet.example.org' } });
  // A proxy that passes neither Host nor the scheme on.
  assert.equal(await locationOf(s, {}), 'https://meet.example.org/group/lobby/');
  for (const path of ['/', '/group/lobby/', '/admin/login']) assert.equal((await plain(s, path)).status, 200, path);
  assert.equal((await upgrade({ port: s.port }, { headers: { Host: 'inner:8080', Origin: 'https://meet.example.org' } })).status, 101);
  assert.equal((await upgrade({ port: s.port }, { headers: { Host: 'inner:8080', Origin: 'http://meet.example.org' } })).status, 403);
});

test('the setup link leads through the proxy', async (t) => {
  const s = await serverFor(t, { config: { users: undefined, proxyURL: 'https://meet.example.org/video/' } });
  assert.match(s.setupUrl, /^https:\/\/meet\.example\.org\/video\/admin\/setup\?token=[\w-]+$/);
});

test('a refused origin is in the log once, and OPTIONS tells a page of it', async (t) => {
  const s = await serverFor(t, { groups });
  const ask = async (origin) => (await s.get('/ws', { method: 'OPTIONS', headers: { origin } })).status;
  assert.equal((await upgrade(s, { headers: { Host: 'meet.example:443', Origin: 'https://MEET.example' } })).status, 101);
  assert.equal((await upgrade(s, { headers: { Host: 'meet.example', Origin: 'https://meet.example:8443' } })).status, 403);
  for (let i = 0; i < 20; i++) assert.equal((await upgrade(s, { headers: { Origin: 'https://evil.example' } })).status, 403);
  const lines = await eventually(() => {
    const found = s.log.split('\n').filter((l) => /refused a page of origin/.test(l));
    assert.ok(found.length > 0);
    return found;
  });
  assert.equal(lines.length, 1, 'rate-limited');
  assert.match(lines[0], /origin https:\/\/meet\.example:8443 at host meet\.example[: ]/);
  assert.equal(await ask(s.base), 204);
  assert.equal(await ask('https://evil.example'), 403);
});

const SUB = '/video';
/** nginx with the location of docs/PROXY.md's last chapter, or one that takes the path off. */
const belowPath = {
  kept: (site) => site.replace(/ *location \/ \{[\s\S]*?\n {4}\}\n/, example('nginx-path')),
  stripped: (site) => site.replace('location / {', 'location /video/ {').replace('proxy_pass http://127.0.0.1:8080;', 'proxy_pass http://127.0.0.1:8080/;'),
};

for (const [how, edit] of Object.entries(belowPath)) {
  test(`below a path that the proxy has ${how}: pages, API, WebSocket and console`, async (t) => {
    const s = await plainServer(t, { files: { 'recordings/lobby/a.webm': 'x', 'recordings/lobby/.about/a.webm.png': 'x' } });
    const proxy = await proxyFor(t, 'nginx', { http: s.http, edit });
    const config = { users: { root: { password: 'rootpw', permissions: 'admin' } }, writableGroups: true, proxyURL: `${proxy.base}${SUB}/` };
    await s.writeConfigForNginx(config);
    const get = (path, options) => fetchFrom(CLIENT, proxy.base + path, options);
    const visitor = await signIn(proxy, SUB);
    assert.ok(visitor.cookies.has('__Secure-sid') && !visitor.cookies.has('__Host-sid'));
    const auth = { authorization: `Basic ${Buffer.from('root:rootpw').toString('base64')}` };
    const pages = ['/', '/group/lobby/', '/group/none/', '/stats.html', '/change-password.html', '/nothing', '/recordings/lobby/', '/admin/',
      '/admin/groups/', '/admin/groups/lobby/', '/admin/groups/lobby/.edit', '/admin/groups/lobby/.tokens/', '/admin/account', '/admin/audit', '/admin/recordings'];
    let posters = 0;
    const linked = new Set();
    for (const path of pages) {
      const page = await visitor.request(SUB + path, { headers: path.startsWith('/recordings') ? auth : {} });
      posters += page.html.match(/ poster="/g)?.length ?? 0;
      for (const [, link] of page.html.matchAll(/(?:href|src|action|poster)="([^"#?]*)/g)) {
        const url = new URL(link, page.url);
        if (url.origin !== proxy.base || link === '') continue;
        assert.ok(url.pathname.startsWith(`${SUB}/`) && !url.pathname.startsWith(`${SUB}${SUB}/`), `${path} links to ${link}`);
        if (/\.(css|js|svg|webmanifest)$/.test(url.pathname)) linked.add(url.href);
      }
    }
    assert.ok(linked.size > 20, `${linked.size} assets`);
    assert.equal(posters, 2, "of the group's page and the console's");
    for (const url of linked) assert.equal((await fetchFrom(CLIENT, url)).status, 200, url);
    const cookie = (await get(`${SUB}/admin/login`)).headers.getSetCookie()[0];
    assert.match(cookie, /^__Secure-pre=\w+; Path=\/video; Secure; HttpOnly; SameSite=Lax/);
    for (const [from, to] of [['/admin/', '/admin/login'], ['/group/lobby', '/group/lobby/'], ['/recordings/lobby', '/recordings/lobby/'], ['/group', '/group/'],
      ['/group/lobby/.status.json', '/group/lobby/.status'], ['/join?group=lobby', '/group/lobby/']]) {
      const { status, headers } = await get(SUB + from, { headers: from.startsWith('/recordings') ? auth : {} });
      assert.ok(status === 303 || status === 308, `${from}: ${status}`);
      assert.equal(new URL(headers.get('location') ?? '', proxy.base).pathname, SUB + to, from);
    }
    const status = await (await get(`${SUB}/group/lobby/.status`)).json();
    assert.equal(status.endpoint, `wss://localhost:${proxy.port}${SUB}/ws`);
    assert.equal(status.location, `${proxy.base}${SUB}/group/lobby/`);
    assert.equal((await get(`${SUB}/recordings/lobby/a.webm`, { headers: auth })).status, 200);
    assert.equal((await get(`${SUB}/galene-api/v0/.groups/`, { headers: auth })).status, 200);
    await chat(t, proxy, `${SUB}/ws`);
    // The path is taken off again when it goes.
    await s.writeConfigForNginx({ ...config, proxyURL: undefined });
    assert.match(await (await s.get('/group/lobby/')).text(), /href="\/assets\/\w+\/css\//);
    assert.match((await s.get('/admin/login')).headers.getSetCookie()[0], /^__Host-pre=\w+; Path=\/;/);
  });
}

// ngx_http_core_module, "internal": a request that "rewrite" changed is internal for nginx, so taking the path off must not open these.
test('no internal location of the site is reached below the path', async (t) => {
  const s = await serverFor(t, { groups, config: { users: undefined, proxyURL: `https://localhost${SUB}` } });
  const site = readFileSync(new URL('../../nginx/nereid.conf.in', import.meta.url), 'utf8');
  const internal = [...site.matchAll(/location (?:=|\^~) (\S+) \{\s+internal;/g)].map((m) => (m[1].endsWith('/') ? `${m[1]}lobby/talk.txt` : m[1]));
  assert.ok(internal.includes('/_recordings/lobby/talk.txt') && internal.includes('/_page/group.html'), internal.join());
  mkdirSync(`${s.dir}/recordings/lobby`, { recursive: true });
  writeFileSync(`${s.dir}/recordings/lobby/talk.txt`, 'secret');
  assert.equal((await s.get(`${SUB}/recordings/lobby/talk.txt`)).status, 401);
  for (const path of internal)
    for (const way of [path, SUB + path, `${SUB}/${path}`, SUB + SUB + path, SUB + path.replace('_', '%5F')])
      assert.equal((await s.get(way)).status, 404, way);
});
