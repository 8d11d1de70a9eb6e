// What the server knows and decides about streams, as administrators see it: `.stats`, the live page of a group.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Browser } from '../lib/console.mjs';
import { Relay } from '../lib/relay.mjs';
import { build, eventually, startServer, top } from '../lib/server.mjs';

const loadgen = [join(top, 'build'), build].map((d) => join(d, 'tests/bench/bin/loadgen')).find(existsSync);
const PATIENCE_MS = 60000; // of a busy machine
const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

describe('streams in use', () => {
  let server;
  let calls;

  before(async () => {
    assert.ok(loadgen, 'loadgen is not built: make bench');
    server = await startServer({ groups: { 'a&b': open, quiet: open } });
    const url = `${server.base.replace('https', 'wss')}/ws`;
    calls = execFile(loadgen, ['--url', url, '--group', 'a&b', '--subscribers', '2', '--seconds', '100', '--audio']);
    await eventually(async () => assert.equal((await streams()).filter((s) => s.down).length, 2), PATIENCE_MS);
  });
  after(async () => {
    calls?.kill();
    await server?.stop();
  });

  /** Clients of the group, with tracks that flow. */
  const streams = async () => {
    const groups = await (await server.api('.stats')).json();
    const clients = groups.find((g) => g.name === 'a&b')?.clients ?? [];
    const flowing = (c) => [...c.up ?? [], ...c.down ?? []].some((one) => one.tracks.some((t) => t.bitrate > 0));
    return clients.filter(flowing);
  };

  test('.stats says what each track carries', async () => {
    for (const client of await streams()) {
      for (const connection of [...client.up ?? [], ...client.down ?? []])
        assert.deepEqual(connection.tracks.map((t) => t.kind).sort(), ['audio', 'video']);
    }
  });

  test('and how each video is sent', async () => {
    await eventually(async () => {
      const tracks = (await streams()).flatMap((c) => c.down ?? []).flatMap((c) => c.tracks);
      assert.equal(tracks.length, 4);
      for (const t of tracks) {
        if (t.kind === 'audio') assert.deepEqual([t.state, t.layer, t.target], [undefined, undefined, undefined]);
        else assert.deepEqual([t.state, t.reason, t.layer], ['full', undefined, t.layers - 1]);
      }
    });
  });

  test('and what becomes of the one that is published', async () => {
    await eventually(async () => {
      const [up] = (await streams()).flatMap((c) => c.up ?? []);
      const [audio, video] = ['audio', 'video'].map((kind) => up.tracks.find((t) => t.kind === kind));
      assert.deepEqual([audio.state, audio.target, audio.rid], [undefined, undefined, undefined]);
      assert.deepEqual([video.state, video.reason, video.rid], ['sent', undefined, undefined]);
      assert.ok(video.target >= 150000, `it is told ${video.target}`);
      assert.equal(up.rate, undefined, 'it did not ask for that');
    });
  });

  test('the metrics count them', async () => {
    await eventually(async () => {
      const text = await (await server.get('/metrics')).text();
      assert.match(text, /^nereid_received_videos\{state="full"\} 2$/m);
      assert.match(text, /^nereid_received_videos_layer\{layer="(only|highest)"\} 2$/m);
      assert.match(text, /^nereid_published_rids\{state="sent"\} 1$/m);
      assert.match(text, /^nereid_published_rids\{state="unwanted"\} 0$/m);
      assert.match(text, /^nereid_received_videos_less\{reason="bandwidth"\} 0$/m);
    });
  });

  test('the live page sums them up, and shows those of one member', async () => {
    const b = new Browser(server);
    await b.signIn();
    const path = '/admin/groups/a&b/.live';
    const page = await b.open(path);
    assert.equal(page.status, 200);
    // The name and the menu of a row lead to the same page.
    const links = new Set([...page.html.replace(/<template[\s\S]*?<\/template>/, '').matchAll(/href="(\.person\?client=[^"]*)"/g)].map((m) => m[1]));
    assert.equal(links.size, 3, page.text);
    for (const link of links) assert.equal((await b.open(new URL(link, `https://x${path}`).pathname + new URL(link, `https://x${path}`).search)).status, 200, link);
    const receiver = (await streams()).find((c) => c.down);
    const person = '/admin/groups/a&b/.person';
    const shown = await b.open(`${person}?client=${encodeURIComponent(receiver.id)}`);
    assert.match(shown.html, /<section[^>]*id="streams"/);
    assert.match(shown.text, /Video Full (the only one|(low|middle|high) of \d) /);
    assert.match(shown.text, /From \S+ Video/);
    assert.match(shown.text, /From \S+ Sound/);
    for (const query of ['?client=nobody', '?client=', '?client=%3Cb%3E', '']) {
      const other = await b.open(person + query);
      assert.deepEqual([other.status, decodeURIComponent(other.path)], [200, path], query);
      assert.match(other.text, /They have left\./, query);
      assert.doesNotMatch(other.html, /id="streams"|<b>/, query);
    }
    assert.equal((await b.open(`${person}?client=%FF`)).status, 400);
  });
});

describe('a receiver behind a slow line', () => {
  let server;
  let relay;
  const calls = [];

  before(async () => {
    assert.ok(loadgen, 'loadgen is not built: make bench');
    server = await startServer({ groups: { slow: open } });
    relay = await Relay.start(server.udpPort, { down: 'rate=400k,queue=300,delay=10' });
    const call = (...how) => calls.push(execFile(loadgen, ['--url', `${server.base.replace('https', 'wss')}/ws`, '--group', 'slow', '--seconds', '150', ...how]));
    call('--subscribers', '0', '--rids', '1500,500,150');
    call('--publishers', '0', '--subscribers', '1', '--others', '1', '--via', String(relay.port));
  });
  after(async () => {
    for (const call of calls) call.kill();
    await relay?.stop();
    await server?.stop();
  });

  /** The group's client with such connections. */
  const client = async (direction) => {
    const clients = (await (await server.api('.stats')).json()).find((g) => g.name === 'slow')?.clients ?? [];
    return clients.find((c) => c[direction]);
  };
  const metrics = async () => (await server.get('/metrics')).text();

  test('is seen to get less, and why', async () => {
    const b = new Browser(server);
    await b.signIn();
    await eventually(async () => {
      const receiver = await client('down');
      const [connection] = receiver?.down ?? [];
      assert.ok(connection?.maxBitrate < 600000, `a line of ${connection?.maxBitrate}`);
      const [video] = connection.tracks;
      assert.deepEqual([video.state, video.reason], ['reduced', 'bandwidth']);
      assert.ok(video.target > 50000 && video.target < 400000, `it may take ${video.target}`);
      assert.ok(video.layer < video.layers - 1, `layer ${video.layer} of ${video.layers}`);
      const page = await b.open(`/admin/groups/slow/.person?client=${encodeURIComponent(receiver.id)}`);
      assert.match(page.text, /of \d+ kbit\/s 1 reduced/);
      assert.match(page.text, /Video Reduced: bandwidth (low|middle|\d) of \d \d+ kbit\/s \d+ kbit\/s /);
      const text = await metrics();
      assert.match(text, /^nereid_received_videos_less\{reason="bandwidth"\} 1$/m);
      assert.match(text, /^nereid_received_videos_layer\{layer="(lowest|middle)"\} 1$/m);
      assert.match(text, /^nereid_receiver_lines 1$/m);
      for (const what of ['receiver_lines', 'received_videos_target']) {
        const bps = 8 * Number(new RegExp(`^nereid_${what}_bytes_per_second (\\S+)$`, 'm').exec(text)?.[1]);
        assert.ok(bps > 50000 && bps < 600000, `${what}: ${bps}`);
      }
    }, PATIENCE_MS);
  });

  test('nobody receives the best rid of its publisher, who is told so, and that is seen', async () => {
    const b = new Browser(server);
    await b.signIn();
    await eventually(async () => {
      const publisher = await client('up');
      const [h, m, l] = publisher.up[0].tracks;
      assert.deepEqual([h.rid, m.rid, l.rid], ['h', 'm', 'l']);
      assert.deepEqual([h.state, h.target], ['unwanted', 0]);
      assert.equal(l.state, 'sent');
      assert.ok(l.target >= 100000 && l.target < 400000, `the lowest may take ${l.target}`);
      const page = await b.open(`/admin/groups/slow/.person?client=${encodeURIComponent(publisher.id)}`);
      assert.match(page.text, /Sent Video Unused: nobody receives it h \d+ kbit\/s 0 kbit\/s /);
      assert.match(page.text, /Sent Video In use l \d+ kbit\/s \d+ kbit\/s /);
      const text = await metrics();
      const states = Object.fromEntries([...text.matchAll(/^nereid_published_rids\{state="(\w+)"\} (\d+)$/gm)].map(([, state, n]) => [state, Number(n)]));
      assert.deepEqual(Object.keys(states), ['sent', 'shrunk', 'unwanted', 'broken', 'silent']);
      assert.equal(Object.values(states).reduce((a, n) => a + n), 3);
      assert.ok(states.unwanted >= 1 && states.sent >= 1, JSON.stringify(states));
    }, PATIENCE_MS);
  });
});
