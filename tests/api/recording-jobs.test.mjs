// What mediad has nereid-recording do: repairs when it starts, films when the console asks for them.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { film, probe } from '../lib/film.mjs';
import { childrenOf, eventually, startServer, temporaryDirectory } from '../lib/server.mjs';

const NAME = '2026-11-29T12:00:00.123-ada.webm';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let dir = '';

before(async () => {
  dir = temporaryDirectory();
  const source = join(dir, 'source.webm');

  film(source, 6);
  const bytes = readFileSync(source);
  rmSync(source);
  mkdirSync(join(dir, 'recordings'));
  server = await startServer({
    groups: { hall: {} },
    files: { [`recordings/hall/${NAME}.part`]: bytes.subarray(0, bytes.length - 1000) },
  });
});
after(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A request to the control socket: status and JSON. */
function control(method, path, json) {
  return new Promise((ok, fail) => {
    const body = json === undefined ? undefined : JSON.stringify(json);
    const request = http.request({
      socketPath: join(server.dir, 'run', 'control.sock'), method, path,
      headers: body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    }, (response) => {
      let text = '';
      response.on('data', (d) => { text += d; });
      response.on('end', () => { ok({ status: response.statusCode, json: JSON.parse(text) }); });
    });
    request.on('error', fail);
    request.end(body);
  });
}

test('what a crash left is repaired at the start', async () => {
  const file = join(server.dir, 'recordings', 'hall', NAME);

  await eventually(() => assert.ok(existsSync(file) && !existsSync(`${file}.part`)), 60000);
  assert.ok(Number(probe(file).format.duration) > 4);
});

describe('a film that is asked for', () => {
  const wish = { group: 'hall', start: '2026-01-01T00:00:00.000', by: 'boss' };

  test('of what is not there fails with a sentence', async () => {
    assert.deepEqual(await control('POST', '/v0/film', wish), { status: 200, json: {} });
    await eventually(async () => {
      const films = (await control('GET', '/v0/films?group=hall')).json;
      assert.equal(films.length, 1);
      assert.equal(films[0].state, 'failed');
      assert.equal(films[0].error, '2026-01-01T00:00:00.000: no recording of this group begins then');
    });
    assert.deepEqual((await control('GET', '/v0/films?group=other')).json, []);
  });

  test('is made, with progress, and is there', async () => {
    const start = NAME.slice(0, 23);

    assert.equal((await control('POST', '/v0/film', { ...wish, start })).status, 200);
    const again = await control('POST', '/v0/film', { ...wish, start });
    assert.deepEqual([again.status, again.json.error], [409, 'exists']);
    await eventually(async () => {
      const made = (await control('GET', '/v0/films')).json.find((f) => f.start === start);
      assert.notEqual(made.state, 'failed', made.error);
      assert.deepEqual([made.state, made.progress, made.file], ['done', 1, `${start}-film.webm`]);
    }, 120000);
    const made = join(server.dir, 'recordings', 'hall', `${start}-film.webm`);
    assert.ok(Number(probe(made).format.duration) > 4);
    assert.match(server.log, /group=hall made the film 2026-11-29T12:00:00\.123-film\.webm/);
  });

  for (const [name, json, said] of /** @type {[string, unknown, RegExp][]} */ ([
    ['no object', [], /not an object/],
    ['no group', { ...wish, group: '' }, /^group: /],
    ['a group with dots', { ...wish, group: '../x' }, /^group: /],
    ['no start', { ...wish, start: undefined }, /^start: /],
    ['a path as start', { ...wish, start: '../../etc' }, /^start: /],
    ['nobody', { ...wish, by: undefined }, /^by: /],
  ])) {
    test(`is refused: ${name}`, async () => {
      const r = await control('POST', '/v0/film', json);
      assert.deepEqual([r.status, r.json.error], [400, 'bad-request']);
      assert.match(r.json.text, said);
    });
  }

  test('by GET is refused', async () => assert.equal((await control('GET', '/v0/film')).status, 405));
});

describe('a film that is stopped', () => {
  const folder = () => join(server.dir, 'recordings', 'hall');
  const left = () => readdirSync(folder()).filter((n) => n.includes('film') && !n.startsWith(NAME.slice(0, 23)) && !n.startsWith(`.${NAME.slice(0, 23)}`));
  const stateOf = async (start) => (await control('GET', '/v0/films?group=hall')).json.findLast((f) => f.start === start)?.state;
  const tool = () => childrenOf(server.pidOf('mediad')).find((c) => c.name.startsWith('nereid-record'))?.pid;
  const first = { group: 'hall', start: '2026-11-29T14:00:00.000', by: 'boss' }, second = { ...first, start: '2026-11-29T16:00:00.000' };
  before(() => {
    for (const { start } of [first, second]) {
      film(join(dir, 'long.webm'), 60, '-metadata', `creation_time=${start}Z`);
      server.writeFile(`recordings/hall/${start}-ada.webm`, readFileSync(join(dir, 'long.webm')));
    }
  });
  const begun = (start) => eventually(async () => {
    assert.equal(await stateOf(start), 'running');
    assert.equal(left().filter((n) => n.endsWith('.film')).length, 1);
    return tool() ?? assert.fail('there is no process');
  });
  const gone = async (pid) => {
    const began = Date.now();
    await eventually(() => assert.ok(!existsSync(`/proc/${pid}`) || /State:\s+Z/.test(readFileSync(`/proc/${pid}/status`, 'utf8'))));
    return Date.now() - began;
  };

  test('ends at once, with nothing left; so does one that waits, and the next is made', async () => {
    await control('POST', '/v0/film', first);
    await control('POST', '/v0/film', second);
    const pid = await begun(first.start);
    assert.deepEqual(await control('POST', '/v0/film/stop', second), { status: 200, json: {} });
    assert.equal(await stateOf(second.start), 'stopped');
    assert.deepEqual(await control('POST', '/v0/film/stop', first), { status: 200, json: {} });
    assert.equal(await stateOf(first.start), 'stopped');
    assert.ok(await gone(pid) < 2500);
    await eventually(() => assert.deepEqual(left(), []));
    for (const wish of [first, second, { ...first, group: 'other' }]) {
      const again = await control('POST', '/v0/film/stop', wish);
      assert.deepEqual([again.status, again.json.error], [404, 'not-found']);
    }
    assert.equal((await control('POST', '/v0/film/stop', { ...first, by: '' })).status, 400);
    assert.equal((await control('POST', '/v0/film', second)).status, 200, 'it may be asked for again');
    await begun(second.start);
  });

  test('whose process answers nothing is killed, and what it leaves is cleared up', async () => {
    const pid = await begun(second.start);
    process.kill(pid, 'SIGSTOP');
    assert.equal((await control('POST', '/v0/film/stop', second)).status, 200);
    assert.ok(await gone(pid) < 4000);
    await eventually(() => assert.deepEqual(left(), []), 20000);
    assert.equal(await stateOf(second.start), 'stopped');
  });
});

test('a film that is being made goes with mediad, and what is left of it with the next pass', async () => {
  const start = '2026-11-29T13:00:00.000';
  const folder = join(server.dir, 'recordings', 'hall');
  const source = join(dir, 'long.webm');
  const half = () => readdirSync(folder).filter((n) => n.endsWith('.film'));

  film(source, 60, '-metadata', `creation_time=${start}Z`);
  server.writeFile(`recordings/hall/${start}-ada.webm`, readFileSync(source));
  await control('POST', '/v0/film', { group: 'hall', start, by: 'boss' });
  await eventually(async () => {
    const made = (await control('GET', '/v0/films')).json.find((f) => f.start === start);
    assert.equal(made.state, 'running');
    assert.ok(made.progress > 0);
  });
  assert.equal(half().length, 1);
  const mediad = server.pidOf('mediad');
  const tool = childrenOf(mediad).find((c) => c.name.startsWith('nereid-record'))?.pid;
  assert.ok(tool);
  process.kill(mediad, 'SIGKILL');
  await eventually(() => assert.ok(!existsSync(`/proc/${tool}/exe`) || /State:\s+Z/.test(readFileSync(`/proc/${tool}/status`, 'utf8'))));
  await eventually(() => assert.deepEqual(half(), []), 60000);
  assert.ok(!existsSync(join(folder, `${start}-film.webm`)));
  assert.deepEqual((await eventually(() => control('GET', '/v0/films'))).json, []);
});
