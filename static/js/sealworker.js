// @ts-check
/**
 * End-to-end encryption of media, in a worker: encrypts the frames that the page sends, decrypts those it receives. What a frame looks like
 * and why: docs/ENCRYPTION.md. Keys are made here from the passphrase, and leave this worker for nowhere.
 */

/** PBKDF2 with SHA-256, as OWASP's password storage cheat sheet asks for. */
const ITERATIONS = 600_000;
/** So long after a change frames of the old key, on their way, are still read, ms. */
const OLD_KEY_MS = 5000;
/** salt 8, counter 4, length of what is clear 1, key 1, version 1 */
const TRAILER = 15;
const TAG = 16;
const VERSION = 0xe1;
/** In place of a length: clear up to the first slice of an H.264 picture, and the rest is escaped. */
const SLICE = 0xff;
/** Bytes of a slice that stay clear: its NAL header, and as much of the slice's as says which parameter set it has. */
const SLICE_CLEAR = 5;
/** A frame so many frames older than the newest is a repetition. The server repeats younger ones to who lacks them. */
const WINDOW = 4096;
/** Frames that cannot be read before it is said. */
const PATIENCE = 3;
/** Streams, and senders in one of them, whose frames are remembered. */
const MOST_STREAMS = 500;
const MOST_SENDERS = 8;

/** A key as the passphrase gives it. @typedef {{id: number, base: CryptoKey}} Key */
/** @typedef {'plain'|'key'|'old'} Fault   not encrypted; by another key, or forged; seen before */

const utf8 = new TextEncoder();
/** @param {string} text */
const bytesOf = (text) => /** @type {Uint8Array<ArrayBuffer>} */ (utf8.encode(text));

export class SealError extends Error {
    /** @param {Fault} fault */
    constructor(fault) {
        super(fault);
        this.fault = fault;
    }
}

// ---- Keys

/**
 * @param {CryptoKey} base
 * @param {string} purpose
 * @param {number} length   bytes
 */
async function derive(base, purpose, length) {
    const info = bytesOf(`nereid ${purpose}`);
    return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, base, 8 * length));
}

/**
 * @param {string} passphrase
 * @param {string} group       name, the salt
 * @returns {Promise<Key & {number: string}>} `number` is for people to compare: 30 digits
 */
export async function makeKey(passphrase, group) {
    const secret = await crypto.subtle.importKey('raw', bytesOf(passphrase.normalize('NFC')), 'PBKDF2', false, ['deriveBits']);
    const salt = bytesOf(`nereid media 1\n${group.normalize('NFC')}`);
    const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ITERATIONS }, secret, 256);
    const base = await crypto.subtle.importKey('raw', bits, 'HKDF', false, ['deriveBits', 'deriveKey']);
    const digits = new DataView((await derive(base, 'safety number', 24)).buffer);
    const groups = Array.from({ length: 6 }, (_, i) => String(digits.getUint32(4 * i) % 100_000).padStart(5, '0'));
    return { id: (await derive(base, 'key id', 1))[0], base, number: groups.join(' ') };
}

/**
 * The key of one sender's track.
 *
 * @param {CryptoKey} base
 * @param {Uint8Array<ArrayBuffer>} salt   the sender's
 * @param {string} context                 of which track of which stream
 * @param {'encrypt'|'decrypt'} use
 */
const trackKey = (base, salt, context, use) => crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt, info: bytesOf(`nereid track\n${context}`) }, base, { name: 'AES-GCM', length: 256 }, false, [use]);

// ---- Frames

/**
 * Where the first slice of an H.264 picture begins, behind its start code (ITU-T H.264 annex B); -1 when there is none.
 *
 * @param {Uint8Array} data
 */
function firstSlice(data) {
    for (let i = 0; i + 3 < data.length; i++) {
        if (data[i] === 0 && data[i + 1] === 0 && data[i + 2] === 1) {
            const type = data[i + 3] & 31;
            if (type === 1 || type === 5)
                return i + 3;
        }
    }
    return -1;
}

/**
 * How much of a frame stays in clear: what servers and packetizers read of it.
 *
 * @param {Uint8Array} data
 * @param {string} codec   MIME type
 * @returns {number} bytes; -1: frames of this codec cannot be encrypted
 */
