// @ts-check
/**
 * What a person is told of the line and of rights: the banner while the connection is gone, who has given or taken what, and refusals
 * as sentences.
 */

import { byId } from './dom.js';
import { t } from './i18n.js';
import { complain, inform, noticeFrom, warn } from './notices.js';
import { session, tryNow } from './session.js';
import { may, state, watch } from './state.js';
import { inWords } from './text.js';

/** @typedef {import('../types.js').UserMessage} UserMessage */
/** @typedef {import('./session.js').RightsChange} RightsChange */

// ---- The banner

/** @returns {string} empty while all is well */
function trouble() {
    if (state.phase === 'joined')
        return state.troubles.length ? t('Your connection is gone. Trying…') : '';
    if (state.phase !== 'reconnecting')
        return '';
    const seconds = state.retryAt === null ? 0 : Math.ceil((state.retryAt - Date.now()) / 1000);
    if (state.restarting)
        return seconds > 1 ? t('The server restarts. Trying again in {seconds} s.', { seconds }) : t('The server restarts. Coming back…');
    return seconds > 1 ? t('Your connection is gone. Trying again in {seconds} s.', { seconds }) : t('Your connection is gone. Trying…');
}

/** @type {ReturnType<typeof setInterval>|undefined} */
let countdown;

function renderBanner() {
    clearInterval(countdown);
    const show = () => {
        const text = trouble();
        byId('banner').hidden = !text;
        // A live region: the same words again would be read again.
        if (byId('banner-text').textContent !== text)
            byId('banner-text').textContent = text;
    };
    show();
    if (state.phase === 'reconnecting')
        countdown = setInterval(show, 1000);
}

// ---- Rights

/**
 * What to say when a right is taken or given: by somebody, and without knowing by whom.
 *
 * @type {Record<string, Record<'taken'|'given', [by: (name: string) => string, alone: () => string]>>}
 */
const SENTENCES = {
    op: {
        taken: [(name) => t('{name} has taken your operator rights.', { name }), () => t('You are not an operator any more.')],
        given: [(name) => t('{name} has made you an operator.', { name }), () => t('You are an operator now.')],
    },
    present: {
        taken: [(name) => t('{name} has taken your right to present.', { name }), () => t('You may not present any more.')],
        given: [(name) => t('{name} has given you the right to present.', { name }), () => t('You may present now.')],
    },
    message: {
        taken: [(name) => t('{name} has taken your right to write.', { name }), () => t('You may not write any more.')],
        given: [(name) => t('{name} has given you the right to write.', { name }), () => t('You may write now.')],
    },
    token: {
        taken: [(name) => t('{name} has taken your right to invite.', { name }), () => t('You may not invite any more.')],
        given: [(name) => t('{name} has given you the right to invite.', { name }), () => t('You may invite now.')],
    },
    record: {
        taken: [(name) => t('{name} has taken your right to record.', { name }), () => t('You may not record any more.')],
        given: [(name) => t('{name} has given you the right to record.', { name }), () => t('You may record now.')],
    },
};
/** An operator may do these as well: they come and go with it. */
const WITH_OP = ['token', 'record'];

/**
 * @param {'taken'|'given'} how
 * @param {string[]} rights
 * @param {string|null} by
 * @returns {[right: string, sentence: string][]}
 */
function sentences(how, rights, by) {
    return Object.entries(SENTENCES)
        .filter(([right]) => rights.includes(right) && !(rights.includes('op') && WITH_OP.includes(right)))
        .map(([right, words]) => [right, by === null ? words[how][1]() : words[how][0](by || t('An operator'))]);
}

/** Why we may not write, empty while we may. */
let whyMute = '';

/** @param {RightsChange} change */
function tellRights({ taken, given, by }) {
    for (const [right, text] of sentences('taken', taken, by)) {
        warn(text);
        if (right === 'message')
            whyMute = text;
    }
    for (const [, text] of sentences('given', given, by))
        inform(text);
}

/** A field that may not be used says why, and keeps what was typed. */
function renderChatField() {
    const isMute = state.phase === 'joined' && !may('message');
    if (!isMute)
        whyMute = '';
    for (const id of ['chat-input', 'chat-send', 'chat-file', 'chat-emoji'])
        byId(id).toggleAttribute('disabled', isMute);
    byId('chat-reason').hidden = !isMute;
    byId('chat-reason').textContent = isMute ? whyMute || t('You may not write here.') : '';
}

// ---- Refusals

/** What the server's errors mean to a person; null: nothing, or it has been said otherwise. @type {Record<string, (() => string)|null>} */
const REFUSALS = {
    'not-permitted': () => t('You may not do that here.'),
    'unknown-user': () => t('This person is not here any more.'),
    'not-a-client': () => t('This is a program, which cannot be asked for that.'),
    'unknown-stream': null,
    'too-large': () => t('That is too long to be sent.'),
};
/** Servers that do not know these identifiers say it in words. */
const NOT_PERMITTED = /^(not authori[sz]ed|permission denied)\b/i;
const UNKNOWN_USER = /^(user unknown|unknown user)\b/i;

/**
 * An error that the server tells us.
 *
 * @param {UserMessage} m
 */
export function complainOf(m) {
    const text = String(m.value);
    const code = m.error || (NOT_PERMITTED.test(text) && 'not-permitted') || (UNKNOWN_USER.test(text) && 'unknown-user') || '';
    // A stream that ends with the right to send it: that the right is gone was told.
    const wasTold = code === 'not-permitted' && (m.id || text === 'permission denied');
    const words = Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
    if (words === undefined)
        noticeFrom('danger', m.source || m.username ? m.username : null, inWords(text));
    else if (words && !wasTold)
        complain(words());
}

/** Begin to tell. */
export function startLine() {
    byId('retry-now').addEventListener('click', tryNow);
    session.on('rights', tellRights);
    watch(['phase', 'retryAt', 'restarting', 'troubles'], renderBanner);
    watch(['phase', 'permissions'], renderChatField);
}
