// What of the group page needs no page: text, layout, settings, order of people.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, beforeEach, describe, it } from 'node:test';
import { parseTime, runCommand, splitWord, usableCommands } from '../../static/js/commands.js';
import { encodings, Strain } from '../../static/js/media.js';
import { changeSetting, loadSettings, queueHands, sortUsers, state, storedSettings } from '../../static/js/session.js';
import { sentInFigures } from '../../static/js/stats.js';
import { findLinks, initials, sentInWords } from '../../static/js/text.js';
import { formatSize } from '../../static/js/transfers.js';
import { arrange, covers, floating, judge, orderPages, pictureArea } from '../../static/js/videos.js';
import { UpStream, activeLayers, changeParameters, offerRepeats, speakerList, streamRate, streamState } from '../../static/protocol.js';

describe('arguments of commands', () => {
  const cases = [
    ['a plain word', 'anna hello there', ['anna', 'hello there']],
    ['spaces before and between', '  anna   hello ', ['anna', 'hello ']],
    ['a quoted name', '"Anne Marie" hi', ['Anne Marie', 'hi']],
    ['an apostrophe as quote', "'Anne Marie' hi", ['Anne Marie', 'hi']],
    ['an escaped space', 'Anne\\ Marie bye', ['Anne Marie', 'bye']],
    ['an escaped quote', '"say \\"so\\"" x', ['say "so"', 'x']],
    ['an empty name', "'' 2d", ['', '2d']],
    ['a quote that is not closed takes all', '"Anne Marie hi', ['Anne Marie hi', '']],
    ['a backslash at the end', 'a\\', ['a\\', '']],
    ['nothing', '', ['', '']],
  ];
  for (const [name, text, want] of cases) it(name, () => assert.deepEqual(splitWord(text), want));
});

describe('the commands of the original', () => {
  /** Those that /help lists, by the permissions that they need. */
  const LISTED = {
    '': 'help leave raise unraise renegotiate',
    message: 'msg sendfile',
    op: 'clear lock unlock subgroups kick identify op unop present unpresent shutup unshutup',
    'op message': 'mute muteall warn wall',
    record: 'record unrecord',
    token: 'invite',
    'op token': 'reinvite revoke listtokens',
  };
  const all = Object.entries(LISTED).flatMap(([needs, names]) => names.split(' ').map((name) => ({ name, needs: needs.split(' ').filter(Boolean) })));
  const usable = (/** @type {string[]} */ permissions) => {
    state.permissions = permissions;
    return new Set(usableCommands().map((c) => c.name));
  };
  before(() => { globalThis.HTMLVideoElement ??= class {}; });
  beforeEach(() => { state.permissions = []; });

  it('are listed to whom they are for, and to nobody else', () => {
    for (const { name, needs } of all) {
      assert.ok(usable(needs).has(name), `/${name} with ${needs}`);
      for (const one of needs) assert.ok(!usable(['op', 'message', 'record', 'token', 'present'].filter((p) => p !== one)).has(name), `/${name} without ${one}`);
    }
  });
  it('those of who presents, and those that are not listed, are there as well', async () => {
    for (const name of ['sharescreen', 'unsharescreen', 'presentfile', 'me', 'replace', 'relay-test', 'set', 'unset', 'expire']) {
      const said = await new Promise((ok) => { ok(runCommand(name, '')); }).then(() => '', (e) => String(e));
      assert.doesNotMatch(said, /There is no command/, name);
    }
    assert.throws(() => runCommand('nonsense', ''), /There is no command \/nonsense/);
  });
  it('stand in the manual, all of them', () => {
    const manual = readFileSync(new URL('../../docs/USER.md', import.meta.url), 'utf8');
    for (const name of usable(['op', 'message', 'record', 'token', 'present'])) assert.match(manual, new RegExp(`/${name}\\b`), name);
  });
});

