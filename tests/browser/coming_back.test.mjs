// Nobody is left behind: a page that is loaded anew, one that slept, and a line on which only the media are gone.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Relay, joinRelay } from '../lib/relay.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { join } from '../lib/ws_client.mjs';
import { Person, until } from './lib/people.mjs';

const users = {
  ada: { password: 'secret-of-ada', permissions: 'present' }, bo: { password: 'secret-of-bo', permissions: 'present' },
  olga: { password: 'secret-of-olga', permissions: 'op' },
};
const groups = { club: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } }, closed: { users } };
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
    .every((names) => [a, b].every((p) => names.filter((n) => n === p.name).length === 1)), ms);
  await a.decodes(b);
  await b.decodes(a);
}

describe('a page that is loaded anew', () => {
  let server;
  /** @type {Person} */
  let ada;
  /** @type {Person} */
  let bo;

  before(async () => {
    server = await startServer({ groups });
    ada = await Person.arrive('ada', ['red', 'blue'], small);
    bo = await Person.arrive('bo', ['yellow', 'magenta'], small);
    await ada.page.addInitScript(watchDoor);
    await bo.join(server, 'closed', { password: 'secret-of-bo' });
    await comeIn();
    await bo.decodes(ada);
  });
  after(async () => {
    for (const person of [ada, bo]) await person?.goHome();
    await server?.stop();
  });

  const comeIn = () => ada.join(server, 'closed', { password: 'secret-of-ada' });

  /** Runs inside the page before its own scripts: notes whether the form was ever seen, and every notice. */
  function watchDoor() {
    const seen = { door: false, notices: [] };
    Object.assign(window, { seenForTests: seen });
    const look = () => {
      const door = document.getElementById('login');
      seen.door ||= Boolean(door?.checkVisibility());
      for (const e of document.querySelectorAll('.notice p')) if (!seen.notices.includes(e.textContent)) seen.notices.push(e.textContent);
      requestAnimationFrame(look);
    };
    look();
  }
  const seen = () => ada.page.evaluate(() => window.seenForTests);
  const phase = (page = ada.page) => page.getAttribute('body', 'data-phase');
  const pressed = (id) => ada.page.getAttribute(id, 'aria-pressed');

  /** Loads ada's page anew, and waits until she is in. @returns {Promise<number>} ms */
  async function reload() {
    const start = Date.now();
    await ada.page.reload();
    await until('she is in again', async () => await phase() === 'joined', BACK_MS);
    const ms = Date.now() - start;
    assert.equal((await seen()).door, false, 'the form was not shown');
    return ms;
  }

  /** @param {import('../lib/ws_client.mjs').Client} witness @param {(data: any) => unknown} fits */
  const hearsOfAda = (witness, what, fits) => witness.wait((m) => m.type === 'user' && m.kind !== 'delete' && m.username === 'ada' && fits(m.data ?? {}), what, BACK_MS);

  it('is in the meeting as it was: camera, muted microphone and hand, without the form', async (t) => {
    const witness = await join(t, server, 'closed', 'olga', 'secret-of-olga');
    await ada.page.click('#mute');
    await ada.page.click('#raise');
    await ada.opens('chat');
    await ada.says('mine before and after');
    await ada.page.fill('#chat-input', 'half a sen');
    const { data } = await hearsOfAda(witness, 'a hand', (d) => d.raisehand && d.muted);
    witness.inbox.length = 0;
    t.diagnostic(`in again after ${await reload()} ms`);
    await ada.photograph('reload-back');
    const again = await hearsOfAda(witness, 'the hand again', (d) => d.raisehand && d.muted);
    assert.equal(again.data.raisehandtime, data.raisehandtime, 'the hand keeps its place in the queue');
    await allIsWell(ada, bo, BACK_MS);
    assert.equal(await pressed('#mute'), 'true');
    assert.equal(await pressed('#camera'), 'false');
    await until('it says so', async () => (await seen()).notices.includes('You are back in the meeting.'));
    assert.equal(await ada.page.inputValue('#chat-input'), 'half a sen');
    await ada.page.waitForSelector('.chat-entry.mine:has-text("mine before and after")');
    await ada.page.fill('#chat-input', '');
    const kept = await ada.page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, history.state]));
    assert.match(kept, /raisehandtime/);
    assert.doesNotMatch(kept, /secret-of-ada/);
    // Heard again as soon as she wishes.
    await ada.page.click('#mute');
    await hearsOfAda(witness, 'unmuted', (d) => !d.muted);
    await bo.hears();
    await ada.page.click('#raise');
  });

  it('again and again, and by going back in the history', async () => {
    await reload();
    await reload();
    await ada.page.goto(`${server.base}/`);
    await ada.page.goBack();
    await until('she is in again', async () => await phase() === 'joined', BACK_MS);
    await allIsWell(ada, bo, BACK_MS);
  });

  it('a camera that was off stays off', async () => {
    await ada.page.click('#camera');
    await until('the camera is off', async () => await pressed('#camera') === 'true' && await pressed('#mute') === 'false');
    await reload();
    await until('the microphone is on', async () => await pressed('#mute') === 'false');
    await bo.hears();
    assert.equal(await pressed('#camera'), 'true');
    assert.equal(await ada.page.evaluate(() => window.peerConnectionsForTests.flatMap((pc) => pc.getSenders())
      .some((x) => x.track?.kind === 'video')), false);
    await ada.page.click('#camera');
    await bo.decodes(ada);
  });

  it('a tab that was duplicated does not put out the first one', async () => {
    const [copy] = await Promise.all([ada.context.waitForEvent('page'), ada.page.evaluate(() => { window.open(location.href); })]);
    await copy.waitForSelector('#login:visible');
    assert.match(await copy.evaluate(() => JSON.stringify({ ...sessionStorage })), /raisehand|secret/);
    await copy.reload();
    await copy.waitForSelector('#login:visible');
    await copy.close();
    assert.equal(await phase(), 'joined');
    assert.ok(await isBack(ada));
  });

  it('without devices where the browser does not allow them any more, and says so', async () => {
    // As a browser answers after a person has withdrawn the permission; the one here is made to grant it always.
    await ada.page.addInitScript(() => {
      if (!sessionStorage.getItem('refuses')) return;
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
    });
    await ada.page.evaluate(() => sessionStorage.setItem('refuses', 'yes'));
    await reload();
    await until('it says so', async () => (await seen()).notices.some((n) => /camera/.test(n)));
    assert.equal(await pressed('#camera'), 'true');
    assert.ok(await ada.sees('bo'));
    await ada.page.evaluate(() => sessionStorage.removeItem('refuses'));
  });

  it('whose account is gone sees the form, with the name', async () => {
    const { ada: gone, ...others } = users;
    assert.ok(gone);
    server.writeGroup('closed', { users: others });
    await until('the server knows', async () => (await ada.page.evaluate(() => document.getElementById('camera-pair').hidden)));
    await ada.page.reload();
    await ada.page.waitForSelector('#login:visible');
    assert.equal(await ada.page.inputValue('#username'), 'ada');
    assert.equal(await ada.page.inputValue('#password'), '');
    server.writeGroup('closed', { users });
  });

  it('who left, or was put out, sees the form', async (t) => {
    const witness = await join(t, server, 'closed', 'olga', 'secret-of-olga');
    await until('she may come in', async () => {
      if (await phase() === 'joined') return true;
      await ada.page.fill('#password', 'secret-of-ada');
      await ada.page.click('#join');
      await sleep(1000);
      return false;
    });
    const { id } = await witness.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === 'ada');
    witness.say({ type: 'useraction', kind: 'kick', dest: id });
    await ada.page.waitForSelector('#login:visible');
    await ada.page.reload();
    await ada.page.waitForSelector('#login:visible');
    await comeIn();
    await ada.page.click('#leave');
    const sure = ada.page.locator('.dialog button[type="submit"], dialog[open] button[value="ok"]');
    if (await sure.count()) await sure.first().click();
    await ada.page.waitForSelector('#login:visible');
    await ada.page.reload();
    await ada.page.waitForSelector('#login:visible');
    assert.equal(await ada.page.evaluate(() => Object.keys(sessionStorage).filter((k) => k.startsWith('place')).length), 0);
  });

  it('an encrypted meeting is one again', async () => {
    // Over another page: a change behind the # alone loads nothing.
    for (const p of [ada, bo]) {
      await p.page.goto(`${server.base}/`);
      await p.join(server, 'club', { fragment: '#key=correct-horse' });
    }
    await allIsWell(ada, bo, BACK_MS);
    await reload();
    await allIsWell(ada, bo, BACK_MS);
    assert.match(ada.page.url(), /#key=correct-horse$/);
  });

  it('nothing was complained of', async () => {
    for (const p of [ada, bo]) assert.deepEqual(await p.complaints(), []);
  });
});

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
