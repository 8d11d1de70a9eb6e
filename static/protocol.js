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

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').ChatMessage} ChatMessage */
/** @typedef {import('./types.js').UserMessage} UserMessage */
/** @typedef {import('./types.js').StreamState} StreamState */
/** @typedef {import('./types.js').Speaker} Speaker */
/** @typedef {import('./types.js').Medium} Medium */
/** @typedef {import('./types.js').Shown} Shown */
/** @typedef {import('./types.js').User} User */
/** @typedef {import('./types.js').GroupStatus} GroupStatus */
/** @typedef {import('./types.js').Credentials} Credentials */
/** @typedef {import('./types.js').RequestMap} RequestMap */

/*
 * ======== Events ========
 *
 * Typed, synchronous, and a listener that throws stops nobody else.
 */

/** @template {Record<string, any[]>} E  event name to the arguments of its listeners */
export class Emitter {
    /** @type {Map<keyof E, Set<(...args: any[]) => void>>} */
    #listeners = new Map();

    /**
     * Call a function at each event of one kind.
     *
     * @template {keyof E} K
     * @param {K} type
     * @param {(...args: E[K]) => void} listener
     * @returns {() => void} call it to end the listening
     */
    on(type, listener) {
        let set = this.#listeners.get(type);
        if (!set) {
            set = new Set();
            this.#listeners.set(type, set);
        }
        set.add(listener);
        return () => set.delete(listener);
    }

