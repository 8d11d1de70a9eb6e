// Cameras of 1280 × 720 for Chromium's --use-file-for-fake-video-capture: pictures that cost an encoder what a real camera's do.
import { openSync, closeSync, writeSync } from 'node:fs';

const [WIDTH, HEIGHT, FRAMES, RADIUS, SWAY, SHIFT] = [1280, 720, 60, 160, 96, 5];

/** How far the room has gone by, pixels. @param {number} depth 0: far, 1: near; in three planes */
function sway(turn, depth) {
  const reach = (SWAY * (1 + Math.floor(3 * depth))) / 3;
  return [Math.round(reach * Math.cos(turn)), Math.round((SWAY / 3) * Math.sin(turn))];
}

/** Smooth noise: a number every 2^SHIFT pixels, and what lies between. */
function texture(width, height) {
  let seed = 1;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const [step, mask] = [1 << SHIFT, (1 << SHIFT) - 1];
  const coarse = Array.from({ length: (height >> SHIFT) + 2 }, () => Array.from({ length: (width >> SHIFT) + 2 }, random));
  const out = Buffer.alloc(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, c, v, u] = [y >> SHIFT, x >> SHIFT, (y & mask) / step, (x & mask) / step];
      const top = coarse[r][c] * (1 - u) + coarse[r][c + 1] * u;
      const bottom = coarse[r + 1][c] * (1 - u) + coarse[r + 1][c + 1] * u;
      out[y * width + x] = 30 + 190 * (top * (1 - v) + bottom * v);
    }
  }
  return out;
}

/** Somebody round, at a place that comes back after a `turn`. */
function personPainter() {
  const person = texture(2 * RADIUS, 2 * RADIUS);
  return (luma, turn) => {
    const left = Math.round(WIDTH / 2 - RADIUS + 240 * Math.sin(turn));
    const top = Math.round(HEIGHT / 2 - RADIUS + 120 * Math.sin(2 * turn));
    for (let y = 0; y < 2 * RADIUS; y++) {
      const half = Math.floor(Math.sqrt(RADIUS ** 2 - (y - RADIUS) ** 2));
      const row = y * 2 * RADIUS + RADIUS;
      person.copy(luma, (top + y) * WIDTH + left + RADIUS - half, row - half, row + half);
    }
  };
}

/** Somebody moves in front of a still wall. */
function wallPainter() {
  const wall = texture(WIDTH, HEIGHT);
  const paintPerson = personPainter();
  return (luma, turn) => {
    wall.copy(luma);
    paintPerson(luma, turn);
  };
}

/** The camera is in somebody's hand: the room goes by, what is nearer (further down) faster, and somebody moves in it. */
function motionPainter() {
  const stride = WIDTH + 2 * SWAY;
  const room = texture(stride, HEIGHT + 2 * SWAY);
  const paintPerson = personPainter();
  return (luma, turn) => {
    for (let y = 0; y < HEIGHT; y++) {
      const [dx, dy] = sway(turn, y / HEIGHT);
      const from = (SWAY + y + dy) * stride + SWAY + dx;
      room.copy(luma, y * WIDTH, from, from + WIDTH);
    }
    paintPerson(luma, turn);
  };
}

/**
 * Writes a Y4M file of two seconds that begins again without a jump.
 * @param {string} path
 * @param {'wall'|'motion'} [picture] somebody in front of a wall, or all of it moves
 */
export function writeMovingCamera(path, picture = 'wall') {
  const file = openSync(path, 'w');
  const paint = picture === 'motion' ? motionPainter() : wallPainter();
  const luma = Buffer.alloc(WIDTH * HEIGHT);
  const colour = Buffer.alloc((WIDTH * HEIGHT) / 4, 110);
  writeSync(file, `YUV4MPEG2 W${WIDTH} H${HEIGHT} F30:1 Ip A1:1 C420mpeg2\n`);
  for (let frame = 0; frame < FRAMES; frame++) {
    paint(luma, (2 * Math.PI * frame) / FRAMES);
    writeSync(file, 'FRAME\n');
    for (const plane of [luma, colour, colour]) writeSync(file, plane);
  }
  closeSync(file);
}

/**
 * Runs inside a page before its own scripts: its camera becomes a canvas with one of these pictures, for browsers that take no file.
 * The sound stays the fake microphone's.
 * @param {'wall'|'motion'} picture
 */
export function paintMovingCamera(picture) {
  const devices = navigator.mediaDevices;
  if (!devices) return; // about:blank, where every page begins
  const [width, height, reach] = [1280, 720, 96];
  const open = devices.getUserMedia.bind(devices);
  /** Smooth noise, larger than the picture: a small one stretched. */
  const texture = (w, h, step) => {
    const small = new OffscreenCanvas(Math.ceil(w / step), Math.ceil(h / step));
    const paint = small.getContext('2d');
    const image = paint.createImageData(small.width, small.height);
    let seed = 1;
    for (let i = 0; i < image.data.length; i += 4) {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      image.data.fill(30 + 190 * (seed / 2 ** 31), i, i + 3);
      image.data[i + 3] = 255;
    }
    paint.putImageData(image, 0, 0);
    const large = new OffscreenCanvas(w, h);
    large.getContext('2d').drawImage(small, 0, 0, w, h);
    return large;
  };
  const film = () => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const paint = canvas.getContext('2d');
    const ground = texture(width + 2 * reach, height + 2 * reach, 32);
    const person = texture(320, 320, 32);
    const stream = canvas.captureStream();
    const start = performance.now();
    setInterval(() => {
      const turn = (Math.PI * (performance.now() - start)) / 1000; // a round in two seconds
      for (let plane = 0; plane < 3; plane++) { // nearer ones, further down, go by faster
        const [dx, dy] = picture === 'motion' ? [((reach * (plane + 1)) / 3) * Math.cos(turn), (reach / 3) * Math.sin(turn)].map(Math.round) : [0, 0];
        const top = (plane * height) / 3;
        paint.drawImage(ground, reach + dx, reach + top + dy, width, height / 3, 0, top, width, height / 3);
      }
      paint.save();
      paint.beginPath();
      const [x, y] = [width / 2 + 240 * Math.sin(turn), height / 2 + 120 * Math.sin(2 * turn)];
      paint.arc(x, y, 160, 0, 2 * Math.PI);
      paint.clip();
      paint.drawImage(person, x - 160, y - 160);
      paint.restore();
    }, 1000 / 30);
    return stream;
  };
  devices.getUserMedia = async ({ audio, video }) => new MediaStream([
    ...(audio ? (await open({ audio })).getAudioTracks() : []),
    ...(video ? film().getVideoTracks() : []),
  ]);
}
