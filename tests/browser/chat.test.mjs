// The chat, by what others see: our page, and a bare client in the role of programs that know none of our additions.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { connect } from '../lib/ws_client.mjs';
import { axeViolations } from './lib/axe.mjs';
import { Person, until } from './lib/people.mjs';

const groups = {
  club: {
    users: { olga: { password: 'op', permissions: 'op' } },
    'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
  },
};
/** So that a test may say much at once. */
const limits = { 'messages-per-second': 10000, 'message-burst': 100000, 'chats-per-second': 10000, 'chat-burst': 100000 };
const hostile = '<b onclick=alert(1)>@olga</b>';
const arabic = 'ليلى';

/** Types a line and sends it. */
async function say(p, text) {
  await p.page.fill('#chat-input', text);
  await p.page.press('#chat-input', 'Enter');
}

/** Shows the chat, if the page has opened without it. */
async function openChat(p) {
  if (!await p.page.isVisible('#chat-input')) await p.page.click('#toggle-chat');
  await p.page.waitForSelector('#chat-input:visible');
}

/** The last message whose text holds this. */
const message = (p, text) => p.page.locator('.chat-entry[data-username]', { hasText: text }).last();

/** The menu of a message, as the keyboard opens it. */
async function openMenu(p, text) {
  await message(p, text).focus();
  await p.page.keyboard.press('Enter');
  await p.page.waitForSelector('[role=menu]');
}

