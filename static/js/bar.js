// @ts-check
/**
 * The bars above and below the videos, their menus, the settings behind them, and the keys that do the same.
 */

import { announce, attempt, byId, byIdAs, chooseLanguage, chosenLanguage, displayName, el, inform, LANGUAGES, offer, openMenu, setIcon, showDialog, sitePath,
    t } from './page.js';
import { clockText } from './text.js';
import { isInside, leave, may, set, state, update, watch } from './session.js';
import { camera, canPlayFile, canPresent, canShare, disable, enable, isHeard, isOpen, listDevices, measureLevel, setMuted, share, toggleCamera,
    toggleMicrophone, unshare, useDevice } from './media.js';
import { choosePresentation, groupMenu, isHandRaised, isRecording, raiseHand, REACTIONS, sendReaction, showPane, tidy } from './people.js';
import { fullScreen, pinNth } from './videos.js';

/** @typedef {import('./page.js').MenuItem} MenuItem */
/** @typedef {import('./page.js').MenuGroup} MenuGroup */

/*
 * ======== Keys ========
 *
 * Single-key shortcuts, while nothing is being typed; one switch turns them all off.
 */

/** @type {Record<string, {help: string, run: () => unknown}>} */
const KEYS = {
    m: { help: t('mute or unmute'), run: () => canPresent() && toggleMicrophone() },
    v: { help: t('start or stop the camera'), run: () => canPresent() && toggleCamera() },
    s: { help: t('share a screen'), run: () => canShare() && share() },
    h: { help: t('raise or lower your hand'), run: () => raiseHand(!isHandRaised()) },
    c: { help: t('write in the chat'), run: () => {
        showPane('chat', true);
        byId('chat-input').focus();
    } },
    p: { help: t('show or hide people'), run: () => showPane('users') },
    f: { help: t('full screen'), run: () => fullScreen() },
    '?': { help: t('this list'), run: showShortcuts },
};

/** Set while Space is held down to talk. */
let talking = false;

/** @param {KeyboardEvent} e */
function isFree(e) {
    const target = e.target instanceof HTMLElement ? e.target : null;
    return isInside() && state.settings.shortcuts && !e.ctrlKey && !e.altKey && !e.metaKey && !e.isComposing &&
        !document.querySelector('dialog[open], .menu') && !target?.closest('input, textarea, select, [contenteditable]');
}

function endTalking() {
    if (!talking)
        return;
    talking = false;
    setMuted(true);
}

/** Show what each key does. */
function showShortcuts() {
    const rows = Object.entries(KEYS).map(([key, { help }]) => [key.toUpperCase(), help]);
    rows.push(['1 – 9', t('put a video on stage')], [t('Space'), t('hold to talk while muted')]);
    const list = el('dl', { class: 'facts' }, ...rows.flatMap(([key, help]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, help)]));
    return showDialog(t('Keyboard shortcuts'), [list], { ok: t('Close'), cancel: false });
}

/** Listen to keys. */
export function startKeys() {
    document.addEventListener('keydown', (e) => {
        if (!isFree(e) || e.repeat)
            return;
        const onControl = e.target instanceof HTMLElement && e.target.closest('button, a, [role=separator], summary');
        if (e.key === ' ' && !onControl) {
            e.preventDefault();
            if (isOpen('audio') && state.settings.localMute) {
                talking = true;
                setMuted(false);
            }
        } else if (/^[1-9]$/.test(e.key)) {
            pinNth(Number(e.key));
        } else {
            const key = KEYS[e.key.toLowerCase()];
            if (key) {
                e.preventDefault();
                attempt(key.run);
            }
        }
    });
    document.addEventListener('keyup', (e) => {
        if (e.key === ' ')
            endTalking();
    });
    window.addEventListener('blur', endTalking);
}

/*
 * ======== The line at the top ========
 *
 * Name, badges, clock, and what opens the settings.
 */

/** What had the focus when the settings were opened. @type {HTMLElement|null} */
let settingsOpener = null;

/** @param {boolean} open */
function toggleSettings(open) {
    if (open && !state.settingsOpen)
        settingsOpener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    update({ settingsOpen: open });
    // What is hidden takes no focus, and watchers run later.
    renderPhase();
    if (open)
        byId('close-settings').focus();
    else
        (settingsOpener?.offsetParent ? settingsOpener : byId('open-settings')).focus();
}

const openSettings = () => toggleSettings(true);

function title() {
    const { displayName, name } = state.status;
    const fromName = name ?? state.groupName;
    return displayName || (fromName ? fromName[0].toUpperCase() + fromName.slice(1) : 'Nereid');
}

let wasLocked = false;

