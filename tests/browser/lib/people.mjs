// People in front of real browsers: each opens the group page, joins, and looks at the others. Only what both drivers' pages have
// (Playwright's for Chromium, Puppeteer's for Firefox) is used by the methods here; how a browser is opened differs.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { colours, writeCamera } from './camera.mjs';

/** Screenshots are kept here: test artefacts to be looked at. */
export const artefacts = process.env.NEREID_ARTEFACTS ??
  join(dirname(fileURLToPath(import.meta.url)), '../../../build/artefacts');
mkdirSync(artefacts, { recursive: true });

/** Waits until `probe` gives something truthy; the time-out is generous, the event is what counts. */
export async function until(what, probe, ms = 60000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    last = await probe();
    if (last) return last;
    assert.ok(Date.now() < end, `${what}: not seen in ${ms} ms (last: ${JSON.stringify(last)})`);
    await new Promise((ok) => setTimeout(ok, 100));
  }
}

const chromiumFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
  '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required',
  '--auto-select-desktop-capture-source=Entire screen', '--ignore-certificate-errors',
];

/** Runs inside the page before its own scripts: keeps peer connections for getStats(). */
export function keepPeerConnections() {
  const Original = window.RTCPeerConnection;
  const kept = [];
  window.peerConnectionsForTests = kept;
  window.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args);
      kept.push(this);
    }
  };
  window.violationsForTests = [];
  document.addEventListener('securitypolicyviolation', (e) => {
    window.violationsForTests.push(`${e.violatedDirective} ${e.blockedURI}`);
  });
}

/** One person: a browser of their own with a camera of their own. */
export class Person {
  /**
   * @param {string} name user name
   * @param {[string, string]|null} halves colours of the camera's picture, names out of `colours`; null: the browser's own camera
   */
  constructor(name, halves) {
    this.name = name;
    this.halves = halves;
    this.scratch = mkdtempSync(join(tmpdir(), 'nereid-person-'));
    this.errors = [];
  }