describe('times', () => {
  const cases = [['30s', 30e3], ['5min', 300e3], ['2h', 7200e3], ['1d', 86400e3], ['1mon', 31 * 86400e3], ['1yr', 365 * 86400e3]];
  for (const [text, want] of cases) it(text, () => assert.equal(parseTime(text), want));
  it('a date', () => assert.equal(parseTime('2030-01-31T18:00:00Z'), '2030-01-31T18:00:00.000Z'));
  for (const text of ['', 'soon', '2 d', 'd', '-1d']) it(`refuses “${text}”`, () => assert.throws(() => parseTime(text), /is not a time/));
});

describe('offers', () => {
  const video = 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n';
  const audio = (...lines) => ['m=audio 9 UDP/TLS/RTP/SAVPF 111 0', 'a=mid:0', ...lines, ''].join('\r\n');
  const opus = 'a=rtpmap:111 opus/48000/2';
  const cases = [
    ['sound may be asked for again', audio(opus, 'a=fmtp:111 x=1'), audio(opus, 'a=rtcp-fb:111 nack', 'a=fmtp:111 x=1')],
    ['once', audio(opus, 'a=rtcp-fb:111 nack'), audio(opus, 'a=rtcp-fb:111 nack')],
    ['other codecs are left alone', audio('a=rtpmap:0 PCMU/8000'), audio('a=rtpmap:0 PCMU/8000')],
    ['nothing', '', ''],
  ];
  for (const [name, sdp, want] of cases) {
    it(name, () => assert.equal(offerRepeats(`v=0\r\n${sdp}${video}${sdp}`), `v=0\r\n${want}${video}${want}`));
  }
});

describe('links', () => {
  const cases = [
    ['see https://a.example/b.', ['https://a.example/b']],
    ['(https://a.example/x_(y))', ['https://a.example/x_(y)']],
    ['http://a.example, https://b.example!', ['http://a.example', 'https://b.example']],
    ['<https://a.example/?q=1&r=2>', ['https://a.example/?q=1&r=2']],
    ['https://bücher.example/ß', ['https://bücher.example/ß']],
    ['javascript:alert(1) data:text/html,x http:// https://', []],
    ['no link', []],
  ];
  for (const [text, want] of cases) {
    it(text, () => {
      const pieces = findLinks(text);
      assert.equal(pieces.map((p) => p.text).join(''), text);
      assert.deepEqual(pieces.filter((p) => p.url).map((p) => p.text), want);
    });
  }
});

it('sizes and initials', () => {
  assert.equal(formatSize(0), '0 bytes');
  assert.equal(formatSize(1), '1 byte');
  assert.equal(formatSize(1500), '1.5 kB');
  assert.equal(formatSize(200e6), '200 MB');
  assert.equal(initials('Anne Marie Li'), 'AL');
  assert.equal(initials(''), '?');
  assert.equal(initials('😀 x'), '😀X');
});

describe('pages of tiles', () => {
  const rows = [
    ['as they come', [], 'a b c d e', '', 'a b c d e'],
    ['who comes is last, who goes leaves no gap', 'a b c d e'.split(' '), 'a b d e f', '', 'a b d e f'],
    ['who speaks changes places with the last of the first page', [], 'a b c d e', 'e', 'a b e d c'],
    ['who leads there already keeps his place', [], 'a b c d e', 'c d', 'a d c b e'],
    ['who leads within the first page moves nothing', [], 'a b c d e', 'b a', 'a b c d e'],
    ['an order is kept when nobody leads any more', 'a b e d c'.split(' '), 'a b c d e', '', 'a b e d c'],
    ['more lead than there is room', [], 'a b c d e', 'a b c d e', 'a b c d e'],
  ];
  for (const [name, before, ids, leaders, wanted] of rows) {
    it(name, () => {
      const leading = new Set(leaders.split(' '));
      assert.equal(orderPages(before, ids.split(' '), 3, (id) => leading.has(id)).join(' '), wanted);
    });
  }
});