export function clearLength(data, codec) {
    switch (codec.toLowerCase()) {
    case 'audio/opus':
        return Math.min(1, data.length); // table of contents, RFC 6716 section 3.1
    case 'video/vp8':
        return Math.min(data[0] & 1 ? 3 : 10, data.length); // RFC 6386 section 9.1
    case 'video/vp9':
        return 0; // its payload descriptor (RFC 9628) is the packetizer's
    case 'video/h264': {
        const at = firstSlice(data);
        return at < 0 ? -1 : Math.min(at + SLICE_CLEAR, data.length);
    }
    default:
        return codec.toLowerCase().startsWith('audio/') && codec.toLowerCase() !== 'audio/red' ? 0 : -1;
    }
}

/**
 * Keep bytes from looking like a start code (ITU-T H.264 section 7.4.1).
 *
 * @param {Uint8Array} data
 * @param {Uint8Array} before   what stands before them
 */
function escape(data, before) {
    const out = [];
    let zeros = trailingZeros(before);
    for (const b of data) {
        if (zeros >= 2 && b <= 3) {
            out.push(3);
            zeros = 0;
        }
        out.push(b);
        zeros = b === 0 ? zeros + 1 : 0;
    }
    return Uint8Array.from(out);
}

/**
 * @param {Uint8Array} data
 * @param {Uint8Array} before
 */
function unescape(data, before) {
    const out = new Uint8Array(data.length);
    let n = 0;
    let zeros = trailingZeros(before);
    for (const b of data) {
        if (zeros >= 2 && b === 3) {
            zeros = 0;
            continue;
        }
        out[n++] = b;
        zeros = b === 0 ? zeros + 1 : 0;
    }
    return out.slice(0, n);
}

/** @param {Uint8Array} data */
function trailingZeros(data) {
    let n = 0;
    while (n < data.length && data[data.length - 1 - n] === 0)
        n++;
    return n;
}

/**
 * @param {...Uint8Array} parts
 * @returns {Uint8Array<ArrayBuffer>}
 */
function join(...parts) {
    const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const p of parts) {
        all.set(p, at);
        at += p.length;
    }
    return all;
}

/** @param {number} counter */
function ivOf(counter) {
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setUint32(8, counter);
    return iv;
}

/**
 * What is vouched for besides what is encrypted. Of H.264 only the slice's beginning: what comes before it, browsers rewrite.
 *
 * @param {Uint8Array} clear
 * @param {Uint8Array} end     length, key, version
 */
const vouchedFor = (clear, end) => join(end[0] === SLICE ? clear.slice(-SLICE_CLEAR) : clear, end);

/** Encrypts the frames of one track, in all its layers. */
export class Sealer {
    /** Makes the key this sender's own, so that a counter is enough for each frame to have another IV. */
    #salt = crypto.getRandomValues(new Uint8Array(8));
    #counter = 0;
    /** @type {WeakMap<CryptoKey, Promise<CryptoKey>>} */
    #keys = new WeakMap();

    /** @param {string} context */
    constructor(context) {
        this.context = context;
    }

    /**
     * @param {Uint8Array} frame
     * @param {string} codec
     * @param {Key} key
     * @returns {Promise<Uint8Array<ArrayBuffer>|null>} null when it cannot be encrypted
     */
    async seal(frame, codec, { id, base }) {
        const length = clearLength(frame, codec);
        if (length < 0)
            return null;
        if (this.#counter > 0xffff_ffff) {
            this.#salt = crypto.getRandomValues(new Uint8Array(8));
            this.#counter = 0;
            this.#keys = new WeakMap();
        }
        const isSlice = codec.toLowerCase() === 'video/h264';
        const clear = frame.slice(0, length);
        const end = Uint8Array.of(isSlice ? SLICE : length, id, VERSION);
        const iv = ivOf(this.#counter++);
        const salt = this.#salt;
        const key = this.#keys.get(base) ?? trackKey(base, salt, this.context, 'encrypt');
        this.#keys.set(base, key);
        const secret = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: vouchedFor(clear, end) }, await key, join(frame.slice(length)));
        const rest = join(new Uint8Array(secret), salt, iv.slice(8), end);
        return join(clear, isSlice ? escape(rest, clear) : rest);
    }
}

