// Names that nobody can have are refused with the rule that they break (docs/ADMIN.md), before any password is looked at, and
// what was done to people says to whom: the audit log, and the page of a deleted group.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { Browser } from '../lib/console.mjs';
import { eventually, startServer, top } from '../lib/server.mjs';
import { change } from '../lib/store.mjs';
import { connect, join } from '../lib/ws_client.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => {
  server = await startServer({ groups: {
    watch: { users: { vimes: { password: 'night', permissions: 'op' } }, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } },
    closed: { users: { vimes: { password: 'night', permissions: 'op' } } },
  } });
});
after(() => server?.stop());

const rows = [
  ['.hidden', /no part of a name starts with a full stop/],
  ['a/../b', /no part of a name starts with a full stop/],
  ['a//b', /nothing before, between or after slashes/],
  ['back\\slash', /no backslash/],
  ['bell\u0007', /no control character \(U\+0007\)/],
  ['turn\u202eed', /direction of text/],
  ['x'.repeat(201), /longer than 200 bytes/],
];

test('joining: the original\'s error, and the reason; whether the name or the password exists makes no difference', async (t) => {
  for (const group of ['watch', 'closed']) {
    for (const [username, reason] of rows) {
      const c = await connect(t, server);
      const answers = [];
      for (const password of ['night', 'wrong']) {
        c.send({ type: 'join', kind: 'join', group, username, password });
        const { kind, error, value } = await c.type('joined', 'fail');
        assert.equal(kind, 'fail');
        assert.equal(error, 'not-authorised', 'as the original, whose text is "not authorised"');
        assert.match(value, /^not authorised: this cannot be a name: /);
        assert.match(value, reason);
        answers.push(value);
      }
      assert.equal(answers[0], answers[1]);
    }
  }
  const c = await connect(t, server);
  for (const username of ['vimes', 'nobody']) {
    c.send({ type: 'join', kind: 'join', group: 'closed', username, password: 'wrong' });
    assert.equal((await c.type('joined', 'fail')).value, 'not authorised', 'good names: nothing more');
  }
});

test('signing in to the console: the rule is said, beside the field', async () => {
  const b = new Browser(server);
  for (const [name, reason] of rows) {
    const page = await b.signIn(name, 'rootpw');
    assert.equal(page.status, 422);
    assert.match(page.text, reason);
    assert.match(page.html, /<span class="field-error" id="name-error">/);
    assert.doesNotMatch(page.text, /password is wrong/);
  }
  const group = await b.signIn('vimes', 'night', 'a/.b');
  assert.equal(group.status, 422);
  assert.match(group.html, /<span class="field-error" id="group-error">This cannot be the name of a group: no part/);
  const unknown = await b.signIn('nobody', 'rootpw', 'nowhere');
  assert.match(unknown.text, /The name or the password is wrong/);
});

test('fields of names are as long as names may be', async () => {
  const most = (name) => new RegExp(`#define ${name} +(\\d+)`);
  const header = readFileSync(path(top, 'common/group_name.h'), 'utf8');
  const user = most('USER_NAME_MAX').exec(header)[1];
  const group = most('GROUP_NAME_MAX').exec(header)[1];
  const login = most('ACCOUNT_LOGIN_MAX').exec(readFileSync(path(top, 'admin-cgi/store/store_account.h'), 'utf8'))[1];
  const b = new Browser(server);
  await b.signIn();
  for (const [where, id, length] of [
    ['/group/watch/', 'username', user], ['/', 'group', group], ['/admin/login', 'name', user], ['/admin/login', 'group', group],
    ['/admin/groups/.new', 'name', group], ['/admin/groups/.new', 'copy', group], ['/admin/groups/watch/.delete', 'name', group],
    ['/admin/groups/watch/.users/.new', 'name', user], ['/admin/groups/watch/.tokens/', 'username', user],
    ['/admin/accounts/.new', 'login', login], ['/admin/accounts/.new', 'prefix', group],
  ]) {
    const tag = new RegExp(`<input id="${id}"[^>]*>`).exec((await b.open(where)).html)?.[0];
    assert.match(tag ?? '', new RegExp(` maxlength="${length}"`), `${where} #${id}`);
  }
});

test('the audit row of a kick and of a lock names person and text', async (t) => {
  const b = new Browser(server);
  await b.signIn();
  const nobby = await join(t, server, 'watch', 'nobby');
  const live = await eventually(async () => {
    const page = await b.open('/admin/groups/watch/.live');
    assert.match(page.text, /nobby/);
    return page;
  });
  const act = (values) => b.submit(live.form('/admin/groups/watch/.live').fill({ form: null, ...values }));
  assert.match((await act({ action: 'lock', client: null, text: 'closed for <tea>' })).text, /The group is locked/);
  assert.match((await act({ action: 'kick', client: nobby.id, text: 'go home' })).text, /sent away/);
  const { text } = await b.open('/admin/audit?object=watch');
  assert.match(text, /root locked watch: closed for <tea>\. live\.lock/);
  assert.match(text, /root sent nobby out of watch: go home\. live\.kick/);
});

test('a deleted group says when it was deleted, not when it was last changed', async () => {
  const b = new Browser(server);
  await b.signIn();
  server.writeGroup('doomed', {});
  await b.open('/admin/groups/doomed/');
  change(server, "UPDATE files SET state_since = 1000000 WHERE name = 'doomed'");
  const before = Date.now() - 60e3;
  const page = await b.open('/admin/groups/doomed/.delete');
  await b.submit(page.form('/admin/groups/doomed/.delete').fill({ name: 'doomed' }));
  const first = await b.open('/admin/groups/doomed/');
  const when = /was deleted <time datetime="([^"]+)" title="[^"]*">/.exec(first.html)?.[1];
  assert.ok(when && Date.parse(when) >= before, first.text);
  change(server, "UPDATE files SET state_since = state_since - 86400000000 WHERE name = 'doomed'");
  const later = /was deleted <time datetime="([^"]+)" title="[^"]*">/.exec((await b.open('/admin/groups/doomed/')).html)?.[1];
  assert.equal(Date.parse(later ?? ''), Date.parse(when) - 86400e3, 'it is the time of deletion');
  await eventually(async () => assert.equal((await server.get('/group/doomed/.status')).status, 404));
});
