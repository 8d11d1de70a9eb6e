// Twenty writers of one group at once: the API with and without If-Match, the console's form, and an editor. What was
// acknowledged is among the versions; what was not was refused with 412, 409 or 503; file and database agree in the end.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from '../lib/console.mjs';
import { eventually, startServer } from '../lib/server.mjs';
import { head, integrity, onDisk, temporaryFiles, versions } from '../lib/store.mjs';

const ROUNDS = 5;
const TRIES = 500;
const REFUSED = [409, 412, 503];

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
/** Marks that were acknowledged, and how often a kind of writer was told to try again. */
const acknowledged = { careful: [], careless: [], console: [], editor: [] };
const refused = { careful: 0, careless: 0, console: 0 };

before(async () => { server = await startServer({ groups: { busy: { description: 'start', contact: 'nobody' } } }); });
after(() => server?.stop());

/** @returns whether the change went through */
function note(kind, mark, status, good) {
  if (good) {
    acknowledged[kind].push(mark);
    return true;
  }
  assert.ok(REFUSED.includes(status), `${kind} ${mark}: ${status}`);
  refused[kind]++;
  return false;
}

/** Changes one after the other, refused or not; the last is tried until it goes through, as the others come to their end. */
async function rounds(change) {
  for (let round = 0; round < ROUNDS; round++) {
    let done = await change(round);
    for (let again = 0; !done && round === ROUNDS - 1 && again < TRIES; again++) done = await change(round);
    assert.ok(done || round < ROUNDS - 1, `still refused after ${TRIES} tries`);
  }
}

/** Reads, changes a member, and writes only over what was read. */
const careful = (who) => rounds(async (round) => {
  const mark = `careful ${who} ${round}`;
  const read = await server.api('.groups/busy');
  const group = await read.json();
  const r = await server.api('.groups/busy', {
    method: 'PUT', json: { ...group, comment: mark }, headers: { 'if-match': read.headers.get('etag') },
  });
  return note('careful', mark, r.status, r.status === 204);
});

/** Adds users, whatever is there. */
const careless = (who) => rounds(async (round) => {
  const mark = `careless-${who}-${round}`;
  const r = await server.api(`.groups/busy/.users/${mark}`, { method: 'PUT', json: { permissions: 'present' } });
  return note('careless', mark, r.status, r.ok);
});

/** Opens the form, changes two fields, saves; a conflict is left as it is. */
async function person(who) {
  const browser = new Browser(server);
  assert.equal((await browser.signIn()).path, '/admin/');
  await rounds(async (round) => {
    const mark = `console ${who} ${round}`;
    const page = await browser.open('/admin/groups/busy/.edit');
    const answer = await browser.send(page.form('/admin/groups/busy/.edit').fill({ contact: mark, displayName: `by ${who}` }));
    return note('console', mark, answer.status, answer.status === 303);
  });
}

/** A person with an editor, who saves again only when the last text was noticed. */
async function editor() {
  for (let round = 0; round < ROUNDS; round++) {
    const mark = `editor ${round}`;
    const text = JSON.parse(readFileSync(server.groupFile('busy'), 'utf8'));
    text.description = mark;
    const temporary = join(server.dir, 'groups', 'editor.tmp');
    writeFileSync(temporary, `${JSON.stringify(text, null, 4)}\n`);
    renameSync(temporary, server.groupFile('busy'));
    acknowledged.editor.push(mark);
    await eventually(() => assert.ok(versions(server, 'busy').some((v) => v.text.includes(mark)), `${mark} is in no version`), 30000);
  }
}

test('twenty writers lose nothing that was acknowledged', async () => {
  await Promise.all([
    ...Array.from({ length: 7 }, (_, i) => careful(i)),
    ...Array.from({ length: 6 }, (_, i) => careless(i)),
    ...Array.from({ length: 6 }, (_, i) => person(i)),
    editor(),
  ]);
  const texts = versions(server, 'busy').map((v) => JSON.parse(v.text));
  const seen = {
    careful: new Set(texts.map((t) => t.comment)),
    careless: new Set(texts.flatMap((t) => Object.keys(t.users ?? {}))),
    console: new Set(texts.map((t) => t.contact)),
    editor: new Set(texts.map((t) => t.description)),
  };
  for (const [kind, marks] of Object.entries(acknowledged)) {
    assert.ok(marks.length > 0, `${kind} got nothing through; refused ${JSON.stringify(refused)}`);
    for (const mark of marks) assert.ok(seen[kind].has(mark), `${mark} was acknowledged and is in no version`);
  }
});

test('file and database agree, and nothing is left over', async () => {
  await eventually(() => {
    const h = head(server, 'busy');
    assert.equal(h.pending, 0);
    assert.equal(h.state, 'ok');
    assert.equal(h.text, onDisk(server, 'busy'));
  });
  assert.equal(integrity(server), 'ok');
  await eventually(() => assert.deepEqual(temporaryFiles(server), []), 60000);
});

test('without the editor no user is lost, whoever else writes', async () => {
  acknowledged.careless.length = 0;
  await Promise.all([...Array.from({ length: 6 }, (_, i) => careless(`b${i}`)), ...Array.from({ length: 4 }, (_, i) => careful(`b${i}`)), person('b0'), person('b1')]);
  const users = Object.keys(JSON.parse(onDisk(server, 'busy')).users);
  for (const user of acknowledged.careless) assert.ok(users.includes(user), `${user} is gone`);
  assert.ok(acknowledged.careless.length >= 6, `refused ${refused.careless}`);
});
