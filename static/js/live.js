// @ts-check
/**
 * Keeps a live page of the console up to date: every five seconds it asks for the same rows as JSON and changes their
 * texts. Rows come, go and change places only while neither pointer nor focus is in the table, and no menu is open.
 * The page works without it.
 *
 * In the page: main[data-twin] names the JSON. [data-page=NAME] shows a text of it, [data-page-if=NAME] is there while
 * NAME is set. tbody > tr[data-key] are its `rows`: [data-live=NAME], [data-live-if=NAME], and [data-live-href=NAME],
 * [data-live-label=NAME] (with data-before in front), [data-live-value=NAME] for attributes. template#live-row makes new ones, [data-live-gone] marks who left.
 */

/** @typedef {Record<string, string|number|boolean|undefined>} Row */
/** @typedef {Row & {rows: Row[]}} Twin */

const EVERY_MS = 5000;
const main = /** @type {HTMLElement} */ (document.querySelector('main[data-twin]'));
const address = main.dataset.twin ?? '';
const table = /** @type {HTMLElement} */ (main.querySelector('.table-wrap'));
const body = /** @type {HTMLTableSectionElement} */ (table.querySelector('tbody'));
const pattern = /** @type {HTMLTemplateElement} */ (document.getElementById('live-row'));
const pause = /** @type {HTMLButtonElement} */ (main.querySelector('[data-pause]'));

/** The last answer, and its ETag. @type {Twin|null} */
let last = null;
let etag = '';
let isPaused = false;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;

/** @param {string|number|boolean|undefined} value */
const words = (value) => String(value ?? '');

/**
 * @param {Element} root
 * @param {string} name  of the data attribute, in camel case
 * @param {(e: HTMLElement, key: string) => void} put
 */
function each(root, name, put) {
    const attribute = `data-${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

    for (const e of root.querySelectorAll(`[${attribute}]`))
        put(/** @type {HTMLElement} */ (e), /** @type {HTMLElement} */ (e).dataset[name] ?? '');
}

/** @param {HTMLElement} e @param {string} text */
function write(e, text) {
    if (e.textContent !== text)
        e.textContent = text;
}

/** @param {Element} tr @param {Row} row */
function update(tr, row) {
    each(tr, 'live', (e, key) => write(e, words(row[key])));
    each(tr, 'liveIf', (e, key) => { e.hidden = !row[key]; });
    each(tr, 'liveHref', (e, key) => e.setAttribute('href', words(row[key])));
    each(tr, 'liveLabel', (e, key) => e.setAttribute('aria-label', `${e.dataset.before ?? ''}${words(row[key])}`));
    each(tr, 'liveValue', (e, key) => { /** @type {HTMLInputElement|HTMLButtonElement} */ (e).value = words(row[key]); });
    each(tr, 'liveGone', (e) => { e.hidden = true; });
}

let nMade = 0;

/** @param {Row} row @returns {HTMLTableRowElement} */
function make(row) {
    const tr = /** @type {HTMLTableRowElement} */ (pattern.content.querySelector('tr')?.cloneNode(true));
    const menu = tr.querySelector('[popover]');
    const number = `new-${nMade++}`;

    tr.dataset.key = words(row.key);
    for (const time of tr.querySelectorAll('time'))
        time.dateTime = words(row[`${time.dataset.live}_iso`]);
    if (menu) {
        menu.id = `menu-${number}`;
        tr.querySelector('[popovertarget]')?.setAttribute('popovertarget', menu.id);
    }
    for (const label of tr.querySelectorAll('label')) {
        const field = label.parentElement?.querySelector('input');

        label.htmlFor = `message-${number}`;
        if (field)
            field.id = label.htmlFor;
    }
    update(tr, row);
    return tr;
}

/** Somebody points at it, or is in it: nothing may move. */
function isHeld() {
    return table.matches(':hover, :focus-within') || main.querySelector('.row-menu:popover-open') !== null;
}

/** @returns {Map<string, HTMLTableRowElement>} */
function shown() {
    return new Map([...body.rows].map((tr) => [tr.dataset.key ?? '', tr]));
}

/** Rows come, go, and take their places. @param {Twin} twin */
function arrange(twin) {
    const rows = shown();
    const wanted = twin.rows.map((row) => rows.get(words(row.key)) ?? make(row));

    for (const tr of body.rows) {
        if (!wanted.includes(tr))
            tr.remove();
    }
    wanted.forEach((tr, i) => {
        if (body.rows[i] !== tr)
            body.insertBefore(tr, body.rows[i] ?? null);
    });
}

/** @param {Twin} twin */
function show(twin) {
    const there = new Map(twin.rows.map((row) => [words(row.key), row]));
    const isFilled = twin.rows.length > 0;

    for (const [key, tr] of shown()) {
        const row = there.get(key);

        if (row)
            update(tr, row);
        else
            each(tr, 'liveGone', (e) => { e.hidden = false; });
    }
    each(main, 'page', (e, key) => write(e, words(twin[key])));
    if (isHeld() && !table.hidden && !isFilled)
        return;
    each(main, 'pageIf', (e, key) => { e.hidden = !twin[key]; });
    if (!isHeld())
        arrange(twin);
}

async function refresh() {
    const response = await fetch(address, { headers: etag ? { 'If-None-Match': etag } : {}, cache: 'no-store', redirect: 'manual' });

    if (response.status === 304)
        return;
    if (!response.ok)
        throw new Error(`status ${response.status}`);
    etag = response.headers.get('ETag') ?? '';
    last = await response.json();
    if (last)
        show(last);
}

function next() {
    clearTimeout(timer);
    if (!isPaused && !document.hidden)
        timer = setTimeout(turn, EVERY_MS);
}

/** What cannot be had now is asked for again. */
async function turn() {
    await refresh().catch(() => {});
    next();
}

function settle() {
    if (last && !isHeld())
        show(last);
}

table.addEventListener('pointerleave', settle);
table.addEventListener('focusout', () => setTimeout(settle));
document.addEventListener('visibilitychange', () => { if (document.hidden || isPaused) next(); else void turn(); });
pause.hidden = false;
pause.addEventListener('click', () => {
    const other = pause.dataset.pause ?? '';

    isPaused = !isPaused;
    pause.dataset.pause = pause.textContent ?? '';
    pause.textContent = other;
    if (isPaused)
        next();
    else
        void turn();
});
next();
