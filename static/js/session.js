// @ts-check
/**
 * Being in the group: settings, the one state of the page, the connection that fills it, and what the server is asked to send over it.
 */

import { Client, Emitter, JoinError, isFirefox, newId } from '../protocol.js';
import { inWords, sitePath, t, warn } from './page.js';

/** @typedef {import('../types.js').Speaker} Speaker */
/** @typedef {import('../types.js').User} User */
/** @typedef {import('../types.js').GroupStatus} GroupStatus */
/** @typedef {import('../protocol.js').DownStream} DownStream */
/** @typedef {import('../protocol.js').UpStream} UpStream */
/** @typedef {import('../types.js').Credentials} Credentials */
/** @typedef {import('../protocol.js').CloseEvent} CloseEvent */
/** @typedef {import('../types.js').Medium} Medium */
/** @typedef {import('../types.js').RequestMap} RequestMap */

/*
 * ======== Settings ========
 *
 * What a person chose, kept in this browser. Choices outlive the tab; being muted belongs to the tab alone.
 */

/**
 * @typedef {object} Settings
 * @property {boolean} localMute
 * @property {boolean} microphoneOff      the microphone is not to be opened
 * @property {boolean} cameraOff          the camera is not to be opened
 * @property {string|null} video          device id, '' for off, null for the first one
 * @property {string|null} audio          device id, '' for off, null for the first one
 * @property {string} speaker             device id, '' for the default
 * @property {string} filter
 * @property {string} request             what to receive
 * @property {string} send                how much to send
 * @property {string} simulcast
 * @property {boolean} blackboardMode
 * @property {boolean} mirrorView
 * @property {boolean} activityDetection
 * @property {boolean} displayAll
 * @property {boolean} preprocessing
 * @property {boolean} hqaudio
 * @property {number[]|null} resolution   width and height wanted from the camera
 * @property {boolean} forceRelay
 * @property {boolean} shortcuts          single-key shortcuts
 * @property {boolean} sounds             soft sounds for who comes, hands and messages
 * @property {boolean} notifications      the system tells of mentions while the page is out of sight
 * @property {string} layout              how videos, people and chat share the window
 * @property {string|null} panel          what was left open of people and chat; null: what the width allows
 * @property {string} selfView            where one's own picture is: floating while few are here, in the grid, or nowhere
 * @property {number[]|null} selfPlace    where it floats: parts of the room's width and height, from 0 to 1
 * @property {number|null} chatWidth      pixels, in the classic layout
 * @property {string} username            last name used here
 */

const KEY = 'settings';

/** @type {Settings} */
const DEFAULTS = {
    localMute: false,
    microphoneOff: false,
    cameraOff: false,
    video: null,
    audio: null,
    speaker: '',
    filter: '',
    request: 'everything',
    send: 'normal',
    simulcast: isFirefox ? 'off' : 'auto',
    blackboardMode: false,
    mirrorView: true,
    activityDetection: true,
    displayAll: false,
    preprocessing: true,
    hqaudio: false,
    resolution: null,
    forceRelay: false,
    shortcuts: true,
    sounds: true,
    notifications: false,
    layout: 'grid',
    panel: null,
    selfView: 'float',
    selfPlace: null,
    chatWidth: null,
    username: '',
};

/** Values that a setting may have, for those that are a choice. @type {Record<string, string[]>} */
export const CHOICES = {
    request: ['everything', 'everything-low', 'screenshare', 'audio', ''],
    send: ['lowest', 'low', 'normal', 'unlimited'],
    simulcast: ['auto', 'off', 'on'],
    filter: ['', 'mirror-h', 'mirror-v', 'rotate', 'background-blur'],
    layout: ['grid', 'stage', 'classic'],
    panel: ['', 'users', 'chat', 'both'],
    selfView: ['float', 'grid', 'hidden'],
};

const TAB_ONLY = new Set(['localMute']);

/**
 * @param {string} key
 * @param {any} value
 * @returns {string} what is wrong, or empty
 */
function check(key, value) {
    if (!Object.hasOwn(DEFAULTS, key))
        return t('there is no setting “{key}”', { key });
    if (Object.hasOwn(CHOICES, key))
        return CHOICES[key].includes(value) ? '' : t('{key} is one of {choices}', { key, choices: CHOICES[key].map((v) => JSON.stringify(v)).join(', ') });
    if (key === 'resolution') {
        const good = value === null || (Array.isArray(value) && value.length === 2 && value.every((n) => Number.isInteger(n) && n > 0 && n < 10_000));
        return good ? '' : t('resolution is [width, height]');
    }
    if (key === 'selfPlace') {
        const good = value === null || (Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === 'number' && n >= 0 && n <= 1));
        return good ? '' : t('selfPlace is two numbers from 0 to 1');
    }
    if (key === 'chatWidth')
        return value === null || (typeof value === 'number' && value > 0) ? '' : t('{key} is a number', { key });
    if (key === 'video' || key === 'audio')
        return value === null || typeof value === 'string' ? '' : t('{key} is a device id', { key });
    const wanted = typeof DEFAULTS[/** @type {keyof Settings} */ (key)];
    return typeof value === wanted ? '' : t(wanted === 'boolean' ? '{key} is true or false' : wanted === 'number' ? '{key} is a number' : '{key} is a text', { key });
}

/**
 * @param {Storage|undefined} storage
 * @returns {Record<string, any>}
 */
