// @ts-check
/**
 * The commands of the chat line: one table.
 */

import { t } from './page.js';
import { isEmoji } from './text.js';
import { CHOICES, currentClient, leave, may, requireClient, set, state, storedSettings } from './session.js';
import { canPlayFile, canPresent, disable, enable, replaceAll, share, toggleCamera, toggleMicrophone, unshare } from './media.js';
import { act, chooseAndOffer, choosePresentation, mute, muteAll, raiseHand, unmute, warnAll, warnUser } from './people.js';
import { answer, lastOfOthers, localMessage, react, say, sayPrivately } from './chat.js';
import { editInvitation, JUST_NOW, makeInvitation } from './invitations.js';

/** @typedef {import('../types.js').User} User */

/**
 * @typedef {object} Command
 * @property {string} [args]          what follows the name, for /help
 * @property {string} [help]          commands without it are not listed
 * @property {() => boolean} [may]    whether it can be used now
 * @property {string} [needs]         what is missing when it cannot
 * @property {(rest: string) => unknown} run
 */

const DAY_MS = 86_400_000;

/**
 * Split a command's rest into its first word, which may be quoted, and what follows, verbatim.
 *
 * @param {string} text
 * @returns {[first: string, rest: string]}
 */
export function splitWord(text) {
    let i = 0;
    while (text[i] === ' ')
        i++;
    let end = ' ';
    if (text[i] === '"' || text[i] === "'") {
        end = text[i];
        i++;
    }
    let first = '';
    while (i < text.length && text[i] !== end) {
        if (text[i] === '\\' && i + 1 < text.length)
            i++;
        first += text[i];
        i++;
    }
    i++;
    while (text[i] === ' ')
        i++;
    return [first, text.slice(i)];
}

/** Seconds in each unit. @type {Record<string, number>} */
const UNITS = { s: 1, min: 60, h: 3600, d: 86_400, mon: 31 * 86_400, yr: 365 * 86_400 };

/**
 * A time as a person types it: `2d`, `30min`, or anything that Date understands.
 *
 * @param {string} text
 * @returns {number|string} milliseconds from now, or an ISO 8601 time
 */
export function parseTime(text) {
    const m = /^(\d+)(s|min|h|d|mon|yr)$/.exec(text.trim());
    if (m)
        return Number(m[1]) * UNITS[m[2]] * 1000;
    const time = new Date(text);
    if (Number.isNaN(time.getTime()))
        throw new Error(t('“{text}” is not a time: write for example 30min, 2h, 1d or 2030-01-31T18:00', { text }));
    return time.toISOString();
}

/** @param {string} word */
function findUser(word) {
    const user = state.users.find((u) => u.id === word) ?? state.users.find((u) => u.username === word);
    if (!user)
        throw new Error(word ? t('There is nobody called “{word}” here.', { word }) : t('Whom do you mean? Give a user name.'));
    return user;
}

/**
 * A command on a user, perhaps with a text.
 *
 * @param {string} help
 * @param {string} args
 * @param {(user: User, text: string) => unknown} run
 * @param {Pick<Command, 'may'|'needs'>} [who]
 * @returns {Command}
 */
const onUser = (help, args, run, who = op) => ({
    args,
    help,
    ...who,
    run: (rest) => {
        const [name, text] = splitWord(rest);
        return run(findUser(name), text);
    },
});

/** @param {string} text @param {string} what */
function required(text, what) {
    if (!text.trim())
        throw new Error(t('This command needs {what}.', { what }));
    return text;
}

const op = { may: () => may('op'), needs: t('You are not an operator.') };
const says = { may: () => may('message'), needs: t('You may not write here.') };
const opSays = { may: () => may('op') && may('message'), needs: t('Only operators who may write can do this.') };
const rec = { may: () => may('record'), needs: t('You may not record here.') };
const tok = { may: () => may('token'), needs: t('You may not invite here.') };
const tokOp = { may: () => may('token') && may('op'), needs: t('Only operators who may invite can do this.') };
const presenter = { may: canPresent, needs: t('You may not present here.') };

