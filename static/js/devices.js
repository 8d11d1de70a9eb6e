// @ts-check
/**
 * Cameras, microphones, screens: opening them, and saying in words what went wrong. A camera comes with its filter.
 */

import { filterTrack } from './filters.js';
import { locale, t } from './i18n.js';
import { update } from './state.js';

/** @typedef {import('./settings.js').Settings} Settings */
/** @typedef {'video'|'audio'} Kind */

/**
 * An open camera or microphone.
 *
 * @typedef {object} Device
 * @property {MediaStreamTrack} raw     of the device itself; it ends when the device goes
 * @property {MediaStreamTrack} track   what is shown and sent: `raw`, or what a filter makes of it
 * @property {string} key               see deviceKey()
 * @property {() => void} end           gives the device back
 */

/** @typedef {{video?: Device, audio?: Device}} Devices */

/** The settings that decide how a device is opened, and which one. @type {Record<Kind, readonly (keyof Settings)[]>} */
const SETTINGS_OF = { video: ['video', 'blackboardMode', 'resolution', 'filter'], audio: ['audio', 'preprocessing'] };

/** The size that a camera is asked for, unless the settings say otherwise. */
const WIDTH = 1280;
const HEIGHT = 720;

/**
 * A device that was opened with the same key need not be opened anew.
 *
 * @param {Settings} s
 * @param {Kind} kind
 */
export const deviceKey = (s, kind) => JSON.stringify(SETTINGS_OF[kind].map((k) => s[k]));

/** Look again at what is plugged in. */
export async function listDevices() {
    try {
        update({ devices: await navigator.mediaDevices.enumerateDevices() });
    } catch {
        update({ devices: [] });
    }
}

/**
 * @param {any} e
 * @param {string} device   what was asked for
 * @returns {Error} the browser's error in words
 */
function explain(e, device) {
    switch (e?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
        return new Error(t('The browser does not allow this page to use {device}. You can change that beside the address bar, then try again.', { device }));
    case 'NotFoundError':
        return new Error(t('No device was found for {device}. Is it plugged in?', { device }));
    case 'NotReadableError':
    case 'AbortError':
        return new Error(t('The device for {device} cannot be opened; another program may be using it.', { device }));
    case 'OverconstrainedError':
        return new Error(t('No device for {device} can do what the settings ask.', { device }));
    default:
        return new Error(t('There is no access to {device}: {reason}', { device, reason: String(e?.message ?? e) }));
    }
}

/**
 * @param {Settings} s
 * @returns {MediaTrackConstraints}
 */
function videoConstraints(s) {
    /** @type {MediaTrackConstraints} */
    const c = s.video ? { deviceId: { exact: s.video } } : {};
    if (s.resolution)
        return { ...c, width: { ideal: s.resolution[0] }, height: { ideal: s.resolution[1] } };
    if (s.blackboardMode)
        return { ...c, width: { min: 640, ideal: 1920 }, height: { min: 400, ideal: 1080 } };
    return { ...c, width: { ideal: WIDTH }, height: { ideal: HEIGHT } };
}

/**
 * @param {Settings} s
 * @returns {MediaTrackConstraints}
 */
function audioConstraints(s) {
    return {
        ...(s.audio && { deviceId: { exact: s.audio } }),
        ...(!s.preprocessing && { echoCancellation: false, noiseSuppression: false, autoGainControl: false }),
    };
}

/**
 * Drop the wish for one device and take any.
 *
 * @param {MediaTrackConstraints|false} c
 */
function anyDevice(c) {
    if (!c)
        return c;
    const { deviceId: _, ...rest } = c;
    return rest;
}

/**
 * Open a camera, a microphone or both. A device that is gone is replaced by another one, and of two that are asked for a camera that does
 * not open is left out; the person is told.
 *
 * @param {MediaTrackConstraints|false} video
 * @param {MediaTrackConstraints|false} audio
 * @param {(text: string) => void} tell
 * @returns {Promise<MediaStream>}
 */
