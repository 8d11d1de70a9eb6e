// Recordings over HTTP: who may, what is listed, ranges through nginx, deletion, and names that are meant to hurt.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import {
  existsSync, linkSync, mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, unlinkSync, utimesSync, writeFileSync,
} from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { startServer } from '../lib/server.mjs';
import { Page } from '../lib/console.mjs';
import { holdLock } from '../lib/recordings.mjs';
import { query } from '../lib/store.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
const FILM = '2026-03-04T05:06:07.089-ada.webm';
const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));
const NASTY = ['<script>alert(1)<.webm', '"q" & \'a\'.webm', '100%25 #1?x=y.webm', 'grün \u2028.mkv', 'a\\b;c.webm', '..x.webm', ' .webm'];
const basic = (who) => `Basic ${Buffer.from(who).toString('base64')}`;

before(async () => {
  server = await startServer({
    groups: {
      hall: {
        'allow-recording': true,
        users: {
          op: { password: 'oo', permissions: 'op' }, ada: { password: 'aa', permissions: 'present' },
          rec: { password: 'rr', permissions: ['record'] }, boss: { password: 'bb', permissions: 'admin' },
        },
      },
      fresh: { 'allow-recording': true, users: { new: { password: 'nn', permissions: 'op' } } },
      quiet: { users: { op: { password: 'oo', permissions: 'op' } } },
      open: { 'allow-recording': true, 'wildcard-user': { password: 'ww', permissions: 'op' }, users: { ada: { password: 'aa', permissions: 'present' } } },
      'hall/side': { 'allow-recording': true, users: { op: { password: 'ss', permissions: 'op' } } },
    },
  });
  film('hall', FILM, bytes);
  for (const name of NASTY) film('nasty', name, 'x');
  film('quiet', FILM, bytes);
  film('open', FILM, bytes);
  film('hall/side', 'side.mkv', 'side');
});
after(() => server?.stop());

/** A finished recording. */
function film(group, name, content) {
  const directory = join(server.dir, 'recordings', group);
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  server.giveToOwner(`recordings/${group}`);
  writeFileSync(join(directory, name), content, { mode: 0o640 });
  const old = new Date(Date.now() - 3600e3);
  utimesSync(join(directory, name), old, old);
}

const there = (group, name) => existsSync(join(server.dir, 'recordings', group, name));
const get = (path, who = 'op:oo', options = {}) => server.get(path, {
  ...options, headers: { ...(who ? { authorization: /^Bearer/.test(who) ? who : basic(who) } : {}), ...options.headers },
});
const post = (group, fields, who = 'op:oo', headers = {}) => get(`/recordings/${group}/`, who, { method: 'POST', body: new URLSearchParams(fields), headers });

/** The path exactly as it is written: fetch() would clean it. */
function raw(path, who = 'root:rootpw', method = 'GET') {
  return new Promise((ok, fail) => {
    const r = https.request({ port: server.port, host: 'localhost', path, method, rejectUnauthorized: false, headers: { authorization: basic(who) } }, (answer) => {
      let text = '';
      answer.on('data', (d) => { text += d; });
      answer.on('end', () => { ok({ status: answer.statusCode, headers: answer.headers, text }); });
    });
    r.on('error', fail).end();
  });
}

