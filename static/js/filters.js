// @ts-check
/**
 * Filters that change the camera's picture before it is sent: mirrored or turned. Drawn through a canvas at the camera's own rate.
 */

import { t } from './i18n.js';

/** Transformation matrices, as a function of width and height. @type {Record<string, (w: number, h: number) => [number, number, number, number, number, number]>} */
const MATRICES = {
    'mirror-h': (w) => [-1, 0, 0, 1, w, 0],
    'mirror-v': (_, h) => [1, 0, 0, -1, 0, h],
    rotate: (w, h) => [-1, 0, 0, -1, w, h],
};

/** @typedef {{track: MediaStreamTrack, end: () => void}} Filtered */

/**
 * Put a camera's track through a filter.
 *
 * @param {MediaStreamTrack} camera   stays the caller's to stop
 * @param {string} name               empty or unknown: no filter
 * @returns {Promise<Filtered>} what to show and send, and how to end the filter
 */
export async function filterTrack(camera, name) {
    const matrix = MATRICES[name];
    if (!matrix)
        return { track: camera, end: () => {} };

    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([camera]);
    await video.play();

    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d', { alpha: false });
    if (!context || !canvas.captureStream)
        throw new Error(t('This browser cannot filter the picture.'));
    const draw = () => {
        const { videoWidth: w, videoHeight: h } = video;
        if (!w || !h)
            return;
        if (canvas.width !== w || canvas.height !== h) {
            canvas.width = w;
            canvas.height = h;
        }
        context.setTransform(...matrix(w, h));
        context.drawImage(video, 0, 0, w, h);
    };
    draw();
    const rate = camera.getSettings().frameRate || 30;
    const timer = setInterval(draw, 1000 / rate);
    const [track] = canvas.captureStream(rate).getVideoTracks();
    track.contentHint = camera.contentHint;
    return {
        track,
        end: () => {
            clearInterval(timer);
            video.srcObject = null;
            track.stop();
        },
    };
}
