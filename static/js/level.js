// @ts-check
/**
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
