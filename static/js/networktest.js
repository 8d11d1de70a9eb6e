// @ts-check
/**
 * The console's network test: each address of a STUN or TURN server alone, by the candidates that it brings (RFC 8445), a connection to mediad as
 * in a meeting with a picture and a tone in it, and beside both what the server finds of the same.
 */

import { makeTestSignal } from './testsignal.js';

const PATIENCE_MS = 6000;
const CONNECT_PATIENCE_MS = 8000;
const SENDING_MS = 3000;
const PICTURE_BPS = 800000;
const LOSSY_SHARE = 0.05; // of the packets: pictures freeze

/** What came of a row. @typedef {{state: 'works'|'fails'|'relayed'|'lossy', found: string, next: string}} Outcome */
/** What the server says of a row. @typedef {{url: string, state: string, found?: string, next?: string}} ServerRow */
/** Packets of this browser. @typedef {{audio: number, video: number}} Sent */
/** As mediad counts it (docs/CONTROL.md). @typedef {{packets: number, lost: number, bitrate: number}} Kind */
/** @typedef {{audio: Kind, video: Kind}} Came */
/** One that stood; times in ms. @typedef {{roundTrip: number, address: string, time: number, sent: Sent, came: Came}} Connection */
/** With the addresses that mediad offered. @typedef {{offered: string[], over?: Connection}} Reached */

const form = /** @type {HTMLFormElement|null} */ (document.getElementById('network-form'));
const start = /** @type {HTMLButtonElement|null} */ (document.getElementById('network-start'));
const table = /** @type {HTMLTableElement|null} */ (document.getElementById('network-table'));
const texts = /** @type {HTMLTemplateElement|null} */ (document.getElementById('network-words'));
const state = /** @type {HTMLElement|null} */ (document.getElementById('network-state'));

const BADGES = { works: 'ok', fails: 'danger', private: 'warn', relayed: 'warn', lossy: 'warn', testing: 'info' };
/** @type {Kind} */
const NOTHING = { packets: 0, lost: 0, bitrate: 0 };
const language = document.documentElement.lang;
const numbers = new Intl.NumberFormat(language);

/**
 * What the server wrote for this test, in the person's language.
 * @param {string} name
 * @param {Record<string, string>} [values] for places such as {reason}
 */
function words(name, values = {}) {
    const text = texts?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? '';
    return text.replace(/\{(\w+)\}/g, (place, key) => values[key] ?? place);
}

/** @param {unknown} e */
const reasonOf = (e) => (e instanceof Error ? e.message : String(e));

/**
 * Gathers candidates until one is there that only this server can have brought.
 * @param {RTCIceServer} server with one address
 * @param {boolean} isTurn
 * @returns {Promise<Outcome>}
 */
async function probe(server, isTurn) {
    const wanted = isTurn ? 'relay' : 'srflx';
    const begin = performance.now();
    /** @type {{code: number, text: string}|undefined} */
    let problem;
    let hasHost = false;
    let connection;
    try {
        connection = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: isTurn ? 'relay' : 'all' });
    } catch (e) {
        return { state: 'fails', found: words('bad', { reason: reasonOf(e) }), next: words('bad-next') };
    }
    const pc = connection;
    /** @type {RTCIceCandidate|undefined} */
    let found;
    await new Promise((resolve) => {
        const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
        pc.onicecandidate = ({ candidate }) => {
            hasHost ||= candidate?.type === 'host';
            if (candidate?.type === wanted) found = candidate;
            if (!candidate || found) {
                clearTimeout(timer);
                resolve(undefined);
            }
        };
        pc.onicecandidateerror = (e) => {
            problem = { code: e.errorCode, text: e.errorText };
        };
        pc.createDataChannel('network-test');
        pc.setLocalDescription().catch(resolve);
    });
    pc.close();
    if (found) {
        const values = { address: found.address ?? '', time: String(Math.round(performance.now() - begin)) };
        return { state: 'works', found: words((isTurn ? 'relays' : 'seen') + (found.address ? '-by' : ''), values), next: '' };
    }
    if (problem && problem.code === 401) return { state: 'fails', found: words('log-in'), next: words('log-in-next') };
    if (problem && problem.code < 700) return { state: 'fails', found: words('refused', { reason: problem.text, code: String(problem.code) }), next: words('refused-next') };
    if (!isTurn && hasHost) return { state: 'fails', found: words('no-address'), next: words('no-address-next') };
    return { state: 'fails', found: problem?.text ? words('silent-because', { reason: problem.text }) : words('silent'), next: words('silent-next') };
}

