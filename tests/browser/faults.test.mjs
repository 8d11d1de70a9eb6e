// A program is killed in the middle of a call; what docs/ARCHITECTURE.md promises holds.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from '../lib/server.mjs';
import { Person, until } from './lib/people.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

describe('kill -9 in the middle of a call', () => {
  let server;
  let ada;
  let bo;

  before(async () => {
    server = await startServer({ groups: { meeting: open } });
    ada = await Person.arrive('ada', ['red', 'blue']);
    bo = await Person.arrive('bo', ['yellow', 'magenta']);
    await ada.join(server, 'meeting');
    await bo.join(server, 'meeting');
    await ada.decodes(bo);
    await bo.decodes(ada);
  });
  after(async () => {
    for (const person of [ada, bo]) await person?.goHome();
    await server?.stop();
  });

  it('of admin-cgi: the call and the chat go on, the console comes back', async () => {
    const old = server.pidOf('admin-cgi');
    process.kill(old, 'SIGKILL');
    await ada.says('still here');
    await until('bo reads it', async () =>
      (await bo.page.textContent('#chat-log')).includes('still here'));
    await ada.decodes(bo);
    await until('admin-cgi is back', async () => {
      const now = server.pidOf('admin-cgi');
      return now && now !== old && (await fetch(`${server.base}/`)).status === 200;
    });
  });

  it('of nginx: media go on, pages reconnect', async () => {
    const old = server.pidOf('nginx');
    const before = await ada.received();
    process.kill(old, 'SIGKILL');
    await until('frames go on', async () =>
      (await ada.received()).framesDecoded > before.framesDecoded + 10);
    await until('nginx is back', () => {
      const now = server.pidOf('nginx');
      return now && now !== old;
    });
    await until('chat works again', async () => {
      await ada.says('after nginx');
      return (await bo.page.textContent('#chat-log')).includes('after nginx');
    });
    await ada.decodes(bo);
    await bo.decodes(ada);
  });

  it('of mediad: pages rejoin by themselves and see each other again', async () => {
    const old = server.pidOf('mediad');
    process.kill(old, 'SIGKILL');
    await until('mediad is back', () => {
      const now = server.pidOf('mediad');
      return now && now !== old;
    });
    await until('both are in the group again', async () =>
      (await ada.sees('bo')) && (await bo.sees('ada')));
    await ada.decodes(bo);
    await bo.decodes(ada);
    assert.equal((await fetch(`${server.base}/group/meeting/.status`)).status, 200);
  });

  it('an orderly restart of mediad: the banner says so, and pages come back in the same way', async () => {
    const old = server.pidOf('mediad');
    for (const { page } of [ada, bo]) await page.evaluate(() => {
      const seen = new Set();
      Object.assign(globalThis, { seenForTests: seen });
      const look = () => {
        if (!document.getElementById('banner').hidden) seen.add(document.getElementById('banner-text').textContent);
        if (!document.getElementById('locked').hidden) seen.add('locked');
        if (document.body.dataset.phase === 'login') seen.add('log-in form');
        for (const notice of document.querySelectorAll('.notice')) seen.add(notice.textContent);
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });
    process.kill(old, 'SIGTERM');
    await until('mediad is back', () => {
      const now = server.pidOf('mediad');
      return now && now !== old;
    });
    await until('both are in the group again', async () =>
      (await ada.page.evaluate(() => document.body.dataset.phase === 'joined' && document.getElementById('banner').hidden)) &&
      (await ada.sees('bo')) && (await bo.sees('ada')));
    await ada.decodes(bo);
    await bo.decodes(ada);
    for (const { page } of [ada, bo]) {
      const seen = await page.evaluate(() => Array.from(globalThis.seenForTests));
      assert.ok(seen.length > 0 && seen.every((text) => text.startsWith('The server restarts.')), JSON.stringify(seen));
    }
  });
});
