// Who is on stage while people talk, pages of pictures on a phone, and names that are too long for their tile.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sleep, startServer } from '../lib/server.mjs';
import { crowd } from './lib/crowd.mjs';
import { installClient } from './lib/page_client.mjs';
import { Person, until } from './lib/people.mjs';
import { Table } from './lib/table.mjs';

const present = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
const groups = { club: present, hall: { ...present, 'last-n': 9 } };

describe('the stage while people talk', () => {
  let server;
  let table;
  /** @type {Person} */
  let olga;
  before(async () => {
    server = await startServer({ groups });
    table = await Table.set(server.base, 'club');
    for (const name of ['ada', 'bo']) await table.come(name, { publishes: true });
    olga = await Person.arrive('olga', null, { viewport: { width: 1000, height: 600 } });
    await olga.join(server, 'club', { media: 'none' });
    await olga.says('/layout stage');
    await until('both are seen', async () => (await olga.tiles('ada')) + (await olga.tiles('bo')) === 2);
    // Who has been on stage, one after the other.
    await olga.page.evaluate(() => {
      const staged = () => document.querySelector('.tile.staged')?.dataset.username;
      window.stagedForTests = [staged()];
      new MutationObserver(() => {
        if (staged() && staged() !== window.stagedForTests.at(-1)) window.stagedForTests.push(staged());
      }).observe(document.querySelector('#tiles'), { subtree: true, attributes: true, attributeFilter: ['class'] });
    });
  });
  after(async () => {
    await olga?.goHome();
    await table?.leave();
    await server?.stop();
  });

  const stages = () => olga.page.evaluate(() => window.stagedForTests);
  const staged = (name) => until(`${name} is on stage`, async () => (await stages()).at(-1) === name);

  it('goes to who speaks, and stays when he is silent', async () => {
    await table.speak('bo', 0.3);
    await staged('bo');
    await table.speak('bo', 0);
    await sleep(4000);
    assert.equal((await stages()).at(-1), 'bo');
  });

  it('does not follow a word in between', async () => {
    const before = await stages();
    await table.speak('bo', 0.3);
    await table.click('ada', 0.3);
    await sleep(4000);
    assert.deepEqual(await stages(), before);
    await table.speak('bo', 0);
  });

  it('goes on to who speaks next', async () => {
    await table.speak('ada', 0.3);
    await staged('ada');
    await table.speak('ada', 0);
  });

  it('is given to what is shared', async () => {
    await table.share('bo');
    await until('the screen is on stage', () => olga.page.evaluate(() => document.querySelector('.tile.staged')?.dataset.label === 'screenshare'));
    assert.deepEqual(await olga.complaints(), []);
  });
});

describe('many pictures on a phone', () => {
  it('where the last nine speakers are sent those are on the first page, and beside the stage', async (t) => {
    const server = await startServer({ groups });
    const table = await Table.set(server.base, 'hall');
    const phone = await Person.arrive('phone', null, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    t.after(async () => {
      await phone.goHome();
      await table.leave();
      await server.stop();
    });
    const names = [...'abcdefghijkl'].map((letter) => `guest-${letter}`);
    for (const name of names) await table.come(name, { publishes: true });
    await phone.join(server, 'hall', { media: 'none' });
    /** Names on the tiles that are seen and have a picture. */
    const shown = () => phone.page.evaluate(() => [...document.querySelectorAll('.tile')]
      .filter((tile) => tile.checkVisibility() && tile.querySelector('video').videoWidth > 0).map((tile) => tile.dataset.username).sort().join(' '));
    await until('the first nine', async () => await shown() === names.slice(0, 9).join(' '));

    await table.speak('guest-l', 0.3);
    await until('who speaks has the place of the last', async () => await shown() === [...names.slice(0, 8), 'guest-l'].join(' '));
    await table.speak('guest-l', 0);
    await table.speak('guest-k', 0.3);
    await until('the next one that of who never spoke', async () => await shown() === [...names.slice(0, 7), 'guest-k', 'guest-l'].join(' '));
    await phone.photograph('stage-phone-last-n');

    // Beside a pinned picture there is room for few, who are those again.
    await phone.page.evaluate(() => document.querySelector('.tile[data-username=guest-a] [data-control=pin]').click());
    await until('the speakers beside the pinned one', async () => {
      const seen = (await shown()).split(' ');
      return seen.length < 9 && ['guest-a', 'guest-k', 'guest-l'].every((name) => seen.includes(name));
    });
    await phone.photograph('stage-phone-last-n-pinned');
    assert.deepEqual(await phone.complaints(), []);
  });

  it('stand on pages of nine, and a long name is cut in its middle', async (t) => {
    const long = 'Professor Featherstonehaugh of the Northern Provinces (seminar room 2)';
    const server = await startServer({ groups });
    const phone = await Person.arrive('phone', null, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    t.after(async () => {
      await phone.goHome();
      await server.stop();
    });
    await phone.join(server, 'club', { media: 'none' });
    const beside = await phone.context.newPage();
    await beside.goto(`${server.base}/404`);
    await beside.evaluate(installClient);
    await beside.evaluate(crowd, { group: 'club', from: 0, to: 11 });
    await phone.page.bringToFront();
    await until('pages', () => phone.page.isVisible('#pages'));
    await until('nine of eleven', async () => await phone.page.locator('.tile:visible').count() === 9 && await phone.page.textContent('#pages-text') === '1 / 2');
    await phone.page.tap('#page-next');
    await until('the other two', async () => await phone.page.locator('.tile:visible').count() === 2);
    await phone.page.tap('#page-previous');
    await until('the first nine', async () => await phone.page.locator('.tile:visible').count() === 9);

    await beside.evaluate(crowd, { group: 'club', from: 11, to: 12, name: long });
    await phone.page.tap('#page-next');
    const tile = phone.page.locator('.tile', { hasText: '(seminar room 2)' });
    await tile.waitFor();
    assert.equal(await tile.locator('.tile-name').getAttribute('title'), long);
    const parts = await tile.locator('.tile-name').evaluate((e) => [...e.children].map((c) => {
      const { left, right } = c.getBoundingClientRect();
      return { text: c.textContent, isWhole: c.scrollWidth <= c.clientWidth + 1 || getComputedStyle(c).overflow !== 'hidden', left, right };
    }));
    t.diagnostic(JSON.stringify(parts));
    assert.equal(parts.map((p) => p.text).join(''), long);
    assert.equal(parts.length, 2);
    assert.equal(parts[0].isWhole, false, 'its beginning is cut');
    assert.equal(parts[1].isWhole, true, 'its end is seen');
    const { x, width } = await tile.boundingBox();
    assert.ok(parts[1].right <= x + width, 'inside its tile');
    await phone.photograph('stage-phone-pages');
  });
});
