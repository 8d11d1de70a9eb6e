// The console as a person without JavaScript uses it: pages are fetched, forms are read from them and sent back.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from '../lib/console.mjs';
import { change, query, temporaryFiles } from '../lib/store.mjs';
import { eventually, serverFor, startServer, top } from '../lib/server.mjs';

const hostile = '<img src=x onerror=alert(1)>"\'&amp;';
const hostileBidi = `x\u202e${hostile}`;

/** POST routes of the console, from the table that the program is made of. */
const postRoutes = [...readFileSync(join(top, 'admin-cgi/page_routes.c'), 'utf8')
  .matchAll(/(PAGE|PROVEN)\(METHOD_POST,\s*(GROUP\s*)?"([^"]*)"/g)]
  .map((m) => (m[2] ? '/admin/groups/{group+}' : '') + m[3]);
const getRoutes = [...readFileSync(join(top, 'admin-cgi/page_routes.c'), 'utf8')
  .matchAll(/(PAGE|PROVEN)\(METHOD_GET,\s*(GROUP\s*)?"([^"]*)"/g)]
  .map((m) => (m[2] ? '/admin/groups/{group+}' : '') + m[3]);

const concrete = (pattern, { group = 'g', user = 'vimes', seq = '1', id = '1' } = {}) => pattern
  .replace('{group+}', group).replace('{user}', user).replace('{seq}', seq).replace('{id}', id).replace('/?', '/');

const fileOf = (server, name) => JSON.parse(readFileSync(server.groupFile(name), 'utf8'));

describe('first run', () => {
  test('the link makes the administrator, who is signed in; then the page is gone', async (t) => {
    const server = await serverFor(t, { config: null });
    assert.match(server.setupUrl, /\/admin\/setup\?token=[\w-]+$/);
    const token = new URL(server.setupUrl).searchParams.get('token');
    const b = new Browser(server);
    const first = await b.request(`/admin/setup?token=${token}`);
    assert.equal(first.status, 303);
    assert.equal(first.headers.get('location'), '/admin/setup');
    assert.match(first.headers.getSetCookie().join('\n'), /^__Host-setup=.*HttpOnly/m);
    let page = await b.follow(first);
    assert.ok(!page.html.includes(token), 'the token is not in the page');
    const weak = await b.submit(page.form('/admin/setup').fill({ login: 'root', password: 'short', repeat: 'short' }));
    assert.equal(weak.status, 422);
    assert.match(weak.title, /^Error:/);
    assert.match(weak.html, /class="error-summary" role="alert" tabindex="-1"/);
    assert.match(weak.text, /at least 12 characters/);
    assert.ok(!weak.html.includes('short'), 'passwords are never sent back');
    const unlike = await b.submit(weak.form('/admin/setup')
      .fill({ login: 'root', password: 'sleep walking fish', repeat: 'other walking fish' }));
    assert.equal(unlike.status, 422);
    page = await b.submit(unlike.form('/admin/setup')
      .fill({ login: 'root', password: 'sleep walking fish', repeat: 'sleep walking fish' }));
    assert.equal(page.path, '/admin/');
    assert.equal(page.status, 200);
    assert.match(page.text, /Dashboard/);
    assert.equal((await b.open('/admin/setup')).status, 404);
    const other = new Browser(server);
    assert.equal((await other.signIn('root', 'sleep walking fish')).path, '/admin/');
  });

  test('one token sent many times at once makes one administrator', async (t) => {
    const server = await serverFor(t, { config: null });
    const token = new URL(server.setupUrl).searchParams.get('token');
    const people = await Promise.all(Array.from({ length: 6 }, async () => {
      const b = new Browser(server);
      return { b, page: await b.open(`/admin/setup?token=${token}`) };
    }));
    const results = await Promise.all(people.map(({ b, page }, i) => b.send(page.form('/admin/setup')
      .fill({ login: `root${i}`, password: 'sleep walking fish', repeat: 'sleep walking fish' }))));
    const made = results.filter((r) => r.status === 303);
    assert.equal(made.length, 1, results.map((r) => r.status).join(' '));
    for (const r of results) if (r.status !== 303) assert.ok([404, 409, 422].includes(r.status), String(r.status));
  });

  test('without the token nothing can be done, and guessing stops', async (t) => {
    const server = await serverFor(t, { config: null });
    const b = new Browser(server);
    let page = await b.open('/admin/setup');
    assert.match(page.html, /name="token"/);
    const statuses = [];
    for (let i = 0; i < 6; i++) {
      const form = page.forms().find((f) => f.action === '/admin/setup');
      if (!form) break;
      page = await b.submit(form.fill({
        token: `wrong${i}`, login: 'thief', password: 'sleep walking fish', repeat: 'sleep walking fish',
      }));
      statuses.push(page.status);
    }
    assert.deepEqual(statuses.slice(0, 5), [422, 422, 422, 422, 422]);
    const blocked = await b.open('/admin/setup');
    assert.equal(blocked.status, 429);
    assert.match(blocked.headers.get('retry-after') ?? '', /^\d+$/);
  });

  test('a token that was typed is kept while the rest is mended; a wrong one is told at once', async (t) => {
    const server = await serverFor(t, { config: null });
    const token = new URL(server.setupUrl).searchParams.get('token');
    const b = new Browser(server);
    const first = await b.open('/admin/setup');
    const wrong = await b.submit(first.form('/admin/setup').fill({ token: 'wrong', login: 'root', password: 'short', repeat: 'short' }));
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /setup token is wrong/);
    assert.match(wrong.text, /at least 12 characters/);
    assert.match(wrong.html, /name="token"/);
    const weak = await b.submit(wrong.form('/admin/setup').fill({ token, login: 'root', password: 'short', repeat: 'short' }));
    assert.equal(weak.status, 422);
    assert.ok(!weak.html.includes('name="token"'), 'the token is good');
    const page = await b.submit(weak.form('/admin/setup')
      .fill({ login: 'root', password: 'sleep walking fish', repeat: 'sleep walking fish' }));
    assert.equal(page.path, '/admin/');
    assert.ok(b.cookies.has('__Host-dev'), 'the browser is known from the start');
  });

  test('a server with an administrator in config.json has no such page', async (t) => {
    const server = await serverFor(t);
    assert.equal((await new Browser(server).open('/admin/setup')).status, 404);
  });
});

describe('signing in', () => {
  let server;
  before(async () => {
    server = await startServer({
      groups: {
        g: { users: { rector: { password: 'groupadmin', permissions: 'admin' }, vimes: { password: 'pw', permissions: 'op' } } },
        other: {},
      },
    });
  });
  after(() => server.stop());

  test('the console leads to the login page, and back to where one wanted to go', async () => {
    const b = new Browser(server);
    const first = await b.request('/admin/groups/?q=x');
    assert.equal(first.status, 303);
    const login = await b.follow(first);
    assert.equal(new URL(login.url).pathname, '/admin/login');
    const page = await b.submit(login.form('/admin/login').fill({ name: 'root', password: 'rootpw' }));
    assert.equal(page.path, '/admin/groups/?q=x');
  });

  test('the session cookie is a new one that scripts and other sites do not get', async () => {
    const b = new Browser(server);
    b.cookies.set('__Host-sid', 'chosen-by-somebody-else');
    const login = await b.open('/admin/login');
    const answer = await b.send(login.form('/admin/login').fill({ name: 'root', password: 'rootpw' }));
    const cookie = answer.headers.getSetCookie().find((c) => c.startsWith('__Host-sid='));
    assert.match(cookie, /; Path=\/(;|$)/);
    for (const word of ['Secure', 'HttpOnly', 'SameSite=Lax']) assert.ok(cookie.includes(word), cookie);
    assert.ok(!/domain/i.test(cookie));
    assert.notEqual(b.cookies.get('__Host-sid'), 'chosen-by-somebody-else');
  });

  test('a wrong password and an unknown name look the same', async () => {
    const pages = [];
    for (const name of ['root', 'nobody']) {
      const b = new Browser(server);
      const login = await b.open('/admin/login');
      pages.push(await b.submit(login.form('/admin/login').fill({ name, password: 'wrong' })));
    }
    const [known, unknown] = pages;
    assert.equal(known.status, 422);
    assert.equal(unknown.status, 422);
    assert.equal(known.text.replaceAll('root', 'NAME'), unknown.text.replaceAll('nobody', 'NAME'));
  });

  test('it leads to own pages only', async () => {
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', '/group/g/', '/admin/logout']) {
      const b = new Browser(server);
      const login = await b.open(`/admin/login?next=${encodeURIComponent(next)}`);
      const answer = await b.send(login.form('/admin/login').fill({ name: 'root', password: 'rootpw' }));
      assert.equal(answer.headers.get('location'), '/admin/', next);
    }
  });

  test('signing out ends the session on the server', async () => {
    const b = new Browser(server);
    const page = await b.signIn();
    const stolen = new Map(b.cookies);
    await b.submit(page.form('/admin/logout'));
    b.cookies = stolen;
    assert.equal((await b.request('/admin/')).status, 303);
    const again = await b.send(page.form('/admin/logout'));
    assert.equal(again.headers.get('location'), '/admin/login', 'signing out twice is no error');
  });

  test('failures of a stranger are slowed, and do not slow the owner', async (t) => {
    const own = await serverFor(t, { config: { users: { root: { password: 'rootpw', permissions: 'admin' } } } });
    const owner = new Browser(own);
    await owner.signIn();
    const stranger = new Browser(own);
    let last;
    for (let i = 0; i < 8; i++) {
      const login = await stranger.open('/admin/login');
      last = await stranger.submit(login.form('/admin/login').fill({ name: 'root', password: `guess${i}` }));
      if (last.status === 429) break;
    }
    assert.equal(last.status, 429);
    assert.match(last.headers.get('retry-after'), /^\d+$/);
    assert.match(last.text, /Try again in \d+ (second|minute)/);
    assert.equal((await owner.signIn()).path, '/admin/');
  });

  test('an attack on the whole server slows new devices, and those that are known not at all', async (t) => {
    const own = await serverFor(t);
    const owner = new Browser(own);
    await owner.signIn();
    const auth = { authorization: `Basic ${btoa('root:rootpw')}` };
    assert.equal((await own.get('/galene-api/v0/.stats', { headers: auth })).status, 200);
    const now = Date.now() * 1000;
    change(own, "INSERT INTO throttle (kind, key, failures, window_start, blocked_until) VALUES ('server', '', 1200, ?, ?)", now, now + 3600e6);
    const fresh = new Browser(own);
    const slowed = await fresh.signIn();
    assert.equal(slowed.status, 429);
    assert.ok(Number(slowed.headers.get('retry-after')) <= 31, 'new devices are slowed, not shut out');
    assert.match(slowed.text, /Try again in \d+ seconds/);
    const script = await own.get('/galene-api/v0/.stats', { headers: { authorization: `Basic ${btoa('other:rootpw')}` } });
    assert.equal(script.status, 429);
    assert.equal((await owner.signIn()).path, '/admin/');
    assert.equal((await own.get('/galene-api/v0/.stats', { headers: auth })).status, 200, 'an address that this name is known at');
    const metrics = await (await own.get('/metrics')).text();
    assert.match(metrics, /^nereid_logins_total\{path="console",result="ok"\} 2$/m);
    assert.match(metrics, /^nereid_throttled_total 2$/m);
  });

  test('wrong tokens do not slow those who have a password', async (t) => {
    const own = await serverFor(t);
    const stats = (authorization) => own.get('/galene-api/v0/.stats', { headers: { authorization } });
    for (let i = 0; i < 40; i++) assert.equal((await stats(`Bearer guess${i}`)).status, 401);
    assert.equal((await stats(`Basic ${btoa('root:rootpw')}`)).status, 200);
    assert.equal((await stats('Bearer guess')).status, 401, 'forty from one address are not too many');
  });

  test('a database that fails is said, and signs nobody out', async (t) => {
    const own = await serverFor(t, { config: null });
    const token = new URL(own.setupUrl).searchParams.get('token');
    const b = new Browser(own);
    const setup = await b.open(`/admin/setup?token=${token}`);
    await b.submit(setup.form('/admin/setup').fill({ login: 'root', password: 'sleep walking fish', repeat: 'sleep walking fish' }));
    change(own, 'ALTER TABLE accounts RENAME TO accounts_away');
    assert.equal((await b.request('/admin/')).status, 503);
    change(own, 'ALTER TABLE accounts_away RENAME TO accounts');
    assert.equal((await b.request('/admin/')).status, 200);
  });

  test('a user of a group with the permission admin administers that group only', async () => {
    const b = new Browser(server);
    const page = await b.signIn('rector', 'groupadmin', 'g');
    assert.equal(page.path, '/admin/');
    assert.equal((await b.open('/admin/groups/g/')).status, 200);
    assert.equal((await b.open('/admin/groups/other/')).status, 403);
    const list = await b.open('/admin/groups/');
    assert.ok(!list.html.includes('/admin/groups/other/'));
    for (const path of ['/admin/accounts', '/admin/audit', '/admin/groups/.new']) {
      assert.equal((await b.open(path)).status, 403, path);
    }
    const no = new Browser(server);
    assert.equal((await no.signIn('vimes', 'pw', 'g')).status, 422, 'an operator is no administrator');
  });
});