  /**
   * Somebody with Chromium.
   * @param {string} name
   * @param {[string, string]|null} halves null: the camera that the browser makes up, 1280 × 720 for our page
   * @param {import('playwright-core').BrowserContextOptions & {args?: string[]}} [options]   of the context; `args` are the browser's
   */
  static async arrive(name, halves, { args = [], ...context } = {}) {
    const person = new Person(name, halves);
    const camera = join(person.scratch, 'camera.y4m');
    if (halves) writeCamera(camera, halves);
    person.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [...chromiumFlags, ...(halves ? [`--use-file-for-fake-video-capture=${camera}`] : []), ...args],
    });
    // Wide enough for videos, people and chat at once; half the pixels, since here the processor draws them.
    const screen = { viewport: { width: 1600, height: 900 }, deviceScaleFactor: 0.5 };
    person.context = await person.browser.newContext({ ignoreHTTPSErrors: true, ...screen, ...context });
    person.page = await person.context.newPage();
    await person.page.addInitScript(keepPeerConnections);
    person.listen();
    return person;
  }

  /** Keeps what the page throws, and has patience with a busy machine. */
  listen() {
    this.page.setDefaultTimeout(60000);
    this.page.on('pageerror', (e) => this.errors.push(String(e)));
  }

  /**
   * Opens the group's page and logs in. `media` is what the log-in form offers: camera, mic, none. `fragment`: of the address,
   * with its `#`.
   */
  async join(server, group, { password = '', media = 'camera', fragment = '' } = {}) {
    await this.page.goto(`${server.base}/group/${group}/${fragment}`);
    await this.page.locator('#username').fill(this.name);
    if (password) await this.page.locator('#password').fill(password);
    await this.page.evaluate((value) => {
      document.querySelector(`#login-form input[name="media"][value="${value}"]`).click();
    }, media);
    await this.page.locator('#join').click();
    await until(`${this.name} is in the user list`, () => this.sees(this.name));
  }

  /** Chooses an entry of the menu "more" of the bar, by its id or its `data-action`. */
  async choose(entry) {
    await this.page.locator('#more').click();
    await this.page.locator(`.menu :is(#${entry}, [data-action="${entry}"])`).click();
  }

  /** Opens the list of people or the chat, unless it is open. @param {'users'|'chat'} pane */
  async opens(pane) {
    if (!await this.page.isVisible(pane === 'chat' ? '#chat' : '#users-pane')) await this.page.click(`#toggle-${pane}`);
  }

  /** Types a line of chat or a command. @param {string} text */
  async says(text) {
    await this.opens('chat');
    await this.page.fill('#chat-input', text);
    await this.page.press('#chat-input', 'Enter');
  }

  /** True when the user list shows somebody of that name. */
  async sees(name) {
    return (await this.usernames('#users [data-username]')).includes(name);
  }

  /** How many tiles of that person there are. */
  async tiles(name) {
    return (await this.usernames('.tile')).filter((n) => n === name).length;
  }

  /** The names that the elements of a selector carry, in the page's order. */
  usernames(selector) {
    return this.page.evaluate((s) => Array.from(document.querySelectorAll(s), (e) => e.dataset.username), selector);
  }

  /**
   * Somebody's video as it is shown here, or null while there is none: the median colours of its left and right half, and a row
   * of its pixels, which differs from frame to frame. (Firefox counts no frames of a stream in getVideoPlaybackQuality().)
   * @param {string} name whose
   * @param {string} label of which stream
   */
  look(name, label = 'camera') {
    return this.page.evaluate(([who, what]) => {
      const tile = Array.from(document.querySelectorAll('.tile'))
        .find((t) => t.dataset.username === who && t.dataset.label === what);
      const video = tile?.querySelector('video');
      if (!video || video.readyState < 2 || !video.videoWidth) return null;
      const canvas = document.createElement('canvas');
      canvas.width = 64;
      canvas.height = 48;
      const paint = canvas.getContext('2d');
      paint.drawImage(video, 0, 0, 64, 48);
      const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
      const half = (x) => {
        const data = paint.getImageData(x, 4, 24, 40).data;
        return [0, 1, 2].map((c) => median(Array.from(data).filter((_, i) => i % 4 === c)));
      };
      return {
        halves: [half(4), half(36)],
        row: paint.getImageData(0, 24, 64, 1).data.join(),
      };
    }, [name, label]);
  }

  /** Waits until `other`'s own picture is shown here and moves; returns the milliseconds it took. */
  async decodes(other) {
    const start = Date.now();
    await this.seesStream(other, 'camera', () => other.halves.map((c) => colours[c].rgb));
    return Date.now() - start;
  }

  /** Waits until the screen that `other` shares is shown here as it is shown there, and moves. */
  async decodesScreen(other) {
    await this.seesStream(other, 'screenshare', async () => (await other.look(other.name, 'screenshare'))?.halves);
  }

  /**
   * Waits until one of `other`'s streams has the wanted colours here, and moves.
   * @param {Person} other
   * @param {string} label
   * @param {() => number[][]|undefined|Promise<number[][]|undefined>} wanted colours of the halves
   */
  async seesStream(other, label, wanted) {
    await until(`${this.name} sees ${other.name}'s ${label}`, async () => {
      const [seen, colour] = [await this.look(other.name, label), await wanted()];
      return seen && colour?.every((c, i) => near(seen.halves[i], c));
    });
    const rows = new Set();
    await until(`${other.name}'s ${label} moves for ${this.name}`, async () => {
      const seen = await this.look(other.name, label);
      return seen && rows.add(seen.row).size > 5;
    });
  }

  /** Sums over all peer connections of this page that are open. */
  async received() {
    return this.page.evaluate(async () => {
      const sum = { audioEnergy: 0, framesDecoded: 0, packetsLost: 0, packetsReceived: 0 };
      for (const pc of window.peerConnectionsForTests) {
        if (pc.connectionState === 'closed') continue;
        for (const s of (await pc.getStats()).values()) {
          if (s.type !== 'inbound-rtp') continue;
          sum.audioEnergy += s.totalAudioEnergy ?? 0;
          sum.framesDecoded += s.framesDecoded ?? 0;
          sum.packetsLost += s.packetsLost ?? 0;
          sum.packetsReceived += s.packetsReceived ?? 0;
        }
      }
      return sum;
    });
  }

  /** How each open peer connection stands, and what came in on it: for the report of a failure. */
  connections() {
    return this.page.evaluate(() => Promise.all(window.peerConnectionsForTests
      .filter((pc) => pc.connectionState !== 'closed')
      .map(async (pc) => `${pc.iceConnectionState} ${pc.connectionState} ${pc.signalingState}: ${
        [...(await pc.getStats()).values()].filter((s) => s.type === 'inbound-rtp')
          .map((s) => `${s.kind} ${s.packetsReceived} packets ${s.framesDecoded ?? ''}`).join(', ')}`)));
  }

  /** Waits for sound: energy that grows. */
  async hears() {
    const before = (await this.received()).audioEnergy;
    await until(`${this.name} hears something`, async () =>
      (await this.received()).audioEnergy > before + 1e-4);
  }

  /** Keeps a picture of the page. */
  async photograph(file) {
    await this.page.screenshot({ path: join(artefacts, `${file}.png`) });
  }

  /** What the Content-Security-Policy refused, and uncaught errors. */
  async complaints() {
    const violations = await this.page.evaluate(() => window.violationsForTests ?? []);
    return [...this.errors, ...violations];
  }

  async goHome() {
    await this.browser.close();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** Colours survive 4:2:0 and VP8 within this distance for each channel. */
function near(seen, wanted) {
  return seen.every((v, i) => Math.abs(v - wanted[i]) < 70);
}
