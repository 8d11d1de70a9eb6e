// A server with very many group files: node tests/bench/many_groups.mjs [--groups 20000] [--runs 9]
// Prints one JSON object: seconds until both programs are ready at the first start (which imports all) and at the next, and
// medians in milliseconds of listing by the API, of one PUT, of the console's pages, and until an edit by hand is in force.
// The server runs with --rate-scale 100: beyond 50 requests nginx lets 20 a second pass, so that each page then takes 50 ms.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

process.env.NEREID_BUILD ??= new URL('../../build', import.meta.url).pathname;
const { Browser } = await import('../lib/console.mjs');
const { eventually, startServer, temporaryDirectory } = await import('../lib/server.mjs');

const { values } = parseArgs({ options: { groups: { type: 'string', default: '20000' }, runs: { type: 'string', default: '9' } } });
const n = Number(values.groups);
const runs = Number(values.runs);
const dir = temporaryDirectory();
const text = (i) => JSON.stringify({
  displayName: `Group ${i}`, public: false, users: { [`user${i}`]: { password: { type: 'plain', key: 'secret' }, permissions: 'op' } },
  'wildcard-user': { password: { type: 'wildcard' }, permissions: 'present' },
});
mkdirSync(join(dir, 'groups'));
for (let i = 0; i < n; i++) {
  if (i % 100 === 0) mkdirSync(join(dir, 'groups', `folder${i / 100}`));
  writeFileSync(join(dir, 'groups', `folder${Math.floor(i / 100)}`, `g${i}.json`), text(i));
}

const median = (a) => a.sort((x, y) => x - y)[a.length >> 1];
async function timed(job) {
  const took = [];
  for (let i = 0; i < runs; i++) {
    const began = performance.now();
    await job(i);
    took.push(performance.now() - began);
  }
  return Math.round(median(took) * 10) / 10;
}
const seconds = async (job) => {
  const began = performance.now();
  const result = await job();
  return [Math.round(performance.now() - began) / 1000, result];
};

const out = { groups: n };
let server;
try {
  [out.first_start_s, server] = await seconds(() => startServer({ dir, config: {} }));
  await server.stop();
  [out.start_s, server] = await seconds(() => startServer({ dir, config: {} }));
  out.list_ms = await timed(async () => {
    const list = await (await server.api('.groups/')).json();
    if (list.length < n) throw new Error(`${list.length} groups are listed`);
  });
  const b = new Browser(server);
  await b.signIn();
  out.pages_ms = {};
  for (const path of ['/admin/', '/admin/groups/', '/admin/groups/?q=group+499', '/admin/people', '/admin/people?q=user499',
    '/admin/groups/folder3/g300/', '/admin/groups/folder3/g300/.history/', '/admin/audit']) {
    out.pages_ms[path] = await timed(async () => {
      const page = await b.request(path);
      if (page.status !== 200) throw new Error(`${path}: ${page.status}`);
    });
  }
  out.put_ms = await timed(async (i) => {
    const r = await server.api(`.groups/folder0/new${i}`, { method: 'PUT', json: { displayName: 'new' } });
    if (r.status >= 300) throw new Error(`PUT: ${r.status}`);
  });
  out.hand_edit_ms = await timed(async (i) => {
    const file = join(dir, 'groups/folder1/g100.json');
    writeFileSync(`${file}~`, JSON.stringify({ public: true, description: `edit ${i}` }));
    renameSync(`${file}~`, file);
    await eventually(async () => {
      const all = await (await server.get('/public-groups.json')).json();
      if (all[0]?.description !== `edit ${i}`) throw new Error('not yet');
    });
  });
  console.log(JSON.stringify(out, null, 2));
} finally {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
}
