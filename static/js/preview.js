// @ts-check
/**
 * Seeing and hearing oneself before joining, and hearing what the others will sound like. What is open here goes into the meeting as it is.
 */

import { byId, byIdAs, setIcon } from './dom.js';
import { deviceKey, listDevices, openDevices, whyEnded } from './devices.js';
import { t } from './i18n.js';
import { measureLevel } from './level.js';
import { isWanted, wish } from './media.js';
import { attempt } from './notices.js';
import { set, state, watch } from './state.js';

/** @typedef {import('./devices.js').Device} Device */
/** @typedef {import('./devices.js').Devices} Devices */
/** @typedef {import('./devices.js').Kind} Kind */

const LEVEL_EVERY_MS = 80;
/** @type {readonly Kind[]} */
const KINDS = ['video', 'audio'];

/** What is open. @type {Devices} */
let devices = {};
/** The keys of what was last opened or tried, empty for off. @type {Partial<Record<Kind, string>>} */
let tried = {};
/** Opens and closes devices, one change after the other. @type {Promise<void>} */
let work = Promise.resolve();
let isOn = false;
let endMeter = () => {};
/** What is metered. @type {MediaStreamTrack|undefined} */
let metered;

/** @param {Kind} kind */
const isChosen = (kind) => isWanted(kind) && !(kind === 'audio' && state.settings.localMute);

/** @param {string} text */
function note(text) {
    byId('preview-note').textContent = text;
}

async function adapt() {
    if (!isOn)
        return;
    /** @type {Kind[]} */
    const missing = [];
    for (const kind of KINDS) {
        const key = isChosen(kind) ? deviceKey(state.settings, kind) : '';
        if (devices[kind] && devices[kind]?.key !== key) {
            devices[kind]?.end();
            delete devices[kind];
        }
        if (key && !devices[kind] && tried[kind] !== key)
            missing.push(kind);
        tried[kind] = key;
    }
    show();
    if (!missing.length)
        return;
    note(t('Waiting for your permission…'));
    let told = '';
    try {
        const opened = await openDevices(state.settings, missing, (text) => {
            told = text;
        });
        for (const kind of KINDS)
            take(kind, opened[kind]);
    } catch (e) {
        told = e instanceof Error ? e.message : String(e);
    }
    note(told);
    show();
    listDevices();
}

/**
 * @param {Kind} kind
 * @param {Device} [device]
 */
function take(kind, device) {
    if (!device)
        return;
    devices[kind] = device;
    device.raw.addEventListener('ended', async () => {
        if (devices[kind] !== device)
            return;
        device.end();
        delete devices[kind];
        show();
        listDevices();
        note(await whyEnded(kind));
    }, { once: true });
}

/** Open and close devices as the settings say now. */
function follow() {
    if (isOn)
        work = work.then(adapt);
}

/**
 * A button that switches a device on and off.
 *
 * @param {string} id
 * @param {string} name      of its icon
 * @param {boolean} isOpen
 * @param {string} label     says what a press does
 */
function renderButton(id, name, isOpen, label) {
    const button = byId(id);
    setIcon(button.querySelector('svg'), isOpen ? name : `${name}-off`);
    button.setAttribute('aria-label', label);
    button.title = label;
    button.classList.toggle('off', !isOpen);
}

function show() {
    const video = byIdAs('preview-video', HTMLVideoElement);
    const picture = devices.video?.track;
    const shown = /** @type {MediaStream|null} */ (video.srcObject)?.getVideoTracks()[0];
    if (picture !== shown) {
        video.srcObject = picture ? new MediaStream([picture]) : null;
        video.play().catch(() => {});
    }
    video.hidden = !picture;
    video.classList.toggle('mirrored', state.settings.mirrorView);
    byId('preview-off').hidden = Boolean(picture);
    renderButton('start-camera', 'camera', isChosen('video'), isChosen('video') ? t('Switch the camera off') : t('Switch the camera on'));
    renderButton('start-mic', 'mic', isChosen('audio'), isChosen('audio') ? t('Switch the microphone off') : t('Switch the microphone on'));
    const start = isChosen('video') ? (isChosen('audio') ? 'camera' : '') : isChosen('audio') ? 'mic' : 'none';
    for (const radio of document.querySelectorAll('input[name=media]'))
        /** @type {HTMLInputElement} */ (radio).checked = /** @type {HTMLInputElement} */ (radio).value === start;
    const sound = devices.audio?.track;
    if (sound !== metered) {
        endMeter();
        metered = sound;
        endMeter = sound ? showLevel(sound) : () => {};
    }
}

