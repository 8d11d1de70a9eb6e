// Cameras of 1280 × 720 for Chromium's --use-file-for-fake-video-capture: pictures that cost an encoder what a real camera's do.
import { openSync, closeSync, writeSync } from 'node:fs';

const [WIDTH, HEIGHT, FRAMES, RADIUS, TILE] = [1280, 720, 60, 160, 80];

/** Smooth noise: a number every 2^`shift` pixels, and what lies between. */
function texture(width, height, shift = 5) {
  let seed = 1;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const [step, mask] = [1 << shift, (1 << shift) - 1];
  const coarse = Array.from({ length: (height >> shift) + 2 }, () => Array.from({ length: (width >> shift) + 2 }, random));
  const out = Buffer.alloc(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, c, v, u] = [y >> shift, x >> shift, (y & mask) / step, (x & mask) / step];
      const top = coarse[r][c] * (1 - u) + coarse[r][c + 1] * u;
      const bottom = coarse[r + 1][c] * (1 - u) + coarse[r + 1][c + 1] * u;
      out[y * width + x] = 30 + 190 * (top * (1 - v) + bottom * v);
    }
  }
  return out;
}

/** Somebody round moves in front of a still wall. */
function wallPainter() {
  const wall = texture(WIDTH, HEIGHT);
  const person = texture(2 * RADIUS, 2 * RADIUS);
  return (luma, turn) => {
    wall.copy(luma);
    const left = Math.round(WIDTH / 2 - RADIUS + 240 * Math.sin(turn));
    const top = Math.round(HEIGHT / 2 - RADIUS + 120 * Math.sin(2 * turn));
    for (let y = 0; y < 2 * RADIUS; y++) {
      const half = Math.floor(Math.sqrt(RADIUS ** 2 - (y - RADIUS) ** 2));
      const row = y * 2 * RADIUS + RADIUS;
      person.copy(luma, (top + y) * WIDTH + left + RADIUS - half, row - half, row + half);
    }
  };
}

/** Every part of the picture moves on a circle of its own: no block is like it was, and no two move alike. */
function motionPainter() {
  const [stride, room] = [WIDTH + 4 * TILE, 2 * TILE];
  const ground = texture(stride, HEIGHT + 4 * TILE, 4);
  return (luma, turn) => {
    for (let top = 0, n = 0; top < HEIGHT; top += TILE) {
      for (let left = 0; left < WIDTH; left += TILE, n++) {
        const angle = turn * (1 + (n % 3)) + n;
        const dx = Math.round(TILE * Math.cos(angle));
        const dy = Math.round(TILE * Math.sin(angle));
        for (let y = 0; y < TILE; y++) {
          const from = (room + top + y + dy) * stride + room + left + dx;
          ground.copy(luma, (top + y) * WIDTH + left, from, from + TILE);
        }
      }
    }
  };
}

/**
 * Writes a Y4M file of two seconds that begins again without a jump.
 * @param {string} path
 * @param {'wall'|'motion'} [picture] somebody in front of a wall, or motion everywhere
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
  const [width, height, tile] = [1280, 720, 80];
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
    const ground = texture(width + 4 * tile, height + 4 * tile, picture === 'motion' ? 16 : 32);
    const person = texture(320, 320, 32);
    const stream = canvas.captureStream(30);
    const start = performance.now();
    setInterval(() => {
      const turn = (Math.PI * (performance.now() - start)) / 1000; // a round in two seconds
      if (picture === 'motion') {
        for (let top = 0, n = 0; top < height; top += tile) {
          for (let left = 0; left < width; left += tile, n++) {
            const angle = turn * (1 + (n % 3)) + n;
            const from = [2 * tile + left + tile * Math.cos(angle), 2 * tile + top + tile * Math.sin(angle)].map(Math.round);
            paint.drawImage(ground, ...from, tile, tile, left, top, tile, tile);
          }
        }
        return;
      }
      paint.drawImage(ground, 0, 0);
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
