// @ts-check
/**
 * Where tiles go. Pure arithmetic: sizes in, rectangles out.
 */

/** @typedef {{id: string, aspect: number}} Box   aspect = width / height of the picture */
/** @typedef {{id: string, x: number, y: number, width: number, height: number}} Rect */

/** Aspect ratios outside this range would waste the grid for everybody. */
const NARROWEST = 3 / 4;
const WIDEST = 16 / 9;
/** Part of the pane, from one side to the other, that the strip of the others has when there is a tile on stage. */
const STRIP_LEAST = 0.2;
const STRIP_MOST = 0.35;

/** @param {number} aspect */
const tame = (aspect) => Math.min(Math.max(aspect || 4 / 3, NARROWEST), WIDEST);

/**
 * The number of columns that makes tiles of one shape largest.
 *
 * @param {number} count
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 * @param {number} aspect
 * @returns {{columns: number, rows: number, width: number, height: number}}
 */
export function fitGrid(count, width, height, gap, aspect) {
    let best = { columns: 1, rows: Math.max(count, 1), width: 0, height: 0 };
    for (let columns = 1; columns <= Math.max(count, 1); columns++) {
        const rows = Math.ceil(count / columns) || 1;
        const roomX = (width - gap * (columns - 1)) / columns;
        const roomY = (height - gap * (rows - 1)) / rows;
        if (roomX <= 0 || roomY <= 0)
            continue;
        const w = Math.min(roomX, roomY * aspect);
        if (w > best.width)
            best = { columns, rows, width: w, height: w / aspect };
    }
    return best;
}

/**
 * Arrange tiles as a grid in the middle of an area; a last row that is not full is centred.
 *
 * @param {Box[]} boxes
 * @param {{x: number, y: number, width: number, height: number}} area
 * @param {number} gap
 * @returns {Rect[]}
 */
export function grid(boxes, area, gap) {
    if (!boxes.length)
        return [];
    const aspect = boxes.map((b) => tame(b.aspect)).reduce((a, b) => a + b, 0) / boxes.length;
    const fit = fitGrid(boxes.length, area.width, area.height, gap, aspect);
    const top = area.y + (area.height - fit.rows * fit.height - (fit.rows - 1) * gap) / 2;
    return boxes.map((b, i) => {
        const row = Math.floor(i / fit.columns);
        const inRow = Math.min(fit.columns, boxes.length - row * fit.columns);
        const left = area.x + (area.width - inRow * fit.width - (inRow - 1) * gap) / 2;
        return {
            id: b.id,
            x: left + (i % fit.columns) * (fit.width + gap),
            y: top + row * (fit.height + gap),
            width: fit.width,
            height: fit.height,
        };
    });
}

/**
 * The largest box of a shape, in the middle of an area.
 *
 * @param {number} aspect
 * @param {{x: number, y: number, width: number, height: number}} area
 */
function fit(aspect, area) {
    const width = Math.min(area.width, area.height * aspect);
    const height = width / aspect;
    return { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
}

/**
 * Room for a tile on stage and for the strip of the others beside it: the picture as large as it can be, the strip what is left, within
 * limits, and both in the middle.
 *
 * @param {number} aspect   of the tile on stage
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 */
function stageAndStrip(aspect, width, height, gap) {
    const picture = fit(aspect, { x: 0, y: 0, width: (width - gap) * (1 - STRIP_LEAST), height });
    const room = Math.min(width - gap - picture.width, width * STRIP_MOST);
    const x = (width - picture.width - gap - room) / 2;
    return {
        main: { ...picture, x },
        strip: { x: x + picture.width + gap, y: 0, width: room, height },
    };
}

/** @param {{x: number, y: number, width: number, height: number}} r */
const turned = (r) => ({ x: r.y, y: r.x, width: r.height, height: r.width });

/**
 * Arrange tiles in a pane: a grid, or one tile on stage with the others in a strip beside or below it, whichever makes it larger.
 *
 * @param {Box[]} boxes
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 * @param {string|null} staged   id of the tile on stage
 * @returns {Rect[]}
 */
export function arrange(boxes, width, height, gap, staged) {
    const star = boxes.find((b) => b.id === staged);
    const all = { x: 0, y: 0, width, height };
    if (!star)
        return grid(boxes, all, gap);
    const aspect = star.aspect || WIDEST;
    const others = boxes.filter((b) => b !== star);
    if (!others.length)
        return [{ id: star.id, ...fit(aspect, all) }];
    const beside = stageAndStrip(aspect, width, height, gap);
    // Below is beside with the axes exchanged.
    const exchanged = stageAndStrip(1 / aspect, height, width, gap);
    const below = { main: turned(exchanged.main), strip: turned(exchanged.strip) };
    const { main, strip } = below.main.width > beside.main.width ? below : beside;
    return [{ id: star.id, ...main }, ...grid(others, strip, gap)];
}
