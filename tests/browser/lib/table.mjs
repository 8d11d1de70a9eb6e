// People around a table, all in one page of Chromium: each is a client of the protocol by itself, with a voice that a test turns
// up and down, and a small picture that moves.
import { chromium } from 'playwright-core';
import { installClient } from './page_client.mjs';

/** Runs inside the page: somebody comes, and is in when it resolves. What it hears of our own messages is kept in `window.people[name].heard`. */
function come({ group, name, features, publishes }) {
  const person = { heard: [], types: new Set() };
  (window.people ??= {})[name] = person;
  /** A tone that is silent at first. */
  const voice = () => {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const gain = context.createGain();
    const out = context.createMediaStreamDestination();
    gain.gain.value = 0;
    tone.connect(gain).connect(out);
    tone.start();
    const [track] = out.stream.getAudioTracks();
    person.speak = (loudness) => { gain.gain.value = loudness; };
    person.click = (seconds) => {
      gain.gain.setValueAtTime(0.3, context.currentTime + 0.1);
      gain.gain.setValueAtTime(0, context.currentTime + 0.1 + seconds);
    };
    person.mute = (is) => { track.enabled = !is; };
    return track;
  };
  const picture = () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 });
    const pen = canvas.getContext('2d');
    let n = 0;
    setInterval(() => {
      pen.fillStyle = `hsl(${n % 360} 80% 50%)`;
      pen.fillRect((n * 7) % 160, (n * 3) % 120, 40, 30);
      n += 1;
    }, 100);
    return canvas.captureStream(10).getVideoTracks()[0];
  };
  const publish = (id, label, tracks) => person.publish(id, label, (pc) => {
    const stream = new MediaStream(tracks);
    for (const track of tracks) pc.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
  });
  person.share = () => publish(`${name}-screen`, 'screenshare', [picture()]);
  const arrival = new Promise((ok) => { person.isIn = ok; });
  Object.assign(person, window.joinAsClient({ group, name, features }, {
    on: {
      joined: async ({ kind }) => {
        if (kind !== 'join') return;
        person.isIn();
        person.say({ type: 'request', request: { '': ['audio', 'video'] } });
        if (publishes) await publish(name, 'camera', [voice(), picture()]);
      },
    },
    heard: (message) => {
      person.types.add(message.type);
      if (['speakers', 'streamState', 'layers'].includes(message.type)) person.heard.push({ ...message, at: performance.now() });
    },
  }));
  return arrival;
}

/** Runs inside the page: packets of video that somebody has got of each stream. */
async function countPackets(name) {
  const got = {};
  for (const [id, pc] of window.people[name].connections) {
    for (const s of (await pc.getStats()).values())
      if (s.type === 'inbound-rtp' && s.kind === 'video') got[id] = s.packetsReceived;
  }
  return got;
}

export class Table {
  /** @param {string} base the server's */
  static async set(base, group) {
    const table = new Table();
    table.group = group;
    table.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio', '--allow-loopback-in-peer-connection',
        '--autoplay-policy=no-user-gesture-required', '--ignore-certificate-errors'],
    });
    const context = await table.browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true });
    table.page = await context.newPage();
    await table.page.goto(`${base}/group/${group}/`);
    await table.page.evaluate(installClient);
    return table;
  }

  /** @param {{features?: string[], publishes?: boolean}} [how] */
  come(name, { features, publishes = false } = {}) { return this.page.evaluate(come, { group: this.group, name, features, publishes }); }

  /** @param {number} loudness 0 is silent, 0.5 is loud */
  speak(name, loudness) { return this.page.evaluate(([n, l]) => window.people[n].speak(l), [name, loudness]); }

  /** A short noise, by the sound card's clock. */
  click(name, seconds) { return this.page.evaluate(([n, s]) => window.people[n].click(s), [name, seconds]); }

  mute(name, is) { return this.page.evaluate(([n, m]) => window.people[n].mute(m), [name, is]); }

  share(name) { return this.page.evaluate((n) => window.people[n].share(), name); }

  say(name, message) { return this.page.evaluate(([n, m]) => window.people[n].say(m), [name, message]); }

  /** Our own messages of this type that somebody has heard. */
  heard(name, type) { return this.page.evaluate(([n, t]) => window.people[n].heard.filter((m) => m.type === t), [name, type]); }

  /** The types of all messages that somebody has got. */
  types(name) { return this.page.evaluate((n) => [...window.people[n].types], name); }

  /** Who speaks, by the last message: "ada! bo", with an exclamation mark who does so now. */
  async speakers(name) {
    const last = (await this.heard(name, 'speakers')).at(-1);
    return last?.value.map((s) => s.id + (s.speaks ? '!' : '')).join(' ');
  }

  packets(name) { return this.page.evaluate(countPackets, name); }

  leave() { return this.browser.close(); }
}
