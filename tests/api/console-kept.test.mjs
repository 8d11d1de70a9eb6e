// What is old goes, and what is needed stays: recordings by their group's own days, versions by their number and age.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, makeAccount } from '../lib/console.mjs';
import { keepRecording } from '../lib/recordings.mjs';
import { childrenOf, eventually, startServer } from '../lib/server.mjs';
import { change, query, versions } from '../lib/store.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let b;
before(async () => {
  server = await startServer({ groups: { hall: { 'allow-recording': true }, attic: { 'keep-recordings': -1 }, 'office/small': {}, office: { 'auto-subgroups': true, 'keep-recordings': 20 }, usual: {} } });
  b = new Browser(server);
  await b.signIn();
});
after(() => server?.stop());

const DAY = 86400e3;
/** The keeper looks when it starts, and once a day. */
const newKeeper = () => process.kill(childrenOf(server.pidOf('admin-cgi')).find((c) => c.name === 'admin-keeper').pid, 'SIGKILL');
const set = (key, value) => change(server, 'INSERT OR REPLACE INTO settings (key, value, changed_at, changed_by) VALUES (?, ?, 1, \'root\')', key, value);
const edit = async (group, values) => b.submit((await b.open(`/admin/groups/${group}/.edit`)).form(`/admin/groups/${group}/.edit`).fill(values));
const fileOf = (group) => JSON.parse(readFileSync(join(server.dir, `groups/${group}.json`), 'utf8'));

describe('recordings', () => {
  test('are kept as long as their group says, else as the server does', async () => {
    const of = (days) => `${new Date(Date.now() - days * DAY).toISOString().slice(0, 23)}-ada.webm`;
    const [young, old] = [of(10), of(40)];
    for (const group of ['hall', 'attic', 'office/room', 'usual', 'gone']) for (const name of [young, old]) keepRecording(server, group, name, 'x');
    const wrong = await edit('hall', { 'keep-recordings': '4000' });
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /Days that recordings are kept: from -1 to 3650\./);
    await edit('hall', { 'keep-recordings': '5' });
    assert.equal(fileOf('hall')['keep-recordings'], 5);
    set('keep.recordings', '30');
    const page = await b.open('/admin/recordings');
    assert.match(page.text, /Recordings older than 30 days go to the trash by themselves/);
    const otherwise = /Groups that keep theirs for another time([\s\S]*?)<\/ul>/.exec(page.html)[1].replace(/<[^>]*>/g, '').trim().split('\n').filter(Boolean);
    assert.deepEqual(otherwise, ['attic: for ever', 'hall: 5 days', 'office/room: 20 days']);
    const hall = await b.open('/admin/recordings?group=hall');
    assert.match(hall.text, /Recordings older than 5 days go/);
    assert.match(hall.html, /href="\/admin\/recordings\?days=5&amp;group=hall"/);
    assert.match((await b.open('/recordings/hall/')).text, /Recordings older than 5 days go/);
    assert.doesNotMatch((await b.open('/recordings/attic/')).text, /go to the trash by themselves/);
    newKeeper();
    const left = (group) => [young, old].map((name) => existsSync(join(server.dir, 'recordings', group, name)));
    await eventually(() => assert.deepEqual(Object.fromEntries(['hall', 'attic', 'office/room', 'usual', 'gone'].map((group) => [group, left(group)])),
      { hall: [false, false], attic: [true, true], 'office/room': [true, false], usual: [true, false], gone: [true, false] }), 30000);
    await eventually(() => assert.equal(query(server, "SELECT count(*) n FROM audit WHERE action = 'recording.expire' AND object LIKE 'hall/%'")[0].n, 2));
    change(server, "DELETE FROM settings WHERE key = 'keep.recordings'");
  });
});

