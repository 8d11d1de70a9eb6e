// The frame of all pages: the landing page with many groups, compression, search, times, and the audit log in sentences.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser } from '../lib/console.mjs';
import { change } from '../lib/store.mjs';
import { eventually, serverFor, startServer } from '../lib/server.mjs';

const cards = (page) => [...page.html.matchAll(/<h3><a href="\/group\/([^"]*)\/">/g)].map((m) => m[1]);

describe('the landing page with many groups', () => {
  let server;
  before(async () => {
    const groups = {};
    for (let i = 0; i < 120; i++) groups[`room${String(i).padStart(3, '0')}`] = { public: true, description: i === 77 ? 'Où sont les poètes?' : 'a room' };
    Object.assign(groups, {
      hidden: { displayName: 'Hidden poetes' },
      watch: { public: true, displayName: 'Night watch', contact: 'poetes@example.org', comment: 'poetes meet', users: { poetes: { password: 'x', permissions: 'admin' } } },
      far: { public: true, redirect: 'https://example.org/', autolock: true },
    });
    server = await startServer({ groups });
  });
  after(() => server.stop());

  test('fifty a page, by pages that are links', async () => {
    const b = new Browser(server);
    const first = await b.open('/');
    assert.equal(cards(first).length, 50);
    assert.match(first.text, /122 public groups/);
    assert.match(first.text, /Page 1 of 3/);
    assert.doesNotMatch(first.text, /Previous page/);
    const seen = [];
    let page = first;
    for (let n = 1; n <= 3; n++) {
      seen.push(...cards(page));
      const next = /href="([^"]*)" rel="next"/.exec(page.html)?.[1];
      if (next) page = await b.open(next.replaceAll('&amp;', '&'));
      else assert.equal(n, 3);
    }
    assert.equal(new Set(seen).size, 122);
    assert.deepEqual(seen, [...seen].sort());
    assert.ok(!seen.includes('hidden'));
    for (const [query, n] of [['?page=9', 22], ['?page=0', 50], ['?page=-1', 50], ['?page=99999999999999999999', 50], ['?page=2&page=3', 50], ['?q=%zz', 50]]) {
      assert.equal(cards(await b.open(`/${query}`)).length, n, query);
    }
  });

  test('the search finds what everybody may read, and nothing else', async () => {
    const b = new Browser(server);
    const find = async (q) => cards(await b.open(`/?q=${encodeURIComponent(q)}`));
    assert.deepEqual(await find('poetes'), ['room077'], 'accents, and neither contact, comment, users nor groups that are not public');
    assert.deepEqual(await find('nig wat'), ['watch']);
    assert.deepEqual(await find('ROOM07'), Array.from({ length: 10 }, (_, i) => `room07${i}`));
    for (const nothing of ['example.org', 'hidden', '"', '*', 'name : watch', 'NOT room', '(', "'"]) assert.deepEqual(await find(nothing), [], nothing);
    const page = await b.open('/?q=%22%3E%3Cscript%3E');
    assert.match(page.text, /No public group has these words/);
    assert.match(page.html, /value="&quot;&gt;&lt;script&gt;"/);
    assert.match((await b.open('/?q=room')).html, /href="\/\?q=room&amp;page=2"/);
  });

  test('who may create is offered a new meeting; nothing of a session is in the page', async () => {
    const b = new Browser(server);
    assert.doesNotMatch((await b.open('/')).text, /New meeting/);
    await b.signIn();
    const page = await b.open('/');
    assert.match(page.html, /href="\/admin\/groups\/\.new">New meeting/);
    assert.doesNotMatch(page.html, /csrf|root/);
    const of = new Browser(server);
    await of.signIn('poetes', 'x', 'watch');
    assert.equal((await of.open('/admin/')).path, '/admin/');
    assert.doesNotMatch((await of.open('/')).text, /New meeting/, 'a group\'s user makes no groups');
  });

  test('each page leads to its help, which is on the server', async () => {
    const b = new Browser(server);
    const helpOf = (page) => /<a [^>]*href="(\/admin\/help\/[^"]*)"[^>]*><svg[^]*?Help<\/a>/.exec(page.html)?.[1];
    assert.equal(helpOf(await b.open('/')), undefined, 'visitors need none');
    assert.equal(helpOf(await b.open('/admin/login')), '/admin/help/#signing-in');
    const strange = await b.open('/admin/help/');
    assert.equal(strange.status, 200, 'also for who cannot sign in');
    await b.signIn();
    for (const [path, section] of [['/admin/', 'the-dashboard'], ['/admin/groups/watch/.keys', 'keys'], ['/admin/settings/ice', 'stun-and-turn']]) {
      const page = await b.open(path);
      assert.equal(helpOf(page), `/admin/help/#${section}`, path);
      assert.ok(page.html.indexOf('/admin/help/') < page.html.indexOf('id="main"'), 'in the frame');
    }
    const manual = await b.open('/admin/help/');
    assert.equal(manual.title, 'The console');
    assert.match(manual.html, /<h3 id="keys">Keys<\/h3>/);
    assert.match(manual.html, /<li class="level-3"><a href="#keys">Keys<\/a><\/li>/);
    assert.match((await b.open('/admin/help/ADMIN.md')).html, /<h2 id="backups">Backups<\/h2>/);
    const pictures = [...manual.html.matchAll(/<img [^>]*src="(images\/[^"]*)"/g)].map((m) => m[1]);
    assert.ok(pictures.length > 1);
    for (const picture of pictures) {
      const answer = await b.request(`/admin/help/${picture}`);
      assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'image/png'], picture);
    }
    for (const nothing of ['NOTHING.md', 'CONSOLE', '..%2fADMIN.md', 'images/', 'images/none.png', 'images/..%2f..%2fconfigure', 'HACKING.md']) {
      assert.ok([400, 403, 404].includes((await b.request(`/admin/help/${nothing}`)).status), nothing);
    }
    assert.equal((await b.request('/admin/help/images/console.png', { method: 'POST' })).status, 405);
  });

  test('what is the same for everybody is compressed, what has a secret in it is not', async () => {
    const b = new Browser(server);
    await b.signIn();
    const encoding = async (path) => (await b.request(path, { headers: { 'accept-encoding': 'gzip' } })).headers.get('content-encoding');
    for (const path of ['/', '/?q=room', '/public-groups.json', '/css/page.css', '/locale/de.json', '/group/room001/']) assert.equal(await encoding(path), 'gzip', path);
    for (const path of ['/admin/', '/admin/groups/', '/admin/groups/?q=room', '/admin/login', '/join?group=nobody', '/nothing', '/galene-api/v0/.groups/']) assert.equal(await encoding(path), null, path);
  });

  test('manuals are compressed, and nothing that somebody else could choose stands beside a secret in them', async () => {
    const b = new Browser(server);
    await b.signIn();
    for (const path of ['ADMIN.md', '', 'NOTHING-chosen.md']) {
      const page = await b.request(`/admin/help/${path}?chosen=chosen&lang=chosen`, { headers: { 'accept-encoding': 'gzip', referer: 'https://chosen.example/', 'user-agent': 'chosen' } });
      assert.equal(page.headers.get('content-encoding'), 'gzip', path);
      assert.match(page.html, /name="csrf"/, path);
      assert.doesNotMatch(page.html, /chosen\.example|=chosen|-chosen|\/chosen/, path);
    }
  });

  test('a login page and its kind carry a token, and so come as they are to strangers, too', async () => {
    const r = await server.get('/admin/login', { headers: { 'accept-encoding': 'gzip' } });
    assert.match(await r.text(), /name="csrf"/);
    assert.equal(r.headers.get('content-encoding'), null);
  });
});