describe('every form', () => {
  let server;
  before(async () => {
    server = await startServer({
      groups: {
        g: {
          users: { vimes: { password: 'pw', permissions: 'op' }, '': { permissions: 'observe' } },
          'wildcard-user': { password: 'pw', permissions: 'message' },
        },
      },
    });
    const root = new Browser(server);
    await root.signIn();
    await root.submit((await root.open('/admin/accounts/.new')).form('/admin/accounts/.new')
      .fill({ login: 'susan', password: 'for the first time', preset: 'auditor' }));
  });
  after(() => server.stop());

  test('the table has its routes', () => {
    assert.ok(postRoutes.length >= 20, String(postRoutes.length));
    assert.ok(getRoutes.length >= 20, String(getRoutes.length));
  });

  for (const pattern of postRoutes) {
    test(`POST ${pattern} is refused without the page's token`, async () => {
      const path = concrete(pattern);
      const before = readFileSync(server.groupFile('g'), 'utf8');
      const b = new Browser(server);
      await b.signIn();
      const own = (await b.open('/admin/')).form('/admin/logout').fields.get('csrf');
      const other = new Browser(server);
      await other.signIn();
      const foreign = (await other.open('/admin/')).form('/admin/logout').fields.get('csrf');
      const send = (csrf, headers) => b.request(path, {
        method: 'POST', body: new URLSearchParams(csrf ? { csrf } : {}), headers,
      });
      assert.equal((await send('', {})).status, 403, 'no token');
      assert.equal((await send(foreign, {})).status, 403, 'token of another session');
      assert.equal((await send(own, { origin: 'https://evil.example' })).status, 403, 'another origin');
      assert.equal((await send(own, { 'sec-fetch-site': 'cross-site' })).status, 403, 'cross-site');
      assert.equal((await send(own, { 'sec-fetch-site': 'same-site' })).status, 403, 'same-site');
      const json = await b.request(path, {
        method: 'POST', body: '{}', headers: { 'content-type': 'application/json' },
      });
      assert.equal(json.status, 415, 'not a form');
      assert.equal(readFileSync(server.groupFile('g'), 'utf8'), before);
      assert.equal((await b.open('/admin/')).status, 200, 'still signed in');
    });
  }

  test('unknown and repeated fields are refused by name', async () => {
    const b = new Browser(server);
    await b.signIn();
    const page = await b.open('/admin/groups/g/.edit');
    const unknown = await b.submit(page.form('/admin/groups/g/.edit').fill({ surprise: 'x' }));
    assert.equal(unknown.status, 400);
    assert.match(unknown.text, /surprise/);
    const twice = await b.submit(page.form('/admin/groups/g/.edit').fill({ contact: ['a', 'b'] }));
    assert.equal(twice.status, 400);
    assert.match(twice.text, /contact/);
  });

  test('looking changes nothing, and every page has the headers of the console', async () => {
    const b = new Browser(server);
    await b.signIn();
    const before = readFileSync(server.groupFile('g'), 'utf8');
    for (const pattern of getRoutes) {
      const path = concrete(pattern);
      if (path === '/admin/setup') continue;
      const page = await b.open(path);
      assert.equal(page.status, 200, `${path}: ${page.text.slice(0, 200)}`);
      assert.match(page.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/, path);
      assert.equal(page.headers.get('cache-control'), 'no-store', path);
      assert.equal((page.html.match(/<h1/g) ?? []).length, 1, `${path} has one h1`);
      assert.match(page.html, /<html lang="en">/);
      assert.match(page.html, /class="skip-link" href="#main"/);
      assert.match(page.html, /<main id="main"/);
      assert.ok(!/ style=| on\w+=/.test(page.html), `${path} has neither inline style nor script`);
      for (const id of page.html.matchAll(/<(?:input|select|textarea)\b(?![^>]*type="hidden")[^>]*\bid="([^"]*)"/g)) {
        assert.ok(page.html.includes(`for="${id[1]}"`) || page.html.includes(`id="${id[1]}" name="${id[1]}" aria-label=`), `${path}: ${id[1]} has a label`);
      }
    }
    assert.equal(readFileSync(server.groupFile('g'), 'utf8'), before);
  });

  test('other methods are 405 with Allow', async () => {
    const b = new Browser(server);
    await b.signIn();
    const answer = await b.request('/admin/groups/g/.edit', { method: 'DELETE' });
    assert.equal(answer.status, 405);
    assert.match(answer.headers.get('allow'), /GET.*POST|POST.*GET/);
  });
});

