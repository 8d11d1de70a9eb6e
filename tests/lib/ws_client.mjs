// A WebSocket client for tests that shows frames as they are, and can misbehave: unmasked, fragmented
// or binary frames, headers left out, nothing read.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { top } from './server.mjs';

const WAIT_MS = 8000;

/** One frame as a client sends it. */
function frame(opcode, payload, { fin = true, masked = true } = {}) {
  const data = Buffer.from(payload);
  const head = [opcode | (fin ? 0x80 : 0)];
  const mask = masked ? 0x80 : 0;
  if (data.length < 126) head.push(mask | data.length);
  else if (data.length < 65536) head.push(mask | 126, data.length >> 8, data.length & 255);
  else head.push(mask | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((n) => (data.length >>> n) & 255));
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  const key = randomBytes(4);
  for (let i = 0; i < data.length; i++) data[i] ^= key[i & 3];
  return Buffer.concat([Buffer.from(head), key, data]);
}

/**
 * Sends an upgrade request and resolves to the answer: {status, socket, rest}.
 * @param {import('./server.mjs').Server | {socket: string}} server or the path of mediad's own socket
 * @param {{method?: string, path?: string, localAddress?: string, headers?: Record<string, string|undefined>}} [options] undefined leaves a header out
 */
export function upgrade(server, { method = 'GET', path: target = '/ws', localAddress, headers = {} } = {}) {
  const all = {
    Host: 'port' in server ? `localhost:${server.port}` : 'localhost', 'X-Raw-URI': 'port' in server ? undefined : '/ws', Upgrade: 'websocket', Connection: 'Upgrade',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'), 'Sec-WebSocket-Version': '13', ...headers,
  };
  return new Promise((ok, fail) => {
    const socket = 'port' in server ? tls.connect({ port: server.port, host: '127.0.0.1', localAddress, servername: 'localhost', rejectUnauthorized: false })
      : net.connect({ path: server.socket });
    let got = Buffer.alloc(0);
    socket.once('error', fail);
    socket.once('port' in server ? 'secureConnect' : 'connect', () => {
      const lines = Object.entries(all).filter(([, v]) => v !== undefined).map(([k, v]) => `${k}: ${v}\r\n`);
      socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
    });
    socket.on('close', () => fail(new Error('closed before an answer')));
    const more = (d) => {
      got = Buffer.concat([got, d]);
      const end = got.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', more);
      socket.pause();
      ok({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(got.toString('latin1'))?.[1]), socket, rest: got.subarray(end + 4) });
    };
    socket.on('data', more);
  });
}

/** A client of the protocol. Messages wait in `inbox` until a test takes them. */
export class Client {
  /** Every message since the beginning, in order. */
  all = [];
  /** The same, as they came.
   * @type {string[]} */
  texts = [];


  inbox = [];

  waiters = [];

  username = undefined;

  constructor(id, socket) {
    this.id = id;
    this.socket = socket;
    this.bytes = Buffer.alloc(0);
    /** Resolves to {code, reason}; 1006 when there was no close frame. */
    this.closed = new Promise((ok) => {
      this.onClose = ok;
      socket.on('close', () => ok({ code: 1006, reason: '' }));
    });
    socket.on('error', () => {});
    socket.on('data', (d) => this.take(d));
  }

  take(d) {
    this.bytes = Buffer.concat([this.bytes, d]);
    for (;;) {
      const b = this.bytes;
      if (b.length < 2) return;
      let length = b[1] & 127;
      let start = 2;
      if (length === 126) { if (b.length < 4) return; length = b.readUInt16BE(2); start = 4; } else if (length === 127) { if (b.length < 10) return; length = Number(b.readBigUInt64BE(2)); start = 10; }
      if (b.length < start + length) return;
      this.frame(b[0] & 15, b.subarray(start, start + length));
      this.bytes = b.subarray(start + length);
    }
  }

  frame(opcode, payload) {
    if (opcode === 8) {
      this.onClose({ code: payload.length >= 2 ? payload.readUInt16BE(0) : 1005, reason: payload.toString('utf8', 2) });
      this.socket.end(frame(8, payload));
    } else if (opcode === 1) {
      this.texts.push(payload.toString());
      this.got(JSON.parse(payload.toString()));
    } else {
      this.got({ type: `frame ${opcode}` });
    }
  }

