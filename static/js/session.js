// @ts-check
/**
 * Being in the group: one connection after another. Joins with the credentials given, keeps them in memory, and comes back by itself when
 * the connection is lost. Writes what it learns into the state.
 */

import { Client, JoinError } from '../protocol.js';
import { Emitter } from './protocol/emitter.js';
import { t } from './i18n.js';
import { originProblem } from './origin.js';
import { sitePath } from './site.js';
import { queueHands, sortUsers, state, update } from './state.js';
import { inWords } from './text.js';

/** @typedef {import('../types.js').Credentials} Credentials */
/** @typedef {import('../protocol.js').CloseEvent} CloseEvent */
/** @typedef {import('../protocol.js').DownStream} DownStream */

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
/** So long after a restart a group may be waiting for its operators, who come back as we do. */
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
    client = c;
    update({ speakers: null });
    listen(c);
    session.emit('client', c);
    try {
        await connect(c);
        await c.join(state.groupName, { ...await exchange(given), ...(resume && { resume }) });
        resume = c.resume;
    } catch (e) {
        if (client === c)
            client = null;
        c.close();
        throw e;
    }
    return c;
}

/**
 * Where the group has an authorisation server, turn a password into a token there.
 *
 * @param {Credentials} given
 * @returns {Promise<Credentials>}
 */
async function exchange(given) {
    const { authServer } = state.status;
    if (!authServer || given.token)
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
        update({
            status: { ...state.status, ...c.status, endpoint: state.status.endpoint },
            permissions: c.permissions,
            canRecord: c.canRecord,
            username: c.username ?? '',
            myId: c.id,
            canChangePassword: Boolean(c.status.canChangePassword && credentials?.password !== undefined && c.username),
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

/** What is wrong with the line, as far as we know. @type {Set<import('./state.js').Trouble>} */
const troubles = new Set();

/**
 * @param {import('./state.js').Trouble} trouble
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
    credentials = null;
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
            end(e.code === 'not-authorised'
                ? t('You could not come back: your password or invitation is not valid any more.')
                : t('You could not come back: {reason}.', { reason: inWords(e.message) }));
        else
            retryLater();
    }
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
    if (Date.now() - lostAt < REASSEMBLE_MS && ['no-operator', 'locked'].includes(e.code) && state.restarting)
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
    attempts = 0;
    farewell = '';
    resume = '';
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
 * @returns {Promise<void>} rejected with JoinError if it is refused
 */
export async function probe(token) {
    const c = new Client(endpoint());
    try {
        await connect(c);
        await c.join(state.groupName, { token });
    } finally {
        c.close();
    }
}

/**
 * What we say about ourselves; said again when we come back.
 *
 * @param {Record<string, any>} data   members to change, null deletes one
 */
export function setMyData(data) {
    requireClient().setData(data);
    if (!credentials)
        return;
    const merged = { ...credentials.data, ...data };
    credentials.data = Object.fromEntries(Object.entries(merged).filter(([, v]) => v !== null));
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

/** Whether the address has the passphrase of an encrypted meeting: then nothing goes out in clear. */
export const hasPassphrase = () => location.hash.startsWith('#key=');

/** Where the fragment waits, in this tab alone, until who went to a portal comes back. */
const FRAGMENT = `fragment ${location.pathname}`;

/** @returns {string} the fragment with which we went away; empty for none */
export function takeFragment() {
    try {
        const kept = sessionStorage.getItem(FRAGMENT) ?? '';
        sessionStorage.removeItem(FRAGMENT);
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
            sessionStorage.setItem(FRAGMENT, location.hash);
    } catch {
        // no storage here
    }
    if (target && (target.protocol === 'https:' || target.protocol === 'http:'))
        location.assign(target.href);
    else
        end(t('The group has moved to an address that cannot be opened.'));
}

window.addEventListener('offline', goneOffline);
window.addEventListener('online', () => {
    setTrouble('offline', false);
    lookAgain();
});
window.addEventListener('pageshow', lookAgain);
document.addEventListener('resume', lookAgain);
document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible')
        lookAgain();
});

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
