// Signs of life, each by its effect on the other side: reactions, hands, who comes and goes, how the line is, captions, sounds. A client
// that knows the original's messages alone is among them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Relay, joinRelay } from '../lib/relay.mjs';
import { startServer } from '../lib/server.mjs';
import { join } from '../lib/ws_client.mjs';
import { axeViolations } from './lib/axe.mjs';
import { Person, until } from './lib/people.mjs';

const groups = {
  club: {
    displayName: 'The Club',
    users: {
      olga: { password: 'op', permissions: 'op' },
      scribe: { password: 'pen', permissions: ['present', 'message', 'caption'] },
    },
    'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
  },
};

/** Runs inside the page before its own scripts: keeps how loud what the page plays by itself becomes, and what it tells a screen reader. */
function listenToPage() {
  window.loudestForTests = 0;
  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function tap(to, ...rest) {
    if (to === this.context.destination) {
      const meter = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, meter);
      const samples = new Float32Array(2048);
      const listening = setInterval(() => {
        meter.getFloatTimeDomainData(samples);
        window.loudestForTests = Math.max(window.loudestForTests, ...samples);
      }, 20);
      setTimeout(() => clearInterval(listening), 2000);
    }
    return connect.call(this, to, ...rest);
  };
  window.toldForTests = [];
  addEventListener('DOMContentLoaded', () => {
    const announcer = document.querySelector('#announcer');
    if (!announcer) return;
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) window.toldForTests.push(...Array.from(addedNodes, (n) => n.textContent));
    }).observe(announcer, { childList: true });
  });
}

