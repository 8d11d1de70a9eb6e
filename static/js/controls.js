// @ts-check
/**
 * The line at the top (name, badges, clock), which panes are open, and the banner of a lost connection.
 */

import { isRecording } from './actions.js';
import { byId } from './dom.js';
import { t } from './i18n.js';
import { announce, attempt } from './notices.js';
import { retryNow } from './session.js';
import { set, state, update, watch } from './state.js';
import { clockText } from './text.js';

const narrow = matchMedia('(max-width: 1024px)');
const CHAT_MIN = 280;

/** @param {boolean} [open] */
export function toggleChat(open) {
    if (narrow.matches)
        update({ mobileView: open ?? state.mobileView !== 'chat' ? 'chat' : 'video' });
    else
        update({ chatOpen: open ?? !state.chatOpen });
}

/** @param {boolean} [open] */
export function toggleUsers(open) {
    update({ usersOpen: open ?? !state.usersOpen });
}

/** @param {boolean} open */
function toggleSettings(open) {
    update({ settingsOpen: open });
    byId(open ? 'close-settings' : 'open-settings').focus();
}

export const openSettings = () => toggleSettings(true);

function title() {
    const { displayName, name } = state.status;
    const fromName = name ?? state.groupName;
    return displayName || (fromName ? fromName[0].toUpperCase() + fromName.slice(1) : 'Nereid');
}

let wasLocked = false;

function renderGroup() {
    const name = title();
    byId('title').textContent = name;
    byId('title').title = name;
    byId('login-title').textContent = t('Join {name}', { name });
    document.title = state.unread ? `(${state.unread}) ${name}` : name;
    const inside = state.phase === 'joined' || state.phase === 'reconnecting';
    const locked = Boolean(state.status.locked);
    byId('locked').hidden = !locked;
    byId('recording').hidden = !isRecording();
    if (inside && locked !== wasLocked)
        announce(locked ? t('The group is locked') : t('The group is unlocked'));
    wasLocked = locked;
    byId('unread').hidden = !state.unread;
    byId('unread').textContent = state.unread > 99 ? '99+' : String(state.unread);
    byId('toggle-chat').setAttribute('aria-label', state.unread ? t('Chat, {n} unread', { n: state.unread }) : t('Chat'));
}

function renderPanes() {
    document.body.dataset.phase = state.phase;
    document.body.dataset.users = state.usersOpen ? 'open' : 'closed';
    document.body.dataset.chat = state.chatOpen ? 'open' : 'closed';
    document.body.dataset.view = state.mobileView;
    const chatShown = narrow.matches ? state.mobileView === 'chat' : state.chatOpen;
    byId('toggle-chat').setAttribute('aria-expanded', String(chatShown));
    byId('toggle-users').setAttribute('aria-expanded', String(state.usersOpen));
    byId('open-settings').setAttribute('aria-expanded', String(state.settingsOpen));
    byId('settings').hidden = !state.settingsOpen;
    const width = state.settings.chatWidth;
    const share = Math.round(100 * byId('chat').clientWidth / Math.max(1, byId('panes').clientWidth));
    byId('resizer').setAttribute('aria-valuenow', String(share));
    if (width !== null)
        byId('panes').style.setProperty('--chat-width', `${width}px`);
}

/** When we came in, ms; 0 outside. */
let joinedAt = 0;
/** @type {ReturnType<typeof setInterval>|undefined} */
let ticking;

/** How long one has been here. A connection that comes back does not begin anew. */
function followClock() {
    const inside = state.phase === 'joined' || state.phase === 'reconnecting';
    if (inside === (joinedAt !== 0))
        return;
    clearInterval(ticking);
    joinedAt = inside ? Date.now() : 0;
    const tick = () => {
        byId('clock').textContent = inside ? clockText(Date.now() - joinedAt) : '';
    };
    tick();
    if (inside)
        ticking = setInterval(tick, 1000);
}

/** @type {ReturnType<typeof setInterval>|undefined} */
let countdown;

function renderBanner() {
    const lost = state.phase === 'reconnecting';
    byId('banner').hidden = !lost;
    clearInterval(countdown);
    if (!lost)
        return;
    const text = () => {
        const left = state.retryAt === null ? 0 : Math.ceil((state.retryAt - Date.now()) / 1000);
        const why = state.restarting ? 'The server restarts.' : 'The connection was lost.';
        byId('banner-text').textContent = left > 1 ? `${why} Trying again in ${left} s.` : `${why} Coming back…`;
    };
    text();
    countdown = setInterval(text, 1000);
}

/** The strip between chat and videos changes the width of the chat, by pointer and by arrow keys. */
function startResizer() {
    const strip = byId('resizer');
    const chat = byId('chat');
    /** @param {number} width */
    const resize = (width) => {
        const most = byId('panes').clientWidth * 0.7;
        set('chatWidth', Math.round(Math.max(CHAT_MIN, Math.min(width, most))));
    };
    strip.addEventListener('pointerdown', (e) => {
        strip.setPointerCapture(e.pointerId);
        const from = e.clientX - chat.clientWidth;
        const move = (/** @type {PointerEvent} */ m) => resize(m.clientX - from);
        strip.addEventListener('pointermove', move);
        strip.addEventListener('lostpointercapture', () => strip.removeEventListener('pointermove', move), { once: true });
        e.preventDefault();
    });
    strip.addEventListener('keydown', (e) => {
        const step = { ArrowLeft: -20, ArrowRight: 20 }[e.key];
        if (step) {
            resize(chat.clientWidth + step);
            e.preventDefault();
        }
    });
    strip.addEventListener('dblclick', () => {
        set('chatWidth', null);
        byId('panes').style.removeProperty('--chat-width');
    });
}

/** Bring line and panes to life. */
export function startControls() {
    /** @type {Record<string, () => unknown>} */
    const clicks = {
        'retry-now': retryNow,
        'toggle-chat': () => toggleChat(),
        'close-chat': () => toggleChat(false),
        'toggle-users': () => toggleUsers(),
        'close-users': () => {
            toggleUsers(false);
            byId('toggle-users').focus();
        },
        'open-settings': () => toggleSettings(!state.settingsOpen),
        'close-settings': () => toggleSettings(false),
    };
    for (const [id, run] of Object.entries(clicks))
        byId(id).addEventListener('click', () => attempt(run));
    byId('settings').addEventListener('keydown', (e) => {
        if (e.key === 'Escape')
            toggleSettings(false);
    });
    byId('users-pane').addEventListener('keydown', (e) => {
        if (e.key === 'Escape' && narrow.matches) {
            toggleUsers(false);
            byId('toggle-users').focus();
        }
    });
    byId('panes').addEventListener('pointerdown', (e) => {
        // On a phone the list lies over the page: a touch beside it closes it.
        if (narrow.matches && state.usersOpen && e.target instanceof Element && !e.target.closest('#users-pane, #menus'))
            toggleUsers(false);
    });
    startResizer();
    const adapt = () => update({ usersOpen: !narrow.matches });
    narrow.addEventListener('change', adapt);
    adapt();
    watch(['status', 'groupName', 'users', 'unread', 'phase'], renderGroup);
    watch(['phase', 'usersOpen', 'chatOpen', 'mobileView', 'settingsOpen', 'settings'], renderPanes);
    watch(['phase'], followClock);
    watch(['phase', 'retryAt', 'restarting'], renderBanner);
}
