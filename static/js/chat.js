// @ts-check
/**
 * The chat: its lines, what was said and can be done with it, and the field in which one writes.
 */

import { announce, append, attempt, byId, byIdAs, displayName, el, inform, nameElement, noticeDeed, noticeFrom, openMenu, showCaption, t, tParts, warn } from './page.js';
import { findLinks, formatClock, formatDay, hue, isEmoji, isEmojiOnly, leadingQuote, mentionsIn, parseMarkup, plainText, quote, shorten } from './text.js';
import { isOwn, may, requireClient, requireListener, session, state, update, watch } from './session.js';
import { isChatVisible, kick, notify, writeTo } from './people.js';

/** @typedef {import('../types.js').ChatMessage} ChatMessage */
/** @typedef {import('../types.js').UserMessage} UserMessage */
/** @typedef {import('./text.js').Mark} Mark */
/** @typedef {import('./people.js').Mention} Mention */
/** @typedef {import('./session.js').Unheard} Unheard */

/*
 * ======== Lines ========
 *
 * The lines of the chat: of those that are kept the last are in the page, the others are put there on demand. What a line says is
 * for the next section to know.
 */

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
 * @property {Unheard} [unheard]              it was perhaps not delivered
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
function stayAtEnd() {
    if (isAtEnd)
        toEnd();
}

/** Show the end of the chat. */
function toEnd() {
    const box = byId('chat-scroll');
    isAtEnd = true;
    trim();
    box.scrollTop = box.scrollHeight;
    byId('chat-new').hidden = true;
}

/** Put the buttons away that stand at a message. */
function hideTools() {
    byId('chat-tools').hidden = true;
}

/**
 * Change the log without a screen reader's reading it out: nothing was said.
 *
 * @param {() => void} change
 */
