// @ts-check
/**
 * Filters that change the camera's picture before it is sent: mirrored, turned, or with a blurred background. Drawn through a canvas at the
 * camera's own rate.
 */

import { t } from './page.js';

/** Transformation matrices, as a function of width and height. @type {Record<string, (w: number, h: number) => [number, number, number, number, number, number]>} */
const MATRICES = {
    'mirror-h': (w) => [-1, 0, 0, 1, w, 0],
    'mirror-v': (_, h) => [1, 0, 0, -1, 0, h],
    rotate: (w, h) => [-1, 0, 0, -1, w, h],
};

/** @typedef {{track: MediaStreamTrack, end: () => void}} Filtered */

const BLUR = 'background-blur';

/**
 * What draws a camera's pictures into a canvas.
 *
 * @param {string} name
 * @param {HTMLVideoElement} video     plays the camera
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<{draw: () => void, end: () => void}>}
 */
async function painter(name, video, canvas) {
    if (name === BLUR) {
        try {
            const { blur } = await import('./blur.js');
            return await blur(video, canvas);
        } catch (e) {
            console.warn('no blur:', e);
            throw new Error(t('The background cannot be blurred here: your camera is sent as it is.'));
        }
    }
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
    const draw = () => {
        const { videoWidth: w, videoHeight: h } = video;
        if (!w || !h)
            return;
        if (canvas.width !== w || canvas.height !== h) {
            canvas.width = w;
            canvas.height = h;
        }
        context.setTransform(...MATRICES[name](w, h));
        context.drawImage(video, 0, 0, w, h);
    };
    draw();
    return { draw, end: () => {} };
}

/**
 * Put a camera's track through a filter.
 *
 * @param {MediaStreamTrack} camera   stays the caller's to stop
 * @param {string} name               empty or unknown: no filter
 * @returns {Promise<Filtered>} what to show and send, and how to end the filter; rejected, in words, where the browser cannot
 */
export async function filterTrack(camera, name) {
    if (!Object.hasOwn(MATRICES, name) && name !== BLUR)
        return { track: camera, end: () => {} };
    const canvas = document.createElement('canvas');
    if (!canvas.captureStream)
        throw new Error(t('This browser cannot filter the picture.'));
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([camera]);
    await video.play();
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const { draw, end } = await painter(name, video, canvas);
    const rate = camera.getSettings().frameRate || 30;
    const timer = setInterval(draw, 1000 / rate);
    const [track] = canvas.captureStream(rate).getVideoTracks();
    track.contentHint = camera.contentHint;
    return {
        track,
        end: () => {
            clearInterval(timer);
            end();
            video.srcObject = null;
            track.stop();
        },
    };
}

/** @returns {Promise<boolean>} whether backgrounds can be blurred here */
export async function canBlur() {
    const { isInstalled } = await import('./blur.js');
    return isInstalled();
}