    /**
     * Tell the listeners.
     *
     * @template {keyof E} K
     * @param {K} type
     * @param {E[K]} args
     */
    emit(type, ...args) {
        for (const listener of [...(this.#listeners.get(type) ?? [])]) {
            try {
                listener(...args);
            } catch (e) {
                console.error(`listener of ${String(type)} failed:`, e);
            }
        }
    }
}

/*
 * ======== Messages ========
 *
 * What comes from the server as the listeners get them: every member is there, and times are dates. A refusal is an error.
 */

/**
 * How a connection ended.
 *
 * @typedef {object} CloseEvent
 * @property {number} code      WebSocket close code; 1006 when the connection was lost
 * @property {string} reason
 * @property {boolean} asked    whether we closed it ourselves
 */

/** Why a join did not succeed: refused (`fail`), or sent elsewhere (`redirect`, `url`). */
export class JoinError extends Error {
    /** @param {Message} m */
    constructor(m) {
        super(m.kind === 'redirect' ? 'the group is elsewhere' : String(m.value || 'the server refused'));
        this.name = 'JoinError';
        /** `fail` or `redirect` */
        this.kind = m.kind ?? 'fail';
        /** Machine-readable reason, for example `need-username`; may be empty. */
        this.code = m.error ?? '';
        /** Where to go, for `redirect`. */
        this.url = m.kind === 'redirect' ? String(m.value) : '';
    }
}

/**
 * @param {string|undefined} time
 * @returns {Date|null} null for one that is missing or unreadable
 */
function parseTime(time) {
    const t = time ? new Date(time) : null;
    return t && !Number.isNaN(t.getTime()) ? t : null;
}

/**
 * What chat and user messages have in common.
 *
 * @param {Message} m
 */
const addressed = (m) => ({
    id: m.id ?? '',
    source: m.source ?? '',
    username: m.username ?? '',
    dest: m.dest ?? '',
    kind: m.kind ?? '',
    privileged: m.privileged ?? false,
    time: parseTime(m.time),
    value: m.value,
});

/**
 * @param {Message} m         `chat` or `chathistory`
 * @returns {ChatMessage}
 */
const chatMessage = (m) => ({ ...addressed(m), history: m.type === 'chathistory' });

/**
 * @param {Message} m         `usermessage`
 * @returns {UserMessage}
 */
const userMessage = (m) => ({ ...addressed(m), error: m.error ?? '' });

/**
 * @param {Message} m         `speakers`
 * @returns {Speaker[]}
 */
export const speakerList = (m) => (Array.isArray(m.value) ? m.value : []).map((s) => ({ id: String(s?.id ?? ''), speaks: s?.speaks === true }));

/**
 * @param {Message} m         `streamState`
 * @returns {StreamState|null} null for a state that we do not know
 */
export function streamState(m) {
    const { state, reason = '', layer = 0, layers = 0, bitrate = 0 } = m.value ?? {};
    return ['full', 'reduced', 'paused'].includes(state) ? { state, reason, layer, layers, bitrate } : null;
}

/**
 * @param {Message} m         `layers`
 * @returns {string[]|null} rids that somebody receives; null for no list
 */
export const activeLayers = (m) => (Array.isArray(m.value?.active) ? m.value.active.map(String) : null);

/**
 * What the videos of a stream may take, bit/s: in all, and those of their rids that have a bound of their own, 0 for none of it.
 *
 * @typedef {{bitrate: number, rids: Map<string, number>}} StreamRate
 */

/**
 * @param {Message} m         `rate`
 * @returns {StreamRate|null} null for no number
 */
export function streamRate(m) {
    const { bitrate, rids } = m.value ?? {};
    if (!Number.isFinite(bitrate) || bitrate <= 0)
        return null;
    return { bitrate, rids: new Map(Object.entries(rids ?? {}).filter(([, bps]) => Number.isFinite(bps) && bps >= 0)) };
}

/*
 * ======== Descriptions ========
 *
 * What we say in descriptions on behalf of the browser.
 */

/**
 * An offer that says that lost sound may be asked for again (RFC 4585, section 4.2): browsers send it again when they are asked to,
 * but their offers do not mention it.
 *
 * @param {string} sdp
 */
export function offerRepeats(sdp) {
    return sdp.split(/^(?=m=)/m).map((section) => {
        const opus = section.startsWith('m=audio ') && /^a=rtpmap:(\d+) opus\/48000.*\r?\n/mi.exec(section);
        if (!opus || section.includes(`a=rtcp-fb:${opus[1]} nack`))
            return section;
        return section.replace(opus[0], `$&a=rtcp-fb:${opus[1]} nack\r\n`);
    }).join('');
}

/*
 * ======== Streams ========
 *
 * One peer connection each, either up (to the server, we offer) or down (to us, the server offers).
 * They are made by Client and speak through it.
 */

/**
 * What a stream needs from its client.
 *
 * @typedef {object} Wire
 * @property {(m: Message) => void} send
 * @property {(feature: string) => boolean} knows   whether the server has shown that it knows one of the protocol's features
 * @property {(stream: UpStream|DownStream) => void} forget
 * @property {FrameTransform} transform   given each new track
 * @property {() => void} pathChanged   a stream has got its network path, or lost it
 */

/** How long a lost path may try to come back by itself before ICE is restarted. */
const DISCONNECTED_MS = 3000;

/**
 * Encrypts or decrypts the frames of a track, when it is given to every new one.
 *
 * @typedef {(transceiver: RTCRtpTransceiver, stream: UpStream|DownStream) => void} FrameTransform
 */

/**
 * @typedef {object} StreamEvents
 * @property {[replaced: boolean]} close   the stream is over; `replaced` when another one takes its place
 * @property {[state: RTCIceConnectionState]} state
 * @property {[error: Error]} error
 * @property {[]} failed                   ICE failed and is being restarted
 * @property {[track: MediaStreamTrack]} track   a track came (down streams)
 * @property {[]} negotiated               offer and answer are complete
 * @property {[state: StreamState]} sent   the server sends the video in another way now (down streams)
 * @property {[active: string[]]} wanted   somebody receives other layers now (up streams)
 * @property {[rate: StreamRate]} rate     the videos may take another rate now (up streams, where the browser does not see to it)
 */

/**
 * What both directions share: identity, the order of signalling, watching over ICE.
 *
 * @extends {Emitter<StreamEvents & Record<string, any[]>>}
 */
class Stream extends Emitter {
    /** Waits until a lost path is worth a restart. @type {ReturnType<typeof setTimeout>|undefined} */
    #patience;
    /** Signalling steps of this stream, one after the other. @type {Promise<void>} */
    #steps = Promise.resolve();
    /** @type {RTCIceCandidateInit[]} */
    #remoteCandidates = [];
    /** @type {RTCIceCandidate[]|null} held back until the description they belong to is out */
    #localCandidates = [];

    /**
     * @param {Wire} wire
     * @param {RTCPeerConnection} pc
     * @param {{id: string, localId: string, label: string}} identity
     */
    constructor(wire, pc, { id, localId, label }) {
        super();
        this.wire = wire;
        this.pc = pc;
        /** Name on the wire. */
        this.id = id;
        /** Name on this side; it survives a replacement, so a page can keep the same tile. */
        this.localId = localId;
        /** `camera`, `screenshare`, `video`, or any other text. */
        this.label = label;
        this.closed = false;
        /** Whether media could pass once. */
        this.hadPath = false;

        pc.onicecandidate = (e) => {
            if (!e.candidate?.candidate)
                return;
            if (this.#localCandidates)
                this.#localCandidates.push(e.candidate);
            else
                this.#sendCandidate(e.candidate);
        };
        pc.oniceconnectionstatechange = () => this.#iceChanged();
    }

    /** @param {RTCIceCandidate} candidate */
    #sendCandidate(candidate) {
        this.wire.send({ type: 'ice', id: this.id, candidate: candidate.toJSON() });
    }

    #iceChanged() {
        const state = this.pc.iceConnectionState;
        clearTimeout(this.#patience);
        if (this.closed)
            return;
        this.hadPath ||= this.hasPath;
        this.wire.pathChanged();
        if (state === 'failed') {
            this.emit('failed');
            this.restartIce();
        } else if (state === 'disconnected') {
            this.#patience = setTimeout(() => this.restartIce(), DISCONNECTED_MS);
        }
        this.emit('state', state);
    }

    /** Whether media can pass now. */
    get hasPath() {
        return ['connected', 'completed'].includes(this.pc.iceConnectionState);
    }

    /** Look for a new network path; the stream goes on. */
    restartIce() {}

    /**
     * Do one signalling step after those before it. An error is told to listeners.
     *
     * @param {() => Promise<void>} step
     * @param {(e: Error) => void} onError
     */
    step(step, onError) {
        this.#steps = this.#steps.then(async () => {
            if (this.closed)
                return;
            try {
                await step();
            } catch (e) {
                if (!this.closed)
                    onError(e instanceof Error ? e : new Error(String(e)));
            }
        });
    }

