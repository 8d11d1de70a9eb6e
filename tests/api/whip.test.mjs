// Publishing over HTTP (WHIP, RFC 9725) on a running server: who may, what a session is, and how it ends.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, serverFor, startServer } from '../lib/server.mjs';
import { ffmpeg, obs, whipsink } from '../lib/whip_offers.mjs';
import { join, offerOf } from '../lib/ws_client.mjs';

const offer = offerOf('chromium-camera');
const present = { password: { type: 'wildcard' }, permissions: 'present' };
const page = 'https://studio.example.org';

/** @type {import('../lib/server.mjs').Server} */
let server;

before(async () => {
  const soon = new Date(Date.now() + 3600e3).toISOString();
  const token = (name, more) => `${JSON.stringify({ token: name, group: 'closed', expires: soon, permissions: ['present'], ...more })}\n`;
  server = await startServer({
    groups: {
      open: { 'wildcard-user': present, users: { olga: { password: 'op', permissions: 'op' } }, public: true },
      closed: { users: { ada: { password: 'lovelace', permissions: 'present' }, eve: { password: 'e', permissions: 'observe' }, olga: { password: 'op', permissions: 'op' } } },
      tall: { 'wildcard-user': present, codecs: ['h264', 'opus'] },
      narrow: { 'wildcard-user': present, 'max-clients': 1 },
      moved: { redirect: 'https://elsewhere.example.org/group/x/' },
      'a b/ü': { 'wildcard-user': present },
    },
    config: { allowOrigin: [page] },
    files: {
      'data/var/tokens.jsonl': token('tok', {}) + token('named', { username: 'studio' }) + token('watcher', { permissions: ['message'] }),
      'data/ice-servers.json': [{ urls: ['stun:stun.example.org'] },
        { urls: ['turn:turn.example.org:3478?transport=udp'], username: 'u"1', credential: 'c\\2' }],
    },
  });
});
after(() => server?.stop());

/** POST of an offer. */
const publish = (group, { body = offer, type = 'application/sdp', headers = {}, s = server, path = '.whip' } = {}) => s.get(`/group/${group}/${path}`, {
  method: 'POST', body, headers: { 'content-type': type, ...headers },
});
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const basic = (text) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const end = (location, headers = {}) => server.get(location, { method: 'DELETE', headers });

test('a publisher is a member: 201 with its URL and a whole answer, listed, its stream offered; DELETE ends it', async (t) => {
  const rita = await join(t, server, 'open', 'rita', '');
  rita.say({ type: 'request', request: { '': ['audio', 'video'] } });
  await rita.sync();
  const r = await publish('open');
  const sdp = await r.text();
  assert.equal(r.status, 201, sdp);
  assert.equal(r.headers.get('content-type'), 'application/sdp');
  assert.match(r.headers.get('location'), /^\/group\/open\/\.whip\/[\w-]{22}$/);
  assert.match(r.headers.get('etag'), /^"[\w-]{22}"$/);
  assert.equal(r.headers.get('accept-patch'), 'application/trickle-ice-sdpfrag');
  assert.match(sdp, /^a=candidate:.* 127\.0\.0\.1 /m);
  assert.match(sdp, /^a=end-of-candidates\r$/m);
  assert.equal(sdp.match(/^a=recvonly\r$/mg).length, offer.match(/^m=/mg).length);

  const added = await rita.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === 'whip', 'the publisher');
  assert.ok(added.permissions.includes('present'));
  const stream = await rita.type('offer');
  assert.deepEqual([stream.source, stream.username, stream.label ?? ''], [added.id, 'whip', '']);
  assert.ok(!r.headers.get('location').includes(added.id), 'its URL is a secret');
  assert.equal((await (await server.get('/group/open/.status')).json()).clientCount, 2);

  const gone = await end(r.headers.get('location'));
  assert.equal(gone.status, 200);
  await rita.wait((m) => m.type === 'close' && m.id === stream.id, 'close');
  await rita.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === added.id, 'delete');
  assert.equal((await end(r.headers.get('location'))).status, 404);
});

