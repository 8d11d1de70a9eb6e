// @ts-check
/**
 * What every page stands on: where the site lies, the person's language, elements; and what lies over a page: notices, dialogs, menus.
 */

/*
 * ======== The site ========
 *
 * Where the site lies: a proxy may show it below a path of another one, as `https://host/video/`. This script knows its own address, and
 * with it that path.
 */

/** Where scripts, styles and icons of this version lie (docs/HACKING.md), with the final slash. */
const ASSETS = new URL('..', import.meta.url).pathname;

/** The site's path, with its final slash. */
const ROOT = ASSETS.replace(/\/assets\/[0-9a-f]+\/$/, '/');

/**
 * @param {string} path   of one of our files, as `/icons/icons.svg`
 * @returns {string} as the browser needs it, the same as in the page's HTML
 */
const assetPath = (path) => ASSETS + path.replace(/^\//, '');

/**
 * @param {string} path   of the site, as `/recordings/`
 * @returns {string} as the browser needs it
 */
export const sitePath = (path) => ROOT + path.replace(/^\//, '');

/**
 * @param {string} path   as the browser has it
 * @returns {string} the path within the site
 */
export const pathInSite = (path) => (path.startsWith(ROOT) ? path.slice(ROOT.length - 1) : path);

/*
 * ======== Language ========
 *
 * What a person reads, in the person's language. The English text is the key: `t('You are muted.')`. Every other language is a
 * catalogue, `/locale/LANG.json`, read before any module that imports this one runs: `t` may be called anywhere, at any time.
 * English needs no file, and is what a text without a translation falls back to. What a catalogue holds: docs/HACKING.md.
 */

/** Languages that we have, by what they call themselves. @type {Readonly<Record<string, string>>} */
export const LANGUAGES = { en: 'English', ar: 'العربية', de: 'Deutsch', es: 'Español', fr: 'Français', zh: '中文' };

/** Named by the address, it becomes the choice: `?lang=de`. */
const PARAMETER = 'lang';
/** Where a choice is kept: the landing page, which the server makes, reads it too. */
const COOKIE = 'lang';
const TAG = /^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$/;
const PATIENCE_MS = 8000;

/** @typedef {Partial<Record<Intl.LDMLPluralRule, string>>} Forms */
/** @typedef {Record<string, string|Forms>} Catalogue */
/** @typedef {string|number} Value */

/** @returns {string} the language that was chosen, or empty */
export function chosenLanguage() {
    const found = new RegExp(`(?:^|; *)${COOKIE}=([^;]*)`).exec(globalThis.document?.cookie ?? '');
    return found && TAG.test(found[1]) ? found[1] : '';
}

/**
 * Choose a language. It is seen when the page is loaded again.
 *
 * @param {string} lang   empty: as the browser wants it
 */
export function chooseLanguage(lang) {
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `${COOKIE}=${lang}; Path=${ROOT}; Max-Age=${lang ? 365 * 86_400 : 0}; SameSite=Lax${secure}`;
}

/**
 * The first of the wanted languages that we have.
 *
 * @param {readonly string[]} wanted   as `navigator.languages`
 * @returns {string}
 */
export function fittingLanguage(wanted) {
    for (const w of wanted) {
        const [primary] = w.toLowerCase().split('-');
        if (Object.hasOwn(LANGUAGES, primary))
            return primary;
    }
    return 'en';
}

const asked = new URLSearchParams(globalThis.location?.search).get(PARAMETER) ?? '';
if (TAG.test(asked))
    chooseLanguage(asked);
const wanted = globalThis.navigator?.languages ?? [];

/** The language of the page. */
export const language = (TAG.test(asked) && asked) || chosenLanguage() || fittingLanguage(wanted);

/** For times and numbers: the same language, as it is written where the person lives. */
export const locale = wanted.find((w) => w.toLowerCase().split('-')[0] === language.split('-')[0]) ?? language;

/** @returns {Promise<Catalogue>} empty when there is none, or it does not come */
async function load() {
    if (language === 'en' || !globalThis.document)
        return {};
    try {
        const response = await fetch(new URL(`../locale/${language}.json`, import.meta.url), { signal: AbortSignal.timeout(PATIENCE_MS) });
        if (!response.ok)
            throw new Error(`${response.status} ${response.statusText}`);
        return await response.json();
    } catch (e) {
        console.warn(`no catalogue for ${language}:`, e);
        return {};
    }
}

const catalogue = await load();
const isTranslated = Object.keys(catalogue).length > 0;
const rules = new Intl.PluralRules(isTranslated ? language : 'en');
const numbers = new Intl.NumberFormat(isTranslated ? locale : undefined);

/** Whether the page runs from right to left. */
const isRightToLeft = catalogue['@dir'] === 'rtl';

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** @param {Value} value */
function written(value) {
    if (typeof value === 'number')
        return numbers.format(value);
    // A name of the other direction must not turn the sentence around it (Unicode Bidirectional Algorithm, isolates).
    return isRightToLeft || RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value;
}

/**
 * The sentence to fill, in the page's language.
 *
 * @param {string} text
 * @param {unknown} n      decides the plural form
 * @param {string} [one]
 */
function pattern(text, n, one) {
    const found = Object.hasOwn(catalogue, text) ? catalogue[text] : undefined;
    if (typeof found === 'string')
        return found;
    const form = typeof n === 'number' ? rules.select(n) : 'other';
    if (found)
        return found[form] ?? found.other ?? text;
    const english = one !== undefined && n === 1 ? one : text;
    // What stands behind a bar tells two meanings of one word apart.
    return english.replace(/\|[^|]*$/, '');
}

/**
 * A text in the page's language.
 *
 * @param {string} text                     in English, with `{name}` where a value goes; `Send|amount` when the word has another meaning elsewhere
 * @param {Record<string, Value>} [values]  numbers are written as the language writes them; the one called `n` decides the plural form
 * @param {string} [one]                    the English text for `n` = 1
 * @returns {string}
 */
export function t(text, values = {}, one) {
    return pattern(text, values.n, one).replace(/\{(\w+)\}/g, (all, key) => (Object.hasOwn(values, key) ? written(values[key]) : all));
}

/**
 * What another program said in English, as the server's reasons, in the page's language; as it is when the catalogue does not hold it.
 *
 * @param {string} text
 * @returns {string}
 */
const lookUp = (text) => pattern(text, undefined);

/**
 * The same with elements in it, as children for `el()`.
 *
 * @param {string} text
 * @param {Record<string, Value|Node>} values
 * @param {string} [one]
 * @returns {(string|Node)[]}
 */
export function tParts(text, values, one) {
    return pattern(text, values.n, one).split(/(\{\w+\})/).filter(Boolean).map((part) => {
        const key = /^\{(\w+)\}$/.exec(part)?.[1];
        if (key === undefined || !Object.hasOwn(values, key))
            return part;
        const value = values[key];
        return typeof value === 'object' ? value : written(value);
    });
}

/** What the server and protocol.js say, in English, that people come to read. */
const SAID = [
    'you have been banned from this group', 'this group is locked', 'this group is not open yet', 'this group is closed', 'there are no operators in this group',
    'this server is about to be maintained and lets nobody in; please come back later', 'too many users', 'the server has reached its limit of users', 'the server has reached its limit of groups', 'username required', 'this username is taken',
    'this cannot be a name', 'the server is busy, please try again', 'internal server error', 'this user has not the permission for it', 'group does not exist',
    'too many attempts, please try again later', 'user unknown', 'this text is too long', 'this message is too long', 'too many streams', 'this stream has ended',
    'the server is busy', 'that username is taken', 'you are sending too many messages', 'this server does not record', 'this group does not allow recording',
    'this meeting is encrypted end to end: the server cannot record it', 'already recording', 'nobody is in this group', 'this meeting is encrypted end to end now.',
    'has started to record this meeting.', 'has ended the recording.', 'not authorised', 'the server refused', 'the server cannot be reached', 'the server does not answer',
    'the server has gone silent', 'the connection was lost', 'not connected', 'the server sent something unreadable', 'the server speaks another version of the protocol',
    'cancelled by the other side', 'the other side hung up', 'the other side has left', 'you have left', 'the file is gone', 'a file cannot be sent to oneself',
    'this program cannot receive files', 'the server closed the connection', 'the server does not let us in', 'not in a group: join one first', 'permission denied',
];

/**
 * @param {string} message   an error's, or the server's
 * @returns {string}
 */
export const inWords = (message) => (SAID.includes(message) ? lookUp(message) : message);

/** Attributes that a person reads or hears. */
const ATTRIBUTES = ['aria-label', 'placeholder', 'title', 'alt', 'data-off', 'data-label'];

/** @param {string} text */
function translated(text) {
    const key = text.trim().replace(/\s+/g, ' ');
    return key && Object.hasOwn(catalogue, key) ? text.replace(/\S(?:.*\S)?/s, () => lookUp(key)) : text;
}

/**
 * Translate what stands in the HTML: texts and attributes whose English is in the catalogue. `data-context="amount"` on an element
 * tells two meanings of one word apart, as `Send|amount` does.
 *
 * @param {Document|Element} root
 */
function translatePage(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node instanceof Element) {
            for (const name of ATTRIBUTES) {
                const value = node.getAttribute(name);
                if (value !== null)
                    node.setAttribute(name, translated(value));
            }
        } else if (node.nodeValue) {
            const context = node.parentElement?.dataset.context;
            const said = context && node.nodeValue.trim() ? lookUp(`${node.nodeValue.trim()}|${context}`) : translated(node.nodeValue);
            if (said !== node.nodeValue)
                node.nodeValue = said;
        }
    }
}

