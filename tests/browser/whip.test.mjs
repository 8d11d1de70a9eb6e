// Programs publish over HTTP, and a page decodes what they send: FFmpeg itself, and a page of another origin.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { ffmpeg9 } from '../lib/ffmpeg9.mjs';
import { eventually, freePort, sleep, startServer } from '../lib/server.mjs';
import { makeCertificate } from '../lib/test_ca.mjs';
import { Person, until } from './lib/people.mjs';

const present = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };

describe('FFmpeg publishes', () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  let ada;
  let ffmpeg;
  let ca;
  const left = [];

  before(async () => {
    ffmpeg = await ffmpeg9();
    if (ffmpeg.missing) return;
    const certificate = makeCertificate({ after: (f) => left.push(f) });
    ca = certificate.ca;
    const soon = new Date(Date.now() + 3600e3).toISOString();
    server = await startServer({
      groups: { tall: { ...present, codecs: ['h264', 'opus'] }, guarded: { codecs: ['h264', 'opus'], users: { ada: { password: 'x', permissions: 'op' } } }, small: present },
      files: {
        'data/cert.pem': certificate.cert,
        'data/key.pem': certificate.key,
        'data/var/tokens.jsonl': `${JSON.stringify({ token: 'tok', group: 'guarded', username: 'studio', permissions: ['present'], expires: soon })}\n`,
      },
    });
    ada = await Person.arrive('ada', null);
  });
  after(async () => {
    await ada?.goHome();
    await server?.stop();
    for (const f of left) f();
  });

  /** Starts it: a test picture of 320 × 180 and a tone. `end` ends it and resolves to {code, log}. */
  function publish(t, path, { gop = 15, options = [] } = {}) {
    const child = spawn(ffmpeg.program, ['-hide_banner', '-loglevel', 'info', '-nostats', '-re', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=15',
      '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-t', '120',
      '-c:v', 'libx264', '-profile:v', 'baseline', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', String(gop),
      '-c:a', 'libopus', '-ar', '48000', '-ac', '2', ...options, '-f', 'whip', ...(path.includes('guarded') ? ['-authorization', 'tok'] : []), server.base + path],
    { env: { ...process.env, SSL_CERT_FILE: ca }, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (d) => { log += d; });
    const ended = new Promise((ok) => { child.once('close', (code) => ok({ code, log })); });
    t.after(async () => { child.kill('SIGKILL'); await ended; });
    return { ended, end: () => { child.kill('SIGINT'); return ended; } };
  }

  /** Waits until the page shows a picture of FFmpeg's size that moves, of a member of that name. */
  async function seesPicture(name) {
    const rows = new Set();
    await until(`${name}'s picture moves`, async () => {
      const seen = await ada.look(name, '');
      return seen && rows.add(seen.row).size > 5;
    });
    const size = await ada.page.evaluate((who) => {
      const video = [...document.querySelectorAll('.tile')].find((t) => t.dataset.username === who).querySelector('video');
      return [video.videoWidth, video.videoHeight];
    }, name);
    assert.deepEqual(size, [320, 180]);
  }

  it('and a page sees and hears it, under the name of its token; when it ends it is gone', async (t) => {
    if (ffmpeg.missing) { t.skip(ffmpeg.missing); return; }
    await ada.join(server, 'guarded', { password: 'x', media: 'none' });
    const program = publish(t, '/group/guarded/.whip');
    await seesPicture('studio');
    await ada.hears();
    await ada.photograph('whip-ffmpeg');
    await program.end();
    await until('it is gone', async () => !(await ada.sees('studio')) && (await ada.tiles('studio')) === 0);
    assert.deepEqual(await ada.complaints(), []);
  });

  it('and who comes later sees the picture of a long group at once', async (t) => {
    if (ffmpeg.missing) { t.skip(ffmpeg.missing); return; }
    const program = publish(t, '/group/tall/.whip/', { gop: 900 }); // a minute; the slash leads through a redirect
    await eventually(async () => {
      const groups = await (await server.api('.stats')).json();
      const tracks = groups.find((g) => g.name === 'tall')?.clients?.[0].up?.[0].tracks ?? [];
      assert.ok(tracks.some((track) => track.kind === 'video' && track.bitrate > 0));
    }, 30000);
    await sleep(5000); // the keyframe is no young one any more
    await ada.join(server, 'tall', { media: 'none' });
    const joined = Date.now();
    await seesPicture('whip');
    assert.ok(Date.now() - joined < 25000, 'long before the next keyframe');
    await program.end();
  });

  it('and is told by the status what is wrong', async (t) => {
    if (ffmpeg.missing) { t.skip(ffmpeg.missing); return; }
    for (const [path, status] of [['/group/small/.whip', 406], ['/group/nowhere/.whip', 404]]) {
      const { code, log } = await publish(t, path).ended;
      assert.notEqual(code, 0);
      assert.match(log, new RegExp(`HTTP error ${status} `));
    }
  });
});

