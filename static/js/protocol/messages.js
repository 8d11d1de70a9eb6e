// @ts-check
/**
 * Messages from the server as the library's listeners get them: every member is there, and times are dates.
 */

/** @typedef {import('../../types.js').Message} Message */
/** @typedef {import('../../types.js').ChatMessage} ChatMessage */
/** @typedef {import('../../types.js').UserMessage} UserMessage */

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