function quietly(change) {
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
function addItem(given) {
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
function arrived(isNews) {
    stayAtEnd();
    if (isNews && !isAtEnd)
        byId('chat-new').hidden = false;
    if (isNews && !isChatVisible())
        update({ unread: state.unread + 1 });
}

/** As many notices of messages are in view at most. */
const HINTS_MOST = 4;
/** What takes the last of them away. @type {(() => void)[]} */
let hints = [];

/** The chat may have come into view: what is in it need not be told beside it. */
function seeChat() {
    if (!isChatVisible())
        return;
    for (const end of hints)
        end();
    hints = [];
    update({ unread: 0 });
}

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
const plainElement = (text) => el('div', { class: 'chat-text', dir: 'auto' },
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
const itemOfMessage = (id) => byMessageId.get(id);

/**
 * @param {EventTarget|null} target
 * @returns {Item|undefined} the line in which it stands
 */
function itemAt(target) {
    const entry = target instanceof Element ? target.closest('.chat-log > li') : null;
    return entry ? itemOf.get(entry) : undefined;
}

/**
 * @param {(item: Item) => boolean} matches
 * @param {number} most
 * @returns {Item[]} the last lines that match, newest first
 */
function lastItems(matches, most) {
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
const lastItem = (matches) => lastItems(matches, 1)[0];

/** What the next message may continue: the message that stands last, if one does. */
const lastMessage = () => run;

const isLogEmpty = () => items.length === 0;

/**
 * Take lines away for good.
 *
 * @param {(item: Item) => boolean} isGone
 */
function removeItems(isGone) {
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
function renew(matches) {
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
function startLog() {
    byId('chat-new').addEventListener('click', toEnd);
    byId('chat-earlier').addEventListener('click', () => showFrom(Math.max(0, first - EARLIER)));
    byId('chat-scroll').addEventListener('scroll', noticeScroll);
    // A pane that was hidden or has another width shows another part.
    new ResizeObserver(stayAtEnd).observe(byId('chat-scroll'));
}

/*
 * ======== Messages ========
 *
 * What was said, what can be done with it, and reactions to it.
 */

/** Messages of one person within this time stand under one heading. */
const RUN_MS = 60_000;
const PEOPLE_COME_MS = 1000;
/** A message does not grow without end, whatever others send. */
const REACTIONS_MOST = 20;
const REACTORS_MOST = 1000;
/** Ids of messages that are remembered, more than a history holds. */
const SEEN_MOST = 4000;

/** Ids of messages already shown: the history comes again with every connection. @type {Set<string>} */
const seen = new Set();
let lastDay = '';
let separatorDue = false;

// ---- What stands between messages

/** @param {string} label @param {string} [kind] */
function separator(label, kind = '') {
    addItem({ make: () => el('li', { class: `chat-separator ${kind}`.trim() }, el('span', {}, label)) });
}

/** @param {Date|null} time */
function daySeparator(time) {
    const day = time ? formatDay(time) : lastDay;
    if (day === lastDay)
        return;
    const isFirst = lastDay === '';
    lastDay = day;
    if (!isFirst || day !== formatDay(new Date()))
        separator(day, 'day');
}

// ---- Text, built of nodes

/** What each mark is in the page: these elements, and no others. @type {Record<Mark['kind'], (m: Mark) => Node>} */
const ELEMENTS = {
    text: (m) => document.createTextNode(m.text ?? ''),
    link: (m) => link(m.url ?? '', m.text ?? ''),
    mention: (m) => el('bdi', { class: isMyName(m.name) ? 'mention me' : 'mention' }, m.text),
    code: (m) => el('code', {}, m.text),
    pre: (m) => el('pre', { dir: 'ltr' }, m.text),
    strong: (m) => el('strong', {}, ...markNodes(m.children)),
    em: (m) => el('em', {}, ...markNodes(m.children)),
    quote: (m) => el('blockquote', { dir: 'auto' }, ...markNodes(m.children)),
};

/** @param {Mark[]} [marks] */
const markNodes = (marks = []) => marks.map((m) => ELEMENTS[m.kind](m));

/** @param {string|undefined} name */
const isMyName = (name) => state.username !== '' && name?.toLowerCase() === state.username.toLowerCase();

/** Whose names mean somebody. */
const names = () => [state.username, ...state.users.map((u) => u.username)];

/**
 * The text of a message, as the small Markdown has it.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
export function textElement(text) {
    return el('div', { class: isEmojiOnly(text) ? 'chat-text jumbo' : 'chat-text', dir: 'auto' }, ...markNodes(parseMarkup(text, names())));
}

// ---- Messages

/** @param {ChatMessage} m */
const textOf = (m) => (typeof m.value === 'string' ? m.value : JSON.stringify(m.value ?? ''));

/** @param {Item} item */
const quoteOf = (item) => item.quoted ??= quote(item.message?.username ?? '', item.text);

/**
 * The message that a reply answers, if it is still kept.
 *
 * @param {string} text   the reply's
 * @param {Item} [self]   the reply
 */
function answered(text, self) {
    const quoted = leadingQuote(text);
    return quoted ? lastItem((i) => i.message !== null && i !== self && text.startsWith(`${quoteOf(i)}\n`)) : undefined;
}

/**
 * Why a message is for us in particular.
 *
 * @param {ChatMessage} m
 * @param {string} text
 * @param {Mark[]} marks
 * @returns {Mention['why']|''}
 */
function whyForMe(m, text, marks) {
    if (m.dest !== '')
        return 'private';
    if (mentionsIn(marks).some(isMyName))
        return 'mention';
    return answered(text)?.isMine ? 'reply' : '';
}

/**
 * Whether a message stands under the heading of the one before.
 *
 * @param {ChatMessage} m
 */
function continuesRun(m) {
    const run = lastMessage();
    if (!run?.time || !m.time || !run.source || run.kind !== '' || m.kind !== '')
        return false;
    const passed = m.time.getTime() - run.time.getTime();
    return run.source === m.source && run.username === m.username && run.dest === m.dest && passed >= 0 && passed <= RUN_MS;
}

/**
 * @param {ChatMessage} m
 * @param {boolean} [isOwnPrivate]   our own private message, which the server does not send back
 */
export function showMessage(m, isOwnPrivate = false) {
    const text = textOf(m);
    if (m.kind === 'caption') {
        if (!m.history)
            showCaption(text, m.username);
        return;
    }
    if (m.id && seen.has(m.id))
        return;
    if (m.id)
        remember(m.id);
    noticeHeard(m);
    daySeparator(m.time);
    if (!m.history && separatorDue) {
        separatorDue = false;
        if (!isLogEmpty())
            separator(t('since you joined'));
    }

    const isMine = isOwn(m.source);
    const marks = parseMarkup(text, names());
    const why = isMine || !m.source ? '' : whyForMe(m, text, marks);
    addItem({
        message: m, text, isMine, isForMe: why === 'mention' || why === 'reply', continues: continuesRun(m), make: messageElement, head: () => heading(m),
    });
    arrived(!isMine && !m.history && !isOwnPrivate);
    if (m.history || isMine)
        return;
    if (!isChatVisible() && document.visibilityState === 'visible') {
        const words = shorten(m.dest ? t('(private) {text}', { text: plainText(marks) }) : plainText(marks));
        hints = [...hints, m.kind === 'me' ? noticeDeed(m.username, words) : noticeFrom('info', m.username, words)].slice(-HINTS_MOST);
    }
    if (why)
        notify({ id: m.id, username: m.username, text: plainText(marks), why });
}

/** @param {string} id */
function remember(id) {
    seen.add(id);
    if (seen.size > SEEN_MOST)
        seen.delete(/** @type {string} */ (seen.values().next().value));
}

/** @param {Item} item @returns {HTMLElement} */
function messageElement(item) {
    const m = /** @type {ChatMessage} */ (item.message);
    const entry = el('li', {
        class: ['chat-entry', item.isMine && 'mine', m.dest !== '' && 'private', m.kind === 'me' && 'me', !m.source && 'system', item.isForMe && 'for-me']
            .filter(Boolean).join(' '),
        'data-message-id': m.id || undefined,
        'data-username': m.username,
        tabindex: m.source ? '-1' : undefined,
    });
    const text = m.source ? textElement(item.text) : plainElement(item.text);
    if (m.kind === 'me')
        text.prepend('* ', nameOf(m.username), ' ');
    else if (!item.continues)
        entry.append(heading(m, item.unheard?.to));
    entry.append(text);
    const quoted = answered(item.text, item);
    if (quoted) {
        const block = /** @type {HTMLElement|null} */ (text.querySelector(':scope > blockquote'));
        block?.classList.add('answered');
        block?.addEventListener('click', () => goTo(answered(item.text, item)));
    }
    if (item.reactions)
        entry.append(reactionRow(item));
    const doubt = doubtOf(item);
    if (item.unheard && doubt) {
        entry.dataset.doubt = doubt;
        entry.append(unheardRow(item.unheard));
    }
    return entry;
}

/** @param {string} name */
function nameOf(name) {
    const e = nameElement(name);
    e.style.setProperty('--hue', String(hue(name)));
    return e;
}

/** @param {ChatMessage} m @param {string} [toName]   of the only one who is to read it, who may have gone */
function heading(m, toName = '') {
    const isPrivate = m.dest !== '';
    const to = isPrivate ? state.users.find((u) => u.id === m.dest) : undefined;
    return el('div', { class: 'chat-heading' },
        nameOf(m.username),
        isPrivate && ' → ',
        isPrivate && nameOf(to?.username ?? (m.dest === state.myId ? state.username : toName)),
        isPrivate && el('span', { class: 'badge' }, t('private')),
        m.time && el('time', { datetime: m.time.toISOString() }, formatClock(m.time)));
}

/**
 * The messages in which all of these words stand, in text or name.
 *
 * @param {string[]} words   in lower case
 * @param {number} most
 * @returns {Item[]} newest first
 */
export const messagesWith = (words, most) => lastItems(({ message, text }) => {
    const whole = message ? `${message.username}\n${text}`.toLowerCase() : '';
    return message !== null && words.every((w) => whole.includes(w));
}, most);

/** The last message that others said to all. */
export const lastOfOthers = () => lastItem(({ message: m, isMine }) => m !== null && m.id !== '' && m.source !== '' && !isMine);

/**
 * Say something to one person alone. The server does not send it back.
 *
 * @param {string} dest   id
 * @param {string} text
 */
export function sayPrivately(dest, text) {
    const unheard = say(text, { dest });
    if (dest === state.myId)
        return;
    showMessage(asMessage(unheard), true);
    items[items.length - 1].unheard = unheard;
}

/**
 * Answer a message, with its beginning as a quote. The answer to a private message is private.
 *
 * @param {Item} item
 * @param {string} text
 */
export function answer(item, text) {
    const m = /** @type {ChatMessage} */ (item.message);
    const whole = `${quoteOf(item)}\n${text}`;
    if (m.dest !== '')
        sayPrivately(item.isMine ? m.dest : m.source, whole);
    else
        say(whole);
}

// ---- What the server has perhaps not read: it has when it sends a line back, or answers a question that was put behind it

/** The time of the last message of the server, by its clock, ms. */
let lastTime = 0;

/**
 * Say something. If the connection ends before the server has read it, it is shown as not delivered.
 *
 * @param {string} text
 * @param {{kind?: string, dest?: string}} [options]   as for Client.chat()
 * @returns {Unheard}
 */
export function say(text, { kind = '', dest = '' } = {}) {
    const client = requireListener();
    client.chat(text, { kind, dest });
    /** @type {Unheard} */
    const unheard = {
        source: client.id, username: state.username, text, kind, dest, to: state.users.find((u) => u.id === dest)?.username ?? '', at: Date.now(), after: lastTime, fate: 'sent',
    };
    update({ unheard: [...state.unheard, unheard] });
    client.isRead().then((isRead) => {
        if (isRead)
            settle(unheard);
        else
            decide('sent', 'lost');
    });
    return unheard;
}

/** @param {Unheard['fate']} from @param {Unheard['fate']} to */
function decide(from, to) {
    const those = state.unheard.filter((u) => u.fate === from);
    for (const u of those)
        u.fate = to;
    if (those.length)
        update({ unheard: [...state.unheard] });
    return those.length > 0;
}

/** It was read, or is not to be kept. @param {Unheard} unheard */
function settle(unheard) {
    if (!state.unheard.includes(unheard))
        return;
    update({ unheard: state.unheard.filter((u) => u !== unheard) });
    const item = items.find((i) => i.unheard === unheard);
    if (!item)
        return;
    item.unheard = undefined;
    // A private line stays: it does not come back.
    if (unheard.dest === '' || unheard.fate !== 'sent')
        removeItems((i) => i === item);
    else
        showDoubts();
}

/** A line of ours came back from the server: at once, or in the history. @param {ChatMessage} m */
function noticeHeard(m) {
    const time = m.time?.getTime() ?? 0;
    if (m.id === '')
        return;
    lastTime = Math.max(lastTime, time);
    const unheard = state.unheard.find((u) => u.source === m.source && u.dest === '' && u.kind === m.kind && u.text === m.value && (!m.history || time > u.after));
    if (unheard)
        settle(unheard);
}

/** What people are to know: that it was perhaps not delivered, or is not yet. @param {Pick<Item, 'unheard'>} item */
function doubtOf({ unheard }) {
    const isWaiting = unheard?.fate === 'sent' && state.troubles.includes('line');
    return isWaiting ? 'lost' : unheard && unheard.fate !== 'sent' ? unheard.fate : '';
}

/** Lines in the page whose delivery has become doubtful, or is no more. */
function showDoubts() {
    const isChanged = (/** @type {Item} */ i) => i.element !== null && (i.element.dataset.doubt ?? '') !== doubtOf(i);
    if (items.some(isChanged))
        renew(isChanged);
}

/** @param {Unheard} unheard @returns {ChatMessage} */
const asMessage = ({ source, username, text, kind, dest, at }) => ({
    id: '', source, username, dest, kind, privileged: false, history: false, time: new Date(at), value: text,
});

function showUnheard() {
    for (const unheard of state.unheard.filter((u) => doubtOf({ unheard: u }))) {
        if (items.some((i) => i.unheard === unheard))
            continue;
        const message = asMessage(unheard);
        addItem({ message, text: unheard.text, isMine: true, make: messageElement, head: () => heading(message), unheard });
        run = null;
        arrived(false);
    }
    showDoubts();
    stayAtEnd();
}

/** What was said while we were gone is known. */
function judgeUnheard() {
    if (!decide('lost', 'undelivered'))
        return;
    const text = t('What you wrote was perhaps not delivered. It stands in the chat.');
    if (isChatVisible())
        announce(text);
    else
        warn(text);
}

/** @param {Unheard} unheard */
function unheardRow(unheard) {
    if (unheard.fate !== 'undelivered')
        return el('div', { class: 'chat-unheard' }, el('span', {}, t('Not delivered yet')));
    return el('div', { class: 'chat-unheard' },
        el('span', {}, t('Not delivered, as far as is known')),
        el('button', { type: 'button', class: 'button small', 'data-action': 'again', onclick: () => attempt(() => sayAgain(unheard)) }, t('Send again')),
        el('button', { type: 'button', class: 'button small', 'data-action': 'discard', onclick: () => settle(unheard) }, t('Discard')));
}

/** @param {Unheard} unheard */
function sayAgain(unheard) {
    const { text, kind, dest, to } = unheard;
    if (dest === '') {
        say(text, { kind });
    } else {
        // After a restart of the server whoever it was has another id.
        const user = state.users.find((u) => u.id === dest) ?? state.users.find((u) => to !== '' && u.username === to);
        if (!user)
            throw new Error(t('There is nobody called “{word}” here.', { word: displayName(to) }));
        sayPrivately(user.id, text);
    }
    settle(unheard);
}

// ---- Reactions

/**
 * React to a message; a second time takes it back.
 *
 * @param {Item} item
 * @param {string} emoji
 */
export function react(item, emoji) {
    const id = item.message?.id;
    if (!id)
        throw new Error(t('There can be no reaction to this message.'));
    const isBack = item.reactions?.get(emoji)?.has(state.myId);
    requireClient().userMessage('chatreaction', '', { id, emoji, ...(isBack && { remove: true }) });
}

/** @param {UserMessage} m */
function gotReaction(m) {
    const { id, emoji, remove } = typeof m.value === 'object' && m.value !== null ? m.value : {};
    const item = typeof id === 'string' ? itemOfMessage(id) : undefined;
    if (!item || m.dest !== '' || !m.source || !isEmoji(emoji))
        return;
    const all = item.reactions ??= new Map();
    const people = all.get(emoji) ?? new Map();
    if (remove) {
        people.delete(m.source);
    } else if (people.size < REACTORS_MOST && (all.has(emoji) || all.size < REACTIONS_MOST)) {
        people.set(m.source, m.username);
        all.set(emoji, people);
    }
    if (!people.size)
        all.delete(emoji);
    showReactions(item);
}

/** @param {Item} item */
function showReactions(item) {
    const { element } = item;
    if (!element)
        return;
    const old = element.querySelector('.chat-reactions');
    const focused = old?.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.emoji : undefined;
    quietly(() => {
        old?.remove();
        if (item.reactions?.size)
            element.append(reactionRow(item));
    });
    if (focused !== undefined)
        ([.../** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll('[data-emoji]'))].find((b) => b.dataset.emoji === focused) ?? element).focus();
    stayAtEnd();
}

/** @param {Item} item */
function reactionRow(item) {
    return el('div', { class: 'chat-reactions' }, ...[...item.reactions ?? []].map(([emoji, people]) => {
        const who = [...people.values()].slice(0, 20).map(displayName).join(', ');
        return el('button', {
            type: 'button',
            class: 'chat-reaction',
            'data-emoji': emoji,
            'aria-pressed': String(people.has(state.myId)),
            title: who,
            onclick: () => attempt(() => react(item, emoji)),
        }, emoji, ' ', el('span', {}, String(people.size)));
    }));
}

/** @param {Item} item @param {HTMLElement} opener */
async function chooseReaction(item, opener) {
    const { openPicker } = await import('./emoji.js');
    openPicker(opener, (emoji) => attempt(() => react(item, emoji)));
}

// ---- What can be done with a message: buttons that stand at the one under the pointer or with the focus

const EDGE = 8;
const ABOVE = 20;

/** @type {Item|null} */
let chosen = null;

const canSpeak = () => state.phase === 'joined' && may('message');

/** @param {Item} item */
function showTools(item) {
    if (!item.message?.source || !item.element || item.unheard)
        return;
    chosen = item;
    const tools = byId('chat-tools');
    tools.hidden = false;
    byId('chat-reply').hidden = !canSpeak();
    byId('chat-react').hidden = !canSpeak() || !item.message.id;
    const { offsetTop, offsetLeft, offsetWidth } = item.element;
    const rightmost = byId('chat-scroll').clientWidth - tools.offsetWidth - EDGE;
    tools.style.top = `${Math.max(0, offsetTop - ABOVE)}px`;
    tools.style.left = `${Math.min(rightmost, Math.max(offsetLeft, offsetLeft + offsetWidth - tools.offsetWidth))}px`;
    byId('chat-more').setAttribute('aria-label', t('Actions on the message of {name}', { name: displayName(item.message.username) }));
}

/**
 * @param {Item} item
 * @param {{x: number, y: number}} [at]
 */
function messageMenu(item, at) {
    const m = /** @type {ChatMessage} */ (item.message);
    const user = state.users.find((u) => u.id === m.source);
    const name = displayName(m.username);
    const opener = byId('chat-more');
    showTools(item);
    /** @param {string} kind @param {any} [value] */
    const group = (kind, value) => () => requireClient().groupAction(kind, value);
    const op = may('op') && state.phase === 'joined';
    const quoted = answered(item.text, item);
    openMenu(t('Message of {name}', { name }), [
        ...(canSpeak() ? [{ id: 'reply', label: t('Reply'), icon: 'reply', run: () => setAnswering(item) }] : []),
        ...(canSpeak() && m.id ? [{ id: 'react', label: t('React'), icon: 'smile', run: () => chooseReaction(item, opener) }] : []),
        { id: 'copy', label: t('Copy text'), icon: 'copy', run: () => copy(item.text) },
        ...(quoted ? [{ id: 'quoted', label: t('Show what it answers'), icon: 'undo', run: () => goTo(quoted) }] : []),
        ...(user && !item.isMine && canSpeak() ? [{ id: 'msg', label: t('Private message'), icon: 'chat', run: () => writeTo(user) }] : []),
        ...(op ? [
            null,
            ...(m.id ? [{ id: 'delete', label: t('Delete message'), icon: 'trash', run: group('clearchat', { id: m.id, userId: m.source }) }] : []),
            { id: 'delete-all', label: t('Delete all from {name}', { name }), icon: 'trash', run: group('clearchat', { userId: m.source }) },
            ...(user ? [
                { id: 'identify', label: t('Identify {name}', { name }), icon: 'search', run: () => requireClient().userAction('identify', m.source) },
                { id: 'kick', label: t('Kick out {name}', { name }), icon: 'kick', danger: true, run: () => kick(user) },
            ] : []),
        ] : []),
    ], opener, at);
}

/** @param {string} text */
async function copy(text) {
    await navigator.clipboard.writeText(text);
    inform(t('Copied.'));
}

/** Arrows go from message to message, Enter opens what can be done. @param {KeyboardEvent} e */
function onLogKey(e) {
    if (e.ctrlKey || e.altKey || e.metaKey || e.shiftKey)
        return;
    const entries = /** @type {HTMLElement[]} */ ([...byId('chat-log').querySelectorAll(':scope > li[tabindex]')]);
    const focused = /** @type {Element|null} */ (document.activeElement);
    const current = byId('chat-tools').contains(focused) ? chosen?.element : focused?.closest('.chat-log > li');
    const at = current ? entries.indexOf(/** @type {HTMLElement} */ (current)) : -1;
    /** @type {Record<string, number>} */
    const moves = { ArrowUp: at < 0 ? entries.length - 1 : Math.max(0, at - 1), ArrowDown: at < 0 ? -1 : at + 1, Home: 0, End: entries.length - 1 };
    if (e.key === 'Enter' && e.target === current && current) {
        const item = itemAt(current);
        if (item)
            messageMenu(item);
    } else if (e.key in moves && entries[moves[e.key]]) {
        entries[moves[e.key]].focus();
    } else {
        return;
    }
    e.preventDefault();
}

/**
 * Remove messages, as an operator has asked.
 *
 * @param {any} which   nothing: all; `{userId}`: all of that person; `{id, userId}`: that one
 */
export function clearChat(which) {
    removeItems(({ message, unheard }) => !unheard && (!which?.userId || (message?.source === which.userId && (!which.id || which.id === message?.id))));
    if (isLogEmpty())
        lastDay = '';
}

/** Bring the chat to life. */
export function startChat() {
    const box = byId('chat-scroll');
    startLog();
    box.addEventListener('keydown', onLogKey);
    for (const type of ['pointerover', 'focusin']) {
        box.addEventListener(type, (e) => {
            const item = itemAt(e.target);
            if (item)
                showTools(item);
        });
    }
    box.addEventListener('pointerleave', () => {
        if (byId('chat-more').getAttribute('aria-expanded') !== 'true' && !box.contains(document.activeElement))
            hideTools();
    });
    byId('chat-log').addEventListener('dblclick', (e) => {
        const item = itemAt(e.target);
        if (item?.message?.source && may('op'))
            messageMenu(item, { x: e.clientX, y: e.clientY });
    });
    byId('chat-reply').addEventListener('click', () => chosen && setAnswering(chosen));
    byId('chat-react').addEventListener('click', () => chosen && chooseReaction(chosen, byId('chat-react')));
    byId('chat-more').addEventListener('click', () => chosen && messageMenu(chosen));
    byId('chat-find').addEventListener('click', async () => (await import('./chatsearch.js')).toggleSearch());

    session.on('client', (client) => {
        client.on('joined', (m) => {
            if (m.kind === 'join' && state.unheard.length)
                client.isRead().then((isRead) => isRead && judgeUnheard());
        });
        client.on('chat', (m) => {
            // What the server says on its own behalf has no sender and answers a question of ours.
            if (!m.source && m.dest)
                localMessage(m.value ? `${m.username || t('The server')}:\n${m.value}` : t('Nobody is in a subgroup.'));
            else
                showMessage(m);
        });
        client.on('usermessage', (m) => {
            if (m.kind === 'chatreaction')
                gotReaction(m);
        });
    });
    // People are made known after the history: then their names in it are mentions.
    session.on('joined', () => setTimeout(() => renew((i) => i.message?.history === true && i.text.includes('@')), PEOPLE_COME_MS));
    // What was said stays readable after leaving, until somebody joins again.
    watch(['phase'], () => {
        if (state.phase !== 'joining')
            return;
        clearChat(undefined);
        seen.clear();
        separatorDue = true;
    });
    session.on('left', (message) => {
        // Who leaves by a wish has been heard to the end.
        if (!message)
            state.unheard.filter((u) => u.fate === 'sent').forEach(settle);
        decide('sent', 'lost');
        judgeUnheard();
    });
    watch(['unheard', 'troubles'], showUnheard);
    watch(['panel'], seeChat);
    document.addEventListener('visibilitychange', seeChat);
}

/*
 * ======== Writing ========
 *
 * The field in which one writes: commands, completion, the history of lines sent, answers, emoji, and files that are dropped or pasted.
 */

const SENT_MOST = 50;
const OFFERED_MOST = 8;
const FILES_MOST = 10;

/** Lines sent before, newest last. @type {string[]} */
const sent = [];
let recalled = 0;
/** What is being answered. @type {Item|null} */
let answering = null;

const field = () => byIdAs('chat-input', HTMLTextAreaElement);

// ---- Sending

/** The commands, once somebody has begun to write one. @type {typeof import('./commands.js')|null} */
let commands = null;

/** @param {string} text */
const isCommand = (text) => text.startsWith('/') && !text.startsWith('//');

/** @param {string} text */
function sendLine(text) {
    if (isCommand(text)) {
        const space = text.search(/\s/);
        const name = space < 0 ? text.slice(1) : text.slice(1, space);
        return commands?.runCommand(name, space < 0 ? '' : text.slice(space + 1));
    }
    const said = text.startsWith('//') ? text.slice(1) : text;
    if (answering)
        answer(answering, said);
    else
        say(said);
    setAnswering(null);
}

async function submit() {
    const input = field();
    const text = input.value;
    if (!text.trim())
        return;
    if (isCommand(text) && !commands) {
        commands = await import('./commands.js');
        if (input.value !== text)
            return;
    }
    let failed = false;
    attempt(() => {
        try {
            return sendLine(text);
        } catch (e) {
            // What could not be sent stays to be mended.
            failed = true;
            throw e;
        }
    });
    if (failed)
        return;
    sent.push(text);
    if (sent.length > SENT_MOST)
        sent.shift();
    recalled = sent.length;
    input.value = '';
    changed();
    toEnd();
}

function changed() {
    const input = field();
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight + 2, 180)}px`;
    update({ draft: input.value });
    closeOffers();
}

/** What stood in the field before the page was loaded anew. @param {string} draft */
export function recallDraft(draft) {
    if (field().value)
        return;
    field().value = draft;
    changed();
}

/**
 * Put a text where the caret is.
 *
 * @param {string} text
 * @param {number} [from]   what stands from here to the caret goes
 */
function insert(text, from = field().selectionStart) {
    const input = field();
    input.setRangeText(text, from, input.selectionEnd, 'end');
    input.focus();
    changed();
}

/** @param {Item|null} item */
function setAnswering(item) {
    answering = item;
    byId('chat-answer').hidden = !item;
    if (!item?.message)
        return;
    const text = item.text.slice(leadingQuote(item.text).length).trim();
    byId('chat-answer-text').replaceChildren();
    append(byId('chat-answer-text'), ...tParts('Reply to {name}: {text}',
        { name: nameElement(item.message.username), text: el('bdi', {}, shorten(text.replace(/\s+/g, ' '))) }));
    field().focus();
}

// ---- Completion

/**
 * @typedef {object} Offers
 * @property {number} from        where in the text the completed word begins
 * @property {boolean} isSure     Enter takes the first one, too
 * @property {{label: string, help: string, text: string, dir?: string}[]} list
 */

/** @type {Offers|null} */
let offers = null;
let at = 0;
let hasMoved = false;

/** A name as a word of a command. @param {string} name */
const quoted = (name) => (/^[^\s"'\\]+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`);

/** Those without a name, who are called by their ids. @param {string} typed @returns {Offers['list']} */
const nameless = (typed) => state.users.filter((u) => u.id !== state.myId && !u.username && u.id.startsWith(typed))
    .map(({ id }) => ({ label: displayName(''), help: id, text: `${quoted(id)} ` }));

/** @param {string} typed */
const others = (typed) => [...new Set(state.users.filter((u) => u.id !== state.myId && u.username).map((u) => u.username))]
    .filter((n) => n.toLowerCase().startsWith(typed.toLowerCase()));

/**
 * @param {string} text   up to the caret
 * @returns {Promise<Offers|null>}
 */
async function find(text) {
    const [, command, rest] = /^\/(\S*)( +.*)?$/.exec(text) ?? [];
    if (command !== undefined)
        commands ??= await import('./commands.js');
    if (commands && command !== undefined && rest === undefined) {
        const list = commands.usableCommands().filter((c) => c.name.startsWith(command.toLowerCase()));
        return { from: 0, isSure: false, list: list.map(({ name, args, help }) => ({ label: `/${name} ${args}`, help, text: `/${name} `, dir: 'ltr' })) };
    }
    if (commands && command !== undefined && commands.usableCommands().some((c) => c.name === command && /^\[?user\b/.test(c.args))) {
        const typed = rest.trimStart();
        return { from: text.length - typed.length, isSure: false, list: [...others(typed.replace(/^["']/, '')).map((n) => ({ label: n, help: '', text: `${quoted(n)} ` })), ...nameless(typed)] };
    }
    const [, name] = /(?:^|[^\p{L}\p{N}_])@([^@\n]{0,60})$/u.exec(text) ?? [];
    if (name !== undefined)
        return { from: text.length - name.length - 1, isSure: !others(name).includes(name), list: others(name).filter((n) => n !== name).map((n) => ({ label: n, help: '', text: `@${n} ` })) };
    const [, word, end] = /(?:^|\s):([a-z0-9_+-]{2,})(:?)$/.exec(text) ?? [];
    if (word === undefined)
        return null;
    const { emojiNamed, findEmoji } = await import('./emoji.js');
    const from = text.length - word.length - end.length - 1;
    if (!end)
        return { from, isSure: true, list: findEmoji(word, OFFERED_MOST).map(([emoji, called]) => ({ label: `${emoji} :${called}:`, help: '', text: `${emoji} ` })) };
    const emoji = emojiNamed(word);
    if (emoji && field().value.slice(0, field().selectionEnd) === text)
        insert(emoji, from);
    return null;
}

async function offer() {
    const input = field();
    const text = input.value.slice(0, input.selectionEnd);
    const found = input.selectionStart === input.selectionEnd ? await find(text) : null;
    if (field().value.slice(0, field().selectionEnd) !== text || document.activeElement !== input)
        return;
    offers = found?.list.length ? { ...found, list: found.list.slice(0, OFFERED_MOST) } : null;
    at = 0;
    hasMoved = false;
    showOffers();
}

function showOffers() {
    const box = byId('chat-offers');
    box.hidden = !offers;
    box.replaceChildren(...(offers?.list ?? []).map(({ label, help, dir }, i) => el('div', {
        id: `chat-offer-${i}`, role: 'option', 'aria-selected': String(i === at), class: 'chat-offer', onpointerdown: (/** @type {Event} */ e) => {
            e.preventDefault();
            take(i);
        },
    }, el('bdi', { dir }, label), help && el('span', { class: 'muted' }, help))));
    if (offers)
        field().setAttribute('aria-activedescendant', `chat-offer-${at}`);
    else
        field().removeAttribute('aria-activedescendant');
}

function closeOffers() {
    offers = null;
    showOffers();
}

/** @param {number} i */
function take(i) {
    if (!offers)
        return;
    const { from, list } = offers;
    closeOffers();
    insert(list[i].text, from);
}

/** @param {KeyboardEvent} e @returns {boolean} whether the key was for the list */
function onOfferKey(e) {
    if (!offers)
        return false;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
        const { length } = offers.list;
        at = (at + (e.key === 'ArrowDown' ? 1 : length - 1)) % length;
        hasMoved = true;
        showOffers();
    } else if ((e.key === 'Tab' && !e.shiftKey) || (e.key === 'Enter' && !e.shiftKey && (offers.isSure || hasMoved))) {
        take(at);
    } else if (e.key === 'Escape') {
        closeOffers();
    } else {
        return false;
    }
    return true;
}

/** @param {KeyboardEvent} e */
function onKey(e) {
    const input = field();
    if (e.isComposing)
        return;
    if (onOfferKey(e)) {
        e.preventDefault();
        e.stopPropagation();
    } else if (e.key === 'Enter' && !e.shiftKey && !e.ctrlKey && !e.metaKey) {
        e.preventDefault();
        attempt(submit);
    } else if (e.key === 'Escape' && answering) {
        setAnswering(null);
    } else if (e.key === 'ArrowUp' && input.selectionEnd === 0 && recalled > 0) {
        recalled--;
        input.value = sent[recalled];
        e.preventDefault();
    } else if (e.key === 'ArrowDown' && input.selectionStart === input.value.length && recalled < sent.length) {
        recalled++;
        input.value = sent[recalled] ?? '';
        e.preventDefault();
    }
}

// ---- Files

/**
 * @param {Iterable<File>} files
 * @param {string} [to]   id of a user, to begin with
 */
function offerFiles(files, to) {
    const list = [...files].slice(0, FILES_MOST);
    if (list.length)
        attempt(async () => (await import('./transfers.js')).askAndOffer(list, to));
}

/** @param {DragEvent} e */
const hasFiles = (e) => e.dataTransfer?.types.includes('Files') ?? false;

/** A file that is dropped beside the chat must not take the page's place. */
function startDropping() {
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let timer;
    document.addEventListener('dragover', (e) => {
        if (!hasFiles(e))
            return;
        e.preventDefault();
        byId('chat-drop').hidden = state.phase !== 'joined';
        // There is no sign of a file's being carried away again but that it is over nothing any more.
        clearTimeout(timer);
        timer = setTimeout(() => {
            byId('chat-drop').hidden = true;
        }, 300);
    });
    document.addEventListener('drop', (e) => {
        if (!hasFiles(e))
            return;
        e.preventDefault();
        const entry = e.target instanceof Element ? e.target.closest('[data-user-id]') : null;
        if (state.phase === 'joined')
            offerFiles(e.dataTransfer?.files ?? [], entry instanceof HTMLElement ? entry.dataset.userId : undefined);
    });
}

/** Bring the field to life. */
export function startCompose() {
    byId('chat-form').addEventListener('submit', (e) => {
        e.preventDefault();
        attempt(submit);
    });
    const input = field();
    input.placeholder = t('Message, or /help');
    input.addEventListener('keydown', onKey);
    input.addEventListener('input', () => {
        changed();
        offer();
    });
    input.addEventListener('blur', closeOffers);
    input.addEventListener('paste', (e) => {
        const data = e.clipboardData;
        // Programs that copy text often add a picture of it.
        if (!data?.files.length || data.types.includes('text/plain'))
            return;
        e.preventDefault();
        offerFiles(data.files);
    });
    byId('chat-emoji').addEventListener('click', async () => (await import('./emoji.js')).openPicker(byId('chat-emoji'), (emoji) => insert(emoji)));
    const chooser = byIdAs('chat-files', HTMLInputElement);
    byId('chat-file').addEventListener('click', () => chooser.click());
    chooser.addEventListener('change', () => {
        offerFiles(chooser.files ?? []);
        chooser.value = '';
    });
    byId('chat-answer-end').addEventListener('click', () => {
        setAnswering(null);
        input.focus();
    });
    startDropping();
}
