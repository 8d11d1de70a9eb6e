// Invitations to every group of the server, made, changed and ended in the console.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, makeAccount } from '../lib/console.mjs';
import { startServer } from '../lib/server.mjs';
import { change, query } from '../lib/store.mjs';
import { connect, join as joinGroup } from '../lib/ws_client.mjs';

const path = '/admin/invitations/.server/';

describe('invitations to the whole server', () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  let b;
  before(async () => {
    server = await startServer({ groups: { watch: {}, 'guild/thieves': {} } });
    b = new Browser(server);
    await b.signIn();
  });
  after(() => server?.stop());

  const stored = (token) => readFileSync(join(server.dir, 'data/var/tokens.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line)).find((t) => t.token === token);
  const make = async (values) => b.submit((await b.open(path)).form(path).fill({ kind: 'present', span: 'day', ...values }));
  const linkOf = (page) => /id="link" href="([^"]*)"/.exec(page.html)?.[1];
  const tokenOf = async (card, group = 'watch') => new URL(linkOf(await b.open(`${card.path}?for=${encodeURIComponent(group)}`))).searchParams.get('token');

  test('one is made, holds in every group and its subgroups, and its link has the address of the group one chooses', async (t) => {
    assert.match((await b.open('/admin/invitations')).html, /href="\/admin\/invitations\/\.server\/"/);
    const card = await make({ username: 'moist', label: 'The post office' });
    assert.match(card.path, /^\/admin\/invitations\/\.server\/[0-9a-f]{64}$/);
    assert.match(card.text, /Each of them holds for every group of this server.*Made\..*Holds in Every group of this server/);
    assert.equal(linkOf(card), undefined);
    assert.doesNotMatch(card.html, /qr-code|name="subgroups"/);
    const shown = await b.open(`${card.path}?for=guild%2Fthieves`);
    const link = linkOf(shown);
    assert.ok(link.startsWith(`${server.base}/group/guild/thieves/?token=`), link);
    assert.match(shown.html, /class="qr-code"/);
    assert.ok((await b.open(`${card.path}/poster?for=watch`)).html.includes(`${server.base}/group/watch/?token=`));
    const token = new URL(link).searchParams.get('token');
    assert.deepEqual([stored(token).group, stored(token).includeSubgroups, stored(token).username, stored(token).permissions], ['', true, 'moist', ['present', 'message']]);
    for (const group of ['watch', 'guild/thieves']) {
      const c = await joinGroup(t, server, group, 'moist', '', { token });
      assert.deepEqual([c.joined.kind, c.joined.permissions], ['join', ['present', 'message']], group);
    }
    assert.ok(!(await b.open('/admin/invitations')).html.includes(token));
    const list = await b.open(path);
    assert.ok(!list.html.includes(token));
    assert.match(list.text, /The post office/);
    assert.match((await b.open('/admin/audit')).text, /root made an invitation: \(whole server\) \S{4}\.\.\./);
  });

  test('what is no group is said beside the field, and a calendar file needs one', async () => {
    const card = await make({ label: 'Dates', from: '2031-02-03T04:05', until: '2031-02-03T06:05' });
    const wrong = await b.open(`${card.path}?for=..%2Fetc`);
    assert.match(wrong.html, /class="field invalid"><label for="for">/);
    assert.match(wrong.text, /Group: /);
    assert.equal(linkOf(wrong), undefined);
    assert.equal((await b.request(`${card.path}/invitation.ics`)).status, 404);
    const file = await b.request(`${card.path}/invitation.ics?for=watch`);
    assert.match(file.html.replaceAll('\r\n ', ''), /SUMMARY:watch[\s\S]*\/group\/watch\/\?token=/);
  });

  test('dates and rights are changed, it is ended, and removed', async (t) => {
    const card = await make({ label: 'Coin' });
    const token = await tokenOf(card);
    const form = (page) => page.forms().find((f) => f.action === card.path && f.fields.has('kind'));
    const saved = await b.submit(form(card).fill({ kind: 'observe', until: '2031-01-01T00:00', label: 'Mint' }));
    assert.match(saved.text, /Saved\./);
    assert.deepEqual([stored(token).permissions, Date.parse(stored(token).expires), stored(token).includeSubgroups], [[], Date.parse('2031-01-01T00:00Z'), true]);
    const ended = await b.submit(saved.forms().find((f) => f.fields.has('end')));
    assert.match(ended.text, /The invitation has ended/);
    const c = await connect(t, server);
    c.send({ type: 'join', kind: 'join', group: 'watch', username: 'spike', token });
    assert.equal((await c.type('joined', 'fail')).error, 'not-authorised');
    const gone = await b.submit(ended.form(`${path}delete`));
    assert.equal(gone.path, path);
    assert.equal(stored(token), undefined);
    assert.equal((await b.open(card.path)).status, 404);
  });

  test('a list of people gets a link each', async () => {
    const sheet = await make({ people: 'sam\nfred' });
    assert.match(sheet.path, /^\/admin\/invitations\/\.server\/\.made\/\d+$/);
    const shown = await b.open(`${sheet.path}?for=watch`);
    const links = [...shown.html.matchAll(/href="([^"]*\?token=([^"]*))"/g)];
    assert.deepEqual(links.map(([, , token]) => stored(token).username).sort(), ['fred', 'sam']);
    assert.ok(links.every(([, link]) => link.startsWith(`${server.base}/group/watch/`)));
  });

  test('they are for server administrators who gave their password lately', async () => {
    const card = await make({ label: 'Gold' });
    const { person } = await makeAccount(b, { login: 'vetinari', preset: 'group', prefix: 'watch' }, 'the patrician of the city');
    assert.doesNotMatch((await person.open('/admin/invitations')).html, /\.server/);
    for (const where of [path, card.path, `${card.path}?for=watch`, `${card.path}/poster?for=watch`]) assert.equal((await person.open(where)).status, 403, where);
    change(server, 'UPDATE sessions SET proved_at = 1');
    for (const where of [path, card.path]) {
      const asked = await b.open(where);
      assert.match(asked.html, /action="\/admin\/confirm"/);
      assert.ok(!asked.html.includes('Gold'));
    }
    assert.equal(query(server, "SELECT count(*) n FROM audit WHERE action = 'token.post' AND object LIKE '(whole server)%'")[0].n, 6);
  });
});