function read(storage) {
    try {
        const value = JSON.parse(storage?.getItem(KEY) ?? '{}');
        return typeof value === 'object' && value !== null ? value : {};
    } catch {
        return {};
    }
}

/**
 * @param {'localStorage'|'sessionStorage'} name
 * @returns {Storage|undefined} undefined where the browser refuses storage
 */
function storage(name) {
    try {
        return globalThis[name];
    } catch {
        return undefined;
    }
}

/** @type {Record<string, any>} */
let stored = {};

/** @returns {Settings} what was stored, and defaults for the rest */
export function loadSettings() {
    const found = { ...read(storage('localStorage')), ...read(storage('sessionStorage')) };
    stored = Object.fromEntries(Object.entries(found).filter(([key, value]) => !check(key, value)));
    return { ...DEFAULTS, ...stored };
}

/**
 * Change one setting and keep it.
 *
 * @param {Settings} settings
 * @param {string} key
 * @param {any} value   undefined goes back to the default
 * @returns {Settings} the new settings
 */
export function changeSetting(settings, key, value) {
    if (value === undefined) {
        if (!Object.hasOwn(DEFAULTS, key))
            throw new Error(t('there is no setting “{key}”', { key }));
        delete stored[key];
    } else {
        const wrong = check(key, value);
        if (wrong)
            throw new Error(wrong);
        stored[key] = value;
    }
    for (const [name, mine] of /** @type {const} */ ([['localStorage', false], ['sessionStorage', true]])) {
        const part = Object.fromEntries(Object.entries(stored).filter(([k]) => TAB_ONLY.has(k) === mine));
        try {
            storage(name)?.setItem(KEY, JSON.stringify(part));
        } catch {
            // A full or forbidden storage costs the memory of a choice, nothing else.
        }
    }
    return { ...settings, [key]: value === undefined ? DEFAULTS[/** @type {keyof Settings} */ (key)] : value };
}

/** @returns {[key: string, value: any][]} what differs from the defaults, sorted */
export function storedSettings() {
    return Object.entries(stored).sort(([a], [b]) => (a < b ? -1 : 1));
}

/*
 * ======== State ========
 *
 * The one state of the page. It is changed here and nowhere else; the modules that show something watch it.
 * Watchers run once per turn, after all changes of that turn.
 */

/**
 * A stream of our own. Its media outlive the connection that carries them.
 *
 * @typedef {object} LocalStream
 * @property {string} id            stays the same while the stream is replaced or the connection renewed
 * @property {'camera'|'screenshare'|'video'} label
 * @property {MediaStream} media    what is sent
 * @property {UpStream|null} up     null while there is no connection
 * @property {HTMLVideoElement|null} player   plays the file, for `video`
 * @property {() => void} release   gives the devices back
 */

/**
 * A line of our own which the server has not shown to have read.
 *
 * @typedef {object} Unheard
 * @property {string} source     our id then
 * @property {string} username   our name then
 * @property {string} text
 * @property {string} kind       as chat has it
 * @property {string} dest       id of the only one who is to read it, or empty
 * @property {string} to         name of that one
 * @property {number} at         when it was sent, ms
 * @property {number} after      time of the last message before it, by the server's clock, ms
 * @property {'sent'|'lost'|'undelivered'} fate   its connection lives; is over; and what was said meanwhile is known, and it is not in it
 */

/** The browser is offline; the server does not answer; media have no path. @typedef {'offline'|'line'|'media'} Trouble */

/**
 * @typedef {object} State
 * @property {'loading'|'login'|'joining'|'joined'|'reconnecting'} phase
 * @property {string} groupName
 * @property {GroupStatus} status
 * @property {string} myId
 * @property {string} username
 * @property {string[]} permissions
 * @property {boolean} canChangePassword
 * @property {boolean} canRecord            the group can be recorded, by who may
 * @property {User[]} users                 oneself first, then by name
 * @property {ReadonlyMap<string, number>} hands   ids of those with a raised hand and since when it is up (ms), in the order of the queue
 * @property {LocalStream[]} locals
 * @property {DownStream[]} downs
 * @property {Settings} settings
 * @property {boolean} sealed               what we send is encrypted end to end
 * @property {boolean} opening              devices are being opened
 * @property {{kind: 'video'|'audio', text: string}|null} lostDevice   the last one that went by itself
 * @property {string|null} pinned           id of the tile on stage; '' for none; null: choose by itself
 * @property {boolean} usersOpen
 * @property {boolean} chatOpen
 * @property {'none'|'users'|'chat'|'both'} panel   what is seen of them
 * @property {boolean} settingsOpen
 * @property {number} unread
 * @property {string} draft                 what is written in the chat field and not sent
 * @property {readonly Unheard[]} unheard   what was sent and perhaps not delivered, oldest first
 * @property {number|null} retryAt          when the next attempt to reconnect comes
 * @property {readonly Trouble[]} troubles   what is wrong with a connection that may yet live
 * @property {boolean} restarting           the connection was lost because the server restarts
 * @property {MediaDeviceInfo[]} devices
 * @property {Speaker[]|null} speakers     who speaks or spoke last, as the server says; null: it does not say
 * @property {ReadonlySet<string>} speaking   ids of tiles whose people speak
 * @property {ReadonlySet<string>} inWindow   ids of tiles that are shown in a small window as well
 * @property {ReadonlyMap<string, Line>} lines   how the network carries the stream of each tile, as far as it has been measured
 * @property {LoginNeeds} login
 */

