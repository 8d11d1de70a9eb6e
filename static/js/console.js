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

if (navigator.clipboard)
    document.querySelectorAll('button[data-copy]').forEach((b) => copies(/** @type {HTMLButtonElement} */ (b)));
