// The console as a person without JavaScript uses it: first run, signing in, every form, what waits for the password, the log.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Browser } from '../lib/console.mjs';
import { addExamples, concrete, fileOf, pageRoutes } from '../lib/console_facts.mjs';
import { change, query } from '../lib/store.mjs';
import { serverFor, startServer } from '../lib/server.mjs';

const postRoutes = pageRoutes.filter((r) => r.method === 'POST').map((r) => r.pattern);
const getRoutes = pageRoutes.filter((r) => r.method === 'GET' && r.access !== 'PUBLIC').map((r) => r.pattern);

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
    assert.match((await new Browser(server).open('/admin/')).text, /this server has no administrator\..* Set up this server/, 'who asks for the way in is told');
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
    const nowhere = await b.submit(unlike.form('/admin/setup')
      .fill({ password: 'sleep walking fish', repeat: 'sleep walking fish', zone: 'Europe/Atlantis' }));
    assert.match(nowhere.text, /Choose one of the time zones/);
    assert.match(nowhere.html, /<select id="zone" [^>]*aria-describedby="zone-help zone-error" aria-invalid="true"[^]*id="zone-error">Choose one of the time zones/);
    page = await b.submit(nowhere.form('/admin/setup')
      .fill({ login: 'root', password: 'sleep walking fish', repeat: 'sleep walking fish', zone: 'Asia/Kathmandu' }));
    assert.equal(page.path, '/admin/');
    assert.match((await b.open('/admin/account')).text, /The server's: Asia\/Kathmandu/, 'times are in the zone that was chosen');
    assert.equal(page.status, 200);
    assert.match(page.text, /Dashboard/);
    assert.equal((await b.open('/admin/setup')).status, 404);
    const other = new Browser(server);
    assert.doesNotMatch((await other.open('/admin/')).text, /no administrator/);
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
    addExamples(server);
    const root = new Browser(server);
    await root.signIn();
    await root.submit((await root.open('/admin/accounts/.new')).form('/admin/accounts/.new')
      .fill({ login: 'susan', preset: 'auditor' }));
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
    const idOf = async (invitations) => (await b.submit((await b.open(invitations)).form(invitations))).path.slice(invitations.length);
    const [invitation, ofServer] = [await idOf('/admin/groups/g/.tokens/'), await idOf('/admin/invitations/.server/')];
    for (const pattern of getRoutes) {
      const path = concrete(pattern, pattern.includes('.tokens/{id}') ? { id: invitation } : pattern.includes('.server/{id}') ? { id: ofServer } : {});
      if (path === '/admin/setup' || path === '/admin/sign-in-link' || /\.(ics|csv|jsonl?|tar\.gz|txt)$/.test(path)) continue;
      const page = await b.open(path);
      assert.equal(page.status, 200, `${path}: ${page.text.slice(0, 200)}`);
      assert.match(page.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/, path);
      assert.equal(page.headers.get('cache-control'), 'no-store', path);
      if (/\.(json|txt)$/.test(path)) continue;
      assert.equal((page.html.match(/<h1/g) ?? []).length, 1, `${path} has one h1`);
      assert.match(page.html, /<html lang="en" dir="ltr">/);
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

  const proven = pageRoutes.filter((r) => r.isProven).map((r) => [r.method, concrete(r.pattern)]);

  test('what needs a fresh proof of the password does nothing without', async () => {
    const b = new Browser(server);
    await b.signIn();
    await b.submit((await b.open('/admin/accounts/.new')).form('/admin/accounts/.new')
      .fill({ login: 'susan', preset: 'auditor' }));
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
      .fill({ login: 'vetinari', preset: 'teacher', prefix: 'city' });
    change(server, 'UPDATE sessions SET proved_at = 1');
    const question = await b.submit(fresh);
    assert.equal(question.status, 403);
    const wrong = await b.submit(question.form('/admin/confirm').fill({ password: 'wrong' }));
    assert.equal(wrong.status, 422);
    const kept = await b.submit(wrong.form('/admin/confirm').fill({ password: 'rootpw' }));
    const done = await b.submit(kept.form('/admin/accounts/.new'));
    assert.match(done.text, /A link for vetinari/);
    change(server, 'UPDATE sessions SET proved_at = 1');
    const csrf = done.form('/admin/logout').fields.get('csrf');
    const asked = await b.request('/admin/account/totp', { method: 'POST', body: new URLSearchParams({ csrf, secret: 'x', code: '314159' }) });
    const without = await b.submit(asked.form('/admin/confirm').fill({ password: 'rootpw' }));
    assert.ok(without.html.includes('name="secret"') && !without.html.includes('314159'), 'codes and passwords are not kept');
  });
});

test('what was done is in the audit log', async (t) => {
  const server = await serverFor(t);
  const b = new Browser(server);
  await b.signIn();
  const page = await b.open('/admin/groups/.new');
  await b.submit(page.form('/admin/groups/.new').fill({ name: 'seen' }));
  const audit = await b.open('/admin/audit');
  assert.match(audit.text, /login/);
  assert.match(audit.text, /root saved the group seen\. group\.save/);
  assert.match((await b.open('/admin/audit?object=seen')).text, /group\.save/);
  assert.match((await b.open('/admin/audit?object=unseen')).text, /Nothing like that/);
});