/**
 * How the network carries a stream, measured here.
 *
 * @typedef {object} Line
 * @property {1|2|3} bars   3 is good
 * @property {''|'loss'|'delay'|'freezes'|'cpu'|'bandwidth'} why   what is wrong
 */

/**
 * What the log-in form asks for.
 *
 * @typedef {object} LoginNeeds
 * @property {boolean} name
 * @property {boolean} password
 * @property {string} message     why the last attempt failed
 * @property {string} as          the name that an invitation gives, empty for none
 * @property {string} portal      a way back to the portal
 */

/** @type {State} */
export const state = {
    phase: 'loading',
    groupName: '',
    status: {},
    myId: '',
    username: '',
    permissions: [],
    canChangePassword: false,
    canRecord: false,
    users: [],
    hands: new Map(),
    locals: [],
    downs: [],
    settings: loadSettings(),
    sealed: false,
    opening: false,
    lostDevice: null,
    pinned: null,
    usersOpen: false,
    chatOpen: false,
    panel: 'chat',
    settingsOpen: false,
    unread: 0,
    draft: '',
    unheard: [],
    retryAt: null,
    troubles: [],
    restarting: false,
    devices: [],
    speakers: null,
    speaking: new Set(),
    inWindow: new Set(),
    lines: new Map(),
    login: { name: true, password: true, message: '', as: '', portal: '' },
};

/** @type {{keys: Set<keyof State>, watcher: () => void}[]} */
const watchers = [];
/** @type {Set<keyof State>} */
const changed = new Set();

/**
 * Change the state.
 *
 * @param {Partial<State>} patch
 */
export function update(patch) {
    for (const key of /** @type {(keyof State)[]} */ (Object.keys(patch))) {
        if (state[key] === patch[key])
            continue;
        /** @type {any} */ (state)[key] = patch[key];
        if (!changed.size)
            queueMicrotask(tell);
        changed.add(key);
    }
}

function tell() {
    const now = new Set(changed);
    changed.clear();
    for (const { keys, watcher } of watchers) {
        if ([...keys].some((k) => now.has(k)))
            watcher();
    }
}

/**
 * Run a function now and whenever one of these parts of the state has changed.
 *
 * @param {(keyof State)[]} keys
 * @param {() => void} watcher
 */
export function watch(keys, watcher) {
    watchers.push({ keys: new Set(keys), watcher });
    watcher();
}

/**
 * Change a setting, in the state and in the browser's storage.
 *
 * @param {string} key
 * @param {any} value   undefined: the default
 */
export function set(key, value) {
    update({ settings: changeSetting(state.settings, key, value) });
}

/** @param {string} permission */
export const may = (permission) => state.permissions.includes(permission);

/** Every connection has an id of its own: what came from one before, also of this page's last life, is one's own as well. @type {Set<string>} */
const ownIds = new Set();
/** @param {string} id */
export const isOwn = (id) => ownIds.has(id);

/** Ourselves, as the group sees us. */
export const me = () => state.users.find((u) => u.id === state.myId);

/**
 * The queue of raised hands. Whoever says when the hand rose stands there, also for those who come later; of others counts when we saw it.
 *
 * @param {readonly User[]} users
 * @param {ReadonlyMap<string, number>} before   the queue until now
 * @param {number} now                           ms
 * @returns {Map<string, number>}
 */
export function queueHands(users, before, now) {
    const since = (/** @type {User} */ u) => before.get(u.id) ?? (Date.parse(String(u.data.raisehandtime)) || now);
    return new Map(users.filter((u) => u.data.raisehand).map((u) => /** @type {const} */ ([u.id, since(u)])).sort((a, b) => a[1] - b[1]));
}

/** Whether it is one of the server's own, as the recorder is. @param {User} user */
export const isMachine = (user) => user.permissions.includes('system');

/** Who is here, oneself too. */
export const people = () => state.users.filter((u) => !isMachine(u));

/** Place in the queue, from 1; 0 for a hand that is down. @param {string} id   of a user */
export const handPlace = (id) => [...state.hands.keys()].indexOf(id) + 1;

/**
 * Order in the list: oneself, then raised hands in the order of their queue, then by name, nameless and machines last.
 *
 * @param {readonly User[]} users
 * @param {string} myId
 * @param {ReadonlyMap<string, number>} hands
 * @returns {User[]}
 */
export function sortUsers(users, myId, hands) {
    /** @param {User} u */
    const rank = (u) => (u.id === myId ? 0 : isMachine(u) ? 4 : hands.has(u.id) ? 1 : u.username ? 2 : 3);
    const place = new Map([...hands.keys()].map((id, i) => [id, i]));
    return [...users].sort((a, b) =>
        rank(a) - rank(b) ||
        (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0) ||
        a.username.localeCompare(b.username, undefined, { sensitivity: 'base' }) ||
        (a.username < b.username ? -1 : a.username > b.username ? 1 : 0));
}

/*
 * ======== Why a connection did not open ========
 *
 * A script is told nothing about a refused WebSocket; but a page from an address that the server does not
 * take for its own is a common fault behind a proxy, and can be found out.
 */

/** The server takes no connections from pages of this address. */
export class OriginError extends Error {}

