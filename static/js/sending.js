// @ts-check
/**
 * How much of our videos is sent: the layers of each, their sizes and rates, so that their sum stays below what the setting Send allows,
 * and less of it while the processor cannot keep up.
 */

/** @typedef {import('./settings.js').Settings} Settings */
/** @typedef {import('./state.js').LocalStream} LocalStream */

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
export const LOOK_EVERY_MS = 2000;
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
        const rate = SCREEN_RATE[s.send];
        return rate === undefined ? [] : [{ maxBitrate: rate }];
    }
    const height = track.getSettings().height ?? 0;
    const total = CAMERA_RATE[s.send] ?? Infinity;
    const best = height > LINES ? Infinity : BEST_RATE;
    const isSmall = height >= LINES && total < FULL_SIZE_FROM && !s.blackboardMode;
    const possible = countLayers(s, label, height, c);
    const layers = c.strain > 0 ? Math.min(possible, 2) : possible;
    const smaller = SMALLER[Math.min(c.strain - possible + layers, SMALLER.length - 1)];
    const scale = smaller * (isSmall ? 2 : 1);
    if (layers === 1)
        return [limited({ scaleResolutionDownBy: scale }, Math.min(total, best))];
    const rids = layers === 3 ? ['h', 'm', 'l'] : ['h', 'l'];
    const rates = divide(total, rids, best, c.wants);
    const lowest = Math.max(2, 2 ** Math.floor(Math.log2(height / LOWEST_LINES)));
    const scales = /** @type {Record<string, number>} */ ({ h: scale, m: 2, l: lowest });
    return rids.map((rid) => limited({ rid, scaleResolutionDownBy: scales[rid], ...IN_TIME }, rates[rid]));
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
export function adjust(now, wanted) {
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
