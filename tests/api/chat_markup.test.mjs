// The small Markdown of the chat: cases, and properties over many texts that nobody would think of.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { hue, isEmoji, isEmojiOnly, leadingQuote, mentionsIn, parseMarkup, plainText, quote } from '../../static/js/text.js';

/** Marks as one would say them: a kind and what is in it. */
const outline = (marks) => marks.map((m) =>
  (m.kind === 'text' ? m.text : `<${m.kind} ${m.children ? outline(m.children) : m.text}>`)).join('');

const people = ['Anne', 'Anne Marie', 'bo', '孔子', '<b>'];

describe('the Markdown of the chat', () => {
  const cases = [
    ['plain words', 'plain words'],
    ['**bold** and *italic*', '<strong bold> and <em italic>'],
    ['_so_ and snake_case_name', '<em so> and snake_case_name'],
    ['2*3*4 and 2 * 3 * 4', '2*3*4 and 2 * 3 * 4'],
    ['**a *b* c**', '<strong a <em b> c>'],
    ['**not closed', '**not closed'],
    ['** no **', '** no **'],
    ['`a *b* c` d', '<code a *b* c> d'],
    ['``a ` b``', '<code a ` b>'],
    ['`not closed', '`not closed'],
    ['see\n```js\nlet a = **1**;\n```\nthere', 'see<pre let a = **1**;>there'],
    ['```\nnever closed', '```\nnever closed'],
    ['> said\n> before\nnow', '<quote said\nbefore>now'],
    ['> > twice', '<quote <quote twice>>'],
    ['>_< is a face', '>_< is a face'],
    ['**https://example.org/a_b_c**', '<strong <link https://example.org/a_b_c>>'],
    ['https://example.org/*x*.', '<link https://example.org/*x>*.'],
    ['javascript:alert(1) <b>x</b>', 'javascript:alert(1) <b>x</b>'],
    ['@Anne Marie, @bo!', '<mention @Anne Marie>, <mention @bo>!'],
    ['@anne @Anneliese mail@bo', '<mention @anne> @Anneliese mail@bo'],
    ['@孔子 說', '<mention @孔子> 說'],
    ['@<b> x', '<mention @<b>> x'],
    ['> @Anne said\n@bo', '<quote <mention @Anne> said><mention @bo>'],
    ['', ''],
  ];
  for (const [text, want] of cases) it(JSON.stringify(text), () => assert.equal(outline(parseMarkup(text, people)), want));

  it('who is mentioned, quotes apart', () => {
    assert.deepEqual(mentionsIn(parseMarkup('> @Anne x\n**@BO** `@Anne`', people)), ['bo']);
  });
});

