// @ts-check
/**
 * What the server says about its streams, for administrators: one table.
 */

import { byId, el, sitePath, t } from './page.js';

/** @typedef {{bitrate?: number, maxBitrate?: number, loss?: number, rtt?: number, jitter?: number, rid?: string, state?: string, reason?: string, layer?: number, layers?: number, target?: number}} Track */
/** @typedef {{id: string, maxBitrate?: number, tracks?: Track[]}} Connection */
/** @typedef {{id: string, up?: Connection[], down?: Connection[]}} Member */
/** @typedef {{name: string, clients?: Member[]}} Group */

const round = (/** @type {number} */ n) => String(Math.round(n * 1000) / 1000);

/** @param {Track} track */
function layers(track) {
    const parts = track.rid ? [track.rid] : [];
    if (track.layers && track.layer !== undefined)
        parts.push(`${track.layer + 1}/${track.layers}`);
    // As the protocol names them: who reads this knows them from the log and the metrics.
    if (track.state && track.state !== 'full' && track.state !== 'sent')
        parts.push(track.reason ? `${track.state}: ${track.reason}` : track.state);
    return parts.join(' ');
}

/**
 * @param {string} arrow
 * @param {Connection} c
 */
function connectionRows(arrow, c) {
    const tracks = c.tracks?.length ? c.tracks : [/** @type {Track} */ ({})];
    const limit = (/** @type {Track} */ track) => track.target ?? track.maxBitrate;
    return tracks.map((track, i) => el('tr', {},
        el('td', {}),
        el('td', { class: 'mono' }, i === 0 ? `${arrow} ${c.id}` : ''),
        el('td', { class: 'num' }, i === 0 ? c.maxBitrate : ''),
        el('td', {}, layers(track)),
        el('td', { class: 'num' }, track.bitrate === undefined ? '' : `${track.bitrate}${limit(track) === undefined ? '' : `/${limit(track)}`}`),
        el('td', { class: 'num' }, track.loss === undefined ? '' : `${Math.round(track.loss * 100)} %`),
        el('td', { class: 'num' }, track.rtt || track.jitter ? `${round(track.rtt ?? 0)} ±${round(track.jitter ?? 0)} ms` : '')));
}

/** @param {string} text */
function say(text) {
    byId('message').hidden = !text;
    byId('message').textContent = text;
}

async function show() {
    try {
        const response = await fetch(sitePath('/galene-api/v0/.stats'));
        if (!response.ok)
            throw new Error(`${response.status} ${response.statusText}`);
        const groups = /** @type {Group[]} */ (await response.json() ?? []);
        const rows = groups.flatMap((g) => [
            el('tr', {}, el('th', { scope: 'rowgroup', colspan: '7' }, g.name)),
            ...(g.clients ?? []).flatMap((m) => [
                el('tr', {}, el('td', { class: 'mono', colspan: '7' }, m.id)),
                ...(m.up ?? []).flatMap((c) => connectionRows('↑', c)),
                ...(m.down ?? []).flatMap((c) => connectionRows('↓', c)),
            ]),
        ]);
        byId('rows').replaceChildren(...rows);
        byId('table').hidden = !rows.length;
        say(rows.length ? '' : t('No group is in use.'));
    } catch (e) {
        byId('table').hidden = true;
        say(t('Statistics cannot be read: {reason}', { reason: e instanceof Error ? e.message : String(e) }));
    }
}

byId('again').addEventListener('click', show);
show();
