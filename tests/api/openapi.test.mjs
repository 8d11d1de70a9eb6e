// docs/openapi.yaml against the routes of admin-cgi and against a running server: every operation and every status that
// it promises is seen, with the headers and the form of body that it promises, and no other method is taken.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { keepFile, keepRecording } from '../lib/recordings.mjs';
import { build, eventually, startServer, top } from '../lib/server.mjs';
import { complaints, resolver } from '../lib/json_schema.mjs';
import { change } from '../lib/store.mjs';
import { join as enter } from '../lib/ws_client.mjs';

const document = parse(readFileSync(join(top, 'docs/openapi.yaml'), 'utf8'));
const resolve = resolver(document);
const METHODS = ['get', 'put', 'post', 'delete'];

/** Every operation of the document: {method, path, id, responses, requestBody}. */
const operations = Object.entries(document.paths).flatMap(([path, item]) => METHODS.filter((m) => m in item).map((m) => ({
  ...item[m],
  method: m.toUpperCase(),
  path,
  id: item[m].operationId,
  item,
  statuses: Object.keys(item[m].responses).filter((s) => s !== 'default').map(Number),
})));

// ---- the table of routes, as it stands in the C file ----

/** Strings and macros of one argument joined: `V0 "/.groups"` -> "/galene-api/v0/.groups". */
function joined(text, macros) {
  return [...text.matchAll(/"([^"]*)"|(\w+)/g)].map((m) => m[1] ?? macros.get(m[2]) ?? '').join('');
}

