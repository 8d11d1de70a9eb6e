// @ts-check
/**
 * People: what can be done to them and to the group, the panel and the list in which they stand, and what is heard of them.
 */

import { announce, askText, attempt, byId, byIdAs, chooseFile, complain, confirmAction, cutName, dismiss, displayName, el, icon, inform, inWords, noticeFrom,
    openMenu, quietly, remind, sitePath, t, warn } from './page.js';
import { hue, initials, shorten } from './text.js';
import { handPlace, isMachine, may, people, requireClient, session, set, setMyData, state, tryNow, update, watch } from './session.js';
import { canPlayFile, presentFile } from './media.js';

/** @typedef {import('../types.js').User} User */
/** @typedef {import('./page.js').MenuItem} MenuItem */
/** @typedef {import('../types.js').UserMessage} UserMessage */
/** @typedef {import('./session.js').RightsChange} RightsChange */
/** @typedef {import('../protocol.js').Client} Client */
/** @typedef {import('./session.js').Line} Line */

/*
 * ======== The panel ========
 *
 * People and chat: which of the two is open, as tabs or both at once; and the width of the chat in the classic layout.
 */

/** @typedef {'users'|'chat'} Pane */

const WIDE = '(min-width: 1600px)';
const NARROW = '(max-width: 1024px)';
/** From this width on both may be open beside the videos, and are from the start. */
const isWide = () => matchMedia(WIDE).matches;
/** Up to this width the panel is opened for a moment: nothing is remembered. */
const isNarrow = () => matchMedia(NARROW).matches;
const CHAT_MIN = 280;

/** The original's three panes, which need a window that is not narrow. */
const isClassic = () => state.settings.layout === 'classic' && !isNarrow();
const bothMayBeOpen = () => isWide() || isClassic();
const hasTiles = () => state.locals.length + state.downs.length > 0;

/** What is seen. Without videos the chat has their room, and people stand beside it where there is width for both. */
function shown() {
    const chat = state.chatOpen || !hasTiles();
    if (state.usersOpen && chat)
        return hasTiles() || !isNarrow() ? 'both' : 'users';
    return state.usersOpen ? 'users' : chat ? 'chat' : 'none';
}

/** Whether what is said in the chat is seen at once. */
export const isChatVisible = () => document.visibilityState === 'visible' && (state.panel === 'chat' || state.panel === 'both');

/** What is open at first: as it was left, else all where there is room. */
function restore() {
    const kept = isNarrow() ? '' : state.settings.panel ?? (bothMayBeOpen() ? 'both' : '');
    update({
        usersOpen: kept === 'users' || (kept === 'both' && bothMayBeOpen()),
        chatOpen: kept === 'chat' || kept === 'both',
    });
}

/**
 * Open or close one of the two. Where only one may be open, it takes the other's place.
 *
 * @param {Pane} pane
 * @param {boolean} [open]   without it: the other way
 */
export function showPane(pane, open = !isShown(pane)) {
    const usersOpen = pane === 'users' ? open : state.usersOpen && (bothMayBeOpen() || !open);
    const chatOpen = pane === 'chat' ? open : state.chatOpen && (bothMayBeOpen() || !open);
    update({ usersOpen, chatOpen });
    if (!isNarrow())
        set('panel', usersOpen && chatOpen ? 'both' : usersOpen ? 'users' : chatOpen ? 'chat' : '');
}

/** @param {Pane} pane */
const isShown = (pane) => shown() === 'both' || shown() === pane;

/** Close one with its own button, and give the focus to the one that opens it again. @param {Pane} pane */
function close(pane) {
    showPane(pane, false);
    byId(`toggle-${pane}`).focus();
}

