// @ts-check
/**
 * One's own voice: its level on the button that mutes, and a word to those who speak while they are muted.
 */

import { byId } from './dom.js';
import { t } from './i18n.js';
import { measureLevel } from './level.js';
import { camera } from './media.js';
import { inform } from './notices.js';
import { state, watch } from './state.js';

const EVERY_MS = 100;
/** Level above which a moment is loud. */
const LOUD = 0.1;
/** So many loud moments within a breath are speech and no cough. */
const MOMENTS = 4;
const BREATH_MS = 3000;

/** @type {MediaStreamTrack|undefined} what is sent */
let source;
let end = () => {};
/** When it was loud while muted. @type {number[]} */
let loud = [];
let told = false;
/** @type {((level: number) => void)|null} */
let listener = null;

/**
 * Be told of the level while a microphone is open, muted or not.
 *
 * @param {((level: number) => void)|null} to   in place of whoever was told until now; null: nobody
 */
export function onLevel(to) {
    listener = to;
}

/** @param {number} level */
function hear(level) {
    const muted = state.settings.localMute;
    listener?.(level);
    byId('mute').style.setProperty('--level', muted ? '0' : level.toFixed(2));
    if (!muted) {
        told = false;
        loud = [];
    } else if (level > LOUD && !told) {
        const now = performance.now();
        loud = [...loud.filter((time) => time > now - BREATH_MS), now];
        if (loud.length >= MOMENTS) {
            told = true;
            inform(t('You are speaking, but your microphone is muted.'));
        }
    }
}

function follow() {
    // While devices are being opened anew, nothing of ours may hold them.
    const track = state.opening ? undefined : camera()?.media.getAudioTracks()[0];
    if (track === source)
        return;
    end();
    end = () => {};
    source = track;
    if (!track)
        return;
    // Muting silences the track that is sent, not its clone.
    const clone = track.clone();
    clone.enabled = true;
    const meter = measureLevel(clone);
    const timer = setInterval(() => hear(meter.level()), EVERY_MS);
    end = () => {
        clearInterval(timer);
        meter.end();
        clone.stop();
        byId('mute').style.setProperty('--level', '0');
        listener?.(0);
    };
}

/** Listen while there is a microphone. */
export function startOwnVoice() {
    watch(['locals', 'opening'], follow);
}
