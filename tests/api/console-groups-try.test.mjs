// "Try a log-in" on the console: the same verdict as at the door, and nobody inside afterwards.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser } from '../lib/console.mjs';
import { serverFor } from '../lib/server.mjs';
import { connect } from '../lib/ws_client.mjs';

test('a log-in is tried as at the door', async (t) => {
  const server = await serverFor(t, {
    groups: {
      night: {
        users: { vimes: { password: 'boots', permissions: 'op' }, nobby: { password: 'sausage', permissions: 'present' } },
        'wildcard-user': { password: 'shared', permissions: 'observe' },
      },
      closed: { expires: '2020-01-01T00:00:00Z', users: { vimes: { password: 'boots', permissions: 'op' }, nobby: { password: 'sausage', permissions: 'present' } } },
      moved: { redirect: 'https://elsewhere.example.org/' },
    },
  });
  const b = new Browser(server);
  await b.signIn();
  const attempt = async (group, values) => {
    const path = `/admin/groups/${group}/.try`;
    const page = await b.submit((await b.open(path)).form(path).fill(values));
    assert.equal(page.status, 200);
    assert.ok(!page.html.includes(values.password || 'nothing-such'), 'the password does not come back');
    return page.text;
  };
  for (const [group, username, password, words] of [
    ['night', 'vimes', 'boots', /Comes in\. As vimes, by the password of that user\. Permissions: op,/],
    ['night', 'angua', 'shared', /Comes in\. As angua, by the password for everybody\./],
    ['night', 'vimes', 'wrong', /Does not come in\. No user, password or token of this group fits/],
    ['closed', 'nobby', 'sausage', /Does not come in\. The group is closed.* It would be nobby/],
    ['closed', 'vimes', 'boots', /Comes in\. As vimes/],
    ['moved', 'vimes', 'boots', /The group sends everyone to another address/],
  ]) {
    assert.match(await attempt(group, { username, password }), words, `${group} ${username}`);
    const client = await connect(t, server);
    const door = await client.join(group, username, password);
    assert.equal(door.kind === 'join', words.source.startsWith('Comes'), `the door of ${group} agrees about ${username}`);
    client.close?.();
  }
  const tokens = '/admin/groups/night/.tokens/';
  const card = await b.submit((await b.open(tokens)).form(tokens));
  const token = /[?&]token=([\w-]+)/.exec(card.html)?.[1] ?? '';
  assert.match(await attempt('night', { username: 'carrot', token }), /Comes in\. As carrot, by the token\./);
  assert.match(await attempt('night', { username: 'carrot', token: `${token}x` }), /Does not come in/);
});
