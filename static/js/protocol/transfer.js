// @ts-check
/**
 * Files from user to user over a data channel. Only the signalling passes through the server, as user messages of kind `filetransfer`:
 * invite (sender), offer (receiver), answer (sender), ice (both), cancel (both).
 *
 *     const transfers = new Transfers(client);
 *     transfers.on('transfer', (t) => ...);      // somebody offers a file: t.accept() or t.cancel()
 *     transfers.send(userId, file);
 */

import { Emitter, newId } from '../../protocol.js';

/** @typedef {import('../../protocol.js').Client} Client */
/** @typedef {import('../../types.js').UserMessage} UserMessage */

const VERSION = '1';
/** Largest message on the data channel, bytes. */
const CHUNK = 16_384;
/** Pause the sending above this many unsent bytes. */
const BUFFERED_MAX = 65_536;
/** How much is read from the file at a time. */
const READ = 1_048_576;
/** How long the receiver waits for the sender to hang up, ms. */
const HANGUP_MS = 2000;

/** @typedef {'offered'|'connecting'|'connected'|'done'|'cancelled'} TransferState */

/** One file under way, in either direction. @extends {Emitter<{change: []}>} */
export class Transfer extends Emitter {
    /** @type {RTCPeerConnection|null} */
    #pc = null;
    /** @type {RTCIceCandidateInit[]} */
    #candidates = [];
    /** @type {(BlobPart)[]} */
    #parts = [];
    #owner;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    #hangup;

    /**
     * @param {Transfers} owner
     * @param {{id: string, peer: string, outgoing: boolean, name: string, size: number, type: string, file?: File}} what
     */
    constructor(owner, { id, peer, outgoing, name, size, type, file }) {
        super();
        this.#owner = owner;
        this.id = id;
        /** Id of the other user. */
        this.peer = peer;
        /** Whether we send. */
        this.outgoing = outgoing;
        this.name = name;
        /** Bytes in all. */
        this.size = size;
        this.type = type;
        this.file = file;
        /** Bytes sent or received so far. */
        this.count = 0;
        /** @type {TransferState} */
        this.state = 'offered';
        /** Why it was cancelled. */
        this.reason = '';
        /** What was received, when done. @type {Blob|null} */
        this.blob = null;
    }

    get isOver() {
        return this.state === 'done' || this.state === 'cancelled';
    }

    /** @param {TransferState} state */
    #enter(state) {
        this.state = state;
        this.emit('change');
    }

    /** @param {Record<string, any>} value */
    #tell(value) {
        this.#owner.tell(this.peer, { ...value, id: this.id });
    }

    /** Receive the file that was offered. */
    accept() {
        if (this.outgoing || this.state !== 'offered')
            return;
        this.#enter('connecting');
        this.#run(async () => {
            const pc = this.#connect();
            this.#receive(pc.createDataChannel('file'));
            await pc.setLocalDescription(await pc.createOffer());
            this.#tell({ type: 'offer', version: [VERSION], sdp: pc.localDescription?.sdp });
        });
    }

    /**
     * End it, whatever its state.
     *
     * @param {string} [reason]
     */
    cancel(reason) {
        if (this.isOver)
            return;
        this.#tell({ type: 'cancel', ...(reason && { value: reason }) });
        this.end(reason);
    }

    /**
     * It has ended without success and the other side knows.
     *
     * @param {string} [reason]
     */
    end(reason = '') {
        if (this.isOver)
            return;
        this.reason = reason;
        this.#close();
        this.#enter('cancelled');
    }

    #close() {
        clearTimeout(this.#hangup);
        this.#pc?.close();
        this.#pc = null;
        this.#parts = [];
        this.#owner.forget(this);
    }

    #finish() {
        if (this.isOver)
            return;
        this.#close();
        this.#enter('done');
    }

    /** @param {() => Promise<void>} step */
    async #run(step) {
        try {
            await step();
        } catch (e) {
            this.cancel(e instanceof Error ? e.message : String(e));
        }
    }

    #connect() {
        const pc = this.#owner.newPeerConnection();
        this.#pc = pc;
        pc.onicecandidate = (e) => this.#tell({ type: 'ice', candidate: e.candidate });
        pc.onconnectionstatechange = () => {
            if (pc.connectionState === 'failed')
                this.cancel('the connection failed');
        };
        return pc;
    }

    /**
     * @param {any} value   the value of a `filetransfer` message about us
     */
    got(value) {
        switch (value.type) {
        case 'offer':
            if (this.outgoing && this.state === 'offered')
                this.#run(() => this.#gotOffer(value));
            break;
        case 'answer':
            this.#run(async () => {
                await this.#pc?.setRemoteDescription({ type: 'answer', sdp: value.sdp });
                await this.#flush();
            });
            break;
        case 'ice':
            if (!value.candidate)
                break;
            if (this.#pc?.remoteDescription)
                this.#run(async () => this.#pc?.addIceCandidate(value.candidate));
            else
                this.#candidates.push(value.candidate);
            break;
        case 'cancel':
            this.end(value.value ? String(value.value) : 'cancelled by the other side');
            break;
        default:
            break;
        }
    }

    async #flush() {
        const held = this.#candidates;
        this.#candidates = [];
        for (const c of held)
            await this.#pc?.addIceCandidate(c);
    }

    /** @param {any} value */
    async #gotOffer(value) {
        if (!Array.isArray(value.version) || !value.version.map(String).includes(VERSION))
            throw new Error('unknown version of file transfer');
        this.#enter('connecting');
        const pc = this.#connect();
        pc.ondatachannel = (e) => this.#run(() => this.#sendFile(e.channel));
        await pc.setRemoteDescription({ type: 'offer', sdp: value.sdp });
        await this.#flush();
        await pc.setLocalDescription(await pc.createAnswer());
        this.#tell({ type: 'answer', sdp: pc.localDescription?.sdp });
    }

    /** @param {RTCDataChannel} channel */
    async #sendFile(channel) {
        const file = this.file;
        if (!file)
            throw new Error('the file is gone');
        channel.binaryType = 'arraybuffer';
        channel.bufferedAmountLowThreshold = BUFFERED_MAX / 2;
        channel.onmessage = (e) => {
            if (e.data === 'done')
                this.#finish();
        };
        channel.onclose = () => {
            if (!this.isOver)
                this.end('the other side hung up');
        };
        if (channel.readyState !== 'open')
            await new Promise((resolve) => channel.onopen = () => resolve(undefined));
        this.#enter('connected');
        for (let at = 0; at < file.size && !this.isOver; at += READ) {
            const block = await file.slice(at, at + READ).arrayBuffer();
            for (let i = 0; i < block.byteLength && !this.isOver; i += CHUNK) {
                if (channel.bufferedAmount > BUFFERED_MAX)
                    await new Promise((resolve) => channel.onbufferedamountlow = () => resolve(undefined));
                const chunk = block.slice(i, i + CHUNK);
                channel.send(chunk);
                this.count += chunk.byteLength;
                this.emit('change');
            }
        }
    }

    /** @param {RTCDataChannel} channel */
    #receive(channel) {
        channel.binaryType = 'arraybuffer';
        let unpacked = 0;
        const complete = () => {
            this.blob = new Blob(this.#parts, { type: this.type });
            channel.send('done');
            this.#hangup = setTimeout(() => this.#finish(), HANGUP_MS);
        };
        channel.onopen = () => {
            this.#enter('connected');
            // No data will ever come for an empty file.
            if (this.size === 0)
                complete();
        };
        channel.onclose = () => {
            if (this.blob)
                this.#finish();
            else if (!this.isOver)
                this.end('the other side hung up');
        };
        channel.onmessage = (e) => {
            if (this.isOver || !(e.data instanceof ArrayBuffer))
                return;
            this.count += e.data.byteLength;
            unpacked += e.data.byteLength;
            if (this.count > this.size) {
                this.cancel('more data than announced');
                return;
            }
            this.#parts.push(e.data);
            // A blob may live on disk; thousands of small buffers may not.
            if (unpacked >= READ) {
                this.#parts = [new Blob(this.#parts)];
                unpacked = 0;
            }
            this.emit('change');
            if (this.count === this.size)
                complete();
        };
    }
}

