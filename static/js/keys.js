// @ts-check
/**
 * Single-key shortcuts, while nothing is being typed; one switch turns them all off.
 */

import { isHandRaised, raiseHand } from './actions.js';
import { showDialog } from './dialogs.js';
import { byId, el } from './dom.js';
import { t } from './i18n.js';
import { canPresent, canShare, isOpen, setMuted, share, toggleCamera, toggleMicrophone } from './media.js';
import { attempt } from './notices.js';
import { showPane } from './panel.js';
import { state } from './state.js';
import { fullScreen, pinNth } from './videos.js';

/** @type {Record<string, {help: string, run: () => unknown}>} */
const KEYS = {
    m: { help: t('mute or unmute'), run: () => canPresent() && toggleMicrophone() },
    v: { help: t('start or stop the camera'), run: () => canPresent() && toggleCamera() },
    s: { help: t('share a screen'), run: () => canShare() && share() },
    h: { help: t('raise or lower your hand'), run: () => raiseHand(!isHandRaised()) },
    c: { help: t('write in the chat'), run: () => {
        showPane('chat', true);
        byId('chat-input').focus();
    } },
    p: { help: t('show or hide people'), run: () => showPane('users') },
    f: { help: t('full screen'), run: () => fullScreen() },
    '?': { help: t('this list'), run: showShortcuts },
};

/** Set while Space is held down to talk. */
let talking = false;

/** @param {KeyboardEvent} e */
function isFree(e) {
    const target = e.target instanceof HTMLElement ? e.target : null;
    return state.phase === 'joined' && state.settings.shortcuts && !e.ctrlKey && !e.altKey && !e.metaKey && !e.isComposing &&
        !document.querySelector('dialog[open], .menu') && !target?.closest('input, textarea, select, [contenteditable]');
}

function endTalking() {
    if (!talking)
        return;
    talking = false;
    setMuted(true);
}

/** Show what each key does. */
export function showShortcuts() {
    const rows = Object.entries(KEYS).map(([key, { help }]) => [key.toUpperCase(), help]);
    rows.push(['1 – 9', t('put a video on stage')], [t('Space'), t('hold to talk while muted')]);
    const list = el('dl', { class: 'facts' }, ...rows.flatMap(([key, help]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, help)]));
    return showDialog(t('Keyboard shortcuts'), [list], { ok: t('Close'), cancel: false });
}

/** Listen to keys. */
export function startKeys() {
    document.addEventListener('keydown', (e) => {
        if (!isFree(e) || e.repeat)
            return;
        const onControl = e.target instanceof HTMLElement && e.target.closest('button, a, [role=separator], summary');
        if (e.key === ' ' && !onControl) {
            e.preventDefault();
            if (isOpen('audio') && state.settings.localMute) {
                talking = true;
                setMuted(false);
            }
        } else if (/^[1-9]$/.test(e.key)) {
            pinNth(Number(e.key));
        } else {
            const key = KEYS[e.key.toLowerCase()];
            if (key) {
                e.preventDefault();
                attempt(key.run);
            }
        }
    });
    document.addEventListener('keyup', (e) => {
        if (e.key === ' ')
            endTalking();
    });
    window.addEventListener('blur', endTalking);
}
