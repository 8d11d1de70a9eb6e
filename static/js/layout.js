// @ts-check
/**
 * Where tiles go. Pure arithmetic: sizes in, rectangles out.
 */

/** @typedef {{id: string, aspect: number}} Box   aspect = width / height of the picture */
/** @typedef {{id: string, x: number, y: number, width: number, height: number}} Rect */

/** Aspect ratios outside this range would waste the grid for everybody. */
const NARROWEST = 3 / 4;
const WIDEST = 16 / 9;
/** Part of the pane that belongs to a tile on stage when there are others. */
const STAGE_SHARE = 0.78;

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
 * Arrange tiles in a pane: a grid, or one tile on stage with the others in a strip beside or below it.
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
    const others = boxes.filter((b) => b !== star);
    if (!others.length)
        return [{ id: star.id, x: 0, y: 0, width, height }];
    const beside = width > height;
    const main = beside
        ? { ...all, width: Math.round((width - gap) * STAGE_SHARE) }
        : { ...all, height: Math.round((height - gap) * STAGE_SHARE) };
    const strip = beside
        ? { ...all, x: main.width + gap, width: width - main.width - gap }
        : { ...all, y: main.height + gap, height: height - main.height - gap };
    return [{ id: star.id, ...main }, ...grid(others, strip, gap)];
}
