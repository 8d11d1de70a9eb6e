// @ts-check
/**
 * The drawer of settings: fields that show the settings and change them.
 */

import { choosePresentation } from './actions.js';
import { byId, byIdAs, displayName, el } from './dom.js';
import { listDevices } from './devices.js';
import { showDialog } from './dialogs.js';
import { canBlur } from './filters.js';
import { chooseLanguage, chosenLanguage, LANGUAGES, t } from './i18n.js';
import { canPlayFile, useDevice } from './media.js';
import { attempt, offer } from './notices.js';
import { showShortcuts } from './keys.js';
import { showStatistics } from './stats.js';
import { sitePath } from './site.js';
import { may, set, state, watch } from './state.js';

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

function render() {
    for (const f of fields()) {
        const key = /** @type {keyof import('./settings.js').Settings} */ (f.dataset.setting);
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
        render();
    });
    watch(['settings'], render);
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
        byId('blur-filter').hidden = byIdAs('blur-filter', HTMLOptionElement).disabled = !await canBlur();
    });
    for (const f of fields())
        f.addEventListener('change', () => attempt(() => change(f)));
    byId('present-file').addEventListener('click', () => attempt(choosePresentation));
    byId('show-stats').addEventListener('click', () => attempt(showStatistics));
    byId('show-keys').addEventListener('click', () => attempt(showShortcuts));
    startLanguage();
    listDevices();
}
