// @ts-check
/**
 * The line at the top (name, badges, clock) and the settings.
 */

import { isRecording } from './actions.js';
import { byId } from './dom.js';
import { t } from './i18n.js';
import { announce, attempt } from './notices.js';
import { state, update, watch } from './state.js';
import { clockText } from './text.js';

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

function renderPhase() {
    document.body.dataset.phase = state.phase;
    byId('open-settings').setAttribute('aria-expanded', String(state.settingsOpen));
    byId('settings').hidden = !state.settingsOpen;
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

/** Bring the line to life. */
export function startControls() {
    /** @type {Record<string, () => unknown>} */
    const clicks = {
        'open-settings': () => toggleSettings(!state.settingsOpen),
        'close-settings': () => toggleSettings(false),
    };
    for (const [id, run] of Object.entries(clicks))
        byId(id).addEventListener('click', () => attempt(run));
    byId('settings').addEventListener('keydown', (e) => {
        if (e.key === 'Escape')
            toggleSettings(false);
    });
    watch(['status', 'groupName', 'users', 'unread', 'phase'], renderGroup);
    watch(['phase', 'settingsOpen'], renderPhase);
    watch(['phase'], followClock);
}
