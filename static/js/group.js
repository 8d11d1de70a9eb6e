// @ts-check
/**
 * The group page: seeing and hearing oneself before joining, the way in, and the start of all modules.
 */

import { JoinError } from '../protocol.js';
import { attempt, byId, byIdAs, complain, dismissAll, displayName, inform, inWords, nameElement, noticeFrom, offer, pathInSite, remind, setIcon, sitePath,
    startMenus, t, tParts, warn } from './page.js';
import { comeBack, currentClient, findPlace, follow, hasPassphrase, isLoadedAnew, join, OriginError, probe, session, set, setMyData, settled, startReceiving,
    startSession, state, takeFragment, update, watch } from './session.js';
import { canPresent, deviceKey, endDevices, isWanted, listDevices, measureLevel, openDevices, setMuted, share, start, startMedia, whyEnded, wish } from './media.js';
import { complainOf, startFiles, startLine, startPanel, startReactions, startSigns, startUsers } from './people.js';
import { clearChat, localMessage, recallDraft, startChat, startCompose } from './chat.js';
import { startVideos } from './videos.js';
import { startAwake, startControls, startDock, startKeys, startOwnVoice, startSettings } from './bar.js';

/** @typedef {import('./media.js').Device} Device */
/** @typedef {import('./media.js').Devices} Devices */
/** @typedef {import('./media.js').Kind} Kind */
/** @typedef {import('../types.js').GroupStatus} GroupStatus */
/** @typedef {import('../types.js').UserMessage} UserMessage */

/*
 * ======== Preview ========
 *
 * Seeing and hearing oneself before joining, and hearing what the others will sound like. What is open here goes into the meeting as it is.
 */

const LEVEL_EVERY_MS = 80;
/** @type {readonly Kind[]} */
const KINDS = ['video', 'audio'];

/** What is open. @type {Devices} */
let devices = {};
/** The keys of what was last opened or tried, empty for off. @type {Partial<Record<Kind, string>>} */
let tried = {};
/** What is being opened now. @type {Kind[]} */
let opening = [];
/** Opens and closes devices, one change after the other. @type {Promise<void>} */
let work = Promise.resolve();
let isOn = false;
let endMeter = () => {};
/** What is metered. @type {MediaStreamTrack|undefined} */
let metered;

/** @param {Kind} kind */
const isChosen = (kind) => isWanted(kind) && !(kind === 'audio' && state.settings.localMute);
/** The key of what is chosen, empty for off. @param {Kind} kind */
const chosenKey = (kind) => (isChosen(kind) ? deviceKey(state.settings, kind) : '');
/** Whether the picture and the buttons say that it is on. @param {Kind} kind */
const isShownOn = (kind) => Boolean(devices[kind]) || (opening.includes(kind) && isChosen(kind));
/** What is chosen stays as it is, off if it is, until somebody asks for it. */
const leaveAsItIs = () => KINDS.forEach((kind) => {
    tried[kind] = chosenKey(kind);
});

/** @param {string} text */
function note(text) {
    byId('preview-note').textContent = text;
}

async function adapt() {
    if (!isOn)
        return;
    /** @type {Kind[]} */
    const missing = [];
    for (const kind of KINDS) {
        const key = chosenKey(kind);
        if (devices[kind] && devices[kind]?.key !== key) {
            devices[kind]?.end();
            delete devices[kind];
        }
        if (key && !devices[kind] && tried[kind] !== key)
            missing.push(kind);
        tried[kind] = key;
    }
    opening = missing;
    show();
    if (!missing.length)
        return;
    note(t('Waiting for your permission…'));
    let told = '';
    try {
        const opened = await openDevices(state.settings, missing, (text) => {
            told = text;
        });
        for (const kind of KINDS)
            take(kind, opened[kind]);
    } catch (e) {
        told = e instanceof Error ? e.message : String(e);
    }
    opening = [];
    note(told);
    show();
    listDevices();
}

/**
 * @param {Kind} kind
 * @param {Device} [device]
 */
function take(kind, device) {
    if (!device)
        return;
    devices[kind] = device;
    device.raw.addEventListener('ended', async () => {
        if (devices[kind] !== device)
            return;
        device.end();
        delete devices[kind];
        show();
        listDevices();
        note(await whyEnded(kind));
    }, { once: true });
}