/** A sender as its receiver knows it. @typedef {{keys: Map<CryptoKey, CryptoKey>, newest: number, seen: Uint32Array|null}} Sender */

/** Decrypts the frames of one track. */
export class Opener {
    /** By their salts. @type {Map<string, Sender>} */
    #senders = new Map();

    /**
     * @param {string} context
     * @param {boolean} isSound   each of its frames comes once; pictures the server may repeat
     */
    constructor(context, isSound) {
        this.context = context;
        this.isSound = isSound;
    }

    /**
     * @param {Uint8Array} frame
     * @param {Key[]} keys
     * @returns {Promise<Uint8Array<ArrayBuffer>>}
     * @throws {SealError}
     */
    async open(frame, keys) {
        const { clear, rest, end } = divide(frame);
        const counter = new DataView(rest.buffer, rest.byteOffset).getUint32(rest.length - TRAILER + 8);
        const salt = join(rest.slice(-TRAILER, 8 - TRAILER));
        const name = salt.join();
        const sender = this.#senders.get(name) ?? { keys: new Map(), newest: 0, seen: this.isSound ? new Uint32Array(WINDOW) : null };
        if (counter + WINDOW <= sender.newest || sender.seen?.[counter % WINDOW] === counter + 1)
            throw new SealError('old');
        const secret = join(rest.slice(0, -TRAILER));
        for (const { base } of keys.filter((k) => k.id === end[1])) {
            const key = sender.keys.get(base) ?? await trackKey(base, salt, this.context, 'decrypt');
            const algorithm = { name: 'AES-GCM', iv: ivOf(counter), additionalData: vouchedFor(clear, end) };
            const open = await crypto.subtle.decrypt(algorithm, key, secret).catch(() => null);
            if (!open)
                continue;
            sender.keys.set(base, key);
            sender.newest = Math.max(sender.newest, counter);
            if (sender.seen)
                sender.seen[counter % WINDOW] = counter + 1;
            this.#remember(name, sender);
            return join(clear, new Uint8Array(open));
        }
        throw new SealError('key');
    }

