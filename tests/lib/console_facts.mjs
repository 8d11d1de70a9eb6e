// The console's routes and texts that its suites share.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepRecording } from './recordings.mjs';
import { allRoutes } from './routes.mjs';
import { build, top } from './server.mjs';
import { change, query } from './store.mjs';

/** Text that would run where it is not escaped. */
export const hostile = '<img src=x onerror=alert(1)>"\'&amp;';

/** The console's pages, from the table that the program is made of. Forms that are read while they come have their own suites. */
export const pageRoutes = allRoutes.filter((r) => r.isConsole && !r.isStreamed);

/** A path for a pattern of the table. */
export const concrete = (pattern, { group = 'g', user = 'vimes', seq = '1', id = '1', when = '1', file = 'example.tar.gz', manual = 'ADMIN.md', share = '1' } = {}) => pattern
  .replace('{group+}', group).replace('{user}', user).replace('{seq}', seq).replace('{id}', id).replace('{when}', when).replace('{file}', file).replace('{manual}', manual).replace('{share}', share).replace('{batch}', '1').replace('/?', '/');

/** What a group's file holds. */
export const fileOf = (server, name) => JSON.parse(readFileSync(server.groupFile(name), 'utf8'));

/** What the audit log has in detail of an action on an object, the oldest first. */
export const audited = (server, action, object) => query(server, 'SELECT detail FROM audit WHERE action = ? AND object = ? ORDER BY id', action, object)
  .map((row) => JSON.parse(row.detail));

/** A backup, a job, a recording and a link to it, for pages that show one. */
export function addExamples(server) {
  server.writeFile('data/backups/.lock', '');
  const r = spawnSync(join(build, 'admin-cgi', 'admin-cgi'), ['backup', join(server.dir, 'data/backups/example.tar.gz'), '--dir', server.dir, '--share', top], { encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  server.giveToOwner('data/backups/example.tar.gz');
  server.writeFile('data/jobs/1.json', {
    id: 1, kind: 'backup', state: 'done', scope: 'everything', file: 'example.tar.gz', by: 'root', result: 'One group.', started: 1, ended: 2,
  });
  keepRecording(server, 'g', 'example.tar.gz', 'no film', { duration: 61, username: 'ada' });
  change(server, `INSERT INTO shares (id, group_name, filename, label, made_at, made_by, expires_at)
    VALUES (1, 'g', 'example.tar.gz', 'for the board', ?1, 'root', ?1 + 86400000000)`, Date.now() * 1000);
}
