#!/bin/sh
# Chromium 153 (npm: @sparticuz/chromium 153.0.0, driven by playwright-core 1.65.1) publishes VP8 with two simulcast encodings,
# rids "h" and "l", to a second page, through a relay that reads RTP header extensions, which SRTP leaves in clear.
# A section's first packets carry MID and rid (RFC 8852, RFC 9143), until the receiver has reported their SSRC. Then an answer
# makes the section inactive, which ends reception and what the receiver knew of its SSRCs, and a later answer takes it up
# again. One expects the streams to be announced as they were when they first came, since neither offer nor answer names an
# SSRC of a rid.
# They come back under the same SSRCs, and no packet has a rid or a MID any more, not even the first: a receiver that forgets a
# section's SSRCs when it is inactive cannot tell the high layer from the low one, nor a retransmission from a layer, for ever.
# The same holds for an encoding that was made inactive and active again by setParameters.
# Seen: "at first: rids", "later: none", "after inactive: 2 streams of before, none", "after active=false: 2 streams of before, none".
# Exits 0 while that is so. Needs npm with Node 20 or later; traffic between sockets of this machine.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
npm install --silent --no-fund --no-audit playwright-core@1.65.1 @sparticuz/chromium@153.0.0 >/dev/null 2>&1 || { echo "cannot get the packages"; exit 2; }
cat >relay.mjs <<'JS'
// Passes datagrams between the two peers and counts the publisher's video packets by SSRC.
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

const address = Object.values(networkInterfaces()).flat().find((a) => a.family === 'IPv4' && !a.internal)?.address ?? '127.0.0.1';
const bind = () => new Promise((resolve) => { const s = createSocket('udp4'); s.bind(0, () => resolve(s)); });
const door = { up: await bind(), down: await bind() };
const peer = {};
const ids = {};
let counts = new Map();

/** The ids of one-byte header extensions (RFC 8285 section 4.2) of a packet. */
function extensions(packet) {
  const found = new Set();
  let at = 12 + 4 * (packet[0] & 15);
  if (!(packet[0] & 0x10) || packet.readUInt16BE(at) !== 0xbede) return found;
  const end = at + 4 + 4 * packet.readUInt16BE(at + 2);
  for (at += 4; at < end;) {
    if (packet[at]) found.add(packet[at] >> 4);
    at += packet[at] ? (packet[at] & 15) + 2 : 1;
  }
  return found;
}

function count(packet) {
  const isRtp = packet[0] >> 6 === 2 && !(packet[1] >= 192 && packet[1] < 224);
  if (!isRtp || (packet[1] & 127) !== ids.vp8) return;
  const ssrc = packet.readUInt32BE(8);
  const of = counts.get(ssrc) ?? counts.set(ssrc, { packets: 0, named: 0 }).get(ssrc);
  const has = extensions(packet);
  of.packets += 1;
  if (has.has(ids.rid) || has.has(ids.mid)) of.named += 1;
}

door.up.on('message', (packet) => peer.up && door.down.send(packet, peer.up.port, peer.up.address));
door.down.on('message', (packet) => {
  count(packet);
  if (peer.down) door.up.send(packet, peer.down.port, peer.down.address);
});

/** A peer's candidate with the relay in its place; '' for all but the first. */
export function relayed(who, candidate) {
  const part = candidate.split(' ');
  if (peer[who] || part[2].toLowerCase() !== 'udp' || !/^[\d.]+$/.test(part[4])) return '';
  peer[who] = { address: part[4], port: Number(part[5]) };
  return part.with(4, address).with(5, String(door[who].address().port)).join(' ');
}

