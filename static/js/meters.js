// @ts-check
/**
 * Measuring while streams run: how the network carries them; and who speaks, where the server does not say so.
 */

import { state, update, watch } from './state.js';

/** @typedef {import('./state.js').Line} Line */

const SPEAKING_EVERY_MS = 200;
const LINES_EVERY_MS = 2000;
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

/** Part of the packets that is lost, round trip in seconds, and stillness in seconds of the two between measurements: fair, and poor. */
const LOSS = [0.02, 0.08];
const DELAY_S = [0.3, 0.6];
const STILL_S = [0.3, 1];
/** Fewer packets tell nothing of loss. */
const PACKETS_LEAST = 20;

/** Sums that a connection's statistics give. @typedef {{lost: number, got: number, still: number}} Sums */

/** What one stream was like the last times. @type {Map<string, {sums: Sums, last: Line[]}>} */
const measured = new Map();

/**
 * @param {number} value
 * @param {number[]} limits   fair, poor
 * @returns {1|2|3}
 */
const grade = (value, [fair, poor]) => (value >= poor ? 1 : value >= fair ? 2 : 3);

/**
 * @param {RTCStatsReport} report
 * @param {Sums|undefined} before
 * @returns {{sums: Sums, line: Line}}
 */
export function judge(report, before) {
    const sums = { lost: 0, got: 0, still: 0 };
    let delay = 0;
    let lossThere = 0;
    let height = -1;
    /** @type {Line['why']} */
    let limit = '';
    report.forEach((/** @type {any} */ s) => {
        if (s.type === 'inbound-rtp') {
            sums.lost += s.packetsLost ?? 0;
            sums.got += s.packetsReceived ?? 0;
            sums.still += s.totalFreezesDuration ?? 0;
        } else if (s.type === 'remote-inbound-rtp') {
            lossThere = Math.max(lossThere, s.fractionLost ?? 0);
        } else if (s.type === 'candidate-pair' && s.nominated && s.state === 'succeeded') {
            delay = Math.max(delay, s.currentRoundTripTime ?? 0);
        } else if (s.type === 'outbound-rtp' && s.kind === 'video' && s.active !== false && (s.frameHeight ?? 0) > height) {
            // Of several layers the best one shows what is missing.
            height = s.frameHeight ?? 0;
            limit = s.qualityLimitationReason === 'cpu' || s.qualityLimitationReason === 'bandwidth' ? s.qualityLimitationReason : '';
        }
    });
    const lost = sums.lost - (before?.lost ?? sums.lost);
    const all = lost + sums.got - (before?.got ?? sums.got);
    /** @type {Line[]} */
    const found = [
        { bars: grade(Math.max(lossThere, all >= PACKETS_LEAST ? lost / all : 0), LOSS), why: 'loss' },
        { bars: grade(delay, DELAY_S), why: 'delay' },
        { bars: grade(sums.still - (before?.still ?? sums.still), STILL_S), why: 'freezes' },
        { bars: limit ? 2 : 3, why: limit },
    ];
    const worst = found.reduce((a, b) => (b.bars < a.bars ? b : a));
    return { sums, line: worst.bars === 3 ? { bars: 3, why: '' } : worst };
}

/**
 * One bad moment is no bad line, nor a good one a good line: of the last three the middle counts.
 *
 * @param {Line[]} last
 */
const middle = (last) => [...last].sort((a, b) => a.bars - b.bars)[last.length >> 1];

async function measureLines() {
    if (document.visibilityState !== 'visible')
        return;
    const streams = [...state.locals.map((l) => ({ id: l.id, pc: l.up?.pc })), ...state.downs.map((d) => ({ id: d.localId, pc: d.pc }))];
    for (const id of measured.keys()) {
        if (!streams.some((s) => s.id === id))
            measured.delete(id);
    }
    // One after the other: statistics of many streams at once would be felt.
    for (const { id, pc } of streams) {
        if (!pc || pc.connectionState !== 'connected')
            continue;
        const was = measured.get(id);
        const { sums, line } = judge(await pc.getStats(), was?.sums);
        measured.set(id, { sums, last: [...was?.last ?? [], line].slice(-3) });
    }
    const lines = new Map([...measured].map(([id, { last }]) => [id, middle(last)]));
    const same = lines.size === state.lines.size && [...lines].every(([id, l]) => state.lines.get(id)?.bars === l.bars && state.lines.get(id)?.why === l.why);
    if (!same)
        update({ lines });
}

/** Measure while there is something to measure. */
export function startMeters() {
    /** @type {ReturnType<typeof setInterval>|undefined} */
    let speaking;
    /** @type {ReturnType<typeof setInterval>|undefined} */
    let measuring;
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
        const has = state.locals.length + state.downs.length > 0;
        if (has && !measuring) {
            measuring = setInterval(() => measureLines().catch(() => {}), LINES_EVERY_MS);
        } else if (!has && measuring) {
            clearInterval(measuring);
            measuring = undefined;
            measured.clear();
            update({ lines: new Map() });
        }
    });
}
