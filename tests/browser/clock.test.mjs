// An hour passes by the page's clock in a moment, as for a computer that slept.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sleep, startServer } from '../lib/server.mjs';
import { Person, until } from './lib/people.mjs';

const groups = { club: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } };
const small = { viewport: { width: 800, height: 500 } };

it('after an hour of sleep the page is in the meeting once, by a new connection, seen and heard', { timeout: 300000 }, async (t) => {
  const server = await startServer({ groups });
  const people = [];
  t.after(async () => {
    for (const person of people) await person.goHome();
    await server.stop();
  });
  const ada = await Person.arrive('ada', ['red', 'blue'], small);
  people.push(ada);
  const bo = await Person.arrive('bo', ['yellow', 'magenta'], small);
  people.push(bo);
  await ada.page.clock.install();
  await ada.join(server, 'club');
  await bo.join(server, 'club');
  await bo.decodes(ada);
  const id = () => bo.page.evaluate(() => document.querySelector('[data-username=ada][data-user-id]')?.dataset.userId);
  const before = await id();
  await ada.page.click('#raise');
  await until('her hand is up', () => bo.page.evaluate(() => Boolean(document.querySelector('.tile[data-username=ada] .hand-sign'))));

  // The hour passes in a moment, and nothing may come in it.
  process.kill(server.pidOf('mediad'), 'SIGSTOP');
  await sleep(500);
  await ada.page.clock.fastForward('01:00:00');
  process.kill(server.pidOf('mediad'), 'SIGCONT');
  await until('she came by a new connection', async () => ![undefined, before].includes(await id()));
  await until('she is there once', async () => (await bo.usernames('#users [data-username]')).filter((n) => n === 'ada').length === 1 && await bo.tiles('ada') === 1);
  await bo.decodes(ada);
  await ada.decodes(bo);
  await bo.hears();
  assert.ok(await bo.page.evaluate(() => Boolean(document.querySelector('.tile[data-username=ada] .hand-sign'))), 'her hand is still up');
  assert.ok(await ada.page.evaluate(() => document.getElementById('banner').hidden));
  assert.deepEqual(await ada.complaints(), []);
});
