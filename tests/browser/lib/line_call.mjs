// A camera from one caller to another, one of them behind a line that a test makes slow.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { Relay } from '../../lib/relay.mjs';
import { startServer } from '../../lib/server.mjs';
import { Caller } from './caller.mjs';
import { writeMovingCamera } from './moving_camera.mjs';

const anybody = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'op' } };

/**
 * For a `describe`: its hooks make the call and end it.
 *
 * @param {{ behind: 'publisher'|'receiver', line?: { up?: string, down?: string }, encodings?: RTCRtpEncodingParameters[] }} how
 * @returns {{ relay: Relay, publisher: Caller, receiver: Caller }} filled in before the first test
 */
export function callOverLine({ behind, line, encodings }) {
  const scratch = mkdtempSync(join(tmpdir(), 'nereid-line-'));
  const camera = join(scratch, 'camera.y4m');
  const call = {};
  let server;
  before(async () => {
    writeMovingCamera(camera);
    server = await startServer({ groups: { meeting: anybody } });
    const relay = call.relay = await Relay.start(server.udpPort, line);
    const over = (who) => (who === behind ? { relay } : {});
    call.publisher = await Caller.arrive(server.base, 'meeting', 'ada', { camera, encodings, ...over('publisher') });
    call.receiver = await Caller.arrive(server.base, 'meeting', 'bo', over('receiver'));
  });
  after(async () => {
    for (const caller of [call.publisher, call.receiver]) await caller?.leave();
    await call.relay?.stop();
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });
  return call;
}
