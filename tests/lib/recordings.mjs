// Recordings on the disk for tests: files as a recorder leaves them, and one that is being written.
import { spawn, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes a file below recordings/ of a server, as old as `age` seconds; its folders become the server's own. */
export function keepFile(server, path, content, age = 3600) {
  const file = join(server.dir, 'recordings', path);
  let made = '';
  mkdirSync(dirname(file), { recursive: true, mode: 0o2770 });
  for (const part of dirname(path).split('/')) {
    made = made ? `${made}/${part}` : part;
    server.giveToOwner(`recordings/${made}`);
    chmodSync(join(server.dir, 'recordings', made), 0o2770); // whatever the umask is: mediad and the console both write there
  }
  writeFileSync(file, content, { mode: 0o640 });
  server.giveToOwner(`recordings/${path}`);
  const when = new Date(Date.now() - age * 1000);
  utimesSync(file, when, when);
  return file;
}

/** A recording with what stands beside it. @param about of docs/RECORDING.md; null: none */
export function keepRecording(server, group, name, content, about = null, poster = null) {
  if (about) keepFile(server, `${group}/.about/${name}.json`, typeof about === 'string' ? about : JSON.stringify({ version: 1, ...about }));
  if (poster) keepFile(server, `${group}/.about/${name}.png`, poster);
  return keepFile(server, `${group}/${name}`, content);
}

/** Holds the lock of whoever writes a file, until release() is called. */
export async function holdLock(t, file) {
  const holder = spawn('flock', ['-x', file, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((ok) => { holder.once('exit', ok); });
  const release = async () => {
    holder.stdin.end();
    await ended;
  };
  t.after(release);
  await new Promise((ok, fail) => {
    holder.stdout.once('data', ok);
    holder.once('exit', (code) => { fail(new Error(`flock ended with ${code}`)); });
  });
  return release;
}

/** A film with a picture and a tone, as a recorder leaves it: VP8 and Opus in WebM, its index in front. */
export function makeFilm(file, seconds) {
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc=size=320x240:rate=10:duration=${seconds}`,
    '-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`, '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-g', '10', '-b:v', '200k',
    '-c:a', 'libopus', '-b:a', '32k', '-reserve_index_space', '4096', '-f', 'webm', file]);
}

/** Its first picture. */
export function makePoster(film, file) {
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', film, '-frames:v', '1', '-f', 'image2', '-c:v', 'png', file]);
}
