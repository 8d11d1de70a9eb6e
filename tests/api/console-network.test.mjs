// The console's network test: what this server finds of STUN and TURN servers, and what the browser's half of it may ask for.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAccount, signedInAt } from '../lib/console.mjs';
import { eventually, freePort, startServer, top } from '../lib/server.mjs';
import { startTurn } from '../lib/turn.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer(); });
after(() => server?.stop());

const signedIn = () => signedInAt(server);

describe('the test of the network', () => {
  const where = '/admin/network';
  const secret = 'the lantern is lit';
  /** @type {Awaited<ReturnType<typeof startTurn>>} */
  let turn;
  let port;
  let silent;
  before(async () => {
    silent = createSocket('udp4');
    await new Promise((resolve) => { silent.bind(0, '127.0.0.1', () => resolve(undefined)); });
    turn = await startTurn(secret);
    port = turn.port;
  });
  after(async () => {
    silent?.close();
    await turn?.stop();
  });
  const set = (servers) => server.writeFile('data/ice-servers.json', JSON.stringify(servers));
  const run = async (b) => b.submit((await b.open(where)).form(where));
  /** What the table says from this server, of each row. */
  const found = (page) => Object.fromEntries([...page.html.matchAll(/<tr data-url="[^"]*" data-server="(\w*)"><th[^>]*>([^<]+)<\/th>\s*<td.*?<\/td>\s*<td[^>]*>.*?<span data-found>([^<]*)<\/span><\/td>\s*<td[^>]*>([^<]*)<\/td><\/tr>/gs)]
    .map(([, state, label, what, next]) => [label, { works: state === 'works', state, what, next }]));
  const media = 'Sound and pictures (UDP)';

  test('a STUN and a TURN server that work, by UDP and by TCP', async () => {
    const b = await signedIn();
    set([{ urls: [`stun:127.0.0.1:${port}`] }, { urls: [`turn:127.0.0.1:${port}`, `turn:127.0.0.1:${port}?transport=tcp`], credentialType: 'hmac-sha1', credential: secret }]);
    assert.match((await b.open(where)).text, /Not tested/);
    const page = await run(b);
    const rows = found(page);
    assert.deepEqual(Object.keys(rows), [media, `stun:127.0.0.1:${port}`, `turn:127.0.0.1:${port}`, `turn:127.0.0.1:${port}?transport=tcp`]);
    assert.match(rows[`stun:127.0.0.1:${port}`].what, /It sees this server as 127\.0\.0\.1:\d+; it answered within [\d.]+ ms/);
    assert.match(rows[`turn:127.0.0.1:${port}`].what, /It relays by 127\.0\.0\.1:49\d\d\d; it answered within/);
    assert.match(rows[`turn:127.0.0.1:${port}?transport=tcp`].what, /It relays by 127\.0\.0\.1:49\d\d\d/);
    assert.match(page.text, /every STUN and TURN server works/);
    assert.ok(!page.html.includes(secret));
    const told = await (await fetch(`${server.base}${where}.json`, { headers: { cookie: [...b.cookies].map(([n, v]) => `${n}=${v}`).join('; ') } })).json();
    assert.equal(told.iceServers[1].credentialType, 'password');
    assert.ok(!JSON.stringify(told).includes(secret), 'a browser gets a log-in for a day');
  });

  test('is made by itself after each change, and Health says what came out', async () => {
    const b = await signedIn();
    const check = async () => JSON.parse((await b.open('/admin/health.json')).html).checks.find((c) => c.name === 'turn');
    const becomes = (state, value) => eventually(async () => {
      const found = await check();
      assert.deepEqual([found.state, found.value], [state, value]);
      return found;
    }, 30000);
    set([{ urls: [`stun:127.0.0.1:${port}`] }]);
    await becomes('ok', 'all work');
    set([{ urls: [`stun:127.0.0.1:${port}`, 'stun:127.0.0.1:9'] }]);
    assert.match((await becomes('warn', '1 of 2 do not work')).remedy, /network test/);
    assert.match((await b.open('/admin/health')).html, /href="\/admin\/network"/);
    set([]);
    await becomes('ok', 'there are none');
  });

  test('over a slow line, where what is repeated is answered twice', async (t) => {
    const b = await signedIn();
    const near = createSocket('udp4');
    const far = createSocket('udp4');
    const timers = new Set();
    t.after(() => {
      for (const timer of timers) clearTimeout(timer);
      near.close();
      far.close();
    });
    let client = 0;
    near.on('message', (data, from) => { client = from.port; far.send(data, port, '127.0.0.1'); });
    far.on('message', (data) => { timers.add(setTimeout(() => near.send(data, client, '127.0.0.1'), 700)); });
    await new Promise((resolve) => { near.bind(0, '127.0.0.1', () => resolve(undefined)); });
    const url = `turn:127.0.0.1:${near.address().port}`;
    set([{ urls: [url], credentialType: 'hmac-sha1', credential: secret }]);
    assert.match(found(await run(b))[url].what, /It relays by 127\.0\.0\.1:49\d\d\d/);
  });

  test('what fails says what is the matter and what to do, all at once and within the time', async () => {
    const b = await signedIn();
    const closed = await freePort();
    set([
      { urls: [`turn:127.0.0.1:${port}`], credentialType: 'hmac-sha1', credential: 'wrong' },
      { urls: [`stun:127.0.0.1:${silent.address().port}`, `stun:127.0.0.1:${closed}`, 'stun:nowhere.invalid', `stuns:127.0.0.1:${port}`, `turn:127.0.0.1:${closed}?transport=tcp`], username: 'u', credential: 'p' },
    ]);
    const begin = performance.now();
    const page = await run(b);
    assert.ok(performance.now() - begin < 3 * 8000);
    const { [media]: _, ...rows } = found(page);
    assert.deepEqual(Object.values(rows).map((r) => r.works), [false, false, false, false, false, false]);
    for (const [url, what, next] of [
      [`turn:127.0.0.1:${port}`, /log-in was refused/, /static-auth-secret/],
      [`stun:127.0.0.1:${silent.address().port}`, /No answer on UDP port \d+ within 3 s/, /firewall/],
      [`stun:127.0.0.1:${closed}`, /Nothing was reached on UDP port/, /runs/],
      ['stun:nowhere.invalid', /nowhere\.invalid was not found|did not end in time/, /DNS/],
      [`stuns:127.0.0.1:${port}`, /TLS failed|No answer/, /certificate|firewall/],
      [`turn:127.0.0.1:${closed}?transport=tcp`, /Nothing was reached on TCP port/, /runs/],
    ]) {
      assert.match(rows[url].what, what);
      assert.match(rows[url].next, next);
    }
    assert.match(page.text, /0 of 6 addresses work/);
  });

  test('without servers it says where to add one', async () => {
    const b = await signedIn();
    set([]);
    assert.match((await b.open(where)).html, /There are no STUN and TURN servers to test\. <a href="\/admin\/settings\/ice">/);
  });

  test('the row of the media server says which addresses browsers are told, and that private ones are', async () => {
    const b = await signedIn();
    const { state, what, next } = found(await b.open(where))[media];
    assert.equal(state, 'private');
    assert.equal(what, `It tells browsers private addresses alone: 127.0.0.1:${server.udpPort}.`);
    assert.match(next, /announce/);
  });

  // ---- the half of the browser, by its requests ----

  /** What Chromium offers. @param {string} what */
  const offered = (what) => readFileSync(join(top, `tests/unit/mediad/rtc/data/offer-chromium-${what}.sdp`), 'utf8');
  const offer = offered('camera-gathered');
  const post = async (b, to, values) => b.request(where + to, { method: 'POST', body: new URLSearchParams({ csrf: (await b.open(where)).form(where).fields.get('csrf'), ...values }) });

  test('the script gets the same of this server as the page', async () => {
    const b = await signedIn();
    set([{ urls: [`stun:127.0.0.1:${port}`] }]);
    const { rows } = JSON.parse((await post(b, '.json', {})).html);
    assert.deepEqual(rows.map((r) => [r.url, r.state]), [['', 'private'], [`stun:127.0.0.1:${port}`, 'works']]);
    assert.match(rows[1].found, /It sees this server as/);
  });

  test('a browser gets a connection to the media server in no group; what is no offer is refused, and so are too many', async () => {
    const b = await signedIn();
    const { id, answer } = JSON.parse((await post(b, '/media', { offer })).html);
    assert.match(answer, new RegExp(`a=candidate:\\S+ 1 udp \\d+ 127\\.0\\.0\\.1 ${server.udpPort} typ host`));
    assert.match(answer, /a=fingerprint:sha-256/);
    assert.equal((await (await server.get('/public-groups.json')).json()).length, 0);
    const bad = await post(b, '/media', { offer: 'v=0\nnothing' });
    assert.equal(bad.status, 400, bad.html);
    assert.match(bad.html, /media server answered 400/);
    assert.match((await post(b, '/media', { offer: offered('player') })).html, /offer: neither sound nor pictures are sent/);
    // nothing was sent in it, and that ends it
    const none = { packets: 0, lost: 0, bitrate: 0 };
    assert.deepEqual(JSON.parse((await post(b, '/media/end', { id })).html), { audio: none, video: none });
    assert.equal((await post(b, '/media/end', { id })).status, 404);
    for (const wrong of ['', '0', '-1', 'x', '9223372036854775808']) {
      const refusal = await post(b, '/media/end', { id: wrong });
      assert.equal(refusal.status, 400, wrong);
      assert.match(refusal.html, /^id: this is no number of a test/);
    }
    const all = await Promise.all(Array.from({ length: 17 }, () => post(b, '/media', { offer })));
    const refused = all.filter((p) => p.status === 503);
    assert.ok(refused.length >= 1, all.map((p) => p.status).join());
    assert.match(refused[0].html, /too many/);
    assert.equal((await b.open('/admin/health.json')).status, 200);
  });

  test('only a server administrator with the token of a form gets one', async () => {
    const b = await signedIn();
    const { person } = await makeAccount(b, { login: 'susan', preset: 'auditor' }, 'hogfather on a string');
    for (const to of ['/media', '/media/end', '/result', '.json']) {
      assert.equal((await b.request(where + to, { method: 'POST', body: new URLSearchParams({ offer }) })).status, 403, to);
      const csrf = (await person.open('/admin/account')).form('/admin/account').fields.get('csrf');
      assert.equal((await person.request(where + to, { method: 'POST', body: new URLSearchParams({ csrf, offer }) })).status, 403, to);
    }
  });

  test('what a browser found is kept, and stands on Health with its time; what is no result is refused', async () => {
    const b = await signedIn();
    const udp = async () => JSON.parse((await b.open('/admin/health.json')).html).checks.find((c) => c.name === 'udp');
    assert.deepEqual([(await udp()).state, (await udp()).value], ['unknown', 'no browser has tested it yet']);
    for (const [values, word] of [[{ media: 'pigeon', 'round-trip': '1' }, /media/], [{ media: 'udp', 'round-trip': '-1' }, /round-trip/], [{ media: 'udp', 'round-trip': '100001' }, /round-trip/]]) {
      const bad = await post(b, '/result', values);
      assert.equal(bad.status, 400, bad.html);
      assert.match(bad.html, word);
    }
    for (const [values, state, value] of [[{ media: 'none', 'round-trip': '0' }, 'warn', /^not reached; tested 20/], [{ media: 'silent', 'round-trip': '8' }, 'warn', /^connected, but no picture came; tested/], [{ media: 'relay', 'round-trip': '9' }, 'warn', /^only by a TURN server; tested/], [{ media: 'udp', 'round-trip': '12' }, 'ok', /^reached, round trip 12 ms; tested/]]) {
      assert.equal((await post(b, '/result', values)).status, 204);
      const found = await udp();
      assert.equal(found.state, state);
      assert.match(found.value, value);
    }
    assert.match((await b.open(where)).text, /by root: UDP reached this server/);
    assert.match((await b.open(`${where}?lang=de`)).text, /von root: UDP erreichte diesen Server/);
  });
});
