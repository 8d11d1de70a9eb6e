// What the supervisor does for whoever starts it oddly.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer, supervisor, temporaryDirectory } from '../lib/server.mjs';

test('started without standard input and error, it gives no file of its own their numbers', async () => {
  const dir = temporaryDirectory();
  const program = join(dir, 'start');
  writeFileSync(program, `#!/bin/sh\nexec '${supervisor}' "$@" <&- 2>&-\n`);
  chmodSync(program, 0o755);
  const server = await startServer({ program });
  try {
    for (const pid of [server.child.pid, server.pidOf('mediad'), server.pidOf('nginx')])
      assert.equal(readlinkSync(`/proc/${pid}/fd/0`), '/dev/null');
    for (const pid of [server.child.pid, server.pidOf('mediad'), server.pidOf('nginx'), server.pidOf('admin-cgi')])
      assert.equal(readlinkSync(`/proc/${pid}/fd/2`), '/dev/null');
    assert.equal((await server.api('.groups/')).status, 200);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});
