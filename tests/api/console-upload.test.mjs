// Files that are sent to the page of backups: a backup of ours is put back, an archive of another server is taken in; what is
// damaged, hostile or not for this person changes nothing.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, gunzipSync, gzipSync } from 'node:zlib';
import { Browser, finishedJob, makeAccount, sendFile, uploadFields } from '../lib/console.mjs';
import { eventually, openDirectory, startServer } from '../lib/server.mjs';
import { change, query } from '../lib/store.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
/** @type {Browser} */
let b;
let place;

before(async () => {
  place = openDirectory();
  server = await startServer({ groups: { seminar: { description: 'then' }, 'team/daily': { public: true }, same: { description: 'same' } } });
  b = new Browser(server);
  await b.signIn();
});
after(async () => {
  await server?.stop();
  rmSync(place, { recursive: true, force: true });
});

const files = () => Object.fromEntries(readdirSync(server.dir, { recursive: true }).map(String)
  .filter((f) => /^(groups\/.*\.json|data\/(config|ice-servers|mediad)\.json|data\/var\/tokens\.jsonl)$/.test(f)).sort()
  .map((f) => [f, readFileSync(join(server.dir, f), 'utf8')]));
const left = () => { try { return readdirSync(join(server.dir, 'data/uploads')); } catch { return []; } };

