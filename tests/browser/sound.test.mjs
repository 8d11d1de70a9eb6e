// Sound over a line that loses a twentieth of all packets, 50 ms there and back: what is lost is sent again, both ways.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Relay, joinRelay } from '../lib/relay.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { Person, until } from './lib/people.mjs';

const SECONDS = 15;
const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };
const [clear, lossy] = ['delay=25', 'delay=25,loss=5'];

/** Runs inside a page: sums of its sound's statistics. */
async function sumUp() {
  const sum = { samples: 0, concealed: 0, lost: 0, sent: 0, repeated: 0, asked: 0 };
  for (const pc of window.peerConnectionsForTests) {
    for (const s of (await pc.getStats()).values()) {
      if (s.kind !== 'audio') continue;
      if (s.type === 'inbound-rtp') {
        sum.samples += s.totalSamplesReceived ?? 0;
        sum.concealed += s.concealedSamples ?? 0;
        sum.lost += s.packetsLost;
        sum.asked += s.nackCount ?? 0;
      } else if (s.type === 'outbound-rtp') {
        sum.sent += s.packetsSent;
        sum.repeated += s.retransmittedPacketsSent ?? 0;
      }
    }
  }
  return sum;
}

describe('sound over a line that loses packets', () => {
  let server;
  before(async () => { server = await startServer({ groups: { meeting: anybody } }); });
  after(() => server?.stop());

  /** Two people, one behind the line; what became of the sound from ada to bo. */
  async function listen(t, { up = clear, down = clear, who }) {
    const relay = await Relay.start(server.udpPort, { up, down });
    t.after(() => relay.stop());
    const people = await Promise.all([Person.arrive('ada', ['red', 'green']), Person.arrive('bo', ['blue', 'yellow'])]);
    t.after(() => Promise.all(people.map((p) => p.goHome())));
    const [ada, bo] = people;
    const behind = { ada, bo }[who];
    await behind.page.addInitScript(joinRelay, { serverPort: relay.serverPort, port: relay.port });
    await ada.join(server, 'meeting', { media: 'mic' });
    await bo.join(server, 'meeting', { media: 'none' });
    await until('bo hears ada', async () => (await bo.page.evaluate(sumUp)).samples > 5 * 48000);
    const first = [await ada.page.evaluate(sumUp), await bo.page.evaluate(sumUp)];
    await sleep(SECONDS * 1000);
    const last = [await ada.page.evaluate(sumUp), await bo.page.evaluate(sumUp)];
    const [from, to] = [0, 1].map((i) => Object.fromEntries(Object.keys(last[i]).map((k) => [k, last[i][k] - first[i][k]])));
    const percent = (100 * to.concealed) / to.samples;
    t.diagnostic(`${percent.toFixed(2)} % concealed; of ${from.sent} packets ${from.repeated} sent again by ada, ${to.asked} asked for by bo, ${to.lost} lost`);
    // Half of what the line loses: Chromium itself bounds how much it repeats.
    assert.ok(to.lost <= from.sent / 40, `${to.lost} of ${from.sent} lost for good`);
    return { from, to };
  }

  it('of the receiver: the server sends it again', async (t) => {
    const { to } = await listen(t, { down: lossy, who: 'bo' });
    assert.ok(to.asked > 10, `${to.asked} asked for`);
  });

  it('of the publisher: the browser sends it again', async (t) => {
    const { from } = await listen(t, { up: lossy, who: 'ada' });
    assert.ok(from.repeated > 10, `${from.repeated} sent again`);
  });
});
