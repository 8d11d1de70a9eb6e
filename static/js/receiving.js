// @ts-check
/**
 * What we ask the server to send: in general, and for single streams by the size in which they are shown.
 */

import { t } from './i18n.js';
import { currentClient, session } from './session.js';
import { warn } from './notices.js';
import { state, watch } from './state.js';

/** @typedef {import('../types.js').Medium} Medium */
/** @typedef {import('../types.js').RequestMap} RequestMap */
/** @typedef {import('../protocol.js').DownStream} DownStream */

/**
 * How a stream is shown.
 *
 * @typedef {object} Showing
 * @property {number} width      of the picture, CSS pixels; 0 when unknown
 * @property {number} height     the same
 * @property {boolean} isPinned  on stage
 * @property {boolean} isHidden  nobody sees it
 * @property {boolean} isFull    in full screen the good layer is always wanted, also when the rest comes in low quality
 */

/** A picture of at most this area, in CSS pixels, is as good in low quality. */
const SMALL_AREA = 320 * 240;

/** A change of height by a smaller part is not worth a message: in a large group each who comes changes all heights. */
const HEIGHT_STEP = 0.15;

/** @type {Record<string, RequestMap>} */
const REQUESTS = {
    everything: { '': ['audio', 'video'] },
    'everything-low': { '': ['audio', 'video-low'] },
    screenshare: { screenshare: ['audio', 'video'], '': ['audio'] },
    audio: { '': ['audio'] },
    '': { '': [] },
};

/**
 * Ask for the quality that a stream is worth in the way it is shown.
 *
 * @param {DownStream} down
 * @param {Showing} showing
 */
export function requestQuality(down, { width, height, isPinned, isHidden, isFull }) {
    const map = REQUESTS[state.settings.request];
    const general = map[down.label] ?? map[''];
    // A server that divides our line by heights chooses the layer by itself.
    const isSmall = !currentClient()?.features.has('streamState') && width * height > 0 && width * height <= SMALL_AREA;
    /** @type {(m: Medium) => Medium} */
    const adapt = (m) => (m === 'audio' ? m : isFull ? 'video' : isSmall ? 'video-low' : m);
    const pixels = Math.round(height * devicePixelRatio);
    const isNews = Math.abs(pixels - (down.shown.height ?? 0)) > pixels * HEIGHT_STEP;
    down.show({ pinned: isPinned, hidden: isHidden, ...(isNews && { height: pixels }) });
    const wanted = general.map(adapt);
    down.request(String(wanted) === String(general) ? null : wanted);
}

/** Have the server offer all streams anew. */
export function askAgain() {
    const client = currentClient();
    if (!client?.hasMedia)
        return;
    client.request({});
    client.request(REQUESTS[state.settings.request]);
}

/** Tell the server, now and when the setting changes. */
export function startReceiving() {
    let asked = state.settings.request;
    session.on('joined', () => {
        asked = state.settings.request;
        const client = currentClient();
        if (client?.hasMedia)
            client.request(REQUESTS[asked]);
        else
            warn(t('This browser cannot make calls (it has no WebRTC). You can read and write in the chat.'));
    });
    watch(['settings'], () => {
        if (state.settings.request === asked)
            return;
        asked = state.settings.request;
        // What was asked for one stream outranks the general request, so it must go.
        for (const down of state.downs)
            down.request(null);
        currentClient()?.request(REQUESTS[asked]);
    });
}
