// Runs inside a network namespace: brings up its network, a server, Chromium and Firefox, and lets them meet. Each must see the
// others' own pictures, and hear them. Exit status 0 means that all of it was seen; a line "took: ..." is for the report.
import assert from 'node:assert/strict';
import { FirefoxPerson } from './firefox.mjs';
import { playScene } from './firefox_network.mjs';
import { Person, until } from './people.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: ['op', 'present', 'message', 'caption'] } };

/** @type {Person[]} */
const people = [];

/** @param {Promise<Person>} arrival */
async function enter(server, arrival) {
  const person = await arrival;
  people.push(person);
  await person.join(server, 'meeting');
  return person;
}

/** Mediad is killed, and started again once the banner says that the connection is gone. */
async function loseTheLine(server, person) {
  const banner = () => person.page.evaluate(() => {
    const element = document.getElementById('banner');
    return element.hidden ? '' : element.textContent;
  });
  process.kill(server.child.pid, 'SIGSTOP'); // so that nothing restarts
  try {
    process.kill(server.pidOf('mediad'), 'SIGKILL');
    await until(`${person.name} is told`, async () => /Your connection is gone/.test(await banner()));
  } finally {
    process.kill(server.child.pid, 'SIGCONT');
  }
  await until(`${person.name} is back`, async () => await banner() === ''
    && person.page.evaluate(() => document.body.dataset.phase === 'joined'));
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

  await cleo.page.evaluate(() => import(document.querySelector('link[href$="/js/session.js"]').href).then(({ currentClient }) =>
    currentClient().chat('what is said, in writing', { kind: 'caption' })));
  await until('Firefox shows the caption', () => fay.page.evaluate(() => {
    const captions = document.getElementById('captions');
    return captions.checkVisibility() && /^cleo.*what is said, in writing$/.test(captions.textContent);
  }));
  await loseTheLine(server, fay);
  console.log(`took: after a lost line Firefox showed Chromium's picture after ${await fay.decodes(cleo)} ms`);
  await cleo.decodes(fay);
  await fay.hears();
  // Firefox itself tells of each connection that a server which is gone did not take.
  const isOurs = (complaint) => !/establish a connection to the server/.test(complaint);
  for (const person of people) assert.deepEqual((await person.complaints()).filter(isOurs), [], person.name);
}

await playScene('firefox', { groups: { meeting: open } }, people, meet);
