// @ts-check
/**
 * End-to-end encryption, as the page has it: the passphrase behind the # of the address, the worker that encrypts and decrypts
 * (sealworker.js), the lock, and the dialogs. docs/ENCRYPTION.md says what it protects. Loaded when a meeting needs it.
 */

import { UpStream } from '../protocol.js';
import { attempt, byId, complain, copyButton, el, icon, inform, showDialog, t, warn } from './page.js';
import { askAgain, currentClient, isInside, may, requireClient, session, state, update, watch } from './session.js';

/** @typedef {import('../protocol.js').Client} Client */
/** @typedef {import('../protocol.js').DownStream} DownStream */

const PREFIX = '#key=';
/** Without those that are taken for one another, as in Crockford's Base32. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const hasTransform = 'RTCRtpScriptTransform' in window;
/** The older way, of Chromium alone. */
const hasStreams = 'RTCRtpSender' in window && 'createEncodedStreams' in RTCRtpSender.prototype;
const isAble = (hasTransform || hasStreams) && Boolean(globalThis.crypto?.subtle);
/** Codecs whose frames sealworker.js cannot encrypt in a way that servers and browsers still forward and decode. */
const UNFIT = /^video\/(av1|h265)$|^audio\/red$/i;

let passphrase = '';
/** What people compare: of the passphrase that is in use. */
let number = '';
/** Called with the safety number when the worker has made the key. @type {((number: string) => void)[]} */
const making = [];
/** Whether a dialog of ours is open. */
let asks = false;
let hasWarned = false;
/** What frames go through already. @type {WeakSet<RTCRtpSender|RTCRtpReceiver>} */
const attached = new WeakSet();
/** What is wrong with streams that we receive, by their id and kind. @type {Map<string, Map<string, string>>} */
const faults = new Map();

// ---- The worker

/** @type {Worker|undefined} */
let started;

function worker() {
    if (started)
        return started;
    const url = new URL('sealworker.js', import.meta.url).href;
    const trusted = /** @type {any} */ (window).trustedTypes?.createPolicy('nereid-seal', { createScriptURL: () => url }).createScriptURL('') ?? url;
    started = new Worker(trusted, { type: 'module' });
    started.onmessage = ({ data }) => (data.stream ? followFrames(data) : making.shift()?.(data.number));
    started.onerror = () => complain(t('Media cannot be encrypted or decrypted here: a part of the page did not load.'));
    return started;
}

/**
 * What becomes of a stream's frames.
 *
 * @param {{stream: string, kind: string, role: string, fate: string}} news
 */
function followFrames({ stream, kind, role, fate }) {
    if (role === 'send') {
        if (fate === 'codec')
            warn(t('Your video is not sent: this meeting’s codec cannot be encrypted.'));
        return;
    }
    const down = state.downs.find((d) => d.id === stream);
    if (!down)
        return;
    const known = faults.get(stream) ?? new Map();
    faults.set(stream, known.set(kind, fate));
    tellFault(down);
    if (fate === 'key' && passphrase && !hasWarned) {
        hasWarned = true;
        inform(t('Somebody here uses another passphrase than you. Press the lock above to change yours.'));
    }
}

/** @param {DownStream} down */
function tellFault(down) {
    const fates = [...faults.get(down.id)?.values() ?? []];
    const words = fates.every((f) => f === 'ok') ? '' : fates.includes('plain') ? t('Not encrypted, so not shown')
        : state.sealed ? t('Cannot be decrypted: other passphrase') : t('Cannot be decrypted: no passphrase');
    if (down.unreadable === words)
        return;
    down.unreadable = words;
    update({ downs: [...state.downs] });
}

// ---- Streams

/** Whether media are encrypted here, or would be if we had the passphrase. */
const isWanted = () => state.sealed || Boolean(state.status.encrypted);

/**
 * Encrypt what is sent, or decrypt what is received.
 *
 * @param {RTCRtpTransceiver} transceiver
 * @param {import('../protocol.js').UpStream|DownStream} stream
 */
function attach(transceiver, stream) {
    if (!isWanted() || !isAble)
        return;
    const isUp = stream instanceof UpStream;
    const end = isUp ? transceiver.sender : transceiver.receiver;
    if (attached.has(end))
        return;
    attached.add(end);
    const kind = end.track?.kind ?? 'video';
    const source = isUp ? currentClient()?.id : stream.source;
    const task = { role: isUp ? 'send' : 'receive', kind, stream: stream.id, context: [source, stream.id, stream.label, kind].join('\n') };
    if (isUp)
        choose(transceiver, kind);
    if (hasTransform) {
        end.transform = new RTCRtpScriptTransform(worker(), task);
    } else {
        const { readable, writable } = /** @type {any} */ (end).createEncodedStreams();
        worker().postMessage({ task, readable, writable }, [readable, writable]);
    }
    stream.on('negotiated', () => worker().postMessage({
        stream: stream.id,
        codecs: Object.fromEntries(end.getParameters().codecs.map((c) => [c.payloadType, c.mimeType])),
    }));
    stream.on('close', () => {
        faults.delete(stream.id);
        worker().postMessage({ ended: stream.id });
    });
}

