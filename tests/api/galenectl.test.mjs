// Runs galenectl against a running server: requests, exit status and stdout of every command.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, startServer, temporaryDirectory } from '../lib/server.mjs';

const binary = join(build, 'galenectl', 'galenectl');

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let home = '';

before(async () => {
  home = temporaryDirectory();
  server = await startServer({ groups: { lobby: { description: 'the lobby' } } });
});
after(async () => {
  rmSync(home, { recursive: true, force: true });
  await server?.stop();
});

/** Runs the program; stdin is empty unless `input` is given. */
function run(args, { input = '', cwd = home, env = {} } = {}) {
  return new Promise((ok, fail) => {
    const child = spawn(binary, args, {
      cwd, env: { PATH: process.env.PATH, HOME: home, TZ: 'UTC', ...env }, stdio: ['pipe', 'pipe', 'pipe'],
    });
    const result = { status: -1, out: '', err: '' };
    child.stdout.on('data', (d) => { result.out += d; });
    child.stderr.on('data', (d) => { result.err += d; });
    child.stdin.on('error', () => {}); // it need not read
    child.on('error', fail);
    child.on('close', (code) => { ok({ ...result, status: code ?? -1 }); });
    child.stdin.end(input);
  });
}

/** As the server's administrator. */
function ctl(args, options = {}) {
  return run([
    '-insecure', '-server', server.base, '-admin-username', 'root', '-admin-password', 'rootpw', ...args,
  ], options);
}

/** As above, and it must succeed; its stdout. */
async function good(args, options) {
  const r = await ctl(args, options);
  assert.equal(r.status, 0, `${args.join(' ')}: ${r.err}`);
  return r.out;
}

/** It must fail with this status and say why, and print nothing. */
async function bad(args, status, cause, options) {
  const r = await ctl(args, options);
  assert.equal(r.status, status, `${args.join(' ')}: ${r.err}`);
  assert.equal(r.out, '');
  assert.match(r.err, cause);
}

const group = async (name) => (await server.api(`.groups/${name}`)).json();

