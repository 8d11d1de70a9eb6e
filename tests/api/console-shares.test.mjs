// Links to recordings for people without an account: made, played, asked a password for, ended; and notes on recordings.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from '../lib/console.mjs';
import { holdLock, keepRecording } from '../lib/recordings.mjs';
import { eventually, startServer } from '../lib/server.mjs';
import { change, query } from '../lib/store.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
/** @type {Browser} */
let b;
const content = 'a film, or nearly';
const own = (name, group = 'hall') => `/admin/groups/${group}/.recordings/${encodeURIComponent(name)}`;
const linkOf = (page) => new URL(/id="link" href="([^"]+)"/.exec(page.html)[1]).pathname;
const isForm = (action) => (f) => f.fields.has(action);
/** Makes a link; its card. */
const share = async (name, values = {}, group = 'hall') => b.submit((await b.open(own(name, group))).forms().find(isForm('lasts')).fill({ action: 'share', ...values }));
const names = { film: '2026-05-01T10:00:00.000-ada.webm', other: '2026-05-02T10:00:00.000-bob.webm' };

before(async () => {
  server = await startServer({ groups: { hall: { 'allow-recording': true }, away: {} } });
  keepRecording(server, 'hall', names.film, content, { duration: 61, username: 'ada' }, 'a picture');
  keepRecording(server, 'hall', names.other, 'x');
  b = new Browser(server);
  await b.signIn();
});
after(() => server?.stop());

describe('a link', () => {
  test('is made on the recording, plays in parts, is counted, and ends', async () => {
    const row = await b.open('/admin/recordings?group=hall');
    assert.ok(row.html.includes(`href="${own(names.film)}"`), 'the list leads there');
    const card = await share(names.film, { label: 'for the board', lasts: '3d' });
    assert.match(card.text, /The link is ready.*for the board.*Password None.*Played or downloaded 0/);
    assert.match(card.html, /class="qr-code"/);
    const link = linkOf(card);
    assert.match(link, /^\/shared\/\d+-[0-9a-f]{32}$/);
    const [made] = query(server, 'SELECT expires_at - made_at AS life, pw_hash FROM shares');
    assert.deepEqual([made.life, made.pw_hash], [3 * 86400e6, '']);
    assert.match((await b.open('/admin/recordings?group=hall')).text, /1 open link/);

    const visitor = new Browser(server);
    const page = await visitor.request(link, { headers: { 'accept-language': 'de' } });
    assert.equal(page.status, 200);
    assert.match(page.text, /Eine Aufnahme für Sie.*ada.*1:01/);
    assert.doesNotMatch(page.text, /root|hall|Abmelden/);
    assert.equal(page.headers.get('x-robots-tag'), 'noindex, nofollow');
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.equal(page.headers.getSetCookie().filter((c) => !c.includes('lang=')).length, 0);
    const [, source] = /<video [^>]*src="([^"]+)" [^>]*poster="([^"]+)"/.exec(page.html);
    const poster = await visitor.request(`${link}/poster`);
    assert.equal(poster.headers.get('content-type'), 'image/png');
    const part = await visitor.request(source, { headers: { range: 'bytes=2-5' } });
    assert.deepEqual([part.status, part.html], [206, content.slice(2, 6)]);
    assert.match(part.headers.get('x-robots-tag'), /noindex/);
    assert.equal((await visitor.request(source, { headers: { range: 'bytes=99-' } })).status, 416);
    const whole = await visitor.request(`${source}?download`);
    assert.equal(whole.html, content);
    assert.match(whole.headers.get('content-disposition'), /^attachment; filename\*=UTF-8''2026-05-01T10-00-00\.000-ada\.webm$/);
    await visitor.request(source, { headers: { range: 'bytes=0-' } });
    assert.match((await b.open(card.path)).text, /Played or downloaded 2/);

    const ended = await b.submit((await b.open(card.path)).forms().find((f) => f.action === card.path && !f.fields.has('lasts')).fill({ action: 'end' }));
    assert.match(ended.text, /The link has ended/);
    for (const path of [link, source, `${link}/poster`]) assert.equal((await visitor.request(path)).status, 410, path);
    assert.match((await visitor.request(link)).text, /The link has ended, or the recording was deleted/);
    const rows = query(server, "SELECT action, actor_name FROM audit WHERE object = ? AND action LIKE '%share%' ORDER BY id", `hall/${names.film}`);
    assert.deepEqual(rows.map((r) => `${r.action} ${r.actor_name}`), ['recording.share root', 'recording.unshare root']);
  });

  test('of a recording that is deleted, or gone, says 410; brought back, it plays again', async () => {
    const name = '2026-05-03T10:00:00.000.webm';
    keepRecording(server, 'hall', name, 'x');
    const card = await share(name);
    const link = linkOf(card);
    const visitor = new Browser(server);
    const q = async (word) => {
      const page = await b.open('/admin/recordings?group=hall');
      await b.submit(page.forms().find((f) => f.fields.get('filename') === name).fill({ q: word }));
    };
    await q('delete');
    for (const path of [link, `${link}/recording`]) assert.equal((await visitor.request(path)).status, 410, path);
    await q('restore');
    assert.equal((await visitor.request(link)).status, 200);
    await q('delete');
    await q('purge');
    assert.equal((await visitor.request(link)).status, 410);
    assert.equal((await b.request(own(name))).status, 404);
  });

  test('follows its recording when the group is renamed, and ends by the clock', async () => {
    const name = '2026-05-04T10:00:00.000.webm';
    keepRecording(server, 'away', name, 'moved');
    const link = linkOf(await share(name, { lasts: '1h' }, 'away'));
    await b.submit((await b.open('/admin/groups/away/.rename')).form('/admin/groups/away/.rename').fill({ name: 'elsewhere' }));
    const visitor = new Browser(server);
    await eventually(async () => assert.equal((await visitor.request(`${link}/recording`)).html, 'moved'));
    change(server, "UPDATE shares SET expires_at = made_at + 1 WHERE group_name = 'elsewhere'");
    assert.equal((await visitor.request(link)).status, 410);
  });

  test('opens for nobody who guesses it, or has it of another database', async () => {
    const link = linkOf(await share(names.other));
    const [, id, mac] = /(\d+)-(\w+)$/.exec(link);
    const visitor = new Browser(server);
    const wrong = mac.replace(/^./, (c) => (c === '0' ? '1' : '0'));
    for (const token of [`${id}-${wrong}`, `${Number(id) + 1}-${mac}`, `0${id}-${mac}`, id, `${id}-`, `-${mac}`, `${id}-${mac}0`, '%00', '99999999999999999999-x', 'x'.repeat(5000)]) {
      for (const below of ['', '/recording', '/poster']) {
        assert.ok([400, 404].includes((await visitor.request(`/shared/${token}${below}`)).status), token + below);
      }
    }
    assert.equal((await visitor.request(`/shared/${id}-${mac}/other`)).status, 404);
    change(server, 'UPDATE shares SET made_at = made_at + 1 WHERE id = ?', Number(id));
    assert.equal((await visitor.request(link)).status, 404, 'the number of a row that was made again');
    assert.doesNotMatch(server.log, new RegExp(mac));
  });
});

