// What axe has against a page, by WCAG 2.2 A and AA and its own best practices.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const wholeSet = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** The rules that look at colours: what another theme may break in a page of the same width. */
const ofColours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

/**
 * @param {import('playwright-core').Page} page
 * @param {{coloursOnly?: boolean}} [options] the rest was looked at in another theme
 * @returns {Promise<string[]>} a line for each rule that is broken, with where
 */
export async function axeViolations(page, { coloursOnly = false } = {}) {
  // The policy of our pages lets no script in: axe comes through the debugger, not through a tag.
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(source);
  return page.evaluate(async (runOnly) => {
    const frames = async (n) => { for (let i = 0; i < n; i++) await new Promise(requestAnimationFrame); };
    const moving = () => document.getAnimations().filter((a) => a.playState === 'running' && a.effect?.getComputedTiming().endTime !== Infinity);
    // Halfway through a transition axe would read colours and places that nobody is shown for long.
    for (await frames(2); moving().length; await frames(2)) await Promise.all(moving().map((a) => a.finished.catch(() => {})));
    const { violations } = await window.axe.run(document, { runOnly, resultTypes: ['violations'] });
    const colours = ({ fgColor, bgColor, contrastRatio } = {}) => (fgColor ? ` (${fgColor} on ${bgColor}: ${contrastRatio})` : '');
    return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target + colours(n.any[0]?.data)).join(' ')}`);
  }, coloursOnly ? ofColours : wholeSet);
}
