// Files that a server has recorded, as FFmpeg's programs see them.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './server.mjs';

const run = promisify(execFile);
const NAME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(-.*)?\.(webm|mkv)(\.part)?$/;

/** Names below recordings/GROUP/, those in progress (`.part`) too, sorted. */
export function recordingsOf(server, group) {
  let names;
  try {
    names = readdirSync(join(server.dir, 'recordings', group));
  } catch {
    return [];
  }
  return names.filter((n) => NAME.test(n)).sort();
}

/** Waits until nothing is in progress and there are `n` files (without it: at least one); their paths, the oldest first. */
export async function finishedRecordings(server, group, n) {
  await eventually(() => {
    const names = recordingsOf(server, group);
    if (names.length === 0 || names.length !== (n ?? names.length) || names.some((name) => name.endsWith('.part')))
      throw new Error(`not ${n ?? 'any'} complete files: ${names.join(' ')}\n${server.log.slice(-2000)}`);
  }, 60000);
  return recordingsOf(server, group).map((name) => join(server.dir, 'recordings', group, name));
}

/** {duration (s), start (s), tags, streams: [{codec, kind, width, height, start, frames}]} */
export async function probe(file) {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-count_packets', '-show_format', '-show_streams', '-of', 'json', file]);
  const { format, streams } = JSON.parse(stdout);
  return {
    duration: Number(format.duration),
    start: Number(format.start_time),
    tags: format.tags ?? {},
    streams: streams.map((s) => ({
      codec: s.codec_name, kind: s.codec_type, width: s.width, height: s.height, start: Number(s.start_time), frames: Number(s.nb_read_packets),
    })),
  };
}

/** Decodes all of it; resolves to what FFmpeg complains about, '' for nothing. */
export async function decode(file) {
  const { stderr } = await run('ffmpeg', ['-v', 'error', '-i', file, '-map', '0', '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-'], { timeout: 120000 });
  return stderr;
}

/** The median colours of the left and the right half of the picture at a time (s): [[r, g, b], [r, g, b]]. */
export async function halvesAt(file, seconds) {
  const [width, height] = [64, 48];
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-ss', String(seconds), '-i', file, '-frames:v', '1', '-vf', `scale=${width}:${height}`, '-f', 'rawvideo',
    '-pix_fmt', 'rgb24', '-'], { encoding: 'buffer' });
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return [0, width / 2].map((from) => [0, 1, 2].map((channel) => {
    const values = [];
    for (let y = 0; y < height; y++)
      for (let x = from + 2; x < from + width / 2 - 2; x++) values.push(stdout[(y * width + x) * 3 + channel]);
    return median(values);
  }));
}

/** Every picture: [{at (s), width}], in order. */
export async function picturesOf(file) {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=pts_time,width', '-of', 'json', file], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout).frames.map((f) => ({ at: Number(f.pts_time), width: f.width }));
}