describe('a password', () => {
  test('is asked for, counted when it is wrong, and opens this link alone', async () => {
    const card = await share(names.film, { password: 'ducks on a pond' });
    assert.match(card.text, /Password Asked for/);
    const [row] = query(server, "SELECT pw_hash FROM shares WHERE pw_hash <> ''");
    assert.match(row.pw_hash, /^scrypt\$/);
    const link = linkOf(card);
    const visitor = new Browser(server);
    const asked = await visitor.open(link);
    assert.match(asked.text, /It asks for a password/);
    assert.doesNotMatch(asked.text, /\bada\b/);
    assert.doesNotMatch(asked.html, /<video/);
    for (const path of [`${link}/recording`, `${link}/poster`]) assert.equal((await visitor.request(path)).status, 403, path);
    const wrong = await visitor.submit(asked.form(link).fill({ password: 'swans on a pond' }));
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /not the password/);
    assert.equal((await visitor.send(asked.form(link).fill({ password: 'ducks on a pond', csrf: 'x' }))).status, 403);
    const right = await visitor.submit(asked.form(link).fill({ password: 'ducks on a pond' }));
    assert.match(right.html, /<video/);
    assert.equal((await visitor.request(`${link}/recording`)).html, content);
    const other = linkOf(await share(names.film, { password: 'ducks on a pond' }));
    assert.equal((await visitor.request(`${other}/recording`)).status, 403);
    const [proof] = [...visitor.cookies].filter(([n]) => n.includes('share-'));
    const forger = new Browser(server);
    forger.cookies.set(proof[0], proof[1].replace(/^\d/, (c) => String((Number(c) + 1) % 10)));
    assert.equal((await forger.request(`${link}/recording`)).status, 403);

    const changed = await b.submit((await b.open(card.path)).form(card.path).fill({ password: 'geese on a pond' }));
    assert.match(changed.text, /Saved/);
    assert.equal((await visitor.request(`${link}/recording`)).status, 403, 'what one gave before counts no more');
    await b.submit((await b.open(card.path)).form(card.path).fill({ open: 'on' }));
    assert.equal((await new Browser(server).request(`${link}/recording`)).status, 200);
  });

  test('cannot be tried for ever', async () => {
    const link = linkOf(await share(names.film, { password: 'ducks on a pond' }));
    const visitor = new Browser(server);
    const asked = await visitor.open(link);
    change(server, 'DELETE FROM throttle');
    assert.equal((await visitor.send(asked.form(link).fill({ password: 'swans on a pond' }))).status, 422);
    assert.deepEqual(query(server, 'SELECT kind FROM throttle WHERE failures = 1 ORDER BY kind').map((r) => r.kind), ['console-account', 'console-address', 'server']);
    // As after many more.
    change(server, "UPDATE throttle SET blocked_until = ? WHERE kind = 'console-account'", (Date.now() + 60000) * 1000);
    const answer = await visitor.send(asked.form(link).fill({ password: 'ducks on a pond' }));
    assert.equal(answer.status, 429);
    assert.match(answer.text, /too many/i);
    change(server, 'DELETE FROM throttle');
  });
});

