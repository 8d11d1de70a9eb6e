// A player without our client: a page of another origin that plays by WHEP, as pages out there do, by itself or with whip-whep of npm.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

/** Runs inside the page: `window.whep` plays an endpoint in the page's video. */
function installPlayer() {
  const video = document.querySelector('video');
  const gathered = (pc) => new Promise((ok) => {
    if (pc.iceGatheringState === 'complete') ok();
    pc.addEventListener('icegatheringstatechange', () => pc.iceGatheringState === 'complete' && ok());
  });
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const show = (pc) => {
    window.whep.pc = pc;
    video.srcObject = new MediaStream();
    pc.ontrack = ({ track }) => video.srcObject.addTrack(track);
    pc.addTransceiver('audio', { direction: 'recvonly' });
    pc.addTransceiver('video', { direction: 'recvonly' });
  };
  window.whep = {
    states: [],

    async play(endpoint) {
      const pc = new RTCPeerConnection();
      show(pc);
      pc.onconnectionstatechange = () => this.states.push(pc.connectionState);
      await pc.setLocalDescription();
      await gathered(pc);
      const r = await fetch(endpoint, { method: 'POST', body: pc.localDescription.sdp, headers: { 'content-type': 'application/sdp' } });
      const text = await r.text();
      if (r.status !== 201) return { status: r.status, text };
      this.url = new URL(r.headers.get('location'), endpoint).href;
      await pc.setRemoteDescription({ type: 'answer', sdp: text });
      video.play();
      return { status: 201 };
    },

    /** The same by whip-whep, whose client is kept. */
    async playByLibrary(endpoint, token) {
      const { WHEPClient } = await import('/whep.js');
      const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
      show(pc);
      this.client = new WHEPClient();
      await this.client.view(pc, endpoint, token);
      video.play();
    },

    /** New credentials, and the answer's with those that come back. */
    async restart() {
      const { pc } = this;
      pc.restartIce();
      await pc.setLocalDescription();
      await gathered(pc);
      const lines = (sdp, names) => sdp.split('\r\n').filter((l) => names.some((n) => l.startsWith(`a=${n}:`)));
      const [ufrag, pwd] = lines(pc.localDescription.sdp, ['ice-ufrag', 'ice-pwd']);
      const r = await fetch(this.url, {
        method: 'PATCH', body: `${ufrag}\r\n${pwd}\r\n`, headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' },
      });
      if (r.status !== 200) return { status: r.status, text: await r.text() };
      const [newUfrag, newPwd] = lines(await r.text(), ['ice-ufrag', 'ice-pwd']);
      const sdp = pc.currentRemoteDescription.sdp.replaceAll(/a=ice-ufrag:.*/g, newUfrag).replaceAll(/a=ice-pwd:.*/g, newPwd);
      await pc.setRemoteDescription({ type: 'answer', sdp });
      return { status: 200 };
    },

    end() { return fetch(this.url, { method: 'DELETE' }).then((r) => r.status); },

    /** The median colours of the picture's halves, and a row of it; null while there is none. */
    look() {
      if (video.readyState < 2 || !video.videoWidth) return null;
      const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
      const paint = canvas.getContext('2d');
      paint.drawImage(video, 0, 0, 64, 48);
      const half = (x) => {
        const { data } = paint.getImageData(x, 4, 24, 40);
        return [0, 1, 2].map((c) => median(Array.from(data).filter((_, i) => i % 4 === c)));
      };
      return { halves: [half(4), half(36)], row: paint.getImageData(0, 24, 64, 1).data.join() };
    },

    async counts() {
      const sum = { energy: 0, frames: 0, packets: 0, streams: 0 };
      for (const s of (await this.pc.getStats()).values()) {
        if (s.type !== 'inbound-rtp') continue;
        sum.streams++;
        sum.energy += s.totalAudioEnergy ?? 0;
        sum.frames += s.framesDecoded ?? 0;
        sum.packets += s.packetsReceived;
      }
      return sum;
    },
  };
}

/** Serves the page on a port of its own. @returns {Promise<{origin: string, stop: () => void}>} */
export async function servePlayer() {
  const html = `<!doctype html><title>player</title><video playsinline></video><script>(${installPlayer})()</script>`;
  const library = () => readFileSync(createRequire(import.meta.url).resolve('whip-whep/whep.js'));
  const server = createServer((request, res) => {
    const isLibrary = request.url === '/whep.js';
    res.setHeader('content-type', isLibrary ? 'text/javascript' : 'text/html');
    res.end(isLibrary ? library() : html);
  });
  await new Promise((ok) => { server.listen(0, '127.0.0.1', ok); });
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
