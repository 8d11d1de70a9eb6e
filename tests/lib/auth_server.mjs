// A small authorisation server, as docs/AUTHORISATION.md describes it: it checks a name and a password in a
// way of its own and hands out signed tokens that a group accepts. Needs Node and nothing else.
//
//   node auth_server.mjs SETTINGS.json      (see readSettings at the end)
//
// Two ways in:
//   authServer  POST /token {location, username, password}: 200 application/jwt, 204 "not mine, use the group's
//               password", 401. It is called by the page in the browser, from the video server's origin.
//   authPortal  GET /portal?location=URL: a form; after it the browser goes back to URL?token=TOKEN.
import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import http from 'node:http';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const LIFETIME_S = 30;
const BODY_MAX = 64 * 1024;

/** A new key to sign with, as a JSON Web Key. */
export function newKey(alg, kid) {
  if (alg === 'HS256') return { kty: 'oct', alg, kid, k: randomBytes(32).toString('base64url') };
  if (alg !== 'ES256') throw new Error(`no key for ${alg}`);
  return { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), alg, kid };
}

/** What the group's file gets in `authKeys`: without the private part where there is one. */
export function verificationKey({ d, ...key }) { return key; }

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed token (compact JWS) with these claims. */
export function signToken(key, claims) {
  const text = `${part({ alg: key.alg, typ: 'JWT', ...(key.kid && { kid: key.kid }) })}.${part(claims)}`;
  const signature = key.alg === 'HS256'
    ? createHmac('sha256', Buffer.from(key.k, 'base64url')).update(text).digest()
    : sign('sha256', Buffer.from(text), { key: createPrivateKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

async function readBody(request) {
  const parts = [];
  let size = 0;
  for await (const p of request) {
    size += p.length;
    if (size > BODY_MAX) throw new Error('too large');
    parts.push(p);
  }
  return Buffer.concat(parts).toString();
}

const escaped = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const form = (location, message) => `<!DOCTYPE html><html lang="en"><title>Sign in</title><p>${escaped(message)}</p>
<form method="post" action="/portal"><input type="hidden" name="location" value="${escaped(location)}">
<label>Name <input name="username" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form></html>\n`;

/** The authorisation server: an http.Server; put it behind TLS unless it is for this machine alone. */
export class AuthServer {
  /**
   * @param {object} o
   * @param {string} o.base the video server, e.g. https://video.example.org; tokens are made for its groups alone
   * @param {object} o.key as of newKey()
   * @param {(username: string, password: string, group: string) => Promise<object|null|undefined>} o.check
   *   the place for LDAP, OAuth2, a database: resolves to more claims ({permissions: 'present'}) for the right
   *   password, to null for a wrong one, to undefined for somebody whom this server does not know
   * @param {number} [o.lifetimeS]
   */
  constructor({ base, key, check, lifetimeS = LIFETIME_S }) {
    this.base = new URL(base);
    this.key = key;
    this.check = check;
    this.lifetimeS = lifetimeS;
    this.server = http.createServer((request, response) => {
      this.handle(request, response).catch(() => {
        if (!response.headersSent) response.writeHead(400);
        response.end();
      });
    });
  }

  /** The group that a page belongs to, or throws: nobody gets a token for another server. */
  groupOf(location) {
    const url = new URL(location);
    const prefix = `${this.base.pathname.replace(/\/$/, '')}/group/`;
    if (url.origin !== this.base.origin || !url.pathname.startsWith(prefix) || !url.pathname.endsWith('/')) {
      throw new Error('not a group of our server');
    }
    return { url, name: decodeURIComponent(url.pathname.slice(prefix.length, -1)) };
  }

  /** A token for the group at `location`; null: refused; undefined: unknown here. */
  async tokenFor(location, username, password) {
    const { url, name } = this.groupOf(location);
    const claims = await this.check(username, password, name);
    if (!claims) return claims;
    const now = Math.floor(Date.now() / 1000);
    return signToken(this.key, {
      sub: username, aud: url.origin + url.pathname, iss: 'auth-server', iat: now, exp: now + this.lifetimeS, ...claims,
    });
  }

  async handle(request, response) {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const route = `${request.method} ${pathname}`;
    // The page that asks comes from the video server, so its browser asks us first whether it may.
    if (pathname === '/token' && request.headers.origin === this.base.origin) {
      response.setHeader('Access-Control-Allow-Origin', this.base.origin);
      response.setHeader('Access-Control-Allow-Headers', 'Content-Type');
      response.setHeader('Access-Control-Allow-Methods', 'POST');
      response.setHeader('Vary', 'Origin');
    }
    response.setHeader('Cache-Control', 'no-store');
    if (route === 'OPTIONS /token') response.writeHead(204).end();
    else if (route === 'POST /token') await this.answerToken(request, response);
    else if (route === 'GET /portal') this.showForm(response, 200, searchParams.get('location') ?? '', '');
    else if (route === 'POST /portal') await this.answerPortal(request, response);
    else response.writeHead(404).end();
  }

  async answerToken(request, response) {
    const { location, username, password } = JSON.parse(await readBody(request));
    const token = await this.tokenFor(location, String(username ?? ''), String(password ?? ''));
    if (token === undefined) response.writeHead(204).end();
    else if (token === null) response.writeHead(401).end();
    else response.writeHead(200, { 'Content-Type': 'application/jwt' }).end(token);
  }

  showForm(response, status, location, message) {
    this.groupOf(location);
    response.writeHead(status, {
      'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    }).end(form(location, message));
  }

  async answerPortal(request, response) {
    const fields = new URLSearchParams(await readBody(request));
    const location = fields.get('location') ?? '';
    const token = await this.tokenFor(location, fields.get('username') ?? '', fields.get('password') ?? '');
    if (!token) {
      this.showForm(response, 401, location, 'Wrong name or password.');
      return;
    }
    const { url } = this.groupOf(location);
    response.writeHead(303, { Location: `${url.origin}${url.pathname}?token=${token}` }).end();
  }

  /** Listens on loopback; resolves to the base URL. */
  listen(port = 0) {
    return new Promise((ok, fail) => {
      this.server.once('error', fail).listen(port, '127.0.0.1', () => {
        ok(`http://localhost:${/** @type {import('node:net').AddressInfo} */ (this.server.address()).port}`);
      });
    });
  }

  close() { return new Promise((ok) => { this.server.close(ok); this.server.closeAllConnections(); }); }
}

/** The simplest check: names, passwords and claims in a table {name: {password, ...claims}}. */
export function checkTable(users) {
  return async (username, password) => {
    if (!Object.hasOwn(users, username)) return undefined;
    const { password: right, ...claims } = users[username];
    return password === right ? claims : null;
  };
}

/** {"base": URL, "port": 1234, "key": JWK, "users": {NAME: {"password": TEXT, "permissions": "present"}}} */
function readSettings(file) {
  const { users, ...settings } = JSON.parse(readFileSync(file, 'utf8'));
  return { ...settings, check: checkTable(users) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const settings = readSettings(process.argv[2]);
  console.log(`ready: ${await new AuthServer(settings).listen(settings.port)}`);
}
