// Live pages: who is in which meeting and how well, what may be done there, and that a mediad that hangs keeps nobody waiting.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Browser } from '../lib/console.mjs';
import { eventually, startServer } from '../lib/server.mjs';
import { join } from '../lib/ws_client.mjs';

const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

describe('while mediad hangs', () => {
  const PATIENCE_MS = 600; // three times what a page waits for mediad
  const paths = ['/admin/', '/admin/groups/', '/admin/groups/hall/', '/admin/groups/hall/.live', '/admin/groups/hall/.delete'];
  let server;
  let b;
  let pid;

  before(async () => {
    server = await startServer({ groups: { hall: { ...open, public: true } } });
    b = new Browser(server);
    await b.signIn();
    pid = server.pidOf('mediad');
  });
  after(async () => {
    process.kill(pid, 'SIGCONT');
    await server.stop();
  });

  /** A page, and how long it took. */
  const timed = async (path) => {
    const begun = performance.now();
    const page = await b.open(path);
    return { page, ms: performance.now() - begun };
  };

  test('pages answer from the last sample, and say how old it is', async (t) => {
    await join(t, server, 'hall', 'anna');
    const rows = async () => (await b.open('/admin/groups/hall/.live')).text;
    await eventually(async () => assert.match(await rows(), /anna/));
    assert.doesNotMatch(await rows(), /does not answer/);
    process.kill(pid, 'SIGSTOP');
    const slowest = { path: '', ms: 0 };
    await eventually(async () => {
      for (const path of [...paths, '/']) {
        const { page, ms } = await timed(path);
        assert.equal(page.status, 200, path);
        if (ms > slowest.ms) Object.assign(slowest, { path, ms });
      }
      assert.match(await rows(), /As of \d+ seconds ago; the media daemon does not answer\./);
    }, 40000);
    assert.ok(slowest.ms < PATIENCE_MS, `${slowest.path} took ${slowest.ms} ms`);
    for (const path of paths) {
      const { page } = await timed(path);
      assert.match(page.text, /As of \d+ seconds ago; the media daemon does not answer\./, path);
      assert.match(page.html, /href="\/admin\/problems">Problems</, path);
    }
    assert.match(await rows(), /anna/, 'who was there last');
    const landing = await b.open('/');
    assert.match(landing.text, /Meetings are unavailable at the moment/);
    assert.doesNotMatch(landing.text, /1 person now/, 'nobody knows');
  });

  test('what a person orders is refused in time, and can be tried again', async () => {
    const page = await b.open('/admin/groups/hall/.live');
    const form = page.forms().find((f) => f.action === '/admin/groups/hall/.live');
    assert.ok(form);
    const refused = await b.send(form.fill({ action: 'lock', text: '' }));
    assert.equal(refused.status, 503);
    assert.match(refused.text, /does not answer/);
    process.kill(pid, 'SIGCONT');
    await eventually(async () => {
      const again = await b.open('/admin/groups/hall/.live');
      assert.doesNotMatch(again.text, /does not answer/);
    });
  });
});
