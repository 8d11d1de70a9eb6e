// @ts-check
/**
 * Questions in modal dialogs: confirm, ask for a text, choose a file, show a text.
 */

import { byId, el, icon } from './dom.js';
import { t } from './i18n.js';

/**
 * Show a modal dialog until it is closed.
 *
 * @param {string} title
 * @param {Node[]} body
 * @param {{ok?: string, danger?: boolean, cancel?: boolean, id?: string}} [options]
 * @returns {Promise<boolean>} whether it was confirmed
 */
export function showDialog(title, body, { ok = t('OK'), danger = false, cancel = true, id } = {}) {
    const opener = document.activeElement;
    const heading = el('h2', { id: 'dialog-title' }, title);
    const form = el('form', { method: 'dialog', class: 'form' },
        heading,
        ...body,
        el('div', { class: 'form-actions' },
            el('button', { class: danger ? 'button primary danger' : 'button primary', value: 'ok' }, ok),
            cancel && el('button', { type: 'button', class: 'button', onclick: () => dialog.close('') }, t('Cancel'))));
    const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title', id }, form);
    byId('dialogs').append(dialog);
    return new Promise((resolve) => {
        dialog.addEventListener('close', () => {
            resolve(dialog.returnValue === 'ok');
            dialog.remove();
            if (opener instanceof HTMLElement)
                opener.focus();
        });
        dialog.showModal();
    });
}

/**
 * @param {string} question
 * @param {string} explanation
 * @param {string} ok
 */
export const confirmAction = (question, explanation, ok) =>
    showDialog(question, [el('p', { class: 'muted' }, explanation)], { ok, danger: true });

/**
 * Ask for a line of text.
 *
 * @param {string} title
 * @param {string} label
 * @param {{ok?: string, required?: boolean, danger?: boolean}} [options]
 * @returns {Promise<string|null>} null when cancelled
 */
export async function askText(title, label, { ok = t('OK'), required = false, danger = false } = {}) {
    const input = el('input', { type: 'text', id: 'dialog-text', autocomplete: 'off', required });
    const field = el('div', { class: 'field' }, el('label', { for: 'dialog-text' }, label), input);
    return await showDialog(title, [field], { ok, danger }) ? input.value.trim() : null;
}

/**
 * A button that copies a text, and says that it did.
 *
 * @param {string} text
 * @param {string} label
 */
export function copyButton(text, label) {
    const said = el('span', {}, label);
    return el('button', {
        type: 'button',
        class: 'button small',
        'aria-live': 'polite',
        onclick: async () => {
            try {
                await navigator.clipboard.writeText(text);
                said.textContent = t('Copied');
            } catch {
                said.textContent = t('Not allowed to copy');
            }
        },
    }, icon('copy'), said);
}

/**
 * A button that hands an address to the system's own way of sharing.
 *
 * @param {string} title
 * @param {string} url
 */
const shareButton = (title, url) => el('button', { type: 'button', class: 'button small',
    // Closing the system's sheet without a choice is no error.
    onclick: () => navigator.share({ title, url }).catch(() => {}) }, icon('link'), t('Share'));

/**
 * Show an address that somebody may want to copy.
 *
 * @param {string} title
 * @param {string} text   the address
 * @param {string} [explanation]
 */
export async function showCopyable(title, text, explanation) {
    const input = el('input', { type: 'text', id: 'dialog-text', readonly: true, 'aria-label': title, value: text,
        onfocus: () => input.select() });
    const body = [el('p', { class: 'muted' }, explanation ?? ''), input, el('div', { class: 'row' }, copyButton(text, t('Copy')), 'share' in navigator && shareButton(title, text))];
    await showDialog(title, body, { ok: t('Close'), cancel: false });
}

/**
 * Let the person choose a file.
 *
 * @param {string} [accept]
 * @returns {Promise<File|null>}
 */
export function chooseFile(accept) {
    const input = el('input', { type: 'file', accept, hidden: true, id: 'file-chooser' });
    document.getElementById('file-chooser')?.remove();
    byId('dialogs').append(input);
    return new Promise((resolve) => {
        input.addEventListener('change', () => {
            resolve(input.files?.[0] ?? null);
            input.remove();
        });
        input.addEventListener('cancel', () => {
            resolve(null);
            input.remove();
        });
        input.click();
    });
}
