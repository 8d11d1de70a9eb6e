// Nobody is left behind: a page that slept, and a line on which only the media are gone.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Relay, joinRelay } from '../lib/relay.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { Person, until } from './lib/people.mjs';

const groups = { club: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } };
/** Small: the processor draws the windows here. */
const small = { viewport: { width: 800, height: 500 } };
/** Three times the fifteen seconds that coming back may take. */
const BACK_MS = 45000;
/** Three times what the server waits for a silent connection: 45 s, looked at every 10 s. */
const SILENCE_MS = 165000;
/** Three times the three seconds without a path after which people are told. */
const TOLD_MS = 9000;

/** @param {Person} p */
const isBack = (p) => p.page.evaluate(() => document.body.dataset.phase === 'joined' && document.getElementById('banner').hidden);

/**
 * Both are in the group once, and see each other's pictures move.
 * @param {Person} a @param {Person} b @param {number} [ms]
 */
async function allIsWell(a, b, ms) {
  await until(`${a.name} is back`, async () => (await isBack(a)) && (await isBack(b)), ms);
  await until('each is there once', async () => (await Promise.all([a, b].map((p) => p.usernames('#users [data-username]'))))
    .every((names) => names.length === 2 && names.includes(a.name) && names.includes(b.name)), ms);
  await a.decodes(b);
  await b.decodes(a);
}

describe('a page that sleeps', () => {
  let server;
  /** @type {Person} */
  let ada;
  /** @type {Person} */
  let bo;

  before(async () => {
    server = await startServer({ groups });
    ada = await Person.arrive('ada', ['red', 'blue'], small);
    bo = await Person.arrive('bo', ['yellow', 'magenta'], small);
    await ada.join(server, 'club');
    await bo.join(server, 'club');
    await allIsWell(ada, bo);
  });
  after(async () => {
    for (const person of [ada, bo]) await person?.goHome();
    await server?.stop();
  });

  /** The processes that run somebody's pages. @param {Person} p @returns {Promise<number[]>} */
  async function renderers(p) {
    const browser = await p.browser.newBrowserCDPSession();
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
    return processInfo.filter((x) => x.type === 'renderer').map((x) => x.id);
  }

  // The server puts out who is silent for 45 seconds; that it was an hour makes no difference to either side then.
  it('longer than the server waits: it is back by itself, seen and heard', async (t) => {
    const asleep = await renderers(ada);
    const start = Date.now();
    for (const pid of asleep) process.kill(pid, 'SIGSTOP');
    try {
      await until('the server has given her up', async () => !(await bo.sees('ada')), SILENCE_MS);
      t.diagnostic(`given up after ${Math.round((Date.now() - start) / 1000)} s`);
      await sleep(5000); // and the page sleeps on
    } finally {
      for (const pid of asleep) process.kill(pid, 'SIGCONT');
    }
    const woken = Date.now();
    await allIsWell(ada, bo, BACK_MS);
    t.diagnostic(`back ${Date.now() - woken} ms after it woke`);
    assert.ok(Date.now() - woken < BACK_MS, `${Date.now() - woken} ms`);
    assert.deepEqual(await ada.complaints(), []);
  });
});

describe('a line on which UDP is gone, and the WebSocket lives', () => {
  let server;
  /** @type {Relay} */
  let relay;
  /** @type {Person} behind the relay */
  let ada;
  /** @type {Person} */
  let bo;

  before(async () => {
    server = await startServer({ groups });
    relay = await Relay.start(server.udpPort);
    ada = await Person.arrive('ada', ['red', 'blue'], small);
    bo = await Person.arrive('bo', ['yellow', 'magenta'], small);
    await ada.page.addInitScript(joinRelay, relay.way);
    await ada.page.addInitScript(watchLine);
    await ada.join(server, 'club');
    await bo.join(server, 'club');
    await allIsWell(ada, bo);
  });
  after(async () => {
    for (const person of [ada, bo]) await person?.goHome();
    await relay?.stop();
    await server?.stop();
  });

  /** Runs inside the page before its own scripts: counts WebSockets, and notes when no path is left and when the banner is shown. */
  function watchLine() {
    const line = { sockets: 0, lostAt: 0, toldAt: 0 };
    Object.assign(window, { lineForTests: line });
    const Original = window.WebSocket;
    window.WebSocket = class extends Original {
      constructor(...args) {
        super(...args);
        line.sockets++;
      }
    };
    setInterval(() => {
      const live = window.peerConnectionsForTests.filter((pc) => pc.connectionState !== 'closed' && pc.iceConnectionState !== 'new');
      const hasPath = live.some((pc) => ['connected', 'completed'].includes(pc.iceConnectionState));
      if (hasPath || !live.length) line.lostAt = 0;
      else line.lostAt ||= performance.now();
      const banner = document.getElementById('banner');
      if (!banner || banner.hidden) line.toldAt = 0;
      else line.toldAt ||= performance.now();
    }, 50);
  }
  const line = () => ada.page.evaluate(() => window.lineForTests);

  /** @param {string} settings of both directions */
  function both(settings) {
    relay.set('up', settings);
    relay.set('down', settings);
  }

  for (const [how, ms] of [['for a moment', 0], ['for longer than the server waits for a sign of life', 40000]]) {
    it(`${how}: the banner says so, and the media are back with UDP`, async (t) => {
      const { sockets } = await line();
      both('loss=100');
      try {
        const told = await until('the banner', async () => {
          const { lostAt, toldAt } = await line();
          return lostAt && toldAt && toldAt - lostAt;
        });
        t.diagnostic(`told ${Math.round(told)} ms after the last path was lost`);
        assert.ok(told < TOLD_MS, `${told} ms`);
        assert.ok(await ada.sees('bo'), 'she is in the group all the time');
        await sleep(ms);
        assert.ok(await bo.sees('ada'));
        assert.equal((await line()).sockets, sockets, 'the connection to the server was well');
      } finally {
        both('clear');
      }
      const clear = Date.now();
      await allIsWell(ada, bo, BACK_MS);
      t.diagnostic(`back ${Date.now() - clear} ms after UDP`);
      assert.ok(Date.now() - clear < BACK_MS, `${Date.now() - clear} ms`);
      assert.equal((await line()).sockets, sockets, 'by new paths, not by a new connection');
      assert.deepEqual(await ada.complaints(), []);
    });
  }
});