function renderPanel() {
    const panel = shown();
    update({ panel });
    document.body.dataset.panel = panel;
    document.body.dataset.layout = isClassic() ? 'classic' : 'room';
    // In the classic layout the panes come first, for the eye and for the keyboard; moving a video would stop it.
    if (byId('panes').firstElementChild !== byId(isClassic() ? 'panel' : 'stage'))
        byId('stage')[isClassic() ? 'before' : 'after'](byId('panel'));
    const asTabs = panel !== 'both' && !isClassic();
    byId('panel-tabs').hidden = !asTabs;
    for (const pane of /** @type {Pane[]} */ (['users', 'chat'])) {
        const open = panel === 'both' || panel === pane;
        byId(`toggle-${pane}`).setAttribute('aria-expanded', String(open));
        const tab = byId(`tab-${pane}`);
        tab.setAttribute('aria-selected', String(open));
        tab.tabIndex = open ? 0 : -1;
        const box = byId(tab.getAttribute('aria-controls') ?? '');
        box.setAttribute('aria-labelledby', asTabs ? tab.id : `${pane}-heading`);
        if (asTabs)
            box.setAttribute('role', 'tabpanel');
        else
            box.removeAttribute('role');
    }
    const width = state.settings.chatWidth;
    const share = Math.round(100 * byId('chat').clientWidth / Math.max(1, byId('panes').clientWidth));
    byId('resizer').setAttribute('aria-valuenow', String(share));
    if (width === null)
        byId('panes').style.removeProperty('--chat-width');
    else
        byId('panes').style.setProperty('--chat-width', `${width}px`);
}

/** Who writes while the first video comes keeps the chat. */
function keepWriting() {
    let had = hasTiles();
    watch(['locals', 'downs'], () => {
        const input = /** @type {HTMLTextAreaElement} */ (byId('chat-input'));
        if (hasTiles() && !had && !state.chatOpen && (input.value || input === document.activeElement))
            update({ chatOpen: true, usersOpen: state.usersOpen && bothMayBeOpen() });
        had = hasTiles();
    });
}

