// nereid-recording from the command line: files that a crash left, posters, and what it says when something is wrong.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { STARTED, faults, film, probe } from '../lib/film.mjs';
import { build, temporaryDirectory } from '../lib/server.mjs';

const binary = join(build, 'recording', 'nereid-recording');

let top = '';
let recordings = '';
let group = '';

before(() => {
  top = temporaryDirectory();
  recordings = join(top, 'recordings');
  group = join(recordings, 'a', 'b');
  mkdirSync(group, { recursive: true });
});
after(() => { rmSync(top, { recursive: true, force: true }); });

/** Runs the program to its end. */
function run(...args) {
  return new Promise((ok, fail) => {
    const child = spawn(binary, args, { cwd: top, env: { PATH: process.env.PATH, TZ: 'UTC' }, stdio: ['ignore', 'pipe', 'pipe'] });
    const result = { status: -1, out: '', err: '' };
    child.stdout.on('data', (d) => { result.out += d; });
    child.stderr.on('data', (d) => { result.err += d; });
    child.on('error', fail);
    child.on('close', (code) => { ok({ ...result, status: code ?? -1 }); });
  });
}

const about = (name) => JSON.parse(readFileSync(join(group, '.about', `${name}.json`), 'utf8'));

describe('tend', () => {
  const name = '2026-11-29T12:00:00.123-ada.webm';

  test('an unfinished file becomes a whole one', async () => {
    const part = join(group, `${name}.part`);

    film(part, 9);
    truncateSync(part, Math.floor(readFileSync(part).length * 0.7));
    const r = await run('tend', recordings);
    assert.equal(r.status, 0, r.err);
    assert.match(r.err, /group=a\/b repaired 2026-11-29T12:00:00\.123-ada\.webm, which a crash left unfinished/);
    assert.ok(!existsSync(part));
    const file = join(group, name);
    const { format, streams } = probe(file);
    const duration = Number(format.duration);
    assert.ok(duration > 4 && duration < 8, String(duration));
    assert.equal(new Date(format.tags.creation_time).toISOString(), STARTED);
    assert.equal(format.tags.title, 'camera');
    assert.deepEqual(streams.map((s) => s.codec_name).sort(), ['opus', 'vp8']);
    assert.equal(faults(file), '');
    const bytes = readFileSync(file);
    assert.ok(bytes.indexOf('1c53bb6b', 0, 'hex') < bytes.indexOf('1f43b675', 0, 'hex'), 'Cues come first');
    const said = about(name);
    assert.equal(said.started, STARTED);
    assert.equal(said.repaired, true);
    assert.equal(said.username, 'ada');
    assert.ok(Math.abs(said.duration - duration) < 0.05, `${said.duration} ${duration}`);
    assert.deepEqual(said.tracks, [{ kind: 'video', codec: 'vp8', width: 320, height: 180 }, { kind: 'audio', codec: 'opus' }]);
    const poster = probe(join(group, '.about', `${name}.png`)).streams[0];
    assert.deepEqual([poster.codec_name, poster.width, poster.height], ['png', 320, 180]);
  });

  test('two passes at once do it once', async () => {
    const part = join(group, `${name.replace('123', '223')}.part`);

    film(part, 4);
    truncateSync(part, readFileSync(part).length - 1000);
    const both = await Promise.all([run('tend', recordings), run('tend', recordings)]);
    assert.deepEqual(both.map((r) => r.status), [0, 0]);
    assert.equal(both.filter((r) => r.err.includes('repaired')).length, 1);
    assert.ok(!existsSync(part));
    assert.equal(faults(join(group, name.replace('123', '223'))), '');
    assert.deepEqual(readdirSync(group).filter((n) => n.startsWith('.') && n !== '.about'), []);
  });

  test('a file that is locked is left alone', async () => {
    const part = join(group, `${name.replace('123', '323')}.part`);

    film(part, 1);
    const holder = spawn('flock', ['-x', part, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((ok) => { holder.stdout.once('data', ok); });
    const before = readFileSync(part);
    assert.equal((await run('tend', recordings)).status, 0);
    assert.ok(before.equals(readFileSync(part)));
    assert.ok(!existsSync(part.slice(0, -5)));
    assert.match((await run('repair', part)).err, /this recording is still written/);
    holder.stdin.end();
    await new Promise((ok) => { holder.on('exit', ok); });
    assert.equal((await run('repair', part)).status, 0);
    assert.ok(existsSync(part.slice(0, -5)));
  });

  test('without room for the copy the file stays, and the log says so', async (t) => {
    if (process.getuid() !== 0) return t.skip('needs root, for a small file system');
    const source = join(top, 'source.webm');
    const small = join(top, 'small');

    film(source, 20, '-b:v', '1M');
    mkdirSync(small);
    const script = `mount -t tmpfs -o size=2m none ${small} && head -c 1200000 ${source} >${small}/x.webm.part && ${binary} tend ${small}; ls -A ${small}`;
    const r = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' });
    assert.equal(r.stdout, 'x.webm.part\n');
    assert.match(r.stderr, /x\.webm\.part: it stays unfinished: repairing it needs 3 MB of free space/);
    rmSync(source);
  });

  test('links lead nowhere', async () => {
    const outside = join(top, 'outside');

    mkdirSync(outside);
    film(join(outside, `${name}.part`), 1);
    film(join(outside, 'seen.webm'), 1);
    symlinkSync(outside, join(recordings, 'linked'));
    symlinkSync(join(outside, 'seen.webm'), join(group, 'seen.webm'));
    symlinkSync(join(outside, `${name}.part`), join(group, 'seen.webm.part'));
    assert.equal((await run('tend', recordings)).status, 0);
    assert.deepEqual(readdirSync(outside).sort(), [`${name}.part`, 'seen.webm'].sort());
    assert.ok(!existsSync(join(group, '.about', 'seen.webm.json')));
  });

  test('the trash empties after 30 days', async () => {
    const trash = join(group, '.trash');
    const days = (n) => new Date(Date.now() - n * 86400000);

    mkdirSync(join(trash, '.about'), { recursive: true });
    for (const [file, age] of /** @type {[string, number][]} */ ([['old.webm', 31], ['new.webm', 29]])) {
      writeFileSync(join(trash, file), 'x');
      writeFileSync(join(trash, '.about', `${file}.json`), '{}');
      writeFileSync(join(trash, `${file}.deleted`), '');
      utimesSync(join(trash, `${file}.deleted`), days(age), days(age));
    }
    assert.equal((await run('tend', recordings)).status, 0);
    assert.deepEqual(readdirSync(trash).sort(), ['.about', 'new.webm', 'new.webm.deleted']);
    assert.deepEqual(readdirSync(join(trash, '.about')), ['new.webm.json']);
  });
});

describe('each codec', () => {
  const codecs = /** @type {[string, string, string[]][]} */ ([
    ['vp9', 'webm', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8']],
    ['av1', 'webm', ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8']],
    ['h264', 'mkv', ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-f', 'matroska']],
  ]);
  const start = (i) => `2026-11-29T12:00:0${i}.000`;
  let folder = '';

  before(() => {
    folder = join(recordings, 'codecs');
    mkdirSync(folder);
    for (const [i, [codec, suffix, options]] of codecs.entries()) {
      const part = join(folder, `${start(i)}-${codec}.${suffix}.part`);
      film(part, 4, ...options, '-metadata', `creation_time=${start(i)}Z`);
      truncateSync(part, readFileSync(part).length - 3000);
    }
  });

  test('is repaired, described, and has a poster', async () => {
    const r = await run('tend', recordings);
    assert.equal(r.status, 0, r.err);
    for (const [i, [codec, suffix]] of codecs.entries()) {
      const name = `${start(i)}-${codec}.${suffix}`;
      const file = join(folder, name);
      const { format, streams } = probe(file);
      assert.deepEqual(streams.map((s) => s.codec_name).sort(), [codec, 'opus'].sort());
      assert.ok(Number(format.duration) > 3, `${codec}: ${format.duration}`);
      assert.equal(faults(file), '', codec);
      const bytes = readFileSync(file);
      assert.ok(bytes.indexOf('1c53bb6b', 0, 'hex') < bytes.indexOf('1f43b675', 0, 'hex'), `${codec}: Cues come first`);
      const said = JSON.parse(readFileSync(join(folder, '.about', `${name}.json`), 'utf8'));
      assert.deepEqual(said.tracks[0], { kind: 'video', codec, width: 320, height: 180 });
      assert.ok(existsSync(join(folder, '.about', `${name}.png`)), codec);
    }
  });

  test('is in a film', async () => {
    const r = await run('mix', recordings, 'codecs', start(1));
    assert.equal(r.status, 0, r.err);
    assert.equal(r.err, '');
    assert.ok(Number(probe(join(folder, `${start(1)}-film.webm`)).format.duration) > 5);
  });
});

describe('poster', () => {
  test('a broken keyframe is passed over', async () => {
    const file = join(group, 'broken.webm');

    film(file, 4, '-vf', 'scale=1280:720');
    const bytes = readFileSync(file);
    const start = bytes.indexOf('9d012a', 0, 'hex'); // of a VP8 keyframe (RFC 6386, section 9.1)
    bytes.fill(0, start, start + 3);
    writeFileSync(file, bytes);
    const r = await run('poster', file);
    assert.equal(r.status, 0, r.err);
    const poster = probe(join(group, '.about', 'broken.webm.png')).streams[0];
    assert.deepEqual([poster.width, poster.height], [640, 360]);
  });

  test('sound alone has none', async () => {
    const file = join(group, 'sound.webm');

    film(file, 1, '-vn');
    const r = await run('poster', file);
    assert.deepEqual([r.status, r.err], [1, `nereid-recording: ${file}: no picture in it can be decoded\n`]);
  });
});

describe('mix', () => {
  test('ends by SIGTERM within a moment, and leaves nothing', async () => {
    const start = '2026-11-29T08:00:00.000', folder = join(recordings, 'stopped');
    mkdirSync(folder, { recursive: true });
    film(join(folder, `${start}-ada.webm`), 60, '-metadata', `creation_time=${start}Z`);
    const child = spawn(binary, ['mix', recordings, 'stopped', start], { cwd: top, env: { PATH: process.env.PATH, TZ: 'UTC' }, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (d) => {
      if (!out) child.kill('SIGTERM');
      out += d;
    });
    const [code, signal] = await new Promise((ok) => { child.on('close', (...ended) => ok(ended)); });
    assert.deepEqual([code, signal], [1, null], 'it ends by itself');
    assert.match(out, /^(?:progress 0\.\d\d\n)+failed the film was stopped\n$/);
    assert.deepEqual(readdirSync(folder).filter((n) => n.includes('film')), []);
  });

  const first = '2026-11-29T12:00:00.000';
  const second = '2026-11-29T12:00:02.500';
  const screen = '2026-11-29T12:00:01.000';
  let meeting = '';

  before(() => {
    meeting = join(recordings, 'meeting');
    mkdirSync(meeting);
    film(join(meeting, `${first}-ada.webm`), 4, '-metadata', `creation_time=${first}Z`);
    film(join(meeting, `${second}-bob.webm`), 4, '-metadata', `creation_time=${second}Z`);
    film(join(meeting, `${screen}-ada.webm`), 2, '-metadata', `creation_time=${screen}Z`, '-metadata', 'title=screenshare');
    film(join(meeting, '2026-11-29T12:30:00.000-eve.webm'), 1, '-metadata', 'creation_time=2026-11-29T12:30:00Z');
  });

  test('makes one film of what overlaps, with progress', async () => {
    const r = await run('mix', recordings, 'meeting', second);
    assert.equal(r.status, 0, r.err);
    const lines = r.out.trimEnd().split('\n');
    const file = join(meeting, `${second}-film.webm`);
    assert.equal(lines.pop(), `done ${file}`);
    assert.ok(lines.length > 20);
    for (const line of lines) assert.match(line, /^progress [01]\.\d\d$/);
    const { format, streams } = probe(file);
    assert.ok(Math.abs(Number(format.duration) - 6.5) < 0.1, format.duration);
    assert.equal(new Date(format.tags.creation_time).toISOString(), `${first}Z`);
    const video = streams.find((s) => s.codec_type === 'video');
    assert.deepEqual([video.codec_name, video.width, video.height, video.avg_frame_rate], ['vp9', 1280, 720, '25/1']);
    assert.equal(streams.find((s) => s.codec_type === 'audio').codec_name, 'opus');
    assert.equal(faults(file), '');
    const said = JSON.parse(readFileSync(join(meeting, '.about', `${second}-film.webm.json`), 'utf8'));
    assert.deepEqual([said.film, said.started, said.label], [true, `${first}Z`, 'film']);
    assert.ok(existsSync(join(meeting, '.about', `${second}-film.webm.png`)));
  });

  test('a film is no part of another, and is not made twice', async () => {
    const again = await run('mix', recordings, 'meeting', second);
    assert.deepEqual([again.status, again.err], [1, `nereid-recording: ${second}-film.webm: this film is there already\n`]);
    const r = await run('mix', '--output', join(top, 'elsewhere.webm'), recordings, 'meeting', first.replaceAll(':', '-'));
    assert.equal(r.status, 0, r.err);
    assert.ok(Math.abs(Number(probe(join(top, 'elsewhere.webm')).format.duration) - 6.5) < 0.1);
    assert.deepEqual(readdirSync(top).filter((n) => n.startsWith('.')), []);
  });

  test('sound alone is a film, too, and by its name where a file has no time', async () => {
    const lonely = join(recordings, 'lonely');
    mkdirSync(lonely);
    film(join(lonely, `${first}-ada.webm`), 2, '-vn', '-metadata', 'creation_time=');
    assert.equal((await run('mix', recordings, 'lonely', first)).status, 0);
    assert.ok(Math.abs(Number(probe(join(lonely, `${first}-film.webm`)).format.duration) - 2) < 0.1);
  });

  test('names the file that is wrong', async () => {
    const bad = '2026-11-29T15:00:00.000';
    const open = '2026-11-29T16:00:00.000';

    writeFileSync(join(meeting, `${bad}-ada.webm`), 'this is none');
    writeFileSync(join(meeting, `${open}-ada.webm.part`), 'x');
    for (const [start, said] of /** @type {[string, RegExp][]} */ ([
      [bad, /2026-11-29T15:00:00\.000-ada\.webm: this cannot be read as a recording/],
      [open, /2026-11-29T16:00:00\.000-ada\.webm\.part: this recording is still written, or unfinished/],
      ['2026-01-01T00:00:00.000', /2026-01-01T00:00:00\.000: no recording of this group begins then/],
    ])) {
      const r = await run('mix', recordings, 'meeting', start);
      const last = r.err.trimEnd().split('\n').at(-1);
      assert.equal(r.status, 1);
      assert.match(last, said);
      assert.match(last, /^nereid-recording: /);
      assert.match(r.out, /^failed [^\n]*\n$/);
    }
    assert.deepEqual(readdirSync(meeting).filter((n) => n.endsWith('.film')), []);
  });
});

describe('what is wrong is said in one line', () => {
  for (const [args, status, said] of /** @type {[string[], number, RegExp][]} */ ([
    [[], 2, /what to do is missing/],
    [['tend'], 2, /usage: nereid-recording tend DIR/],
    [['tend', 'a', 'b'], 2, /usage: nereid-recording tend DIR/],
    [['tend', ''], 2, /none of them empty/],
    [['nonsense'], 2, /there is no command nonsense/],
    [['--nonsense', 'tend', 'x'], 2, /this option is not known/],
    [['--die-with', 'x', 'tend', 'y'], 2, /--die-with: this is no process/],
    [['tend', 'nowhere'], 1, /nowhere: cannot be opened: No such file or directory/],
    [['repair', 'nowhere.webm.part'], 1, /nowhere\.webm\.part: there is no such file/],
    [['repair', 'x.webm'], 1, /x\.webm: this is no unfinished recording/],
    [['poster', 'nowhere.webm'], 1, /nowhere\.webm: cannot be opened/],
    [['mix', 'recordings', 'a'], 2, /usage: nereid-recording mix \[--output FILE\] DIR GROUP START/],
    [['mix', 'recordings', 'a', 'yesterday'], 2, /START: this is no time of a recording/],
    [['mix', 'recordings', 'a', '2026-11-29T12:00:00.000/../x'], 2, /START: this is no time of a recording/],
    [['poster', 'x.txt'], 1, /x\.txt: its name does not end in \.webm or \.mkv/],
  ])) {
    test(args.join(' ') || 'nothing', async () => {
      const r = await run(...args);
      assert.equal(r.status, status, r.err);
      assert.match(r.err, said);
      assert.match(r.err, /^nereid-recording: [^\n]*\n$/);
      assert.equal(r.out, '');
    });
  }

  for (const [args, said] of /** @type {[string[], RegExp][]} */ ([
    [['mix', 'nowhere', 'a', '2026-11-29T12:00:00.000'], /nowhere: cannot be opened/],
    [['mix', 'recordings', 'nobody', '2026-11-29T12:00:00.000'], /nobody: this group has no recordings/],
    [['mix', 'recordings', '../x', '2026-11-29T12:00:00.000'], /\.\.\/x: this is no name of a group/],
  ])) {
    test(args.join(' '), async () => {
      const r = await run(...args);
      assert.equal(r.status, 1);
      assert.match(r.err, said);
      assert.match(r.err, /^nereid-recording: [^\n]*\n$/);
      assert.match(r.out, /^failed [^\n]*\n$/);
    });
  }

  test('--help', async () => {
    const r = await run('--help');
    assert.equal(r.status, 0);
    assert.match(r.out, /^usage: nereid-recording COMMAND/);
  });
});
