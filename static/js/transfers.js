// @ts-check
/**
 * Files between users, as entries of the chat with a progress bar and buttons.
 */

import { requireClient, session } from './session.js';
import { Transfers } from './protocol/transfer.js';
import { addEntry } from './chatlog.js';
import { chooseFile, showDialog } from './dialogs.js';
import { displayName, el, nameElement } from './dom.js';
import { t, tParts } from './i18n.js';
import { announce } from './notices.js';
import { people, state } from './state.js';
import { formatSize, inWords } from './text.js';

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
        mine.on('transfer', (offered) => {
            const name = client.users.get(offered.peer)?.username ?? '';
            show(offered, name);
            announce(t('{name} offers the file {file}', { name: displayName(name), file: offered.name }));
        });
    });
}

/** More would keep the connection to the server busy for long: each is told apart. */
const RECEIVERS_MOST = 100;

/** Who can receive a file: other people, not machines or programs that stream. */
export const receivers = () => people().filter((u) => u.id !== state.myId && !u.data.program);

/**
 * @param {User} user
 * @param {File} file
 */
function offerFile(user, file) {
    requireClient();
    if (transfers)
        show(transfers.send(user.id, file), user.username);
}

/**
 * Offer a file to everybody here. Each who accepts gets it directly.
 *
 * @param {File} file
 */
function offerToAll(file) {
    requireClient();
    const all = transfers;
    const people = receivers();
    if (!people.length)
        throw new Error(t('There is nobody here who could receive a file.'));
    if (people.length > RECEIVERS_MOST)
        throw new Error(t('There are too many people here: offer the file to one of them.'));
    if (all)
        showAll(people.map((u) => all.send(u.id, file)), file);
}

/**
 * Choose a file, and offer it.
 *
 * @param {User|null} user   null: everybody
 */
export async function chooseAndOffer(user) {
    const file = await chooseFile();
    if (file && user)
        offerFile(user, file);
    else if (file)
        offerToAll(file);
}

/**
 * Ask to whom files are to be offered, and do it.
 *
 * @param {File[]} files
 * @param {string} [to]   id of a user, to begin with
 */
export async function askAndOffer(files, to = '') {
    const people = receivers();
    if (!people.length)
        throw new Error(t('There is nobody here who could receive a file.'));
    const select = el('select', { id: 'offer-to' },
        el('option', { value: '' }, t('everybody ({n} people)', { n: people.length }, 'everybody (1 person)')),
        ...people.map((u) => el('option', { value: u.id }, displayName(u.username))));
    select.value = people.some((u) => u.id === to) ? to : '';
    const list = el('ul', { class: 'offer-files' }, ...files.map((f) => el('li', {}, el('bdi', {}, f.name), ` (${formatSize(f.size)})`)));
    const body = [list, el('div', { class: 'field' }, el('label', { for: 'offer-to' }, t('To')), select),
        el('p', { class: 'muted' }, t('It goes directly from browser to browser: those who accept it learn your IP address.'))];
    if (!await showDialog(t('Offer {n} files', { n: files.length }, 'Offer a file'), body, { ok: t('Offer') }))
        return;
    const user = people.find((u) => u.id === select.value);
    for (const file of files) {
        if (user)
            offerFile(user, file);
        else
            offerToAll(file);
    }
}

/**
 * @param {Transfer} transfer
 * @param {string} peerName
 */
