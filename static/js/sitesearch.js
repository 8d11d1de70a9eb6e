// @ts-check
/**
 * The console's search while somebody types. Without it, Enter leads to the page that has the same (`/admin/search`).
 */

const PAUSE_MS = 120;

const form = document.getElementById('site-search');
const field = document.getElementById('site-q');

/** @typedef {{label: string, detail?: string, path: string}} Hit */
/** @typedef {{label: string, hits: Hit[]}} Section */

/**
 * @param {Hit} hit
 * @param {string} base   the path below which a proxy may show the site
 */
function item(hit, base) {
    const li = document.createElement('li');
    const link = document.createElement('a');

    link.href = base + hit.path;
    link.textContent = hit.label;
    if (hit.detail) {
        const detail = document.createElement('span');
        detail.className = 'detail';
        detail.textContent = hit.detail;
        link.append(detail);
    }
    li.append(link);
    return li;
}

/** @param {Section} section @param {string} base */
function part(section, base) {
    const heading = document.createElement('h2');
    const list = document.createElement('ul');

    heading.textContent = section.label;
    list.append(...section.hits.map((hit) => item(hit, base)));
    return [heading, list];
}

/** @param {HTMLFormElement} form @param {HTMLInputElement} field */
function search(form, field) {
    const box = document.createElement('div');
    const said = document.createElement('p');
    // Nginx has put the site's path before the form's address; page.js, which knows it too, would bring a catalogue along.
    const base = new URL(form.action).pathname.replace(/\/admin\/search$/, '');
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let timer;
    /** @type {AbortController|undefined} */
    let asked;

    box.className = 'site-found';
    box.hidden = true;
    said.className = 'visually-hidden';
    said.setAttribute('role', 'status');
    form.after(said, box);

    const close = () => {
        clearTimeout(timer);
        asked?.abort();
        box.hidden = true;
        said.textContent = '';
    };

    /** @param {Section[]} sections */
    const show = (sections) => {
        const n = sections.reduce((sum, section) => sum + section.hits.length, 0);
        const nothing = document.createElement('p');

        nothing.textContent = form.dataset.nothing ?? '';
        box.replaceChildren(...(n ? sections.flatMap((section) => part(section, base)) : [nothing]));
        box.hidden = false;
        said.textContent = (form.dataset.results ?? '').replace('{n}', String(n));
    };

    const ask = async () => {
        asked?.abort();
        asked = new AbortController();
        const { signal } = asked;
        const response = await fetch(`${base}/admin/search.json?q=${encodeURIComponent(field.value)}`, { signal });
        // Signed out meanwhile, it is a page: Enter leads there.
        if (!response.ok || response.redirected)
            return;
        const { sections } = await response.json();
        if (!signal.aborted)
            show(sections);
    };

    field.addEventListener('input', () => {
        clearTimeout(timer);
        if (!field.value.trim())
            close();
        else
            timer = setTimeout(() => { ask().catch(() => {}); }, PAUSE_MS); // the next key asks again
    });

    for (const place of /** @type {HTMLElement[]} */ ([form, box])) {
        place.addEventListener('keydown', (event) => {
            const links = [...box.querySelectorAll('a')];
            const at = links.findIndex((link) => link === document.activeElement);

            if (box.hidden)
                return;
            if (event.key === 'Escape') {
                event.preventDefault(); // the menu of a phone stays
                field.focus();
                close();
            } else if (event.key === 'ArrowDown') {
                event.preventDefault();
                links[Math.min(at + 1, links.length - 1)]?.focus();
            } else if (event.key === 'ArrowUp') {
                event.preventDefault();
                (at > 0 ? links[at - 1] : field).focus();
            }
        });
    }

    document.addEventListener('click', (event) => {
        if (event.target instanceof Node && !box.contains(event.target) && !form.contains(event.target))
            close();
    });
    document.addEventListener('focusin', (event) => {
        if (event.target instanceof Node && !box.contains(event.target) && !form.contains(event.target))
            close();
    });
    field.addEventListener('focus', () => {
        if (field.value.trim() && box.hidden)
            ask().catch(() => {});
    });
}

if (form instanceof HTMLFormElement && field instanceof HTMLInputElement)
    search(form, field);
