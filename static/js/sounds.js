// @ts-check
/**
 * The soft sounds, made when they are needed: two short tones each.
 */

/** Frequencies in Hz, one after the other. @type {Record<'join'|'hand'|'message', number[]>} */
const TONES = { join: [523, 784], hand: [659, 880, 659], message: [784] };
const STEP_S = 0.11;
const FADE_S = 0.28;
const LOUDNESS = 0.07;
/** More often would be a nuisance, ms. */
const PAUSE_MS = 1000;

/** @type {(AudioContext & {setSinkId?: (id: string) => Promise<void>})|null} */
let context = null;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let rest;
let playedAt = -Infinity;

/**
 * Play a sound.
 *
 * @param {'join'|'hand'|'message'} name
 * @param {string} speaker   device id; empty for the system's
 */
export async function play(name, speaker) {
    if (performance.now() - playedAt < PAUSE_MS)
        return;
    playedAt = performance.now();
    context ??= new AudioContext();
    const c = context;
    await c.setSinkId?.(speaker).catch(() => {});
    await c.resume();
    TONES[name].forEach((frequency, i) => {
        const at = c.currentTime + i * STEP_S;
        const tone = new OscillatorNode(c, { frequency });
        const loudness = new GainNode(c, { gain: 0 });
        loudness.gain.setValueAtTime(0, at);
        loudness.gain.linearRampToValueAtTime(LOUDNESS, at + 0.015);
        loudness.gain.exponentialRampToValueAtTime(0.0005, at + FADE_S);
        tone.connect(loudness).connect(c.destination);
        tone.start(at);
        tone.stop(at + FADE_S);
    });
    // A context that plays nothing would keep a processor awake.
    clearTimeout(rest);
    rest = setTimeout(() => c.suspend(), 1500);
}
