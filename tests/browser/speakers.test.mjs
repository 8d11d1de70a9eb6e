// Who speaks is heard from what browsers send, and decides whose pictures are sent where a group has a limit (docs/PROTOCOL.md, Features).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sleep, startServer } from '../lib/server.mjs';
import { Table } from './lib/table.mjs';
import { until } from './lib/people.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
const features = ['layers', 'speakers', 'streamState'];
const ours = new Set(features);

describe('who speaks', () => {
  let server;
  let table;

  before(async () => {
    server = await startServer({ groups: { talk: anybody } });
    table = await Table.set(server.base, 'talk');
    await table.come('ada', { publishes: true });
    await table.come('bo', { publishes: true, features });
    await table.come('cyd', { features: ['speakers'] });
    await until('both are received', async () => Object.values(await table.packets('cyd')).filter((n) => n > 5).length === 2);
  });
  after(async () => {
    await table?.leave();
    await server?.stop();
  });

  const order = (want, of = 'cyd') => until(`${of} hears ${want}`, async () => (await table.speakers(of)) === want, 15000);

  it('nobody, at first', async () => assert.equal(await table.speakers('cyd'), undefined));

  it('is told to those who asked for it', async () => {
    await table.speak('ada', 0.3);
    await order('ada!');
    await order('ada!', 'bo');
  });

  it('somebody else who speaks as well stands behind', async () => {
    await table.speak('bo', 0.3);
    await order('ada! bo!');
  });

  it('silence changes no order; who goes on is first', async () => {
    await table.speak('ada', 0);
    await order('bo! ada');
    await table.speak('bo', 0);
    await order('bo ada');
  });

  it('a short noise is not told', async () => {
    const told = (await table.heard('cyd', 'speakers')).length;
    await table.click('ada', 0.1);
    await sleep(3000);
    assert.equal((await table.heard('cyd', 'speakers')).length, told);
    assert.equal(await table.speakers('cyd'), 'bo ada');
  });

  it('a muted microphone is silent', async () => {
    const told = (await table.heard('cyd', 'speakers')).length;
    await table.mute('ada', true);
    await table.speak('ada', 0.3);
    await sleep(3000);
    assert.equal((await table.heard('cyd', 'speakers')).length, told);
    await table.mute('ada', false);
    await order('ada! bo');
    await table.mute('ada', true);
    await order('ada bo');
  });

  it('who comes is told at once', async () => {
    await table.come('dee', { features });
    await order('ada bo', 'dee');
  });

  it('a client that asked for nothing has got none of our messages', async () => {
    assert.deepEqual((await table.types('ada')).filter((t) => ours.has(t)), []);
    assert.deepEqual((await table.types('cyd')).filter((t) => ours.has(t)), ['speakers']);
  });

  it('who leaves is in it no more', async () => {
    await table.page.evaluate(() => window.people.bo.ws.close());
    await order('ada');
  });
});

describe('a group that sends one camera', () => {
  let server;
  let table;
  const names = ['ada', 'bo', 'cyd'];

  before(async () => {
    server = await startServer({ groups: { talk: { ...anybody, 'last-n': 1 } } });
    table = await Table.set(server.base, 'talk');
    for (const name of names) await table.come(name, { publishes: true, features: ['layers'] });
    await table.come('eye', { features });
    await table.come('old');
  });
  after(async () => {
    await table?.leave();
    await server?.stop();
  });

  /** Streams of which video comes within two seconds. */
  async function flowing(name) {
    const first = await table.packets(name);
    await sleep(2000);
    const then = await table.packets(name);
    return Object.keys(then).filter((id) => then[id] > (first[id] ?? 0)).sort().join(' ');
  }

  const flows = (name, want) => until(`of ${want} video comes to ${name}`, async () => (await flowing(name)) === want);

  async function state(id) {
    return (await table.heard('eye', 'streamState')).filter((m) => m.id === id).at(-1)?.value;
  }

  it('sends that of who came first, while nobody has spoken', async () => {
    for (const name of ['eye', 'old']) await flows(name, 'ada');
    await until('the others are said to be paused', async () => {
      const states = await Promise.all(['bo', 'cyd'].map(state));
      return states.every((s) => s?.state === 'paused' && s.reason === 'unwanted');
    });
    assert.notEqual((await state('ada'))?.reason, 'unwanted');
  });

  it('and that of who speaks, for as long as nobody else does', async () => {
    await table.speak('cyd', 0.3);
    for (const name of ['eye', 'old']) await flows(name, 'cyd');
    await table.speak('cyd', 0);
    await until('cyd is silent', async () => (await table.speakers('eye')) === 'cyd');
    await flows('eye', 'cyd');
    await until('ada is said to be paused', async () => (await state('ada'))?.reason === 'unwanted');
  });

  it('a pinned one and a screen come besides', async () => {
    await table.say('eye', { type: 'requestStream', id: 'bo', value: { pinned: true } });
    await flows('eye', 'bo cyd');
    await table.share('ada');
    await flows('eye', 'ada-screen bo cyd');
    await flows('old', 'ada-screen cyd');
    await table.say('eye', { type: 'requestStream', id: 'bo', value: { pinned: false } });
    await flows('eye', 'ada-screen cyd');
  });

  it('one that is hidden is not sent', async () => {
    await table.say('eye', { type: 'requestStream', id: 'cyd', value: { hidden: true } });
    await flows('eye', 'ada-screen');
    await table.say('eye', { type: 'requestStream', id: 'cyd', value: { hidden: false } });
    await flows('eye', 'ada-screen cyd');
  });

  it('publishers hear that nobody receives their cameras, and that somebody does again', async () => {
    const active = async (name) => (await table.heard(name, 'layers')).filter((m) => m.id === name).at(-1)?.value.active;
    await until('bo hears that nobody does', async () => (await active('bo'))?.length === 0);
    await table.speak('bo', 0.3);
    await until('bo hears that somebody does', async () => (await active('bo'))?.length === 1);
    await flows('old', 'ada-screen bo');
  });

  it('the limit goes with the files', async () => {
    server.writeGroup('talk', { ...anybody, 'last-n': 2 });
    await flows('eye', 'ada-screen bo cyd');
    server.writeGroup('talk', anybody);
    await flows('eye', 'ada ada-screen bo cyd');
    server.writeFile('data/mediad.json', { 'last-n': 1 });
    await flows('eye', 'ada-screen bo');
    server.writeGroup('talk', { ...anybody, 'last-n': -1 });
    await flows('eye', 'ada ada-screen bo cyd');
  });
});