describe('what is wrong', () => {
  test('in a form is said beside its field', async () => {
    for (const [values, words] of [[{ lasts: '8d' }, /seven days at most/], [{ lasts: '' }, /seven days at most/], [{ password: 'short' }, /between 8 and 200/], [{ label: 'x'.repeat(201) }, /at most 200/]]) {
      const bad = await share(names.film, values);
      assert.equal(bad.status, 422, JSON.stringify(values));
      assert.match(bad.text, words);
      assert.ok(!bad.html.includes('value="short"'), 'a password comes back');
    }
    assert.equal((await b.request(own('none.webm'))).status, 404);
    const card = await share(names.film);
    assert.equal((await b.request(card.path.replace(encodeURIComponent(names.film), encodeURIComponent(names.other)))).status, 404);
  });

  test('nothing is shared that is still written', async (t) => {
    const name = '2026-05-09T10:00:00.000.webm';
    const file = keepRecording(server, 'hall', name, 'x');
    const page = await b.open(own(name));
    await holdLock(t, file);
    assert.match((await b.open(own(name))).text, /when the recording is finished/);
    const bad = await b.submit(page.forms().find(isForm('lasts')).fill({ action: 'share' }));
    assert.equal(bad.status, 422);
    assert.match(bad.text, /not finished yet/);
  });

  test('nobody makes or sees links without the right', async () => {
    const card = await share(names.film);
    const nobody = new Browser(server);
    for (const path of [own(names.film), card.path]) assert.match((await nobody.request(path)).headers.get('location') ?? '', /^\/admin\/login/);
  });
});

test('a note stays with its recording, in the trash and out', async () => {
  const folder = join(server.dir, 'recordings/hall');
  const save = async (note) => b.submit((await b.open(own(names.film))).forms().find(isForm('note')).fill({ action: 'note', note }));
  assert.match((await save('What was decided:\nnothing <b>at all</b>')).text, /The note was saved.*nothing <b>at all<\/b>/);
  assert.match((await b.open('/admin/recordings?group=hall')).text, /Note What was decided: nothing <b>at all<\/b>/);
  assert.equal(readFileSync(join(folder, '.about', `${names.film}.txt`), 'utf8'), 'What was decided:\nnothing <b>at all</b>');
  for (const q of ['delete', 'restore']) {
    const page = await b.open('/admin/recordings?group=hall');
    await b.submit(page.forms().find((f) => f.fields.get('filename') === names.film).fill({ q }));
    assert.equal(existsSync(join(folder, '.about', `${names.film}.txt`)), q === 'restore', q);
  }
  assert.equal((await save('x'.repeat(2001))).status, 422);
  await save('');
  assert.deepEqual(readdirSync(join(folder, '.about')).filter((f) => f.endsWith('.txt')), []);
  assert.equal(query(server, "SELECT count(*) n FROM audit WHERE action = 'recording.note'")[0].n, 2);
});
