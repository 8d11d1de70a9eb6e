// Media as the load generator sees it: every packet is checked by content, losses are repaired.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build, eventually, startServer, top } from '../lib/server.mjs';

// Built without sanitizers where there is such a build: it must not be the bottleneck.
const loadgen = [join(top, 'build'), build].map((d) => join(d, 'tests/bench/bin/loadgen')).find(existsSync);

/** Runs the generator; resolves to its report. */
function load(server, ...args) {
  assert.ok(loadgen, 'loadgen is not built: make bench');
  const url = `${server.base.replace('https', 'wss')}/ws`;
  return new Promise((ok, fail) => {
    execFile(loadgen, ['--url', url, '--group', 'load', ...args], { timeout: 120000 }, (e, out, err) => {
      try {
        ok(JSON.parse(out));
      } catch {
        fail(new Error(`loadgen: ${e?.message} ${err} ${out}`));
      }
    });
  });
}

describe('media, packet by packet', () => {
  let server;

  before(async () => {
    const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
    server = await startServer({ groups: { load: open } });
  });
  after(() => server?.stop());

  it('fifty receivers get everything; their keyframe wishes reach the publisher once', async (t) => {
    const seen = await load(server, '--subscribers', '50', '--seconds', '6', '--rate', '400000', '--pps', '30', '--pli');
    t.diagnostic(`p50 ${seen.latency_p50_us} us, p99 ${seen.latency_p99_us} us`);
    assert.equal(seen.streams_connected, 51, seen.failure);
    assert.equal(seen.lost, 0);
    assert.equal(seen.corrupt, 0);
    assert.ok(seen.received >= 50 * 6 * 25, `received ${seen.received}`);
    assert.equal(seen.keyframe_requests, 1);
  });

  it('what receivers drop is repaired', async () => {
    const seen = await load(server, '--subscribers', '8', '--seconds', '6', '--drop', '5');
    assert.equal(seen.streams_connected, 9, seen.failure);
    assert.ok(seen.dropped_on_purpose > 50, `dropped ${seen.dropped_on_purpose}`);
    assert.ok(seen.repaired > 50, `repaired ${seen.repaired}`);
    assert.equal(seen.lost, 0);
    assert.equal(seen.corrupt, 0);
  });

  it('sound and picture of a stream share one time line', async (t) => {
    const seen = await load(server, '--subscribers', '2', '--seconds', '6', '--audio');
    assert.equal(seen.streams_connected, 3, seen.failure);
    assert.equal(seen.lost, 0);
    assert.ok('sender_report_skew_ms' in seen, 'no sender reports of both tracks came');
    t.diagnostic(`skew ${seen.sender_report_skew_ms} ms`);
    assert.ok(seen.sender_report_skew_ms <= 40, `skew ${seen.sender_report_skew_ms} ms`);
  });

  it('two publishers and three receivers: each stream arrives whole', async () => {
    const seen = await load(server, '--publishers', '2', '--subscribers', '3', '--seconds', '4', '--rate', '600000', '--pps', '60');
    assert.equal(seen.streams_connected, 8, seen.failure);
    assert.equal(seen.lost, 0);
    assert.equal(seen.corrupt, 0);
  });

  it('memory follows what is sent, and comes back when all have left', async (t) => {
    const publishers = 12;
    const kept = () => Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pidOf('mediad')}/status`, 'utf8'))[1]) / 1024;
    const before = kept();
    let peak = 0;
    const watch = setInterval(() => { peak = Math.max(peak, kept() - before); }, 200);
    const seen = await load(server, '--publishers', String(publishers), '--subscribers', '1', '--seconds', '6').finally(() => clearInterval(watch));
    assert.equal(seen.streams_connected, 2 * publishers, seen.failure);
    // 1 MiB for each track that is published at 1.3 Mbit/s, 32 KiB for each that is received.
    const allowed = publishers * (1 + 1 / 32);
    t.diagnostic(`${(peak / publishers).toFixed(2)} MiB for each stream, published and received`);
    assert.ok(peak < 3 * allowed, `${peak} MiB more`);
    // Within a minute; three may pass.
    const left = await eventually(async () => {
      const now = kept() - before;
      assert.ok(now < 2 * allowed, `${now} MiB more than before`);
      return now;
    }, 180_000);
    t.diagnostic(`${left.toFixed(2)} MiB more than before`);
  });
});