if (isTranslated) {
    document.documentElement.lang = language;
    document.documentElement.dir = isRightToLeft ? 'rtl' : 'ltr';
    translatePage(document);
}

/*
 * ======== Elements ========
 *
 * Making elements. Text from anywhere becomes text nodes and attributes only, never markup.
 */

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node|string|number|null|undefined|false} Child */

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props]   `class`, `data-*`, `aria-*` and other attributes; `onX` functions become listeners; `hidden`,
 *                                        `disabled` and other booleans become properties; undefined ones are left out
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, props = {}, ...children) {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
        if (value === undefined || value === null)
            continue;
        if (name.startsWith('on') && typeof value === 'function')
            e.addEventListener(name.slice(2), value);
        else if (typeof value === 'boolean' && !name.startsWith('aria-') && !name.startsWith('data-'))
            e.toggleAttribute(name, value);
        else
            e.setAttribute(name, String(value));
    }
    append(e, ...children);
    return e;
}

/**
 * @param {Element} parent
 * @param {Child[]} children
 */
export function append(parent, ...children) {
    for (const c of children) {
        if (c !== null && c !== undefined && c !== false)
            parent.append(c instanceof Node ? c : String(c));
    }
}

/**
 * One of the icons of /icons/icons.svg.
 *
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('class', 'icon');
    svg.setAttribute('aria-hidden', 'true');
    const use = document.createElementNS(SVG, 'use');
    svg.append(use);
    setIcon(svg, name);
    return svg;
}

/**
 * @param {Element|null} svg
 * @param {string} name
 */
