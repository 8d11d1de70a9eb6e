// Every command line of the manual that people know, typed as it stands there, one after the other on one server.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, startServer, temporaryDirectory } from '../lib/server.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let home = '';

before(async () => {
  home = temporaryDirectory();
  server = await startServer({ groups: {} });
  const config = join(home, '.config/galene/galenectl.json');
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(config, JSON.stringify({ server: server.base, 'admin-username': 'root', 'admin-password': 'rootpw' }), { mode: 0o600 });
});
after(async () => {
  rmSync(home, { recursive: true, force: true });
  await server?.stop();
});

/** Runs a program; `answers` are typed each when a prompt has come. */
function run(program, args, { input = '', answers } = {}) {
  return new Promise((ok, fail) => {
    const env = { HOME: home, PATH: `${join(build, 'galenectl')}:${process.env.PATH}`, TZ: 'UTC', SHELL: '/bin/sh', TERM: 'dumb' };
    const child = spawn(program, args, { cwd: home, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const result = { status: -1, out: '', err: '' };
    let asked = 0;
    child.stdout.on('data', (d) => {
      result.out += d;
      const prompts = result.out.match(/password[^\n]*: /gi)?.length ?? 0;
      for (; answers && asked < Math.min(prompts, answers.length); asked++) child.stdin.write(`${answers[asked]}\n`);
    });
    child.stderr.on('data', (d) => { result.err += d; });
    child.stdin.on('error', () => {}); // it need not read
    child.on('error', fail);
    child.on('close', (code) => { ok({ ...result, status: code ?? -1 }); });
    if (!answers) child.stdin.end(input);
  });
}

/** A line for the shell. The test server's certificate signs itself, hence the flag. */
const typed = (line, input) => run('/bin/sh', ['-c', `galenectl() { command galenectl -insecure "$@"; }\n${line}`], { input });

/** A line at a terminal, and what is typed at its prompts. */
const atTerminal = (line, answers) => run('script', ['-qec', line.replace('galenectl', 'galenectl -insecure'), '/dev/null'], { answers });

const file = (group) => JSON.parse(readFileSync(server.groupFile(group), 'utf8'));
const TOKEN = /^[A-Za-z0-9_-]{22}\n$/;
const LISTED = (scope) => new RegExp(`^[A-Za-z0-9_-]{22} ${scope}\\s+mp {3}\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\+00:00$`);

/** [line, standard output (text or pattern), what the group's file says then, what is typed] */
const session = [
  ['galenectl create-group -group city-watch', '', () => assert.deepEqual(file('city-watch'), {})],
  ['galenectl update-group -group city-watch -unrestricted-tokens', '', () => assert.deepEqual(file('city-watch'), { 'unrestricted-tokens': true })],
  ['echo \'{"redirect": "https://galene.example.org:8443/group/city-watch/"}\' | galenectl create-group -group amcw -json', '',
    () => assert.deepEqual(file('amcw'), { redirect: 'https://galene.example.org:8443/group/city-watch/' })],
  ['galenectl show-group -group amcw', '{\n    "redirect": "https://galene.example.org:8443/group/city-watch/"\n}\n'],
  ['galenectl update-group -group city-watch -unrestricted-tokens=false', '', () => assert.deepEqual(file('city-watch'), {})],
  ['echo \'{"redirect": null}\' | galenectl update-group -group amcw -json', '', () => assert.deepEqual(file('amcw'), {})],
  ['galenectl delete-group -group amcw', '', async () => assert.equal((await server.api('.groups/amcw')).status, 404)],
  ['galenectl create-user -group city-watch -user vimes -permissions op', '',
    () => assert.deepEqual(file('city-watch').users, { vimes: { permissions: 'op' } })],
  ['galenectl set-password -group city-watch -user vimes', '', () => assert.equal(file('city-watch').users.vimes.password.type, 'bcrypt'), 'sybil\n'],
  ['galenectl create-user -group city-watch -wildcard', '', () => assert.deepEqual(file('city-watch')['wildcard-user'], { permissions: 'present' })],
  ['galenectl set-password -group city-watch -wildcard', '', () => assert.equal(file('city-watch')['wildcard-user'].password.type, 'bcrypt'), '1234\n'],
  ['galenectl set-password -group city-watch -wildcard -type wildcard', '',
    () => assert.deepEqual(file('city-watch')['wildcard-user'], { permissions: 'present', password: { type: 'wildcard' } })],
  ['galenectl create-user -group city-watch -user carrot', '', () => assert.deepEqual(file('city-watch').users.carrot, { permissions: 'present' })],
  ['galenectl update-user -group city-watch -user carrot -permissions message', '', () => assert.deepEqual(file('city-watch').users.carrot, { permissions: 'message' })],
  ['galenectl list-users -group city-watch', 'carrot\nvimes\n'],
  ['galenectl list-users -l -group city-watch', 'carrot       message\nvimes        op\n'],
  ['galenectl delete-user -group city-watch -user carrot', '', () => assert.deepEqual(Object.keys(file('city-watch').users), ['vimes'])],
  ['galenectl create-group -group unseen-university -auto-subgroups', '', () => assert.deepEqual(file('unseen-university'), { 'auto-subgroups': true })],
  ['galenectl list-groups', /^city-watch\n(demo\n)?unseen-university\n$/],
  ['galenectl create-token -group city-watch', TOKEN],
  ['galenectl list-tokens -l -group city-watch', LISTED(' '), undefined, undefined, (out) => out.trimEnd()],
  ['galenectl create-token -group city-watch -include-subgroups', TOKEN],
  ["galenectl create-token -group '' -include-subgroups", TOKEN],
  ["galenectl list-tokens -group ''", TOKEN],
];

test('the manual, from top to bottom', async () => {
  for (const [line, want, then, input, look = (out) => out] of session) {
    const r = await typed(line, input);
    assert.equal(r.status, 0, `${line}\n${r.err}`);
    if (typeof want === 'string') assert.equal(look(r.out), want, line);
    else assert.match(look(r.out), want, line);
    assert.equal(r.err, '', line);
    await then?.();
  }
});

test('passwords that were set with it let people in', async () => {
  const r = await server.api('.groups/city-watch/.users/vimes/.password', { method: 'POST', auth: 'vimes:sybil', body: 'lady', type: 'text/plain' });
  assert.equal(r.status, 204);
});

test('tokens are revoked and deleted by name', async () => {
  const [token] = (await typed('galenectl list-tokens -group city-watch')).out.split('\n');
  assert.equal((await typed(`galenectl revoke-token -group city-watch -token ${token}`)).status, 0);
  assert.match((await typed('galenectl list-tokens -l -group city-watch')).out, new RegExp(`^${token} .*\\(expired\\)$`, 'm'));
  assert.equal((await typed(`galenectl delete-token -group city-watch -token ${token}`)).status, 0);
  assert.ok(!(await typed('galenectl list-tokens -group city-watch')).out.includes(token));
});

test('two lines of the manual do not do what it says; they fail, and say why', async () => {
  await typed('echo \'{"redirect": "https://galene.example.org/"}\' | galenectl create-group -group amcw -json');
  for (const [line, why] of [
    ['echo \'{"redirect": null}\' | galenectl update-group -group amcw', /-json/], // it lacks -json
    ['galenectl create-group unseen-university -auto-subgroups', /-group/], // it lacks -group
  ]) {
    const r = await typed(line);
    assert.equal(r.status, 1, line);
    assert.equal(r.out, '');
    assert.match(r.err, why);
  }
  assert.deepEqual(file('amcw'), { redirect: 'https://galene.example.org/' });
});

test('at a terminal the password is asked for twice and not shown', async () => {
  const line = 'galenectl set-password -group city-watch -user vimes';
  const before = file('city-watch').users.vimes.password.key;
  const other = await atTerminal(line, ['leonard', 'quirm']);
  assert.equal(other.status, 1, other.out);
  assert.equal(file('city-watch').users.vimes.password.key, before);
  const same = await atTerminal(line, ['leonard', 'leonard']);
  assert.equal(same.status, 0, same.out);
  assert.ok(!same.out.includes('leonard'), same.out);
  assert.notEqual(file('city-watch').users.vimes.password.key, before);
  const r = await server.api('.groups/city-watch/.users/vimes/.password', { method: 'POST', auth: 'vimes:leonard', body: 'x', type: 'text/plain' });
  assert.equal(r.status, 204);
});

test('hash-password makes what the manual shows', async () => {
  const r = await typed('galenectl hash-password -password sybil -type pbkdf2 -iterations 4096 -salt 8');
  assert.match(r.out, /^\{"type":"pbkdf2","hash":"sha-256","key":"[0-9a-f]{64}","salt":"[0-9a-f]{16}","iterations":4096\}\n$/);
  server.writeGroup('hashed', { users: { vimes: { password: JSON.parse(r.out), permissions: 'op' } } });
  const changed = await server.api('.groups/hashed/.users/vimes/.password', { method: 'POST', auth: 'vimes:sybil', body: 'x', type: 'text/plain' });
  assert.equal(changed.status, 204);
});