// ---- mediad ----

/** A refusal of the media server, or none of its answers. */
class Refused extends Error {}

/** This browser makes neither picture nor tone. */
class NothingToSend extends Error {}

/** @param {string} path below that of the form, which is that of the page without scripts */
const addressOf = (path) => (form?.action ?? '') + path;

/**
 * Sends values as the form of this page would.
 * @param {string} path as for addressOf()
 * @param {Record<string, string>} [values]
 */
function send(path, values = {}) {
    const csrf = /** @type {HTMLInputElement|null} */ (form?.elements.namedItem('csrf'))?.value ?? '';
    return fetch(addressOf(path), { method: 'POST', body: new URLSearchParams({ ...values, csrf }), cache: 'no-store', redirect: 'manual' });
}

/** @param {RTCPeerConnection} pc @returns {Promise<boolean>} connected within the time */
function connects(pc) {
    return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), CONNECT_PATIENCE_MS);
        pc.onconnectionstatechange = () => {
            if (pc.connectionState !== 'connected' && pc.connectionState !== 'failed') return;
            clearTimeout(timer);
            resolve(pc.connectionState === 'connected');
        };
    });
}

/** @param {RTCPeerConnection} pc until its own candidates are known, or for a second: mediad learns the others by the checks */
function gathered(pc) {
    return new Promise((resolve) => {
        setTimeout(resolve, 1000);
        pc.onicegatheringstatechange = () => {
            if (pc.iceGatheringState === 'complete') resolve(undefined);
        };
    });
}

/** @param {string} sdp the addresses that mediad offers */
function addressesOf(sdp) {
    return [...new Set([...sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host/gim)]
        .map(([, address, port]) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)))];
}

/** @param {RTCPeerConnection} pc the pair that connected */
async function pairOf(pc) {
    const stats = await pc.getStats();
    /** @type {Map<string, any>} */
    const all = new Map();
    stats.forEach((report) => all.set(report.id, report));
    const transport = [...all.values()].find((r) => r.type === 'transport' && r.selectedCandidatePairId);
    const pair = transport ? all.get(transport.selectedCandidatePairId) : [...all.values()].find((r) => r.type === 'candidate-pair' && (r.selected || r.nominated));
    const remote = pair && all.get(pair.remoteCandidateId);
    const address = remote?.address ? `${remote.address}:${remote.port}` : '';
    return { roundTrip: Math.round((pair?.currentRoundTripTime ?? 0) * 1000), address };
}

/** mediad is to hear of what is lost, and not to hold the rate down because nobody receives it. @param {string} sdp */
const withoutRemb = (sdp) => sdp.replace(/^a=rtcp-fb:\S+ goog-remb\r?\n/gm, '');

/** @param {RTCPeerConnection} pc @returns {Promise<Sent>} */
async function sentOver(pc) {
    const sent = { audio: 0, video: 0 };
    (await pc.getStats()).forEach((report) => {
        if (report.type === 'outbound-rtp') sent[/** @type {'audio'|'video'} */ (report.kind)] += report.packetsSent;
    });
    return sent;
}

/** What mediad got, which ends its side. @param {number} id @returns {Promise<Came>} nothing, where it has ended by itself */
async function cameOver(id) {
    const response = await send('/media/end', { id: String(id) });
    if (response.status === 404) return { audio: NOTHING, video: NOTHING };
    if (!response.ok) throw new Refused(response.status === 503 ? '' : (await response.text()).trim());
    return response.json();
}

/**
 * A connection to mediad, as in a meeting, which lasts only as long as this takes.
 * @param {RTCConfiguration} configuration
 * @returns {Promise<Reached>}
 */
