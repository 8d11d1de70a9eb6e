// @ts-check
/**
 * Text without a page: times, links, the small Markdown of the chat, names, how the server sends a video. Pure functions.
 */

import { locale, t } from './page.js';

/** @typedef {import('../types.js').StreamState} StreamState */

/**
 * How long something has lasted, as a clock shows it: 0:07, 12:34, 1:02:03.
 *
 * @param {number} ms
 */
export function clockText(ms) {
    const s = Math.floor(ms / 1000);
    const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
    const [hours, minutes, seconds] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
    return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** @typedef {{text: string, url?: string}} Piece */

/** @type {Record<string, string>} */
const OPENING = { ')': '(', ']': '[', '}': '{', '>': '<' };

/**
 * Find http and https addresses in a text.
 *
 * @param {string} text
 * @returns {Piece[]} the whole text in pieces; a piece with `url` is an address
 */
export function findLinks(text) {
    /** @type {Piece[]} */
    const pieces = [];
    let done = 0;
    for (const m of text.matchAll(/https?:\/\//gi)) {
        const found = m.index >= done ? addressAt(text, m.index) : '';
        if (!found)
            continue;
        if (m.index > done)
            pieces.push({ text: text.slice(done, m.index) });
        pieces.push({ text: found, url: new URL(found).href });
        done = m.index + found.length;
    }
    if (done < text.length)
        pieces.push({ text: text.slice(done) });
    return pieces;
}

/** Longer ones are no addresses that somebody would follow. */
const ADDRESS_MOST = 2048;

/**
 * @param {string} text
 * @param {number} at   where `http://` or `https://` stands
 * @returns {string} the address that begins there, empty if it is none
 */
function addressAt(text, at) {
    const rest = /^[^\s<>"“”«»]+/.exec(text.slice(at, at + ADDRESS_MOST));
    const found = trimAddress(rest?.[0] ?? '');
    return URL.canParse(found) && new URL(found).hostname ? found : '';
}

/**
 * Take off the end what belongs to the sentence and not to the address.
 *
 * @param {string} address
 * @returns {string}
 */
function trimAddress(address) {
    /** How many of each bracket there are. @type {Record<string, number>} */
    const counts = {};
    for (const c of address)
        counts[c] = (counts[c] ?? 0) + 1;
    let end = address.length;
    for (; end > 0; end--) {
        const last = address[end - 1];
        const opening = OPENING[last];
        const unbalanced = opening && counts[last] > (counts[opening] ?? 0);
        if (!unbalanced && !/[.,;:!?'’*_…`]/.test(last))
            break;
        counts[last]--;
    }
    return address.slice(0, end);
}

/**
 * A piece of a message. The markers that stand around it and are not shown are kept, so that nothing of the text is lost:
 * `open`, then `text` or `children`, then `close` is what was written.
 *
 * @typedef {object} Mark
 * @property {'text'|'link'|'mention'|'code'|'pre'|'strong'|'em'|'quote'} kind
 * @property {string} [text]       of text, link, mention, code and pre
 * @property {Mark[]} [children]   of strong, em and quote
 * @property {string} [url]        of a link
 * @property {string} [name]       of a mention: the name as its bearer writes it
 * @property {string} [open]
 * @property {string} [close]
 * @property {string[]} [prefixes] of a quote: what stood before each of its lines
 */

/** More marks than this in one message stay text: a page must not choke on what somebody sends. */
const MARKS_MOST = 400;
const MENTIONS_MOST = 50;
const DEPTH_MOST = 3;

/** What one message may still cost. @typedef {{marks: number, mentions: number}} Budget */

/**
 * Read the small Markdown of the chat: `code`, blocks between lines of three backticks, **bold**, *italic* and _italic_,
 * lines that begin with `> `, addresses, and `@name` of somebody known.
 *
 * @param {string} text
 * @param {string[]} [names]   who may be mentioned
 * @returns {Mark[]}
 */
export function parseMarkup(text, names = []) {
    const sorted = names.filter(Boolean).sort((a, b) => b.length - a.length);
    return parseBlocks(text, sorted, 0, { marks: MARKS_MOST, mentions: MENTIONS_MOST });
}

/**
 * @param {string} text
 * @param {string[]} names   longest first
 * @param {number} depth
 * @param {Budget} budget
 * @returns {Mark[]}
 */
function parseBlocks(text, names, depth, budget) {
    const lines = text.split('\n');
    /** @type {Mark[]} */
    const marks = [];
    /** @type {string[]} */
    let plain = [];
    const lastFence = lines.lastIndexOf('```');
    /** A block takes the ends of line around it into its markers: it has lines of its own. @param {Mark} block @param {boolean} isLast */
    const push = (block, isLast) => {
        if (plain.length)
            marks.push(...parseInline(plain.join('\n'), names, depth, budget));
        const isAfterText = plain.length > 0;
        plain = [];
        marks.push({ ...block, open: `${isAfterText ? '\n' : ''}${block.open ?? ''}`, close: `${block.close ?? ''}${isLast ? '' : '\n'}` });
        budget.marks--;
    };
    for (let i = 0; i < lines.length; i++) {
        const end = i < lastFence && /^```[\w+-]*$/.test(lines[i]) ? lines.indexOf('```', i + 1) : -1;
        if (budget.marks > 0 && end > 0) {
            push({ kind: 'pre', open: `${lines[i]}\n`, text: lines.slice(i + 1, end).join('\n'), close: end > i + 1 ? '\n```' : '```' }, end === lines.length - 1);
            i = end;
        } else if (budget.marks > 0 && depth < DEPTH_MOST && isQuoted(lines[i])) {
            let after = i;
            while (after < lines.length && isQuoted(lines[after]))
                after++;
            const quoted = lines.slice(i, after);
            const prefixes = quoted.map((l) => l.slice(0, 2));
            push({ kind: 'quote', prefixes, children: parseBlocks(quoted.map((l) => l.slice(2)).join('\n'), names, depth + 1, budget) },
                after === lines.length);
            i = after - 1;
        } else {
            plain.push(lines[i]);
        }
    }
    if (plain.length)
        marks.push(...parseInline(plain.join('\n'), names, depth, budget));
    return marks;
}

/** @param {string} line */
const isQuoted = (line) => line === '>' || line.startsWith('> ');

/** @param {string} text @param {number} at */
const isWordAt = (text, at) => /^[\p{L}\p{N}_]/u.test(text.slice(at, at + 2));
/** @param {string} text @param {number} at */
const isWordBefore = (text, at) => /[\p{L}\p{N}_]$/u.test(text.slice(Math.max(0, at - 2), at));
/** @param {string|undefined} c */
const isSpace = (c) => c === undefined || /\s/.test(c);

/** Where emphasis may end: after something that is no blank, and not within a word. @param {string} text @param {'**'|'*'|'_'} marker */
function closers(text, marker) {
    const found = [];
    for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + marker.length)) {
        const isDouble = marker === '*' && (text[at + 1] === '*' || text[at - 1] === '*');
        if (at > 0 && !isSpace(text[at - 1]) && !isDouble && !isWordAt(text, at + marker.length))
            found.push(at);
    }
    return found;
}

/**
 * @param {string} text
 * @param {string[]} names   longest first
 * @param {number} depth
 * @param {Budget} budget
 * @returns {Mark[]}
 */
function parseInline(text, names, depth, budget) {
    /** @type {Mark[]} */
    const marks = [];
    let done = 0;
    /** Looked for once, and used up from the front: the whole is read in one pass. @type {Record<string, number[]>} */
    const ends = {};
    /** @param {'**'|'*'|'_'} marker @param {number} at */
    const endOf = (marker, at) => {
        const all = ends[marker] ??= closers(text, marker).reverse();
        while (all.length && all[all.length - 1] <= at)
            all.pop();
        return all[all.length - 1] ?? -1;
    };
    /** @param {Mark} mark @param {number} from @param {number} to */
    const push = (mark, from, to) => {
        if (from > done)
            marks.push({ kind: 'text', text: text.slice(done, from) });
        marks.push(mark);
        budget.marks--;
        done = to;
    };
    /** @type {Map<number, number>|null} */
    let codes = null;
    for (const { 0: marker, index: at } of text.matchAll(/`+|\*\*?|_|https?:\/\/|@/gi)) {
        if (budget.marks <= 0)
            break;
        if (at < done)
            continue;
        const after = at + marker.length;
        if (marker[0] === '`') {
            codes ??= pairs(text);
            const end = codes.get(at);
            if (end !== undefined)
                push({ kind: 'code', open: marker, text: text.slice(after, end), close: marker }, at, end + marker.length);
        } else if (marker === '@') {
            const name = isWordBefore(text, at) || budget.mentions-- <= 0 ? undefined : nameAt(text, after, names);
            if (name !== undefined)
                push({ kind: 'mention', text: text.slice(at, after + name.length), name }, at, after + name.length);
        } else if (marker === '**' || marker === '*' || marker === '_') {
            const end = depth >= DEPTH_MOST || isSpace(text[after]) || isWordBefore(text, at) ? -1 : endOf(marker, after);
            if (end > 0)
                push({ kind: marker === '**' ? 'strong' : 'em', open: marker, close: marker,
                    children: parseInline(text.slice(after, end), names, depth + 1, budget) }, at, end + marker.length);
        } else {
            const address = addressAt(text, at);
            if (address)
                push({ kind: 'link', text: address, url: new URL(address).href }, at, at + address.length);
        }
    }
    if (done < text.length)
        marks.push({ kind: 'text', text: text.slice(done) });
    return marks;
}

/**
 * @param {string} text
 * @returns {Map<number, number>} from each run of backticks to the next one of the same length
 */
function pairs(text) {
    /** @type {Map<number, number>} */
    const next = new Map();
    /** The last run of each length. @type {Map<number, number>} */
    const last = new Map();
    for (const { 0: { length }, index } of text.matchAll(/`+/g)) {
        const before = last.get(length);
        if (before !== undefined)
            next.set(before, index);
        last.set(length, index);
    }
    return next;
}

/**
 * @param {string} text
 * @param {number} at
 * @param {string[]} names   longest first
 * @returns {string|undefined} the name that stands there, whatever its case
 */
function nameAt(text, at, names) {
    return names.find((n) => text.slice(at, at + n.length).toLowerCase() === n.toLowerCase() && !isWordAt(text, at + n.length));
}

/**
 * What is shown of marks: the text without its markers.
 *
 * @param {Mark[]} marks
 * @returns {string}
 */
export const plainText = (marks) => marks.map((m) =>
    (m.children ? plainText(m.children) + (m.kind === 'quote' ? '\n' : '') : `${m.text}${m.kind === 'pre' ? '\n' : ''}`)).join('');

/**
 * Those who are mentioned, apart from what is quoted.
 *
 * @param {Mark[]} marks
 * @returns {string[]} names
 */
export const mentionsIn = (marks) => marks.flatMap((m) =>
    (m.kind === 'mention' ? [m.name ?? ''] : m.kind === 'quote' ? [] : mentionsIn(m.children ?? [])));

/** A quote is to remind, not to repeat. */
const QUOTE_LINES_MOST = 3;
const QUOTE_MOST = 200;

/**
 * A message as a reply quotes it: every program shows such lines sensibly, and ours finds the message again by them.
 *
 * @param {string} username
 * @param {string} text
 * @returns {string} lines that begin with `> `, without an end of line behind the last
 */
export function quote(username, text) {
    const own = text.split('\n').filter((l) => !isQuoted(l) && l.trim() !== '');
    const cut = own.slice(0, QUOTE_LINES_MOST).join('\n');
    const short = [...cut].slice(0, QUOTE_MOST).join('');
    const more = short.length < cut.length || own.length > QUOTE_LINES_MOST ? '…' : '';
    return `${username.replace(/\s+/g, ' ').trim() || '(anon)'}: ${short}${more}`.split('\n').map((l) => `> ${l}`).join('\n');
}

/**
 * @param {string} text
 * @returns {string} the lines at its beginning that quote; empty if there are none
 */
export function leadingQuote(text) {
    const lines = text.split('\n');
    const end = lines.findIndex((l) => !isQuoted(l));
    return lines.slice(0, end < 0 ? lines.length : end).join('\n');
}

/** A sequence of Unicode Technical Standard 51, section 1.4: flag, keycap, or a picture with what is joined to it. */
const EMOJI = String.raw`(?:\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|(?!\p{RI}|[0-9#*])\p{Emoji}(?:\p{EMod}|\uFE0F)?[\u{E0020}-\u{E007F}]*(?:\u200D\p{Emoji}(?:\p{EMod}|\uFE0F)?)*)`;
const EMOJI_MOST = 32;
const one = new RegExp(`^${EMOJI}$`, 'u');
const few = new RegExp(`^(?:${EMOJI}\\s*){1,3}$`, 'u');

/**
 * @param {unknown} value
 * @returns {boolean} whether it is one emoji and nothing else
 */
export const isEmoji = (value) => typeof value === 'string' && value.length <= EMOJI_MOST && one.test(value);

/**
 * @param {string} text
 * @returns {boolean} whether it is up to three emoji, which may be shown large
 */
export const isEmojiOnly = (text) => text.length <= 3 * EMOJI_MOST && few.test(text.trim());

/** Longest text of a notice about a message. */
const SHORT_MOST = 160;

/**
 * @param {string} text
 * @returns {string} its beginning, if it is long
 */
export function shorten(text) {
    const letters = [...text];
    return letters.length > SHORT_MOST ? `${letters.slice(0, SHORT_MOST - 1).join('')}…` : text;
}

const clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });

/** @param {Date} time */
export const formatClock = (time) => clock.format(time);
/** @param {Date} time */
export const formatDay = (time) => day.format(time);
/** @param {Date} time */
export const formatDateTime = (time) => full.format(time);

/**
 * Up to two letters that stand for a name.
 *
 * @param {string} name
 * @returns {string}
 */
export function initials(name) {
    const words = name.trim().split(/\s+/).filter(Boolean);
    const letters = [words[0], words.length > 1 ? words[words.length - 1] : ''].map((w) => [...(w ?? '')][0] ?? '');
    return letters.join('').toUpperCase() || '?';
}

/**
 * A number from 0 to 359 that is always the same for a name: the hue of its avatar.
 *
 * @param {string} name
 * @returns {number}
 */
export function hue(name) {
    let h = 0;
    for (const c of name)
        h = (h * 31 + (c.codePointAt(0) ?? 0)) % 4093;
    // The golden angle keeps neighbours apart.
    return Math.round(h * 137.5) % 360;
}

/**
 * What a tile says about its picture.
 *
 * @param {StreamState|null} sent
 * @param {boolean} hasSound    whether the stream has sound too
 * @param {boolean} isHidden    we said that nobody sees it
 * @returns {string} empty when there is nothing to say
 */
export function sentInWords(sent, hasSound, isHidden) {
    if (!sent || sent.state === 'full')
        return '';
    if (sent.state === 'reduced')
        return sent.reason === 'silent' ? t('Reduced picture: no better one is sent') : t('Low bandwidth: reduced picture');
    switch (sent.reason) {
    case 'bandwidth':
        return hasSound ? t('Low bandwidth: only the sound') : t('Low bandwidth: no picture');
    case 'unwanted':
        // The server goes by what we said, and has not heard yet that the picture is seen again.
        return isHidden ? t('No picture now') : t('Not shown: not among the last speakers');
    default:
        return t('No picture is sent now');
    }
}