describe('signs of life', () => {
  let server;
  /** @type {Person} an operator */
  let olga;
  /** @type {Person} */
  let ada;
  /** @type {Person[]} */
  const all = [];

  /** @param {string} name @param {import('playwright-core').BrowserContextOptions} [context] */
  async function arrive(name, context) {
    const p = await Person.arrive(name, ['green', 'cyan'], context);
    await p.page.addInitScript(listenToPage);
    all.push(p);
    return p;
  }

  before(async () => {
    server = await startServer({ groups });
    olga = await arrive('olga');
    ada = await arrive('ada');
    await olga.join(server, 'club', { password: 'op', media: 'camera' });
    await ada.join(server, 'club', { media: 'camera' });
    await until('olga sees ada', () => olga.sees('ada'));
    // Who comes within two seconds of us may have been there before: the page says nothing of them.
    await new Promise((ok) => setTimeout(ok, 2500));
  });
  after(async () => {
    for (const p of all) await p.goHome();
    await server?.stop();
  });

  /** Sends a reaction, as the button in the bar does. @param {Person} p @param {string} emoji */
  const react = (p, emoji) => p.page.evaluate((e) => import(new URL('people.js', document.querySelector('script[type=module]').src).href).then((m) => m.sendReaction(e)), emoji);
  /** @param {Person} p */
  const reactions = (p) => p.page.evaluate(() => Array.from(document.querySelectorAll('#reactions .reaction'), (r) => r.textContent));

  it('a reaction floats for everybody, with its sender\'s name, and goes', async () => {
    await Promise.all([olga, ada].map((p) => p.page.evaluate(() => {
      window.placesForTests = [];
      const follow = () => {
        const sign = document.querySelector('#reactions .reaction');
        if (sign) window.placesForTests.push({ text: sign.textContent, top: sign.getBoundingClientRect().top });
        if (sign || !window.placesForTests.length) requestAnimationFrame(follow);
      };
      follow();
    })));
    await react(ada, '🎉');
    await olga.page.waitForSelector('#reactions .reaction');
    await olga.photograph('signs-reaction');
    await until('it is gone', async () => (await reactions(olga)).length === 0, 9000);
    for (const p of [olga, ada]) {
      const places = await p.page.evaluate(() => window.placesForTests);
      assert.ok(places.every(({ text }) => text === '🎉ada'), p.name);
      assert.ok(places.at(-1).top < places[0].top - 20, `${p.name}: it rises`);
    }
  });

  it('without motion it stands still', async () => {
    await until('none floats', async () => (await reactions(ada)).length === 0, 9000);
    await ada.page.emulateMedia({ reducedMotion: 'reduce' });
    await react(olga, '👏');
    const seen = ada.page.locator('#reactions .reaction');
    await seen.waitFor();
    assert.deepEqual(await seen.evaluate((e) => [getComputedStyle(e).opacity, e.getAnimations().length]), ['1', 0]);
    const lasting = await ada.page.evaluate(() => {
      const found = [];
      for (const id of ['more', 'toggle-chat', 'toggle-users', 'open-settings', 'close-settings']) {
        document.getElementById(id).click();
        found.push(...document.getAnimations().filter((a) => Number(a.effect.getComputedTiming().duration) > 1).map((a) => `${id}: ${a.effect.target?.className}`));
      }
      return found;
    });
    assert.deepEqual(lasting, [], 'nothing else moves either');
    await until('it is gone', async () => (await reactions(ada)).length === 0, 9000);
    await ada.page.emulateMedia({ reducedMotion: null });
  });

  it('what is no emoji does not float, and a flood of them is bounded', async (t) => {
    await until('none floats', async () => (await reactions(olga)).length === 0, 9000);
    const mallory = await join(t, server, 'club', 'mallory');
    for (const value of ['<b>x</b>', 'words', '1', '', 7, null, '👍'.repeat(40), ['👍'], '🎉'])
      mallory.say({ type: 'usermessage', kind: 'reaction', dest: '', value });
    await until('the one emoji', async () => (await reactions(olga)).length > 0);
    assert.deepEqual(await reactions(olga), ['🎉mallory']);
    await olga.page.evaluate(() => {
      window.mostForTests = 0;
      const layer = document.querySelector('#reactions');
      new MutationObserver(() => { window.mostForTests = Math.max(window.mostForTests, layer.childElementCount); }).observe(layer, { childList: true });
    });
    for (let i = 0; i < 60; i++) mallory.say({ type: 'usermessage', kind: 'reaction', dest: '', value: '👍', noecho: true });
    await until('as many as may float', () => olga.page.evaluate(() => window.mostForTests >= 30));
    mallory.destroy();
    await until('they are gone', async () => (await reactions(olga)).length === 0, 9000);
    assert.equal(await olga.page.evaluate(() => window.mostForTests), 30);
  });

  /** What a screen reader was told since the last time. @param {Person} p @returns {Promise<string[]>} */
  const told = (p) => p.page.evaluate(() => window.toldForTests.splice(0));
  /** @param {Person} p */
  const forget = async (p) => { await told(p); await p.page.evaluate(() => { window.loudestForTests = 0; }); };
  /** Waits until a screen reader has been told something, and says all. @param {Person} p @param {string} text */
  async function hearsOf(p, text) {
    const heard = [];
    await until(`${p.name} is told: ${text}`, async () => heard.push(...await told(p)) && heard.includes(text));
    return heard;
  }
  /** @param {Person} p */
  const loudest = (p) => p.page.evaluate(() => window.loudestForTests);
  /** @param {Person} p */
  const quiet = (p) => p.page.evaluate(() => { const q = document.querySelector('#quiet'); return q.hidden ? '' : q.textContent; });
  /** @param {Person} p @param {string} id */
  const isShown = (p, id) => p.page.locator(id).isVisible();

  it('who comes and goes is a quiet line, told once, with a soft sound', async (t) => {
    await forget(olga);
    const bea = await join(t, server, 'club', 'bea');
    // Members of the tests before may be leaving, and the line tells both.
    await until('a line', async () => (await quiet(olga)).includes('bea has joined.'), 15000);
    assert.deepEqual((await hearsOf(olga, 'bea has joined.')).filter((l) => l.includes('bea')), ['bea has joined.']);
    await until('a sound', async () => await loudest(olga) > 0.01);
    assert.ok(await loudest(olga) < 0.2, 'a soft one');
    await olga.photograph('signs-joined');
    bea.destroy();
    await hearsOf(olga, 'bea has left.');
    await until('the line goes', async () => await quiet(olga) === '', 15000);
    assert.equal(await olga.page.textContent('#notices-info'), '');
  });

  it('many who come together are one line, and who comes back at once has not moved', async (t) => {
    await forget(olga);
    for (const name of ['ann', 'bob', 'cyd', 'dan']) await join(t, server, 'club', name);
    await hearsOf(olga, 'ann, bob and 2 others have joined.');
    const [bob] = [await join(t, server, 'club', 'eve')];
    await hearsOf(olga, 'eve has joined.');
    bob.destroy();
    await join(t, server, 'club', 'eve');
    await join(t, server, 'club', 'fay');
    const heard = await hearsOf(olga, 'fay has joined.');
    assert.deepEqual(heard.filter((l) => l.includes('eve')), []);
  });

  it('forty who came and went have left nothing in the page', async (t) => {
    // What is said of them goes by itself.
    const count = () => olga.page.evaluate(() => document.querySelectorAll(':not(#announcer *, #quiet *)').length);
    const people = () => olga.page.locator('#users [data-username]').count();
    // Those of the tests before may still be leaving.
    await until('two are here', async () => await people() === 2, 30000);
    const before = await count();
    for (let round = 0; round < 4; round++) {
      const guests = [];
      for (let i = 0; i < 10; i++) guests.push(await join(t, server, 'club', `guest ${round} ${i}`));
      await until('they are here', async () => await people() === 12);
      for (const guest of guests) guest.destroy();
      await until('they are gone', async () => await people() === 2);
    }
    await until('the page is as it was', async () => await count() === before, 15000);
  });

  it('without sounds it is silent', async (t) => {
    await olga.page.click('#open-settings');
    await olga.page.uncheck('#set-sounds');
    await forget(olga);
    await join(t, server, 'club', 'gus');
    await hearsOf(olga, 'gus has joined.');
    await new Promise((ok) => setTimeout(ok, 500));
    assert.equal(await loudest(olga), 0);
    await olga.page.check('#set-sounds');
    await olga.page.click('#close-settings');
  });

  it('a hand, the original\'s too, is in the list with its place, counted on People, and told: to operators as a notice', async (t) => {
    const gail = await join(t, server, 'club', 'gail');
    await Promise.all([hearsOf(olga, 'gail has joined.'), hearsOf(ada, 'gail has joined.')]);
    await new Promise((ok) => setTimeout(ok, 1100)); // a second after a sound, that of gail's coming, there is none
    await forget(olga);
    // The original's client says this and no more.
    const raises = (value) => gail.say({ type: 'useraction', kind: 'setdata', dest: gail.id, value: { raisehand: value } });
    // In a wide window people stand beside the videos from the start.
    if (await olga.page.getAttribute('#toggle-users', 'aria-expanded') !== 'true') await olga.page.click('#toggle-users');
    raises(true);
    await until('the list', () => olga.page.locator('.user-entry[data-username="gail"] .hand-sign').isVisible());
    await ada.page.click('#raise');
    const hands = (p) => p.page.evaluate(() => Array.from(document.querySelectorAll('.user-entry .hand-sign'), (h) => [h.closest('.user-entry').dataset.username, h.textContent]));
    await until('both stand in order', async () => JSON.stringify(await hands(olga)) === '[["gail","1"],["ada","2"]]');
    const notice = () => olga.page.textContent('#notices-info');
    await until('a notice with the place', async () => /Raised hand 2: ada/.test(await notice() ?? ''));
    assert.doesNotMatch(await notice() ?? '', /gail/, 'one line, for the last of them');
    const over = await olga.page.evaluate(() => {
      const [own, line] = ['.tile.own.floating', '.notice:has([data-notice=hand])'].map((s) => document.querySelector(s).getBoundingClientRect());
      return { height: line.height, covers: own.left < line.right && own.right > line.left && own.top < line.bottom && own.bottom > line.top };
    });
    assert.equal(over.covers, false, 'one\'s own picture is free');
    assert.ok(over.height < 60, `one line: ${over.height} pixels`);
    const tile = olga.page.locator('.tile[data-username="ada"]');
    assert.equal(await tile.locator('.tile-hand').textContent(), '2');
    assert.match(await tile.getAttribute('aria-label') ?? '', /ada, .*hand raised, number 2/);
    await olga.photograph('signs-hands');
    const heard = await told(olga);
    assert.equal(heard.filter((l) => l === 'Raised hand 2: ada').length, 1, 'told once');
    await until('a sound', async () => await loudest(olga) > 0.01);
    assert.equal(await olga.page.getByRole('button', { name: /People 2 hands raised/ }).count(), 1);
    assert.equal(await olga.page.textContent('#toggle-users .hand-count'), '2');
    assert.match(await olga.page.textContent('.user-entry[data-username="ada"]') ?? '', /hand raised, number 2/);
    assert.deepEqual((await told(ada)).filter((l) => l.includes('raised')), ['gail has raised a hand.']);
    assert.equal(await ada.page.textContent('#notices-info'), '');
    // And ours is what the original's client understands.
    await gail.wait((m) => m.type === 'user' && m.kind === 'change' && m.username === 'ada' && m.data?.raisehand === true, 'ada raises');
    raises(null);
    await until('ada is first now', async () => JSON.stringify(await hands(olga)) === '[["ada","1"]]');
    await ada.page.click('#raise');
    await until('no hand is left', async () => (await hands(olga)).length === 0 && !await isShown(olga, '#toggle-users .hand-count'));
    await gail.wait((m) => m.type === 'user' && m.kind === 'change' && m.username === 'ada' && !m.data?.raisehand, 'ada lowers');
  });

  it('each tile has three bars for a good line, one\'s own too, and no figures', async () => {
    for (const name of ['ada', 'olga']) {
      const tile = olga.page.locator(`.tile[data-username="${name}"]`);
      await until(`${name}'s line is good`, async () => await tile.locator('.tile-line').getAttribute('data-bars') === '3');
      assert.equal(await tile.locator('.tile-line').getAttribute('aria-label'), 'Good connection');
      assert.ok(!/kbit/.test(await tile.textContent() ?? ''));
    }
  });

  it('axe has nothing against hands, signs and notices, light and dark', async () => {
    await ada.page.click('#raise');
    await olga.page.waitForSelector('.tile[data-username="ada"] .hand-sign');
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await olga.page.emulateMedia({ colorScheme });
      assert.deepEqual(await axeViolations(olga.page), [], colorScheme);
      await olga.photograph(`signs-${colorScheme}`);
    }
    await ada.page.click('#raise');
  });

  it('captions have their speaker\'s name and the last lines, and no notice covers them, also without video', async (t) => {
    const scribe = await join(t, server, 'club', 'scribe', 'pen');
    const phone = await arrive('phil', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await phone.join(server, 'club', { media: 'none' });
    await phone.choose('settings');
    await phone.page.selectOption('#set-request', '');
    await phone.page.click('#close-settings');
    await until('no video at all', async () => await phone.tiles('ada') === 0);
    for (const line of ['one', 'two', 'three', 'and four, which is a long line of text that goes on until it needs a second row'])
      scribe.say({ type: 'chat', kind: 'caption', dest: '', value: line });
    for (const p of [olga, phone]) {
      await until('captions', () => isShown(p, '#captions'));
      await until('the last lines', async () => /^scribe.*two.*three.*and four/.test(await p.page.textContent('#captions') ?? ''));
      assert.ok(!(await p.page.textContent('#captions') ?? '').includes('one'));
      assert.equal(await p.page.locator('#captions .name:visible').count(), 1);
      await p.page.evaluate(() => import(new URL('page.js', document.querySelector('script[type=module]').src).href).then(({ inform, warn, quietly }) => {
        for (let i = 0; i < 6; i++) { inform(`notice ${i}, which has some length to it`); warn(`warning ${i}, which has some length to it`); }
        quietly('somebody has joined.');
      }));
      const overlaps = await p.page.evaluate(() => {
        const c = document.querySelector('#captions').getBoundingClientRect();
        const inWindow = c.height > 0 && c.bottom <= innerHeight && c.left >= 0 && c.right <= innerWidth;
        return !inWindow || Array.from(document.querySelectorAll('.notice, #quiet'), (n) => n.getBoundingClientRect())
          .some((n) => n.left < c.right && n.right > c.left && n.top < c.bottom && n.bottom > c.top);
      });
      await p.photograph(`signs-captions-${p.name}`);
      assert.equal(overlaps, false, `${p.name}: covered`);
    }
    await until('they go', async () => !await isShown(olga, '#captions'), 20000);
  });

  it('a mention is told by the system while the page is out of sight, when that is wanted', async (t) => {
    const zed = await join(t, server, 'club', 'zed');
    const say = (value, dest = '') => zed.say({ type: 'chat', kind: '', dest, value });
    await olga.context.grantPermissions(['notifications']);
    await olga.page.evaluate(() => {
      window.notesForTests = [];
      const Original = window.Notification;
      window.Notification = class extends Original {
        constructor(title, options) {
          super(title, options);
          window.notesForTests.push(`${title}: ${options.body}`);
        }
      };
    });
    const see = (is) => olga.page.evaluate((now) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => now });
      document.dispatchEvent(new Event('visibilitychange'));
    }, is);
    await see('hidden');
    say('@olga before it is wanted');
    await see('visible');
    await olga.page.click('#open-settings');
    await olga.page.check('#set-notifications');
    await olga.page.click('#close-settings');
    say('@olga in sight');
    await until('it is there', async () => (await olga.page.textContent('#chat-log') ?? '').includes('in sight'));
    await see('hidden');
    say('nothing for @olgana or mail@olga.example');
    say('and you, @olga?');
    const id = await olga.page.evaluate(() => document.querySelector('.user-entry').dataset.userId);
    say('in private', id);
    await until('both', async () => (await olga.page.evaluate(() => window.notesForTests)).length >= 2);
    assert.deepEqual(await olga.page.evaluate(() => window.notesForTests), ['zed: and you, @olga?', 'zed: in private']);
    assert.equal(await olga.page.isChecked('#set-notifications'), true);
    await forget(olga);
    // One a second at most sounds.
    await until('a message sounds', async () => {
      say('hark');
      await new Promise((ok) => setTimeout(ok, 1100));
      return await loudest(olga) > 0.01;
    });
    await see('visible');
  });

  it('the hint how to start goes when it was done', async () => {
    const quinn = await arrive('quinn');
    await quinn.join(server, 'club', { media: 'none' });
    const hint = '#notices-info :text("start your camera and microphone")';
    await quinn.page.waitForSelector(hint);
    await quinn.choose('enable');
    await quinn.page.waitForSelector(hint, { state: 'detached', timeout: 4000 });
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const p of all) assert.deepEqual(await p.complaints(), [], p.name);
  });
});

