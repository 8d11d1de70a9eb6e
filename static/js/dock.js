// @ts-check
/**
 * The bar at the bottom: one's own microphone, camera, screen and hand, and the menus that open there.
 */

import { groupMenu, isHandRaised, raiseHand, tidy } from './actions.js';
import { openSettings } from './controls.js';
import { byId, el, setIcon } from './dom.js';
import { t } from './i18n.js';
import { showShortcuts } from './keys.js';
import { camera, canPresent, canShare, disable, enable, isHeard, isOpen, share, toggleCamera, toggleMicrophone, unshare, useDevice } from './media.js';
import { openMenu } from './menus.js';
import { announce, attempt } from './notices.js';
import { onLevel } from './ownvoice.js';
import { REACTIONS, sendReaction } from './reactions.js';
import { leave } from './session.js';
import { set, state, watch } from './state.js';
import { showStatistics } from './stats.js';
import { fullScreen } from './videos.js';

/** @typedef {import('./menus.js').MenuItem} MenuItem */
/** @typedef {import('./menus.js').MenuGroup} MenuGroup */

/** What to call devices of a kind, and which setting chooses one. */
const KINDS = /** @type {const} */ ({
    audioinput: { heading: t('Microphone'), setting: 'audio' },
    audiooutput: { heading: t('Speaker'), setting: 'speaker' },
    videoinput: { heading: t('Camera'), setting: 'video' },
});

/**
 * @param {HTMLElement} b       a round button
 * @param {string} iconName
 * @param {string} label        what a press does
 * @param {boolean} pressed
 */
export function showButton(b, iconName, label, pressed) {
    setIcon(b.querySelector('svg'), iconName);
    /** @type {HTMLElement} */ (b.querySelector('.round-label')).textContent = label;
    b.setAttribute('aria-pressed', String(pressed));
}

// ---- What the buttons show

/** What screen readers were told of last. */
let heard = false;
let seen = false;

function render() {
    const joined = state.phase === 'joined';
    const presents = joined && canPresent();
    const isOn = isHeard();
    const isSeen = isOpen('video');
    byId('microphone-pair').hidden = !presents;
    byId('camera-pair').hidden = !presents;
    showButton(byId('mute'), isOn ? 'mic' : 'mic-off', isOn ? t('Mute') : t('Unmute'), !isOn);
    showButton(byId('camera'), isSeen ? 'camera' : 'camera-off', isSeen ? t('Stop video') : t('Start video'), !isSeen);
    for (const id of ['mute', 'camera'])
        byId(id).setAttribute('aria-busy', String(state.opening));
    byId('share').hidden = !joined || !canShare();
    byId('unshare').hidden = !state.locals.some((l) => l.label === 'screenshare');
    const isRaised = isHandRaised();
    showButton(byId('raise'), 'hand', isRaised ? t('Lower hand') : t('Raise hand'), isRaised);
    for (const e of document.querySelectorAll('.presenter-only'))
        /** @type {HTMLElement} */ (e).hidden = !presents;
    if (isOn !== heard && camera())
        announce(isOn ? t('Microphone on') : t('Microphone muted'));
    if (isSeen !== seen && camera())
        announce(isSeen ? t('Camera on') : t('Camera off'));
    if (!state.opening)
        [heard, seen] = [isOn, isSeen];
    showKeys();
}

/** Say beside each button which key does the same, while keys do. */
function showKeys() {
    const { shortcuts } = state.settings;
    byId('controls').classList.toggle('with-keys', shortcuts);
    for (const label of byId('controls').querySelectorAll('[data-key]')) {
        const key = /** @type {HTMLElement} */ (label).dataset.key ?? '';
        if (shortcuts)
            label.parentElement?.setAttribute('aria-keyshortcuts', key);
        else
            label.parentElement?.removeAttribute('aria-keyshortcuts');
    }
}

// ---- Menus

/** Whether this browser has a window for pages, or at least for videos. */
const hasPip = 'documentPictureInPicture' in window || document.pictureInPictureEnabled;

/** The meeting in a window of its own, for which a module is loaded. */
export const togglePip = async () => (await import('./pip.js')).togglePip();

function moreMenu() {
    const all = isOpen('audio') && isOpen('video');
    return tidy([
        canPresent() && !all && { id: 'enable', elementId: 'enable', label: t('Enable camera and microphone'), icon: 'camera', run: enable },
        Boolean(camera()) && { id: 'disable', elementId: 'disable', label: t('Disable camera and microphone'), icon: 'stop', run: disable },
        null,
        document.fullscreenEnabled && { id: 'full', label: t('Full screen'), icon: 'full', run: fullScreen },
        hasPip && { id: 'pip', label: t('Picture in picture'), icon: 'pip', run: togglePip },
        null,
        ...groupMenu().filter((i) => i?.id !== 'raise'),
        null,
        { id: 'settings', label: t('Settings'), icon: 'settings', run: openSettings },
        { id: 'statistics', label: t('Statistics'), icon: 'stats', run: showStatistics },
        { id: 'shortcuts', label: t('Keyboard shortcuts'), icon: 'help', run: showShortcuts },
    ]);
}

