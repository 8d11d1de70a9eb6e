// Media encrypted end to end: who has the passphrase sees and hears, nobody else does, and the passphrase goes nowhere.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { axeViolations } from './lib/axe.mjs';
import { runScene } from './lib/firefox_network.mjs';
import { Person, until } from './lib/people.mjs';
import { hearsSound, isBlind, menu, safetyNumber, says, tileSays, usePassphrase, widthOf } from './lib/sealed.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
  users: { olga: { password: 'op', permissions: 'op' } }, 'allow-recording': true };
/** Always encrypted, by the group's file. */
const closed = { ...open, encrypted: true };
const fragment = '#key=correct%20horse';

describe('an operator encrypts a meeting', () => {
  let server;
  let olga;
  let bo;
  /** All that leaves olga's page. */
  const sent = [];

  before(async () => {
    server = await startServer({ groups: { meeting: open, portal: { ...open, authPortal: 'https://portal.example.org/' } } });
    olga = await Person.arrive('olga', ['red', 'blue']);
    bo = await Person.arrive('bo', ['yellow', 'magenta']);
    for (const { page } of [olga, bo]) {
      page.on('request', (r) => sent.push(r.url(), r.postData() ?? '', JSON.stringify(r.headers())));
      page.on('websocket', (ws) => ws.on('framesent', ({ payload }) => sent.push(String(payload))));
    }
    await olga.join(server, 'meeting', { password: 'op' });
    await bo.join(server, 'meeting');
    await bo.decodes(olga);
  });
  after(async () => {
    for (const person of [olga, bo]) await person?.goHome();
    await server?.stop();
  });

  it('with a new passphrase, which is in the address and in the link to copy', async () => {
    await menu(olga, 'encrypt');
    await olga.page.locator('#seal-dialog button[value=ok]').click();
    await olga.page.locator('#safety-number').waitFor();
    assert.match(await olga.page.locator('#safety-number').textContent(), /^\d{5}( \d{5}){5}$/);
    const link = await olga.page.locator('#seal-link').inputValue();
    assert.match(link, /\/group\/meeting\/#key=[0-9a-z]{5}(-[0-9a-z]{5}){3}$/);
    assert.equal(olga.page.url(), link);
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await olga.page.emulateMedia({ colorScheme });
      for (const [width, height] of [[1366, 768], [1920, 1080], [390, 844]]) {
        await olga.page.setViewportSize({ width, height });
        await olga.photograph(`seal-dialog-${colorScheme}-${width}`);
        assert.deepEqual(await axeViolations(olga.page), [], `${colorScheme} ${width}`);
      }
    }
    await olga.page.setViewportSize({ width: 1366, height: 768 });
    await olga.page.locator('#seal-dialog button[value=ok]').click();
  });

  it('who lacks it is told, sends nothing, and gets in by the link', async () => {
    await bo.page.locator('#seal-passphrase').waitFor();
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await bo.page.emulateMedia({ colorScheme });
      await bo.photograph(`seal-ask-${colorScheme}`);
      assert.deepEqual(await axeViolations(bo.page), [], colorScheme);
    }
    await until('nothing of bo comes', async () => (await olga.tiles('bo')) === 0);
    await isBlind(bo, olga);
    await tileSays(bo, 'olga', /no passphrase/);
    await bo.page.locator('#seal-passphrase').fill(olga.page.url());
    await bo.page.locator('#seal-dialog button[value=ok]').click();
    await bo.decodes(olga);
    await olga.decodes(bo);
    await hearsSound(bo);
    await hearsSound(olga);
    assert.equal(await safetyNumber(bo), await safetyNumber(olga));
  });

  it('the address keeps it through the skip link and a reload', async () => {
    await bo.page.locator('#skip').focus();
    await bo.page.keyboard.press('Enter');
    await until('the passphrase is back', async () => bo.page.url() === olga.page.url());
    const { length } = bo.page.url();
    await bo.page.reload();
    await until('bo is in the meeting again', () => bo.sees('bo'));
    assert.equal(bo.page.url().length, length);
  });

  it('a portal does not learn it, and it is there when one comes back', async () => {
    const portal = 'https://portal.example.org/';
    const seen = [];
    await bo.page.route(`${portal}**`, (route) => {
      seen.push(route.request().url(), JSON.stringify(route.request().headers()), route.request().postData() ?? '');
      return route.fulfill({ contentType: 'text/html', body: '<title>portal</title>' });
    });
    await bo.page.goto(`${server.base}/group/portal/${fragment}`);
    await until('bo is at the portal', () => bo.page.url().startsWith(portal));
    assert.equal(await bo.page.evaluate(() => location.href), portal);
    await bo.page.goto(`${server.base}/group/portal/?token=none`);
    await bo.page.locator('#join').waitFor();
    assert.equal(bo.page.url(), `${server.base}/group/portal/${fragment}`);
    assert.ok(seen.length >= 3);
    assert.deepEqual(seen.filter((text) => /correct|horse/.test(text)), []);
  });

  it('the server refuses to record', async () => {
    assert.equal(await menu(olga, 'record', false), 0, 'no entry in the menu');
    await olga.page.keyboard.press('Escape');
  });

  it('nothing that left the pages has the passphrase in it', () => {
    const passphrase = decodeURIComponent(new URL(olga.page.url()).hash.slice(5));
    assert.equal(passphrase.length, 23);
    assert.ok(sent.length > 100, `${sent.length} texts`);
    for (const part of [passphrase.slice(0, 11), passphrase.slice(12)]) {
      const found = sent.find((text) => text.includes(part));
      assert.equal(found && found.slice(Math.max(0, found.indexOf(part) - 30), found.indexOf(part) + 30), undefined, part);
    }
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const person of [olga, bo]) assert.deepEqual(await person.complaints(), []);
  });
});