describe('layout', () => {
  const sizes = [[1280, 720], [700, 900], [320, 480], [1920, 300], [1354, 640], [390, 690]];
  const boxes = (n, aspect = 16 / 9) => Array.from({ length: n }, (_, i) => ({ id: `t${i}`, aspect }));
  const area = (rects) => rects.reduce((sum, r) => sum + r.width * r.height, 0);
  for (const [width, height] of sizes) {
    it(`1 to 30 tiles in ${width}×${height} stay inside and apart, and each has a place or is counted`, () => {
      for (let n = 1; n <= 30; n++) {
        for (const star of [null, 't0']) {
          const { rects, more } = arrange(boxes(n), width, height, 8, star);
          assert.equal(rects.length + (more?.count ?? 0), n);
          const all = more ? [...rects, more] : rects;
          for (const r of all) {
            assert.ok(r.width > 0 && r.height > 0, `${n} tiles`);
            assert.ok(r.x >= -0.01 && r.y >= -0.01 && r.x + r.width <= width + 0.01 && r.y + r.height <= height + 0.01, `${n} tiles`);
          }
          for (const a of all) {
            for (const b of all) {
              const apart = a === b || a.x + a.width <= b.x + 0.01 || b.x + b.width <= a.x + 0.01 ||
                a.y + a.height <= b.y + 0.01 || b.y + b.height <= a.y + 0.01;
              assert.ok(apart, `${a.id} and ${b.id} of ${n} overlap`);
            }
          }
        }
      }
    });
  }
  it('a grid of 1 to 16 leaves nothing of the pane but gaps', () => {
    for (let n = 1; n <= 16; n++) assert.ok(area(arrange(boxes(n), 1354, 640, 6, null).rects) > 0.95 * 1354 * 640, `${n} tiles`);
  });
  it('no row of a grid has a lonely tile when there are more than three', () => {
    for (let n = 4; n <= 16; n++) {
      const { rects } = arrange(boxes(n), 1354, 640, 6, null);
      for (const r of rects) assert.ok(rects.some((o) => o !== r && (o.y === r.y || o.x === r.x)), `${n} tiles`);
    }
  });
  it('two stand side by side in a wide pane, one above the other in a tall one', () => {
    const [a, b] = arrange(boxes(2), 1354, 640, 6, null).rects;
    assert.ok(a.y === b.y && a.x < b.x);
    const [c, d] = arrange(boxes(2), 390, 690, 6, null).rects;
    assert.ok(c.x === d.x && c.y < d.y);
  });
  it('a picture fills its tile when under 15 % of it is lost', () => {
    assert.ok(covers(16 / 9, 400, 225));
    assert.ok(covers(16 / 9, 400, 260));
    assert.ok(!covers(16 / 9, 400, 270));
    assert.ok(!covers(9 / 16, 400, 225));
    assert.ok(!covers(0, 400, 225));
  });
  it('a strip shows as many tiles of 160×90 as fit, then counts', () => {
    const { rects: [star, ...others], more } = arrange(boxes(30), 1354, 640, 6, 't0');
    assert.ok(star.width * star.height > 0.6 * 1354 * 640);
    for (const r of others) assert.ok(r.width >= 159 && r.height >= 89, `${r.width}×${r.height}`);
    assert.ok(others.length >= 5);
    assert.equal(others.length + more.count, 29);
  });
  it('the strip leaves room to what floats over it, unless somebody would have to go', () => {
    const shown = (width, height, n, float) => arrange(boxes(n), width, height, 6, 't0', float).rects.slice(1);
    for (const [width, height] of [[1354, 640], [1908, 960]]) {
      const float = floating(16 / 9, width, height, null);
      const others = shown(width, height, 4, float);
      assert.equal(others.length, 3);
      assert.ok(others.every((r) => r.x + r.width <= float.x || r.y + r.height <= float.y), `${width}×${height}`);
      assert.deepEqual(shown(width, height, 4, { x: 0, y: 0, width: 20, height: 20 }), shown(width, height, 4, null), 'over the stage');
    }
    assert.equal(shown(390, 690, 4, floating(16 / 9, 390, 690, null)).length, 3);
  });
  const stages = [
    ['a screen in a wide pane', 16 / 9, 1280, 720], ['a screen in a square pane', 16 / 9, 740, 680], ['a screen on a phone', 16 / 9, 380, 700],
    ['a telephone in a wide pane', 9 / 16, 1280, 720], ['a telephone in a tall pane', 9 / 16, 380, 700],
  ];
  for (const [name, aspect, width, height] of stages) {
    it(`the picture on stage is nearly as large as alone: ${name}`, () => {
      const { rects: [star, ...others] } = arrange([{ id: 'star', aspect }, ...boxes(3)], width, height, 8, 'star');
      assert.equal(star.id, 'star');
      const alone = pictureArea(aspect, { x: 0, y: 0, width, height });
      assert.ok(pictureArea(aspect, star) > 0.5 * alone, `${pictureArea(aspect, star) / alone}`);
      for (const r of others) assert.ok(r.width * r.height < star.width * star.height / 2);
    });
  }
  it('one\'s own picture floats inside, a sixth wide', () => {
    for (const place of [null, [0, 0], [1, 0.5]]) {
      const r = floating(16 / 9, 1354, 640, place);
      assert.ok(Math.abs(r.width - 1354 / 6) < 0.01);
      assert.ok(r.x >= 0 && r.y >= 0 && r.x + r.width <= 1354.01 && r.y + r.height <= 640.01);
    }
  });
});

