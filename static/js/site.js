// @ts-check
/**
 * Where the site lies: a proxy may show it below a path of another one, as `https://host/video/`. This script knows its own address, and
 * with it that path.
 */

/** Where scripts, styles and icons of this version lie (docs/HACKING.md), with the final slash. */
const ASSETS = new URL('..', import.meta.url).pathname;

/** The site's path, with its final slash. */
export const ROOT = ASSETS.replace(/\/assets\/[0-9a-f]+\/$/, '/');

/**
 * @param {string} path   of one of our files, as `/icons/icons.svg`
 * @returns {string} as the browser needs it, the same as in the page's HTML
 */
export const assetPath = (path) => ASSETS + path.replace(/^\//, '');

/**
 * @param {string} path   of the site, as `/recordings/`
 * @returns {string} as the browser needs it
 */
export const sitePath = (path) => ROOT + path.replace(/^\//, '');

/**
 * @param {string} path   as the browser has it
 * @returns {string} the path within the site
 */
export const pathInSite = (path) => (path.startsWith(ROOT) ? path.slice(ROOT.length - 1) : path);