    /** @param {string} name @param {Sender} sender */
    #remember(name, sender) {
        if (this.#senders.has(name))
            return;
        this.#senders.set(name, sender);
        const [oldest] = this.#senders.keys();
        if (this.#senders.size > MOST_SENDERS)
            this.#senders.delete(oldest);
    }

    /** Keys that are used no more. @param {Key[]} kept */
    forget(kept) {
        for (const { keys } of this.#senders.values()) {
            for (const base of keys.keys()) {
                if (!kept.some((k) => k.base === base))
                    keys.delete(base);
            }
        }
    }
}

/**
 * @param {Uint8Array} frame
 * @returns {{clear: Uint8Array, rest: Uint8Array, end: Uint8Array}} `rest` with the trailer
 * @throws {SealError} when it is not encrypted
 */
function divide(frame) {
    const end = frame.slice(-3);
    let at = end[0];
    if (end.length < 3 || end[2] !== VERSION)
        throw new SealError('plain');
    if (at === SLICE) {
        const slice = firstSlice(frame);
        at = slice < 0 ? frame.length : slice + SLICE_CLEAR;
    }
    const clear = frame.slice(0, at);
    const rest = end[0] === SLICE ? unescape(frame.slice(at), clear) : frame.slice(at);
    if (rest.length < TAG + TRAILER)
        throw new SealError('plain');
    return { clear, rest, end };
}

// ---- The worker

/**
 * What is to be done with a track.
 *
 * @typedef {object} Task
 * @property {'send'|'receive'} role
 * @property {string} kind      audio, video
 * @property {string} stream    its id
 * @property {string} context   what a frame of it can be mixed up with no other by
 */

/** @typedef {RTCEncodedVideoFrame|RTCEncodedAudioFrame} Frame */

/** The newest first. @type {Key[]} */
let ring = [];
/** What was decrypted of each track stays known while its stream is made anew. @type {Map<string, Opener>} */
const openers = new Map();
/** Codecs by payload type, of each stream: where frames do not say. @type {Map<string, Record<number, string>>} */
const codecs = new Map();
/** How often the passphrase has changed. */
let changes = 0;
/** Changes of keys, one after the other. */
let turn = Promise.resolve();

/** @param {any} message */
const tell = (message) => /** @type {any} */ (globalThis).postMessage(message);

/** @param {Task} task */
function openerOf({ context, kind }) {
    const opener = openers.get(context) ?? new Opener(context, kind === 'audio');
    openers.delete(context);
    openers.set(context, opener);
    const [oldest] = openers.keys();
    if (openers.size > MOST_STREAMS)
        openers.delete(oldest);
    return opener;
}

/**
 * @param {Frame} frame
 * @param {Task} task
 */
function codecOf(frame, task) {
    const { mimeType, payloadType } = /** @type {{mimeType?: string, payloadType?: number}} */ (frame.getMetadata());
    return mimeType ?? codecs.get(task.stream)?.[payloadType ?? -1] ?? '';
}

/**
 * @param {Task} task
 * @returns {(frame: Frame) => Promise<boolean>} changes the frame; false: it goes nowhere
 */
function sending(task) {
    const sealer = new Sealer(task.context);
    const report = reporter(task);
    return async (frame) => {
        const [key] = ring;
        const codec = codecOf(frame, task);
        if (!key || !codec)
            return false;
        const sealed = await sealer.seal(new Uint8Array(frame.data), codec, key);
        report(sealed ? 'ok' : 'codec');
        if (sealed)
            frame.data = sealed.buffer;
        return sealed !== null;
    };
}

/** @param {Task} task */
function receiving(task) {
    const opener = openerOf(task);
    const report = reporter(task);
    return async (/** @type {Frame} */ frame) => {
        if (!frame.data.byteLength)
            return true;
        try {
            frame.data = (await opener.open(new Uint8Array(frame.data), ring)).buffer;
            report('ok');
            return true;
        } catch (e) {
            if (!(e instanceof SealError))
                throw e;
            if (e.fault !== 'old')
                report(e.fault);
            return false;
        }
    };
}

/** Tells the page what becomes of a track's frames, when that changes, and anew with each passphrase. @param {Task} task */
function reporter({ stream, kind, role }) {
    let told = '';
    let n = 0;
    let since = changes;
    return (/** @type {string} */ fate) => {
        if (since !== changes) {
            since = changes;
            told = '';
            n = 0;
        }
        n = fate === 'ok' ? 0 : n + 1;
        if (fate === told || (n > 0 && n < PATIENCE))
            return;
        told = fate;
        tell({ stream, kind, role, fate });
    };
}

/**
 * @param {Task} task
 * @param {ReadableStream<Frame>} readable
 * @param {WritableStream<Frame>} writable
 */
function run(task, readable, writable) {
    const change = task.role === 'send' ? sending(task) : receiving(task);
    readable.pipeThrough(new TransformStream({
        async transform(frame, controller) {
            if (await change(frame))
                controller.enqueue(frame);
        },
    })).pipeTo(writable).catch(() => {}); // the track has ended
}

/** @param {Key[]} keys */
function setRing(keys) {
    ring = keys;
    for (const opener of openers.values())
        opener.forget(keys);
}

/** @param {{passphrase: string, group: string, keeps: boolean}} wish   an empty passphrase: none; `keeps`: the old one is read for a moment more */
async function change({ passphrase, group, keeps }) {
    const key = passphrase ? await makeKey(passphrase, group) : null;
    changes++;
    setRing(key ? [key, ...(keeps ? ring : [])] : []);
    if (ring.length > 1)
        setTimeout(() => setRing(ring.filter((k) => k === ring[0])), OLD_KEY_MS);
    tell({ number: key?.number ?? '' });
}

/** What the page says. @param {MessageEvent} e */
function said({ data }) {
    if (data.task)
        run(data.task, data.readable, data.writable);
    else if (data.codecs)
        codecs.set(data.stream, data.codecs);
    else if (data.ended)
        codecs.delete(data.ended);
    else
        turn = turn.then(() => change(data));
}

if (typeof document === 'undefined' && 'postMessage' in globalThis && 'onmessage' in globalThis) {
    const worker = /** @type {any} */ (globalThis);
    worker.onmessage = said;
    worker.onrtctransform = (/** @type {any} */ { transformer }) => run(transformer.options, transformer.readable, transformer.writable);
}
