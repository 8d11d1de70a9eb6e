// Files and requests that Galene takes: texts that are not clean JSON, obsolete names, tokens without an end
// (docs/ADMIN.md, "Coming from Galene").
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { eventually, startServer } from '../lib/server.mjs';
import { connect, join } from '../lib/ws_client.mjs';
import { Browser } from '../lib/console.mjs';

const TWICE = `{
  "description": "first",
  "users": {"anna": {"password": "a", "permissions": "op"}},
  "description": "second",
  "wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}
}
`;
const TRAILING = '{"description": "kept", "wildcard-user": {"password": {"type": "wildcard"}}}\nnotes of the author\n';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
async function signedIn() {
  const b = new Browser(server);
  await b.signIn();
  return b;
}

before(async () => {
  server = await startServer({ groups: { twice: TWICE, trailing: TRAILING, clean: {}, nobody: { users: { nil: { password: null, permissions: 'present' } } } } });
});
after(() => server?.stop());

describe('a file with a member given twice, or with text after the object', () => {
  test('loads, and of the two the last counts', async (t) => {
    for (const [group, description] of [['twice', 'second'], ['trailing', 'kept']]) {
      const a = await join(t, server, group, 'bob');
      assert.equal((await (await server.get(`/group/${group}/.status`)).json()).description, description);
    }
  });

  test('both programs name the line in their logs, and the check does', async () => {
    await eventually(() => assert.match(server.log, /groups\/twice\.json line 4 column 3: the member \\?"description\\?" is there twice/));
    assert.match(server.log, /groups\/trailing\.json line 2 column 1: something follows the end of the value/);
  });

  test('is a problem in the console, and only its text can be changed there', async () => {
    const b = await signedIn();
    const problems = await b.open('/admin/problems');
    assert.match(problems.text, /twice Not clean Line 4, column 3: the member "description" is there twice/);
    assert.match(problems.text, /trailing Not clean Line 2, column 1: something follows the end of the value/);
    for (const path of ['.edit', '.users/anna', '.users/.new', '.wildcard-user']) {
      const page = await b.open(`/admin/groups/twice/${path}`);
      assert.equal(page.path, '/admin/groups/twice/.raw', path);
    }
    const raw = await b.open('/admin/groups/twice/.raw');
    const form = raw.form('/admin/groups/twice/.raw');
    assert.equal(form.fields.get('text'), TWICE);
    const refused = await b.submit(form);
    assert.equal(refused.status, 422);
    assert.match(refused.text, /line 4 column 3: the member "description" is there twice/);
    assert.equal(readFileSync(server.groupFile('twice'), 'utf8'), TWICE, 'nothing was written');
    const clean = TWICE.replace('  "description": "first",\n', '');
    await b.submit(refused.form('/admin/groups/twice/.raw').fill({ text: clean }));
    assert.equal(readFileSync(server.groupFile('twice'), 'utf8'), clean);
    assert.doesNotMatch((await b.open('/admin/problems')).text, /twice Not clean/);
    assert.equal((await b.open('/admin/groups/twice/.edit')).path, '/admin/groups/twice/.edit');
  });

  test('becomes clean by a change through the API; what was in force stays', async () => {
    const r = await server.api('.groups/trailing/.users/carl', { method: 'PUT', json: { permissions: 'present' } });
    assert.equal(r.status, 201);
    const now = JSON.parse(readFileSync(server.groupFile('trailing'), 'utf8'));
    assert.equal(now.description, 'kept');
    assert.equal(now.users.carl.permissions, 'present');
    assert.doesNotMatch((await (await signedIn()).open('/admin/problems')).text, /Not clean/);
  });
});

test('"password": null lets nobody in, not even with an empty password', async (t) => {
  const c = await connect(t, server);
  assert.equal((await c.join('nobody', 'nil', '')).kind, 'fail');
});

test('the API takes allow-subgroups and keeps it as auto-subgroups', async () => {
  for (const [group, json, want] of [['old', { 'allow-subgroups': true }, true], ['both', { 'allow-subgroups': true, 'auto-subgroups': false }, true],
    ['off', { 'allow-subgroups': false }, undefined], ['off', { 'allow-subgroups': false, 'auto-subgroups': true }, true]]) {
    const r = await server.api(`.groups/${group}`, { method: 'PUT', json });
    assert.ok([201, 204].includes(r.status), `${group}: ${r.status} ${await r.text()}`);
    const file = JSON.parse(readFileSync(server.groupFile(group), 'utf8'));
    assert.equal(file['auto-subgroups'], want, group);
    assert.equal(file['allow-subgroups'], undefined, group);
  }
  const bad = await server.api('.groups/old', { method: 'PUT', json: { 'allow-subgroups': 'yes' } });
  assert.equal(bad.status, 400);
  assert.match(await bad.text(), /^allow-subgroups: /);
});

test('a token without an end is made, and never valid', async (t) => {
  const made = await server.api('.groups/clean/.tokens/', { method: 'POST', json: { permissions: ['present'] } });
  assert.equal(made.status, 201);
  const token = made.headers.get('location');
  assert.equal((await (await server.api(`.groups/clean/.tokens/${token}`)).json()).expires, undefined);
  const c = await connect(t, server);
  assert.equal((await c.join('clean', 'guest', '', { token })).kind, 'fail');
  assert.match((await (await signedIn()).open('/admin/groups/clean/.tokens/')).text, /– Not valid/);
  const put = await server.api('.groups/clean/.tokens/forever', { method: 'PUT', json: { permissions: ['present'] } });
  assert.equal(put.status, 201);
});
