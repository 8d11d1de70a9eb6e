// The group page's session without a page, with a server that goes and comes back: what one says about oneself meanwhile.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { eventually, serverFor } from '../lib/server.mjs';
import { join } from '../lib/ws_client.mjs';

Object.assign(globalThis, { location: { pathname: '/group/club/', protocol: 'https:', host: 'localhost', hash: '', origin: 'https://localhost', search: '' } });
const open = { 'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' } };

/** Three times the fifteen seconds that coming back may take. */
const BACK_MS = 45000;

test('while the server is gone rights stay, and what is said of oneself is said with the return', async (t) => {
  const { isInside, join: comeIn, leave, me, myData, setMyData, state, update } = await import('../../static/js/session.js');
  const server = await serverFor(t, { groups: { club: open } });
  const becomes = (phase) => eventually(() => { assert.equal(state.phase, phase); assert.ok(phase !== 'joined' || me()); }, BACK_MS);

  update({ groupName: 'club', status: { endpoint: `wss://localhost:${server.port}/ws` } });
  t.after(leave);
  await comeIn({ username: 'ada', password: '' });
  setMyData({ muted: true });
  await eventually(() => assert.deepEqual(me()?.data, { muted: true }));
  process.kill(server.child.pid, 'SIGSTOP'); // so that nothing restarts
  try {
    process.kill(server.pidOf('mediad'), 'SIGKILL');
    await becomes('reconnecting');
    assert.ok(isInside());
    assert.ok(state.permissions.includes('present'));
    setMyData({ muted: null });
    assert.ok(!state.hands.has(state.myId));
    setMyData({ raisehand: true });
    assert.ok(state.hands.has(state.myId), 'the hand is up at once');
    assert.deepEqual(myData(), { raisehand: true });
  } finally {
    process.kill(server.child.pid, 'SIGCONT');
  }
  await becomes('joined');
  const bo = await join(t, server, 'club', 'bo');
  const ada = await bo.wait((m) => m.type === 'user' && m.username === 'ada');
  assert.deepEqual(ada.data, { raisehand: true });
});

test('a group that a server does not know just after the connection was lost is waited for', async (t) => {
  const { join: comeIn, leave, session, state, update } = await import('../../static/js/session.js');
  const server = await serverFor(t, { groups: { club: open } });
  update({ groupName: 'club', status: { endpoint: `wss://localhost:${server.port}/ws` } });
  t.after(leave);
  await comeIn({ username: 'ada', password: '' });
  const refusals = [];
  session.on('client', (c) => c.on('joined', (m) => { if (m.kind === 'fail') refusals.push(m.error); }));
  process.kill(server.child.pid, 'SIGSTOP'); // so that nothing restarts
  try {
    process.kill(server.pidOf('mediad'), 'SIGKILL');
    rmSync(server.groupFile('club'));
    await eventually(() => assert.equal(state.phase, 'reconnecting'), BACK_MS);
  } finally {
    process.kill(server.child.pid, 'SIGCONT');
  }
  await eventually(() => assert.ok(refusals.length >= 1), BACK_MS);
  assert.equal(state.phase, 'reconnecting', String(refusals));
  server.writeGroup('club', open);
  await eventually(() => assert.equal(state.phase, 'joined'), BACK_MS);
  assert.deepEqual([...new Set(refusals)], ['no-such-group']);
});