describe('groups', () => {
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
    return b.submit(page.form('/admin/groups/.new').fill({ name, ...values }));
  };
  const edit = async (name, values) => {
    const page = await b.open(`/admin/groups/${name}/.edit`);
    return b.submit(page.form(`/admin/groups/${name}/.edit`).fill(values));
  };
  const addUser = async (group, values) => {
    const page = await b.open(`/admin/groups/${group}/.users/.new`);
    return b.submit(page.form(`/admin/groups/${group}/.users/.new`).fill(values));
  };

  test('a new group is a file, and the media server knows it', async () => {
    const page = await make('watch/night', { displayName: 'Night watch', public: 'yes', start: 'open' });
    assert.equal(page.path, '/admin/groups/watch/night/');
    assert.match(page.text, /The group watch\/night was made/);
    assert.match(page.text, /Open to the world/);
    assert.deepEqual(fileOf(server, 'watch/night'), {
      'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
      displayName: 'Night watch',
      public: true,
    });
    await eventually(async () => {
      const status = await (await server.get('/group/watch/night/.status')).json();
      assert.equal(status.displayName, 'Night watch');
    });
    assert.match((await new Browser(server).open('/')).html, /Night watch/);
  });

  test('what cannot be a group is said beside the field, with all values kept', async () => {
    for (const [name, words] of [['', 'Write a name'], ['.hidden', 'cannot be the name'], ['a//b', 'cannot be the name'],
      ['a\\b', 'cannot be the name'], [hostileBidi, 'cannot be the name'], ['watch/night', 'There is a group of this name']]) {
      const page = await make(name, { displayName: 'Kept' });
      assert.equal(page.status, 422, name);
      assert.match(page.title, /^Error:/);
      assert.ok(page.text.includes(words), `${name}: ${page.text.slice(0, 400)}`);
      assert.equal(page.form('/admin/groups/.new').fields.get('displayName'), 'Kept');
      assert.equal(page.form('/admin/groups/.new').fields.get('name'), name);
    }
  });

  test('a group starts from the settings of another, or from JSON', async () => {
    await make('model', { displayName: 'Model' });
    await edit('model', { description: 'Copied', 'max-clients': '7' });
    await addUser('model', { name: 'vimes', role: 'op', kind: 'set', password: 'sleep walking fish' });
    await make('copy', { start: 'copy', copy: 'model' });
    assert.deepEqual(fileOf(server, 'copy'), { displayName: 'Model', description: 'Copied', 'max-clients': 7 });
    await make('json', { start: 'json', json: '{"autolock": true}' });
    assert.deepEqual(fileOf(server, 'json'), { autolock: true });
    const bad = await make('json2', { start: 'json', json: '{"autolock": 3}' });
    assert.equal(bad.status, 422);
    assert.match(bad.text, /line 1 column \d+/);
    assert.ok(!existsSync(server.groupFile('json2')));
  });

  test('settings reach the file, untouched text stays byte for byte, and Undo takes it back', async () => {
    const text = '{\n\t"users": {"vimes":   {"permissions":"op"}},\n\t"x-own": [1,2,  3]\n}\n';
    writeFileSync(server.groupFile('hand'), text);
    await eventually(async () => assert.equal((await b.open('/admin/groups/hand/')).status, 200));
    const page = await edit('hand', {
      displayName: 'By hand', description: 'two\r\nlines', public: 'yes', 'max-clients': '12',
      'max-history-age': '2', 'max-history-age-unit': 'days', codecs: 'vp9 opus', 'allow-anonymous': 'no',
      'not-before': '2031-02-03T04:05', expires: '2032-01-01T00:00:30', redirect: '',
    });
    assert.equal(page.status, 200);
    assert.match(page.text, /Saved:.*Description/);
    const now = readFileSync(server.groupFile('hand'), 'utf8');
    assert.ok(now.startsWith(text.slice(0, text.indexOf(']')).slice(0, 40)), now);
    assert.ok(now.includes('{"vimes":   {"permissions":"op"}}') && now.includes('[1,2,  3]'), now);
    assert.deepEqual(JSON.parse(now), {
      users: { vimes: { permissions: 'op' } },
      'x-own': [1, 2, 3],
      displayName: 'By hand',
      description: 'two\nlines',
      public: true,
      'max-clients': 12,
      'max-history-age': 172800,
      codecs: ['vp9', 'opus'],
      'allow-anonymous': false,
      'not-before': '2031-02-03T04:05:00Z',
      expires: '2032-01-01T00:00:30Z',
    });
    const same = await edit('hand', {});
    assert.match(same.text, /Nothing was changed/);
    assert.equal(readFileSync(server.groupFile('hand'), 'utf8'), now);
    const changed = await edit('hand', { description: '', public: null });
    const undo = changed.forms().find((f) => /\.history\/\d+\/restore$/.test(f.action));
    assert.ok(undo, 'the message has Undo');
    await b.submit(undo);
    assert.deepEqual(fileOf(server, 'hand'), JSON.parse(now));
  });

  test('settings that cannot be are refused one by one', async () => {
    await make('bad');
    const before = readFileSync(server.groupFile('bad'), 'utf8');
    const rows = [
      ['displayName', 'x'.repeat(201)], ['displayName', 'a\u0007'], ['description', 'x'.repeat(2001)],
      ['contact', 'x'.repeat(501)], ['redirect', 'javascript:alert(1)'], ['redirect', 'https://'],
      ['max-clients', '-1'], ['max-clients', '100001'], ['max-clients', '1.5'], ['max-clients', 'many'],
      ['max-history-age', '40000'], ['not-before', 'tomorrow'], ['codecs', 'vp8, divx'],
      ['codecs', 'vp8 vp8'], ['authServer', 'ftp://x/'],
    ];
    for (const [field, value] of rows) {
      const page = await edit('bad', { [field]: value, 'max-history-age-unit': 'days', comment: 'kept' });
      assert.equal(page.status, 422, `${field}: ${value}`);
      assert.match(page.html, new RegExp(`<li><a href="#${field}">`), field);
      const form = page.form('/admin/groups/bad/.edit');
      assert.equal(form.fields.get(field), value, 'the value is kept');
      assert.equal(form.fields.get('comment'), 'kept');
    }
    const both = await edit('bad', { 'max-clients': 'many', redirect: 'nowhere', codecs: 'divx' });
    for (const field of ['max-clients', 'redirect', 'codecs']) {
      assert.equal(both.html.split(`<li><a href="#${field}">`).length, 2, `${field} is said, once`);
    }
    const order = await edit('bad', { 'not-before': '2030-01-02T00:00', expires: '2030-01-01T00:00' });
    assert.equal(order.status, 422);
    assert.equal(readFileSync(server.groupFile('bad'), 'utf8'), before);
  });

  test('a form that is sent twice at once is one change, and both answers lead to it', async () => {
    await make('twice');
    const twice = async (path, action, values) => {
      const form = (await b.open(path)).form(action).fill(values);
      return (await Promise.all([b.send(form), b.send(form)])).map((answer) => answer.headers.get('location'));
    };
    for (let i = 0; i < 5; i++) {
      assert.deepEqual(new Set(await twice('/admin/groups/.new', '/admin/groups/.new', { name: `twice/${i}` })),
        new Set([`/admin/groups/twice/${i}/`]));
      assert.deepEqual(new Set(await twice('/admin/groups/twice/.users/.new', '/admin/groups/twice/.users/.new',
        { name: `user${i}`, role: 'op', kind: 'none' })), new Set(['/admin/groups/twice/.users/']));
      assert.deepEqual(new Set(await twice('/admin/groups/twice/.tokens/', '/admin/groups/twice/.tokens/', {})),
        new Set(['/admin/groups/twice/.tokens/']));
    }
    const list = await b.open('/admin/groups/twice/.tokens/');
    assert.equal(list.forms().filter((f) => f.action.endsWith('/.tokens/delete')).length, 5);
  });

  test('when a change fails on the server, the form keeps what was written, and sent again it works', async () => {
    await make('kept');
    const rows = [
      ['/admin/groups/kept/.edit', { description: 'written long' }],
      ['/admin/groups/kept/.users/.new', { name: 'written', role: 'op', kind: 'none' }],
      ['/admin/groups/kept/.raw', { text: '{"comment": "written"}\n' }],
      ['/admin/groups/.new', { name: 'kept/new', displayName: 'written' }],
    ];
    for (const [path, values] of rows) {
      const before = readFileSync(server.groupFile('kept'), 'utf8');
      const form = (await b.open(path)).form(path).fill(values);
      change(server, 'ALTER TABLE audit RENAME TO audit_away');
      const failed = await b.submit(form);
      change(server, 'ALTER TABLE audit_away RENAME TO audit');
      assert.equal(failed.status, 503, path);
      assert.match(failed.text, /Nothing was saved/, path);
      for (const [name, value] of Object.entries(values)) assert.equal(failed.form(path).fields.get(name), value, `${path}: ${name}`);
      assert.equal(readFileSync(server.groupFile('kept'), 'utf8'), before, path);
      const again = await b.send(failed.form(path));
      assert.equal(again.status, 303, path);
    }
    assert.deepEqual(temporaryFiles(server), []);
  });

  test('an edit by hand meanwhile is merged; the same field is a conflict that loses nothing', async () => {
    await make('both', { displayName: 'First' });
    const form = (await b.open('/admin/groups/both/.edit')).form('/admin/groups/both/.edit');
    writeFileSync(server.groupFile('both'), JSON.stringify({ displayName: 'First', contact: 'by hand' }));
    const merged = await b.submit(form.fill({ description: 'by form' }));
    assert.equal(merged.status, 200);
    assert.deepEqual(fileOf(server, 'both'), { displayName: 'First', contact: 'by hand', description: 'by form' });

    const second = (await b.open('/admin/groups/both/.edit')).form('/admin/groups/both/.edit');
    writeFileSync(server.groupFile('both'),
      JSON.stringify({ displayName: 'Theirs', contact: 'new', description: 'by form' }));
    const conflict = await b.submit(second.fill({ displayName: 'Mine', comment: 'also mine' }));
    assert.equal(conflict.status, 409);
    for (const word of ['First', 'Theirs', 'Mine', 'edited by hand']) assert.ok(conflict.text.includes(word), word);
    assert.equal(fileOf(server, 'both').displayName, 'Theirs', 'nothing is saved yet');
    const again = conflict.form('/admin/groups/both/.edit');
    assert.equal(again.fields.get('displayName'), 'Mine');
    assert.equal(again.fields.get('comment'), 'also mine');
    assert.equal(again.fields.get('contact'), 'new');
    assert.equal((await b.submit(again)).status, 200);
    assert.deepEqual(fileOf(server, 'both'),
      { displayName: 'Mine', contact: 'new', description: 'by form', comment: 'also mine' });
  });

  test('a form that is sent twice counts once', async () => {
    const page = await b.open('/admin/groups/.new');
    const form = page.form('/admin/groups/.new').fill({ name: 'once' });
    const [one, two] = [await b.send(form), await b.send(form)];
    assert.equal(one.status, 303);
    assert.equal(two.status, 303);
    assert.equal(one.headers.get('location'), two.headers.get('location'));
  });

  test('users: passwords are hashed, open ones are said to be open, special ones have their place', async () => {
    await make('people');
    const page = await addUser('people', { name: 'vimes', role: 'op', kind: 'set', password: 'night' });
    assert.equal(page.path, '/admin/groups/people/.users/');
    assert.match(page.text, /easy to guess/);
    assert.ok(!page.html.includes('>night<'));
    let users = fileOf(server, 'people').users;
    assert.equal(users.vimes.permissions, 'op');
    assert.equal(users.vimes.password.type, 'bcrypt');
    assert.match(users.vimes.password.key, /^\$2[aby]\$10\$/);
    await addUser('people', { name: 'long', role: 'present', kind: 'set', password: 'x'.repeat(80) });
    assert.equal(fileOf(server, 'people').users.long.password.type, 'pbkdf2');
    const special = async (place, values) => {
      const at = await b.open(`/admin/groups/people/${place}`);
      return b.submit(at.form(`/admin/groups/people/${place}`).fill(values));
    };
    const open = await special('.wildcard-user', { role: 'message', kind: 'any' });
    assert.match(open.html, /Anyone else[\s\S]*Open/);
    await special('.empty-user', { role: 'observe', kind: 'none' });
    const file = fileOf(server, 'people');
    assert.deepEqual(file['wildcard-user'], { permissions: 'message', password: { type: 'wildcard' } });
    assert.equal(file.users[''].permissions, 'observe');
    await addUser('people', { name: 'own', role: 'custom', kind: 'none', word: ['message', 'record'] });
    assert.deepEqual(fileOf(server, 'people').users.own.permissions, ['message', 'record']);
  });

  test('users: keeping the password, renaming, duplicates, conflicts, removing', async () => {
    await make('change');
    await addUser('change', { name: 'carrot', role: 'present', kind: 'set', password: 'sleep walking fish' });
    const hash = fileOf(server, 'change').users.carrot.password.key;
    const at = '/admin/groups/change/.users/carrot';
    const open = async () => (await b.open(at)).form(at);
    await b.submit((await open()).fill({ name: 'ironfoundersson', role: 'op', kind: 'keep' }));
    assert.deepEqual(fileOf(server, 'change').users,
      { ironfoundersson: { permissions: 'op', password: { type: 'bcrypt', key: hash } } });
    assert.equal((await b.open(at)).status, 404);
    const twice = await addUser('change', { name: 'ironfoundersson', role: 'op', kind: 'none' });
    assert.equal(twice.status, 422);
    assert.match(twice.text, /There is a user of this name/);
    for (const name of ['', '.x', 'RECORDING', 'a\u202e']) {
      assert.equal((await addUser('change', { name, role: 'op', kind: 'none' })).status, 422, name);
    }
    const here = '/admin/groups/change/.users/ironfoundersson';
    const stale = (await b.open(here)).form(here).fill({ role: 'observe', kind: 'keep' });
    const file = fileOf(server, 'change');
    file.users.ironfoundersson.permissions = 'message';
    writeFileSync(server.groupFile('change'), JSON.stringify(file));
    const conflict = await b.submit(stale);
    assert.equal(conflict.status, 409);
    assert.equal(fileOf(server, 'change').users.ironfoundersson.permissions, 'message');
    await b.submit(conflict.form(here));
    assert.equal(fileOf(server, 'change').users.ironfoundersson.permissions, 'observe');
    const remove = await b.open(`${here}/.delete`);
    await b.submit(remove.form(`${here}/.delete`));
    assert.deepEqual(fileOf(server, 'change').users ?? {}, {});
  });

  test('users: a hash that was made elsewhere is taken, anything else is refused', async () => {
    await make('hashes');
    const key = '$2y$10$abcdefghijklmnopqrstuu5Y6SV6nxIVBRB0Kfyb5sWfvNrfEEWQm';
    await addUser('hashes', { name: 'a', role: 'op', kind: 'hash', hash: JSON.stringify({ type: 'bcrypt', key }) });
    assert.equal(fileOf(server, 'hashes').users.a.password.key, key);
    for (const hash of ['', '"plain"', '{"type": "wildcard"}', '{"type": "bcrypt"}', '{', '{"type":"pbkdf2","iterations":1000000000,"key":"00","salt":"00","hash":"sha-256"}']) {
      assert.equal((await addUser('hashes', { name: 'b', role: 'op', kind: 'hash', hash })).status, 422, hash);
    }
  });

  test('deleting asks for the name, goes to the trash, and can be undone', async () => {
    await make('gone', { displayName: 'Gone' });
    const text = readFileSync(server.groupFile('gone'), 'utf8');
    const page = await b.open('/admin/groups/gone/.delete');
    const wrong = await b.submit(page.form('/admin/groups/gone/.delete').fill({ name: 'gon' }));
    assert.equal(wrong.status, 422);
    assert.ok(existsSync(server.groupFile('gone')));
    const list = await b.submit(wrong.form('/admin/groups/gone/.delete').fill({ name: 'gone' }));
    assert.ok(!existsSync(server.groupFile('gone')));
    await eventually(async () => assert.equal((await server.get('/group/gone/.status')).status, 404));
    const missing = await b.open('/admin/groups/gone/');
    assert.equal(missing.status, 410);
    assert.ok(missing.form('/admin/groups/gone/.undelete'));
    await b.submit(list.form('/admin/groups/gone/.undelete'));
    assert.equal(readFileSync(server.groupFile('gone'), 'utf8'), text);
    assert.equal((await b.open('/admin/groups/nowhere/')).status, 404);
  });

  test('versions say what they changed, and come back with or without users', async () => {
    await make('past', { displayName: 'One' });
    await addUser('past', { name: 'vimes', role: 'op', kind: 'set', password: 'sleep walking fish' });
    await edit('past', { displayName: 'Two' });
    const history = await b.open('/admin/groups/past/.history/');
    for (const word of ['Display name', 'User vimes']) assert.ok(history.text.includes(word), word);
    const version = await b.open('/admin/groups/past/.history/1');
    assert.match(version.text, /One/);
    await b.submit(version.form('/admin/groups/past/.history/1/restore'));
    assert.equal(fileOf(server, 'past').displayName, 'One');
    assert.ok(fileOf(server, 'past').users.vimes, 'users stay');
    await b.submit((await b.open('/admin/groups/past/.history/1')).form('/admin/groups/past/.history/1/restore-all'));
    assert.equal(fileOf(server, 'past').users, undefined);
    assert.equal((await b.open('/admin/groups/past/.history/99')).status, 404);
    assert.equal((await b.open('/admin/groups/past/.history/x')).status, 404);
  });

  test('the file as text: secrets are markers, which stay where they are', async () => {
    const text = '{\n  "users": {"vimes": {"password": "plain secret", "permissions": "op"}},\n'
      + '  "wildcard-user": {"password": {"type": "wildcard"}},\n'
      + '  "authKeys": [{"kty": "oct", "alg": "HS256", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0ISE"}]\n}\n';
    writeFileSync(server.groupFile('raw'), text);
    const at = '/admin/groups/raw/.raw';
    await eventually(async () => assert.equal((await b.open(at)).status, 200));
    const page = await b.open(at);
    assert.ok(!page.html.includes('plain secret') && !page.html.includes('c2Vjcm'), page.text);
    const shown = page.form(at).fields.get('text');
    assert.ok(shown.includes('"password": {"$keep": 1}') && shown.includes('"authKeys": {"$keep": 2}'), shown);
    assert.ok(shown.includes('{"type": "wildcard"}'), 'any password is no secret');
    assert.match((await b.submit(page.form(at))).text, /Nothing was changed/);
    await b.submit(page.form(at).fill({ text: shown.replace('"op"', '"present"'), form: 'f'.repeat(32) }));
    assert.equal(readFileSync(server.groupFile('raw'), 'utf8'), text.replace('"op"', '"present"'));
    const send = async (edited) => {
      const form = (await b.open(at)).form(at);
      return b.submit(form.fill({ text: edited(form.fields.get('text')) }));
    };
    for (const [what, edited, words] of [
      ['moved', (s) => s.replace('vimes', 'carrot'), /cannot be moved/],
      ['copied', (s) => s.replace('{"type": "wildcard"}', '{"$keep": 1}'), /cannot be moved/],
      ['made up', (s) => s.replace('"$keep": 1', '"$keep": 7'), /cannot be moved/],
      ['no JSON', (s) => s.replace('"users"', 'users'), /line 2 column 3/],
      ['no group', (s) => s.replace('{\n', '{"public": 7,\n'), /public/],
    ]) {
      const refused = await send(edited);
      assert.equal(refused.status, 422, what);
      assert.match(refused.text, words, what);
    }
    const stale = (await b.open(at)).form(at);
    writeFileSync(server.groupFile('raw'), '{"public": true}');
    const conflict = await b.submit(stale);
    assert.equal(conflict.status, 409);
    assert.equal(conflict.form(at).fields.get('text'), stale.fields.get('text').replace(/\r\n/g, '\n'));
    assert.equal(readFileSync(server.groupFile('raw'), 'utf8'), '{"public": true}');
    assert.equal((await b.submit(conflict.form(at))).status, 200, 'seen, and saved all the same');
    assert.equal(readFileSync(server.groupFile('raw'), 'utf8'), text.replace('"op"', '"present"'));
  });

  test('a broken file is mended as text', async () => {
    await make('mend', { displayName: 'Whole' });
    writeFileSync(server.groupFile('mend'), '{"displayName": "Torn",\n  oops');
    const at = '/admin/groups/mend/.raw';
    const page = await eventually(async () => {
      const now = await b.open(at);
      assert.match(now.form(at).fields.get('text'), /oops/);
      return now;
    });
    await b.submit(page.form(at).fill({ text: '{"displayName": "Mended"}' }));
    assert.equal(readFileSync(server.groupFile('mend'), 'utf8'), '{"displayName": "Mended"}');
    writeFileSync(server.groupFile('never'), 'never was one');
    const never = await eventually(async () => {
      const now = await b.open('/admin/groups/never/');
      assert.equal(now.path, '/admin/groups/never/.raw');
      return now;
    });
    await b.submit(never.form('/admin/groups/never/.raw').fill({ text: '{}' }));
    assert.equal((await b.open('/admin/groups/never/')).path, '/admin/groups/never/');
  });

  test('invitations let people in until they are removed', async () => {
    await make('guests');
    const page = await b.open('/admin/groups/guests/.tokens/');
    const made = await b.submit(page.form('/admin/groups/guests/.tokens/').fill({ username: 'bob', kind: 'present', span: 'day' }));
    const link = /href="([^"]*\?token=[^"]*)"/.exec(made.html)[1];
    assert.ok(link.startsWith(`${server.base}/group/guests/?token=`), link);
    const token = new URL(link).searchParams.get('token');
    const stored = await (await server.api(`.groups/guests/.tokens/${token}`)).json();
    assert.equal(stored.username, 'bob');
    assert.deepEqual(stored.permissions, ['present', 'message']);
    await b.submit(made.form('/admin/groups/guests/.tokens/delete'));
    assert.equal((await server.api(`.groups/guests/.tokens/${token}`)).status, 404);
  });

  test('the list searches names, words and users, and pages', async () => {
    for (let i = 0; i < 55; i++) server.writeGroup(`many/${String(i).padStart(2, '0')}`, { description: i === 7 ? 'Sourcery' : '' });
    await eventually(async () => assert.match((await b.open('/admin/groups/?q=many')).text, /55 groups/), 30000);
    const first = await b.open('/admin/groups/?q=many&sort=name');
    assert.ok(first.html.includes('/admin/groups/many/00/') && !first.html.includes('/admin/groups/many/54/'));
    const next = /href="([^"]*after=[^"&]+[^"]*)">Next page/.exec(first.html)[1].replaceAll('&amp;', '&');
    const second = await b.open(next);
    assert.ok(second.html.includes('/admin/groups/many/54/'), second.text.slice(0, 300));
    assert.ok((await b.open('/admin/groups/?q=sourc')).html.includes('/admin/groups/many/07/'));
    const user = await b.open('/admin/groups/?q=user:ironfoundersson');
    assert.equal(user.status, 200);
    assert.match((await b.open('/admin/groups/?q=nothing-like-it')).text, /No group is like that/);
    assert.equal((await b.open('/admin/groups/?after=%25%25')).status, 400);
    assert.equal((await b.open('/admin/groups/?q=a&q=b')).status, 400);
  });

  test('a broken file is shown as broken and is not written over', async () => {
    await make('torn', { displayName: 'Whole' });
    writeFileSync(server.groupFile('torn'), '{"displayName": "Torn",\n  oops');
    await eventually(async () => {
      const page = await b.open('/admin/groups/torn/');
      assert.match(page.text, /cannot be read/);
      assert.match(page.text, /Line 2/);
    });
    const refused = await edit('torn', { displayName: 'Other' });
    assert.equal(refused.status, 409);
    assert.match(readFileSync(server.groupFile('torn'), 'utf8'), /oops/);
    assert.match((await b.open('/admin/problems')).text, /torn/);
    assert.match((await b.open('/admin/groups/?show=problems')).text, /torn/);
  });

  test('hostile text comes out as text everywhere', async () => {
    const name = 'h"><b>&';
    const group = encodeURIComponent(name);
    server.writeGroup(name, {
      displayName: hostile, description: hostileBidi, contact: hostile, comment: hostile, public: true,
      users: { [hostile.replace(/[/\\]/g, '')]: { password: { type: hostile }, permissions: [hostile] } },
    });
    await eventually(async () => assert.equal((await b.open(`/admin/groups/${group}/`)).status, 200));
    const paths = [`/admin/groups/${group}/`, '/', '/admin/', '/admin/groups/', '/admin/audit', '/admin/problems',
      `/admin/groups/?q=${encodeURIComponent(hostile)}`, `/join?group=${encodeURIComponent(hostile)}`,
      `/admin/groups/${encodeURIComponent(hostile)}/`, `/admin/login?next=${encodeURIComponent(hostile)}`,
      `/admin/audit?actor=${encodeURIComponent(hostile)}`,
      ...['.edit', '.delete', '.users/', '.history/', '.live', '.tokens/',
        `.users/${encodeURIComponent(hostile.replace(/[/\\]/g, ''))}`, '.history/1'].map((p) => `/admin/groups/${group}/${p}`)];
    for (const path of paths) {
      const page = await b.open(path);
      assert.ok([200, 404, 422].includes(page.status), `${path} ${page.status}`);
      assert.ok(!page.html.includes('<img src=x') && !page.html.includes('h"><b>'), path);
    }
  });
});

