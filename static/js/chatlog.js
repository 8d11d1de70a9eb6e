// @ts-check
/**
 * The lines of the chat: of those that are kept the last are in the page, the others are put there on demand. What a line says is
 * chat.js's to know.
 */

import { state, update } from './state.js';
import { byId, el } from './dom.js';
import { findLinks } from './text.js';

/** @typedef {import('../types.js').ChatMessage} ChatMessage */

/** So many lines are kept; of these, so many are in the page while its end is in view; and so many come at a time on demand. */
const KEPT_MOST = 2000;
const LIVE_MOST = 500;
const LIVE_CUT = 480;
const EARLIER = 200;
const FLASH_MS = 2000;

/**
 * A line of the log. Its element is in the page or not there at all: it is made again from this.
 *
 * @typedef {object} Item
 * @property {ChatMessage|null} message       null: a separator, a note, a transfer
 * @property {string} text
 * @property {boolean} isMine
 * @property {boolean} isForMe                it mentions us or answers us
 * @property {boolean} continues              it stands under the heading of the one before
 * @property {string} [quoted]                as replies quote it
 * @property {Map<string, Map<string, string>>|null} reactions   by emoji: id and name of who reacted
 * @property {(item: Item) => HTMLElement} make
 * @property {(item: Item) => HTMLElement} [head]       its heading, for a line that has none because it continues another one
 * @property {HTMLElement|null} element       while it is in the page
 */

/** All lines that are kept, oldest first. Those from `first` on are in the page. @type {Item[]} */
const items = [];
let first = 0;
/** @type {Map<string, Item>} */
const byMessageId = new Map();
/** @type {WeakMap<Element, Item>} */
const itemOf = new WeakMap();
/** What the next message may continue. @type {ChatMessage|null} */
let run = null;

/** Whether the end is in view, or was when the pane was last in view. */
let isAtEnd = true;

const log = () => byId('chat-log');

function noticeScroll() {
    const box = byId('chat-scroll');
    if (!box.clientHeight)
        return;
    const wasAtEnd = isAtEnd;
    isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    if (isAtEnd)
        byId('chat-new').hidden = true;
    if (isAtEnd && !wasAtEnd)
        toEnd();
}

/** Follow the end, if it was in view. */
export function stayAtEnd() {
    if (isAtEnd)
        toEnd();
}

/** Show the end of the chat. */
export function toEnd() {
    const box = byId('chat-scroll');
    isAtEnd = true;
    trim();
    box.scrollTop = box.scrollHeight;
    byId('chat-new').hidden = true;
}

/** Put the buttons away that stand at a message. */
export function hideTools() {
    byId('chat-tools').hidden = true;
}

/**
 * Change the log without a screen reader's reading it out: nothing was said.
 *
 * @param {() => void} change
 */
export function quietly(change) {
    log().setAttribute('aria-live', 'off');
    change();
    setTimeout(() => log().setAttribute('aria-live', 'polite'), 500);
}

/** @param {Item} item */
function materialise(item) {
    const element = item.element ?? item.make(item);
    item.element = element;
    itemOf.set(element, item);
    return element;
}

/** The first line in the page must say whose it is. */
function headFirst() {
    const item = items[first];
    if (item?.continues)
        giveHeading(item);
}

/** @param {Item} item */
function giveHeading(item) {
    if (item.head && item.element && !item.element.querySelector('.chat-heading'))
        item.element.prepend(item.head(item));
}

/** Take lines out of the page that are far above its end. */
function trim() {
    if (items.length - first <= LIVE_MOST)
        return;
    quietly(() => {
        hideTools();
        while (items.length - first > LIVE_CUT)
            dematerialise(items[first++]);
        headFirst();
    });
    byId('chat-earlier').hidden = false;
}

/** @param {Item} item */
function dematerialise(item) {
    item.element?.remove();
    item.element = null;
}

/** Put lines into the page that came before those in it. @param {number} from   index of the first one wanted */
function showFrom(from) {
    const box = byId('chat-scroll');
    const below = box.scrollHeight - box.scrollTop;
    quietly(() => {
        const added = items.slice(from, first).map(materialise);
        first = Math.min(first, from);
        log().prepend(...added);
        headFirst();
    });
    box.scrollTop = box.scrollHeight - below;
    isAtEnd = false;
    byId('chat-earlier').hidden = first === 0;
}

/**
 * Put a line at the end.
 *
 * @param {Partial<Item> & Pick<Item, 'make'>} given
 * @returns {Item}
 */
export function addItem(given) {
    /** @type {Item} */
    const item = { message: null, text: '', isMine: false, isForMe: false, continues: false, reactions: null, element: null, ...given };
    items.push(item);
    run = item.message;
    if (item.message?.id)
        byMessageId.set(item.message.id, item);
    if (items.length > KEPT_MOST) {
        forget(/** @type {Item} */ (items.shift()));
        first = Math.max(0, first - 1);
        byId('chat-earlier').hidden = first === 0;
    }
    log().append(materialise(item));
    return item;
}

