// Front ends made for Galene: files of DIR/static come before ours, under a policy that such clients were made for, and nowhere else.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, startServer } from '../lib/server.mjs';

const groups = {
  lobby: { public: true, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } },
  portal: { authServer: 'https://auth.example.org/x', 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } },
};
/** What Galene itself sends with galene.html and static files, measured on its 1.2; the order of directives means nothing. */
const GALENE = { 'connect-src': "ws: wss: 'self'", 'img-src': "'self'", 'media-src': "blob: 'self'", 'script-src': "'unsafe-eval' 'self'", 'default-src': "'self'" };

const words = (text) => text.split(' ').sort().join(' ');
const policyOf = (r) => Object.fromEntries((r.headers.get('content-security-policy') ?? '').split('; ')
  .map((d) => [d.slice(0, d.indexOf(' ')), words(d.slice(d.indexOf(' ') + 1))]));

describe('files of DIR/static', () => {
  let s;
  const text = async (path) => (await s.get(path)).text();

  before(async () => {
    s = await startServer({ groups });
  });
  after(() => s?.stop());

  test('without them all is ours', async () => {
    assert.match(await text('/group/lobby/'), /\/js\/group\.js/);
    assert.match((await s.get('/')).headers.get('content-security-policy') ?? '', /require-trusted-types-for/);
    assert.equal((await s.get('/galene.html')).status, 404);
    assert.equal((await s.get('/index.html')).status, 404);
  });

  test('galene.html is the group page, index.html the landing page, others come before ours', async () => {
    for (const [name, content] of Object.entries({
      'galene.html': '<!doctype html><title>theirs</title>', 'index.html': '<!doctype html><title>their start</title>',
      'css/page.css': '/* theirs */', 'third-party/x/y.woff2': 'font', 'group.html': 'never shown as a group page',
    })) s.writeFile(`static/${name}`, content);
    assert.match(await text('/group/lobby/'), /theirs/);
    assert.match(await text('/group/lobby/?token=x'), /theirs/);
    assert.equal(await text('/css/page.css'), '/* theirs */');
    assert.match(await text('/css/base.css'), /font/);
    assert.equal((await s.get('/third-party/x/y.woff2')).headers.get('content-type'), 'font/woff2');
    assert.match(await text('/'), /their start/);
    assert.equal((await s.get('/', { method: 'HEAD' })).status, 200);
    const post = await s.get('/', { method: 'POST' });
    assert.equal(post.status, 405);
    assert.equal((await s.get('/group/none/')).status, 404);
    assert.match((await s.get('/group/lobby/.status')).headers.get('content-type') ?? '', /json/);
    const tagged = await s.get('/group/lobby/');
    assert.equal((await s.get('/group/lobby/', { headers: { 'if-none-match': tagged.headers.get('etag') ?? '' } })).status, 304);
  });

  test('they have the policy of Galene, and no other page has it', async () => {
    for (const path of ['/', '/group/lobby/', '/galene.html', '/css/page.css']) {
      const r = await s.get(path);
      const policy = policyOf(r);
      for (const [name, value] of Object.entries(GALENE)) assert.equal(policy[name], words(value), `${path} ${name}`);
      assert.equal(policy['frame-ancestors'], "'none'", path);
      assert.equal(r.headers.get('x-frame-options'), 'DENY', path);
      assert.equal(r.headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(r.headers.get('referrer-policy'), 'no-referrer', path);
      assert.equal(r.headers.get('cache-control'), 'no-cache', path);
    }
    assert.equal(policyOf(await s.get('/group/portal/'))['connect-src'], words("'self' ws: wss: https://auth.example.org"));
    s.writeFile('recordings/lobby/a.webm', 'x');
    s.writeFile('static/admin/login', 'not the console');
    s.writeFile('static/recordings/lobby/a.webm', 'not a recording');
    s.writeFile('static/galene-api/v0/.stats', 'not the API');
    s.writeFile('static/group/lobby/.status', 'not the status');
    const authorization = `Basic ${Buffer.from('root:rootpw').toString('base64')}`;
    for (const path of ['/admin/login', '/admin/', '/galene-api/v0/.stats', '/recordings/lobby/', '/recordings/lobby/a.webm', '/group/lobby/.status',
      '/group/none/', '/nothing', '/stats.html', '/healthz/live', '/public-groups.json']) {
      const r = await s.get(path, { headers: { authorization } });
      const policy = r.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/, path);
      assert.doesNotMatch(policy, /unsafe/, path);
      assert.doesNotMatch(await r.text(), /not (the|a) /, path);
    }
  });

  test('nothing outside leaks: links, dots and ways up', async () => {
    const dir = join(s.dir, 'static');
    mkdirSync(dir, { recursive: true });
    symlinkSync(join(s.dir, 'data/config.json'), join(dir, 'config.txt'));
    symlinkSync('../data', join(dir, 'data'));
    symlinkSync('../data/config.json', join(dir, 'js'));
    writeFileSync(join(dir, '.secret'), 'sesame');
    mkdirSync(join(dir, '.git'));
    writeFileSync(join(dir, '.git/config'), 'sesame');
    for (const path of ['/config.txt', '/data/config.json', '/.secret', '/%2esecret', '/.git/config', '/css/../.secret', '/css/%2e%2e/%2e%2e/data/config.json',
      '/..%2fdata/config.json', '/css/..%2f..%2fdata%2fconfig.json', '/static/../data/config.json', '//data/config.json', '/css/', '/css']) {
      const r = await s.get(path);
      assert.ok(r.status >= 400, `${path}: ${r.status}`);
      assert.doesNotMatch(await r.text(), /rootpw|sesame/, path);
    }
    // A link costs no page of ours.
    assert.equal((await s.get('/js/group.js')).status, 200);
    await eventually(() => assert.doesNotMatch(s.log, /rootpw/));
  });
});
