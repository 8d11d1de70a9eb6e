// @ts-check
/**
 * A picture and a tone that the page makes itself, to be sent over a connection that is tried: nobody is asked for camera or microphone, and nothing is
 * heard here.
 */

const WIDTH = 640;
const HEIGHT = 360;
const FRAMES_PER_S = 15;
const PITCH_HZ = 440;
const RESUME_PATIENCE_MS = 1000;

/** @typedef {{tracks: MediaStreamTrack[], stop: () => void}} TestSignal */

/** Colours that move, and small squares that an encoder cannot foresee. @param {CanvasRenderingContext2D} context @param {number} frame */
function draw(context, frame) {
    const sweep = context.createLinearGradient(0, 0, WIDTH, HEIGHT);
    for (let i = 0; i <= 4; i++) sweep.addColorStop(i / 4, `hsl(${(frame * 3 + i * 90) % 360} 70% 50%)`);
    context.fillStyle = sweep;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    for (let i = 0; i < 60; i++) {
        context.fillStyle = `hsl(${Math.random() * 360} 80% 60%)`;
        context.fillRect(Math.random() * WIDTH, Math.random() * HEIGHT, 24, 24);
    }
}

/** @returns {TestSignal} what there is where the browser makes none */
const nothing = () => ({ tracks: [], stop() {} });

/** Throws where the browser makes no stream of a canvas. @returns {TestSignal} */
function makePicture() {
    const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
    const context = canvas.getContext('2d');
    if (!context) return nothing();
    let frame = 0;
    const tracks = canvas.captureStream(FRAMES_PER_S).getVideoTracks();
    const timer = setInterval(() => draw(context, frame++), 1000 / FRAMES_PER_S);
    return { tracks, stop: () => clearInterval(timer) };
}

/** Without tracks where the browser makes no sound, as before somebody has clicked in the page. @returns {Promise<TestSignal>} */
async function makeTone() {
    const audio = new AudioContext();
    const stop = () => { audio.close().catch(() => {}); };
    try {
        await Promise.race([audio.resume(), new Promise((resolve) => { setTimeout(resolve, RESUME_PATIENCE_MS); })]);
        if (audio.state !== 'running') return { tracks: [], stop };
        const tone = new OscillatorNode(audio, { frequency: PITCH_HZ });
        const out = audio.createMediaStreamDestination();
        tone.connect(out);
        tone.start();
        return { tracks: out.stream.getAudioTracks(), stop };
    } catch (e) {
        stop();
        throw e;
    }
}

/** @returns {Promise<TestSignal>} what the browser could make of both */
export async function makeTestSignal() {
    const parts = await Promise.all([makePicture, makeTone].map(async (make) => {
        try {
            return await make();
        } catch {
            return nothing();
        }
    }));
    const tracks = parts.flatMap((part) => part.tracks);
    return {
        tracks,
        stop() {
            for (const track of tracks) track.stop();
            for (const part of parts) part.stop();
        },
    };
}
