// The console's groups beyond one at a time, as a person without JavaScript uses them: what was deleted, many at once,
// tables in and out.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { Browser, unescapeHtml } from '../lib/console.mjs';
import { fileOf } from '../lib/console_facts.mjs';
import { versions } from '../lib/store.mjs';
import { eventually, startServer } from '../lib/server.mjs';
import { connect } from '../lib/ws_client.mjs';

let server;
let b;
before(async () => {
  server = await startServer({ groups: {} });
  b = new Browser(server);
  await b.signIn();
});
after(() => server.stop());

const make = async (name, values = {}) => {
  const page = await b.open('/admin/groups/.new');
  const made = await b.submit(page.form('/admin/groups/.new').fill({ name, ...values }));
  assert.equal(made.path, `/admin/groups/${name}/`, made.text.slice(0, 300));
};
const edit = async (name, values) => {
  const page = await b.open(`/admin/groups/${name}/.edit`);
  return b.submit(page.form(`/admin/groups/${name}/.edit`).fill(values));
};
const remove = async (name) => {
  const page = await b.open(`/admin/groups/${name}/.delete`);
  return b.submit(page.form(`/admin/groups/${name}/.delete`).fill({ name }));
};

describe('deleted groups', () => {
  test('are listed with when and who, and come back with their versions', async () => {
    await make('gone/one', { displayName: 'The first' });
    await edit('gone/one', { description: 'Before it went' });
    const texts = versions(server, 'gone/one');
    await remove('gone/one');
    const missing = await b.open('/admin/groups/gone/one/');
    assert.equal(missing.status, 410);
    const link = /href="(\/admin\/groups\/\.deleted[^"]*)"/.exec(missing.html)?.[1];
    const list = await b.open(link);
    assert.match(list.text, /gone\/one The first .*root console 2 /);
    assert.match(list.html, /<time datetime="\d{4}-\d\d-\d\dT[\d:]+Z"/);
    const back = await b.submit(list.form('/admin/groups/gone/one/.undelete'));
    assert.equal(back.path, '/admin/groups/gone/one/');
    assert.match(back.text, /The group gone\/one is back/);
    assert.equal(fileOf(server, 'gone/one').description, 'Before it went');
    assert.deepEqual(versions(server, 'gone/one').slice(0, texts.length), texts);
    assert.doesNotMatch((await b.open('/admin/groups/.deleted')).text, /gone\/one/);
  });

  test('a file that was taken away by hand is there, too, and says so', async () => {
    await make('byhand');
    rmSync(server.groupFile('byhand'));
    await eventually(async () => {
      assert.match((await b.open('/admin/groups/.deleted?q=BYH')).text, /byhand .* By hand: its file was taken away/);
    });
    assert.match((await b.open('/admin/groups/.deleted?q=nothing-like-it')).text, /No deleted group is called like that/);
    assert.ok(!existsSync(server.groupFile('byhand')));
  });

  test('a place in the list that is none is refused', async () => {
    assert.equal((await b.request('/admin/groups/.deleted?before=x')).status, 400);
  });
});

/** Ticks groups in the list and chooses what to do. */
const tick = async (names, action) => {
  const list = await b.open('/admin/groups/');
  return b.submit(list.form('/admin/groups/.bulk').fill({ group: names, action }));
};
const confirm = async (page) => b.submit(page.forms().find((f) => f.fields.get('apply') === 'yes'));