describe('who may', () => {
  for (const [who, path, want, why] of [
    ['op:oo', '/recordings/hall/', 200, 'operators of a group that may record'],
    ['rec:rr', '/recordings/hall/', 200, 'the permission record by itself'],
    ['root:rootpw', '/recordings/hall/', 200, 'administrators of the server'],
    ['anybody:ww', '/recordings/open/', 200, 'the wildcard user with that permission'],
    ['ada:aa', '/recordings/hall/', 401, 'not those who only present'],
    ['op:wrong', '/recordings/hall/', 401, 'not with a wrong password'],
    ['op:oo', '/recordings/quiet/', 401, 'not operators where recording is not allowed'],
    ['op:oo', '/recordings/hall/side/', 401, 'not the operator of the group above'],
    ['op:ss', '/recordings/hall/side/', 200, 'a subgroup has its own'],
    ['op:ss', '/recordings/hall/', 401, 'and they do not reach up'],
    ['ada:aa', '/recordings/open/', 401, 'a listed user is not the wildcard user'],
    ['ada:ww', '/recordings/open/', 401, 'nor with its password'],
    [null, '/recordings/hall/', 401, 'not nobody'],
    [null, '/recordings/nowhere/', 401, 'nobody learns what there is'],
    [null, `/recordings/hall/${FILM}`, 401, 'nor for a file'],
    [null, '/recordings/hall/none.webm', 401, 'nor for one that is not there'],
    ['op:oo', '/recordings/hall/none.webm', 404, 'who may knows'],
    ['root:rootpw', '/recordings/nowhere/', 404, 'and so does an administrator'],
    ['new:nn', '/recordings/fresh/', 200, 'a group that has not recorded yet has an empty page'],
    ['root:rootpw', '/recordings/quiet/none/', 404, 'a folder that is not there'],
    ['root:rootpw', '/recordings/nasty/', 200, 'recordings of a group that is no more'],
  ]) {
    test(why, async () => {
      const r = await get(path, who);
      assert.equal(r.status, want, await r.text());
      if (want !== 401) return;
      const group = /\/recordings\/(.*)\//.exec(path)[1];
      assert.match(r.headers.get('www-authenticate'), new RegExp(`^Basic realm="recordings/${group}"`));
    });
  }

  test('tokens do not open recordings', async () => {
    const r = await server.api('.groups/hall/.tokens/', { method: 'POST', json: { permissions: ['admin', 'record'], expires: new Date(Date.now() + 60000).toISOString() } });
    const token = r.headers.get('location');
    assert.equal((await get('/recordings/hall/', `Bearer ${token}`)).status, 401);
    assert.equal((await get(`/recordings/hall/${FILM}`, `Bearer ${token}`)).status, 401);
  });

  test('a wrong password deletes nothing', async () => {
    for (const who of ['op:wrong', 'ada:aa', null]) assert.equal((await post('hall', { q: 'delete', filename: FILM }, who)).status, 401);
    assert.ok(there('hall', FILM));
  });
});