async function reach(configuration) {
    const signal = await makeTestSignal();
    /** @type {RTCPeerConnection|undefined} */
    let made;
    try {
        if (signal.tracks.length === 0) throw new NothingToSend();
        const pc = new RTCPeerConnection(configuration);
        made = pc;
        const begin = performance.now();
        for (const track of signal.tracks) pc.addTransceiver(track, { direction: 'sendonly', sendEncodings: track.kind === 'video' ? [{ maxBitrate: PICTURE_BPS }] : [] });
        await pc.setLocalDescription();
        await gathered(pc);
        const response = await send('/media', { offer: withoutRemb(pc.localDescription?.sdp ?? '') });
        if (!response.ok) throw new Refused(response.status === 503 ? '' : (await response.text()).trim());
        const { id, answer } = await response.json();
        const connected = connects(pc);
        await pc.setRemoteDescription({ type: 'answer', sdp: answer });
        const offered = addressesOf(answer);
        if (!await connected) return { offered };
        const time = Math.round(performance.now() - begin);
        await new Promise((resolve) => { setTimeout(resolve, SENDING_MS); });
        const pair = await pairOf(pc);
        return { offered, over: { ...pair, time, sent: await sentOver(pc), came: await cameOver(id) } };
    } finally {
        made?.close();
        signal.stop();
    }
}

/**
 * What came of picture and tone, in words; a picture is what is held on the way when anything is.
 * @param {Connection} over
 * @returns {Outcome}
 */
function judgeMedia({ sent, came }) {
    const packets = came.audio.packets + came.video.packets, lost = came.audio.lost + came.video.lost;
    const share = lost / Math.max(packets + lost, 1);
    const values = {
        packets: numbers.format(packets), sent: numbers.format(sent.audio + sent.video),
        loss: new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share),
        rate: numbers.format(Math.round((came.audio.bitrate + came.video.bitrate) / 1000)),
    };
    if (sent.audio + sent.video === 0) return { state: 'fails', found: words('media-unsent'), next: words('media-unsent-next') };
    if (packets === 0) return { state: 'fails', found: words('media-none', values), next: words('media-held-next') };
    if (sent.video > 0 && came.video.packets === 0) return { state: 'fails', found: words('media-tone-alone'), next: words('media-held-next') };
    const found = words(came.audio.packets > 0 ? 'media-came' : 'media-came-picture', values);
    return share < LOSSY_SHARE ? { state: 'works', found, next: '' } : { state: 'lossy', found, next: words('media-lossy-next') };
}

/**
 * The health page says what came out last.
 * @param {string} media word of a result
 * @param {number} roundTrip in ms
 */
function keep(media, roundTrip) {
    send('/result', { media, 'round-trip': String(roundTrip) }).catch(() => {});
}

/**
 * @param {Outcome} outcome of media over a connection
 * @param {Connection} over
 * @param {'udp'|'relay'} way
 */
function keepOutcome(outcome, over, way) {
    const isHeld = outcome.state === 'fails' && over.sent.audio + over.sent.video > 0;
    keep(isHeld ? 'silent' : way, over.roundTrip);
}

/**
 * @param {RTCConfiguration} configuration as members of a meeting have it
 * @returns {Promise<Outcome>}
 */
async function probeMedia(configuration) {
    try {
        const { offered, over } = await reach({ iceServers: [] });
        const all = offered.join(', ');
        if (over) {
            const outcome = judgeMedia(over);
            keepOutcome(outcome, over, 'udp');
            const values = { address: over.address || all, time: String(over.time), trip: String(over.roundTrip) };
            return { ...outcome, found: `${words('media', values)} ${outcome.found}` };
        }
        const hasTurn = (configuration.iceServers ?? []).some((server) => [server.urls].flat().some((url) => url.startsWith('turn')));
        const relayed = hasTurn ? (await reach({ ...configuration, iceTransportPolicy: 'relay' })).over : undefined;
        if (relayed) {
            const outcome = judgeMedia(relayed);
            keepOutcome(outcome, relayed, 'relay');
            const found = `${words('media-relayed', { address: all, time: String(relayed.time) })} ${outcome.found}`;
            return outcome.state === 'works' ? { state: 'relayed', found, next: words('media-relayed-next') } : { ...outcome, found };
        }
        keep('none', 0);
        const port = offered[0]?.replace(/.*:/, '') ?? '';
        return { state: 'fails', found: words('media-silent', { address: all }), next: words('media-silent-next', { port }) };
    } catch (e) {
        if (e instanceof NothingToSend) return { state: 'fails', found: words('media-unmade'), next: words('media-unsent-next') };
        const isAway = e instanceof Refused && e.message === '';
        return { state: 'fails', found: isAway ? words('media-away') : words('media-refused', { reason: reasonOf(e) }), next: words('media-away-next') };
    }
}

