// The console's recordings as a person without JavaScript uses them: all groups, filters, room, the trash, and where they are spoken of.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from '../lib/console.mjs';
import { holdLock, keepRecording } from '../lib/recordings.mjs';
import { build, childrenOf, eventually, startServer, top } from '../lib/server.mjs';
import { change, query } from '../lib/store.mjs';
import { join as enter } from '../lib/ws_client.mjs';

const loadgen = [join(top, 'build'), build].map((d) => join(d, 'tests/bench/bin/loadgen')).find(existsSync);

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
/** @type {Browser} */
let b;
const at = (day, person) => `2026-05-${day}T10:00:00.000-${person}.webm`;
const names = (page) => [...page.html.replace(/<details[\s\S]*<\/details>/, '').matchAll(/<h3[^>]*>(?:<a[^>]*>)?([^<]+)/g)].map((m) => m[1]);

before(async () => {
  server = await startServer({
    groups: {
      hall: { 'allow-recording': true }, 'hall/side': {}, quiet: {}, empty: { 'allow-recording': true },
      studio: { 'allow-recording': true, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } },
      owned: { users: { boss: { password: 'a password of a boss', permissions: 'admin' } } },
    },
  });
  keepRecording(server, 'hall', at('01', 'ada'), 'a'.repeat(1500), { duration: 61, username: 'ada' });
  keepRecording(server, 'hall', at('03', 'bob'), 'b'.repeat(500));
  keepRecording(server, 'hall/side', at('02', 'ada'), 'c'.repeat(2000));
  keepRecording(server, 'gone', at('04', 'eve'), 'd');
  b = new Browser(server);
  await b.signIn();
});
after(() => server?.stop());

describe('the list', () => {
  test('all groups, the newest first, with their sizes and the room there is', async () => {
    const page = await b.open('/admin/recordings');
    assert.deepEqual(names(page), [at('04', 'eve'), at('03', 'bob'), at('02', 'ada'), at('01', 'ada')]);
    assert.match(page.text, /4 recordings, 4\.0 kB/);
    assert.match(page.text, /hall \(2, 2\.0 kB\)/);
    assert.match(page.text, /[\d.]+ [kMGT]?B free on the disk of/);
    assert.doesNotMatch(page.text, /must stay free|allowed/);
    assert.match(page.text, /Length 1:01/);
    assert.equal(page.html.match(/<video /g).length, 4);
    assert.equal((await b.request(/<video [^>]*src="([^"]+)"/.exec(page.html)[1], { headers: { range: 'bytes=0-0' } })).status, 206);
  });

  test('by group, with those below it, and by person', async () => {
    assert.deepEqual(names(await b.open('/admin/recordings?group=hall')), [at('03', 'bob'), at('02', 'ada'), at('01', 'ada')]);
    assert.match((await b.open('/admin/recordings?group=hall')).html, /<a href="\/recordings\/hall\/">By meeting, with one film of each</, 'films are made there');
    assert.deepEqual(names(await b.open('/admin/recordings?group=hall%2Fside')), [at('02', 'ada')]);
    assert.deepEqual(names(await b.open('/admin/recordings?person=ADA')), [at('02', 'ada'), at('01', 'ada')]);
    assert.deepEqual(names(await b.open('/admin/recordings?person=ada&group=hall%2Fside')), [at('02', 'ada')]);
    const none = await b.open('/admin/recordings?group=empty');
    assert.match(none.text, /No recording is like that/);
    assert.match(none.html, /<option value="empty" selected>/);
    for (const query of ['page=x', 'page=-1', 'page=99999999999999999999', 'group=%00', 'group=a&group=b']) {
      assert.equal((await b.open(`/admin/recordings?${query}`)).status, 400, query);
    }
    assert.deepEqual(names(await b.open('/admin/recordings?page=7')), []);
    assert.match((await b.open('/admin/recordings?group=%3Cscript%3Ex')).html, /&lt;script&gt;x/);
  });

  test('fifty on a page', async () => {
    for (let i = 0; i < 52; i++) keepRecording(server, 'many', `2026-05-01T10:00:00.0${String(i).padStart(2, '0')}.webm`, 'x');
    const first = await b.open('/admin/recordings?group=many');
    const second = await b.open(/href="([^"]+)">Older/.exec(first.html)[1].replaceAll('&amp;', '&'));
    assert.equal(names(first).length, 50);
    assert.deepEqual(names(second), ['2026-05-01T10:00:00.001.webm', '2026-05-01T10:00:00.000.webm']);
    assert.match(second.html, /Newer/);
  });

  test('what data/mediad.json lets recordings take', async () => {
    server.writeFile('data/mediad.json', { recording: { 'free-bytes': 3e9, 'group-bytes': 7e6, 'total-bytes': 5e10 } });
    const page = await b.open('/admin/recordings');
    assert.match(page.text, /recorded of 50 GB allowed/);
    assert.match(page.text, /3\.0 GB must stay free/);
    assert.match(page.text, /7\.0 MB allowed for each group/);
    for (const recording of [{ 'group-bytes': 'x', 'total-bytes': 0, 'free-bytes': -1 }, [], 1]) {
      server.writeFile('data/mediad.json', { recording });
      assert.doesNotMatch((await b.open('/admin/recordings')).text, /allowed/);
    }
    server.writeFile('data/mediad.json', '{');
    assert.equal((await b.open('/admin/recordings')).status, 200);
  });
});

