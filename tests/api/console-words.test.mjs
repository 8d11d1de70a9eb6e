// The console in a language made up of brackets: what stands on a page without them did not go through the catalogues.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Browser, unescapeHtml } from '../lib/console.mjs';
import { addExamples, concrete, pageRoutes } from '../lib/console_facts.mjs';
import { build, openDirectory, startServer, top } from '../lib/server.mjs';
import { texts } from '../lib/words.mjs';

const LANG = 'xx';

/** A checkout as the server sees it, whose only language is the made-up one. */
function makeShare() {
  const share = openDirectory();
  for (const name of ['templates', 'schema', 'docs', 'nginx']) symlinkSync(join(top, name), join(share, name));
  mkdirSync(join(share, 'static/locale/console'), { recursive: true });
  for (const name of readdirSync(join(top, 'static'))) if (name !== 'locale') symlinkSync(join(top, 'static', name), join(share, 'static', name));
  const catalogue = {};
  for (const [text, { isCounted }] of texts().uses) {
    const said = `⟦${text.replace(/\|.*$/, '')}⟧`;
    catalogue[text] = isCounted ? { one: said, other: said } : said;
  }
  writeFileSync(join(share, `static/locale/${LANG}.json`), JSON.stringify({ '@dir': 'ltr', '@name': 'Made up' }));
  writeFileSync(join(share, `static/locale/console/${LANG}.json`), JSON.stringify(catalogue));
  return share;
}

/** What people read on a page, or hear. */
function* readIn(html) {
  const bare = html.replace(/<!--[^]*?-->|<(style|script|code|kbd|pre|time|textarea)\b[^>]*>[^]*?<\/\1>/g, '').replace(/<(\w+)\b[^>]* (?:translate="no"|lang="[^"]*" aria-current[^>]*)[^>]*>[^<]*<\/\1>/g, '');
  for (const [, title] of bare.matchAll(/<title>([^<]*)<\/title>/g)) yield title;
  for (const [, , value] of bare.matchAll(/\s(aria-label|placeholder|title|alt|data-(?:copied|label|nothing|pause|results|words))="([^"]*)"/g)) yield value;
  for (const [, text] of bare.matchAll(/>([^<]+)</g)) if (text.trim()) yield text.trim();
}

/** What is left when all that was translated is taken away, and what people or machines made up. */
function rest(text, names) {
  let t = unescapeHtml(text);
  for (let was = ''; was !== t;) {
    was = t;
    t = t.replace(/⟦[^⟦⟧]*⟧/g, ' ');
  }
  for (const name of names) t = t.replace(new RegExp(`(?<!\\p{L})${name.replace('.', '\\.')}(?!\\p{L})`, 'gu'), ' ');
  // Places of the live lists' scripts, codes of programs, names of their own, addresses and units.
  t = t.replace(/\{\w+\}|\S+…|\S*[\d@/_.]\S*|\b(UTC|Nereid|[kMG]?B|English|Opus|PCM[UA]|uid|localhost|[a-z]+\.[a-z-]+|op|present|message|caption|token|record|admin|login|config)\b/g, ' ');
  return /\p{L}{2,}/u.test(t) ? text : '';
}

describe('the console in a made-up language', { timeout: 120_000 }, () => {
  let server;
  after(() => server?.stop());
  before(async () => {
    server = await startServer({
      places: ['--programs', build, '--share', makeShare()],
      groups: { g: { public: true, displayName: 'Ggg', description: 'Ddd', users: { vimes: { password: { type: 'plain', key: 'x' }, permissions: 'op' } }, 'allow-recording': true } },
    });
  });

  test('no page says anything that is not in the catalogues', async () => {
    const b = new Browser(server);
    await b.signIn();
    addExamples(server);
    const form = (await b.open('/admin/groups/g/.tokens/')).form('/admin/groups/g/.tokens/');
    await b.submit(form.fill({ username: 'Annabel' }));
    const faults = new Map();
    for (const { pattern } of pageRoutes.filter((r) => r.method === 'GET' && !r.pattern.startsWith('/admin/help'))) {
      const answer = await b.request(`${concrete(pattern)}?lang=${LANG}`);
      if (!answer.headers.get('content-type')?.startsWith('text/html')) continue;
      for (const text of readIn(answer.html)) {
        const left = rest(text, ['vimes', 'Ggg', 'Ddd', 'root', 'Annabel', 'example.tar.gz', 'ada', 'for the board', 'One group.', 'Made up']);
        if (left && !faults.has(left)) faults.set(left, pattern);
      }
    }
    assert.deepEqual([...faults].map(([text, where]) => `${where}: ${text}`), []);
    // What is wrong with a form: each is sent as it stands, with one field that cannot be.
    const wrong = [['/admin/groups/.new', { name: '.x' }], ['/admin/groups/g/.edit', { 'max-clients': 'many', redirect: 'x' }],
      ['/admin/groups/g/.users/.new', { name: '' }], ['/admin/groups/g/.rename', { to: '..' }], ['/admin/groups/g/.delete', { name: 'x' }],
      ['/admin/groups/g/.tokens/', { from: 'x' }], ['/admin/accounts/.new', { login: '/' }],
      ['/admin/settings', { 'site.accent': 'red' }], ['/admin/settings/ice', { urls: 'x' }], ['/admin/csv/groups', { csv: 'name,max-clients\ng,many\n' }]];
    for (const [path, values] of wrong) {
      const page = await b.open(path);
      const sent = page.form(path);
      for (const name of Object.keys(values)) if (!sent.fields.has(name) && name !== 'csv') delete values[name];
      for (const text of readIn((await b.submit(sent.fill(values))).html)) {
        const left = rest(text, ['vimes', 'Ggg', 'Ddd', 'root', 'Annabel', 'for the board', 'Made up', 'red', 'many', 'max-clients']);
        if (left && !faults.has(left)) faults.set(left, `POST ${path}`);
      }
    }
    assert.deepEqual([...faults].map(([text, where]) => `${where}: ${text}`), []);
  });
});
