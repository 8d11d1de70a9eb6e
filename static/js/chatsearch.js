// @ts-check
/**
 * Finding what was said: a field above the chat, and what it finds in the log's place. Loaded when somebody looks for something.
 */

import { byId, byIdAs, el, nameElement, t } from './page.js';
import { formatClock, formatDateTime, formatDay, parseMarkup, plainText } from './text.js';
import { goTo, messagesWith } from './chat.js';

/** @typedef {import('./chat.js').Item} Item */

const FOUND_MOST = 100;
const BEFORE = 40;
const AROUND = 160;

const field = () => byIdAs('chat-search-text', HTMLInputElement);

let isStarted = false;

function start() {
    if (isStarted)
        return;
    isStarted = true;
    field().addEventListener('input', render);
    field().addEventListener('keydown', (e) => {
        if (e.key === 'Escape')
            closeSearch();
        else if (e.key === 'ArrowDown')
            /** @type {HTMLElement|null} */ (byId('chat-found').querySelector('button'))?.focus();
        else
            return;
        e.preventDefault();
    });
    byId('chat-found').addEventListener('keydown', (e) => {
        const all = /** @type {HTMLElement[]} */ ([...byId('chat-found').querySelectorAll('button')]);
        const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        if (e.key === 'Escape')
            closeSearch();
        else if (e.key === 'ArrowDown' || e.key === 'ArrowUp')
            (all[at + (e.key === 'ArrowDown' ? 1 : -1)] ?? field()).focus();
        else
            return;
        e.preventDefault();
    });
}

/** @param {boolean} isOpen */
function show(isOpen) {
    byId('chat-search').hidden = !isOpen;
    byId('chat-found').hidden = !isOpen;
    byId('chat-scroll').hidden = isOpen;
    byId('chat-find').setAttribute('aria-expanded', String(isOpen));
}

/** Open the search, or close it. */
export function toggleSearch() {
    if (byId('chat-search').hidden)
        openSearch('');
    else
        closeSearch();
}

/**
 * Look for a text.
 *
 * @param {string} text
 */
export function openSearch(text) {
    start();
    field().value = text;
    show(true);
    render();
    field().focus();
}

function closeSearch() {
    show(false);
    byId('chat-found').replaceChildren();
    byId('chat-find').focus();
}

function render() {
    const words = field().value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? messagesWith(words, FOUND_MOST) : [];
    byId('chat-search-count').textContent = !words.length ? ''
        : found.length === FOUND_MOST ? t('The last {n} are shown.', { n: FOUND_MOST })
        : found.length ? t('{n} messages', { n: found.length }, '1 message') : t('Nothing found.');
    byId('chat-found').replaceChildren(...found.map((item) => entry(item, words)));
}

/**
 * @param {Item} item
 * @param {string[]} words
 */
function entry(item, words) {
    const m = /** @type {import('../types.js').ChatMessage} */ (item.message);
    const isToday = m.time && formatDay(m.time) === formatDay(new Date());
    return el('li', {}, el('button', { type: 'button', class: 'chat-hit', onclick: () => {
        show(false);
        goTo(item);
    } },
    nameElement(m.username),
    m.time && el('time', { datetime: m.time.toISOString() }, isToday ? formatClock(m.time) : formatDateTime(m.time)),
    el('span', { class: 'chat-hit-text', dir: 'auto' }, ...excerpt(plainText(parseMarkup(item.text)).replace(/\s+/g, ' ').trim(), words))));
}

/**
 * The part of a text where the first word stands, with the words marked.
 *
 * @param {string} text
 * @param {string[]} words
 * @returns {(string|Node)[]}
 */
function excerpt(text, words) {
    const first = Math.min(...words.map((w) => text.toLowerCase().indexOf(w)).filter((i) => i >= 0), text.length);
    const from = first > BEFORE && first < text.length ? first - BEFORE : 0;
    const part = text.slice(from, from + AROUND);
    const marks = new RegExp(`(${words.map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'giu');
    return [from > 0 && '…', ...part.split(marks).map((p, i) => (i % 2 ? el('mark', {}, p) : p)), from + AROUND < text.length && '…']
        .filter((p) => p !== false);
}
