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
const state = /** @type {HTMLElement|null} */ (document.getElementById('network-state'));

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
        return { works: false, found: `The browser does not take it: ${e instanceof Error ? e.message : e}`, next: 'Correct it among the STUN and TURN servers.' };
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
        const address = found.address ? ` by ${found.address}` : '';
        return { works: true, found: `${isTurn ? 'It relays' : 'You are seen'}${address}; that took ${Math.round(performance.now() - begin)} ms.`, next: '' };
    }
    if (problem && problem.code === 401) return { works: false, found: 'The log-in was refused (401).', next: 'Look whether the secret is the same on both sides, and both clocks are right.' };
    if (problem && problem.code < 700) return { works: false, found: `The server refused: ${problem.text} (${problem.code}).`, next: 'Look into the log of the STUN or TURN server.' };
    if (!isTurn && hasHost) {
        return {
            works: false, found: 'No address came from there. Without a router that changes addresses between you and it, none is to be expected.',
            next: 'If the test from the server works, the network that you are in lets no UDP through there.',
        };
    }
    return { works: false, found: `No answer came from there${problem?.text ? `: ${problem.text}` : ''}.`, next: 'If the test from the server works, the network that you are in is in the way: offer turns: over TCP port 443, too.' };
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
        say('The list of servers could not be fetched: load the page again.');
        return;
    }
    const configuration = /** @type {RTCConfiguration} */ (await response.json());
    rows.replaceChildren();
    let working = 0;
    const all = (configuration.iceServers ?? []).flatMap((server) => [server.urls].flat().map((url) => ({ server, url })));
    await Promise.all(all.map(async ({ server, url }) => {
        const line = /** @type {HTMLTableRowElement} */ (/** @type {DocumentFragment} */ (row.content.cloneNode(true)).firstElementChild);
        line.cells[0].textContent = url;
        show(line, 'Testing', 'info');
        rows.append(line);
        const outcome = await probe({ ...server, urls: [url] }, url.startsWith('turn'));
        working += outcome.works ? 1 : 0;
        show(line, outcome.works ? 'Works' : 'Fails', outcome.works ? 'ok' : 'danger', outcome.found, outcome.next);
    }));
    say(`From this browser ${working} of ${all.length} addresses work.`);
}

if (section && start) {
    section.hidden = false;
    start.addEventListener('click', async () => {
        start.disabled = true;
        say('');
        try {
            await testAll();
        } catch {
            say('The test could not be made: the server does not answer.');
        } finally {
            start.disabled = false;
        }
    });
}