describe('changes', () => {
  const form = (page, filename) => page.forms().find((f) => f.fields.get('filename') === filename);

  test('deleted, once, and back to the same list', async () => {
    const name = at('09', 'ada');
    const file = join(server.dir, 'recordings/hall', name);
    keepRecording(server, 'hall', name, 'x', { duration: 1 });
    const page = await b.open('/admin/recordings?group=hall&person=ada');
    const sent = await b.send(form(page, name));
    assert.equal(sent.status, 303);
    assert.equal(sent.headers.get('location'), '/admin/recordings?group=hall&person=ada&page=0');
    const after = await b.follow(sent);
    assert.match(after.text, /The recording is in the trash/);
    assert.ok(!existsSync(file));
    keepRecording(server, 'hall', name, 'y');
    await b.submit(form(page, name));
    assert.ok(existsSync(file), 'the same form does not count twice');
    assert.equal((await b.send(form(after, name).fill({ q: 'restore' }))).status, 409, 'one of the name is there again');
    assert.equal(readFileSync(file, 'utf8'), 'y');
  });

  test('deleted, restored, deleted for good, each in the audit log', async () => {
    const name = at('10', 'eve');
    const folder = join(server.dir, 'recordings/quiet');
    keepRecording(server, 'quiet', name, 'x', { duration: 1 });
    await b.submit(form(await b.open('/admin/recordings?group=quiet'), name));
    assert.deepEqual(readdirSync(join(folder, '.trash')).sort(), ['.about', name, `${name}.deleted`]);
    const back = await b.submit(form(await b.open('/admin/recordings?group=quiet'), name).fill({ q: 'restore' }));
    assert.match(back.text, /The recording is back/);
    assert.ok(existsSync(join(folder, name)));
    await b.submit(form(await b.open('/admin/recordings?group=quiet'), name));
    const gone = await b.submit(form(await b.open('/admin/recordings?group=quiet'), name).fill({ q: 'purge' }));
    assert.match(gone.text, /deleted for good/);
    assert.deepEqual(readdirSync(join(folder, '.trash'), { recursive: true }), ['.about']);
    const rows = query(server, "SELECT action FROM audit WHERE object = ? AND actor_kind = 'console' ORDER BY id", `quiet/${name}`);
    assert.deepEqual(rows.map((r) => r.action), ['recording.delete', 'recording.restore', 'recording.delete', 'recording.purge']);
  });

  test('what is refused changes nothing', async (t) => {
    const name = at('11', 'ada');
    const file = keepRecording(server, 'hall', name, 'x');
    const page = await b.open('/admin/recordings?group=hall');
    for (const [values, want] of [[{ q: 'rename' }, 400], [{ q: null }, 400], [{ filename: '../x' }, 400], [{ filename: 'none.webm' }, 404], [{ group: 'none' }, 404],
      [{ group: '../data' }, 404], [{ group: '' }, 404], [{ csrf: 'x' }, 403], [{ more: 'x' }, 400]]) {
      assert.equal((await b.send(form(page, name).fill({ form: '', ...values }))).status, want, JSON.stringify(values));
    }
    const release = await holdLock(t, file);
    const running = await b.open('/admin/recordings?group=hall');
    assert.match(running.text, /Running/);
    assert.equal(form(running, name), undefined);
    assert.equal((await b.send(form(page, name).fill({ form: '' }))).status, 409);
    await release();
    assert.ok(existsSync(file));
  });
});