describe('accounts', () => {
  /** The page of an account, by way of the list. */
  const accountPage = async (browser, login) => {
    const list = await browser.open('/admin/accounts');
    const [, path] = list.html.match(new RegExp(`href="(/admin/accounts/\\d+)">Change<span class="visually-hidden"> ${login}<`));
    return browser.open(path);
  };
  const formOf = (page, action) => page.forms().find((f) => f.fields.get('action') === action);

  test('an administrator changes name, rights and password of an account, and deletes it', async (t) => {
    const server = await serverFor(t, { groups: { 'a/b': {}, c: {} } });
    const root = new Browser(server);
    await root.signIn();
    const fresh = (await root.open('/admin/accounts/.new')).form('/admin/accounts/.new');
    const bad = await root.submit(fresh.fill({
      login: 'susan', 'display-name': 'x'.repeat(101), password: 'for the first time', preset: 'teacher', prefix: 'a', most: 'many',
    }));
    assert.equal(bad.status, 422);
    for (const field of ['display-name', 'most']) assert.match(bad.html, new RegExp(`<li><a href="#${field}">`));
    assert.equal(bad.form('/admin/accounts/.new').fields.get('prefix'), 'a');
    await root.submit(bad.form('/admin/accounts/.new')
      .fill({ 'display-name': hostile, password: 'for the first time', most: '2' }));
    const susan = new Browser(server);
    const first = await susan.signIn('susan', 'for the first time');
    await susan.submit(first.form('/admin/account')
      .fill({ current: 'for the first time', new: 'hogfather on a string', repeat: 'hogfather on a string' }));
    let own = await susan.open('/admin/account');
    assert.ok(own.text.includes(hostile) && !own.html.includes('<img'), 'the name is shown, escaped');
    own = await susan.submit(own.form('/admin/account/name').fill({ 'display-name': 'a\u0007' }));
    assert.equal(own.status, 422);
    own = await susan.submit(own.form('/admin/account/name').fill({ 'display-name': 'Susan Sto Helit' }));
    assert.equal(own.status, 200);
    assert.match(own.text, /Susan Sto Helit/);

    const make = async (name) => susan.submit((await susan.open('/admin/groups/.new')).form('/admin/groups/.new').fill({ name }));
    assert.equal((await make('a/new')).path, '/admin/groups/a/new/');
    const more = await make('a/more');
    assert.equal(more.status, 422);
    assert.match(more.text, /you may have 2 groups here/);
    const put = (name) => server.get(`/galene-api/v0/.groups/${name}`, { method: 'PUT', body: '{}', headers: {
      authorization: `Basic ${btoa('susan:hogfather on a string')}`, 'content-type': 'application/json' } });
    assert.equal((await put('a/more')).status, 403);
    assert.equal((await put('a/new')).status, 204, 'what is there may be changed');

    let page = await accountPage(root, 'susan');
    assert.match(page.text, /Susan Sto Helit|Teacher: a and below/);
    page = await root.submit(formOf(page, 'rights').fill({ preset: 'support', prefix: '.bad' }));
    assert.equal(page.status, 422);
    assert.equal(formOf(page, 'rights').fields.get('preset'), 'support');
    assert.equal(formOf(page, 'rights').fields.get('prefix'), '.bad');
    page = await root.submit(formOf(page, 'rights').fill({ prefix: 'c', subtree: null }));
    assert.match(page.text, /Support: c\./);
    assert.equal((await susan.request('/admin/')).status, 303, 'the session ended');
    await susan.signIn('susan', 'hogfather on a string');
    assert.equal((await susan.open('/admin/groups/c/')).status, 200);
    assert.equal((await susan.open('/admin/groups/a/b/')).status, 403);

    page = await root.submit(formOf(page, 'password').fill({ password: 'short' }));
    assert.equal(page.status, 422);
    assert.match(page.html, /<li><a href="#password">/);
    page = await root.submit(formOf(page, 'password').fill({ password: 'forgotten no more' }));
    assert.match(page.text, /must be changed/);
    assert.equal((await new Browser(server).signIn('susan', 'hogfather on a string')).status, 422);
    assert.equal((await new Browser(server).signIn('susan', 'forgotten no more')).path, '/admin/account');

    const confirm = await root.open(`${page.path}/.delete`);
    assert.match(confirm.text, /Delete the account susan\?/);
    const gone = await root.submit(confirm.form(`${page.path}/.delete`));
    assert.match(gone.text, /The account susan was deleted/);
    assert.equal((await root.open(page.path)).status, 404);
    assert.equal((await new Browser(server).signIn('susan', 'forgotten no more')).status, 422);
  });

  test('a new account changes its password first, and holds its rights and no more', async (t) => {
    const server = await serverFor(t, { groups: { 'a/b': {}, c: {} } });
    const root = new Browser(server);
    await root.signIn();
    const page = await root.open('/admin/accounts/.new');
    const made = await root.submit(page.form('/admin/accounts/.new')
      .fill({ login: 'susan', password: 'for the first time', preset: 'teacher', prefix: 'a', subtree: 'yes' }));
    assert.match(made.text, /susan/);
    const susan = new Browser(server);
    const first = await susan.signIn('susan', 'for the first time');
    assert.equal(first.path, '/admin/account');
    assert.equal((await susan.open('/admin/groups/')).path, '/admin/account', 'nothing else before');
    const wrong = await susan.submit(first.form('/admin/account')
      .fill({ current: 'not this one', new: 'hogfather on a string', repeat: 'hogfather on a string' }));
    assert.equal(wrong.status, 422);
    await susan.submit(wrong.form('/admin/account')
      .fill({ current: 'for the first time', new: 'hogfather on a string', repeat: 'hogfather on a string' }));
    assert.equal((await susan.open('/admin/groups/a/b/')).status, 200);
    assert.equal((await susan.open('/admin/groups/c/')).status, 403);
    assert.equal((await susan.open('/admin/accounts')).status, 403);
    const form = (await susan.open('/admin/groups/.new')).form('/admin/groups/.new');
    assert.equal((await susan.submit(form.fill({ name: 'outside' }))).status, 422);
    assert.equal((await susan.submit(form.fill({ name: 'a/new' }))).path, '/admin/groups/a/new/');
    await root.submit((await accountPage(root, 'susan')).forms().find((f) => f.fields.get('action') === null && f.action.startsWith('/admin/accounts/'))
      .fill({ action: 'disable' }));
    assert.equal((await susan.request('/admin/')).status, 303, 'the session ended');
    assert.equal((await new Browser(server).signIn('susan', 'hogfather on a string')).status, 422);
  });

  test('the last server administrator stays', async (t) => {
    const server = await serverFor(t, { config: null });
    const b = new Browser(server);
    const setup = await b.open(server.setupUrl.replace(/^https:\/\/[^/]*/, ''));
    await b.submit(setup.form('/admin/setup').fill({ login: 'root', password: 'sleep walking fish', repeat: 'sleep walking fish' }));
    const page = await b.open('/admin/accounts/.new');
    await b.submit(page.form('/admin/accounts/.new')
      .fill({ login: 'two', password: 'for the first time', preset: 'administrator' }));
    const csrf = (await b.open('/admin/')).form('/admin/logout').fields.get('csrf');
    const act = (path, action) => b.request(path, { method: 'POST', body: new URLSearchParams({ csrf, ...(action && { action }) }) });
    const { path } = await accountPage(b, 'two');
    assert.equal((await act(`${path}/.delete`)).status, 303);
    const own = (await accountPage(b, 'root')).path;
    for (const [where, action] of [[`${own}/.delete`], [own, 'disable'], [own, 'rights'], [own, 'password'], [own, 'end-sessions']]) {
      assert.equal((await act(where, action)).status, 409, `${where} ${action}`);
    }
    assert.equal((await act(own, 'surprise')).status, 400);
    assert.equal((await act(`${path}/.delete`)).status, 404);
    assert.equal((await b.open('/admin/')).status, 200);
  });
});

