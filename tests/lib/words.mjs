// Which texts people read, and what the catalogues make of them. By itself it says what a language lacks:
//   tests/node_modules/.bin/node tests/lib/words.mjs de
//   tests/node_modules/.bin/node tests/lib/words.mjs de --console
// What browsers look up stands in static/locale/LANG.json, what admin-cgi alone looks up in static/locale/console/LANG.json.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const LOCALE = join(top, 'static/locale');
/** Attributes that people hear or see. */
export const ATTRIBUTES = ['aria-label', 'placeholder', 'title', 'alt', 'data-copied', 'data-label', 'data-nothing', 'data-off', 'data-pause', 'data-results', 'data-words'];
/** Words that are the same everywhere, or no words at all. */
const NO_WORDS = /^[^\p{L}]*$|^(Nereid|REC|bit\/s|\{".*\})$/u;

/** `isCounted`: the number {n} decides its form. `isConsole`: no browser looks it up. @typedef {{where: string, isCounted: boolean, isConsole: boolean}} Use */

const filesOf = (dir, end) => readdirSync(join(top, dir), { recursive: true })
  .map(String).filter((f) => f.endsWith(end) && !f.includes('node_modules')).map((f) => join(dir, f)).sort();

const read = (file) => readFileSync(join(top, file), 'utf8');
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0' };
const decode = (s) => s.replace(/&(\w+);/g, (all, name) => ENTITIES[name] ?? all);

const LITERAL = /^(?:'((?:[^'\\]|\\.)*)'|`([^`\\$]*)`)/;
const unquote = (m) => (m[1] ?? m[2]).replace(/\\(.)/g, '$1');

/**
 * The arguments of a call.
 * @param {string} code
 * @param {number} from behind the opening parenthesis
 */
function argumentsAt(code, from) {
  const found = [];
  let depth = 0;
  let start = from;
  for (let i = from; i < code.length; i += 1) {
    const c = code[i];
    if (c === "'" || c === '"' || c === '`') {
      for (i += 1; i < code.length && code[i] !== c; i += 1) if (code[i] === '\\') i += 1;
    } else if ('([{'.includes(c)) {
      depth += 1;
    } else if (')]}'.includes(c) || (c === ',' && depth === 0)) {
      if (c !== ',' && depth > 0) {
        depth -= 1;
        continue;
      }
      if (code.slice(start, i).trim()) found.push(code.slice(start, i).trim());
      start = i + 1;
      if (c !== ',') break;
    }
  }
  return found;
}

