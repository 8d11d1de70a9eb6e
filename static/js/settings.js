// @ts-check
/**
 * What a person chose, kept in this browser. Choices outlive the tab; being muted belongs to the tab alone.
 */

import { t } from './i18n.js';

/**
 * @typedef {object} Settings
 * @property {boolean} localMute
 * @property {boolean} microphoneOff      the microphone is not to be opened
 * @property {boolean} cameraOff          the camera is not to be opened
 * @property {string|null} video          device id, '' for off, null for the first one
 * @property {string|null} audio          device id, '' for off, null for the first one
 * @property {string} speaker             device id, '' for the default
 * @property {string} filter
 * @property {string} request             what to receive
 * @property {string} send                how much to send
 * @property {string} simulcast
 * @property {boolean} blackboardMode
 * @property {boolean} mirrorView
 * @property {boolean} activityDetection
 * @property {boolean} displayAll
 * @property {boolean} preprocessing
 * @property {boolean} hqaudio
 * @property {number[]|null} resolution   width and height wanted from the camera
 * @property {boolean} forceRelay
 * @property {boolean} shortcuts          single-key shortcuts
 * @property {boolean} sounds             soft sounds for who comes, hands and messages
 * @property {boolean} notifications      the system tells of mentions while the page is out of sight
 * @property {string} layout              how videos, people and chat share the window
 * @property {string|null} panel          what was left open of people and chat; null: what the width allows
 * @property {string} selfView            where one's own picture is: floating while few are here, in the grid, or nowhere
 * @property {number[]|null} selfPlace    where it floats: parts of the room's width and height, from 0 to 1
 * @property {number|null} chatWidth      pixels, in the classic layout
 * @property {string} username            last name used here
 */

const KEY = 'settings';
const isFirefox = /firefox/i.test(globalThis.navigator?.userAgent ?? '');

/** @type {Settings} */
const DEFAULTS = {
    localMute: false,
    microphoneOff: false,
    cameraOff: false,
    video: null,
    audio: null,
    speaker: '',
    filter: '',
    request: 'everything',
    send: 'normal',
    simulcast: isFirefox ? 'off' : 'auto',
    blackboardMode: false,
    mirrorView: true,
    activityDetection: true,
    displayAll: false,
    preprocessing: true,
    hqaudio: false,
    resolution: null,
    forceRelay: false,
    shortcuts: true,
    sounds: true,
    notifications: false,
    layout: 'grid',
    panel: null,
    selfView: 'float',
    selfPlace: null,
    chatWidth: null,
    username: '',
};

/** Values that a setting may have, for those that are a choice. @type {Record<string, string[]>} */
export const CHOICES = {
    request: ['everything', 'everything-low', 'screenshare', 'audio', ''],
    send: ['lowest', 'low', 'normal', 'unlimited'],
    simulcast: ['auto', 'off', 'on'],
    filter: ['', 'mirror-h', 'mirror-v', 'rotate', 'background-blur'],
    layout: ['grid', 'stage', 'classic'],
    panel: ['', 'users', 'chat', 'both'],
    selfView: ['float', 'grid', 'hidden'],
};

const TAB_ONLY = new Set(['localMute']);

/**
 * @param {string} key
 * @param {any} value
 * @returns {string} what is wrong, or empty
 */
function check(key, value) {
    if (!Object.hasOwn(DEFAULTS, key))
        return t('there is no setting “{key}”', { key });
    if (Object.hasOwn(CHOICES, key))
        return CHOICES[key].includes(value) ? '' : t('{key} is one of {choices}', { key, choices: CHOICES[key].map((v) => JSON.stringify(v)).join(', ') });
    if (key === 'resolution') {
        const good = value === null || (Array.isArray(value) && value.length === 2 && value.every((n) => Number.isInteger(n) && n > 0 && n < 10_000));
        return good ? '' : t('resolution is [width, height]');
    }
    if (key === 'selfPlace') {
        const good = value === null || (Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === 'number' && n >= 0 && n <= 1));
        return good ? '' : t('selfPlace is two numbers from 0 to 1');
    }
    if (key === 'chatWidth')
        return value === null || (typeof value === 'number' && value > 0) ? '' : t('{key} is a number', { key });
    if (key === 'video' || key === 'audio')
        return value === null || typeof value === 'string' ? '' : t('{key} is a device id', { key });
    const wanted = typeof DEFAULTS[/** @type {keyof Settings} */ (key)];
    return typeof value === wanted ? '' : t(wanted === 'boolean' ? '{key} is true or false' : wanted === 'number' ? '{key} is a number' : '{key} is a text', { key });
}

/**
 * @param {Storage|undefined} storage
 * @returns {Record<string, any>}
 */
function read(storage) {
    try {
        const value = JSON.parse(storage?.getItem(KEY) ?? '{}');
        return typeof value === 'object' && value !== null ? value : {};
    } catch {
        return {};
    }
}

/**
 * @param {'localStorage'|'sessionStorage'} name
 * @returns {Storage|undefined} undefined where the browser refuses storage
 */
function storage(name) {
    try {
        return globalThis[name];
    } catch {
        return undefined;
    }
}

/** @type {Record<string, any>} */
let stored = {};

/** @returns {Settings} what was stored, and defaults for the rest */
export function loadSettings() {
    const found = { ...read(storage('localStorage')), ...read(storage('sessionStorage')) };
    stored = Object.fromEntries(Object.entries(found).filter(([key, value]) => !check(key, value)));
    return { ...DEFAULTS, ...stored };
}

/**
 * Change one setting and keep it.
 *
 * @param {Settings} settings
 * @param {string} key
 * @param {any} value   undefined goes back to the default
 * @returns {Settings} the new settings
 */
export function changeSetting(settings, key, value) {
    if (value === undefined) {
        if (!Object.hasOwn(DEFAULTS, key))
            throw new Error(t('there is no setting “{key}”', { key }));
        delete stored[key];
    } else {
        const wrong = check(key, value);
        if (wrong)
            throw new Error(wrong);
        stored[key] = value;
    }
    for (const [name, mine] of /** @type {const} */ ([['localStorage', false], ['sessionStorage', true]])) {
        const part = Object.fromEntries(Object.entries(stored).filter(([k]) => TAB_ONLY.has(k) === mine));
        try {
            storage(name)?.setItem(KEY, JSON.stringify(part));
        } catch {
            // A full or forbidden storage costs the memory of a choice, nothing else.
        }
    }
    return { ...settings, [key]: value === undefined ? DEFAULTS[/** @type {keyof Settings} */ (key)] : value };
}

/** @returns {[key: string, value: any][]} what differs from the defaults, sorted */
export function storedSettings() {
    return Object.entries(stored).sort(([a], [b]) => (a < b ? -1 : 1));
}
