// @ts-check
/**
 * What a person reads, in the person's language. The English text is the key: `t('You are muted.')`. Every other language is a
 * catalogue, `/locale/LANG.json`, read before any module that imports this one runs: `t` may be called anywhere, at any time.
 * English needs no file, and is what a text without a translation falls back to. What a catalogue holds: docs/HACKING.md.
 */

import { ROOT } from './site.js';

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
export const lookUp = (text) => pattern(text, undefined);

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

/** Attributes that a person reads or hears. */
const ATTRIBUTES = ['aria-label', 'placeholder', 'title', 'alt', 'data-off', 'data-label'];

/** @param {string} text */
function translated(text) {
    const key = text.trim().replace(/\s+/g, ' ');
    return key && Object.hasOwn(catalogue, key) ? text.replace(/\S(?:.*\S)?/s, () => t(key)) : text;
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
            const said = context && node.nodeValue.trim() ? t(`${node.nodeValue.trim()}|${context}`) : translated(node.nodeValue);
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
