// The house around the programs: options, ports, state directory, TLS, headers, restarts, installation.
import { test, describe, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import {
  chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import dgram from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';
import {
  build, childrenOf, eventually, freePort, freeUdpPort, isClosed, openDirectory, serverFor, startServer, supervisor, temporaryDirectory, top,
} from '../lib/server.mjs';

const run = promisify(execFile);

/** Runs the supervisor with options that it must refuse: status, and stderr's lines. */
async function refusal(...args) {
  const child = spawn(supervisor, ['--programs', build, '--share', top, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  let out = '';
  child.stderr.on('data', (d) => { err += d; });
  child.stdout.on('data', (d) => { out += d; });
  const timer = setTimeout(() => child.kill('SIGTERM'), 60000);
  const code = await new Promise((ok) => { child.once('close', ok); });
  clearTimeout(timer);
  return { code, out, lines: err.trimEnd().split('\n') };
}

/** Refused with status 1 and one line on stderr that matches. */
async function refusedSaying(pattern, ...args) {
  const { code, out, lines } = await refusal(...args);
  assert.equal(code, 1, lines.join('\n'));
  assert.equal(out, '');
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.match(lines[0], pattern);
}

describe('what cannot start says why in one line', () => {
  const dir = openDirectory();
  /** @type {string[]} */
  let ports;
  before(async () => {
    ports = ['--port', String(await freePort()), '--udp-port', String(await freeUdpPort()), '--media-listen', '127.0.0.1'];
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  test('HTTPS port in use', async (t) => {
    const holder = net.createServer().listen(0, '127.0.0.1');
    t.after(() => holder.close());
    await new Promise((ok) => { holder.once('listening', ok); });
    const { port } = /** @type {net.AddressInfo} */ (holder.address());
    await refusedSaying(new RegExp(`TCP port ${port} is in use`), '--dir', dir, ...ports, '--port', String(port));
  });

  test('UDP port in use', async (t) => {
    const holder = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    t.after(() => holder.close());
    await new Promise((ok) => { holder.bind(0, '127.0.0.1', () => ok(undefined)); });
    const { port } = holder.address();
    await refusedSaying(new RegExp(`UDP port ${port} is in use`), '--dir', dir, ...ports, '--udp-port', String(port));
  });

  test('directory that cannot be made', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    await refusedSaying(/file/, '--dir', join(file, 'state'), ...ports);
  });

  test('file in place of a directory', async () => {
    const file = join(dir, 'plain');
    writeFileSync(file, '');
    await refusedSaying(/plain is not a directory/, '--dir', file, ...ports);
  });

  test('directory whose name leaves no room for a socket', async () => {
    await refusedSaying(/--dir: .*bytes/, '--dir', join(dir, 'x'.repeat(100)), ...ports);
  });

  test('directory whose name nginx cannot hold', async () => {
    await refusedSaying(/--dir: .*nginx/, '--dir', join(dir, 'a;b'), ...ports);
  });

  test('bad option', async () => {
    await refusedSaying(/--no-such-option/, '--no-such-option');
    await refusedSaying(/--port/, '--port', '99999');
  });

  test('programs that are not there', async () => {
    await refusedSaying(/admin-cgi/, '--dir', dir, ...ports, '--programs', dir);
  });

  test('key that everybody may read, with the command that mends it', async () => {
    const state = join(dir, 'open');
    mkdirSync(join(state, 'data'), { recursive: true });
    writeFileSync(join(state, 'data', 'key.pem'), 'x');
    chmodSync(join(state, 'data', 'key.pem'), 0o644);
    await refusedSaying(/chmod o-rwx '.*key\.pem'/, '--dir', state, ...ports);
  });
});

describe('a running server', () => {
  /** @type {import('../lib/server.mjs').Server} */
  let s;
  before(async () => { s = await startServer({ groups: { open: { 'wildcard-user': { permissions: 'present', password: { type: 'wildcard' } } } } }); });
  after(() => s.stop());

  test('a second supervisor is refused and names the first', async () => {
    await refusedSaying(new RegExp(`process ${s.child.pid}\\b`), '--dir', s.dir, '--port', String(await freePort()),
      '--udp-port', String(await freeUdpPort()), '--media-listen', '127.0.0.1');
  });

  test('TLS 1.2 and 1.3 are spoken, older ones not', async () => {
    /** @param {tls.SecureVersion} version */
    const speak = (version) => new Promise((ok, fail) => {
      const socket = tls.connect({
        host: '127.0.0.1', port: s.port, rejectUnauthorized: false, minVersion: version, maxVersion: version,
        ciphers: 'DEFAULT@SECLEVEL=0',
      }, () => {
        ok(socket.getProtocol());
        socket.destroy();
      });
      socket.once('error', fail);
    });
    assert.equal(await speak('TLSv1.3'), 'TLSv1.3');
    assert.equal(await speak('TLSv1.2'), 'TLSv1.2');
    await assert.rejects(speak('TLSv1.1'));
    await assert.rejects(speak('TLSv1'));
  });

  test('modes of the state directory', () => {
    const mode = (path) => (statSync(join(s.dir, path)).mode & 0o777).toString(8);
    assert.equal(mode('data/key.pem'), '600');
    assert.equal(mode('run/admin.sock'), '660');
    for (const dir of ['data', 'groups', 'recordings', 'run']) assert.match(mode(dir), /^7[57]0$/);
    const walk = (dir) => readdirSync(join(s.dir, dir), { withFileTypes: true }).flatMap((entry) => {
      const path = join(dir, entry.name);
      return entry.isDirectory() ? [path, ...walk(path)] : [path];
    });
    for (const path of walk('.')) assert.equal(statSync(join(s.dir, path)).mode & 0o007, 0, `${path} is open to everybody`);
  });

  const CSP = 'content-security-policy';
  const everywhere = {
    'strict-transport-security': /^max-age=31536000$/,
    'x-content-type-options': /^nosniff$/,
    'referrer-policy': /^no-referrer$/,
    'cross-origin-opener-policy': /^same-origin$/,
  };
  const page = {
    [CSP]: /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/,
    'x-frame-options': /^DENY$/,
    'permissions-policy': /camera=\(\)/,
    'cross-origin-resource-policy': /^same-origin$/,
  };
  const json = { [CSP]: /^default-src 'none'; frame-ancestors 'none'$/ };
  const group = {
    [CSP]: /connect-src 'self' wss:\/\/localhost:\d+.*frame-ancestors/,
    'permissions-policy': /camera=\(self\), microphone=\(self\)/,
    'cache-control': /no-cache/,
  };
  const root = { authorization: `Basic ${Buffer.from('root:rootpw').toString('base64')}` };
  /** @type {[string, string, RequestInit, number, Record<string, RegExp>][]} */
  const routes = [
    ['landing page', '/', {}, 200, { ...page, 'cache-control': /no-cache/ }],
    ['console without session', '/admin/', {}, 303, { ...page, 'cache-control': /no-store/ }],
    ['sign-in page', '/admin/login', {}, 200, { ...page, 'cache-control': /no-store/ }],
    ['page that is not there', '/no-such-page', {}, 404, page],
    ['dot file', '/.git/config', {}, 404, page],
    ['style sheet', '/css/base.css', {}, 200, { ...page, 'cache-control': /no-cache/, 'content-type': /^text\/css; charset=utf-8$/ }],
    ['module', '/protocol.js', {}, 200, { ...page, 'content-type': /^text\/javascript; charset=utf-8$/ }],
    ['style sheet not modified', '/css/base.css', { headers: { 'if-none-match': '*' } }, 304, page],
    ['part beyond the end of a file', '/css/base.css', { headers: { range: 'bytes=9999999-' } }, 200, page],
    ['file with POST', '/css/base.css', { method: 'POST' }, 405, { ...page, allow: /GET, HEAD$/ }],
    ['public groups with too large a body', '/public-groups.json', { method: 'POST', body: 'x'.repeat(1 << 21) }, 413, page],
    ['file with too large a body', '/css/base.css', { method: 'POST', body: 'x'.repeat(1 << 21) }, 413, page],
    ['unknown method', '/', { method: 'BREW' }, 405, { ...page, allow: /GET/ }],
    ['group page', '/group/open/', {}, 200, group],
    ['group without slash', '/group/open', {}, 308, {}],
    ['groups without name', '/group', {}, 308, {}],
    ['no such group', '/group/no-such/', {}, 404, { ...page, 'content-type': /^text\/html/ }],
    ['group status', '/group/open/.status', {}, 200, json],
    ['public groups', '/public-groups.json', {}, 200, json],
    ['WebSocket without upgrade', '/ws', {}, 400, {}],
    ['API without credentials', '/galene-api/v0/.groups/', {}, 401, json],
    ['API', '/galene-api/v0/.groups/', { headers: root }, 200, json],
    ['API preflight', '/galene-api/v0/.groups/', { method: 'OPTIONS' }, 200, json],
    ['API with too large a body', '/galene-api/v0/.groups/open', { method: 'PUT', headers: root, body: 'x'.repeat(1 << 21) }, 413, {}],
    ['recordings without name', '/recordings', {}, 308, {}],
    ['recordings without credentials', '/recordings/open/', {}, 401, {}],
    ['internal page', '/_page/group.html', {}, 404, page],
    ['internal recording', '/_recordings/open/x.webm', {}, 404, page],
    ['liveness', '/healthz/live', {}, 200, json],
  ];
  for (const [name, path, options, status, headers] of routes) {
    test(`headers: ${name}`, async () => {
      const r = await s.get(path, options);
      await r.arrayBuffer();
      assert.equal(r.status, status);
      for (const [header, pattern] of Object.entries({ ...everywhere, ...headers })) {
        const value = r.headers.get(header) ?? '(absent)';
        assert.match(value, pattern, `${header}: ${value}`);
        // fetch() joins what came twice.
        if (header !== 'allow' && header !== 'permissions-policy') assert.doesNotMatch(value, /, /, `${header} came twice: ${value}`);
      }
      assert.doesNotMatch(r.headers.get('server') ?? '', /\d/);
      if (status !== 304) assert.match(r.headers.get('content-type') ?? 'text/; charset=', /json|charset=/);
    });
  }

  test('TRACE is refused', async () => {
    const answer = await new Promise((ok, fail) => {
      const socket = tls.connect({ host: '127.0.0.1', port: s.port, rejectUnauthorized: false }, () => {
        socket.write('TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      });
      let text = '';
      socket.on('data', (d) => { text += d; });
      socket.once('close', () => ok(text));
      socket.once('error', fail);
    });
    assert.match(answer, /^HTTP\/1\.1 405 /);
  });

  test('what a client says about its own address counts for nothing', async () => {
    const forged = {
      'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'x-forwarded-for': '192.0.2.1', forwarded: 'host=evil.example',
      'x-real-ip': '192.0.2.1', proxy: 'http://evil.example',
    };
    const plain = await (await s.get('/group/open/.status')).json();
    assert.deepEqual(await (await s.get('/group/open/.status', { headers: forged })).json(), plain);
    assert.equal(plain.location, `${s.base}/group/open/`);
  });

  for (const name of ['nginx', 'mediad', 'admin-cgi']) {
    test(`${name} comes back after kill -9`, async () => {
      const pid = s.pidOf(name);
      assert.ok(pid, `${name} does not run`);
      process.kill(pid, 'SIGKILL');
      await eventually(() => {
        const now = s.pidOf(name);
        assert.ok(now && now !== pid, `${name} has not been started again`);
      });
      await eventually(async () => {
        assert.equal((await s.get('/group/open/.status')).status, 200);
        assert.equal((await s.api('.groups/')).status, 200);
        assert.equal((await s.get('/')).status, 200);
      });
      const names = childrenOf(s.child.pid).map((c) => c.name).sort();
      assert.deepEqual(names, ['admin-cgi', 'mediad', 'nginx'], 'something was left behind');
    });
  }

  test('requests wait in admin-cgi\'s socket while it restarts', async () => {
    const old = s.pidOf('admin-cgi');
    process.kill(old, 'SIGKILL');
    // Until its workers are gone one of them may still take a request with it into the grave.
    await eventually(() => assert.ok(![undefined, old].includes(s.pidOf('admin-cgi'))));
    assert.equal((await s.api('.groups/')).status, 200);
  });
});

test('a replaced certificate is served without a restart, a broken one is not', async (t) => {
  const s = await serverFor(t);
  const served = () => new Promise((ok, fail) => {
    const socket = tls.connect({ host: '127.0.0.1', port: s.port, rejectUnauthorized: false }, () => {
      ok(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    });
    socket.once('error', fail);
  });
  assert.equal(await served(), 'localhost');
  const nginx = s.pidOf('nginx');
  const data = (name) => join(s.dir, 'data', name);
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=meet.example.org', '-keyout', data('new-key.pem'), '-out', data('new-cert.pem')]);
  renameSync(data('new-key.pem'), data('key.pem'));
  renameSync(data('new-cert.pem'), data('cert.pem'));
  await eventually(async () => assert.equal(await served(), 'meet.example.org'));
  writeFileSync(data('cert.pem'), 'not a certificate');
  await eventually(() => assert.match(s.log, /the last good one stays: data\/cert\.pem: does not hold a certificate/));
  assert.equal(await served(), 'meet.example.org');
  assert.equal(s.pidOf('nginx'), nginx);
});

test('half-sent requests of one stranger keep nobody out', async (t) => {
  const s = await serverFor(t);
  const sockets = await Promise.all(Array.from({ length: 400 }, (_, i) => new Promise((ok, fail) => {
    const socket = tls.connect({ host: '127.0.0.1', port: s.port, rejectUnauthorized: false }, () => {
      socket.write(i % 2 ? 'GET / HTTP/1.1\r\nHost: local' : 'POST /admin/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\na=');
      ok(socket);
    });
    socket.once('error', fail);
  })));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  assert.equal((await s.get('/')).status, 200);
  assert.equal((await s.api('.groups/')).status, 200);
  assert.equal((await s.get('/css/base.css')).status, 200);
});

test('one address that asks too often is refused with 429', async (t) => {
  const s = await serverFor(t, { args: ['--rate-scale', '1'] });
  const statuses = await Promise.all(Array.from({ length: 300 }, () => s.get('/healthz/live').then((r) => r.status)));
  assert.ok(statuses.includes(200));
  assert.ok(statuses.includes(429));
  assert.equal((await s.get('/css/base.css')).status, 200);
});

test('no log holds a secret that came in a request', async (t) => {
  const s = await serverFor(t, { args: ['--access-log'], groups: { open: {} } });
  const secret = 'marked-7f3a9c';
  const ask = async () => {
    for (const path of [`/group/open/?token=${secret}`, `/admin/setup?token=${secret}`, `/?a=b&username=${secret}&c`, `/css/base.css?password=${secret}`, `/shared/1-${secret}`, `/shared/1-${secret}/recording?download`]) {
      await (await s.get(path, { headers: { cookie: `__Host-sid=${secret}`, referer: `${s.base}/?token=${secret}` } })).arrayBuffer();
    }
    await s.api('.groups/', { auth: `root:${secret}` });
    await s.api('.groups/', { auth: `Bearer ${secret}` });
  };
  await ask();
  process.kill(s.pidOf('mediad'), 'SIGKILL');
  await ask();
  await eventually(async () => assert.equal((await s.get('/group/open/')).status, 200));
  const log = readFileSync(join(s.dir, 'run', 'nginx', 'access.log'), 'utf8');
  assert.match(log, /"GET \/group\/open\/\?\[redacted\]" 200/);
  assert.match(log, /"GET \/shared\/\[redacted\]\/recording" 404/);
  assert.doesNotMatch(log, new RegExp(secret));
  assert.doesNotMatch(s.log, new RegExp(secret));
});

test('SIGTERM ends everything, the supervisor last and with status 0', async (t) => {
  const s = await serverFor(t);
  const pids = [s.child.pid, ...childrenOf(s.child.pid).flatMap((c) => [c.pid, ...childrenOf(c.pid).map((g) => g.pid)])];
  assert.ok(pids.length > 4);
  s.child.kill('SIGTERM');
  assert.deepEqual(await s.exited, { code: 0, signal: null });
  for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}`), `process ${pid} is still there`);
});

test('a killed supervisor takes its programs with it, and a start right after it works', async (t) => {
  const dir = temporaryDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const first = await startServer({ dir, config: {} });
  const pids = childrenOf(first.child.pid).flatMap((c) => [c.pid, ...childrenOf(c.pid).map((g) => g.pid)]);
  assert.ok(pids.length > 4);
  first.child.kill('SIGKILL');
  const second = await startServer({ dir, ports: first }); // the same ports
  t.after(() => second.stop());
  await eventually(() => { for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}`), `process ${pid} is still there`); });
  assert.equal((await second.api('.groups/')).status, 200);
});

test('a start ends programs that a killed supervisor and a killed nginx left behind', async (t) => {
  const dir = temporaryDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const first = await startServer({ dir });
  const nginx = first.pidOf('nginx');
  const workers = childrenOf(nginx).map((c) => c.pid);
  assert.ok(workers.length > 0);
  // At the same instant: nginx's workers then have nobody who tells them to end, and serve on.
  for (const pid of [nginx, first.child.pid]) process.kill(pid, 'SIGSTOP');
  for (const pid of [first.child.pid, nginx]) process.kill(pid, 'SIGKILL');
  const second = await startServer({ dir, ports: first });
  t.after(() => second.stop());
  await eventually(() => { for (const pid of workers) assert.ok(!existsSync(`/proc/${pid}`), `nginx's worker ${pid} is still there`); });
});

test('a second start finds the state of the first', async (t) => {
  const dir = temporaryDirectory();
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const first = await startServer({ dir, config: {} });
  const cert = readFileSync(join(dir, 'data', 'cert.pem'), 'utf8');
  assert.equal((await first.api('.groups/kept', { method: 'PUT', json: { displayName: 'Kept' } })).status, 201);
  await first.stop();
  const second = await startServer({ dir });
  t.after(() => second.stop());
  assert.equal(readFileSync(join(dir, 'data', 'cert.pem'), 'utf8'), cert);
  assert.equal((await (await second.api('.groups/kept')).json()).displayName, 'Kept');
});

test('the directory may have spaces and other letters in its name', async (t) => {
  const parent = openDirectory();
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  const dir = join(parent, 'sø mé 日本');
  const s = await startServer({ dir, config: {}, groups: { demo: {} } });
  t.after(() => s.stop());
  s.writeFile('recordings/demo/film.webm', 'x');
  const film = await s.get('/recordings/demo/film.webm', { headers: { authorization: `Basic ${btoa('root:rootpw')}` } });
  assert.equal(await film.text(), 'x');
  assert.equal((await s.get('/group/demo/')).status, 200);
  assert.equal((await s.get('/')).status, 200);
});

test('groups/ may be read-only: meetings and reading go on, a change is 403', async (t) => {
  const dir = temporaryDirectory();
  const groups = join(dir, 'groups');
  t.after(() => { chmodSync(groups, 0o755); rmSync(dir, { recursive: true, force: true }); });
  mkdirSync(groups);
  writeFileSync(join(groups, 'kept.json'), '{"displayName": "Kept"}', { mode: 0o444 });
  chmodSync(groups, 0o555);
  // Where all runs as root: what root may not do without these two capabilities is what others may not do.
  const program = join(dir, 'start');
  writeFileSync(program, `#!/bin/sh\nexec ${isClosed ? 'setpriv --bounding-set=-dac_override,-dac_read_search' : ''} '${supervisor}' "$@"\n`, { mode: 0o755 });
  const s = await startServer({ dir, config: {}, program });
  t.after(() => s.stop());
  assert.deepEqual(await (await s.api('.groups/')).json(), ['kept']);
  assert.equal((await s.get('/group/kept/')).status, 200);
  for (const [method, path] of [['PUT', '.groups/kept'], ['PUT', '.groups/new'], ['DELETE', '.groups/kept']]) {
    const r = await s.api(path, { method, ...(method === 'PUT' ? { json: {} } : {}) });
    assert.equal(r.status, 403, `${method} ${path}`);
    assert.match(await r.text(), /read-only/);
  }
  assert.deepEqual(readdirSync(groups), ['kept.json']);
});

test('a first start has the group demo and a setup URL', async (t) => {
  const s = await serverFor(t, { config: null });
  assert.match(s.setupUrl, new RegExp(`^${s.base}/admin/setup\\?token=\\S+$`));
  assert.equal((await s.get('/group/demo/.status')).status, 200);
  const groups = await (await s.get('/public-groups.json')).json();
  assert.deepEqual(groups.map((g) => g.name), ['demo']);
});

test('who brings a config.json gets no group that is open to the world', async (t) => {
  const s = await serverFor(t, { config: {} });
  assert.equal((await s.get('/group/demo/.status')).status, 404);
  assert.deepEqual(await (await s.get('/public-groups.json')).json(), []);
  assert.ok(!existsSync(join(s.dir, 'groups', 'demo.json')));
});

test('it runs from where make install put it', async (t) => {
  const root = openDirectory();
  t.after(() => rmSync(root, { recursive: true, force: true }));
  await run('make', ['-s', '-C', build, 'install', `DESTDIR=${root}`, 'prefix=/opt/n'], { timeout: 300000 });
  const at = (path) => join(root, 'opt', 'n', path);
  for (const file of ['bin/galenectl', 'bin/nereid-supervisor', 'libexec/nereid/mediad', 'libexec/nereid/admin-cgi',
    'share/nereid/static/group.html', 'share/nereid/nginx/nereid.conf.in']) {
    assert.ok(existsSync(at(file)), `${file} was not installed`);
  }
  const s = await serverFor(t, {
    program: at('bin/nereid-supervisor'), places: ['--programs', at('libexec/nereid'), '--share', at('share/nereid')],
    groups: { open: {} },
  });
  assert.equal((await s.get('/')).status, 200);
  assert.equal((await s.get('/group/open/')).status, 200);
});
