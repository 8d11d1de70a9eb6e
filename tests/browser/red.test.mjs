// Redundant audio (RFC 2198) in real browsers: a publisher that prefers it sends it, who takes it gets it, and all others hear the
// same sound without it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { decode, finishedRecordings, probe } from '../lib/recorded.mjs';
import { Relay, joinRelay } from '../lib/relay.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { chromiumFlags } from './lib/caller.mjs';
import { until } from './lib/people.mjs';
import { installClient } from './lib/page_client.mjs';
import { enterRedCall, sumUpRedCall } from './lib/red_call.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' }, 'allow-recording': true };
const SECONDS = 5;
const LOSS = 0.15;
const lossy = `loss=${100 * LOSS}`;

describe('redundant audio', () => {
  let server;
  let browser;
  const pages = {};
  const relays = {};

  const enter = async (name, how, group = 'meeting') => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true });
    const page = await context.newPage();
    relays[name] = await Relay.start(server.udpPort);
    await page.addInitScript(joinRelay, relays[name].way);
    await page.goto(`${server.base}/group/${group}/`);
    await page.evaluate(installClient);
    await page.evaluate(enterRedCall, { group, name, ...how });
    pages[name] = page;
  };
  const look = (name) => pages[name].evaluate(sumUpRedCall);
  const say = (name, message) => pages[name].evaluate((m) => window.call.say(m), message);
  /** What becomes of everybody's sound in some seconds. */
  const measure = async (t, names) => {
    const first = await Promise.all(names.map(look));
    await sleep(SECONDS * 1000);
    const last = await Promise.all(names.map(look));
    const passed = last.map((sums, i) => Object.fromEntries(Object.entries(sums).map(([k, v]) => [k, v - first[i][k]])));
    names.forEach((name, i) => t.diagnostic(`${name}: ${JSON.stringify(passed[i])}`));
    return passed;
  };
  /**
   * The reports of a browser that gets no time look like those of a full line, on which nothing is sent twice: measured again
   * then, six times in all.
   */
  const measureUntil = async (t, names, holds) => {
    for (let left = 5; ; left--) {
      const passed = await measure(t, names);
      if (left === 0 || holds(...passed)) return passed;
    }
  };
  const share = ({ concealed, samples }) => concealed / samples;

  before(async () => {
    server = await startServer({ groups: { meeting: anybody, other: anybody } });
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: chromiumFlags });
    await enter('anna', { publishes: 'red' });
    await enter('takes', {});
    await enter('strips', { strips: true, isMute: true });
    await enter('plain', { strips: true });
    for (const name of ['takes', 'strips', 'plain']) await until(`${name} hears anna`, async () => (await look(name)).energy > 0);
  });
  after(async () => {
    await browser?.close();
    for (const relay of Object.values(relays)) await relay.stop();
    await server?.stop();
  });

  it('makes up for what the line to a receiver loses, or else each packet comes twice; who answers without it hears the sound alone', async (t) => {
    for (const name of ['takes', 'strips', 'plain']) relays[name].set('down', lossy);
    await sleep(5000); // so long the server takes to see that a line loses by chance
    const [anna, takes, strips, plain] = await measureUntil(t, ['anna', 'takes', 'strips', 'plain'],
      (...[, , once, twice]) => twice.lost < once.lost / 2);
    for (const name of ['takes', 'strips', 'plain']) relays[name].set('down', 'clear');
    for (const { energy } of [takes, strips]) assert.ok(energy > 0);
    for (const { lost } of [takes, strips]) assert.ok(lost > anna.sent * LOSS / 3, `${lost} of ${anna.sent} lost`);
    assert.ok(share(takes) < takes.lost / anna.sent / 2, `${share(takes)} concealed, ${takes.lost} of ${anna.sent} lost`);
    assert.ok(share(takes) < share(strips) / 2, `${share(takes)} and ${share(strips)} concealed`);
    // of a line that is known to lose by chance: each packet comes twice
    assert.ok(plain.lost < strips.lost / 2, `${plain.lost} and ${strips.lost} lost`);
    assert.ok(share(plain) < share(strips) / 2, `${share(plain)} and ${share(strips)} concealed`);
    // each frame twice, and once
    const size = ({ bytes, packets }) => bytes / packets;
    assert.ok(size(strips) < 0.7 * size(takes), `${size(strips)} and ${size(takes)} bytes a packet`);
    assert.ok(size(takes) > 0.9 * anna.sentBytes / anna.sent);
  });

  // By what is concealed: Chromium tries its line with packets of padding, too, and nobody makes up for those.
  const isMadeUpFor = (publisher, receiver) => share(receiver) < publisher.reported / publisher.sent / 2;

  it('makes up for what the line of the publisher loses, for those without it and in a recording', async (t) => {
    await say('anna', { type: 'groupaction', kind: 'record' });
    const began = Date.now();
    relays.anna.set('up', lossy);
    const [anna, strips] = await measureUntil(t, ['anna', 'strips'], isMadeUpFor);
    await say('anna', { type: 'groupaction', kind: 'unrecord' });
    relays.anna.set('up', 'clear');
    assert.ok(strips.energy > 0);
    assert.ok(anna.reported > anna.sent * LOSS / 3, `${anna.reported} of ${anna.sent} reported as lost`);
    assert.ok(isMadeUpFor(anna, strips), `${share(strips)} concealed, ${anna.reported} of ${anna.sent} lost`);
    const [file] = await finishedRecordings(server, 'meeting', 1);
    const { duration, streams } = await probe(file);
    assert.deepEqual(streams.map((s) => s.codec), ['opus']);
    assert.ok(duration > SECONDS - 1 && duration < (Date.now() - began) / 1000 + 1, `${duration} s`);
    assert.equal(await decode(file), '');
  });

  it('is not what Chromium sends of its own accord', async () => {
    await enter('carl', { publishes: 'default' }, 'other');
    await until('carl sends', async () => (await look('carl')).sent > 50);
    assert.match(await pages.carl.evaluate(() => window.call.connections.get('sound').remoteDescription.sdp), /^m=audio \d+ \S+ 111 63\b/m);
    const [anna, carl] = [await look('anna'), await look('carl')];
    assert.ok(carl.sentBytes / carl.sent < 0.7 * anna.sentBytes / anna.sent, `${carl.sentBytes / carl.sent} bytes a packet`);
  });
});
