// Live pages: who is in which meeting and how well, what may be done there, and that a mediad that hangs keeps nobody waiting.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join as pathJoin } from 'node:path';
import { Browser, makeAccount } from '../lib/console.mjs';
import { build, eventually, startServer, top } from '../lib/server.mjs';
import { query } from '../lib/store.mjs';
import { connect, join } from '../lib/ws_client.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

/** Rows of a live page: cells by their label, as words. */
const rowsOf = (page) => [...page.html.replace(/<template[\s\S]*?<\/template>/, '').matchAll(/<tr data-key="([^"]*)">([\s\S]*?)<\/tr>/g)]
  .map(([, key, row]) => ({
    key,
    html: row,
    ...Object.fromEntries([...row.matchAll(/<t[hd][^>]*data-label="([^"]*)"[^>]*>([\s\S]*?)<\/t[hd]>/g)]
      .map(([, label, cell]) => [label, cell.replace(/<(\w+)[^>]* hidden>[^<]*<\/\1>/g, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim()])),
  }));

describe('all meetings', () => {
  let server;
  let b;

  before(async () => {
    server = await startServer({
      groups: {
        hall: { ...open, displayName: 'The hall', 'auto-subgroups': true },
        den: { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' }, users: { boss: { password: 'b', permissions: 'admin' } } },
        empty: open,
      },
    });
    b = new Browser(server);
    await b.signIn();
  });
  after(() => server.stop());

  test('are listed with who is in them, subgroups too, and those where nobody is are not', async (t) => {
    await Promise.all([join(t, server, 'hall', 'anna'), join(t, server, 'hall', 'bert'), join(t, server, 'hall/side', 'cleo'), join(t, server, 'den', 'dora')]);
    const page = await eventually(async () => {
      const now = await b.open('/admin/live');
      assert.match(now.text, /4 people in 3 meetings/);
      return now;
    });
    const rows = rowsOf(page);
    assert.deepEqual(rows.map((r) => r.key), ['hall', 'den', 'hall/side']);
    assert.match(rows[0].Meeting, /^The hall hall/);
    assert.deepEqual([rows[0].People, rows[0].Operators, rows[0].Streams, rows[0].Bitrate], ['2', '2', '0', '0 kbit/s']);
    assert.match(rows[0].Since, /^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    assert.match(page.html, /href="\/admin\/groups\/hall%2Fside\/\.live"|href="\/admin\/groups\/hall\/side\/\.live"/);
    const sorted = async (sort) => rowsOf(await b.open(`/admin/live?sort=${sort}`)).map((r) => r.key);
    assert.deepEqual(await sorted('name'), ['den', 'hall', 'hall/side']);
    assert.deepEqual(await sorted('-name'), ['hall/side', 'hall', 'den']);
    assert.deepEqual(await sorted('operators'), ['den', 'hall/side', 'hall']);
    for (const column of ['people', 'operators', 'streams', 'bitrate', 'locked', 'recording', 'since']) {
      const one = await b.open(`/admin/live?sort=-${column}`);
      assert.equal(one.status, 200, column);
      assert.match(one.html, /aria-sort="descending"/, column);
    }
    assert.deepEqual(rowsOf(await b.open('/admin/live?show=no-operator')).map((r) => r.key), ['den']);
    assert.match((await b.open('/admin/live?show=recording')).text, /No meeting is like this now/);
    for (const bad of ['sort=nothing', 'show=nothing', 'sort=%FF']) assert.equal((await b.open(`/admin/live?${bad}`)).status, 400, bad);
  });

  test('have a twin in JSON, which is sent once', async (t) => {
    await join(t, server, 'hall', 'anna');
    const first = await eventually(async () => {
      const answer = await b.request('/admin/live.json?sort=name');
      assert.equal(JSON.parse(answer.html).rows.length, 1);
      return answer;
    });
    assert.equal(first.headers.get('content-type'), 'application/json');
    const twin = JSON.parse(first.html);
    assert.equal(twin.summary, '1 person in 1 meeting');
    assert.deepEqual([twin.rows[0].key, twin.rows[0].people, twin.rows[0].poor], ['hall', 1, undefined]);
    const again = await b.request('/admin/live.json?sort=name', { headers: { 'if-none-match': first.headers.get('etag') } });
    assert.deepEqual([again.status, again.html], [304, '']);
    assert.doesNotMatch(first.html, /127\.0\.0\.1/);
  });

  test('say times in the zone of who looks, in the twin, too', async (t) => {
    await join(t, server, 'hall', 'anna');
    const { person } = await makeAccount(b, { login: 'susan', preset: 'administrator' }, 'hogfather on a string');
    await person.submit((await person.open('/admin/account')).form('/admin/account/settings').fill({ zone: 'Asia/Kathmandu' }));
    await eventually(async () => {
      for (const path of ['/admin/live', '/admin/groups/hall/.live']) {
        const [row] = rowsOf(await person.open(path));
        const twin = JSON.parse((await person.request(`${path}.json`)).html);
        const shown = row?.Since ?? row?.['Here since'];
        assert.match(shown ?? '', /\+0545$|\+05:45$/, path);
        assert.equal(twin.rows[0].since ?? twin.rows[0].joined, shown, path);
      }
    });
  });

  test('are those that a person may see', async (t) => {
    await Promise.all([join(t, server, 'hall', 'anna'), join(t, server, 'den', 'dora')]);
    await eventually(async () => assert.equal(rowsOf(await b.open('/admin/live')).length, 2));
    const boss = new Browser(server);
    await boss.signIn('boss', 'b', 'den');
    assert.deepEqual(rowsOf(await boss.open('/admin/live')).map((r) => r.key), ['den']);
    assert.deepEqual(JSON.parse((await boss.request('/admin/live.json')).html).rows.map((r) => r.key), ['den']);
    assert.equal((await new Browser(server).request('/admin/live.json')).status, 303);
    for (const path of ['.live.json', '.send-away', '.close']) assert.equal((await boss.request(`/admin/groups/hall/${path}`)).status, 403, path);
  });
});

describe('a large meeting', () => {
  const N = 200;
  const KIB = 1024;
  const path = '/admin/groups/hall/.live';
  let server;
  let b;

  before(async () => {
    server = await startServer({ groups: { hall: open } });
    b = new Browser(server);
    await b.signIn();
  });
  after(() => server.stop());

  test('is shown in pages of 50 that are small, sorted as one asks', async (t) => {
    const name = (i) => `guest ${String(i).padStart(3, '0')}`;
    for (let i = 0; i < N; i++) await join(t, server, 'hall', name(i));
    const first = await eventually(async () => {
      const page = await b.open(path);
      assert.match(page.text, /200 people .* 1 to 50 of 200/);
      return page;
    });
    assert.ok(first.html.length <= 60 * KIB, `${first.html.length} bytes`);
    for (const row of rowsOf(first)) {
      assert.equal(row.Rights, 'operator', 'in a word, so that a row is a line');
      assert.match(row.html, /<span title="op, present, message, caption, token">operator</, 'what that is stands behind it');
    }
    const names = (page) => rowsOf(page).map((r) => r.Name);
    const all = Array.from({ length: N }, (_, i) => name(i));
    const seen = [];
    let page = await b.open(`${path}?sort=name`);
    for (;;) {
      seen.push(...names(page));
      const next = /href="([^"]*)">Next page</.exec(page.html)?.[1];
      if (!next) break;
      page = await b.open(next.replaceAll('&amp;', '&'));
    }
    assert.deepEqual(seen, all);
    assert.match(page.shown, /Previous page 151 to 200 of 200/);
    assert.doesNotMatch(page.shown, /Next page/);
    assert.deepEqual(names(await b.open(`${path}?sort=-name`)), all.slice(-50).reverse());
    assert.deepEqual(names(await b.open(`${path}?sort=since&page=2`)), all.slice(50, 100));
    assert.deepEqual(names(await b.open(`${path}?sort=name&page=9`)), all.slice(-50), 'behind the last page');
    for (const column of ['need', 'up', 'down', 'loss', 'jitter', 'rtt']) assert.equal(rowsOf(await b.open(`${path}?sort=-${column}`)).length, 50, column);
    for (const bad of ['sort=nothing', 'page=0', 'page=x', 'page=-1', 'sort=%FF']) {
      assert.equal((await b.open(`${path}?${bad}`)).status, 400, bad);
      assert.equal((await b.request(`${path}.json?${bad}`)).status, 400, bad);
    }
    const twin = await b.request(`${path}.json?sort=name&page=2`);
    assert.ok(twin.html.length <= 60 * KIB, `${twin.html.length} bytes`);
    const { rows, previous, next, rows_words: words } = JSON.parse(twin.html);
    assert.deepEqual(rows.map((r) => r.name), all.slice(50, 100));
    assert.deepEqual([previous, next, words], [`${path}?sort=name`, `${path}?sort=name&page=3`, '51 to 100 of 200']);
  });
});

describe('many meetings', () => {
  test('are shown in pages, too, and all hear a message to every meeting', async (t) => {
    const name = (i) => `room${String(i).padStart(2, '0')}`;
    const server = await startServer({ groups: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [name(i), open])) });
    t.after(() => server.stop());
    const b = new Browser(server);
    await b.signIn();
    const empty = await b.open('/admin/live');
    assert.doesNotMatch(empty.shown, /every meeting/);
    const people = [];
    for (let i = 0; i < 60; i++) people.push(await join(t, server, name(i), `guest${i}`));
    const page = await eventually(async () => {
      const now = await b.open('/admin/live');
      assert.match(now.shown, /60 people in 60 meetings .* 1 to 50 of 60/);
      return now;
    });
    assert.equal(rowsOf(page).length, 50);
    assert.equal(rowsOf(await b.open('/admin/live?page=2')).length, 10);
    const form = page.form('/admin/live');
    assert.equal((await b.send(form.fill({ text: '' }))).status, 400);
    const done = await b.submit(form.fill({ text: 'back at <noon>' }));
    assert.match(done.text, /The message was sent to everyone in 60 meetings\./);
    await Promise.all(people.map((p) => p.wait((m) => m.type === 'usermessage' && m.kind === 'info' && m.value === 'back at <noon>' && m.username === 'root' && m.privileged)));
    const rows = query(server, "SELECT object_kind, result, actor_name, detail FROM audit WHERE action = 'live.message-all'");
    assert.deepEqual(rows.map((r) => [r.object_kind, r.result, r.actor_name, JSON.parse(r.detail)]), [['server', 'ok', 'root', { text: 'back at <noon>', meetings: 60 }]]);
    assert.match((await b.open('/admin/audit')).text, /root wrote to everybody in every meeting: back at <noon>\./);
  });

  test('only who administers the server may write to them all', async (t) => {
    const server = await startServer({ groups: { den: { ...open, users: { boss: { password: 'b', permissions: 'admin' } } } } });
    t.after(() => server.stop());
    await join(t, server, 'den', 'dora');
    const boss = new Browser(server);
    await boss.signIn('boss', 'b', 'den');
    const page = await boss.open('/admin/live');
    assert.doesNotMatch(page.html, /every meeting/);
    const csrf = page.form('/admin/logout').fields.get('csrf');
    const r = await boss.request('/admin/live', { method: 'POST', body: new URLSearchParams({ csrf, form: '', text: 'hello' }), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(r.status, 403);
    assert.deepEqual(query(server, "SELECT 1 FROM audit WHERE action = 'live.message-all' AND result = 'ok'"), []);
  });
});

describe('acting in a meeting', () => {
  let server;
  let b;
  const path = '/admin/groups/hall/.live';

  before(async () => {
    server = await startServer({ groups: { hall: { ...open, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } } } });
    b = new Browser(server);
    await b.signIn();
  });
  after(() => server.stop());

  const act = async (values) => {
    const form = await eventually(async () => (await b.open(path)).form(path));
    return b.submit(form.fill({ client: null, text: '', ...values }));
  };
  const info = (client, text) => client.wait((m) => m.type === 'usermessage' && m.kind === 'info' && m.value === text && m.username === 'root' && m.privileged, text);

  test('each person hears whose doing it was', async (t) => {
    const [anna, bert] = await Promise.all([join(t, server, 'hall', 'anna'), join(t, server, 'hall', 'bert')]);
    const told = [
      ['op', 'You are an operator now.'], ['unop', 'You are no operator any more.'],
      ['unpresent', 'You may not present any more.'], ['present', 'You may present now.'],
      ['shutup', 'You may not chat any more.'], ['unshutup', 'You may chat now.'],
    ];
    for (const [action, text] of told) {
      assert.match((await act({ action, client: anna.id })).text, /Done: /, action);
      await info(anna, text);
    }
    await act({ action: 'mute', client: anna.id });
    await anna.wait((m) => m.type === 'usermessage' && m.kind === 'mute' && m.username === 'root' && m.privileged);
    assert.match((await act({ action: 'message', client: anna.id, text: 'to you' })).text, /The message was sent\./);
    await info(anna, 'to you');
    await bert.none((m) => m.type === 'usermessage');
    assert.match((await act({ action: 'message', text: 'to all' })).text, /sent to everyone/);
    await Promise.all([info(anna, 'to all'), info(bert, 'to all')]);
    await act({ action: 'lock', text: 'later' });
    const twin = JSON.parse((await b.request(`${path}.json`)).html);
    assert.deepEqual([twin.locked, twin.lock_words, twin.is_open, twin.is_recorded], [true, 'Locked: later', false, false]);
    assert.match((await b.open(path)).shown, /Locked: later/);
    await info(bert, 'The group is locked now.');
    await act({ action: 'unlock' });
    await info(bert, 'The group is open now.');
    await act({ action: 'clearchat' });
    await info(bert, 'The chat was cleared.');
    const rows = query(server, "SELECT action, actor_name, json_extract(detail, '$.person') AS person, json_extract(detail, '$.text') AS text FROM audit WHERE action LIKE 'live.%' ORDER BY id");
    const all = rows.map((r) => `${r.action} ${r.actor_name} ${r.person ?? '-'} ${r.text ?? '-'}`);
    assert.deepEqual(all, [...told.map(([action]) => `live.${action} root anna -`), 'live.mute root anna -', 'live.message root anna to you',
      'live.message root - to all', 'live.lock root - later', 'live.unlock root - -', 'live.clearchat root - -']);
  });

  test('a person has a page with what can be done, which the row leads to', async (t) => {
    const anna = await join(t, server, 'hall', 'anna', undefined, { id: 'a/b?c&d="e".' });
    const page = await eventually(async () => {
      const live = await b.open(path);
      const row = rowsOf(live).find((r) => r.key.startsWith('a/b'));
      const [, link] = /href="([^"]*)" aria-label="More about anna"/.exec(row?.html ?? '') ?? [];
      assert.ok(link);
      const { pathname, search } = new URL(link, `https://x${path}`);
      return b.open(pathname + search);
    });
    assert.match(page.text, /anna .* Microphone Off/);
    const named = rowsOf(await b.open(path)).find((r) => /anna/.test(r.Name));
    assert.match(named.html, /<th[^>]*><a href="\.person\?client=[^"]+">anna<\/a>/, 'the name leads there, too: the end of the row may lie beside the window');
    const form = () => page.form(path);
    assert.equal(form().fields.get('client'), anna.id);
    const done = await b.submit(form().fill({ action: 'op' }));
    assert.match(done.text, /Done: an operator now\..*Take operator/);
    assert.equal(done.path, page.path);
    await info(anna, 'You are an operator now.');
    await eventually(async () => assert.equal(rowsOf(await b.open(path)).find((r) => /anna/.test(r.Name)).Rights, 'operator', 'also without all that the role has'));
    anna.destroy();
    await eventually(async () => assert.equal((await b.open(page.path)).path, path));
    const late = await b.submit(form().fill({ action: 'mute', form: null }));
    assert.deepEqual([late.path, /They had left already/.test(late.text)], [path, true]);
  });

  test('an address is shown to who asks, and that is noted', async (t) => {
    const anna = await join(t, server, 'hall', 'anna');
    assert.doesNotMatch((await b.open(path)).html, /127\.0\.0\.1/);
    assert.doesNotMatch((await b.request(`${path}.json`)).html, /127\.0\.0\.1/);
    assert.match((await act({ action: 'address', client: anna.id })).text, /The address of anna is (127\.0\.0\.1|::1)\./);
    const [row] = query(server, "SELECT result, json_extract(detail, '$.person') AS person FROM audit WHERE action = 'live.address'");
    assert.deepEqual({ ...row }, { result: 'ok', person: 'anna' });
    assert.match((await b.open('/admin/audit?action=live.address')).text, /root looked at the address of anna in hall\./);
  });

  test('sending away asks first, and takes a text along', async (t) => {
    const anna = await join(t, server, 'hall', 'anna');
    const ask = await b.open(`/admin/groups/hall/.send-away?client=${encodeURIComponent(anna.id)}`);
    assert.match(ask.text, /Send anna away\?/);
    const done = await b.submit(ask.form(path).fill({ action: 'kick', text: 'enough' }));
    assert.match(done.text, /Done: sent away\./);
    const kicked = await anna.wait((m) => m.type === 'usermessage' && m.kind === 'kicked');
    assert.deepEqual([kicked.value, kicked.username], ['enough', 'root']);
    const gone = await b.open(`/admin/groups/hall/.send-away?client=${encodeURIComponent(anna.id)}`);
    assert.equal(gone.path, path);
    assert.match(gone.text, /They had left already/);
    const again = await b.submit(ask.form(path).fill({ action: 'kick', text: '', form: null }));
    assert.match(again.text, /They had left already/);
  });

  test('closing puts all out and leaves the group locked', async (t) => {
    const anna = await join(t, server, 'hall', 'anna');
    const ask = await b.open('/admin/groups/hall/.close');
    assert.match(ask.text, /1 person leaves hall/);
    assert.match((await b.submit(ask.form(path).fill({ action: 'close', text: 'over' }))).text, /Everyone was sent away, and the group is locked/);
    assert.equal((await anna.wait((m) => m.type === 'usermessage' && m.kind === 'kicked')).value, 'over');
    const late = await connect(t, server);
    const joined = await late.join('hall', 'late');
    assert.equal(joined.kind, 'fail');
    assert.match(joined.value, /over/);
    assert.match((await b.open('/admin/audit?action=live.close')).text, /root closed hall: over\./);
    assert.doesNotMatch((await b.open('/admin/audit?object=hall&result=ok')).text, /root: live\./, 'each order has its sentence');
  });
});