/** @param {string} kind */
const group = (kind) => (/** @type {string} */ rest) => requireClient().groupAction(kind, rest);

/** @type {Record<string, Command>} */
const COMMANDS = {
    help: { help: t('show this list'), run: showHelp },
    me: { ...says, run: (text) => say(required(text, t('a text')), { kind: 'me' }) },
    msg: {
        args: 'user text',
        help: t('send a private message'),
        ...says,
        run: (rest) => {
            const [name, text] = splitWord(rest);
            sayPrivately(findUser(name).id, required(text, t('a text')));
        },
    },
    reply: {
        args: 'text',
        help: t('answer the last message, with its beginning as a quote'),
        ...says,
        run: (text) => answer(lastSaid(), required(text, t('a text'))),
    },
    react: { args: 'emoji', help: t('react to the last message, or take it back'), ...says, run: reactToLast },
    find: { args: 'text', help: t('find messages'), run: async (text) => (await import('./chatsearch.js')).openSearch(text.trim()) },
    leave: { help: t('leave the group'), run: leave },
    raise: { help: t('raise your hand'), run: () => raiseHand(true) },
    unraise: { help: t('lower your hand'), run: () => raiseHand(false) },
    enable: { help: t('switch on camera and microphone'), ...presenter, run: () => enable() },
    disable: { help: t('switch off camera and microphone'), ...presenter, run: disable },
    mic: { help: t('start, mute or unmute your microphone'), ...presenter, run: toggleMicrophone },
    camera: { help: t('start or stop the camera'), ...presenter, run: toggleCamera },
    sharescreen: { help: t('share a screen or a window'), ...presenter, run: share },
    unsharescreen: { help: t('stop sharing screens'), ...presenter, run: unshare },
    presentfile: { help: t('play a file to everybody'), may: canPlayFile, needs: t('You cannot play a file here.'), run: choosePresentation },
    sendfile: {
        args: '[user]',
        help: t('send a file directly, to one person or to everybody, which shows your IP address to those who accept it'),
        ...says,
        run: (rest) => chooseAndOffer(rest.trim() ? findUser(splitWord(rest)[0]) : null),
    },
    renegotiate: { help: t('restart all streams’ network paths'), run: () => requireClient().restartAll() },
    layout: { args: 'grid | stage | classic', help: t('change how videos, people and chat share the window'), run: setLayout },
    replace: { run: replaceAll },
    'relay-test': { run: async () => localMessage(await (await import('./relaytest.js')).testRelay(currentClient()?.rtcConfiguration ?? {})) },
    set: { run: setSetting },
    unset: { run: (rest) => set(required(rest.trim(), t('the name of a setting')), undefined) },

    clear: { help: t('clear the chat for everybody'), ...op, run: () => requireClient().groupAction('clearchat') },
    lock: { args: '[text]', help: t('lock the group; the text is shown to those refused'), ...op, run: group('lock') },
    unlock: { help: t('unlock the group'), ...op, run: () => requireClient().groupAction('unlock') },
    subgroups: { help: t('list subgroups'), ...op, run: () => requireClient().groupAction('subgroups') },
    record: { help: t('start recording'), ...rec, run: () => requireClient().groupAction('record') },
    unrecord: { help: t('stop recording'), ...rec, run: () => requireClient().groupAction('unrecord') },

    kick: onUser(t('put somebody out'), 'user [text]', (user, text) => act('kick', user, text)),
    identify: onUser(t('show somebody’s IP address'), 'user', (user) => act('identify', user)),
    op: onUser(t('make somebody an operator'), 'user', (user) => act('op', user)),
    unop: onUser(t('take operator rights away'), 'user', (user) => act('unop', user)),
    present: onUser(t('allow somebody to present'), 'user', (user) => act('present', user)),
    unpresent: onUser(t('forbid somebody to present'), 'user', (user) => act('unpresent', user)),
    shutup: onUser(t('forbid somebody to chat'), 'user', (user) => act('shutup', user)),
    unshutup: onUser(t('allow somebody to chat'), 'user', (user) => act('unshutup', user)),
    mute: onUser(t('mute somebody'), 'user', mute, opSays),
    unmute: onUser(t('unmute a program that streams'), 'user', unmute, opSays),
    warn: onUser(t('warn somebody'), 'user text', (user, text) => warnUser(user, required(text, t('a text'))), opSays),
    muteall: { help: t('mute everybody'), ...opSays, run: muteAll },
    wall: { args: 'text', help: t('warn everybody'), ...opSays, run: (text) => warnAll(required(text, t('a text'))) },

    invite: { args: '[user] [time]', help: t('make an invitation link'), ...tok, run: invite },
    reinvite: {
        args: 'link [time]',
        help: t('change when an invitation ends'),
        ...tokOp,
        run: (rest) => {
            const [link, time] = splitWord(rest);
            editInvitation(link, time ? parseTime(time) : DAY_MS);
        },
    },
    revoke: { args: 'link', help: t('end an invitation'), ...tokOp, run: revoke },
    expire: { ...tokOp, run: revoke },
    listtokens: { help: t('list invitations'), ...tokOp, run: () => requireClient().groupAction('listtokens') },
};

