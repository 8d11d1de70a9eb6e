// @ts-check
/**
 * Messages from the server as the library's listeners get them: every member is there, and times are dates. A refusal is an error.
 */

/** @typedef {import('../../types.js').Message} Message */
/** @typedef {import('../../types.js').ChatMessage} ChatMessage */
/** @typedef {import('../../types.js').UserMessage} UserMessage */
/** @typedef {import('../../types.js').StreamState} StreamState */
/** @typedef {import('../../types.js').Speaker} Speaker */

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
export const chatMessage = (m) => ({ ...addressed(m), history: m.type === 'chathistory' });

/**
 * @param {Message} m         `usermessage`
 * @returns {UserMessage}
 */
export const userMessage = (m) => ({ ...addressed(m), error: m.error ?? '' });

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
