// Makes the icons of the installed page out of static/favicon.svg: node packaging/icons.mjs, with Chromium and what tests/package.json
// names. The files are kept in the repository; run it again when the mark changes.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
const { chromium } = createRequire(`${top}tests/package.json`)('playwright-core');

const svg = readFileSync(`${top}static/favicon.svg`, 'utf8');
const [, colour] = /<rect[^>]* fill="(#[0-9a-f]{6})"/.exec(svg);
const [mark] = /<path[^>]*>/.exec(svg);

/** The mark alone on its colour, up to the edges: the system cuts its own shape out of it. `part` of the width is the mark's. */
const toTheEdges = (part) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="${colour}"/>
<g transform="translate(16 16) scale(${part}) translate(-18 -15)">${mark}</g></svg>`;

const icons = {
  'app-192.png': [192, svg],
  'app-512.png': [512, svg],
  // Android shows at least the circle of 80 % (W3C Web Application Manifest, "Icon masks and safe zone").
  'maskable-192.png': [192, toTheEdges(0.85)],
  'maskable-512.png': [512, toTheEdges(0.85)],
  // iOS takes this one, and makes its corners round.
  'apple-touch-icon.png': [180, toTheEdges(1)],
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
for (const [name, [size, source]] of Object.entries(icons)) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: 100vw }</style>${source}`);
  writeFileSync(`${top}static/icons/${name}`, await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