export function setIcon(svg, name) {
    const use = svg?.firstElementChild;
    const href = assetPath(`/icons/icons.svg#${name}`);
    if (use && use.getAttribute('href') !== href)
        use.setAttribute('href', href);
}

/**
 * An element of the page that must exist.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
    const e = document.getElementById(id);
    if (!e)
        throw new Error(`the page has no #${id}`);
    return e;
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byIdAs(id, type) {
    const e = byId(id);
    if (!(e instanceof type))
        throw new Error(`#${id} is not what it should be`);
    return e;
}

/**
 * The user's name, kept apart from the text around it, whatever its direction.
 *
 * @param {string} name
 * @returns {HTMLElement}
 */
export function nameElement(name) {
    return el('bdi', { class: name ? 'name' : 'name anonymous' }, displayName(name));
}

/**
 * @param {string} name
 * @returns {string}
 */
export function displayName(name) {
    return name || t('(anon)');
}

/**
 * A name for a line that may be too short for it: then it is cut in its middle, since its end often tells people apart.
 *
 * @param {string} name
 * @returns {HTMLElement[]} what keeps its end, in a flex box
 */
export function cutName(name) {
    const letters = [...name];
    const tail = letters.length > 16 ? letters.slice(-6).join('') : '';
    return [el('span', { class: 'name-start' }, name.slice(0, name.length - tail.length)), el('span', { class: 'name-end' }, tail)];
}

