// @ts-check
/**
 * Menus that open at a button or at a place, worked by mouse and by keyboard. One at a time.
 */

import { byId, el, icon } from './dom.js';
import { attempt } from './notices.js';

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {string} [icon]        empty: none
 * @property {boolean} [danger]
 * @property {string} [id]           becomes `data-action`
 * @property {string} [elementId]
 * @property {boolean} [checked]     one of several, of which one is chosen: the menu stays open
 * @property {boolean} [stays]       the menu stays open
 * @property {string} [device]       becomes `data-device`
 * @property {() => unknown} run
 */

/**
 * Entries that belong together, below a heading.
 *
 * @typedef {object} MenuGroup
 * @property {string} heading
 * @property {MenuItem[]} items
 */

/** @type {{menu: HTMLElement, opener: HTMLElement|null, onclose?: () => void}|null} */
let open = null;

/** @param {boolean} [giveFocusBack] */
export function closeMenu(giveFocusBack = false) {
    if (!open)
        return;
    const { menu, opener, onclose } = open;
    open = null;
    onclose?.();
    menu.remove();
    opener?.setAttribute('aria-expanded', 'false');
    if (giveFocusBack)
        opener?.focus();
}

/** @param {MenuItem} item */
function entry(item) {
    const isChoice = item.checked !== undefined;
    const button = el('button', {
        type: 'button',
        role: isChoice ? 'menuitemradio' : 'menuitem',
        tabindex: '-1',
        class: item.danger ? 'menu-item danger' : 'menu-item',
        id: item.elementId,
        'data-action': item.id,
        'data-device': item.device,
        'aria-checked': isChoice ? item.checked : undefined,
        onclick: () => {
            if (isChoice) {
                for (const other of button.parentElement?.children ?? [])
                    other.setAttribute('aria-checked', String(other === button));
            } else if (!item.stays) {
                closeMenu(true);
            }
            attempt(item.run);
        },
    }, item.icon !== '' && icon(isChoice ? 'check' : item.icon ?? 'more'), item.label);
    return button;
}

/**
 * Open a menu.
 *
 * @param {string} label                              what the menu is about, for screen readers
 * @param {(MenuItem|MenuGroup|null)[]} items         null is a separator
 * @param {HTMLElement} opener                        gets the focus back
 * @param {{x: number, y: number}} [at]               place in the window; else beside the opener
 * @param {object} [options]
 * @param {HTMLElement} [options.extra]               what stands below the entries
 * @param {boolean} [options.inRow]                    entries beside one another
 * @param {() => void} [options.onclose]
 */
export function openMenu(label, items, opener, at, { extra, inRow = false, onclose } = {}) {
    const same = open?.opener === opener;
    closeMenu();
    if ((same && !at) || (!extra && !items.some(Boolean)))
        return;
    const list = el('div', { role: 'menu', 'aria-label': label });
    for (const item of items) {
        if (item === null)
            list.append(el('div', { class: 'menu-line', role: 'separator' }));
        else if ('items' in item)
            list.append(el('p', { class: 'menu-heading', 'aria-hidden': 'true' }, item.heading), el('div', { role: 'group', 'aria-label': item.heading }, ...item.items.map(entry)));
        else
            list.append(entry(item));
    }
    const menu = el('div', { class: inRow ? 'menu in-row' : 'menu' }, list, extra);
    menu.addEventListener('keydown', onKey);
    byId('menus').append(menu);
    place(menu, opener, at);
    open = { menu, opener, onclose };
    opener.setAttribute('aria-expanded', 'true');
    const all = entries(menu);
    (all.find((e) => e.getAttribute('aria-checked') === 'true') ?? all[0])?.focus();
}

/**
 * Put a menu at its place, or below its opener, or above where there is no room below; always inside the window.
 *
 * @param {HTMLElement} menu
 * @param {HTMLElement} opener
 * @param {{x: number, y: number}} [at]
 */
function place(menu, opener, at) {
    const margin = 8;
    const { left, right, top, bottom } = opener.getBoundingClientRect();
    // A long menu above the bar scrolls rather than lie over its buttons.
    if (!at && top > innerHeight - bottom)
        menu.style.maxHeight = `${top - 4 - margin}px`;
    const { width, height } = menu.getBoundingClientRect();
    const isRtl = getComputedStyle(opener).direction === 'rtl';
    const x = at?.x ?? (isRtl ? right - width : left);
    const fits = bottom + 4 + height + margin <= innerHeight;
    const y = at?.y ?? (fits ? bottom + 4 : top - 4 - height);
    menu.style.left = `${Math.max(margin, Math.min(x, innerWidth - width - margin))}px`;
    menu.style.top = `${Math.max(margin, Math.min(y, innerHeight - height - margin))}px`;
}

/** @param {HTMLElement} menu */
const entries = (menu) => /** @type {HTMLElement[]} */ ([...menu.querySelectorAll('[role^=menuitem]')]);

/** @param {KeyboardEvent} e */
function onKey(e) {
    if (!open)
        return;
    const all = entries(open.menu);
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const forward = getComputedStyle(open.menu).direction === 'rtl' ? -1 : 1;
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, ArrowRight: at + forward, ArrowLeft: at - forward, Home: 0, End: all.length - 1 };
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