/** @param {Item} item */
function forget(item) {
    dematerialise(item);
    if (item.message?.id)
        byMessageId.delete(item.message.id);
}

/**
 * Put an entry at the end of the chat.
 *
 * @param {HTMLElement} entry
 * @param {boolean} [isNews]   whether it counts as unread when the chat is not in view
 */
export function addEntry(entry, isNews = true) {
    addItem({ make: () => entry });
    arrived(isNews);
}

/**
 * Say that a line has been added.
 *
 * @param {boolean} isNews
 */
export function arrived(isNews) {
    stayAtEnd();
    if (isNews && !isAtEnd)
        byId('chat-new').hidden = false;
    if (isNews && !isChatVisible())
        update({ unread: state.unread + 1 });
}

export const isChatVisible = () => document.visibilityState === 'visible' && (state.panel === 'chat' || state.panel === 'both');

/**
 * A message from this program to the person.
 *
 * @param {string} text
 */
export function localMessage(text) {
    addItem({ make: () => el('li', { class: 'chat-entry system' }, plainElement(text)) });
    arrived(true);
}

/**
 * @param {string} url
 * @param {string} text
 */
export const link = (url, text) => el('a', { href: url, target: '_blank', rel: 'noreferrer noopener' }, text);

/**
 * A text with its addresses as links.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
export const plainElement = (text) => el('div', { class: 'chat-text', dir: 'auto' },
    ...findLinks(text).map((p) => (p.url ? link(p.url, p.text) : p.text)));

/**
 * Show a message where it stands.
 *
 * @param {Item|undefined} item
 */
export function goTo(item) {
    const at = item ? items.indexOf(item) : -1;
    if (!item || at < 0)
        return;
    if (at < first)
        showFrom(Math.max(0, at - 20));
    const element = /** @type {HTMLElement} */ (item.element);
    element.scrollIntoView({ block: 'center' });
    element.focus({ preventScroll: true });
    element.classList.add('flash');
    setTimeout(() => element.classList.remove('flash'), FLASH_MS);
}

/**
 * @param {string} id
 * @returns {Item|undefined} the line of that message, if it is still kept
 */
export const itemOfMessage = (id) => byMessageId.get(id);

/**
 * @param {EventTarget|null} target
 * @returns {Item|undefined} the line in which it stands
 */
export function itemAt(target) {
    const entry = target instanceof Element ? target.closest('.chat-log > li') : null;
    return entry ? itemOf.get(entry) : undefined;
}

/**
 * @param {(item: Item) => boolean} matches
 * @param {number} most
 * @returns {Item[]} the last lines that match, newest first
 */
export function lastItems(matches, most) {
    /** @type {Item[]} */
    const found = [];
    for (let i = items.length - 1; i >= 0 && found.length < most; i--) {
        if (matches(items[i]))
            found.push(items[i]);
    }
    return found;
}

/**
 * @param {(item: Item) => boolean} matches
 * @returns {Item|undefined} the last line that matches
 */
export const lastItem = (matches) => lastItems(matches, 1)[0];

/** What the next message may continue: the message that stands last, if one does. */
export const lastMessage = () => run;

export const isLogEmpty = () => items.length === 0;

/**
 * Take lines away for good.
 *
 * @param {(item: Item) => boolean} isGone
 */
export function removeItems(isGone) {
    run = null;
    hideTools();
    /** @type {Item[]} */
    const left = [];
    let before = 0;
    items.forEach((item, i) => {
        if (!isGone(item)) {
            left.push(item);
            return;
        }
        forget(item);
        before += i < first ? 1 : 0;
        // What stood under its heading needs one.
        if (items[i + 1]?.continues && !item.continues)
            items[i + 1].continues = false;
    });
    items.splice(0, items.length, ...left);
    first -= before;
    for (const item of items.slice(first)) {
        if (!item.continues)
            giveHeading(item);
    }
    headFirst();
    byId('chat-earlier').hidden = first === 0;
}

/**
 * Make lines in the page again, after something has changed that they show.
 *
 * @param {(item: Item) => boolean} matches
 */
export function renew(matches) {
    quietly(() => {
        for (const item of items.slice(first).filter(matches)) {
            const old = item.element;
            item.element = null;
            old?.replaceWith(materialise(item));
        }
        headFirst();
    });
}

/** Bring the log to life. */
export function startLog() {
    byId('chat-new').addEventListener('click', toEnd);
    byId('chat-earlier').addEventListener('click', () => showFrom(Math.max(0, first - EARLIER)));
    byId('chat-scroll').addEventListener('scroll', noticeScroll);
    // A pane that was hidden or has another width shows another part.
    new ResizeObserver(stayAtEnd).observe(byId('chat-scroll'));
}