/**
 * @param {string} endpoint   address of the WebSocket
 * @returns {Promise<OriginError|null>} null when that was not the reason
 */
async function originProblem(endpoint) {
    const url = new URL(endpoint.replace(/^ws/, 'http'));
    if (url.origin !== location.origin)
        return new OriginError(t('This page comes from {origin}, but the server says that its address is {address}. Whoever runs it can put things right in data/config.json: proxyURL is the address that people use, allowOrigin lists others.', { origin: location.origin, address: url.origin }));
    try {
        // Unlike GET, OPTIONS carries this page's origin (fetch.spec.whatwg.org, "append a request Origin header").
        const { status } = await fetch(url, { method: 'OPTIONS' });
        return status === 403
            ? new OriginError(t('The server does not know {origin} as its own address and refuses pages from there. Whoever runs it can put things right in data/config.json: proxyURL is the address that people use, allowOrigin lists others.', { origin: location.origin }))
            : null;
    } catch {
        return null;
    }
}

/*
 * ======== The session ========
 *
 * Being in the group: one connection after another. Joins with the credentials given, keeps them in memory, and comes back by itself when
 * the connection is lost. Writes what it learns into the state.
 */

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;
/** A server that holds our join back for so long will not let us in. */
const REJOIN_MS = 15_000;
/** Between two looks for a server that has gone silent. */
const LOOK_MS = 3000;
/** So long an old connection has to be heard once a new one was answered. */
const LAST_CHANCE_MS = 500;
/** A browser that says it is offline, and has had answers for so long since, is wrong. */
const OFFLINE_MS = 15_000;
/** How long an authorisation server may take. */
const AUTH_MS = 15_000;
/** Service Restart, in the registry of RFC 6455 section 11.7. */
const CLOSE_RESTART = 1012;
/** So long after a restart a group may be waiting to be read, or for its operators, who come back as we do. */
const REASSEMBLE_MS = 60_000;

/**
 * @typedef {object} SessionEvents
 * @property {[client: Client]} client    a new connection, before anything has happened on it
 * @property {[again: boolean]} joined    in the group; `again` when we were there before the connection was lost
 * @property {[change: RightsChange]} rights   we may do more or less than before
 * @property {[message: string]} left     out of the group for good; the message says why, empty if we wanted it
 */

/**
 * @typedef {object} RightsChange
 * @property {string[]} taken
 * @property {string[]} given
 * @property {string|null} by     who did it, empty for somebody without a name; null: the server, or a server that does not say
 */

/** @type {Emitter<SessionEvents & Record<string, any[]>>} */
export const session = new Emitter();

/** @type {Client|null} */
let client = null;
/** How we got in, for coming back. @type {Credentials|null} */
let credentials = null;
/** Whether that was by a password, which a page that was loaded anew does not know any more. */
let byPassword = false;
/** Replaces our former connection in the group. */
let resume = '';
/** Set when somebody has put us out; then we do not come back. */
let farewell = '';
let attempts = 0;
/** When the connection was lost. */
let lostAt = 0;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;

/** @returns {Client|null} the connection, if we are in the group */
export const currentClient = () => (state.phase === 'joined' ? client : null);

/** Whether we are in the meeting, or on our way back into it. */
export const isInside = () => state.phase === 'joined' || state.phase === 'reconnecting';

/** For what needs no connection at once: the others see it when we are back. */
export function requireMeeting() {
    if (!isInside())
        throw new Error(t('You are not connected.'));
}

/** @returns {Client} */
export function requireClient() {
    const c = currentClient();
    if (!c)
        throw new Error(t('You are not connected.'));
    return c;
}

/**
 * For what would be lost if nobody listened: what was written stays in its field, then.
 *
 * @returns {Client}
 */
export function requireListener() {
    const c = requireClient();
    if (!c.isThere)
        throw new Error(t('Your connection is gone. Your text waits here.'));
    return c;
}

/** @returns {string} */
function endpoint() {
    if (state.status.endpoint)
        return state.status.endpoint;
    return `${location.protocol === 'http:' ? 'ws' : 'wss'}://${location.host}${sitePath('/ws')}`;
}

/** @param {Client} c */
async function connect(c) {
    try {
        await c.connect();
    } catch (e) {
        throw await originProblem(c.url) ?? e;
    }
}

/**
 * @param {Credentials} given
 * @returns {Promise<Client>} a new connection, joined
 */
async function attempt(given) {
    const c = new Client(endpoint(), { rtcOverrides: state.settings.forceRelay ? { iceTransportPolicy: 'relay' } : {} });
    const { data } = given;
    client = c;
    update({ speakers: null });
    listen(c);
    session.emit('client', c);
    try {
        await connect(c);
        await enter(c, given);
        resume = c.resume;
        // What the person has done while we were on our way.
        if (given.data !== data)
            c.setData({ ...Object.fromEntries(Object.keys(data ?? {}).map((k) => [k, null])), ...given.data });
    } catch (e) {
        if (client === c)
            client = null;
        c.close();
        throw e;
    }
    return c;
}

/**
 * Who was inside a moment ago needs no proof: a portal's token may be good for seconds only.
 *
 * @param {Client} c
 * @param {Credentials} given
 */
