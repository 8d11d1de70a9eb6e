// A new address of the server takes effect on trial: who is not led back by its link has the old one again, whatever happens meanwhile.
import { after, before, beforeEach, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from '../lib/console.mjs';
import { childrenOf, eventually, startServer } from '../lib/server.mjs';
import { change as changeDatabase, query } from '../lib/store.mjs';

const where = '/admin/settings/addresses';

describe('an address on trial', () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  /** Its other address, under which it answers as well. */
  let other;
  let original;
  /** @type {Browser} */
  let b;
  before(async () => {
    server = await startServer();
    other = `127.0.0.1:${server.port}`;
    original = config();
    b = new Browser(server);
    await b.signIn();
  });
  after(() => server?.stop());
  beforeEach(async () => {
    server.writeFile('data/config.json', original);
    changeDatabase(server, "DELETE FROM settings WHERE key = 'address.trial'");
    await eventually(async () => assert.equal((await b.open(where)).status, 200));
  });

  const config = () => readFileSync(join(server.dir, 'data/config.json'), 'utf8');
  const trials = () => query(server, "SELECT value FROM settings WHERE key = 'address.trial'").length;
  /** As if the two minutes were over. */
  const pass = () => changeDatabase(server, "UPDATE settings SET value = json_set(value, '$.until', 1) WHERE key = 'address.trial'");
  const actions = () => query(server, "SELECT action FROM audit WHERE action LIKE 'address.%' ORDER BY id").map((row) => row.action);
  const save = async (values) => b.submit((await b.open(where)).form(where).fill(values));
  /** Saves a name that this browser did not come by; resolves to the page and the link on it. */
  const begin = async (values = {}) => {
    const asked = await save({ canonicalHost: other, ...values });
    assert.equal(asked.status, 422);
    const page = await b.submit(asked.form(where).fill({ sure: 'yes' }));
    assert.equal(page.status, 200, page.text);
    assert.match(page.text, /The new address is on trial/);
    const [, link] = /id="link" href="([^"]+)"/.exec(page.html) ?? [];
    assert.ok(link.startsWith(`https://${other}/admin/address-trial?code=`), link);
    return { page, link };
  };
  const backAgain = () => eventually(() => assert.equal('canonicalHost' in JSON.parse(config()), false), 20000);

  test('its link lets it hold, once, without a session there, and the audit log tells', async () => {
    const n = actions().length;
    const { link } = await begin();
    assert.equal(JSON.parse(config()).canonicalHost, other);
    const gone = await b.request(where);
    assert.equal(gone.status, 308, 'it is in effect');
    assert.equal(gone.headers.get('cache-control'), 'no-store', 'no browser remembers where a trial led');
    const there = new Browser({ ...server, base: `https://${other}` });
    const wrong = await there.open('/admin/address-trial?code=AAAAA-AAAAA-AAAAA-AAAAA-AAAAA');
    assert.equal((await there.submit(wrong.form('/admin/address-trial'))).status, 404);
    assert.equal(trials(), 1);
    const page = await there.open(link);
    assert.match(page.text, new RegExp(`You reach this server as ${other}`));
    assert.equal(trials(), 1, 'looking is not confirming');
    const kept = await there.submit(page.form('/admin/address-trial'));
    assert.match(kept.url, /\/admin\/login/);
    assert.equal(trials(), 0);
    assert.equal((await there.submit((await there.open(link)).form('/admin/address-trial'))).status, 404, 'it works once');
    await there.signIn();
    assert.equal(JSON.parse(config()).canonicalHost, other);
    assert.deepEqual(actions().slice(n), ['address.trial', 'address.confirm']);
    assert.match((await there.open('/admin/audit')).text, new RegExp(`root put the new address ${other} of the server on trial`));
  });

  test('without that the old one comes back by itself, and what was saved along with it stays', async () => {
    const n = actions().length;
    const { link } = await begin({ allowOrigin: 'https://site.example' });
    pass();
    const late = new Browser({ ...server, base: `https://${other}` });
    const page = await late.open(link);
    if (page.status === 200) assert.equal((await late.submit(page.form('/admin/address-trial'))).status, 404, 'its time is over');
    await backAgain();
    assert.deepEqual(JSON.parse(config()).allowOrigin, ['https://site.example']);
    assert.equal((await b.open(where)).status, 200, 'the console is where it was');
    await eventually(() => assert.equal(trials(), 0));
    assert.deepEqual(actions().slice(n), ['address.trial', 'address.revert']);
    assert.match((await b.open('/admin/audit')).text, new RegExp(`Nobody confirmed the new address ${other}, and the server took it back`));
  });

  test('also when everything of the console is killed in between', async () => {
    await begin();
    const parent = server.pidOf('admin-cgi');
    for (const pid of [parent, ...childrenOf(parent).map((c) => c.pid)]) {
      try { process.kill(pid, 'SIGKILL'); } catch { /* it went with its parent */ }
    }
    pass();
    await eventually(() => assert.notEqual(server.pidOf('admin-cgi') ?? parent, parent), 20000);
    await backAgain();
    await eventually(async () => assert.equal((await b.open(where)).status, 200), 20000);
  });

  test('who edits the file by hand meanwhile has the last word', async () => {
    const n = actions().length;
    await begin();
    const byHand = JSON.stringify({ ...JSON.parse(original), canonicalHost: 'by.hand.example', comment: 'mine' });
    server.writeFile('data/config.json', byHand);
    pass();
    await eventually(() => assert.equal(trials(), 0), 20000);
    assert.equal(config(), byHand);
    assert.deepEqual(actions().slice(n), ['address.trial']);
  });

  test('so is another address behind a proxy; one is on trial at a time, and what leads nobody away is saved at once', async () => {
    const proxyURL = `${server.base}/`;
    const page = await save({ proxyURL });
    assert.match(page.text, /The new address is on trial/);
    assert.equal(JSON.parse(config()).proxyURL, proxyURL);
    const second = await save({ proxyURL: 'https://front.example/' });
    assert.equal(second.status, 409);
    assert.match(second.text, /Another new address is on trial/);
    assert.equal(JSON.parse(config()).proxyURL, proxyURL);
    assert.match((await save({ allowOrigin: 'https://site.example' })).text, /The addresses were saved/);
    const [, link] = /id="link" href="([^"]+)"/.exec(page.html) ?? [];
    const kept = await b.submit((await b.open(link)).form('/admin/address-trial'));
    assert.match(kept.text, /The new address holds/);
    assert.equal(trials(), 0);
    assert.equal(JSON.parse(config()).proxyURL, proxyURL);
    await save({ proxyURL: '' });
    pass();
    await eventually(() => assert.equal(JSON.parse(config()).proxyURL, proxyURL), 20000);
    server.writeFile('data/config.json', original);
    await eventually(async () => assert.equal((await b.open(where)).form(where).fields.get('proxyURL'), ''));
    assert.match((await save({ canonicalHost: new URL(server.base).host })).text, /The addresses were saved/);
  });

  test('a save that is refused leaves no trial', async () => {
    const asked = await save({ canonicalHost: other });
    server.writeFile('data/config.json', original.replace(/\}\s*$/, ', "comment": "by hand"}'));
    const conflict = await b.submit(asked.form(where).fill({ sure: 'yes' }));
    assert.equal(conflict.status, 409);
    assert.equal(trials(), 0);
  });
});
