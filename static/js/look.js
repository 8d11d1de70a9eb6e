// @ts-check
/**
 * How the server presents itself at the door of a meeting: its name and logo, its colour, its welcome text and its links, where it has any.
 */
import { byId, el, sitePath, t } from './page.js';
import { findLinks } from './text.js';

/** @typedef {import('../types.js').Look} Look */

/** @param {string} url @param {string} text */
const link = (url, text) => el('a', { href: url, rel: 'noopener', target: '_blank' }, text);

/** As on the landing page, where https alone becomes a link. @param {string} text */
const paragraphs = (text) => text.split(/\n\n+/).filter((p) => p.trim())
    .map((p) => el('p', {}, ...findLinks(p.trim()).map((part) => (part.url?.startsWith('https:') ? link(part.url, part.text) : part.text))));

/** @param {Look} look */
function colour(look) {
    const { style } = document.documentElement;

    if (!look.accent)
        return;
    style.setProperty('--accent', `light-dark(${look.accent}, ${look.accentDark})`);
    style.setProperty('--accent-hover', `light-dark(${look.accentHover}, ${look.accentDarkHover})`);
    style.setProperty('--accent-soft', 'var(--surface-2)');
}

/** @param {Look} look */
export function showLook(look) {
    /** @type {Record<string, string>} */
    const words = {
        terms: t('Terms of use'), privacy: t('Privacy notice'), accessibility: t('Accessibility statement'), imprint: t('Legal notice'), contact: t('Contact'),
    };
    const links = (look.links ?? []).filter((l) => /^(https:\/\/|mailto:)/.test(l.url));
    const head = byId('login-title').parentElement;

    colour(look);
    if (look.logo) {
        const logo = el('img', { class: 'login-mark', alt: '', src: sitePath(`/site/logo?v=${encodeURIComponent(look.logo)}`) });

        // A logo that does not come is none.
        logo.addEventListener('error', () => logo.remove());
        head?.querySelector('.login-mark')?.replaceWith(logo);
    }
    if (look.name)
        head?.prepend(el('p', { class: 'muted login-server', dir: 'auto' }, look.name));
    if (look.welcome)
        head?.append(el('div', { class: 'login-welcome', dir: 'auto' }, ...paragraphs(look.welcome)));
    if (links.length)
        byId('login').append(el('nav', { class: 'login-links', 'aria-label': t('About this server') }, ...links.map((l) => link(l.url, l.label ?? words[l.name ?? ''] ?? l.url))));
}
