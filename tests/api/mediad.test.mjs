// The program mediad by itself: options, lock, sockets, configuration (FAULT-7, FAULT-19, FAULT-20).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join as path } from 'node:path';
import { health, program, startMediad as start, stateDirectory } from '../lib/mediad.mjs';
import { eventually, freeUdpPort } from '../lib/server.mjs';
import { connect as connectClient } from '../lib/ws_client.mjs';

/** Runs mediad to its end: {code, err}. */
function run(...args) {
  return new Promise((ok) => {
    execFile(program, args, { timeout: 30000 }, (e, out, err) => ok({ code: e ? e.code : 0, out, err }));
  });
}

for (const [why, args, text] of [
  ['no directory', [], /--dir: is required/],
  ['a port that is none', ['--dir', 'x', '--udp-port', '70000'], /--udp-port: not a number from 0 to 65535/],
  ['an unknown option', ['--dir', 'x', '--dance'], /see --help/],
  ['a stray word', ['--dir', 'x', 'y'], /unexpected argument/],
]) {
  test(`options: ${why} is refused`, async () => {
    const { code, err } = await run(...args);
    assert.equal(code, 1);
    assert.match(err, text);
  });
}

test('options: --help explains', async () => {
  const { code, out } = await run('--help');
  assert.equal(code, 0);
  assert.match(out, /--media-listen ADDR/);
});

test('--check-config: silent about good files, names what is bad in others', async (t) => {
  const dir = stateDirectory(t, { 'groups/good.json': '{}' });
  assert.equal((await run('--dir', dir, '--check-config')).code, 0);
  writeFileSync(path(dir, 'groups/bad.json'), '{\n "users": 3}');
  const bad = await run('--dir', dir, '--check-config');
  assert.equal(bad.code, 1);
  assert.match(bad.err, /groups\/bad\.json: line 2 column \d+: /);
  rmSync(path(dir, 'groups/bad.json'));
  mkdirSync(path(dir, 'data/var'), { recursive: true });
  writeFileSync(path(dir, 'data/config.json'), '{\n "admin": []}');
  writeFileSync(path(dir, 'data/var/tokens.jsonl'), '{"token": "a", "group": "g"}\njunk\n');
  const tokens = await run('--dir', dir, '--check-config');
  assert.equal(tokens.code, 1);
  assert.match(tokens.err, /1 damaged tokens in tokens.jsonl are ignored, the first at line 2/);
  assert.match(tokens.err, /data\/config\.json line 2 column 2: admin: obsolete/);
  writeFileSync(path(dir, 'data/mediad.json'), '{"limits":{"members":-1}}');
  const settings = await run('--dir', dir, '--check-config');
  assert.equal(settings.code, 1);
  assert.match(settings.err, /data\/mediad\.json/);
});

test('FAULT-19: a second one on the same directory refuses, with the pid of the first', async (t) => {
  const dir = stateDirectory(t);
  const first = await start(t, dir);
  const second = await run('--dir', dir, '--udp-port', String(await freeUdpPort()), '--media-listen', '127.0.0.1');
  assert.equal(second.code, 1);
  assert.match(second.err, new RegExp(`already running here, process ${first.child.pid}`));
  assert.equal((await health(dir)).pid, first.child.pid);
});

test('FAULT-20: after a crash the next one starts on the stale sockets', async (t) => {
  const dir = stateDirectory(t);
  const first = await start(t, dir);
  first.child.kill('SIGKILL');
  await first.ended;
  assert.ok(existsSync(path(dir, 'run/mediad.sock')));
  const second = await start(t, dir);
  assert.equal((await health(dir)).pid, second.child.pid);
  for (const s of ['mediad.sock', 'control.sock']) assert.equal(statSync(path(dir, 'run', s)).mode & 0o777, 0o660);
});

test('a path too long for a socket is refused with one line', async (t) => {
  const dir = path(stateDirectory(t), 'x'.repeat(110));
  mkdirSync(dir);
  const { code, err } = await run('--dir', dir, '--udp-port', String(await freeUdpPort()), '--media-listen', '127.0.0.1');
  assert.equal(code, 1);
  assert.match(err, /too long/);
});

test('FAULT-7: strange group files do not keep it from starting', async (t) => {
  const dir = stateDirectory(t, { 'groups/empty.json': '', 'groups/good.json': '{}', 'groups/.hidden.json': '{' });
  mkdirSync(path(dir, 'groups/folder.json'));
  await new Promise((ok) => { execFile('mkfifo', [path(dir, 'groups/pipe.json')], ok); });
  await start(t, dir);
  const h = await health(dir);
  assert.equal(h.problems, 1, "the empty file; what is no regular file is skipped");
});

test('settings: a bad file is reported and the rest is used', async (t) => {
  const dir = stateDirectory(t, { 'data/mediad.json': '{"limits": {"members": "many"' });
  const p = await start(t, dir);
  assert.match(p.log(), /mediad\.json: line 1 column \d+/);
  writeFileSync(path(dir, 'data/mediad.json'), '{}');
  await eventually(() => assert.match(p.log(), /read data\/mediad\.json/));
});

test('signals: HUP reads again, TERM ends with status 0', async (t) => {
  const dir = stateDirectory(t);
  const p = await start(t, dir);
  p.child.kill('SIGHUP');
  await eventually(() => assert.match(p.log(), /read data\/mediad\.json/));
  p.child.kill('SIGTERM');
  assert.deepEqual(await p.ended, { code: 0, signal: null });
});

/** A connection to mediad's own socket: {socket, text(): what came}. */
function connect(t, dir) {
  const socket = net.connect({ path: path(dir, 'run/mediad.sock') });
  let text = '';
  socket.on('data', (d) => { text += d.toString('latin1'); });
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  return { socket, text: () => text };
}

