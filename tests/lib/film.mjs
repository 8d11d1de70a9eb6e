// Recordings for tests, made by ffmpeg, and what ffprobe and ffmpeg say of files.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** The wall clock at the start of a recording that film() made, unless its options say otherwise. */
export const STARTED = '2026-11-29T12:00:00.123Z';

/** A recording as a camera makes one: VP8 and Opus; `options` go to ffmpeg before the output. */
export function film(path, seconds, ...options) {
  const r = spawnSync('ffmpeg', [
    '-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-f', 'lavfi', '-i', 'sine=440:sample_rate=48000',
    '-t', String(seconds), '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-g', '50', '-c:a', 'libopus',
    '-cluster_time_limit', '2000', '-metadata', `creation_time=${STARTED}`, '-metadata', 'artist=ada', '-metadata', 'title=camera',
    '-f', 'webm', ...options, path,
  ], { encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
}

/** What ffprobe says of a file. */
export function probe(path) {
  const r = spawnSync('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', path], { encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  return JSON.parse(r.stdout);
}

/** Decodes all of a file. @returns what is wrong with it; '' */
export const faults = (path) => spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'null', '-'], { encoding: 'utf8' }).stderr;