/** Show what the others would see, from now on. */
export function startPreview() {
    if (isOn)
        return;
    isOn = true;
    tried = {};
    note('');
    follow();
}

/**
 * End the preview.
 *
 * @returns {Promise<Devices>} what is open, the caller's from now on
 */
export async function takePreview() {
    isOn = false;
    await work;
    const taken = devices;
    devices = {};
    show();
    return taken;
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
        byIdAs('preview-level', HTMLMeterElement).value = 0;
    };
}

/**
 * Choose what to start with.
 *
 * @param {Kind} kind
 * @param {boolean} on
 */
function choose(kind, on) {
    if (kind === 'audio' && on)
        set('localMute', false);
    wish(kind, on);
    delete tried[kind];
    isOn = true;
    follow();
}

// ---- The speaker

const RATE = 24_000;
/** Hz and seconds: two tones, the second one higher. @type {readonly [number, number][]} */
const TONES = [[440, 0.35], [660, 0.5]];
const LOUDNESS = 0.25;
const FADE_S = 0.02;

/** @returns {Blob} a WAV file, 16 bit, one channel */
function tones() {
    const samples = TONES.flatMap(([hertz, seconds]) => Array.from({ length: RATE * seconds }, (_, i) => {
        const at = i / RATE;
        return LOUDNESS * Math.min(1, at / FADE_S, (seconds - at) / FADE_S) * Math.sin(2 * Math.PI * hertz * at);
    }));
    const file = new DataView(new ArrayBuffer(44 + 2 * samples.length));
    const word = (/** @type {number} */ at, /** @type {string} */ text) => [...text].forEach((c, i) => file.setUint8(at + i, c.charCodeAt(0)));
    word(0, 'RIFF');
    file.setUint32(4, file.byteLength - 8, true);
    word(8, 'WAVEfmt ');
    file.setUint32(16, 16, true);
    file.setUint16(20, 1, true);
    file.setUint16(22, 1, true);
    file.setUint32(24, RATE, true);
    file.setUint32(28, 2 * RATE, true);
    file.setUint16(32, 2, true);
    file.setUint16(34, 16, true);
    word(36, 'data');
    file.setUint32(40, 2 * samples.length, true);
    samples.forEach((s, i) => file.setInt16(44 + 2 * i, 32_767 * s, true));
    return new Blob([file], { type: 'audio/wav' });
}

/** Play two tones where the others will be heard. */
async function testSpeaker() {
    const player = byIdAs('speaker-tones', HTMLAudioElement);
    const button = byIdAs('test-speaker', HTMLButtonElement);
    if (!player.src)
        player.src = URL.createObjectURL(tones());
    if (state.settings.speaker && 'setSinkId' in player)
        await player.setSinkId(state.settings.speaker).catch(() => note(t('The chosen speaker is not there; using the system’s.')));
    player.currentTime = 0;
    button.classList.add('playing');
    player.onended = () => button.classList.remove('playing');
    await player.play();
}

/** Bring the picture, its buttons and the row of devices to life. */
export function bindPreview() {
    byId('start-camera').addEventListener('click', () => choose('video', !isChosen('video')));
    byId('start-mic').addEventListener('click', () => choose('audio', !isChosen('audio')));
    byId('test-speaker').addEventListener('click', () => attempt(testSpeaker));
    for (const radio of document.querySelectorAll('input[name=media]')) {
        radio.addEventListener('change', () => {
            const { value } = /** @type {HTMLInputElement} */ (radio);
            choose('video', value === 'camera');
            choose('audio', value !== 'none');
        });
    }
    watch(['settings'], () => {
        if (isOn)
            show();
        follow();
    });
}