function show(transfer, peerName) {
    const status = el('p', { class: 'transfer-status', role: 'status' });
    const bar = el('progress', { max: '100', value: '0', 'aria-label': t('Progress of {file}', { file: transfer.name }), hidden: true });
    const accept = el('button', { type: 'button', class: 'button small primary', 'data-action': 'accept', onclick: () => transfer.accept() }, t('Accept'));
    const cancel = el('button', { type: 'button', class: 'button small', 'data-action': 'cancel', onclick: () => transfer.cancel() },
        transfer.outgoing ? t('Cancel') : t('Reject'));
    const buttons = el('div', { class: 'row' }, !transfer.outgoing && accept, cancel);
    const parts = { name: nameElement(peerName), file: fileElement(transfer.name), size: formatSize(transfer.size) };
    const heading = el('p', { dir: 'auto' }, ...transfer.outgoing
        ? tParts('File for {name}: {file} ({size})', parts) : tParts('{name} sends the file {file} ({size})', parts));
    const entry = el('li', { class: 'chat-entry private transfer' }, heading, status, bar, buttons);
    let saved = false;

    const render = () => {
        const percent = percentOf(transfer);
        const underWay = transfer.state === 'connecting' || transfer.state === 'connected';
        entry.dataset.transfer = transfer.state;
        bar.hidden = !underWay;
        bar.value = percent;
        accept.hidden = transfer.state !== 'offered';
        buttons.hidden = transfer.isOver;
        if (transfer.state !== 'offered')
            cancel.textContent = t('Cancel');
        const text = {
            offered: transfer.outgoing ? t('Waiting for an answer.') : t('Accepting it shows your IP address to the sender.'),
            connecting: t('Connecting…'),
            connected: transfer.outgoing ? t('Sending: {percent} %', { percent }) : t('Receiving: {percent} %', { percent }),
            done: transfer.outgoing ? t('Sent.') : t('Received.'),
            cancelled: transfer.reason ? t('Cancelled: {reason}.', { reason: inWords(transfer.reason) }) : t('Cancelled.'),
        }[transfer.state];
        if (status.textContent !== text)
            status.textContent = text;
        if (transfer.state === 'done' && transfer.blob && !saved) {
            saved = true;
            save(transfer.blob, transfer.name);
        }
    };
    transfer.on('change', render);
    render();
    addEntry(entry);
}

/**
 * One entry for a file that is offered to many.
 *
 * @param {Transfer[]} all
 * @param {File} file
 */
function showAll(all, file) {
    const status = el('p', { class: 'transfer-status', role: 'status' });
    const bar = el('progress', { max: '100', value: '0', 'aria-label': t('Progress of {file}', { file: file.name }) });
    const cancel = el('button', { type: 'button', class: 'button small', 'data-action': 'cancel',
        onclick: () => all.filter((o) => !o.isOver).forEach((o) => o.cancel()) }, t('Withdraw'));
    const entry = el('li', { class: 'chat-entry transfer mine' },
        el('p', { dir: 'auto' }, ...tParts('File for everybody: {file} ({size})', { file: fileElement(file.name), size: formatSize(file.size) })), status, bar,
        el('div', { class: 'row' }, cancel));
    const render = () => {
        /** @param {string[]} states */
        const count = (...states) => all.filter((o) => states.includes(o.state)).length;
        const sending = all.filter((o) => o.state === 'connected');
        entry.dataset.transfer = all.every((o) => o.isOver) ? 'over' : 'offered';
        bar.hidden = !sending.length;
        bar.value = sending.length ? Math.round(sending.reduce((sum, o) => sum + percentOf(o), 0) / sending.length) : 0;
        cancel.hidden = all.every((o) => o.isOver);
        const text = [
            t('Received by {count} of {n}.', { count: count('done'), n: all.length }),
            count('offered') > 0 && t('Waiting for {n} answers.', { n: count('offered') }, 'Waiting for 1 answer.'),
            count('connecting', 'connected') > 0 && t('{n} under way.', { n: count('connecting', 'connected') }),
            count('cancelled') > 0 && t('{n} did not take it.', { n: count('cancelled') }),
        ].filter(Boolean).join(' ');
        if (status.textContent !== text)
            status.textContent = text;
    };
    for (const one of all)
        one.on('change', render);
    render();
    addEntry(entry);
}

/** @param {Transfer} transfer */
const percentOf = (transfer) => (transfer.size ? Math.floor(100 * transfer.count / transfer.size) : 100);

/** The name of a file, kept apart from the text around it. @param {string} name */
const fileElement = (name) => el('bdi', { class: 'file-name' }, name);

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
    const url = URL.createObjectURL(blob);
    el('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
