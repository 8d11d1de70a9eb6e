// @ts-check
/**
 * What we send: devices, their layers and rates, and the streams that carry them.
 */

import { changeParameters, newId } from '../protocol.js';
import { inform, locale, offer, t, warn } from './page.js';
import { currentClient, hasPassphrase, isInside, may, myData, people, requireMeeting, session, set, setMyData, state, update, watch } from './session.js';

/** @typedef {import('./session.js').Settings} Settings */
/** @typedef {import('./session.js').LocalStream} LocalStream */

/*
 * ======== Loudness ========
 *
 * How loud a track is.
 */

/** Samples looked at, at 48 kHz a twentieth of a second. */
const WINDOW = 2048;
/** Speech is far from the largest amplitude; this makes its loudness fill a meter. */
const GAIN = 4;

/**
 * @typedef {object} Meter
 * @property {() => number} level   loudness now, from 0 to 1
 * @property {() => void} end
 */

/**
 * Begin to measure a track. It need not be played anywhere.
 *
 * @param {MediaStreamTrack} track   stays the caller's to stop
 * @returns {Meter}
 */
export function measureLevel(track) {
    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    analyser.fftSize = WINDOW;
    audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(WINDOW);
    return {
        level: () => {
            analyser.getFloatTimeDomainData(samples);
            const power = samples.reduce((sum, s) => sum + s * s, 0) / WINDOW;
            return Math.min(1, Math.sqrt(power) * GAIN);
        },
        end: () => void audio.close(),
    };
}