describe('how well people are heard and seen', () => {
  const loadgen = [pathJoin(top, 'build'), build].map((d) => pathJoin(d, 'tests/bench/bin/loadgen')).find(existsSync);
  const PATIENCE_MS = 60000; // of a busy machine
  let server;
  let calls;

  before(async () => {
    assert.ok(loadgen, 'loadgen is not built: make bench');
    server = await startServer({ groups: { hall: open } });
    calls = execFile(loadgen, ['--url', `${server.base.replace('https', 'wss')}/ws`, '--group', 'hall', '--subscribers', '1', '--seconds', '100', '--audio']);
  });
  after(async () => {
    calls?.kill();
    await server?.stop();
  });

  test('codecs, rates, loss, round trip and path stand beside each name', async () => {
    const b = new Browser(server);
    await b.signIn();
    await eventually(async () => {
      const rows = rowsOf(await b.open('/admin/groups/hall/.live'));
      const sender = rows.find((r) => r.Microphone === 'opus');
      const receiver = rows.find((r) => r.Microphone === 'Off');
      assert.ok(sender && receiver, JSON.stringify(rows.map(({ html: _, ...r }) => r)));
      assert.match(sender.Camera, /^vp8/);
      assert.match(sender.Up, /^[1-9][\d.]* [kM]bit\/s$/);
      assert.match(receiver.Down, /^[1-9][\d.]* [kM]bit\/s/);
      assert.equal(receiver.Camera, 'Off');
      for (const row of [sender, receiver]) {
        assert.equal(row.Path, 'UDP');
        assert.match(row.Loss, /^\d+\.\d %$/);
      }
      assert.match(receiver['Round trip'], /^\d+ ms$/);
      assert.match(`${sender.Jitter} ${receiver.Jitter}`, /\d+ ms/);
      const [meeting] = rowsOf(await b.open('/admin/live'));
      assert.equal(meeting.Streams, '1');
      assert.match(meeting.Bitrate, /^[1-9]/);
    }, PATIENCE_MS);
  });
});