describe('what a tile says about its picture', () => {
  const cases = [
    ['nothing known', null, true, false, ''],
    ['all of it', { state: 'full', reason: '' }, true, false, ''],
    ['a lower layer for a slow line', { state: 'reduced', reason: 'bandwidth' }, true, false, 'Low bandwidth: reduced picture'],
    ['a lower layer of a slow sender', { state: 'reduced', reason: 'silent' }, true, false, 'Reduced picture: no better one is sent'],
    ['none, with sound', { state: 'paused', reason: 'bandwidth' }, true, false, 'Low bandwidth: only the sound'],
    ['none, without sound', { state: 'paused', reason: 'bandwidth' }, false, false, 'Low bandwidth: no picture'],
    ['none of one who does not speak', { state: 'paused', reason: 'unwanted' }, true, false, 'Not shown: not among the last speakers'],
    ['none because we hid it', { state: 'paused', reason: 'unwanted' }, true, true, 'No picture now'],
    ['none because none is sent', { state: 'paused', reason: 'silent' }, true, false, 'No picture is sent now'],
  ];
  for (const [name, sent, hasSound, isHidden, want] of cases)
    it(name, () => assert.equal(sentInWords(sent && { layer: 0, layers: 2, bitrate: 0, ...sent }, hasSound, isHidden), want));
  it('in figures', () => {
    assert.equal(sentInFigures({ state: 'reduced', reason: 'bandwidth', layer: 0, layers: 3, bitrate: 150_400 }),
      'reduced (bandwidth), layer 1 of 3, up to 150 kbit/s');
    assert.equal(sentInFigures({ state: 'paused', reason: 'unwanted', layer: 0, layers: 3, bitrate: 0 }), 'paused (unwanted)');
    assert.equal(sentInFigures({ state: 'full', reason: '', layer: 0, layers: 1, bitrate: 0 }), 'full');
  });
});

describe('messages of a server that divides our line', () => {
  const damaged = [undefined, null, 7, 'x', [null], [7], {}];
  it('are read', () => {
    assert.deepEqual(speakerList({ type: 'speakers', value: [{ id: 'a', speaks: true }, { id: 'b' }] }),
      [{ id: 'a', speaks: true }, { id: 'b', speaks: false }]);
    assert.deepEqual(activeLayers({ type: 'layers', value: { active: ['h', 'l'] } }), ['h', 'l']);
    assert.deepEqual(streamRate({ type: 'rate', value: { bitrate: 400000 } }), { bitrate: 400_000, rids: new Map() });
    assert.deepEqual(streamRate({ type: 'rate', value: { bitrate: 380000, rids: { h: 0, m: 230000, x: -1, y: '7' } } }),
      { bitrate: 380_000, rids: new Map([['h', 0], ['m', 230_000]]) });
    assert.deepEqual(streamState({ type: 'streamState', value: { state: 'paused', reason: 'bandwidth' } }),
      { state: 'paused', reason: 'bandwidth', layer: 0, layers: 0, bitrate: 0 });
  });
  it('do no harm when they are damaged', () => {
    for (const value of damaged) {
      for (const speaker of speakerList({ type: 'speakers', value })) assert.deepEqual(speaker, { id: '', speaks: false });
      assert.equal(activeLayers({ type: 'layers', value }), null);
      assert.equal(streamState({ type: 'streamState', value }), null);
      assert.equal(streamRate({ type: 'rate', value }), null);
      assert.equal(streamRate({ type: 'rate', value: { bitrate: 1, rids: value } }).bitrate, 1);
    }
  });
});

