// The line that fails, and rights that change, as people see them: what they are told, when, and that they come back.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Person, until } from './lib/people.mjs';

const groups = {
  club: {
    users: { olga: { password: 'op', permissions: 'op' } },
    'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
  },
};

/** Three times the five seconds that the first word may take. */
const FIRST_WORD_MS = 15000;
const GONE = 'Your connection is gone. Trying';

/** @param {Person} p @returns {Promise<string>} empty when there is no banner */
const banner = (p) => p.page.evaluate(() => {
  const element = document.getElementById('banner');
  return element.hidden ? '' : document.getElementById('banner-text').textContent;
});
/** @param {Person} p */
const isBack = (p) => p.page.evaluate(() => document.body.dataset.phase === 'joined' && document.getElementById('banner').hidden);

/**
 * Asks one of the page's own modules, which stand under a path that names their version.
 * @param {Person} p @param {string} name @param {(module: any) => unknown} ask   runs in the page
 */
const inModule = (p, name, ask) => p.page.evaluate(`(async () => (${ask})(await import(document.querySelector('link[href$="/js/${name}.js"]').href)))()`);
/** @param {Person} p @returns {Promise<string>} the id of its connection */
const myId = (p) => inModule(p, 'session', ({ state }) => state.myId);

/** Opens one side of the panel. @param {Person} p @param {'users'|'chat'} pane */
const show = (p, pane) => p.page.evaluate((which) => {
  if (!['both', which].includes(document.body.dataset.panel)) document.getElementById(`toggle-${which}`).click();
}, pane);

/** @param {Person} p @param {string} text */
async function say(p, text) {
  await show(p, 'chat');
  await p.page.fill('#chat-input', text);
  await p.page.press('#chat-input', 'Enter');
}

/** Keeps every notice that a page has shown. @param {Person} p */
const watchNotices = (p) => p.page.evaluate(() => {
  const seen = new Set();
  Object.assign(globalThis, { noticesForTests: seen });
  new MutationObserver(() => {
    for (const e of document.querySelectorAll('.notice p')) seen.add(e.textContent);
  }).observe(document.body, { subtree: true, childList: true });
});
/** @param {Person} p @returns {Promise<string[]>} */
const notices = (p) => p.page.evaluate(() => Array.from(globalThis.noticesForTests));
/** @param {Person} p @param {string} text */
async function isTold(p, text) {
  await until(`${p.name} is told: ${text}`, async () => (await notices(p)).includes(text))
    .catch(async (e) => assert.fail(`${e.message}; but ${JSON.stringify(await notices(p))}`));
}

/** Forwards TCP to a port, until it is cut: then what comes is swallowed, and nobody is told. */
class Wire {
  /** @param {number} to */
  static async lay(to) {
    const wire = new Wire();
    wire.isCut = false;
    wire.sockets = new Set();
    wire.server = net.createServer((near) => {
      const far = net.connect(to, '127.0.0.1');
      const pair = { near, far, isDead: wire.isCut };
      wire.sockets.add(pair);
      const pass = (from, other) => {
        from.on('data', (data) => { if (!pair.isDead) other.write(data); });
        from.on('close', () => { wire.sockets.delete(pair); other.destroy(); });
        from.on('error', () => {});
      };
      pass(near, far);
      pass(far, near);
    });
    await new Promise((ok) => { wire.server.listen(0, '127.0.0.1', ok); });
    wire.port = wire.server.address().port;
    return wire;
  }

  /** What is connected now is dead for good. @param {boolean} also   later connections too, until mend() */
  cut(also) {
    this.isCut = also;
    for (const pair of this.sockets) pair.isDead = true;
  }

  mend() { this.isCut = false; }

  async end() {
    for (const { near, far } of this.sockets) { near.destroy(); far.destroy(); }
    await new Promise((ok) => { this.server.close(ok); });
  }
}

