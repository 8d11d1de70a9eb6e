// A publisher whose line up becomes slow finds that out by itself: it sends what the line carries, and the call goes on.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Relay } from '../lib/relay.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { Caller } from './lib/caller.mjs';
import { writeMovingCamera } from './lib/moving_camera.mjs';
import { until } from './lib/people.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

describe('publishing over a line of 500 kbit/s', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'nereid-uplink-'));
  const camera = join(scratch, 'camera.y4m');
  let server;
  let relay;
  let publisher;
  let receiver;

  before(async () => {
    writeMovingCamera(camera);
    server = await startServer({ groups: { meeting: anybody } });
    relay = await Relay.start(server.udpPort);
    publisher = await Caller.arrive(server.base, 'meeting', 'ada', { camera, relay });
    receiver = await Caller.arrive(server.base, 'meeting', 'bo');
  });
  after(async () => {
    for (const caller of [publisher, receiver]) await caller?.leave();
    await relay?.stop();
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('while the line is wide the publisher sends a good picture', async () => {
    await until('the receiver decodes pictures', async () => (await receiver.counters()).frames > 30);
    await until('over 1.5 Mbit/s are allowed', async () => (await publisher.counters()).mayStillSend > 1500000);
  });

  it('when it becomes slow the publisher sends no more than it carries', async (t) => {
    relay.set('up', 'rate=500k,queue=300');
    const start = Date.now();
    await until('the publisher knows', async () => (await publisher.counters()).mayStillSend <= 500000);
    t.diagnostic(`the publisher knows after ${Date.now() - start} ms`);
  });

  it('the picture goes on and the sound is whole', async (t) => {
    await sleep(3000); // what waits in the line passes, and the rate settles
    const first = await receiver.counters();
    await sleep(8000);
    const last = await receiver.counters();
    const pictures = ((last.frames - first.frames) * 1000) / (last.at - first.at);
    const concealed = (last.concealed - first.concealed) / (last.samples - first.samples);
    const rate = ((last.bytes - first.bytes) * 8) / (last.at - first.at);
    t.diagnostic(`${pictures.toFixed(1)} pictures a second, ${rate.toFixed(0)} kbit/s, ${(concealed * 100).toFixed(1)} % of the sound concealed`);
    assert.ok(pictures >= 7, `${pictures} pictures a second`);
    assert.ok(concealed <= 0.06, `${concealed} of the sound concealed`);
  });
});