function renderGroup() {
    const name = title();
    byId('title').textContent = name;
    byId('title').title = name;
    byId('login-title').textContent = t('Join {name}', { name });
    document.title = state.unread ? `(${state.unread}) ${name}` : name;
    const inside = isInside();
    const locked = Boolean(state.status.locked);
    byId('locked').hidden = !locked;
    byId('recording').hidden = !isRecording();
    if (inside && locked !== wasLocked)
        announce(locked ? t('The group is locked') : t('The group is unlocked'));
    wasLocked = locked;
    byId('unread').hidden = !state.unread;
    byId('unread').textContent = state.unread > 99 ? '99+' : String(state.unread);
    byId('toggle-chat').setAttribute('aria-label', state.unread ? t('Chat, {n} unread', { n: state.unread }) : t('Chat'));
}

function renderPhase() {
    document.body.dataset.phase = state.phase;
    byId('open-settings').setAttribute('aria-expanded', String(state.settingsOpen));
    byId('settings').hidden = !state.settingsOpen;
}

/** When we came in, ms; 0 outside. */
let joinedAt = 0;
/** @type {ReturnType<typeof setInterval>|undefined} */
let ticking;

/** How long one has been here. A connection that comes back does not begin anew. */
function followClock() {
    const inside = isInside();
    if (inside === (joinedAt !== 0))
        return;
    clearInterval(ticking);
    joinedAt = inside ? Date.now() : 0;
    const tick = () => {
        byId('clock').textContent = inside ? clockText(Date.now() - joinedAt) : '';
    };
    tick();
    if (inside)
        ticking = setInterval(tick, 1000);
}

/** Bring the line to life. */
export function startControls() {
    /** @type {Record<string, () => unknown>} */
    const clicks = {
        'open-settings': () => toggleSettings(!state.settingsOpen),
        'close-settings': () => toggleSettings(false),
    };
    for (const [id, run] of Object.entries(clicks))
        byId(id).addEventListener('click', () => attempt(run));
    for (const id of ['settings', 'open-settings']) {
        byId(id).addEventListener('keydown', (e) => {
            if (e.key === 'Escape' && state.settingsOpen)
                toggleSettings(false);
        });
    }
    watch(['status', 'groupName', 'users', 'unread', 'phase'], renderGroup);
    watch(['phase', 'settingsOpen'], renderPhase);
    watch(['phase'], followClock);
}

/*
 * ======== One's own voice ========
 *
 * Its level on the button that mutes, and a word to those who speak while they are muted.
 */

const EVERY_MS = 100;
/** Level above which a moment is loud. */
const LOUD = 0.1;
/** So many loud moments within a breath are speech and no cough. */
const MOMENTS = 4;
const BREATH_MS = 3000;

/** @type {MediaStreamTrack|undefined} what is sent */
let source;
let end = () => {};
/** When it was loud while muted. @type {number[]} */
let loud = [];
let told = false;
/** @type {((level: number) => void)|null} */
let listener = null;

/**
 * Be told of the level while a microphone is open, muted or not.
 *
 * @param {((level: number) => void)|null} to   in place of whoever was told until now; null: nobody
 */
function onLevel(to) {
    listener = to;
}

/** @param {number} level */
function hear(level) {
    const muted = state.settings.localMute;
    listener?.(level);
    byId('mute').style.setProperty('--level', muted ? '0' : level.toFixed(2));
    if (!muted) {
        told = false;
        loud = [];
    } else if (level > LOUD && !told) {
        const now = performance.now();
        loud = [...loud.filter((time) => time > now - BREATH_MS), now];
        if (loud.length >= MOMENTS) {
            told = true;
            inform(t('You are speaking, but your microphone is muted.'));
        }
    }
}

function followVoice() {
    // While devices are being opened anew, nothing of ours may hold them.
    const track = state.opening ? undefined : camera()?.media.getAudioTracks()[0];
    if (track === source)
        return;
    end();
    end = () => {};
    source = track;
    if (!track)
        return;
    // Muting silences the track that is sent, not its clone.
    const clone = track.clone();
    clone.enabled = true;
    const meter = measureLevel(clone);
    const timer = setInterval(() => hear(meter.level()), EVERY_MS);
    end = () => {
        clearInterval(timer);
        meter.end();
        clone.stop();
        byId('mute').style.setProperty('--level', '0');
        listener?.(0);
    };
}

/** Listen while there is a microphone. */
export function startOwnVoice() {
    watch(['locals', 'opening'], followVoice);
}

/*
 * ======== The bar at the bottom ========
 *
 * One's own microphone, camera, screen and hand, and the menus that open there.
 */

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