describe('groups', () => {
  test('created once, in a folder too', async () => {
    assert.equal(await good(['create-group', '-group', 'a/b']), '');
    await bad(['create-group', '-group', 'a/b'], 1, /Create group: HTTP error: 412 Precondition Failed/);
    await good(['create-group', '-group', 'a/b', '-auto-subgroups', '-force']);
    assert.deepEqual(await group('a/b'), { 'auto-subgroups': true });
  });

  test('listed, sorted and by pattern', async () => {
    await good(['create-group', '-group', 'zoo']);
    assert.deepEqual((await good(['list-groups'])).split('\n').filter((n) => ['a/b', 'lobby', 'zoo'].includes(n)), ['a/b', 'lobby', 'zoo']);
    assert.equal(await good(['list-groups', 'lo*', 'z[n-p]o']), 'lobby\nzoo\n');
    assert.equal(await good(['list-groups', 'a/*']), 'a/b\n');
    assert.equal(await good(['list-groups', 'no such']), '');
    assert.deepEqual(JSON.parse(await good(['list-groups', '-json', 'zoo'])), ['zoo']);
    await bad(['list-groups', '['], 1, /Get groups: malformed pattern/);
  });

  test('shown with sorted members and an indent of four', async () => {
    await good(['create-group', '-group', 'shown', '-json'], {
      input: '{"max-clients": 7, "displayName": "S", "codecs": ["vp9", "opus"]}',
    });
    assert.equal(await good(['show-group', '-group', 'shown']), `{
    "codecs": [
        "vp9",
        "opus"
    ],
    "displayName": "S",
    "max-clients": 7
}
`);
  });

  test('changed by template and flags', async () => {
    await good(['create-group', '-group', 'g', '-unrestricted-tokens']);
    await good(['create-user', '-group', 'g', '-user', 'kept']);
    await good(['update-group', '-group', 'g', '-json'], { input: '{"redirect": "https://x.example/"}' });
    assert.deepEqual(await group('g'), { redirect: 'https://x.example/', 'unrestricted-tokens': true });
    await good(['update-group', '-group', 'g', '-json'], { input: '{"redirect": null}' });
    await good(['update-group', '-group', 'g', '-unrestricted-tokens=false']);
    assert.deepEqual(await group('g'), {});
    assert.equal(await good(['list-users', '-group', 'g']), 'kept\n');
  });

  test('a template must be an object, and flags go on top', async () => {
    for (const input of ['null', '[1]', '{} {}', '{"a": ', '']) {
      await bad(['create-group', '-group', 'never', '-json'], 1, /Decode standard input/, { input });
      await bad(['update-group', '-group', 'lobby', '-json'], 1, /Decode standard input/, { input });
    }
    await good(['create-group', '-group', 'top', '-json', '-auto-subgroups=false'], {
      input: '{"auto-subgroups": true, "public": true}',
    });
    assert.deepEqual(await group('top'), { public: true });
  });

  test('what cannot be set is refused by the server', async () => {
    for (const input of ['{"users": {"a": {}}}', '{"authKeys": []}', '{"max-clients": "many"}']) {
      await bad(['create-group', '-group', 'never', '-json'], 1, /HTTP error: 400 Bad Request/, { input });
    }
    assert.equal((await server.api('.groups/never')).status, 404);
  });

  test('an update with nothing to do is refused, and says that stdin was not read', async () => {
    await bad(['update-group', '-group', 'lobby'], 1, /nothing to change/);
  });

  test('deleted', async () => {
    await good(['create-group', '-group', 'gone']);
    await bad(['delete-group', '-group', 'gone', '-if-match', '"another"'], 1, /412/);
    assert.equal(await good(['delete-group', '-group', 'gone']), '');
    await bad(['delete-group', '-group', 'gone'], 1, /Delete group: HTTP error: 404 Not Found/);
    await bad(['show-group', '-group', 'gone'], 1, /Get group description: HTTP error: 404 Not Found/);
  });

  test('names are checked before anything is sent', async () => {
    for (const name of ['../x', 'a//b', '.hidden', 'a\\b']) {
      await bad(['create-group', '-group', name], 1, /Create group: /);
    }
  });
});