/*
 * ======== Devices ========
 *
 * Cameras, microphones, screens: opening them, and saying in words what went wrong. A camera comes with its filter.
 */

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
    // What gives way on a slow line: the size of a face, the frames of a blackboard.
    if (video)
        video.raw.contentHint = s.blackboardMode ? 'detail' : 'motion';
    if (video && s.filter) {
        try {
            const { filterTrack } = await import('./filters.js');
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
async function openScreen() {
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

/*
 * ======== Layers and rates ========
 *
 * How much of our videos is sent: the layers of each, their sizes and rates, so that their sum stays below what the setting Send allows,
 * and less of it while the processor cannot keep up.
 */

/** Bit/s of a camera's layers together, by the setting Send; undefined is no limit. @type {Record<string, number|undefined>} */
const CAMERA_RATE = { lowest: 150_000, low: 300_000, normal: 700_000, unlimited: undefined };
/** A screen is large and must be readable. @type {Record<string, number|undefined>} */
const SCREEN_RATE = { lowest: 300_000, low: 700_000, normal: 2_500_000, unlimited: undefined };
/** What the layers are worth, without a limit. A picture of more lines than LINES, as of a blackboard, takes what it takes. */
const BEST_RATE = 1_500_000;
const MIDDLE_RATE = 500_000;
const LOWEST_RATE = 150_000;
const LINES = 720;
/** Shares of the lower layers in a narrow limit. */
const MIDDLE_SHARE = 0.4;
const LOWEST_SHARE = 1 / 3;
/** The lowest layer has about so many lines. */
const LOWEST_LINES = 180;
/** With less than that for all a picture of full size has too little; half of it, either way, is better. */
const FULL_SIZE_FROM = 500_000;
/** With fewer bit/s than this a second layer costs more than it gives. */
const SIMULCAST_FROM = 200_000;
/** A layer between the others needs a picture with so many lines, and so much for all. */
const MIDDLE_FROM = { height: 720, rate: 700_000 };
/**
 * Each layer comes in three rates of frames. Said in so many words because Chromium makes of VP9's and AV1's layers one stream otherwise,
 * in which our layers are none that can be switched off. (The types do not have it yet.)
 */
const IN_TIME = { scalabilityMode: 'L1T3' };
const HIGH_QUALITY_AUDIO_RATE = 128_000;

/** How much smaller the best layer is at each step of strain; a layer between the others goes before that, in a step of its own. */
const SMALLER = [1, 1.5, 2];
/** Looks at the statistics: that often, so many in a row that complain, so many that do not. */
const LOOK_EVERY_MS = 2000;
const STRAINED_LOOKS = 3;
const CALM_LOOKS = 30;

/**
 * What the layers of a video depend on, besides its settings.
 *
 * @typedef {object} Circumstances
 * @property {boolean} areMany       more than two people
 * @property {boolean} tellsLayers   the server says which layers it needs
 * @property {number} strain         steps that the processor is behind, see Strain
 * @property {(rid: string) => boolean} wants   whether somebody receives a layer, as far as we know
 * @property {(rid?: string) => number} carried   bit/s that a layer may take, the only one without rid, where the browser does not see to it; else Infinity
 */

/**
 * How many layers to send. For two people as well, where the server says which ones it needs: with a lower layer the picture is whole at
 * once after a bad moment, without one it grows again step by step.
 *
 * @param {Settings} s
 * @param {LocalStream['label']} label
 * @param {number} height
 * @param {Circumstances} c
 */
function countLayers(s, label, height, c) {
    const rate = CAMERA_RATE[s.send] ?? Infinity;
    const isWorthIt = rate >= SIMULCAST_FROM && (c.areMany || c.tellsLayers);
    if (label === 'screenshare' || s.simulcast === 'off' || (s.simulcast === 'auto' && !isWorthIt))
        return 1;
    return c.areMany && height >= MIDDLE_FROM.height && rate >= MIDDLE_FROM.rate ? 3 : 2;
}

/**
 * Divide a limit among layers. What nobody receives needs no room: the others have it.
 *
 * @param {number} total   Infinity for no limit
 * @param {string[]} rids  best first
 * @param {number} best    what the best one is worth
 * @param {(rid: string) => boolean} wants
 * @returns {Record<string, number>}
 */
function divide(total, rids, best, wants) {
    /** @type {Record<string, number>} */
    const rates = {};
    let left = total;
    for (const rid of [...rids].reverse()) {
        const isLast = !rids.slice(0, rids.indexOf(rid)).some(wants);
        const worth = rid === 'h' ? best : rid === 'm' ? MIDDLE_RATE : LOWEST_RATE;
        const share = rid === 'h' || isLast ? 1 : rid === 'm' ? MIDDLE_SHARE : LOWEST_SHARE;
        rates[rid] = Math.min(worth, Math.floor(left * share));
        if (wants(rid))
            left -= rates[rid];
    }
    return rates;
}

/**
 * @param {Settings} s
 * @param {LocalStream['label']} label
 * @param {MediaStreamTrack} track
 * @param {Circumstances} c
 * @returns {RTCRtpEncodingParameters[]} best layer first; empty for what needs no words
 */
export function encodings(s, label, track, c) {
    if (track.kind === 'audio')
        return s.hqaudio ? [{ maxBitrate: HIGH_QUALITY_AUDIO_RATE }] : [];
    if (label === 'screenshare') {
        const rate = Math.min(SCREEN_RATE[s.send] ?? Infinity, c.carried());
        return rate === Infinity ? [] : [{ maxBitrate: rate }];
    }
    const height = track.getSettings().height ?? 0;
    const possible = countLayers(s, label, height, c);
    const total = Math.min(CAMERA_RATE[s.send] ?? Infinity, possible === 1 ? c.carried() : Infinity);
    const best = height > LINES ? Infinity : BEST_RATE;
    const isSmall = height >= LINES && total < FULL_SIZE_FROM && !s.blackboardMode;
    const layers = c.strain > 0 ? Math.min(possible, 2) : possible;
    const smaller = SMALLER[Math.min(c.strain - possible + layers, SMALLER.length - 1)];
    const scale = smaller * (isSmall ? 2 : 1);
    if (layers === 1)
        return [limited({ scaleResolutionDownBy: scale }, Math.min(total, best))];
    const rids = layers === 3 ? ['h', 'm', 'l'] : ['h', 'l'];
    const rates = divide(total, rids, best, c.wants);
    const lowest = Math.max(2, 2 ** Math.floor(Math.log2(height / LOWEST_LINES)));
    const scales = /** @type {Record<string, number>} */ ({ h: scale, m: 2, l: lowest });
    return rids.map((rid) => limited({ rid, scaleResolutionDownBy: scales[rid], ...IN_TIME }, Math.min(rates[rid], c.carried(rid))));
}

/**
 * @param {RTCRtpEncodingParameters} encoding
 * @param {number} rate
 */
const limited = (encoding, rate) => (rate === Infinity ? encoding : { ...encoding, maxBitrate: rate });

/**
 * Make a sender's encodings agree with what is wanted.
 *
 * @param {RTCRtpEncodingParameters[]} now      changed here
 * @param {RTCRtpEncodingParameters[]} wanted   as many, or none
 * @returns {boolean} whether they differed
 */
function adjust(now, wanted) {
    let differ = false;
    now.forEach((encoding, i) => {
        const { maxBitrate: rate, scaleResolutionDownBy: scale } = wanted[i] ?? {};
        if (encoding.maxBitrate !== rate) {
            differ = true;
            if (rate === undefined)
                delete encoding.maxBitrate;
            else
                encoding.maxBitrate = rate;
        }
        if (scale !== undefined && encoding.scaleResolutionDownBy !== scale) {
            differ = true;
            encoding.scaleResolutionDownBy = scale;
        }
    });
    return differ;
}

/** How far the processor is behind with a camera. It goes back a step after a calm minute; twice as late each time that was too early. */
export class Strain {
    /** Steps: 0 is none. */
    step = 0;
    #strained = 0;
    #calm = 0;
    #patience = CALM_LOOKS;
    #wentBack = false;

    /**
     * Look at a sender's statistics.
     *
     * @param {RTCStatsReport} report
     * @returns {boolean} whether the step is another one now
     */
    look(report) {
        let isLimited = false;
        for (const s of report.values()) {
            if (s.type === 'outbound-rtp' && s.kind === 'video' && s.active !== false && s.qualityLimitationReason === 'cpu')
                isLimited = true;
        }
        this.#strained = isLimited ? this.#strained + 1 : 0;
        this.#calm = isLimited ? 0 : this.#calm + 1;
        if (this.#strained >= STRAINED_LOOKS && this.step < SMALLER.length) {
            this.#strained = 0;
            this.step++;
            if (this.#wentBack)
                this.#patience *= 2;
            this.#wentBack = false;
            return true;
        }
        if (this.#calm >= this.#patience && this.step > 0) {
            this.#calm = 0;
            this.step--;
            this.#wentBack = true;
            return true;
        }
        return false;
    }
}

/*
 * ======== Streams of our own ========
 *
 * Opens camera, microphone, screen and files, sends them, and keeps them while the connection is renewed.
 */

/** @type {readonly Kind[]} */
const KINDS = ['video', 'audio'];
/** The settings that keep a device off. */
const OFF = /** @type {const} */ ({ video: 'cameraOff', audio: 'microphoneOff' });
/** When a share is stopped its tracks do not end in one instant. */
const SETTLED_MS = 300;

/** @type {ReturnType<typeof setTimeout>|undefined} */
let fewer;

export const camera = () => state.locals.find((l) => l.label === 'camera');
const hasWebRtc = 'RTCPeerConnection' in globalThis;
export const canPresent = () => may('present') && hasWebRtc && 'mediaDevices' in navigator;
export const canShare = () => may('present') && 'getDisplayMedia' in (navigator.mediaDevices ?? {}) && hasWebRtc;
export const canPlayFile = () => may('present') && ('captureStream' in HTMLVideoElement.prototype || 'mozCaptureStream' in HTMLVideoElement.prototype);

/**
 * Whether our camera, or our microphone, is open and sent; a muted microphone is.
 *
 * @param {Kind} kind
 */
export const isOpen = (kind) => Boolean(camera()?.media.getTracks().some((t) => t.kind === kind && t.readyState === 'live'));

// ---- Encodings

const strain = new Strain();

/**
 * @param {LocalStream} local
 * @param {MediaStreamTrack} track
 */
const encodingsOf = (local, track) => encodings(state.settings, local.label, track, {
    areMany: people().length > 2,
    tellsLayers: Boolean(currentClient()?.features.has('layers')),
    strain: local.label === 'camera' ? strain.step : 0,
    wants: (rid) => local.up?.wants(rid) ?? true,
    carried: (rid) => local.up?.carried(rid) ?? Infinity,
});

/** Make what is being sent agree with the settings, the number of people, and what they receive. */
function adjustEncodings() {
    for (const local of state.locals) {
        const senders = local.up?.senders ?? [];
        const plan = senders.map((sender) => {
            const wanted = encodingsOf(local, /** @type {MediaStreamTrack} */ (sender.track));
            return { sender, wanted, fits: sender.getParameters().encodings?.length === Math.max(wanted.length, 1) };
        });
        if (plan.some((p) => !p.fits)) {
            publish(local);
            continue;
        }
        for (const { sender, wanted } of plan)
            changeParameters(sender, (params) => adjust(params.encodings, wanted)).catch((e) => console.warn('rate not changed:', e));
    }
}

/** Send a smaller picture while the processor cannot keep up with the camera. */
async function lookAtStrain() {
    const sender = camera()?.up?.senders.find((s) => s.track?.kind === 'video');
    if (sender && strain.look(await sender.getStats()))
        adjustEncodings();
}

// ---- Sending

/**
 * Send a stream, or send it anew in place of itself.
 *
 * @param {LocalStream} local
 */
function publish(local) {
    const client = currentClient();
    if (!client || isWithheld())
        return;
    const up = client.newUp({ label: local.label, localId: local.id });
    local.up = up;
    up.on('close', (replaced) => {
        if (local.up !== up)
            return;
        local.up = null;
        // With the connection gone the stream waits for the next one.
        if (!replaced && client.isOpen)
            closeLocal(local);
    });
    up.on('error', (e) => warn(t('Your stream could not be sent: {reason}', { reason: e.message })));
    up.on('state', (s) => {
        if (local.player?.paused && (s === 'connected' || s === 'completed'))
            local.player.play().catch(() => {});
        changed();
    });
    up.on('wanted', adjustEncodings);
    up.on('rate', adjustEncodings);
    up.on('negotiated', () => {
        const isSent = up.pc.getTransceivers().some((x) => x.sender.track?.kind === 'video' && x.currentDirection !== 'inactive');
        if (local.media.getVideoTracks().length && !isSent)
            warn(state.sealed ? t('Your video is not sent: this meeting’s codec cannot be encrypted.')
                : t('Your video is not sent: this group takes none of the formats in which this browser can send it.'));
    });
    for (const track of local.media.getTracks())
        up.addTrack(track, local.media, encodingsOf(local, track));
    changed();
}

/** Nothing goes out in clear where the others encrypt: it waits for the passphrase (docs/ENCRYPTION.md). */
const isWithheld = () => (Boolean(state.status.encrypted) || hasPassphrase()) && !state.sealed;

/** Send everything in another way, or not at all, when encryption begins or ends. */
function followEncryption() {
    const now = isWithheld() ? 'withheld' : state.sealed ? 'sealed' : 'clear';
    if (now === sentAs)
        return;
    sentAs = now;
    for (const local of state.locals) {
        if (isWithheld()) {
            const { up } = local;
            local.up = null;
            up?.close();
        } else {
            publish(local);
        }
    }
    changed();
}

/** @type {'clear'|'sealed'|'withheld'} */
let sentAs = 'clear';

function changed() {
    update({ locals: [...state.locals] });
}

/** @param {LocalStream} local */
function add(local) {
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

/**
 * Send another track of a kind, or none: for the others the stream goes on.
 *
 * @param {LocalStream} local
 * @param {Kind} kind
 * @param {MediaStreamTrack|null} track
 */
async function setTrack(local, kind, track) {
    const old = local.media.getTracks().find((t) => t.kind === kind) ?? null;
    if (old === track)
        return;
    if (old)
        local.media.removeTrack(old);
    if (track)
        local.media.addTrack(track);
    changed();
    const { up } = local;
    if (up && !await up.replaceTrack(kind, track) && up === local.up && !up.closed) {
        if (track)
            up.addTrack(track, local.media, encodingsOf(local, track));
        else
            publish(local);
    }
    changed();
}

/**
 * A track of a screen or a file has ended by itself.
 *
 * @param {LocalStream} local
 * @param {MediaStreamTrack} track
 */
function trackEnded(local, track) {
    const isWhole = local.label === 'screenshare' && track.kind === 'video';
    const goesOn = () => state.locals.includes(local) && local.media.getTracks().some((t) => t !== track && t.readyState === 'live');
    if (isWhole || !goesOn()) {
        closeLocal(local);
        return;
    }
    setTimeout(() => {
        if (!goesOn())
            return;
        setTrack(local, /** @type {Kind} */ (track.kind), null);
        if (local.label === 'screenshare') {
            offer(t('The sound of what you share has ended; the others still see it.'), t('Choose again'), () => {
                closeLocal(local);
                return share();
            });
        }
    }, SETTLED_MS);
}

// ---- Camera and microphone

/** What is open. @type {Devices} */
const devices = {};
/** The keys of what was last opened or tried, empty for off: what failed or went away is not tried again unasked. @type {Record<Kind, string|null>} */
const tried = { video: null, audio: null };

/** Whether a device is wished for. @param {Kind} kind */
export const isWanted = (kind) => state.settings[kind] !== '' && !state.settings[OFF[kind]];
/** @param {Kind} kind */
const wantedKey = (kind) => (isWanted(kind) ? deviceKey(state.settings, kind) : '');

/**
 * Wish for a camera or a microphone, or for none; which one stays as it is.
 *
 * @param {Kind} kind
 * @param {boolean} on
 */
export function wish(kind, on) {
    if (on === isWanted(kind))
        return;
    set(OFF[kind], !on || undefined);
    if (on && state.settings[kind] === '')
        set(kind, undefined);
}

/** Changes of devices come one after the other: who presses twice gets both. @type {Promise<unknown>} */
let turn = Promise.resolve();

/**
 * @template T
 * @param {() => Promise<T>} change
 * @returns {Promise<T>}
 */
function inTurn(change) {
    const done = turn.then(change);
    turn = done.catch(() => {});
    return done;
}

/**
 * Open what the settings wish for and is not open, close what they do not, and send the result. What stays the same is not interrupted.
 *
 * @param {Devices} [given]   devices that are open already; ours from now on
 */
async function bringDevices(given = {}) {
    update({ opening: true });
    try {
        /** @type {Kind[]} */
        const missing = [];
        for (const kind of KINDS) {
            const key = wantedKey(kind);
            if (devices[kind] && devices[kind]?.key !== key)
                // Many cameras can be opened only once.
                endOne(kind);
            if (key && !devices[kind] && given[kind]?.key === key) {
                take(kind, given[kind]);
                delete given[kind];
            }
            if (key && !devices[kind] && tried[kind] !== key)
                missing.push(kind);
            tried[kind] = key;
        }
        endDevices(given);
        if (missing.length) {
            const opened = await openDevices(state.settings, missing, warn);
            for (const kind of KINDS)
                take(kind, opened[kind]);
        }
    } catch (e) {
        warn(e instanceof Error ? e.message : String(e));
    } finally {
        await sendDevices();
        update({ opening: false });
    }
}

/** @param {Kind} kind */
function endOne(kind) {
    devices[kind]?.end();
    delete devices[kind];
}

/**
 * @param {Kind} kind
 * @param {Device} [device]
 */
function take(kind, device) {
    if (!device)
        return;
    devices[kind] = device;
    device.raw.addEventListener('ended', () => {
        if (devices[kind] === device)
            lost(kind);
    }, { once: true });
}

/**
 * A device was unplugged, or the browser took it away: the rest goes on.
 *
 * @param {Kind} kind
 */
async function lost(kind) {
    endOne(kind);
    await sendDevices();
    listDevices();
    const why = await whyEnded(kind);
    // With a permission the browser takes both, one after the other.
    await new Promise((ok) => setTimeout(ok, 300));
    const rest = !camera() ? '' : kind === 'video' ? t('The others still hear you.') : t('The others still see you.');
    update({ lostDevice: { kind, text: `${why} ${rest}`.trim() } });
}

/** Send what is open. */
async function sendDevices() {
    if (!isInside()) {
        for (const kind of KINDS)
            endOne(kind);
        return;
    }
    const local = camera();
    const tracks = KINDS.flatMap((kind) => devices[kind]?.track ?? []);
    if (devices.audio)
        devices.audio.track.enabled = !state.settings.localMute;
    if (!tracks.length) {
        if (local)
            closeLocal(local);
        return;
    }
    if (local) {
        await Promise.all(KINDS.map((kind) => setTrack(local, kind, devices[kind]?.track ?? null)));
        adjustEncodings();
    } else {
        add({ id: newId(), label: 'camera', media: new MediaStream(tracks), up: null, player: null, release: () => KINDS.forEach(endOne) });
    }
    tellMuted();
    listDevices();
}

/** Start camera and microphone, each unless the settings say that there is none; both where they say that of both. */
export async function enable() {
    for (const kind of KINDS)
        set(OFF[kind], undefined);
    if (!KINDS.some(isWanted)) {
        for (const kind of KINDS)
            wish(kind, true);
    }
    await start();
}

/**
 * Start what the settings wish for.
 *
 * @param {Devices} [given]   devices that are open already; ours from now on
 * @param {readonly Kind[]} [closed]   kinds that stay off until somebody asks for them
 */
export const start = (given, closed = []) => inTurn(async () => {
    requireMeeting();
    for (const kind of KINDS)
        tried[kind] = closed.includes(kind) ? wantedKey(kind) : null;
    await bringDevices(given);
});

/** Stop camera and microphone. */
export function disable() {
    const local = camera();
    if (local)
        closeLocal(local);
}

/**
 * @param {Kind} kind
 * @param {boolean} on
 */
async function change(kind, on) {
    requireMeeting();
    for (const k of KINDS)
        wish(k, k === kind ? on : isOpen(k));
    tried[kind] = null;
    await bringDevices();
}

/**
 * Start one device, or stop it and give it back. The other one stays as it is.
 *
 * @param {Kind} kind
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

/** Whether the others hear us. */
export const isHeard = () => isOpen('audio') && !state.settings.localMute;

/** Others see whether our microphone is off: the sound alone does not tell them. */
function tellMuted() {
    const muted = Boolean(camera()) && state.settings.localMute;
    if (isInside() && muted !== Boolean(myData().muted))
        setMyData({ muted: muted || null });
}

// ---- Screens and files

/**
 * Send a screen or a file. Its tracks may end by themselves.
 *
 * @param {LocalStream} local
 */
function present(local) {
    for (const track of local.media.getTracks())
        track.addEventListener('ended', () => trackEnded(local, track), { once: true });
    add(local);
}

let isChoosing = false;

/** Share a screen or a window. While one is being chosen, nothing more is asked: a double click shares once. */
export async function share() {
    requireMeeting();
    if (isChoosing)
        return;
    isChoosing = true;
    const media = await openScreen().finally(() => {
        isChoosing = false;
    });
    if (!media)
        return;
    if (!isInside()) {
        stop(media);
        return;
    }
    present({ id: newId(), label: 'screenshare', media, up: null, player: null, release: () => stop(media) });
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
    requireMeeting();
    const url = URL.createObjectURL(file);
    const player = document.createElement('video');
    player.src = url;
    player.controls = true;
    player.playsInline = true;
    try {
        await new Promise((resolve, reject) => {
            player.onloadeddata = resolve;
            player.onerror = () => reject(new Error(t('“{name}” cannot be played by this browser.', { name: file.name })));
        });
        const capture = /** @type {any} */ (player).captureStream ?? /** @type {any} */ (player).mozCaptureStream;
        /** @type {MediaStream} */
        const media = capture.call(player);
        if (!media.getTracks().length)
            throw new Error(t('“{name}” has neither picture nor sound.', { name: file.name }));
        for (const t of media.getVideoTracks())
            t.contentHint = 'motion';
        if (camera() && !state.settings.localMute) {
            setMuted(true);
            inform(t('Your microphone was muted, so that it does not pick up the sound of the file.'));
        }
        present({
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

/** Follow the settings while live. */
function followSettings() {
    if (state.opening)
        return;
    if (camera() && KINDS.some((kind) => wantedKey(kind) !== tried[kind]))
        inTurn(() => bringDevices());
    else
        adjustEncodings();
}

let counted = 0;

/** Begin to follow settings and the number of people. */
export function startMedia() {
    navigator.mediaDevices?.addEventListener?.('devicechange', listDevices);
    watch(['settings', 'opening'], followSettings);
    watch(['status', 'sealed'], followEncryption);
    watch(['users'], () => {
        const n = people().length;
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
    /** @type {ReturnType<typeof setInterval>|undefined} */
    let looking;
    watch(['locals'], () => {
        if (camera() && !looking) {
            looking = setInterval(lookAtStrain, LOOK_EVERY_MS);
        } else if (!camera()) {
            clearInterval(looking);
            looking = undefined;
        }
    });
    watch(['permissions', 'phase'], () => {
        if (state.phase === 'joined' && !may('present')) {
            for (const l of [...state.locals])
                closeLocal(l);
        }
    });
}
