// Real reverse proxies, configured as docs/PROXY.md says: its examples, with ports and places put in.
import { spawn, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, top } from './server.mjs';

const manual = readFileSync(join(top, 'docs/PROXY.md'), 'utf8');
const MODULES = '/usr/lib/apache2/modules';

/** The example of that name in docs/PROXY.md. */
export function example(name) {
  const text = new RegExp(`^\`\`\`${name}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(manual)?.[1];
  if (!text) throw new Error(`docs/PROXY.md has no example called ${name}`);
  return text;
}

const nginxAround = (dir, site) => `daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log; events {}
http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((k) => `${k}_temp_path ${dir}/${k};`).join(' ')}
${site} }`;

/** How each is set up around its example, and started. */
const proxies = {
  nginx: {
    wrap: nginxAround,
    run: (dir, file) => ['nginx', ['-p', dir, '-c', file, '-e', join(dir, 'error.log')]],
  },
  apache: {
    wrap: (dir, site) => `ServerRoot ${dir}
${['mpm_event', 'authz_core', 'ssl', 'headers', 'socache_shmcb', 'proxy', 'proxy_http', 'proxy_wstunnel'].map((m) => `LoadModule ${m}_module ${MODULES}/mod_${m}.so`).join('\n')}
PidFile ${dir}/pid
ErrorLog ${dir}/error.log
DefaultRuntimeDir ${dir}
ServerName localhost
Listen 127.0.0.1:443
${site}`,
    run: (_, file) => ['apache2', ['-X', '-f', file]],
  },
  caddy: {
    // Nothing of it may look for a certificate outside, or write outside.
    wrap: (dir, site) => `{
    admin off
    auto_https off
}
${site.replace('localhost {', `https://localhost:443 {\n    bind 127.0.0.1\n    tls ${dir}/meet.pem ${dir}/meet.key`)}`,
    run: (dir, file) => ['caddy', ['run', '--adapter', 'caddyfile', '--config', file], { HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir }],
  },
  haproxy: {
    wrap: (_, site) => `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
${site}`,
    run: (_, file) => ['haproxy', ['-db', '-f', file]],
  },
};

export const proxyNames = Object.keys(proxies);

/**
 * Starts a proxy of docs/PROXY.md on a free port; it ends with the test.
 * @param {{after: (f: () => unknown) => void}} t
 * @param {string} name one of proxyNames
 * @param {{http: number, edit?: (site: string) => string}} options port of plain HTTP; a change of the example
 * @returns {Promise<{port: number, base: string}>}
 */
export async function proxyFor(t, name, { http, edit = (site) => site }) {
  const dir = mkdtempSync(join(tmpdir(), `nereid-${name}-`));
  const { wrap, run } = proxies[name];
  const port = await freePort();
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(dir, 'meet.key'), '-out', join(dir, 'meet.pem')], { stdio: 'ignore' });
  writeFileSync(join(dir, 'both.pem'), readFileSync(join(dir, 'meet.pem'), 'utf8') + readFileSync(join(dir, 'meet.key'), 'utf8'));
  mkdirSync(join(dir, 'logs'));
  const text = wrap(dir, edit(example(name).replaceAll('meet.example.org', 'localhost')))
    .replaceAll('/etc/ssl/', `${dir}/`).replaceAll('/etc/haproxy/meet.pem', `${dir}/both.pem`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${http}`)
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`).replace('*:443', `127.0.0.1:${port}`).replace('bind :443', `bind 127.0.0.1:${port}`)
    .replaceAll(/localhost:443\b/g, `localhost:${port}`).replaceAll(/127\.0\.0\.1:443\b/g, `127.0.0.1:${port}`);
  const file = join(dir, 'proxy.conf');
  writeFileSync(file, text);
  const [program, args, env = {}] = run(dir, file);
  const child = spawn(program, args, { env: { ...process.env, ...env, PATH: `${process.env.PATH}:/usr/sbin` }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let ended = false;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { said += d; });
  const exited = new Promise((ok) => { child.once('close', () => { ended = true; ok(undefined); }); });
  child.once('error', (e) => { said += e; ended = true; });
  t.after(async () => {
    if (!ended) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(timer);
    }
    rmSync(dir, { recursive: true, force: true });
  });
  await eventually(() => new Promise((ok, fail) => {
    if (ended) fail(new Error(`${name} ended: ${said}\n${text}`));
    const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); ok(undefined); }).once('error', (e) => fail(new Error(`${name}: ${e.message} ${said}`)));
  }));
  return { port, base: `https://localhost:${port}` };
}

/** As fetch(), from an address of this machine and without following redirects. */
export function fetchFrom(localAddress, url, { method = 'GET', headers = {}, body = undefined } = {}) {
  return new Promise((ok, fail) => {
    const { port, pathname, search } = new URL(url);
    const data = body === undefined ? undefined : String(body);
    const request = https.request({
      host: '127.0.0.1', servername: 'localhost', port, path: pathname + search, method, localAddress, rejectUnauthorized: false, agent: false,
      headers: {
        host: `localhost:${port}`, ...headers,
        ...(body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...(data === undefined ? {} : { 'content-length': Buffer.byteLength(data) }),
      },
    }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (d) => { text += d; }).on('end', () => {
        const all = new Headers();
        for (let i = 0; i < answer.rawHeaders.length; i += 2) all.append(answer.rawHeaders[i], answer.rawHeaders[i + 1]);
        ok({ status: answer.statusCode ?? 0, headers: all, text: async () => text, json: async () => JSON.parse(text) });
      });
    });
    request.once('error', fail);
    request.end(data);
  });
}
