// Signs of life, each by its effect on the other side: reactions, hands, who comes and goes, how the line is, captions, sounds. A client
// that knows the original's messages alone is among them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { join } from '../lib/ws_client.mjs';
import { Person, until } from './lib/people.mjs';

const groups = {
  club: {
    displayName: 'The Club',
    users: { olga: { password: 'op', permissions: 'op' } },
    'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
  },
};

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
  });
  after(async () => {
    for (const p of all) await p.goHome();
    await server?.stop();
  });

  /** Sends a reaction, as the button in the bar does. @param {Person} p @param {string} emoji */
  const react = (p, emoji) => p.page.evaluate((e) => import(new URL('reactions.js', document.querySelector('script[type=module]').src).href).then((m) => m.sendReaction(e)), emoji);
  /** @param {Person} p */
  const reactions = (p) => p.page.evaluate(() => Array.from(document.querySelectorAll('#reactions .reaction'), (r) => r.textContent));

  it('a reaction floats for everybody, with its sender\'s name, and goes', async () => {
    await react(ada, '🎉');
    await Promise.all([olga, ada].map(async (p) => {
      await p.page.waitForSelector('#reactions .reaction');
      assert.deepEqual(await reactions(p), ['🎉ada']);
      const place = () => p.page.evaluate(() => document.querySelector('.reaction')?.getBoundingClientRect().top);
      const start = await place();
      await until('it rises', async () => { const now = await place(); return now !== undefined && start !== undefined && now < start; }, 3000);
    }));
    await olga.photograph('signs-reaction');
    await until('it is gone', async () => (await reactions(olga)).length === 0, 9000);
  });

  it('without motion it stands still', async () => {
    await ada.page.emulateMedia({ reducedMotion: 'reduce' });
    await react(olga, '👏');
    const seen = ada.page.locator('#reactions .reaction');
    await seen.waitFor();
    assert.deepEqual(await seen.evaluate((e) => [getComputedStyle(e).opacity, e.getAnimations().length]), ['1', 0]);
    await until('it is gone', async () => (await reactions(ada)).length === 0, 9000);
    await ada.page.emulateMedia({ reducedMotion: null });
  });

  it('what is no emoji does not float, and a flood of them is bounded', async (t) => {
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

  it('nothing broke the content security policy or threw', async () => {
    for (const p of all) assert.deepEqual(await p.complaints(), [], p.name);
  });
});