describe('whatever is written', () => {
  /** Pieces that the parser knows, and some that it does not. */
  const pieces = ['*', '**', '***', '_', '__', '`', '``', '```', '\n', '\n```\n', '```js\n', '> ', '>', '\n> ', 'https://', 'http://a.b/c', '@', '@Anne', '@bo ',
    'a', 'Z', ' ', '  ', '\t', '.', '(', ')', '<b>', '<img src=x onerror=alert(1)>', '&amp;', '"', '\'', '\u202e', '\u2067', 'ש', 'ع', '孔', '👍', '👨‍👩‍👧', '\ud83d', '\udc4d',
    '\u0000', '\u2028', '\ufeff', 'javascript:', 'data:text/html,', '\\', '|', '~~', '[x](y)', '![x](y)', '1. ', '# ', '- '];
  /** Numbers that are the same in every run: a failure can be seen again. */
  let seed = Number(process.env.FUZZ_SEED ?? 1);
  const random = (n) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * n);
  };
  const anyText = () => Array.from({ length: random(40) }, () => pieces[random(pieces.length)]).join('');
  const known = new Set(['text', 'link', 'mention', 'code', 'pre', 'strong', 'em', 'quote']);

  /** What was written, put together again from the marks. */
  const source = (marks) => marks.map((m) => {
    assert.ok(known.has(m.kind), `no other kind: ${m.kind}`);
    assert.equal(m.children === undefined, m.text !== undefined, 'either text or children');
    if (m.kind === 'link') assert.match(m.url, /^https?:\/\/[^/]/);
    const inner = m.children ? source(m.children) : m.text;
    const lines = m.prefixes ? inner.split('\n').map((l, i) => m.prefixes[i] + l).join('\n') : inner;
    return (m.open ?? '') + lines + (m.close ?? '');
  }).join('');
  const letters = (text) => [...text].filter((c) => !'*_`> \n'.includes(c)).join('');

  it('nothing of it is lost, and every character that is no marker is shown', () => {
    for (let i = 0; i < 20000; i++) {
      const text = anyText();
      const marks = parseMarkup(text, people);
      assert.equal(source(marks), text, JSON.stringify(text));
      // A block of code may name its language, which is not shown.
      if (!text.includes('```')) assert.equal(letters(plainText(marks)), letters(text), JSON.stringify(text));
    }
  });

  it('a quote of it is the lines at its beginning, and is found again', () => {
    for (let i = 0; i < 5000; i++) {
      const [name, text, reply] = [anyText(), anyText(), anyText()];
      const quoted = quote(name, text);
      assert.ok(quoted.split('\n').every((l) => l.startsWith('> ')), JSON.stringify(quoted));
      assert.ok(quoted.split('\n').length <= 3);
      assert.ok(leadingQuote(`${quoted}\n${reply}`).startsWith(quoted));
    }
  });

  it('a message has a bounded number of marks, however much is in it', () => {
    const count = (marks) => marks.reduce((sum, m) => sum + 1 + count(m.children ?? []), 0);
    for (const piece of ['*a* ', '**a**', '`a`', '> a\n\n', '@bo ', 'http://a.b ', '```\n```\n', '**', '*a', '_a_ ', '> '.repeat(30), 'http://a)']) {
      const text = piece.repeat(64 * 1024 / piece.length);
      const marks = parseMarkup(text, people);
      assert.ok(count(marks) < 2000, piece);
      assert.equal(source(marks), text, piece);
    }
  });
});

describe('emoji', () => {
  for (const e of ['👍', '❤️', '👍🏽', '🇫🇷', '1️⃣', '👨‍👩‍👧', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🧑‍💻']) it(`${e} is one`, () => assert.ok(isEmoji(e)));
  for (const e of ['', 'a', '1', '#', '👍👍', '<b>', '\u200d', '👍'.repeat(20), 7, null, ['👍'], { toString: () => '👍' }]) it(`${JSON.stringify(e)} is none`, () => assert.ok(!isEmoji(e)));
  it('up to three of them stand large', () => {
    assert.ok(isEmojiOnly(' 👍 🎉❤️'));
    for (const text of ['', ' ', '👍 yes', '👍👍👍👍', '123']) assert.ok(!isEmojiOnly(text), text);
  });
});

it('every name can be read on every ground of the chat, by day and by night', () => {
  const tokens = readFileSync(new URL('../../static/css/base.css', import.meta.url), 'utf8');
  const css = readFileSync(new URL('../../static/css/panes.css', import.meta.url), 'utf8');
  const lights = [...css.matchAll(/color: light-dark\(hsl\(var\(--hue, \d+\) (\d+)% (\d+)%\), hsl\(var\(--hue, \d+\) (\d+)% (\d+)%\)\)/g)]
    .flatMap((m) => [[m[1], m[2]], [m[3], m[4]]]).map((pair) => pair.map((v) => Number(v) / 100));
  assert.equal(lights.length, 2);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const hsl = (h, s, l) => [0, 8, 4].map((n) => {
    const k = (n + h / 30) % 12;
    return l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  });
  let least = 21;
  lights.forEach((light, i) => {
    for (const ground of ['surface', 'surface-2', 'accent-soft', 'bg']) {
      const hex = new RegExp(`--${ground}: light-dark\\(#([0-9a-f]{6}), #([0-9a-f]{6})\\)`).exec(tokens)[i + 1];
      const below = luminance([0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255));
      for (let h = 0; h < 360; h++) {
        const over = luminance(hsl(h, ...light));
        least = Math.min(least, (Math.max(over, below) + 0.05) / (Math.min(over, below) + 0.05));
      }
    }
  });
  assert.ok(least >= 4.5, `least contrast ${least.toFixed(2)}`);
  assert.notEqual(hue('ada'), hue('bo'));
});
