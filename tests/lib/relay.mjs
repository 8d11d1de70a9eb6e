// The bench's relay (tests/bench/relay): a bad line between one client and the server's UDP port.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, top } from './server.mjs';

// Built without sanitizers where there is such a build: it must not be the bottleneck.
const program = [join(top, 'build'), build].map((d) => join(d, 'tests/bench/bin/relay')).find(existsSync);

export class Relay {
  /**
   * @param {number} udpPort the server's
   * @param {{ address?: string, listen?: string, down?: string, up?: string, seed?: number }} [line] the server's address; the
   *   relay's own; settings as `relay --help` says
   */
  static async start(udpPort, { address = '127.0.0.1', listen = '127.0.0.1', down = 'clear', up = 'clear', seed = 1 } = {}) {
    assert.ok(program, 'the relay is not built: make bench');
    const relay = new Relay();
    relay.child = spawn(program, [
      '--to', `${address}:${udpPort}`, '--listen', `${listen}:0`, '--down', down, '--up', up, '--seed', String(seed), '--control',
    ], { stdio: ['pipe', 'pipe', 'inherit'] });
    relay.out = '';
    relay.serverPort = udpPort;
    relay.port = await new Promise((ok, fail) => {
      relay.child.once('error', fail);
      relay.child.once('exit', () => fail(new Error('the relay ended')));
      relay.child.stdout.on('data', (d) => {
        relay.out += d;
        const ready = /^ready: .*:(\d+)\n/.exec(relay.out);
        if (ready) ok(Number(ready[1]));
      });
    });
    /** What joinRelay() wants. */
    relay.way = { serverPort: udpPort, address: listen, port: relay.port };
    return relay;
  }

  /** @param {'up'|'down'} direction @param {string} settings from now on */
  set(direction, settings) { this.child.stdin.write(`${direction} ${settings}\n`); }

  /** Ends it; resolves to its report of what passed. */
  async stop() {
    const over = new Promise((ok) => { this.child.once('close', ok); });
    this.child.stdin.end();
    await over;
    return JSON.parse(this.out.slice(this.out.indexOf('\n') + 1));
  }
}

/**
 * Runs inside a page before its own scripts: the server's candidates become the relay, and the server hears of no candidate of
 * this page, so that checks come and go over the relay alone.
 * @param {{ serverPort: number, address?: string, port: number }} relay
 */
export function joinRelay({ serverPort, address = '127.0.0.1', port }) {
  const moved = (text) => text.replace(/(candidate:\S+ \d+ udp \d+) \S+ (\d+) typ host/gi,
    (line, start, from) => (Number(from) === serverPort ? `${start} ${address} ${port} typ host` : line));
  const { addIceCandidate, setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function set(description) {
    return setRemoteDescription.call(this, { type: description.type, sdp: moved(description.sdp) });
  };
  RTCPeerConnection.prototype.addIceCandidate = function add(candidate) {
    if (!candidate?.candidate) return addIceCandidate.call(this, candidate);
    const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
    return addIceCandidate.call(this, { candidate: moved(candidate.candidate), sdpMid, sdpMLineIndex, usernameFragment });
  };
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function sendWithoutCandidates(text) {
    const message = JSON.parse(text);
    if (message.type === 'ice') return undefined;
    if (message.sdp) message.sdp = message.sdp.replace(/^a=candidate:.*\r\n/gm, '');
    return send.call(this, JSON.stringify(message));
  };
}
