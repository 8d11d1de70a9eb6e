// @ts-check
/**
 * Whether the TURN relay works: two peer connections of our own that may only meet through it.
 */

import { t } from './page.js';

const PATIENCE_MS = 5000;

/**
 * @param {RTCConfiguration} configuration
 * @returns {Promise<string>} the result in words
 */
export async function testRelay(configuration) {
    const relayed = { ...configuration, iceTransportPolicy: /** @type {const} */ ('relay') };
    const a = new RTCPeerConnection(relayed);
    const b = new RTCPeerConnection(relayed);
    const begin = performance.now();
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let timer;
    try {
        a.onicecandidate = (e) => void (e.candidate && b.addIceCandidate(e.candidate).catch(() => {}));
        b.onicecandidate = (e) => void (e.candidate && a.addIceCandidate(e.candidate).catch(() => {}));
        const channel = a.createDataChannel('relay-test');
        b.ondatachannel = (e) => {
            e.channel.onmessage = (m) => e.channel.send(m.data);
        };
        /** @type {Promise<{total: number, roundTrip: number}>} */
        const answer = new Promise((resolve, reject) => {
            timer = setTimeout(() => reject(new Error(t('no answer within 5 s'))), PATIENCE_MS);
            let sent = 0;
            channel.onopen = () => {
                sent = performance.now();
                channel.send('?');
            };
            channel.onmessage = () => resolve({ total: performance.now() - begin, roundTrip: performance.now() - sent });
        });
        await a.setLocalDescription(await a.createOffer());
        await b.setRemoteDescription(/** @type {RTCSessionDescription} */ (a.localDescription));
        await b.setLocalDescription(await b.createAnswer());
        await a.setRemoteDescription(/** @type {RTCSessionDescription} */ (b.localDescription));
        const { total, roundTrip } = await answer;
        return t('The relay works: connected in {total} ms, round trip {time} ms.', { total: Math.round(total), time: Math.round(roundTrip) });
    } catch (e) {
        return t('The relay does not work: {reason}.', { reason: e instanceof Error ? e.message : String(e) });
    } finally {
        clearTimeout(timer);
        a.close();
        b.close();
    }
}
