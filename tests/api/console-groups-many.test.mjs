// The console's groups beyond one at a time, as a person without JavaScript uses them: what was deleted.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { Browser } from '../lib/console.mjs';
import { fileOf } from '../lib/console_facts.mjs';
import { versions } from '../lib/store.mjs';
import { eventually, startServer } from '../lib/server.mjs';

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
    assert.match(list.text, /gone\/one The first \d{4}-\d\d-\d\d [\d:]+ \S+ root console 2/);
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
