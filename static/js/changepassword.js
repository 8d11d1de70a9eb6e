// @ts-check
/**
 * A group user changes its own password, through the API.
 */

import { byId, byIdAs, sitePath, t } from './page.js';

const query = new URLSearchParams(location.search);
const group = query.get('group') ?? '';
const username = query.get('username') ?? '';

/**
 * @param {'ok'|'danger'} kind
 * @param {string} text
 */
function say(kind, text) {
    const box = byId('message');
    box.className = `message ${kind}`;
    box.textContent = text;
    box.hidden = false;
}

/** @param {string} text */
function base64(text) {
    return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** @param {string} name */
const path = (name) => name.split('/').map(encodeURIComponent).join('/');

async function change() {
    const [old, wanted, again] = ['old', 'new', 'again'].map((id) => byIdAs(id, HTMLInputElement));
    if (wanted.value !== again.value) {
        say('danger', t('The two new passwords differ.'));
        again.focus();
        return;
    }
    const button = byIdAs('submit', HTMLButtonElement);
    button.disabled = true;
    try {
        const response = await fetch(sitePath(`/galene-api/v0/.groups/${path(group)}/.users/${encodeURIComponent(username)}/.password`), {
            method: 'POST',
            headers: { 'Content-Type': 'text/plain', Authorization: `Basic ${base64(`${username}:${old.value}`)}` },
            body: wanted.value,
            credentials: 'omit',
        });
        if (response.ok) {
            for (const field of [old, wanted, again])
                field.value = '';
            say('ok', t('Your password is changed.'));
        } else if (response.status === 401) {
            say('danger', t('The old password is wrong, or passwords cannot be changed here.'));
        } else {
            say('danger', t('The password was not changed: {reason}', { reason: `${response.status} ${response.statusText}` }));
        }
    } catch (e) {
        say('danger', t('The server cannot be reached: {reason}', { reason: e instanceof Error ? e.message : String(e) }));
    } finally {
        button.disabled = false;
    }
}

if (group && username) {
    byId('whose').textContent = t('{name} in the group {group}', { name: username, group });
    byIdAs('username', HTMLInputElement).value = username;
    byId('form').hidden = false;
    byId('form').addEventListener('submit', (e) => {
        e.preventDefault();
        change();
    });
} else {
    say('danger', t('The address of this page must name a group and a user: open it from the settings in the group.'));
}
