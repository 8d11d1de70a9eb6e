// A Gitea whose program is given, in a directory of its own, with as many rows as our console has: what console.mjs measures beside ours.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventually, freePort } from '../lib/server.mjs';

const NAME = 'root';
const PASSWORD = 'it is measured only';
const ROWS_PER_PAGE = 50; // as our lists have

/** Its lists, each beside what is ours of the kind. */
export const comparable = [
  { what: 'what everybody may see', ours: '/', theirs: '/explore/repos' },
  { what: 'the same, searched', ours: '/?q=group+499', theirs: '/explore/repos?q=repo499' },
  { what: 'all groups, all repositories', ours: '/admin/groups/', theirs: '/-/admin/repos' },
  { what: 'the same, searched', ours: '/admin/groups/?q=group+499', theirs: '/-/admin/repos?q=repo499' },
  { what: 'people', ours: '/admin/people', theirs: '/-/admin/users' },
  { what: 'the same, searched', ours: '/admin/people?q=user499', theirs: '/-/admin/users?q=person49' },
  { what: 'what happened', ours: '/admin/audit', theirs: '/-/admin/notices' },
];

const settings = (dir, port, staticDirectory) => `
RUN_MODE = prod
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = ${process.getuid() === 0}
[server]
PROTOCOL = https
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = https://localhost:${port}/
CERT_FILE = ${join(dir, 'cert.pem')}
KEY_FILE = ${join(dir, 'key.pem')}
APP_DATA_PATH = ${join(dir, 'data')}
${staticDirectory ? `STATIC_ROOT_PATH = ${staticDirectory}` : ''}
ENABLE_GZIP = true
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = ${join(dir, 'gitea.db')}
SQLITE_JOURNAL_MODE = WAL
[repository]
ROOT = ${join(dir, 'repositories')}
[indexer]
ISSUE_INDEXER_TYPE = db
[security]
INSTALL_LOCK = true
[log]
LEVEL = Error
[ui]
EXPLORE_PAGING_NUM = ${ROWS_PER_PAGE}
[ui.admin]
USER_PAGING_NUM = ${ROWS_PER_PAGE}
REPO_PAGING_NUM = ${ROWS_PER_PAGE}
NOTICE_PAGING_NUM = ${ROWS_PER_PAGE}
`;

/** A program of the machine that must work. */
function run(program, args, options) {
  const r = spawnSync(program, args, { encoding: 'utf8', ...options });
  if (r.error || r.status !== 0) throw r.error ?? new Error(`${program} ${args[0]}: ${r.stderr}${r.stdout}`);
}

/** Copies of the rows that `where` finds: function (values of some columns by name) that makes one. */
function copier(db, table, where, columns) {
  const kept = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).all().map((row) => String(row.name)).filter((name) => name !== 'id' && !columns.includes(name));
  const insert = db.prepare(`INSERT INTO "${table}" (${[...columns, ...kept].join(', ')}) SELECT ${[...columns.map(() => '?'), ...kept].join(', ')} FROM "${table}" WHERE ${where}`);
  return (...values) => Number(insert.run(...values).lastInsertRowid);
}

