// @ts-check
/**
 * Signs of life: who comes and goes, raised hands, how the network carries each stream; in words, by soft sounds, and beside names.
 */

import { chatEvents } from './chat.js';
import { byId, displayName, el, icon } from './dom.js';
import { t } from './i18n.js';
import { isChatVisible } from './chatlog.js';
import { announce, attempt, dismiss, inform, quietly, warn } from './notices.js';
import { session } from './session.js';
import { sitePath } from './site.js';
import { handPlace, isMachine, may, set, state, watch } from './state.js';
import { shorten } from './text.js';

/** @typedef {import('../protocol.js').Client} Client */
/** @typedef {import('./state.js').Line} Line */

/** Those who are here already are told one by one after we have come: so long they are no news, ms. */
const GREETING_MS = 2000;
/** Who goes and comes again within this time has not moved, and many who come together are told together, ms. */
const GATHER_MS = 2000;
/** In a larger group somebody comes all the time. */
const JOIN_SOUND_UP_TO = 20;

// ---- Sounds

/**
 * Play a soft sound, if the person wants any.
 *
 * @param {'join'|'hand'|'message'} name
 */
async function sound(name) {
    if (!state.settings.sounds || !navigator.userActivation?.hasBeenActive)
        return;
    try {
        (await import('./sounds.js')).play(name, state.settings.speaker);
    } catch (e) {
        console.warn('no sound:', e);
    }
}

// ---- Coming and going

/** Names, by id, of those who came and went since the last word about it. */
const came = new Map();
const gone = new Map();
/** @type {ReturnType<typeof setTimeout>|undefined} */
let gathering;

/** @param {string[]} names */
function joinedInWords([a, b, ...others]) {
    if (b === undefined)
        return t('{name} has joined.', { name: a });
    if (!others.length)
        return t('{a} and {b} have joined.', { a, b });
    return t('{a}, {b} and {n} others have joined.', { a, b, n: others.length }, '{a}, {b} and {n} other have joined.');
}

/** @param {string[]} names */
function leftInWords([a, b, ...others]) {
    if (b === undefined)
        return t('{name} has left.', { name: a });
    if (!others.length)
        return t('{a} and {b} have left.', { a, b });
    return t('{a}, {b} and {n} others have left.', { a, b, n: others.length }, '{a}, {b} and {n} other have left.');
}

function tellPresence() {
    gathering = undefined;
    const left = [...gone.values()];
    // A page that was loaded again has another id and the same name.
    const joined = [...came.values()].filter((name) => {
        const at = left.indexOf(name);
        if (at >= 0)
            left.splice(at, 1);
        return at < 0;
    });
    came.clear();
    gone.clear();
    const texts = [
        ...(joined.length ? [joinedInWords(joined.map(displayName))] : []),
        ...(left.length ? [leftInWords(left.map(displayName))] : []),
    ];
    for (const text of texts)
        announce(text);
    quietly(texts.join(' '));
    if (joined.length && state.users.length <= JOIN_SOUND_UP_TO)
        sound('join');
}

/**
 * @param {'add'|'change'|'delete'} kind
 * @param {import('../types.js').User} user
 */
function notePresence(kind, user) {
    if (kind === 'add')
        came.set(user.id, user.username);
    else if (!came.delete(user.id))
        gone.set(user.id, user.username);
    gathering ??= setTimeout(tellPresence, GATHER_MS);
}

// ---- Hands

/** A raised hand beside a name: its place in the queue. @param {number} place */
export const handSign = (place) => el('span', { class: 'hand-sign', 'aria-hidden': 'true' }, icon('hand'), String(place));

/** @param {import('../types.js').User} user */
function tellHand(user) {
    const words = { name: displayName(user.username), place: handPlace(user.id) };
    if (!may('op')) {
        announce(t('{name} has raised a hand.', words));
        return;
    }
    inform(t('{name} has raised a hand and is number {place} in the queue.', words));
    sound('hand');
}

// ---- Following a connection

/** @param {Client} client */
function follow(client) {
    let isGreeted = false;
    client.on('joined', (m) => {
        if (m.kind === 'join')
            setTimeout(() => { isGreeted = true; }, GREETING_MS);
    });
    /** Those whose hands are up. @type {Set<string>} */
    const raised = new Set();
    client.on('user', (kind, user) => {
        const isUp = kind !== 'delete' && Boolean(user.data.raisehand);
        const isNews = isUp && !raised.has(user.id);
        if (isUp)
            raised.add(user.id);
        else
            raised.delete(user.id);
        if (!isGreeted || user.id === client.id || isMachine(user))
            return;
        if (kind !== 'change')
            notePresence(kind, user);
        // The queue has heard of it when this turn ends.
        if (isNews)
            queueMicrotask(() => tellHand(user));
    });
    client.on('chat', (m) => {
        if (!m.history && m.kind !== 'caption' && m.source && m.source !== client.id && !isChatVisible())
            sound('message');
    });
}

