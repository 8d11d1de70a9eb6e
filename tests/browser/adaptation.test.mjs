// The page and its server agree on what is sent: how each picture is shown, which layers anybody receives, who speaks, and what a
// tile says when its picture is small or missing. Every line here is real: pages, server, the relay's slow line.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Person, until } from './lib/people.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

/** Runs inside a page before its own scripts: keeps what it says to the server, and what it hears. */
function listenToSockets() {
  window.saidForTests = [];
  window.heardForTests = [];
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function keep(text) {
    if (!window.saidForTests.length) this.addEventListener('message', (e) => window.heardForTests.push(JSON.parse(e.data)));
    window.saidForTests.push(JSON.parse(text));
    return send.call(this, text);
  };
}

/** Runs inside a page before its own scripts: a client that names no features. */
function nameNoFeatures() {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function leaveOut(text) {
    const { features, ...rest } = JSON.parse(text);
    return send.call(this, JSON.stringify(rest));
  };
}

/** @param {string} name @param {(Function|[Function, any])[]} [scripts] run before the page's own */
async function arrive(name, scripts = []) {
  const person = await Person.arrive(name, null);
  await person.page.addInitScript(listenToSockets);
  for (const script of scripts) await person.page.addInitScript(...[script].flat());
  return person;
}

/** Messages of a type that the page has sent, oldest first. */
const said = (person, type) => person.page.evaluate((t) => window.saidForTests.filter((m) => m.type === t), type);
/** Messages of a type that the page has received, oldest first. */
const heard = (person, type) => person.page.evaluate((t) => window.heardForTests.filter((m) => m.type === t), type);
/** All that the page has said of how it shows the only stream that it receives. */
const shown = async (person) => Object.assign({}, ...(await said(person, 'requestStream')).map((m) => m.value));

/** Video that each layer has sent and whether it is on, by rid; video and pictures received. */
const flow = (person) => person.page.evaluate(async () => {
  const sum = { layers: {}, received: 0, frames: 0 };
  for (const pc of window.peerConnectionsForTests) {
    if (pc.connectionState === 'closed') continue;
    for (const s of (await pc.getStats()).values()) {
      if (s.kind !== 'video') continue;
      if (s.type === 'outbound-rtp') sum.layers[s.rid ?? ''] = { bytes: s.bytesSent, isOn: s.active };
      if (s.type !== 'inbound-rtp') continue;
      sum.received += s.bytesReceived;
      sum.frames += s.framesDecoded ?? 0;
    }
  }
  return sum;
});

/** Waits until pictures come, and go on to. @returns {Promise<number>} milliseconds until there were five new ones */
async function pictures(person, what, ms) {
  const start = Date.now();
  const { frames } = await flow(person);
  await until(what, async () => (await flow(person)).frames >= frames + 5, ms);
  return Date.now() - start;
}

const tileOf = (name) => `.tile[data-username="${name}"][data-label="camera"]`;

describe('a page and its server agree on what is sent', () => {
  let server;
  /** @type {Person} */
  let ada;
  /** @type {Person} */
  let bo;

  before(async () => {
    server = await startServer({ groups: { meeting: anybody } });
    ada = await arrive('ada');
    bo = await arrive('bo');
  });
  after(async () => {
    for (const p of [ada, bo]) await p?.goHome();
    await server?.stop();
  });

  it('the page says what it knows, and sends two layers', async () => {
    await ada.join(server, 'meeting');
    const [join] = await said(ada, 'join');
    assert.deepEqual(join.features, ['layers', 'speakers', 'streamState']);
    await until('both layers have begun', async () => {
      const { h, l } = (await flow(ada)).layers;
      return h?.bytes > 0 && l?.bytes > 0;
    });
  });

  it('layers that nobody receives stop, while the camera stays on', async (t) => {
    const start = Date.now();
    await until('every layer is off', async () => Object.values((await flow(ada)).layers).every((l) => !l.isOn), 45000);
    t.diagnostic(`off after ${Date.now() - start} ms`);
    const first = await flow(ada);
    await new Promise((ok) => setTimeout(ok, 1000));
    assert.deepEqual((await flow(ada)).layers, first.layers, 'bytes of layers that are off');
    assert.equal(await ada.page.evaluate(() => document.querySelector('.tile.own video').srcObject.getVideoTracks()[0].readyState), 'live');
    assert.equal((await said(ada, 'offer')).length, 1, 'no negotiation');
  });

  it('they come back when somebody comes', async (t) => {
    await bo.join(server, 'meeting', { media: 'mic' });
    t.diagnostic(`pictures after ${await pictures(bo, 'bo sees ada', 6000)} ms`);
    assert.equal((await said(ada, 'offer')).length, 1, 'no negotiation');
  });

  it('the server is told how high the picture is shown', async () => {
    await until('a height is told', async () => (await shown(bo)).height);
    const isRight = async () => {
      const { height } = await shown(bo);
      return bo.page.evaluate(([tile, told]) => {
        const video = document.querySelector(`${tile} video`);
        const [w, h] = [video.clientWidth, video.clientHeight];
        const pixels = Math.min(h, (w * video.videoHeight) / video.videoWidth) * devicePixelRatio;
        return Math.abs(told - pixels) <= 0.2 * pixels;
      }, [tileOf('ada'), height]);
    };
    await until('it is the height of the picture', isRight);
    const { height, pinned, hidden } = await shown(bo);
    assert.deepEqual([pinned, hidden], [false, false]);
    await bo.page.setViewportSize({ width: 1700, height: 1200 });
    await until('the new height is told', async () => (await shown(bo)).height > 1.3 * height);
    await until('that is right too', isRight);
  });

  it('and when it is put on stage', async () => {
    const pin = () => bo.page.evaluate((tile) => document.querySelector(`${tile} [data-control=pin]`).click(), tileOf('ada'));
    await pin();
    await until('it is told', async () => (await shown(bo)).pinned === true);
    await pin();
    await until('that it is no more, too', async () => (await shown(bo)).pinned === false);
  });

  it('a server that does not show that it knows is told nothing', async () => {
    const plain = await arrive('plain', [nameNoFeatures]);
    try {
      await plain.join(server, 'meeting', { media: 'none' });
      await pictures(plain, 'plain sees ada');
      await plain.page.setViewportSize({ width: 500, height: 700 });
      await new Promise((ok) => setTimeout(ok, 1500));
      assert.deepEqual((await said(plain, 'requestStream')).filter((m) => m.value), []);
      for (const type of ['speakers', 'streamState', 'layers']) assert.deepEqual(await heard(plain, type), [], type);
      assert.deepEqual(await plain.complaints(), []);
    } finally {
      await plain.goHome();
    }
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const p of [ada, bo]) assert.deepEqual(await p.complaints(), []);
  });
});
