// A voice for Chromium's --use-file-for-fake-audio-capture: syllables without a pause. (Its own beep, once a second, is nobody who speaks.)
import { writeFileSync } from 'node:fs';

const [RATE, SECONDS, SYLLABLE_S] = [48000, 6, 0.15];

/** Writes a WAV file that Chromium repeats. @param {string} path */
export function writeVoice(path) {
  const n = RATE * SECONDS;
  const file = Buffer.alloc(44 + 2 * n);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * n, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // one channel
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(2 * RATE, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * n, 40);
  let phase = 0;
  for (let i = 0; i < n; i++) {
    const syllable = Math.floor(i / RATE / SYLLABLE_S);
    const inside = (i / RATE / SYLLABLE_S) % 1;
    phase += (2 * Math.PI * (140 + 37 * (syllable * 7 % 6))) / RATE;
    const loud = 0.35 + 0.65 * Math.sin(Math.PI * inside);
    const voice = Math.sin(phase) + 0.6 * Math.sin(3 * phase) + 0.4 * Math.sin(7 * phase);
    file.writeInt16LE(Math.round(12000 * loud * (voice / 2)), 44 + 2 * i);
  }
  writeFileSync(path, file);
}