describe('a page of another origin publishes (whip-whep of npm)', () => {
  let server;
  let page; // its own web server
  let ada;
  let studio;
  const complaints = [];

  before(async () => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const library = readFileSync(createRequire(import.meta.url).resolve('whip-whep/whip.js'));
    page = http.createServer((request, answer) => {
      const isScript = request.url === '/whip.js';
      answer.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
      answer.end(isScript ? library : '<!doctype html><title>Studio</title>');
    });
    await new Promise((ok) => { page.listen(port, '127.0.0.1', ok); });
    const soon = new Date(Date.now() + 3600e3).toISOString();
    server = await startServer({
      groups: { guarded: { users: { ada: { password: 'x', permissions: 'op' } } } },
      config: { allowOrigin: [origin] },
      files: {
        'data/var/tokens.jsonl': `${JSON.stringify({ token: 'tok', group: 'guarded', username: 'studio', permissions: ['present'], expires: soon })}\n`,
        'data/ice-servers.json': [{ urls: ['stun:127.0.0.1:9'] }],
      },
    });
    ada = await Person.arrive('ada', null);
    studio = await Person.arrive('studio', ['red', 'blue']);
    studio.page.on('console', (m) => m.type() === 'error' && complaints.push(m.text()));
    await studio.page.goto(origin);
  });
  after(async () => {
    await studio?.goHome();
    await ada?.goHome();
    await server?.stop();
    page?.close();
  });

  /** Whether the studio's picture moves for ada. */
  async function moves() {
    const rows = new Set();
    await until('the picture moves', async () => {
      const seen = await ada.look('studio', '');
      return seen && rows.add(seen.row).size > 5;
    });
  }

  const connected = () => until('it is connected', () => studio.page.evaluate(() => window.pc.connectionState === 'connected'));

  it('with its token, and is seen; trickles; restarts ICE; goes', async () => {
    await ada.join(server, 'guarded', { password: 'x', media: 'none' });
    await studio.page.evaluate(async (url) => {
      const { WHIPClient } = await import('/whip.js');
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      window.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
      for (const track of media.getTracks()) window.pc.addTransceiver(track, { direction: 'sendonly', streams: [media] });
      window.client = new WHIPClient();
      await window.client.publish(window.pc, url, 'tok');
    }, `${server.base}/group/guarded/.whip`);
    await connected();
    await moves();
    await ada.hears();
    assert.deepEqual(await studio.page.evaluate(() => window.pc.getConfiguration().iceServers.map((s) => s.urls).flat()), ['stun:127.0.0.1:9'], 'Link was read');

    const before = await studio.page.evaluate(() => [window.client.etag, /a=ice-ufrag:(.*)/.exec(window.pc.remoteDescription.sdp)[1]]);
    await studio.page.evaluate(() => window.client.restart());
    await until('the restart is done', () => studio.page.evaluate(() => window.client.restartIce === null));
    const behind = await studio.page.evaluate(() => [window.client.etag, /a=ice-ufrag:(.*)/.exec(window.pc.remoteDescription.sdp)[1]]);
    assert.notEqual(behind[0], before[0]);
    assert.notEqual(behind[1], before[1]);
    await connected();
    await moves();

    await studio.page.evaluate(() => window.client.stop());
    await until('it is gone', async () => !(await ada.sees('studio')));
    assert.deepEqual(complaints, []);
    assert.deepEqual(await ada.complaints(), []);
  });
});