describe('in an encrypted meeting', () => {
  let server;
  let ada;
  let bo;
  let eve;

  before(async () => {
    server = await startServer({ groups: { meeting: closed } });
    [ada, bo, eve] = [await Person.arrive('olga', ['red', 'blue']), await Person.arrive('bo', ['yellow', 'magenta']),
      await Person.arrive('eve', ['cyan', 'red'])];
  });
  after(async () => {
    for (const person of [ada, bo, eve]) await person?.goHome();
    await server?.stop();
  });

  it('those who came by the link see and hear each other at once', async () => {
    await ada.join(server, 'meeting', { password: 'op', fragment });
    await bo.join(server, 'meeting', { fragment });
    await bo.decodes(ada);
    await ada.decodes(bo);
    await hearsSound(ada);
    await hearsSound(bo);
  });

  it('another passphrase shows nothing, to nobody, and says so', async () => {
    await eve.join(server, 'meeting', { fragment: '#key=correct%20house' });
    await tileSays(eve, 'olga', /Cannot be decrypted: other passphrase/);
    await says(eve, /another passphrase than you/);
    await tileSays(ada, 'eve', /Cannot be decrypted: other passphrase/);
    await isBlind(eve, ada);
    await isBlind(ada, eve);
    assert.notEqual(await safetyNumber(eve), await safetyNumber(ada));
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await eve.page.emulateMedia({ colorScheme });
      await eve.photograph(`seal-other-passphrase-${colorScheme}`);
      assert.deepEqual(await axeViolations(eve.page), [], colorScheme);
    }
    await eve.page.setViewportSize({ width: 390, height: 844 });
    await eve.photograph('seal-other-passphrase-390');
    await eve.page.setViewportSize({ width: 1366, height: 768 });
  });

  it('the right one, by the field behind the lock, mends it', async () => {
    await usePassphrase(eve, 'correct horse');
    await eve.decodes(ada);
    await ada.decodes(eve);
    await hearsSound(eve);
    assert.equal(await safetyNumber(eve), await safetyNumber(ada));
  });

  it('a new passphrase shuts out who stays with the old one', async () => {
    // Playwright tells of a socket when it opens: what is said is heard by the page's own.
    await ada.page.evaluate(() => {
      const { send } = WebSocket.prototype;
      window.saidForTests = [];
      WebSocket.prototype.send = function say(text) {
        window.saidForTests.push(text);
        return send.call(this, text);
      };
    });
    await ada.page.evaluate(() => document.getElementById('encrypted').click());
    await ada.page.getByRole('button', { name: 'Make a new passphrase' }).click();
    await until('the address has another', async () => !ada.page.url().endsWith(fragment));
    await ada.page.locator('#seal-dialog button[value=ok]').click();
    const asked = await ada.page.evaluate(() => window.saidForTests.filter((m) => JSON.parse(m).type === 'keyframe'));
    assert.equal(asked.length, 1, 'the page asked for a keyframe of its own stream');
    await tileSays(eve, 'olga', /other passphrase/);
    // by the address, as somebody does who pastes the new link over the old one
    await bo.page.evaluate((hash) => { location.hash = hash; }, new URL(ada.page.url()).hash);
    await bo.decodes(ada);
    await ada.decodes(bo);
    await hearsSound(bo);
    for (const person of [ada, bo]) await isBlind(eve, person);
    for (const person of [ada, bo]) await tileSays(person, 'eve', /other passphrase/);
    for (const person of [ada, bo]) await isBlind(person, eve);
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const person of [ada, bo, eve]) assert.deepEqual(await person.complaints(), []);
  });
});