/*
 * ======== Notices ========
 *
 * Short notices at the edge of the page, the captions, and what screen readers are told.
 */

const SHOWN_MS = 5000;
const QUIET_MS = 5000;
/** Captions stay so long after the last of them; and so many of them. */
const CAPTION_MS = 6000;
const CAPTIONS_MOST = 3;
/** More would cover the page. */
const MOST = 4;
/** A screen reader has taken up what it was told after so long. */
const TOLD_MS = 10_000;

/** Notices with an id, by that: what takes them away. @type {Map<string, () => void>} */
const named = new Map();

/**
 * @param {'info'|'warn'|'danger'} kind
 * @param {Child[]} content
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
    // Once is enough: the same again takes the place of the one before.
    for (const old of [...box.children]) {
        if (old.className === note.className && old.textContent === note.textContent)
            old.remove();
    }
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
 * Say something that takes the place of what was last said under the same id, until it is done or a while has passed.
 *
 * @param {string} id     for `dismiss`
 * @param {string} text
 * @param {'info'|'warn'} [kind]
 */
export function remind(id, text, kind = 'info') {
    dismiss(id);
    named.set(id, notice(kind, el('span', { 'data-notice': id }, text)));
}

/** It is done. @param {string} id */
export function dismiss(id) {
    named.get(id)?.();
    named.delete(id);
}

/** Whatever was said concerns nobody any more. */
export function dismissAll() {
    for (const id of ['notices-info', 'notices-warn'])
        byId(id).replaceChildren();
    named.clear();
}

/**
 * A text that somebody wrote, with the writer's name before it.
 *
 * @param {'info'|'warn'|'danger'} kind
 * @param {string|null} name   null: the server
 * @param {string} text
 * @returns {() => void} takes it away
 */
export function noticeFrom(kind, name, text) {
    const writer = name === null ? t('The server') : nameElement(name);
    return notice(kind, ...tParts('{name}: {text}', { name: writer, text: inWords(text) }));
}

/**
 * What somebody does, as `/me` tells it.
 *
 * @param {string} name
 * @param {string} text
 * @returns {() => void} takes it away
 */
export const noticeDeed = (name, text) => notice('info', '* ', nameElement(name), ' ', text);

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

/*
 * ======== Dialogs ========
 *
 * Questions in modal dialogs: confirm, ask for a text, choose a file, show a text.
 */

/**
 * Show a modal dialog until it is closed.
 *
 * @param {string} title
 * @param {Node[]} body
 * @param {{ok?: string, danger?: boolean, cancel?: boolean, id?: string}} [options]
 * @returns {Promise<boolean>} whether it was confirmed
 */
export function showDialog(title, body, { ok = t('OK'), danger = false, cancel = true, id } = {}) {
    const opener = document.activeElement;
    const heading = el('h2', { id: 'dialog-title' }, title);
    const form = el('form', { method: 'dialog', class: 'form' },
        heading,
        ...body,
        el('div', { class: 'form-actions' },
            el('button', { class: danger ? 'button primary danger' : 'button primary', value: 'ok' }, ok),
            cancel && el('button', { type: 'button', class: 'button', onclick: () => dialog.close('') }, t('Cancel'))));
    const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title', id }, form);
    byId('dialogs').append(dialog);
    return new Promise((resolve) => {
        dialog.addEventListener('close', () => {
            resolve(dialog.returnValue === 'ok');
            dialog.remove();
            if (opener instanceof HTMLElement)
                opener.focus();
        });
        dialog.showModal();
    });
}

/**
 * @param {string} question
 * @param {string} explanation
 * @param {string} ok
 */
export const confirmAction = (question, explanation, ok) =>
    showDialog(question, [el('p', { class: 'muted' }, explanation)], { ok, danger: true });

/**
 * Ask for a line of text.
 *
 * @param {string} title
 * @param {string} label
 * @param {{ok?: string, required?: boolean, danger?: boolean}} [options]
 * @returns {Promise<string|null>} null when cancelled
 */