/** Open and close devices as the settings say now. */
function followDevices() {
    if (isOn)
        work = work.then(adapt);
    else
        leaveAsItIs();
}

/**
 * A button that switches a device on and off.
 *
 * @param {string} id
 * @param {string} name      of its icon
 * @param {boolean} isOpen
 * @param {string} label     says what a press does
 */
function renderButton(id, name, isOpen, label) {
    const button = byId(id);
    setIcon(button.querySelector('svg'), isOpen ? name : `${name}-off`);
    button.setAttribute('aria-label', label);
    button.title = label;
    button.classList.toggle('off', !isOpen);
}

function show() {
    const video = byIdAs('preview-video', HTMLVideoElement);
    const picture = devices.video?.track;
    const shown = /** @type {MediaStream|null} */ (video.srcObject)?.getVideoTracks()[0];
    if (picture !== shown) {
        video.srcObject = picture ? new MediaStream([picture]) : null;
        video.play().catch(() => {});
    }
    video.hidden = !picture;
    video.classList.toggle('mirrored', state.settings.mirrorView);
    const [isSeen, isHeard] = [isShownOn('video'), isShownOn('audio')];
    byId('preview-off').hidden = isSeen;
    renderButton('start-camera', 'camera', isSeen, isSeen ? t('Switch the camera off') : t('Switch the camera on'));
    renderButton('start-mic', 'mic', isHeard, isHeard ? t('Switch the microphone off') : t('Switch the microphone on'));
    const start = isSeen ? (isHeard ? 'camera' : '') : isHeard ? 'mic' : 'none';
    for (const radio of document.querySelectorAll('input[name=media]'))
        /** @type {HTMLInputElement} */ (radio).checked = /** @type {HTMLInputElement} */ (radio).value === start;
    const sound = devices.audio?.track;
    if (sound !== metered) {
        endMeter();
        metered = sound;
        endMeter = sound ? showLevel(sound) : () => {};
    }
}

/** Show what the others would see, from now on. */
function startPreview() {
    if (isOn)
        return;
    isOn = true;
    tried = {};
    note('');
    followDevices();
}

/**
 * End the preview.
 *
 * @returns {Promise<{taken: Devices, closed: Kind[]}>} what is open, the caller's from now on; and what is chosen and was seen to be off
 */
async function takePreview() {
    isOn = false;
    await work;
    const taken = devices;
    const closed = KINDS.filter((kind) => !taken[kind] && isChosen(kind) && tried[kind] === chosenKey(kind));
    devices = {};
    show();
    return { taken, closed };
}

/**
 * @param {MediaStreamTrack} sound
 * @returns {() => void} ends it
 */
function showLevel(sound) {
    const meter = measureLevel(sound);
    const timer = setInterval(() => {
        byIdAs('preview-level', HTMLMeterElement).value = meter.level();
    }, LEVEL_EVERY_MS);
    return () => {
        clearInterval(timer);
        meter.end();
        byIdAs('preview-level', HTMLMeterElement).value = 0;
    };
}

/**
 * Choose what to start with.
 *
 * @param {Kind} kind
 * @param {boolean} on
 */
function choose(kind, on) {
    if (kind === 'audio' && on)
        set('localMute', false);
    wish(kind, on);
    delete tried[kind];
    isOn = true;
    followDevices();
}

// ---- The speaker

const RATE = 24_000;
/** Hz and seconds: two tones, the second one higher. @type {readonly [number, number][]} */
const TONES = [[440, 0.35], [660, 0.5]];
const LOUDNESS = 0.25;
const FADE_S = 0.02;

