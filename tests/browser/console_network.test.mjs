// The console's network test in Chromium, with a real coturn and the real media server: from this browser, from this server, and what to do.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { examineLooks, signInAsRoot } from './lib/console_page.mjs';
import { Person } from './lib/people.mjs';
import { joinRelay } from '../lib/relay.mjs';
import { freePort, startServer } from '../lib/server.mjs';
import { startTurn } from '../lib/turn.mjs';

const secret = 'the lantern is lit';
const where = '/admin/network';
const shown = /** @type {const} */ ([[1280, 'light'], [1280, 'dark'], [360, 'light'], [360, 'dark']]);
const looks = shown.map(([width, colorScheme]) => ({ name: `${width}-${colorScheme}`, colorScheme, width, height: 800 }));

/** What the table says, by its rows. @param {import('playwright-core').Page} page */
const table = (page) => page.$$eval('#network-table tbody tr', (lines) => Object.fromEntries(lines.map((line) => {
  const [what, browser, server, next] = [...line.cells].map((cell) => cell.innerText.trim());
  return [what, { browser, server, next }];
})));

/** @param {import('playwright-core').Page} page */
async function finished(page) {
  await page.waitForSelector('#network-state:not(:empty)');
  await page.waitForSelector('#network-start:not([disabled])');
  return { rows: await table(page), sum: await page.innerText('#network-state') };
}

const media = 'Sound and pictures (UDP)';
const came = String.raw`Test picture and tone came through, with [\d,]+ kbit/s; packets: [\d,]+, lost: [\d.]+%\.`;

describe('the network test', { timeout: 240000 }, () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  /** @type {Awaited<ReturnType<typeof startTurn>>} */
  let turn;
  /** @type {Person} */
  let root;
  before(async () => {
    [server, turn, root] = await Promise.all([startServer(), startTurn(secret), Person.arrive('root', ['red', 'blue'])]);
    await signInAsRoot(root.page, server);
  });
  after(async () => {
    await root?.goHome();
    await turn?.stop();
    await server?.stop();
  });
  const set = (servers) => server.writeFile('data/ice-servers.json', JSON.stringify(servers));
  const health = () => root.page.evaluate(async () => (await (await fetch('/admin/health.json')).json()).checks.find((c) => c.name === 'udp'));
  const run = async () => {
    await root.page.goto(server.base + where);
    await root.page.click('#network-start');
    return finished(root.page);
  };

  test('all is well: a STUN server, a relay, and UDP to the media server, which Health then knows', async () => {
    set([{ urls: [`stun:127.0.0.1:${turn.port}`] }, { urls: [`turn:127.0.0.1:${turn.port}`], credentialType: 'hmac-sha1', credential: secret }]);
    assert.equal((await health()).state, 'unknown');
    const { rows, sum } = await run();
    const relay = rows[`turn:127.0.0.1:${turn.port}`];
    assert.match(rows[media].browser, new RegExp(`^Works Connected by UDP to \\S+:${server.udpPort} within \\d+ ms; round trip \\d+ ms\\. ${came}$`));
    assert.match(rows[media].server, new RegExp(`127\\.0\\.0\\.1:${server.udpPort}`));
    assert.match(relay.browser, /^Works It relays/);
    assert.match(relay.server, /^Works It relays by 127\.0\.0\.1:49\d\d\d/);
    assert.equal(relay.next, '');
    assert.match(sum, /of 3 work/);
    const report = await root.page.textContent('#network-report-text');
    for (const line of [new URL(server.base).host, `turn:127.0.0.1:${turn.port}\n    From this browser: Works It relays`]) assert.ok(report?.includes(line), report ?? '');
    assert.ok(await root.page.isVisible('button:text("Copy the results")'));
    const { state, value } = await health();
    assert.equal(state, 'ok');
    assert.match(value, /^reached, round trip \d+ ms; tested \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    await root.page.goto(server.base + where);
    assert.match(await root.page.innerText('main'), /The last test from a browser, by root: UDP reached this server\./);
    await root.page.click('#network-start');
    await finished(root.page);
    await examineLooks(root.page, 'network', looks);
    assert.deepEqual(await root.complaints(), []);
  });

  test('a relay with another secret, and a STUN server on a closed port, say what is the matter on both sides', async () => {
    const closed = await freePort();
    set([{ urls: [`stun:127.0.0.1:${closed}`] }, { urls: [`turn:127.0.0.1:${turn.port}`], credentialType: 'hmac-sha1', credential: 'wrong' }]);
    const { rows } = await run();
    const relay = rows[`turn:127.0.0.1:${turn.port}`], stun = rows[`stun:127.0.0.1:${closed}`];
    assert.match(relay.browser, /^Fails The log-in was refused \(401\)/);
    assert.match(relay.server, /^Fails The log-in was refused/);
    assert.match(relay.next, /static-auth-secret/);
    assert.match(stun.browser, /^Fails No /);
    assert.match(stun.server, /^Fails Nothing was reached on UDP port/);
    assert.match(stun.next, /whether the server runs/);
    assert.match(rows[media].browser, /^Works/, 'the others are not to blame for it');
  });

  test('runs by itself after a server was saved', async () => {
    set([]);
    const { page } = root;
    await page.goto(`${server.base}/admin/settings/ice`);
    await page.fill('#urls', `turn:127.0.0.1:${turn.port}`);
    await page.fill('#credential', secret);
    await page.click('button:text-is("Add the server")');
    await page.waitForSelector('.flash');
    const { rows } = await finished(page);
    assert.match(rows[`turn:127.0.0.1:${turn.port}`].browser, /^Works/);
    assert.match(rows[`turn:127.0.0.1:${turn.port}`].server, /^Works/);
    await examineLooks(page, 'ice-tested', looks);
  });

  test('without scripts the half of the server is there', async () => {
    set([{ urls: [`stun:127.0.0.1:${turn.port}`] }]);
    const plain = await Person.arrive('root', ['red', 'blue'], { javaScriptEnabled: false });
    try {
      await signInAsRoot(plain.page, server);
      await plain.page.goto(server.base + where);
      await plain.page.click('#network-start');
      await plain.page.waitForSelector('.message.ok');
      assert.match((await plain.page.innerText(`#network-table tr:has-text("stun:")`)), /Works/);
    } finally {
      await plain.goHome();
    }
  });
});

