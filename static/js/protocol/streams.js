// @ts-check
/**
 * Streams: one peer connection each, either up (to the server, we offer) or down (to us, the server offers).
 * They are made by Client and speak through it.
 */

import { Emitter } from './emitter.js';
import { offerRepeats } from './sdp.js';

/** @typedef {import('../../types.js').Medium} Medium */
/** @typedef {import('../../types.js').Message} Message */
/** @typedef {import('../../types.js').Shown} Shown */
/** @typedef {import('../../types.js').StreamState} StreamState */

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
export const DISCONNECTED_MS = 3000;

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
        for (const sender of this.senders) {
            if (sender.track?.kind === 'video')
                changeParameters(sender, (p) => this.#activate(p)).catch((e) => console.warn('layers not changed:', e));
        }
        this.emit('wanted', wanted);
    }

    /**
     * Whether anybody receives a layer, as far as we know.
     *
     * @param {string} [rid]   none: the only one
     */
    wants(rid) {
        return !this.wanted || (rid ? this.wanted.includes(rid) : this.wanted.length > 0);
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
        if (this.shut(false) && this.#offered)
            this.wire.send({ type: 'close', id: this.id });
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
