// Pictures of the group page to be looked at: twelve states at three sizes, light and dark, below build/pictures, with a sheet of each
// state. By hand: node tests/pictures/room.mjs [--docs] [STATE…]. With --docs the pictures of docs/images are made anew as well.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, startServer } from '../lib/server.mjs';
import { installClient } from '../browser/lib/page_client.mjs';
import { Person, until } from '../browser/lib/people.mjs';
import { meeting } from './meeting.mjs';

const out = join(build, 'pictures');
const wanted = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const docs = process.argv.includes('--docs') ? join(dirname(fileURLToPath(import.meta.url)), '../../docs/images') : null;
const sizes = { laptop: { width: 1366, height: 768 }, desk: { width: 1920, height: 1080 }, phone: { width: 390, height: 844 } };
const themes = /** @type {const} */ (['light', 'dark']);
/** Which of them the manual shows: state, size and theme to the file's name. */
const shown = {
  'door laptop light': 'door', 'nine laptop dark': 'group', 'screen laptop dark': 'stage', 'chat laptop light': 'chat',
  'four phone dark': 'phone', 'gone laptop dark': 'gone',
};
mkdirSync(out, { recursive: true });

const operator = { password: { type: 'wildcard' }, permissions: 'op' };
const server = await startServer({ groups: { club: { displayName: 'Choir practice', 'wildcard-user': operator } } });
/** @type {Person[]} */
const people = [];

/**
 * @param {Person} p
 * @param {string} state
 * @param {string[]} names of sizes
 * @param {((p: Person) => Promise<void>)} [open]   a change of the window's size closes menus
 */
async function picture(p, state, names, open) {
  for (const size of names) {
    await p.page.setViewportSize(sizes[size]);
    for (const colorScheme of themes) {
      await p.page.emulateMedia({ colorScheme });
      await open?.(p);
      await p.page.waitForTimeout(1200);
      const name = `${state} ${size} ${colorScheme}`;
      await p.page.screenshot({ path: join(out, `${name.replaceAll(' ', '-')}.png`) });
      if (docs && shown[name]) await p.page.screenshot({ path: join(docs, `${shown[name]}.png`) });
      console.log(name);
      if (open) await p.page.keyboard.press('Escape');
    }
  }
}

/** One picture of all of a state. @param {import('playwright-core').Page} page @param {string} state */
async function sheet(page, state) {
  const images = Object.keys(sizes).flatMap((s) => themes.map((t) => `<img src="${state}-${s}-${t}.png" style="height:430px;margin:4px">`));
  const file = join(out, `${state}.html`);
  writeFileSync(file, `<!doctype html><title>${state}</title><body style="margin:0;background:#888">${images.join('')}`);
  await page.goto(`file://${file}`);
  await page.setViewportSize({ width: 1620, height: 1330 });
  await page.waitForTimeout(300);
  await page.screenshot({ path: join(out, `${state}-sheet.png`) });
}

/** @param {string} name @param {import('playwright-core').BrowserContextOptions} options */
async function arrive(name, options) {
  const person = await Person.arrive(name, null, { deviceScaleFactor: 1, ...options });
  people.push(person);
  await person.page.addInitScript(meeting, { own: name });
  return person;
}

try {
  const laptop = await arrive('Olga', { viewport: sizes.laptop });
  const phone = await arrive('Petra', { viewport: sizes.phone, hasTouch: true, isMobile: true });
  const each = async (state, open) => {
    if (wanted.length && !wanted.includes(state)) return;
    await laptop.page.bringToFront();
    await picture(laptop, state, ['laptop', 'desk'], open);
    await picture(phone, state, ['phone'], open);
  };
  /** Videos alone: nothing beside them. */
  const alone = () => both((p) => p.page.evaluate(() => {
    for (const id of ['close-chat', 'close-users']) if (document.getElementById(id)?.checkVisibility()) document.getElementById(id)?.click();
  }));
  const both = (act) => Promise.all(people.map(act));

  await both((p) => p.page.goto(`${server.base}/group/club/`));
  await both((p) => p.page.fill('#username', p.name));
  await both((p) => p.page.waitForTimeout(2000));
  await each('door');

  await both((p) => p.join(server, 'club', { media: 'none' }));
  await each('alone');

  await both((p) => p.choose('enable'));
  await both((p) => p.page.waitForSelector('.tile.own'));
  await alone();
  await each('two');

  const beside = await laptop.context.newPage();
  await beside.addInitScript(meeting, {});
  await beside.goto(`${server.base}/404`);
  await beside.evaluate(installClient);
  const come = (...names) => beside.evaluate(([list]) => { for (const n of list) window.comeForPictures('club', n); }, [names]);
  /** A phone shows nine at once. @param {number} n */
  const pictures = (n) => both((p) => until(`${n} pictures`, () => p.page.evaluate((least) =>
    [...document.querySelectorAll('.tile video')].filter((v) => v.videoWidth).length >= least, p === phone ? Math.min(n, 9) : n)));
  await come('Ada', 'Bartholomew Featherstonehaugh');
  await pictures(4);
  await beside.evaluate(() => {
    window.crowd.Ada.say({ type: 'useraction', kind: 'setdata', dest: 'Ada', value: { raisehand: true } });
    window.crowd.Ada.say({ type: 'chat', kind: 'caption', source: 'Ada', username: 'Ada', value: 'And now the second verse, a little slower than before.' });
    setInterval(() => window.crowd.Ada.say({ type: 'usermessage', kind: 'reaction', source: 'Ada', username: 'Ada', dest: '', value: '👏' }), 2500);
  });
  await each('four');

  await beside.evaluate(() => window.shareForPictures('Ada'));
  await both((p) => p.page.waitForSelector('.tile.staged[data-label=screenshare]'));
  await each('screen');
  await beside.evaluate(() => window.unshareForPictures('Ada'));

  await come('Chen', 'Dalia', 'Emre', 'Fatima', 'George');
  await pictures(9);
  await each('nine');

  await both((p) => p.opens('users'));
  await each('people');

  const say = (name, value) => beside.evaluate(([n, v]) => window.crowd[n].say({ type: 'chat', source: n, username: n, value: v }), [name, value]);
  await say('Dalia', 'Which page are we on?');
  await say('Emre', 'Page **12**, the second system.');
  await say('George', 'The recording of last week is at https://example.org/choir');
  await say('Dalia', '@Olga thank you 🎉');
  await laptop.says('See you all on Thursday!');
  await both((p) => p.opens('chat'));
  await each('chat');
  await alone();

  await each('menu', (p) => p.page.click('#more'));
  await each('settings', (p) => p.choose('settings'));

  await come('Hiro', 'Ines', 'Jonas', 'Kofi', 'Lena', 'Marta', 'Noah');
  await pictures(16);
  await each('sixteen');

  // Last: those who stand beside do not come back by themselves.
  const mediad = server.pidOf('mediad');
  process.kill(mediad, 'SIGSTOP');
  await both((p) => p.page.waitForSelector('#banner:visible'));
  await each('gone');
  process.kill(mediad, 'SIGCONT');
  await both((p) => p.page.waitForSelector('#banner', { state: 'hidden' }));

  const desk = await people[0].context.newPage();
  for (const state of ['door', 'alone', 'two', 'four', 'screen', 'nine', 'people', 'chat', 'sixteen', 'menu', 'settings', 'gone'])
    if (!wanted.length || wanted.includes(state)) await sheet(desk, state);
} finally {
  for (const p of people) await p.goHome();
  await server.stop();
}