export async function askText(title, label, { ok = t('OK'), required = false, danger = false } = {}) {
    const input = el('input', { type: 'text', id: 'dialog-text', autocomplete: 'off', required });
    const field = el('div', { class: 'field' }, el('label', { for: 'dialog-text' }, label), input);
    return await showDialog(title, [field], { ok, danger }) ? input.value.trim() : null;
}

/**
 * A button that copies a text, and says that it did.
 *
 * @param {string} text
 * @param {string} label
 */
export function copyButton(text, label) {
    const said = el('span', {}, label);
    return el('button', {
        type: 'button',
        class: 'button small',
        'aria-live': 'polite',
        onclick: async () => {
            try {
                await navigator.clipboard.writeText(text);
                said.textContent = t('Copied');
            } catch {
                said.textContent = t('Not allowed to copy');
            }
        },
    }, icon('copy'), said);
}

/**
 * A button that hands an address to the system's own way of sharing.
 *
 * @param {string} title
 * @param {string} url
 */
const shareButton = (title, url) => el('button', { type: 'button', class: 'button small',
    // Closing the system's sheet without a choice is no error.
    onclick: () => navigator.share({ title, url }).catch(() => {}) }, icon('link'), t('Share'));

/**
 * Show an address that somebody may want to copy.
 *
 * @param {string} title
 * @param {string} text   the address
 * @param {string} [explanation]
 */
export async function showCopyable(title, text, explanation) {
    const input = el('input', { type: 'text', id: 'dialog-text', readonly: true, 'aria-label': title, value: text,
        onfocus: () => input.select() });
    const body = [el('p', { class: 'muted' }, explanation ?? ''), input, el('div', { class: 'row' }, copyButton(text, t('Copy')), 'share' in navigator && shareButton(title, text))];
    await showDialog(title, body, { ok: t('Close'), cancel: false });
}

/**
 * Let the person choose a file.
 *
 * @param {string} [accept]
 * @returns {Promise<File|null>}
 */
export function chooseFile(accept) {
    const input = el('input', { type: 'file', accept, hidden: true, id: 'file-chooser' });
    document.getElementById('file-chooser')?.remove();
    byId('dialogs').append(input);
    return new Promise((resolve) => {
        input.addEventListener('change', () => {
            resolve(input.files?.[0] ?? null);
            input.remove();
        });
        input.addEventListener('cancel', () => {
            resolve(null);
            input.remove();
        });
        input.click();
    });
}

/*
 * ======== Menus ========
 *
 * Menus that open at a button or at a place, worked by mouse and by keyboard. One at a time.
 */

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {string} [icon]        empty: none
 * @property {boolean} [danger]
 * @property {string} [id]           becomes `data-action`
 * @property {string} [elementId]
 * @property {boolean} [checked]     one of several, of which one is chosen: the menu stays open
 * @property {boolean} [stays]       the menu stays open
 * @property {string} [device]       becomes `data-device`
 * @property {() => unknown} run
 */

/**
 * Entries that belong together, below a heading.
 *
 * @typedef {object} MenuGroup
 * @property {string} heading
 * @property {MenuItem[]} items
 */

/** @type {{menu: HTMLElement, opener: HTMLElement|null, onclose?: () => void}|null} */
let open = null;

/** @param {boolean} [giveFocusBack] */
function closeMenu(giveFocusBack = false) {
    if (!open)
        return;
    const { menu, opener, onclose } = open;
    open = null;
    onclose?.();
    menu.remove();
    opener?.setAttribute('aria-expanded', 'false');
    if (giveFocusBack)
        opener?.focus();
}

/** @param {MenuItem} item */
function entry(item) {
    const isChoice = item.checked !== undefined;
    const button = el('button', {
        type: 'button',
        role: isChoice ? 'menuitemradio' : 'menuitem',
        tabindex: '-1',
        class: item.danger ? 'menu-item danger' : 'menu-item',
        id: item.elementId,
        'data-action': item.id,
        'data-device': item.device,
        'aria-checked': isChoice ? item.checked : undefined,
        onclick: () => {
            if (isChoice) {
                for (const other of button.parentElement?.children ?? [])
                    other.setAttribute('aria-checked', String(other === button));
            } else if (!item.stays) {
                closeMenu(true);
            }
            attempt(item.run);
        },
    }, item.icon !== '' && icon(isChoice ? 'check' : item.icon ?? 'more'), item.label);
    return button;
}

