// @ts-check
/**
 * Menus that open at a button or at a place, worked by mouse and by keyboard. One at a time.
 */

import { byId, el, icon } from './dom.js';
import { attempt } from './notices.js';

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {string} [icon]
 * @property {boolean} [danger]
 * @property {string} [id]      becomes `data-action`
 * @property {() => unknown} run
 */

/** @type {{menu: HTMLElement, opener: HTMLElement|null}|null} */
let open = null;

/** @param {boolean} [giveFocusBack] */
export function closeMenu(giveFocusBack = false) {
    if (!open)
        return;
    const { menu, opener } = open;
    open = null;
    menu.remove();
    opener?.setAttribute('aria-expanded', 'false');
    if (giveFocusBack)
        opener?.focus();
}

/**
 * Open a menu.
 *
 * @param {string} label                     what the menu is about, for screen readers
 * @param {(MenuItem|null)[]} items          null is a separator
 * @param {HTMLElement} opener               gets the focus back
 * @param {{x: number, y: number}} [at]      place in the window; else below the opener
 */
export function openMenu(label, items, opener, at) {
    const same = open?.opener === opener;
    closeMenu();
    if (same && !at)
        return;
    const menu = el('div', { class: 'menu', role: 'menu', 'aria-label': label });
    for (const item of items) {
        menu.append(item === null
            ? el('div', { class: 'menu-line', role: 'separator' })
            : el('button', {
                type: 'button',
                role: 'menuitem',
                tabindex: '-1',
                class: item.danger ? 'menu-item danger' : 'menu-item',
                'data-action': item.id,
                onclick: () => {
                    closeMenu(true);
                    attempt(item.run);
                },
            }, icon(item.icon ?? 'more'), item.label));
    }
    menu.addEventListener('keydown', onKey);
    byId('menus').append(menu);
    place(menu, at ?? below(opener));
    open = { menu, opener };
    opener.setAttribute('aria-expanded', 'true');
    entries(menu)[0]?.focus();
}

/** @param {HTMLElement} e */
function below(e) {
    const r = e.getBoundingClientRect();
    return { x: r.left, y: r.bottom + 4 };
}

/**
 * @param {HTMLElement} menu
 * @param {{x: number, y: number}} at
 */
function place(menu, { x, y }) {
    const margin = 8;
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(margin, Math.min(x, innerWidth - width - margin))}px`;
    menu.style.top = `${Math.max(margin, Math.min(y, innerHeight - height - margin))}px`;
}

/** @param {HTMLElement} menu */
const entries = (menu) => /** @type {HTMLElement[]} */ ([...menu.querySelectorAll('[role=menuitem]')]);

/** @param {KeyboardEvent} e */
function onKey(e) {
    if (!open)
        return;
    const all = entries(open.menu);
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    if (e.key in moves)
        all[(moves[e.key] + all.length) % all.length]?.focus();
    else if (e.key === 'Escape')
        closeMenu(true);
    else if (e.key === 'Tab')
        closeMenu(true);
    else if (e.key.length === 1 && /\S/.test(e.key))
        [...all.slice(at + 1), ...all].find((i) => i.textContent?.trim().toLowerCase().startsWith(e.key.toLowerCase()))?.focus();
    else
        return;
    if (e.key !== 'Tab')
        e.preventDefault();
    e.stopPropagation();
}

document.addEventListener('pointerdown', (e) => {
    const target = e.target instanceof Node ? e.target : null;
    if (open && !open.menu.contains(target) && !open.opener?.contains(target))
        closeMenu();
});
window.addEventListener('resize', () => closeMenu());
window.addEventListener('blur', () => closeMenu());