describe('the list', () => {
  test('names, sizes and forms; no folders, links or hidden files', async () => {
    film('hall', '.hidden.webm', 'x');
    symlinkSync(join(server.dir, 'data/config.json'), join(server.dir, 'recordings/hall/link.webm'));
    const r = await get('/recordings/hall/');
    const html = await r.text();
    assert.match(r.headers.get('content-type'), /^text\/html/);
    assert.equal(r.headers.get('cache-control'), 'no-cache');
    assert.ok(html.includes(`href="/recordings/hall/${encodeURIComponent(FILM)}"`));
    assert.match(html, /<data value="5000">5\.0 kB \(5,000 bytes\)</);
    for (const absent of ['.hidden', 'link.webm', '>side<']) assert.ok(!html.includes(absent), absent);
  });

  test('HEAD has no body', async () => {
    const r = await get('/recordings/hall/', 'op:oo', { method: 'HEAD' });
    assert.equal(r.status, 200);
    assert.equal(await r.text(), '');
  });

  test('whatever a name is made of is shown as text, and its link leads to the file', async () => {
    const page = new Page('/recordings/nasty/', await get('/recordings/nasty/', 'root:rootpw'), await (await get('/recordings/nasty/', 'root:rootpw')).text());
    assert.ok(!page.html.includes('<script>alert'));
    const links = [...page.html.matchAll(/href="(\/recordings\/nasty\/[^"]+)"/g)].map((m) => m[1]).filter((l) => !l.endsWith('?download'));
    const visible = NASTY.filter((n) => !n.startsWith('.'));
    const shown = page.forms().map((f) => f.fields.get('filename')).filter(Boolean);
    assert.deepEqual(shown.toSorted(), visible.toSorted());
    assert.equal(links.length, visible.length);
    for (const link of links) {
      assert.equal((await raw(link)).text, 'x', link);
      assert.ok(visible.includes(decodeURIComponent(link.slice('/recordings/nasty/'.length))), link);
    }
  });

  test('the newest meeting first', async () => {
    const names = ['2026-03-04T05:06:07.089-b.webm', '2026-03-06T05:06:07.089-a.webm', '2026-03-05T05:06:07.089-01.webm'];
    for (const name of names) film('sorted', name, 'x');
    const html = await (await get('/recordings/sorted/', 'root:rootpw')).text();
    assert.deepEqual([...html.matchAll(/href="\/recordings\/sorted\/([^"?]+)"/g)].map((m) => decodeURIComponent(m[1])), [names[1], names[2], names[0]]);
  });
});

describe('files', () => {
  test('come whole, with type and without leave to run', async () => {
    const r = await get(`/recordings/hall/${FILM}`);
    assert.equal(r.status, 200);
    assert.deepEqual(Buffer.from(await r.arrayBuffer()), bytes);
    assert.equal(r.headers.get('content-type'), 'video/webm');
    assert.equal(r.headers.get('accept-ranges'), 'bytes');
    assert.equal(r.headers.get('x-content-type-options'), 'nosniff');
    assert.match(r.headers.get('content-security-policy'), /default-src 'none'/);
    assert.equal(r.headers.get('cache-control'), 'private, no-cache');
    assert.equal(r.headers.get('x-accel-redirect'), null);
    assert.equal((await get('/recordings/hall/side/side.mkv', 'op:ss')).headers.get('content-type'), 'video/x-matroska');
  });

  for (const [range, want, from, to] of [
    ['bytes=0-0', 206, 0, 1], ['bytes=100-199', 206, 100, 200], ['bytes=4990-', 206, 4990, 5000], ['bytes=-7', 206, 4993, 5000],
    ['bytes=0-999999', 206, 0, 5000], ['bytes=5000-', 416, 0, 0], ['lines=1-2', 200, 0, 5000],
  ]) {
    test(`Range: ${range}`, async () => {
      const r = await get(`/recordings/hall/${FILM}`, 'op:oo', { headers: { range } });
      assert.equal(r.status, want);
      if (want === 416) {
        assert.equal(r.headers.get('content-range'), 'bytes */5000');
        return;
      }
      if (want === 206) assert.equal(r.headers.get('content-range'), `bytes ${from}-${to - 1}/5000`);
      assert.deepEqual(Buffer.from(await r.arrayBuffer()), bytes.subarray(from, to));
    });
  }

  test('several ranges, If-Range and conditions', async () => {
    const many = await get(`/recordings/hall/${FILM}`, 'op:oo', { headers: { range: 'bytes=0-9,20-29' } });
    assert.equal(many.status, 206);
    assert.match(many.headers.get('content-type'), /^multipart\/byteranges/);
    const etag = many.headers.get('etag');
    assert.match(etag, /^"[^"]+"$/);
    assert.equal((await get(`/recordings/hall/${FILM}`, 'op:oo', { headers: { range: 'bytes=0-9', 'if-range': etag } })).status, 206);
    assert.equal((await get(`/recordings/hall/${FILM}`, 'op:oo', { headers: { range: 'bytes=0-9', 'if-range': '"another"' } })).status, 200);
    assert.equal((await get(`/recordings/hall/${FILM}`, 'op:oo', { headers: { 'if-none-match': etag } })).status, 304);
    assert.equal((await get(`/recordings/hall/${FILM}`, 'ada:aa', { headers: { 'if-none-match': etag } })).status, 401);
    assert.equal((await get(`/recordings/hall/${FILM}`, 'op:oo', { headers: { 'if-match': '"another"' } })).status, 412);
  });

  test('past four gigabytes', async () => {
    film('hall', 'long.webm', '');
    truncateSync(join(server.dir, 'recordings/hall/long.webm'), 5 * 2 ** 30);
    const r = await get('/recordings/hall/long.webm', 'op:oo', { headers: { range: `bytes=${4.5 * 2 ** 30}-${4.5 * 2 ** 30 + 9}` } });
    assert.equal(r.status, 206);
    assert.equal(r.headers.get('content-range'), `bytes ${4.5 * 2 ** 30}-${4.5 * 2 ** 30 + 9}/${5 * 2 ** 30}`);
    assert.equal((await r.arrayBuffer()).byteLength, 10);
    assert.match(await (await get('/recordings/hall/')).text(), /<data value="5368709120">/);
    unlinkSync(join(server.dir, 'recordings/hall/long.webm'));
  });

  test('HEAD has the size and no body', async () => {
    const r = await get(`/recordings/hall/${FILM}`, 'op:oo', { method: 'HEAD' });
    assert.equal(r.status, 200);
    assert.equal(r.headers.get('content-length'), '5000');
    assert.equal(await r.text(), '');
  });
});

describe('addresses', () => {
  test('a folder is asked for with a slash', async () => {
    for (const [path, who, location] of [
      ['/recordings', 'op:oo', '/recordings/'], ['/recordings/hall', 'root:rootpw', '/recordings/hall/'], ['/recordings/hall/side', 'root:rootpw', '/recordings/hall/side/'],
    ]) {
      const r = await get(path, who);
      assert.equal(r.status, 308, path);
      assert.equal(r.headers.get('location'), location);
    }
  });

  test('no address leaves the folder', async () => {
    writeFileSync(join(server.dir, 'recordings/secret.txt'), 'secret');
    symlinkSync(join(server.dir, 'data'), join(server.dir, 'recordings/data'));
    linkSync(join(server.dir, 'recordings/hall', FILM), join(server.dir, 'recordings/hall/second.webm'));
    for (const path of [
      '/recordings/../data/config.json', '/recordings/hall/../../data/config.json', '/recordings/hall/..%2f..%2fdata/config.json',
      '/recordings/%2e%2e/data/config.json', '/recordings/hall/%2e%2e/%2e%2e/data/config.json', '/recordings/hall//' + FILM,
      '/recordings/./hall/' + FILM, '/recordings/data/config.json', '/recordings/data/', '/recordings/hall/link.webm',
      '/recordings/hall/.hidden.webm', '/recordings/hall/%00', '/recordings/hall/' + FILM + '%00.txt', '/_recordings/hall/' + FILM,
      '/recordings/hall/' + FILM + '/', '/recordings/hall/' + FILM + '/x', '/recordings/', '/recordings/hall%5Cside/side.mkv',
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const r = await raw(path, 'root:rootpw', method);
        assert.ok([400, 401, 404].includes(r.status), `${method} ${path}: ${r.status}`);
        assert.ok(!/rootpw|secret/.test(r.text), path);
        assert.ok(!r.headers['x-accel-redirect'], path);
      }
    }
    assert.equal((await get('/recordings/hall/second.webm')).status, 200, 'another name of a recording is a recording');
  });

  test('only GET, HEAD and, for the folder, POST', async () => {
    for (const [path, methods, allow] of [
      ['/recordings/hall/', ['PUT', 'DELETE', 'PATCH'], ['GET', 'HEAD', 'POST']], [`/recordings/hall/${FILM}`, ['PUT', 'DELETE', 'PATCH', 'POST'], ['GET', 'HEAD']],
    ]) {
      for (const method of methods) {
        const r = await get(path, 'op:oo', { method });
        assert.equal(r.status, 405, `${method} ${path}`);
        assert.deepEqual(r.headers.get('allow').split(', ').sort(), allow);
      }
    }
    assert.ok(there('hall', FILM));
  });
});

describe('deletion', () => {
  test('by the form of the page, as a browser sends it, and it is in the audit log', async () => {
    film('hall', 'away with it & #1.webm', 'x');
    const page = new Page('/recordings/hall/', await get('/recordings/hall/'), await (await get('/recordings/hall/')).text());
    const form = page.forms().find((f) => f.fields.get('filename')?.startsWith('away'));
    assert.equal(form.method, 'POST');
    const r = await post('hall', form.fields, 'op:oo', { 'sec-fetch-site': 'same-origin', origin: server.base });
    assert.equal(r.status, 303);
    assert.equal(r.headers.get('location'), '/recordings/hall/');
    assert.ok(!there('hall', 'away with it & #1.webm'));
    const [entry] = query(server, "SELECT object, actor_name FROM audit WHERE action = 'recording.delete' ORDER BY id DESC LIMIT 1");
    assert.equal(entry.object, 'hall/away with it & #1.webm');
    assert.equal(entry.actor_name, 'op');
  });

  test('in a subgroup, and by an administrator where there is no group any more', async () => {
    film('hall/side', 'old.webm', 'x');
    assert.equal((await post('hall/side', { q: 'delete', filename: 'old.webm' }, 'op:ss')).headers.get('location'), '/recordings/hall/side/');
    assert.ok(!there('hall/side', 'old.webm'));
    film('gone', 'old.webm', 'x');
    assert.equal((await post('gone', { q: 'delete', filename: 'old.webm' }, 'root:rootpw')).status, 303);
    assert.ok(!there('gone', 'old.webm'));
  });

  test('every other wish is refused, and nothing is gone', async () => {
    const before = readdirSync(join(server.dir, 'recordings'), { recursive: true }).sort();
    for (const [fields, want] of [
      [{ q: 'rename', filename: FILM }, 400], [{ filename: FILM }, 400], [{ q: 'delete' }, 400], [{ q: 'delete', filename: '' }, 400],
      [{ q: 'delete', filename: 'none.webm' }, 404], [{ q: 'delete', filename: '../quiet/' + FILM }, 400], [{ q: 'delete', filename: 'side/side.mkv' }, 400],
      [{ q: 'delete', filename: '..' }, 400], [{ q: 'delete', filename: '.' }, 400], [{ q: 'delete', filename: '.hidden.webm' }, 400],
      [{ q: 'delete', filename: 'side' }, 404], [{ q: 'delete', filename: 'link.webm' }, 404],
    ]) {
      const r = await post('hall', fields);
      assert.equal(r.status, want, JSON.stringify(fields));
    }
    assert.equal((await get('/recordings/hall/', 'op:oo', { method: 'POST', body: JSON.stringify({ q: 'delete', filename: FILM }), headers: { 'content-type': 'application/json' } })).status, 415);
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'https://evil.example.org' }, { origin: 'null' }]) {
      assert.equal((await post('hall', { q: 'delete', filename: FILM }, 'op:oo', headers)).status, 403, JSON.stringify(headers));
    }
    assert.deepEqual(readdirSync(join(server.dir, 'recordings'), { recursive: true }).sort(), before);
    assert.ok(readFileSync(join(server.dir, 'data/config.json'), 'utf8').includes('root'));
  });

  test('what somebody writes is marked and stays', async (t) => {
    film('hall', 'now.webm', 'x');
    const release = await holdLock(t, join(server.dir, 'recordings/hall/now.webm'));
    assert.match(await (await get('/recordings/hall/')).text(), /Running/);
    assert.equal((await post('hall', { q: 'delete', filename: 'now.webm' })).status, 409);
    assert.ok(there('hall', 'now.webm'));
    await release();
    assert.equal((await post('hall', { q: 'delete', filename: 'now.webm' })).status, 303);
  });

  test('as the page of the original does it', async () => {
    film('hall', 'old page.webm', 'x'); // a form with the name in it and a button called q, and a link relative to the page
    assert.deepEqual(Buffer.from(await (await get(`/recordings/hall/./${FILM}`)).arrayBuffer()), bytes);
    const body = new URLSearchParams([['filename', 'old page.webm'], ['q', 'delete']]);
    const r = await get('/recordings/hall/', 'op:oo', { method: 'POST', body, headers: { origin: server.base, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' } });
    assert.equal(r.status, 303);
    const next = await get(r.headers.get('location'));
    assert.equal(next.status, 200);
    assert.doesNotMatch((await next.text()).replace(/<details[\s\S]*<\/details>/, ''), /old page/);
  });
});
