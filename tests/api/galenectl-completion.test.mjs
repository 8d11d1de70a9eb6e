// The completion scripts know the commands and flags that galenectl -help names, no others, and ask the server for names.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, startServer, temporaryDirectory, top } from '../lib/server.mjs';

const scripts = join(top, 'packaging', 'completion');
const binary = join(build, 'galenectl');
let home = '';
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;

before(async () => {
  home = temporaryDirectory();
  server = await startServer({
    groups: {
      'two words': { users: { 'vimes:sam': { permissions: 'op' }, 'lady sybil': { permissions: 'present' } } }, lobby: {},
    },
  });
});
after(async () => {
  rmSync(home, { recursive: true, force: true });
  await server?.stop();
});

function run(command, args) {
  const env = { PATH: `${binary}:${process.env.PATH}`, HOME: home };
  return spawnSync(command, args, { env, encoding: 'utf8', cwd: home, timeout: 20000 });
}

/** What bash would offer at the end of a line. */
function offered(line) {
  const script = `source '${scripts}/galenectl.bash'
    COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
    _galenectl && printf '%s\\n' "\${COMPREPLY[@]}"`;
  const r = run('bash', ['-c', script, 'bash', line]);
  assert.equal(r.stderr, '', line);
  return r.stdout.split('\n').filter((x) => x).sort();
}

const help = (...args) => run('galenectl', [...args, '-help']).stderr;
const flagsOf = (text) => [...text.matchAll(/^ {2}(-\S+)/gm)].map((m) => m[1]).sort();
const commands = () => [...help().split('\nCommands:\n')[1].matchAll(/^ {2}(\S+)/gm)].map((m) => m[1]);

test('bash: the commands and their flags', () => {
  assert.ok(commands().length > 20);
  assert.deepEqual(offered('galenectl '), [...flagsOf(help().split('\nCommands:\n')[0]), '-help', ...commands()].sort());
  for (const command of commands())
    assert.deepEqual(offered(`galenectl ${command} `), [...flagsOf(help(command)), '-help'].sort(), command);
});

test('zsh: the commands and their flags', () => {
  const text = readFileSync(join(scripts, '_galenectl'), 'utf8');
  const lists = Object.fromEntries([...text.matchAll(/^ {4}(\w+)=(\(\n[^]*?\n {4}\)|.*)$/gm)].map((m) => [m[1], m[2]]));
  const named = (s) => [...s.matchAll(/'(-[\w-]+)\[/g)].map((m) => m[1]);
  assert.deepEqual([...lists.commands.matchAll(/'([\w-]+):/g)].map((m) => m[1]).sort(), commands().sort());
  for (const command of commands()) {
    const branch = [...text.matchAll(/^ {8}([\w |-]+)\)\n([^]*?) {12};;$/gm)].find((m) => m[1].split(' | ').includes(command));
    const flags = named((branch?.[2] ?? '').replace(/\$(\w+)/g, (_, name) => lists[name] ?? ''));
    assert.deepEqual(flags.sort(), flagsOf(help(command)), command);
  }
});

test('bash: names from the server that the line is about, quoted for the shell', () => {
  const ask = `galenectl -insecure -server ${server.base} -admin-username root -admin-password rootpw `;
  assert.deepEqual(offered(`${ask}show-gr`), ['show-group'], 'the colons of an address divide no words');
  assert.deepEqual(offered(`${ask}show-group -group `), ['lobby', 'two\\ words']);
  assert.deepEqual(offered(`${ask}show-group -group=two`), ['two\\ words']);
  assert.deepEqual(offered(`${ask}delete-user -group two\\ words -user `), ['lady\\ sybil', 'vimes:sam']);
  assert.deepEqual(offered(`${ask}delete-user -group two\\ words -user vimes:`), ['sam'], 'bash replaces what follows a colon');
  assert.deepEqual(offered(`${ask}create-user -group lobby -user `), []);
  const token = run('galenectl', [...ask.trim().split(' ').slice(1), 'create-token', '-group', 'lobby']).stdout.trim();
  assert.deepEqual(offered(`${ask}revoke-token -group lobby -token `), [token]);
  assert.deepEqual(offered('galenectl -server https://localhost:1 show-group -group '), []);
});

test('bash: what is known without a server', () => {
  assert.deepEqual(offered('galenectl create-user -group g -permissions o'), ['observe', 'op']);
  assert.deepEqual(offered('galenectl hash-password -type '), ['bcrypt', 'pbkdf2', 'scrypt', 'wildcard']);
  assert.deepEqual(offered('galenectl -admin-token '), []);
  assert.deepEqual(offered('galenectl initial-setup -token -d'), ['-data']);
});