/**
 * Offer only what can be encrypted.
 *
 * @param {RTCRtpTransceiver} transceiver
 * @param {string} kind
 */
function choose(transceiver, kind) {
    const known = RTCRtpSender.getCapabilities(kind)?.codecs ?? [];
    const fit = known.filter((c) => !UNFIT.test(c.mimeType));
    try {
        if (fit.length < known.length)
            transceiver.setCodecPreferences(fit);
    } catch (e) {
        // Some browsers take only what they can receive as well. What cannot be encrypted is not sent in any case.
        console.warn('codecs not chosen:', e);
    }
}

/** What this connection's streams go through. @param {Client} client */
function prepare(client) {
    client.options.transform = attach;
    const { encodedInsertableStreams, ...others } = /** @type {any} */ (client.options.rtcOverrides ?? {});
    client.options.rtcOverrides = isWanted() && isAble && !hasTransform ? { ...others, encodedInsertableStreams: true } : others;
}

// ---- The passphrase

/** @returns {string} that the address has */
function fromAddress() {
    if (!location.hash.startsWith(PREFIX))
        return '';
    try {
        return decodeURIComponent(location.hash.slice(PREFIX.length)).trim();
    } catch {
        return '';
    }
}

/** @returns {string} the address with the passphrase, for those who are to be in the meeting */
const link = () => `${location.origin}${location.pathname}${PREFIX}${encodeURIComponent(passphrase)}`;

/** The address has the passphrase, whatever else changes it. */
function keepInAddress() {
    history.replaceState(history.state, '', `${location.pathname}${location.search}${passphrase && PREFIX}${encodeURIComponent(passphrase)}`);
}

/** @returns {string} 100 random bits */
function newPassphrase() {
    const letters = Array.from(crypto.getRandomValues(new Uint8Array(20)), (b) => LETTERS[b & 31]).join('');
    return letters.replace(/.{5}(?=.)/g, '$&-');
}

/**
 * From now on this passphrase.
 *
 * @param {string} text   empty: none
 * @param {boolean} [isNew]   the others have the old one still: their frames are read for a moment more
 */
async function use(text, isNew = false) {
    if (text && !isAble) {
        warn(t('This browser cannot encrypt media: here you can only write.'));
        return;
    }
    const made = new Promise((/** @type {(n: string) => void} */ resolve) => making.push(resolve));
    worker().postMessage({ passphrase: text, group: state.groupName, keeps: isNew });
    passphrase = text;
    keepInAddress();
    /** @type {HTMLDialogElement|null} */ (document.getElementById('seal-dialog'))?.close('');
    number = await made;
    hasWarned = false;
    // The worker says anew what becomes of each stream.
    faults.clear();
    const wasSealed = state.sealed;
    update({ sealed: text !== '' });
    render();
    // The decoders of the others begin anew with what the new key encrypts.
    if (wasSealed && text) {
        for (const local of state.locals)
            local.up?.wantKeyframe();
    }
}

/** An operator says of the group that its media are encrypted. @param {boolean} is */
function mark(is) {
    requireClient().groupAction('setdata', { encrypted: is || null });
}

// ---- Dialogs

/**
 * @param {string} label
 * @param {() => unknown} run   after the dialog has been closed
 * @param {string} [kind]
 */
const closing = (label, run, kind = '') => el('button', { type: 'button', class: `button small ${kind}`, onclick: (/** @type {Event} */ e) => {
    /** @type {HTMLElement} */ (e.target).closest('dialog')?.close('');
    attempt(run);
} }, label);

