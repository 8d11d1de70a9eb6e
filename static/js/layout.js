// @ts-check
/**
 * Where tiles go. Pure arithmetic: sizes in, rectangles out.
 */

/** @typedef {{id: string, aspect: number}} Box   aspect = width / height of the picture, 0 while unknown */
/** @typedef {{x: number, y: number, width: number, height: number}} Area */
/** @typedef {Area & {id: string}} Rect */
/** @typedef {Area & {count: number}} More   a place that stands for so many tiles without one */
/** @typedef {{rects: Rect[], more: More|null}} Arrangement */

const USUAL = 16 / 9;
/** A picture fills its tile when less than this part of it is lost. */
const LOSS_MOST = 0.15;
/** A tile beside the stage is at least so large. */
const STRIP_WIDTH = 160;
const STRIP_HEIGHT = 90;
/** One's own floating picture has room for its buttons, unless the pane has not. */
const FLOAT_WIDTH = 128;
/** Part of the pane, from one side to the other, that the strip has at most. */
const STRIP_MOST = 0.35;

/**
 * Whether a picture fills a tile, and loses a little at two sides, or stands whole in it.
 *
 * @param {number} aspect
 * @param {number} width
 * @param {number} height
 */
export function covers(aspect, width, height) {
    const tile = width / height;
    return aspect > 0 && 1 - Math.min(aspect, tile) / Math.max(aspect, tile) < LOSS_MOST;
}

/**
 * How much of a tile is picture, pixels.
 *
 * @param {number} aspect
 * @param {Area} r
 */
export function pictureArea(aspect, r) {
    const shape = aspect || USUAL;
    return covers(shape, r.width, r.height) ? r.width * r.height : Math.min(r.width, r.height * shape) ** 2 / shape;
}

/** @param {Area} r */
const turned = (r) => ({ x: r.y, y: r.x, width: r.height, height: r.width });

/**
 * Rows that fill an area, the longer ones first.
 *
 * @param {Box[]} boxes
 * @param {number} rows
 * @param {Area} area
 * @param {number} gap
 * @returns {Rect[]}
 */
function inRows(boxes, rows, area, gap) {
    const height = (area.height - gap * (rows - 1)) / rows;
    /** @type {Rect[]} */
    const rects = [];
    for (let row = 0; row < rows; row++) {
        const count = Math.floor(boxes.length / rows) + (row < boxes.length % rows ? 1 : 0);
        const width = (area.width - gap * (count - 1)) / count;
        for (let i = 0; i < count; i++)
            rects.push({ id: boxes[rects.length].id, x: area.x + i * (width + gap), y: area.y + row * (height + gap), width, height });
    }
    return rects;
}

/**
 * Divide an area among tiles, in rows or in columns, so that the pictures are large, and none much smaller than another.
 *
 * @param {Box[]} boxes
 * @param {Area} area
 * @param {number} gap
 * @returns {Rect[]}
 */
export function grid(boxes, area, gap) {
    /** @type {Rect[]} */
    let best = [];
    let most = -1;
    for (let lines = 1; lines <= boxes.length; lines++) {
        const columns = inRows(boxes, lines, turned(area), gap).map((r) => ({ ...turned(r), id: r.id }));
        for (const rects of [inRows(boxes, lines, area, gap), columns]) {
            if (rects.some((r) => r.width <= 0 || r.height <= 0))
                continue;
            const sum = rects.reduce((s, r, i) => s + Math.sqrt(pictureArea(boxes[i].aspect, r)), 0);
            // What is equal for the eye is equal: rows come first.
            if (sum > most * 1.001) {
                most = sum;
                best = rects;
            }
        }
    }
    return best;
}

/**
 * Small tiles beside the stage: as many as fit, the last place says how many do not.
 *
 * @param {Box[]} boxes
 * @param {Area} area
 * @param {number} gap
 * @returns {Arrangement}
 */
function strip(boxes, area, gap) {
    const columnsMost = Math.max(1, Math.floor((area.width + gap) / (STRIP_WIDTH + gap)));
    const rowsMost = Math.max(1, Math.floor((area.height + gap) / (STRIP_HEIGHT + gap)));
    const room = columnsMost * rowsMost;
    if (boxes.length <= room) {
        const fitting = (/** @type {Rect[]} */ rects) => rects.every((r) => r.width >= STRIP_WIDTH - 1 && r.height >= STRIP_HEIGHT - 1);
        const rects = grid(boxes, area, gap);
        if (fitting(rects) || room === 1)
            return { rects, more: null };
    }
    const columns = Math.min(columnsMost, Math.ceil(Math.min(boxes.length, room) / rowsMost));
    const rows = Math.min(rowsMost, Math.ceil(boxes.length / columns));
    const width = (area.width - gap * (columns - 1)) / columns;
    const height = (area.height - gap * (rows - 1)) / rows;
    const place = (/** @type {number} */ i) =>
        ({ x: area.x + (i % columns) * (width + gap), y: area.y + Math.floor(i / columns) * (height + gap), width, height });
    const shown = boxes.length <= columns * rows ? boxes.length : columns * rows - 1;
    return {
        rects: boxes.slice(0, shown).map((b, i) => ({ id: b.id, ...place(i) })),
        more: shown < boxes.length ? { count: boxes.length - shown, ...place(shown) } : null,
    };
}

/**
 * Arrange tiles in a pane: a grid, or one tile on stage with the others in a strip beside or below it, whichever makes it larger.
 *
 * @param {Box[]} boxes
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 * @param {string|null} staged   id of the tile on stage
 * @returns {Arrangement}
 */
export function arrange(boxes, width, height, gap, staged) {
    const star = boxes.find((b) => b.id === staged);
    const others = boxes.filter((b) => b !== star);
    const all = { x: 0, y: 0, width, height };
    if (!star)
        return { rects: grid(boxes, all, gap), more: null };
    if (!others.length)
        return { rects: [{ id: star.id, ...all }], more: null };
    const aspect = star.aspect || USUAL;
    const side = Math.min(Math.max(width - gap - height * aspect, STRIP_WIDTH), Math.max(width * STRIP_MOST, Math.min(STRIP_WIDTH, width / 2)));
    const foot = Math.min(Math.max(height - gap - width / aspect, STRIP_HEIGHT), Math.max(height * STRIP_MOST, Math.min(STRIP_HEIGHT, height / 2)));
    const beside = { x: 0, y: 0, width: width - gap - side, height };
    const above = { x: 0, y: 0, width, height: height - gap - foot };
    const isBeside = pictureArea(aspect, beside) >= pictureArea(aspect, above);
    const { rects, more } = strip(others, isBeside
        ? { x: width - side, y: 0, width: side, height }
        : { x: 0, y: height - foot, width, height: foot }, gap);
    return { rects: [{ id: star.id, ...(isBeside ? beside : above) }, ...rects], more };
}

/**
 * Where one's own picture floats: a sixth of the width, on a phone a third.
 *
 * @param {number} aspect
 * @param {number} width          of the room
 * @param {number} height
 * @param {number[]|null} place   parts of the way from left to right and from top to bottom; null: the corner at the bottom right
 * @returns {Area}
 */
export function floating(aspect, width, height, place) {
    const w = Math.max(width / 6, Math.min(FLOAT_WIDTH, width / 3));
    const h = Math.min(w / (aspect || USUAL), height / 2);
    const [x, y] = place ?? [1, 1];
    return { x: x * (width - w), y: y * (height - h), width: w, height: h };
}