export function learn(sdp) {
  const id = (what) => Number(new RegExp(`a=extmap:(\\d+) \\S*sdes:${what}\\r`).exec(sdp)[1]);
  Object.assign(ids, { rid: id('rtp-stream-id'), mid: id('mid'), vp8: Number(/a=rtpmap:(\d+) VP8\//.exec(sdp)[1]) });
}

/** What came since the last time: [[ssrc, {packets, named}]] */
export function taken() {
  const was = [...counts];
  counts = new Map();
  return was;
}
export const close = () => Object.values(door).forEach((s) => s.close());
JS
cat >rids.mjs <<'JS'
import packaged from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import { close, learn, relayed, taken } from './relay.mjs';

const browser = await chromium.launch({ executablePath: await packaged.executablePath(), args: [...packaged.args, '--disable-features=WebRtcHideLocalIpsWithMdns'] });
const page = await browser.newPage();
for (const f of [relayed, learn]) await page.exposeFunction(f.name, f);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const named = (streams) => (streams.some(([, s]) => s.named) ? 'rids' : 'none');

await page.evaluate(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const pen = canvas.getContext('2d');
  let n = 0;
  setInterval(() => { pen.fillStyle = `hsl(${n * 7}, 80%, 50%)`; pen.fillRect((n * 31) % 600, (n++ * 17) % 300, 80, 60); }, 40);
  const [up, down] = [new RTCPeerConnection(), new RTCPeerConnection()];
  const passTo = (other, who) => async (e) => {
    const candidate = e.candidate?.candidate && await relayed(who, e.candidate.candidate);
    if (candidate) await other.addIceCandidate({ candidate, sdpMLineIndex: 0 });
  };
  up.onicecandidate = passTo(down, 'up');
  down.onicecandidate = passTo(up, 'down');
  const sendEncodings = [{ rid: 'h', maxBitrate: 900000 }, { rid: 'l', maxBitrate: 150000, scaleResolutionDownBy: 2 }];
  const transceiver = up.addTransceiver(canvas.captureStream(25).getVideoTracks()[0], { direction: 'sendonly', sendEncodings });
  transceiver.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter((c) => ['video/VP8', 'video/rtx'].includes(c.mimeType)));
  const direct = (sdp) => sdp.replace(/a=(candidate|end-of-candidates|rid|simulcast).*\r\n/g, '');
  window.answer = async (direction) => {
    await up.setLocalDescription();
    await learn(up.localDescription.sdp);
    await down.setRemoteDescription({ type: 'offer', sdp: direct(up.localDescription.sdp) });
    down.getTransceivers()[0].direction = direction;
    await down.setLocalDescription();
    await up.setRemoteDescription({ type: 'answer', sdp: `${direct(down.localDescription.sdp)}a=rid:h recv\r\na=rid:l recv\r\na=simulcast:recv h;l\r\n` });
  };
  window.setActive = async (active) => {
    const parameters = transceiver.sender.getParameters();
    parameters.encodings.forEach((e) => { e.active = active; });
    await transceiver.sender.setParameters(parameters);
  };
});
const answer = (direction) => page.evaluate((d) => window.answer(d), direction);

await answer('recvonly');
await wait(3000);
const first = taken();
console.log(`at first: ${named(first)}`);
for (let n = 0; n < 60; n += 1) {
  await wait(1000);
  const now = taken();
  if (now.length === 2 && named(now) === 'none') break;
}
await wait(1000);
console.log(`later: ${named(taken())}`);

const back = async (what) => {
  await wait(4000);
  const now = taken();
  const same = now.filter(([ssrc]) => first.some(([was]) => was === ssrc));
  console.log(`after ${what}: ${same.length} streams of before${now.length > same.length ? ', new ones' : ''}, ${named(now)}`);
};
await answer('inactive');
await wait(3000);
taken();
await answer('recvonly');
await back('inactive');
await page.evaluate(() => window.setActive(false));
await wait(3000);
taken();
await page.evaluate(() => window.setActive(true));
await back('active=false');
await browser.close();
close();
JS
timeout 200 node rids.mjs >seen || { echo "the browser did not start"; exit 2; }
cat seen
for line in 'at first: rids' 'later: none' 'after inactive: 2 streams of before, none' 'after active=false: 2 streams of before, none'; do
    grep -qx "$line" seen || { echo "this has changed: expected \"$line\""; exit 1; }
done
