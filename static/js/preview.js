// @ts-check
/**
 * Seeing and hearing oneself before joining.
 */

import { byId, byIdAs } from './dom.js';
import { listDevices, openCamera } from './devices.js';
import { measureLevel } from './level.js';
import { state, watch } from './state.js';

const LEVEL_EVERY_MS = 80;

/** @type {{media: MediaStream, endMeter: () => void}|null} */
let shown = null;
/** Counts requests, so that a slow answer to an old one is thrown away. */
let asked = 0;

/** What is shown: `none`, `mic` or `camera`. */
let wanted = 'none';

/** Stop it and give the devices back. */
export function endPreview() {
    asked++;
    wanted = 'none';
    byId('preview').hidden = true;
    byIdAs('preview-video', HTMLVideoElement).srcObject = null;
    if (!shown)
        return;
    shown.endMeter();
    for (const t of shown.media.getTracks())
        t.stop();
    shown = null;
}

/**
 * @param {string} start   `none`, `mic` or `camera`
 */
export async function startPreview(start) {
    endPreview();
    if (start === 'none')
        return;
    const mine = ++asked;
    wanted = start;
    const note = byId('preview-note');
    note.textContent = 'Waiting for your permission…';
    byId('preview').hidden = false;
    let told = '';
    /** @type {MediaStream} */
    let media;
    try {
        const settings = { ...state.settings, cameraOff: false, microphoneOff: false, video: start === 'mic' ? '' : state.settings.video || null };
        media = await openCamera(settings, (text) => {
            told = text;
        });
    } catch (e) {
        if (mine === asked)
            note.textContent = e instanceof Error ? e.message : String(e);
        return;
    }
    if (mine !== asked) {
        for (const t of media.getTracks())
            t.stop();
        return;
    }
    note.textContent = told;
    const video = byIdAs('preview-video', HTMLVideoElement);
    const hasVideo = media.getVideoTracks().length > 0;
    video.hidden = !hasVideo;
    if (hasVideo)
        video.srcObject = media;
    const [sound] = media.getAudioTracks();
    shown = { media, endMeter: sound ? showLevel(sound) : () => {} };
    video.play().catch(() => {});
    listDevices();
}

/**
 * @param {MediaStreamTrack} sound
 * @returns {() => void} ends it
 */
function showLevel(sound) {
    const meter = measureLevel(sound);
    const timer = setInterval(() => {
        byIdAs('preview-level', HTMLMeterElement).value = meter.level();
    }, LEVEL_EVERY_MS);
    return () => {
        clearInterval(timer);
        meter.end();
    };
}

/** Let the devices be changed while the preview is shown. */
export function followDevices() {
    let { video, audio } = state.settings;
    watch(['settings'], () => {
        if (state.settings.video === video && state.settings.audio === audio)
            return;
        ({ video, audio } = state.settings);
        startPreview(wanted);
    });
}