async function enter(c, given) {
    const { username, data } = given;
    try {
        await c.join(state.groupName, { ...await exchange(given), ...(resume && { resume }) });
    } catch (e) {
        if (!resume || !hasProof(given) || !(e instanceof JoinError) || e.code !== 'not-authorised')
            throw e;
        await c.join(state.groupName, { username, data, resume });
    }
}

/** @param {Credentials|null} given */
const hasProof = (given) => Boolean(given?.token) || given?.password !== undefined;

/**
 * Where the group has an authorisation server, turn a password into a token there.
 *
 * @param {Credentials} given
 * @returns {Promise<Credentials>}
 */
async function exchange(given) {
    const { authServer } = state.status;
    if (!authServer || given.token || given.password === undefined)
        return given;
    const response = await fetch(authServer, {
        method: 'POST',
        signal: AbortSignal.timeout(AUTH_MS),
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
            location: location.origin + location.pathname,
            username: given.username,
            password: given.password,
        }),
    });
    if (response.status === 204)
        return given;
    if (!response.ok)
        throw new Error(response.status === 401 || response.status === 403
            ? t('The authorisation server refused this name and password.')
            : t('The authorisation server answered {status}.', { status: `${response.status} ${response.statusText}`.trim() }));
    const type = (response.headers.get('Content-Type') ?? '').split(';')[0].trim().toLowerCase();
    const token = (await response.text()).trim();
    if (type !== 'application/jwt' || !token)
        throw new Error(t('The authorisation server gave no token.'));
    return { username: given.username, token, data: given.data };
}

/** @param {Client} c */
function listen(c) {
    c.on('joined', (m) => {
        if (c !== client || (m.kind !== 'join' && m.kind !== 'change'))
            return;
        const before = state.permissions;
        ownIds.add(c.id);
        update({
            status: { ...state.status, ...c.status, endpoint: state.status.endpoint },
            permissions: c.permissions,
            canRecord: c.canRecord,
            username: c.username ?? '',
            myId: c.id,
            canChangePassword: Boolean(c.status.canChangePassword && byPassword && c.username),
        });
        const taken = before.filter((p) => !c.permissions.includes(p));
        const given = c.permissions.filter((p) => !before.includes(p));
        if (m.kind === 'change' && state.phase === 'joined' && taken.length + given.length)
            session.emit('rights', { taken, given, by: m.by ? m.by.username : null });
    });
    c.on('line', (isThere) => {
        if (c !== client)
            return;
        setTrouble('line', !isThere);
        if (!isThere)
            lookForServer(c);
    });
    c.on('media', (arePassing) => {
        if (c === client)
            setTrouble('media', !arePassing);
    });
    c.on('user', () => {
        if (c !== client)
            return;
        const users = [...c.users.values()];
        const hands = queueHands(users, state.hands, Date.now());
        update({ hands, users: sortUsers(users, c.id, hands) });
    });
    c.on('down', (down) => {
        update({ downs: [...state.downs, down] });
        down.on('close', () => update({ downs: state.downs.filter((d) => d !== down) }));
    });
    c.on('speakers', (speakers) => {
        if (c === client)
            update({ speakers });
    });
    c.on('usermessage', (m) => {
        if (m.kind !== 'kicked' || !m.privileged)
            return;
        farewell = putOut(m.username, m.id, m.value ? inWords(String(m.value)) : '');
    });
    c.on('close', (e) => {
        if (c === client)
            lost(e);
    });
}

// ---- A line that fails

/** What is wrong with the line, as far as we know. @type {Set<Trouble>} */
const troubles = new Set();

/**
 * @param {Trouble} trouble
 * @param {boolean} is
 */
function setTrouble(trouble, is) {
    if (is)
        troubles.add(trouble);
    else
        troubles.delete(trouble);
    showTroubles();
}

function showTroubles() {
    update({ troubles: [...troubles] });
}

/**
 * While the server is silent, see whether a new connection is answered: then the old one is dead, as after a change of network.
 *
 * @param {Client} c   the silent connection
 */
async function lookForServer(c) {
    const isSilent = () => c === client && !c.isThere;
    const isOutside = () => state.phase !== 'joined';
    if (isOutside()) {
        await pause(REJOIN_MS);
        if (isSilent() && isOutside())
            c.giveUp('the server does not let us in');
        return;
    }
    while (isSilent()) {
        const other = new Client(endpoint());
        try {
            await other.connect();
            await pause(LAST_CHANCE_MS);
            if (isSilent())
                c.giveUp('a new connection is answered, this one is not');
        } catch {
            await pause(LOOK_MS);
        } finally {
            other.close();
        }
    }
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => {
    setTimeout(resolve, ms);
});

/** The browser has lost its network. */
function goneOffline() {
    const c = client;
    setTrouble('offline', true);
    c?.check();
    setTimeout(() => {
        if (c && c === client && c.isThere)
            setTrouble('offline', false);
    }, OFFLINE_MS);
}

/** Something may be better now, or we have slept: see how the connection is, or try to come back. */
function lookAgain() {
    client?.check();
    retryNow();
}

/** @param {CloseEvent} e */
function lost(e) {
    if (state.phase !== 'joined')
        return;
    client = null;
    troubles.clear();
    showTroubles();
    lostAt = Date.now();
    update({ downs: [], users: [], restarting: e.code === CLOSE_RESTART });
    if (e.asked || farewell)
        end(farewell);
    else if (e.code === 1000)
        end(e.reason ? t('The server closed the connection: {reason}', { reason: e.reason }) : t('The server closed the connection.'));
    else
        retryLater();
}