describe('the search of the console', () => {
  let server;
  let root;
  before(async () => {
    server = await startServer({
      groups: {
        watch: { displayName: 'Night watch', users: { vimes: { password: 'x', permissions: 'op' }, angua: { password: 'y', permissions: 'admin' } } },
        'watch/day': { description: 'Où sont les poètes?', users: { vimes: { password: 'x', permissions: 'op' } } },
        guild: { comment: 'never on a Tuesday', users: { vimes: { password: 'z', permissions: 'present' } } },
      },
    });
    root = new Browser(server);
    await root.signIn();
  });
  after(() => server.stop());

  const find = async (b, q) => {
    const page = await b.request(`/admin/search.json?q=${encodeURIComponent(q)}`);
    assert.equal(page.status, 200);
    return Object.fromEntries(JSON.parse(page.html).sections.map((s) => [s.label, s.hits.map((h) => [h.label, h.path, ...(h.detail ? [h.detail] : [])])]));
  };

  test('groups by name and words, people by name, pages by what they are about', async () => {
    assert.deepEqual((await find(root, 'wat')).Groups, [['watch', '/admin/groups/watch/', 'Night watch'], ['watch/day', '/admin/groups/watch/day/']]);
    assert.deepEqual((await find(root, 'poete')).Groups, [['watch/day', '/admin/groups/watch/day/']]);
    assert.deepEqual((await find(root, 'TUESDAY')).Groups, [['guild', '/admin/groups/guild/']]);
    assert.deepEqual((await find(root, 'vim')).People, [['vimes', '/admin/groups/guild/.users/vimes', 'guild'],
      ['vimes', '/admin/groups/watch/.users/vimes', 'watch'], ['vimes', '/admin/groups/watch/day/.users/vimes', 'watch/day']]);
    assert.deepEqual(await find(root, 'audit'), {
      Pages: [['Audit log', '/admin/audit'], ['New account', '/admin/accounts/.new'], ['What is kept', '/admin/settings/keeping']],
      Settings: [['Audit log, days', '/admin/settings/keeping#audit']],
    });
    assert.deepEqual((await find(root, 'time zo')).Pages, [['Your account', '/admin/account']]);
    assert.deepEqual(await find(root, ''), {});
    for (const odd of ['"', '*', "' OR 1", '%', '<script>', 'ü'.repeat(100)]) assert.equal(typeof await find(root, odd), 'object', odd);
    assert.equal((await root.request(`/admin/search.json?q=${'x'.repeat(201)}`)).status, 400);
    assert.equal((await root.request('/admin/search?q=a&q=b')).status, 400);
  });

  test('Enter leads to the same as a page', async () => {
    const form = (await root.open('/admin/')).form('/admin/search').fill({ q: 'vim' });
    const page = await root.open(`${form.action}?${form.fields}`);
    assert.equal(page.path, '/admin/search?q=vim');
    assert.match(page.html, /<a href="\/admin\/groups\/guild\/\.users\/vimes">vimes<\/a>/);
    assert.match((await root.open('/admin/search?q=%3Cb%3E')).text, /Nothing has this name/);
  });

  test('accounts, for who administers the server and proved the password lately', async () => {
    const page = await root.open('/admin/accounts/.new');
    await root.submit(page.form('/admin/accounts/.new').fill({ login: 'Susan', 'display-name': 'Duchess', preset: 'teacher', prefix: 'a' }));
    for (const q of ['sus', 'duch']) assert.equal((await find(root, q)).Accounts?.[0][0], 'Susan', q);
    const angua = new Browser(server);
    await angua.signIn('angua', 'y', 'watch');
    assert.equal((await find(angua, 'sus')).Accounts, undefined);
  });

  test('nobody finds what they may not see', async () => {
    const angua = new Browser(server);
    await angua.signIn('angua', 'y', 'watch');
    assert.deepEqual((await find(angua, 'vimes')).People, [['vimes', '/admin/groups/watch/.users/vimes', 'watch']]);
    assert.deepEqual((await find(angua, 'wat')).Groups, [['watch', '/admin/groups/watch/', 'Night watch']]);
    assert.deepEqual(await find(angua, 'Tuesday'), {});
    assert.deepEqual(await find(angua, 'audit'), {});
    assert.equal((await new Browser(server).request('/admin/search.json?q=vimes')).status, 303);
  });
});

