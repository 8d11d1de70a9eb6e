// Runs inside a network namespace: brings up its network, a server, Chromium and Firefox, and lets
// them meet. Exit status 0 means that each decoded the other's picture and sound.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { startServer } from '../../lib/server.mjs';
import { Person, until } from './people.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
const ip = (...args) => execFileSync('ip', args, { stdio: 'inherit' });

function bringUpNetwork() {
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there');
  for (const end of ['here', 'there']) {
    ip('link', 'set', end, 'addrgenmode', 'none');
    ip('link', 'set', end, 'up');
  }
  ip('addr', 'add', '10.99.0.1/24', 'dev', 'here');
  ip('route', 'add', 'default', 'via', '10.99.0.2');
}

async function arriveWithFirefox(profile) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    acceptInsecureCerts: true,
    userDataDir: profile,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      'media.autoplay.default': 0,
    },
  });
  return browser;
}

/** Sums of what the page's receivers report, from inside Firefox. */
function inbound(page) {
  return page.evaluate(async () => {
    const sum = { frames: 0, energy: 0 };
    for (const pc of window.peerConnectionsForTests ?? []) {
      if (pc.connectionState === 'closed') continue;
      for (const s of (await pc.getStats()).values()) {
        if (s.type !== 'inbound-rtp') continue;
        sum.frames += s.framesDecoded ?? 0;
        sum.energy += s.totalAudioEnergy ?? 0;
      }
    }
    return sum;
  });
}

/** Median colours of the two halves of ada's picture as Firefox shows it. */
function halvesIn(page, name) {
  return page.evaluate((who) => {
    const video = document.querySelector(`.tile[data-username="${who}"] video`);
    if (!video || video.readyState < 2 || !video.videoWidth) return null;
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 48;
    const paint = canvas.getContext('2d');
    paint.drawImage(video, 0, 0, 64, 48);
    const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    return [4, 36].map((x) => {
      const data = paint.getImageData(x, 4, 24, 40).data;
      return [0, 1, 2].map((c) => median(Array.from(data).filter((_, i) => i % 4 === c)));
    });
  }, name);
}

const isRed = (c) => c[0] > 180 && c[1] < 90 && c[2] < 90;
const isBlue = (c) => c[2] > 180 && c[0] < 90 && c[1] < 90;

bringUpNetwork();
const profile = mkdtempSync(join(tmpdir(), 'nereid-firefox-'));
const server = await startServer({ groups: { meeting: open }, mediaListen: null });
const ada = await Person.arrive('ada', ['red', 'blue']);
const firefox = await arriveWithFirefox(profile);
try {
  await ada.join(server, 'meeting');
  const page = await firefox.newPage();
  await page.evaluateOnNewDocument(() => {
    const Original = window.RTCPeerConnection;
    const kept = [];
    window.peerConnectionsForTests = kept;
    window.RTCPeerConnection = class extends Original {
      constructor(...args) {
        super(...args);
        kept.push(this);
      }
    };
  });
  await page.goto(`${server.base}/group/meeting/`);
  await page.type('#username', 'fay');
  await page.evaluate(() => {
    document.querySelector('#login-form input[name="media"][value="camera"]').click();
  });
  await page.click('#join');
  const start = Date.now();
  await until('Firefox shows ada\'s picture', async () => {
    const halves = await halvesIn(page, 'ada');
    return halves && isRed(halves[0]) && isBlue(halves[1]);
  }, 60000);
  console.log(`took: Firefox showed Chromium's picture after ${Date.now() - start} ms`);
  const before = await inbound(page);
  await until('Firefox decodes on and hears', async () => {
    const now = await inbound(page);
    return now.frames > before.frames + 10;
  });
  await until('ada sees a moving picture of fay', async () => {
    const seen = await ada.look('fay');
    return seen && seen.frames > 10;
  }, 60000);
  await ada.hears();
  await ada.photograph('firefox-in-chromium');
} finally {
  await firefox.close();
  await ada.goHome();
  rmSync(profile, { recursive: true, force: true });
  await server.stop();
}