const upload = async (bytes) => b.follow(await sendFile(b, bytes));
const makeBackup = async (values) => {
  const done = await finishedJob(b, (await b.submit((await b.open('/admin/backup')).form('/admin/backup').fill({ action: 'make', ...values }))).path);
  const [name] = /nereid-[\w-]+\.tar\.gz(\.age)?/.exec(done.text);
  return readFileSync(join(server.dir, 'data/backups', name));
};
/** A tar of a tree that `put` filled. */
const tarOf = (name, put) => {
  const root = join(place, name);
  mkdirSync(join(root, 'groups'), { recursive: true });
  mkdirSync(join(root, 'data'), { recursive: true });
  put(root);
  const r = spawnSync('tar', ['cz', '-C', root, 'groups', 'data'], { maxBuffer: 1 << 28 });
  assert.equal(r.status, 0, r.stderr.toString());
  return r.stdout;
};
/** Gives a member's head in a tar another size, and the sum that belongs to it. */
const tarHead = (head, size) => {
  head.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  head.fill(' ', 148, 156);
  head.write(`${[...head].reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return head;
};
/** A zip without compression. */
const zipOf = (members) => {
  const parts = [];
  const list = [];
  let at = 0;
  for (const [name, text] of Object.entries(members)) {
    const n = Buffer.from(name);
    const data = Buffer.from(text);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE(n.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), head, n, data);
    const row = Buffer.alloc(14);
    row.writeUInt32LE(at, 10);
    list.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), head, row, n);
    at += 30 + n.length + data.length;
  }
  const index = Buffer.concat(list);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(members).length, 4);
  end.writeUInt16LE(Object.keys(members).length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, index, Buffer.from('PK\x05\x06', 'latin1'), end]);
};

test('a backup is taken away, sent again to a changed server, and everything is as it was, file by file', async () => {
  const then = files();
  const backup = await makeBackup({ scope: 'everything' });
  await server.api('.groups/seminar', { method: 'PUT', json: { description: 'spoilt' } });
  await server.api('.groups/newcomer', { method: 'PUT', json: {} });
  rmSync(join(server.dir, 'data/backups'), { recursive: true });
  const look = await upload(backup);
  assert.match(look.path, /^\/admin\/backup\/uploaded-\d{8}-\d{6}\.tar\.gz\/restore$/);
  assert.match(look.text, /Groups that change: 1 seminar.*Groups that go when everything is put back: 1 newcomer/);
  assert.match((await b.open('/admin/backup')).text, /uploaded-\S+ Sent here/);
  assert.deepEqual(left(), [], 'nothing is left of how it came');
  const job = await b.submit(look.form(look.path).fill({ action: 'restore', scope: 'everything', server: 'localhost' }));
  await eventually(() => assert.deepEqual(files(), then), 60000);
  await eventually(async () => { await b.signIn(); }, 30000);
  const done = await finishedJob(b, job.path);
  assert.match(done.text, /Done\. The backup is in place.*What was there: before-restore-/);
  assert.match((await b.open('/admin/jobs')).text, /Everything from a backup .* Done The backup is in place/);
});

test('a sealed one asks for its passphrase; a wrong one, and what was cut off, change nothing', async () => {
  const passphrase = 'eight characters';
  const sealed = await makeBackup({ scope: 'everything', passphrase });
  const now = files();
  const look = await upload(sealed);
  assert.match(look.path, /\.tar\.gz\.age\/restore$/);
  assert.match((await b.submit(look.form(look.path).fill({ action: 'look', passphrase: 'nine characters' }))).text, /the passphrase is wrong/);
  const order = async (page, values) => finishedJob(b, (await b.submit(page.form(page.path).fill({ action: 'restore', server: 'localhost', ...values }))).path);
  assert.match((await order(await b.open(look.path), { scope: 'groups', passphrase: 'nine characters' })).text, /It failed: .*the passphrase is wrong/);
  const cut = await upload(sealed.subarray(0, sealed.length - 100));
  const failed = await order(cut, { scope: 'everything', passphrase });
  assert.match(failed.text, /It failed: /);
  assert.doesNotMatch(failed.text, /What was there/);
  assert.deepEqual(files(), now);
});

test('what is no backup, a newer one, hostile or too big is refused with its reason, and changes nothing', async () => {
  const now = files();
  const backup = await makeBackup({ scope: 'groups' });
  const withList = (edit) => {
    const tar = gunzipSync(backup);
    const size = parseInt(tar.toString('latin1', 124, 135), 8);
    const list = JSON.parse(tar.toString('utf8', 512, 512 + size));
    edit(list);
    const text = Buffer.from(JSON.stringify(list));
    const head = tarHead(Buffer.from(tar.subarray(0, 512)), text.length);
    const pad = Buffer.alloc((512 - text.length % 512) % 512);
    return gzipSync(Buffer.concat([head, text, pad, tar.subarray(512 + Math.ceil(size / 512) * 512)]));
  };
  for (const [what, bytes, words] of [
    ['nothing', Buffer.alloc(0), /choose a file/],
    ['newer', withList((m) => { m.nereidBackup = 2; }), /made by a newer version/],
    ['a path outside', withList((m) => { m.files[0].path = '../outside.json'; }), /does not belong into a backup/],
  ]) {
    const page = await sendFile(b, bytes);
    assert.equal(page.status, 422, what);
    assert.match(page.text, words, what);
    assert.match(page.html, /aria-describedby="file-error"/);
  }
  // A tar whose one member says that it is bigger than what may be passed over.
  const bomb = gunzipSync(tarOf('bomb', (root) => { rmSync(join(root, 'groups'), { recursive: true }); mkdirSync(join(root, 'groups')); }));
  const head = bomb.subarray(0, 512);
  head.write(`groups.bin${'\0'.repeat(90)}0000600`, 0, 'latin1');
  head.write('0', 156, 'latin1');
  tarHead(head, 1.1 * 2 ** 30 | 0);
  for (const [what, bytes, words] of [
    ['noise', Buffer.alloc(3 << 20, 'no archive at all'), /the archive is damaged, or is none/],
    ['a tar that was cut off', tarOf('cut', (root) => { writeFileSync(join(root, 'groups/cut.json'), JSON.stringify({ description: 'x'.repeat(90000) })); }).subarray(0, 300), /damaged|cut short/],
    ['only links', tarOf('links', (root) => { symlinkSync('/etc/passwd', join(root, 'groups/passwd.json')); }), /no groups and no settings/],
    ['too big when unpacked', gzipSync(bomb), /too big when unpacked/],
  ]) {
    const page = await upload(bytes);
    assert.ok(page.status >= 400 && page.status < 500, `${what}: ${page.status} ${page.text}`);
    assert.match(page.text, words, what);
  }
  assert.deepEqual(files(), now);
});

describe('an archive of another server', () => {
  for (const kind of ['tar.gz', 'zip']) {
    test(`${kind}: its report, and what is ticked alone is taken in`, async () => {
      const members = {
        [`galene/groups/${kind}.json`]: '{"description": "theirs"}', 'galene/groups/seminar.json': `{"description": "of a ${kind}"}`,
        'galene/groups/same.json': readFileSync(server.groupFile('same'), 'utf8'), 'galene/groups/bad.json': '{', 'galene/groups/../../out.json': '{}', 'galene/data/key.pem': 'secret',
      };
      const bytes = kind === 'zip' ? zipOf(members) : tarOf('theirs', (root) => {
        for (const [n, text] of Object.entries(members)) if (!n.includes('..')) writeFileSync(join(root, n.replace('galene/', '')), text);
        symlinkSync('/etc/passwd', join(root, 'groups/link.json'));
      });
      const before = files();
      const report = await upload(bytes);
      assert.match(report.path, /^\/admin\/import\/\d+\.archive$/);
      assert.match(report.text, /new here: 1\. That differ: 1\. As they are here already: 1\. That cannot be taken: [12]\./);
      assert.match(report.text, /What cannot be taken .*bad/);
      assert.deepEqual(files(), before);
      assert.deepEqual(left().filter((f) => f.startsWith('.')), []);
      const empty = await b.submit(report.form(report.path));
      assert.equal(empty.status, 422);
      assert.match(empty.text, /Tick what is to be taken in/);
      assert.equal((await b.send(report.form(report.path).fill({ pick: ['../x'], form: '' }))).status, 422);
      const done = await finishedJob(b, (await b.submit(empty.form(report.path).fill({ scope: 'named', pick: ['groups/seminar.json'] }))).path);
      assert.match(done.text, /Done\. 1 of 1 files were taken in, 0 refused.*What was there: before-import-/);
      assert.deepEqual(files(), { ...before, 'groups/seminar.json': members['galene/groups/seminar.json'] });
      assert.equal((await b.request(report.path)).status, 404, 'what was used is gone');
      const again = await upload(bytes);
      await finishedJob(b, (await b.submit(again.form(again.path).fill({ scope: 'new' }))).path);
      assert.deepEqual(files(), { ...before, 'groups/seminar.json': members['galene/groups/seminar.json'], [`groups/${kind}.json`]: '{"description": "theirs"}' });
    });
  }
});

describe('nobody else', () => {
  test('sends a file: not without a session, the right, a fresh proof or the form of the page', async () => {
    const fields = await uploadFields(b);
    const bytes = Buffer.from('x');
    const kept = readdirSync(join(server.dir, 'data/backups')).length;
    const away = async (browser, f) => {
      const r = await sendFile(browser, bytes, f);
      assert.deepEqual([r.status, r.headers.get('location')], [303, '/admin/backup']);
    };
    await away(new Browser(server), fields);
    for (const f of [{}, { csrf: 'x' }, { ...fields, csrf: `${fields.csrf}0` }]) assert.equal((await sendFile(b, bytes, f)).status, 403);
    const late = new FormData();
    late.append('file', new Blob([bytes]), 'x.tar.gz');
    late.append('csrf', fields.csrf);
    assert.equal((await b.request('/admin/backup/.upload', { method: 'POST', body: late })).status, 403, 'the token comes first');
    assert.equal((await sendFile(b, bytes, { ...fields, other: 'x' })).status, 422);
    assert.equal((await b.request('/admin/backup/.upload', { method: 'POST', body: new URLSearchParams(fields) })).status, 415);
    assert.equal((await b.request('/admin/backup/.upload')).status, 303);
    const foreign = new FormData();
    foreign.append('csrf', fields.csrf);
    foreign.append('file', new Blob([bytes]), 'x.tar.gz');
    assert.equal((await b.request('/admin/backup/.upload', { method: 'POST', body: foreign, headers: { origin: 'https://elsewhere.example' } })).status, 403);

    const { person: susan, page } = await makeAccount(b, { login: 'susan', preset: 'auditor' }, 'hogfather on a string');
    const csrf = page.form('/admin/logout').fields.get('csrf');
    assert.equal((await susan.open('/admin/backup')).status, 403);
    await away(susan, { ...fields, csrf });
    assert.equal((await susan.request('/admin/backup/.may-upload')).status, 403);

    change(server, 'UPDATE sessions SET proved_at = 1');
    await away(b, fields);
    change(server, 'UPDATE sessions SET proved_at = ?', Date.now() * 1000);
    assert.equal(readdirSync(join(server.dir, 'data/backups')).length, kept);
    assert.deepEqual(left().filter((f) => f.startsWith('.')), []);
    assert.equal((await b.request('/admin/backup/.may-upload')).status, 204);
    assert.equal((await new Browser(server).request('/admin/backup/.may-upload')).status, 403);
  });

  test('the same form sends one file', async () => {
    const fields = await uploadFields(b);
    const backup = await makeBackup({ scope: 'groups' });
    const first = await sendFile(b, backup, fields);
    const second = await sendFile(b, backup, fields);
    assert.equal(second.headers.get('location'), first.headers.get('location'));
    assert.equal(query(server, "SELECT count(*) n FROM audit WHERE action = 'backup.upload' AND object = ?", /\/(uploaded[^/]+)/.exec(first.headers.get('location'))[1])[0].n, 1);
  });
});
