#!/bin/sh
# Chromium 153 (npm: @sparticuz/chromium 153.0.0, driven by playwright-core 1.65.1) sends Opus alone, a steady tone without DTX, to a second
# page on a wide line that loses nothing, through a relay that reads RTP headers, which SRTP leaves in clear.
# One expects a packet of sound under each RTP sequence number: 50 a second, each 20 ms of Opus. To find out what its line carries a
# sender has padding (RFC 3550 section 5.1), which belongs to video.
# Without video it uses the sound's stream for that: packets with the padding bit and no sound at all come among the others, of the size
# of one with sound, and each takes one of the stream's sequence numbers. The receiving page is handed an encoded frame of no bytes
# for each (createEncodedStreams).
# So what counts packets of sound counts too many; an empty payload must not go to the Opus decoder, nor into a file as a frame of 20 ms;
# and redundancy (RFC 2198) that is looked for by number, "the packet before", is one off.
# Seen: "452 packets, 3 of them padding (84 bytes); encoded frames of no bytes: 3, under the same numbers; others: 446, of 60 bytes and more".
# Exits 0 while that is so. Needs npm with Node 20 or later; traffic between sockets of this machine.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
npm install --silent --no-fund --no-audit playwright-core@1.65.1 @sparticuz/chromium@153.0.0 >/dev/null 2>&1 || { echo "cannot get the packages"; exit 2; }
cat >relay.mjs <<'JS'
// Passes datagrams between the two peers, and keeps the sender's RTP sequence numbers and padding bits.
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

const address = Object.values(networkInterfaces()).flat().find((a) => a.family === 'IPv4' && !a.internal)?.address ?? '127.0.0.1';
const bind = () => new Promise((resolve) => { const s = createSocket('udp4'); s.bind(0, () => resolve(s)); });
const door = { up: await bind(), down: await bind() };
const peer = {};
/** [{number, isPadded, bytes}] */
export const packets = [];

function keep(packet) {
  const isRtp = packet[0] >> 6 === 2 && !(packet[1] >= 192 && packet[1] < 224);
  if (isRtp) packets.push({ number: packet.readUInt16BE(2), isPadded: (packet[0] & 0x20) !== 0, bytes: packet.length });
}

door.up.on('message', (packet) => peer.up && door.down.send(packet, peer.up.port, peer.up.address));
door.down.on('message', (packet) => {
  keep(packet);
  if (peer.down) door.up.send(packet, peer.down.port, peer.down.address);
});

/** A peer's candidate with the relay in its place; '' for all but the first. */
export function relayed(who, candidate) {
  const part = candidate.split(' ');
  if (peer[who] || part[2].toLowerCase() !== 'udp' || !/^[\d.]+$/.test(part[4])) return '';
  peer[who] = { address: part[4], port: Number(part[5]) };
  return part.with(4, address).with(5, String(door[who].address().port)).join(' ');
}
export const close = () => Object.values(door).forEach((s) => s.close());
JS
cat >sound.mjs <<'JS'
import packaged from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import { close, packets, relayed } from './relay.mjs';

const browser = await chromium.launch({
  executablePath: await packaged.executablePath(),
  args: [...packaged.args, '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns'],
});
const page = await browser.newPage();
await page.exposeFunction('relayed', relayed);
await page.evaluate(async () => {
  const [up, down] = [new RTCPeerConnection(), new RTCPeerConnection({ encodedInsertableStreams: true })];
  const passTo = (other, who) => async (e) => {
    const candidate = e.candidate?.candidate && await relayed(who, e.candidate.candidate);
    if (candidate) await other.addIceCandidate({ candidate, sdpMLineIndex: 0 });
  };
  up.onicecandidate = passTo(down, 'up');
  down.onicecandidate = passTo(up, 'down');
  window.frames = [];
  down.ontrack = ({ receiver }) => {
    const { readable, writable } = receiver.createEncodedStreams();
    readable.pipeThrough(new TransformStream({
      transform(frame, to) {
        window.frames.push([frame.getMetadata().sequenceNumber, frame.data.byteLength]);
        to.enqueue(frame);
      },
    })).pipeTo(writable);
  };
  const context = new AudioContext();
  const tone = context.createOscillator();
  const out = context.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  up.addTransceiver(out.stream.getAudioTracks()[0], { direction: 'sendonly' });
  const direct = (sdp) => sdp.replace(/a=(candidate|end-of-candidates).*\r\n/g, '');
  await up.setLocalDescription();
  await down.setRemoteDescription({ type: 'offer', sdp: direct(up.localDescription.sdp) });
  await down.setLocalDescription();
  await up.setRemoteDescription({ type: 'answer', sdp: direct(down.localDescription.sdp) });
});
await new Promise((resolve) => setTimeout(resolve, 9000));
const frames = new Map(await page.evaluate(() => window.frames));
await browser.close();
close();

const padded = packets.filter((p) => p.isPadded && frames.has(p.number));
const empty = [...frames].filter(([, bytes]) => bytes === 0);
const sound = [...frames.values()].filter((bytes) => bytes > 0);
const areSame = empty.length === padded.length && padded.every((p) => frames.get(p.number) === 0);
console.log(`${packets.length} packets, ${padded.length} of them padding (${[...new Set(padded.map((p) => p.bytes))].join(', ')} bytes); ` +
  `encoded frames of no bytes: ${empty.length}, under ${areSame ? 'the same' : 'other'} numbers; others: ${sound.length}, of ${Math.min(...sound)} bytes and more`);
process.exit(sound.length > 300 && padded.length > 0 && areSame ? 0 : 1);
JS
node sound.mjs