describe('while mediad hangs', () => {
  const PATIENCE_MS = 600; // three times what a page waits for mediad
  const paths = ['/admin/', '/admin/groups/', '/admin/groups/hall/', '/admin/groups/hall/.live', '/admin/groups/hall/.delete'];
  let server;
  let b;
  let pid;

  before(async () => {
    server = await startServer({ groups: { hall: { ...open, public: true } } });
    b = new Browser(server);
    await b.signIn();
    pid = server.pidOf('mediad');
  });
  after(async () => {
    process.kill(pid, 'SIGCONT');
    await server.stop();
  });

  /** A page, and how long it took. */
  const timed = async (path) => {
    const begun = performance.now();
    const page = await b.open(path);
    return { page, ms: performance.now() - begun };
  };

  test('pages answer from the last sample, and say how old it is', async (t) => {
    await join(t, server, 'hall', 'anna');
    const rows = async () => (await b.open('/admin/groups/hall/.live')).text;
    await eventually(async () => assert.match(await rows(), /anna/));
    assert.doesNotMatch(await rows(), /does not answer/);
    process.kill(pid, 'SIGSTOP');
    const slowest = { path: '', ms: 0 };
    await eventually(async () => {
      for (const path of [...paths, '/']) {
        const { page, ms } = await timed(path);
        assert.equal(page.status, 200, path);
        if (ms > slowest.ms) Object.assign(slowest, { path, ms });
      }
      assert.match(await rows(), /As of \d+ seconds ago; the media daemon does not answer\./);
    }, 40000);
    assert.ok(slowest.ms < PATIENCE_MS, `${slowest.path} took ${slowest.ms} ms`);
    for (const path of paths) {
      const { page } = await timed(path);
      assert.match(page.text, /As of \d+ seconds ago; the media daemon does not answer\./, path);
      assert.match(page.html, /href="\/admin\/problems">Problems</, path);
    }
    assert.match(await rows(), /anna/, 'who was there last');
    const landing = await b.open('/');
    assert.match(landing.text, /Meetings are unavailable at the moment/);
    assert.doesNotMatch(landing.text, /1 person now/, 'nobody knows');
  });

  test('what a person orders is refused in time, and can be tried again', async () => {
    const page = await b.open('/admin/groups/hall/.live');
    const form = page.forms().find((f) => f.action === '/admin/groups/hall/.live');
    assert.ok(form);
    const refused = await b.send(form.fill({ action: 'lock', text: '' }));
    assert.equal(refused.status, 503);
    assert.match(refused.text, /does not answer/);
    process.kill(pid, 'SIGCONT');
    await eventually(async () => {
      const again = await b.open('/admin/groups/hall/.live');
      assert.doesNotMatch(again.text, /does not answer/);
    });
  });
});