test('few groups need no search', async () => {
  const server = await startServer({ groups: { one: { public: true }, two: { public: true, autolock: true } } });
  try {
    const page = await new Browser(server).open('/');
    assert.deepEqual(cards(page), ['one', 'two']);
    assert.doesNotMatch(page.html, /type="search"|class="pages"/);
    await eventually(async () => assert.match((await new Browser(server).open('/')).html, /group-locked">Locked/));
  } finally {
    await server.stop();
  }
});

describe('the audit log', () => {
  let server;
  let root;
  before(async () => {
    server = await startServer({ groups: { watch: {}, guild: {} } });
    root = new Browser(server);
    await root.signIn();
    const edit = async (group, values) => root.submit((await root.open(`/admin/groups/${group}/.edit`)).form(`/admin/groups/${group}/.edit`).fill(values));
    await edit('watch', { displayName: 'Night watch' });
    await edit('guild', { displayName: '=1+1' });
  });
  after(() => server.stop());

  test('sentences, with who, on what, and the versions before and after', async () => {
    const page = await root.open('/admin/audit?object=watch');
    assert.match(page.text, /root changed the group watch\. |root saved the group watch\. /);
    const [, before] = /href="([^"]*)">before</.exec(page.html) ?? [];
    const [, after] = /href="([^"]*)">after</.exec(page.html) ?? [];
    assert.equal((await root.open(before)).status, 200);
    assert.match((await root.open(after)).text, /Night watch/);
    assert.notEqual(before, after);
    assert.match(page.html, /href="\/admin\/audit\?actor=root">root</);
  });

  test('filters, one by one and together', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const shows = async (query) => !/Nothing like that/.test((await root.open(`/admin/audit?${query}`)).text);
    for (const query of ['q=WATCH', 'actor=root', 'action=login', 'object=guild', 'result=ok', `from=${today}`, `until=${today}`, `actor=root&object=watch&q=group&from=${today}`]) {
      assert.ok(await shows(query), query);
    }
    for (const query of ['q=nowhere', 'actor=nobody', 'action=logi', 'object=guil', 'result=not', 'from=2999-01-01', 'until=2000-01-01', 'actor=root&object=watch&q=guild']) {
      assert.ok(!await shows(query), query);
    }
    for (const query of ['from=yesterday', 'until=2026-13-01', 'before=x', 'q=a&q=b']) assert.equal((await root.open(`/admin/audit?${query}`)).status, 400, query);
  });

  test('failures of one kind from one address are one row', async () => {
    const stranger = new Browser(server);
    for (const name of ['vimes', 'carrot', 'angua']) await stranger.signIn(name, 'wrong');
    const page = await root.open('/admin/audit?result=not');
    assert.match(page.text, /Somebody could not sign in as angua\. refused 2 times more from this address since/);
    assert.doesNotMatch(page.text, /as carrot/);
    assert.equal((await root.open('/admin/audit.jsonl?result=not')).html.trim().split('\n').length, 3, 'each by itself when exported');
  });

  test('exported as CSV and as JSON lines, by the same filter', async () => {
    const csv = await root.request('/admin/audit.csv?object=guild');
    assert.match(csv.headers.get('content-disposition'), /attachment; filename="audit\.csv"/);
    assert.match(csv.html, /^id,time,actor,/);
    assert.match(csv.html, /\d,20\d\d-[\d-]+T[\d:]+\.\d{6}Z,root,console,/);
    assert.ok(!csv.html.includes(',watch,'));
    const lines = (await root.request('/admin/audit.jsonl')).html.trim().split('\n').map((l) => JSON.parse(l));
    assert.ok(lines.length > 3);
    assert.deepEqual(lines.map((l) => l.id), lines.map((l) => l.id).sort((a, b) => b - a));
    assert.ok(lines.some((l) => l.sentence === 'root signed in.' && l.result === 'ok'));
    const stranger = new Browser(server);
    assert.equal((await stranger.request('/admin/audit.csv')).status, 303);
  });

  test('Verify finds a row that was changed', async (t) => {
    const s = await serverFor(t, { groups: {} });
    const b = new Browser(s);
    await b.signIn();
    const verify = async () => (await b.submit((await b.open('/admin/audit')).form('/admin/audit/verify'))).text;
    assert.match(await verify(), /All \d+ rows follow from one another/);
    change(s, 'DROP TRIGGER audit_no_update');
    change(s, "UPDATE audit SET address = '192.0.2.7' WHERE id = 1");
    assert.match(await verify(), /The log was tampered with: row 1 /);
  });

  test('the history of a group says what its first version is', async () => {
    const { text } = await root.open('/admin/groups/watch/.history/');
    assert.match(text, /First version/);
    assert.doesNotMatch(text, /layout only/);
  });

  test('an export is whole, however many pieces it has', async () => {
    change(server, `INSERT INTO audit (at, actor_kind, actor_name, account_id, address, request_id, action, object_kind, object, version_before,
      version_after, result, detail, prev_hash, hash) WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
      SELECT 1000000 * i, 'console', 'carrot', 1, '', '', 'group.put', 'group', 'watch', 0, 0, 'ok', '', printf('%064d', 0), printf('%064d', 0) FROM n`);
    const lines = (await root.request('/admin/audit.jsonl?actor=carrot')).html.trim().split('\n').map((l) => JSON.parse(l));
    assert.ok(lines.length >= 2000);
    assert.ok(lines.every(({ id }, i) => i === 0 || id < lines[i - 1].id), 'each once, the newest first');
    const csv = await root.request('/admin/audit.csv?actor=carrot');
    assert.equal(csv.html.split('\r\n').length, lines.length + 2, 'its head, and nothing behind the last');
    assert.equal(csv.html.split('id,time,actor').length, 2, 'the head once');
  });
});
