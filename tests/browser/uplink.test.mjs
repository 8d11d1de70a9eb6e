// A publisher whose line up becomes slow finds that out by itself: it sends what the line carries, and the call goes on.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sleep } from '../lib/server.mjs';
import { callOverLine } from './lib/line_call.mjs';
import { until } from './lib/people.mjs';

describe('publishing over a line of 500 kbit/s', () => {
  const call = callOverLine({ behind: 'publisher' });

  it('while the line is wide the publisher sends a good picture', async () => {
    await until('the receiver decodes pictures', async () => (await call.receiver.counters()).frames > 30);
    await until('over 1.5 Mbit/s are allowed', async () => (await call.publisher.counters()).mayStillSend > 1500000);
  });

  it('when it becomes slow the publisher sends no more than it carries', async (t) => {
    call.relay.set('up', 'rate=500k,queue=300');
    const start = Date.now();
    await until('the publisher knows', async () => (await call.publisher.counters()).mayStillSend <= 500000);
    t.diagnostic(`the publisher knows after ${Date.now() - start} ms`);
  });

  it('the picture goes on and the sound is whole', async (t) => {
    await sleep(3000); // what waits in the line passes, and the rate settles
    const first = await call.receiver.counters();
    await sleep(8000);
    const last = await call.receiver.counters();
    const pictures = ((last.frames - first.frames) * 1000) / (last.at - first.at);
    const concealed = (last.concealed - first.concealed) / (last.samples - first.samples);
    const rate = ((last.bytes - first.bytes) * 8) / (last.at - first.at);
    t.diagnostic(`${pictures.toFixed(1)} pictures a second, ${rate.toFixed(0)} kbit/s, ${(concealed * 100).toFixed(1)} % of the sound concealed`);
    assert.ok(pictures >= 7, `${pictures} pictures a second`);
    assert.ok(concealed <= 0.06, `${concealed} of the sound concealed`);
  });
});
