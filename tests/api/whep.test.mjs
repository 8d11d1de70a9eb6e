// Watching over HTTP (WHEP) on a running server: who may, what is answered, what a session counts for, and how it ends. What a player
// sees and hears is in tests/browser/whep.test.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, serverFor, startServer } from '../lib/server.mjs';
import { join, offerOf } from '../lib/ws_client.mjs';

const offer = offerOf('chromium-player');
const anyone = { password: { type: 'wildcard' }, permissions: 'present' };
const page = 'https://tv.example.org';

/** @type {import('../lib/server.mjs').Server} */
let server;

before(async () => {
  const soon = new Date(Date.now() + 3600e3).toISOString();
  server = await startServer({
    groups: {
      open: { 'wildcard-user': anyone, users: { olga: { password: 'op', permissions: 'op' } }, public: true },
      closed: { users: { ada: { password: 'lovelace', permissions: 'present' }, eve: { password: 'e', permissions: 'observe' }, olga: { password: 'op', permissions: 'op' } } },
      rich: { 'wildcard-user': anyone, codecs: ['h264', 'vp9', 'opus'] },
      two: { 'wildcard-user': anyone, codecs: ['h264', 'vp8', 'opus'] },
      narrow: { 'wildcard-user': anyone, 'max-clients': 1 },
      alone: { 'wildcard-user': anyone, users: { olga: { password: 'op', permissions: 'op' } }, autokick: true },
      moved: { redirect: 'https://elsewhere.example.org/group/x/' },
    },
    config: { allowOrigin: [page] },
    files: {
      'data/var/tokens.jsonl': `${JSON.stringify({ token: 'tok', group: 'closed', expires: soon, permissions: [] })}\n`,
      'data/ice-servers.json': [{ urls: ['stun:stun.example.org'] }],
    },
  });
});
after(() => server?.stop());

/** POST of a player's offer. */
const watch = (group, { body = offer, type = 'application/sdp', headers = {}, query = '', s = server } = {}) => s.get(`/group/${group}/.whep${query}`, {
  method: 'POST', body, headers: { 'content-type': type, ...headers },
});
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const basic = (text) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const end = (location, headers = {}, s = server) => s.get(location, { method: 'DELETE', headers });
const status = async (group, s = server) => (await s.get(`/group/${group}/.status`)).json();

/** Somebody who publishes audio and video there, under a label. */
async function publisher(t, group, name, { id = `${name}-1`, label = 'camera', sdp = offerOf('chromium-camera'), s = server, password = '' } = {}) {
  const client = await join(t, s, group, name, password);
  client.say({ type: 'offer', id, label, sdp });
  await client.wait((m) => m.type === 'answer' && m.id === id, 'answer');
  return client;
}

test('a viewer is answered, is in no list, and its DELETE ends it', async (t) => {
  const rita = await publisher(t, 'open', 'rita');
  const r = await watch('open');
  const sdp = await r.text();
  assert.equal(r.status, 201, sdp);
  assert.equal(r.headers.get('content-type'), 'application/sdp');
  assert.match(r.headers.get('location'), /^\/group\/open\/\.whep\/[\w-]{22}$/);
  assert.match(r.headers.get('etag'), /^"[\w-]{22}"$/);
  assert.equal(r.headers.get('link'), '<stun:stun.example.org>; rel="ice-server"');
  const [audio, video] = sdp.split(/^(?=m=)/m).slice(1);
  assert.match(audio, /^m=audio 9 UDP\/TLS\/RTP\/SAVPF 111 63\r\n/, 'and redundant audio');
  assert.match(video, /^m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97\r\n/, 'what is published, and its retransmissions');
  for (const section of [audio, video]) {
    assert.match(section, /^a=sendonly\r$/m);
    assert.match(section, /^a=setup:passive\r$/m);
    assert.match(section, /^a=ssrc:\d+ cname:/m);
  }
  assert.match(sdp, /^a=ice-lite\r$/m);
  assert.match(sdp, /^a=candidate:.* 127\.0\.0\.1 /m);

  assert.equal((await status('open')).clientCount, 1);
  const sam = await join(t, server, 'open', 'sam', '');
  for (const member of [rita, sam]) await member.none((m) => m.type === 'user' && !['rita', 'sam'].includes(m.username));
  assert.equal((await end(r.headers.get('location'))).status, 200);
  assert.equal((await end(r.headers.get('location'))).status, 404);
});

