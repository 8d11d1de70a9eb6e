// @ts-check
/**
 * Statistics of the streams, in a dialog that is renewed while it is open.
 */

import { DownStream } from '../protocol.js';
import { displayName, el, showDialog, t } from './page.js';
import { state } from './session.js';

/** @typedef {import('../types.js').StreamState} StreamState */

const EVERY_MS = 2000;
/** What streams are called. @type {Record<string, string>} */
const LABELS = { camera: t('camera'), screenshare: t('screen'), video: t('file') };
/** @type {Record<string, string>} */
const KINDS = { audio: t('sound'), video: t('picture') };

/** @type {Record<string, string>} */
const STATES = { full: t('full'), reduced: t('reduced'), paused: t('paused') };
/** @type {Record<string, string>} */
const REASONS = { bandwidth: t('bandwidth'), unwanted: t('unwanted'), silent: t('silent') };

/**
 * How the server sends a stream: state, layer and rate.
 *
 * @param {StreamState|null} sent
 * @returns {string}
 */
export function sentInFigures(sent) {
    if (!sent)
        return '';
    const state = STATES[sent.state] ?? sent.state;
    const why = sent.reason && sent.state !== 'full' ? t('{state} ({reason})', { state, reason: REASONS[sent.reason] ?? sent.reason }) : state;
    if (sent.state === 'paused')
        return why;
    const layer = sent.layers > 1 ? t('layer {layer} of {layers}', { layer: sent.layer + 1, layers: sent.layers }) : '';
    const limit = sent.bitrate > 0 ? t('up to {rate} kbit/s', { rate: Math.round(sent.bitrate / 1000) }) : '';
    return [why, layer, limit].filter(Boolean).join(', ');
}

/** @typedef {{bytes: number, lost: number, packets: number, time: number}} Sample */

/** @type {Map<string, Sample>} */
let last = new Map();

/**
 * @param {string} name
 * @param {import('../protocol.js').UpStream|DownStream} stream
 * @param {Map<string, Sample>} next
 */
async function rowsOf(name, stream, next) {
    const { pc } = stream;
    const isDown = stream instanceof DownStream;
    const direction = isDown ? '↓' : '↑';
    /** @param {any} s */
    const byServer = (s) => {
        if (s.kind !== 'video')
            return '';
        if (isDown)
            return sentInFigures(stream.sent);
        return stream.wants(s.rid) ? '' : t('off: nobody receives it');
    };
    const report = await pc.getStats();
    /** @type {any[]} */
    const all = [];
    report.forEach((s) => all.push(s));
    const byKey = new Map(all.map((s) => [s.id, s]));
    const pair = all.find((s) => s.type === 'candidate-pair' && s.nominated && s.state === 'succeeded');
    const local = byKey.get(pair?.localCandidateId);
    return all.filter((s) => s.type === 'outbound-rtp' || s.type === 'inbound-rtp').map((s) => {
        const remote = byKey.get(s.remoteId);
        const bytes = s.bytesSent ?? s.bytesReceived ?? 0;
        const lost = s.packetsLost ?? remote?.packetsLost ?? 0;
        const packets = (s.packetsSent ?? s.packetsReceived ?? 0) + (s.packetsLost ?? 0);
        const key = `${direction} ${name} ${s.ssrc}`;
        const was = last.get(key);
        next.set(key, { bytes, lost, packets, time: s.timestamp });
        const kbits = was && s.timestamp > was.time ? (bytes - was.bytes) * 8 / (s.timestamp - was.time) : 0;
        const lossShare = was && packets > was.packets ? Math.max(0, lost - was.lost) / (packets - was.packets) : 0;
        const roundTrip = remote?.roundTripTime ?? pair?.currentRoundTripTime;
        const jitter = s.jitter ?? remote?.jitter;
        return [
            direction,
            name,
            `${KINDS[s.kind] ?? s.kind}${s.rid ? ` ${s.rid}` : ''}`,
            byKey.get(s.codecId)?.mimeType?.split('/')[1] ?? '',
            s.frameWidth ? `${s.frameWidth}×${s.frameHeight}` : '',
            s.framesPerSecond ? String(Math.round(s.framesPerSecond)) : '',
            `${Math.round(kbits)}`,
            `${(lossShare * 100).toFixed(1)} %`,
            roundTrip === undefined ? '' : `${Math.round(roundTrip * 1000)}`,
            jitter === undefined ? '' : `${Math.round(jitter * 1000)}`,
            local ? `${local.candidateType} ${local.protocol}` : pc.iceConnectionState,
            byServer(s),
        ];
    });
}

/** Show the statistics until the dialog is closed. */
export async function showStatistics() {
    const heads = ['', t('Stream'), t('Kind'), t('Codec'), t('Size'), t('Frames/s'), 'kbit/s', t('Loss'), t('Round trip, ms'), t('Jitter, ms'), t('Path'), t('Server')];
    const body = el('tbody', {});
    const table = el('table', { class: 'table' }, el('thead', {}, el('tr', {}, ...heads.map((h) => el('th', { scope: 'col' }, h || '⇅')))), body);
    const renew = async () => {
        /** @type {Map<string, Sample>} */
        const next = new Map();
        const nameOf = (/** @type {string} */ id) => displayName(state.users.find((u) => u.id === id)?.username ?? '');
        const rows = await Promise.all([
            ...state.locals.map((l) => (l.up ? rowsOf(t('you, {stream}', { stream: LABELS[l.label] ?? l.label }), l.up, next) : [])),
            ...state.downs.map((d) => rowsOf(t('{name}, {stream}', { name: nameOf(d.source), stream: LABELS[d.label] ?? (d.label || t('stream')) }), d, next)),
        ]);
        last = next;
        const cells = rows.flat().map((r) => el('tr', {}, ...r.map((c, i) => el('td', { class: i > 4 && i < 10 ? 'num' : i > 10 ? 'nowrap' : undefined }, c))));
        body.replaceChildren(...(cells.length ? cells : [el('tr', {}, el('td', { colspan: heads.length }, t('No stream is up.')))]));
    };
    await renew();
    const timer = setInterval(() => renew().catch(() => {}), EVERY_MS);
    await showDialog(t('Statistics'), [el('div', { class: 'table-wrap', tabindex: '0', role: 'region', 'aria-label': t('Statistics') }, table)],
        { ok: t('Close'), cancel: false, id: 'stats-dialog' });
    clearInterval(timer);
    last = new Map();
}
