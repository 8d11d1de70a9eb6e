// @ts-check
/**
 * Our own streams: opens camera, microphone, screen and files, sends them, and keeps them while the connection is renewed.
 */

import { changeParameters, newId } from '../protocol.js';
import { currentClient, requireClient, session, setMyData } from './session.js';
import { may, set, state, update, watch } from './state.js';
import { listDevices, openCamera, openScreen } from './devices.js';
import { applyFilter } from './filters.js';
import { inform, warn } from './notices.js';

/** @typedef {import('./state.js').LocalStream} LocalStream */

/** Video rates in bit/s by the setting Send; undefined is no limit. @type {Record<string, number|undefined>} */
const CAMERA_RATE = { lowest: 150_000, low: 300_000, normal: 700_000, unlimited: undefined };
/** A screen is large and must be readable. @type {Record<string, number|undefined>} */
const SCREEN_RATE = { lowest: 300_000, low: 700_000, normal: 2_500_000, unlimited: undefined };
const HIGH_QUALITY_AUDIO_RATE = 128_000;
/** Layers below the best one, by how many there are with it: how much smaller, and their rates. @type {Record<number, RTCRtpEncodingParameters[]>} */
const LOWER_LAYERS = {
    2: [{ rid: 'l', scaleResolutionDownBy: 2, maxBitrate: 100_000 }],
    3: [{ rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 500_000 }, { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150_000 }],
};
/**
 * Each layer comes in three rates of frames. Said in so many words because Chromium makes of VP9's and AV1's layers one stream otherwise,
 * in which our layers are none that can be switched off. (The types do not have it yet.)
 */
const IN_TIME = { scalabilityMode: 'L1T3' };
/** With fewer bit/s than this a second layer costs more than it gives. */
const SIMULCAST_FROM = 200_000;
/** A layer between the others needs a picture with so many lines, and a best layer of such a rate. */
const MIDDLE_FROM = { height: 720, rate: 1_000_000 };

/** @type {ReturnType<typeof setTimeout>|undefined} */
let fewer;
/** The settings that the camera was opened with. */
let opened = state.settings;

export const camera = () => state.locals.find((l) => l.label === 'camera');
const hasWebRtc = 'RTCPeerConnection' in window;
export const canPresent = () => may('present') && hasWebRtc && 'mediaDevices' in navigator;
export const canShare = () => may('present') && 'getDisplayMedia' in (navigator.mediaDevices ?? {}) && hasWebRtc;
export const canPlayFile = () => may('present') && ('captureStream' in HTMLVideoElement.prototype || 'mozCaptureStream' in HTMLVideoElement.prototype);

// ---- Encodings

const people = () => state.users.filter((u) => !u.permissions.includes('system')).length;

/**
 * How many layers to send. For two people as well, where the server says which ones it needs: with a lower layer the picture is whole at
 * once after a bad moment, without one it grows again step by step.
 *
 * @param {LocalStream['label']} label
 * @param {MediaStreamTrack} track
 */
function countLayers(label, track) {
    const { simulcast, send } = state.settings;
    const rate = CAMERA_RATE[send] ?? Infinity;
    const areMany = people() > 2;
    const isWorthIt = rate >= SIMULCAST_FROM && (areMany || currentClient()?.features.has('layers'));
    if (label === 'screenshare' || simulcast === 'off' || (simulcast === 'auto' && !isWorthIt))
        return 1;
    const height = track.getSettings().height ?? 0;
    return areMany && height >= MIDDLE_FROM.height && rate >= MIDDLE_FROM.rate ? 3 : 2;
}

/**
 * @param {LocalStream['label']} label
 * @param {MediaStreamTrack} track
 * @returns {RTCRtpEncodingParameters[]} best layer first
 */
function encodings(label, track) {
    if (track.kind === 'audio')
        return state.settings.hqaudio ? [{ maxBitrate: HIGH_QUALITY_AUDIO_RATE }] : [];
    const rate = (label === 'screenshare' ? SCREEN_RATE : CAMERA_RATE)[state.settings.send];
    const best = rate === undefined ? {} : { maxBitrate: rate };
    const layers = countLayers(label, track);
    if (layers === 1)
        return rate === undefined ? [] : [best];
    return [{ rid: 'h', ...best }, ...LOWER_LAYERS[layers]].map((e) => ({ ...e, ...IN_TIME }));
}

/** Make what is being sent agree with the settings and the number of people. */
function adjustEncodings() {
    for (const local of state.locals) {
        const senders = local.up?.pc.getSenders().filter((s) => s.track) ?? [];
        const plan = senders.map((sender) => {
            const wanted = encodings(local.label, /** @type {MediaStreamTrack} */ (sender.track));
            return { sender, rate: wanted[0]?.maxBitrate, fits: sender.getParameters().encodings?.length === Math.max(wanted.length, 1) };
        });
        if (plan.some((p) => !p.fits)) {
            publish(local);
            continue;
        }
        for (const { sender, rate } of plan)
            changeParameters(sender, ({ encodings: [best] }) => setRate(best, rate)).catch((e) => console.warn('rate not changed:', e));
    }
}