describe('versions', () => {
  const make = async (group, n) => {
    server.writeGroup(group, { description: 'version 1' });
    for (let i = 2; i <= n; i++) assert.equal((await server.api(`.groups/${group}`, { method: 'PUT', json: { description: `version ${i}` } })).status, 204);
    assert.equal(versions(server, group).length, n);
  };
  const texts = (group) => versions(server, group).map((v) => JSON.parse(v.text).description.slice(8));
  /** An edit by hand that lost: the version with this number. */
  const displace = (group, seq) => change(server, "INSERT INTO conflicts (file_id, version_id, kind, at) SELECT f.id, v.id, 'displaced', 1 FROM files f JOIN versions v ON v.file_id = f.id WHERE f.kind = 'group' AND f.name = ? AND v.seq = ?", group, seq);

  test('old ones go but for the newest, what is in use and what lost to another edit; the audit log says how many', async () => {
    await make('many', 14);
    displace('many', 2);
    change(server, 'DROP TRIGGER versions_keep');
    change(server, "UPDATE versions SET at = 1 WHERE file_id = (SELECT id FROM files WHERE kind = 'group' AND name = 'many') AND seq < 14");
    set('keep.newest', '10');
    newKeeper();
    await eventually(() => assert.deepEqual(texts('many'), ['2', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14']), 30000);
    await eventually(async () => assert.match((await b.open('/admin/audit')).text, /Versions that were older than they are kept are gone: 3\./));
    change(server, "DELETE FROM settings WHERE key = 'keep.newest'");
  });

  test('a server administrator forgets those of one group, with a page that asks and the password', async () => {
    await make('few', 6);
    await make('others', 3);
    displace('few', 1);
    const where = '/admin/groups/few/.history/.forget';
    assert.match((await b.open('/admin/groups/few/.history/')).html, /href="\/admin\/groups\/few\/\.history\/\.forget"/);
    for (const newest of ['0', 'x', '']) {
      const wrong = await b.submit((await b.open(where)).form(where).fill({ newest }));
      assert.equal(wrong.status, 422);
      assert.match(wrong.text, /Versions that stay: write a whole number/);
    }
    const done = await b.submit((await b.open(where)).form(where).fill({ newest: '2' }));
    assert.match(done.text, /3 versions were forgotten/);
    assert.deepEqual(texts('few'), ['1', '5', '6']);
    assert.deepEqual(texts('others'), ['1', '2', '3']);
    assert.match((await b.open('/admin/audit')).text, /root forgot old versions of few: 3\./);
    assert.match((await b.submit((await b.open(where)).form(where).fill({ newest: '2' }))).text, /There were no more versions than that/);
    const { person } = await makeAccount(b, { login: 'ridcully', preset: 'group', prefix: 'few' }, 'an archchancellor with a hat');
    assert.equal((await person.open(where)).status, 403);
    assert.doesNotMatch((await person.open('/admin/groups/few/.history/')).html, /\.forget/);
    change(server, 'UPDATE sessions SET proved_at = 1');
    const asked = await b.submit((await b.open(where)).form(where).fill({ newest: '1' }));
    assert.match(asked.html, /action="\/admin\/confirm"/);
    assert.deepEqual(texts('few'), ['1', '5', '6']);
  });

  test('deleted groups that are older than they are kept go one by one, each with its row', async () => {
    server.writeGroup('doomed', {});
    await eventually(async () => assert.equal((await server.api('.groups/doomed')).status, 200));
    assert.equal((await server.api('.groups/doomed', { method: 'DELETE' })).status, 204);
    change(server, "UPDATE files SET state_since = 1 WHERE name = 'doomed'");
    set('keep.deleted', '1');
    newKeeper();
    await eventually(() => assert.equal(query(server, "SELECT count(*) n FROM files WHERE name = 'doomed'")[0].n, 0), 30000);
    assert.equal(query(server, "SELECT count(*) n FROM audit WHERE action = 'group.expire' AND object = 'doomed'")[0].n, 1);
  });
});
