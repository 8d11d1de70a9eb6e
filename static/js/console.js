// @ts-check
/**
 * The console's help for those who have scripts: what is to be copied has a button.
 */

/** @param {HTMLButtonElement} button */
function copies(button) {
    const source = document.getElementById(button.dataset.copy ?? '');
    const words = button.textContent;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let back;

    button.hidden = !source;
    button.addEventListener('click', async () => {
        await navigator.clipboard.writeText(source instanceof HTMLTextAreaElement ? source.value : source?.textContent ?? '');
        button.textContent = button.dataset.copied ?? words;
        clearTimeout(back);
        back = setTimeout(() => { button.textContent = words; }, 3000);
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
        target.value = await input.files?.[0]?.text() ?? '';
    });
}

document.querySelectorAll('[data-file-for]').forEach((f) => takesFile(/** @type {HTMLElement} */ (f)));
if (navigator.clipboard)
    document.querySelectorAll('button[data-copy]').forEach((b) => copies(/** @type {HTMLButtonElement} */ (b)));