    /** Our description is out: candidates may follow. */
    flushLocalCandidates() {
        const held = this.#localCandidates ?? [];
        this.#localCandidates = null;
        for (const c of held)
            this.#sendCandidate(c);
    }

    /** The other side's description is in: its candidates may be used. */
    async flushRemoteCandidates() {
        const held = this.#remoteCandidates;
        this.#remoteCandidates = [];
        for (const c of held)
            await this.#addCandidate(c);
    }

    /** @param {RTCIceCandidateInit} candidate */
    async #addCandidate(candidate) {
        try {
            await this.pc.addIceCandidate(candidate);
        } catch (e) {
            console.warn('candidate refused:', e);
        }
    }

    /** @param {RTCIceCandidateInit} candidate */
    gotCandidate(candidate) {
        if (!this.pc.remoteDescription)
            this.#remoteCandidates.push(candidate);
        else
            this.#addCandidate(candidate);
    }

    /** @param {boolean} replaced */
    shut(replaced) {
        if (this.closed)
            return false;
        this.closed = true;
        clearTimeout(this.#patience);
        this.pc.onicecandidate = null;
        this.pc.oniceconnectionstatechange = null;
        this.pc.onnegotiationneeded = null;
        this.pc.ontrack = null;
        this.pc.close();
        this.wire.forget(/** @type {any} */ (this));
        this.emit('close', replaced);
        return true;
    }
}

/** The change under way of each sender. @type {WeakMap<RTCRtpSender, Promise<void>>} */
const turns = new WeakMap();