/**
 * @param {RTCRtpEncodingParameters} encoding
 * @param {number|undefined} rate   undefined: no limit
 * @returns {boolean} whether it was another one
 */
function setRate(encoding, rate) {
    if (encoding.maxBitrate === rate)
        return false;
    if (rate === undefined)
        delete encoding.maxBitrate;
    else
        encoding.maxBitrate = rate;
    return true;
}

// ---- Sending

/**
 * Send a stream, or send it anew in place of itself.
 *
 * @param {LocalStream} local
 */
function publish(local) {
    const client = currentClient();
    if (!client)
        return;
    const up = client.newUp({ label: local.label, localId: local.id });
    local.up = up;
    up.on('close', (replaced) => {
        if (local.up === up)
            local.up = null;
        // With the connection gone the stream waits for the next one.
        if (!replaced && client.isOpen)
            closeLocal(local);
    });
    up.on('error', (e) => warn(`Your stream could not be sent: ${e.message}`));
    up.on('state', (s) => {
        if (local.player?.paused && (s === 'connected' || s === 'completed'))
            local.player.play().catch(() => {});
        changed();
    });
    for (const track of local.media.getTracks())
        up.addTrack(track, local.media, encodings(local.label, track));
    changed();
}

function changed() {
    update({ locals: [...state.locals] });
}

/** @param {LocalStream} local */
function add(local) {
    for (const track of local.media.getTracks())
        track.addEventListener('ended', () => closeLocal(local), { once: true });
    update({ locals: [...state.locals.filter((l) => l.id !== local.id), local] });
    publish(local);
}

/**
 * Stop sending a stream and give its devices back.
 *
 * @param {LocalStream} local
 */
export function closeLocal(local) {
    if (!state.locals.includes(local))
        return;
    update({ locals: state.locals.filter((l) => l !== local) });
    local.up?.close();
    local.release();
    if (local.label === 'camera')
        tellMuted();
}

// ---- Camera and microphone

/**
 * Start camera and microphone, each unless the settings say that it stays off.
 *
 * @returns {Promise<boolean>} whether a stream is up
 */
export function enable() {
    set('cameraOff', undefined);
    set('microphoneOff', undefined);
    return open();
}

/**
 * Open the devices of the settings and send them; with a camera already up, change it to what the settings say now.
 *
 * @returns {Promise<boolean>} whether a stream is up
 */
async function open() {
    if (state.opening)
        return false;
    requireClient();
    const old = camera();
    opened = state.settings;
    update({ opening: true });
    // Many cameras can be opened only once.
    old?.release();
    try {
        const raw = await openCamera(state.settings, warn);
        if (!currentClient()) {
            stop(raw);
            return false;
        }
        const filtered = await applyFilter(raw, state.settings.filter);
        const media = filtered.media;
        for (const t of media.getAudioTracks())
            t.enabled = !state.settings.localMute;
        if (old && state.locals.includes(old))
            update({ locals: state.locals.filter((l) => l !== old) });
        add({
            id: old?.id ?? newId(),
            label: 'camera',
            media,
            up: null,
            player: null,
            release: () => {
                filtered.end();
                stop(raw);
            },
        });
        tellMuted();
        listDevices();
        return true;
    } catch (e) {
        // The old stream was stopped above and would stay as a frozen picture.
        if (old)
            closeLocal(old);
        warn(e instanceof Error ? e.message : String(e));
        return false;
    } finally {
        update({ opening: false });
    }
}

/** Stop camera and microphone. */
export function disable() {
    const local = camera();
    if (local)
        closeLocal(local);
}

/** @param {MediaStream} media */
function stop(media) {
    for (const t of media.getTracks())
        t.stop();
}

/**
 * Mute or unmute the microphone.
 *
 * @param {boolean} muted
 */
export function setMuted(muted) {
    set('localMute', muted);
    for (const t of camera()?.media.getAudioTracks() ?? [])
        t.enabled = !muted;
    tellMuted();
}

let toldMuted = false;

/** Others see whether our microphone is off: the sound alone does not tell them. */
function tellMuted() {
    const muted = Boolean(camera()) && state.settings.localMute;
    if (!currentClient() || muted === toldMuted)
        return;
    toldMuted = muted;
    setMyData({ muted: muted || null });
}

/**
 * Whether a device of that kind is open.
 *
 * @param {'audio'|'video'} kind
 */
export const isOpen = (kind) => Boolean(camera()?.media.getTracks().some((t) => t.kind === kind && t.readyState === 'live'));

/** Whether the others hear us. */
export const isHeard = () => isOpen('audio') && !state.settings.localMute;