test('its URL fits where the name of the group has spaces and letters beyond ASCII', async () => {
  const r = await publish('a%20b/%C3%BC');
  assert.equal(r.status, 201);
  assert.match(r.headers.get('location'), /^\/group\/a%20b\/%C3%BC\/\.whip\//);
  assert.equal((await end(r.headers.get('location'))).status, 200);
});

for (const [who, headers, username] of [
  ['a token', bearer('tok'), 'whip'], ['a token with a name', bearer('named'), 'studio'], ['a user', basic('ada:lovelace'), 'ada'],
]) {
  test(`${who} publishes in a closed group, under its name, with Link headers; nobody else ends it`, async (t) => {
    const olga = await join(t, server, 'closed', 'olga', 'op');
    const r = await publish('closed', { headers });
    assert.equal(r.status, 201, await r.text());
    await olga.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === username, username);
    assert.equal(r.headers.get('link'), '<stun:stun.example.org>; rel="ice-server", '
      + '<turn:turn.example.org:3478?transport=udp>; rel="ice-server"; username="u\\"1"; credential="c\\\\2"; credential-type="password"');
    const location = r.headers.get('location');
    const without = await end(location);
    assert.equal(without.status, 401);
    assert.match(without.headers.get('www-authenticate'), /Bearer/);
    assert.equal((await end(location, bearer('watcher'))).status, 403);
    assert.equal((await end(location, { ...headers, 'if-match': '"other"' })).status, 412);
    assert.equal((await end(location.replace('closed', 'open'), headers)).status, 404);
    assert.equal((await end(location, { ...headers, 'if-match': `"x", ${r.headers.get('etag')}` })).status, 200);
  });
}

