// @ts-check
/**
 * Where the site lies: a proxy may show it below a path of another one, as `https://host/video/`. This script knows its own address, and
 * with it that path.
 */

/** The site's path, with its final slash. */
export const ROOT = new URL('..', import.meta.url).pathname;

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
