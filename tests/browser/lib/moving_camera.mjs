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
