// What people see and do in an encrypted meeting.
import assert from 'node:assert/strict';
import { sleep } from '../../lib/server.mjs';
import { until } from './people.mjs';

/** An entry of the menu of one's own name. @returns how many there are; clicks it unless told otherwise */
export async function menu(person, action, clicks = true) {
  await person.page.evaluate(() => document.querySelector('#users [data-username]').click());
  await person.page.waitForSelector('[role=menuitem]');
  const entries = await person.page.$$(`[role=menuitem][data-action=${action}]`);
  if (clicks) await entries[0].click();
  return entries.length;
}

/** The numbers that the lock opens. */
export async function safetyNumber(person) {
  await person.page.evaluate(() => document.getElementById('encrypted').click());
  const text = await person.page.waitForSelector('#safety-number').then((e) => e.evaluate((n) => n.textContent));
  await person.page.evaluate(() => document.getElementById('seal-dialog').close(''));
  return text;
}

/** Waits until somebody's tile says this. */
export async function tileSays(person, name, words) {
  await until(`${person.name} reads ${words} on ${name}'s tile`, async () => words.test(await person.page.evaluate((who) =>
    Array.from(document.querySelectorAll('.tile'), (t) => (t.dataset.username === who ? t.textContent : '')).join(), name)));
}

/** No picture of `other` comes here for three seconds: at most the last one that could be read still stands. */
export async function isBlind(person, other) {
  const rows = new Set();
  for (let i = 0; i < 12; i += 1) {
    rows.add((await person.look(other.name))?.row);
    await sleep(250);
  }
  assert.equal(rows.size, 1, `${person.name} sees ${other.name}`);
}

/** Sound that was sent, and not what a decoder puts in its place. */
export async function hearsSound(person) {
  const sum = () => person.page.evaluate(async () => {
    let [energy, samples, concealed] = [0, 0, 0];
    for (const pc of window.peerConnectionsForTests) {
      if (pc.connectionState === 'closed') continue;
      for (const s of (await pc.getStats()).values()) {
        if (s.type !== 'inbound-rtp' || s.kind !== 'audio') continue;
        energy += s.totalAudioEnergy ?? 0;
        samples += s.totalSamplesReceived ?? 0;
        concealed += s.concealedSamples ?? 0;
      }
    }
    return { energy, heard: samples - concealed };
  });
  const before = await sum();
  await until(`${person.name} hears something`, async () => {
    const now = await sum();
    return now.energy > before.energy + 1e-4 && now.heard > before.heard + 48000;
  });
}

/** Waits for a notice. */
export const says = (person, words) => until(`${person.name} is told ${words}`, () => person.page.evaluate(([source]) =>
  new RegExp(source).test(document.getElementById('notices-warn').textContent + document.getElementById('notices-info').textContent), [words.source]));

/** Another passphrase, by the field behind the lock. */
export async function usePassphrase(person, text) {
  await person.page.evaluate(() => document.getElementById('encrypted').click());
  const field = await person.page.waitForSelector('#seal-passphrase');
  await field.type(text);
  await person.page.keyboard.press('Enter');
}

/** How wide somebody's picture is; 0 without one. */
export const widthOf = (person, name) => person.page.evaluate((who) => Array.from(document.querySelectorAll('.tile'))
  .find((t) => t.dataset.username === who)?.querySelector('video')?.videoWidth ?? 0, name);
