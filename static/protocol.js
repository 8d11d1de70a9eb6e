// @ts-check
/**
 * A client of the Nereid (and Galene) protocol, version 2: connect, join, chat, moderate, send and receive streams.
 *
 * It knows no page and touches no DOM. It needs WebSocket, and RTCPeerConnection for media; both are taken from the global scope or
 * from the options, so it runs in a browser and in Node. Without RTCPeerConnection one can join and chat.
 *
 *     import { Client } from '/protocol.js';
 *
 *     const client = new Client('wss://example.org/ws');
 *     client.on('chat', (m) => console.log(m.username, m.value));
 *     await client.connect();
 *     await client.join('demo', { username: 'anna', password: '' });
 *     client.chat('hello');
 *     client.close();
 *
 * In a browser, to see the others and to be seen:
 *
 *     client.on('down', (down) => {
 *         const video = document.createElement('video');
 *         down.on('track', () => { video.srcObject = down.stream; });
 *         down.on('close', () => video.remove());
 *     });
 *     client.request({ '': ['audio', 'video'] });
 *
 *     const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
 *     const up = client.newUp({ label: 'camera' });
 *     for (const track of media.getTracks()) up.addTrack(track, media);
 *
 * Errors: connect() and join() reject; what sends in our own name throws while we are in no group; later faults come as events, of
 * `close` (the connection) or of a stream. One Client is one connection. After it has closed, make another.
 */

import { Emitter } from './js/protocol/emitter.js';
import { JoinError, activeLayers, chatMessage, speakerList, streamState, userMessage } from './js/protocol/messages.js';
import { DISCONNECTED_MS, DownStream, UpStream, changeParameters } from './js/protocol/streams.js';

export { DownStream, JoinError, UpStream, changeParameters };

/** @typedef {import('./js/protocol/messages.js').CloseEvent} CloseEvent */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').User} User */
/** @typedef {import('./types.js').GroupStatus} GroupStatus */
/** @typedef {import('./types.js').Credentials} Credentials */
/** @typedef {import('./types.js').ChatMessage} ChatMessage */
/** @typedef {import('./types.js').UserMessage} UserMessage */
/** @typedef {import('./types.js').RequestMap} RequestMap */
/** @typedef {import('./types.js').Speaker} Speaker */

const VERSION = '2';
/** What we know besides, of which a server may know nothing. */
const FEATURES = ['keyframe', 'layers', 'recording', 'speakers', 'streamState'];
/** How often we ask whether the server is there, ms. */
const PING_MS = 5000;
/** Silence after a question, after which the line counts as gone, ms. */
const ANSWER_MS = 5000;
/** How long the handshake may take, ms. */
const HANDSHAKE_MS = 10_000;
/** Silence after which we give up, ms. */
const GIVE_UP_MS = 65_000;

/** @returns {string} a new random id: 128 bits in lower-case hexadecimal */
export function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/**
 * What one can listen to: `client.on('chat', (m) => ...)`, which returns a function that ends the listening.
 *
 * @typedef {object} ClientEvents
 * @property {[m: Message]} joined             any `joined` message: `join`, `change`, `fail`, `redirect`, `leave`
 * @property {[kind: 'add'|'change'|'delete', user: User]} user   somebody came, changed or went; ourselves too
 * @property {[m: ChatMessage]} chat           live or history
 * @property {[m: UserMessage]} usermessage   obey it only if it is `privileged`
 * @property {[stream: DownStream]} down       a new stream to us, before its tracks
 * @property {[isThere: boolean]} line         the server leaves us without an answer (`false`), or is heard again; the connection may yet live
 * @property {[arePassing: boolean]} media     no stream has had a network path for a while (`false`), or one has it again
 * @property {[speakers: Speaker[]]} speakers  who speaks or spoke last, in this order; not every server tells
 * @property {[e: CloseEvent]} close           the connection is over; nothing follows
 */

/**
 * @typedef {object} ClientOptions
 * @property {typeof WebSocket} [WebSocket]                   default: the global one
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]   default: the global one, if there is one
 * @property {import('./js/protocol/streams.js').FrameTransform} [transform]   encrypts frames end to end, for example
 * @property {Partial<RTCConfiguration>} [rtcOverrides]   laid over the server's configuration, e.g. `iceTransportPolicy`
 */