const upgrade = 'GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Raw-URI: /ws\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n';

test('connections do not use up the descriptors: 503 instead, and the control socket still answers', async (t) => {
  const dir = stateDirectory(t);
  const p = await start(t, dir, { descriptors: 160 });
  const idle = [];
  const refused = () => idle.filter((c) => c.text().startsWith('HTTP/1.1 503 ')).length;
  for (let i = 0; i < 200; i++) idle.push(connect(t, dir));
  await eventually(() => assert.ok(refused() > 20, `${refused()} refused`));
  assert.ok(refused() < 180, 'most of them stay');
  assert.equal((await health(dir)).connections, 0);
  for (const c of idle) c.socket.destroy();
  await eventually(async () => {
    const c = connect(t, dir);
    c.socket.write(upgrade);
    await eventually(() => assert.match(c.text(), /^HTTP\/1\.1 101 /), 1000);
  });
  assert.match(p.log(), /nearly all descriptors are used: new connections to run\/mediad.sock are answered 503/);
});

// accept(2), EMFILE: the limit is lowered to what is open, as when something else in the process had taken the rest.
test('without any descriptor: 503 and a pause, a few lines of log, and those inside go on', async (t) => {
  const open = JSON.stringify({ 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } });
  const dir = stateDirectory(t, { 'groups/open.json': open, 'groups/later.json': open });
  const p = await start(t, dir);
  const limit = (n) => execFileSync('prlimit', ['--pid', String(p.child.pid), `--nofile=${n}:4096`]);
  const [ann, ben] = [await connectClient(t, p), await connectClient(t, p)];
  for (const c of [ann, ben]) assert.equal((await c.join('open', c.id)).kind, 'join');
  const cpu = () => readFileSync(`/proc/${p.child.pid}/stat`, 'utf8').split(' ').slice(13, 15).reduce((a, b) => a + Number(b), 0);
  const began = { cpu: cpu(), at: Date.now(), lines: p.log().split('\n').length };
  const taken = new Set(readdirSync(`/proc/${p.child.pid}/fd`).map(Number));
  let free = 0;
  while (taken.has(free)) free++;
  limit(free + 4);
  const more = Array.from({ length: 300 }, () => connect(t, dir));
  for (const c of more) c.socket.write(upgrade);
  await eventually(() => assert.ok(more.every((c) => c.text() || c.socket.destroyed), 'each is answered'));
  assert.ok(more.filter((c) => /^HTTP\/1\.1 503 /.test(c.text())).length > 100);
  ann.send({ type: 'chat', source: ann.id, kind: '', value: 'still here' });
  assert.equal((await ben.type('chat')).value, 'still here');
  // Nobody is accepted, and nobody spins: connections wait in the backlog and are answered in their turn.
  const last = connect(t, dir);
  await eventually(() => assert.match(last.text(), /^HTTP\/1\.1 503 /));
  assert.ok(cpu() - began.cpu < (Date.now() - began.at) / 10 / 2, 'less than half a core');
  const lines = p.log().split('\n').slice(began.lines - 1);
  assert.ok(lines.length < 20, lines.join('\n'));
  assert.match(p.log(), /error http no descriptors are left/);
  limit(4096);
  const carl = await connectClient(t, p);
  assert.equal((await carl.join('later', 'carl')).kind, 'join');
  await eventually(() => assert.match(p.log(), /has descriptors again; \d+ connections were answered 503/));
});

// The address is what nginx says (X-Forwarded-For). 200 of one address and 2000 in all are the defaults.
test('thousands of silent connections keep nobody out, from whatever addresses', async (t) => {
  const dir = stateDirectory(t, {
    'groups/open.json': JSON.stringify({ 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } }),
    'data/mediad.json': JSON.stringify({ limits: { unjoined: 300, 'unjoined-per-address': 60 } }),
  });
  const { socket } = await start(t, dir, { descriptors: 8192 });
  const from = (address) => upgrade.replace('\r\n\r\n', `\r\nX-Forwarded-For: ${address}\r\n\r\n`);
  const attack = async (addresses, count) => {
    const all = [];
    for (let i = 0; i < count; i++) {
      const c = connect(t, dir);
      c.socket.write(from(addresses(i)));
      all.push(c);
    }
    await eventually(() => assert.ok(all.every((c) => c.text().length > 0), 'all were answered'));
    return all;
  };
  const everybody = [];
  for (const [name, addresses] of [['few', (i) => `198.51.100.${i % 11}`], ['many', (i) => `203.0.${i >> 7}.${i & 127}`], ['one network', (i) => `2001:db8::${i.toString(16)}`]]) {
    const all = await attack(addresses, 700);
    if (name === 'one network')
      assert.ok(all.some((c) => /^HTTP\/1\.\d 503/.test(c.text())), 'a /64 counts as one address');
    for (let i = 0; i < 5; i++) {
      const one = await connectClient(t, { socket }, { headers: { 'X-Forwarded-For': `192.0.2.${i}` } });
      assert.equal((await one.join('open', `${name}${i}`)).kind, 'join');
      everybody.push(one);
    }
  }
  for (const one of everybody) await one.sync();
  assert.ok((await health(dir)).unjoined <= 300);
});

test('who does not answer a close frame is disconnected', async (t) => {
  const dir = stateDirectory(t);
  await start(t, dir);
  const c = connect(t, dir);
  c.socket.write(upgrade);
  await eventually(() => assert.match(c.text(), /^HTTP\/1\.1 101 /));
  // A masked text frame "{}", which is no handshake.
  c.socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x7b, 0x7d]));
  await eventually(() => assert.ok(c.text().includes('\x88'), 'a close frame'));
  await eventually(() => assert.ok(c.socket.destroyed));
});
