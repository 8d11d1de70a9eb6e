// @ts-check
/**
 * The console's help for those who have scripts: what is to be copied has a button, `<button data-copy="ID" hidden>`, or without an
 * id one behind it. Of a link the whole address is copied, and what stands in the page may be short.
 */

/** @param {Element|null} source */
function textOf(source) {
    if (source instanceof HTMLAnchorElement)
        return source.href;
    return source instanceof HTMLTextAreaElement ? source.value : source?.textContent ?? '';
}

/** @param {HTMLButtonElement} button */
function copies(button) {
    const source = button.dataset.copy ? document.getElementById(button.dataset.copy) : button.previousElementSibling;
    const words = button.textContent;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let back;

    button.hidden = !source;
    button.addEventListener('click', async () => {
        await navigator.clipboard.writeText(textOf(source));
        button.textContent = button.dataset.copied ?? words;
        clearTimeout(back);
        back = setTimeout(() => { button.textContent = words; }, 3000);
    });
}

/**
 * The bytes of a file as base64, with the digits that a form sends as they are (RFC 4648 section 5).
 * @param {File} file
 * @returns {Promise<string>}
 */
function base64Of(file) {
    return new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, '').replace(/\+/g, '-').replace(/\//g, '_'));
        reader.onerror = () => reject(reader.error);
        reader.readAsDataURL(file);
    });
}

/**
 * A file is read into the field it stands beside; what is sent is the field.
 * @param {HTMLElement} field
 */
function takesFile(field) {
    const input = /** @type {HTMLInputElement|null} */ (field.querySelector('input[type=file]'));
    const target = /** @type {HTMLTextAreaElement|null} */ (document.getElementById(field.dataset.fileFor ?? ''));

    if (!input || !target)
        return;
    field.hidden = false;
    input.addEventListener('change', async () => {
        const file = input.files?.[0];
        const isPicture = field.dataset.fileAs === 'base64';
        target.value = (file && await (isPicture ? base64Of(file) : file.text())) ?? '';
    });
}

/**
 * What was changed and not saved is marked beside its label, and counted beside the button.
 * @param {HTMLFormElement} form
 */