/**
 * One connection to a server.
 *
 * @extends {Emitter<ClientEvents & Record<string, any[]>>}
 */
export class Client extends Emitter {
    /** @type {WebSocket|null} */
    #socket = null;
    #asked = false;
    #lastMessage = 0;
    /** @type {ReturnType<typeof setInterval>|undefined} */
    #checker;
    /** Waits for the answer to a ping. @type {ReturnType<typeof setTimeout>|undefined} */
    #answerDue;
    #isThere = true;
    /** Waits until no stream has had a path for long enough. @type {ReturnType<typeof setTimeout>|undefined} */
    #pathDue;
    #arePassing = true;
    /** Ends the wait for the handshake. @type {{resolve: () => void, reject: (e: Error) => void}|null} */
    #connecting = null;
    /** Ends the wait for `joined`. @type {{resolve: (m: Message) => void, reject: (e: Error) => void}|null} */
    #joining = null;
    /** @type {CloseEvent|null} */
    #ending = null;

    /**
     * @param {string} url   the group's `endpoint`, ws: or wss:
     * @param {ClientOptions} [options]
     */
    constructor(url, options = {}) {
        super();
        this.url = url;
        this.options = options;
        /** Our id, new for every connection. */
        this.id = newId();
        /** Name of the joined group, or null. @type {string|null} */
        this.group = null;
        /** Our name, as the server assigned it. Undefined before the first join. @type {string|undefined} */
        this.username = undefined;
        /** What we may do here, for example `present`. @type {string[]} */
        this.permissions = [];
        /** What is known of the group. @type {GroupStatus} */
        this.status = {};
        /** Whether this group can be recorded, by who may. */
        this.canRecord = false;
        /** Data of the group. @type {Record<string, any>} */
        this.groupData = {};
        /** Everybody in the group, ourselves included, by id. @type {Map<string, User>} */
        this.users = new Map();
        /** Streams that we send, by id. @type {Map<string, UpStream>} */
        this.ups = new Map();
        /** Streams that we receive, by id. @type {Map<string, DownStream>} */
        this.downs = new Map();
        /** What the server wants peer connections to be made with; filled in by a join. @type {RTCConfiguration} */
        this.rtcConfiguration = {};
        /** Which of our features the server has shown to know. @type {Set<string>} */
        this.features = new Set();
        /** Given with the next join, this replaces us there at once, instead of leaving a ghost. Not every server has it. */
        this.resume = '';
    }

    /** Whether peer connections can be made here. */
    get hasMedia() {
        return Boolean(this.#peerConnectionClass());
    }

    /** Whether the connection is up. */
    get isOpen() {
        return this.#socket !== null && this.#connecting === null;
    }

    #peerConnectionClass() {
        return this.options.RTCPeerConnection ?? globalThis.RTCPeerConnection;
    }