/**
 * Out of the group for good.
 *
 * @param {string} message
 */
function end(message) {
    clearTimeout(timer);
    farewell = '';
    forgetPlace();
    troubles.clear();
    showTroubles();
    update({
        phase: 'login',
        retryAt: null,
        restarting: false,
        myId: '',
        users: [],
        downs: [],
        permissions: [],
        canChangePassword: false,
        canRecord: false,
        login: { ...state.login, message },
    });
    session.emit('left', message);
}

function retryLater() {
    const delay = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempts) * (0.75 + Math.random() / 2);
    attempts++;
    update({ phase: 'reconnecting', retryAt: Date.now() + delay });
    clearTimeout(timer);
    timer = setTimeout(retryNow, delay);
}

/** Try to come back at once, if we are waiting to. */
async function retryNow() {
    if (state.phase !== 'reconnecting' || state.retryAt === null || !credentials)
        return;
    clearTimeout(timer);
    update({ retryAt: null });
    try {
        await attempt(credentials);
        entered(true);
    } catch (e) {
        if (state.phase !== 'reconnecting')
            return;
        if (e instanceof JoinError && e.kind === 'redirect')
            follow(e.url);
        else if (e instanceof JoinError && !isPassing(e))
            end(whyNotBack(e));
        else
            retryLater();
    }
}

/** @param {JoinError} e */
function whyNotBack(e) {
    if (e.code !== 'not-authorised')
        return t('You could not come back: {reason}.', { reason: inWords(e.message) });
    return hasProof(credentials)
        ? t('You could not come back: your password or invitation is not valid any more.')
        : t('You could not come back by yourself. Please join again.');
}

/** A person does not want to wait: look for other paths, or for the server. */
export function tryNow() {
    const c = currentClient();
    if (c?.isThere)
        c.restartAll();
    else if (c)
        c.giveUp('asked to try again');
    retryNow();
}

/**
 * Whether a refusal may be gone a moment later.
 *
 * @param {JoinError} e
 */
function isPassing(e) {
    const isLately = Date.now() - lostAt < REASSEMBLE_MS;
    if (isLately && (e.code === 'no-such-group' || (state.restarting && ['no-operator', 'locked'].includes(e.code))))
        return true;
    return ['busy', 'throttled', 'duplicate-id', 'server-full', 'internal'].includes(e.code) || e.message === 'internal server error';
}

/** @param {boolean} again */
function entered(again) {
    attempts = 0;
    farewell = '';
    troubles.clear();
    showTroubles();
    update({ phase: 'joined', retryAt: null, restarting: false });
    session.emit('joined', again);
    keepPlace();
}

/**
 * Join the group.
 *
 * @param {Credentials} given
 * @returns {Promise<void>} rejected with the reason
 */
export async function join(given) {
    clearTimeout(timer);
    client?.close();
    credentials = given;
    byPassword = given.password !== undefined;
    attempts = 0;
    farewell = '';
    resume = '';
    leftBehind = null;
    update({ phase: 'joining', login: { ...state.login, message: '' } });
    try {
        await attempt(given);
    } catch (e) {
        credentials = null;
        if (e instanceof JoinError && e.kind === 'redirect') {
            follow(e.url);
            return;
        }
        update({ phase: 'login' });
        throw e;
    }
    entered(false);
}

/**
 * See what a token is good for, by joining with it and leaving at once.
 *
 * @param {string} token
 * @returns {Promise<string>} the name that it gives; rejected with JoinError if it is refused
 */
export async function probe(token) {
    const c = new Client(endpoint());
    try {
        await connect(c);
        await c.join(state.groupName, { token });
        return c.username ?? '';
    } finally {
        c.close();
    }
}

/** What we say about ourselves. @returns {Record<string, any>} */
export const myData = () => credentials?.data ?? {};

/**
 * Say something else about ourselves. It is said again when we come back, or only then.
 *
 * @param {Record<string, any>} data   members to change, null deletes one
 */
export function setMyData(data) {
    requireMeeting();
    currentClient()?.setData(data);
    if (!credentials)
        return;
    const merged = { ...credentials.data, ...data };
    credentials.data = Object.fromEntries(Object.entries(merged).filter(([, v]) => v !== null));
    const isRaised = Boolean(merged.raisehand);
    // The server, which else says so, does not hear us.
    if (!currentClient()?.isThere && isRaised !== state.hands.has(state.myId)) {
        const others = [...state.hands].filter(([id]) => id !== state.myId);
        update({ hands: new Map(isRaised ? [...others, [state.myId, Date.now()]] : others) });
    }
    keepPlace();
}

/** Leave the group. */
export function leave() {
    if (state.phase === 'reconnecting') {
        client?.close();
        client = null;
        end('');
        return;
    }
    client?.close();
}

// ---- A page that is loaded anew

/**
 * What a page that is loaded anew in the same tab has to know to take up where the last one ended. Never a password.
 *
 * @typedef {object} Place
 * @property {string} secret     lets back in (docs/PROTOCOL.md)
 * @property {number} at         when the last page was in the meeting, ms
 * @property {string} page       which one that was
 * @property {string} username
 * @property {boolean} byPassword
 * @property {Record<string, any>} data      what we said about ourselves, such as a raised hand
 * @property {Record<'video'|'audio', boolean>} open
 * @property {Record<'video'|'audio', string|null>} devices   the ones chosen
 * @property {boolean} shared    a screen was shared
 * @property {string} draft      what was written in the chat field and not sent
 * @property {readonly Unheard[]} [unheard]   what was sent and perhaps not delivered
 * @property {string[]} ids      under which one was known so far
 */

