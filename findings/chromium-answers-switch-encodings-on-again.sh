#!/bin/sh
# Chromium 153 (npm: @sparticuz/chromium 153.0.0, driven by playwright-core 1.65.1), a publisher of VP8 with two simulcast
# encodings, rids "h" and "l". By setParameters() it switches "h" off, say because nobody receives it; that needs no negotiation,
# and "active" is the application's alone since webrtc-pc let go of the "~" of RFC 8853 (w3c/webrtc-pc, pull request 2754). One
# expects "h" to stay off until setParameters() switches it on.
# Each answer sets "active" anew: a rid of its simulcast line is switched on, one with "~" off, whatever the application wanted.
# Any later negotiation, for another track or a new network, therefore sends the unwanted layer again, without an event. Offers
# name encodings that are off with "~", so whoever repeats the offer's line in the answer keeps them; but what setParameters() says
# between an offer and its answer is undone by the answer either way. Applications have to say it again after each answer.
# Seen: "h off: h false 0 frames", "after an answer: h true, frames", "on between offer and answer ~h: h false 0 frames".
# Exits 0 while that is so. Needs npm with Node 20 or later; traffic on loopback inside the browser.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
npm install --silent --no-fund --no-audit playwright-core@1.65.1 @sparticuz/chromium@153.0.0 >/dev/null 2>&1 || { echo "cannot get the packages"; exit 2; }
cat >active.mjs <<'JS'
import packaged from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const browser = await chromium.launch({ executablePath: await packaged.executablePath(), args: [...packaged.args, '--disable-features=WebRtcHideLocalIpsWithMdns'] });
const page = await browser.newPage();
console.log(await page.evaluate(async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const pen = canvas.getContext('2d');
  let n = 0;
  setInterval(() => { pen.fillStyle = `hsl(${n * 7}, 80%, 50%)`; pen.fillRect((n * 31) % 600, (n++ * 17) % 300, 80, 60); }, 40);
  const [up, down] = [new RTCPeerConnection(), new RTCPeerConnection()];
  up.onicecandidate = (e) => e.candidate && down.addIceCandidate(e.candidate);
  down.onicecandidate = (e) => e.candidate && up.addIceCandidate(e.candidate);
  const sendEncodings = [{ rid: 'h', maxBitrate: 900000 }, { rid: 'l', maxBitrate: 150000, scaleResolutionDownBy: 2 }];
  const { sender } = up.addTransceiver(canvas.captureStream(25).getVideoTracks()[0], { direction: 'sendonly', sendEncodings });
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
  const setActive = async (on) => {
    const parameters = sender.getParameters();
    parameters.encodings[0].active = on;
    await sender.setParameters(parameters);
  };
  const offer = async () => {
    await up.setLocalDescription();
    await down.setRemoteDescription(up.localDescription);
    await down.setLocalDescription();
  };
  const answer = (layers) => up.setRemoteDescription({
    type: 'answer', sdp: `${down.localDescription.sdp}a=rid:h recv\r\na=rid:l recv\r\na=simulcast:recv ${layers}\r\n`,
  });
  const sent = async () => [...(await up.getStats()).values()].find((s) => s.type === 'outbound-rtp' && s.rid === 'h').framesSent;
  const look = async (when) => {
    await wait(1500);
    const before = await sent();
    await wait(2000);
    const frames = (await sent()) - before;
    return `${when}: h ${sender.getParameters().encodings[0].active}${frames > 10 ? ', frames' : ` ${frames} frames`}`;
  };
  const seen = [];
  await offer();
  await answer('h;l');
  await wait(3000);
  await setActive(false);
  seen.push(await look('h off'));
  await offer();
  await answer('h;l');
  seen.push(await look('after an answer'));
  await setActive(false);
  await offer();
  const paused = up.localDescription.sdp.includes('a=simulcast:send ~h;l');
  await setActive(true);
  await answer('~h;l');
  seen.push(await look(`on between offer and answer ${paused ? '~h' : 'h'}`));
  return seen.join('\n');
}));
await browser.close();
JS
seen=$(node active.mjs)
echo "$seen"
[ "$seen" = "h off: h false 0 frames
after an answer: h true, frames
on between offer and answer ~h: h false 0 frames" ]
