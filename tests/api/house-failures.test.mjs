// Nobody's failure ends another: programs that are killed or cannot run, and a certificate that does not fit.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import tls from 'node:tls';
import { fetchFrom } from '../lib/proxies.mjs';
import { build, eventually, openDirectory, serverFor, startServer, temporaryDirectory, top } from '../lib/server.mjs';
import { Browser } from '../lib/console.mjs';
import { change } from '../lib/store.mjs';

const run = promisify(execFile);
const OPEN = { open: { 'wildcard-user': { permissions: 'present', password: { type: 'wildcard' } } } };

/** The program's next pid after `old`. */
const successor = (s, name, old, ms) => eventually(() => {
  const now = s.pidOf(name);
  assert.ok(now && now !== old, `${name} has not been started again`);
  return now;
}, ms);

/** A directory for --programs with a script in place of a program; null leaves it out. */
function programs(t, scripts) {
  const dir = openDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  for (const name of ['mediad', 'admin-cgi']) {
    const script = name in scripts ? scripts[name] : `exec '${join(build, name, name)}' "$@"`;
    if (script !== null) writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return { dir, places: ['--programs', dir, '--share', top] };
}

/** By a connection of its own: a kept one may be an nginx worker's that ends meanwhile (RFC 9112 section 9.3.1). */
const health = async (s) => {
  const r = await fetchFrom('127.0.0.1', `${s.base}/healthz/ready`);
  return { status: r.status, json: await r.json() };
};

test('mediad is back at once whatever was killed before', async (t) => {
  const s = await serverFor(t, { groups: OPEN });
  for (const name of ['admin-cgi', 'nginx', 'mediad', 'mediad', 'admin-cgi', 'mediad', 'nginx', 'mediad', 'mediad', 'mediad', 'mediad', 'mediad']) {
    const old = s.pidOf(name);
    const began = Date.now();
    process.kill(old, 'SIGKILL');
    await successor(s, name, old, 6000);
    await eventually(async () => assert.equal((await s.get('/group/open/.status')).status, 200), 6000);
    if (name === 'mediad') assert.ok(Date.now() - began < 6000);
  }
  assert.doesNotMatch(s.log, /is down/);
});

test('an admin-cgi that is killed twelve times in a row costs no meeting, and is back', async (t) => {
  const s = await serverFor(t, { groups: OPEN });
  const mediad = s.pidOf('mediad');
  const nginx = s.pidOf('nginx');
  for (let i = 0, pid = s.pidOf('admin-cgi'); i < 12; i++) {
    process.kill(pid, 'SIGKILL');
    pid = await successor(s, 'admin-cgi', pid);
  }
  await eventually(async () => assert.equal((await health(s)).status, 200));
  assert.equal(s.pidOf('mediad'), mediad);
  assert.equal(s.pidOf('nginx'), nginx);
});

test('a database of a newer version: meetings go on, health and pages name admin-cgi', async (t) => {
  const dir = temporaryDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const first = await startServer({ dir, config: {}, groups: OPEN });
  await first.stop();
  change({ dir }, `INSERT INTO schema_migrations SELECT 9999, '9999-newer', sha256, applied_at FROM schema_migrations WHERE version = 1`);
  const s = await startServer({ dir }); // it says "ready:"
  t.after(() => s.stop());
  assert.match(s.log, /admin-cgi is down: it failed 3 times in a row, last with status 2/);
  assert.equal((await s.get('/group/open/')).status, 200);
  await eventually(async () => assert.deepEqual(await health(s), { status: 503, json: { 'admin-cgi': 'no answer', ready: false } }));
  const page = await s.get('/admin/');
  assert.equal(page.status, 502);
  assert.match(await page.text(), /admin-cgi/);
  assert.equal((await s.get('/healthz/live')).status, 503);
  change({ dir }, 'DELETE FROM schema_migrations WHERE version = 9999');
  await eventually(async () => assert.equal((await health(s)).status, 200), 90000);
});

test('a mediad that cannot run: the console works and names it, and once it can it is back', async (t) => {
  const { dir, places } = programs(t, { mediad: 'exit 7' });
  const s = await serverFor(t, { places, groups: OPEN });
  assert.match(s.log, /mediad is down: it failed 3 times in a row, last with status 7/);
  await eventually(async () => {
    const { status, json } = await health(s);
    assert.equal(status, 503);
    assert.match(json.mediad, /^does not run: it failed \d+ times in a row, last with status 7/);
    assert.equal(json['admin-cgi'], 'ok');
    assert.equal(json.database, 'ok');
  });
  assert.equal((await s.api('.groups/')).status, 200);
  const b = new Browser(s);
  await b.signIn();
  assert.match((await b.open('/admin/problems')).text, /mediad Out of order does not run: it failed \d+ times in a row, last with status 7/);
  const page = await s.get('/group/open/');
  assert.equal(page.status, 502);
  assert.match(await page.text(), /mediad/);
  const lines = s.log.match(/mediad is down/g).length;
  assert.equal(lines, 1, 'once a minute');
  copyFileSync(join(build, 'mediad', 'mediad'), join(dir, 'new'));
  renameSync(join(dir, 'new'), join(dir, 'mediad'));
  await eventually(async () => assert.equal((await s.get('/group/open/.status')).status, 200), 90000);
  await eventually(async () => assert.equal((await health(s)).status, 200));
  await eventually(async () => assert.match((await b.open('/admin/problems')).text, /Nothing needs care/));
});

test('a program that is not there: the others run', async (t) => {
  const { places } = programs(t, { mediad: null });
  const s = await serverFor(t, { places });
  assert.match(s.log, /mediad is down: .* status 127/);
  assert.equal((await s.api('.groups/')).status, 200);
});

test('an nginx that cannot run ends nobody', async (t) => {
  const dir = temporaryDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const starter = startServer({ dir, args: ['--nginx', '/bin/false'] });
  starter.catch(() => {});
  const status = () => JSON.parse(readFileSync(join(dir, 'run', 'status.json'), 'utf8'));
  try {
    await eventually(() => {
      assert.ok(existsSync(join(dir, 'run', 'admin.ready')));
      assert.ok(existsSync(join(dir, 'run', 'mediad.sock')));
      const nginx = status().programs.find((p) => p.name === 'nginx');
      assert.ok(nginx.down && nginx.failures >= 5, JSON.stringify(nginx));
      assert.equal(nginx.reason, 'status 1');
    });
    assert.ok(existsSync(join(dir, 'run', 'admin.ready')));
  } finally {
    process.kill(Number(readFileSync(join(dir, 'run', 'supervisor.lock'), 'utf8')), 'SIGTERM');
    await starter.then((s) => s.stop(), () => {});
  }
});

test('a broken mediad.json ends nobody, at start and later', async (t) => {
  const s = await serverFor(t, { files: { 'data/mediad.json': '{"nonsense": ' }, groups: OPEN });
  assert.equal((await s.get('/group/open/.status')).status, 200);
  const old = s.pidOf('mediad');
  s.writeFile('data/mediad.json', '[]');
  process.kill(old, 'SIGKILL');
  await successor(s, 'mediad', old);
  await eventually(async () => assert.equal((await s.get('/group/open/.status')).status, 200));
});

/** The common name of the certificate that is served; rejects when there is no TLS. */
const served = (s) => new Promise((ok, fail) => {
  const socket = tls.connect({ host: '127.0.0.1', port: s.port, rejectUnauthorized: false }, () => {
    ok(socket.getPeerCertificate().subject.CN);
    socket.destroy();
  });
  socket.once('error', fail);
});

/** A new pair beside the old one. */
async function makePair(s, name, ...algorithm) {
  const file = (what) => join(s.dir, 'data', `new-${what}.pem`);
  await run('openssl', ['req', '-x509', ...algorithm, '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('cert')]);
  return { put: (what) => renameSync(file(what), join(s.dir, 'data', `${what}.pem`)) };
}

const KEYS = {
  rsa: ['-newkey', 'rsa:2048'],
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
};

test('a certificate of another key type before its key, and a key before its certificate: TLS never goes down', async (t) => {
  const s = await serverFor(t);
  const problems = async () => (await health(s)).json.certificate;
  const b = new Browser(s);
  await b.signIn();
  // Not asked again in each round: after a reload nginx's old worker may take one more connection.
  let before = await served(s);
  for (const [name, algorithm, first, second] of [['one', KEYS.rsa, 'cert', 'key'], ['two', KEYS.ec, 'cert', 'key'], ['three', KEYS.rsa, 'key', 'cert'], ['four', KEYS.rsa, 'cert', 'key']]) {
    const pair = await makePair(s, name, ...algorithm);
    const logged = s.log.match(/is not for the key/g)?.length ?? 0;
    pair.put(first);
    await eventually(async () => assert.match(await problems(), /^data\/cert\.pem: is not for the key in data\/key\.pem; /));
    // nginx itself may be started again meanwhile.
    const nginx = s.pidOf('nginx');
    process.kill(nginx, 'SIGKILL');
    await successor(s, 'nginx', nginx);
    await eventually(async () => assert.equal(await served(s), before));
    assert.equal(s.log.match(/is not for the key/g).length, logged + 1, 'said once');
    await eventually(async () => assert.match((await b.open('/admin/problems')).text, /certificate Out of order data\/cert\.pem: is not for the key/));
    pair.put(second);
    await eventually(async () => assert.equal(await served(s), name));
    assert.equal(await problems(), 'ok');
    before = name;
  }
});

test('a certificate that is missing when nginx restarts is no end of TLS; a start without its key serves another', async (t) => {
  const dir = temporaryDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const first = await startServer({ dir, config: {} });
  const mediad = first.pidOf('mediad');
  rmSync(join(dir, 'data', 'cert.pem'));
  const nginx = first.pidOf('nginx');
  process.kill(nginx, 'SIGKILL');
  await successor(first, 'nginx', nginx);
  await eventually(async () => assert.equal(await served(first), 'localhost'));
  await eventually(async () => assert.match((await health(first)).json.certificate, /^data\/cert\.pem: cannot be opened/));
  assert.equal(first.pidOf('mediad'), mediad);
  await first.stop();
  writeFileSync(join(dir, 'data', 'cert.pem'), 'x', { mode: 0o640 });
  rmSync(join(dir, 'data', 'key.pem'));
  rmSync(join(dir, 'run'), { recursive: true });
  const second = await startServer({ dir });
  t.after(() => second.stop());
  assert.equal(await served(second), 'localhost');
  assert.match(second.log, /a self-signed one is served until it is mended/);
  assert.equal(readFileSync(join(dir, 'data', 'cert.pem'), 'utf8'), 'x');
  assert.ok(!existsSync(join(dir, 'data', 'key.pem')));
});
