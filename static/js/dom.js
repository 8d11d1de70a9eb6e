// @ts-check
/**
 * Making elements. Text from anywhere becomes text nodes and attributes only, never markup.
 */

import { t } from './i18n.js';
import { assetPath } from './site.js';

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node|string|number|null|undefined|false} Child */

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props]   `class`, `data-*`, `aria-*` and other attributes; `onX` functions become listeners; `hidden`,
 *                                        `disabled` and other booleans become properties; undefined ones are left out
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, props = {}, ...children) {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
        if (value === undefined || value === null)
            continue;
        if (name.startsWith('on') && typeof value === 'function')
            e.addEventListener(name.slice(2), value);
        else if (typeof value === 'boolean' && !name.startsWith('aria-') && !name.startsWith('data-'))
            e.toggleAttribute(name, value);
        else
            e.setAttribute(name, String(value));
    }
    append(e, ...children);
    return e;
}

/**
 * @param {Element} parent
 * @param {Child[]} children
 */
export function append(parent, ...children) {
    for (const c of children) {
        if (c !== null && c !== undefined && c !== false)
            parent.append(c instanceof Node ? c : String(c));
    }
}

/**
 * One of the icons of /icons/icons.svg.
 *
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('class', 'icon');
    svg.setAttribute('aria-hidden', 'true');
    const use = document.createElementNS(SVG, 'use');
    svg.append(use);
    setIcon(svg, name);
    return svg;
}

/**
 * @param {Element|null} svg
 * @param {string} name
 */
export function setIcon(svg, name) {
    const use = svg?.firstElementChild;
    const href = assetPath(`/icons/icons.svg#${name}`);
    if (use && use.getAttribute('href') !== href)
        use.setAttribute('href', href);
}

/**
 * An element of the page that must exist.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
    const e = document.getElementById(id);
    if (!e)
        throw new Error(`the page has no #${id}`);
    return e;
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byIdAs(id, type) {
    const e = byId(id);
    if (!(e instanceof type))
        throw new Error(`#${id} is not what it should be`);
    return e;
}

/**
 * The user's name, kept apart from the text around it, whatever its direction.
 *
 * @param {string} name
 * @returns {HTMLElement}
 */
export function nameElement(name) {
    return el('bdi', { class: name ? 'name' : 'name anonymous' }, displayName(name));
}

/**
 * @param {string} name
 * @returns {string}
 */
export function displayName(name) {
    return name || t('(anon)');
}