/**
 * Change a sender's parameters. Changes are made one after the other: a browser refuses one while another is under way.
 *
 * @param {RTCRtpSender} sender
 * @param {(params: RTCRtpSendParameters) => boolean} change   changes what it is given, when its turn comes; returns whether it did
 * @returns {Promise<void>} rejected when the browser refuses
 */
export function changeParameters(sender, change) {
    const turn = (turns.get(sender) ?? Promise.resolve()).then(async () => {
        const params = sender.getParameters();
        if (change(params))
            await sender.setParameters(params);
    });
    turns.set(sender, turn.catch(() => {}));
    return turn;
}

/** A stream that we send. Add tracks to it; it negotiates by itself. */
export class UpStream extends Stream {
    #offered = false;
    /** @type {string|null} */
    #replace;
    /** Rids of the video that somebody receives, empty for nobody; null while the server has not said. @type {string[]|null} */
    wanted = null;
    /** What the videos may take, where the browser does not see to it; null while the server has not said. @type {StreamRate|null} */
    rate = null;

    /**
     * @param {Wire} wire
     * @param {RTCPeerConnection} pc
     * @param {{id: string, localId: string, label: string, replace: string|null}} identity
     */
    constructor(wire, pc, identity) {
        super(wire, pc, identity);
        this.#replace = identity.replace;
        pc.onnegotiationneeded = () => this.#negotiate();
    }

    /**
     * Send a track. The stream given decides how the receivers group it; it may differ from the track's own.
     *
     * @param {MediaStreamTrack} track
     * @param {MediaStream} stream
     * @param {RTCRtpEncodingParameters[]} [encodings]   best layer first
     * @returns {RTCRtpTransceiver}
     */
    addTrack(track, stream, encodings) {
        const transceiver = this.pc.addTransceiver(track, {
            direction: 'sendonly',
            streams: [stream],
            ...(encodings?.length && { sendEncodings: encodings }),
        });
        this.wire.transform(transceiver, this);
        return transceiver;
    }

    /** Have the browser begin anew with a whole picture: only a server that knows how can ask it. */
    wantKeyframe() {
        if (!this.closed && this.#offered && this.wire.knows('keyframe'))
            this.wire.send({ type: 'keyframe', id: this.id });
    }

    /** What is sent, one sender a track. @returns {RTCRtpSender[]} */
    get senders() {
        return this.pc.getTransceivers().filter((t) => t.direction !== 'stopped' && t.sender.track).map((t) => t.sender);
    }

    /**
     * Send another track of a kind in the place of the one that is sent, or none from now on. Receivers see no other stream come.
     *
     * @param {string} kind
     * @param {MediaStreamTrack|null} track
     * @returns {Promise<boolean>} false when this stream cannot do that: addTrack() is needed, or another stream without the track
     */
    async replaceTrack(kind, track) {
        const all = this.pc.getTransceivers();
        const transceiver = all.find((t) => t.sender.track?.kind === kind && t.direction !== 'stopped');
        if (!transceiver || this.closed)
            return false;
        if (track) {
            await transceiver.sender.replaceTrack(track);
            return true;
        }
        // The transport of all is negotiated with the first one (RFC 9143, section 7.2).
        if (transceiver === all[0])
            return false;
        // What comes later is a source of its own: a server need not remember this one. What is received is told anew then.
        transceiver.stop();
        if (kind === 'video')
            this.wanted = null;
        return true;
    }

    /**
     * Send the layers that somebody receives, and those alone.
     *
     * @param {string[]} wanted   their rids
     */
    gotLayers(wanted) {
        this.wanted = wanted;
        this.#activateAll();
        this.emit('wanted', wanted);
    }

    /** @param {StreamRate} rate   what the videos may take from now on */
    gotRate(rate) {
        this.rate = rate;
        this.#activateAll();
        this.emit('rate', rate);
    }

    /**
     * Whether anybody receives a layer, or could, as far as we know.
     *
     * @param {string} [rid]   none: the only one
     */
    wants(rid) {
        const isReceived = !this.wanted || (rid ? this.wanted.includes(rid) : this.wanted.length > 0);
        return isReceived && this.rate?.rids.get(rid ?? '') !== 0;
    }

    /**
     * What a layer may take, where the browser does not see to it.
     *
     * @param {string} [rid]   none: the only one
     * @returns {number} bit/s; Infinity where nothing bounds it
     */
    carried(rid) {
        return (rid ? this.rate?.rids.get(rid) : this.rate?.bitrate) || Infinity;
    }

    #activateAll() {
        for (const sender of this.senders) {
            if (sender.track?.kind === 'video')
                changeParameters(sender, (p) => this.#activate(p)).catch((e) => console.warn('layers not changed:', e));
        }
    }

    /** @param {RTCRtpSendParameters} params */
    #activate(params) {
        const wrong = this.closed ? [] : params.encodings.filter((e) => e.active !== this.wants(e.rid));
        for (const e of wrong)
            e.active = this.wants(e.rid);
        return wrong.length > 0;
    }

