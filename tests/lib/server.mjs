// Starts a whole Nereid server for a test: loopback only, free ports, a state directory of its own.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import net from 'node:net';
import dgram from 'node:dgram';

/** The checkout. */
export const top = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The build directory under test. */
export const build = process.env.NEREID_BUILD
  ?? (existsSync(join(top, 'build-asan', 'Makefile')) ? join(top, 'build-asan') : join(top, 'build'));
export const supervisor = join(build, 'supervisor', 'nereid-supervisor');

// As root, the programs get users of their own, who cannot enter a checkout below /root.
export const isClosed = process.getuid() === 0
  && spawnSync('setpriv', ['--reuid', 'nereid-media', '--regid', 'nereid', '--clear-groups', 'test', '-r', join(top, 'templates')]).status !== 0;

const READY_MS = 60000;
const STOP_MS = 8000;
const SANITIZER = /ERROR: (Address|Leak|Thread|Memory)Sanitizer|runtime error:/;

// Our certificate is self-signed.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning');

/** A TCP port that was free a moment ago. */
export function freePort() {
  return new Promise((ok, fail) => {
    const s = net.createServer().once('error', fail).listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (s.address());
      s.close(() => ok(port));
    });
  });
}

/** A UDP port that was free a moment ago. */
export function freeUdpPort() {
  return new Promise((ok, fail) => {
    const s = dgram.createSocket('udp4').once('error', fail).bind(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => ok(port));
    });
  });
}

export const sleep = (ms) => new Promise((ok) => { setTimeout(ok, ms); });

/** Repeats `check` until it does not throw; its last error after `ms`. */
export async function eventually(check, ms = 15000) {
  const end = Date.now() + ms;
  for (;;) {
    try {
      return await check();
    } catch (e) {
      if (Date.now() > end) throw e;
    }
    await sleep(50);
  }
}

/** A new empty state directory. */
export function temporaryDirectory() {
  return realpathSync(mkdtempSync(join(tmpdir(), 'nereid-test-')));
}

/** A new empty directory that every user may enter: for programs, and for state directories below it. */
export function openDirectory() {
  const dir = temporaryDirectory();
  chmodSync(dir, 0o755);
  return dir;
}

/** Processes whose parent is `pid`: [{pid, name}]. */
export function childrenOf(pid) {
  const found = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const end = stat.lastIndexOf(')');
      const [state, parent] = stat.slice(end + 2).split(' ');
      if (Number(parent) === pid && state !== 'Z') {
        found.push({ pid: Number(entry), name: stat.slice(stat.indexOf('(') + 1, end) });
      }
    } catch { /* it ended meanwhile */ }
  }
  return found;
}

// A test run that is broken off must not leave servers behind.
const running = new Set();
process.on('exit', () => {
  for (const pid of running) {
    try { process.kill(-pid, 'SIGKILL'); } catch { /* it ended by itself */ }
  }
});

/** A running server. */
export class Server {
  constructor() {
    this.log = '';
    this.out = '';
    this.setupUrl = '';
    this.ended = false;
    this.keepDirectory = false;
  }

  groupFile(name) { return join(this.dir, 'groups', `${name}.json`); }

  writeGroup(name, description) { this.writeFile(`groups/${name}.json`, description); }

  writeConfig(config) { this.writeFile('data/config.json', config); }

  /** Writes below the state directory; what is not text is written as JSON. */
  writeFile(path, content) {
    const file = join(this.dir, path);
    const isPage = path.startsWith('static/'); // nginx reads these, as whatever user it has
    mkdirSync(dirname(file), { recursive: true, mode: isPage ? 0o755 : 0o750 });
    const raw = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(file, raw ? content : JSON.stringify(content), { mode: isPage ? 0o644 : 0o640 });
    this.giveToOwner(path);
  }

  /** As the server's own user would have written it: what root made below groups/, data/ or recordings/ gets its owner. */
  giveToOwner(path) {
    const [place, ...rest] = path.split('/');
    const { uid, gid } = statSync(join(this.dir, place));
    if (uid === process.getuid()) return;
    for (let i = 1; i <= rest.length; i++) chownSync(join(this.dir, place, ...rest.slice(0, i)), uid, gid);
  }

  /** Pid of a program under the supervisor ('mediad', 'admin-cgi', 'nginx'), or undefined. */
  pidOf(name) { return childrenOf(this.child.pid).find((c) => c.name === name)?.pid; }

  /** Changes data/config.json and waits until nginx has read its own configuration anew: no worker of before is left. */
  async writeConfigForNginx(config) {
    const workers = () => childrenOf(this.pidOf('nginx')).map((c) => c.pid);
    const before = workers();
    this.writeConfig(config);
    await eventually(() => {
      const now = workers();
      if (now.length === 0 || now.some((pid) => before.includes(pid))) throw new Error('nginx has workers of before');
    });
  }

  /** fetch() of a path of this server, redirects not followed. */
  get(path, options = {}) { return fetch(this.base + path, { redirect: 'manual', ...options }); }

