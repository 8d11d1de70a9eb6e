// Scripts, styles and icons lie under a path that names their version, which browsers keep for ever; the plain paths go on.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, startServer } from '../lib/server.mjs';

const FOR_EVER = 'public, max-age=31536000, immutable';

describe('assets', () => {
  let s;
  before(async () => {
    s = await startServer({ groups: { lobby: { public: true } } });
  });
  after(() => s?.stop());

  /** What a page names, by attribute; and the version in it. */
  const linksOf = async (path) => {
    const html = await (await s.get(path, { headers: { authorization: `Basic ${Buffer.from('root:rootpw').toString('base64')}` } })).text();
    const links = [...html.matchAll(/(?:href|src)="([^"#]*)/g)].map((m) => m[1]).filter((l) => /\.(css|js|svg|webmanifest)/.test(l));
    return { links, version: /\/assets\/(\w+)\//.exec(html)?.[1] ?? '' };
  };

  for (const path of ['/', '/group/lobby/', '/group/none/', '/nothing', '/stats.html', '/change-password.html', '/admin/login', '/recordings/lobby/']) {
    it(`${path} names them with the version`, async () => {
      const { links, version } = await linksOf(path);
      assert.ok(links.length >= 5, links.join());
      for (const link of new Set(links)) {
        assert.ok(link.startsWith(`/assets/${version}/`) || link === `/manifest.webmanifest?v=${version}`, link);
        const r = await s.get(link);
        assert.equal(r.status, 200, link);
        assert.equal(r.headers.get('cache-control'), FOR_EVER, link);
        assert.match(r.headers.get('content-security-policy') ?? '', /default-src 'none'/, link);
      }
    });
  }

  it('the group page itself is compressed', async () => {
    const r = await s.get('/group/lobby/', { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(r.headers.get('content-encoding'), 'gzip');
    assert.equal(r.headers.get('cache-control'), 'no-cache');
  });

  it('what they import, and catalogues, lie beside them', async () => {
    const { version } = await linksOf('/');
    for (const name of ['js/page.js', 'js/protocol/transfer.js', 'protocol.js', 'locale/de.json']) {
      const r = await s.get(`/assets/${version}/${name}`, { headers: { 'accept-encoding': 'gzip' } });
      assert.equal(r.headers.get('cache-control'), FOR_EVER, name);
      assert.equal(r.headers.get('content-encoding'), 'gzip', name);
      assert.equal(await r.text(), await (await s.get(`/${name}`)).text());
    }
  });

  it('the plain paths, and those of another version, are asked for each time', async () => {
    for (const path of ['/css/base.css', '/protocol.js', '/js/group.js', '/manifest.webmanifest', '/manifest.webmanifest?v=0', '/assets/0123456789abcdef/css/base.css']) {
      const r = await s.get(path);
      assert.equal(r.status, 200, path);
      assert.equal(r.headers.get('cache-control'), 'no-cache', path);
    }
  });

  it('nothing else is there', async () => {
    const { version } = await linksOf('/');
    for (const path of ['', '/', '/group.html', '/404.html', '/css', '/css/', '/css/.x.css', '/css/../../data/config.json', '/_recordings/a.json', '/_page/group.html',
      '/css/%2e%2e/x.css', '/tsconfig.jsonx']) {
      for (const v of [version, '0']) assert.equal((await s.get(`/assets/${v}${path}`)).status, 404, path);
    }
    const post = await s.get(`/assets/${version}/css/base.css`, { method: 'POST' });
    assert.equal(post.status, 405);
    assert.equal(post.headers.get('allow'), 'GET, HEAD');
  });

  it("another version when a file changes; the operator's comes before ours", async () => {
    const { version } = await linksOf('/');
    s.writeFile('static/css/page.css', '/* theirs */');
    const now = await eventually(async () => {
      const found = (await linksOf('/')).version;
      assert.notEqual(found, version);
      return found;
    });
    const r = await s.get(`/assets/${now}/css/page.css`);
    assert.equal(await r.text(), '/* theirs */');
    assert.equal(r.headers.get('cache-control'), FOR_EVER);
    assert.equal((await s.get(`/assets/${version}/css/page.css`)).headers.get('cache-control'), 'no-cache');
    s.writeFile('static/assets/logo.svg', '<svg/>');
    assert.equal(await (await s.get('/assets/logo.svg')).text(), '<svg/>');
  });
});