describe('the line', () => {
  let server;
  /** @type {Wire} */
  let wire;
  /** @type {Person} behind the wire */
  let ada;
  /** @type {Person} */
  let bo;

  before(async () => {
    server = await startServer({ groups });
    wire = await Wire.lay(server.port);
    ada = await Person.arrive('ada', ['red', 'blue']);
    bo = await Person.arrive('bo', ['yellow', 'magenta']);
    await ada.join({ base: `https://localhost:${wire.port}` }, 'club');
    await bo.join(server, 'club');
    await ada.decodes(bo);
    await bo.decodes(ada);
  });
  after(async () => {
    for (const person of [ada, bo]) await person?.goHome();
    await wire?.end();
    await server?.stop();
  });

  /** Both are there once, and see each other. */
  async function allIsWell() {
    await until('both are in the group', async () => (await isBack(ada)) && (await isBack(bo)) && (await ada.sees('bo')) && (await bo.sees('ada')));
    await until('each is there once', async () => (await Promise.all([ada, bo].map((p) => p.usernames('#users [data-username]'))))
      .every((names) => names.length === 2));
    await ada.decodes(bo);
    await bo.decodes(ada);
  }

  it('offline: the banner is there at once, and goes when the browser is online again', async () => {
    await ada.context.setOffline(true);
    await until('the banner', async () => (await banner(ada)).startsWith(GONE), FIRST_WORD_MS);
    await ada.photograph('line-gone');
    await ada.context.setOffline(false);
    await allIsWell();
  });

  it('a server that stands still: told within the time, text kept, and over when it goes on', async () => {
    const mediad = server.pidOf('mediad');
    process.kill(mediad, 'SIGSTOP');
    try {
      await Promise.all([ada, bo].map((p) => until('the banner', async () => (await banner(p)).startsWith(GONE), FIRST_WORD_MS)));
      await until('the page knows that nobody listens', () => inModule(bo, 'session', ({ currentClient }) => !currentClient().isThere));
      await say(bo, 'said into the void');
      assert.equal(await bo.page.inputValue('#chat-input'), 'said into the void');
      await bo.page.evaluate(() => document.getElementById('mute').click());
      assert.ok(await inModule(bo, 'session', ({ state }) => state.settings.localMute), 'one can mute all the same');
      await bo.page.evaluate(() => document.getElementById('mute').click());
    } finally {
      process.kill(mediad, 'SIGCONT');
    }
    await allIsWell();
    await bo.page.press('#chat-input', 'Enter');
    await until('ada reads it', async () => (await ada.page.textContent('#chat-log')).includes('said into the void'));
  });

  it('a wire that swallows all: told within the time, and back by a new connection as soon as one is answered', async () => {
    const id = await myId(ada);
    wire.cut(true);
    await until('the banner', async () => (await banner(ada)).startsWith(GONE), FIRST_WORD_MS);
    assert.equal(await banner(bo), '', 'the other\'s line is well');
    wire.mend();
    await allIsWell();
    assert.notEqual(await myId(ada), id, 'a connection of its own');
  });

  it('a network that changes: the old connection is dead, a new one is found', async () => {
    wire.cut(false);
    await until('the banner', async () => (await banner(ada)).startsWith(GONE), FIRST_WORD_MS);
    await allIsWell();
  });

  it('killed: the banner says so, and all come back', async () => {
    const seen = ada.page.waitForFunction((text) => document.getElementById('banner-text').textContent.startsWith(text)
      && !document.getElementById('banner').hidden, GONE, { polling: 'raf', timeout: FIRST_WORD_MS });
    process.kill(server.pidOf('mediad'), 'SIGKILL');
    await seen;
    await allIsWell();
  });

  it('gone for a while: own devices and hand stay in hand, and what was pressed is so for the others afterwards', async () => {
    await Promise.all([ada, bo].map((p) => p.page.setViewportSize({ width: 900, height: 600 })));
    await bo.page.click('#mute');
    const isMuted = (p, name) => inModule(p, 'session', `({ state }) => state.users.find((u) => u.username === '${name}')?.data.muted === true`);
    await until('ada sees that bo is muted', () => isMuted(ada, 'bo'));
    await Promise.all([ada, bo].map(watchNotices));
    process.kill(server.child.pid, 'SIGSTOP'); // so that nothing restarts
    try {
      process.kill(server.pidOf('mediad'), 'SIGKILL');
      await Promise.all([ada, bo].map((p) => until('the banner', async () => (await banner(p)).startsWith(GONE), FIRST_WORD_MS)));
      for (const p of [ada, bo]) {
        for (const id of ['mute', 'camera', 'share', 'raise']) assert.ok(await p.page.isVisible(`#${id}`), `${p.name} #${id}`);
        assert.equal(await p.page.textContent('#raise .round-label'), 'Raise hand');
      }
      await ada.page.evaluate(() => document.activeElement?.blur());
      await ada.page.keyboard.press('m');
      await ada.page.waitForSelector('#mute[aria-pressed=true]');
      await ada.page.click('#camera');
      await ada.page.waitForSelector('#camera[aria-pressed=true]');
      await bo.page.click('#mute');
      await bo.page.waitForSelector('#mute[aria-pressed=false]');
      await bo.page.click('#raise');
      await bo.page.waitForSelector('#raise[aria-pressed=true]');
      assert.equal(await bo.page.textContent('#raise .round-label'), 'Lower hand');
      assert.equal(await bo.page.textContent('.tile.own .hand-sign'), '1');
      for (const p of [ada, bo]) assert.deepEqual((await notices(p)).filter((n) => /connect|server/i.test(n)), [], p.name);
      for (let i = 0; i < 3; i += 1) await say(bo, '/renegotiate');
      const told = bo.page.locator('.notice:has-text("You are not connected.")');
      await told.first().waitFor();
      assert.equal(await told.count(), 1);
      const [note, over] = [await told.boundingBox(), await bo.page.locator('#banner').boundingBox()];
      assert.ok(note.y >= over.y + over.height, 'the notice does not cover the banner');
      await ada.photograph('line-outage-ada');
      await bo.photograph('line-outage-bo');
    } finally {
      process.kill(server.child.pid, 'SIGCONT');
    }
    await Promise.all([ada, bo].map((p) => until(`${p.name} is back`, () => isBack(p))));
    await until('bo sees ada without a camera, muted', async () => await isMuted(bo, 'ada') && bo.page.evaluate(() =>
      Boolean(document.querySelector('.tile.audio-only[data-username=ada]'))));
    await until('ada sees bo\'s hand, and that bo is not muted', async () => !await isMuted(ada, 'bo')
      && await ada.page.evaluate(() => document.querySelector('.tile[data-username=bo] .hand-sign')?.textContent === '1'));
    assert.ok(await ada.page.evaluate(() => document.getElementById('mute').getAttribute('aria-pressed') === 'true'));
    await bo.page.click('#raise');
    await bo.page.waitForSelector('#raise[aria-pressed=false]');
    await ada.page.click('#mute');
    await ada.page.click('#camera');
    await allIsWell();
  });

  it('what the server has forgotten in a restart, a new page does not deny', async () => {
    await say(ada, 'said before');
    await until('bo reads it', async () => (await bo.page.textContent('#chat-log')).includes('said before'));
    const ids = await Promise.all([ada, bo].map(myId));
    process.kill(server.pidOf('mediad'), 'SIGKILL');
    await until('both have new connections', async () => (await Promise.all([ada, bo].map(myId))).every((id, i) => id && id !== ids[i]));
    await allIsWell();
    assert.ok((await ada.page.textContent('#chat-log')).includes('said before'));
    await bo.page.reload();
    await allIsWell();
    await show(bo, 'chat');
    await bo.page.waitForSelector('.chat-empty', { state: 'visible' });
    assert.equal(await bo.page.textContent('.chat-empty'), 'No messages here. Earlier ones may not have been kept.');
  });

  it('nothing was complained of', async () => {
    for (const p of [ada, bo]) assert.deepEqual(await p.complaints(), []);
  });
});

