// @ts-check
/**
 * Invitations: making links, listing them, changing when they end.
 */

import { attempt, complain, copyButton, el, showCopyable, showDialog, t } from './page.js';
import { formatDateTime } from './text.js';
import { hasPassphrase, may, requireClient, state } from './session.js';
import { localMessage } from './chat.js';

/** @typedef {import('../types.js').Token} Token */
/** @typedef {import('../types.js').UserMessage} UserMessage */

const DAY_MS = 86_400_000;
/** When an invitation ends that is to end at once: a second ago, since the server's clock may be behind. */
export const JUST_NOW = -1000;

/** Set while the answer to a dialog, and not to a command, is awaited. */
let showNext = false;
let listNext = false;
/** The entries of the open list, by token. @type {Map<string, (t: Token) => void>} */
const listed = new Map();

/**
 * @param {{username?: string, expires?: number|string, notBefore?: string}} wish
 */
export function makeInvitation({ username, expires = DAY_MS, notBefore }) {
    requireClient().groupAction('maketoken', {
        group: state.groupName,
        ...(username && { username }),
        expires,
        ...(notBefore && { 'not-before': notBefore }),
        permissions: ['present', 'message'].filter(may),
    });
}

/**
 * @param {string} link   a whole address or the bare token
 * @param {number|string} expires
 */
export function editInvitation(link, expires) {
    requireClient().groupAction('edittoken', { token: tokenOf(link), expires });
}

/**
 * @param {string} link
 * @returns {string}
 */
function tokenOf(link) {
    const text = link.trim();
    if (!text)
        throw new Error(t('Which invitation? Give its link.'));
    if (!text.includes('token='))
        return text;
    return new URLSearchParams(text.slice(text.indexOf('?') + 1).split('#')[0]).get('token') ?? text;
}

/** @param {Token} token */
const linkOf = (token) => `${location.origin}${location.pathname}?token=${encodeURIComponent(token.token)}${hasPassphrase() ? location.hash : ''}`;

/**
 * @param {Date} t
 * @returns {string} local time, as a date-time field wants it
 */
const fieldTime = (t) => new Date(t.getTime() - t.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/**
 * @param {string} id
 * @param {string} label
 * @param {Record<string, any>} props
 * @param {string} [help]
 */
function field(id, label, props, help) {
    const input = el('input', { id, ...props });
    return { input, row: el('div', { class: 'field' }, el('label', { for: id }, label), input, help && el('span', { class: 'help' }, help)) };
}

/** Ask for what an invitation needs, and make it. */
export async function openInvite() {
    const now = fieldTime(new Date());
    const name = field('invite-username', t('User name'), { type: 'text', autocomplete: 'off' }, t('Empty: the guest chooses a name.'));
    const begin = field('invite-not-before', t('Not before'), { type: 'datetime-local', min: now });
    const end = field('invite-expires', t('Expires'), { type: 'datetime-local', min: now, value: fieldTime(new Date(Date.now() + 2 * DAY_MS)) });
    if (!await showDialog(t('Invite somebody'), [name.row, begin.row, end.row], { ok: t('Make link'), id: 'invite-dialog' }))
        return;
    /** @param {string} text */
    const time = (text) => (text ? new Date(text).toISOString() : undefined);
    showNext = true;
    makeInvitation({ username: name.input.value.trim(), expires: time(end.input.value), notBefore: time(begin.input.value) });
}

/** @param {Token} token */
const isValid = (token) => token.expires !== undefined && new Date(token.expires) > new Date();

/**
 * @param {Token} token
 * @returns {string}
 */
function describe(token) {
    const time = (/** @type {string} */ text) => formatDateTime(new Date(text));
    const valid = isValid(token);
    const facts = [
        valid ? t('Valid') : t('Expired'),
        token.username ? t('for {name}', { name: token.username }) : '',
        token.group === '' ? t('in every group') : token.group !== undefined && token.group !== state.groupName ? t('in the group {group}', { group: token.group }) : '',
        token.issuedBy ? t('by {name}', { name: token.issuedBy }) : '',
        token.issuedAt ? t('made {time}', { time: time(token.issuedAt) }) : '',
        token['not-before'] ? t('from {time}', { time: time(token['not-before']) }) : '',
        token.expires ? t(valid ? 'until {time}' : 'since {time}', { time: time(token.expires) }) : '',
    ];
    return facts.filter(Boolean).join(' · ');
}

/** @param {Token} token */
const describeWithLink = (token) => `${describe(token)}: ${linkOf(token)}`;

/**
 * An answer to `maketoken` or `edittoken`.
 *
 * @param {UserMessage} m
 */
export function gotToken(m) {
    const show = showNext;
    showNext = false;
    if (m.error) {
        complain(t('The invitation was refused: {reason}', { reason: String(m.value) }));
        return;
    }
    const entry = listed.get(m.value.token);
    if (entry) {
        entry(m.value);
        return;
    }
    localMessage(t('Invitation: {facts}', { facts: describeWithLink(m.value) }));
    if (show)
        showCopyable(t('Invitation link'), linkOf(m.value), t('Whoever has this link can join without a password.'));
}

/**
 * An answer to `listtokens`.
 *
 * @param {UserMessage} m
 */
export function gotTokenList(m) {
    const show = listNext;
    listNext = false;
    if (m.error) {
        complain(t('Invitations cannot be listed: {reason}', { reason: String(m.value) }));
        return;
    }
    const list = /** @type {Token[]} */ (m.value ?? []);
    if (show)
        showList(list);
    else
        localMessage(list.length ? list.map(describeWithLink).join('\n') : t('There are no invitations.'));
}

/** Show all invitations, to copy and to end them. */
export function openInvitations() {
    listNext = true;
    requireClient().groupAction('listtokens');
}

/** @param {Token[]} list */
async function showList(list) {
    const body = list.length
        ? el('ul', { class: 'invitations' }, ...list.map(listEntry))
        : el('p', { class: 'muted' }, t('There are none. “{action}” makes one.', { action: t('Invite user') }));
    await showDialog(t('Invitations'), [body], { ok: t('Close'), cancel: false, id: 'invitations-dialog' });
    listed.clear();
}

/** @param {Token} token */
function listEntry(token) {
    const text = el('p', {});
    const end = el('button', { type: 'button', class: 'button small danger', 'data-action': 'revoke',
        onclick: () => attempt(() => editInvitation(token.token, JUST_NOW)) }, t('End it'));
    const buttons = el('div', { class: 'row' }, copyButton(linkOf(token), t('Copy link')), end);
    const show = (/** @type {Token} */ now) => {
        text.textContent = describe(now);
        buttons.hidden = !isValid(now);
    };
    listed.set(token.token, show);
    show(token);
    return el('li', {}, text, buttons);
}
