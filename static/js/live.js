// @ts-check
/**
 * Keeps a live page of the console up to date: every five seconds it asks for the same rows as JSON and changes their
 * texts. Rows come, go and change places only while neither pointer nor focus is in the table. The page works without it.
 *
 * In the page: main[data-twin] names the JSON. [data-page=NAME] shows a text of it, [data-page-if=NAME] is there while
 * NAME is set, [data-page-href=NAME] leads where NAME says. tbody > tr[data-key] are its `rows`. template#live-row has a
 * row with {NAME} for each text; what is in a cell around a {NAME} that a row lacks is left out. [data-gone] in it marks who left.
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
 * @param {'page'|'pageIf'|'pageHref'} name  of the data attribute
 * @param {(e: HTMLElement, key: string) => void} put
 */
function each(root, name, put) {
    const attribute = { page: 'data-page', pageIf: 'data-page-if', pageHref: 'data-page-href' }[name];

    for (const e of root.querySelectorAll(`[${attribute}]`))
        put(/** @type {HTMLElement} */ (e), /** @type {HTMLElement} */ (e).dataset[name] ?? '');
}

/** @param {HTMLElement} e @param {string} text */
function write(e, text) {
    if (e.textContent !== text)
        e.textContent = text;
}

/* ---- rows ---- */

const gone = pattern.content.querySelector('[data-gone]');

/** @param {string} text @param {Row} row */
const fill = (text, row) => text.replace(/\{(\w+)\}/g, (_, key) => words(row[key]));

/** Leaves no space where it stood. @param {Element} e */
function leaveOut(e) {
    const before = e.previousSibling;

    if (before instanceof Text)
        before.data = before.data.trimEnd();
    e.remove();
}

/** A row as the server makes it. @param {Row} row @returns {HTMLTableRowElement} */
function make(row) {
    const tr = /** @type {HTMLTableRowElement} */ (pattern.content.querySelector('tr')?.cloneNode(true));

    for (const e of [tr, ...tr.querySelectorAll('*')]) {
        const isLacking = e.matches('td > *, th > *') && /^\{\w+\}$/.test(e.textContent ?? '') && !fill(e.textContent ?? '', row);

        if (isLacking || e.matches('[data-gone]')) {
            leaveOut(e);
            continue;
        }
        for (const attribute of e.attributes)
            attribute.value = fill(attribute.value, row);
        for (const child of e.childNodes) {
            if (child instanceof Text)
                child.data = fill(child.data, row);
        }
    }
    tr.normalize();
    return tr;
}

/** What has the focus stays. @param {HTMLTableRowElement} tr @param {Row} row */
function update(tr, row) {
    const fresh = make(row);

    [...tr.cells].forEach((cell, i) => {
        if (!cell.isEqualNode(fresh.cells[i]) && !cell.contains(document.activeElement))
            cell.replaceChildren(...fresh.cells[i].childNodes);
    });
}

/** @param {HTMLTableRowElement} tr */
function markGone(tr) {
    if (gone && !tr.querySelector('[data-gone]'))
        tr.cells[0].append(' ', gone.cloneNode(true));
}

/** Somebody points at it, or is in it: nothing may move. */
function isHeld() {
    return table.matches(':hover, :focus-within');
}

/** @returns {Map<string, HTMLTableRowElement>} */
function shown() {
    return new Map([...body.rows].map((tr) => [tr.dataset.key ?? '', tr]));
}

/** Rows come, go, and take their places. @param {Twin} twin */
function arrange(twin) {
    const rows = shown();
    const wanted = twin.rows.map((row) => rows.get(words(row.key)) ?? make(row));

    for (const tr of [...body.rows]) {
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
            markGone(tr);
    }
    each(main, 'page', (e, key) => write(e, words(twin[key])));
    if (isHeld() && !table.hidden && !isFilled)
        return;
    each(main, 'pageHref', (e, key) => e.setAttribute('href', words(twin[key])));
    each(main, 'pageIf', (e, key) => { e.hidden = !twin[key]; });
    if (!isHeld())
        arrange(twin);
}

async function refresh() {
    const response = await fetch(address, { headers: etag ? { 'If-None-Match': etag } : {}, cache: 'no-store', redirect: 'manual' });

    if (response.ok || response.status === 304)
        document.dispatchEvent(new Event('session-used'));
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