describe('before maintenance', () => {
  let server;
  before(async () => { server = await startServer({ groups: { hall: { ...open, public: true } } }); });
  after(() => server.stop());

  test('nobody new comes in, with a sentence that says so; who is inside stays, and it ends by an order', async (t) => {
    const root = new Browser(server);
    await root.signIn();
    const anna = await join(t, server, 'hall', 'anna', 'x');
    assert.equal(anna.joined.kind, 'join');
    const order = async (values) => root.submit((await root.open('/admin/live')).form('/admin/drain').fill(values));
    const begun = await order({});
    assert.match(begun.text, /Nobody new comes in from now on/);
    assert.match(begun.text, /People inside: 1\./);
    const refused = await join(t, server, 'hall', 'boss', 'x');
    assert.deepEqual([refused.joined.kind, refused.joined.error, refused.joined.value], ['fail', 'maintenance', 'this server is about to be maintained and lets nobody in; please come back later']);
    assert.match((await root.open('/admin/')).text, /Nobody new comes into any meeting now/);
    assert.match((await new Browser(server).open('/')).text, /meetings go on, but nobody can join one now/);
    await order({ on: 'no' });
    assert.equal((await join(t, server, 'hall', 'carl', 'x')).joined.kind, 'join');
    assert.doesNotMatch((await root.open('/admin/')).text, /Nobody new comes into/);

    await order({ text: 'Back at noon <b>' });
    assert.equal((await join(t, server, 'hall', 'dora', 'x')).joined.value, 'Back at noon <b>');
    assert.match((await new Browser(server).open('/')).html, /Back at noon &lt;b&gt;/);
    assert.equal((await root.send((await root.open('/admin/live')).form('/admin/drain').fill({ on: 'yes', text: 'x'.repeat(501) }))).status, 413);
    anna.socket.destroy();
    await eventually(async () => assert.equal((await join(t, server, 'hall', undefined, '', { resume: anna.joined.resume })).joined.kind, 'join'));
    const { person } = await makeAccount(root, { login: 'susan', preset: 'auditor' }, 'a long walk with death');
    assert.doesNotMatch((await person.open('/admin/live')).html, /action="\/admin\/drain"/);
    const log = (await root.open('/admin/audit')).text;
    assert.match(log, /root let nobody new into any meeting\./);
    assert.match(log, /root let nobody new into any meeting: Back at noon/);
    assert.match(log, /root let everybody in again\./);

    process.kill(server.pidOf('mediad'), 'SIGKILL');
    await eventually(async () => assert.equal((await join(t, server, 'hall', 'emil', 'x')).joined.kind, 'join'), 20000);
  });
});