/** Rows as the program would have left them: each person is a copy of its first, each repository (public, without a commit) a copy of the one that its API made. */
function addRows(file, { repositories, people, notices }) {
  const db = new DatabaseSync(file, { timeout: 20000 });
  const now = Math.floor(Date.now() / 1000);
  const { id: repository } = db.prepare('SELECT id FROM repository').get();
  const addUser = copier(db, 'user', `name = '${NAME}'`, ['name', 'lower_name', 'email', 'full_name', 'is_admin', 'num_repos']);
  const addAddress = copier(db, 'email_address', `uid = (SELECT id FROM user WHERE name = '${NAME}')`, ['uid', 'email', 'lower_email']);
  const addRepository = copier(db, 'repository', `id = ${repository}`, ['owner_id', 'owner_name', 'name', 'lower_name', 'description', 'updated_unix']);
  const addUnits = copier(db, 'repo_unit', `repo_id = ${repository}`, ['repo_id']);
  const addNotice = db.prepare('INSERT INTO notice (type, description, created_unix) VALUES (?, ?, ?)');
  db.exec('BEGIN IMMEDIATE');
  const ids = [];
  for (let i = 0; i < people; i++) {
    const [name, email] = [`person${i}`, `person${i}@example.org`];
    ids.push(addUser(name, name, email, `Person ${i}`, 0, Math.ceil(repositories / people)));
    addAddress(ids[i], email, email);
  }
  for (let i = 0; i < repositories; i++) {
    const owner = i % people;
    addUnits(addRepository(ids[owner], `person${owner}`, `repo${i}`, `repo${i}`, 'where people meet in the morning', now - i));
  }
  for (let i = 0; i < notices; i++) addNotice.run(1 + i % 2, `person${i % 50} sent somebody out of repo${i % repositories}: go home.`, now - notices + i);
  db.exec('COMMIT');
  db.close();
}

/** Signs in as its page does: the cookies of a session. */
async function signIn(base) {
  const page = await fetch(`${base}/user/login`);
  const cookies = new Map();
  const keep = (response) => response.headers.getSetCookie().forEach((line) => cookies.set(...line.split(';')[0].split(/=(.*)/s, 2)));
  const header = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  keep(page);
  const token = /name="_csrf" value="([^"]*)"/.exec(await page.text())?.[1] ?? '';
  const answer = await fetch(`${base}/user/login`, {
    method: 'POST', redirect: 'manual', headers: { cookie: header() }, body: new URLSearchParams({ _csrf: token, user_name: NAME, password: PASSWORD }),
  });
  keep(answer);
  if (answer.status !== 303) throw new Error(`Gitea let nobody in: ${answer.status}`);
  return header();
}

/**
 * Starts it, fills it and signs in: {base, cookie, pid, version, stop}.
 * @param {string} program
 * @param {string} staticDirectory its templates, options and public; '' when they are in the program
 * @param {{repositories: number, people: number, notices: number}} rows
 */
export async function startGitea(program, staticDirectory, rows) {
  const dir = mkdtempSync(join(tmpdir(), 'nereid-gitea-'));
  const port = await freePort();
  const base = `https://localhost:${port}`;
  const config = ['--config', join(dir, 'app.ini'), '--work-path', dir];
  const options = { cwd: dir, env: { ...process.env, HOME: dir } };
  let log = '';
  let child;
  const stop = async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    mkdirSync(join(dir, 'data'));
    writeFileSync(join(dir, 'app.ini'), settings(dir, port, staticDirectory));
    run(program, ['cert', '--host', 'localhost', '--ca'], options);
    run(program, ['migrate', ...config], options);
    run(program, ['admin', 'user', 'create', '--admin', '--username', NAME, '--password', PASSWORD, '--email', 'root@example.org', '--must-change-password=false', ...config], options);
    child = spawn(program, ['web', ...config], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.on('error', (e) => { log += e.message; });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { log = (log + text).slice(-4000); });
    await eventually(() => fetch(`${base}/api/healthz`), 60000);
    const made = await fetch(`${base}/api/v1/user/repos`, {
      method: 'POST', headers: { authorization: `Basic ${btoa(`${NAME}:${PASSWORD}`)}`, 'content-type': 'application/json' }, body: JSON.stringify({ name: 'first', description: 'where people meet' }),
    });
    if (made.status !== 201) throw new Error(`Gitea made no repository: ${made.status} ${await made.text()}`);
    addRows(join(dir, 'gitea.db'), rows);
    return { base, cookie: await signIn(base), pid: /** @type {number} */ (child.pid), stop };
  } catch (e) {
    await stop();
    throw new Error(`Gitea does not run: ${e.message}\n${log}`, { cause: e });
  }
}
