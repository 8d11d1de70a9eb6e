// What is known of recordings and what becomes of them: facts beside a file, files in progress, the trash, and the sessions of the console.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, Page } from '../lib/console.mjs';
import { holdLock, keepFile, keepRecording, makeFilm, makePoster } from '../lib/recordings.mjs';
import { film as makeRecording, probe } from '../lib/film.mjs';
import { build, eventually, startServer } from '../lib/server.mjs';
import { query } from '../lib/store.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
const ADA = '2026-03-04T05:06:07.089-ada.webm';
const BOB = '2026-03-04T05:06:09.100-bob-slash-x-01.mkv';
const basic = (who) => ({ authorization: `Basic ${Buffer.from(who).toString('base64')}` });
const get = (path, who = 'op:oo', headers = {}) => server.get(path, { headers: { ...(who ? basic(who) : {}), ...headers } });
const open = async (path, who) => {
  const r = await get(path, who);
  return new Page(server.base + path, r, await r.text());
};
const post = (group, fields, who = 'op:oo', headers = {}) => server.get(`/recordings/${group}/`, {
  method: 'POST', body: new URLSearchParams(fields), headers: { ...basic(who), ...headers },
});
const path = (...parts) => join(server.dir, 'recordings', ...parts);
const there = (...parts) => existsSync(path(...parts));
const work = mkdtempSync(join(tmpdir(), 'nereid-films-'));
let film, poster;

before(async () => {
  makeFilm(join(work, 'film.webm'), 2);
  makePoster(join(work, 'film.webm'), join(work, 'film.png'));
  film = readFileSync(join(work, 'film.webm'));
  poster = readFileSync(join(work, 'film.png'));
  server = await startServer({
    groups: {
      hall: { 'allow-recording': true, users: { op: { password: 'oo', permissions: 'op' }, ada: { password: 'aa', permissions: 'present' } } },
      other: { 'allow-recording': true, users: { op: { password: 'xx', permissions: 'op' } } },
    },
  });
});
after(async () => {
  await server?.stop();
  rmSync(work, { recursive: true, force: true });
});

const about = {
  started: '2026-03-04T05:06:07.089Z', duration: 3725.5, username: 'ada', label: 'camera',
  tracks: [{ kind: 'video', codec: 'vp8', width: 320, height: 240 }, { kind: 'audio', codec: 'opus' }],
};