describe('behind a slow line, while an operator encrypts', () => {
  /** Three tenths of a second, there and back. */
  function hearLate() {
    const own = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
    Object.defineProperty(WebSocket.prototype, 'onmessage', { ...own, set(listener) {
      own.set.call(this, listener && ((e) => setTimeout(() => listener.call(this, e), 300)));
    } });
  }

  /** Every notice that the page has shown. */
  const notices = (person) => person.page.evaluate(() => [...globalThis.noticesForTests]);

  it('who shares has every stream again; a wrong passphrase is told at once, by notice and tile, and the right one mends it', async (t) => {
    const server = await startServer({ groups: { meeting: open } });
    const small = { viewport: { width: 900, height: 600 } };
    const [olga, bo] = [await Person.arrive('olga', ['red', 'blue'], small), await Person.arrive('bo', ['yellow', 'magenta'], small)];
    t.after(async () => {
      for (const person of [olga, bo]) await person.goHome();
      await server.stop();
    });
    await bo.page.addInitScript(hearLate);
    await olga.join(server, 'meeting', { password: 'op' });
    await bo.join(server, 'meeting');
    await bo.decodes(olga);
    await bo.page.evaluate(() => {
      globalThis.noticesForTests = new Set();
      new MutationObserver(() => {
        for (const e of document.querySelectorAll('.notice p')) globalThis.noticesForTests.add(e.textContent);
      }).observe(document.body, { subtree: true, childList: true });
    });
    await bo.page.click('#share');
    await olga.decodesScreen(bo);

    await menu(olga, 'encrypt');
    await olga.page.locator('#seal-dialog button[value=ok]').click();
    await olga.page.locator('#safety-number').waitFor();
    await olga.page.locator('#seal-dialog button[value=ok]').click();
    await bo.page.locator('#seal-passphrase').waitFor();
    await tileSays(bo, 'olga', /no passphrase/);
    await bo.page.locator('#seal-passphrase').fill('battery staple');
    await bo.page.locator('#seal-dialog button[value=ok]').click();
    await says(bo, /another passphrase than you/);
    await tileSays(bo, 'olga', /other passphrase/);
    await tileSays(olga, 'bo', /other passphrase/);
    assert.equal(await bo.tiles('olga'), 1);
    await bo.photograph('seal-wrong-passphrase');
    const right = decodeURIComponent(new URL(olga.page.url()).hash.slice(5));
    await usePassphrase(bo, right);
    await bo.decodes(olga);
    await olga.decodes(bo);
    await olga.decodesScreen(bo);
    await usePassphrase(bo, 'battery staple');
    await tileSays(bo, 'olga', /other passphrase/);
    await usePassphrase(bo, right);
    await bo.decodes(olga);
    assert.deepEqual((await notices(bo)).filter((n) => /server|offer|outstanding/i.test(n)), []);
    for (const person of [olga, bo]) assert.deepEqual(await person.complaints(), []);
  });
});