/** The tabs are worked as tabs are: arrow keys go from one to the other. */
function startTabs() {
    for (const [pane, other] of /** @type {[Pane, Pane][]} */ ([['users', 'chat'], ['chat', 'users']])) {
        byId(`tab-${pane}`).addEventListener('click', () => showPane(pane, true));
        byId(`tab-${pane}`).addEventListener('keydown', (e) => {
            if (!['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(e.key))
                return;
            e.preventDefault();
            if (isWide())
                update({ [`${pane}Open`]: false });
            showPane(other, true);
            byId(`tab-${other}`).focus();
        });
    }
}

/** The strip between chat and videos changes the width of the chat, by pointer and by arrow keys. */
function startResizer() {
    const strip = byId('resizer');
    const chat = byId('chat');
    /** @param {number} width */
    const resize = (width) => {
        const most = byId('panes').clientWidth * 0.7;
        set('chatWidth', Math.round(Math.max(CHAT_MIN, Math.min(width, most))));
    };
    strip.addEventListener('pointerdown', (e) => {
        strip.setPointerCapture(e.pointerId);
        const from = e.clientX - chat.clientWidth;
        const move = (/** @type {PointerEvent} */ m) => resize(m.clientX - from);
        strip.addEventListener('pointermove', move);
        strip.addEventListener('lostpointercapture', () => strip.removeEventListener('pointermove', move), { once: true });
        e.preventDefault();
    });
    strip.addEventListener('keydown', (e) => {
        const step = { ArrowLeft: -20, ArrowRight: 20 }[e.key];
        if (step) {
            resize(chat.clientWidth + step);
            e.preventDefault();
        }
    });
    strip.addEventListener('dblclick', () => set('chatWidth', null));
}

/** Bring the panel to life. */
export function startPanel() {
    for (const pane of /** @type {Pane[]} */ (['users', 'chat'])) {
        byId(`toggle-${pane}`).addEventListener('click', () => showPane(pane));
        byId(`close-${pane}`).addEventListener('click', () => close(pane));
    }
    byId('users-pane').addEventListener('keydown', (e) => {
        if (e.key === 'Escape' && !bothMayBeOpen())
            close('users');
    });
    startTabs();
    startResizer();
    restore();
    matchMedia(WIDE).addEventListener('change', restore);
    matchMedia(NARROW).addEventListener('change', restore);
    let wasClassic = isClassic();
    watch(['settings'], () => {
        if (isClassic() === wasClassic)
            return;
        wasClassic = isClassic();
        // What was open in the one layout says nothing about the other.
        set('panel', undefined);
        restore();
    });
    keepWriting();
    watch(['phase', 'usersOpen', 'chatOpen', 'settings', 'locals', 'downs'], renderPanel);
}

/*
 * ======== Actions ========
 *
 * What can be done to the group and to its members, from menus and from commands alike.
 */

/** @param {boolean} raised */
export function raiseHand(raised) {
    setMyData({ raisehand: raised || null, raisehandtime: raised ? new Date().toISOString() : null });
}

/** As the queue has it, which stays while the connection is gone. */
export const isHandRaised = () => state.hands.has(state.myId);
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

/**
 * What ends the waiting for a first file, by connection, and gives what has come meanwhile.
 *
 * @type {WeakMap<Client, () => UserMessage[]>}
 */
const awaited = new WeakMap();

/** Transfers are loaded when the first file is offered. @param {Client} client */
function awaitFiles(client) {
    /** @type {UserMessage[]} */
    const messages = [];
    const end = client.on('usermessage', (m) => {
        if (m.kind !== 'filetransfer')
            return;
        messages.push(m);
        if (messages.length === 1)
            attempt(async () => (await import('./transfers.js')).transfersOf(client));
    });
    awaited.set(client, () => {
        end();
        awaited.delete(client);
        return messages;
    });
}

/** The messages about files that have come so far: whoever takes them listens from now on. @param {Client} client */
export const takeFileMessages = (client) => awaited.get(client)?.() ?? [];

/** Wait for files on every connection. */
export function startFiles() {
    session.on('client', awaitFiles);
}

/** Choose a file, and offer it. @param {User|null} user   null: everybody */
export async function chooseAndOffer(user) {
    const file = await chooseFile();
    if (file)
        (await import('./transfers.js')).offer(user, file);
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
        may('token') && { id: 'invite', label: t('Invite user'), icon: 'link', run: async () => (await import('./invitations.js')).openInvite() },
        may('token') && op && { id: 'listtokens', label: t('Invitations'), icon: 'list', run: async () => (await import('./invitations.js')).openInvitations() },
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
function userMenu(user) {
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

/*
 * ======== The line, and rights ========
 *
 * What a person is told of the line and of rights: the banner while the connection is gone, who has given or taken what, and refusals
 * as sentences.
 */

// ---- The banner

/** @returns {string} empty while all is well */
function trouble() {
    if (state.phase === 'joined')
        return state.troubles.length ? t('Your connection is gone. Trying…') : '';
    if (state.phase !== 'reconnecting')
        return '';
    const seconds = state.retryAt === null ? 0 : Math.ceil((state.retryAt - Date.now()) / 1000);
    if (state.restarting)
        return seconds > 1 ? t('The server restarts. Trying again in {seconds} s.', { seconds }) : t('The server restarts. Coming back…');
    return seconds > 1 ? t('Your connection is gone. Trying again in {seconds} s.', { seconds }) : t('Your connection is gone. Trying…');
}

/** @type {ReturnType<typeof setInterval>|undefined} */
let countdown;

function renderBanner() {
    clearInterval(countdown);
    const show = () => {
        const text = trouble();
        byId('banner').hidden = !text;
        // A live region: the same words again would be read again.
        if (byId('banner-text').textContent !== text)
            byId('banner-text').textContent = text;
    };
    show();
    if (state.phase === 'reconnecting')
        countdown = setInterval(show, 1000);
}

// ---- Rights

/**
 * What to say when a right is taken or given: by somebody, and without knowing by whom.
 *
 * @type {Record<string, Record<'taken'|'given', [by: (name: string) => string, alone: () => string]>>}
 */
const SENTENCES = {
    op: {
        taken: [(name) => t('{name} has taken your operator rights.', { name }), () => t('You are not an operator any more.')],
        given: [(name) => t('{name} has made you an operator.', { name }), () => t('You are an operator now.')],
    },
    present: {
        taken: [(name) => t('{name} has taken your right to present.', { name }), () => t('You may not present any more.')],
        given: [(name) => t('{name} has given you the right to present.', { name }), () => t('You may present now.')],
    },
    message: {
        taken: [(name) => t('{name} has taken your right to write.', { name }), () => t('You may not write any more.')],
        given: [(name) => t('{name} has given you the right to write.', { name }), () => t('You may write now.')],
    },
    token: {
        taken: [(name) => t('{name} has taken your right to invite.', { name }), () => t('You may not invite any more.')],
        given: [(name) => t('{name} has given you the right to invite.', { name }), () => t('You may invite now.')],
    },
    record: {
        taken: [(name) => t('{name} has taken your right to record.', { name }), () => t('You may not record any more.')],
        given: [(name) => t('{name} has given you the right to record.', { name }), () => t('You may record now.')],
    },
};
/** An operator may do these as well: they come and go with it. */
const WITH_OP = ['token', 'record'];

/**
 * @param {'taken'|'given'} how
 * @param {string[]} rights
 * @param {string|null} by
 * @returns {[right: string, sentence: string][]}
 */
function sentences(how, rights, by) {
    return Object.entries(SENTENCES)
        .filter(([right]) => rights.includes(right) && !(rights.includes('op') && WITH_OP.includes(right)))
        .map(([right, words]) => [right, by === null ? words[how][1]() : words[how][0](by || t('An operator'))]);
}

/** Why we may not write, empty while we may. */
let whyMute = '';

/** @param {RightsChange} change */
function tellRights({ taken, given, by }) {
    for (const [right, text] of sentences('taken', taken, by)) {
        remind(`right ${right}`, text, 'warn');
        if (right === 'message')
            whyMute = text;
    }
    for (const [right, text] of sentences('given', given, by))
        remind(`right ${right}`, text);
}

/** A field that may not be used says why, and keeps what was typed. */
function renderChatField() {
    const isMute = state.phase === 'joined' && !may('message');
    if (!isMute)
        whyMute = '';
    for (const id of ['chat-input', 'chat-send', 'chat-file', 'chat-emoji'])
        byId(id).toggleAttribute('disabled', isMute);
    byId('chat-reason').hidden = !isMute;
    byId('chat-reason').textContent = isMute ? whyMute || t('You may not write here.') : '';
}

// ---- Refusals

/** What the server's errors mean to a person; null: nothing, or it has been said otherwise. @type {Record<string, (() => string)|null>} */
const REFUSALS = {
    'not-permitted': () => t('You may not do that here.'),
    'unknown-user': () => t('This person is not here any more.'),
    'not-a-client': () => t('This is a program, which cannot be asked for that.'),
    'unknown-stream': null,
    'bad-answer': null,
    'too-large': () => t('That is too long to be sent.'),
};
/** Servers that do not know these identifiers say it in words. */
const NOT_PERMITTED = /^(not authori[sz]ed|permission denied)\b/i;
const UNKNOWN_USER = /^(user unknown|unknown user)\b/i;
/** Faults of this program, which tell a person nothing. */
const OURS = /^(bad (message|request)\b|join a group first$)/;

/**
 * An error that the server tells us.
 *
 * @param {UserMessage} m
 */
export function complainOf(m) {
    const text = String(m.value);
    const code = m.error || (NOT_PERMITTED.test(text) && 'not-permitted') || (UNKNOWN_USER.test(text) && 'unknown-user') || '';
    // A stream that ends with the right to send it: that the right is gone was told.
    const wasTold = code === 'not-permitted' && (m.id || text === 'permission denied');
    const words = Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
    if (words === null || OURS.test(text))
        console.warn(`the server refused ${m.id || 'a message'}: ${text}`);
    else if (words === undefined)
        noticeFrom('danger', m.source || m.username ? m.username : null, inWords(text));
    else if (!wasTold)
        complain(words());
}

/** Begin to tell. */
export function startLine() {
    byId('retry-now').addEventListener('click', tryNow);
    session.on('rights', tellRights);
    watch(['phase', 'retryAt', 'restarting', 'troubles'], renderBanner);
    watch(['phase', 'permissions'], renderChatField);
}

/*
 * ======== Signs of life ========
 *
 * Who comes and goes, raised hands, how the network carries each stream; in words, by soft sounds, and beside names.
 */

/** Those who are here already are told one by one after we have come: so long they are no news, ms. */
const GREETING_MS = 2000;
/** Who goes and comes again within this time has not moved, and many who come together are told together, ms. */
const GATHER_MS = 2000;
/** In a larger group somebody comes all the time. */
const JOIN_SOUND_UP_TO = 20;

// ---- Sounds

/**
 * Play a soft sound, if the person wants any.
 *
 * @param {'join'|'hand'|'message'} name
 */
async function sound(name) {
    if (!state.settings.sounds || !navigator.userActivation?.hasBeenActive)
        return;
    try {
        (await import('./sounds.js')).play(name, state.settings.speaker);
    } catch (e) {
        console.warn('no sound:', e);
    }
}

// ---- Coming and going

/** Names, by id, of those who came and went since the last word about it. */
const came = new Map();
const gone = new Map();
/** @type {ReturnType<typeof setTimeout>|undefined} */
let gathering;

/** @param {string[]} names */
function joinedInWords([a, b, ...others]) {
    if (b === undefined)
        return t('{name} has joined.', { name: a });
    if (!others.length)
        return t('{a} and {b} have joined.', { a, b });
    return t('{a}, {b} and {n} others have joined.', { a, b, n: others.length }, '{a}, {b} and {n} other have joined.');
}

/** @param {string[]} names */
function leftInWords([a, b, ...others]) {
    if (b === undefined)
        return t('{name} has left.', { name: a });
    if (!others.length)
        return t('{a} and {b} have left.', { a, b });
    return t('{a}, {b} and {n} others have left.', { a, b, n: others.length }, '{a}, {b} and {n} other have left.');
}

function tellPresence() {
    gathering = undefined;
    const left = [...gone.values()];
    // A page that was loaded again has another id and the same name.
    const joined = [...came.values()].filter((name) => {
        const at = left.indexOf(name);
        if (at >= 0)
            left.splice(at, 1);
        return at < 0;
    });
    came.clear();
    gone.clear();
    const texts = [
        ...(joined.length ? [joinedInWords(joined.map(displayName))] : []),
        ...(left.length ? [leftInWords(left.map(displayName))] : []),
    ];
    for (const text of texts)
        announce(text);
    quietly(texts.join(' '));
    if (joined.length && state.users.length <= JOIN_SOUND_UP_TO)
        sound('join');
}

/**
 * @param {'add'|'change'|'delete'} kind
 * @param {import('../types.js').User} user
 */
function notePresence(kind, user) {
    if (kind === 'add')
        came.set(user.id, user.username);
    else if (!came.delete(user.id))
        gone.set(user.id, user.username);
    gathering ??= setTimeout(tellPresence, GATHER_MS);
}

// ---- Hands

/** A raised hand beside a name: its place in the queue. @param {number} place */
const handSign = (place) => el('span', { class: 'hand-sign', 'aria-hidden': 'true' }, icon('hand'), String(place));

/** @param {import('../types.js').User} user */
function tellHand(user) {
    const words = { name: displayName(user.username), place: handPlace(user.id) };
    if (!may('op')) {
        announce(t('{name} has raised a hand.', words));
        return;
    }
    // One at a time, and short: it lies over the videos, and the list has them all.
    remind('hand', t('Raised hand {place}: {name}', words));
    sound('hand');
}

// ---- Following a connection

/** @param {Client} client */
function follow(client) {
    let isGreeted = false;
    client.on('joined', (m) => {
        if (m.kind === 'join')
            setTimeout(() => { isGreeted = true; }, GREETING_MS);
    });
    /** Those whose hands are up. @type {Set<string>} */
    const raised = new Set();
    client.on('user', (kind, user) => {
        const isUp = kind !== 'delete' && Boolean(user.data.raisehand);
        const isNews = isUp && !raised.has(user.id);
        if (isUp)
            raised.add(user.id);
        else
            raised.delete(user.id);
        if (!isGreeted || user.id === client.id || isMachine(user))
            return;
        if (kind !== 'change')
            notePresence(kind, user);
        // The queue has heard of it when this turn ends.
        if (isNews)
            queueMicrotask(() => tellHand(user));
    });
    client.on('chat', (m) => {
        if (!m.history && m.kind !== 'caption' && m.source && m.source !== client.id && !isChatVisible())
            sound('message');
    });
}

// ---- Notifications of the system

/**
 * A message that means us.
 *
 * @typedef {object} Mention
 * @property {string} id         of the message, empty for a private one
 * @property {string} username   who wrote it
 * @property {string} text       without its markers
 * @property {'mention'|'reply'|'private'} why
 */

/** Tell of a message that is meant for us while we look at something else. @param {Mention} m */
export function notify({ id, username, text }) {
    if (!state.settings.notifications || document.visibilityState === 'visible')
        return;
    try {
        const note = new Notification(displayName(username), { body: shorten(text), tag: id, icon: sitePath('/favicon.svg') });
        note.onclick = () => {
            window.focus();
            if (!isChatVisible())
                byId('toggle-chat').click();
            note.close();
        };
    } catch (e) {
        // Some phones have them for installed pages alone.
        console.warn('no notification:', e);
    }
}

/** Whoever wants notifications is asked by the browser whether this page may. */
async function askToNotify() {
    if (!state.settings.notifications || Notification.permission === 'granted')
        return;
    if (await Notification.requestPermission() !== 'granted') {
        set('notifications', false);
        warn(t('Your browser does not let this page notify you.'));
    }
}

// ---- The network

/** @param {Line['why']} why */
function lineInWords(why) {
    switch (why) {
    case 'loss':
        return t('Unstable connection: parts are lost on the way');
    case 'delay':
        return t('Slow connection: everything comes late');
    case 'freezes':
        return t('Unstable connection: the picture stands still at times');
    case 'cpu':
        return t('This computer is busy: your picture is sent smaller');
    case 'bandwidth':
        return t('Low bandwidth: your picture is sent smaller');
    default:
        return t('Good connection');
    }
}

/**
 * What the sign of a tile shows: how the network carries its stream, by what was measured here and by what the server allots.
 *
 * @param {{trouble: boolean, sent: 'full'|'reduced'|'paused', reason: string, sentWords: string}} view
 * @param {Line|undefined} line
 * @returns {{bars: 0|1|2|3, words: string}}
 */
function networkSign({ trouble, sent, reason, sentWords }, line) {
    if (trouble)
        return { bars: 0, words: line ? t('No connection now') : t('Connecting…') };
    const measured = line ?? { bars: 3, why: /** @type {const} */ ('') };
    const allotted = reason !== 'bandwidth' || sent === 'full' ? 3 : sent === 'reduced' ? 2 : 1;
    if (allotted <= measured.bars && sentWords)
        return { bars: /** @type {1|2|3} */ (Math.min(allotted, measured.bars)), words: sentWords };
    return { bars: measured.bars, words: lineInWords(measured.why) };
}

/** What a tile has of signs: a raised hand, and three bars for the network. */
export class TileSigns {
    constructor() {
        this.hand = el('span', { class: 'tile-hand' });
        this.line = el('span', { class: 'tile-line', role: 'img' }, el('i'), el('i'), el('i'));
        this.why = el('span', { class: 'tile-why', 'aria-hidden': 'true' });
    }

    /**
     * @param {{userId: string, trouble: boolean, sent: 'full'|'reduced'|'paused', reason: string, sentWords: string}} view
     * @param {string} id   of the tile
     * @returns {string} in words, what is out of the ordinary
     */
    show(view, id) {
        const place = handPlace(view.userId);
        if (this.hand.dataset.place !== String(place)) {
            this.hand.dataset.place = String(place);
            this.hand.replaceChildren(...(place ? [handSign(place)] : []));
        }
        const { bars, words } = networkSign(view, state.lines.get(id));
        this.line.dataset.bars = String(bars);
        this.line.title = words;
        this.line.setAttribute('aria-label', words);
        // What is bad is said without pointing at it; over a picture that is not sent it stands already.
        this.why.textContent = bars === 1 && view.sent !== 'paused' ? words : '';
        return [place && t('hand raised, number {place}', { place }), bars < 3 ? words : view.sentWords].filter(Boolean).join(', ');
    }
}

/** Notices and captions stand over the videos, wherever the layout has them. */
function followStage() {
    const stage = byId('stage').getBoundingClientRect();
    const isSeen = stage.width > 0;
    const signs = byId('signs').style;
    signs.setProperty('--stage-left', `${isSeen ? stage.left : 0}px`);
    signs.setProperty('--stage-right', `${isSeen ? innerWidth - stage.right : 0}px`);
    signs.setProperty('--banner', `${byId('banner').offsetHeight}px`);
}

/** Bring the signs to life. */
export function startSigns() {
    const resized = new ResizeObserver(followStage);
    resized.observe(byId('stage'));
    resized.observe(byId('banner'));
    session.on('client', follow);
    watch(['phase'], () => {
        if (state.phase === 'joined')
            return;
        clearTimeout(gathering);
        gathering = undefined;
        came.clear();
        gone.clear();
        byId('quiet').hidden = true;
    });
    let wanted = state.settings.notifications;
    byId('notifications-field').hidden = !('Notification' in window);
    watch(['settings'], () => {
        if (wanted === state.settings.notifications)
            return;
        wanted = state.settings.notifications;
        attempt(askToNotify);
    });
    watch(['locals'], () => {
        if (state.locals.some((l) => l.label === 'camera'))
            dismiss('enable');
    });
}

/*
 * ======== The list ========
 *
 * Each entry is a button that opens the menu of that person, or of the group for oneself.
 */

/** Search is of use only in a long list. */
const SEARCH_FROM = 12;

/** @type {Map<string, {row: HTMLLIElement, shown: string}>} */
const rows = new Map();

/** @param {User} user */
function media(user) {
    const streams = user.id === state.myId
        ? state.locals.map((l) => l.media)
        : state.downs.filter((d) => d.source === user.id).map((d) => d.stream);
    const tracks = streams.flatMap((s) => s?.getTracks() ?? []);
    return tracks.some((track) => track.kind === 'video') ? 'camera' : tracks.length ? 'mic' : '';
}

/** @param {User} user */
function role(user) {
    const has = (/** @type {string} */ p) => user.permissions.includes(p);
    return has('system') ? t('machine') : has('op') ? t('operator') : !has('present') && !has('message') ? t('observer') : '';
}

/** @param {User} user */
function entry(user) {
    const isMe = user.id === state.myId;
    const place = handPlace(user.id);
    const m = media(user);
    const muted = m !== '' && Boolean(user.data.muted);
    const avatar = el('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(user.username));
    avatar.style.setProperty('--hue', String(hue(user.username)));
    const said = [place && t('hand raised, number {place}', { place }), m === 'camera' && t('camera on'), m === 'mic' && t('microphone on'), muted && t('muted')]
        .filter(Boolean);
    const button = el('button', {
        type: 'button',
        class: place ? 'user-entry raised' : 'user-entry',
        'data-user-id': user.id,
        'data-username': user.username,
        'aria-haspopup': 'menu',
        'aria-expanded': 'false',
        onclick: () => openMenu(isMe ? t('Group') : displayName(user.username), isMe ? groupMenu() : userMenu(current(user)), button),
        oncontextmenu: (/** @type {Event} */ e) => {
            e.preventDefault();
            button.click();
        },
    },
    avatar,
    el('span', { class: 'user-text' },
        el('bdi', { class: user.username ? 'name' : 'name anonymous', title: displayName(user.username) }, ...cutName(displayName(user.username))),
        el('span', { class: 'user-role' }, [isMe && t('you'), role(user)].filter(Boolean).join(', '))),
    said.length > 0 && el('span', { class: 'visually-hidden' }, `, ${said.join(', ')}`),
    place > 0 && handSign(place),
    muted && icon('mic-off'),
    m && !muted && icon(m === 'camera' ? 'camera' : 'mic'));
    return button;
}

/**
 * The user as the group sees him now: a menu may open long after the entry was drawn.
 *
 * @param {User} user
 */
const current = (user) => state.users.find((u) => u.id === user.id) ?? user;

/** The buttons that lead to the list say how many want to speak. */
function renderHands() {
    const { size } = state.hands;
    for (const button of document.querySelectorAll('#toggle-users, #tab-users')) {
        if (!button.querySelector('.hand-count'))
            button.append(el('span', { class: 'count hand-count', 'aria-hidden': 'true' }, icon('hand'), el('span', {})), el('span', { class: 'visually-hidden hands-said' }));
        const count = /** @type {HTMLElement} */ (button.querySelector('.hand-count'));
        count.hidden = !size;
        /** @type {Element} */ (count.lastElementChild).textContent = String(size);
        /** @type {Element} */ (button.querySelector('.hands-said')).textContent = size ? ` ${t('{n} hands raised', { n: size }, '{n} hand raised')}` : '';
    }
}

function renderList() {
    const list = byId('users');
    const wanted = byIdAs('user-search', HTMLInputElement).value.trim().toLowerCase();
    const here = people();
    byId('users-heading').textContent = state.users.length ? t('People ({n})', { n: here.length }) : t('People');
    byId('people-count').textContent = state.users.length ? String(here.length) : '';
    renderHands();
    byIdAs('user-search', HTMLInputElement).hidden = here.length < SEARCH_FROM && !wanted;

    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.userId : undefined;
    const keep = new Set(state.users.map((u) => u.id));
    for (const [id, { row }] of rows) {
        if (!keep.has(id)) {
            row.remove();
            rows.delete(id);
        }
    }
    let next = list.firstElementChild;
    for (const user of state.users) {
        const shown = JSON.stringify([user, media(user), state.myId === user.id, handPlace(user.id)]);
        let known = rows.get(user.id);
        if (!known) {
            known = { row: el('li', {}), shown: '' };
            rows.set(user.id, known);
        }
        if (known.shown !== shown) {
            known.shown = shown;
            known.row.replaceChildren(entry(user));
        }
        known.row.hidden = wanted !== '' && !user.username.toLowerCase().includes(wanted);
        if (known.row === next)
            next = next.nextElementSibling;
        else
            list.insertBefore(known.row, next);
    }
    if (focused && rows.has(focused) && document.activeElement === document.body)
        rows.get(focused)?.row.querySelector('button')?.focus();
}

/** Bring the list to life. */
export function startUsers() {
    watch(['users', 'myId', 'locals', 'downs'], renderList);
    byId('user-search').addEventListener('input', renderList);
    byId('users').addEventListener('keydown', (e) => {
        if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp')
            return;
        const all = /** @type {HTMLElement[]} */ ([...byId('users').querySelectorAll('li:not([hidden]) .user-entry')]);
        const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        all[at + (e.key === 'ArrowDown' ? 1 : -1)]?.focus();
        e.preventDefault();
    });
}

/*
 * ======== Reactions ========
 *
 * An emoji that floats over the videos of everybody for a moment.
 */

/** What to choose from. */
export const REACTIONS = ['👍', '❤️', '😂', '👏', '🎉', '😮', '😢', '🤔'];

/** The animation of `.reaction` in room.css takes as long. */
const SHOWN_MS = 3000;
/** More at once would hide the videos, and tell no more. */
const MOST = 30;
/** Places side by side, so that one does not rise over another. */
const LANES = 6;
/** Whoever presses faster sends no more. */
const PAUSE_MS = 250;
/** One emoji, with the signs that change its colour, or join it with another. */
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})[\p{Extended_Pictographic}\p{Emoji_Modifier}\u200d\ufe0f]{0,10}$/u;

let sentAt = -Infinity;
let lane = 0;

/**
 * Show everybody a reaction, ourselves too.
 *
 * @param {string} emoji
 * @throws {Error} if we are not in the group
 */
export function sendReaction(emoji) {
    const client = requireClient();
    if (performance.now() - sentAt < PAUSE_MS)
        return;
    sentAt = performance.now();
    client.userMessage('reaction', '', emoji);
}

/** What floats now, with the words for it. @type {Map<HTMLElement, string>} */
const floating = new Map();

/**
 * @param {string} name   whose
 * @param {string} emoji
 */
function float(name, emoji) {
    if (floating.size >= MOST)
        return;
    const words = t('{name} reacts: {emoji}', { name: displayName(name), emoji });
    // Applause is told once.
    if (![...floating.values()].includes(words))
        announce(words);
    const sign = el('div', { class: 'reaction' }, el('span', { class: 'reaction-emoji' }, emoji), el('bdi', { class: 'reaction-name' }, displayName(name)));
    sign.style.setProperty('--lane', String(lane));
    lane = (lane + 1) % LANES;
    floating.set(sign, words);
    byId('reactions').append(sign);
    setTimeout(() => {
        sign.remove();
        floating.delete(sign);
    }, SHOWN_MS);
}

/** Show the reactions of others and our own. */
export function startReactions() {
    session.on('client', (client) => client.on('usermessage', (m) => {
        if (m.kind === 'reaction' && !m.dest && typeof m.value === 'string' && EMOJI.test(m.value))
            float(m.username, m.value);
    }));
}
