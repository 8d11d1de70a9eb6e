// A meeting is recorded from its page: who may finds it in the menu, everybody sees and hears of it, and the files hold what was sent.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decode, finishedRecordings, halvesAt, picturesOf, probe, recordingsOf } from '../lib/recorded.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { axeViolations } from './lib/axe.mjs';
import { colours } from './lib/camera.mjs';
import { Person, until } from './lib/people.mjs';

const users = {
  ada: { password: 'a', permissions: 'op' },
  bo: { password: 'b', permissions: 'present' },
  rita: { password: 'r', permissions: ['present', 'message', 'record'] },
};
const FROM_TO_S = [4, 40]; // recorded for six, on a busy machine

describe('a recorded meeting', () => {
  let server;
  let ada;
  let bo;

  before(async () => {
    server = await startServer({ groups: { kept: { users, 'allow-recording': true }, unkept: { users } } });
    ada = await Person.arrive('ada', ['red', 'blue']);
    bo = await Person.arrive('bo', ['yellow', 'magenta']);
  });
  after(async () => {
    for (const person of [ada, bo]) await person?.goHome();
    await server?.stop();
  });

  /** What the menu of the own name offers. */
  const menu = async (person) => {
    await person.opens('users');
    await person.page.click(`.user-entry[data-username="${person.name}"]`);
    await person.page.waitForSelector('[role=menu]');
    return person.page.locator('[role=menuitem]').evaluateAll((items) => items.map((i) => i.dataset.action));
  };
  const choose = async (person, action) => {
    await menu(person);
    await person.page.click(`[role=menuitem][data-action=${action}]`);
  };
  /** Keeps what is noticed: notices go after five seconds. */
  const keepNotices = (person) => person.page.evaluate(() => {
    window.noticesForTests = [];
    for (const id of ['notices-info', 'notices-warn']) {
      new MutationObserver((changes) => {
        for (const { addedNodes } of changes) window.noticesForTests.push(...Array.from(addedNodes, (n) => n.textContent));
      }).observe(document.getElementById(id), { childList: true });
    }
  });
  const read = (person, text) => until(`${person.name} reads "${text}"`,
    () => person.page.evaluate((t) => window.noticesForTests.some((n) => n.includes(t)), text));

  it('is not offered where the group does not allow it, whatever somebody may', async () => {
    const rita = await Person.arrive('rita', ['cyan', 'red']);
    try {
      await rita.join(server, 'unkept', { password: 'r', media: 'none' });
      const offered = await menu(rita);
      assert.ok(offered.includes('recordings'));
      assert.ok(!offered.includes('record'), offered.join(' '));
    } finally {
      await rita.goHome();
    }
  });

  it('starts from the menu; every page says so for as long as it lasts', async () => {
    await ada.join(server, 'kept', { password: 'a' });
    await bo.join(server, 'kept', { password: 'b' });
    await ada.decodes(bo);
    for (const person of [ada, bo]) await keepNotices(person);
    assert.ok(!(await menu(bo)).includes('record'));
    await bo.page.keyboard.press('Escape');
    assert.ok(await ada.page.isHidden('#recording'));
    await choose(ada, 'record');
    for (const person of [ada, bo]) {
      await person.page.waitForSelector('#recording:visible');
      assert.match(await person.page.textContent('#recording'), /REC.*This meeting is being recorded/);
      await read(person, 'ada has started to record this meeting.');
    }
    assert.deepEqual(await axeViolations(bo.page), []);
    await bo.photograph('call-recorded');
  });

  it('stops from the menu, and everybody hears that', async () => {
    await sleep(6000);
    assert.equal(recordingsOf(server, 'kept').filter((n) => n.endsWith('.part')).length, 2);
    const offered = await menu(ada);
    assert.ok(offered.includes('unrecord') && !offered.includes('record'), offered.join(' '));
    await ada.page.click('[role=menuitem][data-action=unrecord]');
    for (const person of [ada, bo]) {
      await person.page.waitForSelector('#recording', { state: 'hidden' });
      await read(person, 'ada has ended the recording.');
    }
  });

  it('is in the files, picture and sound, whole', async (t) => {
    const files = await finishedRecordings(server, 'kept', 2);
    assert.deepEqual(files.map((f) => /-(ada|bo)\.webm$/.exec(f)?.[1]).sort(), ['ada', 'bo']);
    for (const file of files) {
      const { duration, start, streams } = await probe(file);
      t.diagnostic(`${file}: ${duration} s, ${JSON.stringify(streams)}`);
      assert.deepEqual(streams.map((s) => s.codec).sort(), ['opus', 'vp8']);
      assert.ok(duration > FROM_TO_S[0] && duration < FROM_TO_S[1], `${file}: ${duration} s`);
      assert.ok(Math.abs(start) < 0.1, `${file} starts at ${start}`);
      for (const s of streams) assert.ok(s.frames > 5 * duration, `${file}: ${s.frames} of ${s.codec} in ${duration} s`);
      assert.equal(await decode(file), '');
    }
  });

  it('starts and stops by command, too, and leaves nothing in the console', async () => {
    const say = (text) => ada.says(text);
    await say('/record');
    await bo.page.waitForSelector('#recording:visible');
    await say('/record');
    await read(ada, 'already recording');
    await say('/unrecord');
    await bo.page.waitForSelector('#recording', { state: 'hidden' });
    for (const person of [ada, bo]) assert.deepEqual(await person.complaints(), []);
  });
});