const refusals = [
  ['without credentials', 'closed', {}, 401, /token \(Authorization: Bearer/],
  ['with a wrong token', 'closed', { headers: bearer('nonsense') }, 401, /token/],
  ['with a wrong password', 'closed', { headers: basic('ada:x') }, 401, /not authorised/],
  ['with what is no credentials', 'closed', { headers: { authorization: 'Digest x' } }, 401, /Bearer/],
  ['by a token that may only talk', 'closed', { headers: bearer('watcher') }, 403, /permission/],
  ['by a user who may only look', 'closed', { headers: basic('eve:e') }, 403, /permission/],
  ['in no group', 'nowhere', {}, 404, /does not exist/],
  ['of another type', 'open', { type: 'text/plain' }, 415, /application\/sdp/],
  ['that is no description', 'open', { body: 'hello' }, 400, /^line 1: /],
  ['that is empty', 'open', { body: '' }, 400, /^line 1: /],
  ['in a codec that the group lacks', 'open', { body: ffmpeg() }, 406, /offer has H264 as video, and this group allows VP8 /],
  ['without a password of ICE', 'open', { body: offer.replaceAll(/^a=ice-pwd:.*\r\n/mg, '') }, 422, /ice-pwd/],
  ['of nothing', 'open', { body: 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n' }, 422, /no audio or video/],
];
for (const [name, group, options, status, text] of refusals) {
  test(`an offer ${name} is refused with ${status} and a sentence, and leaves nothing behind`, async () => {
    const r = await publish(group, options);
    const said = await r.text();
    assert.equal(r.status, status, said);
    assert.match(said, text);
    assert.equal(said.trim().split('\n').length, 1);
    assert.equal(r.headers.get('location'), null);
    assert.equal(r.headers.get('link'), null, 'servers are for those let in');
    if (status === 401) assert.match(r.headers.get('www-authenticate'), /Bearer/);
    assert.equal((await (await server.get('/group/open/.status')).json()).clientCount, 0);
  });
}

for (const [program, body, group, mids, codecs] of [
  ['FFmpeg', ffmpeg(), 'tall', ['0', '1'], ['opus/48000/2', 'H264/90000']],
  ['whipsink', whipsink(), 'open', ['video0', 'audio1'], ['VP8/90000', 'opus/48000/2']],
  ['OBS', obs(), 'tall', ['0', '1'], ['opus/48000/2', 'H264/90000']],
]) {
  test(`${program}: both its sections are taken, in one bundle, and its role in DTLS`, async () => {
    const r = await publish(group, { body });
    const sdp = await r.text();
    assert.equal(r.status, 201, sdp);
    assert.match(sdp, new RegExp(`^a=group:BUNDLE ${mids.join(' ')}\r$`, 'm'));
    const sections = sdp.split(/^(?=m=)/m).slice(1);
    assert.equal(sections.length, 2);
    sections.forEach((s, i) => {
      assert.match(s, /^m=\w+ 9 /, 'not refused');
      assert.match(s, new RegExp(`^a=mid:${mids[i]}\r$`, 'm'));
      assert.match(s, new RegExp(`^a=rtpmap:\\d+ ${codecs[i]}\r$`, 'm'));
      assert.match(s, /^a=recvonly\r$/m);
      assert.match(s, program === 'FFmpeg' ? /^a=setup:active\r$/m : /^a=setup:passive\r$/m);
    });
    const declared = new Set(body.match(/^a=extmap:.*$/mg) ?? []);
    for (const line of sdp.match(/^a=extmap:.*$/mg) ?? []) assert.ok(declared.has(line), line);
    if (program === 'FFmpeg') assert.doesNotMatch(sdp, /nack pli|ccm fir/);
    assert.equal((await end(r.headers.get('location'))).status, 200);
  });
}

test('a locked group and a full one say so', async (t) => {
  const olga = await join(t, server, 'open', 'olga', 'op');
  olga.say({ type: 'groupaction', kind: 'lock', value: 'after the break' });
  await olga.sync();
  const locked = await publish('open');
  assert.equal(locked.status, 403);
  assert.match(await locked.text(), /after the break/);
  olga.say({ type: 'groupaction', kind: 'unlock' });
  await olga.sync();
  await join(t, server, 'narrow', 'nora', '');
  const full = await publish('narrow');
  assert.equal(full.status, 409);
  assert.match(await full.text(), /too many users/);
});

test('a body of more than 1 MiB is 413, one of 1 MiB is read', async () => {
  const large = await publish('open', { body: 'x'.repeat(1024 * 1024 + 1) });
  assert.equal(large.status, 413);
  assert.match(large.headers.get('content-type'), /^text\/plain/);
  assert.equal(await large.text(), 'the body is larger than 1 MiB\n');
  const r = await publish('open', { body: `${offer}a=x-long:${'x'.repeat(1024 * 1024 - offer.length - 9)}` });
  assert.equal(r.status, 400);
  assert.match(await r.text(), /64 KiB/);
});

for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
  test(`${method} of the endpoint is 405 with Allow`, async () => {
    const r = await server.get('/group/open/.whip', { method, ...(method.startsWith('P') ? { body: 'x' } : {}) });
    assert.equal(r.status, 405);
    assert.equal(r.headers.get('allow'), 'OPTIONS, POST');
  });
}

test('a group that is elsewhere leads there, and a slash too many is taken away', async () => {
  const moved = await publish('moved');
  assert.equal(moved.status, 307);
  assert.equal(moved.headers.get('location'), 'https://elsewhere.example.org/group/x/.whip');
  const slash = await publish('open', { path: '.whip/' });
  assert.equal(slash.status, 308);
  assert.equal(slash.headers.get('location'), '/group/open/.whip');
});

test('a page of an allowed origin passes its preflights and reads the answers; one of another is refused', async () => {
  const preflight = (path, method, origin) => server.get(path, {
    method: 'OPTIONS', headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization,content-type,if-match' },
  });
  const before = await preflight('/group/closed/.whip', 'POST', page);
  assert.equal(before.status, 200);
  assert.equal(before.headers.get('access-control-allow-origin'), page);
  assert.match(before.headers.get('access-control-allow-methods'), /POST/);
  for (const h of ['Authorization', 'Content-Type', 'If-Match']) assert.ok(before.headers.get('access-control-allow-headers').includes(h), h);
  assert.equal(before.headers.get('link'), null);
  assert.equal((await preflight('/group/closed/.whip', 'POST', 'https://evil.example.org')).headers.get('access-control-allow-origin'), null);

  const r = await publish('closed', { headers: { ...bearer('tok'), origin: page } });
  assert.equal(r.status, 201);
  assert.equal(r.headers.get('access-control-allow-origin'), page);
  for (const h of ['Location', 'Link', 'ETag', 'Accept-Patch']) assert.ok(r.headers.get('access-control-expose-headers').includes(h), h);
  const location = r.headers.get('location');
  for (const method of ['PATCH', 'DELETE']) {
    const again = await preflight(location, method, page);
    assert.equal(again.status, 200);
    assert.match(again.headers.get('access-control-allow-methods'), new RegExp(method));
  }
  assert.equal((await end(location, { ...bearer('tok'), origin: 'https://evil.example.org' })).status, 403);
  assert.equal((await end(location, { ...bearer('tok'), origin: page })).status, 200);
  const refused = await publish('closed', { headers: { origin: page } });
  assert.equal(refused.headers.get('access-control-allow-origin'), page, 'its page reads why');
  assert.equal((await publish('open', { headers: { origin: 'https://evil.example.org' } })).status, 403);
});

const fragment = 'application/trickle-ice-sdpfrag';
const patch = (location, body, { headers = {}, type = fragment } = {}) => server.get(location, {
  method: 'PATCH', body, headers: { 'content-type': type, ...headers },
});
const candidate = 'a=candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host\r\n';
const credentials = (ufrag, pwd) => `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${pwd}\r\n`;
const ownCredentials = credentials(/^a=ice-ufrag:(.*)\r$/m.exec(offer)[1], /^a=ice-pwd:(.*)\r$/m.exec(offer)[1]);
const anew = (ufrag) => credentials(ufrag, 'abcdefghijklmnopqrstuvwx');

test('PATCH: candidates are 204, other credentials restart ICE with an answer and another ETag', async () => {
  const r = await publish('open');
  const location = r.headers.get('location');
  const etag = r.headers.get('etag');
  const before = /^a=ice-ufrag:(.*)\r$/m.exec(await r.text())[1];
  for (const [text, headers] of [
    [`${ownCredentials}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n${candidate}a=end-of-candidates\r\n`, { 'if-match': etag }],
    [candidate, {}],
    ['a=end-of-candidates', { 'if-match': etag }],
    ['a=end-of-candidates\r\n', { 'content-type': `${fragment}; charset=utf-8` }],
  ]) {
    const trickled = await patch(location, text, { headers });
    assert.equal(trickled.status, 204, text);
    assert.equal(await trickled.text(), '');
  }
  let last = etag;
  for (const [ufrag, match] of [['new1', '*'], ['new2', undefined], ['new3', 'last']]) {
    const restarted = await patch(location, anew(ufrag), { headers: match ? { 'if-match': match === 'last' ? last : match } : {} });
    const text = await restarted.text();
    assert.equal(restarted.status, 200, text);
    assert.equal(restarted.headers.get('content-type'), fragment);
    assert.notEqual(restarted.headers.get('etag'), last);
    last = restarted.headers.get('etag');
    assert.match(text, /^a=ice-pwd:[\w+/]{22,}\r$/m);
    assert.match(text, /^a=candidate:.* 127\.0\.0\.1 /m);
    assert.notEqual(/^a=ice-ufrag:(.*)\r$/m.exec(text)[1], before);
  }
  assert.equal((await patch(location, 'a=end-of-candidates', { headers: { 'if-match': etag } })).status, 412, 'of before the restart');
  assert.equal((await end(location)).status, 200);
  assert.equal((await patch(location, candidate)).status, 404);
});

test('PATCH: what cannot be used changes nothing, and is told', async () => {
  const r = await publish('closed', { headers: bearer('tok') });
  const location = r.headers.get('location');
  const etag = r.headers.get('etag');
  const mine = bearer('tok');
  for (const [body, options, status, text] of [
    [candidate, { headers: mine, type: 'application/sdp' }, 415, /trickle-ice-sdpfrag/],
    ['{"candidate": 1}', { headers: mine }, 400, /^line 1: /],
    ['', { headers: mine }, 400, /needs a candidate/],
    ['a=candidate:1 1 udp x\r\n', { headers: mine }, 400, /^line 1: /],
    [anew('x'), { headers: mine }, 400, /ice-ufrag/],
    [credentials('abcd', 'short'), { headers: mine }, 400, /ice-pwd/],
    [candidate, {}, 401, /credentials that made it/],
    [anew('evil'), { headers: bearer('watcher') }, 403, /not the credentials/],
    [anew('evil'), { headers: { ...mine, 'if-match': '"other"' } }, 412, /ETag/],
    ['x'.repeat(1024 * 1024), { headers: mine }, 400, /64 KiB/],
  ]) {
    const refused = await patch(location, body, options);
    const said = await refused.text();
    assert.equal(refused.status, status, `${body.slice(0, 60)}: ${said}`);
    assert.match(said, text);
    if (status === 415) assert.equal(refused.headers.get('accept-patch'), fragment);
  }
  for (const method of ['GET', 'POST', 'PUT']) {
    const refused = await server.get(location, { method, headers: mine, ...(method === 'GET' ? {} : { body: 'x' }) });
    assert.equal(refused.status, 405);
    assert.match(refused.headers.get('allow'), /PATCH, DELETE/);
  }
  assert.equal((await patch(location, candidate, { headers: { ...mine, 'if-match': etag } })).status, 204, 'as it was');
  assert.equal((await end(location, mine)).status, 200);
});

test('an operator puts it out, and takes its right to present', async (t) => {
  const olga = await join(t, server, 'closed', 'olga', 'op');
  for (const kind of ['kick', 'unpresent']) {
    const r = await publish('closed', { headers: bearer('tok') });
    const { id } = await olga.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === 'whip', 'the publisher');
    olga.say({ type: 'useraction', kind, dest: id });
    await olga.wait((m) => m.type === 'user' && m.kind === 'delete' && m.id === id, `${kind}: it leaves`);
    await eventually(async () => assert.equal((await end(r.headers.get('location'), bearer('tok'))).status, 404));
  }
});

test('an operator mutes it, for all at once too, and unmutes it; nobody else does', async (t) => {
  const olga = await join(t, server, 'open', 'olga', 'op');
  const rita = await join(t, server, 'open', 'rita', '');
  const r = await publish('open');
  const { id, data } = await olga.wait((m) => m.type === 'user' && m.kind === 'add' && m.username === 'whip', 'the publisher');
  assert.deepEqual(data, { program: true });
  const changed = async (muted) => {
    const m = await rita.wait((x) => x.type === 'user' && x.kind === 'change' && x.id === id, 'change');
    assert.equal(m.data.muted, muted);
  };
  olga.say({ type: 'usermessage', kind: 'mute', dest: id });
  await changed(true);
  olga.say({ type: 'usermessage', kind: 'unmute', dest: id });
  await changed(undefined);
  rita.say({ type: 'usermessage', kind: 'mute', dest: id });
  assert.match((await rita.type('usermessage')).value, /doesn't chat/);
  olga.say({ type: 'usermessage', kind: 'mute', dest: '', noecho: true });
  await changed(true);
  assert.equal((await end(r.headers.get('location'))).status, 200);
});

test('a connection that never comes up is forgotten after half a minute', async () => {
  const r = await publish('open');
  assert.equal(r.status, 201);
  await eventually(async () => assert.equal((await end(r.headers.get('location'), { 'if-match': '"other"' })).status, 404), 90000);
});

test('it counts: members of a group, connections of an address', async (t) => {
  const s = await serverFor(t, {
    groups: { g: { 'wildcard-user': present }, h: { 'wildcard-user': present } },
    files: { 'data/mediad.json': { limits: { 'clients-per-address': 2, 'members-per-group': 1 } } },
  });
  const first = await publish('g', { s });
  assert.equal(first.status, 201);
  const full = await publish('g', { s });
  assert.equal(full.status, 503, await full.text());
  assert.equal((await publish('h', { s })).status, 201);
  const third = await publish('h', { s });
  assert.equal(third.status, 429);
  assert.match(await third.text(), /too many connections/);
  await s.get(first.headers.get('location'), { method: 'DELETE' });
  assert.equal((await publish('g', { s })).status, 201);
});

test('below a path, and with a canonical host, a client is led to the right place', async (t) => {
  const s = await serverFor(t, { groups: { g: { 'wildcard-user': present } }, config: { proxyURL: '/base' } });
  const r = await publish('g', { s });
  assert.equal(r.status, 201);
  assert.match(r.headers.get('location'), /^\/base\/group\/g\/\.whip\//);
  assert.equal((await s.get(r.headers.get('location').replace('/base', ''), { method: 'DELETE' })).status, 200);
  s.writeConfig({ canonicalHost: 'meet.example.org' });
  await eventually(async () => {
    const moved = await publish('g', { s });
    assert.equal(moved.status, 308);
    assert.equal(moved.headers.get('location'), `https://meet.example.org:${s.port}/group/g/.whip`);
  });
});