describe('users and passwords', () => {
  before(async () => { await good(['create-group', '-group', 'folk']); });

  test('a life', async () => {
    await good(['create-user', '-group', 'folk', '-user', 'u']);
    await bad(['create-user', '-group', 'folk', '-user', 'u'], 1, /Create user: HTTP error: 412/);
    assert.equal(await good(['set-password', '-group', 'folk', '-user', 'u', '-password', 'p']), '');
    assert.deepEqual(await (await server.api('.groups/folk/.users/u')).json(), { permissions: 'present' });
    await good(['update-user', '-group', 'folk', '-user', 'u', '-permissions', 'op']);
    assert.equal(await good(['list-users', '-l', '-group', 'folk', 'u']), 'u            op\n');
    assert.equal(await good(['delete-password', '-group', 'folk', '-user', 'u']), '');
    assert.equal(await good(['delete-user', '-group', 'folk', '-user', 'u']), '');
    await bad(['delete-user', '-group', 'folk', '-user', 'u'], 1, /Delete user: HTTP error: 404/);
  });

  test('names with every kind of character', async () => {
    for (const name of ['50%', '%41', 'a/b c', 'grün?#&+', 'x;y=z']) {
      await good(['create-user', '-group', 'folk', '-user', name, '-permissions', 'observe']);
      assert.equal(await good(['list-users', '-l', '-group', 'folk', name.replaceAll(/[?*[\\]/g, '\\$&')]),
        `${name.padEnd(12)} observe\n`);
      await good(['delete-user', '-group', 'folk', '-user', name]);
    }
  });

  test('permission lists, templates, and what the server does not know', async () => {
    await good(['create-user', '-group', 'folk', '-user', 'v', '-permissions', '["present","token"]']);
    assert.equal(await good(['list-users', '-l', '-group', 'folk', 'v']), 'v            [pt]\n');
    await good(['update-user', '-group', 'folk', '-user', 'v', '-json'], { input: '{"permissions": []}' });
    assert.equal(await good(['list-users', '-l', '-group', 'folk', 'v']), 'v            []\n');
    assert.deepEqual(JSON.parse(await good(['list-users', '-l', '-json', '-group', 'folk', 'v'])),
      [{ permissions: [], username: 'v' }]);
    await bad(['create-user', '-group', 'folk', '-user', 'w', '-permissions', 'king'], 1, /HTTP error: 400/);
    await bad(['create-user', '-group', 'folk', '-user', 'w', '-permissions', '[1]'], 1, /Parse permissions/);
    await good(['delete-user', '-group', 'folk', '-user', 'v']);
  });

  test('wildcard and empty user', async () => {
    await good(['create-user', '-group', 'folk', '-wildcard', '-permissions', 'op']);
    await good(['set-password', '-group', 'folk', '-wildcard', '-type', 'wildcard']);
    await good(['create-user', '-group', 'folk', '-empty', '-permissions', 'observe']);
    const file = JSON.parse(readFileSync(server.groupFile('folk'), 'utf8'));
    assert.deepEqual(file['wildcard-user'], { password: { type: 'wildcard' }, permissions: 'op' });
    assert.deepEqual(file.users[''], { permissions: 'observe' });
    for (const flag of ['-json=false', '-l', '-json'])
      assert.doesNotMatch(await good(['list-users', '-group', 'folk', flag]), /^$\n|ERROR|""/m, 'neither is listed');
    await good(['delete-user', '-group', 'folk', '-wildcard']);
    await good(['delete-user', '-group', 'folk', '-empty']);
  });

  test('every type of hash, and the password from standard input', async () => {
    await good(['create-user', '-group', 'folk', '-user', 'h']);
    for (const [type, options] of [['bcrypt', []], ['pbkdf2', ['-iterations', '1000']], ['scrypt', ['-N', '1024', '-p', '1']]]) {
      await good(['set-password', '-group', 'folk', '-user', 'h', '-type', type, ...options], { input: 'swordfish\n' });
      const { users } = JSON.parse(readFileSync(server.groupFile('folk'), 'utf8'));
      assert.equal(users.h.password.type, type);
      assert.ok(!JSON.stringify(users).includes('swordfish'));
      const ok = await server.api('.groups/folk/.users/h/.password', {
        method: 'PUT', auth: 'h:swordfish', json: { type: 'bcrypt', key: '$2a$08$abcdefghijklmnopqrstuubAvJmxpQuyV3jn7x.SUSPxe.DearCPe' },
      });
      assert.equal(ok.status, 204, type);
    }
    await bad(['set-password', '-group', 'folk', '-user', 'h'], 1, /Set password: no password/);
    await good(['delete-user', '-group', 'folk', '-user', 'h']);
  });

  test('exactly one user is named', async () => {
    for (const command of ['create-user', 'update-user', 'delete-user', 'set-password', 'delete-password']) {
      await bad([command, '-group', 'folk'], 1, /exactly one of/);
      await bad([command, '-group', 'folk', '-user', 'a', '-wildcard'], 1, /exactly one of/);
      await bad([command, '-user', 'a'], 1, /-group/);
    }
  });
});

describe('tokens', () => {
  before(async () => { await good(['create-group', '-group', 'tok']); });

  test('a life', async () => {
    const t = (await good(['create-token', '-group', 'tok', '-user', 'u'])).trim();
    assert.match(t, /^[A-Za-z0-9_-]{11,}$/);
    assert.equal(await good(['list-tokens', '-group', 'tok']), `${t}\n`);
    assert.match(await good(['list-tokens', '-l', '-group', 'tok']),
      new RegExp(`^${t} {1,}u {20}mp   \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\+00:00\\n$`));
    await good(['update-token', '-group', 'tok', '-token', t, '-permissions', 'op', '-duration', '48h', '-user', 'w']);
    const full = await (await server.api(`.groups/tok/.tokens/${t}`)).json();
    assert.deepEqual(full.permissions, ['op', 'present', 'message', 'caption', 'token']);
    assert.equal(full.username, 'w');
    assert.ok(Math.abs(Date.parse(full.expires) - Date.now() - 48 * 3600e3) < 600e3);
    assert.equal(await good(['revoke-token', '-group', 'tok', '-token', t]), '');
    assert.match(await good(['list-tokens', '-l', '-group', 'tok']), / cmopt \(expired\)\n$/);
    const [listed] = JSON.parse(await good(['list-tokens', '-l', '-json', '-group', 'tok']));
    assert.equal(listed.token, t);
    assert.equal(await good(['delete-token', '-group', 'tok', '-token', t]), '');
    assert.equal(await good(['list-tokens', '-group', 'tok']), '');
    await bad(['delete-token', '-group', 'tok', '-token', t], 1, /Delete token: HTTP error: 404/);
  });

  test('an administrator\'s token for the whole server', async () => {
    const t = (await good(['create-token', '-group', '', '-include-subgroups', '-permissions', 'admin'])).trim();
    assert.match(await good(['list-tokens', '-l', '-group', '']), new RegExp(`^${t} .* Ha   `, 'm'));
    const as = ['-insecure', '-server', server.base, '-admin-token', t];
    assert.match((await run([...as, 'list-groups'])).out, /^tok$/m);
    const r = await run([...as, 'show-group', '-group', 'lobby']);
    assert.equal(r.status, 0, r.err);
    await good(['delete-token', '-group', '', '-token', t]);
    assert.equal((await run([...as, 'list-groups'])).status, 1);
  });

  test('an administrator\'s token of a group administers it', async () => {
    const t = (await good(['create-token', '-group', 'tok', '-permissions', 'admin'])).trim();
    const as = ['-insecure', '-server', server.base, '-admin-token', t];
    assert.equal((await run([...as, 'show-group', '-group', 'tok'])).status, 0);
    assert.equal((await run([...as, 'show-group', '-group', 'lobby'])).status, 1);
    await good(['delete-token', '-group', 'tok', '-token', t]);
  });

  test('what is of no use is refused', async () => {
    await bad(['create-token', '-group', ''], 1, /include-subgroups/);
    await bad(['create-token', '-group', 'tok', '-duration', '-1h'], 1, /-duration/);
    await bad(['create-token', '-group', 'tok', '-permissions', 'king'], 1, /Parse permissions/);
    await bad(['create-token'], 1, /-group/);
    await bad(['list-tokens'], 1, /-group/);
    await bad(['update-token', '-group', 'tok', '-token', 'x'], 1, /nothing to change/);
    await bad(['revoke-token', '-group', 'tok'], 1, /-token/);
  });
});

describe('keys and statistics', () => {
  const key = { kty: 'oct', alg: 'HS256', k: 'MYz3IfCq4Yq-UmPdNqWEOdPl4C_m9imHHs9uveDUJGQ' };

  test('keys are set from a set, a list or a key, and deleted', async () => {
    await good(['create-group', '-group', 'keyed']);
    for (const input of [{ keys: [key] }, [key], key]) {
      await good(['set-keys', '-group', 'keyed'], { input: JSON.stringify(input) });
      assert.deepEqual(JSON.parse(readFileSync(server.groupFile('keyed'), 'utf8')).authKeys, [key]);
      await good(['delete-keys', '-group', 'keyed']);
      assert.ok(!('authKeys' in JSON.parse(readFileSync(server.groupFile('keyed'), 'utf8'))));
    }
    await bad(['set-keys', '-group', 'keyed'], 1, /HTTP error: 400/, { input: '{"keys": [{"kty": "oct"}]}' });
    await bad(['set-keys', '-group', 'keyed'], 1, /Decode standard input/, { input: '7' });
  });

  test('statistics are JSON', async () => {
    assert.ok(Array.isArray(JSON.parse(await good(['show-stats']))));
  });
});

describe('the command line', () => {
  test('usage and exit status', async () => {
    for (const [args, status] of [
      [[], 1], [['nosuch'], 1], [['-nosuch'], 2], [['-h'], 0], [['--help'], 0], [['show-group', '-help'], 0],
      [['show-group', '-nosuch'], 2], [['show-group', '-group'], 2], [['show-group'], 1],
      [['create-group', '-auto-subgroups=maybe', '-group', 'x'], 2], [['hash-password', '-cost', '1x'], 2],
      [['delete-group', '-group', 'x', 'more'], 1],
    ]) {
      const r = await run(args);
      assert.equal(r.status, status, args.join(' '));
      assert.equal(r.out, '');
      assert.notEqual(r.err, '');
    }
  });

  test('a wrong password is 401, and so is the lack of one', async () => {
    for (const [who, hint] of [
      [['-admin-username', 'root', '-admin-password', 'no'], /: root is not allowed to do this, or the password is wrong$/m],
      [['-admin-username', 'root'], /: no password was given; see -admin-password$/m],
      [['-admin-token', 'no'], /: the server does not take this token here$/m],
      [[], /: say who you are with -admin-username or -admin-token$/m],
    ]) {
      const r = await run(['-insecure', '-server', server.base, ...who, 'list-groups']);
      assert.equal(r.status, 1);
      assert.match(r.err, /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d Get groups: HTTP error: 401 Unauthorized: /);
      assert.match(r.err, hint);
    }
  });

  test('what is wrong is named: the word, the flag, the way out', async () => {
    assert.match((await run(['frobnicate'])).err, /^unknown command: frobnicate\nRun 'galenectl -help' for the list of commands\.\n$/);
    assert.match((await run(['show-stats', 'much'])).err, /^unexpected argument: much\nUsage: galenectl show-stats\n/);
    await bad(['create-group', '-group', 'lobby'], 1, /412 Precondition Failed: it exists already; -force replaces it$/m);
    await bad(['create-group', '-group', 'a/../b'], 1, /Create group: -group, element 2: /);
    await bad(['create-user', '-group', 'lobby', '-user', 'a//b'], 1, /Create user: -user, element 2: /);
    await bad(['delete-token', '-group', 'lobby', '-token', 'a/b'], 1, /Delete token: -token: /);
    await bad(['list-tokens'], 1, /^option -group is required \(the group; '' for tokens of the whole server\)$/m);
    await bad(['-config', join(home, 'nowhere.json'), 'show-group', '-group', 'gone'], 1, /warning: there is no configuration file /);
  });

  test('the address of a server is checked, and a password in it never shown', async () => {
    for (const [address, cause] of [
      ['localhost', /-server: must start with/], ['https://', /-server: names no host/], ['https:///', /-server: names no host/],
      ['https://h/?x', /-server: must not have a query/], ['https://u:secret@h/', /-server: must not name a user/],
    ]) {
      const r = await run(['-server', address, 'list-groups']);
      assert.equal(r.status, 1);
      assert.match(r.err, cause);
      assert.doesNotMatch(r.err, /secret/);
    }
  });

  test('output that cannot be written is a failure', async () => {
    for (const args of ['list-groups', 'show-group -group lobby', 'hash-password -type wildcard']) {
      const r = spawnSync('sh', ['-c', `"$0" "$@" ${args} >/dev/full`, binary, '-insecure', '-server', server.base,
        '-admin-username', 'root', '-admin-password', 'rootpw'], { encoding: 'utf8', env: { HOME: home } });
      assert.equal(r.status, 1, args);
      assert.match(r.stderr, /cannot write.*: No space left on device$/m);
    }
  });

  test('a certificate that does not verify is refused, with a hint', async () => {
    const r = await run(['-server', server.base, 'list-groups']);
    assert.equal(r.status, 1);
    assert.match(r.err, /-insecure/);
  });

  test('a server that is not there', async () => {
    const r = await run(['-server', 'https://localhost:1', 'list-groups']);
    assert.equal(r.status, 1);
    assert.match(r.err, /-server/);
  });

  test('the configuration file, and flags over it', async () => {
    const file = join(home, 'mine.json');
    writeFileSync(file, JSON.stringify({ server: server.base, 'admin-token': 'bogus' }), { mode: 0o600 });
    assert.match((await run(['-insecure', '-config', file, 'list-groups'])).err, /401/);
    const r = await run(['-insecure', '-config', file, '-admin-username', 'root', '-admin-password', 'rootpw', 'list-groups']);
    assert.equal(r.status, 0, r.err);
    writeFileSync(file, '{"colour": 1}');
    assert.match((await run(['-config', file, 'list-groups'])).err, /configuration file/);
    const hash = await run(['-config', file, 'hash-password', '-type', 'wildcard']);
    assert.equal(hash.out, '{"type":"wildcard"}\n', 'commands without a server need no file');
  });

  test('hash-password', async () => {
    assert.match((await run(['hash-password', '-password', 'x'])).out, /^\{"type":"bcrypt","key":"\$2a\$10\$.{53}"\}\n$/);
    assert.match((await run(['hash-password'], { input: 'x\n' })).out, /^\{"type":"bcrypt",/);
    assert.match((await run(['hash-password', '-type', 'pbkdf2', '-password', 'x', '-iterations', '2000'])).out,
      /^\{"type":"pbkdf2","hash":"sha-256","key":"[0-9a-f]{64}","salt":"[0-9a-f]{32}","iterations":2000\}\n$/);
    assert.match((await run(['hash-password', '-type', 'scrypt', '-password', 'x'])).out,
      /^\{"type":"scrypt","N":32768,"r":8,"p":3,"salt":"[0-9a-f]{32}","key":"[0-9a-f]{64}"\}\n$/);
    for (const args of [
      ['-type', 'wildcard', '-password', 'x'], ['-type', 'rot13', '-password', 'x'], ['-cost', '3', '-password', 'x'],
      ['-cost', '0', '-password', 'x'], ['-cost', '16', '-password', 'x'], ['-password', 'x'.repeat(73)],
      ['-type', 'pbkdf2', '-key', '-1', '-password', 'x'], ['-type', 'pbkdf2', '-iterations', '0', '-password', 'x'],
      ['-type', 'pbkdf2', '-salt', '7', '-password', 'x'], ['-type', 'scrypt', '-N', '1000', '-password', 'x'],
    ]) {
      const r = await run(['hash-password', ...args]);
      assert.equal(r.status, 1, args.join(' '));
      assert.match(r.err, /Make password: /);
      assert.equal(r.out, '');
    }
  });

  test('initial-setup makes both files, once', async () => {
    const cwd = join(home, 'setup');
    mkdirSync(cwd);
    const env = { XDG_CONFIG_HOME: join(cwd, 'xdg') };
    const args = ['-admin-username', 'root', '-admin-password', 'pw', '-server', 'https://h.example', 'initial-setup'];
    assert.equal((await run(['initial-setup'], { cwd, env })).status, 1);
    assert.equal((await run(args, { cwd, env })).status, 0);
    const config = JSON.parse(readFileSync(join(cwd, 'config.json'), 'utf8'));
    const client = join(cwd, 'xdg', 'galene', 'galenectl.json');
    assert.equal(config.writableGroups, true);
    assert.equal(config.users.root.permissions, 'admin');
    assert.match(config.users.root.password.key, /^\$2a\$12\$/);
    assert.deepEqual(JSON.parse(readFileSync(client, 'utf8')),
      { server: 'https://h.example', 'admin-username': 'root', 'admin-password': 'pw' });
    for (const file of [join(cwd, 'config.json'), client]) assert.equal(statSync(file).mode & 0o777, 0o600);
    const before = [readFileSync(join(cwd, 'config.json'), 'utf8'), readFileSync(client, 'utf8')];
    assert.equal((await run(args, { cwd, env })).status, 1);
    assert.deepEqual([readFileSync(join(cwd, 'config.json'), 'utf8'), readFileSync(client, 'utf8')], before);
    // When the second file cannot be made the first goes too.
    assert.equal((await run(['-config', '/proc/no/x.json', ...args, '-config', 'other.json'], { cwd, env })).status, 1);
    assert.ok(!existsSync(join(cwd, 'other.json')));
  });
});

describe('a server set up by initial-setup', () => {
  test('names a user that the server and HTTP can have', async () => {
    for (const name of ['a:b', 'a//b', '.a', 'RECORDING']) {
      const r = await run(['-admin-username', name, '-admin-password', 'pw', 'initial-setup', '-config', join(home, 'odd.json')]);
      assert.equal(r.status, 1, name);
      assert.match(r.err, /Create user: -admin-username: /);
      assert.ok(!existsSync(join(home, 'odd.json')));
    }
  });

  test('owns its files, also when root set it up', { skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
    const dir = temporaryDirectory();
    const data = join(dir, 'data');
    chmodSync(dir, 0o755);
    mkdirSync(data);
    chownSync(data, 65534, 65534);
    const client = join(dir, 'client.json');
    const made = await run(['-config', client, '-admin-username', 'root', '-admin-password', 'pw', 'initial-setup', '-data', data, '-token']);
    assert.equal(made.status, 0, made.err);
    for (const file of ['config.json', 'var', 'var/tokens.jsonl', 'var/tokens.lock']) {
      const { uid, gid } = statSync(join(data, file));
      assert.deepEqual([uid, gid], [65534, 65534], file);
    }
    assert.equal(statSync(client).uid, 0);
    rmSync(dir, { recursive: true, force: true });
  });

  test('takes the token that was stored, and not another', async () => {
    const dir = temporaryDirectory();
    const client = join(home, 'token.json');
    mkdirSync(join(dir, 'data'));
    const made = await run(['-config', client, '-admin-username', 'root', 'initial-setup',
      '-data', join(dir, 'data'), '-token', '-password-stdin'], { input: 'a long password\n' });
    assert.equal(made.status, 0, made.err);
    assert.ok(!readFileSync(client, 'utf8').includes('a long password'));
    const s = await startServer({ dir });
    try {
      const as = ['-insecure', '-server', s.base, '-config', client];
      const r = await run([...as, 'create-group', '-group', 'first']);
      assert.equal(r.status, 0, r.err);
      assert.match((await run([...as, 'list-groups'])).out, /^first$/m);
      assert.equal((await run([...as, '-admin-username', 'root', '-admin-password', 'a long password', 'list-groups'])).status, 0);
      assert.equal((await run([...as, '-admin-token', 'bogus', 'list-groups'])).status, 1);
    } finally {
      await s.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test('without writableGroups a change is 403', async () => {
    const s = await startServer({ config: { writableGroups: false } });
    try {
      const r = await run(['-insecure', '-server', s.base, '-admin-username', 'root', '-admin-password', 'rootpw',
        'create-group', '-group', 'no']);
      assert.equal(r.status, 1);
      assert.match(r.err, /HTTP error: 403 Forbidden/);
    } finally {
      await s.stop();
    }
  });
});
