// People for pictures: cameras that show somebody in front of a wall, drawn by the page itself.

/**
 * Runs inside a page before its own scripts. With `own` the page's camera shows that person; else `window.comeForPictures(group, name)`
 * lets somebody join, and `shareForPictures(name)` and `unshareForPictures(name)` show a score on a shared screen.
 *
 * @param {{own?: string}} who
 */
export function meeting({ own }) {
  /** Draws somebody, who nods. @param {string} name @param {number} width @param {number} height */
  const portrait = (name, width, height) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d');
    const seed = [...name].reduce((s, c) => (s * 31 + c.charCodeAt(0)) % 360, 7);
    const skin = ['#f1c9a5', '#c68642', '#8d5524', '#e0ac69', '#ffdbac'][seed % 5];
    const hair = ['#2b1b12', '#5a3a22', '#8a8a8a', '#b5651d', '#111'][(seed >> 2) % 5];
    let n = 0;
    const draw = () => {
      const wall = pen.createLinearGradient(0, 0, width, height);
      wall.addColorStop(0, `hsl(${seed} 22% 74%)`);
      wall.addColorStop(1, `hsl(${(seed + 40) % 360} 26% 52%)`);
      pen.fillStyle = wall;
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = `hsl(${seed} 18% 62%)`;
      pen.fillRect(width * 0.06, height * 0.1, width * 0.2, height * 0.34);
      const [x, y, r] = [width / 2 + width * 0.012 * Math.sin(n / 9), height * 0.42 + height * 0.012 * Math.sin(n / 5), height * 0.17];
      const ellipse = (fill, cx, cy, rx, ry, from = 0, to = 2 * Math.PI) => {
        pen.fillStyle = fill;
        pen.beginPath();
        pen.ellipse(cx, cy, rx, ry, 0, from, to);
        pen.fill();
      };
      ellipse(`hsl(${(seed + 180) % 360} 45% 38%)`, x, height * 1.02, r * 2.1, height * 0.36);
      ellipse(skin, x, y + r * 1.15, r * 0.42, r * 0.6);
      ellipse(hair, x, y - r * 0.18, r * 1.02, r * 1.14);
      ellipse(skin, x, y + r * 0.1, r * 0.84, r * 1.02);
      ellipse(hair, x, y - r * 0.55, r * 0.86, r * 0.5, Math.PI, 0);
      for (const side of [-1, 1]) ellipse('#222', x + side * r * 0.3, y, r * 0.07, r * (n % 40 < 2 ? 0.02 : 0.08));
      pen.strokeStyle = '#7a3b35';
      pen.lineWidth = r * 0.07;
      pen.beginPath();
      pen.arc(x, y + r * 0.32, r * 0.3, 0.25 * Math.PI, 0.75 * Math.PI);
      pen.stroke();
      n += 1;
    };
    draw();
    setInterval(draw, 100);
    return canvas.captureStream(10).getVideoTracks()[0];
  };
  /** A page of notes. */
  const score = () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
    const pen = canvas.getContext('2d');
    let n = 0;
    const draw = () => {
      pen.fillStyle = '#fdfbf5';
      pen.fillRect(0, 0, 1280, 720);
      pen.fillStyle = '#222';
      pen.font = 'bold 38px serif';
      pen.fillText('The second verse', 470, 70);
      for (let system = 0; system < 4; system++) {
        for (let line = 0; line < 5; line++) pen.fillRect(80, 130 + system * 145 + line * 14, 1120, 1.5);
        for (let note = 0; note < 14; note++) {
          const [x, y] = [130 + note * 76, 130 + system * 145 + ((note * 5 + system * 3) % 9) * 7];
          pen.beginPath();
          pen.ellipse(x, y, 10, 7, -0.3, 0, 2 * Math.PI);
          pen.fill();
          pen.fillRect(x + 8, y - 46, 2.5, 46);
        }
      }
      pen.fillStyle = 'rgb(20 120 220 / 25%)';
      pen.fillRect(80 + (n % 112) * 10, 255, 14, 100);
      n += 1;
    };
    draw();
    setInterval(draw, 200);
    return canvas.captureStream(5).getVideoTracks()[0];
  };
  if (own) {
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wish) => {
      const stream = await open(wish);
      for (const track of stream.getVideoTracks()) {
        track.stop();
        stream.removeTrack(track);
        stream.addTrack(portrait(own, 1280, 720));
      }
      return stream;
    };
    return;
  }
  window.crowd = {};
  window.comeForPictures = (group, name) => {
    const client = window.joinAsClient({ group, name, features: [] }, { on: {
      joined: ({ kind }) => kind === 'join' && client.publish(`camera-of-${name}`, 'camera', (pc) => pc.addTrack(portrait(name, 480, 270))),
    } });
    window.crowd[name] = client;
  };
  window.shareForPictures = (name) => window.crowd[name].publish(`screen-of-${name}`, 'screenshare', (pc) => pc.addTrack(score()));
  window.unshareForPictures = (name) => {
    const id = `screen-of-${name}`;
    window.crowd[name].connections.get(id).close();
    window.crowd[name].say({ type: 'close', id });
  };
}
