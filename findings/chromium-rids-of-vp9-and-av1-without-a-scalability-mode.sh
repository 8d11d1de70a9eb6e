#!/bin/sh
# Chromium 153 (npm: @sparticuz/chromium 153.0.0, driven by playwright-core 1.65.1), a publisher with two simulcast encodings,
# rids "h" and "l", which its offer names in a=simulcast and the answer accepts. One expects two RTP streams whatever the
# codec is, as with VP8: scalabilityMode is optional (W3C, "Scalable Video Coding (SVC) Extension for WebRTC"), and says how
# one encoding is layered, not whether there is another.
# With VP9 or AV1, as long as no encoding has a scalabilityMode, only the first rid is ever sent: the second one has no
# outbound statistics and no packet, and nothing says so; a server that waits for it waits for ever. With scalabilityMode
# "L1T3" on both, which does not mention other encodings either, both come.
# Seen: "VP8 h:640x360 l:320x180", "VP9 h:640x360", "VP9 L1T3 h:640x360 l:320x180", and AV1 as VP9.
# Exits 0 while that is so. Needs npm with Node 20 or later; traffic on loopback inside the browser.
set -u
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
npm install --silent --no-fund --no-audit playwright-core@1.65.1 @sparticuz/chromium@153.0.0 >/dev/null 2>&1 || { echo "cannot get the packages"; exit 2; }
cat >rids.mjs <<'JS'
import packaged from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const browser = await chromium.launch({ executablePath: await packaged.executablePath(), args: [...packaged.args, '--disable-features=WebRtcHideLocalIpsWithMdns'] });
const page = await browser.newPage();
const publish = (codec, scalabilityMode) => page.evaluate(async ([codec, mode]) => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const pen = canvas.getContext('2d');
  let n = 0;
  const motion = setInterval(() => { pen.fillStyle = `hsl(${n * 7}, 80%, 50%)`; pen.fillRect((n * 31) % 600, (n++ * 17) % 300, 80, 60); }, 40);
  const [up, down] = [new RTCPeerConnection(), new RTCPeerConnection()];
  up.onicecandidate = (e) => e.candidate && down.addIceCandidate(e.candidate);
  down.onicecandidate = (e) => e.candidate && up.addIceCandidate(e.candidate);
  const layers = mode ? { scalabilityMode: mode } : {};
  const sendEncodings = [{ rid: 'h', maxBitrate: 900000, ...layers }, { rid: 'l', maxBitrate: 150000, scaleResolutionDownBy: 2, ...layers }];
  const transceiver = up.addTransceiver(canvas.captureStream(25).getVideoTracks()[0], { direction: 'sendonly', sendEncodings });
  transceiver.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter((c) => c.mimeType === `video/${codec}`).slice(0, 1));
  await up.setLocalDescription();
  await down.setRemoteDescription(up.localDescription);
  await down.setLocalDescription();
  await up.setRemoteDescription({ type: 'answer', sdp: `${down.localDescription.sdp}a=rid:h recv\r\na=rid:l recv\r\na=simulcast:recv h;l\r\n` });
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const sent = [...(await up.getStats()).values()].filter((s) => s.type === 'outbound-rtp' && s.framesSent > 20);
  clearInterval(motion);
  up.close();
  down.close();
  return sent.map((s) => `${s.rid}:${s.frameWidth}x${s.frameHeight}`).sort().join(' ');
}, [codec, scalabilityMode]);
console.log(browser.version());
for (const [codec, mode] of [['VP8', ''], ['VP9', ''], ['VP9', 'L1T3'], ['AV1', ''], ['AV1', 'L1T3']])
  console.log(`${codec}${mode && ` ${mode}`} ${await publish(codec, mode)}`);
await browser.close();
JS
timeout 120 node rids.mjs >seen || { echo "the browser did not start"; exit 2; }
cat seen
one="h:640x360" two="h:640x360 l:320x180"
for line in "VP8 $two" "VP9 $one" "VP9 L1T3 $two" "AV1 $one" "AV1 L1T3 $two"; do
    grep -qx "$line" seen || { echo "this has changed: expected \"$line\""; exit 1; }
done
