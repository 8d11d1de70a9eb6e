// Codes of an authenticator app, by oathtool: another implementation of RFC 6238 than the server's.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { sleep } from './server.mjs';

const STEP_S = 30;
const MARGIN_S = 10; // so long an answer may take

/** An app that holds one key. Each code is of another step, as the server takes each step once. */
export class AuthenticatorApp {
  /** @param {string} key as the page shows it */
  constructor(key) {
    this.key = key.replaceAll(' ', '');
    this.step = 0;
  }

  /** The code of a step, whatever the time. @param {number} step */
  codeOf(step) {
    const r = spawnSync('oathtool', ['--totp', '--base32', `--now=@${step * STEP_S}`, this.key], { encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
    return r.stdout.trim();
  }

  /** A code that the server takes now and has not seen: of the step before if that one lasts long enough, of this or the next one. */
  async code() {
    for (;;) {
      const now = Date.now() / 1000;
      const step = Math.floor(now / STEP_S);
      const left = STEP_S - now % STEP_S;
      const wanted = Math.max(this.step + 1, left > MARGIN_S ? step - 1 : step);
      if (wanted <= step + 1) {
        this.step = wanted;
        return this.codeOf(wanted);
      }
      await sleep(left * 1000 + 50);
    }
  }
}

/** The key and the codes that a page shows. */
export const keyOf = (page) => /<p class="mono wrap" id="key">([^<]*)</.exec(page.html)[1];
export const recoveryCodesOf = (page) => [...page.html.matchAll(/<li class="mono">([^<]*)</g)].map((m) => m[1]);
