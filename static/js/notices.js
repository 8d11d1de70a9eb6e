// @ts-check
/**
 * Short notices at the edge of the page, the captions, and what screen readers are told.
 */

import { byId, el, icon, nameElement } from './dom.js';
import { t, tParts } from './i18n.js';
import { inWords } from './text.js';

const SHOWN_MS = 5000;
const QUIET_MS = 5000;
/** Captions stay so long after the last of them; and so many of them. */
const CAPTION_MS = 6000;
const CAPTIONS_MOST = 3;
/** More would cover the page. */
const MOST = 4;
/** A screen reader has taken up what it was told after so long. */
const TOLD_MS = 10_000;

/** Reminders in view, by id: what takes them away. @type {Map<string, () => void>} */
const reminders = new Map();

/**
 * @param {'info'|'warn'|'danger'} kind
 * @param {import('./dom.js').Child[]} content
 * @returns {() => void} takes it away
 */
function notice(kind, ...content) {
    const box = byId(kind === 'info' ? 'notices-info' : 'notices-warn');
    const close = el('button', { type: 'button', class: 'icon-button', 'aria-label': t('Dismiss'), onclick: () => end() }, icon('close'));
    const note = el('div', { class: `notice ${kind}` }, icon(kind === 'info' ? 'info' : 'warn'), el('p', {}, ...content), close);
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let timer;
    const end = () => {
        clearTimeout(timer);
        note.remove();
    };
    const start = () => {
        clearTimeout(timer);
        timer = setTimeout(end, SHOWN_MS);
    };
    const stays = content.some((c) => c instanceof HTMLButtonElement);
    if (!stays) {
        note.addEventListener('pointerenter', () => clearTimeout(timer));
        note.addEventListener('pointerleave', start);
        note.addEventListener('focusin', () => clearTimeout(timer));
        note.addEventListener('focusout', start);
    }
    if (!stays)
        start();
    while (box.childElementCount >= MOST)
        box.firstElementChild?.remove();
    box.append(note);
    if (kind === 'info')
        announce(note.textContent ?? '');
    return end;
}

/**
 * Say something that the person may want to answer. It stays until they do, or dismiss it.
 *
 * @param {string} text
 * @param {string} label   of the button
 * @param {() => unknown} run
 */
export function offer(text, label, run) {
    const button = el('button', { type: 'button', class: 'button small', onclick: () => {
        button.closest('.notice')?.remove();
        attempt(run);
    } }, label);
    notice('warn', text, ' ', button);
}

/** @param {string} text */
export const inform = (text) => void notice('info', text);
/** @param {string} text */
export const warn = (text) => void notice('warn', text);
/** @param {string} text */
export const complain = (text) => void notice('danger', text);

/**
 * Say what the person may do, once at a time, until it is done or a while has passed.
 *
 * @param {string} id     for `dismiss`
 * @param {string} text
 */
export function remind(id, text) {
    dismiss(id);
    reminders.set(id, notice('info', text));
}

/** It is done. @param {string} id */
export function dismiss(id) {
    reminders.get(id)?.();
    reminders.delete(id);
}

/**
 * A text that somebody wrote, with the writer's name before it.
 *
 * @param {'info'|'warn'|'danger'} kind
 * @param {string|null} name   null: the server
 * @param {string} text
 */
export function noticeFrom(kind, name, text) {
    const writer = name === null ? t('The server') : nameElement(name);
    notice(kind, ...tParts('{name}: {text}', { name: writer, text: inWords(text) }));
}

/**
 * Run what a click or a command asked for; say it if it fails.
 *
 * @param {() => unknown} action
 */
export async function attempt(action) {
    try {
        await action();
    } catch (e) {
        complain(inWords(e instanceof Error ? e.message : String(e)));
    }
}

/**
 * Tell a screen reader, and nobody else. All that is told at about the same time is read, in its order.
 *
 * @param {string} text
 */
export function announce(text) {
    const line = el('p', {}, text);
    byId('announcer').append(line);
    setTimeout(() => line.remove(), TOLD_MS);
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let quietTimer;

/**
 * One line at the edge of the page, for a moment, which asks for nothing. It is not announced.
 *
 * @param {string} text   empty: none
 */
export function quietly(text) {
    const line = byId('quiet');
    line.textContent = text;
    line.hidden = !text;
    clearTimeout(quietTimer);
    quietTimer = setTimeout(() => {
        line.hidden = true;
    }, QUIET_MS);
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let captionTimer;

/**
 * Show what somebody says in writing, below what was said before.
 *
 * @param {string} text
 * @param {string} name   of who says it
 */
export function showCaption(text, name) {
    if (!text.trim())
        return;
    const box = byId('captions');
    box.append(el('p', { class: 'caption', 'data-username': name, dir: 'auto' }, nameElement(name), el('span', {}, text)));
    while (box.childElementCount > CAPTIONS_MOST)
        box.firstElementChild?.remove();
    // Who goes on speaking is named once.
    const lines = /** @type {HTMLElement[]} */ ([...box.children]);
    lines.forEach((line, i) => line.classList.toggle('continued', i > 0 && lines[i - 1].dataset.username === line.dataset.username));
    box.hidden = false;
    clearTimeout(captionTimer);
    captionTimer = setTimeout(() => {
        box.hidden = true;
        box.replaceChildren();
    }, CAPTION_MS);
}
