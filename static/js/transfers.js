// @ts-check
/**
 * Files between users, as entries of the chat with a progress bar and buttons. Loaded when the first one is offered.
 */

import { Transfers } from './protocol/transfer.js';
import { announce, displayName, el, inWords, locale, nameElement, showDialog, t, tParts } from './page.js';
import { people, requireClient, state } from './session.js';
import { takeFileMessages } from './people.js';
import { addEntry } from './chat.js';

/** @typedef {import('../types.js').User} User */
/** @typedef {import('./protocol/transfer.js').Transfer} Transfer */
/** @typedef {import('../protocol.js').Client} Client */

/** The transfers of each connection. @type {WeakMap<Client, Transfers>} */
const known = new WeakMap();

/**
 * Take part in the file transfers of a connection, if we do not yet.
 *
 * @param {Client} client
 * @returns {Transfers}
 */
export function transfersOf(client) {
    const before = known.get(client);
    if (before)
        return before;
    const mine = new Transfers(client);
    known.set(client, mine);
    mine.on('transfer', (offered) => {
        const name = client.users.get(offered.peer)?.username ?? '';
        show(offered, name);
        announce(t('{name} offers the file {file}', { name: displayName(name), file: offered.name }));
    });
    for (const m of takeFileMessages(client))
        mine.got(m);
    return mine;
}

/** More would keep the connection to the server busy for long: each is told apart. */
const RECEIVERS_MOST = 100;

/** Who can receive a file: other people, not machines or programs that stream. */
const receivers = () => people().filter((u) => u.id !== state.myId && !u.data.program);

/**
 * @param {User} user
 * @param {File} file
 */
function offerFile(user, file) {
    show(transfersOf(requireClient()).send(user.id, file), user.username);
}

/**
 * Offer a file to everybody here. Each who accepts gets it directly.
 *
 * @param {File} file
 */
function offerToAll(file) {
    const all = transfersOf(requireClient());
    const people = receivers();
    if (!people.length)
        throw new Error(t('There is nobody here who could receive a file.'));
    if (people.length > RECEIVERS_MOST)
        throw new Error(t('There are too many people here: offer the file to one of them.'));
    showAll(people.map((u) => all.send(u.id, file)), file);
}

/**
 * Offer a file.
 *
 * @param {User|null} user   null: everybody
 * @param {File} file
 */
export function offer(user, file) {
    if (user)
        offerFile(user, file);
    else
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
    for (const file of files)
        offer(user ?? null, file);
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

/**
 * @param {number} n   bytes
 * @returns {string}
 */
export function formatSize(n) {
    const units = ['kilobyte', 'megabyte', 'gigabyte'];
    if (n < 1000)
        return t('{n} bytes', { n }, '{n} byte');
    let i = 0;
    let v = n / 1000;
    while (v >= 1000 && i < units.length - 1) {
        v /= 1000;
        i++;
    }
    const digits = v < 10 ? 1 : 0;
    return new Intl.NumberFormat(locale, { style: 'unit', unit: units[i], minimumFractionDigits: digits, maximumFractionDigits: digits }).format(v);
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
