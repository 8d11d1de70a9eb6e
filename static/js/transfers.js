// @ts-check
/**
 * Files between users, as entries of the chat with a progress bar and buttons.
 */

import { requireClient, session } from './session.js';
import { Transfers } from './protocol/transfer.js';
import { addEntry } from './chat.js';
import { el, nameElement } from './dom.js';
import { announce } from './notices.js';
import { formatSize } from './text.js';

/** @typedef {import('../types.js').User} User */
/** @typedef {import('./protocol/transfer.js').Transfer} Transfer */
/** @typedef {import('../protocol.js').Client} Client */

/** @type {Transfers|null} */
let transfers = null;

/** Take part in file transfers on every connection. */
export function startTransfers() {
    session.on('client', (client) => {
        const mine = new Transfers(client);
        transfers = mine;
        mine.on('transfer', (t) => {
            const name = client.users.get(t.peer)?.username ?? '';
            show(t, name);
            announce(`${name || 'Somebody'} offers the file ${t.name}`);
        });
    });
}

/**
 * @param {User} user
 * @param {File} file
 */
export function offerFile(user, file) {
    requireClient();
    if (transfers)
        show(transfers.send(user.id, file), user.username);
}

/**
 * @param {Transfer} t
 * @param {string} peerName
 */
function show(t, peerName) {
    const status = el('p', { class: 'transfer-status', role: 'status' });
    const bar = el('progress', { max: '100', value: '0', 'aria-label': `Progress of ${t.name}`, hidden: true });
    const accept = el('button', { type: 'button', class: 'button small primary', 'data-action': 'accept', onclick: () => t.accept() }, 'Accept');
    const cancel = el('button', { type: 'button', class: 'button small', 'data-action': 'cancel', onclick: () => t.cancel() },
        t.outgoing ? 'Cancel' : 'Reject');
    const buttons = el('div', { class: 'row' }, !t.outgoing && accept, cancel);
    const heading = t.outgoing
        ? el('p', {}, 'File for ', nameElement(peerName), ': ', el('strong', {}, t.name), ` (${formatSize(t.size)})`)
        : el('p', {}, nameElement(peerName), ' sends the file ', el('strong', {}, t.name), ` (${formatSize(t.size)})`);
    let saved = false;

    const render = () => {
        const percent = t.size ? Math.floor(100 * t.count / t.size) : 100;
        const underWay = t.state === 'connecting' || t.state === 'connected';
        bar.hidden = !underWay;
        bar.value = percent;
        accept.hidden = t.state !== 'offered';
        buttons.hidden = t.isOver;
        if (t.state !== 'offered')
            cancel.textContent = 'Cancel';
        const text = {
            offered: t.outgoing ? 'Waiting for an answer.' : 'Accepting it shows your IP address to the sender.',
            connecting: 'Connecting…',
            connected: `${t.outgoing ? 'Sending' : 'Receiving'}: ${percent} %`,
            done: t.outgoing ? 'Sent.' : 'Received.',
            cancelled: t.reason ? `Cancelled: ${t.reason}.` : 'Cancelled.',
        }[t.state];
        if (status.textContent !== text)
            status.textContent = text;
        if (t.state === 'done' && t.blob && !saved) {
            saved = true;
            save(t.blob, t.name);
        }
    };
    t.on('change', render);
    render();
    addEntry(el('li', { class: 'chat-entry private transfer', 'data-transfer': t.state }, heading, status, bar, buttons));
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
    const url = URL.createObjectURL(blob);
    el('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