describe('what is known', () => {
  test('start, length, size, codecs, person, label and poster; nothing beside it is a recording', async () => {
    keepRecording(server, 'facts', ADA, film, { ...about, gaps: [{ from: 1, to: 61.5 }, { from: 70, to: 72 }] }, poster);
    const page = await open('/recordings/facts/', 'root:rootpw');
    assert.match(page.text, /Person ada \(camera\)/);
    assert.match(page.text, /Stands still 1:02 /);
    assert.match(page.text, /Start 2026-03-04 05:06 UTC/);
    assert.match(page.text, /Length 1:02:05/);
    assert.match(page.text, /vp8 320×240, opus/);
    assert.ok(page.html.includes(`<data value="${film.length}">`));
    assert.ok(page.html.includes(`<video controls preload="none" playsinline src="/recordings/facts/${encodeURIComponent(ADA)}"`));
    assert.ok(page.html.includes(`poster="/recordings/facts/.about/${encodeURIComponent(ADA)}.png"`));
    assert.equal(page.html.match(/<h3/g).length, 1);
    assert.doesNotMatch(page.html, /\.json/);
    const picture = await get(`/recordings/facts/.about/${encodeURIComponent(ADA)}.png`, 'root:rootpw');
    assert.equal(picture.headers.get('content-type'), 'image/png');
    assert.deepEqual(Buffer.from(await picture.arrayBuffer()), poster);
  });

  test('a file of the original, with nothing beside it', async () => {
    keepRecording(server, 'plain', BOB, 'x'); // what mediad's tending cannot read it leaves alone
    const page = await open('/recordings/plain/', 'root:rootpw');
    assert.match(page.text, /Person bob\/x /);
    assert.doesNotMatch(page.html, /poster=|<dt>(Length|Made of)/);
    assert.match(page.html, /<video controls/);
  });

  test('sound alone is heard, not seen', async () => {
    keepRecording(server, 'sound', '2026-03-04T05:06:07.089.webm', film, { tracks: [{ kind: 'audio', codec: 'opus' }] });
    const page = await open('/recordings/sound/', 'root:rootpw');
    assert.match(page.html, /<audio controls preload="none"/);
    assert.doesNotMatch(page.html, /<video|<dt>Person/);
  });

  test('whatever stands in the file beside it, the page is there and nothing of it is markup', async () => {
    for (const text of ['', '{', '[]', 'null', '{"duration":"x"}', '{"duration":-1}', '{"duration":1e300}', '{"tracks":{}}', '{"tracks":[1]}', '{"tracks":[{"kind":"x"}]}',
      `{"tracks":[${Array(17).fill('{"kind":"audio"}').join()}]}`, '{"username":5}', '{"started":"yesterday"}', '{"a":1,"a":2}', `{"label":"${'x'.repeat(70000)}"}`]) {
      keepRecording(server, 'odd', ADA, 'x', text);
      const page = await open('/recordings/odd/', 'root:rootpw');
      assert.equal(page.status, 200, text);
      assert.match(page.text, /Person ada /, text);
      assert.doesNotMatch(page.html, /<dt>(Length|Made of)/, text);
    }
    keepRecording(server, 'odd', ADA, film, { username: '<script>x</script>', label: '"><b>', more: { of: 'us' }, tracks: [{ kind: 'video', codec: '<i>' }] });
    const page = await open('/recordings/odd/', 'root:rootpw');
    assert.doesNotMatch(page.html, /<script>x|<b>|<i>/);
    assert.ok(page.text.includes('Person <script>x</script>'));
  });

  test('files that overlap are one meeting, the newest meeting first', async () => {
    const at = (h, m) => `2026-05-01T${h}:${m}:00.000`;
    for (const [name, started, duration] of [
      [`${at(10, '00')}-ada.webm`, `${at(10, '00')}Z`, 600], [`${at(10, '05')}-bob.webm`, `${at(10, '05')}Z`, 600],
      [`${at(10, '12')}-eve.webm`, `${at(10, '12')}Z`, 60], [`${at(14, '00')}-ada.webm`, `${at(14, '00')}Z`, 5],
    ]) keepRecording(server, 'meet', name, film, { started, duration, username: /-(\w+)\.webm/.exec(name)[1] });
    const page = await open('/recordings/meet/', 'root:rootpw');
    const order = [...page.html.matchAll(/<h2><time datetime="([^"]+)"|<h3[^>]*><a[^>]*>([^<]+)</g)].map((m) => m[1] ?? m[2]);
    assert.deepEqual(order, [
      '2026-05-01T14:00:00Z', `${at(14, '00')}-ada.webm`,
      '2026-05-01T10:00:00Z', `${at(10, '00')}-ada.webm`, `${at(10, '05')}-bob.webm`, `${at(10, '12')}-eve.webm`,
    ]);
    assert.match(page.text, /3 recordings: ada, bob, eve/);
  });

  test('two hundred on a page, and no meeting divided', async () => {
    const at = (day) => `2026-05-${String(day).padStart(2, '0')}T10:00:00.000`;
    for (const [day, n] of [[1, 3], [2, 150], [3, 120], [4, 1]]) {
      for (let i = 0; i < n; i++) keepRecording(server, 'long', `${at(day)}-u${String(i).padStart(3, '0')}.webm`, 'x', { started: `${at(day)}Z`, duration: 60 });
    }
    const counts = (page) => [...page.html.matchAll(/<p class="muted">(\d+) recording/g)].map((m) => Number(m[1]));
    const first = await open('/recordings/long/', 'root:rootpw');
    assert.deepEqual(counts(first), [1, 120, 150]);
    assert.match(first.html, /href="\?page=1">Older/);
    assert.doesNotMatch(first.html, />Newer/);
    const second = await open('/recordings/long/?page=1', 'root:rootpw');
    assert.deepEqual(counts(second), [3]);
    assert.match(second.html, /href="\?page=0">Newer/);
    assert.doesNotMatch(second.html, />Older/);
    assert.deepEqual(counts(await open('/recordings/long/?page=9', 'root:rootpw')), []);
    for (const page of ['x', '-1', '99999999999999999999']) assert.equal((await open(`/recordings/long/?page=${page}`, 'root:rootpw')).status, 400);
  });

  test('posters: only of a recording that is there, only for those who may, and no way out', async () => {
    keepRecording(server, 'facts', ADA, film, about, poster);
    keepFile(server, 'facts/.about/alone.webm.png', poster);
    mkdirSync(path('facts/.about'), { recursive: true });
    keepFile(server, 'facts/linked.webm', film);
    symlinkSync(join(server.dir, 'data/config.json'), path('facts/.about/linked.webm.png'));
    for (const file of ['alone.webm.png', 'linked.webm.png', `${ADA}.json`, `${ADA}`, '.png', '..%2f..%2fhall%2fx.png', '%2e%2e.png', `..%2f${ADA}.png`]) {
      const r = await get(`/recordings/facts/.about/${file}`, 'root:rootpw');
      assert.equal(r.status, 404, file);
      assert.doesNotMatch(await r.text(), /rootpw/);
    }
    for (const who of [null, 'op:oo', 'ada:aa']) {
      for (const file of [`${ADA}.png`, 'none.png']) assert.equal((await get(`/recordings/facts/.about/${file}`, who)).status, 401);
    }
    rmSync(path('facts/.about/linked.webm.png'));
  });

  test('a download is called without colons', async () => {
    keepRecording(server, 'facts', ADA, film, about, poster);
    const page = await open('/recordings/facts/', 'root:rootpw');
    const link = [...page.html.matchAll(/href="([^"]+\?download)" download="([^"]+)"/g)].find((m) => m[1].includes('ada'));
    assert.equal(link[2], '2026-03-04T05-06-07.089-ada.webm');
    const r = await get(link[1], 'root:rootpw', { range: 'bytes=0-3' });
    assert.equal(r.status, 206);
    assert.equal(r.headers.get('content-disposition'), "attachment; filename*=UTF-8''2026-03-04T05-06-07.089-ada.webm");
    assert.equal(Buffer.from(await r.arrayBuffer()).toString('hex'), '1a45dfa3');
    assert.equal((await get(`/recordings/facts/${ADA}`, 'root:rootpw')).headers.get('content-disposition'), null);
  });
});

