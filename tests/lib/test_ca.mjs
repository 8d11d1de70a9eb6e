// A certificate authority of a test's own, for programs that want a certificate which they can check.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes one, with a certificate for localhost; it goes with the test.
 * @returns {{ca: string, cert: string, key: string}} path of the authority's certificate; the server's two, as text
 */
export function makeCertificate(t) {
  const dir = mkdtempSync(join(tmpdir(), 'nereid-ca-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const at = (name) => join(dir, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Authority of a test', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', at('key.pem'), '-out', at('request.pem'));
  writeFileSync(at('extensions'), 'subjectAltName=DNS:localhost\n');
  openssl('x509', '-req', '-in', at('request.pem'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2',
    '-extfile', at('extensions'), '-out', at('cert.pem'));
  return { ca: at('ca.pem'), cert: readFileSync(at('cert.pem'), 'utf8'), key: readFileSync(at('key.pem'), 'utf8') };
}
