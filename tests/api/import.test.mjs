// Groups and settings of a Galene installation are taken in: first it is said what would happen.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, top } from '../lib/server.mjs';

let place, source, archive, dir;

const run = (...args) => {
  const r = spawnSync(join(build, 'admin-cgi', 'admin-cgi'), ['import', ...args, '--dir', dir, '--share', top], { encoding: 'utf8' });
  return { status: r.status, lines: r.stdout.trim().split('\n'), err: r.stderr };
};
const put = (root, path, text) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};
const here = () => Object.fromEntries(readdirSync(dir, { recursive: true }).map(String)
  .filter((f) => /^(groups\/.*|data\/config)\.json$/.test(f)).sort().map((f) => [f, readFileSync(join(dir, f), 'utf8')]));

before(() => {
  place = mkdtempSync(join(tmpdir(), 'nereid-import-'));
  source = join(place, 'galene');
  put(source, 'groups/a.json', '{"description": "theirs"}');
  put(source, 'groups/t/ü.json', '{"public": true}');
  put(source, 'groups/same.json', '{"description": "same"}');
  put(source, 'groups/bad.json', '{');
  put(source, 'data/config.json', '{"writableGroups": true}');
  put(source, 'data/key.pem', 'secret');
  symlinkSync('/etc/passwd', join(source, 'groups/link.json'));
  archive = join(place, 'galene.tar.xz');
  assert.equal(spawnSync('tar', ['cJf', archive, '-C', place, './galene']).status, 0);
});
after(() => rmSync(place, { recursive: true, force: true }));

for (const kind of ['folder', 'archive']) {
  test(`a ${kind} says what would happen, and only what is wanted is changed`, () => {
    const from = kind === 'folder' ? source : archive;
    dir = join(place, `server-${kind}`);
    put(dir, 'groups/a.json', '{"description": "ours"}');
    put(dir, 'groups/same.json', '{"description": "same"}');
    mkdirSync(join(dir, 'data'));
    const before = here();
    const said = run(from);
    assert.equal(said.status, 0, said.err);
    const report = said.lines.filter((l) => !l.includes('link.json')).slice(0, -2).sort();
    assert.deepEqual(report, [
      'differs groups/a.json', 'new data/config.json', 'new groups/t/ü.json', 'refused groups/bad.json: line 2 column 1: the text ends too early',
    ].map((l) => (l.startsWith('refused') ? report.find((r) => r.startsWith('refused groups/bad.json: line ')) : l)));
    assert.match(said.lines.at(-1), /nothing was changed/);
    assert.deepEqual(here(), before);

    assert.match(run(from, '--apply', 'groups/a.json').lines.at(-1), /taken in: 1$/);
    assert.deepEqual(here(), { ...before, 'groups/a.json': '{"description": "theirs"}' });
    assert.match(run(from, '--apply').lines.at(-1), /taken in: 2$/);
    assert.deepEqual(here(), {
      'data/config.json': '{"writableGroups": true}', 'groups/a.json': '{"description": "theirs"}',
      'groups/same.json': '{"description": "same"}', 'groups/t/ü.json': '{"public": true}',
    });
    assert.ok(!existsSync(join(dir, 'data/key.pem')));
    assert.match(run(from, '--apply').lines.at(-1), /taken in: 0$/);
    assert.deepEqual(readdirSync(join(dir, 'data/backups')), ['.lock'], 'something is left behind');
  });
}

test('what is no such archive, or a damaged one, is refused', () => {
  dir = join(place, 'server-refused');
  mkdirSync(join(dir, 'groups'), { recursive: true });
  mkdirSync(join(dir, 'data'));
  const bad = join(place, 'bad');
  for (const [bytes, words] of [
    ['Hello', /damaged, or is none/], ['', /damaged|no groups/], [readFileSync(archive).subarray(0, 200), /damaged/],
  ]) {
    writeFileSync(bad, bytes);
    const r = run(bad, '--apply');
    assert.equal(r.status, 1);
    assert.match(r.err, words);
  }
  mkdirSync(join(place, 'empty'));
  assert.equal(run(join(place, 'empty')).status, 1);
  assert.equal(run(join(place, 'nothing')).status, 1);
  assert.deepEqual(here(), {});
});