describe('layers and codecs', () => {
  let server;

  before(async () => {
    server = await startServer({ groups: {
      meeting: closed, vp9: { ...closed, codecs: ['vp9', 'opus'] }, h264: { ...closed, codecs: ['h264', 'opus'] },
      rest: { ...closed, codecs: ['vp8', 'pcmu'] },
    } });
  });
  after(() => server?.stop());

  it('simulcast switches layers, up and down', async (t) => {
    const [ada, bo] = [await Person.arrive('ada', null), await Person.arrive('bo', ['yellow', 'magenta'])];
    t.after(async () => { for (const person of [ada, bo]) await person.goHome(); });
    for (const person of [ada, bo]) await person.join(server, 'meeting', { fragment });
    const receive = (what) => bo.page.evaluate((value) => {
      const select = document.getElementById('set-request');
      select.value = value;
      select.dispatchEvent(new Event('change', { bubbles: true }));
    }, what);
    const high = await until('a picture', () => widthOf(bo, 'ada'));
    await receive('everything-low');
    const low = await until('a smaller picture', async () => { const w = await widthOf(bo, 'ada'); return w && w < high && w; });
    await receive('everything');
    await until('a larger one', async () => (await widthOf(bo, 'ada')) > low);
    const { framesDecoded } = await bo.received();
    await until('pictures go on', async () => (await bo.received()).framesDecoded > framesDecoded + 30);
    assert.deepEqual(await bo.complaints(), []);
  });

  for (const codec of ['vp9', 'h264', 'rest']) {
    it(`${codec === 'rest' ? 'sound that is not Opus' : codec}: decoded, with the passphrase alone`, async (t) => {
      const [ada, bo, eve] = [await Person.arrive('ada', ['red', 'blue']), await Person.arrive('bo', ['yellow', 'magenta']), await Person.arrive('eve', ['cyan', 'red'])];
      t.after(async () => { for (const person of [ada, bo, eve]) await person.goHome(); });
      for (const person of [ada, bo]) await person.join(server, codec, { fragment });
      await eve.join(server, codec, { fragment: '#key=x', media: 'none' });
      await bo.decodes(ada);
      await ada.decodes(bo);
      await hearsSound(ada);
      await tileSays(eve, 'ada', /other passphrase/);
      await isBlind(eve, ada);
    });
  }

  it('a browser with the older way alone takes part', async (t) => {
    const [ada, bo] = [await Person.arrive('ada', ['red', 'blue']), await Person.arrive('bo', ['yellow', 'magenta'])];
    t.after(async () => { for (const person of [ada, bo]) await person.goHome(); });
    await bo.page.addInitScript(() => { delete window.RTCRtpScriptTransform; });
    await bo.page.goto(server.base);
    if (!await bo.page.evaluate(() => 'createEncodedStreams' in RTCRtpSender.prototype)) {
      t.skip('this Chromium has it no more');
      return;
    }
    for (const person of [ada, bo]) await person.join(server, 'meeting', { fragment });
    await bo.decodes(ada);
    await ada.decodes(bo);
    await hearsSound(ada);
    await hearsSound(bo);
    assert.deepEqual(await bo.complaints(), []);
  });
});

it('Firefox and Chromium see and hear each other with the same passphrase, and nothing with another', { timeout: 480000 }, async (t) => {
  const { status, log } = await runScene('seal_scene.mjs');
  assert.equal(status, 0, log);
  for (const line of log.split('\n')) if (line.startsWith('took:')) t.diagnostic(line);
});
