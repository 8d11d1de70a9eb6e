// The page and its server agree on what is sent: how each picture is shown, which layers anybody receives, who speaks, and what a
// tile says when its picture is small or missing. Every line here is real: pages, server, the relay's slow line.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Relay, joinRelay } from '../lib/relay.mjs';
import { startServer } from '../lib/server.mjs';
import { axeViolations } from './lib/axe.mjs';
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

/** Runs inside a page before its own scripts: a microphone before which somebody speaks without end. The browser's own one beeps. */
function speakWithoutEnd() {
  if (!navigator.mediaDevices) return; // about:blank
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const media = await open(wanted);
    for (const beeps of media.getAudioTracks()) {
      const context = new AudioContext();
      const [tone, loudness] = [context.createOscillator(), context.createGain()];
      const microphone = context.createMediaStreamDestination();
      loudness.gain.value = 0.3;
      tone.connect(loudness).connect(microphone);
      tone.start();
      media.removeTrack(beeps);
      media.addTrack(microphone.stream.getAudioTracks()[0]);
    }
    return media;
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
    ada = await arrive('ada', [speakWithoutEnd]);
    bo = await arrive('bo');
  });
  after(async () => {
    for (const p of [ada, bo]) await p?.goHome();
    await server?.stop();
  });

  it('the page says what it knows, and sends two layers', async () => {
    await ada.join(server, 'meeting');
    const [join] = await said(ada, 'join');
    assert.deepEqual(join.features, ['keyframe', 'layers', 'recording', 'speakers', 'streamState']);
    await until('both layers have begun', async () => {
      const { h, l } = (await flow(ada)).layers;
      return h?.bytes > 0 && l?.bytes > 0;
    });
  });

  it('layers that nobody receives stop, while the camera stays on', async (t) => {
    const start = Date.now();
    await until('every layer is off', async () => Object.values((await flow(ada)).layers).every((l) => !l.isOn), 45000);
    t.diagnostic(`off after ${Date.now() - start} ms`);
    await new Promise((ok) => setTimeout(ok, 1000)); // what the browser paced is out
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
    await bo.page.setViewportSize({ width: 2200, height: 1500 });
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

  it('pictures that nobody sees stop, sound goes on, and they are back at once', async (t) => {
    const see = (state) => bo.page.evaluate((now) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => now });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
    await see('hidden');
    await until('it is told', async () => (await shown(bo)).hidden === true, 15000);
    await until('no picture comes', async () => {
      const first = await flow(bo);
      await new Promise((ok) => setTimeout(ok, 1000));
      return (await flow(bo)).received === first.received;
    });
    await bo.hears();
    await see('visible');
    t.diagnostic(`pictures after ${await pictures(bo, 'bo sees ada again', 6000)} ms`);
    await until('the tile says nothing of it', async () => await bo.page.locator(`${tileOf('ada')}.paused`).count() === 0);
  });

  it('a frame is around who speaks, by the server\'s word', async () => {
    const [{ id }] = await said(ada, 'handshake');
    const speaks = async () => (await heard(bo, 'speakers')).at(-1)?.value.find((s) => s.id === id)?.speaks;
    await until('the server says that ada speaks', async () => await speaks() === true);
    await bo.page.waitForSelector(`${tileOf('ada')}.speaking`);
    // Whether bo's beeps are speech is the server's to say: on a busy machine they run into each other.
    const [{ id: other }] = await said(bo, 'handshake');
    await until('a frame around bo as the server has it', async () => {
      const word = (await heard(ada, 'speakers')).at(-1)?.value.find((s) => s.id === other)?.speaks ?? false;
      return word === await ada.page.locator(tileOf('bo')).evaluate((tile) => tile.classList.contains('speaking'));
    });
    await ada.page.click('#mute');
    await bo.page.waitForSelector(`${tileOf('ada')}:not(.speaking)`);
    assert.equal(await speaks(), false);
    await ada.page.click('#mute');
    await bo.page.waitForSelector(`${tileOf('ada')}.speaking`);
    assert.equal(await speaks(), true);
  });

  it('the statistics say what the server sends', async () => {
    await bo.page.click('#open-settings');
    await bo.page.click('#show-stats');
    await until('ada\'s video has a state', async () => /(full|reduced)/.test(await bo.page.textContent('#stats-dialog') ?? ''));
    assert.deepEqual(await axeViolations(bo.page), []);
    await bo.page.click('#stats-dialog button:text("Close")');
    await bo.page.click('#close-settings');
  });

  it('a server that does not show that it knows is told nothing', async () => {
    const plain = await arrive('plain', [nameNoFeatures]);
    try {
      await plain.join(server, 'meeting', { media: 'none' });
      await pictures(plain, 'plain sees ada');
      await plain.page.waitForSelector(`${tileOf('ada')}.speaking`);
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

describe('a line that carries sound alone', () => {
  let server;
  let relay;
  let ada;
  let bo;

  before(async () => {
    server = await startServer({ groups: { meeting: anybody } });
    relay = await Relay.start(server.udpPort, { down: 'delay=20', up: 'delay=20' });
    ada = await arrive('ada');
    bo = await arrive('bo', [[joinRelay, { serverPort: relay.serverPort, port: relay.port }]]);
  });
  after(async () => {
    for (const p of [ada, bo]) await p?.goHome();
    await relay?.stop();
    await server?.stop();
  });

  it('the tile says so in words, axe has nothing against it, and the picture comes back', async (t) => {
    await ada.join(server, 'meeting');
    await bo.join(server, 'meeting', { media: 'none' });
    await pictures(bo, 'bo sees ada');
    relay.set('down', 'rate=70k,queue=300,delay=20');
    const paused = bo.page.locator(`${tileOf('ada')}.paused`);
    await until('the picture is paused', async () => await paused.count() === 1);
    assert.equal(await paused.locator('.tile-words').textContent(), 'Low bandwidth: only the sound');
    assert.match(await paused.getAttribute('aria-label') ?? '', /ada, Low bandwidth: only the sound$/);
    assert.deepEqual(await axeViolations(bo.page), []);
    await bo.photograph('adaptation-paused');
    await bo.hears();
    relay.set('down', 'delay=20');
    t.diagnostic(`pictures after ${await pictures(bo, 'bo sees ada again')} ms`);
    await until('the words are gone', async () => await paused.count() === 0);
  });
});

describe('the last speaker alone is seen', () => {
  let server;
  /** @type {Person[]} */
  let people = [];

  before(async () => {
    server = await startServer({ groups: { crowd: { ...anybody, 'last-n': 1 } } });
    people = [await arrive('bo'), await arrive('ada', [speakWithoutEnd]), await arrive('eve')];
  });
  after(async () => {
    for (const p of people) await p?.goHome();
    await server?.stop();
  });

  it('the others\' tiles say so, a pinned one is shown', async () => {
    const [bo, ada, eve] = people;
    await bo.join(server, 'crowd');
    await ada.join(server, 'crowd');
    await eve.join(server, 'crowd', { media: 'none' });
    await eve.page.waitForSelector(`${tileOf('ada')}.speaking`);
    const paused = eve.page.locator(`${tileOf('bo')}.paused .tile-words`);
    await until('bo is not shown', async () => await paused.count() === 1);
    assert.equal(await paused.textContent(), 'Not shown: not among the last speakers');
    assert.equal(await eve.page.locator(`${tileOf('ada')}.paused`).count(), 0);
    assert.deepEqual(await axeViolations(eve.page), []);
    await eve.photograph('adaptation-last-n');
    await eve.page.evaluate((tile) => document.querySelector(`${tile} [data-control=pin]`).click(), tileOf('bo'));
    await eve.page.waitForSelector(`${tileOf('bo')}:not(.paused)`);
  });
});