test('the stream that is named, by its id or its label; one that is not there is 404', async (t) => {
  await publisher(t, 'rich', 'vera', { label: 'camera', sdp: offerOf('chromium-camera') });
  const codec = async (query) => {
    const r = await watch('rich', { query });
    const text = await r.text();
    if (r.status === 201) await end(r.headers.get('location'));
    return [r.status, /^m=video \d+ \S+ (\d+)/m.exec(text)?.[1] ?? text.trim()];
  };
  const [first, pt] = await codec('');
  assert.equal(first, 201);
  assert.deepEqual(await codec('?stream=vera-1'), [201, pt]);
  assert.deepEqual(await codec('?label=camera'), [201, pt]);
  assert.deepEqual(await codec('?x=y&label=c%61mera&label=no'), [201, pt], 'decoded, and the first counts');
  assert.deepEqual(await codec('?stream=nobody'), [404, 'there is no such stream in the group']);
  assert.deepEqual(await codec('?stream='), [404, 'there is no such stream in the group']);
  assert.deepEqual(await codec('?stream=a&label=b'), [400, 'say stream or label, not both']);
  assert.equal((await codec(`?label=${'x'.repeat(257)}`))[0], 400);
});

test('where nothing is published the player waits, answered with what the group allows', async () => {
  for (const query of ['', '?label=lecture']) {
    const r = await watch('rich', { query });
    const sdp = await r.text();
    assert.equal(r.status, 201, sdp);
    const video = sdp.split(/^(?=m=)/m)[2];
    const codecs = [...video.matchAll(/^a=rtpmap:\d+ (\w+)\//mg)].map((m) => m[1]).filter((c) => c !== 'rtx');
    assert.deepEqual([...new Set(codecs)], ['H264', 'VP9'], 'in the order of the group');
    assert.equal((await end(r.headers.get('location'))).status, 200);
  }
});

const only = (codec) => offer.split(/^(?=m=)/m).slice(0, 2).join('')
  + 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtcp-mux\r\na=recvonly\r\na=setup:actpass\r\n'
  + /^a=ice-ufrag.*\r\na=ice-pwd.*\r\n/m.exec(offer)[0] + /^a=fingerprint.*\r\n/m.exec(offer)[0] + `a=rtpmap:96 ${codec}/90000\r\n`;

for (const [name, group, options, code, text] of [
  ['without credentials', 'closed', {}, 401, /token \(Authorization: Bearer/],
  ['with a wrong token', 'closed', { headers: bearer('nonsense') }, 401, /not authorised/],
  ['with a wrong password', 'closed', { headers: basic('ada:x') }, 401, /not authorised/],
  ['in no group', 'nowhere', {}, 404, /does not exist/],
  ['of another type', 'open', { type: 'text/plain' }, 415, /application\/sdp/],
  ['that is no description', 'open', { body: 'hello' }, 400, /^line 1: /],
  ['of a publisher', 'open', { body: offerOf('chromium-camera').replaceAll('a=sendrecv', 'a=sendonly') }, 422, /no audio or video that the player receives/],
  ['without a password of ICE', 'open', { body: offer.replaceAll(/^a=ice-pwd:.*\r\n/mg, '') }, 422, /ice-pwd/],
  ['in a codec that the group lacks', 'open', { body: only('AV1') }, 406, /the player takes AV1, but the group's video is VP8/],
]) {
  test(`an offer ${name} is refused with ${code} and a sentence, and leaves nothing behind`, async () => {
    const r = await watch(group, options);
    const said = await r.text();
    assert.equal(r.status, code, said);
    assert.match(said, text);
    assert.equal(said.trim().split('\n').length, 1);
    assert.equal(r.headers.get('location'), null);
    assert.equal(r.headers.get('link'), null, 'servers are for those let in');
  });
}

test('a codec that is not what is published is 406, with both sides', async (t) => {
  await publisher(t, 'open', 'rita');
  const r = await watch('open', { body: only('VP9') });
  assert.equal(r.status, 406);
  assert.match(await r.text(), /the player takes VP9, but the stream's video is VP8/);
});

test('publishers are asked for what a viewer decodes; one that cannot send it ends the session', async (t) => {
  const { headers, status: code } = await watch('two', { body: only('VP8') });
  assert.equal(code, 201);
  const location = headers.get('location');
  const ada = await join(t, server, 'two', 'ada', '');
  const publish = async (id, sdp) => {
    ada.say({ type: 'offer', id, label: 'camera', sdp });
    return /^a=rtpmap:\d+ (VP8|H264)\//m.exec((await ada.wait((m) => m.type === 'answer' && m.id === id, id)).sdp)[1];
  };
  assert.equal(await publish('a1', offerOf('chromium-camera')), 'VP8', 'not what the group prefers');
  ada.say({ type: 'close', id: 'a1' });
  await ada.sync();
  const h264 = offerOf('chromium-camera').replaceAll(/^a=(rtpmap|fmtp|rtcp-fb):(96|97)\b.*\r\n/mg, '').replace(/^(m=video.*?) 96 97 /m, '$1 ');
  assert.equal(await publish('a2', h264), 'H264');
  await eventually(async () => assert.equal((await end(location)).status, 404));
});

for (const [who, headers] of [['a token', bearer('tok')], ['a user who may only look', basic('eve:e')]]) {
  test(`${who} watches a closed group; nobody else ends it`, async () => {
    const r = await watch('closed', { headers });
    assert.equal(r.status, 201, await r.text());
    const location = r.headers.get('location');
    assert.equal((await end(location)).status, 401);
    assert.equal((await end(location, bearer('other'))).status, 403);
    assert.equal((await end(location, { ...headers, 'if-match': '"other"' })).status, 412);
    assert.equal((await end(location.replace('.whep', '.whip'), headers)).status, 404);
    assert.equal((await end(location, headers)).status, 200);
  });
}

test('a viewer counts where members do: of a group, of an address, and not after its end', async (t) => {
  const s = await serverFor(t, {
    groups: { g: { 'wildcard-user': anyone }, h: { 'wildcard-user': anyone, 'max-clients': 2 } },
    files: { 'data/mediad.json': { limits: { 'clients-per-address': 3, 'members-per-group': 2 } } },
  });
  const [first, second] = [await watch('g', { s }), await watch('g', { s })];
  assert.deepEqual([first.status, second.status], [201, 201]);
  const full = await watch('g', { s });
  assert.equal(full.status, 503, await full.text());
  assert.equal((await watch('h', { s })).status, 201);
  assert.equal((await watch('h', { s })).status, 429);
  assert.equal((await end(first.headers.get('location'), {}, s)).status, 200);
  assert.equal((await watch('g', { s })).status, 201);
});

test('a full group, a locked one, and one whose operator leaves', async (t) => {
  await join(t, server, 'narrow', 'nora', '');
  const full = await watch('narrow');
  assert.equal(full.status, 409);
  assert.match(await full.text(), /too many users/);

  const olga = await join(t, server, 'alone', 'olga', 'op');
  olga.say({ type: 'groupaction', kind: 'lock', value: 'after the break' });
  await olga.sync();
  const locked = await watch('alone');
  assert.equal(locked.status, 403);
  assert.match(await locked.text(), /after the break/);
  olga.say({ type: 'groupaction', kind: 'unlock' });
  await olga.sync();
  const r = await watch('alone');
  assert.equal(r.status, 201);
  olga.destroy();
  await eventually(async () => assert.equal((await end(r.headers.get('location'))).status, 404, 'put out with everybody'));
});

test('PATCH: candidates are 204, other credentials restart ICE, and its ETag is another one', async () => {
  const r = await watch('open');
  const location = r.headers.get('location');
  const etag = r.headers.get('etag');
  const before = /^a=ice-ufrag:(.*)\r$/m.exec(await r.text())[1];
  const patch = (body, headers = {}) => server.get(location, { method: 'PATCH', body, headers: { 'content-type': 'application/trickle-ice-sdpfrag', ...headers } });
  const trickled = await patch('a=candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host\r\n', { 'if-match': etag });
  assert.deepEqual([trickled.status, trickled.headers.get('etag')], [204, null]);
  assert.equal((await patch('nonsense')).status, 400);
  const restarted = await patch('a=ice-ufrag:anew\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n', { 'if-match': '*' });
  const text = await restarted.text();
  assert.equal(restarted.status, 200, text);
  assert.notEqual(/^a=ice-ufrag:(.*)\r$/m.exec(text)[1], before);
  assert.match(text, /^a=candidate:.* 127\.0\.0\.1 /m);
  assert.notEqual(restarted.headers.get('etag'), etag);
  assert.equal((await patch('a=end-of-candidates', { 'if-match': etag })).status, 412);
  assert.equal((await end(location)).status, 200);
});

test('a page of an allowed origin passes its preflights; one of another is refused', async () => {
  const preflight = (path, method, origin) => server.get(path, {
    method: 'OPTIONS', headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization,content-type' },
  });
  assert.equal((await preflight('/group/closed/.whep', 'POST', page)).headers.get('access-control-allow-origin'), page);
  assert.equal((await preflight('/group/closed/.whep', 'POST', 'https://evil.example.org')).headers.get('access-control-allow-origin'), null);
  const r = await watch('open', { headers: { origin: page } });
  assert.equal(r.status, 201);
  assert.match(r.headers.get('access-control-expose-headers'), /Location/);
  assert.equal((await preflight(r.headers.get('location'), 'DELETE', page)).status, 200);
  assert.equal((await end(r.headers.get('location'), { origin: page })).status, 200);
  assert.equal((await watch('open', { headers: { origin: 'https://evil.example.org' } })).status, 403);
});

test('what is no POST is 405; a group that is elsewhere leads there with the query; a slash too many is taken away', async () => {
  const got = await server.get('/group/open/.whep');
  assert.equal(got.status, 405);
  assert.equal(got.headers.get('allow'), 'OPTIONS, POST');
  const moved = await watch('moved', { query: '?label=a%20b' });
  assert.equal(moved.status, 307);
  assert.equal(moved.headers.get('location'), 'https://elsewhere.example.org/group/x/.whep?label=a%20b');
  const slash = await watch('open/.whep/'.replace('/.whep/', ''), { query: '/?label=x' });
  assert.equal(slash.status, 308);
  assert.equal(slash.headers.get('location'), '/group/open/.whep?label=x');
});
