// Runs inside a network namespace: Firefox and Chromium in a meeting that is encrypted end to end. Each must see and hear the other with
// the same passphrase, and nothing with another one. Exit status 0 means that all of it was seen.
import assert from 'node:assert/strict';
import { playScene } from './firefox_network.mjs';
import { FirefoxPerson } from './firefox.mjs';
import { Person } from './people.mjs';
import { hearsSound, isBlind, safetyNumber, tileSays, usePassphrase } from './sealed.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' }, encrypted: true };

/** @type {Person[]} */
const people = [];

/** @param {Promise<Person>} arrival */
async function enter(server, arrival, fragment) {
  const person = await arrival;
  people.push(person);
  await person.join(server, 'meeting', { fragment });
  return person;
}

async function meet(server) {
  const ada = await enter(server, Person.arrive('ada', ['red', 'blue']), '#key=correct%20horse');
  const fay = await enter(server, FirefoxPerson.arrive('fay', ['green', 'magenta'], ['blue', 'yellow']), '#key=correct%20horse');
  console.log(`took: Firefox showed Chromium's picture after ${await fay.decodes(ada)} ms`);
  console.log(`took: Chromium showed Firefox's picture after ${await ada.decodes(fay)} ms`);
  await fay.hears();
  await hearsSound(ada);
  assert.equal(await safetyNumber(fay), await safetyNumber(ada));

  await usePassphrase(ada, 'another');
  await tileSays(fay, 'ada', /other passphrase/);
  await tileSays(ada, 'fay', /other passphrase/);
  await isBlind(fay, ada);
  await isBlind(ada, fay);

  await usePassphrase(fay, 'another');
  await fay.decodes(ada);
  await ada.decodes(fay);
  await hearsSound(ada);

  const gil = await enter(server, FirefoxPerson.arrive('gil', ['cyan', 'red'], ['blue', 'yellow']), '#key=another');
  await gil.decodes(fay);
  await fay.decodes(gil);
  await gil.decodes(ada);
  await fay.photograph('seal-firefox');
  for (const person of people) assert.deepEqual(await person.complaints(), [], person.name);
}

await playScene('seal', { groups: { meeting: open } }, people, meet);
