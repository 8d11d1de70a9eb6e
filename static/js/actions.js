// @ts-check
/**
 * What can be done to the group and to its members, from menus and from commands alike.
 */

import { requireClient, setMyData } from './session.js';
import { isMachine, may, me, state } from './state.js';
import { askText, chooseFile, confirmAction } from './dialogs.js';
import { canPlayFile, presentFile } from './media.js';
import { chooseAndOffer } from './transfers.js';
import { openInvitations, openInvite } from './invitations.js';
import { displayName } from './dom.js';
import { inform } from './notices.js';
import { t } from './i18n.js';
import { showPane } from './panel.js';
import { sitePath } from './site.js';

/** @typedef {import('../types.js').User} User */
/** @typedef {import('./menus.js').MenuItem} MenuItem */

/** @param {boolean} raised */
export function raiseHand(raised) {
    setMyData({ raisehand: raised || null, raisehandtime: raised ? new Date().toISOString() : null });
}

export const isHandRaised = () => Boolean(me()?.data.raisehand);
export const isRecording = () => state.users.some((u) => isMachine(u) && u.username === 'RECORDING');

/**
 * @param {string} kind
 * @param {User} user
 * @param {any} [value]
 */
export const act = (kind, user, value) => requireClient().userAction(kind, user.id, value);

/** @param {User} user */
export function mute(user) {
    requireClient().userMessage('mute', user.id);
}

/** Of a program without a page, which the server mutes. @param {User} user */
export function unmute(user) {
    requireClient().userMessage('unmute', user.id);
}

/** The page of that person obeys operators; other clients may not know the message. @param {User} user */
function lowerHand(user) {
    requireClient().userMessage('lowerhand', user.id);
}

export function muteAll() {
    requireClient().userMessage('mute', '', undefined, { noecho: true });
}

/** @param {string} text */
export function warnAll(text) {
    requireClient().userMessage('warning', '', text);
}

/**
 * @param {User} user
 * @param {string} text
 */
export function warnUser(user, text) {
    requireClient().userMessage('warning', user.id, text);
}

