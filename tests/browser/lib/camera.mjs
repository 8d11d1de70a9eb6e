// Cameras with a picture of their own for each person, so that a test can tell whose video it sees.
import { writeFileSync } from 'node:fs';

const WIDTH = 320;
const HEIGHT = 240;
const FRAMES = 15;

/**
 * Colours that stay apart after VP8: name -> [Y, Cb, Cr] as sent and [R, G, B] as shown.
 * @type {Record<string, {yuv: number[], rgb: number[]}>}
 */
export const colours = {
  red: { yuv: [81, 90, 240], rgb: [255, 0, 0] },
  green: { yuv: [145, 54, 34], rgb: [0, 255, 0] },
  blue: { yuv: [41, 240, 110], rgb: [0, 0, 255] },
  yellow: { yuv: [210, 16, 146], rgb: [255, 255, 0] },
  magenta: { yuv: [106, 202, 222], rgb: [255, 0, 255] },
  cyan: { yuv: [170, 166, 16], rgb: [0, 255, 255] },
};

/**
 * Writes a Y4M file for Chromium's --use-file-for-fake-video-capture: left and right half in one
 * colour each, and a white bar that moves one step a frame.
 * @param {string} path
 * @param {[string, string]} halves names out of `colours`
 */
export function writeCamera(path, halves) {
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F15:1 Ip A1:1 C420mpeg2\n`)];
  for (let frame = 0; frame < FRAMES; frame++) {
    parts.push(Buffer.from('FRAME\n'));
    for (const [plane, scale] of [[0, 1], [1, 2], [2, 2]]) {
      const width = WIDTH / scale;
      const height = HEIGHT / scale;
      const row = Buffer.alloc(width);
      row.fill(colours[halves[0]].yuv[plane], 0, width / 2);
      row.fill(colours[halves[1]].yuv[plane], width / 2);
      const bar = Math.floor((frame * width) / FRAMES);
      row.fill(plane === 0 ? 235 : 128, bar, bar + 16 / scale);
      for (let y = 0; y < height; y++) parts.push(row);
    }
  }
  writeFileSync(path, Buffer.concat(parts));
}