describe('what was written waits for the password', () => {
  let server;
  before(async () => {
    server = await startServer({
      config: { users: { root: { password: 'rootpw', permissions: 'admin' }, other: { password: 'otherpw', permissions: 'admin' } } },
      groups: { g: { displayName: 'Before' }, ...Object.fromEntries(['one', 'two', 'three'].map((name) => [name, {}])) },
    });
  });
  after(() => server.stop());

  const path = (group) => `/admin/groups/${group}/.edit`;
  const written = 'two lines\nof <b>text</b> & "more"';
  /** A form filled in, whose session has ended before it is sent. */
  const ended = async (group, browser) => {
    await browser.signIn();
    const form = (await browser.open(path(group))).form(path(group)).fill({ description: written });
    change(server, 'DELETE FROM sessions');
    return form;
  };

  test('when the session ended meanwhile', async () => {
    const b = new Browser(server);
    const login = await b.submit(await ended('one', b));
    assert.equal(login.status, 403);
    assert.match(login.text, /What you sent is kept/);
    assert.deepEqual(fileOf(server, 'one'), {});
    const wrong = await b.submit(login.form('/admin/login').fill({ name: 'root', password: 'wrong' }));
    assert.equal(wrong.status, 422);
    const kept = await b.submit(wrong.form('/admin/login').fill({ name: 'root', password: 'rootpw' }));
    assert.equal(kept.status, 200);
    assert.ok(kept.text.includes('<b>text</b>') && !kept.html.includes('<b>text'), 'shown, and escaped');
    const done = await b.submit(kept.form(path('one')));
    assert.match(done.text, /Saved: Description/);
    assert.deepEqual(fileOf(server, 'one'), { description: written });
  });

  test('and is shown to nobody else', async () => {
    const b = new Browser(server);
    const login = await b.submit(await ended('two', b));
    const sealed = login.form('/admin/login').fields.get('kept');
    assert.ok(!Buffer.from(sealed, 'base64url').toString('latin1').includes('text'), 'sealed');
    const other = await b.submit(login.form('/admin/login').fill({ name: 'other', password: 'otherpw' }));
    assert.equal(other.path, '/admin/', 'another account in the same browser');
    const stranger = new Browser(server);
    const foreign = await stranger.submit((await stranger.open('/admin/login')).form('/admin/login')
      .fill({ name: 'root', password: 'rootpw', kept: sealed }));
    assert.equal(foreign.path, '/admin/', 'the same account in another browser');
    for (const broken of [sealed.slice(0, -2), `A${sealed.slice(1)}`, '%%%', 'AAAA']) {
      const fresh = await b.open('/admin/login');
      const answer = await b.submit(fresh.form('/admin/login').fill({ name: 'other', password: 'otherpw', kept: broken }));
      assert.equal(answer.path, '/admin/', broken.slice(0, 8));
    }
    assert.deepEqual(fileOf(server, 'two'), {});
  });

  test('a form that is not ours, or too large, is not kept', async () => {
    const b = new Browser(server);
    const form = await ended('three', b);
    for (const [headers, values] of [[{}, { csrf: 'x'.repeat(64) }], [{}, { csrf: null }],
      [{ 'sec-fetch-site': 'cross-site' }, {}], [{ origin: 'https://evil.example' }, {}], [{}, { comment: 'x'.repeat(70000) }]]) {
      const body = new URLSearchParams(form.fields);
      for (const [name, value] of Object.entries(values)) if (value === null) body.delete(name); else body.set(name, value);
      const answer = await b.request(path('three'), { method: 'POST', body, headers });
      assert.equal(answer.status, 303, JSON.stringify(values).slice(0, 40));
      assert.match(answer.headers.get('location'), /^\/admin\/login/);
    }
  });

  const proven = [...readFileSync(join(top, 'admin-cgi/page_routes.c'), 'utf8')
    .matchAll(/PROVEN\(METHOD_(GET|POST),\s*(GROUP\s*)?"([^"]*)"/g)]
    .map((m) => [m[1], concrete((m[2] ? '/admin/groups/{group+}' : '') + m[3])]);

  test('what needs a fresh proof of the password does nothing without', async () => {
    const b = new Browser(server);
    await b.signIn();
    await b.submit((await b.open('/admin/accounts/.new')).form('/admin/accounts/.new')
      .fill({ login: 'susan', password: 'for the first time', preset: 'auditor' }));
    const csrf = (await b.open('/admin/')).form('/admin/logout').fields.get('csrf');
    const before = readFileSync(server.groupFile('g'), 'utf8');
    assert.ok(proven.length >= 8, String(proven.length));
    change(server, 'UPDATE sessions SET proved_at = 1');
    for (const [method, where] of proven) {
      const answer = await b.request(where, method === 'GET' ? {} : { method, body: new URLSearchParams({ csrf, action: 'disable' }) });
      if (method === 'GET') {
        assert.equal(answer.status, 303, where);
        assert.equal(answer.headers.get('location'), `/admin/confirm?next=${encodeURIComponent(where)}`);
      } else {
        assert.equal(answer.status, 403, where);
        assert.match((await b.follow(answer)).text, /Is it you\?/, where);
      }
    }
    assert.equal(readFileSync(server.groupFile('g'), 'utf8'), before);
    const [{ state, n }] = query(server, "SELECT state, (SELECT count(*) FROM accounts) n FROM accounts WHERE login = 'susan'");
    assert.deepEqual([state, n], ['active', 1]);
  });

  test('and a form that comes without it is carried out behind the question', async () => {
    const b = new Browser(server);
    await b.signIn();
    const fresh = (await b.open('/admin/accounts/.new')).form('/admin/accounts/.new')
      .fill({ login: 'vetinari', password: 'for the first time', preset: 'teacher', prefix: 'city' });
    change(server, 'UPDATE sessions SET proved_at = 1');
    const question = await b.submit(fresh);
    assert.equal(question.status, 403);
    const wrong = await b.submit(question.form('/admin/confirm').fill({ password: 'wrong' }));
    assert.equal(wrong.status, 422);
    const kept = await b.submit(wrong.form('/admin/confirm').fill({ password: 'rootpw' }));
    assert.ok(!kept.html.includes('for the first time'), 'passwords are not kept');
    const again = await b.submit(kept.form('/admin/accounts/.new'));
    assert.equal(again.status, 422, 'the password is to be typed again');
    assert.equal(again.form('/admin/accounts/.new').fields.get('prefix'), 'city');
    const done = await b.submit(again.form('/admin/accounts/.new').fill({ password: 'for the first time' }));
    assert.match(done.text, /The account vetinari was made/);
  });
});

test('a user name is found in all groups that one may see', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`guest${String(i).padStart(2, '0')}`, { permissions: 'message' }]));
  const server = await serverFor(t, { groups: {
    a: { users: { vimes: { password: 'pw', permissions: 'op' }, Vimes2: { permissions: 'present' } } },
    b: { users: { vimes: { password: { type: 'wildcard' } }, [hostile.slice(0, 30)]: { permissions: 'observe' } } },
    many: { users: { boss: { password: 'pw', permissions: 'admin' }, ...many } },
  } });
  const b = new Browser(server);
  await b.signIn();
  const found = (page) => [...page.html.matchAll(/<th scope="row" data-label="User">(?:<a href="([^"]*)">)?([^<]*)/g)].map((m) => m[1] ?? m[2]);
  const vimes = await b.open('/admin/people?q=vimes');
  assert.deepEqual(found(vimes), ['/admin/groups/a/.users/vimes', '/admin/groups/b/.users/vimes']);
  assert.match(vimes.text, /Weak/);
  assert.match(vimes.text, /any password/);
  assert.match(vimes.text, /operator plain text/);
  const all = await b.open('/admin/people');
  assert.ok(!all.html.includes('<img'), 'names are escaped');
  assert.equal(found(all).length, 50);
  const [, next] = all.html.match(/<a class="button" href="([^"]*)">Next page/);
  const rest = await b.open(next.replaceAll('&amp;', '&'));
  assert.equal(new Set([...found(all), ...found(rest)]).size, 65, 'a page that ends within a group goes on there');
  assert.match((await b.open('/admin/people?q=nobody')).text, /Nobody has such a name/);
  const boss = new Browser(server);
  await boss.signIn('boss', 'pw', 'many');
  assert.deepEqual(found(await boss.open('/admin/people?q=vimes')), []);
  assert.equal(found(await boss.open('/admin/people?q=boss')).length, 1);
});

