// A bare page of another origin watches a group by WHEP, while people publish there with the group page.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { servePlayer } from './lib/bare_player.mjs';
import { colours } from './lib/camera.mjs';
import { Person, until } from './lib/people.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };

describe('a page that plays by WHEP', () => {
  let site;
  let server;
  let viewer;
  const people = [];

  before(async () => {
    site = await servePlayer();
    const soon = new Date(Date.now() + 3600e3).toISOString();
    server = await startServer({
      groups: { stage: anybody, empty: anybody, guarded: { users: { ada: { password: 'x', permissions: 'op' } } } },
      config: { allowOrigin: [site.origin] },
      files: {
        'data/var/tokens.jsonl': `${JSON.stringify({ token: 'tok', group: 'guarded', permissions: [], expires: soon })}\n`,
        'data/ice-servers.json': [{ urls: ['stun:127.0.0.1:9'] }],
      },
    });
    viewer = await Person.arrive('viewer', null);
  });
  after(async () => {
    for (const person of [viewer, ...people]) await person?.goHome();
    await server?.stop();
    site?.stop();
  });

  const arrive = async (name, halves, group, password = '') => {
    const person = await Person.arrive(name, halves);
    people.push(person);
    await person.join(server, group, { password });
    return person;
  };
  const leave = (person) => { people.splice(people.indexOf(person), 1); return person.goHome(); };
  const play = async (path) => {
    await viewer.page.goto(site.origin);
    assert.deepEqual(await viewer.page.evaluate((url) => window.whep.play(url), `${server.base}${path}`), { status: 201 });
  };
  const counts = () => viewer.page.evaluate(() => window.whep.counts());
  const near = (seen, wanted) => seen.every((v, i) => Math.abs(v - wanted[i]) < 70);

  /** The person's picture is shown and moves, and there is sound. */
  const seesAndHears = async (person) => {
    const look = () => viewer.page.evaluate(() => window.whep.look());
    await until(`the player sees ${person.name}`, async () => {
      const seen = await look();
      return seen && person.halves.every((c, i) => near(seen.halves[i], colours[c].rgb));
    });
    const rows = new Set();
    await until(`${person.name}'s picture moves`, async () => rows.add((await look()).row).size > 5);
    const { energy } = await counts();
    await until(`the player hears ${person.name}`, async () => (await counts()).energy > energy + 1e-4);
  };

  it('decodes the picture, hears the sound, and is not among the people', async () => {
    const ada = await arrive('ada', ['red', 'blue'], 'stage');
    await play('/group/stage/.whep?label=camera');
    await seesAndHears(ada);
    assert.deepEqual(await ada.usernames('#users [data-username]'), ['ada']);
    await viewer.photograph('whep');
  });

  it('goes on with another publisher of the same label, in the same two streams', async () => {
    const [ada] = people;
    const description = await viewer.page.evaluate(() => window.whep.pc.remoteDescription.sdp);
    await leave(ada);
    const bo = await arrive('bo', ['yellow', 'magenta'], 'stage');
    await seesAndHears(bo);
    assert.equal((await counts()).streams, 2);
    assert.equal(await viewer.page.evaluate(() => window.whep.pc.remoteDescription.sdp), description);
    assert.deepEqual(await viewer.page.evaluate(() => window.whep.states), ['connecting', 'connected']);
  });

  it('takes the next one at once where another is there already', async () => {
    const [bo] = people;
    const cleo = await arrive('cleo', ['cyan', 'red'], 'stage');
    await bo.decodes(cleo);
    await leave(bo);
    await seesAndHears(cleo);
  });

  it('restarts ICE by PATCH, and the picture goes on', async () => {
    const [cleo] = people;
    assert.deepEqual(await viewer.page.evaluate(() => window.whep.restart()), { status: 200 });
    const { frames } = await counts();
    await until('pictures after the restart', async () => (await counts()).frames > frames + 30);
    await seesAndHears(cleo);
  });

  it('ends by DELETE: nothing comes any more', async () => {
    assert.equal(await viewer.page.evaluate(() => window.whep.end()), 200);
    await until('the connection is closed', async () =>
      ['closed', 'disconnected', 'failed'].includes(await viewer.page.evaluate(() => window.whep.pc.connectionState)));
  });

  it('waits in an empty group, and shows who comes first', async () => {
    await play('/group/empty/.whep');
    const dora = await arrive('dora', ['green', 'magenta'], 'empty');
    await seesAndHears(dora);
  });

  it('with whip-whep of npm: by a token, with its trickled candidates, restarts and end', async () => {
    const complaints = [];
    viewer.page.on('console', (m) => m.type() === 'error' && complaints.push(m.text()));
    const ada = await arrive('ada', ['blue', 'green'], 'guarded', 'x');
    await viewer.page.goto(site.origin);
    await viewer.page.evaluate((url) => window.whep.playByLibrary(url, 'tok'), `${server.base}/group/guarded/.whep`);
    await seesAndHears(ada);
    assert.deepEqual(await viewer.page.evaluate(() => window.whep.pc.getConfiguration().iceServers.map((s) => s.urls).flat()), ['stun:127.0.0.1:9']);
    await viewer.page.evaluate(() => window.whep.client.restart());
    await until('the restart is done', () => viewer.page.evaluate(() => window.whep.client.restartIce === null));
    const { frames } = await counts();
    await until('pictures after the restart', async () => (await counts()).frames > frames + 30);
    await viewer.page.evaluate(() => window.whep.client.stop());
    assert.deepEqual(complaints, []);
  });
});
