// @ts-check
/**
 * Seeing and hearing oneself before joining.
 */

import { byId, byIdAs } from './dom.js';
import { listDevices, openCamera } from './devices.js';
import { state, watch } from './state.js';

const LEVEL_EVERY_MS = 80;

/** @type {{media: MediaStream, audio: AudioContext|null, timer: ReturnType<typeof setInterval>|undefined}|null} */
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
    clearInterval(shown.timer);
    shown.audio?.close();
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
        const settings = { ...state.settings, video: start === 'mic' ? '' : state.settings.video || null };
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
    shown = { media, audio: null, timer: undefined };
    video.play().catch(() => {});
    if (media.getAudioTracks().length)
        meter(media);
    listDevices();
}

/** @param {MediaStream} media */
function meter(media) {
    if (!shown)
        return;
    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 512;
    audio.createMediaStreamSource(media).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const level = byIdAs('preview-level', HTMLMeterElement);
    shown.audio = audio;
    shown.timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, s) => sum + s * s, 0) / samples.length;
        level.value = Math.min(1, Math.sqrt(power) * 4);
    }, LEVEL_EVERY_MS);
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
