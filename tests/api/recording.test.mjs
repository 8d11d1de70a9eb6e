// A group is recorded: who may start and stop it, who is told, how it ends, and that what was sent is in the files.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { join as joinPath } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ffmpeg9 } from '../lib/ffmpeg9.mjs';
import { Relay } from '../lib/relay.mjs';
import { decode, finishedRecordings, probe, recordingsOf } from '../lib/recorded.mjs';
import { build, eventually, serverFor, sleep, startServer, top } from '../lib/server.mjs';
import { makeCertificate } from '../lib/test_ca.mjs';
import { join } from '../lib/ws_client.mjs';

const loadgen = [joinPath(top, 'build'), build].map((d) => joinPath(d, 'tests/bench/bin/loadgen')).find(existsSync);
const users = {
  olga: { password: 'op', permissions: 'op' },
  pat: { password: 'p', permissions: 'present' },
  rita: { password: 'r', permissions: ['present', 'message', 'record'] },
};
const kept = { users, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' }, 'allow-recording': true };
const closed = { users, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };

/** What mediad's control socket answers: {status, body}. */
function control(server, path, body) {
  const text = body ? JSON.stringify(body) : undefined;
  return new Promise((ok, fail) => {
    const request = http.request({
      socketPath: joinPath(server.dir, 'run', 'control.sock'), path, method: text ? 'POST' : 'GET',
      headers: text ? { 'content-length': Buffer.byteLength(text) } : {},
    }, async (response) => {
      let got = '';
      for await (const d of response) got += d;
      ok({ status: response.statusCode, body: JSON.parse(got) });
    });
    request.on('error', fail);
    request.end(text);
  });
}

const act = (server, group, action) => control(server, '/v0/groups/action', { group, action, by: 'admin' });
const live = async (server, group) => (await control(server, '/v0/groups')).body.find((g) => g.name === group);

/** Somebody who publishes pictures, and sound unless told otherwise; ends with the test. */
function publish(t, server, group, ...args) {
  assert.ok(loadgen, 'loadgen is not built: make bench');
  const child = execFile(loadgen, ['--url', `${server.base.replace('https', 'wss')}/ws`, '--group', group, '--subscribers', '1', '--seconds', '100',
    '--pps', '60', '--rate', '400000', ...args]);
  t.after(() => child.kill());
  return child;
}

/** Waits until the group has a stream that flows. */
const flows = (server, group) => eventually(async () => {
  const { body } = await control(server, `/v0/stats?group=${group}`);
  assert.ok(body[0]?.clients.some((c) => c.up?.some((up) => up.tracks.some((track) => track.bitrate > 0))), 'nothing flows');
}, 60000);

const infos = (c) => c.all.filter((m) => m.type === 'usermessage' && m.kind === 'info').map((m) => m.value);
const told = (c, text) => c.wait((m) => m.type === 'usermessage' && m.kind === 'info' && m.privileged && m.value === text, text);
const recorder = (c, kind) => c.wait((m) => m.type === 'user' && m.kind === kind && m.username === 'RECORDING', `recorder ${kind}`);
const record = (c) => c.say({ type: 'groupaction', kind: 'record' });
const unrecord = (c) => c.say({ type: 'groupaction', kind: 'unrecord' });

describe('starting and stopping', () => {
  let server;

  before(async () => {
    server = await startServer({ groups: { kept, closed, kicking: { ...kept, autokick: true } } });
  });
  after(() => server?.stop());

  test('everybody sees the member RECORDING come and go, and is told', async (t) => {
    const olga = await join(t, server, 'kept', 'olga', 'op');
    const pat = await join(t, server, 'kept', 'pat', 'p');
    record(olga);
    for (const c of [olga, pat]) {
      const { id, permissions } = await recorder(c, 'add');
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.deepEqual(permissions, ['system']);
      await told(c, 'olga has started to record this meeting.');
    }
    // who comes later, too
    const late = await join(t, server, 'kept', 'lou');
    await recorder(late, 'add');
    await told(late, 'This meeting is being recorded.');
    record(olga);
    assert.equal((await olga.error()).value, 'already recording');
    unrecord(olga);
    for (const c of [olga, pat, late]) {
      await recorder(c, 'delete');
      await told(c, 'olga has ended the recording.');
    }
    assert.deepEqual(recordingsOf(server, 'kept'), []);
  });

  test('SIG-30: the recorder is not counted, goes with the last member, and unrecord without it does no harm', async (t) => {
    const olga = await join(t, server, 'kept', 'olga', 'op');
    unrecord(olga);
    await olga.none((m) => m.kind === 'error');
    record(olga);
    await recorder(olga, 'add');
    const group = await live(server, 'kept');
    assert.equal(group.members, 1);
    assert.deepEqual(group.clients.map((c) => c.kind).sort(), ['client', 'recorder']);
    assert.deepEqual(Object.keys(group.recording), ['since', 'streams']);
    assert.equal(group.recording.streams, 0);
    assert.ok(Math.abs(Date.parse(group.recording.since) - Date.now()) < 60000);
    olga.say({ type: 'leave', kind: 'leave', group: 'kept' });
    olga.destroy();
    await eventually(async () => assert.deepEqual((await live(server, 'kept'))?.clients ?? [], []));
    assert.equal('recording' in (await live(server, 'kept') ?? {}), false);
  });

  test('a lone operator whose connection is renewed is recorded on', async (t) => {
    const olga = await join(t, server, 'kept', 'olga', 'op');
    record(olga);
    const { id } = await recorder(olga, 'add');
    const { since } = (await live(server, 'kept')).recording;
    const again = await join(t, server, 'kept', 'olga', 'op', { resume: olga.joined.resume });
    await olga.closed;
    assert.equal((await recorder(again, 'add')).id, id);
    assert.equal((await live(server, 'kept')).recording.since, since);
    unrecord(again);
    await recorder(again, 'delete');
  });

  test('it needs the permission, and a group that allows it', async (t) => {
    const pat = await join(t, server, 'kept', 'pat', 'p', { features: ['recording'] });
    assert.equal(pat.joined.canRecord, true);
    record(pat);
    assert.equal((await pat.error()).value, 'not authorised');
    unrecord(pat);
    assert.equal((await pat.error()).value, 'not authorised');
    const rita = await join(t, server, 'closed', 'rita', 'r', { features: ['recording'] });
    assert.equal('canRecord' in rita.joined, false);
    assert.ok(rita.joined.permissions.includes('record'));
    record(rita);
    const refusal = await rita.error();
    assert.equal(refusal.error, 'unavailable');
    assert.equal(refusal.value, 'this group does not allow recording');
    // who does not ask hears nothing of it
    const olga = await join(t, server, 'kept', 'olga', 'op');
    assert.equal('canRecord' in olga.joined, false);
  });

  test('the last operator who leaves a group with autokick ends it', async (t) => {
    const olga = await join(t, server, 'kicking', 'olga', 'op');
    const pat = await join(t, server, 'kicking', 'pat', 'p');
    record(olga);
    await recorder(pat, 'add');
    olga.destroy();
    await pat.closed;
    await eventually(async () => assert.deepEqual((await live(server, 'kicking'))?.clients ?? [], []));
  });

  test('an operator puts it out; a file that does not allow it any more ends it', async (t) => {
    const olga = await join(t, server, 'kept', 'olga', 'op');
    record(olga);
    const { id } = await recorder(olga, 'add');
    olga.say({ type: 'useraction', kind: 'op', dest: id });
    assert.equal((await olga.error()).value, 'this is not a real user');
    olga.say({ type: 'useraction', kind: 'kick', dest: id });
    await recorder(olga, 'delete');
    record(olga);
    await recorder(olga, 'add');
    server.writeGroup('kept', closed);
    await recorder(olga, 'delete');
    await told(olga, 'The recording has ended.');
    server.writeGroup('kept', kept);
    await olga.wait((m) => m.type === 'joined' && m.kind === 'change' && m.permissions.includes('record'), 'record again');
  });

  test('the control socket does the same', async (t) => {
    assert.equal((await act(server, 'nowhere', 'record')).status, 404);
    const olga = await join(t, server, 'kept', 'olga', 'op');
    const rita = await join(t, server, 'closed', 'rita', 'r');
    assert.equal((await act(server, 'kept', 'record')).status, 200);
    await told(olga, 'admin has started to record this meeting.');
    const again = await act(server, 'kept', 'record');
    assert.deepEqual([again.status, again.body.error, again.body.text], [409, 'exists', 'already recording']);
    const refused = await act(server, 'closed', 'record');
    assert.deepEqual([refused.status, refused.body.error, refused.body.text], [409, 'unsupported', 'this group does not allow recording']);
    const { id } = (await live(server, 'kept')).clients.find((c) => c.kind === 'recorder');
    const op = await control(server, '/v0/groups/action', { group: 'kept', action: 'op', client: id, by: 'admin' });
    assert.equal(op.status, 400);
    assert.equal((await act(server, 'kept', 'unrecord')).status, 200);
    await told(olga, 'admin has ended the recording.');
    assert.equal((await act(server, 'kept', 'unrecord')).status, 200);
    await rita.none((m) => m.kind === 'info');
  });
});

describe('what is recorded', () => {
  test('pictures and sound from where it starts to where it stops, one file for each stream', async (t) => {
    const server = await serverFor(t, { groups: { kept } });
    publish(t, server, 'kept', '--audio', '--publishers', '2');
    await flows(server, 'kept');
    const olga = await join(t, server, 'kept', 'olga', 'op');
    record(olga);
    await recorder(olga, 'add');
    await eventually(async () => assert.equal((await live(server, 'kept')).recording.streams, 2));
    await eventually(() => assert.equal(recordingsOf(server, 'kept').filter((n) => n.endsWith('.part')).length, 2));
    const metrics = await (await server.get('/metrics', { headers: { authorization: `Basic ${btoa('root:rootpw')}` } })).text();
    assert.match(metrics, /^nereid_groups_recorded 1$/m);
    assert.match(metrics, /^nereid_streams_recorded 2$/m);
    await sleep(5000);
    unrecord(olga);
    for (const file of await finishedRecordings(server, 'kept', 2)) {
      const seen = await probe(file);
      assert.deepEqual(seen.streams.map((s) => s.codec).sort(), ['opus', 'vp8']);
      assert.ok(seen.duration > 4 && seen.duration < 30, `${file}: ${seen.duration} s`);
      assert.ok(Math.abs(seen.start) < 0.1, `${file} starts at ${seen.start}`);
    }
    assert.deepEqual(infos(olga).filter((text) => /cannot|possible/.test(text)), []);
  });

  test('a stream that comes and goes meanwhile has its file when it has gone; one begins with a keyframe and decodes', async (t) => {
    const server = await serverFor(t, { groups: { kept } });
    const olga = await join(t, server, 'kept', 'olga', 'op');
    record(olga);
    await recorder(olga, 'add');
    const publisher = publish(t, server, 'kept');
    await flows(server, 'kept');
    await eventually(() => assert.equal(recordingsOf(server, 'kept').length, 1));
    await sleep(2000);
    publisher.kill();
    const [file] = await finishedRecordings(server, 'kept', 1);
    assert.equal(await decode(file), '');
    assert.deepEqual((await probe(file)).streams.map((s) => s.codec), ['vp8']);
    assert.equal((await live(server, 'kept')).recording.streams, 0);
  });

  test('a server that ends completes its files', async (t) => {
    const server = await serverFor(t, { groups: { kept } });
    publish(t, server, 'kept');
    await flows(server, 'kept');
    const olga = await join(t, server, 'kept', 'olga', 'op');
    record(olga);
    await eventually(() => assert.equal(recordingsOf(server, 'kept').length, 1));
    await sleep(1500);
    process.kill(server.pidOf('mediad'), 'SIGTERM');
    const [file] = await finishedRecordings(server, 'kept', 1);
    assert.ok((await probe(file)).duration > 1);
    assert.equal(await decode(file), '');
  });

  test('of a simulcast the best rid', async (t) => {
    const server = await serverFor(t, { groups: { kept } });
    publish(t, server, 'kept', '--rids', '1500,500,150');
    await flows(server, 'kept');
    const olga = await join(t, server, 'kept', 'olga', 'op');
    record(olga);
    await eventually(() => assert.equal(recordingsOf(server, 'kept').length, 1));
    await sleep(3000);
    unrecord(olga);
    const [file] = await finishedRecordings(server, 'kept', 1);
    assert.deepEqual((await probe(file)).streams.map((s) => [s.width, s.height]), [[1280, 720]]);
    assert.equal(await decode(file), '');
  });

  test('what the publisher repeats, whole', async (t) => {
    const server = await serverFor(t, { groups: { kept } });
    const relay = await Relay.start(server.udpPort, { up: 'loss=5,delay=20' });
    t.after(() => relay.stop());
    publish(t, server, 'kept', '--via', String(relay.port));
    await flows(server, 'kept');
    const olga = await join(t, server, 'kept', 'olga', 'op');
    record(olga);
    await eventually(() => assert.equal(recordingsOf(server, 'kept').length, 1));
    await sleep(6000);
    unrecord(olga);
    const [file] = await finishedRecordings(server, 'kept', 1);
    const { duration, streams } = await probe(file);
    assert.equal(await decode(file), '');
    t.diagnostic(`${streams[0].frames} frames in ${duration} s`);
    assert.ok(streams[0].frames > 25 * duration, `${streams[0].frames} frames in ${duration} s`);
  });

  test('a program that streams (WHIP, H.264), which answers no wish for a keyframe: from its last one on', async (t) => {
    const ffmpeg = await ffmpeg9();
    if (ffmpeg.missing) { t.skip(ffmpeg.missing); return; }
    const { ca, cert, key } = makeCertificate(t);
    const group = { users: { olga: users.olga }, codecs: ['h264', 'opus'], 'allow-recording': true };
    const token = { token: 'tok', group: 'tall', username: 'studio', permissions: ['present'], expires: new Date(Date.now() + 3600e3).toISOString() };
    const server = await serverFor(t, {
      groups: { tall: group }, files: { 'data/cert.pem': cert, 'data/key.pem': key, 'data/var/tokens.jsonl': `${JSON.stringify(token)}\n` },
    });
    const program = execFile(ffmpeg.program, ['-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=15',
      '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-t', '100', '-c:v', 'libx264', '-profile:v', 'baseline', '-preset', 'ultrafast',
      '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '90', '-c:a', 'libopus', '-ar', '48000', '-ac', '2', '-f', 'whip', '-authorization', 'tok',
      `${server.base}/group/tall/.whip`], { env: { ...process.env, SSL_CERT_FILE: ca } });
    t.after(() => program.kill('SIGKILL'));
    await flows(server, 'tall');
    const olga = await join(t, server, 'tall', 'olga', 'op');
    await sleep(8000); // so long that it is known by then to answer nothing
    record(olga);
    await eventually(() => assert.equal(recordingsOf(server, 'tall').length, 1));
    await sleep(4000);
    unrecord(olga);
    const [file] = await finishedRecordings(server, 'tall', 1);
    const { duration, streams } = await probe(file);
    assert.match(file, /-studio\.mkv$/);
    assert.deepEqual(streams.map((s) => s.codec).sort(), ['h264', 'opus']);
    assert.deepEqual(streams.filter((s) => s.kind === 'video').map((s) => [s.width, s.height]), [[320, 180]]);
    assert.ok(duration > 3, `${duration} s`);
    assert.equal(await decode(file), '');
  });

  test('over its quota it ends by itself: operators are told why, everybody that it has ended, and the call goes on', async (t) => {
    const server = await serverFor(t, { groups: { kept }, files: { 'data/mediad.json': { recording: { 'group-bytes': 100000 } } } });
    publish(t, server, 'kept');
    await flows(server, 'kept');
    const olga = await join(t, server, 'kept', 'olga', 'op');
    const pat = await join(t, server, 'kept', 'pat', 'p');
    record(olga);
    await recorder(pat, 'add');
    await olga.wait((m) => m.kind === 'info' && /^The recording cannot go on: /.test(m.value), 'why', 30000);
    for (const c of [olga, pat]) {
      await told(c, 'The recording has ended.');
      await recorder(c, 'delete');
    }
    assert.equal(infos(pat).some((text) => /cannot go on/.test(text)), false);
    await flows(server, 'kept');
    const health = (await control(server, '/v0/health')).body;
    assert.equal(health.counters.recordingsFailed, 1);
  });
});
