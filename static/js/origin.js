// @ts-check
/**
 * Why a connection did not open. A script is told nothing about a refused WebSocket; but a page from an address that the server does not
 * take for its own is a common fault behind a proxy, and can be found out.
 */

import { t } from './i18n.js';

/** The server takes no connections from pages of this address. */
export class OriginError extends Error {}

/**
 * @param {string} endpoint   address of the WebSocket
 * @returns {Promise<OriginError|null>} null when that was not the reason
 */
export async function originProblem(endpoint) {
    const url = new URL(endpoint.replace(/^ws/, 'http'));
    if (url.origin !== location.origin)
        return new OriginError(t('This page comes from {origin}, but the server says that its address is {address}. Whoever runs it can put things right in data/config.json: proxyURL is the address that people use, allowOrigin lists others.', { origin: location.origin, address: url.origin }));
    try {
        // Unlike GET, OPTIONS carries this page's origin (fetch.spec.whatwg.org, "append a request Origin header").
        const { status } = await fetch(url, { method: 'OPTIONS' });
        return status === 403
            ? new OriginError(t('The server does not know {origin} as its own address and refuses pages from there. Whoever runs it can put things right in data/config.json: proxyURL is the address that people use, allowOrigin lists others.', { origin: location.origin }))
            : null;
    } catch {
        return null;
    }
}