/**
 * Which device of a kind is used, or would be.
 *
 * @param {keyof typeof KINDS} kind
 * @param {MediaDeviceInfo[]} found
 */
function chosen(kind, found) {
    const open = camera()?.media.getTracks().find((t) => `${t.kind}input` === kind);
    const wanted = open?.getSettings().deviceId || state.settings[KINDS[kind].setting];
    return found.some((d) => d.deviceId === wanted) ? wanted : kind === 'audiooutput' ? '' : found[0]?.deviceId;
}

/**
 * @param {keyof typeof KINDS} kind
 * @returns {MenuGroup|null}
 */
function deviceGroup(kind) {
    const { heading, setting } = KINDS[kind];
    const found = state.devices.filter((d) => d.kind === kind && d.deviceId);
    const now = chosen(kind, found);
    /** @type {MenuItem[]} */
    const items = found.map((d, i) => ({
        label: d.label || `${heading} ${i + 1}`,
        device: d.deviceId,
        checked: d.deviceId === now,
        run: () => set(setting, d.deviceId),
    }));
    if (kind === 'audiooutput' && items.length)
        items.unshift({ label: t('As the system'), device: '', checked: now === '', run: () => set(setting, '') });
    return items.length ? { heading, items } : null;
}

/** @param {HTMLElement} opener */
function openMicrophones(opener) {
    const meter = el('meter', { min: '0', max: '1', value: '0', 'aria-label': t('Level of your microphone') });
    const note = el('p', { class: 'help' });
    const said = () => {
        meter.hidden = !isOpen('audio');
        note.textContent = !isOpen('audio') ? t('The microphone is off.') : state.settings.localMute ? t('Muted: only you see this level.') : t('The level of your voice:');
    };
    said();
    onLevel((level) => {
        meter.value = level;
        said();
    });
    openMenu(t('Microphone and speaker'), tidy([
        deviceGroup('audioinput'),
        'setSinkId' in HTMLMediaElement.prototype && deviceGroup('audiooutput'),
        null,
        isOpen('audio') && { id: 'microphone-off', label: t('Give the microphone back'), icon: 'mic-off', run: () => useDevice('audio', false) },
        { id: 'settings', label: t('Settings'), icon: 'settings', run: openSettings },
    ]), opener, undefined, { extra: el('div', { class: 'menu-level' }, note, meter), onclose: () => onLevel(null) });
}

/** Reactions in a row; the menu stays, for who applauds more than once. @param {HTMLElement} opener */
function openReactions(opener) {
    openMenu(t('Reactions'), REACTIONS.map((emoji) => ({ label: emoji, icon: '', stays: true, run: () => sendReaction(emoji) })), opener, undefined, { inRow: true });
}

/** @param {HTMLElement} opener */
function openCameras(opener) {
    openMenu(t('Camera'), tidy([
        deviceGroup('videoinput'),
        null,
        { id: 'settings', label: t('Settings'), icon: 'settings', run: openSettings },
    ]), opener);
}

// ---- Life

/** Arrow keys go along the bar, as they do in toolbars; Tab goes from button to button as well. @param {KeyboardEvent} e */
function onKey(e) {
    const forward = getComputedStyle(byId('controls')).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const all = [...byId('controls').querySelectorAll('button')].filter((b) => b.offsetParent !== null);
    const at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const to = e.key === 'Home' ? 0 : e.key === 'End' ? all.length - 1 :
        e.key === 'ArrowLeft' || e.key === 'ArrowRight' ? at + (e.key === forward ? 1 : -1) : undefined;
    if (to === undefined || at < 0)
        return;
    all[(to + all.length) % all.length]?.focus();
    e.preventDefault();
}

/** Bring the bar to life. */
export function startDock() {
    /** @type {Record<string, (button: HTMLElement) => unknown>} */
    const clicks = {
        mute: toggleMicrophone,
        camera: toggleCamera,
        'choose-microphone': openMicrophones,
        'choose-camera': openCameras,
        share,
        unshare,
        raise: () => raiseHand(!isHandRaised()),
        react: openReactions,
        more: (button) => openMenu(t('More'), moreMenu(), button),
        leave,
    };
    for (const [id, run] of Object.entries(clicks))
        byId(id).addEventListener('click', () => attempt(() => run(byId(id))));
    byId('controls').addEventListener('keydown', onKey);
    watch(['phase', 'permissions', 'locals', 'opening', 'settings', 'users'], render);
}
