// @ts-check
/**
 * The panel of people and chat: which of the two is open, as tabs or both at once; and the width of the chat in the classic layout.
 */

import { byId } from './dom.js';
import { set, state, update, watch } from './state.js';

/** @typedef {'users'|'chat'} Pane */

/** From this width on both may be open beside the videos, and are from the start. */
const wide = matchMedia('(min-width: 1600px)');
/** Up to this width the panel is opened for a moment: nothing is remembered. */
const narrow = matchMedia('(max-width: 1024px)');
const CHAT_MIN = 280;

/** The original's three panes, which need a window that is not narrow. */
const isClassic = () => state.settings.layout === 'classic' && !narrow.matches;
const bothMayBeOpen = () => wide.matches || isClassic();
const hasTiles = () => state.locals.length + state.downs.length > 0;

/** What is seen. Without videos the chat has their room, and people stand beside it where there is width for both. */
function shown() {
    const chat = state.chatOpen || !hasTiles();
    if (state.usersOpen && chat)
        return hasTiles() || !narrow.matches ? 'both' : 'users';
    return state.usersOpen ? 'users' : chat ? 'chat' : 'none';
}

/** What is open at first: as it was left, else all where there is room. */
function restore() {
    const kept = narrow.matches ? '' : state.settings.panel ?? (bothMayBeOpen() ? 'both' : '');
    update({
        usersOpen: kept === 'users' || (kept === 'both' && bothMayBeOpen()),
        chatOpen: kept === 'chat' || kept === 'both',
    });
}

/**
 * Open or close one of the two. Where only one may be open, it takes the other's place.
 *
 * @param {Pane} pane
 * @param {boolean} [open]   without it: the other way
 */
export function showPane(pane, open = !isShown(pane)) {
    const usersOpen = pane === 'users' ? open : state.usersOpen && (bothMayBeOpen() || !open);
    const chatOpen = pane === 'chat' ? open : state.chatOpen && (bothMayBeOpen() || !open);
    update({ usersOpen, chatOpen });
    if (!narrow.matches)
        set('panel', usersOpen && chatOpen ? 'both' : usersOpen ? 'users' : chatOpen ? 'chat' : '');
}

/** @param {Pane} pane */
const isShown = (pane) => shown() === 'both' || shown() === pane;

/** Close one with its own button, and give the focus to the one that opens it again. @param {Pane} pane */
function close(pane) {
    showPane(pane, false);
    byId(`toggle-${pane}`).focus();
}

function render() {
    const panel = shown();
    update({ panel });
    document.body.dataset.panel = panel;
    document.body.dataset.layout = isClassic() ? 'classic' : 'room';
    // In the classic layout the panes come first, for the eye and for the keyboard; moving a video would stop it.
    if (byId('panes').firstElementChild !== byId(isClassic() ? 'panel' : 'stage'))
        byId('stage')[isClassic() ? 'before' : 'after'](byId('panel'));
    const asTabs = panel !== 'both' && !isClassic();
    byId('panel-tabs').hidden = !asTabs;
    for (const pane of /** @type {Pane[]} */ (['users', 'chat'])) {
        const open = panel === 'both' || panel === pane;
        byId(`toggle-${pane}`).setAttribute('aria-expanded', String(open));
        const tab = byId(`tab-${pane}`);
        tab.setAttribute('aria-selected', String(open));
        tab.tabIndex = open ? 0 : -1;
        const box = byId(tab.getAttribute('aria-controls') ?? '');
        box.setAttribute('aria-labelledby', asTabs ? tab.id : `${pane}-heading`);
        if (asTabs)
            box.setAttribute('role', 'tabpanel');
        else
            box.removeAttribute('role');
    }
    const width = state.settings.chatWidth;
    const share = Math.round(100 * byId('chat').clientWidth / Math.max(1, byId('panes').clientWidth));
    byId('resizer').setAttribute('aria-valuenow', String(share));
    if (width === null)
        byId('panes').style.removeProperty('--chat-width');
    else
        byId('panes').style.setProperty('--chat-width', `${width}px`);
}

/** Who writes while the first video comes keeps the chat. */
function keepWriting() {
    let had = hasTiles();
    watch(['locals', 'downs'], () => {
        const input = /** @type {HTMLTextAreaElement} */ (byId('chat-input'));
        if (hasTiles() && !had && !state.chatOpen && (input.value || input === document.activeElement))
            update({ chatOpen: true, usersOpen: state.usersOpen && bothMayBeOpen() });
        had = hasTiles();
    });
}

/** The tabs are worked as tabs are: arrow keys go from one to the other. */
function startTabs() {
    for (const [pane, other] of /** @type {[Pane, Pane][]} */ ([['users', 'chat'], ['chat', 'users']])) {
        byId(`tab-${pane}`).addEventListener('click', () => showPane(pane, true));
        byId(`tab-${pane}`).addEventListener('keydown', (e) => {
            if (!['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(e.key))
                return;
            e.preventDefault();
            if (wide.matches)
                update({ [`${pane}Open`]: false });
            showPane(other, true);
            byId(`tab-${other}`).focus();
        });
    }
}

/** The strip between chat and videos changes the width of the chat, by pointer and by arrow keys. */
function startResizer() {
    const strip = byId('resizer');
    const chat = byId('chat');
    /** @param {number} width */
    const resize = (width) => {
        const most = byId('panes').clientWidth * 0.7;
        set('chatWidth', Math.round(Math.max(CHAT_MIN, Math.min(width, most))));
    };
    strip.addEventListener('pointerdown', (e) => {
        strip.setPointerCapture(e.pointerId);
        const from = e.clientX - chat.clientWidth;
        const move = (/** @type {PointerEvent} */ m) => resize(m.clientX - from);
        strip.addEventListener('pointermove', move);
        strip.addEventListener('lostpointercapture', () => strip.removeEventListener('pointermove', move), { once: true });
        e.preventDefault();
    });
    strip.addEventListener('keydown', (e) => {
        const step = { ArrowLeft: -20, ArrowRight: 20 }[e.key];
        if (step) {
            resize(chat.clientWidth + step);
            e.preventDefault();
        }
    });
    strip.addEventListener('dblclick', () => set('chatWidth', null));
}

/** Bring the panel to life. */
export function startPanel() {
    for (const pane of /** @type {Pane[]} */ (['users', 'chat'])) {
        byId(`toggle-${pane}`).addEventListener('click', () => showPane(pane));
        byId(`close-${pane}`).addEventListener('click', () => close(pane));
    }
    byId('users-pane').addEventListener('keydown', (e) => {
        if (e.key === 'Escape' && !bothMayBeOpen())
            close('users');
    });
    startTabs();
    startResizer();
    restore();
    wide.addEventListener('change', restore);
    narrow.addEventListener('change', restore);
    let wasClassic = isClassic();
    watch(['settings'], () => {
        if (isClassic() === wasClassic)
            return;
        wasClassic = isClassic();
        // What was open in the one layout says nothing about the other.
        set('panel', undefined);
        restore();
    });
    keepWriting();
    watch(['phase', 'usersOpen', 'chatOpen', 'settings', 'locals', 'downs'], render);
}
