// @ts-check
/**
 * Text without a page: command arguments, times, links, sizes, how the server sends a video. Pure functions.
 */

import { locale, lookUp, t } from './i18n.js';

/** @typedef {import('../types.js').StreamState} StreamState */

/**
 * Split a command's rest into its first word, which may be quoted, and what follows, verbatim.
 *
 * @param {string} text
 * @returns {[first: string, rest: string]}
 */
export function splitWord(text) {
    let i = 0;
    while (text[i] === ' ')
        i++;
    let end = ' ';
    if (text[i] === '"' || text[i] === "'") {
        end = text[i];
        i++;
    }
    let first = '';
    while (i < text.length && text[i] !== end) {
        if (text[i] === '\\' && i + 1 < text.length)
            i++;
        first += text[i];
        i++;
    }
    i++;
    while (text[i] === ' ')
        i++;
    return [first, text.slice(i)];
}

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

/** Seconds in each unit. @type {Record<string, number>} */
const UNITS = { s: 1, min: 60, h: 3600, d: 86_400, mon: 31 * 86_400, yr: 365 * 86_400 };

/**
 * A time as a person types it: `2d`, `30min`, or anything that Date understands.
 *
 * @param {string} text
 * @returns {number|string} milliseconds from now, or an ISO 8601 time
 */
export function parseTime(text) {
    const m = /^(\d+)(s|min|h|d|mon|yr)$/.exec(text.trim());
    if (m)
        return Number(m[1]) * UNITS[m[2]] * 1000;
    const time = new Date(text);
    if (Number.isNaN(time.getTime()))
        throw new Error(t('“{text}” is not a time: write for example 30min, 2h, 1d or 2030-01-31T18:00', { text }));
    return time.toISOString();
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
    for (const m of text.matchAll(/https?:\/\/[^\s<>"“”«»]+/gi)) {
        const found = trimAddress(m[0]);
        if (!URL.canParse(found) || !new URL(found).hostname)
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

/**
 * Take off the end what belongs to the sentence and not to the address.
 *
 * @param {string} address
 * @returns {string}
 */
function trimAddress(address) {
    let s = address;
    for (;;) {
        const last = s[s.length - 1];
        const opening = OPENING[last];
        const unbalanced = opening && s.split(last).length > s.split(opening).length;
        if (!unbalanced && !/[.,;:!?'’*_…]/.test(last))
            return s;
        s = s.slice(0, -1);
    }
}

/**
 * @param {number} n   bytes
 * @returns {string}
 */
export function formatSize(n) {
    const units = ['kilobyte', 'megabyte', 'gigabyte'];
    if (n < 1000)
        return t('{n} bytes', { n }, '{n} byte');
    let i = 0;
    let v = n / 1000;
    while (v >= 1000 && i < units.length - 1) {
        v /= 1000;
        i++;
    }
    const digits = v < 10 ? 1 : 0;
    return new Intl.NumberFormat(locale, { style: 'unit', unit: units[i], minimumFractionDigits: digits, maximumFractionDigits: digits }).format(v);
}

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
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function plural(count, one, many = `${one}s`) {
    return `${count} ${count === 1 ? one : many}`;
}

/** What the server and protocol.js say, in English, that people come to read. */
const SAID = [
    'you have been banned from this group', 'this group is locked', 'this group is not open yet', 'this group is closed', 'there are no operators in this group',
    'too many users', 'the server has reached its limit of users', 'the server has reached its limit of groups', 'username required', 'this username is taken',
    'this cannot be a name', 'the server is busy, please try again', 'internal server error', 'this user has not the permission for it', 'group does not exist',
    'too many attempts, please try again later', 'user unknown', 'this text is too long', 'this message is too long', 'too many streams', 'this stream has ended',
    'the server is busy', 'that username is taken', 'you are sending too many messages', 'this server does not record', 'this group does not allow recording',
    'this meeting is encrypted end to end: the server cannot record it', 'already recording', 'nobody is in this group', 'this meeting is encrypted end to end now.',
    'has started to record this meeting.', 'has ended the recording.', 'not authorised', 'the server refused', 'the server cannot be reached', 'the server does not answer',
    'the server has gone silent', 'the connection was lost', 'not connected', 'the server sent something unreadable', 'the server speaks another version of the protocol',
    'cancelled by the other side', 'the other side hung up', 'the other side has left', 'you have left', 'the file is gone', 'a file cannot be sent to oneself',
    'this program cannot receive files', 'the server closed the connection',
];

/**
 * @param {string} message   an error's, or the server's
 * @returns {string}
 */
export const inWords = (message) => (SAID.includes(message) ? lookUp(message) : message);

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

/** @type {Record<string, string>} */
const STATES = { full: t('full'), reduced: t('reduced'), paused: t('paused') };
/** @type {Record<string, string>} */
const REASONS = { bandwidth: t('bandwidth'), unwanted: t('unwanted'), silent: t('silent') };

/**
 * The same for the statistics: layer and rate as well.
 *
 * @param {StreamState|null} sent
 * @returns {string}
 */
export function sentInFigures(sent) {
    if (!sent)
        return '';
    const state = STATES[sent.state] ?? sent.state;
    const why = sent.reason && sent.state !== 'full' ? t('{state} ({reason})', { state, reason: REASONS[sent.reason] ?? sent.reason }) : state;
    if (sent.state === 'paused')
        return why;
    const layer = sent.layers > 1 ? t('layer {layer} of {layers}', { layer: sent.layer + 1, layers: sent.layers }) : '';
    const limit = sent.bitrate > 0 ? t('up to {rate} kbit/s', { rate: Math.round(sent.bitrate / 1000) }) : '';
    return [why, layer, limit].filter(Boolean).join(', ');
}