describe('many groups at once', () => {
  before(async () => {
    for (const name of ['many/a', 'many/b', 'many/c']) await make(name, { displayName: `Many ${name.at(-1)}` });
    await edit('many/c', { public: 'yes' });
  });

  test('a switch: shown group by group, done, taken back', async () => {
    const preview = await tick(['many/a', 'many/b', 'many/c'], 'public');
    assert.equal(preview.status, 200);
    assert.match(preview.text, /Groups that will be: 2\./);
    assert.match(preview.text, /many\/a not set yes .*many\/c yes It is so already/);
    assert.equal(fileOf(server, 'many/a').public, undefined, 'a preview changes nothing');
    const done = await confirm(preview);
    assert.match(done.text, /Changed groups: 2\./);
    for (const name of ['many/a', 'many/b', 'many/c']) assert.equal(fileOf(server, name).public, true);
    const undo = done.forms().find((f) => f.action.startsWith('/admin/groups/.undo/'));
    const back = await b.submit(undo);
    assert.match(back.text, /Taken back\. Groups that are as before: 2\./);
    assert.equal(fileOf(server, 'many/a').public, undefined);
    assert.equal(fileOf(server, 'many/c').public, true, 'what was so before stays');
  });

  test('a time and one setting: asked for, judged, shown', async () => {
    const ask = await tick(['many/a', 'many/b'], 'expires');
    const bad = await b.submit(ask.form('/admin/groups/.bulk').fill({ value: 'tomorrow' }));
    assert.equal(bad.status, 422);
    assert.match(bad.title, /^Error:/);
    const preview = await b.submit(bad.form('/admin/groups/.bulk').fill({ value: '2031-01-02T03:04' }));
    await confirm(preview);
    assert.equal(fileOf(server, 'many/b').expires, '2031-01-02T03:04:00Z');
    const field = await tick(['many/a'], 'field');
    assert.equal((await b.submit(field.form('/admin/groups/.bulk').fill({ value: '5' }))).status, 422, 'no setting chosen');
    await confirm(await b.submit(field.form('/admin/groups/.bulk').fill({ field: 'max-clients', value: '5' })));
    assert.equal(fileOf(server, 'many/a')['max-clients'], 5);
    await confirm(await b.submit((await tick(['many/a', 'many/b'], 'expires')).form('/admin/groups/.bulk').fill({ value: '' })));
    assert.equal(fileOf(server, 'many/a').expires, undefined);
  });

  test('deleting, and taking it back; not over what somebody changed since', async () => {
    const done = await confirm(await tick(['many/a', 'many/b'], 'delete'));
    assert.ok(!existsSync(server.groupFile('many/a')));
    const undo = done.forms().find((f) => f.action.startsWith('/admin/groups/.undo/'));
    await make('many/b', { displayName: 'Another' });
    const refused = await b.submit(undo);
    assert.equal(refused.status, 412);
    assert.match(refused.text, /the group many\/b was changed since; nothing was taken back/);
    assert.ok(!existsSync(server.groupFile('many/a')), 'all or nothing');
    await remove('many/b');
  });

  test('without rights for one of them nothing is done', async () => {
    const page = await b.open('/admin/groups/');
    const form = page.form('/admin/groups/.bulk').fill({ group: ['many/c', '../etc'], action: 'delete' });
    const preview = await b.submit(form);
    assert.match(preview.text, /\.\.\/etc Left as it is there is no such group/);
    assert.match(preview.text, /Groups that will be: 1\./);
    assert.match((await b.submit(page.form('/admin/groups/.bulk').fill({ action: 'export' }))).text, /Tick the groups first/);
  });
});