    /** Id that a successor has to name in `replace`: ours if the server has seen it, else what we were to replace. */
    get replaceableId() {
        return this.#offered ? this.id : this.#replace;
    }

    #negotiate() {
        this.step(async () => {
            const offer = await this.pc.createOffer();
            await this.pc.setLocalDescription(offer);
            if (this.closed)
                return;
            this.wire.send({
                type: 'offer',
                kind: this.#offered ? 'renegotiate' : '',
                id: this.id,
                label: this.label,
                ...(this.#replace && { replace: this.#replace }),
                sdp: offerRepeats(this.pc.localDescription?.sdp ?? ''),
            });
            this.#offered = true;
            this.#replace = null;
            this.flushLocalCandidates();
        }, (e) => this.#fail(e));
    }

    /** @param {string} sdp */
    gotAnswer(sdp) {
        this.step(async () => {
            await this.pc.setRemoteDescription({ type: 'answer', sdp });
            // Chromium pauses and resumes rids as the answer says (RFC 8853, section 5.2), which repeats the offer: more may have been heard since.
            if (this.wanted)
                this.#activateAll();
            await this.flushRemoteCandidates();
            this.emit('negotiated');
        }, (e) => this.#fail(e));
    }

    /** @param {Error} e */
    #fail(e) {
        this.emit('error', e);
        this.close();
    }

    /**
     * Look for a new network path; the browser asks for a negotiation when it can.
     *
     * @override
     */
    restartIce() {
        if (!this.closed)
            this.pc.restartIce();
    }

    /** Stop sending. Tracks are the caller's to stop. */
    close() {
        // Before it could be offered the server still has the one whose place it was to take.
        const id = this.replaceableId;
        if (this.shut(false) && id)
            this.wire.send({ type: 'close', id });
    }

    /** A successor takes over: nobody is told here, its offer names us. */
    closeReplaced() {
        this.shut(true);
    }
}

/** A stream that we receive. */
export class DownStream extends Stream {
    /** @type {Map<string, any>} */
    #toldShown = new Map();

    /**
     * @param {Wire} wire
     * @param {RTCPeerConnection} pc
     * @param {{id: string, localId: string, label: string, source: string, username: string}} identity
     */
    constructor(wire, pc, identity) {
        super(wire, pc, identity);
        /** Id of the user who sends it. */
        this.source = identity.source;
        this.username = identity.username;
        /** @type {MediaStream|null} */
        this.stream = null;
        /** What was asked for this stream alone, or null for the general request. @type {Medium[]|null} */
        this.requested = null;
        /** How the server sends the video, or null while it has not said. @type {StreamState|null} */
        this.sent = null;
        /** How the picture is shown here. @type {Shown} */
        this.shown = {};
        /** Why its frames cannot be read, in words for people; empty when they can. */
        this.unreadable = '';

        pc.ontrack = (e) => {
            this.wire.transform(e.transceiver, this);
            const stream = e.streams[0] ?? this.stream ?? new MediaStream();
            if (!stream.getTracks().includes(e.track))
                stream.addTrack(e.track);
            this.stream = stream;
            this.emit('track', e.track);
        };
    }

