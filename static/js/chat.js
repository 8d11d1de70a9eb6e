// @ts-check
/**
 * The chat pane: what was said, and the field to say something.
 */

import { requireClient, session } from './session.js';
import { may, state, update, watch } from './state.js';
import { byId, byIdAs, displayName, el, icon, nameElement } from './dom.js';
import { kick } from './actions.js';
import { openMenu } from './menus.js';
import { attempt, noticeFrom, showCaption } from './notices.js';
import { findLinks, formatClock, formatDay, shorten } from './text.js';
import { commandNames, runCommand } from './commands.js';

/** @typedef {import('../types.js').ChatMessage} ChatMessage */

/** Messages of one person within this time stand under one heading. */
const RUN_MS = 60_000;
const LOG_MOST = 2000;
const SENT_MOST = 50;

/**
 * What is known of each entry in the log. The page's elements are not the place to keep it.
 *
 * @type {Map<Element, {id: string, source: string}>}
 */
const entries = new Map();
/** Ids of messages already shown: the history comes again with every connection. @type {Set<string>} */
const seen = new Set();
/** The message that the next one may continue. @type {{source: string, username: string, dest: string, time: Date}|null} */
let run = null;
let lastDay = '';
let separatorDue = false;

/** Whether the end is in view, or was when the pane was last in view. */
let isAtEnd = true;

const log = () => byId('chat-log');

function noticeScroll() {
    const box = byId('chat-scroll');
    if (!box.clientHeight)
        return;
    isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    if (isAtEnd)
        byId('chat-new').hidden = true;
}

function toEnd() {
    const box = byId('chat-scroll');
    box.scrollTop = box.scrollHeight;
    isAtEnd = true;
    byId('chat-new').hidden = true;
}

/**
 * Put an entry at the end of the chat.
 *
 * @param {HTMLElement} entry
 * @param {boolean} [isNews]   whether it counts as unread when the chat is not in view
 */
export function addEntry(entry, isNews = true) {
    log().append(entry);
    while (log().childElementCount > LOG_MOST) {
        const oldest = /** @type {Element} */ (log().firstElementChild);
        entries.delete(oldest);
        oldest.remove();
    }
    if (isAtEnd)
        toEnd();
    else if (isNews)
        byId('chat-new').hidden = false;
    if (isNews && !isChatVisible())
        update({ unread: state.unread + 1 });
}

const narrow = matchMedia('(max-width: 1024px)');

export const isChatVisible = () =>
    document.visibilityState === 'visible' && (!hasTiles() || (narrow.matches ? state.mobileView === 'chat' : state.chatOpen));

const hasTiles = () => state.locals.length + state.downs.length > 0;

/**
 * A message from this program to the person.
 *
 * @param {string} text
 */
export function localMessage(text) {
    run = null;
    addEntry(el('li', { class: 'chat-entry system' }, textElement(text)));
}

/**
 * @param {string} text
 * @returns {HTMLElement}
 */
function textElement(text) {
    return el('div', { class: 'chat-text' }, ...findLinks(text).map(({ text: t, url }) =>
        (url ? el('a', { href: url, target: '_blank', rel: 'noreferrer noopener' }, t) : t)));
}

/** @param {Date|null} time */
function daySeparator(time) {
    if (!time)
        return;
    const day = formatDay(time);
    if (day === lastDay)
        return;
    const first = lastDay === '';
    lastDay = day;
    if (first && day === formatDay(new Date()))
        return;
    run = null;
    log().append(el('li', { class: 'chat-separator' }, el('span', {}, day)));
}

/**
 * @param {ChatMessage} m
 * @param {boolean} [isOwnPrivate]   our own private message, which the server does not send back
 */
