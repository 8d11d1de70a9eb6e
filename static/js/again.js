// @ts-check
/**
 * The page that stands in for one of the meetings' while they do not answer: looks for the other one, and gives way to it.
 */

const AGAIN_MS = 2000;

/** Loaded anew, a group's page knows that it was there before. */
async function look() {
    try {
        const { status } = await fetch(location.href, { cache: 'no-store' });
        if (status !== 502 && status !== 504) {
            location.reload();
            return;
        }
    } catch {
        // Nobody is there at all: later, then.
    }
    setTimeout(look, AGAIN_MS);
}

setTimeout(look, AGAIN_MS);
