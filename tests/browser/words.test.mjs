// The group page in other languages: German, Arabic from right to left, and a language made up of signs that no English text has. And what
// a visit asks for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePort, startServer } from '../lib/server.mjs';
import { catalogueOf } from '../lib/words.mjs';
import { axeViolations } from './lib/axe.mjs';
import { Person, until } from './lib/people.mjs';

const PSEUDO = 'en-XA';
const ACCENTS = Object.fromEntries([...'aeiouAEIOUncyNCY'].map((c, i) => [c, 'àéîöûÀÉÎÖÛñçýÑÇÝ'[i]]));
/** A text as only a catalogue can have it: in brackets, its vowels changed, a third longer. */
const disguise = (text) => `⟦${text.replace(/\|[^|]*$/, '').split(/(\{\w+\})/).map((part) => (part.startsWith('{') ? part : part.replace(/[a-z]/gi, (c) => ACCENTS[c] ?? c)))
  .join('')}${'~'.repeat(Math.ceil(text.length / 3))}⟧`;

/** A catalogue of that language, with everything that German has. */
function pseudoCatalogue() {
  const made = { '@dir': 'ltr', '@name': 'Pseudo' };
  for (const [key, value] of Object.entries(catalogueOf('de'))) {
    if (key.startsWith('@')) continue;
    made[key] = typeof value === 'string' ? disguise(key) : { one: disguise(key), other: disguise(key) };
  }
  return made;
}

/** Texts that a person can see or hear on the page, with where they are. Runs in the page. */
function textsInPage() {
  const found = [];
  const isShown = (e) => e.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) || Boolean(e.closest('#announcer'));
  const place = (e) => e.id ? `#${e.id}` : `${e.parentElement?.id ? `#${e.parentElement.id} ` : ''}${e.tagName.toLowerCase()}.${e.className?.baseVal ?? e.className}`;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    if (n instanceof Element) {
      for (const name of ['aria-label', 'placeholder', 'title', 'alt', 'aria-valuetext', 'aria-description']) {
        // What one types for an emoji is the same in every language.
        if (n.getAttribute(name) && isShown(n) && !(name === 'title' && n.matches('.emoji'))) found.push([`${place(n)}[${name}]`, n.getAttribute(name)]);
      }
    } else if (n.nodeValue?.trim() && n.parentElement && isShown(n.parentElement) &&
        !n.parentElement.closest('script, style, noscript, time, kbd, code, [translate=no], .chat-text.said, option[lang]')) {
      found.push([place(n.parentElement), n.nodeValue.trim()]);
    }
  }
  found.push(['title', document.title]);
  return found;
}

/** What is left of a text when everything in brackets, names and figures are taken away. */
function rest(text, names) {
  let t = text.replace(/[\u2066-\u2069]/g, '');
  for (let before = ''; before !== t;) {
    before = t;
    t = t.replace(/⟦[^⟦⟧]*⟧/g, '');
  }
  for (const name of names) t = t.replaceAll(name, '');
  // Devices of the browser's own making, commands, and units that are the same everywhere.
  return t.replace(/https?:\S+|\S+\.y4m|\b[Ff]ake[ _](?:Default )?[\w ]+|\/[a-z-]+(?: [^:\n⟦]*:)?|kbit\/s/g, '');
}