describe('files in progress', () => {
  test('one that is being written is listed as running: not played, not sent, not deleted', async (t) => {
    const name = `${ADA}.part`;
    const release = await holdLock(t, keepFile(server, `hall/${name}`, 'x'));
    const page = await open('/recordings/hall/');
    assert.match(page.text, new RegExp(`Running ${name}`));
    assert.doesNotMatch(page.html, /<video|\?download|value="delete"/);
    assert.equal((await get(`/recordings/hall/${name}`)).status, 409);
    assert.equal((await post('hall', { q: 'delete', filename: name })).status, 409);
    assert.ok(there('hall', name));
    await release();
    const later = await open('/recordings/hall/');
    assert.match(later.text, new RegExp(`being repaired ${name}`));
    assert.doesNotMatch(later.html, /<video|\?download/);
    assert.equal((await get(`/recordings/hall/${name}`)).status, 409);
    assert.equal((await post('hall', { q: 'delete', filename: name })).status, 303, 'nobody works on it');
    assert.ok(there('hall/.trash', name));
    assert.equal((await post('hall', { q: 'purge', filename: name })).status, 303);
  });

  test('one that was begun in this instant is running, before its lock is there', async () => {
    keepFile(server, `hall/${ADA}.part`, 'x', -3600);
    assert.match((await open('/recordings/hall/')).text, /Running/);
    rmSync(path('hall', `${ADA}.part`));
  });
});

