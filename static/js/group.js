// @ts-check
/**
 * The group page: starts the modules, and obeys what the server and operators say.
 */

import { startAwake } from './awake.js';
import { startChat, clearChat } from './chat.js';
import { localMessage } from './chatlog.js';
import { startCompose } from './compose.js';
import { displayName } from './dom.js';
import { t } from './i18n.js';
import { startControls } from './controls.js';
import { startDock } from './dock.js';
import { gotToken, gotTokenList } from './invitations.js';
import { startKeys } from './keys.js';
import { complainOf, startLine } from './line.js';
import { begin } from './login.js';
import { setMuted, startMedia } from './media.js';
import { complain, noticeFrom, warn } from './notices.js';
import { startOwnVoice } from './ownvoice.js';
import { startPanel } from './panel.js';
import { startReactions } from './reactions.js';
import { startReceiving } from './receiving.js';
import { session, setMyData } from './session.js';
import { state, watch } from './state.js';
import { startSettings } from './settingspane.js';
import { startSigns } from './signs.js';
import { startTransfers } from './transfers.js';
import { startUsers } from './users.js';
import { startVideos } from './videos.js';

/** @typedef {import('../types.js').UserMessage} UserMessage */

/** Who speaks: null is the server. @param {UserMessage} m */
const speaker = (m) => (m.source || m.username ? m.username : null);

/**
 * What to do with user messages that the server vouches for. Others of these kinds are not obeyed.
 *
 * @type {Record<string, (m: UserMessage) => void>}
 */
const PRIVILEGED = {
    error: complainOf,
    warning: (m) => {
        if (m.error !== 'restarting') // the banner says that
            noticeFrom('warn', speaker(m), String(m.value));
    },
    info: (m) => noticeFrom('info', speaker(m), String(m.value)),
    kicked: () => {},
    mute: (m) => {
        setMuted(true);
        warn(t('{name} has muted you.', { name: m.username || t('An operator') }));
    },
    lowerhand: () => setMyData({ raisehand: null, raisehandtime: null }),
    clearchat: (m) => clearChat(m.value),
    token: gotToken,
    tokenlist: gotTokenList,
    userinfo: (m) => {
        const { username, address, id } = m.value ?? {};
        localMessage(t('{name} has the address {address} (id {id}).', { name: displayName(username ?? ''), address: address ?? t('unknown'), id: String(id) }));
    },
};

/** Kinds that other modules listen to, whoever sends them. */
const ELSEWHERE = new Set(['filetransfer', 'chatreaction', 'reaction']);

session.on('client', (client) => client.on('usermessage', (m) => {
    const obey = Object.hasOwn(PRIVILEGED, m.kind) ? PRIVILEGED[m.kind] : undefined;
    if (obey && m.privileged)
        obey(m);
    else if (!ELSEWHERE.has(m.kind))
        console.warn(`ignored a message of kind ${m.kind} from ${m.username}`);
}));
// Encryption is for meetings that want it, and so is its module.
watch(['status', 'phase'], () => {
    if (state.status.encrypted && state.phase === 'joined')
        import('./seal.js').catch((e) => complain(String(e)));
});
session.on('left', (message) => {
    if (message)
        complain(message);
});

startControls();
startDock();
startPanel();
startLine();
startSettings();
startUsers();
startChat();
startCompose();
startTransfers();
startReceiving();
startMedia();
startOwnVoice();
startVideos();
startReactions();
startSigns();
startKeys();
startAwake();
begin();
