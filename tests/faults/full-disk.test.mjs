// A disk without a free block: a real file system of 48 MiB that the test mounts and fills (root only).
// What docs/ADMIN.md says under "When the disk is full".
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statfsSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from '../lib/console.mjs';
import { eventually, startServer } from '../lib/server.mjs';
import { join as enter } from '../lib/ws_client.mjs';

const RESERVE = 4 * 1024 * 1024;
const dir = realpathSync(mkdtempSync(join(tmpdir(), 'nereid-full-')));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=755', 'tmpfs', dir]);
const skip = mounted.status === 0 ? false : 'nobody but root may mount a file system';
const reserve = join(dir, 'data', 'reserve');
const ballast = join(dir, 'recordings', 'ballast');
const OPEN = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };

/** Writes until not one more byte fits. */
function fill() {
  for (let size = 1 << 20; size >= 1; size = size > 1 ? size >> 1 : 0) {
    try {
      for (;;) appendFileSync(ballast, Buffer.alloc(size, 1));
    } catch (e) {
      assert.equal(e.code, 'ENOSPC');
    }
  }
}

describe('the disk is full', { skip }, () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  const ready = async () => (await server.get('/healthz/ready')).json();

  before(async () => {
    server = await startServer({ dir, groups: { lobby: OPEN, doomed: {}, other: {} }, config: {} });
    await eventually(() => assert.equal(statSync(reserve).size, RESERVE));
    mkdirSync(join(dir, 'recordings', 'lobby'), { recursive: true });
    server.giveToOwner('recordings/lobby');
    writeFileSync(join(dir, 'recordings', 'lobby', 'one.webm'), 'x');
    utimesSync(join(dir, 'recordings', 'lobby', 'one.webm'), 1e9, 1e9); // no longer running
    fill();
  });
  after(async () => {
    await server?.stop();
    spawnSync('umount', ['-l', dir]);
    rmSync(dir, { recursive: true, force: true });
  });

  test('a group of a megabyte is refused with 507 in the API\'s own form, and names no path', async () => {
    const comment = 'x'.repeat(9000);
    for (const body of [JSON.stringify({ comment }), JSON.stringify({ comment }) + ' '.repeat(1000000), JSON.stringify({ description: comment, contact: comment })]) {
      const r = await server.api('.groups/other', { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
      const text = await r.text();
      assert.equal(r.status, 507, text);
      assert.match(r.headers.get('content-type') ?? '', /^text\/plain/);
      assert.ok(!text.includes(dir) && !/<html/i.test(text), text);
    }
    assert.equal(readFileSync(server.groupFile('other'), 'utf8'), '{}');
  });

  test('meetings go on', async (t) => {
    const a = await enter(t, server, 'lobby', 'ann');
    a.say({ type: 'chat', value: 'still here' });
    await a.wait((m) => m.type === 'chat');
  });

  test('somebody signs in, is told, cannot save, and deletes a recording and a group', async () => {
    const b = new Browser(server);
    await b.signIn();
    const problems = await b.open('/admin/problems');
    assert.match(problems.text, /disk Out of order the disk is full/);
    assert.ok(!existsSync(reserve), 'the reserve was given up');
    assert.match((await ready()).disk, /^the disk is full/);
    assert.equal((await server.get('/healthz/ready')).status, 503);
    const edit = await b.open('/admin/groups/other/.edit');
    const refused = await b.submit(edit.form('/admin/groups/other/.edit').fill({ contact: 'somebody' }));
    assert.equal(refused.status, 507);
    assert.match(refused.text, /disk is full/);
    assert.equal(refused.form('/admin/groups/other/.edit').fields.get('contact'), 'somebody', 'what was typed stays');
    const gone = await server.get('/recordings/lobby/', {
      method: 'POST', body: new URLSearchParams({ q: 'delete', filename: 'one.webm' }), headers: { authorization: `Basic ${Buffer.from('root:rootpw').toString('base64')}`, origin: server.base },
    });
    assert.equal(gone.status, 303, await gone.text());
    assert.ok(!existsSync(join(dir, 'recordings', 'lobby', 'one.webm')));
    const page = await b.open('/admin/groups/doomed/.delete');
    await b.submit(page.form('/admin/groups/doomed/.delete').fill({ name: 'doomed' }));
    assert.ok(!existsSync(server.groupFile('doomed')));
    assert.equal((await server.api('.groups/other', { method: 'DELETE' })).status, 204);
  });

  test('the server starts', async () => {
    await server.stop();
    // The reserve is there, as after an ordinary day, and the rest is full.
    unlinkSync(ballast);
    writeFileSync(reserve, Buffer.alloc(RESERVE));
    fill();
    assert.equal(statfsSync(dir).bavail, 0);
    server = await startServer({ dir });
    const b = new Browser(server);
    await b.signIn();
    assert.equal((await b.open('/admin/')).status, 200);
    assert.match(server.log, /data\/reserve was given up for this start/);
  });

  test('with room again all is as before, and the reserve is made anew', async () => {
    unlinkSync(ballast);
    await eventually(async () => assert.equal((await server.api('.groups/fresh', { method: 'PUT', json: { comment: 'c' } })).status, 201));
    await eventually(() => assert.equal(statSync(reserve).size, RESERVE), 40000);
    const now = await ready();
    assert.equal(now.disk, 'ok');
  });
});