/** [method, pattern] of every row below /galene-api/v0, by the document's way to write patterns. */
function routesOf(source) {
  const text = source.replaceAll('\\\n', ' ').replace(/\/\*[\s\S]*?\*\//g, '');
  const macros = new Map();
  for (const [, name, value] of text.matchAll(/^#define (\w+) (.*)$/gm)) macros.set(name, joined(value, macros));
  const functions = new Map([...text.matchAll(/^#define (\w+)\(([\w, ]*)\)(.*)$/gm)].map((m) => [m[1], { parameters: m[2].split(/,\s*/), body: m[3] }]));
  let rows = /rows\[\] = \{([\s\S]*?)\n\};/.exec(text)[1];
  for (const [name, { parameters, body }] of functions) {
    if (name === 'API') continue;
    rows = rows.replaceAll(new RegExp(`\\b${name}\\(([^()]*)\\)`, 'g'), (all, list) => {
      const values = list.split(/,\s*/);
      return parameters.reduce((b, p, i) => b.replaceAll(new RegExp(`\\b${p}\\b(?=[^"]*(?:"[^"]*"[^"]*)*$)`, 'g'), values[i]), body);
    });
  }
  return [...rows.matchAll(/\bAPI\((\w+),\s*([^,]*),/g)].filter((m) => m[1] !== 'ANY')
    .map((m) => `${m[1]} ${joined(m[2], macros).replace('/galene-api/v0', '').replace('{group+}', '{group}').replace('{user+}', '{user}')}`)
    .map((r) => (r.endsWith('/.groups/?') ? r.slice(0, -1) : r.replace(/\/\?$/, '')));
}

describe('the document', () => {
  test('says exactly the routes that there are', () => {
    const routes = routesOf(readFileSync(join(top, 'admin-cgi/routes.c'), 'utf8'));
    assert.ok(routes.length >= 36, routes.join('\n'));
    assert.deepEqual(operations.map((o) => `${o.method} ${o.path}`).sort(), routes.sort());
  });

  test('names each operation once and declares the parameters of each path', () => {
    assert.equal(new Set(operations.map((o) => o.id)).size, operations.length);
    for (const [path, item] of Object.entries(document.paths)) {
      const declared = (item.parameters ?? []).map((p) => resolve(p)).filter((p) => p.in === 'path').map((p) => p.name);
      assert.deepEqual(declared, [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]), path);
    }
  });

  test('refers only to what it has, and has only what it refers to', () => {
    const used = new Set();
    const walk = (value) => {
      if (value === null || typeof value !== 'object') return;
      if (typeof value.$ref === 'string') {
        assert.ok(resolve(value), value.$ref);
        used.add(value.$ref);
      }
      Object.values(value).forEach(walk);
    };
    walk(document);
    for (const [kind, entries] of Object.entries(document.components)) {
      if (kind === 'securitySchemes') continue;
      for (const name of Object.keys(entries)) assert.ok(used.has(`#/components/${kind}/${name}`), `${kind}/${name} is not used`);
    }
    for (const scheme of document.security) assert.ok(Object.keys(scheme)[0] in document.components.securitySchemes);
  });

  test('every operation promises 401, 429 and what else may happen', () => {
    for (const o of operations) {
      assert.ok([401, 403, 429].every((s) => o.statuses.includes(s)), o.id);
      assert.ok(resolve(o.responses.default), o.id);
      assert.equal(o.statuses.includes(415), Boolean(o.requestBody), o.id);
    }
  });
});

// ---- the server ----

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let number = 0;
const full = () => ({
  description: 'the group',
  users: { bob: { password: 'bb', permissions: 'present' }, '': { permissions: 'observe' } },
  'wildcard-user': { password: 'ww', permissions: 'message' },
});

before(async () => {
  server = await startServer({ groups: { taken: full(), broken: '{"description" "bad"}' } });
  writeFileSync(join(server.dir, 'elsewhere.json'), JSON.stringify(full()));
  symlinkSync(join(server.dir, 'elsewhere.json'), server.groupFile('linked'));
  const made = spawnSync(join(build, 'admin-cgi/admin-cgi'), ['create-admin', 'scoped', '--dir', server.dir, '--share', top], { input: 'a long password 7\n' });
  assert.equal(made.status, 0, made.stderr.toString());
  change(server, "UPDATE accounts SET role = 'scoped' WHERE login = 'scoped'");
  for (const scope of ['', 'taken']) {
    change(server, 'INSERT INTO throttle (kind, key, failures, window_start, blocked_until) VALUES (?, ?, 50, ?, ?)',
      'api-account', createHash('sha256').update(`\n${scope}\nblocked`).digest('hex'), Date.now() * 1000, (Date.now() + 3600e3) * 1000);
  }
});
after(() => server?.stop());

/** A group of its own, written by hand. */
function freshGroup(description = full()) {
  const name = `fresh-${++number}`;
  server.writeGroup(name, description);
  return name;
}

const hasStore = (o) => o.path.includes('/.tokens/');
const hasRecordings = (o) => o.path.includes('/.recordings/');
const isRecording = (o) => o.path.endsWith('/.recording');
const FILM = '2031-01-01T00:00:00.000-bob.webm';
const isServerWide = (o) => !o.path.includes('{group}');
const end = () => new Date(Date.now() + 3600e3).toISOString();
const token = () => ({ expires: end(), includeSubgroups: true, permissions: ['present'] });

/** A body that the operation takes: options of server.api(). */
function goodBody(o) {
  if (!o.requestBody) return {};
  const type = Object.keys(resolve(o.requestBody).content)[0];
  if (type === 'text/plain') return { body: 'correct horse', type };
  const json = o.id.startsWith('api-group') ? { description: 'another' }
    : o.id.startsWith('api-keys') ? { keys: [{ kty: 'oct', alg: 'HS256', k: 'MYz3IfCq4Yq-UmPdNqWEOdPl4C_m9imHHs9uveDUJGQ' }] }
      : o.id.startsWith('api-user') ? { permissions: 'op' }
        : o.id.startsWith('api-password') ? { type: 'plain', key: 'correct horse' } : token();
  return { json, type };
}

async function newToken(group) {
  const r = await server.api(group ? `.groups/${group}/.tokens/` : '.groups/.tokens/', { method: 'POST', json: token() });
  assert.equal(r.status, 201);
  return r.headers.get('location');
}

function pathOf(o, { group = 'taken', user = 'bob', token: name = 'nothing', file = 'nothing' } = {}) {
  return o.path.slice(1).replace('{group}', group).replace('{user}', user).replace('{token}', name).replace('{file}', file);
}

/** The operation's request as it is answered with success, changed by `options`. */
const send = (o, where, options = {}) => server.api(pathOf(o, where), { method: o.method, ...goodBody(o), ...options });

/** Somebody is in a group that may be recorded. A worker that met mediad while it was down asks it again after five seconds only. */
async function meeting(group, isRecorded = false) {
  server.writeGroup(group, { ...full(), 'allow-recording': true });
  await enter({ after: () => {} }, server, group, 'bob', 'bb');
  const recording = (method) => server.api(`.groups/${group}/.recording`, { method });
  await eventually(async () => {
    for (let i = 0; i < 20; i++) assert.equal((await recording('GET')).status, 404);
  });
  if (isRecorded) assert.equal((await recording('PUT')).status, 204);
}

/** Where the operation finds something of its own. */
async function existing(o) {
  const group = isServerWide(o) ? undefined : freshGroup();
  if (hasRecordings(o)) {
    keepRecording(server, group, FILM, 'x', { started: '2031-01-01T00:00:00Z', duration: 1.5, username: 'bob', label: 'camera', repaired: true,
      tracks: [{ kind: 'video', codec: 'vp8', width: 320, height: 240 }, { kind: 'audio', codec: 'opus' }] });
  }
  if (isRecording(o)) await meeting(group, o.method !== 'PUT');
  return { group, file: FILM, ...(o.path.endsWith('{token}') ? { token: await newToken(group) } : {}) };
}

/** A token of another group, a file that is a link. */
const conflict = async (o) => send(o, hasStore(o)
  ? { group: freshGroup(), token: await newToken(isServerWide(o) ? 'taken' : undefined) } : { group: 'linked' });

/** How each status is met. The other statuses are the operation's success. */
const met = {
  304: async (o) => {
    const where = await existing(o);
    const get = await send(o, where);
    return send(o, where, { headers: { 'if-none-match': get.headers.get('etag') } });
  },
  400: (o) => send(o, { group: freshGroup(), token: `new-${++number}` },
    goodBody(o).json === undefined ? { body: '' } : { json: undefined, body: '{"a":', type: goodBody(o).type }),
  401: (o) => send(o, {}, { auth: null }),
  403: (o) => send(o, {}, { auth: 'scoped:a long password 7' }),
  404: (o) => send(o, { group: 'nowhere' }),
  409: async (o) => {
    if (isRecording(o)) {
      const group = freshGroup();
      await meeting(group, true);
      return send(o, { group });
    }
    if (!hasRecordings(o)) return conflict(o);
    const where = await existing(o);
    keepFile(server, `${where.group}/.trash/${where.file}`, 'y');
    return send(o, where);
  },
  412: async (o) => send(o, await existing(o), { headers: { 'if-match': '"another"' } }),
  413: (o) => send(o, {}, { json: undefined, body: 'x'.repeat(1024 * 1024 + 1), type: goodBody(o).type }),
  415: (o) => send(o, { token: `new-${++number}` }, { json: undefined, body: 'a,b', type: 'text/csv' }),
  429: (o) => send(o, {}, { auth: 'blocked:x' }),
  500: (o) => send(o, { group: 'broken' }),
  503: async (o) => {
    const pid = server.pidOf('mediad');
    process.kill(pid, 'SIGSTOP');
    try {
      return await send(o, {});
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  },
};

/** What is not there yet, for 201. */
async function missing(o) {
  if (o.id === 'api-group-put') return { group: `new-${++number}` };
  return { group: isServerWide(o) ? undefined : freshGroup({}), user: 'new', token: `new-${++number}` };
}

/** What the document promises for this status, and the answer. */
async function compare(o, response) {
  const promised = resolve(o.responses[response.status]);
  const text = await response.text();
  const what = `${o.method} ${o.path} ${response.status}`;
  assert.ok(promised, `${what} is not in the document: ${text}`);
  for (const [name, header] of Object.entries(promised.headers ?? {})) {
    const { required, schema } = resolve(header);
    const value = response.headers.get(name);
    assert.ok(value !== null || !required, `${what} has no ${name}`);
    if (value !== null) assert.deepEqual(complaints(value, schema, resolve), [], `${what}: ${name}`);
  }
  const named = Object.keys(promised.headers ?? {}).map((name) => name.toLowerCase());
  for (const name of ['etag', 'location', 'accept', 'www-authenticate', 'retry-after']) {
    assert.ok(named.includes(name) || !response.headers.has(name), `${what} has ${name}, which the document does not name`);
  }
  assert.equal(response.headers.get('vary') ?? 'Origin', 'Origin', what);
  if (!promised.content) {
    assert.equal(text, '', what);
    assert.equal(response.headers.get('content-type'), null, what);
    return;
  }
  const type = (response.headers.get('content-type') ?? '').split(';')[0];
  assert.ok(type in promised.content, `${what}: ${type}`);
  const body = type === 'application/json' ? JSON.parse(text) : text;
  assert.deepEqual(complaints(body, promised.content[type].schema, resolve), [], `${what}: ${text}`);
}

for (const o of operations) {
  describe(`${o.method} ${o.path}`, () => {
    for (const status of o.statuses) {
      test(`${status}`, async () => {
        const r = met[status] ? await met[status](o) : await send(o, status === 201 && o.method === 'PUT' ? await missing(o) : await existing(o));
        assert.equal(r.status, status, `${r.url}: ${await r.clone().text()}`);
        await compare(o, r);
      });
    }
    if (o.requestBody) {
      test('the body that is taken is the one of the document', () => {
        const { schema } = resolve(o.requestBody).content[goodBody(o).type];
        assert.deepEqual(complaints(goodBody(o).json ?? goodBody(o).body, schema, resolve), []);
      });
    }
  });
}

for (const [path, item] of Object.entries(document.paths)) {
  test(`no other method at ${path}`, async () => {
    const documented = METHODS.filter((m) => m in item).map((m) => m.toUpperCase());
    const taken = ['OPTIONS', ...documented.flatMap((m) => (m === 'GET' ? ['GET', 'HEAD'] : [m]))];
    const sorted = (list) => (list ?? '').split(', ').sort();
    const o = { path };
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((m) => !documented.includes(m))) {
      const r = await server.api(pathOf(o), { method });
      assert.equal(r.status, 405, `${method} ${path}`);
      assert.deepEqual(sorted(r.headers.get('allow')), taken.toSorted(), method);
      assert.match(await r.text(), /^[^\n]+\n$/);
    }
    const r = await server.api(pathOf(o), { method: 'OPTIONS', auth: null });
    assert.equal(r.status, 200);
    assert.deepEqual(sorted(r.headers.get('access-control-allow-methods')), taken.toSorted());
  });
}

describe('a group', () => {
  const properties = Object.fromEntries(Object.entries(document.components.schemas.Group.properties).filter(([, rule]) => !rule.writeOnly));
  const time = '2031-01-01T00:00:00Z';
  const good = ([name, rule]) => (rule.$ref ? time : rule.type === 'boolean' ? true : rule.type === 'integer' ? rule.maximum : rule.type === 'array' ? ['vp9']
    : (/^auth|^redirect/.test(name) ? 'https://x/' : '').padEnd(rule.maxLength, 'x'));
  const put = (json) => server.api(`.groups/members-${++number}`, { method: 'PUT', json });

  test('takes every member up to its limits, as documented, and shows it', async () => {
    const whole = Object.fromEntries(Object.entries(properties).map((entry) => [entry[0], good(entry)]));
    assert.equal((await put(whole)).status, 201);
    assert.deepEqual(await (await server.api(`.groups/members-${number}`)).json(), whole);
    assert.equal((await put({ 'allow-anonymous': false })).status, 201);
    assert.deepEqual(await (await server.api(`.groups/members-${number}`)).json(), { 'allow-anonymous': false }, 'false is not absent');
  });

  test('takes nothing beyond them', async () => {
    for (const [name, rule] of Object.entries(properties)) {
      const beyond = [rule.maxLength && [`${good([name, rule])}x`, `${good([name, rule]).slice(0, -1)}ä`],
        rule.type === 'integer' && [rule.maximum + 1, rule.minimum - 1]].filter(Boolean).flat();
      for (const value of beyond) assert.equal((await put({ [name]: value })).status, 400, `${name}: ${String(value).slice(-20)}`);
    }
  });

  test('has the same members and limits in the manual', () => {
    const manual = readFileSync(join(top, 'docs/ADMIN.md'), 'utf8').split('### Group files')[1].split('\n### ')[0];
    const rows = [...manual.matchAll(/^\| (`.*?) \| (.*?) ?\| /gm)].flatMap(([, names, limits]) =>
      [...names.matchAll(/`([\w-]+)`/g)].map(([, name]) => [name, limits]));
    const others = ['users', 'wildcard-user', 'authKeys'];
    assert.deepEqual(rows.map(([name]) => name).sort(), [...Object.keys(properties), ...others].sort());
    for (const [name, limits] of rows) {
      const rule = properties[name] ?? {};
      assert.equal(limits, rule.maxLength ? `${rule.maxLength} bytes` : rule.type === 'integer' ? `${rule.minimum} to ${rule.maximum}` : '', name);
    }
  });
});

test('HEAD has the headers of GET and no body', async () => {
  for (const o of operations.filter((op) => op.method === 'GET')) {
    const where = await existing(o);
    // A worker that met mediad while it was down asks it again after five seconds only.
    const answer = (method) => eventually(async () => {
      const r = await send(o, where, { method });
      assert.equal(r.status, 200, `${method} ${o.path}`);
      return r;
    });
    const [get, head] = [await answer('GET'), await answer('HEAD')];
    assert.equal(await head.text(), '');
    for (const name of ['etag', 'content-type', 'cache-control']) assert.equal(head.headers.get(name), get.headers.get(name), `${o.path} ${name}`);
  }
});

test('what the document does not know is 404, for those who may know', async () => {
  for (const path of ['', '.nothing', '.groups/taken/.nothing', '.groups/taken/.users', '.stats/x', '.groups/taken/.keys/x']) {
    assert.equal((await server.api(path)).status, 404, path);
    assert.equal((await server.api(path, { auth: null })).status, 401, path);
  }
});