test('a conflict is shown with the version that lost, until somebody has looked at it', async (t) => {
  const server = await serverFor(t, { groups: { g: {} } });
  const b = new Browser(server);
  await b.signIn();
  await b.open('/admin/groups/g/');
  change(server, "INSERT INTO conflicts (file_id, version_id, kind, at) SELECT id, head, 'displaced', 1 FROM files WHERE kind = 'group' AND name = 'g'");
  let page = await b.open('/admin/problems');
  assert.match(page.text, /edited by hand at the same moment/);
  assert.match(page.html, /href="\/admin\/groups\/g\/\.history\/1"/);
  const form = page.form('/admin/problems');
  page = await b.submit(form);
  assert.match(page.text, /Nothing needs care/);
  assert.equal((await b.send(form)).status, 303, 'once more is no error');
  assert.match((await b.open('/admin/audit?action=conflict.resolve')).text, /conflict\.resolve/);
});

test('what was done is in the audit log', async (t) => {
  const server = await serverFor(t);
  const b = new Browser(server);
  await b.signIn();
  const page = await b.open('/admin/groups/.new');
  await b.submit(page.form('/admin/groups/.new').fill({ name: 'seen' }));
  const audit = await b.open('/admin/audit');
  assert.match(audit.text, /login/);
  assert.match(audit.text, /group\.save seen/);
  assert.match((await b.open('/admin/audit?object=seen')).text, /group\.save/);
  assert.match((await b.open('/admin/audit?object=unseen')).text, /Nothing like that/);
});
