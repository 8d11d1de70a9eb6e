// @ts-check
/**
 * The field in which one writes: commands, completion, the history of lines sent, answers, emoji, and files that are dropped or pasted.
 */

import { requireListener } from './session.js';
import { state } from './state.js';
import { answer, chatEvents } from './chat.js';
import { toEnd } from './chatlog.js';
import { runCommand, usableCommands } from './commands.js';
import { append, byId, byIdAs, el, nameElement } from './dom.js';
import { t, tParts } from './i18n.js';
import { attempt } from './notices.js';
import { leadingQuote, shorten } from './text.js';
import { askAndOffer } from './transfers.js';

/** @typedef {import('./chatlog.js').Item} Item */

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

/** @param {string} text */
function say(text) {
    if (text.startsWith('/') && !text.startsWith('//')) {
        const space = text.search(/\s/);
        const name = space < 0 ? text.slice(1) : text.slice(1, space);
        return runCommand(name, space < 0 ? '' : text.slice(space + 1));
    }
    const said = text.startsWith('//') ? text.slice(1) : text;
    if (answering)
        answer(answering, said);
    else
        requireListener().chat(said);
    setAnswering(null);
}

function submit() {
    const input = field();
    const text = input.value;
    if (!text.trim())
        return;
    let failed = false;
    attempt(() => {
        try {
            return say(text);
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
    closeOffers();
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

/** @param {string} typed */
const others = (typed) => [...new Set(state.users.filter((u) => u.id !== state.myId && u.username).map((u) => u.username))]
    .filter((n) => n.toLowerCase().startsWith(typed.toLowerCase()));

/**
 * @param {string} text   up to the caret
 * @returns {Promise<Offers|null>}
 */
async function find(text) {
    const [, command, rest] = /^\/(\S*)( +.*)?$/.exec(text) ?? [];
    if (command !== undefined && rest === undefined) {
        const list = usableCommands().filter((c) => c.name.startsWith(command.toLowerCase()));
        return { from: 0, isSure: false, list: list.map(({ name, args, help }) => ({ label: `/${name} ${args}`, help, text: `/${name} `, dir: 'ltr' })) };
    }
    if (command !== undefined && usableCommands().some((c) => c.name === command && /^\[?user\b/.test(c.args))) {
        const typed = rest.trimStart();
        return { from: text.length - typed.length, isSure: false, list: others(typed.replace(/^["']/, '')).map((n) => ({ label: n, help: '', text: `${quoted(n)} ` })) };
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
        submit();
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
        attempt(() => askAndOffer(list, to));
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
        submit();
    });
    const input = field();
    input.placeholder = t('Write a message, or /help');
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
    chatEvents.on('reply', setAnswering);
    startDropping();
}
