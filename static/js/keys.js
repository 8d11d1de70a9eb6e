// @ts-check
/**
 * Single-key shortcuts, while nothing is being typed; one switch turns them all off.
 */

import { isHandRaised, raiseHand } from './actions.js';
import { toggleChat, toggleUsers } from './controls.js';
import { showDialog } from './dialogs.js';
import { byId, el } from './dom.js';
import { canPresent, canShare, isOpen, setMuted, share, toggleCamera, toggleMicrophone } from './media.js';
import { attempt } from './notices.js';
import { state } from './state.js';
import { fullScreen, pinNth } from './videos.js';

/** @type {Record<string, {help: string, run: () => unknown}>} */
const KEYS = {
    m: { help: 'mute or unmute', run: () => canPresent() && toggleMicrophone() },
    v: { help: 'start or stop the camera', run: () => canPresent() && toggleCamera() },
    s: { help: 'share a screen', run: () => canShare() && share() },
    h: { help: 'raise or lower your hand', run: () => raiseHand(!isHandRaised()) },
    c: { help: 'write in the chat', run: () => {
        toggleChat(true);
        byId('chat-input').focus();
    } },
    p: { help: 'show or hide people', run: () => toggleUsers() },
    f: { help: 'full screen', run: () => fullScreen() },
    '?': { help: 'this list', run: showShortcuts },
};

/** Set while Space is held down to talk. */
let talking = false;

/** @param {KeyboardEvent} e */
function isFree(e) {
    const t = e.target instanceof HTMLElement ? e.target : null;
    return state.phase === 'joined' && state.settings.shortcuts && !e.ctrlKey && !e.altKey && !e.metaKey && !e.isComposing &&
        !document.querySelector('dialog[open], .menu') && !t?.closest('input, textarea, select, [contenteditable]');
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
    rows.push(['1 – 9', 'put a video on stage'], ['Space', 'hold to talk while muted']);
    const list = el('dl', { class: 'facts' }, ...rows.flatMap(([key, help]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, help)]));
    return showDialog('Keyboard shortcuts', [list], { ok: 'Close', cancel: false });
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
