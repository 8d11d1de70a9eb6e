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
 * @property {LocalStream[]} locals
 * @property {DownStream[]} downs
 * @property {Settings} settings
 * @property {boolean} sealed               what we send is encrypted end to end
 * @property {boolean} opening              devices are being opened
 * @property {{kind: 'video'|'audio', text: string}|null} lostDevice   the last one that went by itself
 * @property {string|null} pinned           id of the tile on stage; '' for none; null: choose by itself
 * @property {boolean} usersOpen
 * @property {boolean} chatOpen
 * @property {'video'|'chat'} mobileView
 * @property {boolean} settingsOpen
 * @property {number} unread
 * @property {number|null} retryAt          when the next attempt to reconnect comes
 * @property {boolean} restarting           the connection was lost because the server restarts
 * @property {MediaDeviceInfo[]} devices
 * @property {Speaker[]|null} speakers     who speaks or spoke last, as the server says; null: it does not say
 * @property {ReadonlySet<string>} speaking   ids of tiles whose people speak
 * @property {ReadonlySet<string>} inWindow   ids of tiles that are shown in a small window as well
 * @property {LoginNeeds} login
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
    locals: [],
    downs: [],
    settings: loadSettings(),
    sealed: false,
    opening: false,
    lostDevice: null,
    pinned: null,
    usersOpen: true,
    chatOpen: true,
    mobileView: 'video',
    settingsOpen: false,
    unread: 0,
    retryAt: null,
    restarting: false,
    devices: [],
    speakers: null,
    speaking: new Set(),
    inWindow: new Set(),
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
 * Order in the list: oneself, then raised hands in the order they rose, then by name, nameless and machines last.
 *
 * @param {Iterable<User>} users
 * @param {string} myId
 * @returns {User[]}
 */
export function sortUsers(users, myId) {
    /** @param {User} u */
    const rank = (u) => (u.id === myId ? 0 : u.permissions.includes('system') ? 4 : u.data.raisehand ? 1 : u.username ? 2 : 3);
    return [...users].sort((a, b) =>
        rank(a) - rank(b) ||
        String(a.data.raisehandtime ?? '').localeCompare(String(b.data.raisehandtime ?? '')) ||
        a.username.localeCompare(b.username, undefined, { sensitivity: 'base' }) ||
        (a.username < b.username ? -1 : a.username > b.username ? 1 : 0));
}
