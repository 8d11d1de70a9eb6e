// @ts-check
/**
 * The chat: what was said, what can be done with it, and reactions to it. The lines as such are chatlog.js's, the field below them is
 * compose.js's.
 */

import { requireClient, requireListener, session } from './session.js';
import { may, state, update, watch } from './state.js';
import { byId, displayName, el, nameElement } from './dom.js';
import { Emitter } from './protocol/emitter.js';
import { t } from './i18n.js';
import { addItem, arrived, goTo, hideTools, isChatVisible, isLogEmpty, itemAt, itemOfMessage, lastItem, lastItems, lastMessage, link, localMessage, plainElement, quietly, removeItems, renew,
    startLog, stayAtEnd } from './chatlog.js';
import { kick, writeTo } from './actions.js';
import { openMenu } from './menus.js';
import { attempt, inform, noticeFrom, showCaption } from './notices.js';
import { formatClock, formatDay, hue, isEmoji, isEmojiOnly, leadingQuote, mentionsIn, parseMarkup, plainText, quote, shorten } from './text.js';

/** @typedef {import('../types.js').ChatMessage} ChatMessage */
/** @typedef {import('./chatlog.js').Item} Item */
/** @typedef {import('../types.js').UserMessage} UserMessage */
/** @typedef {import('./text.js').Mark} Mark */

/** Messages of one person within this time stand under one heading. */
const RUN_MS = 60_000;
const PEOPLE_COME_MS = 1000;
/** A message does not grow without end, whatever others send. */
const REACTIONS_MOST = 20;
const REACTORS_MOST = 1000;
/** Ids of messages that are remembered, more than a history holds. */
const SEEN_MOST = 4000;

/**
 * What happens in the chat.
 *
 * @typedef {object} ChatEvents
 * @property {[m: Mention]} mentioned    somebody means us
 * @property {[item: Item]} reply        the person wants to answer this message
 */

/**
 * @typedef {object} Mention
 * @property {string} id         of the message, empty for a private one
 * @property {string} username   who wrote it
 * @property {string} text       without its markers
 * @property {'mention'|'reply'|'private'} why
 */

/** @type {Emitter<ChatEvents & Record<string, any[]>>} */
export const chatEvents = new Emitter();

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
    daySeparator(m.time);
    if (!m.history && separatorDue) {
        separatorDue = false;
        if (!isLogEmpty())
            separator(t('since you joined'));
    }

    const isMine = m.source === state.myId && m.source !== '';
    const marks = parseMarkup(text, names());
    const why = isMine || !m.source ? '' : whyForMe(m, text, marks);
    addItem({
        message: m, text, isMine, isForMe: why === 'mention' || why === 'reply', continues: continuesRun(m), make: messageElement, head: () => heading(m),
    });
    arrived(!isMine && !m.history && !isOwnPrivate);
    if (m.history || isMine)
        return;
    if (!isChatVisible() && document.visibilityState === 'visible')
        noticeFrom('info', m.username, shorten(m.dest ? t('(private) {text}', { text: plainText(marks) }) : plainText(marks)));
    if (why)
        chatEvents.emit('mentioned', { id: m.id, username: m.username, text: plainText(marks), why });
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
        entry.append(heading(m));
    entry.append(text);
    const quoted = answered(item.text, item);
    if (quoted) {
        const block = /** @type {HTMLElement|null} */ (text.querySelector(':scope > blockquote'));
        block?.classList.add('answered');
        block?.addEventListener('click', () => goTo(answered(item.text, item)));
    }
    if (item.reactions)
        entry.append(reactionRow(item));
    return entry;
}

/** @param {string} name */
function nameOf(name) {
    const e = nameElement(name);
    e.style.setProperty('--hue', String(hue(name)));
    return e;
}

/** @param {ChatMessage} m */
function heading(m) {
    const isPrivate = m.dest !== '';
    const to = isPrivate ? state.users.find((u) => u.id === m.dest) : undefined;
    return el('div', { class: 'chat-heading' },
        nameOf(m.username),
        isPrivate && ' → ',
        isPrivate && nameOf(to?.username ?? (m.dest === state.myId ? state.username : '')),
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
    requireListener().chat(text, { dest });
    if (dest === state.myId)
        return;
    showMessage({ id: '', source: state.myId, username: state.username, dest, kind: '', privileged: false, history: false, time: new Date(), value: text }, true);
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
        requireListener().chat(whole);
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
    if (!item.message?.source || !item.element)
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
        ...(canSpeak() ? [{ id: 'reply', label: t('Reply'), icon: 'reply', run: () => chatEvents.emit('reply', item) }] : []),
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
    removeItems(({ message }) => !which?.userId || ((message?.source === which.userId && (!which.id || which.id === message?.id))));
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
    byId('chat-reply').addEventListener('click', () => chosen && chatEvents.emit('reply', chosen));
    byId('chat-react').addEventListener('click', () => chosen && chooseReaction(chosen, byId('chat-react')));
    byId('chat-more').addEventListener('click', () => chosen && messageMenu(chosen));
    byId('chat-find').addEventListener('click', async () => (await import('./chatsearch.js')).toggleSearch());

    session.on('client', (client) => {
        client.on('chat', (m) => {
            // What the server says on its own behalf has no sender and answers a question of ours.
            if (!m.source && m.dest)
                localMessage(`${m.username || t('The server')}:\n${m.value || t('nothing')}`);
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
    watch(['panel'], () => {
        if (isChatVisible())
            update({ unread: 0 });
    });
    document.addEventListener('visibilitychange', () => {
        if (isChatVisible())
            update({ unread: 0 });
    });
}
