// People meet: real Chromium pages through nginx decode each other's picture and sound.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Person, until } from './lib/people.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

describe('a call of three', () => {
  let server;
  let ada;
  let bo;
  let cleo;

  before(async () => {
    server = await startServer({ groups: { meeting: { ...open, displayName: 'Weekly meeting' } } });
    ada = await Person.arrive('ada', ['red', 'blue']);
    bo = await Person.arrive('bo', ['yellow', 'magenta']);
  });
  after(async () => {
    for (const person of [ada, bo, cleo]) await person?.goHome();
    await server?.stop();
  });

  it('two pages see and hear each other', async () => {
    await ada.join(server, 'meeting');
    await bo.join(server, 'meeting');
    await bo.decodes(ada);
    await ada.decodes(bo);
    await ada.hears();
    await bo.hears();
    await ada.photograph('call-two');
  });

  it('they chat', async () => {
    await ada.says('good morning');
    await until('bo reads it', async () =>
      (await bo.page.textContent('#chat-log')).includes('good morning'));
  });

  it('a third who joins late decodes both at once', async (t) => {
    cleo = await Person.arrive('cleo', ['cyan', 'red']);
    await cleo.join(server, 'meeting');
    const took = [await cleo.decodes(ada), await cleo.decodes(bo)];
    await ada.decodes(cleo);
    t.diagnostic(`first pictures after ${took.join(' and ')} ms`);
    await cleo.hears();
    await cleo.photograph('call-three');
  });

  it('a shared screen is a second stream, and one even by a double click', async () => {
    await bo.page.dblclick('#share');
    await ada.decodesScreen(bo);
    await ada.decodes(bo);
    assert.equal(await bo.page.locator('.tile.own[data-label=screenshare]').count(), 1);
    assert.equal(await ada.tiles('bo'), 2);
    await ada.photograph('call-screen');
  });

  it('one who leaves disappears for the others', async () => {
    await bo.page.click('#leave');
    await until('bo is gone for ada', async () =>
      !(await ada.sees('bo')) && (await ada.tiles('bo')) === 0);
    await until('bo is gone for cleo', async () =>
      !(await cleo.sees('bo')) && (await cleo.tiles('bo')) === 0);
    await ada.decodes(cleo);
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const person of [ada, bo, cleo]) assert.deepEqual(await person.complaints(), []);
  });
});
