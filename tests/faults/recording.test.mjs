// Recordings when mediad is killed, and when their disk is full: what was written plays to its end.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decode, probe } from '../lib/recorded.mjs';
import { build, eventually, sleep, startServer, top } from '../lib/server.mjs';
import { join as enter } from '../lib/ws_client.mjs';

const loadgen = [join(top, 'build'), build].map((d) => join(d, 'tests/bench/bin/loadgen')).find(existsSync);
const PATIENCE_MS = 60000; // of a busy machine
const KILLS = 20;
const LOST_MAX_S = 2; // by a kill
const group = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' }, 'allow-recording': true };

/** How long it is, and what is in it; every frame decodes. */
async function examine(file) {
  const { duration, streams } = await probe(file);
  assert.equal(await decode(file), '', file);
  return { seconds: duration, kinds: streams.map((s) => s.kind).sort() };
}

/** Somebody publishes until it is killed, or so many seconds. */
function publish(server, seconds, ...more) {
  assert.ok(loadgen, 'loadgen is not built: make bench');
  return execFile(loadgen, ['--url', `${server.base.replace('https', 'wss')}/ws`, '--group', 'meeting', '--subscribers', '0',
    '--seconds', String(seconds), '--audio', ...more]);
}

const files = (dir) => (existsSync(dir) ? readdirSync(dir).filter((name) => !name.startsWith('.')) : []);
const unfinished = (dir) => files(dir).filter((name) => name.endsWith('.part'));

describe(`mediad is killed while it records, ${KILLS} times`, () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  let dir;
  let random = 20261129;
  const chance = () => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return random / 2 ** 32;
  };

  before(async () => {
    server = await startServer({ groups: { meeting: group } });
    dir = join(server.dir, 'recordings', 'meeting');
  });
  after(() => server?.stop());

  for (let kill = 1; kill <= KILLS; kill++) {
    test(`kill ${kill}`, async (t) => {
      const known = new Set(files(dir));
      const publisher = publish(server, 60, '--rate', '400000', '--pps', '60');
      const operator = await enter(t, server, 'meeting', 'olga', '');
      operator.say({ type: 'groupaction', kind: 'record' });
      await eventually(() => assert.ok(unfinished(dir).length > 0, 'nothing is written'), PATIENCE_MS);
      const began = Date.now();
      await sleep(3000 + 4000 * chance());
      process.kill(server.pidOf('mediad'), 'SIGKILL');
      const recorded = (Date.now() - began) / 1000;
      publisher.kill();
      await eventually(() => {
        const made = files(dir).filter((name) => !known.has(name));
        assert.ok(made.length > 0 && made.every((name) => /\.webm$/.test(name)), `${made}`);
      }, PATIENCE_MS);
      for (const name of files(dir).filter((one) => !known.has(one))) {
        const { seconds, kinds } = await examine(join(dir, name));
        assert.deepEqual(kinds, ['audio', 'video']);
        t.diagnostic(`${name}: ${seconds.toFixed(2)} s of ${recorded.toFixed(2)}`);
        assert.ok(seconds >= recorded - 3 * LOST_MAX_S);
      }
    });
  }
});

const state = realpathSync(mkdtempSync(join(tmpdir(), 'nereid-recordings-')));
const recordings = join(state, 'recordings');
mkdirSync(recordings);
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', recordings]);
const skip = mounted.status === 0 ? false : 'nobody but root may mount a file system';

describe('the disk of the recordings is full', { skip }, () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  let publisher;
  const dir = join(recordings, 'meeting');

  before(async () => {
    server = await startServer({ dir: state, groups: { meeting: group }, config: {}, files: { 'data/mediad.json': { recording: { 'free-bytes': 0 } } } });
    publisher = publish(server, 120, '--rate', '4000000', '--pps', '400');
  });
  after(async () => {
    publisher?.kill();
    await server?.stop();
    spawnSync('umount', [recordings]);
    rmSync(state, { recursive: true, force: true });
  });

  test('the recording ends, its operators hear why, its file is whole, and the call goes on', async (t) => {
    const operator = await enter(t, server, 'meeting', 'olga', '');
    writeFileSync(join(recordings, 'ballast'), Buffer.alloc(52 << 20, 1));
    operator.say({ type: 'groupaction', kind: 'record' });
    await eventually(() => assert.equal(unfinished(dir).length, 1), PATIENCE_MS);
    const told = await operator.wait((m) => /disk|space|full/i.test(JSON.stringify(m)), 'why it ended', PATIENCE_MS);
    t.diagnostic(JSON.stringify(told));
    await eventually(() => assert.deepEqual(unfinished(dir), []), PATIENCE_MS);
    const [name, ...others] = files(dir);
    assert.deepEqual(others, []);
    const { seconds, kinds } = await examine(join(dir, name));
    t.diagnostic(`${name}: ${seconds.toFixed(2)} s`);
    assert.deepEqual(kinds, ['audio', 'video']);
    assert.ok(seconds > 1);
    const clients = async () => (await (await server.api('.stats')).json()).find((g) => g.name === 'meeting').clients;
    const received = async () => (await clients()).flatMap((c) => c.up ?? []).flatMap((up) => up.tracks).reduce((sum, track) => sum + track.bitrate, 0);
    await eventually(async () => assert.ok((await received()) > 1000000), PATIENCE_MS);
  });
});
