// Media encrypted end to end: who has the passphrase sees and hears, nobody else does, and the passphrase goes nowhere.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sleep, startServer } from '../lib/server.mjs';
import { Person, until } from './lib/people.mjs';
import { hearsSound, isBlind, menu, safetyNumber, says, tileSays, usePassphrase } from './lib/sealed.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
  users: { olga: { password: 'op', permissions: 'op' } }, 'allow-recording': true };
const key = 'correct-horse-battery';
const fragment = `#key=${key}`;

describe('an operator encrypts a meeting', () => {
  let server;
  let olga;
  let bo;
  /** All that leaves olga's page. */
  const sent = [];

  before(async () => {
    server = await startServer({ groups: { meeting: open } });
    olga = await Person.arrive('olga', ['red', 'blue']);
    bo = await Person.arrive('bo', ['yellow', 'magenta']);
    for (const { page } of [olga, bo]) {
      page.on('request', (r) => sent.push(r.url(), r.postData() ?? '', JSON.stringify(r.headers())));
      page.on('websocket', (ws) => ws.on('framesent', ({ payload }) => sent.push(String(payload))));
    }
    await olga.join(server, 'meeting', { password: 'op' });
    await bo.join(server, 'meeting');
    await bo.decodes(olga);
  });
  after(async () => {
    for (const person of [olga, bo]) await person?.goHome();
    await server?.stop();
  });

  it('with a new passphrase, which is in the address and in the link to copy', async () => {
    await menu(olga, 'encrypt');
    await olga.page.locator('#seal-dialog button[value=ok]').click();
    await olga.page.locator('#safety-number').waitFor();
    assert.match(await olga.page.locator('#safety-number').textContent(), /^\d{5}( \d{5}){5}$/);
    const link = await olga.page.locator('#seal-link').inputValue();
    assert.match(link, /\/group\/meeting\/#key=[0-9a-z]{5}(-[0-9a-z]{5}){3}$/);
    assert.equal(olga.page.url(), link);
    await olga.photograph('seal-dialog');
    await olga.page.locator('#seal-dialog button[value=ok]').click();
  });

  it('who lacks it is told, sends nothing, and gets in by the link', async () => {
    await bo.page.locator('#seal-passphrase').waitFor();
    await bo.photograph('seal-ask');
    await until('nothing of bo comes', async () => (await olga.tiles('bo')) === 0);
    await isBlind(bo, olga);
    await tileSays(bo, 'olga', /no passphrase/);
    await bo.page.locator('#seal-passphrase').fill(olga.page.url());
    await bo.page.locator('#seal-dialog button[value=ok]').click();
    await bo.decodes(olga);
    await olga.decodes(bo);
    await hearsSound(bo);
    await hearsSound(olga);
    assert.equal(await safetyNumber(bo), await safetyNumber(olga));
  });

  it('the address keeps it through the skip link and a reload', async () => {
    await bo.page.locator('#skip').focus();
    await bo.page.keyboard.press('Enter');
    await until('the passphrase is back', async () => bo.page.url() === olga.page.url());
    const { length } = bo.page.url();
    await bo.page.reload();
    await bo.page.locator('#join').waitFor();
    assert.equal(bo.page.url().length, length);
  });

  it('the server refuses to record', async () => {
    assert.equal(await menu(olga, 'record', false), 0, 'no entry in the menu');
    await olga.page.keyboard.press('Escape');
  });

  it('nothing that left the pages has the passphrase in it', () => {
    const passphrase = decodeURIComponent(new URL(olga.page.url()).hash.slice(5));
    assert.equal(passphrase.length, 23);
    assert.ok(sent.length > 100, `${sent.length} texts`);
    for (const part of [passphrase.slice(0, 11), passphrase.slice(12)]) {
      const found = sent.find((text) => text.includes(part));
      assert.equal(found && found.slice(Math.max(0, found.indexOf(part) - 30), found.indexOf(part) + 30), undefined, part);
    }
  });

  it('nothing broke the content security policy or threw', async () => {
    for (const person of [olga, bo]) assert.deepEqual(await person.complaints(), []);
  });
});