it('a layer is sent while somebody receives it, and there is room for it', async () => {
  const params = { encodings: ['h', 'm', 'l'].map((rid) => ({ rid, active: true })) };
  const sender = { track: { kind: 'video' }, getParameters: () => structuredClone(params), setParameters: async (p) => { params.encodings = p.encodings; } };
  const up = new UpStream({}, { getTransceivers: () => [{ direction: 'sendonly', sender }] }, { id: 'i', localId: 'i', label: 'camera', replace: null });
  const sent = async () => {
    await changeParameters(sender, () => false);
    return params.encodings.filter((e) => e.active).map((e) => e.rid).join('');
  };
  up.gotRate({ bitrate: 380_000, rids: new Map([['h', 0], ['m', 230_000]]) });
  assert.equal(await sent(), 'ml');
  assert.deepEqual(['h', 'm', 'l'].map((rid) => up.carried(rid)), [Infinity, 230_000, Infinity]);
  assert.equal(up.carried(), 380_000);
  up.gotLayers(['l']);
  assert.equal(await sent(), 'l');
  up.gotRate({ bitrate: 2_500_000, rids: new Map() });
  assert.equal(await sent(), 'l');
  up.gotLayers(['h', 'l']);
  assert.equal(await sent(), 'hl');
});

it('changes of a sender wait for one another, and a refused one stops no other', async () => {
  let busy = false;
  const done = [];
  const sender = {
    getParameters: () => ({ encodings: [] }),
    setParameters: async ({ name }) => {
      assert.equal(busy, false, 'a second change while one is under way');
      busy = true;
      await new Promise((ok) => { setTimeout(ok, 5); });
      busy = false;
      if (name === 'b') throw new Error('refused');
      done.push(name);
    },
  };
  const change = (name, is = true) => changeParameters(sender, (p) => Object.assign(p, { name }) && is);
  const all = await Promise.allSettled([change('a'), change('b'), change('c', false), change('d')]);
  assert.deepEqual(all.map((r) => r.status), ['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  assert.deepEqual(done, ['a', 'd']);
});

describe('settings', () => {
  /** @type {Map<string, string>} */
  let kept;
  const storage = (name) => ({
    getItem: (key) => kept.get(`${name} ${key}`) ?? null,
    setItem: (key, value) => void kept.set(`${name} ${key}`, value),
  });
  beforeEach(() => {
    kept = new Map();
    for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(globalThis, name, { configurable: true, value: storage(name) });
  });

  it('are kept, choices for good and mute for the tab', () => {
    let s = loadSettings();
    s = changeSetting(s, 'send', 'low');
    s = changeSetting(s, 'localMute', true);
    assert.deepEqual(JSON.parse(kept.get('localStorage settings') ?? ''), { send: 'low' });
    assert.deepEqual(JSON.parse(kept.get('sessionStorage settings') ?? ''), { localMute: true });
    assert.equal(loadSettings().send, 'low');
    assert.deepEqual(storedSettings(), [['localMute', true], ['send', 'low']]);
    assert.equal(changeSetting(s, 'send', undefined).send, 'normal');
    assert.equal(loadSettings().send, 'normal');
  });
  for (const [key, value] of [['send', 'much'], ['request', 7], ['mirrorView', 'yes'], ['resolution', [1]], ['nosuch', 1], ['video', 3]])
    it(`refuse ${key} = ${JSON.stringify(value)}`, () => assert.throws(() => changeSetting(loadSettings(), String(key), value)));
  it('that are damaged or from elsewhere are left out', () => {
    kept.set('localStorage settings', '{"send":"bogus","simulcast":"on","toString":1}');
    assert.equal(loadSettings().send, 'normal');
    assert.equal(loadSettings().simulcast, 'on');
    kept.set('localStorage settings', 'not json');
    assert.equal(loadSettings().simulcast, 'auto');
  });
});

it('the page announces every module that it will import, so that they come in one round', () => {
  const root = new URL('../../static/', import.meta.url);
  /** @type {Set<string>} */
  const found = new Set();
  const walk = (/** @type {URL} */ url) => {
    if (found.has(url.href)) return;
    found.add(url.href);
    for (const m of readFileSync(url, 'utf8').matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)) walk(new URL(m[1], url));
  };
  walk(new URL('js/group.js', root));
  found.delete(new URL('js/group.js', root).href);
  const page = readFileSync(new URL('group.html', root), 'utf8');
  const announced = [...page.matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map((m) => new URL(m[1], root).href);
  assert.deepEqual(announced.sort(), [...found].sort());
});

describe('a line by its statistics', () => {
  const before = { lost: 0, got: 0, still: 0 };
  const inbound = (packetsLost, packetsReceived, more = {}) => ({ type: 'inbound-rtp', packetsLost, packetsReceived, ...more });
  const pair = (currentRoundTripTime) => ({ type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime });
  const layer = (frameHeight, qualityLimitationReason, more = {}) => ({ type: 'outbound-rtp', kind: 'video', frameHeight, qualityLimitationReason, ...more });
  for (const [name, stats, bars, why] of [
    ['nothing known', [], 3, ''],
    ['all comes', [inbound(0, 500), pair(0.02)], 3, ''],
    ['some is lost', [inbound(20, 480)], 2, 'loss'],
    ['much is lost', [inbound(60, 440)], 1, 'loss'],
    ['few packets tell nothing', [inbound(2, 8)], 3, ''],
    ['what others lose of ours', [{ type: 'remote-inbound-rtp', fractionLost: 0.1 }], 1, 'loss'],
    ['far away', [inbound(0, 500), pair(0.4)], 2, 'delay'],
    ['a pair that is not used', [{ ...pair(2), nominated: false }], 3, ''],
    ['a picture that stood still', [inbound(0, 500, { totalFreezesDuration: 1.2 })], 1, 'freezes'],
    ['the best layer is held back', [layer(720, 'bandwidth'), layer(180, 'none')], 2, 'bandwidth'],
    ['a layer that is off is not', [layer(720, 'bandwidth', { active: false }), layer(180, 'none')], 3, ''],
    ['the processor', [layer(360, 'cpu')], 2, 'cpu'],
    ['the worst counts', [inbound(20, 480), pair(0.7), layer(360, 'cpu')], 1, 'delay'],
  ])
    it(name, () => assert.deepEqual(judge(new Map(stats.map((s, i) => [i, s])), before).line, { bars, why }));
  it('a new connection begins anew', () =>
    assert.deepEqual(judge(new Map([[0, inbound(0, 10)]]), { lost: 50, got: 900, still: 3 }).line, { bars: 3, why: '' }));
});

it('hands queue as they rose, as far as anybody says when that was', () => {
  const hand = (id, raisehandtime) => ({ id, username: id, permissions: [], data: { raisehand: true, ...(raisehandtime && { raisehandtime }) } });
  const at = (seconds) => new Date(seconds * 1000).toISOString();
  const down = { id: 'down', username: '', permissions: [], data: {} };
  const first = queueHands([hand('says', at(50)), hand('silent'), down], new Map(), 60000);
  assert.deepEqual([...first], [['says', 50000], ['silent', 60000]]);
  const then = queueHands([hand('late', at(70)), hand('wrong', 'soon'), hand('silent'), hand('early', at(40))], first, 80000);
  assert.deepEqual([...then.keys()], ['early', 'silent', 'late', 'wrong']);
});

it('people stand in order: oneself, hands as they rose, names, nameless, machines', () => {
  const user = (id, username, data = {}, permissions = ['present']) => ({ id, username, permissions, data });
  const users = [
    user('1', 'zoe'), user('2', ''), user('3', 'RECORDING', {}, ['system']), user('4', 'adam'), user('5', 'Bea'),
    user('6', 'late', { raisehand: true, raisehandtime: '2030-01-02T00:00:00Z' }),
    user('7', 'zed', { raisehand: true, raisehandtime: '2030-01-01T00:00:00Z' }),
  ];
  assert.deepEqual(sortUsers(users, '1', queueHands(users, new Map(), 0)).map((u) => u.id), ['1', '7', '6', '4', '5', '2', '3']);
});

describe('what a camera sends', () => {
  const all = () => true;
  const two = { areMany: false, tellsLayers: true, strain: 0, wants: all, carried: () => Infinity };
  const many = { ...two, areMany: true };
  const settings = { simulcast: 'auto', send: 'normal', blackboardMode: false, hqaudio: false };
  const track = (height) => ({ kind: 'video', getSettings: () => ({ height }) });
  /** `rid rate/scale` of each layer, best first. */
  const plan = (send, circumstances, height = 720) => encodings({ ...settings, send }, 'camera', track(height), circumstances)
    .map((e) => `${e.rid ?? ''} ${(e.maxBitrate ?? Infinity) / 1000}/${e.scaleResolutionDownBy}`.trim()).join(', ');

  for (const [name, got, want] of [
    ['two people, normal', plan('normal', two), 'h 550/1, l 150/4'],
    ['many, normal', plan('normal', many), 'h 330/1, m 220/2, l 150/4'],
    ['many, without a limit', plan('unlimited', many), 'h 1500/1, m 500/2, l 150/4'],
    ['low: half the size', plan('low', many), 'h 200/2, l 100/4'],
    ['lowest: one layer', plan('lowest', many), '150/2'],
    ['a server that does not say what is received', plan('normal', { ...two, tellsLayers: false }), '700/1'],
    ['one layer takes what the server says', plan('unlimited', { ...two, tellsLayers: false, carried: () => 900_000 }), '900/1'],
    ['and no more than it may', plan('normal', { ...two, tellsLayers: false, carried: () => 900_000 }), '700/1'],
    ['in half the size when that is little', plan('unlimited', { ...two, tellsLayers: false, carried: () => 400_000 }), '400/2'],
    ['of several layers each by itself', plan('normal', { ...two, carried: (rid) => (rid === 'h' ? 230_000 : Infinity) }), 'h 230/1, l 150/4'],
    ['nobody receives the lowest', plan('normal', { ...two, wants: (rid) => rid === 'h' }), 'h 700/1, l 150/4'],
    ['nobody receives the best', plan('normal', { ...many, wants: (rid) => rid !== 'h' }), 'h 50/1, m 500/2, l 150/4'],
    ['the third layer gives way first', plan('normal', { ...many, strain: 1 }), 'h 550/1, l 150/4'],
    ['then the size', plan('normal', { ...many, strain: 2 }), 'h 550/1.5, l 150/4'],
    ['twice, and no more', plan('normal', { ...two, strain: 3 }), 'h 550/2, l 150/4'],
    ['a small camera', plan('normal', many, 480), 'h 550/1, l 150/2'],
    ['a blackboard without a limit', plan('unlimited', two, 1080), 'h Infinity/1, l 150/4'],
  ]) {
    it(name, () => assert.equal(got, want));
  }
});

describe('a processor that cannot keep up', () => {
  const report = (reason) => new Map([['a', { type: 'outbound-rtp', kind: 'video', active: true, qualityLimitationReason: reason }]]);
  const look = (strain, reason, times) => Array.from({ length: times }, () => strain.look(report(reason))).some(Boolean);

  it('is believed after three looks, forgiven after a minute, and then after two', () => {
    const strain = new Strain();
    assert.equal(look(strain, 'cpu', 2), false);
    look(strain, 'none', 1);
    assert.equal(look(strain, 'cpu', 2), false);
    assert.ok(look(strain, 'cpu', 1));
    assert.equal(strain.step, 1);
    assert.equal(look(strain, 'bandwidth', 29), false);
    assert.ok(look(strain, 'bandwidth', 1));
    assert.equal(strain.step, 0);
    assert.ok(look(strain, 'cpu', 3));
    assert.equal(look(strain, 'none', 59), false);
    assert.ok(look(strain, 'none', 1));
  });
});