// ---- Notifications of the system

/** Tell of a message that is meant for us while we look at something else. @param {import('./chat.js').Mention} m */
function notify({ id, username, text }) {
    if (!state.settings.notifications || document.visibilityState === 'visible')
        return;
    try {
        const note = new Notification(displayName(username), { body: shorten(text), tag: id, icon: sitePath('/favicon.svg') });
        note.onclick = () => {
            window.focus();
            if (!isChatVisible())
                byId('toggle-chat').click();
            note.close();
        };
    } catch (e) {
        // Some phones have them for installed pages alone.
        console.warn('no notification:', e);
    }
}

/** Whoever wants notifications is asked by the browser whether this page may. */
async function askToNotify() {
    if (!state.settings.notifications || Notification.permission === 'granted')
        return;
    if (await Notification.requestPermission() !== 'granted') {
        set('notifications', false);
        warn(t('Your browser does not let this page notify you.'));
    }
}

// ---- The network

/** @param {Line['why']} why */
function lineInWords(why) {
    switch (why) {
    case 'loss':
        return t('Unstable connection: parts are lost on the way');
    case 'delay':
        return t('Slow connection: everything comes late');
    case 'freezes':
        return t('Unstable connection: the picture stands still at times');
    case 'cpu':
        return t('This computer is busy: your picture is sent smaller');
    case 'bandwidth':
        return t('Low bandwidth: your picture is sent smaller');
    default:
        return t('Good connection');
    }
}

/**
 * What the sign of a tile shows: how the network carries its stream, by what was measured here and by what the server allots.
 *
 * @param {{trouble: boolean, sent: 'full'|'reduced'|'paused', reason: string, sentWords: string}} view
 * @param {Line|undefined} line
 * @returns {{bars: 0|1|2|3, words: string}}
 */
function networkSign({ trouble, sent, reason, sentWords }, line) {
    if (trouble)
        return { bars: 0, words: line ? t('No connection now') : t('Connecting…') };
    const measured = line ?? { bars: 3, why: /** @type {const} */ ('') };
    const allotted = reason !== 'bandwidth' || sent === 'full' ? 3 : sent === 'reduced' ? 2 : 1;
    if (allotted <= measured.bars && sentWords)
        return { bars: /** @type {1|2|3} */ (Math.min(allotted, measured.bars)), words: sentWords };
    return { bars: measured.bars, words: lineInWords(measured.why) };
}

/** What a tile has of signs: a raised hand, and three bars for the network. */
export class TileSigns {
    constructor() {
        this.hand = el('span', { class: 'tile-hand' });
        this.line = el('span', { class: 'tile-line', role: 'img' }, el('i'), el('i'), el('i'));
        this.why = el('span', { class: 'tile-why', 'aria-hidden': 'true' });
    }

    /**
     * @param {{userId: string, trouble: boolean, sent: 'full'|'reduced'|'paused', reason: string, sentWords: string}} view
     * @param {string} id   of the tile
     * @returns {string} in words, what is out of the ordinary
     */
    show(view, id) {
        const place = handPlace(view.userId);
        if (this.hand.dataset.place !== String(place)) {
            this.hand.dataset.place = String(place);
            this.hand.replaceChildren(...(place ? [handSign(place)] : []));
        }
        const { bars, words } = networkSign(view, state.lines.get(id));
        this.line.dataset.bars = String(bars);
        this.line.title = words;
        this.line.setAttribute('aria-label', words);
        // What is bad is said without pointing at it; over a picture that is not sent it stands already.
        this.why.textContent = bars === 1 && view.sent !== 'paused' ? words : '';
        return [place && t('hand raised, number {place}', { place }), bars < 3 ? words : view.sentWords].filter(Boolean).join(', ');
    }
}

/** Notices and captions stand over the videos, wherever the layout has them. */
function followStage() {
    const stage = byId('stage').getBoundingClientRect();
    const isSeen = stage.width > 0;
    const signs = byId('signs').style;
    signs.setProperty('--stage-left', `${isSeen ? stage.left : 0}px`);
    signs.setProperty('--stage-right', `${isSeen ? innerWidth - stage.right : 0}px`);
}

/** Bring the signs to life. */
export function startSigns() {
    new ResizeObserver(followStage).observe(byId('stage'));
    session.on('client', follow);
    chatEvents.on('mentioned', notify);
    watch(['phase'], () => {
        if (state.phase === 'joined')
            return;
        clearTimeout(gathering);
        gathering = undefined;
        came.clear();
        gone.clear();
        byId('quiet').hidden = true;
    });
    let wanted = state.settings.notifications;
    byId('notifications-field').hidden = !('Notification' in window);
    watch(['settings'], () => {
        if (wanted === state.settings.notifications)
            return;
        wanted = state.settings.notifications;
        attempt(askToNotify);
    });
    watch(['locals'], () => {
        if (state.locals.some((l) => l.label === 'camera'))
            dismiss('enable');
    });
}
