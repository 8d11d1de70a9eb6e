// The frames of docs/ENCRYPTION.md: what is in clear, that nothing opens what it should not, and that nothing is used twice.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Opener, SealError, Sealer, clearLength, makeKey } from '../../static/js/sealworker.js';

const bytes = (...parts) => Uint8Array.from(parts.flat());
const noise = (n) => crypto.getRandomValues(new Uint8Array(n));
const start = [0, 0, 0, 1];
const sps = [0x67, 0x42, 0, 0x1f, 0x8c];
const pps = [0x68, 0xce, 0x3c, 0x80];
/** A picture of H.264: parameter sets and two slices, with a body that is full of what looks like start codes. */
const picture = (n = 400) => bytes(start, sps, start, pps, start, [0x65, 0x88, 0x84, 0, 0x33], Array.from({ length: n }, (_, i) => (i % 3 ? 0 : i & 7)), [0, 0, 1, 0x65, 0x42, 0x11, 0x22, 0x80]);
const frames = {
  'audio/opus': bytes(0x78, ...noise(90)),
  'audio/PCMU': noise(160),
  'video/VP8': bytes(0x10, 2, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xf0, 0, ...noise(500)),
  'video/VP9': noise(500),
  'video/H264': picture(),
};
/** As browsers write them again: every start code with four bytes. */
const packetized = (frame) => {
  const out = [];
  for (let i = 0; i < frame.length; i += 1) {
    if (frame[i] === 0 && frame[i + 1] === 0 && frame[i + 2] === 1 && frame[i - 1] !== 0) out.push(0);
    out.push(frame[i]);
  }
  return Uint8Array.from(out);
};

let key;
let other;
before(async () => {
  [key, other] = await Promise.all([makeKey('correct horse', 'meeting'), makeKey('correct house', 'meeting')]);
});
const refused = (fault) => (e) => e instanceof SealError && e.fault === fault;

describe('keys', () => {
  it('are what the manual says, so that every version has the same', () => {
    assert.equal(key.number, '86886 45532 20830 80461 60279 84216'); // by OpenSSL
    assert.equal(key.id, 15);
  });
  it('differ by passphrase and group, and not by how a letter is composed', async () => {
    const [elsewhere, composed, decomposed] = await Promise.all([makeKey('correct horse', 'other'), makeKey('caf\u00e9', 'g'), makeKey('cafe\u0301', 'g')]);
    assert.equal(new Set([key.number, other.number, elsewhere.number]).size, 3);
    assert.equal(composed.number, decomposed.number);
  });
  it('cannot be taken out', () => assert.equal(key.base.extractable, false));
});

describe('what stays in clear', () => {
  const cases = [
    ['audio/opus', frames['audio/opus'], 1], ['audio/opus', bytes(), 0], ['audio/PCMU', noise(160), 0], ['audio/red', noise(9), -1],
    ['video/VP8', frames['video/VP8'], 10], ['video/VP8', bytes(0x11, ...noise(30)), 3], ['video/VP8', bytes(0x10, 1), 2], ['video/VP9', noise(30), 0],
    ['video/H264', picture(), 26], ['video/H264', bytes(start, sps), -1], ['video/AV1', noise(30), -1], ['video/H265', noise(30), -1], ['', noise(3), -1],
  ];
  for (const [codec, frame, want] of cases) it(`${codec || 'no codec'}, ${frame.length} bytes: ${want}`, () => assert.equal(clearLength(frame, codec), want));
});