describe('many at once, and by their age', () => {
  const many = async (pick) => b.submit((await b.open('/admin/recordings?group=bulk')).forms().find((f) => f.fields.has('form') && !f.fields.has('filename') && f.method === 'POST' && f.action.startsWith('/admin/recordings')).fill({ q: 'delete-many', pick }));

  test('what is ticked goes to the trash, the rest stays, and what cannot go is said', async (t) => {
    const files = [1, 2, 3].map((i) => keepRecording(server, 'bulk', at(`1${i}`, 'ada'), 'x'));
    await holdLock(t, files[1]);
    const page = await b.open('/admin/recordings?group=bulk');
    assert.equal(page.html.match(/name="pick" value="bulk\/[^"]+" form="many"/g).length, 2, 'what runs has no tick');
    const done = await many([`bulk/${at('11', 'ada')}`, `bulk/${at('12', 'ada')}`, 'data/../x', 'nowhere/none.webm']);
    assert.match(done.text, /1 recording is in the trash\. Not deleted: 3\. this recording is still running\./i);
    assert.deepEqual(files.map(existsSync), [false, true, true]);
    assert.match((await many([])).text, /Tick the recordings/);
  });

  test('a list of those that are older shows what keeping for so many days would take', async () => {
    const old = '2010-05-01T10:00:00.000';
    const young = new Date(Date.now() - 2 * 86400e3).toISOString().slice(0, 23);
    keepRecording(server, 'aged', `${old}-eve.webm`, 'x');
    keepRecording(server, 'aged', `${young}-eve.webm`, 'x');
    assert.deepEqual(names(await b.open('/admin/recordings?group=aged&days=3650')), [`${old}-eve.webm`]);
    assert.deepEqual(names(await b.open('/admin/recordings?group=aged&days=1')).length, 2);
    assert.equal((await b.open('/admin/recordings?days=x')).status, 400);
    assert.doesNotMatch((await b.open('/admin/recordings')).text, /go to the trash by themselves/);
    change(server, "INSERT INTO settings (key, value, changed_at, changed_by) VALUES ('keep.recordings', '3650', 1, 'root')");
    const page = await b.open('/admin/recordings?group=aged');
    assert.match(page.text, /Recordings older than 3,650 days go to the trash by themselves\. Show those/);
    assert.match(page.html, /href="\/admin\/recordings\?days=3650&amp;group=aged"/);
    // The keeper looks when it starts, and once a day.
    process.kill(childrenOf(server.pidOf('admin-cgi')).find((c) => c.name === 'admin-keeper').pid, 'SIGKILL');
    await eventually(() => assert.ok(existsSync(join(server.dir, 'recordings/aged/.trash', `${old}-eve.webm`))), 30000);
    assert.ok(existsSync(join(server.dir, 'recordings/aged', `${young}-eve.webm`)));
    await eventually(() => assert.equal(query(server, "SELECT count(*) n FROM audit WHERE action = 'recording.expire' AND object = ?", `aged/${old}-eve.webm`)[0].n, 1));
    change(server, "DELETE FROM settings WHERE key = 'keep.recordings'");
  });

  test('four fifths of a limit are a warning', async () => {
    keepRecording(server, 'fat', at('20', 'ada'), 'x'.repeat(8500));
    server.writeFile('data/mediad.json', { recording: { 'group-bytes': 10000, 'total-bytes': 1e12 } });
    assert.match((await b.open('/admin/recordings')).text, /fat has used up 85 % of the 10 kB allowed for a group/);
    server.writeFile('data/mediad.json', { recording: { 'total-bytes': 5000 } });
    assert.match((await b.open('/admin/recordings')).text, /\d+ % of the 5\.0 kB allowed for all recordings are used up/);
    server.writeFile('data/mediad.json', {});
    assert.doesNotMatch((await b.open('/admin/recordings')).text, /used up/);
  });
});

describe('the trash', () => {
  test('has groups and recordings in one list, the last deleted first; each comes back, or goes for good', async () => {
    const name = at('25', 'zoe');
    keepRecording(server, 'hall', name, 'x');
    server.writeGroup('doomed', { displayName: 'The doomed' });
    await eventually(async () => assert.equal((await b.open('/admin/groups/doomed/')).status, 200));
    const form = (page, values) => page.forms().find((f) => Object.entries(values).every(([n, v]) => f.fields.get(n) === v));
    await b.submit(form(await b.open('/admin/recordings?group=hall'), { filename: name }));
    await b.submit((await b.open('/admin/groups/doomed/.delete')).form('/admin/groups/doomed/.delete').fill({ name: 'doomed' }));
    const trash = await b.open('/admin/trash');
    assert.match(trash.text, /doomed The doomed Group just now root for ever .*hall\/ ?2026-05-25\S+ Recording 1 byte just now/);
    await b.submit(form(trash, { filename: name }).fill({ q: 'restore' }));
    assert.ok(existsSync(join(server.dir, 'recordings/hall', name)));
    await b.submit(trash.form('/admin/groups/doomed/.undelete'));
    assert.equal((await b.open('/admin/groups/doomed/')).status, 200);
    await b.submit((await b.open('/admin/groups/doomed/.delete')).form('/admin/groups/doomed/.delete').fill({ name: 'doomed' }));
    const again = await b.open('/admin/trash');
    for (const [values, want] of [[{ q: 'delete' }, 400], [{ q: 'x' }, 400], [{ q: 'purge-group', group: 'hall' }, 404], [{ q: 'purge', group: 'hall', filename: name }, 404]]) {
      assert.equal((await b.send(form(again, { group: 'doomed' }).fill({ form: '', ...values }))).status, want, JSON.stringify(values));
    }
    const gone = await b.submit(form(again, { group: 'doomed' }).fill({ q: 'purge-group', filename: null }));
    assert.match(gone.text, /deleted for good/);
    assert.doesNotMatch(gone.text.replace(/.*deleted for good/, ''), /doomed/);
    assert.deepEqual(query(server, "SELECT id FROM files WHERE name = 'doomed'"), []);
    assert.equal(query(server, "SELECT count(*) n FROM audit WHERE action = 'group.purge' AND object = 'doomed'")[0].n, 1);
  });
});

describe('who may', () => {
  test('an account with the right in some groups sees and changes theirs alone', async () => {
    const made = spawnSync(join(build, 'admin-cgi/admin-cgi'), ['create-admin', 'scoped', '--dir', server.dir, '--share', top], { input: 'a long password 7\n' });
    assert.equal(made.status, 0, made.stderr.toString());
    change(server, "UPDATE accounts SET role = 'scoped' WHERE login = 'scoped'");
    const s = new Browser(server);
    await s.signIn('scoped', 'a long password 7');
    assert.equal((await s.open('/admin/recordings')).status, 403);
    assert.doesNotMatch((await s.open('/admin/')).html, /"\/admin\/recordings"/);
    assert.equal((await s.request('/recordings/hall/')).status, 401);
    change(server, "INSERT INTO account_scopes (account_id, prefix, subtree, caps) SELECT id, 'hall/side', 0, 17 FROM accounts WHERE login = 'scoped'");
    const page = await s.open('/admin/recordings');
    assert.deepEqual(names(page), [at('02', 'ada')]);
    assert.match(page.text, /2\.0 kB recorded/);
    assert.doesNotMatch(page.text, /free on the disk|eve|bob|hall \(/);
    assert.equal((await s.request('/recordings/hall/side/')).status, 200);
    assert.equal((await s.request('/recordings/hall/')).status, 401);
    const form = page.forms().find((f) => f.fields.get('filename') === at('02', 'ada'));
    assert.equal((await s.send(form.fill({ group: 'hall', filename: at('03', 'bob'), form: '' }))).status, 403);
    assert.ok(existsSync(join(server.dir, 'recordings/hall', at('03', 'bob'))));
    assert.equal((await s.send(form.fill({ group: 'hall/side', filename: at('02', 'ada') }))).status, 303);
  });

  test('nobody is sent to sign in', async () => {
    const r = await new Browser(server).request('/admin/recordings');
    assert.equal(r.status, 303);
    assert.match(r.headers.get('location'), /^\/admin\/login/);
  });

  test('recordings are spoken of only where they can be made, or where there are some', async () => {
    const tab = (page) => /href="\/admin\/recordings\?group=([^"]*)"/.exec(page.html)?.[1];
    assert.equal(tab(await b.open('/admin/groups/hall/')), 'hall');
    assert.equal(tab(await b.open('/admin/groups/empty/')), 'empty');
    assert.equal(tab(await b.open('/admin/groups/hall/side/')), 'hall%2Fside');
    assert.equal(tab(await b.open('/admin/groups/owned/')), undefined);
    assert.doesNotMatch((await b.open('/admin/groups/owned/.live')).shown, /[Rr]ecording /);
    assert.match((await b.open('/admin/groups/hall/.delete')).text, /Delete the recordings, too/);
    assert.doesNotMatch((await b.open('/admin/groups/owned/.delete')).text, /the recordings/);
  });
});

