// In Chromium, through a real nginx in front: the server below a path, and what a page says whose address the server does not know; another front end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor } from '../lib/proxies.mjs';
import { eventually, freePort, serverFor } from '../lib/server.mjs';
import { axeViolations } from './lib/axe.mjs';
import { Person, until } from './lib/people.mjs';

const groups = { lobby: { public: true, displayName: 'The Lobby', 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } };
const config = { users: { root: { password: 'rootpw', permissions: 'admin' } }, writableGroups: true };

async function behindNginx(t, edit) {
  const http = await freePort();
  const server = await serverFor(t, { groups, config, args: ['--http', String(http)], mediaListen: null });
  return { server, proxy: await proxyFor(t, 'nginx', { http, edit }) };
}

test('below a path: landing page, a group, chat, the console and a save', { timeout: 300000 }, async (t) => {
  const { server, proxy } = await behindNginx(t, (site) => site.replace('location / {', 'location /video/ {'));
  const root = await Person.arrive('root', ['red', 'blue']);
  t.after(() => root.goHome());
  const { page } = root;
  const astray = [];
  page.on('response', (r) => {
    const { origin, pathname } = new URL(r.url());
    if (origin === proxy.base && (!pathname.startsWith('/video/') || r.status() >= 400)) astray.push(`${r.status()} ${r.url()}`);
  });
  await server.writeConfigForNginx({ ...config, proxyURL: `${proxy.base}/video/` });

  await page.goto(`${proxy.base}/video/`);
  await page.getByRole('link', { name: 'The Lobby' }).click();
  await page.waitForURL(`${proxy.base}/video/group/lobby/`);
  await page.locator('#username').fill('root');
  await page.locator('#join').click();
  await until('root is in the user list', () => root.sees('root'));
  await page.fill('#chat-input', 'from below');
  await page.press('#chat-input', 'Enter');
  await until('the line is in the chat', async () => /from below/.test(await page.textContent('#chat-log') ?? ''));
  await page.locator('#leave').click();

  await page.goto(`${proxy.base}/video/admin/`);
  await page.waitForURL(/\/video\/admin\/login/);
  await page.fill('input[name=name]', 'root');
  await page.fill('input[name=password]', 'rootpw');
  await page.click('main button[type=submit]');
  await page.waitForURL(`${proxy.base}/video/admin/`);
  const cookies = (await root.context.cookies()).filter((c) => c.name.endsWith('-sid'));
  assert.deepEqual(cookies.map(({ name, path, secure, httpOnly }) => ({ name, path, secure, httpOnly })),
    [{ name: '__Secure-sid', path: '/video', secure: true, httpOnly: true }]);
  await page.goto(`${proxy.base}/video/admin/groups/lobby/.edit`);
  await page.fill('input[name=displayName]', 'Below');
  await page.click('.save-bar button[type=submit]');
  await page.waitForURL(/\/video\/admin\/groups\/lobby\//);
  assert.equal((await (await fetch(`${server.base}/group/lobby/.status`)).json()).displayName, 'Below');
  assert.deepEqual(astray, []);
  assert.deepEqual(root.errors, []);
});

test('a page that the server refuses says what is wrong', { timeout: 300000 }, async (t) => {
  const { server, proxy } = await behindNginx(t, (site) => site.replace('Host $http_host', 'Host inner.example'));
  const anna = await Person.arrive('anna', ['red', 'blue']);
  t.after(() => anna.goHome());
  const { page } = anna;
  const refusal = async (path) => {
    await page.goto(`${proxy.base}${path}`);
    await page.locator('#username').fill('anna');
    await page.locator('#join').click();
    await until('the page says why', async () => await page.isVisible('#login-message'));
    return page.textContent('#login-message');
  };
  // The server gives its address as the proxy asked for it, which no browser finds.
  assert.match(await refusal('/group/lobby/') ?? '', /This page comes from https:\/\/localhost:\d+, but the server says that its address is https:\/\/inner\.example\..*proxyURL/);
  // With a status of the page's own address, the server must be asked.
  await page.route('**/.status', (route) => route.fulfill({ json: { name: 'lobby' } }));
  assert.match(await refusal('/group/lobby/') ?? '', /does not know https:\/\/localhost:\d+ as its own address.*proxyURL.*allowOrigin/);
  assert.deepEqual(await axeViolations(page), []);
  await eventually(() => assert.match(server.log, new RegExp(`refused a page of origin ${proxy.base} at host inner.example`)));
  // What the message advises helps.
  server.writeConfig({ ...config, proxyURL: proxy.base });
  await page.unroute('**/.status');
  await page.goto(`${proxy.base}/group/lobby/`);
  await page.locator('#username').fill('anna');
  await page.locator('#join').click();
  await until('anna is in the user list', () => anna.sees('anna'));
  assert.deepEqual(anna.errors, []);
});

/** A front end as people wrote them for Galene: a classic script at the root, HTML from strings, eval, blobs, and Galene's protocol. */
const theirPage = '<!doctype html><title>theirs</title><link rel="stylesheet" href="/their.css"><script>document.title = "inline"</script><p id="log"></p><video id="v"></video><script src="/their.js"></script>';
const theirScript = `(async () => {
  const log = document.getElementById('log');
  log.innerHTML = '<b>' + eval('6 * 7') + '</b>';
  document.getElementById('v').src = URL.createObjectURL(new Blob(['x'], { type: 'video/webm' }));
  const status = await (await fetch('.status')).json();
  const ws = new WebSocket(status.endpoint);
  const send = (m) => ws.send(JSON.stringify(m));
  ws.onopen = () => send({ type: 'handshake', version: ['2'], id: 'theirs' });
  ws.onmessage = (e) => {
    const m = JSON.parse(e.data);
    if (m.type === 'handshake') send({ type: 'join', kind: 'join', group: status.name, username: 'theirs', password: '' });
    if (m.type === 'joined' && m.kind === 'join') send({ type: 'chat', kind: '', source: 'theirs', username: 'theirs', dest: '', value: 'from another front end' });
    if (m.type === 'chat') log.append(' ' + m.value);
  };
})();`;

test('another front end in DIR/static works as a group page', { timeout: 300000 }, async (t) => {
  const server = await serverFor(t, { groups, config, mediaListen: null, files: {
    'static/galene.html': theirPage, 'static/their.js': theirScript, 'static/their.css': 'b { color: rgb(1, 2, 3) }',
  } });
  const anna = await Person.arrive('anna', ['red', 'blue']);
  t.after(() => anna.goHome());
  const { page } = anna;
  const refused = [];
  page.on('console', (m) => { if (/Content Security Policy/.test(m.text())) refused.push(m.text()); });
  await page.goto(`${server.base}/group/lobby/`);
  await until('their client chats', async () => /from another front end/.test(await page.textContent('#log') ?? ''));
  assert.equal(await page.textContent('#log b'), '42');
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('b')).color), 'rgb(1, 2, 3)');
  // Galene refuses inline scripts, too, and nothing else was.
  assert.equal(await page.title(), 'theirs');
  assert.ok(refused.length > 0 && refused.every((text) => /inline script/.test(text)), refused.join('\n'));
  // The landing page and the console are ours as before.
  await page.goto(`${server.base}/`);
  await page.getByRole('link', { name: 'The Lobby' }).waitFor();
  assert.deepEqual(anna.errors, []);
});