  got(m) {
    this.all.push(m);
    if (m.type === 'ping') { this.send({ type: 'pong' }); return; }
    const i = this.waiters.findIndex((w) => w.match(m));
    if (i >= 0) this.waiters.splice(i, 1)[0].ok(m);
    else this.inbox.push(m);
  }

  /** Sends bytes of text as one frame, or as the options say. */
  sendFrame(payload, { opcode = 1, ...options } = {}) { this.socket.write(frame(opcode, payload, options)); }

  send(m) { this.sendFrame(JSON.stringify(m)); }

  /** As `send`, with the sender's source and username. */
  say(m) { this.send({ source: this.id, username: this.username, ...m }); }

  /** Takes the first message, past or future, that matches. */
  wait(match, what = '', ms = WAIT_MS) {
    const i = this.inbox.findIndex(match);
    if (i >= 0) return Promise.resolve(this.inbox.splice(i, 1)[0]);
    return new Promise((ok, fail) => {
      const w = { match, ok: (m) => { clearTimeout(timer); ok(m); } };
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter((v) => v !== w);
        fail(new Error(`no such message ${what} in ${ms} ms; waiting: ${JSON.stringify(this.inbox).slice(0, 900)}`));
      }, ms);
      this.waiters.push(w);
    });
  }

  type(type, kind) { return this.wait((m) => m.type === type && (kind === undefined || m.kind === kind), `${type}/${kind}`); }

  error() { return this.type('usermessage', 'error'); }

  /** All that was sent before this has been handled when it resolves. */
  async sync() {
    this.send({ type: 'ping' });
    await this.type('pong');
  }

  /** Fails if a matching message came by the time that all sent before this was handled. */
  async none(match) {
    await this.sync();
    const m = this.inbox.find(match);
    if (m) throw new Error(`unexpected message ${JSON.stringify(m)}`);
  }

  async join(group, username, password = '', extra = {}) {
    this.send({ type: 'join', kind: 'join', group, username, password, ...extra });
    const joined = await this.wait((m) => m.type === 'joined' && m.kind !== 'change' && m.kind !== 'leave', 'joined');
    if (joined.kind === 'join') {
      this.username = joined.username;
      this.group = group;
      await this.wait((m) => m.type === 'user' && m.kind === 'add' && m.id === this.id, 'own user');
    }
    this.joined = joined;
    return joined;
  }

  destroy() { this.socket.destroy(); }
}

let n = 0;

/** Connects; with `raw` without a handshake. Ends with the test. */
export async function connect(t, server, { id, raw = false, version = ['2'], ...options } = {}) {
  const { status, socket, rest } = await upgrade(server, options);
  if (status !== 101) throw new Error(`upgrade: status ${status}`);
  const c = new Client(id ?? `client-${process.pid}-${n++}`, socket);
  t.after(() => c.destroy());
  if (rest.length > 0) c.take(rest);
  socket.resume();
  if (raw) return c;
  c.send({ type: 'handshake', version, id: c.id });
  c.handshake = await c.type('handshake');
  return c;
}

/** Connects and joins. */
export async function join(t, server, group, username, password, { id, ...extra } = {}) {
  const c = await connect(t, server, { id });
  await c.join(group, username, password, extra);
  return c;
}

/** An offer as a browser writes it: 'chromium-camera', 'chromium-simulcast', 'firefox-audio', ... */
export const offerOf = (name) => readFileSync(path.join(top, 'tests/unit/mediad/rtc/data', `offer-${name}.sdp`), 'utf8');

/** What a browser would answer to an offer of the server's. */
export function answerTo(offer) {
  const [session, ...sections] = offer.split(/(?=^m=)/m);
  const ice = 'a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n'
    + `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\na=setup:active\r\n`;
  const kept = /^(m=|c=|a=(mid|rtcp-mux|rtcp-rsize|rtpmap|fmtp|rtcp-fb)[:\r])/;
  const group = /^a=group:BUNDLE.*\r\n/m.exec(session)?.[0] ?? '';
  return `v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n${group}${sections.map((s) => {
    const direction = /^a=inactive\r$/m.test(s) ? 'inactive' : 'recvonly';
    return `${s.split('\n').filter((l) => kept.test(l)).map((l) => `${l}\n`).join('')}${ice}a=${direction}\r\n`;
  }).join('')}`;
}
