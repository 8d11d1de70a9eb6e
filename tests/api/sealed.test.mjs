// Groups whose media are encrypted end to end (docs/ENCRYPTION.md): what the server says of them, and what it refuses there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startServer } from '../lib/server.mjs';
import { join, offerOf } from '../lib/ws_client.mjs';

const users = { olga: { password: 'op', permissions: 'op' }, pat: { password: 'p', permissions: 'present' } };
const open = { users, 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' }, 'allow-recording': true };

/** @type {import('../lib/server.mjs').Server} */
let server;
before(async () => {
  server = await startServer({ groups: { said: open, kept: open, live: open, file: { ...open, encrypted: true }, plain: open } });
});
after(() => server?.stop());

const features = ['recording', 'keyframe'];
const set = (c, data) => c.say({ type: 'groupaction', kind: 'setdata', value: data });
const changed = (c, what, is) => c.wait((m) => m.type === 'joined' && m.kind === 'change' && is(m), what);
const post = (group, path, body) => server.get(`/group/${group}/${path}`, { method: 'POST', body, headers: { 'content-type': 'application/sdp' } });
const status = async (group) => (await server.get(`/group/${group}/.status`)).json();

test('an operator says that a group is encrypted, and everybody sees it; nobody else can', async (t) => {
  const olga = await join(t, server, 'said', 'olga', 'op', { features });
  const pat = await join(t, server, 'said', 'pat', 'p', { features });
  assert.equal('encrypted' in olga.joined.status, false);
  assert.equal(olga.joined.canRecord, true);
  set(pat, { encrypted: true });
  assert.equal((await pat.error()).value, 'not authorised');
  set(olga, { encrypted: 'yes' });
  assert.equal('encrypted' in (await changed(pat, 'no truth', (m) => m.data.encrypted === 'yes')).status, false);
  set(olga, { encrypted: true });
  for (const c of [olga, pat]) {
    const m = await changed(c, 'encrypted', ({ data }) => data.encrypted === true);
    assert.equal(m.status.encrypted, true);
    assert.equal('canRecord' in m, false);
  }
  assert.equal((await status('said')).encrypted, true);
  const late = await join(t, server, 'said', 'lou');
  assert.equal(late.joined.status.encrypted, true);
  set(olga, { encrypted: null });
  assert.equal('encrypted' in (await changed(pat, 'clear again', (m) => !('encrypted' in m.data))).status, false);
  assert.equal('encrypted' in await status('said'), false);
});

test('a group file says so too, and no operator can take it back', async (t) => {
  assert.equal((await status('file')).encrypted, true);
  assert.equal('encrypted' in await status('plain'), false);
  const olga = await join(t, server, 'file', 'olga', 'op', { features });
  assert.equal(olga.joined.status.encrypted, true);
  set(olga, { encrypted: false });
  assert.equal((await changed(olga, 'data', (m) => m.data.encrypted === false)).status.encrypted, true);
  assert.equal((await post('file', '.whip', offerOf('chromium-camera'))).status, 403);
});

test('it is not recorded: refused in a sentence, and what runs ends with one', async (t) => {
  const olga = await join(t, server, 'kept', 'olga', 'op', { features });
  const pat = await join(t, server, 'kept', 'pat', 'p');
  olga.say({ type: 'groupaction', kind: 'record' });
  const { id } = await pat.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === 'RECORDING', 'the recorder');
  set(olga, { encrypted: true });
  await pat.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === id, 'the recorder goes');
  await pat.wait((m) => m.kind === 'info' && m.privileged && m.value === 'The recording has ended: this meeting is encrypted end to end now.', 'why');
  olga.say({ type: 'groupaction', kind: 'record' });
  const refusal = await olga.error();
  assert.deepEqual([refusal.error, refusal.value], ['unavailable', 'this meeting is encrypted end to end: the server cannot record it']);
  set(olga, { encrypted: null });
  await changed(olga, 'clear again', (m) => m.canRecord);
  olga.say({ type: 'groupaction', kind: 'record' });
  await pat.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === 'RECORDING', 'recorded again');
});

test('who publishes or watches without a page is put out, and refused with 403 and a sentence', async (t) => {
  const olga = await join(t, server, 'live', 'olga', 'op');
  const whip = await post('live', '.whip', offerOf('chromium-camera'));
  const whep = await post('live', '.whep', offerOf('chromium-player'));
  assert.deepEqual([whip.status, whep.status], [201, 201]);
  const { id } = await olga.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === 'whip', 'the publisher');
  set(olga, { encrypted: true });
  await olga.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === id, 'the publisher goes');
  for (const r of [whip, whep]) {
    await eventually(async () => assert.equal((await server.get(r.headers.get('location'), {
      method: 'PATCH', body: 'x', headers: { 'content-type': 'application/trickle-ice-sdpfrag' },
    })).status, 404));
  }
  for (const [path, offer, words] of [['.whip', 'chromium-camera', /encrypted end to end, and WHIP has no key: publish from/],
    ['.whep', 'chromium-player', /encrypted end to end, and a player has no key: watch on/]]) {
    const r = await post('live', path, offerOf(offer));
    const said = await r.text();
    assert.equal(r.status, 403, said);
    assert.match(said, words);
    assert.equal(said.trim().split('\n').length, 1);
  }
  assert.equal(olga.all.filter((m) => m.type === 'user' && m.kind === 'add' && m.username === 'whip').length, 1, 'nobody saw the refused one');
});

test('a page may ask for a keyframe of its own stream, and of no other', async (t) => {
  const pat = await join(t, server, 'plain', 'pat', 'p', { features });
  const olga = await join(t, server, 'plain', 'olga', 'op', { features });
  assert.deepEqual(pat.joined.features, ['keyframe', 'recording']);
  pat.say({ type: 'offer', id: 'cam', label: 'camera', sdp: offerOf('chromium-camera') });
  await pat.wait((m) => m.type === 'answer' && m.id === 'cam', 'answer');
  for (let i = 0; i < 5; i++) pat.say({ type: 'keyframe', id: 'cam' });
  await pat.none((m) => m.kind === 'error');
  olga.say({ type: 'keyframe', id: 'cam' });
  assert.equal((await olga.error()).error, 'unknown-stream');
  pat.say({ type: 'keyframe', id: '' });
  assert.equal((await pat.closed).code, 1002);
});