async function openAny(video, audio, tell) {
    const what = video && audio ? t('camera and microphone') : video ? t('the camera') : t('the microphone');
    if (!navigator.mediaDevices?.getUserMedia)
        throw new Error(t('The browser gives camera and microphone to pages over https only.'));
    /** @type {any} */
    let failure;
    try {
        return await navigator.mediaDevices.getUserMedia({ video, audio });
    } catch (e) {
        failure = e;
    }
    if (failure.name === 'OverconstrainedError' || failure.name === 'NotFoundError') {
        try {
            const media = await navigator.mediaDevices.getUserMedia({ video: anyDevice(video), audio: anyDevice(audio) });
            tell(t('The device you chose is not there; using {devices}.', { devices: new Intl.ListFormat(locale).format(media.getTracks().map((track) => track.label)) }));
            return media;
        } catch (e) {
            failure = e;
        }
    }
    if (video && audio && failure.name !== 'NotAllowedError') {
        try {
            const media = await navigator.mediaDevices.getUserMedia({ audio: anyDevice(audio) });
            tell(t('{problem} Continuing with the microphone alone.', { problem: explain(failure, t('the camera')).message }));
            return media;
        } catch {
            // What was wrong at first is the better explanation.
        }
    }
    throw explain(failure, what);
}

/**
 * Open devices as the settings say, and the camera's filter.
 *
 * @param {Settings} s
 * @param {readonly Kind[]} kinds           which ones, whatever the settings say of being on
 * @param {(text: string) => void} tell     hears what is not as it was asked for
 * @returns {Promise<Devices>} rejected, in words, when there is nothing to give
 */
export async function openDevices(s, kinds, tell) {
    const media = await openAny(kinds.includes('video') && videoConstraints(s), kinds.includes('audio') && audioConstraints(s), tell);
    /** @type {Devices} */
    const devices = {};
    for (const raw of media.getTracks()) {
        const kind = /** @type {Kind} */ (raw.kind);
        devices[kind] = { raw, track: raw, key: deviceKey(s, kind), end: () => raw.stop() };
    }
    const { video } = devices;
    if (video) {
        // What gives way on a slow line: the size of a face, the frames of a blackboard.
        video.raw.contentHint = s.blackboardMode ? 'detail' : 'motion';
        try {
            const filtered = await filterTrack(video.raw, s.filter);
            video.track = filtered.track;
            video.end = () => {
                filtered.end();
                video.raw.stop();
            };
        } catch (e) {
            tell(e instanceof Error ? e.message : String(e));
        }
    }
    return devices;
}

/** @param {Devices} devices */
export function endDevices(devices) {
    devices.video?.end();
    devices.audio?.end();
}

/**
 * Why a device that was open has ended by itself.
 *
 * @param {Kind} kind
 * @returns {Promise<string>} a sentence
 */
export async function whyEnded(kind) {
    const isVideo = kind === 'video';
    try {
        const { state } = await navigator.permissions.query({ name: /** @type {any} */ (isVideo ? 'camera' : 'microphone') });
        if (state !== 'granted')
            return isVideo ? t('The browser no longer allows this page to use your camera.') : t('The browser no longer allows this page to use your microphone.');
    } catch {
        // A browser that does not tell.
    }
    return isVideo ? t('Your camera is gone.') : t('Your microphone is gone.');
}

/**
 * Let the person choose a screen or a window.
 *
 * @returns {Promise<MediaStream|null>} null when the chooser was cancelled
 */
export async function openScreen() {
    try {
        const media = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true });
        for (const track of media.getVideoTracks())
            track.contentHint = 'detail';
        return media;
    } catch (e) {
        if (/** @type {any} */ (e)?.name === 'NotAllowedError')
            return null;
        throw explain(e, t('the screen'));
    }
}

navigator.mediaDevices?.addEventListener?.('devicechange', listDevices);