/** Changes of devices come one after the other: who presses twice gets both. @type {Promise<unknown>} */
let turn = Promise.resolve();

/**
 * @param {() => Promise<unknown>} change
 */
function inTurn(change) {
    const done = turn.then(change);
    turn = done.catch(() => {});
    return done;
}

/**
 * @param {'audio'|'video'} kind
 * @param {boolean} on
 */
async function change(kind, on) {
    const [mine, others] = kind === 'video' ? ['cameraOff', 'microphoneOff'] : ['microphoneOff', 'cameraOff'];
    const otherIsOpen = isOpen(kind === 'video' ? 'audio' : 'video');
    set(mine, !on || undefined);
    if (!on && !otherIsOpen) {
        disable();
        return;
    }
    if (on && state.settings[kind] === '')
        set(kind, undefined);
    if (!otherIsOpen)
        set(others, true);
    await open();
}

/**
 * Start one device, or stop it and give it back. The other one stays as it is.
 *
 * @param {'audio'|'video'} kind
 * @param {boolean} on
 */
export const useDevice = (kind, on) => inTurn(() => change(kind, on));

/** Start the camera, or stop it. */
export const toggleCamera = () => inTurn(() => change('video', !isOpen('video')));

/** Mute or unmute the microphone, which is opened for that where it is not yet. While muted it stays open: who holds Space is heard at once. */
export const toggleMicrophone = () => inTurn(async () => {
    if (isOpen('audio')) {
        setMuted(!state.settings.localMute);
    } else {
        setMuted(false);
        await change('audio', true);
    }
});

// ---- Screens and files

/** Share a screen or a window. */
export async function share() {
    requireClient();
    const media = await openScreen();
    if (!media)
        return;
    if (!currentClient()) {
        stop(media);
        return;
    }
    add({ id: newId(), label: 'screenshare', media, up: null, player: null, release: () => stop(media) });
}

/** Stop sharing all screens. */
export function unshare() {
    for (const l of state.locals.filter((s) => s.label === 'screenshare'))
        closeLocal(l);
}

/**
 * Play a file to everybody.
 *
 * @param {File} file
 */
export async function presentFile(file) {
    requireClient();
    const url = URL.createObjectURL(file);
    const player = document.createElement('video');
    player.src = url;
    player.controls = true;
    player.playsInline = true;
    try {
        await new Promise((resolve, reject) => {
            player.onloadeddata = resolve;
            player.onerror = () => reject(new Error(`“${file.name}” cannot be played by this browser.`));
        });
        const capture = /** @type {any} */ (player).captureStream ?? /** @type {any} */ (player).mozCaptureStream;
        /** @type {MediaStream} */
        const media = capture.call(player);
        if (!media.getTracks().length)
            throw new Error(`“${file.name}” has neither picture nor sound.`);
        for (const t of media.getVideoTracks())
            t.contentHint = 'motion';
        if (camera() && !state.settings.localMute) {
            setMuted(true);
            inform('Your microphone was muted, so that it does not pick up the sound of the file.');
        }
        add({
            id: newId(),
            label: 'video',
            media,
            up: null,
            player,
            release: () => {
                player.pause();
                stop(media);
                player.removeAttribute('src');
                URL.revokeObjectURL(url);
            },
        });
    } catch (e) {
        URL.revokeObjectURL(url);
        throw e;
    }
}

/** Send every stream anew. */
export function replaceAll() {
    for (const l of state.locals)
        publish(l);
}

// ---- What follows from elsewhere

session.on('joined', (again) => {
    toldMuted = false;
    if (!again)
        return;
    for (const l of state.locals)
        publish(l);
    tellMuted();
});

session.on('left', () => {
    for (const l of [...state.locals])
        closeLocal(l);
});

/** Changes of these settings mean other devices, or other use of them. */
const REOPEN = /** @type {const} */ (['video', 'audio', 'cameraOff', 'microphoneOff', 'blackboardMode', 'preprocessing', 'resolution', 'filter']);

/** Follow the settings while live. */
function followSettings() {
    if (state.opening)
        return;
    if (camera() && REOPEN.some((k) => state.settings[k] !== opened[k]))
        open();
    else
        adjustEncodings();
}

let counted = 0;

/** Begin to follow settings and the number of people. */
export function startMedia() {
    watch(['settings', 'opening'], followSettings);
    watch(['users'], () => {
        const n = people();
        if (n === counted)
            return;
        clearTimeout(fewer);
        if (n > 2 && counted <= 2)
            adjustEncodings();
        else if (n <= 2)
            // People who come and go must not make everybody renegotiate each time.
            fewer = setTimeout(adjustEncodings, 10_000 + Math.random() * 10_000);
        counted = n;
    });
    watch(['permissions', 'phase'], () => {
        if (state.phase === 'joined' && !may('present')) {
            for (const l of [...state.locals])
                closeLocal(l);
        }
    });
}