/** The file transfers of one connection. @extends {Emitter<{transfer: [t: Transfer]}>} */
export class Transfers extends Emitter {
    /** By peer and id. @type {Map<string, Transfer>} */
    #all = new Map();
    #client;

    /** @param {Client} client */
    constructor(client) {
        super();
        this.#client = client;
        client.on('usermessage', (m) => {
            if (m.kind === 'filetransfer')
                this.got(m);
        });
        client.on('user', (kind, user) => {
            if (kind === 'delete')
                this.#endAll((t) => t.peer === user.id, 'the other side has left');
        });
        client.on('joined', (m) => {
            if (m.kind === 'leave')
                this.#endAll(() => true, 'you have left');
        });
        client.on('close', () => this.#endAll(() => true, 'the connection was lost'));
    }

    /**
     * @param {(t: Transfer) => boolean} which
     * @param {string} reason
     */
    #endAll(which, reason) {
        for (const t of [...this.#all.values()]) {
            if (which(t))
                t.end(reason);
        }
    }

    /**
     * Offer a file to somebody.
     *
     * @param {string} peer   id of the user
     * @param {File} file
     * @returns {Transfer}
     */
    send(peer, file) {
        if (peer === this.#client.id)
            throw new Error('a file cannot be sent to oneself');
        const t = new Transfer(this, {
            id: newId(),
            peer,
            outgoing: true,
            name: file.name,
            size: file.size,
            type: file.type,
            file,
        });
        this.#all.set(`${peer}/${t.id}`, t);
        this.tell(peer, { type: 'invite', version: [VERSION], id: t.id, name: t.name, size: t.size, mimetype: t.type });
        return t;
    }

    /** A message about a file; only those that came before we listened need be given. @param {UserMessage} m */
    got(m) {
        const value = m.value;
        if (typeof value !== 'object' || value === null || typeof value.id !== 'string' || !m.source)
            return;
        const key = `${m.source}/${value.id}`;
        const known = this.#all.get(key);
        if (value.type !== 'invite') {
            known?.got(value);
            return;
        }
        const refuse = known ? 'duplicate id'
            : !Array.isArray(value.version) || !value.version.map(String).includes(VERSION) ? 'unknown version of file transfer'
            : !Number.isSafeInteger(value.size) || value.size < 0 ? 'bad size'
            : !this.#client.hasMedia ? 'this program cannot receive files'
            : '';
        if (refuse) {
            this.tell(m.source, { type: 'cancel', id: value.id, value: refuse });
            return;
        }
        const t = new Transfer(this, {
            id: value.id,
            peer: m.source,
            outgoing: false,
            name: String(value.name ?? 'file'),
            size: value.size,
            type: String(value.mimetype ?? ''),
        });
        this.#all.set(key, t);
        this.emit('transfer', t);
    }

    /**
     * @param {string} peer
     * @param {Record<string, any>} value
     */
    tell(peer, value) {
        if (this.#client.isOpen && this.#client.group !== null)
            this.#client.userMessage('filetransfer', peer, value);
    }

    /** @returns {RTCPeerConnection} */
    newPeerConnection() {
        return this.#client.newPeerConnection();
    }

    /** @param {Transfer} t */
    forget(t) {
        this.#all.delete(`${t.peer}/${t.id}`);
    }
}