describe('the chat', () => {
  let server;
  /** @type {Person} */
  let olga;
  /** @type {Person} */
  let leila;
  /** A program that knows the protocol, and nothing else. @type {import('../lib/ws_client.mjs').Client} */
  let bare;
  /** @type {(() => void)[]} */
  const ends = [];

  /** The next chat that the bare client gets, as text. */
  const heard = async (match) => (await bare.wait((m) => m.type === 'chat' && match.test(m.value), `chat ${match}`, 30000)).value;
  const speak = (value, more = {}) => bare.say({ type: 'chat', value, ...more });

  before(async () => {
    server = await startServer({ groups, files: { 'data/mediad.json': { limits } } });
    olga = await Person.arrive('olga', null, { permissions: ['clipboard-read', 'clipboard-write'] });
    leila = await Person.arrive(arabic, null);
    bare = await connect({ after: (end) => ends.push(end) }, server);
    await bare.join('club', hostile);
    await olga.join(server, 'club', { password: 'op', media: 'none' });
    await leila.join(server, 'club', { media: 'none' });
    await until('all see one another', async () => await olga.sees(arabic) && await leila.sees(hostile));
    for (const p of [olga, leila]) await openChat(p);
  });
  after(async () => {
    for (const end of ends) end();
    await olga?.goHome();
    await leila?.goHome();
    await server?.stop();
  });

  it('what is marked is bold or code for us, and reads as typed elsewhere', async () => {
    await say(olga, 'this is **bold**, *so* and `x < 1`');
    assert.equal(await heard(/bold/), 'this is **bold**, *so* and `x < 1`');
    await message(leila, 'this is bold').waitFor();
    assert.deepEqual(await message(leila, 'this is bold').locator('.chat-text *').evaluateAll((all) => all.map((e) => [e.localName, e.textContent])),
      [['strong', 'bold'], ['em', 'so'], ['code', 'x < 1']]);
  });

  it('whatever comes, text stays text, and no other elements come of it', async () => {
    const allowed = new Set(['a', 'bdi', 'code', 'pre', 'strong', 'em', 'blockquote']);
    const texts = [
      '<img src=x onerror=alert(1)> <script>alert(2)</script>', '**<svg/onload=alert(3)>**', '`<iframe src=javascript:alert(4)>`',
      '[x](javascript:alert(5)) javascript:alert(6)', 'https://example.org/"onmouseover=alert(7)', '> <b>quoted</b>\n```\n</pre><script>alert(8)</script>\n```',
      `\u202e${'*'.repeat(5000)}\u202c`, `@${hostile} hello`,
    ];
    for (const [i, text] of texts.entries()) {
      speak(`${text}\n${i} end`);
      await message(olga, `${i} end`).waitFor();
    }
    const found = await olga.page.locator('.chat-entry .chat-text *').evaluateAll((all) =>
      all.map((e) => [e.localName, ...e.getAttributeNames().filter((n) => n.startsWith('on'))].join(' ')));
    assert.deepEqual([...new Set(found)].filter((tag) => !allowed.has(tag)), []);
    const shown = await olga.page.locator('.chat-entry .chat-text').allTextContents();
    for (const part of [texts[0], '<svg/onload=alert(3)>', '<iframe src=javascript:alert(4)>', '</pre><script>alert(8)</script>', `@${hostile} hello`])
      assert.ok(shown.some((s) => s.includes(part)), part);
    assert.deepEqual(await olga.page.locator('.chat-text a').evaluateAll((all) => [...new Set(all.map((a) => new URL(a.href).protocol))]), ['https:']);
    assert.ok(await olga.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing makes the page wide');
  });

  it('of thousands of texts nothing comes but what is allowed, and every word of them is shown', async () => {
    const found = await olga.page.evaluate(async () => {
      const at = (name) => /** @type {HTMLLinkElement} */ (document.querySelector(`link[href$="/js/${name}.js"]`)).href;
      const [{ textElement }, { parseMarkup, plainText }] = await Promise.all([import(at('chat')), import(at('text'))]);
      const pieces = ['*', '**', '_', '`', '```', '\n', '\n```\n', '> ', '\n> ', 'https://', 'http://a.b/c"d', '@olga', '@', 'word', ' ', '<b>', '</div>', '<img src=x onerror=alert(9)>',
        '<script>alert(10)</script>', '&lt;', '&#60;', 'javascript:alert(11)', '\u202e', 'ש', 'ع', '👍', '\ud83d', '\u0000', '"', "'", '='];
      let seed = 7;
      const random = (n) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return Math.floor(seed / 2 ** 32 * n);
      };
      const words = (text) => text.replace(/\s/g, '');
      const names = new Set();
      const lost = [];
      for (let i = 0; i < 4000; i++) {
        const text = Array.from({ length: random(30) }, () => pieces[random(pieces.length)]).join('');
        const e = textElement(text);
        for (const inner of e.querySelectorAll('*')) names.add([inner.localName, ...inner.getAttributeNames()].join(' '));
        if (words(e.textContent) !== words(plainText(parseMarkup(text, ['olga'])))) lost.push(text);
      }
      return { names: [...names].sort(), lost };
    });
    assert.deepEqual(found, { names: ['a href target rel', 'bdi class', 'blockquote dir', 'code', 'em', 'pre dir', 'strong'], lost: [] });
  });

  it('a reply quotes in lines that every program shows, and ours goes back by them', async () => {
    speak('shall we meet at noon?');
    await message(olga, 'at noon').waitFor();
    await message(olga, 'at noon').hover();
    await olga.page.click('#chat-reply');
    assert.match(await olga.page.textContent('#chat-answer'), /Reply to .*shall we meet at noon\?/);
    await olga.page.keyboard.type('better at one');
    await olga.page.keyboard.press('Enter');
    assert.equal(await heard(/at one/), `> ${hostile}: shall we meet at noon?\nbetter at one`);
    assert.ok(await olga.page.isHidden('#chat-answer'));
    const reply = message(leila, 'better at one');
    assert.match(await reply.locator('blockquote').textContent(), /shall we meet at noon\?/);
    await reply.locator('blockquote').click();
    await leila.page.waitForSelector('.chat-entry.flash:has-text("at noon")');
    // A reply to the reply does not quote the quote.
    await say(leila, '/reply fine');
    assert.equal(await heard(/fine/), '> olga: better at one\nfine');
    // It is for olga, then, and says so.
    await olga.page.waitForSelector('.chat-entry.for-me:has-text("fine")');
  });

  it('the answer to a private message is private', async () => {
    speak('between us', { dest: await olga.page.getAttribute('#users [data-username=olga]', 'data-user-id') });
    await message(olga, 'between us').waitFor();
    await openMenu(olga, 'between us');
    await olga.page.click('[data-action=reply]');
    await olga.page.keyboard.type('agreed');
    await olga.page.keyboard.press('Enter');
    const got = await bare.wait((m) => m.type === 'chat' && /agreed/.test(m.value), 'the private answer', 30000);
    assert.equal(got.dest, bare.id);
    assert.equal(await leila.page.locator('.chat-entry', { hasText: 'agreed' }).count(), 0);
  });

  it('a reaction stands at the message for all, is counted, and goes when it is taken back', async () => {
    speak('I have a cake');
    await message(olga, 'a cake').waitFor();
    await message(leila, 'a cake').waitFor();
    await message(olga, 'a cake').hover();
    await olga.page.click('#chat-react');
    await olga.page.click('#emoji-panel [data-emoji="🎉"] >> nth=0');
    const told = await bare.wait((m) => m.type === 'usermessage' && m.kind === 'chatreaction', 'the reaction', 30000);
    assert.equal(told.value.emoji, '🎉');
    await bare.none((m) => m.type === 'chat' && m.value === '🎉');
    const button = message(leila, 'a cake').locator('.chat-reaction');
    await button.waitFor();
    assert.equal(await button.evaluate((e) => [getComputedStyle(e).position, getComputedStyle(e).opacity].join()), 'static,1', 'it stands still');
    assert.equal(await button.getAttribute('title'), 'olga');
    await button.click();
    await until('two are counted', async () => await message(olga, 'a cake').locator('.chat-reaction').textContent() === '🎉 2');
    assert.equal(await message(olga, 'a cake').locator('.chat-reaction').getAttribute('aria-pressed'), 'true');
    await message(olga, 'a cake').locator('.chat-reaction').press('Enter');
    await until('one is left', async () => await button.textContent() === '🎉 1');
    await say(olga, '/react heart');
    await until('the command, too', async () => (await message(leila, 'a cake').locator('.chat-reaction').allTextContents()).includes('❤️ 1'));
  });

  it('what is no reaction changes nothing', async () => {
    const id = await message(olga, 'a cake').getAttribute('data-message-id');
    const before = await message(olga, 'a cake').locator('.chat-reactions').innerHTML();
    for (const value of [{ id, emoji: '<b>x</b>' }, { id, emoji: 'hello' }, { id: 'nothing', emoji: '👍' }, { id }, null, 'x', 7, [], { id: {}, emoji: {} }])
      bare.say({ type: 'usermessage', kind: 'chatreaction', dest: '', value });
    speak('after all that');
    await message(olga, 'after all that').waitFor();
    assert.equal(await message(olga, 'a cake').locator('.chat-reactions').innerHTML(), before);
  });

  it('a message takes a bounded number of reactions', async () => {
    const id = await message(olga, 'after all that').getAttribute('data-message-id');
    for (let i = 0; i < 60; i++) bare.say({ type: 'usermessage', kind: 'chatreaction', dest: '', value: { id, emoji: String.fromCodePoint(0x1f600 + i) } });
    speak('enough of them');
    await message(olga, 'enough of them').waitFor();
    assert.equal(await message(olga, 'after all that').locator('.chat-reaction').count(), 20);
  });

  it('a name is completed after @, and who bears it is told', async () => {
    await olga.page.click('#chat-input');
    await olga.page.keyboard.type('hello @لي');
    await olga.page.waitForSelector('#chat-offers [role=option]');
    assert.deepEqual(await axeViolations(olga.page), []);
    await olga.photograph('chat-mention');
    await olga.page.keyboard.press('Enter');
    await until('the name stands there', async () => await olga.page.inputValue('#chat-input') === `hello @${arabic} `);
    await olga.page.keyboard.type('!');
    await olga.page.keyboard.press('Enter');
    assert.equal(await heard(/hello @/), `hello @${arabic} !`);
    await leila.page.waitForSelector('.chat-entry.for-me .mention.me');
    // Whom it does not mean sees the name, and no more.
    await message(olga, 'hello @').locator('.mention:not(.me)').waitFor();
    speak('hello @olgas and olga');
    await message(olga, 'olgas and').waitFor();
    assert.equal(await message(olga, 'olgas and').locator('.mention').count(), 0);
  });

  it('commands and whom they are for are completed, and Enter sends what is typed', async () => {
    await olga.page.fill('#chat-input', '/mut');
    await olga.page.waitForSelector('#chat-offers [role=option]');
    assert.match(await olga.page.textContent('#chat-offers'), /\/mute user.*\/muteall/);
    await olga.photograph('chat-commands');
    await olga.page.keyboard.press('Tab');
    assert.equal(await olga.page.inputValue('#chat-input'), '/mute ');
    await olga.page.fill('#chat-input', '/msg <');
    await olga.page.waitForSelector('#chat-offers [role=option]');
    await olga.page.keyboard.press('Tab');
    assert.equal(await olga.page.inputValue('#chat-input'), `/msg "${hostile}" `);
    await olga.page.keyboard.type('psst');
    await olga.page.keyboard.press('Enter');
    assert.equal(await heard(/psst/), 'psst');
    await say(olga, '/subgroups');
    await until('an answer in words', async () => /Nobody is in a subgroup\./.test(await olga.page.textContent('#chat-log')));
    await say(olga, '/help');
    const help = await until('the list', async () => /\/find text:[^]*\/react emoji:[^]*\/reply text:/.exec(await olga.page.textContent('#chat-log')));
    assert.ok(help);
    assert.match(await olga.page.textContent('#chat-log'), /the id of somebody without a name/);
    await say(olga, '/nonsense at length');
    await until('it says what is wrong', async () => /no command \/nonsense/.test(await olga.page.textContent('#notices-warn')));
    assert.equal(await olga.page.inputValue('#chat-input'), '/nonsense at length', 'what could not be done stays to be mended');
    await olga.page.fill('#chat-input', '');
    await olga.page.press('#chat-input', 'ArrowUp');
    assert.equal(await olga.page.inputValue('#chat-input'), '/help');
    await olga.page.fill('#chat-input', '');
  });

  it('somebody without a name is written to by their id, which is offered', async () => {
    const nameless = await connect({ after: (end) => ends.push(end) }, server);
    await nameless.join('club', '');
    await until('they are here', async () => await olga.page.locator(`#users [data-user-id="${nameless.id}"]`).count() === 1);
    await olga.page.fill('#chat-input', `/msg ${nameless.id.slice(0, 3)}`);
    await olga.page.waitForSelector('#chat-offers [role=option]');
    assert.equal((await olga.page.textContent('#chat-offers')).trim(), `(anon)${nameless.id}`);
    await olga.page.keyboard.press('Tab');
    assert.equal(await olga.page.inputValue('#chat-input'), `/msg ${nameless.id} `);
    await olga.page.keyboard.type('for you alone');
    await olga.page.keyboard.press('Enter');
    const { dest } = await nameless.wait((m) => m.type === 'chat' && m.value === 'for you alone', 'the private message', 30000);
    assert.equal(dest, nameless.id);
    nameless.socket.destroy();
    await until('they are gone', async () => await olga.page.locator(`#users [data-user-id="${nameless.id}"]`).count() === 0);
  });

  it('an emoji is found by name, in the line and in the panel', async () => {
    await olga.page.click('#chat-input');
    await olga.page.keyboard.type('well done :tad');
    await olga.page.waitForSelector('#chat-offers [role=option]');
    await olga.page.keyboard.press('Enter');
    await olga.page.keyboard.type(':rocket:');
    await until('both are pictures', async () => await olga.page.inputValue('#chat-input') === 'well done 🎉 🚀');
    await olga.page.click('#chat-emoji');
    await olga.page.waitForSelector('#emoji-panel');
    assert.deepEqual(await axeViolations(olga.page), []);
    await olga.photograph('chat-emoji');
    await olga.page.keyboard.type('coffee');
    await olga.page.keyboard.press('ArrowDown');
    await olga.page.keyboard.press('Enter');
    await olga.page.waitForSelector('#emoji-panel', { state: 'detached' });
    assert.ok(await olga.page.locator('#chat-input').evaluate((e) => e === document.activeElement), 'the field has the focus again');
    await olga.page.keyboard.press('Enter');
    assert.equal(await heard(/well done/), 'well done 🎉 🚀☕');
  });

  it('every text and name goes by its own first letter', async () => {
    speak('مرحبا بكم\nand in English');
    await say(leila, 'שלום לכם');
    await message(olga, 'שלום').waitFor();
    const lines = await message(olga, 'مرحبا').locator('.chat-text').evaluate((text) => {
      const range = document.createRange();
      const at = (from, to) => {
        range.setStart(text.firstChild, from);
        range.setEnd(text.firstChild, to);
        return range.getBoundingClientRect();
      };
      const { left, right } = text.getBoundingClientRect();
      const end = text.textContent.indexOf('\n');
      return { rtl: right - at(0, 1).right, ltr: at(end + 1, end + 2).left - left };
    });
    assert.ok(lines.rtl < 4 && lines.ltr < 4, `the first letters stand at their own edges: ${JSON.stringify(lines)}`);
    assert.equal(await message(olga, 'שלום').locator('.chat-text').evaluate((e) => getComputedStyle(e).direction), 'rtl');
    const loose = await olga.page.locator('.name').evaluateAll((all) => all.filter((e) => e.localName !== 'bdi' && e.dir !== 'auto').length);
    assert.equal(loose, 0, 'every name is kept apart from the text around it');
    assert.equal(await olga.page.getAttribute('#chat-input', 'dir'), 'auto');
  });

  it('has nothing that axe objects to, by day and by night', async () => {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await olga.page.emulateMedia({ colorScheme });
      await olga.page.click('#chat-new', { timeout: 300 }).catch(() => {});
      await message(olga, 'a cake').hover();
      await message(olga, 'enough of them').scrollIntoViewIfNeeded();
      assert.deepEqual(await axeViolations(olga.page), [], colorScheme);
      await olga.photograph(`chat-${colorScheme}`);
    }
    await olga.page.emulateMedia({ colorScheme: null });
  });

  it('the keyboard goes from message to message, and copies', async () => {
    await olga.page.focus('#chat-scroll');
    await olga.page.keyboard.press('ArrowUp');
    await olga.page.keyboard.press('ArrowUp');
    const text = await olga.page.evaluate(() => document.activeElement.querySelector('.chat-text').textContent);
    await olga.page.keyboard.press('Enter');
    await olga.page.click('[data-action=copy]');
    await until('it is copied', async () => await olga.page.evaluate(() => navigator.clipboard.readText()) === text);
  });

  it('a message is found by its words, however long ago', async () => {
    speak('the password of the projector is swordfish');
    for (let i = 0; i < 600; i++) speak(`line ${i} of many`);
    await message(olga, 'line 599 of many').waitFor();
    await until('the log is short', async () => await olga.page.locator('#chat-log > li').count() <= 500);
    assert.equal(await olga.page.locator('.chat-entry', { hasText: 'swordfish' }).count(), 0, 'it is not in the page');
    await olga.page.click('#chat-find');
    await olga.page.waitForSelector('#chat-search-text:focus');
    await olga.page.keyboard.type('PROJECTOR sword');
    await olga.page.waitForSelector('.chat-hit');
    assert.equal(await olga.page.locator('.chat-hit').count(), 1);
    assert.deepEqual(await axeViolations(olga.page), []);
    await olga.photograph('chat-search');
    await olga.page.keyboard.press('ArrowDown');
    await olga.page.keyboard.press('Enter');
    await olga.page.waitForSelector('.chat-entry.flash:has-text("swordfish")');
    assert.ok(await message(olga, 'swordfish').evaluate((e) => {
      const [a, b] = [e.getBoundingClientRect(), document.querySelector('#chat-scroll').getBoundingClientRect()];
      return a.top >= b.top && a.bottom <= b.bottom;
    }), 'it is in view');
    assert.ok(await message(olga, 'swordfish').locator('.chat-heading').count(), 'and says whose it is');
  });

  it('the log is bounded, and earlier lines come on demand and in order', async () => {
    await olga.page.evaluate(() => { const b = document.querySelector('#chat-scroll'); b.scrollTop = b.scrollHeight; });
    await until('at the end it is short again', async () => await olga.page.locator('#chat-log > li').count() <= 500);
    const numbers = () => olga.page.locator('#chat-log .chat-text').evaluateAll((all) =>
      all.map((e) => /^line (\d+) of many$/.exec(e.textContent)?.[1]).filter(Boolean).map(Number));
    const first = (await numbers())[0];
    assert.ok(first > 0);
    await olga.page.click('#chat-earlier');
    await until('there are more', async () => (await numbers())[0] < first);
    const all = await numbers();
    assert.deepEqual(all, Array.from({ length: 600 - all[0] }, (_, i) => i + all[0]));
  });

  it('days stand between messages', async () => {
    await olga.page.evaluate(async () => {
      const { showMessage } = await import(/** @type {string} */ (document.querySelector('link[href$="/js/chat.js"]').href));
      const at = (id, days) => showMessage({ id, source: 'x', username: 'time traveller', dest: '', kind: '', privileged: false, history: true,
        time: new Date(Date.now() + days * 86_400_000), value: id });
      at('tomorrow-1', 1);
      at('tomorrow-2', 1);
      at('later', 2);
    });
    const lines = await olga.page.locator('#chat-log > li').evaluateAll((all) => all.slice(-5).map((e) => (e.matches('.chat-separator') ? 'day' : e.dataset.messageId)));
    assert.deepEqual(lines, ['day', 'tomorrow-1', 'tomorrow-2', 'day', 'later']);
  });

  it('a file that is dropped goes to everybody who takes it', async () => {
    const drop = (name) => olga.page.evaluate((n) => {
      const data = new DataTransfer();
      data.items.add(new File(['for all of you'], n, { type: 'text/plain' }));
      for (const type of ['dragover', 'drop']) document.querySelector('#chat').dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }, name);
    await drop('<i>notes</i>.txt');
    await olga.page.waitForSelector('dialog[open] #offer-to');
    assert.deepEqual(await axeViolations(olga.page), []);
    assert.match(await olga.page.textContent('dialog[open]'), /<i>notes<\/i>\.txt \(14 bytes\)/);
    await olga.photograph('chat-offer');
    await olga.page.click('dialog[open] button[value=ok]');
    await bare.wait((m) => m.type === 'usermessage' && m.kind === 'filetransfer' && m.value.type === 'invite' && m.value.name === '<i>notes</i>.txt', 'the offer', 30000);
    const accept = leila.page.locator('.transfer [data-action=accept]').last();
    const [download] = await Promise.all([leila.page.waitForEvent('download'), accept.click()]);
    await download.saveAs(join(leila.scratch, 'got'));
    const entry = olga.page.locator('.transfer').last();
    await until('one of two has it', async () => /Received by 1 of 2\./.test(await entry.textContent()));
    await entry.locator('[data-action=cancel]').click();
    await bare.wait((m) => m.type === 'usermessage' && m.kind === 'filetransfer' && m.value.type === 'cancel', 'the withdrawal', 30000);
    await until('and it is over', async () => await entry.getAttribute('data-transfer') === 'over');
  });

  it('a file that is pasted, or chosen, goes to one alone', async () => {
    await olga.page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['picture'], 'image.png', { type: 'image/png' }));
      document.querySelector('#chat-input').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await olga.page.selectOption('#offer-to', { label: arabic });
    await olga.page.click('dialog[open] button[value=ok]');
    const pasted = leila.page.locator('.transfer', { hasText: 'image.png' });
    await pasted.locator('[data-action=accept]').waitFor();
    await pasted.locator('[data-action=cancel]').click();
    await until('olga is told', async () => /Cancelled/.test(await olga.page.locator('.transfer', { hasText: 'image.png' }).textContent()));
    const file = join(olga.scratch, 'chosen.txt');
    writeFileSync(file, 'chosen');
    const [chooser] = await Promise.all([olga.page.waitForEvent('filechooser'), olga.page.click('#chat-file')]);
    await chooser.setFiles(file);
    await olga.page.selectOption('#offer-to', { label: hostile });
    await olga.page.click('dialog[open] button[value=ok]');
    const invite = await bare.wait((m) => m.type === 'usermessage' && m.kind === 'filetransfer' && m.value.type === 'invite' && m.value.name === 'chosen.txt', 'the offer', 30000);
    assert.equal(invite.dest, bare.id);
    assert.equal(await leila.page.locator('.transfer', { hasText: 'chosen.txt' }).count(), 0);
  });

  it('an operator removes one message, those of one person, and all', async () => {
    await say(leila, 'first of mine');
    await say(leila, 'second of mine');
    await message(olga, 'second of mine').waitFor();
    await openMenu(olga, 'first of mine');
    await olga.page.click('[data-action=delete]');
    await until('it is gone for leila, too', async () => await message(leila, 'first of mine').count() === 0);
    assert.equal(await message(leila, 'second of mine').locator('.chat-heading').count(), 1, 'what stood under its heading has one now');
    await openMenu(olga, 'second of mine');
    await olga.page.click('[data-action=delete-all]');
    await until('all of hers', async () => await message(leila, 'of mine').count() === 0);
    await say(olga, '/clear');
    await until('nothing is left', async () => await leila.page.locator('#chat-log > li').count() === 0 && await leila.page.isHidden('#chat-earlier'));
    speak('a new beginning');
    await message(leila, 'a new beginning').waitFor();
  });

  it('names in the history are mentions once people are known', async () => {
    speak('@olga you were not there');
    await message(olga, 'you were not there').waitFor();
    await leila.page.click('#leave');
    await leila.join(server, 'club', { media: 'none' });
    await openChat(leila);
    await leila.page.waitForSelector('.chat-entry .mention:has-text("@olga")');
  });

  it('works on a phone', async () => {
    await leila.page.setViewportSize({ width: 390, height: 844 });
    await openChat(leila);
    await say(leila, 'from my phone');
    await message(leila, 'from my phone').click();
    await leila.page.waitForSelector('#chat-tools:visible');
    assert.deepEqual(await axeViolations(leila.page), []);
    assert.ok(await leila.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await leila.photograph('chat-phone');
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const p of [olga, leila]) assert.deepEqual(await p.complaints(), []);
  });
});
