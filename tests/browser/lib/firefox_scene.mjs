// Runs inside a network namespace: brings up its network, a server, Chromium and Firefox, and lets them meet. Each must see the
// others' own pictures, and hear them. Exit status 0 means that all of it was seen; a line "took: ..." is for the report.
import assert from 'node:assert/strict';
import { FirefoxPerson } from './firefox.mjs';
import { playScene } from './firefox_network.mjs';
import { Person, until } from './people.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

/** @type {Person[]} */
const people = [];

/** @param {Promise<Person>} arrival */
async function enter(server, arrival) {
  const person = await arrival;
  people.push(person);
  await person.join(server, 'meeting');
  return person;
}

async function meet(server) {
  const ada = await enter(server, Person.arrive('ada', ['red', 'blue']));
  const fay = await enter(server, FirefoxPerson.arrive('fay', ['green', 'magenta'], ['blue', 'yellow']));
  console.log(`took: Firefox showed Chromium's picture after ${await fay.decodes(ada)} ms`);
  console.log(`took: Chromium showed Firefox's picture after ${await ada.decodes(fay)} ms`);
  await fay.hears();
  await ada.hears();

  const cleo = await enter(server, Person.arrive('cleo', ['cyan', 'red']));
  const late = [await cleo.decodes(fay), await cleo.decodes(ada)];
  console.log(`took: one who came late showed Firefox's and Chromium's pictures after ${late.join(' and ')} ms`);
  await cleo.hears();
  await fay.decodes(cleo);
  await ada.decodes(cleo);

  for (const [presenter, viewer] of [[ada, fay], [fay, ada]]) {
    await presenter.page.locator('#share').click();
    await viewer.decodesScreen(presenter);
    await viewer.decodes(presenter);
    assert.equal(await viewer.tiles(presenter.name), 2);
  }
  for (const [speaker, text] of [[fay, 'Firefox'], [ada, 'Chromium']]) {
    await speaker.page.evaluate((t) => {
      document.querySelector('#chat-input').value = t;
      document.querySelector('#chat-form').requestSubmit();
    }, `hello from **${text}**`);
    for (const person of people) {
      await until(`${person.name} reads ${speaker.name}`, () => person.page.evaluate((t) =>
        [...document.querySelectorAll('#chat-log .chat-text strong')].some((e) => e.textContent === t), text));
    }
  }
  await fay.page.locator('#raise').click();
  await until('ada sees the hand', () => ada.page.evaluate(() => Boolean(document.querySelector('.tile[data-username=fay] .hand-sign'))));
  await ada.photograph('firefox-in-chromium');
  await fay.photograph('chromium-in-firefox');

  await ada.page.locator('#leave').click();
  await until('ada is gone for fay', async () => !(await fay.sees('ada')) && (await fay.tiles('ada')) === 0);
  await fay.decodes(cleo);
  await cleo.decodes(fay);
  for (const person of people) assert.deepEqual(await person.complaints(), [], person.name);
}

await playScene('firefox', { groups: { meeting: open } }, people, meet);
