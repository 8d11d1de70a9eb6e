// @ts-check
/**
 * The blurred background, loaded when somebody wants it. Where the person is says MediaPipe's selfie segmentation, which an operator may put
 * beside our files (docs/ADMIN.md, "Background blur"); without it there is no such filter.
 */

import { sitePath } from './page.js';

/** Where the files of the npm package @mediapipe/selfie_segmentation lie. */
const FOLDER = sitePath('/third-party/selfie_segmentation/');
/** The blur is a part of the picture's width. */
const BLUR = 1 / 48;
/** The model that sees wide pictures. */
const LANDSCAPE = 1;

/**
 * What we use of the package.
 *
 * @typedef {object} Segmenter
 * @property {(options: {modelSelection: number, selfieMode: boolean}) => void} setOptions
 * @property {(listener: (results: {image: CanvasImageSource, segmentationMask: CanvasImageSource}) => void) => void} onResults
 * @property {() => Promise<void>} initialize
 * @property {(inputs: {image: HTMLVideoElement}) => Promise<void>} send
 * @property {() => Promise<void>} close
 */

/** @returns {Promise<boolean>} whether the operator has put the package there, and the page may run it */
export async function isInstalled() {
    try {
        const response = await fetch(`${FOLDER}selfie_segmentation.js`, { method: 'HEAD' });
        // The smallest module tells whether the page's policy allows any.
        return response.ok && Boolean(new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])));
    } catch {
        return false;
    }
}

/** The package loads scripts by their addresses: those of its own folder are trusted, no others. */
function trustFolder() {
    const { trustedTypes } = /** @type {any} */ (window);
    if (!trustedTypes || trustedTypes.defaultPolicy)
        return;
    trustedTypes.createPolicy('default', {
        createScriptURL: (/** @type {string} */ url) => {
            const { origin, pathname } = new URL(url, location.href);
            return origin === location.origin && pathname.startsWith(FOLDER) ? url : null;
        },
    });
}

/** @type {Promise<void>|null} */
let loading = null;

/** @returns {Promise<void>} */
function loadScript() {
    trustFolder();
    const script = document.createElement('script');
    return new Promise((resolve, reject) => {
        script.onload = () => resolve();
        script.onerror = () => reject(new Error(`${FOLDER} cannot be loaded`));
        script.src = `${FOLDER}selfie_segmentation.js`;
        document.head.append(script);
    });
}

/** @returns {Promise<Segmenter>} */
async function makeSegmenter() {
    loading ??= loadScript();
    await loading;
    const { SelfieSegmentation } = /** @type {any} */ (window);
    /** @type {Segmenter} */
    const segmenter = new SelfieSegmentation({ locateFile: (/** @type {string} */ file) => FOLDER + file });
    segmenter.setOptions({ modelSelection: LANDSCAPE, selfieMode: false });
    await segmenter.initialize();
    return segmenter;
}

/**
 * Draws one picture: sharp where the mask is, blurred elsewhere.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {(image: CanvasImageSource, mask: CanvasImageSource, w: number, h: number) => void}
 */
function painter(canvas) {
    const around = document.createElement('canvas');
    const [paint, wall] = [canvas, around].map((c) => /** @type {CanvasRenderingContext2D} */ (c.getContext('2d')));
    return (image, mask, w, h) => {
        for (const c of [canvas, around]) {
            if (c.width !== w || c.height !== h) {
                c.width = w;
                c.height = h;
            }
        }
        // The person is taken out before the wall is blurred: it would shine around them.
        wall.globalCompositeOperation = 'copy';
        wall.drawImage(image, 0, 0, w, h);
        wall.globalCompositeOperation = 'destination-out';
        wall.drawImage(mask, 0, 0, w, h);
        paint.globalCompositeOperation = 'copy';
        paint.drawImage(mask, 0, 0, w, h);
        paint.globalCompositeOperation = 'source-in';
        paint.drawImage(image, 0, 0, w, h);
        paint.globalCompositeOperation = 'destination-over';
        paint.filter = `blur(${Math.round(w * BLUR)}px)`;
        paint.drawImage(around, 0, 0, w, h);
        // What lies behind the person's edge has been taken out as well: their own colours fill it.
        paint.drawImage(image, 0, 0, w, h);
        paint.filter = 'none';
    };
}

/**
 * A painter of the blurred background for one camera.
 *
 * @param {HTMLVideoElement} video     plays the camera
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<{draw: () => void, end: () => void}>} `draw` begins a picture, unless one is being made
 */
export async function blur(video, canvas) {
    const segmenter = await makeSegmenter();
    const paint = painter(canvas);
    let isBusy = false;
    let hasEnded = false;
    segmenter.onResults(({ image, segmentationMask }) => paint(image, segmentationMask, video.videoWidth, video.videoHeight));
    return {
        draw: () => {
            if (isBusy || hasEnded || !video.videoWidth)
                return;
            isBusy = true;
            segmenter.send({ image: video }).catch((e) => console.warn('picture not blurred:', e)).finally(() => {
                isBusy = false;
                if (hasEnded)
                    segmenter.close();
            });
        },
        end: () => {
            hasEnded = true;
            if (!isBusy)
                segmenter.close();
        },
    };
}