    /** @param {string} sdp */
    gotOffer(sdp) {
        this.step(async () => {
            await this.pc.setRemoteDescription({ type: 'offer', sdp });
            await this.flushRemoteCandidates();
            const answer = await this.pc.createAnswer();
            await this.pc.setLocalDescription(answer);
            if (this.closed)
                return;
            this.wire.send({ type: 'answer', id: this.id, sdp: this.pc.localDescription?.sdp });
            this.flushLocalCandidates();
            this.emit('negotiated');
        }, (e) => {
            this.emit('error', e);
            this.abort();
        });
    }

    /**
     * Ask the server for a new network path.
     *
     * @override
     */
    restartIce() {
        if (!this.closed)
            this.wire.send({ type: 'renegotiate', id: this.id });
    }

    /**
     * Ask for other media than the general request says.
     *
     * @param {Medium[]|null} media   null goes back to the general request
     */
    request(media) {
        if (this.closed || String(media) === String(this.requested))
            return;
        this.requested = media;
        this.wire.send({ type: 'requestStream', id: this.id, request: media });
    }

    /**
     * Say how the picture is shown here. A server that does not divide our line by it is not told.
     *
     * @param {Shown} shown
     */
    show(shown) {
        this.shown = { ...this.shown, ...shown };
        this.tellShown();
    }

    /** Tell the server what it does not know yet of how the picture is shown. */
    tellShown() {
        if (this.closed || !this.wire.knows('streamState'))
            return;
        const news = Object.entries(this.shown).filter(([name, value]) => this.#toldShown.get(name) !== value);
        if (!news.length)
            return;
        for (const [name, value] of news)
            this.#toldShown.set(name, value);
        this.wire.send({ type: 'requestStream', id: this.id, request: this.requested, value: Object.fromEntries(news) });
    }

    /** @param {StreamState} sent */
    gotState(sent) {
        this.sent = sent;
        this.emit('sent', sent);
    }

    /** Refuse the stream; the server answers with `close`. */
    abort() {
        if (!this.closed)
            this.wire.send({ type: 'abort', id: this.id });
    }

    /** @param {boolean} replaced   whether another stream takes its place */
    gotClose(replaced) {
        this.shut(replaced);
    }
}

/*
 * ======== The client ========
 *
 * One connection, and all that is said over it.
 */

const VERSION = '2';
export const isFirefox = /firefox/i.test(globalThis.navigator?.userAgent ?? '');
/**
 * What we know besides, of which a server may know nothing. Firefox 153 goes on with 1.2 Mbit/s of
 * 1280 × 720 when RTCP tells it less, unless the page bounds it.
 */
const FEATURES = ['keyframe', 'layers', ...(isFirefox ? ['rate'] : []), 'recording', 'speakers', 'streamState'];
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
 * @property {FrameTransform} [transform]   encrypts frames end to end, for example
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
    /** Who waits for the answer to each ping that has none yet, in their order. @type {((isRead: boolean) => void)[]} */
    #pongsDue = [];
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
            this.#ping(() => {});
        }
    }

    /**
     * Whether the server has read all that was sent until now: it answers in the order in which it reads.
     *
     * @returns {Promise<boolean>} false when the connection ends without an answer
     */
    isRead() {
        return new Promise((resolve) => {
            if (this.isOpen)
                this.#ping(resolve);
            else
                resolve(false);
        });
    }

    /** @param {(isRead: boolean) => void} answered */
    #ping(answered) {
        this.#pongsDue.push(answered);
        this.send({ type: 'ping' });
        this.#answerDue ??= setTimeout(() => this.#setThere(false), ANSWER_MS);
    }

    /** @param {boolean} isRead @param {number} [most] */
    #endPings(isRead, most = Infinity) {
        for (const answered of this.#pongsDue.splice(0, most))
            answered(isRead);
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
        this.#endPings(false);
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

    /** What streams may do with us. @type {Wire} */
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
        pong: () => this.#endPings(true, 1),
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
        rate: (m) => {
            const rate = streamRate(m);
            if (rate)
                this.ups.get(m.id ?? '')?.gotRate(rate);
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
