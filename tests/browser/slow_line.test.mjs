// A line that becomes slow and wide again: the picture goes on, and the publisher sends what the line carries.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sleep } from '../lib/server.mjs';
import { callOverLine } from './lib/line_call.mjs';
import { until } from './lib/people.mjs';

const wide = { down: 'delay=20', up: 'delay=20' };

describe('behind a line of 400 kbit/s', () => {
  const call = callOverLine({ behind: 'receiver', line: wide });

  /** Pictures that the receiver decodes in two seconds. */
  async function pictures() {
    const first = await call.receiver.counters();
    await sleep(2000);
    return (await call.receiver.counters()).frames - first.frames;
  }

  it('the publisher sends more while the line is wide', async () => {
    await until('the receiver decodes pictures', async () => (await call.receiver.counters()).frames > 30);
    await until('over 600 kbit/s are allowed', async () => (await call.publisher.counters()).mayStillSend > 600000);
  });

  it('it sends what the line carries when that becomes slow, and the picture goes on', async (t) => {
    call.relay.set('down', 'rate=400k,queue=300,delay=20');
    const start = Date.now();
    await until('the publisher may send less', async () => (await call.publisher.counters()).mayStillSend <= 400000);
    t.diagnostic(`the publisher may send less after ${Date.now() - start} ms`);
    await until('pictures come', async () => (await pictures()) >= 20);
    t.diagnostic(`pictures come again within ${Date.now() - start} ms`);
  });

  it('it sends more when the line is wide again', async (t) => {
    const { mayStillSend } = await call.publisher.counters();
    call.relay.set('down', 'delay=20');
    const start = Date.now();
    await until('the publisher may send more', async () => (await call.publisher.counters()).mayStillSend > 1.15 * mayStillSend, 90000);
    t.diagnostic(`a seventh more after ${Date.now() - start} ms`);
    assert.ok((await pictures()) > 0);
  });
});

describe('three layers, one receiver of them behind a line of 400 kbit/s', () => {
  const rid = (name, kbps, scale) => ({ rid: name, maxBitrate: 1000 * kbps, scaleResolutionDownBy: scale });
  const call = callOverLine({ behind: 'receiver', line: wide, encodings: [rid('h', 1500, 1), rid('m', 500, 2), rid('l', 150, 4)] });

  /** Is the picture that the receiver decodes as wide as the publisher's best layer? (Its camera is smaller on a busy machine.) */
  async function seesHighLayer() {
    const [{ layers }, { width }] = [await call.publisher.counters(), await call.receiver.counters()];
    return layers.h?.width > 0 && width >= layers.h.width;
  }

  it('the high layer comes while the line is wide', async () => {
    await until('the high layer is seen', seesHighLayer);
  });

  it('pictures and sound go on when it is slow', async (t) => {
    call.relay.set('down', 'rate=400k,queue=300,delay=20');
    await sleep(2000);
    await until('10 pictures a second, at most 6 % of the sound made up', async () => {
      const [a, pa] = [await call.receiver.counters(), await call.publisher.counters()];
      await sleep(4000);
      const [b, pb] = [await call.receiver.counters(), await call.publisher.counters()];
      const pictures = (1000 * (b.frames - a.frames)) / (b.at - a.at);
      // A busy machine encodes fewer.
      const encoded = (1000 * (pb.layers.l.frames - pa.layers.l.frames)) / (pb.at - pa.at);
      const concealed = (100 * (b.concealed - a.concealed)) / Math.max(b.samples - a.samples, 1);
      t.diagnostic(`${pictures.toFixed(1)} of ${encoded.toFixed(1)} pictures a second, ${concealed.toFixed(1)} % of the sound made up`);
      return pictures >= Math.min(10, encoded / 2) && pictures > 0 && concealed <= 6;
    });
    // What a busy machine makes of the high layer may fit.
    const [before, { bytes }] = [await call.publisher.counters(), await call.receiver.counters()];
    await sleep(2000);
    const [now, received] = [await call.publisher.counters(), await call.receiver.counters()];
    const kbps = (n, since) => (8 * (n - since)) / (now.at - before.at);
    const high = kbps(now.layers.h.bytes, before.layers.h.bytes);
    t.diagnostic(`the high layer takes ${high.toFixed()} kbit/s, ${kbps(received.bytes, bytes).toFixed()} are received`);
    if (high > 400) await until('the high layer is not seen', async () => !(await seesHighLayer()));
  });

  it('the high layer is back within 30 s of its end', async (t) => {
    call.relay.set('down', 'delay=20');
    const start = Date.now();
    await until('the high layer is seen', seesHighLayer, 30000);
    t.diagnostic(`the high layer again after ${Date.now() - start} ms`);
  });
});
