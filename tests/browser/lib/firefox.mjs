// Somebody with Firefox, headless, driven over WebDriver BiDi.
import puppeteer from 'puppeteer-core';
import { colours } from './camera.mjs';
import { keepPeerConnections, Person } from './people.mjs';

const preferences = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
};

/** A browser. @param {string} [userDataDir] a directory that is kept */
export function openFirefox(userDataDir) {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    acceptInsecureCerts: true,
    userDataDir,
    timeout: 120000,
    extraPrefsFirefox: preferences,
  });
}

/**
 * Runs inside the page before its own scripts. Firefox's fake camera has no picture that a test could choose, and without a
 * desktop there is no screen to share: both become canvases with two colours and a white bar that moves. Sound stays the fake
 * microphone's.
 * @param {Record<string, number[][]>} pictures colours of the halves, for `camera` and `screen`
 */
function paintDevices(pictures) {
  const devices = navigator.mediaDevices;
  if (!devices) return; // about:blank, where every page begins
  const open = devices.getUserMedia.bind(devices);
  const film = ([left, right]) => {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 240;
    const paint = canvas.getContext('2d');
    const stream = canvas.captureStream(15);
    const [track] = stream.getVideoTracks();
    let at = 0;
    const timer = setInterval(() => {
      if (track.readyState === 'ended') {
        clearInterval(timer);
        return;
      }
      for (const [x, colour] of [[0, left], [160, right]]) {
        paint.fillStyle = `rgb(${colour.join(' ')})`;
        paint.fillRect(x, 0, 160, 240);
      }
      paint.fillStyle = 'white';
      paint.fillRect(at = (at + 21) % 320, 0, 16, 240);
    }, 1000 / 15);
    return stream;
  };
  devices.getUserMedia = async ({ audio, video }) => new MediaStream([
    ...(audio ? (await open({ audio })).getAudioTracks() : []),
    ...(video ? film(pictures.camera).getVideoTracks() : []),
  ]);
  devices.getDisplayMedia = async () => film(pictures.screen);
}

export class FirefoxPerson extends Person {
  /**
   * @param {string} name user name
   * @param {[string, string]} halves colours of the camera's picture
   * @param {[string, string]} screen colours of the screen that they may share
   */
  static async arrive(name, halves, screen) {
    const person = new FirefoxPerson(name, halves);
    person.browser = await openFirefox(person.scratch);
    person.page = await person.browser.newPage();
    await person.page.evaluateOnNewDocument(keepPeerConnections);
    const rgb = (names) => names.map((c) => colours[c].rgb);
    await person.page.evaluateOnNewDocument(paintDevices, { camera: rgb(halves), screen: rgb(screen) });
    person.listen();
    return person;
  }
}
