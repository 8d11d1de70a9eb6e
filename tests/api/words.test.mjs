// Languages: the catalogues are whole, and the pages that the server makes are in the language that the browser, a cookie or the address asks for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LANGUAGES, fittingLanguage, t, tParts } from '../../static/js/page.js';
import { Browser } from '../lib/console.mjs';
import { startServer, top } from '../lib/server.mjs';
import { catalogueOf, cutSentences, faultsOf, languages, texts, textsOfHtml } from '../lib/words.mjs';

describe('catalogues', () => {
  const { uses, faults } = texts();
  it('are asked for texts that stand in the code, sentences as a whole', () => assert.deepEqual(faults, []));
  for (const lang of languages()) {
    it(`${lang}: every text, nothing else, with the values and plural forms it needs`, () => assert.deepEqual(faultsOf(lang, uses, false), []));
    it(`${lang}, what admin-cgi says: the same`, () => assert.deepEqual(faultsOf(lang, uses, true), []));
    for (const dir of ['', 'console']) {
      it(`${lang} ${dir}: in order, so that two people's changes seldom meet`, () => {
        const keys = Object.keys(catalogueOf(lang, dir));
        assert.deepEqual(keys, [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      });
    }
  }
  it('are those that the pages offer, under the same names', () => {
    assert.deepEqual(Object.keys(LANGUAGES).sort(), ['en', ...languages()].sort());
    for (const lang of languages()) assert.equal(catalogueOf(lang)['@name'], LANGUAGES[lang]);
  });
});

describe('a sentence with elements in it', () => {
  const wholes = [
    ['<p>You are <b>{{name}}</b>, <a href="x">see  there</a>.</p>', ['You are <1>{name}</1>, <2>see there</2>.']],
    ['<p>Write <strong><code>x</code></strong> again</p>', ['Write <1><2>x</2></1> again']],
    ['<p><b>Groups</b> <i>Go</i></p>', ['Groups', 'Go']],
    ['<p>At <time title="Now">{{t}}</time>.</p>', ['At <1>{t}</1>.', 'Now']],
    ['<p>{{name}} <span class="badge">Ended</span> Call</p>', ['{name}', 'Ended', 'Call']],
    ['<p>Made {{#x}}by <b>{{x}}</b>{{/x}}</p>', ['Made', 'by <1>{x}</1>']],
  ];
  for (const [html, want] of wholes) it(`of ${html} is one text`, () => assert.deepEqual([...textsOfHtml(html)].map(([text]) => text), want));
  const cuts = [
    ['<p>Made {{#x}}by <b>{{x}}</b>{{/x}}</p>', 1], ['<p>{{a}}{{#b}}, since yesterday{{/b}}</p>', 1], ['<p>As it was <b>{{#b}}then{{/b}}</b></p>', 1],
    ['<p>Made by {{#x}}{{x}}{{/x}}</p>', 1], ['<p>{{#a}}Made by {{a}}.{{/a}}{{^a}}made{{/a}} <b>Now.</b> It is.</p>', 0],
    ['<p>{{a}} <span class="badge">on</span></p>', 0], ['<p>Made <b>{{x}}</b> here</p>', 0],
  ];
  for (const [html, n] of cuts) it(`of ${html} is${n ? '' : ' not'} cut`, () => assert.equal([...cutSentences(html)].length, n));
});

describe('t()', () => {
  const cases = [
    [t('You are muted.'), 'You are muted.'],
    [t('{name} has joined.', { name: 'Ada' }), 'Ada has joined.'],
    [t('{n} people', { n: 1 }, '{n} person'), '1 person'],
    [t('{n} people', { n: 2 }, '{n} person'), '2 people'],
    [t('{name} and {other}', { name: '{other}', other: 'Bo' }), '{other} and Bo'],
    [t('Send|amount'), 'Send'],
    [t('{a} of {b}', { a: 1 }), '1 of {b}'],
    [t('{constructor}', {}), '{constructor}'],
    [t('toString'), 'toString'],
    [t('{name} is here', { name: 'آدا' }), '\u2068آدا\u2069 is here'],
  ];
  for (const [got, want] of cases) it(want, () => assert.equal(got, want));
  it('keeps elements apart', () => assert.deepEqual(tParts('{name} has {n} of {all}', { name: 'Ada', n: 2 }), ['Ada', ' has ', '2', ' of ', '{all}']));
  const wanted = [[['de-AT', 'en'], 'de'], [['sv', 'fr-CA'], 'fr'], [['zh-Hant-TW'], 'zh'], [['sv'], 'en'], [[], 'en'], [['EN-gb', 'de'], 'en'], [['constructor'], 'en']];
  for (const [list, lang] of wanted) it(`of ${list} takes ${lang}`, () => assert.equal(fittingLanguage(list), lang));
});

describe('pages that the server makes', () => {
  let s;
  const langOf = (html) => /<html lang="([^"]*)" dir="([^"]*)">/.exec(html)?.slice(1).join(' ');
  after(() => s?.stop());
  before(async () => {
    s = await startServer({ groups: { lobby: { public: true, displayName: 'Lobby' }, far: { public: true, redirect: 'https://example.org/' } } });
  });

  const asked = [
    ['nothing', {}, '/', 'en ltr', 'Public groups'],
    ['Accept-Language', { 'accept-language': 'sv, de-AT;q=0.8, fr;q=0.5' }, '/', 'de ltr', 'Öffentliche Gruppen'],
    ['a cookie, before Accept-Language', { 'accept-language': 'de', cookie: 'a=b; lang=fr' }, '/', 'fr ltr', 'Groupes publics'],
    ['?lang=, before the cookie', { cookie: 'lang=fr' }, '/?lang=ar', 'ar rtl', 'المجموعات العامة'],
    ['a language that we do not have', { cookie: 'lang=tlh', 'accept-language': 'es' }, '/?lang=tlh', 'es ltr', 'Grupos públicos'],
    ['two at once', { 'accept-language': 'zh' }, '/?lang=de&lang=fr', 'zh ltr', '公开群组'],
    ['markup', { cookie: 'lang="><script>' }, '/?lang=%22%3E%3Cscript%3E', 'en ltr', 'Public groups'],
  ];
  for (const [what, headers, path, lang, says] of asked) {
    it(`the landing page by ${what}`, async () => {
      const r = await s.get(path, { headers });
      const html = await r.text();
      assert.equal(r.status, 200);
      assert.equal(langOf(html), lang);
      assert.ok(html.includes(`>${says}<`), html);
      assert.match(r.headers.get('vary') ?? '', /Accept-Language.*Cookie/);
      assert.equal(r.headers.get('content-language'), lang.split(' ')[0]);
      assert.match(html, /<a href="\/\?lang=de" hreflang="de" lang="de"/);
    });
  }

  it('where one signs in, the other languages are those of the same page', async () => {
    const html = await (await s.get('/admin/login?next=%2Fadmin%2Flive&lang=de')).text();
    assert.equal(langOf(html), 'de ltr');
    assert.ok(html.includes('<a href="/admin/login?next=%2Fadmin%2Flive&amp;lang=fr" hreflang="fr"'), html);
  });

  it('?lang= is remembered for all pages, where scripts read it too', async () => {
    assert.match((await s.get('/?lang=es')).headers.get('set-cookie') ?? '', /^lang=es; Path=\/; SameSite=Lax; Max-Age=\d+; Secure(, |$)/);
    assert.equal((await s.get('/', { headers: { 'accept-language': 'es' } })).headers.get('set-cookie')?.includes('lang=') ?? false, false);
  });

  it('no text of the landing page is left in English', async () => {
    const html = await (await s.get('/?lang=ar')).text();
    const visible = html.replace(/<[^>]*>/g, '\n').replace(/Nereid|Lobby|far|English|Deutsch|Español|Français/g, '');
    assert.doesNotMatch(visible, /[A-Za-z]{3}/);
    for (const [, label] of html.matchAll(/(?:aria-label|placeholder|title)="([^"]*)"/g)) assert.doesNotMatch(label, /[A-Za-z]{3}/);
  });

  const SHAPES = { de: /\d\d\.\d\d\.\d{4}, \d\d:\d\d UTC/, fr: /\d{1,2} \p{L}+\.? \d{4} à \d\d:\d\d UTC/u, es: /\d{1,2} \p{L}+ \d{4}, \d\d:\d\d UTC/u,
    ar: /\d{1,2} \p{L}+ \d{4}، \d\d:\d\d UTC/u, zh: /\d{4}年\d{1,2}月\d{1,2}日 \d\d:\d\d UTC/u, en: /\d{4}-\d\d-\d\d \d\d:\d\d UTC/ };
  for (const [lang, shape] of Object.entries(SHAPES)) {
    it(`times of the console are written as in ${lang}, for programs as ever`, async () => {
      const b = new Browser(s);
      await b.signIn();
      const { html } = await b.open(`/admin/audit?lang=${lang}`);
      const times = [...html.matchAll(/<time datetime="([^"]*)" title="([^"]*)"/g)];
      assert.ok(times.length > 0, html);
      for (const [, iso, title] of times) {
        assert.match(iso, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.match(title, shape);
      }
      assert.match((await b.open('/admin/audit.csv')).html, /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/, 'exports have no language');
    });
  }

  it('manuals say in the reader\'s language that they are in English', async () => {
    for (const [lang, says] of [['de', 'Die Handbücher sind auf Englisch.'], ['zh', '手册为英文。'], ['en', undefined]]) {
      const html = await (await s.get(`/admin/help/?lang=${lang}`)).text();
      assert.match(html, /<article lang="en" dir="ltr">/);
      assert.equal(/<p class="message">([^<]*)</.exec(html)?.[1], says);
    }
  });

  it('a sentence with elements in it has them where the language wants them', async () => {
    const html = await (await s.get('/admin/login?lang=de')).text();
    assert.ok(html.includes('ein Benutzer mit der Berechtigung <em>admin</em> sind, melden Sie sich hier an'), html);
    assert.doesNotMatch(html, /&lt;\/?\d&gt;|<\/?\d>/);
  });

  it('mistakes and missing pages', async () => {
    const headers = { 'accept-language': 'de' };
    const pages = [['/join?group=', 'Schreiben Sie den Namen einer Gruppe.'], ['/join?group=nobody', 'Es gibt keine Gruppe dieses Namens.'],
      ['/join?group=.x', 'Das kann nicht der Name einer Gruppe sein: kein Teil eines Namens beginnt mit einem Punkt.'], ['/nothing', 'hier ist nichts']];
    for (const [path, says] of pages) {
      const html = await (await s.get(path, { headers })).text();
      assert.equal(langOf(html), 'de ltr', path);
      assert.ok(html.includes(says), `${path}\n${html}`);
    }
  });

  it('catalogues are served compressed', async () => {
    const r = await s.get('/locale/de.json', { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(r.headers.get('content-encoding'), 'gzip');
    assert.deepEqual(await r.json(), JSON.parse(readFileSync(join(top, 'static/locale/de.json'), 'utf8')));
  });
});
