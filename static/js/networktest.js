// @ts-check
/**
 * The console's test of STUN and TURN servers from this browser: each address alone, by the candidates that it brings (RFC 8445).
 */

const PATIENCE_MS = 6000;

/** What came of an address. @typedef {{works: boolean, found: string, next: string}} Outcome */

const section = /** @type {HTMLElement|null} */ (document.getElementById('network-browser'));
const start = /** @type {HTMLButtonElement|null} */ (document.getElementById('network-start'));
const rows = /** @type {HTMLElement|null} */ (document.getElementById('network-rows'));
const row = /** @type {HTMLTemplateElement|null} */ (document.getElementById('network-row'));
const texts = /** @type {HTMLTemplateElement|null} */ (document.getElementById('network-words'));
const state = /** @type {HTMLElement|null} */ (document.getElementById('network-state'));

/**
 * What the server wrote for this test, in the person's language.
 * @param {string} name
 * @param {Record<string, string>} [values] for places such as {reason}
 */
function words(name, values = {}) {
    const text = texts?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? '';
    return text.replace(/\{(\w+)\}/g, (place, key) => values[key] ?? place);
}

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
        return { works: false, found: words('bad', { reason: String(e instanceof Error ? e.message : e) }), next: words('bad-next') };
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
        return { works: true, found: words((isTurn ? 'relays' : 'seen') + (found.address ? '-by' : ''), values), next: '' };
    }
    if (problem && problem.code === 401) return { works: false, found: words('log-in'), next: words('log-in-next') };
    if (problem && problem.code < 700) return { works: false, found: words('refused', { reason: problem.text, code: String(problem.code) }), next: words('refused-next') };
    if (!isTurn && hasHost) return { works: false, found: words('no-address'), next: words('no-address-next') };
    return { works: false, found: problem?.text ? words('silent-because', { reason: problem.text }) : words('silent'), next: words('silent-next') };
}

/** @param {HTMLTableRowElement} line @param {string} badge @param {string} kind @param {string} [found] @param {string} [next] */
function show(line, badge, kind, found = '', next = '') {
    const [, stateCell, foundCell, nextCell] = line.cells;
    const mark = /** @type {HTMLElement} */ (stateCell.firstElementChild);
    mark.textContent = badge;
    mark.className = `badge ${kind}`;
    foundCell.textContent = found;
    nextCell.textContent = next;
}

/** @param {string} text */
function say(text) {
    if (state) state.textContent = text;
}

async function testAll() {
    if (!rows || !row) return;
    const response = await fetch(new URL('../../admin/network.json', import.meta.url));
    if (!response.ok) {
        say(words('no-list'));
        return;
    }
    const configuration = /** @type {RTCConfiguration} */ (await response.json());
    rows.replaceChildren();
    let working = 0;
    const all = (configuration.iceServers ?? []).flatMap((server) => [server.urls].flat().map((url) => ({ server, url })));
    await Promise.all(all.map(async ({ server, url }) => {
        const line = /** @type {HTMLTableRowElement} */ (/** @type {DocumentFragment} */ (row.content.cloneNode(true)).firstElementChild);
        line.cells[0].textContent = url;
        show(line, words('testing'), 'info');
        rows.append(line);
        const outcome = await probe({ ...server, urls: [url] }, url.startsWith('turn'));
        working += outcome.works ? 1 : 0;
        show(line, words(outcome.works ? 'works' : 'fails'), outcome.works ? 'ok' : 'danger', outcome.found, outcome.next);
    }));
    say(words('sum', { working: String(working), all: String(all.length) }));
}

if (section && start) {
    section.hidden = false;
    start.addEventListener('click', async () => {
        start.disabled = true;
        say('');
        try {
            await testAll();
        } catch {
            say(words('no-server'));
        } finally {
            start.disabled = false;
        }
    });
}
