// Connections that can never come up: three attempts, then the stream ends and its client hears why.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join as path } from 'node:path';
import { after, before, test } from 'node:test';
import { build, startServer, top } from '../lib/server.mjs';
import { answerTo, join, offerOf } from '../lib/ws_client.mjs';

const loadgen = [path(top, 'build'), build].map((d) => path(d, 'tests/bench/bin/loadgen')).find(existsSync);
const everything = { '': ['audio', 'video'] };
const mismatch = "the peer's certificate does not match its fingerprint";

/** @type {import('../lib/server.mjs').Server} */
let server;

before(async () => {
  const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };
  server = await startServer({ groups: { liars: open, listeners: open, mute: open } });
});
after(() => server?.stop());

/** Runs the generator until somebody hears an error; resolves to its report. */
function load(group, ...args) {
  assert.ok(loadgen, 'loadgen is not built: make bench');
  const url = `${server.base.replace('https', 'wss')}/ws`;
  return new Promise((ok, fail) => {
    execFile(loadgen, ['--url', url, '--group', group, ...args], { timeout: 120000 }, (e, out, err) => {
      try {
        ok(JSON.parse(out));
      } catch {
        fail(new Error(`loadgen: ${e?.message} ${err} ${out}`));
      }
    });
  });
}

const about = (type, id) => (m) => m.type === type && m.id === id;

test('a publisher whose certificate never matches is told so, and receivers are closed', async (t) => {
  const rita = await join(t, server, 'liars', 'rita', '');
  rita.say({ type: 'request', request: everything });
  await rita.sync();
  const [seen, offer] = await Promise.all([
    load('liars', '--impostor-publishers', '--subscribers', '0'),
    rita.wait((m) => m.type === 'offer', 'offer', 60000),
  ]);
  assert.equal(seen.failure, `Your stream could not be connected in 3 attempts: ${mismatch}`);
  assert.equal(seen.attempts, 3);
  assert.equal(seen.streams_connected, 0);
  await rita.wait(about('close', offer.id), 'close');
});

test('a receiver whose certificate never matches is told so; the publisher goes on', async () => {
  const seen = await load('listeners', '--impostor-subscribers');
  assert.equal(seen.failure, `A stream of load0 could not be connected in 3 attempts: ${mismatch}`);
  assert.equal(seen.attempts, 3);
  assert.equal(seen.streams_connected, 1);
});

// RFC 7675 section 5.1: consent lasts for 30 s, and an attempt no longer.
test('without a single packet publisher and receiver are given up, too', async (t) => {
  const why = 'no connection over UDP within 30 s';
  const pam = await join(t, server, 'mute', 'pam', '');
  const ron = await join(t, server, 'mute', 'ron', '');
  const camera = offerOf('chromium-camera');
  const args = ['--group', 'mute', '--subscribers', '0', '--seconds', '300', '--rate', '50000', '--pps', '5'];
  const healthy = execFile(loadgen, ['--url', `${server.base.replace('https', 'wss')}/ws`, ...args], () => {});
  t.after(() => healthy.kill());

  /** Publishes with other credentials for each attempt, as browsers do; once without. */
  async function publish() {
    for (let n = 0; ; n++) {
      pam.say({ type: 'offer', id: 's1', label: 'camera', sdp: n < 2 ? camera : camera.replace(/a=ice-ufrag:.*/g, 'a=ice-ufrag:other') });
      await pam.wait(about('answer', 's1'), 'answer');
      const verdict = await pam.wait((m) => ['renegotiate', 'abort'].includes(m.type) && m.id === 's1', 'verdict', 90000);
      if (verdict.type === 'abort') return n + 1;
    }
  }
  /** Answers every offer of the healthy stream, and sends nothing. */
  async function receive() {
    ron.say({ type: 'request', request: everything });
    for (let n = 0, id; ; n++) {
      const m = await ron.wait((x) => (x.type === 'offer' && x.username === 'load0') || (x.type === 'close' && x.id === id), 'offer', 90000);
      if (m.type === 'close') return { n, id };
      id = m.id;
      ron.say({ type: 'answer', id, sdp: answerTo(m.sdp) });
    }
  }
  const [published, received] = await Promise.all([publish(), receive()]);

  assert.equal(published, 3);
  assert.equal(received.n, 3);
  const own = await pam.error();
  assert.deepEqual([own.error, own.id, own.value], ['connection-failed', 's1', `Your stream could not be connected in 3 attempts: ${why}`]);
  const theirs = await ron.error();
  assert.deepEqual([theirs.error, theirs.id, theirs.value], ['connection-failed', received.id, `A stream of load0 could not be connected in 3 attempts: ${why}`]);
});