/**
 * Open a menu.
 *
 * @param {string} label                              what the menu is about, for screen readers
 * @param {(MenuItem|MenuGroup|null)[]} items         null is a separator
 * @param {HTMLElement} opener                        gets the focus back
 * @param {{x: number, y: number}} [at]               place in the window; else beside the opener
 * @param {object} [options]
 * @param {HTMLElement} [options.extra]               what stands below the entries
 * @param {boolean} [options.inRow]                    entries beside one another
 * @param {() => void} [options.onclose]
 */
export function openMenu(label, items, opener, at, { extra, inRow = false, onclose } = {}) {
    const same = open?.opener === opener;
    closeMenu();
    if ((same && !at) || (!extra && !items.some(Boolean)))
        return;
    const list = el('div', { role: 'menu', 'aria-label': label });
    for (const item of items) {
        if (item === null)
            list.append(el('div', { class: 'menu-line', role: 'separator' }));
        else if ('items' in item)
            list.append(el('p', { class: 'menu-heading', 'aria-hidden': 'true' }, item.heading), el('div', { role: 'group', 'aria-label': item.heading }, ...item.items.map(entry)));
        else
            list.append(entry(item));
    }
    const menu = el('div', { class: inRow ? 'menu in-row' : 'menu' }, list, extra);
    menu.addEventListener('keydown', onKey);
    byId('menus').append(menu);
    place(menu, opener, at);
    open = { menu, opener, onclose };
    opener.setAttribute('aria-expanded', 'true');
    const all = entries(menu);
    (all.find((e) => e.getAttribute('aria-checked') === 'true') ?? all[0])?.focus();
}

/**
 * Put a menu at its place, or below its opener, or above where there is no room below; always inside the window.
 *
 * @param {HTMLElement} menu
 * @param {HTMLElement} opener
 * @param {{x: number, y: number}} [at]
 */
function place(menu, opener, at) {
    const margin = 8;
    const { left, right, top, bottom } = opener.getBoundingClientRect();
    // A long menu above the bar scrolls rather than lie over its buttons.
    if (!at && top > innerHeight - bottom)
        menu.style.maxHeight = `${top - 4 - margin}px`;
    const { width, height } = menu.getBoundingClientRect();
    const isRtl = getComputedStyle(opener).direction === 'rtl';
    const x = at?.x ?? (isRtl ? right - width : left);
    const fits = bottom + 4 + height + margin <= innerHeight;
    const y = at?.y ?? (fits ? bottom + 4 : top - 4 - height);
    menu.style.left = `${Math.max(margin, Math.min(x, innerWidth - width - margin))}px`;
    menu.style.top = `${Math.max(margin, Math.min(y, innerHeight - height - margin))}px`;
}

/** @param {HTMLElement} menu */
const entries = (menu) => /** @type {HTMLElement[]} */ ([...menu.querySelectorAll('[role^=menuitem]')]);

/** @param {KeyboardEvent} e */
function onKey(e) {
    if (!open)
        return;
    const all = entries(open.menu);
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const forward = getComputedStyle(open.menu).direction === 'rtl' ? -1 : 1;
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, ArrowRight: at + forward, ArrowLeft: at - forward, Home: 0, End: all.length - 1 };
    if (e.key in moves)
        all[(moves[e.key] + all.length) % all.length]?.focus();
    else if (e.key === 'Escape')
        closeMenu(true);
    else if (e.key === 'Tab')
        closeMenu(true);
    else if (e.key.length === 1 && /\S/.test(e.key))
        [...all.slice(at + 1), ...all].find((i) => i.textContent?.trim().toLowerCase().startsWith(e.key.toLowerCase()))?.focus();
    else
        return;
    if (e.key !== 'Tab')
        e.preventDefault();
    e.stopPropagation();
}

/** Close a menu when something else is pressed, or the window changes. */
export function startMenus() {
    document.addEventListener('pointerdown', (e) => {
        const target = e.target instanceof Node ? e.target : null;
        if (open && !open.menu.contains(target) && !open.opener?.contains(target))
            closeMenu();
    });
    window.addEventListener('resize', () => closeMenu());
    window.addEventListener('blur', () => closeMenu());
}