function renderBar() {
    // One's own devices need no line: what is done without one holds when it is back.
    const presents = isInside() && canPresent();
    const isOn = isHeard();
    const isSeen = isOpen('video');
    byId('microphone-pair').hidden = !presents;
    byId('camera-pair').hidden = !presents;
    showButton(byId('mute'), isOn ? 'mic' : 'mic-off', isOn ? t('Mute') : t('Unmute'), !isOn);
    showButton(byId('camera'), isSeen ? 'camera' : 'camera-off', isSeen ? t('Stop video') : t('Start video'), !isSeen);
    for (const id of ['mute', 'camera'])
        byId(id).setAttribute('aria-busy', String(state.opening));
    byId('share').hidden = !isInside() || !canShare();
    const shares = state.locals.some((l) => l.label === 'screenshare');
    byId('unshare').hidden = !shares;
    const shareLabel = /** @type {HTMLElement} */ (byId('share').querySelector('.round-label'));
    shareLabel.textContent = shares ? t('Share another screen') : t('Share screen');
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
const hasPip = () => 'documentPictureInPicture' in window || document.pictureInPictureEnabled;

/** Statistics of the streams. */
const showStatistics = async () => (await import('./stats.js')).showStatistics();

/** The meeting in a window of its own, for which a module is loaded. */
export const togglePip = async () => (await import('./pip.js')).togglePip();

function moreMenu() {
    const all = isOpen('audio') && isOpen('video');
    return tidy([
        canPresent() && !all && { id: 'enable', elementId: 'enable', label: t('Enable camera and microphone'), icon: 'camera', run: enable },
        Boolean(camera()) && { id: 'disable', elementId: 'disable', label: t('Disable camera and microphone'), icon: 'stop', run: disable },
        null,
        document.fullscreenEnabled && { id: 'full', label: t('Full screen'), icon: 'full', run: fullScreen },
        hasPip() && { id: 'pip', label: t('Picture in picture'), icon: 'pip', run: togglePip },
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
    watch(['phase', 'permissions', 'locals', 'opening', 'settings', 'users', 'hands'], renderBar);
}

/*
 * ======== Settings ========
 *
 * The drawer: fields that show the settings and change them.
 */

/** What to call devices that have no name yet. @type {Record<string, string>} */
const WORDS = { videoinput: t('Camera'), audioinput: t('Microphone'), audiooutput: t('Speaker') };

/**
 * Fill a menu with the devices of the kind that it names; `data-off` is the label of the choice "none".
 *
 * @param {HTMLSelectElement} select
 */
function fillDevices(select) {
    const { devices: kind = '', off } = select.dataset;
    const found = state.devices.filter((d) => d.kind === kind && d.deviceId);
    const options = found.map((d, i) => el('option', { value: d.deviceId }, d.label || t('{device} {number}', { device: WORDS[kind], number: i + 1 })));
    if (off !== undefined)
        options.unshift(el('option', { value: '' }, off));
    options.unshift(kind === 'audiooutput' ? el('option', { value: '' }, t('as the system')) : el('option', { value: 'first' }, kind === 'videoinput' ? t('first camera') : t('first microphone')));
    select.replaceChildren(...options);
}

const DEVICE_SETTINGS = new Set(['video', 'audio']);

/** @returns {(HTMLInputElement|HTMLSelectElement)[]} */
const fields = () => [...document.querySelectorAll('[data-setting]')].map((e) => /** @type {HTMLInputElement|HTMLSelectElement} */ (e));

function renderSettings() {
    for (const f of fields()) {
        const key = /** @type {keyof import('./session.js').Settings} */ (f.dataset.setting);
        const value = state.settings[key];
        if (f instanceof HTMLInputElement) {
            f.checked = value === true;
        } else {
            f.value = String(value ?? 'first');
            // A device that is not plugged in now.
            if (f.selectedIndex < 0)
                f.selectedIndex = 0;
        }
    }
}

/** @param {HTMLInputElement|HTMLSelectElement} f */
function change(f) {
    const key = f.dataset.setting ?? '';
    if (f instanceof HTMLInputElement)
        set(key, f.checked);
    else
        set(key, DEVICE_SETTINGS.has(key) && f.value === 'first' ? undefined : f.value);
}

function role() {
    if (may('op'))
        return may('present') ? t('operator and presenter') : t('operator');
    return may('present') ? t('presenter') : '';
}

function startLanguage() {
    const select = byIdAs('set-language', HTMLSelectElement);
    select.append(...Object.entries(LANGUAGES).map(([lang, name]) => el('option', { value: lang, lang }, name)));
    select.value = chosenLanguage();
    select.addEventListener('change', () => {
        chooseLanguage(select.value);
        if (state.phase === 'login')
            location.reload();
        else
            offer(t('The language changes when the page is loaded again.'), t('Load again'), () => location.reload());
    });
}

/** @param {'video'|'audio'} kind */
const another = (kind) => (kind === 'video' ? t('Choose another camera') : t('Choose another microphone'));

/**
 * Choose another device of a kind than the one that went, and use it.
 *
 * @param {'video'|'audio'} kind
 */
async function chooseAnother(kind) {
    const input = kind === 'video' ? 'videoinput' : 'audioinput';
    const select = el('select', { id: 'another-device', 'data-devices': input });
    fillDevices(select);
    const field = el('div', { class: 'field' }, el('label', { for: 'another-device' }, WORDS[input]), select);
    if (!await showDialog(another(kind), [field], { ok: t('Use it') }))
        return;
    set(kind, select.value === 'first' ? undefined : select.value);
    await useDevice(kind, true);
}

/** Bring the drawer to life. */
export function startSettings() {
    watch(['devices'], () => {
        for (const select of document.querySelectorAll('select[data-devices]'))
            fillDevices(/** @type {HTMLSelectElement} */ (select));
        const canChoose = 'setSinkId' in HTMLMediaElement.prototype && state.devices.some((d) => d.kind === 'audiooutput' && d.deviceId);
        for (const field of document.querySelectorAll('.speaker-only'))
            /** @type {HTMLElement} */ (field).hidden = !canChoose;
        renderSettings();
    });
    watch(['settings'], renderSettings);
    watch(['username', 'permissions', 'phase', 'canChangePassword'], () => {
        byId('my-name').textContent = displayName(state.username);
        byId('my-role').textContent = role();
        const link = byId('change-password');
        link.hidden = !state.canChangePassword;
        link.setAttribute('href', sitePath(`/change-password.html?${new URLSearchParams({ group: state.groupName, username: state.username })}`));
        byId('present-file').hidden = !canPlayFile();
    });
    watch(['lostDevice'], () => {
        const { lostDevice } = state;
        if (lostDevice)
            offer(lostDevice.text, another(lostDevice.kind), () => chooseAnother(lostDevice.kind));
    });
    let asked = false;
    watch(['settingsOpen', 'settings'], async () => {
        if (asked || (!state.settingsOpen && state.settings.filter !== 'background-blur'))
            return;
        asked = true;
        byId('blur-filter').hidden = byIdAs('blur-filter', HTMLOptionElement).disabled = !await (await import('./filters.js')).canBlur();
    });
    for (const f of fields())
        f.addEventListener('change', () => attempt(() => change(f)));
    byId('present-file').addEventListener('click', () => attempt(choosePresentation));
    byId('show-stats').addEventListener('click', () => attempt(showStatistics));
    byId('show-keys').addEventListener('click', () => attempt(showShortcuts));
    startLanguage();
    listDevices();
}

/*
 * ======== Awake ========
 *
 * In a call the screen stays on, and the phone's own media keys work.
 */

/** @type {WakeLockSentinel|null} */
let lock = null;
let asking = false;

async function stayAwake() {
    const wanted = state.phase === 'joined' && state.locals.length + state.downs.length > 0 && document.visibilityState === 'visible';
    if (!wanted) {
        lock?.release();
        lock = null;
        return;
    }
    if (lock || asking || !('wakeLock' in navigator))
        return;
    asking = true;
    try {
        const mine = await navigator.wakeLock.request('screen');
        // The browser takes it back whenever the page is hidden.
        mine.addEventListener('release', () => {
            if (lock === mine)
                lock = null;
        });
        lock = mine;
    } catch {
        // A low battery is a good reason to refuse.
    } finally {
        asking = false;
    }
}

/**
 * @param {string} action
 * @param {() => unknown} run
 */
function onMediaKey(action, run) {
    try {
        navigator.mediaSession?.setActionHandler(/** @type {MediaSessionAction} */ (action), run);
    } catch {
        // This browser does not know the key.
    }
}

/** Keep the screen on while it matters. */
export function startAwake() {
    watch(['phase', 'locals', 'downs'], stayAwake);
    document.addEventListener('visibilitychange', stayAwake);
    onMediaKey('togglemicrophone', toggleMicrophone);
    onMediaKey('togglecamera', toggleCamera);
    // The browser asks for it when another tab is chosen, where the person has allowed that.
    onMediaKey('enterpictureinpicture', () => state.phase === 'joined' && togglePip());
    onMediaKey('hangup', leave);
    const session = /** @type {any} */ (navigator.mediaSession);
    watch(['settings', 'locals'], () => {
        session?.setMicrophoneActive?.(isHeard());
        session?.setCameraActive?.(isOpen('video'));
    });
}