describe('the page in other languages', { timeout: 900_000 }, () => {
  let server;
  let http = 0;
  const all = [];
  const NAMES = ['Ada', 'Bo', 'Lobby', 'lobby', 'Nereid', 'REC', 'zzz', 'opus', 'VP8', 'VP9', 'host', 'prflx', 'udp'];

  before(async () => {
    http = await freePort();
    server = await startServer({
      groups: {
        lobby: {
          displayName: 'Lobby', public: true, 'allow-recording': true, 'allow-anonymous': true, 'unrestricted-tokens': true,
          users: { Ada: { password: 'a', permissions: 'op' } }, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
        },
      },
      files: { [`static/locale/${PSEUDO}.json`]: pseudoCatalogue() },
      args: ['--access-log', '--http', String(http)],
    });
  });
  after(async () => {
    for (const p of all) await p.goHome();
    await server?.stop();
  });

  const arrive = async (name, context) => {
    const p = await Person.arrive(name, ['red', 'blue'], context);
    all.push(p);
    return p;
  };
  const attribute = (p, name) => p.page.evaluate((n) => document.documentElement.getAttribute(n), name);
  /** What of English was found, and in which state. @type {Set<string>} */
  const faults = new Set();
  /** Looks for English on the page as it is now. */
  const look = async (p, state) => {
    const found = await p.page.evaluate(textsInPage);
    assert.ok(found.length > 3, `${state}: nothing is shown`);
    const english = found.map(([where, text]) => [where, text, rest(text, NAMES)]).filter(([, , left]) => /\p{L}{2}/u.test(left));
    for (const [where, text] of english) faults.add(`${state}: ${where}: ${text}`);
  };

  test('German by the browser, plural forms and times with it', async () => {
    const bo = await arrive('Bo', { locale: 'de-AT' });
    await bo.join(server, 'lobby', { password: 'x' });
    assert.equal(await attribute(bo, 'lang'), 'de');
    assert.equal(await attribute(bo, 'dir'), 'ltr');
    const t = (text, values) => bo.page.evaluate(async ([a, b]) => (await import(new URL('page.js', document.querySelector('script[type=module]').src).href)).t(a, b), [text, values]);
    assert.equal(await t('{n} people now', { n: 1 }), '1 Person da');
    assert.equal(await t('{n} people now', { n: 1234567 }), '1\u00a0234\u00a0567 Personen da');
    assert.equal(await bo.page.locator('#leave').innerText(), catalogueOf('de').Leave);
    assert.deepEqual(await bo.complaints(), []);
    await bo.photograph('words-german');
    await bo.goHome();
    all.splice(all.indexOf(bo), 1);
  });

  test('Arabic by the setting: everything runs from right to left', async () => {
    const ada = await arrive('Ada', { viewport: { width: 1366, height: 768 } });
    await ada.page.goto(`${server.base}/group/lobby/`);
    await ada.page.locator('#open-settings').click();
    await Promise.all([ada.page.waitForEvent('load'), ada.page.locator('#set-language').selectOption('ar')]);
    // The page may be there before its catalogue.
    await until('Arabic', async () => await attribute(ada, 'lang') === 'ar');
    assert.equal(await attribute(ada, 'dir'), 'rtl');
    await ada.page.locator('#username').waitFor();
    await ada.photograph('words-arabic-door');
    await ada.join(server, 'lobby', { password: 'a' });
    await ada.photograph('words-arabic-room');
    await ada.opens('users');
    const [avatar, name] = await ada.page.evaluate(() => ['.avatar', '.name'].map((s) => document.querySelector(`.user-entry ${s}`).getBoundingClientRect().toJSON()));
    assert.ok(avatar.left - name.right >= 0 && avatar.left - name.right < 24, `a Latin name stands beside its picture: ${name.right}, ${avatar.left}`);
    await ada.photograph('words-arabic-people');
    // Nothing sticks out, and the page cannot be scrolled sideways.
    for (const width of [1366, 390]) {
      await ada.page.setViewportSize({ width, height: 768 });
      const out = await ada.page.evaluate(() => ({ page: document.documentElement.scrollWidth, window: innerWidth }));
      assert.ok(out.page <= out.window, `${out.page} of ${out.window}`);
      await ada.photograph(`words-arabic-room-${width}`);
    }
    assert.deepEqual(await ada.complaints(), []);
    await ada.goHome();
    all.splice(all.indexOf(ada), 1);
  });

  test('no text stands outside the catalogue, whatever is open', async () => {
    faults.clear();
    const ada = await arrive('Ada', { viewport: { width: 1366, height: 900 } });
    const { page } = ada;
    await page.goto(`${server.base}/group/lobby/?lang=${PSEUDO}`);
    await page.locator('#username').waitFor();
    await look(ada, 'the door');
    await page.locator('#username').fill('Ada');
    await page.locator('#password').fill('wrong');
    await page.locator('#join').click();
    await page.locator('#login-message').waitFor();
    await look(ada, 'refused');
    await ada.join(server, 'lobby', { password: 'a' });
    const bo = await arrive('Bo', { locale: 'en' });
    await bo.join(server, 'lobby', { password: 'x' });
    await until('Bo is seen', () => ada.sees('Bo'));
    await ada.decodes(bo);
    await look(ada, 'the room');
    await bo.page.locator('#raise').click();
    await until('the hand', () => page.evaluate(() => document.body.innerText.includes('⟦') && document.querySelector('[data-username="Bo"]')));
    await look(ada, 'a raised hand');
    for (const id of ['#toggle-users', '#toggle-chat', '#open-settings']) {
      const button = page.locator(id);
      if (await button.getAttribute('aria-expanded') !== 'true') await button.click();
      await look(ada, id);
    }
    await page.locator('#close-settings').click();
    await ada.photograph('words-pseudo-room');
    // Every menu that a button opens, and what its entries ask.
    const openers = await page.evaluate(() => Array.from(document.querySelectorAll('button[aria-haspopup]'))
      .filter((b) => b.checkVisibility()).map((b, i) => { b.dataset.opener = String(i); return String(i); }));
    assert.ok(openers.length >= 2, `${openers.length} menus`);
    for (const i of openers) {
      const opener = page.locator(`[data-opener="${i}"]`);
      if (await opener.count() === 0 || !await opener.isVisible()) continue;
      await opener.focus();
      await page.keyboard.press('Enter');
      await look(ada, `menu ${i}: ${await opener.getAttribute('aria-label') ?? await opener.innerText()}`);
      await page.keyboard.press('Escape');
    }
    /** What axe has against the page as it is, by day and by night in turn. */
    let isNight = false;
    const examine = async (state) => {
      isNight = !isNight;
      await page.emulateMedia({ colorScheme: isNight ? 'dark' : 'light' });
      assert.deepEqual(await axeViolations(page), [], `${state}, ${isNight ? 'dark' : 'light'}`);
    };
    // What the entries ask.
    const ask = async (opener, action) => {
      await opener.focus();
      await page.keyboard.press('Enter');
      await page.locator(`[data-action="${action}"]`).first().click();
      await until(`the dialog of ${action}`, () => page.locator('dialog[open]').count());
      await look(ada, `dialog ${action}`);
      await examine(`dialog ${action}`);
      await page.keyboard.press('Escape');
      await until(`${action} is closed`, async () => await page.locator('dialog[open]').count() === 0);
    };
    for (const action of ['invite', 'listtokens', 'lock', 'wall', 'clear', 'encrypt']) await ask(page.locator('#more'), action);
    await ada.opens('users');
    for (const action of ['kick', 'warn']) await ask(page.locator('.user-entry[data-username="Bo"]'), action);
    await bo.page.evaluate(() => {
      const field = document.querySelector('#chat-input');
      field.value = 'zzz';
      field.form.requestSubmit();
    });
    await until('what Bo says', () => page.evaluate(() => document.querySelector('#chat-log')?.textContent?.includes('zzz')));
    await look(ada, 'a message');
    await page.locator('#open-settings').click();
    await page.locator('#show-stats').click();
    await until('the statistics', () => page.locator('#stats-dialog').count());
    await look(ada, 'statistics');
    await page.keyboard.press('Escape');
    await until('they are closed', async () => await page.locator('dialog[open]').count() === 0);
    if (await page.locator('#close-settings').isVisible()) await page.locator('#close-settings').click();
    await ada.opens('chat');
    for (const line of ['/help', '/nonsense']) {
      await page.locator('#chat-input').fill(line);
      await page.locator('#chat-input').press('Enter');
    }
    await until('the help', () => page.evaluate(() => document.querySelector('#chat-log')?.textContent?.includes('/')));
    await page.locator('#chat-input').blur();
    await page.keyboard.press('?');
    await until('the shortcuts', () => page.locator('dialog[open]').count());
    await look(ada, 'shortcuts');
    await examine('shortcuts');
    await page.keyboard.press('Escape');
    await page.locator('#leave').click();
    await until('the door or a question', () => page.evaluate(() => document.querySelector('dialog[open]') || document.body.dataset.phase === 'login'));
    await look(ada, 'leaving');
    assert.deepEqual([...faults], [], 'not out of the catalogue');
    for (const p of [ada, bo]) {
      assert.deepEqual(await p.complaints(), []);
      await p.goHome();
      all.splice(all.indexOf(p), 1);
    }
  });

  test('other pages have no text outside the catalogue either', async () => {
    faults.clear();
    const ada = await arrive('Ada', {});
    for (const path of ['/group/none/', '/change-password.html?group=lobby&username=Ada', '/change-password.html', '/stats.html', '/502.html', '/4xx.html']) {
      await ada.page.goto(`${server.base}${path}${path.includes('?') ? '&' : '?'}lang=${PSEUDO}`);
      await until(`${path} is translated`, () => ada.page.evaluate(() => document.title.includes('⟦')));
      await look(ada, path);
    }
    assert.deepEqual([...faults], [], 'not out of the catalogue');
    await ada.goHome();
    all.splice(all.indexOf(ada), 1);
  });

  test('a first visit is light, and a second visit asks for the page alone', async (t) => {
    const ada = await arrive('Ada', {});
    const log = () => readFileSync(join(server.dir, 'run/nginx/access.log'), 'utf8').split('\n').map((l) => /"GET (\S+)"/.exec(l)?.[1] ?? '').filter(Boolean);
    // Chromium keeps nothing that came under a certificate of our own making.
    const page = `http://localhost:${http}/group/lobby/`;
    const cdp = await ada.context.newCDPSession(ada.page);
    await cdp.send('Network.enable');
    let bytes = 0;
    // What came over the line: headers, and what they announce as it was compressed.
    cdp.on('Network.loadingFinished', (m) => { bytes += m.encodedDataLength; });
    const visit = async () => {
      await ada.page.goto('about:blank');
      const from = log().length;
      bytes = 0;
      await ada.page.goto(page);
      await ada.page.locator('#username').fill('Ada');
      await ada.page.locator('#password').fill('a');
      await ada.page.waitForLoadState('networkidle');
      const opened = log().slice(from);
      await ada.page.locator('#join').click();
      await ada.page.locator('.tile.own').waitFor();
      await ada.page.waitForLoadState('networkidle');
      await ada.page.locator('#leave').click();
      await ada.page.locator('body[data-phase=login]').waitFor();
      return { opened, asked: log().slice(from), kib: bytes / 1024 };
    };
    const first = await visit();
    t.diagnostic(`${first.asked.length} requests, ${first.kib.toFixed(1)} KiB`);
    assert.ok(first.asked.some((p) => p.includes('/js/group.js')) && first.asked.includes('/ws'), first.asked.join());
    // A browser with a window asks for two more, the manifest and an icon of it: 20 in all.
    assert.ok(first.asked.length <= 18, `${first.asked.length}: ${first.asked.join(' ')}`);
    assert.ok(first.kib > 60 && first.kib <= 150, `${first.kib} KiB`);
    const second = await visit();
    assert.deepEqual(second.opened.filter((p) => !/\.status$/.test(p)), ['/group/lobby/']);
    assert.deepEqual(second.asked.filter((p) => !/\.status$/.test(p)), ['/group/lobby/', '/ws'], 'nor for more when it is joined');
    await ada.goHome();
    all.splice(all.indexOf(ada), 1);
  });
});
