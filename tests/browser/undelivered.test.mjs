// What one writes while the server hangs, and that then dies, is not lost without a word; and nothing is sent twice by itself.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { join } from '../lib/ws_client.mjs';
import { Person, until } from './lib/people.mjs';

const groups = { club: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } };
const small = { viewport: { width: 800, height: 600 } };

describe('a line that was perhaps not delivered', () => {
  let server;
  /** @type {Person} */
  let ada;

  before(async () => {
    server = await startServer({ groups });
    ada = await Person.arrive('ada', null, small);
    await ada.page.addInitScript(beDeaf);
    await ada.join(server, 'club', { media: 'none' });
  });
  after(async () => {
    await ada?.goHome();
    await server?.stop();
  });

  /** Runs inside the page before its own scripts: what comes on connections of before is not heard any more. */
  function beDeaf() {
    const sockets = [];
    window.deafenForTests = () => { for (const s of sockets) s.onmessage = null; };
    window.WebSocket = class extends window.WebSocket {
      constructor(...args) {
        super(...args);
        sockets.push(this);
      }
    };
  }
  const rows = (text) => ada.page.locator('.chat-entry', { has: ada.page.locator('.chat-unheard', { hasText: text }) });
  const AGAIN = 'Not delivered, as far as is known';
  const entries = (text) => ada.page.locator('.chat-entry', { hasText: text });
  const phase = () => ada.page.getAttribute('body', 'data-phase');

  /** Mediad hangs while something is done, is killed, and does not come back before something else is done. */
  async function strike(meanwhile, whileGone = async () => {}) {
    process.kill(server.child.pid, 'SIGSTOP'); // who would start it again
    try {
      process.kill(server.pidOf('mediad'), 'SIGSTOP');
      await meanwhile();
      process.kill(server.pidOf('mediad'), 'SIGKILL');
      await until('she knows', async () => await phase() === 'reconnecting');
      await whileGone();
    } finally {
      process.kill(server.child.pid, 'SIGCONT');
    }
  }
  const isBack = () => until('she is back', async () => await phase() === 'joined');

  it('is shown as such after the return, to all and to one, and goes out when she says so', async (t) => {
    const before = await join(t, server, 'club', 'bo');
    await ada.says('heard by all');
    await before.wait((m) => m.type === 'chat' && m.value === 'heard by all');
    await until('it is there', async () => await entries('heard by all').count() === 1);
    assert.equal(await ada.page.locator('.chat-unheard').count(), 0, 'what was delivered has no sign');
    await strike(async () => {
      await ada.says('to all, and lost');
      await ada.says('/msg bo to one, and lost');
      await until('it says so', async () => await rows('Not delivered yet').count() === 2);
      await ada.photograph('undelivered-yet');
    });
    await isBack();
    const bo = await join(t, server, 'club', 'bo');
    await until('both are offered', async () => await rows(AGAIN).count() === 2);
    await ada.photograph('undelivered');
    await rows(AGAIN).filter({ hasText: 'to all, and lost' }).locator('[data-action=again]').click();
    await bo.wait((m) => m.type === 'chat' && m.value === 'to all, and lost' && !m.dest);
    await rows(AGAIN).filter({ hasText: 'to one, and lost' }).locator('[data-action=again]').click();
    await bo.wait((m) => m.type === 'chat' && m.value === 'to one, and lost' && m.dest);
    await until('nothing is offered', async () => await ada.page.locator('.chat-unheard').count() === 0);
    for (const text of ['to all, and lost', 'to one, and lost']) {
      await until(text, async () => await entries(text).count() === 1);
      assert.equal(bo.inbox.filter((m) => m.value === text).length, 0, 'it came once');
    }
  });

  it('is there again in a page that was loaded anew, and can be discarded', async (t) => {
    await strike(async () => {
      await ada.says('typed before the reload');
      await ada.page.fill('#chat-input', 'half a sen');
    }, async () => {
      await ada.page.reload();
      await ada.page.waitForSelector('h1:text("One moment, please")');
    });
    // Mediad gives the page, too: what stood in for it gives way by itself.
    await isBack();
    const bo = await join(t, server, 'club', 'bo');
    await ada.opens('chat');
    await until('it is offered', async () => await rows(AGAIN).count() === 1);
    assert.equal(await ada.page.inputValue('#chat-input'), 'half a sen');
    await ada.page.fill('#chat-input', '');
    await ada.page.locator('[data-action=discard]').click();
    await until('it is gone', async () => await entries('typed before the reload').count() === 0);
    await ada.says('a last word');
    await bo.wait((m) => m.type === 'chat' && m.value === 'a last word');
    assert.ok(!bo.all.some((m) => m.value === 'typed before the reload'));
  });

  it('is not offered again if it came, though the answer was lost', async (t) => {
    const bo = await join(t, server, 'club', 'bo');
    const isDoubtful = ada.page.waitForSelector('.chat-unheard:has-text("Not delivered yet")');
    await ada.page.evaluate(() => window.deafenForTests());
    await ada.says('the answer is lost');
    await bo.wait((m) => m.type === 'chat' && m.value === 'the answer is lost');
    await isDoubtful;
    await until('it was delivered', async () => await entries('the answer is lost').count() === 1 && await ada.page.locator('.chat-unheard').count() === 0);
    assert.equal(await entries('the answer is lost').getAttribute('data-message-id').then(Boolean), true);
  });

  it('nothing was complained of', async () => assert.deepEqual(await ada.complaints(), []));
});