describe('what a camera sends, by codec', () => {
  const groups = { vp9: ['vp9', 'opus'], av1: ['av1', 'opus'], h264: ['h264', 'opus'], pcmu: ['vp8', 'pcmu'], g722: ['vp8', 'g722'] };
  let server;
  let ada;

  before(async () => {
    server = await startServer({
      groups: Object.fromEntries(Object.entries(groups).map(([name, codecs]) => [name, { users, codecs, 'allow-recording': true }])),
    });
    ada = await Person.arrive('ada', ['red', 'blue']);
  });
  after(async () => {
    await ada?.goHome();
    await server?.stop();
  });

  for (const [group, [video, sound]] of Object.entries(groups)) {
    it(`${video} and ${sound} are in the file, whole`, async (t) => {
      await ada.join(server, group, { password: 'a' });
      await until('a camera is sent', () => ada.page.evaluate(async () => {
        for (const pc of window.peerConnectionsForTests) {
          if (pc.connectionState !== 'connected') continue;
          const sent = [...(await pc.getStats()).values()].filter((s) => s.type === 'outbound-rtp' && s.packetsSent > 10);
          if (sent.some((s) => s.kind === 'video') && sent.some((s) => s.kind === 'audio')) return true;
        }
        return false;
      }));
      for (const text of ['/record', '/unrecord']) {
        await ada.says(text);
        if (text === '/record') {
          await until('a file is written', () => recordingsOf(server, group).length > 0);
          await sleep(4000);
        }
      }
      const [file] = await finishedRecordings(server, group, 1);
      const { duration, start, streams } = await probe(file);
      t.diagnostic(`${duration} s, ${JSON.stringify(streams)}`);
      assert.match(file, video === 'h264' ? /\.mkv$/ : /\.webm$/);
      assert.deepEqual(streams.map((s) => s.codec).sort(), ['opus', video].sort());
      assert.ok(Math.abs(start) < 0.1, `starts at ${start}`);
      assert.ok(duration > 3, `${duration} s`);
      assert.equal(await decode(file), '');
      const halves = await halvesAt(file, duration - 2);
      for (const [i, half] of halves.entries())
        half.forEach((v, c) => assert.ok(Math.abs(v - colours[ada.halves[i]].rgb[c]) < 70, `half ${i} is ${half}`));
      await ada.page.click('#leave');
      await ada.page.waitForSelector('#username:visible');
    });
  }
});

it('of two layers the high one is recorded, the low one while its publisher does not send that, in one file', async (t) => {
  const server = await startServer({ groups: { kept: { users, 'allow-recording': true } } });
  const ada = await Person.arrive('ada', null);
  t.after(async () => {
    await ada.goHome();
    await server.stop();
  });
  const say = (text) => ada.says(text);
  /** Switches the high layer on or off, as a browser without enough of a line does. */
  const sendHigh = (active) => ada.page.evaluate(async (is) => {
    for (const sender of window.peerConnectionsForTests.flatMap((pc) => pc.getSenders())) {
      const parameters = sender.getParameters();
      if (sender.track?.kind !== 'video' || parameters.encodings.length < 2) continue;
      parameters.encodings[0].active = is;
      await sender.setParameters(parameters);
    }
  }, active);
  await ada.join(server, 'kept', { password: 'a' });
  await until('both layers are sent', () => ada.page.evaluate(async () => {
    const sent = [];
    for (const pc of window.peerConnectionsForTests) sent.push(...(await pc.getStats()).values());
    return sent.filter((s) => s.type === 'outbound-rtp' && s.kind === 'video' && s.framesEncoded > 30).length === 2;
  }));
  await say('/record');
  await until('a file is written', () => recordingsOf(server, 'kept').length > 0);
  await sleep(4000);
  await sendHigh(false);
  await sleep(8000);
  await sendHigh(true);
  await sleep(6000);
  await say('/unrecord');
  const [file] = await finishedRecordings(server, 'kept', 1);
  assert.equal(await decode(file), '');
  const pictures = await picturesOf(file);
  // A browser whose processor cannot keep up sends the high layer at half its size.
  const layers = pictures.map(({ width }) => (width > 320 ? 'high' : 'low'));
  const runs = layers.filter((layer, i) => layer !== layers[i - 1]);
  t.diagnostic(`${runs.join(' ')}; widths ${[...new Set(pictures.map(({ width }) => width))].join(' ')}, ${pictures.length} pictures`);
  assert.deepEqual(runs, ['high', 'low', 'high']);
  const longest = Math.max(...pictures.slice(1).map(({ at }, i) => at - pictures[i].at));
  t.diagnostic(`longest time without a picture: ${longest.toFixed(2)} s`);
  assert.ok(longest < 6, `${longest} s without a picture`);
});