function lastSaid() {
    const item = lastOfOthers();
    if (!item)
        throw new Error(t('Nobody else has said anything yet.'));
    return item;
}

/** @param {string} rest */
async function reactToLast(rest) {
    const { emojiNamed } = await import('./emoji.js');
    const word = required(rest.trim(), t('an emoji'));
    const emoji = isEmoji(word) ? word : emojiNamed(word.replaceAll(':', ''));
    if (!emoji)
        throw new Error(t('“{word}” is not an emoji.', { word }));
    react(lastSaid(), emoji);
}

/** @param {string} rest */
function invite(rest) {
    const [username, time] = splitWord(rest);
    makeInvitation({ username, ...(time && { expires: parseTime(time) }) });
}

/** @param {string} rest */
function revoke(rest) {
    editInvitation(splitWord(rest)[0], JUST_NOW);
}

/** @param {string} rest */
function setLayout(rest) {
    const layout = rest.trim();
    if (!CHOICES.layout.includes(layout))
        throw new Error(t('The layout is one of: grid, stage or classic.'));
    set('layout', layout);
}

/** @param {string} rest */
function setSetting(rest) {
    if (!rest.trim()) {
        const all = storedSettings();
        localMessage(all.length ? all.map(([k, v]) => `${k}: ${JSON.stringify(v)}`).join('\n') : t('All settings have their first values.'));
        return;
    }
    const [key, text] = splitWord(rest);
    /** @type {any} */
    let value = true;
    if (text.trim()) {
        try {
            value = JSON.parse(text);
        } catch {
            throw new Error(t('“{text}” is not JSON; a text needs quotation marks, for example "low".', { text }));
        }
    }
    set(key, value);
}

function showHelp() {
    const lines = Object.entries(COMMANDS)
        .filter(([, c]) => c.help && (!c.may || c.may()))
        .map(([name, c]) => `/${name}${c.args ? ` ${c.args}` : ''}: ${c.help}`)
        .sort();
    localMessage([...lines, '', t('“user” is a name, in quotation marks if there are blanks in it, or the id of somebody without a name: Tab offers both.')].join('\n'));
}

/**
 * Run a command.
 *
 * @param {string} name
 * @param {string} rest   what follows it, verbatim
 */
export function runCommand(name, rest) {
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!command)
        throw new Error(t('There is no command /{name}. Type /help for a list.', { name }));
    if (command.may && !command.may())
        throw new Error(command.needs ?? t('This cannot be done now.'));
    return command.run(rest);
}

/**
 * The commands that can be used now, for completion.
 *
 * @returns {{name: string, args: string, help: string}[]}
 */
export const usableCommands = () => Object.entries(COMMANDS).filter(([, c]) => c.help && (!c.may || c.may()))
    .map(([name, { args = '', help = '' }]) => ({ name, args, help }));