describe('recording a group', () => {
  const live = () => b.open('/admin/groups/studio/.live');
  const form = (page) => page.form('/admin/groups/studio/.recording');
  /** The one that is shown. */
  const button = (page) => /name="action" value="(?:un)?record" data-page-if="\w+">([^<]+)/.exec(page.html)?.[1];

  test('starts and stops from the page of the group, and the people there see it', async (t) => {
    assert.equal(button(await live()), undefined, 'nobody is there');
    const ann = await enter(t, server, 'studio', 'ann');
    await eventually(async () => assert.equal(button(await live()), 'Start recording'));
    const before = await live();
    assert.doesNotMatch(before.shown, /Recording since/);
    const started = await b.submit(form(before).fill({ action: 'record' }));
    assert.match(started.text, /The group is recorded now/);
    assert.match(started.shown, /Recording since [\d-]+ [\d:]+ UTC ?, 0 streams/);
    assert.equal(JSON.parse((await b.request('/admin/groups/studio/.live.json')).html).is_recorded, true);
    assert.equal(button(started), 'Stop recording');
    await ann.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === 'RECORDING');
    const again = await b.send(form(before).fill({ action: 'record', form: '' }));
    assert.equal(again.status, 409, again.text);
    const stopped = await b.submit(form(started).fill({ action: 'unrecord' }));
    assert.match(stopped.text, /The recording has ended/);
    await ann.wait((m) => m.type === 'user' && m.kind === 'delete');
    assert.equal(button(stopped), 'Start recording');
    const rows = query(server, "SELECT action, result, actor_name FROM audit WHERE action LIKE 'live.%record' ORDER BY id");
    assert.deepEqual(rows.map((r) => `${r.action} ${r.result} ${r.actor_name}`), ['live.record ok root', 'live.record failed root', 'live.unrecord ok root']);
  });

  test('gives files that are seen while they are written, and watched at once', async (t) => {
    const calls = spawn(loadgen, ['--url', `${server.base.replace('https', 'wss')}/ws`, '--group', 'studio', '--subscribers', '1', '--seconds', '100', '--audio']);
    t.after(() => { calls.kill(); });
    const list = () => b.open('/recordings/studio/');
    const before = await eventually(async () => {
      const page = await live();
      assert.match(page.text, /load0 .*bit\/s/);
      return page;
    }, 60000);
    await b.submit(form(before).fill({ action: 'record' }));
    await eventually(async () => assert.match((await list()).text, /1 recording: load0 Running \S+-load0\.webm\.part/), 60000);
    assert.match((await live()).shown, /Recording since [^,]*, 1 stream /);
    await b.submit(form(await live()).fill({ action: 'unrecord' }));
    const page = await eventually(async () => {
      const now = await list();
      assert.match(now.text, /Length \d+:\d\d Size .* Made of vp8 \d+×\d+, opus Download/);
      assert.match(now.html, /poster="/, 'somebody looks after it');
      return now;
    }, 60000);
    assert.match(page.text, /Person load0 \(camera\)/);
    assert.equal((await b.request(/<video[^>]* src="([^"]+)"/.exec(page.html)[1], { headers: { range: 'bytes=0-9' } })).status, 206);
    assert.equal((await b.request(/ poster="([^"]+)"/.exec(page.html)[1])).headers.get('content-type'), 'image/png');
  });

  test('is offered only to those who may, and does nothing else', async (t) => {
    await enter(t, server, 'studio', 'ann');
    change(server, "UPDATE account_scopes SET prefix = 'studio', caps = 3 WHERE account_id = (SELECT id FROM accounts WHERE login = 'scoped')");
    const s = new Browser(server);
    await s.signIn('scoped', 'a long password 7');
    const page = await eventually(async () => {
      const now = await s.open('/admin/groups/studio/.live');
      assert.match(now.html, /value="lock"/);
      return now;
    });
    assert.equal(button(page), undefined);
    const csrf = page.form('/admin/groups/studio/.live').fields.get('csrf');
    const send = (path, action) => s.request(path, { method: 'POST', body: new URLSearchParams({ csrf, form: '', action }), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal((await send('/admin/groups/studio/.recording', 'record')).status, 403);
    assert.equal((await send('/admin/groups/studio/.live', 'record')).status, 400);
    change(server, "UPDATE account_scopes SET caps = 17 WHERE account_id = (SELECT id FROM accounts WHERE login = 'scoped')");
    assert.equal((await send('/admin/groups/studio/.recording', 'lock')).status, 400);
    assert.equal((await send('/admin/groups/studio/.live', 'lock')).status, 403);
    assert.equal(button(await s.open('/admin/groups/studio/.live')), 'Start recording');
    assert.equal((await send('/admin/groups/studio/.recording', 'record')).status, 303);
    assert.equal((await send('/admin/groups/studio/.recording', 'unrecord')).status, 303);
  });

  test('is not offered where the settings do not allow it, and is refused there', async (t) => {
    server.writeGroup('private', { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } });
    await enter(t, server, 'private', 'ann');
    const page = await eventually(async () => {
      const now = await b.open('/admin/groups/private/.live');
      assert.match(now.html, /value="lock"/);
      return now;
    });
    assert.equal(button(page), undefined);
    const csrf = page.form('/admin/groups/private/.live').fields.get('csrf');
    const r = await b.request('/admin/groups/private/.recording', { method: 'POST', body: new URLSearchParams({ csrf, form: '', action: 'record' }) });
    assert.equal(r.status, 409, r.text);
  });
});