/** Begin a private message to somebody in the chat field. @param {User} user */
export function writeTo(user) {
    showPane('chat', true);
    const input = /** @type {HTMLTextAreaElement} */ (document.getElementById('chat-input'));
    const quoted = /^[^\s"'\\]+$/.test(user.username) ? user.username : user.username ? `"${user.username.replace(/["\\]/g, '\\$&')}"` : user.id;
    input.value = `/msg ${quoted} `;
    input.focus();
}

/** Choose a file and play it to everybody. */
export async function choosePresentation() {
    const file = await chooseFile('audio/*,video/*');
    if (file)
        await presentFile(file);
}

/** Ask for a last word, and put somebody out. @param {User} user */
export async function kick(user) {
    const text = await askText(t('Put {name} out?', { name: displayName(user.username) }), t('Message to them (optional)'), { ok: t('Kick out'), danger: true });
    if (text !== null)
        act('kick', user, text);
}

/** @param {User} user */
async function warnDialog(user) {
    const text = await askText(t('Warn {name}', { name: displayName(user.username) }), t('Warning'), { ok: t('Send'), required: true });
    if (text)
        warnUser(user, text);
}

async function lockDialog() {
    const text = await askText(t('Lock the group'), t('Message to those who try to come in (optional)'), { ok: t('Lock') });
    if (text !== null)
        requireClient().groupAction('lock', text);
}

async function warnAllDialog() {
    const text = await askText(t('Warn everybody'), t('Warning'), { ok: t('Send'), required: true });
    if (text)
        warnAll(text);
}

async function clearDialog() {
    if (await confirmAction(t('Clear the chat?'), t('All messages are removed for everybody.'), t('Clear')))
        requireClient().groupAction('clearchat');
}

/** @returns {(MenuItem|null)[]} the menu of one's own entry: actions on the group */
export function groupMenu() {
    const op = may('op');
    const says = may('message');
    const raised = isHandRaised();
    return tidy([
        { id: 'raise', label: raised ? t('Lower hand') : t('Raise hand'), icon: 'hand', run: () => raiseHand(!raised) },
        may('token') && { id: 'invite', label: t('Invite user'), icon: 'link', run: openInvite },
        may('token') && op && { id: 'listtokens', label: t('Invitations'), icon: 'list', run: openInvitations },
        canPlayFile() && { id: 'presentfile', label: t('Broadcast file'), icon: 'play', run: choosePresentation },
        state.locals.length + state.downs.length > 0 && { id: 'renegotiate', label: t('Restart media'), icon: 'refresh', run: () => {
            requireClient().restartAll();
            inform(t('Looking for new network paths.'));
        } },
        null,
        op && (state.status.locked
            ? { id: 'unlock', label: t('Unlock group'), icon: 'unlock', run: () => requireClient().groupAction('unlock') }
            : { id: 'lock', label: t('Lock group'), icon: 'lock', run: lockDialog }),
        op && { id: 'encrypt', label: state.sealed || state.status.encrypted ? t('Encryption…') : t('Encrypt this meeting…'), icon: 'lock',
            run: async () => (await import('./seal.js')).openEncryption() },
        op && says && { id: 'muteall', label: t('Mute everybody'), icon: 'mic-off', run: muteAll },
        op && says && { id: 'wall', label: t('Warn everybody'), icon: 'warn', run: warnAllDialog },
        op && { id: 'subgroups', label: t('List subgroups'), icon: 'grid', run: () => requireClient().groupAction('subgroups') },
        may('record') && (state.canRecord || isRecording()) && (isRecording()
            ? { id: 'unrecord', label: t('Stop recording'), icon: 'stop', run: () => requireClient().groupAction('unrecord') }
            : { id: 'record', label: t('Record'), icon: 'record', run: () => requireClient().groupAction('record') }),
        may('record') && { id: 'recordings', label: t('Recordings'), icon: 'file', run: () => void open(recordingsUrl(), '_blank', 'noopener') },
        op && { id: 'clear', label: t('Clear chat'), icon: 'trash', danger: true, run: clearDialog },
    ]);
}

function recordingsUrl() {
    return sitePath(`/recordings/${state.groupName.split('/').map(encodeURIComponent).join('/')}/`);
}

/**
 * @param {User} user
 * @returns {(MenuItem|null)[]} the menu of somebody else's entry
 */
export function userMenu(user) {
    const op = may('op');
    const machine = isMachine(user);
    // Whatever goes to somebody is a message; and a program reads none, beyond those that the server itself obeys.
    const says = may('message');
    const reads = says && !user.data.program;
    const can = (/** @type {string} */ p) => user.permissions.includes(p);
    if (machine) {
        return tidy([
            may('record') && { id: 'unrecord', label: t('Stop recording'), icon: 'stop', run: () => requireClient().groupAction('unrecord') },
            op && { id: 'kick', label: t('Kick out'), icon: 'kick', danger: true, run: () => kick(user) },
        ]);
    }
    return tidy([
        reads && { id: 'msg', label: t('Private message'), icon: 'chat', run: () => writeTo(user) },
        reads && 'RTCPeerConnection' in window && { id: 'sendfile', label: t('Send file'), icon: 'file', run: () => chooseAndOffer(user) },
        null,
        op && (can('present')
            ? { id: 'unpresent', label: t('Forbid presenting'), icon: 'camera-off', run: () => act('unpresent', user) }
            : { id: 'present', label: t('Allow presenting'), icon: 'camera', run: () => act('present', user) }),
        op && says && (user.data.program && user.data.muted
            ? { id: 'unmute', label: t('Unmute'), icon: 'mic', run: () => unmute(user) }
            : { id: 'mute', label: t('Mute'), icon: 'mic-off', run: () => mute(user) }),
        op && reads && Boolean(user.data.raisehand) && { id: 'lowerhand', label: t('Lower hand'), icon: 'hand', run: () => lowerHand(user) },
        op && !user.data.program && (can('message')
            ? { id: 'shutup', label: t('Forbid chat'), icon: 'close', run: () => act('shutup', user) }
            : { id: 'unshutup', label: t('Allow chat'), icon: 'chat', run: () => act('unshutup', user) }),
        op && reads && { id: 'warn', label: t('Warn'), icon: 'warn', run: () => warnDialog(user) },
        null,
        op && !user.data.program && (can('op')
            ? { id: 'unop', label: t('Take operator rights'), icon: 'shield', run: () => act('unop', user) }
            : { id: 'op', label: t('Make operator'), icon: 'shield', run: () => act('op', user) }),
        op && { id: 'identify', label: t('Identify'), icon: 'search', run: () => act('identify', user) },
        op && { id: 'kick', label: t('Kick out'), icon: 'kick', danger: true, run: () => kick(user) },
    ]);
}

/**
 * Leave out what does not apply, and separators with nothing on one side.
 *
 * @template T
 * @param {(T|null|false)[]} items
 * @returns {(T|null)[]}
 */
export function tidy(items) {
    const kept = /** @type {(T|null)[]} */ (items.filter((i) => i !== false));
    return kept.filter((item, i) => item !== null || (kept[i - 1] && kept.slice(i + 1).some(Boolean)));
}
