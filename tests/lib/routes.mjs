// The rows of the table that pages are made of, read from the program's own source: what is added there is in every suite that walks over it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './server.mjs';

/**
 * @typedef {object} Row
 * @property {string} method
 * @property {string} pattern
 * @property {string} access as in enum access, without its prefix: PUBLIC, SESSION, SERVER...
 * @property {boolean} isProven a fresh proof of the password is needed
 * @property {boolean} isStreamed its form is no ordinary one, and read while it comes
 * @property {boolean} isConsole answered as a page of the console
 */

const source = readFileSync(join(top, 'admin-cgi/page_routes.c'), 'utf8');
const table = source.slice(source.indexOf('rows[] = {'), source.indexOf('\n};', source.indexOf('rows[] = {')));
const beginnings = table.match(/^ {4}(?:[A-Z]+\(|\{)/gm) ?? [];
const path = '(GROUP\\s*)?"([^"]*)"';
const forms = [
  { of: new RegExp(`^ {4}(PAGE|PROVEN|FREEING)\\(METHOD_(\\w+),\\s*${path},\\s*ACCESS_(\\w+)`, 'gm'), row: ([, macro, method, group, rest, access]) => ({ macro, method, group, rest, access }) },
  { of: new RegExp(`^ {4}(PUBLIC)\\(METHOD_(\\w+),\\s*${path}`, 'gm'), row: ([, macro, method, group, rest]) => ({ macro, method, group, rest, access: 'PUBLIC' }) },
  { of: new RegExp(`^ {4}(TABLE)\\(${path}`, 'gm'), row: ([, macro, group, rest]) => ({ macro, method: 'POST', group, rest, access: 'EDIT' }) },
  { of: new RegExp(`^ {4}\\{METHOD_(\\w+),\\s*${path},\\s*ACCESS_(\\w+),\\s*RESPONSE_(\\w+)([^}]*)\\}`, 'gm'), row: ([, method, group, rest, access, macro, flags]) => ({ macro, method, group, rest, access, flags }) },
];

/** @type {Row[]} */
export const allRoutes = forms.flatMap(({ of, row }) => [...table.matchAll(of)].map(row)).map(({ macro, method, group, rest, access, flags = '' }) => ({
  method, access, pattern: (group ? '/admin/groups/{group+}' : '') + rest,
  isProven: macro === 'PROVEN' || flags.includes('ROUTE_PROVEN'), isStreamed: flags.includes('ROUTE_STREAMED'), isConsole: ['PAGE', 'PROVEN', 'FREEING', 'TABLE'].includes(macro),
}));
if (allRoutes.length !== beginnings.length) throw new Error(`page_routes.c has ${beginnings.length} rows, of which tests/lib/routes.mjs reads ${allRoutes.length}: teach it the new form`);

/** Those of the console: all below /admin/. */
export const pageRoutes = allRoutes.filter((r) => r.isConsole);