function marksChanges(form) {
    const count = /** @type {HTMLElement|null} */ (form.querySelector('[data-marks-count]'));
    /** @param {Element} field */
    const isChanged = (field) => {
        if (field instanceof HTMLSelectElement)
            return field.selectedIndex !== first.get(field);
        if (field instanceof HTMLInputElement && (field.type === 'checkbox' || field.type === 'radio'))
            return field.checked !== field.defaultChecked;
        return (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && field.value !== field.defaultValue;
    };
    const first = new Map([...form.querySelectorAll('select')].map((s) => [s, s.selectedIndex]));
    const mark = () => {
        let n = 0;

        form.querySelectorAll('.field, .check:not(.field .check)').forEach((place) => {
            const changed = place.classList.contains('is-moved') || [...place.querySelectorAll('input, select, textarea')].some(isChanged);

            place.classList.toggle('is-changed', changed);
            n += Number(changed);
        });
        if (!count)
            return;
        count.hidden = n === 0;
        count.textContent = `${count.dataset.words} ${n}`;
    };

    form.addEventListener('input', mark);
    form.addEventListener('reset', () => setTimeout(mark));
    mark();
}

/**
 * A row is moved at once, and the button keeps the focus; without scripts the server does it.
 * @param {HTMLButtonElement} button
 */
function moves(button) {
    button.addEventListener('click', (event) => {
        const row = button.closest('li');
        const isUp = button.dataset.move === 'up';
        const other = isUp ? row?.previousElementSibling : row?.nextElementSibling;

        event.preventDefault();
        if (!row || !other)
            return;
        other[isUp ? 'before' : 'after'](row);
        button.focus();
        row.closest('.field')?.classList.add('is-moved');
        row.dispatchEvent(new Event('input', { bubbles: true }));
    });
}

/**
 * A field is emptied, which is the default; it is saved with the rest.
 * @param {HTMLButtonElement} button
 */
function resets(button) {
    button.addEventListener('click', (event) => {
        const place = button.closest('.field');
        const fields = /** @type {NodeListOf<HTMLInputElement|HTMLTextAreaElement>} */ (
            place?.querySelectorAll('input:not([type=hidden]), textarea') ?? []);

        event.preventDefault();
        fields.forEach((field) => {
            if (field instanceof HTMLInputElement && field.type === 'checkbox')
                field.checked = false;
            else
                field.value = '';
        });
        fields[0]?.focus();
        place?.dispatchEvent(new Event('input', { bubbles: true }));
    });
}

document.querySelectorAll('button[data-print]').forEach((b) => {
    /** @type {HTMLButtonElement} */ (b).hidden = false;
    b.addEventListener('click', () => print());
});
document.querySelectorAll('button[data-move]').forEach((b) => moves(/** @type {HTMLButtonElement} */ (b)));
document.querySelectorAll('button[data-reset]').forEach((b) => resets(/** @type {HTMLButtonElement} */ (b)));
const WARN_MS = 120_000;

/**
 * Says two minutes before that the session ends, and goes on with it when asked to. Other tabs of it are told.
 * @param {HTMLElement} note
 */
function watchesSession(note) {
    const tabs = new BroadcastChannel('session');
    const parts = /** @type {NodeListOf<HTMLElement>} */ (note.querySelectorAll('[data-when]'));
    const idleMs = Number(note.dataset.idle) * 1000;
    let longest = Date.now() + Number(note.dataset.longest) * 1000;
    let idle = Date.now() + idleMs;
    const look = () => {
        const left = Math.min(idle, longest) - Date.now();
        const when = left <= 0 ? 'over' : longest <= idle ? 'longest' : 'idle';

        parts.forEach((p) => { p.hidden = p.dataset.when !== when; });
        note.hidden = left > WARN_MS;
    };
    /** @param {number} seconds */
    const goOn = (seconds) => {
        idle = Math.max(idle, Date.now() + seconds * 1000);
        look();
    };

    tabs.onmessage = (e) => goOn(e.data);
    tabs.postMessage(idleMs / 1000);
    document.addEventListener('session-used', () => goOn(idleMs / 1000));
    note.querySelector('form')?.addEventListener('submit', async (e) => {
        e.preventDefault();
        const response = await fetch(/** @type {HTMLFormElement} */ (e.target).action, { cache: 'no-store', redirect: 'manual' });

        if (!response.ok) {
            idle = longest = 0;
            look();
            return;
        }
        const left = await response.json();

        longest = Date.now() + left.longest * 1000;
        goOn(left.idle);
        tabs.postMessage(left.idle);
    });
    setInterval(look, 5000);
    look();
}

/**
 * The browser's time zone is chosen. Browsers go on calling some by a name of before, as Asia/Calcutta: then it is the entry that
 * they call so. One that the server does not know leaves the first.
 * @param {HTMLSelectElement} select
 */
function choosesZone(select) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    /** @param {string} name */
    const called = (name) => {
        try {
            return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
        } catch {
            return '';
        }
    };
    const zones = [...select.options].filter((o) => o.value);
    const option = zones.find((o) => o.value === zone) ?? zones.find((o) => called(o.value) === zone);

    if (option)
        option.selected = true;
}

document.querySelectorAll('select[data-browser-zone]').forEach((s) => choosesZone(/** @type {HTMLSelectElement} */ (s)));

const sessionEnd = document.getElementById('session-end');

if (sessionEnd)
    watchesSession(sessionEnd);
document.querySelectorAll('form[data-marks]').forEach((f) => marksChanges(/** @type {HTMLFormElement} */ (f)));
document.querySelectorAll('[data-file-for]').forEach((f) => takesFile(/** @type {HTMLElement} */ (f)));
if (navigator.clipboard)
    document.querySelectorAll('button[data-copy]').forEach((b) => copies(/** @type {HTMLButtonElement} */ (b)));