/** @returns {Blob} a WAV file, 16 bit, one channel */
function tones() {
    const samples = TONES.flatMap(([hertz, seconds]) => Array.from({ length: RATE * seconds }, (_, i) => {
        const at = i / RATE;
        return LOUDNESS * Math.min(1, at / FADE_S, (seconds - at) / FADE_S) * Math.sin(2 * Math.PI * hertz * at);
    }));
    const file = new DataView(new ArrayBuffer(44 + 2 * samples.length));
    const word = (/** @type {number} */ at, /** @type {string} */ text) => [...text].forEach((c, i) => file.setUint8(at + i, c.charCodeAt(0)));
    word(0, 'RIFF');
    file.setUint32(4, file.byteLength - 8, true);
    word(8, 'WAVEfmt ');
    file.setUint32(16, 16, true);
    file.setUint16(20, 1, true);
    file.setUint16(22, 1, true);
    file.setUint32(24, RATE, true);
    file.setUint32(28, 2 * RATE, true);
    file.setUint16(32, 2, true);
    file.setUint16(34, 16, true);
    word(36, 'data');
    file.setUint32(40, 2 * samples.length, true);
    samples.forEach((s, i) => file.setInt16(44 + 2 * i, 32_767 * s, true));
    return new Blob([file], { type: 'audio/wav' });
}

/** Play two tones where the others will be heard. */
async function testSpeaker() {
    const player = byIdAs('speaker-tones', HTMLAudioElement);
    const button = byIdAs('test-speaker', HTMLButtonElement);
    if (!player.src)
        player.src = URL.createObjectURL(tones());
    if (state.settings.speaker && 'setSinkId' in player)
        await player.setSinkId(state.settings.speaker).catch(() => note(t('The chosen speaker is not there; using the system’s.')));
    player.currentTime = 0;
    button.classList.add('playing');
    player.onended = () => button.classList.remove('playing');
    await player.play();
}

/** Bring the picture, its buttons and the row of devices to life. */
function bindPreview() {
    byId('start-camera').addEventListener('click', () => choose('video', !isShownOn('video')));
    byId('start-mic').addEventListener('click', () => choose('audio', !isShownOn('audio')));
    byId('test-speaker').addEventListener('click', () => attempt(testSpeaker));
    for (const radio of document.querySelectorAll('input[name=media]')) {
        radio.addEventListener('change', () => {
            const { value } = /** @type {HTMLInputElement} */ (radio);
            choose('video', value === 'camera');
            choose('audio', value !== 'none');
        });
    }
    watch(['settings', 'phase'], () => {
        if (isOn)
            show();
        followDevices();
    });
}

/*
 * ======== The way in ========
 *
 * The group's status, tokens, portals, and the log-in form.
 */

/** The invitation we came with. */
let token = '';

/**
 * Keep the invitation with the history entry, so that reloading the page does not lose it; or not any more. The query goes.
 *
 * @param {boolean} is
 * @param {string} [hash]
 */
function keepToken(is, hash = location.hash) {
    history.replaceState(is && token ? { token } : null, '', location.pathname + hash);
}

/** Take what the address says and remove it from the address bar, before anything is fetched. */
function readQuery() {
    const query = new URLSearchParams(location.search);
    // Who comes by the plain address does not come by the invitation that was opened here before.
    token = query.get('token') ?? (isLoadedAnew() ? history.state?.token : '') ?? '';
    // What stands behind the # is for this page alone: the passphrase of an encrypted meeting. It stays, and came along to the portal.
    keepToken(true, location.hash || takeFragment());
    return { username: query.get('username') ?? '', password: query.get('password') ?? '' };
}

function forgetToken() {
    token = '';
    keepToken(false);
}