export function showMessage(m, isOwnPrivate = false) {
    const text = typeof m.value === 'string' ? m.value : JSON.stringify(m.value ?? '');
    if (m.kind === 'caption') {
        if (!m.history)
            showCaption(text);
        return;
    }
    if (m.id && seen.has(m.id))
        return;
    if (m.id)
        seen.add(m.id);
    daySeparator(m.time);
    if (!m.history && separatorDue) {
        separatorDue = false;
        if (log().childElementCount) {
            run = null;
            log().append(el('li', { class: 'chat-separator' }, el('span', {}, 'since you joined')));
        }
    }

    const isMine = m.source === state.myId && m.source !== '';
    const isPrivate = m.dest !== '';
    const entry = el('li', {
        class: ['chat-entry', isMine && 'mine', isPrivate && 'private', m.kind === 'me' && 'me', !m.source && 'system'].filter(Boolean).join(' '),
        'data-message-id': m.id || undefined,
        'data-username': m.username,
    });
    const continues = run !== null && m.time !== null && m.kind === '' && run.source === m.source && run.username === m.username &&
        run.dest === m.dest && m.time.getTime() - run.time.getTime() >= 0 && m.time.getTime() - run.time.getTime() <= RUN_MS;
    if (m.kind === 'me') {
        const line = textElement(text);
        line.prepend('* ', nameElement(m.username), ' ');
        entry.append(line);
    } else {
        if (!continues)
            entry.append(heading(m, isPrivate));
        entry.append(textElement(text));
    }
    run = m.kind === '' && m.source && m.time ? { source: m.source, username: m.username, dest: m.dest, time: m.time } : null;
    if (m.source) {
        entries.set(entry, { id: m.id, source: m.source });
        const more = el('button', { type: 'button', class: 'icon-button chat-more', 'aria-label': `Actions on the message of ${displayName(m.username)}`,
            'aria-haspopup': 'menu', onclick: () => messageMenu(entry, m.username, more) }, icon('more'));
        entry.append(more);
        entry.addEventListener('dblclick', (e) => messageMenu(entry, m.username, more, { x: e.clientX, y: e.clientY }));
    }
    addEntry(entry, !isMine && !m.history && !isOwnPrivate);
    if (!m.history && !isMine && !isChatVisible() && document.visibilityState === 'visible')
        noticeFrom('info', m.username, `${isPrivate ? '(private) ' : ''}${shorten(text)}`);
}

/**
 * @param {ChatMessage} m
 * @param {boolean} isPrivate
 */
function heading(m, isPrivate) {
    const to = isPrivate ? state.users.find((u) => u.id === m.dest) : undefined;
    return el('div', { class: 'chat-heading' },
        nameElement(m.username),
        isPrivate && ' → ',
        isPrivate && nameElement(to?.username ?? (m.dest === state.myId ? state.username : '')),
        isPrivate && el('span', { class: 'badge' }, 'private'),
        m.time && el('time', { datetime: m.time.toISOString() }, formatClock(m.time)));
}

/**
 * @param {HTMLElement} entry
 * @param {string} username
 * @param {HTMLElement} opener
 * @param {{x: number, y: number}} [at]
 */
function messageMenu(entry, username, opener, at) {
    const known = entries.get(entry);
    if (!known || !may('op'))
        return;
    const { id, source } = known;
    const user = state.users.find((u) => u.id === source);
    const name = displayName(username);
    /** @param {string} kind @param {any} [value] */
    const group = (kind, value) => () => requireClient().groupAction(kind, value);
    openMenu(`Message of ${name}`, [
        ...(id ? [{ id: 'delete', label: 'Delete message', icon: 'trash', run: group('clearchat', { id, userId: source }) }] : []),
        { id: 'delete-all', label: `Delete all from ${name}`, icon: 'trash', run: group('clearchat', { userId: source }) },
        ...(user ? [
            null,
            { id: 'identify', label: `Identify ${name}`, icon: 'search', run: () => requireClient().userAction('identify', source) },
            { id: 'kick', label: `Kick out ${name}`, icon: 'kick', danger: true, run: () => kick(user) },
        ] : []),
    ], opener, at);
}

/**
 * Remove messages, as an operator has asked.
 *
 * @param {any} which   nothing: all; `{userId}`: all of that person; `{id, userId}`: that one
 */
export function clearChat(which) {
    run = null;
    if (!which?.userId) {
        log().replaceChildren();
        entries.clear();
        lastDay = '';
        return;
    }
    for (const [entry, { id, source }] of entries) {
        if (source === which.userId && (!which.id || which.id === id)) {
            entry.remove();
            entries.delete(entry);
        }
    }
}

