// In Chromium, through a real nginx in front: the server below a path, and what a page says whose address the server does not know.
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
  await page.click('form[action$="/.edit"] button[type=submit]');
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
