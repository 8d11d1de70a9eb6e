// Looks into a server's data/metrics.db from outside, and fills it as if the server had run for long.
import { DatabaseSync } from 'node:sqlite';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const columns = ['people', 'groups', 'up', 'down', 'bits_in', 'bits_out', 'cpu'];
const steps = [[10, 3600], [60, 86400], [600, 86400], [900, 30 * 86400], [3600, 30 * 86400], [86400, 730 * 86400]];

/** @param {string} dir of the server, which has made the file */
function open(dir, readOnly = false) {
  const path = join(dir, 'data', 'metrics.db');
  if (!existsSync(path)) throw new Error('there is no metrics.db yet');
  const db = new DatabaseSync(path, { readOnly });
  db.exec('PRAGMA busy_timeout = 10000');
  return db;
}

/** The rows of a query; the server may be running. */
export function metricsQuery(server, sql, ...parameters) {
  const db = open(server.dir, true);
  try {
    return db.prepare(sql).all(...parameters);
  } finally {
    db.close();
  }
}

/** Runs a statement; the server may be running. */
export function metricsChange(server, sql, ...parameters) {
  const db = open(server.dir);
  try {
    db.prepare(sql).run(...parameters);
  } finally {
    db.close();
  }
}

/** Rows of every step for so many days until now: `people(s)` at second s since 1970, the rest follows from it. */
export function fillMetrics(server, { days, people }) {
  const db = open(server.dir);
  const now = Math.floor(Date.now() / 1000);
  const names = columns.flatMap((c) => [c, `${c}_max`]);
  try {
    db.exec('BEGIN IMMEDIATE; DELETE FROM samples; DELETE FROM usage');
    const add = db.prepare(`INSERT INTO samples (step, at, n, ${names.join()}, lost, expected, loss_max) VALUES (${Array(names.length + 6).fill('?').join()})`);
    for (const [step, kept] of steps) {
      const end = now - now % step;
      for (let at = end - Math.min(kept, days * 86400) + step; at <= end; at += step) {
        const n = step / 10;
        const p = people(at);
        const values = [p, Math.ceil(p / 5), p, p * 4, p * 600000, p * 2400000, Math.min(1000, p * 6)];
        add.run(step, at, n, ...values.flatMap((v) => [Math.round(v * n), Math.ceil(v * 1.2)]), p * n, p * n * 300, 9000);
      }
    }
    const use = db.prepare("INSERT INTO usage VALUES (?, '', ?, ?, ?)");
    for (let day = now - now % 86400 - (days - 1) * 86400; day <= now; day += 86400) use.run(day, 12, 12 * 3600, 31);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}
