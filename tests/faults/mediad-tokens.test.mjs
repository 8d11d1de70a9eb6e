// Invitations that mediad writes while a system call fails, each in turn: what was acknowledged stands in the file,
// what was not may, its author is told, and the next change works (SIG-26, FAULT-1, FAULT-5).
import { before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { startMediad, stateDirectory } from '../lib/mediad.mjs';
import { needStrace, struck } from '../lib/strike.mjs';
import { join } from '../lib/ws_client.mjs';

const LIMIT = 40;
const group = JSON.stringify({ users: { olga: { password: 'op', permissions: 'op' } } });
const later = (s) => new Date(Date.now() + s * 1000).toISOString();

before(needStrace);

/** What the file says: {token: expires}. A last line without its end does not count. */
function onDisk(dir) {
  const lines = readFileSync(path(dir, 'data/var/tokens.jsonl'), 'utf8').split('\n').slice(0, -1);
  return Object.fromEntries(lines.map((l) => JSON.parse(l)).map((x) => [x.token, Date.parse(x.expires)]));
}

/** Asks and waits for the answer, or for the end of the connection. */
function ask(c, kind, value) {
  c.say({ type: 'groupaction', kind, value });
  return Promise.race([
    c.wait((m) => m.type === 'usermessage' && (m.kind === 'token' || m.kind === 'error'), kind),
    c.closed.then(() => { throw new Error('disconnected'); }),
  ]);
}

const make = (c) => ask(c, 'maketoken', { group: 'tokens', permissions: ['present'], expires: later(600) });
const isDone = (answer) => answer !== undefined && answer.kind === 'token' && answer.error === undefined;

/** [name, what is done to a token, whether the file shows it] */
const changes = [
  ['making', make, (was, is) => Object.keys(is).length === Object.keys(was).length + 1],
  ['editing', (c, token) => ask(c, 'edittoken', { token, expires: later(900) }), (was, is, token) => is[token] > was[token]],
  ['deleting', (c, token) => ask(c, 'deletetoken', { token }), (was, is, token) => !(token in is)],
];

async function begin(t, mediad) {
  const c = await join(t, mediad, 'tokens', 'olga', 'op');
  const made = await make(c);
  assert.ok(isDone(made), JSON.stringify(made));
  return { c, token: made.value.token };
}

for (const [name, act, shows] of changes) {
  test(`${name} an invitation, with an error at each call`, async (t) => {
    const dir = stateDirectory(t, { 'groups/tokens.json': group });
    const mediad = await startMediad(t, dir);
    let refused = 0;
    for (const [call, error, ...more] of [
      ['flock', 'ENOLCK'], ['write', 'ENOSPC', '-P', path(dir, 'data/var/tokens.jsonl')], ['fsync', 'ENOSPC'], ['fsync', 'EIO'], ['rename', 'EIO'],
    ]) {
      for (let n = 1; n < LIMIT; n++) {
        const { c, token } = await begin(t, mediad);
        const was = onDisk(dir);
        const { answer, hit } = await struck(dir, [mediad.child.pid], `${call}:error=${error}:when=${n}`, () => act(c, token), more);
        const is = onDisk(dir);
        const what = `${call} ${n} ${error}: ${JSON.stringify(answer)}`;
        c.destroy();
        if (isDone(answer)) assert.ok(shows(was, is, token), what);
        else if (!shows(was, is, token)) assert.deepEqual(is, was, what);
        if (!hit) break;
        refused += !isDone(answer);
      }
    }
    assert.ok(refused >= 2, `only ${refused} errors were told`);
    assert.equal(mediad.child.exitCode, null);
    await begin(t, mediad);
  });
}
