// @ts-check
/**
 * Short notices at the edge of the page, the captions, and what screen readers are told.
 */

import { byId, el, icon, nameElement } from './dom.js';

const SHOWN_MS = 5000;
const CAPTION_MS = 3000;
/** More would cover the page. */
const MOST = 4;

/**
 * @param {'info'|'warn'|'danger'} kind
 * @param {import('./dom.js').Child[]} content
 */
function notice(kind, ...content) {
    const box = byId(kind === 'info' ? 'notices-info' : 'notices-warn');
    const close = el('button', { type: 'button', class: 'icon-button', 'aria-label': 'Dismiss', onclick: () => end() }, icon('close'));
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
export const inform = (text) => notice('info', text);
/** @param {string} text */
export const warn = (text) => notice('warn', text);
/** @param {string} text */
export const complain = (text) => notice('danger', text);

/**
 * A text that somebody wrote, with the writer's name before it.
 *
 * @param {'info'|'warn'|'danger'} kind
 * @param {string|null} name   null: the server
 * @param {string} text
 */
export function noticeFrom(kind, name, text) {
    notice(kind, name === null ? 'The server' : nameElement(name), `: ${text}`);
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
        complain(e instanceof Error ? e.message : String(e));
    }
}

/**
 * Tell a screen reader, and nobody else.
 *
 * @param {string} text
 */
export function announce(text) {
    byId('announcer').textContent = text;
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let captionTimer;

/** @param {string} text */
export function showCaption(text) {
    const line = byId('captions');
    line.textContent = text;
    line.hidden = false;
    clearTimeout(captionTimer);
    captionTimer = setTimeout(() => {
        line.hidden = true;
    }, CAPTION_MS);
}
