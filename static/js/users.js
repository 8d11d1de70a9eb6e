// @ts-check
/**
 * The list of people. Each entry is a button that opens the menu of that person, or of the group for oneself.
 */

import { groupMenu, userMenu } from './actions.js';
import { byId, byIdAs, displayName, el, icon } from './dom.js';
import { t } from './i18n.js';
import { openMenu } from './menus.js';
import { handSign } from './signs.js';
import { handPlace, people, state, watch } from './state.js';
import { hue, initials } from './text.js';

/** @typedef {import('../types.js').User} User */

/** Search is of use only in a long list. */
const SEARCH_FROM = 12;

/** @type {Map<string, {row: HTMLLIElement, shown: string}>} */
const rows = new Map();

/** @param {User} user */
function media(user) {
    const streams = user.id === state.myId
        ? state.locals.map((l) => l.media)
        : state.downs.filter((d) => d.source === user.id).map((d) => d.stream);
    const tracks = streams.flatMap((s) => s?.getTracks() ?? []);
    return tracks.some((track) => track.kind === 'video') ? 'camera' : tracks.length ? 'mic' : '';
}

/** @param {User} user */
function role(user) {
    const has = (/** @type {string} */ p) => user.permissions.includes(p);
    return has('system') ? t('machine') : has('op') ? t('operator') : !has('present') && !has('message') ? t('observer') : '';
}

/** @param {User} user */
function entry(user) {
    const isMe = user.id === state.myId;
    const place = handPlace(user.id);
    const m = media(user);
    const muted = m !== '' && Boolean(user.data.muted);
    const avatar = el('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(user.username));
    avatar.style.setProperty('--hue', String(hue(user.username)));
    const said = [place && t('hand raised, number {place}', { place }), m === 'camera' && t('camera on'), m === 'mic' && t('microphone on'), muted && t('muted')]
        .filter(Boolean);
    const button = el('button', {
        type: 'button',
        class: place ? 'user-entry raised' : 'user-entry',
        'data-user-id': user.id,
        'data-username': user.username,
        'aria-haspopup': 'menu',
        'aria-expanded': 'false',
        onclick: () => openMenu(isMe ? t('Group') : displayName(user.username), isMe ? groupMenu() : userMenu(current(user)), button),
        oncontextmenu: (/** @type {Event} */ e) => {
            e.preventDefault();
            button.click();
        },
    },
    avatar,
    el('span', { class: 'user-text' },
        el('bdi', { class: user.username ? 'name' : 'name anonymous' }, displayName(user.username)),
        el('span', { class: 'user-role' }, [isMe && t('you'), role(user)].filter(Boolean).join(', '))),
    said.length > 0 && el('span', { class: 'visually-hidden' }, `, ${said.join(', ')}`),
    place > 0 && handSign(place),
    muted && icon('mic-off'),
    m && !muted && icon(m === 'camera' ? 'camera' : 'mic'));
    return button;
}

/**
 * The user as the group sees him now: a menu may open long after the entry was drawn.
 *
 * @param {User} user
 */
const current = (user) => state.users.find((u) => u.id === user.id) ?? user;

/** The buttons that lead to the list say how many want to speak. */
function renderHands() {
    const { size } = state.hands;
    for (const button of document.querySelectorAll('#toggle-users, #tab-users')) {
        if (!button.querySelector('.hand-count'))
            button.append(el('span', { class: 'count hand-count', 'aria-hidden': 'true' }, icon('hand'), el('span', {})), el('span', { class: 'visually-hidden hands-said' }));
        const count = /** @type {HTMLElement} */ (button.querySelector('.hand-count'));
        count.hidden = !size;
        /** @type {Element} */ (count.lastElementChild).textContent = String(size);
        /** @type {Element} */ (button.querySelector('.hands-said')).textContent = size ? ` ${t('{n} hands raised', { n: size }, '{n} hand raised')}` : '';
    }
}

function render() {
    const list = byId('users');
    const wanted = byIdAs('user-search', HTMLInputElement).value.trim().toLowerCase();
    const here = people();
    byId('users-heading').textContent = state.users.length ? t('People ({n})', { n: here.length }) : t('People');
    byId('people-count').textContent = state.users.length ? String(here.length) : '';
    renderHands();
    byIdAs('user-search', HTMLInputElement).hidden = here.length < SEARCH_FROM && !wanted;

    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.userId : undefined;
    const keep = new Set(state.users.map((u) => u.id));
    for (const [id, { row }] of rows) {
        if (!keep.has(id)) {
            row.remove();
            rows.delete(id);
        }
    }
    let next = list.firstElementChild;
    for (const user of state.users) {
        const shown = JSON.stringify([user, media(user), state.myId === user.id, handPlace(user.id)]);
        let known = rows.get(user.id);
        if (!known) {
            known = { row: el('li', {}), shown: '' };
            rows.set(user.id, known);
        }
        if (known.shown !== shown) {
            known.shown = shown;
            known.row.replaceChildren(entry(user));
        }
        known.row.hidden = wanted !== '' && !user.username.toLowerCase().includes(wanted);
        if (known.row === next)
            next = next.nextElementSibling;
        else
            list.insertBefore(known.row, next);
    }
    if (focused && rows.has(focused) && document.activeElement === document.body)
        rows.get(focused)?.row.querySelector('button')?.focus();
}

/** Bring the list to life. */
export function startUsers() {
    watch(['users', 'myId', 'locals', 'downs'], render);
    byId('user-search').addEventListener('input', render);
    byId('users').addEventListener('keydown', (e) => {
        if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp')
            return;
        const all = /** @type {HTMLElement[]} */ ([...byId('users').querySelectorAll('li:not([hidden]) .user-entry')]);
        const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        all[at + (e.key === 'ArrowDown' ? 1 : -1)]?.focus();
        e.preventDefault();
    });
}
