// @ts-check
/**
 * In a call the screen stays on, and the phone's own media keys work.
 */

import { togglePip } from './dock.js';
import { isHeard, isOpen, toggleCamera, toggleMicrophone } from './media.js';
import { leave } from './session.js';
import { state, watch } from './state.js';

/** @type {WakeLockSentinel|null} */
let lock = null;
let asking = false;

async function follow() {
    const wanted = state.phase === 'joined' && state.locals.length + state.downs.length > 0 && document.visibilityState === 'visible';
    if (!wanted) {
        lock?.release();
        lock = null;
        return;
    }
    if (lock || asking || !('wakeLock' in navigator))
        return;
    asking = true;
    try {
        const mine = await navigator.wakeLock.request('screen');
        // The browser takes it back whenever the page is hidden.
        mine.addEventListener('release', () => {
            if (lock === mine)
                lock = null;
        });
        lock = mine;
    } catch {
        // A low battery is a good reason to refuse.
    } finally {
        asking = false;
    }
}

/**
 * @param {string} action
 * @param {() => unknown} run
 */
function onMediaKey(action, run) {
    try {
        navigator.mediaSession?.setActionHandler(/** @type {MediaSessionAction} */ (action), run);
    } catch {
        // This browser does not know the key.
    }
}

/** Keep the screen on while it matters. */
export function startAwake() {
    watch(['phase', 'locals', 'downs'], follow);
    document.addEventListener('visibilitychange', follow);
    onMediaKey('togglemicrophone', toggleMicrophone);
    onMediaKey('togglecamera', toggleCamera);
    // The browser asks for it when another tab is chosen, where the person has allowed that.
    onMediaKey('enterpictureinpicture', () => state.phase === 'joined' && togglePip());
    onMediaKey('hangup', leave);
    const session = /** @type {any} */ (navigator.mediaSession);
    watch(['settings', 'locals'], () => {
        session?.setMicrophoneActive?.(isHeard());
        session?.setCameraActive?.(isOpen('video'));
    });
}