/** Calls of `t` and `tParts`: [text, line]; what is no literal is a fault. */
function* callsIn(file, faults) {
  const code = read(file).replace(/^\s*(?:\/\*[^]*?\*\/|\/\/.*$)/gm, (comment) => comment.replace(/[^\n]/g, ' '));
  // What other programs say is a list: it is looked up as it comes.
  for (const m of code.matchAll(/const SAID = \[/g)) {
    for (const text of argumentsAt(code, m.index + m[0].length)) yield [unquote(LITERAL.exec(text)), code.slice(0, m.index).split('\n').length];
  }
  for (const m of code.matchAll(/(?<!function )(?<![\w$])(?<!(?<!\.\.)\.)(?:t|tParts)\(/g)) {
    const [text] = argumentsAt(code, m.index + m[0].length);
    const line = code.slice(0, m.index).split('\n').length;
    const whole = LITERAL.exec(text ?? '');
    const choices = [...(text ?? '').matchAll(/[?:]\s*(?='|`)/g)].map((c) => LITERAL.exec(text.slice(c.index + c[0].length)));
    if (whole && whole[0].length === text.length) yield [unquote(whole), line];
    else if (choices.length > 1 && choices.every(Boolean)) for (const c of choices) yield [unquote(c), line];
    else faults.push(`${file}:${line}: t() takes a text as it stands in the catalogues, not ${text}`);
  }
}

/** Elements that stand within a sentence, as admin-cgi/view/template_words.c knows them. */
const INLINE = new Set(['a', 'abbr', 'b', 'bdi', 'code', 'em', 'i', 'kbd', 'q', 'samp', 'small', 'span', 'strong', 'time']);
const MARKERS_MAX = 9;
const TOKEN = /<(?:"[^"]*"|[^">])*>|(?:(?!\{\{[#^/>!])[^<])+|\{\{[#^/>!][^}]*\}\}/g;
const isSection = (token) => /^\{\{[#^/>!]/.test(token);
/** Those hold a text of their own, wherever they stand. */
const ITS_OWN = / data-context=| class="(?:badge|button|dot|help|muted)/;
const isInline = (token) => INLINE.has(/^<\/?(\w+)/.exec(token)?.[1] ?? '') && !ITS_OWN.test(token);
const hasLetters = (text) => /[A-Za-z]/.test(text.replace(/\{\{[^}]*\}\}|&\w+;/g, ''));

/**
 * The sentence with elements in it that begins here: what stands up to an element that is none of a sentence's, or to a section, if
 * there are words outside of its elements.
 * @param {string[]} tokens
 * @param {number} from
 * @returns {{text: string, end: number}|undefined}
 */
function sentenceAt(tokens, from) {
  const open = [];
  let text = '';
  let count = 0;
  let hasWords = false;
  let i = from;
  for (; i < tokens.length && !isSection(tokens[i]); i += 1) {
    const token = tokens[i];
    const isEnd = token.startsWith('</');
    if (!token.startsWith('<')) {
      hasWords ||= open.length === 0 && hasLetters(token);
      text += token;
    } else if (!isInline(token) || (isEnd ? open.length === 0 : count === MARKERS_MAX)) {
      break;
    } else if (isEnd) {
      text += `</${open.pop()}>`;
    } else {
      count += 1;
      open.push(count);
      text += `<${count}>`;
    }
  }
  return open.length === 0 && count > 0 && hasWords ? { text, end: i } : undefined;
}

/** Texts of HTML, as admin-cgi/view/template_words.c looks them up; static/js/page.js does so without elements in sentences. */
export function* textsOfHtml(html) {
  const clean = html.replace(/<!--[^]*?-->/g, (c) => c.replace(/[^\n]/g, ' '));
  const found = [...clean.matchAll(TOKEN)];
  const tokens = found.map((m) => m[0]);
  let context = '';
  let within = 0; // the tokens before this one are of a sentence
  for (const [i, token] of tokens.entries()) {
    const line = clean.slice(0, found[i].index).split('\n').length;
    const sentence = i < within ? undefined : sentenceAt(tokens, i);
    if (sentence) {
      yield [keyOf(sentence.text) + (context ? `|${context}` : ''), line];
      within = sentence.end;
    }
    if (token.startsWith('<')) {
      if (i >= within) context = /\sdata-context="([^"]*)"/.exec(token)?.[1] ?? '';
      for (const [, name, value] of token.matchAll(/\s([\w-]+)="([^"]*)"/g)) {
        if (ATTRIBUTES.includes(name)) yield [keyOf(value), line];
      }
    } else if (i >= within && !isSection(token) && token.trim()) {
      yield [keyOf(token) + (context ? `|${context}` : ''), line];
    }
  }
}

/** Between these and what follows there is no sentence. */
const APART = /\sclass="(?:[^"]*\s)?(?:badge|button|dot|help|muted|small-text|visually-hidden|stat-value|stat-label|field-error|brand-mark)[\s"]/;

/**
 * Where a template's sentence is cut, so that its pieces would be translated one by one: behind a value, an element or a section its
 * words go on in small letters, or a value stands behind words that end nowhere.
 * @param {string} html
 * @returns {Generator<[string, number]>} the pieces, and their line
 */
export function* cutSentences(html) {
  const clean = html.replace(/<!--[^]*?-->/g, (c) => c.replace(/[^\n]/g, ' '));
  const found = [...clean.matchAll(TOKEN)];
  const tokens = found.map((m) => m[0]);
  let before = ''; // what the paragraph said last
  let isApart = false;
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    const { text: sentence = '', end = 0 } = sentenceAt(tokens, i) ?? {};
    if (!sentence && token.startsWith('<')) {
      if (isApart || !isInline(token) || APART.test(token)) before = '';
      isApart = APART.test(token);
      continue;
    }
    if (!sentence && isSection(token)) {
      if (/^\{\{[\^>]/.test(token)) before = ''; // what it stands instead of
      continue;
    }
    const text = (sentence || token).replace(/<\/?\d>/g, '').replace(/\s+/g, ' ');
    const line = clean.slice(0, found[i].index).split('\n').length;
    if (sentence) i = end - 1;
    if (!text.trim()) continue;
    const goesOn = /^ ?[,;]? ?[a-z]/.test(text) || (/^ ?\{\{/.test(text) && !/[,;.?!:…·(–+→] ?$/.test(before));
    if (before && goesOn && (hasLetters(before) || hasLetters(text)) && !/[.?!…] ?$/.test(before)) yield [`${before}|${text}`.trim(), line];
    before = text;
  }
}

const keyOf = (text) => decode(text.trim().replace(/\s+/g, ' ').replace(/\{\{|\}\}/g, (b) => b[0]));

/** Functions of C that look a text up, or take one that is looked up where it is shown: which of their arguments it is. */
const SAYING = {
  TEXT: 0, say: 1, say_with: 1, say_count: 1,
  page_new: 3, page_done: 4, group_view_page: 5, form_view_problem: 2, fail: 4,
  form_view_refused: 2, field_problem: 2, csv_table_problem: 3, csv_table_refused: 3, found: [2, 3], settings_page: 3, backup_form_check_scope: 2,
  group_view_answer: 7, ask: 4, key_view_page: 4, ROW_OF_TEXT: [3, 4], ROW_OF_NUMBER: [2, 3], ROW_OF_FLAG: [2, 3], LOOK: [2, 3], LINK: [1, 2],
};
/** Messages of these are shown on pages; they are looked up with their values in them, {1} for the first. */
const SHOWN_ERRORS = new RegExp(`/(${[
  /handlers\/(page|token|group|user|sign|second|codec|key|settings|live|limits)_\w+/, /(keys|site)\/\w+/,
  /store\/store_(account|app_password|batch|file|file_sync|group|member|rename|server_file|session|setting|setup|sign_in_link|totp|user|version)/,
  /session|csrf|form|kept_form|password_policy|multipart/, /recordings\/recording_(beside|trash|remark|move)/, /backup\/(backup_place|upload)/, /jobs\/job/,
  /group_name|group_field|group_desc\w*|json_fields|json_scan|jwt_keys|password|permissions|token_jwt|token_store|token_store_write/,
].map((r) => r.source).join('|')})\\.c$`);
/** The functions that write such a message, and which argument it is. */
const REPORTING = { error_set: 3, json_fields_fail: 3, deny: 1, bad_field: 2 };

const withoutComments = (code) => code.replace(/"(?:[^"\\]|\\.)*"|\/\*[^]*?\*\/|\/\/.*$/gm, (part) => (part[0] === '"' ? part : part.replace(/[^\n]/g, ' ')));

/** Texts that an argument of C can be: literals that stand side by side are one; what is in parentheses is of other calls. */
function literalsOf(argument) {
  let flat = '';
  let depth = 0;
  for (const [part] of argument.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^]/g)) {
    if (part === '(') depth += 1;
    if (depth === 0) flat += part;
    if (part === ')') depth -= 1;
  }
  return [...flat.matchAll(/(?:"(?:[^"\\]|\\.)*"\s*)+/g)]
    .map(([run]) => [...run.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => JSON.parse(`"${m[1]}"`)).join(''));
}

const CONVERSION = /%(?:%|[-+#0]*\d*(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j)?[a-zA-Z])/g;
/** A format as a sentence of the catalogues: {1} for its first value; of one number alone it is {n}, which decides the plural form. */
function sentenceOf(format) {
  let n = 0;
  const values = format.match(CONVERSION)?.filter((c) => c !== '%%') ?? [];
  if (values.length === 1 && /[diu]$/.test(values[0])) return format.replace(values[0], '{n}').replace(/%%/g, '%');
  return format.replace(CONVERSION, (c) => (c === '%%' ? '%' : `{${n += 1}}`));
}

/** Texts of C that pages show. */
function* textsOfC(file) {
  const code = withoutComments(read(file)).replace(/" ?PRI[diu]64 ?"/g, 'lld').replace(/" PRI[diu]64/g, 'lld"');
  const lineOf = (m) => code.slice(0, m.index).split('\n').length;
  for (const m of code.matchAll(/\b(\w+)\(/g)) {
    const known = SHOWN_ERRORS.test(file) && Object.hasOwn(REPORTING, m[1]) ? REPORTING : SAYING;
    if (!Object.hasOwn(known, m[1])) continue;
    const which = known[m[1]];
    const found = argumentsAt(code, m.index + m[0].length);
    for (const i of [which].flat()) for (const text of literalsOf(found[i] ?? '')) yield [sentenceOf(text), lineOf(m)];
  }
  const patterns = [];
  if (file.endsWith('/audit_view.c')) patterns.push(/\{"[\w.-]+",\s*("[^"]+")\}/g);
  if (file.endsWith('/error.c')) patterns.push(/\[-ERR_\w+\] = \{"[^"]+", ("[^"]+")/g);
  if (file.endsWith('/http_status.c')) patterns.push(/\{[45]\d\d, ("[^"]+")/g);
  for (const pattern of patterns) {
    for (const m of code.matchAll(pattern)) yield [JSON.parse(m[1]).replace(/^!/, ''), lineOf(m)];
  }
}

/**
 * All texts, and where they are used.
 * @returns {{uses: Map<string, Use>, faults: string[]}}
 */
export function texts() {
  /** @type {Map<string, Use>} */
  const uses = new Map();
  const faults = [];
  let isConsole = false;
  const add = (text, where) => {
    if (NO_WORDS.test(text.replace(/\{\w+\}/g, '')) || uses.has(text)) return;
    uses.set(text, { where, isCounted: text.includes('{n}'), isConsole });
  };
  for (const file of [...filesOf('static/js', '.js'), 'static/protocol.js']) {
    for (const [text, line] of callsIn(file, faults)) add(text, `${file}:${line}`);
  }
  const addHtml = (file) => {
    for (const [text, line] of textsOfHtml(read(file))) add(text, `${file}:${line}`);
    for (const [pieces, line] of cutSentences(read(file))) faults.push(`${file}:${line}: a sentence is cut where “|” stands: “${pieces}”`);
  };
  filesOf('static', '.html').forEach(addHtml);
  // static/js/page.js translates text by text.
  for (const [text, { where }] of uses) if (/<1>/.test(text)) faults.push(`${where}: an element within a sentence: “${text}”`);
  isConsole = true;
  filesOf('templates', '.mustache').forEach(addHtml);
  for (const file of [...filesOf('admin-cgi', '.c'), ...filesOf('common', '.c'), ...filesOf('network', '.c')]) {
    for (const [text, line] of textsOfC(file)) add(text, `${file}:${line}`);
  }
  return { uses, faults };
}

/** Tags of the languages that have a catalogue. */
export const languages = () => readdirSync(LOCALE).filter((f) => f.endsWith('.json')).map((f) => f.slice(0, -5)).sort();
export const catalogueOf = (lang, dir = '') => JSON.parse(readFileSync(join(LOCALE, dir, `${lang}.json`), 'utf8'));

const places = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ');
/** The elements of a sentence, each with the one that it lies in; undefined: they do not fit one another. */
function markers(text) {
  const open = [];
  const found = [];
  for (const [, end, number] of text.matchAll(/<(\/?)([1-9])>/g)) {
    if (end ? open.pop() !== number : found.some((f) => f[0] === number)) return undefined;
    if (end) continue;
    found.push(`${number} in ${open.at(-1) ?? 'none'}`);
    open.push(number);
  }
  return open.length ? undefined : found.sort().join(', ');
}
/** How a sentence ends, in whatever script. */
const ending = (text) => ({ '。': '.', '？': '?', '؟': '?', '！': '!', '：': ':' })[text.at(-1)] ?? (/[.?!:…]$/.test(text) ? text.at(-1) : '');

/**
 * What is wrong with a catalogue, line by line.
 * @param {string} lang
 * @param {Map<string, Use>} uses
 * @param {boolean} isConsole of the two of the language, that of the console
 */
export function faultsOf(lang, uses, isConsole) {
  const catalogue = catalogueOf(lang, isConsole ? 'console' : '');
  const categories = new Intl.PluralRules(lang).resolvedOptions().pluralCategories.slice().sort().join(' ');
  const faults = [];
  for (const [text, { where, isCounted, isConsole: isHere }] of uses) {
    if (isHere !== isConsole) continue;
    const said = catalogue[text];
    if (said === undefined) {
      faults.push(`missing: “${text}” (${where})`);
      continue;
    }
    if (isCounted !== (typeof said === 'object')) faults.push(`“${text}” ${isCounted ? 'needs' : 'has no use for'} plural forms (${where})`);
    if (typeof said === 'object' && Object.keys(said).sort().join(' ') !== categories) faults.push(`“${text}” needs the forms ${categories}`);
    for (const [form, s] of typeof said === 'object' ? Object.entries(said) : [['', said]]) {
      // One or two things may be words without a figure.
      const whole = places(s) === places(text) || (['zero', 'one', 'two'].includes(form) && places(`${s} {n}`) === places(text));
      if (!whole) faults.push(`“${text}” has ${places(text) || 'no values'}, “${s}” ${places(s) || 'none'}`);
      if (markers(s) === undefined || markers(s) !== markers(text)) faults.push(`the elements <1> … of “${s}” are not those of “${text}”`);
      if (s.trim() !== s || !s) faults.push(`“${s}” is empty, or has space around it`);
      if (ending(text.replace(/\|.*$/, '')) !== ending(s)) faults.push(`“${text}” and “${s}” end differently`);
    }
  }
  for (const key of Object.keys(catalogue)) {
    if (!key.startsWith('@') && uses.get(key)?.isConsole !== isConsole) faults.push(`not used${uses.has(key) ? ' here' : ''}: “${key}”`);
  }
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { uses, faults } = texts();
  const options = process.argv.slice(2);
  const lang = options.find((o) => !o.startsWith('-')) ?? 'de';
  const parts = options.includes('--console') ? [true] : [false, true];
  for (const line of [...faults, ...parts.flatMap((isConsole) => faultsOf(lang, uses, isConsole))]) console.log(line);
}