describe('tables', () => {
  const groups = async (csv) => b.submit((await b.open('/admin/csv/groups')).form('/admin/csv/groups').fill({ csv }));
  const users = async (group, csv) => b.submit((await b.open(`/admin/csv/users?group=${group}`)).form('/admin/csv/users').fill({ csv }));

  test('groups go out with their formulas defused, and come in the same', async () => {
    await make('table/one', { displayName: '=HYPERLINK("x")', public: 'yes' });
    await edit('table/one', { description: 'two\nlines; and "marks"', codecs: ['vp9', 'opus'] });
    const before = fileOf(server, 'table/one');
    const csv = (await tick(['table/one'], 'export')).html;
    const all = await b.request('/admin/csv/groups.csv');
    assert.match(all.headers.get('content-type'), /^text\/csv/);
    assert.ok(all.html.includes(csv.split('\r\n')[1].slice(0, 20)));
    assert.ok(csv.includes(`"'=HYPERLINK(""x"")"`), csv);
    assert.match((await groups(csv)).text, /All is so already/);
    await remove('table/one');
    const tried = await groups(`\ufeff${csv.replace('table/one', 'table/two')}`);
    assert.match(tried.text, /New groups among them: 1/);
    assert.match(tried.text, /2 table\/two New codecs, description, displayName, public /, 'which, and what of them');
    assert.ok(!existsSync(server.groupFile('table/two')), 'a dry run changes nothing');
    await confirm(tried);
    assert.deepEqual(fileOf(server, 'table/two'), before);
  });

  test('a dry run says of each group what would be set, and what an empty cell takes away', async () => {
    await make('table/three', { displayName: 'Three' });
    await edit('table/three', { 'max-clients': '5' });
    await make('table/four', { displayName: 'Four' });
    const page = await groups('name;displayName;max-clients\ntable/four;Four;\ntable/three;Drei;\n');
    const rows = [...page.html.matchAll(/<tr><td class="num" data-label="Line">(\d+)<\/td>[\s\S]*?data-label="Group">([^<]*)<[\s\S]*?class="mono">([^<]*)<\/span>[\s\S]*?class="mono">([^<]*)</g)].map((m) => m.slice(1));
    assert.deepEqual(rows, [['3', 'table/three', 'displayName', 'max-clients']], 'what stays as it is is not listed');
    const dropped = await groups('name;max-clients\ntable/three;\n');
    assert.match(dropped.html, /<td data-label="What would be set"><\/td><td data-label="What would be taken away"><span class="mono">max-clients</, 'a cell with nothing in it is hidden on a phone');
    assert.equal(fileOf(server, 'table/three')['max-clients'], 5);
    await remove('table/three');
    await remove('table/four');
  });

  test('what is wrong is said by line and column, and nothing is changed', async () => {
    const page = await groups('name;max-clients;public;expires\nt/a;5;yes;\nt/b;many;yes;\n.x;1;perhaps;soon\nt/a;1;;\nt/c;1\n');
    assert.equal(page.status, 422);
    assert.match(page.text, /6 There are 2 fields for 4 columns/);
    const cells = await groups('name;max-clients;public;expires\nt/a;5;yes;\nt/b;many;yes;\n.x;1;;\nt/d;1;perhaps;soon\nt/a;1;;\n');
    assert.match(cells.text, /3 max-clients Write it so: a whole number/);
    assert.match(cells.text, /4 name This cannot be the name of a group/);
    assert.match(cells.text, /5 public Write it so: yes or no.* 5 expires /);
    assert.match(cells.text, /6 name This group is there twice/);
    assert.ok(!existsSync(server.groupFile('t/a')));
    assert.equal(cells.form('/admin/csv/groups').fields.get('csv').split('\n')[1], 't/a;5;yes;', 'the table is kept');
    assert.match((await groups('name,shoe-size\na,1\n')).text, /1 shoe-size There is no such column/);
    assert.match((await groups('name,public\n"a,1\n')).text, /2 A quotation mark is not closed/);
  });

  test('2000 users come in at once, and go out again', async () => {
    await make('table/users');
    const rows = Array.from({ length: 2000 }, (_, i) => `user${i},${i % 7 ? 'present' : 'op'}`);
    const tried = await users('table/users', `user,permissions\n${rows.join('\n')}\n`);
    assert.match(tried.text, /Rows in the table: 2,000/);
    const done = await confirm(tried);
    assert.match(done.text, /Rows: 2000\. Groups that were changed: 1\./);
    const file = fileOf(server, 'table/users').users;
    assert.equal(Object.keys(file).length, 2000);
    assert.deepEqual(file.user7, { permissions: 'op' });
    const out = await b.request('/admin/csv/users.csv?group=table/users');
    assert.equal(out.html.trim().split('\r\n').length, 2001);
    assert.match(out.html, /^group,user,permissions,password\r\n/);
    assert.match((await users('table/users', out.html)).text, /All is so already/);
    assert.match((await users('table/users', `user\n${Array.from({ length: 2001 }, (_, i) => `u${i}`).join('\n')}\n`)).text, /There are more than 2000 rows/);
  });

  test('passwords come in hashed and never go out', async () => {
    await make('table/secrets');
    const dry = await users('table/secrets', 'user,permissions,password\nvimes,op,the boots theory\nangua,present message,\n');
    assert.match(dry.text, /New users: 2 Passwords that would be set: 1 New users without a password, who cannot log in: angua /);
    await confirm(dry);
    assert.doesNotMatch((await users('table/secrets', 'user,permissions\nangua,op\n')).text, /cannot log in/, 'who was there before');
    const file = fileOf(server, 'table/secrets').users;
    assert.equal(file.vimes.password.type, 'bcrypt');
    assert.deepEqual(file.angua, { permissions: ['present', 'message'] });
    assert.doesNotMatch((await b.request('/admin/csv/users.csv?group=table/secrets')).html, /boots|\$2/);
    const bad = await users('table/secrets', 'user,permissions\nvimes,king\n,op\nangua,op\nangua,op\n');
    assert.match(bad.text, /2 permissions Write op, present/);
    assert.match(bad.text, /3 user This cannot be a user name/);
    assert.match(bad.text, /5 user This user is there twice/);
  });
});

