#!/bin/sh
# Chromium 153 (npm: @sparticuz/chromium 153.0.0, driven by playwright-core 1.65.1) sends a tone to itself over two peer connections
# that agree on Opus and on redundant audio (RED, RFC 2198), which repeats each Opus frame in the next packet. An application that
# sees loss wants to change to RED, and RTCRtpEncodingParameters.codec is what changes the codec of a sender without a negotiation:
# it names one of those that were agreed on, and setParameters() refuses others.
# One expects that it is obeyed, as it is for video, or refused. audio/red is in getParameters().codecs, setParameters() takes it and
# getParameters() says it back, but the same packets of plain Opus go on. The other way round, where the answer lists RED first and
# nothing else is said, RED is what is sent, with about twice the bytes, and an encoded transform is handed audio/red; yet getStats()
# says audio/opus of outbound-rtp, and of inbound-rtp on the other side. So neither the parameters nor the statistics tell what is on
# the wire: only the order of the answer decides, and only the packets' payload type or a transform shows it.
# Seen: "setParameters with audio/red: taken, getParameters says audio/red; sent then: the same bytes, frames of audio/opus",
# "red first in the answer: about twice the bytes, frames of audio/red, outbound-rtp says audio/opus, inbound-rtp says audio/opus".
# Exits 0 while that is so. Needs npm with Node 20 or later; traffic on loopback inside the browser.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
npm install --silent --no-fund --no-audit playwright-core@1.65.1 @sparticuz/chromium@153.0.0 >/dev/null 2>&1 || { echo "cannot get the packages"; exit 2; }
cat >red.mjs <<'JS'
import packaged from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const browser = await chromium.launch({ executablePath: await packaged.executablePath(),
  args: [...packaged.args, '--disable-features=WebRtcHideLocalIpsWithMdns', '--autoplay-policy=no-user-gesture-required'] });
const page = await browser.newPage();
await page.goto('data:text/html,<!doctype html>');
const seen = await page.evaluate(async () => {
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
  const call = async (first) => {
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: 440 });
    const out = context.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    const [up, down] = [new RTCPeerConnection(), new RTCPeerConnection()];
    up.onicecandidate = (e) => e.candidate && down.addIceCandidate(e.candidate);
    down.onicecandidate = (e) => e.candidate && up.addIceCandidate(e.candidate);
    const worker = new Worker(URL.createObjectURL(new Blob([`onrtctransform = ({ transformer }) => {
      transformer.readable.pipeThrough(new TransformStream({ transform(frame, to) {
        postMessage(frame.getMetadata().mimeType);
        to.enqueue(frame);
      } })).pipeTo(transformer.writable);
    };`])));
    let framed = '';
    worker.onmessage = (e) => { framed = e.data; };
    const { sender } = up.addTransceiver(out.stream.getAudioTracks()[0], { direction: 'sendonly' });
    sender.transform = new RTCRtpScriptTransform(worker, {});
    await up.setLocalDescription();
    await down.setRemoteDescription(up.localDescription);
    const all = RTCRtpReceiver.getCapabilities('audio').codecs.filter((c) => /opus|red/.test(c.mimeType));
    down.getTransceivers()[0].setCodecPreferences(all.sort((a, b) => (b.mimeType === first) - (a.mimeType === first)));
    await down.setLocalDescription();
    await up.setRemoteDescription(down.localDescription);
    /** What is sent for two seconds. */
    const look = async () => {
      const stats = async () => {
        const report = await sender.getStats();
        const rtp = [...report.values()].find((s) => s.type === 'outbound-rtp');
        const there = await down.getStats();
        const came = [...there.values()].find((s) => s.type === 'inbound-rtp');
        return { rtp, codec: report.get(rtp.codecId)?.mimeType, came: there.get(came?.codecId)?.mimeType };
      };
      const before = await stats();
      await wait(2000);
      const after = await stats();
      return { bytes: (after.rtp.bytesSent - before.rtp.bytesSent) / (after.rtp.packetsSent - before.rtp.packetsSent), says: after.codec, came: after.came, framed };
    };
    await wait(1500);
    return { sender, look };
  };
  const usual = await call('audio/opus');
  const plain = await usual.look();
  const parameters = usual.sender.getParameters();
  parameters.encodings[0].codec = parameters.codecs.find((c) => c.mimeType === 'audio/red');
  let answer = 'taken';
  await usual.sender.setParameters(parameters).catch((e) => { answer = e.name; });
  const kept = usual.sender.getParameters().encodings[0].codec?.mimeType;
  await wait(1500);
  const changed = await usual.look();
  const red = await (await call('audio/red')).look();
  return { plain, answer, kept, changed, red };
});
const times = (a) => (a.bytes / seen.plain.bytes > 1.5 ? 'about twice the bytes' : 'the same bytes');
console.log(`setParameters with audio/red: ${seen.answer}, getParameters says ${seen.kept}; sent then: ${times(seen.changed)}, frames of ${seen.changed.framed}
red first in the answer: ${times(seen.red)}, frames of ${seen.red.framed}, outbound-rtp says ${seen.red.says}, inbound-rtp says ${seen.red.came}`);
await browser.close();
JS
seen=$(node red.mjs)
echo "$seen"
[ "$seen" = "setParameters with audio/red: taken, getParameters says audio/red; sent then: the same bytes, frames of audio/opus
red first in the answer: about twice the bytes, frames of audio/red, outbound-rtp says audio/opus, inbound-rtp says audio/opus" ]
