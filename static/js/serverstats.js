// @ts-check
/**
 * What the server says about its streams, for administrators: one table.
 */

import { byId, el } from './dom.js';
import { sitePath } from './site.js';

/** @typedef {{sid?: number, maxSid?: number, tid?: number, maxTid?: number, bitrate?: number, maxBitrate?: number, loss?: number, rtt?: number, jitter?: number, state?: string, reason?: string, layer?: number, layers?: number, target?: number}} Track */
/** @typedef {{id: string, maxBitrate?: number, tracks?: Track[]}} Connection */
/** @typedef {{id: string, up?: Connection[], down?: Connection[]}} Member */
/** @typedef {{name: string, clients?: Member[]}} Group */

const round = (/** @type {number} */ n) => String(Math.round(n * 1000) / 1000);

/** @param {Track} t */
function layers(t) {
    const parts = [];
    if (t.sid !== undefined || t.maxSid !== undefined)
        parts.push(`s${t.sid ?? 0}/${t.maxSid ?? 0}`);
    if (t.tid !== undefined || t.maxTid !== undefined)
        parts.push(`t${t.tid ?? 0}/${t.maxTid ?? 0}`);
    if (t.layers && t.layer !== undefined)
        parts.push(`${t.layer + 1} of ${t.layers}`);
    if (t.state && t.state !== 'full')
        parts.push(t.reason ? `${t.state}: ${t.reason}` : t.state);
    return parts.join(' ');
}

/**
 * @param {string} arrow
 * @param {Connection} c
 */
function connectionRows(arrow, c) {
    const tracks = c.tracks?.length ? c.tracks : [/** @type {Track} */ ({})];
    return tracks.map((t, i) => el('tr', {},
        el('td', {}),
        el('td', { class: 'mono' }, i === 0 ? `${arrow} ${c.id}` : ''),
        el('td', { class: 'num' }, i === 0 ? c.maxBitrate : ''),
        el('td', {}, layers(t)),
        el('td', { class: 'num' }, t.bitrate === undefined ? '' : `${t.bitrate}${t.target ?? t.maxBitrate ? `/${t.target ?? t.maxBitrate}` : ''}`),
        el('td', { class: 'num' }, t.loss === undefined ? '' : `${Math.round(t.loss * 100)} %`),
        el('td', { class: 'num' }, t.rtt || t.jitter ? `${round(t.rtt ?? 0)} ±${round(t.jitter ?? 0)} ms` : '')));
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
        say(rows.length ? '' : 'No group is in use.');
    } catch (e) {
        byId('table').hidden = true;
        say(`Statistics cannot be read: ${e instanceof Error ? e.message : e}`);
    }
}

byId('again').addEventListener('click', show);
show();
