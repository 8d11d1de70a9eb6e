// @ts-check
/**
 * The way in: the group's status, tokens, portals, and the log-in form.
 */

import { JoinError } from '../protocol.js';
import { byId, byIdAs } from './dom.js';
import { t } from './i18n.js';
import { canPresent, isWanted, start } from './media.js';
import { attempt, complain, inform, remind, warn } from './notices.js';
import { OriginError } from './origin.js';
import { currentClient, follow, hasPassphrase, join, probe, takeFragment } from './session.js';
import { pathInSite, sitePath } from './site.js';
import { set, state, update, watch } from './state.js';
import { inWords } from './text.js';
import { endDevices } from './devices.js';
import { bindPreview, startPreview, takePreview } from './preview.js';

/** @typedef {import('../types.js').GroupStatus} GroupStatus */

/** The invitation we came with. */
let token = '';

/** Take what the address says and remove it from the address bar, before anything is fetched. */
function readQuery() {
    const query = new URLSearchParams(location.search);
    // Kept with the history entry, so that reloading the page does not lose the invitation.
    token = query.get('token') ?? history.state?.token ?? '';
    // What stands behind the # is for this page alone: the passphrase of an encrypted meeting. It stays, and came along to the portal.
    history.replaceState(token ? { token } : null, '', location.pathname + (location.hash || takeFragment()));
    return { username: query.get('username') ?? '', password: query.get('password') ?? '' };
}

function forgetToken() {
    token = '';
    history.replaceState(null, '', location.pathname + location.hash);
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

/** @param {Partial<import('./state.js').LoginNeeds>} needs */
function showForm(needs) {
    update({ phase: 'login', login: { ...state.login, ...needs } });
}

/** What the page does first. */
export async function begin() {
    const { username, password } = readQuery();
    startForm();
    const status = await fetchStatus();
    update({ status, groupName: status.name ?? nameFromAddress() });
    if (status.redirect) {
        follow(status.redirect);
        return;
    }
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
    if (token)
        await beginWithToken();
    else if (status.authPortal)
        follow(status.authPortal);
    else
        showForm({ name: true, password: passwordHelps() });
}

/** Whether a password can get anybody in; it may while the status is not known. */
const passwordHelps = () => Boolean(state.status.password) || !state.status.name;

/** A token may hold a name, or leave it to the guest, or be worth nothing: the server knows. */
async function beginWithToken() {
    try {
        await probe(token);
        showForm({ name: false, password: false });
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
    const devices = await takePreview();
    if (state.status.locked)
        inform(t('This group is locked.'));
    if (!isWanted('video') && !isWanted('audio')) {
        if (canPresent())
            remind('enable', t('The buttons below start your camera and microphone.'));
        return;
    }
    if (!canPresent()) {
        endDevices(devices);
        inform(t('You may not send video or sound here.'));
        return;
    }
    await start(devices);
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
        const { name, password, message, portal } = state.login;
        const isOpen = state.phase === 'login' || state.phase === 'joining';
        byId('login').hidden = !isOpen;
        byId('login-message').hidden = !message;
        byId('login-message').textContent = message;
        byId('login-portal').hidden = !portal;
        byId('login-portal-link').setAttribute('href', portal || sitePath('/'));
        byId('username-field').hidden = !name;
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
