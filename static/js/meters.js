// @ts-check
/**
 * Measuring while streams run: how much we send; and who speaks, where the server does not say so.
 */

import { state, update, watch } from './state.js';

/** @typedef {import('./state.js').LocalStream} LocalStream */

const SPEAKING_EVERY_MS = 200;
const RATE_EVERY_MS = 2000;
/** Level from 0 to 1 above which somebody speaks. */
const SPEAKING_LEVEL = 0.02;
/** A pause shorter than this belongs to speaking, ms. */
const PAUSE_MS = 700;

/** Until when each tile's person counts as speaking. @type {Map<string, number>} */
const until = new Map();
/** Energy of sound received so far, where packets do not tell their level. @type {WeakMap<RTCRtpReceiver, {energy: number, time: number}>} */
const energies = new WeakMap();
let turn = 0;

/**
 * How loud somebody is now, from 0 to 1. Packets may carry the level; asking the statistics costs more, and is done every other time.
 *
 * @param {RTCRtpReceiver} receiver
 * @returns {Promise<number>}
 */
async function levelOf(receiver) {
    const level = receiver.getSynchronizationSources()[0]?.audioLevel;
    if (typeof level === 'number')
        return level;
    if (turn % 2)
        return 0;
    let now = 0;
    (await receiver.getStats()).forEach((s) => {
        if (s.type !== 'inbound-rtp' || s.totalAudioEnergy === undefined)
            return;
        const was = energies.get(receiver);
        energies.set(receiver, { energy: s.totalAudioEnergy, time: s.timestamp });
        if (was && s.timestamp > was.time)
            now = Math.sqrt(Math.max(0, s.totalAudioEnergy - was.energy) * 1000 / (s.timestamp - was.time));
    });
    return now;
}

async function listen() {
    turn++;
    await Promise.all(state.downs.map(async (down) => {
        const receiver = down.pc.getReceivers().find((r) => r.track.kind === 'audio');
        if (receiver && await levelOf(receiver) > SPEAKING_LEVEL)
            until.set(down.localId, performance.now() + PAUSE_MS);
    }));
    for (const [id, time] of until) {
        if (time < performance.now())
            until.delete(id);
    }
    show(new Set(until.keys()));
}

/** @param {Set<string>} speaking   ids of tiles */
function show(speaking) {
    const same = speaking.size === state.speaking.size && [...speaking].every((id) => state.speaking.has(id));
    if (!same)
        update({ speaking });
}

/**
 * The tiles of those who speak, by the server's word: their cameras, or what else they have with sound.
 *
 * @param {import('../types.js').Speaker[]} speakers
 */
function tilesOf(speakers) {
    return new Set(speakers.filter((s) => s.speaks).flatMap((s) => {
        const heard = state.downs.filter((d) => d.source === s.id && d.stream?.getAudioTracks().length);
        const cameras = heard.filter((d) => d.label === 'camera');
        return (cameras.length ? cameras : heard).map((d) => d.localId);
    }));
}

/** Bytes sent so far, by stream and encoding. @type {Map<string, {bytes: number, time: number}>} */
const sent = new Map();

/**
 * @param {LocalStream} local
 * @returns {Promise<string>} what is being sent, one number for each encoding
 */
async function measure(local) {
    const report = await local.up?.pc.getStats();
    /** @type {number[]} */
    const kbits = [];
    report?.forEach((/** @type {any} */ s) => {
        if (s.type !== 'outbound-rtp')
            return;
        const key = `${local.up?.id} ${s.ssrc}`;
        const last = sent.get(key);
        sent.set(key, { bytes: s.bytesSent, time: s.timestamp });
        if (last && s.timestamp > last.time)
            kbits.push((s.bytesSent - last.bytes) * 8 / (s.timestamp - last.time));
    });
    return kbits.length ? `${kbits.sort((a, b) => a - b).map((r) => Math.round(r)).join('+')} kbit/s` : '';
}

/**
 * Measure while there is something to measure.
 *
 * @param {(id: string, rate: string) => void} showRate   called for each own stream, now and then
 */
export function startMeters(showRate) {
    /** @type {ReturnType<typeof setInterval>|undefined} */
    let speaking;
    /** @type {ReturnType<typeof setInterval>|undefined} */
    let rate;
    watch(['settings', 'downs', 'locals', 'speakers'], () => {
        const { activityDetection } = state.settings;
        const listens = activityDetection && !state.speakers && state.downs.length > 0;
        if (listens && !speaking) {
            speaking = setInterval(() => listen().catch(() => {}), SPEAKING_EVERY_MS);
        } else if (!listens && speaking) {
            clearInterval(speaking);
            speaking = undefined;
            until.clear();
        }
        if (!listens)
            show(activityDetection && state.speakers ? tilesOf(state.speakers) : new Set());
        if (state.locals.length && !rate) {
            rate = setInterval(() => {
                for (const l of state.locals)
                    measure(l).then((text) => showRate(l.id, text), () => {});
            }, RATE_EVERY_MS);
        } else if (!state.locals.length && rate) {
            clearInterval(rate);
            rate = undefined;
            sent.clear();
        }
    });
}
