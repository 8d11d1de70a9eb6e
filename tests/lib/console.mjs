// A person at the console without a browser: keeps cookies, follows redirects, fills in forms as they are on the page.
import assert from 'node:assert/strict';
import { eventually } from './server.mjs';

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };

/** Text of HTML: entities as characters. */
export function unescapeHtml(text) {
  return text.replace(/&(#?\w+);/g, (all, name) => entities[name] ??
    (name[0] === '#' ? String.fromCodePoint(Number(name[1] === 'x' ? `0${name.slice(1)}` : name.slice(1))) : all));
}

function attributes(tag) {
  const found = {};
  for (const [, name, , quoted] of tag.matchAll(/\s([\w:-]+)(="([^"]*)")?/g)) found[name] = unescapeHtml(quoted ?? '');
  return found;
}

/** A form of a page: what a browser would send when nothing is touched, ready to be changed. */
export class Form {
  constructor(tag, html) {
    const a = attributes(tag);
    this.action = a.action ?? '';
    this.method = (a.method ?? 'get').toUpperCase();
    this.fields = new URLSearchParams();
    for (const m of html.matchAll(/<input\b([^>]*)>|<textarea\b([^>]*)>\n?([^<]*)<\/textarea>|<select\b([^>]*)>([\s\S]*?)<\/select>/g)) {
      if (m[1] !== undefined) this.input(attributes(m[1]));
      else if (m[2] !== undefined) this.fields.append(attributes(m[2]).name, unescapeHtml(m[3]));
      else {
        const options = [...m[5].matchAll(/<option\b([^>]*)>/g)].map((o) => attributes(o[1]));
        this.fields.append(attributes(m[4]).name, (options.find((o) => 'selected' in o) ?? options[0])?.value ?? '');
      }
    }
  }

  input(a) {
    if (!a.name || a.type === 'submit') return;
    if ((a.type === 'checkbox' || a.type === 'radio') && !('checked' in a)) return;
    const value = a.value ?? (a.type === 'checkbox' ? 'on' : '');
    this.fields.append(a.name, a.type === 'text' ? value.replace(/[\r\n]/g, '') : value); // HTML 4.10.5.1.2: one line
  }

  /** Changes fields; null takes one out, as an empty check box. */
  fill(values) {
    for (const [name, value] of Object.entries(values)) {
      this.fields.delete(name);
      if (value !== null) for (const one of [value].flat()) this.fields.append(name, one);
    }
    return this;
  }
}

/** The page without what is hidden until a script shows it. */
function withoutHidden(html) {
  const start = /<template\b|<(\w+)\b[^>]* hidden(?=[ >])[^>]*>/.exec(html);
  if (!start) return html;
  let depth = 0;
  for (const tag of html.slice(start.index).matchAll(new RegExp(`<(/?)${start[1] ?? 'template'}\\b[^>]*>`, 'g'))) {
    depth += tag[1] ? -1 : 1;
    if (depth === 0) return html.slice(0, start.index) + withoutHidden(html.slice(start.index + tag.index + tag[0].length));
  }
  throw new Error(`not closed: ${start[0]}`);
}

const wordsOf = (html) => unescapeHtml(html.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ');

/** An answer with its text. */
export class Page {
  constructor(url, response, html) {
    this.url = url;
    this.path = url.replace(/^https:\/\/[^/]*/, '');
    this.status = response.status;
    this.headers = response.headers;
    this.html = html;
  }

  /** Words of the page, tags taken out. */
  get text() {
    return wordsOf(this.html);
  }

  /** Those that a person sees who has no scripts. */
  get shown() {
    return wordsOf(withoutHidden(this.html));
  }

  get title() { return unescapeHtml(/<title>([^<]*)<\/title>/.exec(this.html)?.[1] ?? ''); }

  forms() {
    return [...this.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map((m) => new Form(m[1], m[2]));
  }

  /** The form with this action. */
  form(action) {
    const found = this.forms().find((f) => f.action === action);
    assert.ok(found, `${this.path} (${this.status}) has no form for ${action}, but: ${this.forms().map((f) => f.action).join(' ')}\n${this.text.slice(0, 600)}`);
    return found;
  }
}

export class Browser {
  constructor(server) {
    this.server = server;
    this.cookies = new Map();
    this.lastForm = null;
  }

  keepCookies(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, pair.slice(name.length + 1));
    }
  }

  /** One request, redirects not followed. */
  async request(path, { method = 'GET', body, headers = {} } = {}) {
    const url = path.startsWith('https:') ? path : this.server.base + path;
    const response = await fetch(url, {
      method,
      body,
      redirect: 'manual',
      headers: {
        cookie: [...this.cookies].map(([n, v]) => `${n}=${v}`).join('; '),
        ...(method === 'POST' ? { origin: this.server.base } : {}),
        ...headers,
      },
    });
    this.keepCookies(response);
    return new Page(url, response, await response.text());
  }

  async follow(page) {
    let here = page;
    for (let i = 0; here.status === 303 && i < 5; i++) {
      here = await this.request(new URL(here.headers.get('location') ?? '', here.url).href);
    }
    return here;
  }

  /** Opens a path and follows redirects. */
  async open(path) { return this.follow(await this.request(path)); }

  /** Sends a form, without following where it leads. */
  send(form, headers = {}) {
    return this.request(form.action, { method: form.method, body: form.fields, headers });
  }

  /** Sends a form and goes where it leads. */
  async submit(form) { return this.follow(await this.send(form)); }

  async signIn(name = 'root', password = 'rootpw', group = '') {
    const login = await this.open('/admin/login');
    return this.submit(login.form('/admin/login').fill({ name, password, group }));
  }
}

/** Somebody who has just signed in, as the administrator of startServer() unless said otherwise. @param {string[]} who as for Browser.signIn() */
export async function signedInAt(server, ...who) {
  const b = new Browser(server);
  await b.signIn(...who);
  return b;
}

/** Fills in the form of a page and sends it, on whose path both are. @param {Browser} b @param {string} path @param {Record<string, unknown>} values */
export const saveAt = async (b, path, values) => b.submit((await b.open(path)).form(path).fill(values));

/** The link that a page shows, to sign in with once: its path. */
export const linkOf = (page) => new URL(unescapeHtml(/<span class="mono wrap" id="link">([^<]*)</.exec(page.html)?.[1] ?? '')).href.replace(/^https:\/\/[^/]*/, '');

/**
 * Makes an account and lets its person in by the link.
 * @param {Browser} root @param {Record<string, string>} fields of the form
 * @returns the person's browser, the page with the link, and the first page after it
 */
export async function makeAccount(root, fields, password) {
  const made = await root.submit((await root.open('/admin/accounts/.new')).form('/admin/accounts/.new').fill(fields));
  const person = new Browser(root.server);
  const asked = await person.open(linkOf(made));
  const page = await person.submit(asked.form('/admin/sign-in-link').fill({ new: password, repeat: password }));
  return { person, made, page };
}

/** The fields of the page of backups that go along with a file. @param {Browser} browser @returns {Promise<Record<string, string>>} */
export const uploadFields = async (browser) => Object.fromEntries((await browser.open('/admin/backup')).form('/admin/backup/.upload').fill({ file: null }).fields);

/**
 * Sends a file to the page of backups, without following where it leads.
 * @param {Browser} browser @param {Buffer} bytes
 * @param {Record<string, string>} [fields] that go along, and before it; default those of the page
 */
export async function sendFile(browser, bytes, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields ?? await uploadFields(browser))) body.append(name, value);
  body.append('file', new Blob([bytes]), 'file.tar.gz');
  return browser.request('/admin/backup/.upload', { method: 'POST', body });
}

/** Waits for a job's end; its page. @param {Browser} browser @param {string} path of the job's page */
export const finishedJob = (browser, path) => eventually(async () => {
  const now = await browser.open(path);
  assert.deepEqual([now.status, now.path], [200, path]);
  assert.ok(!now.html.includes('<progress'), now.text);
  return now;
}, 60000);