/**
 * A way to the media server that holds some of what goes there.
 * @param {number} serverPort
 */
async function startHolding(serverPort) {
  const sockets = { near: createSocket('udp4'), far: createSocket('udp4') };
  const way = { port: 0, passes: /** @type {(datagram: Buffer) => boolean} */ (() => true) };
  let client = 0;
  sockets.near.on('message', (datagram, from) => {
    client = from.port;
    if (way.passes(datagram)) sockets.far.send(datagram, serverPort, '127.0.0.1');
  });
  sockets.far.on('message', (datagram) => sockets.near.send(datagram, client, '127.0.0.1'));
  await Promise.all(Object.values(sockets).map((s) => new Promise((resolve) => { s.bind(0, '127.0.0.1', () => resolve(undefined)); })));
  way.port = sockets.near.address().port;
  return { way, stop: () => Object.values(sockets).forEach((s) => s.close()) };
}

test('a connection that stands and holds media says so, why, and what to do', { timeout: 240000 }, async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const { way, stop } = await startHolding(server.udpPort);
  t.after(stop);
  const root = await Person.arrive('root', ['red', 'blue']);
  t.after(() => root.goHome());
  await root.page.addInitScript(joinRelay, { serverPort: server.udpPort, port: way.port });
  await signInAsRoot(root.page, server);
  const isMedia = (/** @type {Buffer} */ datagram) => datagram[0] >> 6 === 2;
  let n = 0;
  for (const [passes, browser, next, health] of /** @type {[(datagram: Buffer) => boolean, RegExp, RegExp, RegExp][]} */ ([
    [(d) => !isMedia(d), /^Fails Connected by UDP to .* Of the test picture and tone nothing came; packets sent: [\d,]{2,}\.$/, /packet size \(MTU\)/, /^connected, but no picture came/],
    [(d) => !isMedia(d) || d.length < 500, /^Fails Connected by UDP to .* The tone came, but nothing of the picture\.$/, /packet size \(MTU\)/, /^connected, but no picture came/],
    [(d) => !isMedia(d) || n++ % 5 > 0, /^Lossy Connected by UDP to .* lost: (1\d|2\d)(\.\d)?%\.$/, /try a cable/, /^reached/],
  ])) {
    way.passes = passes;
    await root.page.goto(server.base + where);
    await root.page.click('#network-start');
    const { rows } = await finished(root.page);
    assert.match(rows[media].browser, browser);
    assert.match(rows[media].next, next);
    assert.match(await root.page.evaluate(async () => (await (await fetch('/admin/health.json')).json()).checks.find((c) => c.name === 'udp').value), health);
  }
  await examineLooks(root.page, 'network-lossy', looks.slice(0, 1));

  await root.page.addInitScript(() => {
    HTMLCanvasElement.prototype.captureStream = () => { throw new Error('not here'); };
    AudioContext.prototype.resume = () => Promise.reject(new Error('not here'));
  });
  await root.page.goto(server.base + where);
  await root.page.click('#network-start');
  const { rows } = await finished(root.page);
  assert.match(rows[media].browser, /^Fails This browser can make neither a picture nor a tone for the test\.$/, 'the network is not to blame, and neither is the server');
  assert.match(await root.page.evaluate(async () => (await (await fetch('/admin/health.json')).json()).checks.find((c) => c.name === 'udp').value), /^reached/, 'nothing was found out');
});

test('an address that nobody reaches is told as such, with the port to open, and Health warns', { timeout: 240000 }, async (t) => {
  const server = await startServer({ files: { 'data/mediad.json': '{"announce": ["192.0.2.1"]}' } });
  t.after(() => server.stop());
  const root = await Person.arrive('root', ['red', 'blue']);
  t.after(() => root.goHome());
  await signInAsRoot(root.page, server);
  await root.page.goto(server.base + where);
  await root.page.click('#network-start');
  const { rows, sum } = await finished(root.page);
  assert.equal(rows[media].browser, `Fails No answer came by UDP from 192.0.2.1:${server.udpPort}.`);
  assert.match(rows[media].next, new RegExp(`UDP port ${server.udpPort} .*announce`));
  assert.match(sum, /0 of 1/);
  await root.page.goto(`${server.base}/admin/health`);
  assert.match(await root.page.innerText('#check-udp'), /not reached; tested/);
});