    /**
     * Open the connection and shake hands.
     *
     * @returns {Promise<void>} rejected if the server cannot be reached or speaks another version
     */
    connect() {
        const Socket = this.options.WebSocket ?? globalThis.WebSocket;
        if (!Socket)
            return Promise.reject(new Error('no WebSocket here: give one in the options'));
        if (this.#socket || this.#ending)
            return Promise.reject(new Error('a client connects once'));
        return new Promise((resolve, reject) => {
            const socket = new Socket(this.url);
            this.#socket = socket;
            this.#connecting = { resolve, reject };
            this.#lastMessage = Date.now();
            this.#checker = setInterval(() => this.check(), PING_MS);
            socket.onopen = () => this.send({ type: 'handshake', version: [VERSION], id: this.id });
            socket.onmessage = (e) => this.#received(e.data);
            socket.onclose = (e) => this.#closed(e.code, e.reason);
            // An error is followed by a close event, which tells more; but not in Node when the server cannot be reached.
            socket.onerror = () => {
                if (this.#connecting)
                    this.#closed(1006, 'the server cannot be reached');
            };
        });
    }

    /** End the connection. Listeners get `close` with `asked` true. */
    close() {
        this.#asked = true;
        this.#socket?.close(1000);
    }

    /** Whether the server answers, as far as we know. */
    get isThere() {
        return this.#isThere;
    }

    /**
     * End the connection because of a fault, seen by listeners at once.
     *
     * @param {string} reason
     */
    giveUp(reason) {
        const socket = this.#socket;
        this.#closed(1006, reason);
        socket?.close();
    }

    /** Ask the server whether it is there: done every few seconds, and worth doing when something points to a lost line. */
    check() {
        const silence = Date.now() - this.#lastMessage;
        if (silence >= (this.#connecting ? HANDSHAKE_MS : GIVE_UP_MS)) {
            this.giveUp(this.#connecting ? 'the server does not answer' : 'the server has gone silent');
        } else if (this.isOpen) {
            this.send({ type: 'ping' });
            this.#answerDue ??= setTimeout(() => this.#setThere(false), ANSWER_MS);
        }
    }

    /** @param {boolean} is */
    #setThere(is) {
        if (is === this.#isThere)
            return;
        this.#isThere = is;
        this.emit('line', is);
    }

    /** A stream's path has come, gone or ended. */
    #lookAtPaths() {
        const had = [...this.ups.values(), ...this.downs.values()].filter((s) => s.hadPath);
        if (!had.length || had.some((s) => s.hasPath)) {
            clearTimeout(this.#pathDue);
            this.#pathDue = undefined;
            this.#setPassing(true);
        } else {
            this.#pathDue ??= setTimeout(() => this.#setPassing(false), DISCONNECTED_MS);
        }
    }

    /** @param {boolean} are */
    #setPassing(are) {
        if (are === this.#arePassing)
            return;
        this.#arePassing = are;
        this.emit('media', are);
    }

    /**
     * @param {number} code
     * @param {string} reason
     */
    #closed(code, reason) {
        if (this.#ending)
            return;
        this.#ending = { code, reason, asked: this.#asked };
        clearInterval(this.#checker);
        clearTimeout(this.#answerDue);
        clearTimeout(this.#pathDue);
        const socket = this.#socket;
        this.#socket = null;
        if (socket)
            socket.onopen = socket.onmessage = socket.onclose = null;
        this.#leftGroup();
        const error = new Error(reason || 'the connection was lost');
        this.#connecting?.reject(error);
        this.#connecting = null;
        this.#joining?.reject(error);
        this.#joining = null;
        this.emit('close', this.#ending);
    }

    #leftGroup() {
        for (const up of [...this.ups.values()])
            up.close();
        for (const down of [...this.downs.values()])
            down.gotClose(false);
        this.users.clear();
        this.permissions = [];
        this.group = null;
    }

    /**
     * Send any message. One that cannot go out, because the connection is closed, is dropped.
     *
     * @param {Message} m
     * @returns {boolean} whether it was handed to the socket
     */
    send(m) {
        if (this.#socket?.readyState !== 1)
            return false;
        this.#socket.send(JSON.stringify(m));
        return true;
    }

    /**
     * Send in our own name.
     *
     * @param {Message} m
     * @throws {Error} if we are in no group
     */
    #sendSigned(m) {
        if (!this.isOpen)
            throw new Error('not connected');
        if (this.group === null)
            throw new Error('not in a group: join one first');
        this.send({ ...m, source: this.id, username: this.username });
    }

    // ---- Being in a group

    /**
     * Join a group.
     *
     * @param {string} group        name, without slashes at its ends
     * @param {Credentials} credentials
     * @returns {Promise<Message>} the `joined` message; rejected with JoinError when refused, after which one may try again, and with
     *   another error when the connection is lost. History and the other users come as events afterwards.
     */
    join(group, credentials) {
        if (this.#joining)
            return Promise.reject(new Error('a join is under way'));
        if (this.group !== null)
            return Promise.reject(new Error(`already in the group ${this.group}: leave it first`));
        return new Promise((resolve, reject) => {
            if (!this.isOpen || !this.send({ type: 'join', kind: 'join', group, features: FEATURES, ...credentials })) {
                reject(new Error('not connected'));
                return;
            }
            this.#joining = { resolve, reject };
        });
    }

    /** Leave the group and stay connected; a `joined` event of kind `leave` follows. */
    leave() {
        if (this.group)
            this.send({ type: 'join', kind: 'leave', group: this.group });
    }

    /**
     * Say something.
     *
     * @param {any} value   a text, as a rule
     * @param {{kind?: string, dest?: string}} [options]   `kind`: see ChatMessage; `dest`: id of the only one who is to read it; it is not echoed to us
     */
    chat(value, { kind = '', dest = '' } = {}) {
        this.#sendSigned({ type: 'chat', kind, dest, value });
    }

    /**
     * Send a message that is not chat, see UserMessage.
     *
     * @param {string} kind
     * @param {string} dest   id of a user, or empty for everybody
     * @param {any} [value]
     * @param {{noecho?: boolean}} [options]
     */
    userMessage(kind, dest, value, { noecho = false } = {}) {
        this.#sendSigned({ type: 'usermessage', kind, dest, value, ...(noecho && { noecho }) });
    }

    /**
     * Do something to a user: `op` `unop` `present` `unpresent` `shutup` `unshutup` `kick` `identify`.
     *
     * @param {string} kind
     * @param {string} dest   id of the user
     * @param {any} [value]
     */
    userAction(kind, dest, value) {
        this.#sendSigned({ type: 'useraction', kind, dest, value });
    }

    /**
     * Do something to the group: `clearchat` `lock` `unlock` `record` `unrecord` `subgroups` `maketoken` `edittoken` `listtokens`.
     *
     * @param {string} kind
     * @param {any} [value]
     */
    groupAction(kind, value) {
        this.#sendSigned({ type: 'groupaction', kind, value });
    }

    /**
     * Change what we say about ourselves. Members are merged; null deletes one.
     *
     * @param {Record<string, any>} data
     */
    setData(data) {
        this.userAction('setdata', this.id, data);
    }

    // ---- Streams

    /**
     * Say what to receive. Until then nothing comes; said again, it replaces what was said before.
     *
     * @param {RequestMap} request   for example `{ screenshare: ['audio', 'video'], '': ['audio'] }`
     */
    request(request) {
        this.send({ type: 'request', request });
    }

    /**
     * Make a stream to send. A stream with the same `localId` is replaced, which its receivers see as one stream that goes on.
     *
     * @param {{label: string, localId?: string}} options   `label`: `camera`, `screenshare`, `video`, or any other text
     * @returns {UpStream} without tracks: it is offered once it has one
     * @throws {Error} if we are in no group, or this program has no RTCPeerConnection
     */
    newUp({ label, localId = newId() }) {
        if (this.group === null)
            throw new Error('not in a group: join one first');
        const old = [...this.ups.values()].find((s) => s.localId === localId);
        const replace = old?.replaceableId ?? null;
        old?.closeReplaced();
        const up = new UpStream(this.#wire, this.newPeerConnection(), { id: newId(), localId, label, replace });
        this.ups.set(up.id, up);
        return up;
    }

    /**
     * A peer connection as the server and the options want it.
     *
     * @returns {RTCPeerConnection}
     */
    newPeerConnection() {
        const PeerConnection = this.#peerConnectionClass();
        if (!PeerConnection)
            throw new Error('this program cannot send or receive media');
        return new PeerConnection({ ...this.rtcConfiguration, ...this.options.rtcOverrides });
    }

    /** What streams may do with us. @type {import('./js/protocol/streams.js').Wire} */
    #wire = {
        send: (m) => void this.send(m),
        knows: (feature) => this.features.has(feature),
        transform: (transceiver, stream) => this.options.transform?.(transceiver, stream),
        forget: (stream) => {
            this.ups.delete(stream.id);
            this.downs.delete(stream.id);
            this.#lookAtPaths();
        },
        pathChanged: () => this.#lookAtPaths(),
    };

    /** Look for new network paths for every stream. */
    restartAll() {
        for (const stream of [...this.ups.values(), ...this.downs.values()])
            stream.restartIce();
    }

    // ---- Messages from the server

    /** @param {any} text */
    #received(text) {
        this.#lastMessage = Date.now();
        clearTimeout(this.#answerDue);
        this.#answerDue = undefined;
        this.#setThere(true);
        /** @type {Message} */
        let m;
        try {
            m = JSON.parse(text);
        } catch {
            this.giveUp('the server sent something unreadable');
            return;
        }
        if (typeof m?.type !== 'string' || (this.#connecting && m.type !== 'handshake'))
            return;
        if (FEATURES.includes(m.type))
            this.#learn([m.type]);
        if (Object.hasOwn(this.#handlers, m.type))
            this.#handlers[m.type](m);
    }

    /**
     * The server has shown that it knows some features: it says so in `joined`, or sends their messages.
     *
     * @param {string[]} features
     */
    #learn(features) {
        const news = features.filter((f) => FEATURES.includes(f) && !this.features.has(f));
        for (const f of news)
            this.features.add(f);
        if (news.includes('streamState')) {
            for (const down of this.downs.values())
                down.tellShown();
        }
    }

    /** What to do with a message of each type; others are ignored. @type {Record<string, (m: Message) => void>} */
    #handlers = {
        handshake: (m) => {
            if (!m.version?.includes(VERSION)) {
                this.giveUp('the server speaks another version of the protocol');
                return;
            }
            this.#connecting?.resolve();
            this.#connecting = null;
        },
        ping: () => void this.send({ type: 'pong' }),
        joined: (m) => this.#gotJoined(m),
        user: (m) => this.#gotUser(m),
        chat: (m) => this.emit('chat', chatMessage(m)),
        chathistory: (m) => this.emit('chat', chatMessage(m)),
        usermessage: (m) => this.emit('usermessage', userMessage(m)),
        offer: (m) => this.#gotOffer(m),
        answer: (m) => this.ups.get(m.id ?? '')?.gotAnswer(m.sdp ?? ''),
        renegotiate: (m) => this.ups.get(m.id ?? '')?.restartIce(),
        abort: (m) => this.ups.get(m.id ?? '')?.close(),
        close: (m) => this.downs.get(m.id ?? '')?.gotClose(false),
        speakers: (m) => this.emit('speakers', speakerList(m)),
        streamState: (m) => {
            const sent = streamState(m);
            if (sent)
                this.downs.get(m.id ?? '')?.gotState(sent);
        },
        layers: (m) => {
            const wanted = activeLayers(m);
            if (wanted)
                this.ups.get(m.id ?? '')?.gotLayers(wanted);
        },
        ice: (m) => {
            const stream = this.ups.get(m.id ?? '') ?? this.downs.get(m.id ?? '');
            if (m.candidate)
                stream?.gotCandidate(m.candidate);
        },
    };

    /** @param {Message} m */
    #gotJoined(m) {
        switch (m.kind) {
        case 'join':
        case 'change':
            this.username = m.username ?? '';
            this.permissions = m.permissions ?? [];
            this.group = m.group ?? this.group;
            // A server may leave out `locked` when it is false.
            if (m.data)
                this.groupData = m.data;
            this.status = { ...this.status, locked: false, encrypted: this.groupData.encrypted === true, ...m.status };
            this.canRecord = Boolean(m.canRecord);
            if (m.resume)
                this.resume = m.resume;
            if (m.rtcConfiguration)
                this.rtcConfiguration = m.rtcConfiguration;
            if (Array.isArray(m.features))
                this.#learn(m.features);
            break;
        case 'leave':
            this.#leftGroup();
            break;
        default:
            break;
        }
        const joining = m.kind === 'change' ? null : this.#joining;
        if (joining)
            this.#joining = null;
        this.emit('joined', m);
        if (m.kind === 'join')
            joining?.resolve(m);
        else
            joining?.reject(new JoinError(m));
    }

    /** @param {Message} m */
    #gotUser(m) {
        const id = m.id ?? '';
        const known = this.users.get(id);
        if (m.kind === 'delete') {
            this.users.delete(id);
            if (known)
                this.emit('user', 'delete', known);
            return;
        }
        if (m.kind !== 'add' && !known)
            return;
        /** @type {User} */
        const user = { id, username: m.username ?? '', permissions: m.permissions ?? [], data: m.data ?? {} };
        this.users.set(id, user);
        this.emit('user', known ? 'change' : 'add', user);
    }

    /** @param {Message} m */
    #gotOffer(m) {
        const id = m.id ?? '';
        const sdp = m.sdp ?? '';
        const known = this.downs.get(id);
        if (known) {
            known.gotOffer(sdp);
            return;
        }
        if (this.ups.has(id) || !this.hasMedia) {
            this.send({ type: 'abort', id });
            return;
        }
        const old = m.replace ? this.downs.get(m.replace) : undefined;
        const down = new DownStream(this.#wire, this.newPeerConnection(), {
            id,
            localId: old?.localId ?? newId(),
            label: m.label ?? '',
            source: m.source ?? '',
            username: m.username ?? '',
        });
        old?.gotClose(true);
        this.downs.set(id, down);
        this.emit('down', down);
        down.gotOffer(sdp);
    }
}