/** @param {string} label */
function passphraseField(label) {
    const input = el('input', { type: 'text', id: 'seal-passphrase', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none' });
    return { input, row: el('div', { class: 'field' }, el('label', { for: 'seal-passphrase' }, label), input) };
}

/** A link that was pasted whole, or the passphrase. @param {string} text */
function passphraseIn(text) {
    const at = text.indexOf(PREFIX);
    if (at < 0)
        return text.trim();
    try {
        return decodeURIComponent(text.slice(at + PREFIX.length)).trim();
    } catch {
        return text.slice(at + PREFIX.length).trim();
    }
}

/**
 * @param {string} title
 * @param {Node[]} body
 * @param {Parameters<typeof showDialog>[2]} options
 */
async function show(title, body, options) {
    asks = true;
    try {
        return await showDialog(title, body, options);
    } finally {
        asks = false;
    }
}

/** @param {string} text */
const para = (text) => el('p', { class: 'muted' }, text);

/** For who has no passphrase in a meeting that needs one. */
async function ask() {
    if (asks)
        return;
    const { input, row } = passphraseField(t('Passphrase, or the whole link'));
    const words = isAble ? t('To see and hear the others, and to be seen, you need its passphrase. Whoever invited you has it; the server does not.')
        : t('This browser cannot encrypt media: here you can only write.');
    const ok = await show(t('This meeting is encrypted'), isAble ? [para(words), row] : [para(words)], { ok: isAble ? t('Use it') : t('Close'), cancel: isAble, id: 'seal-dialog' });
    const text = passphraseIn(input.value);
    if (ok && text)
        await use(text);
}

async function begin() {
    const body = [
        para(t('Your browsers encrypt picture and sound with a passphrase that the server never learns. Everybody needs the link with the passphrase, which you get next; give it to them by another way than this chat, which the server can read.')),
        para(t('As long as it lasts the meeting cannot be recorded, and programs that stream or watch without this page are put out.')),
    ];
    if (!await show(t('Encrypt this meeting?'), body, { ok: t('Encrypt'), id: 'seal-dialog' }))
        return;
    await renew();
}

/** A passphrase that nobody knows yet: whoever is not given it is shut out. */
async function renew() {
    await use(newPassphrase(), true);
    if (state.sealed && !state.status.encrypted)
        mark(true);
    if (state.sealed)
        await about();
}

/** Back to media that the server can read: others have to do it too. */
async function end() {
    if (state.status.encrypted && may('op'))
        mark(false);
    await use('');
}

async function about() {
    const { input, row } = passphraseField(t('Another passphrase, or the whole link'));
    const address = el('input', { type: 'text', id: 'seal-link', readonly: true, 'aria-label': t('Link to this meeting'), value: link(), onfocus: () => address.select() });
    const body = [
        el('p', {}, t('Compare these numbers with the others, over the telephone for example. If they are the same, you have the same passphrase.')),
        el('p', { class: 'safety-number', id: 'safety-number' }, number),
        para(t('Names, chat, and who speaks when are not encrypted.')),
        el('div', { class: 'field' }, address, el('div', { class: 'row' }, copyButton(link(), t('Copy the link')))),
        row,
        el('div', { class: 'row' },
            may('op') && closing(t('Make a new passphrase'), renew),
            // What the group's file says no operator can take back.
            may('op') && currentClient()?.groupData.encrypted === true && closing(t('End encryption'), end, 'danger'),
            !state.status.encrypted && closing(t('Stop encrypting'), end, 'danger')),
    ];
    const ok = await show(t('This meeting is encrypted'), body, { ok: t('Close'), cancel: false, id: 'seal-dialog' });
    const text = passphraseIn(input.value);
    if (ok && text && text !== passphrase)
        await use(text);
}

/** What the lock and the menu open. */
export function openEncryption() {
    if (state.sealed)
        return about();
    return state.status.encrypted ? ask() : begin();
}

// ---- What follows

function render() {
    const badge = byId('encrypted');
    const words = state.sealed ? t('Encrypted') : t('Passphrase needed');
    badge.hidden = !isInside() || !isWanted();
    badge.className = `badge ${state.sealed ? 'ok' : 'warn'}`;
    badge.title = state.sealed ? t('Encrypted end to end. Press to compare.') : t('This meeting is encrypted: enter its passphrase');
    badge.setAttribute('aria-label', badge.title);
    badge.replaceChildren(icon(state.sealed ? 'lock' : 'unlock'), el('span', {}, words));
}

let wasWanted = false;
let wasMarked = false;
let wasMissing = false;

function follow() {
    const isMarked = Boolean(state.status.encrypted);
    const client = currentClient();
    render();
    if (!client)
        return;
    prepare(client);
    if (isWanted() !== wasWanted && state.downs.length)
        askAgain();
    wasWanted = isWanted();
    for (const down of state.downs)
        tellFault(down);
    const isMissing = isMarked && !state.sealed;
    if (isMissing && !wasMissing)
        ask();
    wasMissing = isMissing;
    if (wasMarked && !isMarked && state.sealed)
        warn(t('The meeting is not marked as encrypted any more. You go on encrypting until you press the lock and stop it.'));
    wasMarked = isMarked;
}

session.on('client', (client) => prepare(client));
session.on('joined', (again) => {
    if (state.sealed && !state.status.encrypted) {
        if (may('op'))
            mark(true);
        else if (!again)
            warn(t('This meeting is not marked as encrypted: only those who have the passphrase see and hear you.'));
    }
});
session.on('left', () => {
    wasMarked = wasMissing = false;
});
window.addEventListener('hashchange', () => {
    const given = fromAddress();
    if (given && given !== passphrase)
        attempt(() => use(given));
    else
        keepInAddress();
});
byId('encrypted').addEventListener('click', () => attempt(openEncryption));

/** Settled when the passphrase of the address can be used, or there is none. */
export const ready = fromAddress() ? use(fromAddress()) : Promise.resolve();
watch(['status', 'sealed', 'phase'], follow);