/** So long the server keeps a place. */
const PLACE_MS = 120_000;
/** A page that crashes does not say when. */
const KEEP_EVERY_MS = 10_000;
/** Of a longer draft the beginning is kept: a storage that is full would keep nothing. */
const DRAFT_MOST = 10_000;
/** Of lines that were perhaps not delivered the last are kept, unless they are longer than a draft may be. */
const UNHEARD_MOST = 20;
/** One for each connection. */
const IDS_MOST = 50;
/** So long the page before may take to end. */
const ENDING_MS = 2000;
const placeKey = () => `place ${location.pathname}`;
/** This page, which holds a lock of that name as long as it lives. */
const page = newId();
/** The place that we took up, until its devices are open again. @type {Place|null} */
let leftBehind = null;

/** Note what the next page would have to know. */
function keepPlace() {
    if (!isInside() || !resume || !credentials)
        return;
    const tracks = state.locals.find((l) => l.label === 'camera')?.media.getTracks() ?? [];
    /** @type {Place} */
    const place = {
        secret: resume,
        at: state.phase === 'joined' ? Date.now() : lostAt,
        page,
        username: state.username || leftBehind?.username || '',
        byPassword,
        data: credentials.data ?? {},
        open: leftBehind?.open ?? { video: tracks.some((x) => x.kind === 'video'), audio: tracks.some((x) => x.kind === 'audio') },
        devices: leftBehind?.devices ?? { video: state.settings.video, audio: state.settings.audio },
        shared: leftBehind?.shared ?? state.locals.some((l) => l.label === 'screenshare'),
        draft: state.draft.slice(0, DRAFT_MOST),
        unheard: state.unheard.filter((u) => u.text.length <= DRAFT_MOST).slice(-UNHEARD_MOST),
        ids: [...ownIds].slice(-IDS_MOST),
    };
    try {
        sessionStorage.setItem(placeKey(), JSON.stringify(place));
    } catch {
        // no storage here
    }
}

/** There is nothing to come back to. */
function forgetPlace() {
    credentials = null;
    resume = '';
    leftBehind = null;
    try {
        sessionStorage.removeItem(placeKey());
    } catch {
        // no storage here
    }
}

/** Whether the page of a place has ended. A tab that was duplicated has its memory as well, and must not put it out. @param {Place} place */
async function hasEnded(place) {
    if (!navigator.locks)
        return true;
    try {
        await navigator.locks.request(place.page, { signal: AbortSignal.timeout(ENDING_MS) }, () => {});
        return true;
    } catch {
        return false;
    }
}

/** Whether the page was here before, and was not come to by its address. */
export function isLoadedAnew() {
    const [navigation] = performance.getEntriesByType('navigation');
    return ['reload', 'back_forward'].includes(/** @type {PerformanceNavigationTiming|undefined} */ (navigation)?.type ?? '');
}

/** @returns {Promise<Place|null>} the place that this page's last life had until a moment ago */
export async function findPlace() {
    if (!isLoadedAnew())
        return null;
    try {
        /** @type {Place|null} */
        const place = JSON.parse(sessionStorage.getItem(placeKey()) ?? 'null');
        const age = Date.now() - (place?.at ?? 0);
        return place && age >= 0 && age < PLACE_MS && await hasEnded(place) ? place : null;
    } catch {
        return null; // no storage here, or nothing of ours in it
    }
}

/**
 * Take a place up again. A server that is not there yet is waited for, as after a lost connection.
 *
 * @param {Place} place
 * @param {string} token   the invitation, if there is one
 * @returns {Promise<void>} rejected when the server refuses
 */
export async function comeBack(place, token) {
    credentials = { username: place.username, data: place.data, ...(token && { token }) };
    byPassword = place.byPassword;
    resume = place.secret;
    leftBehind = place;
    lostAt = place.at;
    place.ids?.forEach((id) => ownIds.add(id));
    update({ unheard: place.unheard?.map((u) => ({ ...u, fate: 'lost' })) ?? [] });
    try {
        await attempt(credentials);
    } catch (e) {
        if (e instanceof JoinError && e.kind === 'redirect') {
            follow(e.url);
        } else if (e instanceof JoinError && !isPassing(e)) {
            const why = hasProof(credentials) || e.code !== 'not-authorised' ? whyNotBack(e) : '';
            forgetPlace();
            throw new Error(why);
        } else {
            retryLater();
        }
        return;
    }
    entered(false);
}

/** What the last page had open is open again, or cannot be. */
export function settled() {
    leftBehind = null;
    keepPlace();
}

/** Whether the address has the passphrase of an encrypted meeting: then nothing goes out in clear. */
export const hasPassphrase = () => location.hash.startsWith('#key=');

/** Where the fragment waits, in this tab alone, until who went to a portal comes back. */
const fragmentKey = () => `fragment ${location.pathname}`;