  /** The API as an administrator ('name:password') unless `auth` says otherwise; null for nobody. */
  api(path, { method = 'GET', auth = 'root:rootpw', headers = {}, json, body, type } = {}) {
    const h = { ...headers };
    if (auth) h.authorization = /^Bearer /.test(auth) ? auth : `Basic ${Buffer.from(auth).toString('base64')}`;
    if (json !== undefined) h['content-type'] ??= type ?? 'application/json';
    else if (type) h['content-type'] ??= type;
    return this.get(`/galene-api/v0/${path}`, { method, headers: h, body: json !== undefined ? JSON.stringify(json) : body });
  }

  /**
   * Ends the server (SIGTERM to its process group) and removes its directory.
   * Rejects when it had to be killed, or when a sanitizer reported something.
   */
  async stop() {
    let killed = false;
    if (!this.ended) {
      process.kill(-this.child.pid, 'SIGTERM');
      const timer = setTimeout(() => {
        killed = true;
        try { process.kill(-this.child.pid, 'SIGKILL'); } catch { /* it ended by itself */ }
      }, STOP_MS);
      await this.exited;
      clearTimeout(timer);
    }
    if (!this.keepDirectory) rmSync(this.dir, { recursive: true, force: true });
    if (SANITIZER.test(this.log)) throw new Error(`a sanitizer reported:\n${this.log.slice(-20000)}`);
    if (killed) throw new Error(`the server did not end within ${STOP_MS} ms of SIGTERM:\n${this.log.slice(-4000)}`);
  }
}

/**
 * Starts a server and waits until it is ready.
 * @param {object} [options]
 * @param {Record<string, object|string>} [options.groups] group name -> description
 * @param {object|null} [options.config] data/config.json; by default an administrator root:rootpw and
 *   writableGroups; null writes none
 * @param {Record<string, object|string|Buffer>} [options.files] more files, by path below the state directory
 * @param {string[]} [options.args] more options of nereid-supervisor
 * @param {Record<string, string>} [options.env] more environment
 * @param {string} [options.dir] state directory to use, and to keep; default a new one
 * @param {{port: number, udpPort: number}} [options.ports] ports to use, as those of an earlier server; default free ones
 * @param {string} [options.program] the supervisor; default that of the build under test
 * @param {string|null} [options.mediaListen] address for media; null: every address, for browsers that refuse loopback
 * @param {string[]} [options.places] --programs and --share options; default the build and the checkout
 */
export async function startServer({
  groups = {}, config, files = {}, args = [], env = {}, dir, ports, program = supervisor,
  mediaListen = '127.0.0.1', places = ['--programs', build, '--share', top],
} = {}) {
  const s = new Server();
  s.dir = dir ?? temporaryDirectory();
  s.keepDirectory = dir !== undefined;
  for (const [name, description] of Object.entries(groups)) s.writeGroup(name, description);
  if (config !== null && (config !== undefined || dir === undefined)) {
    s.writeConfig({ users: { root: { password: 'rootpw', permissions: 'admin' } }, writableGroups: true, ...config });
  }
  for (const [path, content] of Object.entries(files)) s.writeFile(path, content);
  s.port = ports?.port ?? await freePort();
  s.udpPort = ports?.udpPort;
  while (!s.udpPort || s.udpPort === s.port) s.udpPort = await freeUdpPort(); // one number for both is refused
  s.base = `https://localhost:${s.port}`;
  s.child = spawn(program, [
    '--dir', s.dir, '--port', String(s.port), '--udp-port', String(s.udpPort),
    ...(mediaListen ? ['--media-listen', mediaListen] : []), ...places, ...(isClosed ? ['--as-root'] : []), '--rate-scale', '100', ...args,
  ], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  if (s.child.pid) running.add(s.child.pid);
  s.exited = new Promise((ok) => {
    s.child.once('close', (code, signal) => {
      s.ended = true;
      running.delete(s.child.pid);
      ok({ code, signal });
    });
  });
  s.child.stderr.on('data', (d) => { s.log += d; });
  await new Promise((ok, fail) => {
    const timer = setTimeout(() => fail(new Error(`no "ready:" in ${READY_MS} ms\n${s.log}`)), READY_MS);
    s.child.once('error', fail);
    s.child.stdout.on('data', (d) => {
      s.out += d;
      s.log += d;
      if (/^ready: .*\n/m.test(s.out)) {
        clearTimeout(timer);
        ok(undefined);
      }
    });
    s.exited.then(({ code }) => {
      clearTimeout(timer);
      fail(new Error(`the server ended with status ${code}\n${s.log}`));
    });
  }).catch(async (e) => {
    await s.stop().catch(() => {});
    throw e;
  });
  // The setup line follows the ready line in the same write, if there is one.
  s.setupUrl = /^setup: (.*)$/m.exec(s.out)?.[1] ?? '';
  return s;
}

/** Starts a server for one test or suite and stops it when that ends. */
export async function serverFor(t, options) {
  const s = await startServer(options);
  t.after(() => s.stop());
  return s;
}
