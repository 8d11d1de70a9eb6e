// The console in a language made up of brackets: what stands on a page without them did not go through the catalogues.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Browser, unescapeHtml } from '../lib/console.mjs';
import { addExamples, concrete, pageRoutes } from '../lib/console_facts.mjs';
import { build, openDirectory, startServer, top } from '../lib/server.mjs';
import { ATTRIBUTES, texts } from '../lib/words.mjs';

const LANG = 'xx';
/** What people made up: names and what they wrote. */
const MADE_UP = ['vimes', 'Ggg', 'Ddd', 'root', 'Annabel', 'example.tar.gz', 'ada', 'for the board', 'One group.', 'Made up', 'max-clients'];

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

const SPOKEN = new RegExp(`\\s(${ATTRIBUTES.join('|')})="([^"]*)"`, 'g');

/** A sentence in brackets may hold elements, and values that were translated themselves. */
function withoutTranslated(text) {
  for (let was = ''; was !== text;) {
    was = text;
    text = text.replace(/⟦[^⟦⟧]*⟧/g, ' ');
  }
  return text;
}

/** What people read on a page, or hear. */
function* readIn(html) {
  const bare = html.replace(/<!--[^]*?-->|<(style|script|code|kbd|pre|time|textarea)\b[^>]*>[^]*?<\/\1>/g, '').replace(/<(\w+)\b[^>]* (?:translate="no"|lang="[^"]*" aria-current[^>]*)[^>]*>[^<]*<\/\1>/g, '');
  for (const [, title] of bare.matchAll(/<title>([^<]*)<\/title>/g)) yield title;
  for (const [, , value] of bare.matchAll(SPOKEN)) yield value;
  const flat = withoutTranslated(bare.replace(/<(\/?\w+)(?:"[^"]*"|[^">])*>/g, '<$1>'));
  for (const [, text] of flat.matchAll(/>([^<]+)</g)) if (text.trim()) yield text.trim();
}

/** What is left when all that was translated is taken away, and what people or machines made up. */
function rest(text, names) {
  let t = withoutTranslated(unescapeHtml(text));
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
    const look = (html, where) => {
      for (const text of readIn(html)) {
        const left = rest(text, MADE_UP);
        if (left && !faults.has(left)) faults.set(left, where);
      }
    };
    for (const { pattern } of pageRoutes.filter((r) => r.method === 'GET' && !r.pattern.startsWith('/admin/help'))) {
      const answer = await b.request(`${concrete(pattern)}?lang=${LANG}`);
      if (answer.headers.get('content-type')?.startsWith('text/html')) look(answer.html, pattern);
    }
    assert.deepEqual([...faults].map(([text, where]) => `${where}: ${text}`), []);
    // What is wrong with a form: each is sent as it stands, with one field that cannot be.
    for (const [path, values] of [
      ['/admin/groups/.new', { name: '.x' }], ['/admin/groups/g/.edit', { 'max-clients': 'x', redirect: 'x' }],
      ['/admin/groups/g/.users/.new', { name: '' }], ['/admin/groups/g/.rename', { name: '..' }], ['/admin/groups/g/.delete', { name: 'x' }],
      ['/admin/groups/g/.tokens/', { from: 'x' }], ['/admin/accounts/.new', { login: '/' }],
      ['/admin/settings', { accent: 'x' }], ['/admin/settings/ice', { urls: 'x' }], ['/admin/csv/groups', { csv: 'name,max-clients\ng,x\n' }],
    ]) {
      const form = (await b.open(path)).form(path);
      for (const name of Object.keys(values)) assert.ok(form.fields.has(name), `${path} has no field ${name}, but: ${[...form.fields.keys()].join(' ')}`);
      const answer = await b.submit(form.fill(values));
      assert.equal(answer.status, 422, path);
      look(answer.html, `POST ${path}`);
    }
    assert.deepEqual([...faults].map(([text, where]) => `${where}: ${text}`), []);
  });
});
