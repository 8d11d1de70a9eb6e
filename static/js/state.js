// @ts-check
/**
 * The one state of the page. It is changed here and nowhere else; the modules that show something watch it.
 * Watchers run once per turn, after all changes of that turn.
 */

import { changeSetting, loadSettings } from './settings.js';

/** @typedef {import('../types.js').Speaker} Speaker */
/** @typedef {import('../types.js').User} User */
/** @typedef {import('../types.js').GroupStatus} GroupStatus */
/** @typedef {import('./settings.js').Settings} Settings */
/** @typedef {import('../protocol.js').DownStream} DownStream */
/** @typedef {import('../protocol.js').UpStream} UpStream */

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
 * @property {string} prefill     user name to begin with
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
    retryAt: null,
    troubles: [],
    restarting: false,
    devices: [],
    speakers: null,
    speaking: new Set(),
    inWindow: new Set(),
    lines: new Map(),
    login: { name: true, password: true, message: '', prefill: '', portal: '' },
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