// ---- Saying something

/** Lines sent before, newest last. @type {string[]} */
const sent = [];
let recalled = 0;

/** @param {string} text */
function say(text) {
    if (text.startsWith('/') && !text.startsWith('//')) {
        const space = text.search(/\s/);
        const name = space < 0 ? text.slice(1) : text.slice(1, space);
        return runCommand(name, space < 0 ? '' : text.slice(space + 1));
    }
    requireClient().chat(text.startsWith('//') ? text.slice(1) : text);
}

function submit() {
    const input = byIdAs('chat-input', HTMLTextAreaElement);
    const text = input.value;
    if (!text.trim())
        return;
    attempt(() => say(text));
    sent.push(text);
    if (sent.length > SENT_MOST)
        sent.shift();
    recalled = sent.length;
    input.value = '';
    fit(input);
    toEnd();
}

/** @param {HTMLTextAreaElement} input */
function fit(input) {
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight + 2, 180)}px`;
}

/**
 * Complete a command's name, or the user after it.
 *
 * @param {HTMLTextAreaElement} input
 * @returns {boolean} whether something was added
 */
function complete(input) {
    const text = input.value;
    const [, command, rest] = /^\/(\S*)( +.*)?$/.exec(text) ?? [];
    if (command === undefined || input.selectionEnd !== text.length)
        return false;
    const typed = rest === undefined ? command : rest.trimStart();
    const names = rest === undefined ? commandNames() : state.users.filter((u) => u.id !== state.myId).map((u) => u.username);
    const found = names.filter((n) => n.toLowerCase().startsWith(typed.toLowerCase()));
    if (found.length !== 1 || (found[0] === typed && text.endsWith(' ')))
        return false;
    const name = /^[^\s"'\\]+$/.test(found[0]) ? found[0] : `"${found[0].replace(/["\\]/g, '\\$&')}"`;
    input.value = rest === undefined ? `/${name} ` : `/${command} ${name} `;
    return true;
}

/** @param {KeyboardEvent} e */
function onKey(e) {
    const input = byIdAs('chat-input', HTMLTextAreaElement);
    if (e.key === 'Enter' && !e.shiftKey && !e.ctrlKey && !e.metaKey && !e.isComposing) {
        e.preventDefault();
        submit();
    } else if (e.key === 'Tab' && !e.shiftKey && complete(input)) {
        e.preventDefault();
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

/** Bring the chat to life. */
export function startChat() {
    byId('chat-form').addEventListener('submit', (e) => {
        e.preventDefault();
        submit();
    });
    const input = byIdAs('chat-input', HTMLTextAreaElement);
    input.addEventListener('keydown', onKey);
    input.addEventListener('input', () => fit(input));
    byId('chat-new').addEventListener('click', toEnd);
    byId('chat-scroll').addEventListener('scroll', noticeScroll);
    // A pane that was hidden or has another width shows another part.
    new ResizeObserver(() => isAtEnd && toEnd()).observe(byId('chat-scroll'));

    session.on('client', (client) => client.on('chat', (m) => {
        // What the server says on its own behalf has no sender and answers a question of ours.
        if (!m.source && m.dest)
            localMessage(`${m.username || 'The server'}:\n${m.value || 'nothing'}`);
        else
            showMessage(m);
    }));
    session.on('joined', (again) => {
        if (again)
            return;
        input.placeholder = 'Write a message, or /help';
    });
    // What was said stays readable after leaving, until somebody joins again.
    watch(['phase'], () => {
        if (state.phase !== 'joining')
            return;
        clearChat(undefined);
        seen.clear();
        separatorDue = true;
    });
    watch(['chatOpen', 'mobileView', 'locals', 'downs'], () => {
        if (isChatVisible())
            update({ unread: 0 });
    });
    document.addEventListener('visibilitychange', () => {
        if (isChatVisible())
            update({ unread: 0 });
    });
    watch(['permissions', 'phase'], () => {
        byId('chat').dataset.op = String(may('op'));
    });
}

