#!/bin/sh
# Chromium 153 (npm: @sparticuz/chromium 153.0.0, driven by playwright-core 1.65.1) sends a video track to a peer that asks for
# keyframes by PLI, as a media server does for each person who comes. The track is a canvas's (captureStream(25)), first drawn on,
# then left as it is, like a whiteboard in a pause. One expects the encoder to encode its last picture anew: PLI is a request
# for a decoder that has lost its picture (RFC 4585, section 6.3.1), not for news from the source; and a paused <video> that is
# captured does so, at its full rate.
# Of the canvas that nobody draws on comes nothing, however often one asks, until somebody draws: the statistics count the PLIs, no
# frame and no keyframe follows. Who comes into the meeting meanwhile sees black beside people who see the board. The same holds for
# captureStream(0) with requestFrame() and for a MediaStreamTrackGenerator without new frames. A server has to keep the last
# keyframe and what follows; an application has to draw now and then.
# Seen: "canvas drawn on: PLI 1, keyframes 1", "still canvas: PLI 2, keyframes 0, frames 0", "paused video: PLI 2, keyframes 2, frames go on".
# Exits 0 while that is so. Needs npm with Node 20 or later; traffic on loopback inside the browser.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
npm install --silent --no-fund --no-audit playwright-core@1.65.1 @sparticuz/chromium@153.0.0 >/dev/null 2>&1 || { echo "cannot get the packages"; exit 2; }
cat >still.mjs <<'JS'
import packaged from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const browser = await chromium.launch({ executablePath: await packaged.executablePath(),
  args: [...packaged.args, '--disable-features=WebRtcHideLocalIpsWithMdns', '--autoplay-policy=no-user-gesture-required'] });
const page = await browser.newPage();
await page.goto('data:text/html,<!doctype html>');
const send = (kind) => page.evaluate(async (source) => {
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
  const pen = canvas.getContext('2d');
  let n = 0;
  const drawing = setInterval(() => { pen.fillStyle = `hsl(${n * 7}, 80%, 50%)`; pen.fillRect((n * 31) % 300, (n++ * 17) % 150, 80, 60); }, 40);
  let stream = canvas.captureStream(25);
  let halt = () => clearInterval(drawing);
  if (source === 'video') { // a film of the canvas, played
    const recorder = new MediaRecorder(stream, { mimeType: 'video/webm;codecs=vp8' });
    const film = new Promise((resolve) => { recorder.ondataavailable = (e) => resolve(e.data); });
    recorder.start();
    await wait(3000);
    recorder.stop();
    const video = Object.assign(document.createElement('video'), { src: URL.createObjectURL(await film), muted: true, loop: true });
    await video.play();
    stream = video.captureStream();
    halt = () => { clearInterval(drawing); video.pause(); };
  }
  const [up, down] = [new RTCPeerConnection(), new RTCPeerConnection()];
  up.onicecandidate = (e) => e.candidate && down.addIceCandidate(e.candidate);
  down.onicecandidate = (e) => e.candidate && up.addIceCandidate(e.candidate);
  const worker = new Worker(URL.createObjectURL(new Blob([`onrtctransform = ({ transformer }) => {
    transformer.readable.pipeTo(transformer.writable);
    onmessage = () => transformer.sendKeyFrameRequest().then(() => postMessage(''));
  };`])));
  down.ontrack = (e) => {
    e.receiver.transform = new RTCRtpScriptTransform(worker, {});
    void Object.assign(document.createElement('video'), { srcObject: new MediaStream([e.track]), muted: true }).play();
  };
  up.addTransceiver(stream.getVideoTracks()[0], { direction: 'sendonly' });
  await up.setLocalDescription();
  await down.setRemoteDescription(up.localDescription);
  await down.setLocalDescription();
  await up.setRemoteDescription(down.localDescription);
  const counters = async () => {
    const s = [...(await up.getStats()).values()].find((x) => x.type === 'outbound-rtp');
    return [s.pliCount, s.keyFramesEncoded, s.framesEncoded];
  };
  /** Asks for so many keyframes; what became of it. */
  const ask = async (times) => {
    const before = await counters();
    for (let i = 0; i < times; i++) {
      const asked = new Promise((resolve) => { worker.onmessage = resolve; });
      worker.postMessage('');
      await asked;
      await wait(2500);
    }
    return (await counters()).map((count, i) => count - before[i]);
  };
  await wait(3000);
  const moving = await ask(1);
  halt();
  await wait(3000);
  const still = await ask(2);
  up.close();
  down.close();
  return { moving, still };
}, kind);
/** Receivers repeat a PLI that is not obeyed: at least so many. */
const atLeast = (plis, wanted) => Math.min(plis, wanted);
const canvas = await send('canvas');
const video = await send('video');
console.log(`canvas drawn on: PLI ${atLeast(canvas.moving[0], 1)}, keyframes ${canvas.moving[1]}
still canvas: PLI ${atLeast(canvas.still[0], 2)}, keyframes ${canvas.still[1]}, frames ${canvas.still[2]}
paused video: PLI ${atLeast(video.still[0], 2)}, keyframes ${video.still[1]}, frames ${video.still[2] > 20 ? 'go on' : video.still[2]}`);
await browser.close();
JS
seen=$(node still.mjs)
echo "$seen"
[ "$seen" = "canvas drawn on: PLI 1, keyframes 1
still canvas: PLI 2, keyframes 0, frames 0
paused video: PLI 2, keyframes 2, frames go on" ]
