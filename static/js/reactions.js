// @ts-check
/**
 * Reactions: an emoji that floats over the videos of everybody for a moment.
 */

import { announce } from './notices.js';
import { byId, displayName, el } from './dom.js';
import { t } from './i18n.js';
import { requireClient, session } from './session.js';

/** What to choose from. */
export const REACTIONS = ['👍', '❤️', '😂', '👏', '🎉', '😮', '😢', '🤔'];

/** The animation of `.reaction` in stage.css takes as long. */
const SHOWN_MS = 3000;
/** More at once would hide the videos, and tell no more. */
const MOST = 30;
/** Places side by side, so that one does not rise over another. */
const LANES = 6;
/** Whoever presses faster sends no more. */
const PAUSE_MS = 250;
/** One emoji, with the signs that change its colour, or join it with another. */
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})[\p{Extended_Pictographic}\p{Emoji_Modifier}\u200d\ufe0f]{0,10}$/u;

let sentAt = -Infinity;
let lane = 0;

/**
 * Show everybody a reaction, ourselves too.
 *
 * @param {string} emoji
 * @throws {Error} if we are not in the group
 */
export function sendReaction(emoji) {
    const client = requireClient();
    if (performance.now() - sentAt < PAUSE_MS)
        return;
    sentAt = performance.now();
    client.userMessage('reaction', '', emoji);
}

/** What floats now, with the words for it. @type {Map<HTMLElement, string>} */
const floating = new Map();

/**
 * @param {string} name   whose
 * @param {string} emoji
 */
function float(name, emoji) {
    if (floating.size >= MOST)
        return;
    const words = t('{name} reacts: {emoji}', { name: displayName(name), emoji });
    // Applause is told once.
    if (![...floating.values()].includes(words))
        announce(words);
    const sign = el('div', { class: 'reaction' }, el('span', { class: 'reaction-emoji' }, emoji), el('bdi', { class: 'reaction-name' }, displayName(name)));
    sign.style.setProperty('--lane', String(lane));
    lane = (lane + 1) % LANES;
    floating.set(sign, words);
    byId('reactions').append(sign);
    setTimeout(() => {
        sign.remove();
        floating.delete(sign);
    }, SHOWN_MS);
}

/** Show the reactions of others and our own. */
export function startReactions() {
    session.on('client', (client) => client.on('usermessage', (m) => {
        if (m.kind === 'reaction' && !m.dest && typeof m.value === 'string' && EMOJI.test(m.value))
            float(m.username, m.value);
    }));
}