describe('rights', () => {
  let server;
  /** @type {Person} an operator */
  let olga;
  /** @type {Person} */
  let ada;

  before(async () => {
    server = await startServer({ groups });
    olga = await Person.arrive('olga', ['green', 'cyan']);
    ada = await Person.arrive('ada', ['red', 'blue']);
    await olga.join(server, 'club', { password: 'op', media: 'none' });
    await ada.join(server, 'club');
    await olga.decodes(ada);
    await Promise.all([olga, ada].map(watchNotices));
  });
  after(async () => {
    for (const person of [olga, ada]) await person?.goHome();
    await server?.stop();
  });

  /** The entries of somebody's menu, by id. @param {Person} p @param {string} name */
  async function entries(p, name) {
    await show(p, 'users');
    await p.page.locator(`#users [data-username="${name}"]`).click();
    // A menu without entries does not open.
    const found = await p.page.evaluate(() => Array.from(document.querySelectorAll('.menu [data-action]'), (e) => e.dataset.action));
    await p.page.keyboard.press('Escape');
    return found;
  }

  it('by the group\'s file: said without a name', async () => {
    server.writeGroup('club', { ...groups.club, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'message' } });
    await isTold(ada, 'You may not present any more.');
    server.writeGroup('club', groups.club);
    await isTold(ada, 'You may present now.');
    await ada.choose('enable');
    await olga.decodes(ada);
  });

  it('to present: who took it is named, the stream ends, and nothing else is said', async () => {
    await say(olga, '/unpresent ada');
    await isTold(ada, 'olga has taken your right to present.');
    await until('her picture is gone', async () => (await olga.tiles('ada')) === 0);
    assert.ok(!(await entries(ada, 'ada')).includes('presentfile'));
    await say(olga, '/present ada');
    await isTold(ada, 'olga has given you the right to present.');
    assert.deepEqual((await notices(ada)).filter((n) => /authori|denied|server/i.test(n)), []);
  });

  it('to write: the field is disabled with the reason and keeps its text, and entries that cannot work are gone', async () => {
    assert.ok((await entries(ada, 'olga')).includes('msg'));
    await show(ada, 'chat');
    await ada.page.fill('#chat-input', 'half a sentence');
    await say(olga, '/shutup ada');
    await ada.page.waitForSelector('#chat-input:disabled');
    await show(ada, 'chat');
    assert.equal(await ada.page.textContent('#chat-reason'), 'olga has taken your right to write.');
    assert.ok(await ada.page.isVisible('#chat-reason'));
    assert.ok(await ada.page.isDisabled('#chat-send'));
    assert.equal(await ada.page.inputValue('#chat-input'), 'half a sentence');
    await ada.photograph('line-may-not-write');
    for (const id of ['msg', 'sendfile']) assert.ok(!(await entries(ada, 'olga')).includes(id), id);
    await say(olga, '/unshutup ada');
    await show(ada, 'chat');
    await ada.page.waitForSelector('#chat-input:enabled');
    assert.equal(await ada.page.inputValue('#chat-input'), 'half a sentence');
    assert.ok(!(await ada.page.isVisible('#chat-reason')));
    await ada.page.press('#chat-input', 'Enter');
    await until('olga reads it', async () => (await olga.page.textContent('#chat-log')).includes('half a sentence'));
  });

  it('of an operator: they come and go in one sentence', async () => {
    await say(olga, '/op ada');
    await isTold(ada, 'olga has made you an operator.');
    await say(olga, '/unop ada');
    await isTold(ada, 'olga has taken your operator rights.');
    assert.ok(!(await notices(ada)).some((n) => n.includes('invite')));
  });

  it('what the page itself did wrong stands in the console, and is told to nobody', async () => {
    const said = [];
    olga.page.on('console', (m) => said.push(m.text()));
    await ada.choose('enable');
    await olga.decodes(ada);
    await inModule(olga, 'session', ({ currentClient }) => {
      const c = currentClient();
      c.send({ type: 'request', request: { '': 'not a list' } });
      c.send({ type: 'answer', id: [...c.downs.keys()][0], sdp: 'nothing' });
    });
    for (const words of [/bad request/, /no offer is outstanding/]) {
      await until(`the console has ${words}`, () => said.some((text) => words.test(text)));
    }
    assert.deepEqual((await notices(olga)).filter((n) => /server|offer|request/i.test(n)), []);
  });

  it('a refusal is a sentence of ours', async () => {
    await inModule(ada, 'session', ({ currentClient }) => currentClient().groupAction('lock', ''));
    await isTold(ada, 'You may not do that here.');
    assert.deepEqual((await notices(ada)).filter((n) => /authori|denied|server/i.test(n)), []);
  });
});