describe('the sign of a bad line', () => {
  let server;
  let relay;
  let ada;
  let bo;

  before(async () => {
    server = await startServer({ groups });
    relay = await Relay.start(server.udpPort, { down: 'delay=20', up: 'delay=20' });
    ada = await Person.arrive('ada', null);
    bo = await Person.arrive('bo', null);
    await bo.page.addInitScript(joinRelay, { serverPort: relay.serverPort, port: relay.port });
    await ada.join(server, 'club', { media: 'camera' });
    await bo.join(server, 'club', { media: 'none' });
  });
  after(async () => {
    for (const p of [ada, bo]) await p?.goHome();
    await relay?.stop();
    await server?.stop();
  });

  const sign = async () => {
    const line = bo.page.locator('.tile[data-username="ada"] .tile-line');
    return `${await line.getAttribute('data-bars')} ${await line.getAttribute('title')}`;
  };

  it('long delay: one bar, said beside the name', async () => {
    await until('a good line', async () => await sign() === '3 Good connection');
    for (const way of /** @type {const} */ (['down', 'up'])) relay.set(way, 'delay=400');
    await until('one bar', async () => await sign() === '1 Slow connection: everything comes late');
    assert.equal(await bo.page.textContent('.tile[data-username="ada"] .tile-why'), 'Slow connection: everything comes late');
    await bo.photograph('signs-delay');
    for (const way of /** @type {const} */ (['down', 'up'])) relay.set(way, 'delay=20');
    await until('a good line again', async () => await sign() === '3 Good connection');
  });

  it('what the server allots: only the sound', async () => {
    relay.set('down', 'rate=70k,queue=300,delay=20');
    await until('one bar', async () => await sign() === '1 Low bandwidth: only the sound');
    await bo.photograph('signs-bandwidth');
  });
});