/** @returns {string} the group's name as the address has it */
function nameFromAddress() {
    return decodeURIComponent(pathInSite(location.pathname).replace(/^\/group\//, '').replace(/\/$/, ''));
}

/** @returns {Promise<GroupStatus>} */
async function fetchStatus() {
    try {
        const response = await fetch('.status');
        if (!response.ok)
            throw new Error(`${response.status} ${response.statusText}`);
        return await response.json();
    } catch (e) {
        warn(t('The group’s description could not be read ({reason}).', { reason: e instanceof Error ? e.message : String(e) }));
        return {};
    }
}

/** @param {Partial<import('./session.js').LoginNeeds>} needs */
function showForm(needs) {
    update({ phase: 'login', login: { ...state.login, as: '', ...needs } });
}

/** What the page does first. */
async function begin() {
    const { username, password } = readQuery();
    startForm();
    const status = await fetchStatus();
    update({ status, groupName: status.name ?? nameFromAddress() });
    if (status.redirect) {
        follow(status.redirect);
        return;
    }
    if (status.look)
        import('./look.js').then(({ showLook }) => showLook(/** @type {import('../types.js').Look} */ (status.look)), console.error);
    try {
        if (hasPassphrase())
            await (await import('./seal.js')).ready;
    } catch (e) {
        console.error(e);
        complain(t('Media cannot be encrypted or decrypted here: a part of the page did not load.'));
        return;
    }
    byIdAs('username', HTMLInputElement).value = username || state.settings.username;
    byIdAs('password', HTMLInputElement).value = password;
    const why = await takeUpPlace();
    if (why === null)
        return;
    if (token)
        await beginWithToken();
    else if (status.authPortal)
        follow(status.authPortal);
    else
        showForm({ name: true, password: passwordHelps(), message: why });
}

/**
 * A page that is loaded anew in the middle of a meeting goes on there, without the form.
 *
 * @returns {Promise<string|null>} null: it does, or goes elsewhere; else why not, empty when there was no meeting
 */
async function takeUpPlace() {
    const place = await findPlace();
    if (!place)
        return '';
    byIdAs('username', HTMLInputElement).value = place.username;
    recallDraft(place.draft);
    const off = session.on('joined', () => {
        off();
        attempt(() => startAgain(place));
    });
    try {
        await comeBack(place, token);
        return null;
    } catch (e) {
        off();
        return e instanceof Error ? e.message : String(e);
    }
}

/**
 * Start what the page had open before it was loaded anew.
 *
 * @param {import('./session.js').Place} place
 */
async function startAgain({ open, devices: chosen, shared }) {
    inform(t('You are back in the meeting.'));
    if (shared)
        offer(t('Your screen is not shared any more.'), t('Choose again'), share);
    try {
        if (!KINDS.some((kind) => open[kind]))
            return;
        if (!canPresent()) {
            inform(t('You may not send video or sound here.'));
            return;
        }
        for (const kind of KINDS) {
            if (open[kind])
                set(kind, chosen[kind] ?? undefined);
            wish(kind, open[kind]);
        }
        await start();
    } finally {
        settled();
    }
}

/** Whether a password can get anybody in; it may while the status is not known. */
const passwordHelps = () => Boolean(state.status.password) || !state.status.name;

/** A token may hold a name, or leave it to the guest, or be worth nothing: the server knows. */
async function beginWithToken() {
    try {
        showForm({ name: false, password: false, as: await probe(token) });
    } catch (e) {
        refusedToken(e);
    }
}

/** @param {unknown} e */
function refusedToken(e) {
    const message = e instanceof Error ? e.message : String(e);
    if (!(e instanceof JoinError)) {
        showForm({ name: true, password: false, message: e instanceof OriginError ? message : t('The server cannot be reached: {reason}.', { reason: inWords(message) }) });
    } else if (e.kind === 'redirect') {
        follow(e.url);
    } else if (e.code === 'need-username') {
        showForm({ name: true, password: false, message: '' });
    } else if (e.code === 'duplicate-username') {
        showForm({ name: true, password: false, message: t('That name is taken here: please choose another.') });
    } else if (isAboutToken(e)) {
        forgetToken();
        showForm({ name: true, password: passwordHelps(), message: t('The invitation is not valid, or no longer.'), portal: state.status.authPortal ?? '' });
    } else {
        // The token may be good and the group locked, full or not open yet.
        showForm({ name: true, password: false, message: sentence(inWords(reason(e) || message)) });
    }
}

/** @param {JoinError} e */
const isAboutToken = (e) => reason(e) === '' && (e.code === 'not-authorised' || /^not authori[sz]ed/.test(e.message));

/**
 * Why, when the server says more than that one is not authorised: a name that is taken, or that breaks the rules of names.
 * @param {JoinError} e
 */
const reason = (e) => /^not authori[sz]ed: (.+)/.exec(e.message)?.[1] ?? '';

/** @param {string} text */
const sentence = (text) => text && `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

async function submit() {
    if (state.phase !== 'login')
        return;
    const { name, password: needsPassword } = state.login;
    const username = byIdAs('username', HTMLInputElement).value.trim();
    const field = byIdAs('password', HTMLInputElement);
    const password = field.value;
    field.value = '';
    const usesToken = token !== '' && !needsPassword;
    if (name)
        set('username', username || undefined);
    try {
        await join(usesToken ? { ...(name && { username }), token } : { username, password });
    } catch (e) {
        if (usesToken)
            refusedToken(e);
        else if (e instanceof JoinError)
            // The group may have got passwords since its status was read.
            showForm({ message: refusal(e), ...(isAboutToken(e) && { password: true }) });
        else
            showForm({ message: sentence(inWords(e instanceof Error ? e.message : String(e))) });
        byId(state.login.name ? 'username' : 'join').focus();
        return;
    }
    if (currentClient())
        await attempt(startAsWished);
}

/** @param {JoinError} e */
function refusal(e) {
    return isAboutToken(e) ? t('Wrong name or password.') : sentence(inWords(reason(e) || e.message));
}

async function startAsWished() {
    const { taken, closed } = await takePreview();
    if (state.status.locked)
        inform(t('This group is locked.'));
    if (!KINDS.some((kind) => isWanted(kind) && !closed.includes(kind))) {
        endDevices(taken);
        if (canPresent())
            remind('enable', t('The buttons below start your camera and microphone.'));
        return;
    }
    if (!canPresent()) {
        endDevices(taken);
        inform(t('You may not send video or sound here.'));
        return;
    }
    await start(taken, closed);
}

function startForm() {
    byId('login-form').addEventListener('submit', (e) => {
        e.preventDefault();
        submit();
    });
    bindPreview();
    let wasOpen = false;
    let wasInside = false;
    watch(['phase', 'login', 'status'], () => {
        const { name, password, message, portal, as } = state.login;
        const isOpen = state.phase === 'login' || state.phase === 'joining';
        byId('login').hidden = !isOpen;
        byId('login-message').hidden = !message;
        byId('login-message').textContent = message;
        byId('login-portal').hidden = !portal;
        byId('login-portal-link').setAttribute('href', portal || sitePath('/'));
        byId('username-field').hidden = !name;
        byId('login-as').hidden = name || !as;
        byId('login-as').replaceChildren(...(name || !as ? [] : tParts('You join as {name}.', { name: nameElement(as) })));
        byId('password-field').hidden = !password;
        byId('login-description').hidden = !state.status.description;
        byId('login-description').textContent = state.status.description ?? '';
        const button = byIdAs('join', HTMLButtonElement);
        button.disabled = state.phase === 'joining';
        button.textContent = state.phase === 'joining' ? t('Joining…') : t('Join');
        byId('password-help').hidden = state.status.password === 'required';
        byId('preview').hidden = byId('preview-tools').hidden = !('mediaDevices' in navigator);
        if (isOpen && !wasOpen)
            byId(name ? 'username' : 'join').focus();
        // Who has left a meeting finds the devices off: they have just been given back.
        if (state.phase === 'login' && !wasInside)
            startPreview();
        wasInside ||= state.phase === 'joined';
        wasOpen = isOpen;
    });
}

/*
 * ======== The page ========
 *
 * Starts the modules, and obeys what the server and operators say.
 */

/** Who speaks: null is the server. @param {UserMessage} m */
const speaker = (m) => (m.source || m.username ? m.username : null);

/**
 * What to do with user messages that the server vouches for. Others of these kinds are not obeyed.
 *
 * @type {Record<string, (m: UserMessage) => unknown>}
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
    token: async (m) => (await import('./invitations.js')).gotToken(m),
    tokenlist: async (m) => (await import('./invitations.js')).gotTokenList(m),
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
        attempt(() => obey(m));
    else if (!ELSEWHERE.has(m.kind))
        console.warn(`ignored a message of kind ${m.kind} from ${m.username}`);
}));
// Encryption is for meetings that want it, and so is its module.
watch(['status', 'phase'], () => {
    if (state.status.encrypted && state.phase === 'joined')
        import('./seal.js').catch((e) => complain(String(e)));
});
// The form says why.
session.on('left', dismissAll);
// A reload within the meeting needs the invitation; who has left, or was put out, needs the address that carries it.
session.on('joined', () => keepToken(true));
session.on('left', () => keepToken(false));

startSession();
startMenus();
startControls();
startDock();
startPanel();
startLine();
startSettings();
startUsers();
startChat();
startCompose();
startFiles();
startReceiving();
startMedia();
startOwnVoice();
startVideos();
startReactions();
startSigns();
startKeys();
startAwake();
begin();
