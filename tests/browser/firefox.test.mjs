// Firefox among others, in a network of its own (lib/firefox_network.mjs).
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runScene } from './lib/firefox_network.mjs';

it('Firefox and Chromium meet, see, hear and show each other their screens', { timeout: 480000 }, async (t) => {
  const { status, log } = await runScene('firefox_scene.mjs');
  assert.equal(status, 0, log);
  for (const line of log.split('\n')) if (line.startsWith('took:')) t.diagnostic(line);
});