/** @returns {string} the fragment with which we went away; empty for none */
export function takeFragment() {
    try {
        const kept = sessionStorage.getItem(fragmentKey()) ?? '';
        sessionStorage.removeItem(fragmentKey());
        return kept;
    } catch {
        return ''; // no storage here
    }
}

/** @param {string} url */
export function follow(url) {
    const target = URL.canParse(url, location.href) ? new URL(url, location.href) : null;
    // Another group of ours may have it; to any other page it must not go.
    if (target?.origin === location.origin && target.pathname.startsWith(sitePath('/group/')) && !target.hash)
        target.hash = location.hash;
    try {
        if (hasPassphrase())
            sessionStorage.setItem(fragmentKey(), location.hash);
    } catch {
        // no storage here
    }
    if (target && (target.protocol === 'https:' || target.protocol === 'http:'))
        location.assign(target.href);
    else
        end(t('The group has moved to an address that cannot be opened.'));
}

/**
 * @param {string} name     who did it, if the server says so
 * @param {string} id       whose id, if it was a person
 * @param {string} reason   may be empty
 * @returns {string} that one has been put out, in a sentence
 */
function putOut(name, id, reason) {
    if (name)
        return reason ? t('{name} has put you out: {reason}', { name, reason }) : t('{name} has put you out.', { name });
    if (id)
        return reason ? t('You have been put out: {reason}', { reason }) : t('You have been put out.');
    return reason ? t('The server has ended your session: {reason}', { reason }) : t('The server has ended your session.');
}

/** Follow what the browser knows of the network. */
export function startSession() {
    window.addEventListener('offline', goneOffline);
    window.addEventListener('online', () => {
        setTrouble('offline', false);
        lookAgain();
    });
    window.addEventListener('pageshow', lookAgain);
    document.addEventListener('resume', lookAgain);
    navigator.locks?.request(page, () => new Promise(() => {})).catch(() => {});
    watch(['phase', 'locals', 'settings', 'unheard'], keepPlace);
    window.addEventListener('pagehide', keepPlace);
    setInterval(keepPlace, KEEP_EVERY_MS);
    document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible')
            lookAgain();
    });
}

/*
 * ======== Receiving ========
 *
 * What we ask the server to send: in general, and for single streams by the size in which they are shown.
 */

/**
 * How a stream is shown.
 *
 * @typedef {object} Showing
 * @property {number} width      of the picture, CSS pixels; 0 when unknown
 * @property {number} height     the same
 * @property {boolean} isPinned  on stage
 * @property {boolean} isHidden  nobody sees it
 * @property {boolean} isFull    in full screen the good layer is always wanted, also when the rest comes in low quality
 */

/** A picture of at most this area, in CSS pixels, is as good in low quality. */
const SMALL_AREA = 320 * 240;

/** A change of height by a smaller part is not worth a message: in a large group each who comes changes all heights. */
const HEIGHT_STEP = 0.15;

/** @type {Record<string, RequestMap>} */
const REQUESTS = {
    everything: { '': ['audio', 'video'] },
    'everything-low': { '': ['audio', 'video-low'] },
    screenshare: { screenshare: ['audio', 'video'], '': ['audio'] },
    audio: { '': ['audio'] },
    '': { '': [] },
};

/**
 * Ask for the quality that a stream is worth in the way it is shown.
 *
 * @param {DownStream} down
 * @param {Showing} showing
 */
export function requestQuality(down, { width, height, isPinned, isHidden, isFull }) {
    const map = REQUESTS[state.settings.request];
    const general = map[down.label] ?? map[''];
    // A server that divides our line by heights chooses the layer by itself.
    const isSmall = !currentClient()?.features.has('streamState') && width * height > 0 && width * height <= SMALL_AREA;
    /** @type {(m: Medium) => Medium} */
    const adapt = (m) => (m === 'audio' ? m : isFull ? 'video' : isSmall ? 'video-low' : m);
    const pixels = Math.round(height * devicePixelRatio);
    const isNews = Math.abs(pixels - (down.shown.height ?? 0)) > pixels * HEIGHT_STEP;
    down.show({ pinned: isPinned, hidden: isHidden, ...(isNews && { height: pixels }) });
    const wanted = general.map(adapt);
    down.request(String(wanted) === String(general) ? null : wanted);
}

/**
 * Have the server offer all streams anew. It is asked when the old ones have ended: it would take an answer to an old offer, on its way,
 * for one to the new offer of the same stream.
 */
export function askAgain() {
    const client = currentClient();
    if (!client?.hasMedia)
        return;
    const ask = () => {
        const [down] = client.downs.values();
        if (down)
            down.on('close', () => queueMicrotask(ask));
        else
            client.request(REQUESTS[state.settings.request]);
    };
    for (const down of client.downs.values())
        down.request(null);
    client.request({});
    ask();
}

/** Tell the server, now and when the setting changes. */
export function startReceiving() {
    let asked = state.settings.request;
    session.on('joined', () => {
        asked = state.settings.request;
        const client = currentClient();
        if (client?.hasMedia)
            client.request(REQUESTS[asked]);
        else
            warn(t('This browser cannot make calls (it has no WebRTC). You can read and write in the chat.'));
    });
    watch(['settings'], () => {
        if (state.settings.request === asked)
            return;
        asked = state.settings.request;
        // What was asked for one stream outranks the general request, so it must go.
        for (const down of state.downs)
            down.request(null);
        currentClient()?.request(REQUESTS[asked]);
    });
}