describe('the trash', () => {
  const marker = () => path('hall/.trash', `${ADA}.deleted`);

  test('what is deleted waits there with all that belongs to it, and comes back whole', async () => {
    keepRecording(server, 'hall', ADA, film, about, poster);
    const began = Date.now();
    assert.equal((await post('hall', { q: 'delete', filename: ADA })).status, 303);
    assert.deepEqual(readdirSync(path('hall')).sort(), ['.about', '.trash']);
    assert.deepEqual(readdirSync(path('hall/.about')), []);
    assert.deepEqual(readdirSync(path('hall/.trash')).sort(), ['.about', ADA, `${ADA}.deleted`]);
    assert.deepEqual(readdirSync(path('hall/.trash/.about')).sort(), [`${ADA}.json`, `${ADA}.png`]);
    assert.ok(Math.abs(statSync(marker()).mtimeMs - began) < 60e3, 'its time is that of the deletion');
    for (const folder of ['hall/.trash', 'hall/.trash/.about']) assert.equal((statSync(path(folder)).mode & 0o7777).toString(8), '2770', folder);
    assert.equal((await get(`/recordings/hall/${ADA}`)).status, 404);
    for (const url of [`.trash/${ADA}`, `.trash/${ADA}.deleted`, `.trash/.about/${ADA}.png`, '.trash/', '.about/']) {
      assert.equal((await get(`/recordings/hall/${url}`, 'root:rootpw')).status, 404, url);
    }
    const page = await open('/recordings/hall/');
    assert.match(page.text, /Deleted \(1\)/);
    assert.doesNotMatch(page.html, /<video/);
    const form = page.forms().find((f) => f.fields.get('filename') === ADA);
    assert.equal((await post('hall', [...form.fill({ q: 'restore' }).fields])).status, 303);
    assert.deepEqual(readdirSync(path('hall')).sort(), ['.about', '.trash', ADA]);
    assert.deepEqual(readdirSync(path('hall/.about')).sort(), [`${ADA}.json`, `${ADA}.png`]);
    assert.deepEqual(readdirSync(path('hall/.trash')), ['.about']);
    assert.deepEqual(readFileSync(path('hall', ADA)), film);
    assert.doesNotMatch((await open('/recordings/hall/')).text, /Deleted \(/);
  });

  test('for good', async () => {
    keepRecording(server, 'hall', ADA, film, about, poster);
    assert.equal((await post('hall', { q: 'purge', filename: ADA })).status, 404, 'only from the trash');
    assert.ok(there('hall', ADA));
    await post('hall', { q: 'delete', filename: ADA });
    assert.equal((await post('hall', { q: 'purge', filename: ADA })).status, 303);
    assert.deepEqual(readdirSync(path('hall'), { recursive: true }).sort(), ['.about', '.trash', '.trash/.about']);
    const rows = query(server, "SELECT action, object, actor_name FROM audit WHERE object_kind = 'recording' ORDER BY id DESC LIMIT 2");
    assert.deepEqual(rows.map((r) => r.action), ['recording.purge', 'recording.delete']);
    assert.ok(rows.every((r) => r.object === `hall/${ADA}` && r.actor_name === 'op'));
  });

  test('stays for thirty days and is gone then, with all that belongs to it', async () => {
    const [kept, gone] = [ADA, BOB];
    for (const name of [kept, gone]) {
      keepRecording(server, 'thirty', name, film, about, poster);
      assert.equal((await post('thirty', { q: 'delete', filename: name }, 'root:rootpw')).status, 303);
    }
    for (const [name, days] of [[kept, 29], [gone, 31]]) {
      const when = new Date(Date.now() - days * 86400e3);
      utimesSync(path('thirty/.trash', `${name}.deleted`), when, when);
    }
    assert.match((await open('/recordings/thirty/', 'root:rootpw')).text, /Deleted \(2\)/);
    const tend = spawnSync(join(build, 'recording/nereid-recording'), ['tend', path()], { encoding: 'utf8' });
    assert.equal(tend.status, 0, tend.stderr);
    assert.deepEqual(readdirSync(path('thirty/.trash'), { recursive: true }).sort(), ['.about', `.about/${kept}.json`, `.about/${kept}.png`, kept, `${kept}.deleted`]);
    assert.match((await open('/recordings/thirty/', 'root:rootpw')).text, /Deleted \(1\)/);
  });

  test('nothing is written over: neither in the trash nor on the way back', async () => {
    keepRecording(server, 'hall', ADA, 'first');
    await post('hall', { q: 'delete', filename: ADA });
    keepRecording(server, 'hall', ADA, 'second');
    assert.equal((await post('hall', { q: 'delete', filename: ADA })).status, 409);
    assert.equal((await post('hall', { q: 'restore', filename: ADA })).status, 409);
    assert.equal(readFileSync(path('hall', ADA), 'utf8'), 'second');
    assert.equal(readFileSync(path('hall/.trash', ADA), 'utf8'), 'first');
    assert.ok(existsSync(marker()));
    rmSync(path('hall', ADA));
    assert.equal((await post('hall', { q: 'restore', filename: ADA })).status, 303);
    assert.equal(readFileSync(path('hall', ADA), 'utf8'), 'first');
    rmSync(path('hall', ADA));
  });

  test('a trash that is a link leads nowhere, and names lead nowhere else', async () => {
    keepRecording(server, 'other', ADA, film);
    symlinkSync(join(server.dir, 'data'), path('other/.trash'));
    assert.ok([403, 409, 500, 503].includes((await post('other', { q: 'delete', filename: ADA }, 'op:xx')).status));
    assert.ok(there('other', ADA));
    assert.equal((await post('other', { q: 'purge', filename: 'config.json' }, 'op:xx')).status, 404);
    assert.equal((await post('other', { q: 'restore', filename: 'config.json' }, 'op:xx')).status, 404);
    assert.ok(existsSync(join(server.dir, 'data/config.json')));
    rmSync(path('other/.trash'));
    await post('other', { q: 'delete', filename: ADA }, 'op:xx');
    keepFile(server, 'other/.trash/.about/x', '');
    for (const q of ['restore', 'purge', 'delete']) {
      for (const filename of ['.about', '.about/x', '../.trash', `${ADA}.deleted`, '../../hall/.trash', '..', '']) {
        assert.equal((await post('other', { q, filename }, 'op:xx')).status, 400, `${q} ${filename}`);
      }
    }
    assert.ok(there('other/.trash', ADA) && there('other/.trash', `${ADA}.deleted`));
  });
});

describe('people of the console', () => {
  const signIn = async (...who) => {
    const b = new Browser(server);
    await b.signIn(...who);
    return b;
  };

  test('a server administrator sees, plays and deletes with the session alone', async () => {
    keepRecording(server, 'hall', ADA, film, about, poster);
    const b = await signIn();
    const page = await b.open('/recordings/hall/');
    assert.equal(page.status, 200);
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.equal((await b.request(`/recordings/hall/${ADA}`, { headers: { range: 'bytes=0-9' } })).status, 206);
    assert.equal((await b.request(`/recordings/hall/.about/${ADA}.png`)).status, 200);
    assert.equal((await b.request('/recordings/none/')).status, 404);
    const form = page.forms().find((f) => f.fields.get('filename') === ADA).fill({ q: 'delete' });
    const done = await b.send(form);
    assert.equal(done.status, 303, done.text);
    assert.ok(there('hall/.trash', ADA));
    const [row] = query(server, "SELECT actor_kind, actor_name FROM audit WHERE action = 'recording.delete' ORDER BY id DESC LIMIT 1");
    assert.deepEqual({ ...row }, { actor_kind: 'console', actor_name: 'root' });
  });

  test('their forms carry the token of the session, or nothing happens', async () => {
    const b = await signIn();
    keepRecording(server, 'guarded', ADA, film);
    const page = await b.open('/recordings/guarded/');
    for (const csrf of [null, 'x', '0'.repeat(64)]) {
      const form = page.forms().find((f) => f.fields.get('filename') === ADA).fill({ q: 'delete', csrf });
      assert.equal((await b.send(form)).status, 403, String(csrf));
    }
    const form = page.forms().find((f) => f.fields.get('filename') === ADA).fill({ q: 'delete' });
    assert.equal((await b.send(form, { origin: 'https://evil.example.org' })).status, 403);
    assert.ok(there('guarded', ADA));
  });

  test('nobody, a signed-out person and an administrator of another group are asked for a password first', async () => {
    keepRecording(server, 'hall', 'x.webm', film);
    const out = await signIn();
    const page = await out.open('/admin/');
    await out.submit(page.form('/admin/logout'));
    for (const b of [new Browser(server), out]) {
      for (const url of ['/recordings/hall/', '/recordings/none/', '/recordings/hall/x.webm', '/recordings/hall/none.webm', '/recordings/hall/.about/x.webm.png']) {
        const r = await b.request(url);
        assert.equal(r.status, 401, url);
        assert.match(r.headers.get('www-authenticate'), /^Basic realm="recordings\//);
      }
    }
    assert.equal((await get('/recordings/hall/', 'ada:aa')).status, 401);
  });
});

describe('one film of a meeting', () => {
  const at = (s, who) => `2026-06-01T10:00:0${s}.000-${who}.webm`;
  const started = (s) => `2026-06-01T10:00:0${s}.000Z`;
  const forms = (page) => page.forms().filter((f) => f.fields.get('q') === 'film');
  const films = async () => (await open('/recordings/hall/film/', 'root:rootpw')).html.match(/Film of the meeting/g)?.length ?? 0;
  const ask = (fields) => post('hall/film', { q: 'film', ...fields }, 'root:rootpw', { origin: server.base });

  before(() => {
    for (const [s, who] of [[0, 'ada'], [1, 'bob']]) {
      makeRecording(join(work, `${who}.webm`), 3, '-metadata', `creation_time=${started(s)}`, '-metadata', `artist=${who}`);
      keepRecording(server, 'hall/film', at(s, who), readFileSync(join(work, `${who}.webm`)), { started: started(s), duration: 3, username: who, label: 'camera' });
    }
    keepRecording(server, 'hall/film', '2026-06-02T10:00:00.000-eve.webm', 'x', { duration: 5 });
  });

  test('is offered for several recordings at once, made on demand, and is a recording itself', async () => {
    const page = await open('/recordings/hall/film/', 'root:rootpw');
    assert.deepEqual(forms(page).map((f) => f.fields.get('start')), ['2026-06-01T10:00:00.000']);
    const asked = await ask(Object.fromEntries(forms(page)[0].fields));
    assert.equal(asked.status, 303);
    assert.equal(asked.headers.get('location'), '/recordings/hall/film/?film=2026-06-01T10%3A00%3A00.000');
    let seen = 0;
    await eventually(async () => {
      const r = await get(asked.headers.get('location'), 'root:rootpw');
      const text = await r.text();
      if (r.status === 200) {
        assert.equal(r.headers.get('refresh'), '20', text);
        assert.match(text, /<a [^>]*href="\/recordings\/hall\/film\/\?film=2026-06-01T10%3A00%3A00\.000">Refresh<\/a>/);
        assert.match(text, /<progress [^>]*max="100" value="\d+"/);
        seen++;
      }
      assert.equal(r.status, 303, text);
      assert.equal(r.headers.get('location'), '/recordings/hall/film/');
    }, 120000);
    assert.ok(seen > 0, 'its progress was shown');
    const after = await open('/recordings/hall/film/', 'root:rootpw');
    assert.equal(await films(), 1);
    assert.equal(forms(after).length, 0, 'there is one already');
    assert.match(after.text, /3 recordings: /);
    const name = readdirSync(path('hall/film')).find((n) => n.endsWith('-film.webm'));
    const duration = Number(probe(path('hall/film', name)).format.duration);
    assert.ok(Math.abs(duration - 4) < 0.5, `it lasts ${duration}`);
    const [row] = query(server, "SELECT object, result FROM audit WHERE action = 'recording.film' ORDER BY id LIMIT 1");
    assert.deepEqual({ ...row }, { object: 'hall/film/2026-06-01T10:00:00.000', result: 'ok' });
  });

  test('what cannot be made is told', async () => {
    assert.equal((await ask({})).status, 400);
    assert.equal((await ask({ start: '../x' })).status, 400);
    assert.equal((await ask({ start: '2020-01-01T00:00:00.000' })).status, 303);
    await eventually(async () => {
      const page = await open('/recordings/hall/film/?film=2020-01-01T00:00:00.000', 'root:rootpw');
      assert.match(page.text, /The film was not made: .*no recording/);
      assert.equal(page.headers.get('refresh'), null);
    }, 60000);
    assert.equal((await post('hall/film', { q: 'film', start: '2026-06-01T10:00:00.000' }, 'op:oo')).status, 401);
    assert.equal((await get('/recordings/hall/film/?film=x&film=y', 'root:rootpw')).status, 400);
    assert.equal((await get('/recordings/hall/film/?film=never', 'root:rootpw')).headers.get('location'), '/recordings/hall/film/');
  });

  test('is not offered while a recording of the meeting is running', async (t) => {
    rmSync(path('hall/film', readdirSync(path('hall/film')).find((n) => n.endsWith('-film.webm'))));
    assert.equal(forms(await open('/recordings/hall/film/', 'root:rootpw')).length, 1);
    const release = await holdLock(t, path('hall/film', at(1, 'bob')));
    assert.equal(forms(await open('/recordings/hall/film/', 'root:rootpw')).length, 0);
    await release();
  });

  test('is not offered while mediad does not answer; all else is there', async () => {
    const pid = server.pidOf('mediad');
    process.kill(pid, 'SIGSTOP');
    try {
      const page = await open('/recordings/hall/film/', 'root:rootpw');
      assert.equal(page.status, 200);
      assert.equal(forms(page).length, 0);
      assert.match(page.html, /<video/);
      assert.equal((await ask({ start: '2026-06-01T10:00:00.000' })).status, 503);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});

describe('programs', () => {
  test('the API lists what is known, and deletes into the trash, for administrators of the group alone', async () => {
    keepRecording(server, 'listed', ADA, film, about, poster);
    keepRecording(server, 'listed', BOB, 'x');
    const list = await (await server.api('.groups/listed/.recordings/')).json();
    assert.deepEqual(list.map((r) => r.name), [BOB, ADA]);
    assert.deepEqual(list[1], { name: ADA, size: film.length, state: 'done', ...about, started: '2026-03-04T05:06:07.089Z' });
    assert.equal(list[0].username, 'bob/x');
    assert.deepEqual(await (await server.api('.groups/listed/.recordings/', { auth: 'op:oo' })).status, 401);
    keepRecording(server, 'hall', 'api.webm', film);
    for (const auth of ['op:oo', 'ada:aa', null]) {
      assert.equal((await server.api('.groups/hall/.recordings/', { auth })).status, 401);
      assert.equal((await server.api('.groups/hall/.recordings/api.webm', { method: 'DELETE', auth })).status, 401);
    }
    assert.equal((await server.api('.groups/listed/.recordings/..%2fhall%2fapi.webm', { method: 'DELETE' })).status, 404);
    assert.equal((await server.api('.groups/listed/.recordings/.about', { method: 'DELETE' })).status, 404);
    assert.equal((await server.api(`.groups/listed/.recordings/${ADA}`, { method: 'DELETE' })).status, 204);
    assert.ok(there('listed/.trash', ADA) && there('listed/.trash', `${ADA}.deleted`) && there('listed/.trash/.about', `${ADA}.png`));
    const [row] = query(server, "SELECT actor_kind, object FROM audit WHERE action = 'recording.delete' ORDER BY id DESC LIMIT 1");
    assert.deepEqual({ ...row }, { actor_kind: 'api', object: `listed/${ADA}` });
  });
});