describe('several users from a list of names', () => {
  const path = '/admin/groups/crowd/.users/.many';
  const add = async (names, role = 'present') => (await b.open(path)).form(path).fill({ names, role });
  before(() => make('crowd'));

  test('what is wrong is said of all lines at once, by their numbers', async () => {
    const here = '/admin/groups/guards/.users/.many';
    server.writeGroup('guards', { users: { detritus: { password: 'x', permissions: 'present' } } });
    const page = await eventually(async () => {
      const opened = await b.open(here);
      assert.equal(opened.status, 200);
      return opened;
    });
    const bad = await b.submit(page.form(here).fill({ names: ',secret\nann\n\ndetritus\nbob,pw,king\nann' }));
    assert.equal(bad.status, 422);
    const said = [...bad.html.matchAll(/<li><a href="#names">([^<]*)</g)].map(([, text]) => unescapeHtml(text));
    assert.deepEqual(said, ['Line 1: The name is missing.', 'Line 4: detritus is a user already.',
      'Line 5: Write the name, a password or nothing, and permissions such as present or op.', 'Line 6: ann is there twice.']);
    assert.match(bad.html, /id="names-error">Line 1: The name is missing\./, 'the first one stands beside the field');
  });

  test('each gets a password of its own, shown once, that lets them in', async (t) => {
    const preview = await b.submit(await add('angua\n  carrot \n\n=cheery\nvisit, =smite the unbeliever, message'));
    assert.match(preview.text, /Users that will be made: 4.*carrot present Made for them.*visit message As you wrote it/);
    assert.equal(fileOf(server, 'crowd').users, undefined, 'nothing is changed yet');
    const form = preview.form(path);
    const made = await b.submit(form);
    assert.equal(made.status, 200, made.text);
    assert.equal(made.headers.get('cache-control'), 'no-store');
    const shown = Object.fromEntries([...made.html.matchAll(/data-label="User">([^<]*)<\/th><td[^>]*><span class="mono">([^<]*)</g)]
      .map(([, name, password]) => [unescapeHtml(name), password]));
    assert.deepEqual(Object.keys(shown), ['angua', 'carrot', '=cheery', 'visit']);
    assert.equal(shown.visit, '=smite the unbeliever');
    delete shown.visit;
    assert.equal(new Set(Object.values(shown)).size, 3);
    for (const password of Object.values(shown)) assert.match(password, /^([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$/);
    const { users } = fileOf(server, 'crowd');
    assert.deepEqual([users.carrot.permissions, users.carrot.password.type], ['present', 'bcrypt']);
    const client = await connect(t, server);
    assert.equal((await client.join('crowd', 'carrot', shown.angua)).error, 'not-authorised', 'not by somebody else\'s');
    assert.equal((await client.join('crowd', 'carrot', shown.carrot)).kind, 'join');
    assert.equal(users.visit.permissions, 'message');
    assert.equal((await (await connect(t, server)).join('crowd', 'visit', '=smite the unbeliever')).kind, 'join');
    const again = await b.submit(form);
    assert.equal(again.path, '/admin/groups/crowd/.users/', 'the same form again makes and shows nothing');
    assert.ok(!again.html.includes(shown.angua));
  });

  test('users are copied to another group with their passwords, and nobody there is changed', async () => {
    const at = '/admin/groups/from/.users/.copy';
    const users = {
      carrot: { password: { type: 'bcrypt', key: '$2a$08$0000000000000000000000000000000000000000000000000000' }, permissions: 'op' },
      nobby: { password: 'x', permissions: 'present' }, colon: { permissions: ['present', 'token'] },
    };
    server.writeGroup('from', { users, 'wildcard-user': { password: { type: 'wildcard' } } });
    server.writeGroup('into', { users: { nobby: { permissions: 'observe' } } });
    await eventually(async () => assert.equal((await b.open(at)).status, 200));
    const ask = await b.open(at);
    assert.deepEqual(ask.form(at).fields.getAll('user'), ['carrot', 'colon', 'nobby']);
    for (const [values, words] of [[{ to: 'from' }, /group that they are in/], [{ to: 'nowhere' }, /no such group/], [{ to: 'into', user: null }, /at least one/]]) {
      const page = await b.submit((await b.open(at)).form(at).fill(values));
      assert.equal(page.status, 422);
      assert.match(page.text, words);
    }
    const preview = await b.submit(ask.form(at).fill({ to: 'into' }));
    assert.match(preview.text, /Users that into will get: 2.*nobby present Is a user there already/);
    const done = await b.submit(preview.form(at));
    assert.equal(done.path, '/admin/groups/into/.users/');
    assert.deepEqual(fileOf(server, 'into').users, { nobby: { permissions: 'observe' }, carrot: users.carrot, colon: users.colon });
  });

  test('names that cannot be are refused, and nobody is made', async () => {
    for (const [names, words] of [['', 'Write one name a line'], ['nobby\nangua', 'angua is a user already'], ['nobby\nnobby', 'nobby is there twice'],
      [`nobby\n${'x'.repeat(3000)}`, 'cannot be a user name'], [Array.from({ length: 51 }, (_, i) => `n${i}`).join('\n'), 'At most 50 names']]) {
      const page = await b.submit(await add(names));
      assert.equal(page.status, 422, words);
      assert.ok(page.text.includes(words), page.text.slice(0, 600));
      assert.equal(page.form(path).fields.get('names'), names);
    }
    assert.equal((await b.submit(await add('nobby', 'king'))).status, 422);
    assert.match((await b.submit(await add('nobby, pw, king'))).text, /permissions such as present or op/);
    assert.equal(fileOf(server, 'crowd').users.nobby, undefined);
  });
});
