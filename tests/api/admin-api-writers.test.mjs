// Twenty writers of one group at the same time, through the API and by hand: nothing that was
// acknowledged is lost, and file and database agree in the end (WEB-31, WEB-35).
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, sleep, startServer } from '../lib/server.mjs';
import { head, integrity, onDisk, temporaryFiles, versions } from '../lib/store.mjs';

const API_WRITERS = 16;
const HAND_WRITERS = 4;
const ROUNDS = 6;

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer({ groups: { busy: { description: 'start', users: {} }, calm: {} } }); });
after(() => server?.stop());

/** A person with an editor that replaces the file: reads, changes one member, renames. */
async function byHand(who, acknowledged) {
  for (let round = 0; round < ROUNDS; round++) {
    const file = server.groupFile('busy');
    const text = JSON.parse(readFileSync(file, 'utf8'));
    text.comment = `hand ${who} ${round}`;
    const temporary = join(server.dir, 'groups', `edit-${who}.tmp`);
    writeFileSync(temporary, JSON.stringify(text));
    renameSync(temporary, file);
    acknowledged.push(text.comment);
    await sleep(20 + 13 * who);
  }
}

async function byApi(who, acknowledged) {
  for (let round = 0; round < ROUNDS; round++) {
    const user = `api-${who}-${round}`;
    const r = await server.api(`.groups/busy/.users/${user}`, { method: 'PUT', json: { permissions: 'present' } });
    assert.ok([201, 204, 503].includes(r.status), `${user}: ${r.status} ${await r.text()}`);
    if (r.status !== 503) acknowledged.push(user);
  }
}

test('writers and people at once', async () => {
  const users = [];
  const comments = [];
  await Promise.all([
    ...Array.from({ length: API_WRITERS }, (_, i) => byApi(i, users)),
    ...Array.from({ length: HAND_WRITERS }, (_, i) => byHand(i, comments)),
  ]);
  assert.ok(users.length > API_WRITERS * ROUNDS / 2, `${users.length} acknowledged`);
  await eventually(() => {
    const h = head(server, 'busy');
    assert.equal(h.pending, 0);
    assert.equal(h.state, 'ok');
    assert.equal(h.text, onDisk(server, 'busy'));
  });
  const texts = versions(server, 'busy').map((v) => JSON.parse(v.text));
  const seenUsers = new Set(texts.flatMap((t) => Object.keys(t.users ?? {})));
  for (const user of users) assert.ok(seenUsers.has(user), `${user} was acknowledged and is in no version`);
  /* The last edit by hand was either imported or displaced; earlier ones may have been replaced by
     the next hand before anybody looked. */
  const seenComments = new Set(texts.map((t) => t.comment));
  assert.ok(comments.some((c) => seenComments.has(c)));
  assert.equal(integrity(server), 'ok');
});

test('API writers alone: every user is in the file', async () => {
  const users = [];
  await Promise.all(Array.from({ length: 20 }, async (_, who) => {
    for (let round = 0; round < 4; round++) {
      const r = await server.api(`.groups/calm/.users/u-${who}-${round}`, { method: 'PUT', json: { permissions: 'op' }, headers: { 'if-none-match': '*' } });
      assert.equal(r.status, 201, await r.text());
      users.push(`u-${who}-${round}`);
    }
  }));
  assert.deepEqual(Object.keys(JSON.parse(onDisk(server, 'calm')).users).sort(), users.sort());
  assert.equal(head(server, 'calm').text, onDisk(server, 'calm'));
});

test('of writers with the same ETag exactly one wins', async () => {
  for (let round = 0; round < 5; round++) {
    const etag = (await server.api('.groups/calm')).headers.get('etag');
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => server.api('.groups/calm', {
      method: 'PUT', json: { description: `round ${round} writer ${i}` }, headers: { 'if-match': etag },
    }).then((r) => r.status)));
    assert.deepEqual(answers.filter((s) => s === 204).length, 1, answers.join());
    assert.ok(answers.every((s) => s === 204 || s === 412), answers.join());
  }
});

test('no temporary file is left', async () => {
  await eventually(() => assert.deepEqual(temporaryFiles(server), []), 60000);
});
