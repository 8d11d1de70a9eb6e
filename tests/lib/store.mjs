// Looks into a server's database and files from outside: what a save must have left behind.
import { DatabaseSync } from 'node:sqlite';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The rows of a query on the server's database; the server may be running. */
export function query(server, sql, ...parameters) {
  const db = new DatabaseSync(join(server.dir, 'data', 'nereid.db'), { readOnly: true });
  try {
    db.exec('PRAGMA busy_timeout = 5000');
    return db.prepare(sql).all(...parameters);
  } finally {
    db.close();
  }
}

/** Changes the server's database behind its back; the server may be running. */
export function change(server, sql, ...parameters) {
  const db = new DatabaseSync(join(server.dir, 'data', 'nereid.db'));
  try {
    db.exec('PRAGMA busy_timeout = 10000');
    db.prepare(sql).run(...parameters);
  } finally {
    db.close();
  }
}

/** The texts of all versions of a group's file, oldest first. */
export function versions(server, group) {
  return query(server, `SELECT v.body, v.source FROM versions v JOIN files f ON f.id = v.file_id
    WHERE f.kind = 'group' AND f.name = ? ORDER BY v.seq`, group).map((v) => ({ text: Buffer.from(v.body).toString(), source: v.source }));
}

/** The head of a group's file as the database has it: {text, state, pending}, or undefined. */
export function head(server, group) {
  const [row] = query(server, `SELECT v.body, f.state, f.pending FROM files f LEFT JOIN versions v ON v.id = f.head
    WHERE f.kind = 'group' AND f.name = ?`, group);
  return row && { text: row.body && Buffer.from(row.body).toString(), state: row.state, pending: row.pending };
}

/** The file's text, or undefined when there is none. */
export function onDisk(server, group) {
  return existsSync(server.groupFile(group)) ? readFileSync(server.groupFile(group), 'utf8') : undefined;
}

/** 'ok', or the first complaint of SQLite. */
export function integrity(server) {
  return Object.values(query(server, 'PRAGMA integrity_check')[0])[0];
}

/** Temporary files below groups/. */
export function temporaryFiles(server) {
  return readdirSync(join(server.dir, 'groups'), { recursive: true }).filter((f) => /(^|\/)\.tmp-/.test(String(f)));
}