// ---- the table ----

const CELL = { browser: 1, server: 2, next: 3 };

/** @param {HTMLTableRowElement} line @param {number} cell @param {string} word a badge @param {string} [found] */
function show(line, cell, word, found = '') {
    const [mark, text] = line.cells[cell].children;
    mark.textContent = words(word);
    mark.className = `badge ${BADGES[/** @type {keyof typeof BADGES} */ (word)] ?? ''}`;
    text.textContent = found;
}

/**
 * Cause and next step, by both halves.
 * @param {HTMLTableRowElement} line
 * @param {Outcome} browser
 * @param {ServerRow} server
 */
function conclude(line, browser, server) {
    const serverFails = server.state === 'fails';
    let text = '';
    if (browser.state === 'works' && server.state === 'private') text = server.next ?? '';
    else if (browser.state === 'works') text = serverFails ? `${words('server-alone')} ${server.next ?? ''}` : '';
    else if (browser.state === 'relayed' || !line.dataset.url) text = browser.next;
    else text = serverFails ? server.next ?? '' : `${words('browser-alone')} ${browser.next}`;
    line.cells[CELL.next].textContent = text;
}

/** What came out, as text for whoever is asked for help. @param {HTMLTableRowElement[]} lines */
function report(lines) {
    const place = document.getElementById('network-report-text');
    const titles = [...table?.tHead?.rows[0].cells ?? []].map((cell) => cell.textContent?.trim() ?? '');
    const written = lines.map((line) => [...line.cells].map((cell, i) => {
        const text = (cell.textContent ?? '').replace(/\s+/g, ' ').trim();
        return i === 0 ? text : text && `    ${titles[i]}: ${text}`;
    }).filter(Boolean).join('\n'));
    if (!place?.parentElement) return;
    place.textContent = `${location.host}, ${new Date().toISOString()}, ${navigator.userAgent}\n${written.join('\n')}\n`;
    place.parentElement.hidden = false;
}

/** @returns {Promise<ServerRow[]>} */
async function testFromServer() {
    const response = await send('.json');
    if (!response.ok) throw new Error(`${response.status}`);
    return (await response.json()).rows;
}

async function testAll() {
    if (!table) return;
    const lines = [...table.tBodies[0].rows];
    for (const line of lines) {
        show(line, CELL.browser, 'testing');
        if (line.dataset.url) show(line, CELL.server, 'testing');
        line.cells[CELL.next].textContent = '';
    }
    const response = await fetch(addressOf('.json'), { cache: 'no-store', redirect: 'manual' });
    if (!response.ok) {
        say(words('no-list'));
        return;
    }
    const configuration = /** @type {RTCConfiguration} */ (await response.json());
    const fromServer = testFromServer();
    fromServer.catch(() => {});
    const left = (configuration.iceServers ?? []).flatMap((server) => [server.urls].flat().map((url) => ({ server, url })));
    let working = 0;
    await Promise.all(lines.map(async (line) => {
        const url = line.dataset.url ?? '';
        const at = left.findIndex((one) => one.url === url);
        const server = at < 0 ? undefined : left.splice(at, 1)[0].server;
        const browser = url ? await probe({ ...server, urls: [url] }, url.startsWith('turn')) : await probeMedia(configuration);
        working += browser.state === 'fails' ? 0 : 1;
        show(line, CELL.browser, browser.state, browser.found);
        const row = (await fromServer)[lines.indexOf(line)];
        show(line, CELL.server, row.state, row.found);
        conclude(line, browser, row);
    }));
    report(lines);
    say(words('sum', { working: String(working), all: String(lines.length) }));
}

/** @param {string} text */
function say(text) {
    if (state) state.textContent = text;
}

async function run() {
    if (!start) return;
    start.disabled = true;
    say('');
    try {
        await testAll();
    } catch {
        say(words('no-server'));
    } finally {
        start.disabled = false;
    }
}

form?.addEventListener('submit', (e) => {
    e.preventDefault();
    void run();
});
if (form?.hasAttribute('data-runs')) void run();
