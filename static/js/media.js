// @ts-check
/**
 * Our own streams: opens camera, microphone, screen and files, sends them, and keeps them while the connection is renewed.
 */

import { changeParameters, newId } from '../protocol.js';
import { currentClient, hasPassphrase, requireClient, session, setMyData } from './session.js';
import { may, people, set, state, update, watch } from './state.js';
import { deviceKey, endDevices, listDevices, openDevices, openScreen, whyEnded } from './devices.js';
import { t } from './i18n.js';
import { inform, offer, warn } from './notices.js';
import { LOOK_EVERY_MS, Strain, adjust, encodings } from './sending.js';

/** @typedef {import('./state.js').LocalStream} LocalStream */
/** @typedef {import('./devices.js').Device} Device */
/** @typedef {import('./devices.js').Devices} Devices */
/** @typedef {import('./devices.js').Kind} Kind */

/** @type {readonly Kind[]} */
const KINDS = ['video', 'audio'];
/** The settings that keep a device off. */
const OFF = /** @type {const} */ ({ video: 'cameraOff', audio: 'microphoneOff' });
/** When a share is stopped its tracks do not end in one instant. */
const SETTLED_MS = 300;

/** @type {ReturnType<typeof setTimeout>|undefined} */
let fewer;

export const camera = () => state.locals.find((l) => l.label === 'camera');
const hasWebRtc = 'RTCPeerConnection' in window;
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
    const rest = !camera() ? '' : kind === 'video' ? t('The others still hear you.') : t('The others still see you.');
    update({ lostDevice: { kind, text: `${await whyEnded(kind)} ${rest}`.trim() } });
}

/** Send what is open. */
async function sendDevices() {
    if (state.phase !== 'joined' && state.phase !== 'reconnecting') {
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
 */
export const start = (given) => inTurn(async () => {
    requireClient();
    tried.video = tried.audio = null;
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
    requireClient();
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

let toldMuted = false;

/** Others see whether our microphone is off: the sound alone does not tell them. */
function tellMuted() {
    const muted = Boolean(camera()) && state.settings.localMute;
    if (!currentClient() || muted === toldMuted)
        return;
    toldMuted = muted;
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
    requireClient();
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