for (const [codec, frame] of Object.entries(frames)) {
  describe(codec, () => {
    it('is opened by who has the key, and has nothing of the rest in it', async () => {
      const sealed = await new Sealer('a').seal(frame, codec, key);
      const clear = clearLength(frame, codec);
      assert.deepEqual(sealed.slice(0, clear), frame.slice(0, clear));
      assert.ok(sealed.length >= frame.length + 31 && (codec === 'video/H264' || sealed.length === frame.length + 31));
      assert.ok(!Buffer.from(sealed).includes(Buffer.from(frame.slice(clear + 40, clear + 56))));
      assert.deepEqual(await new Opener('a', false).open(sealed, [other, key]), frame);
    });

    it('is not, with another key, as another track, or with one bit changed', async () => {
      const sealer = new Sealer('a');
      const sealed = await sealer.seal(frame, codec, key);
      await assert.rejects(new Opener('a', false).open(sealed, [other]), refused('key'));
      await assert.rejects(new Opener('a', false).open(sealed, []), refused('key'));
      await assert.rejects(new Opener('b', false).open(sealed, [key]), refused('key'));
      const from = codec === 'video/H264' ? clearLength(frame, codec) - 5 : 0;
      for (let i = 0; i < 60; i += 1) {
        const at = from + Math.floor(((sealed.length - from) * i) / 60);
        const changed = sealed.slice();
        changed[at] ^= 1 << (i % 8);
        await assert.rejects(new Opener('a', false).open(changed, [key]), (e) => e instanceof SealError, `byte ${at}`);
      }
      await assert.rejects(new Opener('a', false).open(sealed.slice(0, -40), [key]), SealError);
      await assert.rejects(new Opener('a', false).open(frame, [key]), SealError);
    });
  });
}

describe('H.264', () => {
  it('has no start code in what is encrypted, and survives a packetizer that writes the others anew', async () => {
    const sealer = new Sealer('a');
    const opener = new Opener('a', false);
    for (let i = 0; i < 500; i += 1) {
      const frame = picture(i % 60);
      const sealed = await sealer.seal(frame, 'video/H264', key);
      const rest = Buffer.from(sealed.slice(clearLength(frame, 'video/H264') - 2));
      for (const code of [0, 1, 2]) assert.equal(rest.includes(Buffer.from([0, 0, code])), false);
      const longer = packetized(bytes([0, 0, 1], sps, [0, 0, 1], pps, [...sealed.slice(start.length * 2 + sps.length + pps.length)]));
      const open = await opener.open(longer, [key]);
      assert.deepEqual(open.slice(-(frame.length - clearLength(frame, 'video/H264'))), frame.slice(clearLength(frame, 'video/H264')));
    }
  });
});

describe('nothing twice', () => {
  it('no two frames have the same salt and counter, whichever layer or sender they are of', async () => {
    const seen = new Set();
    for (const sealer of [new Sealer('a'), new Sealer('a')]) {
      const sealed = await Promise.all(Array.from({ length: 300 }, () => sealer.seal(noise(20), 'video/VP9', key)));
      for (const frame of sealed) seen.add(frame.slice(-15, -3).join());
    }
    assert.equal(seen.size, 600);
  });

  it('sound is taken once, in whatever order it comes', async () => {
    const sealer = new Sealer('a');
    const opener = new Opener('a', true);
    const sealed = [];
    for (let i = 0; i < 20; i += 1) sealed.push(await sealer.seal(noise(20), 'audio/opus', key));
    for (const frame of sealed.toReversed()) await opener.open(frame, [key]);
    for (const frame of sealed) await assert.rejects(opener.open(frame, [key]), refused('old'));
  });

  it('a picture again while it is young, and never after that', async () => {
    const sealer = new Sealer('a');
    const opener = new Opener('a', false);
    const first = await sealer.seal(noise(20), 'video/VP9', key);
    await opener.open(first, [key]);
    await opener.open(first, [key]);
    let last;
    for (let i = 0; i < 4096; i += 1) last = await sealer.seal(noise(1), 'video/VP9', key);
    await opener.open(last, [key]);
    await assert.rejects(opener.open(first, [key]), refused('old'));
  });

  it('a frame that cannot be opened moves nothing', async () => {
    const sealer = new Sealer('a');
    const opener = new Opener('a', false);
    const good = await sealer.seal(noise(20), 'video/VP9', key);
    const forged = good.slice();
    forged.fill(255, -7, -3); // the highest counter
    await assert.rejects(opener.open(forged, [key]), refused('key'));
    await opener.open(good, [key]);
  });
});

it('whatever comes is refused, and breaks nothing', async () => {
  const opener = new Opener('a', false);
  for (let i = 0; i < 3000; i += 1) {
    const frame = noise(i % 80);
    if (i % 2 && frame.length > 3) frame.set([i % 3 ? 0xff : i % 40, key.id, 0xe1], frame.length - 3);
    if (i % 5 === 0) frame.set([0, 0, 1, 0x65].slice(0, frame.length));
    await assert.rejects(opener.open(frame, [key]), SealError);
  }
});
