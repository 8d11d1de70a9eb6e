// @ts-check
/**
 * The landing page stays fresh: who is in which public group, by what the server tells everybody. Without scripts, or with more
 * groups than one page shows, people load it again.
 */

import { sitePath, t } from './page.js';

const EVERY_MS = 10_000;

/** @typedef {{name: string, clientCount?: number, locked?: boolean}} PublicGroup */

/** @param {Element} card @param {PublicGroup} group */
function show(card, group) {
    const people = card.querySelector('.group-people');
    const locked = card.querySelector('.group-locked');
    const n = group.clientCount ?? 0;
    const text = t('{n} people now', { n }, '{n} person now');

    if (people && people.textContent !== text) {
        people.textContent = text;
        people.classList.toggle('ok', n > 0);
    }
    if (locked instanceof HTMLElement)
        locked.hidden = !group.locked;
}

/** @param {Element} section */
async function refresh(section) {
    const response = await fetch(sitePath('/public-groups.json'));
    if (!response.ok)
        return;
    /** @type {PublicGroup[]} */
    const groups = await response.json();
    const byPath = new Map(groups.map((group) => [sitePath(`/group/${group.name.split('/').map(encodeURIComponent).join('/')}/`), group]));

    for (const card of section.querySelectorAll('.group-card')) {
        const link = card.querySelector('a');
        const path = link ? new URL(link.href).pathname.split('/').map((part) => encodeURIComponent(decodeURIComponent(part))).join('/') : '';
        const group = byPath.get(path);
        if (group)
            show(card, group);
    }
}

const section = document.querySelector('[data-refresh]');
if (section) {
    setInterval(() => {
        if (!document.hidden)
            refresh(section).catch(() => {}); // the next one may come
    }, EVERY_MS);
}
