// @ts-check
/**
 * Cameras, microphones, screens: opening them, and saying in words what went wrong.
 */

import { update } from './state.js';

/** @typedef {import('./settings.js').Settings} Settings */

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
 * @param {string} what
 * @returns {Error} the browser's error in words
 */
function explain(e, what) {
    switch (e?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
        return new Error(`The browser does not allow this page to use ${what}. You can change that beside the address bar, then try again.`);
    case 'NotFoundError':
        return new Error(`No device was found for ${what}. Is it plugged in?`);
    case 'NotReadableError':
    case 'AbortError':
        return new Error(`The device for ${what} cannot be opened; another program may be using it.`);
    case 'OverconstrainedError':
        return new Error(`No device for ${what} can do what the settings ask.`);
    default:
        return new Error(`${what[0].toUpperCase()}${what.slice(1)} could not be opened: ${e?.message ?? e}`);
    }
}

/**
 * @param {Settings} s
 * @returns {MediaTrackConstraints|false}
 */
function videoConstraints(s) {
    if (s.video === '' || s.cameraOff)
        return false;
    /** @type {MediaTrackConstraints} */
    const c = s.video ? { deviceId: { exact: s.video } } : {};
    if (s.resolution)
        return { ...c, width: { ideal: s.resolution[0] }, height: { ideal: s.resolution[1] } };
    if (s.blackboardMode)
        return { ...c, width: { min: 640, ideal: 1920 }, height: { min: 400, ideal: 1080 } };
    return { ...c, aspectRatio: { ideal: 4 / 3 } };
}

/**
 * @param {Settings} s
 * @returns {MediaTrackConstraints|false}
 */
function audioConstraints(s) {
    if (s.audio === '' || s.microphoneOff)
        return false;
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
 * Open camera and microphone as the settings say. A device that is gone is replaced by another one, a camera that does not open is left
 * out; the person is told.
 *
 * @param {Settings} s
 * @param {(text: string) => void} tell
 * @returns {Promise<MediaStream>}
 */
export async function openCamera(s, tell) {
    const video = videoConstraints(s);
    const audio = audioConstraints(s);
    const what = video && audio ? 'camera and microphone' : video ? 'the camera' : 'the microphone';
    if (!video && !audio)
        throw new Error('Camera and microphone are both off: choose one in the settings first.');
    if (!navigator.mediaDevices?.getUserMedia)
        throw new Error('The browser gives camera and microphone to pages over https only.');
    /** @type {any} */
    let failure;
    try {
        return prepare(await navigator.mediaDevices.getUserMedia({ video, audio }), s);
    } catch (e) {
        failure = e;
    }
    if (failure.name === 'OverconstrainedError' || failure.name === 'NotFoundError') {
        try {
            const media = await navigator.mediaDevices.getUserMedia({ video: anyDevice(video), audio: anyDevice(audio) });
            tell(`The device you chose is not there; using ${media.getTracks().map((t) => t.label).join(' and ')}.`);
            return prepare(media, s);
        } catch (e) {
            failure = e;
        }
    }
    if (video && audio && failure.name !== 'NotAllowedError') {
        try {
            const media = await navigator.mediaDevices.getUserMedia({ audio: anyDevice(audio) });
            tell(`${explain(failure, 'the camera').message} Continuing with the microphone alone.`);
            return media;
        } catch {
            // What was wrong at first is the better explanation.
        }
    }
    throw explain(failure, what);
}

/**
 * Say what gives way on a slow line: the size of a face, the frames of a blackboard.
 *
 * @param {MediaStream} media
 * @param {Settings} s
 */
function prepare(media, s) {
    for (const t of media.getVideoTracks())
        t.contentHint = s.blackboardMode ? 'detail' : 'motion';
    return media;
}

/**
 * Let the person choose a screen or a window.
 *
 * @returns {Promise<MediaStream|null>} null when the chooser was cancelled
 */
export async function openScreen() {
    try {
        const media = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true });
        for (const t of media.getVideoTracks())
            t.contentHint = 'detail';
        return media;
    } catch (e) {
        if (/** @type {any} */ (e)?.name === 'NotAllowedError')
            return null;
        throw explain(e, 'the screen');
    }
}

navigator.mediaDevices?.addEventListener?.('devicechange', listDevices);
