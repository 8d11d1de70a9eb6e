// FFmpeg 9, the first whose WHIP publisher is in common use: Debian's is older, a Python package brings a built one.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { top } from './server.mjs';

const run = promisify(execFile);
const name = 'imageio-ffmpeg==0.8.1';
const target = join(top, 'build', 'ffmpeg9');

const find = () => {
  const dir = join(target, 'imageio_ffmpeg', 'binaries');
  const program = existsSync(dir) && readdirSync(dir).find((f) => f.startsWith('ffmpeg-'));
  return program ? join(dir, program) : undefined;
};

/**
 * Its program, fetched once into the build directory; the environment's FFMPEG9 comes first.
 * @returns {Promise<{program?: string, missing?: string}>} `missing` says why there is none
 */
export async function ffmpeg9() {
  const there = process.env.FFMPEG9 ?? find();
  if (there) return { program: there };
  try {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', target, name], { timeout: 180000 });
  } catch (e) {
    return { missing: `pip does not bring ${name}: ${String(e.stderr || e.message).trim().split('\n').pop()}` };
  }
  const program = find();
  return program ? { program } : { missing: `${name} has no program for this machine` };
}
