// @ts-check
/**
 * The videos: where tiles go, what each shows, how the network carries it, and which tiles there are.
 */

import { attempt, byId, byIdAs, cutName, displayName, el, icon, setIcon, t } from './page.js';
import { hue, initials, sentInWords } from './text.js';
import { handPlace, requestQuality, set, state, update, watch } from './session.js';
import { closeLocal } from './media.js';
import { TileSigns } from './people.js';

/** @typedef {import('./session.js').Line} Line */
/** @typedef {import('./session.js').LocalStream} LocalStream */
/** @typedef {import('../protocol.js').DownStream} DownStream */

/*
 * ======== Layout ========
 *
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
 * The largest part of an area that another one does not cover.
 *
 * @param {Area} area
 * @param {Area|null} cover
 * @param {number} gap   between the two
 * @returns {Area} the whole area where what is left has no room for a tile
 */
function clearOf(area, cover, gap) {
    if (!cover || cover.x >= area.x + area.width || cover.y >= area.y + area.height || cover.x + cover.width <= area.x || cover.y + cover.height <= area.y)
        return area;
    const right = cover.x + cover.width + gap;
    const below = cover.y + cover.height + gap;
    const parts = [
        { ...area, height: cover.y - gap - area.y },
        { ...area, y: below, height: area.y + area.height - below },
        { ...area, width: cover.x - gap - area.x },
        { ...area, x: right, width: area.x + area.width - right },
    ].filter((p) => p.width >= STRIP_WIDTH && p.height >= STRIP_HEIGHT);
    return parts.reduce((best, p) => (best === area || p.width * p.height > best.width * best.height ? p : best), area);
}

/**
 * The order in which pages show tiles. Who leads is on the first page, and changes places with the last there who does not; everybody else
 * stays where he is.
 *
 * @param {readonly string[]} before   ids as they were shown last
 * @param {readonly string[]} ids      of all that are there, new ones last
 * @param {number} per                 places of the first page
 * @param {(id: string) => boolean} leads
 * @returns {string[]}
 */
export function orderPages(before, ids, per, leads) {
    const known = new Set(before);
    const here = new Set(ids);
    const order = [...before.filter((id) => here.has(id)), ...ids.filter((id) => !known.has(id))];
    for (let from = per; from < order.length; from++) {
        let to = per - 1;
        while (to >= 0 && leads(order[to]))
            to--;
        if (to >= 0 && leads(order[from]))
            [order[to], order[from]] = [order[from], order[to]];
    }
    return order;
}

/**
 * Arrange tiles in a pane: a grid, or one tile on stage with the others in a strip beside or below it, whichever makes it larger.
 *
 * @param {Box[]} boxes
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 * @param {string|null} staged   id of the tile on stage
 * @param {Area|null} [float]   what floats over them: the strip leaves it room
 * @returns {Arrangement}
 */
export function arrange(boxes, width, height, gap, staged, float = null) {
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
    const rest = isBeside
        ? { x: width - side, y: 0, width: side, height }
        : { x: 0, y: height - foot, width, height: foot };
    // Whom the floating picture would drive out stands behind it rather.
    const clear = strip(others, clearOf(rest, float, gap), gap);
    const { rects, more } = clear.more ? strip(others, rest, gap) : clear;
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

/*
 * ======== Measuring ========
 *
 * While streams run: how the network carries them; and who speaks, where the server does not say so.
 */

const SPEAKING_EVERY_MS = 200;
const LINES_EVERY_MS = 2000;
/** Level from 0 to 1 above which somebody speaks. */
const SPEAKING_LEVEL = 0.02;
/** A pause shorter than this belongs to speaking, ms. */
const PAUSE_MS = 700;

/** Until when each tile's person counts as speaking. @type {Map<string, number>} */
const until = new Map();
/** Energy of sound received so far, where packets do not tell their level. @type {WeakMap<RTCRtpReceiver, {energy: number, time: number}>} */
const energies = new WeakMap();
let turn = 0;

/**
 * How loud somebody is now, from 0 to 1. Packets may carry the level; asking the statistics costs more, and is done every other time.
 *
 * @param {RTCRtpReceiver} receiver
 * @returns {Promise<number>}
 */
async function levelOf(receiver) {
    const level = receiver.getSynchronizationSources()[0]?.audioLevel;
    if (typeof level === 'number')
        return level;
    if (turn % 2)
        return 0;
    let now = 0;
    (await receiver.getStats()).forEach((s) => {
        if (s.type !== 'inbound-rtp' || s.totalAudioEnergy === undefined)
            return;
        const was = energies.get(receiver);
        energies.set(receiver, { energy: s.totalAudioEnergy, time: s.timestamp });
        if (was && s.timestamp > was.time)
            now = Math.sqrt(Math.max(0, s.totalAudioEnergy - was.energy) * 1000 / (s.timestamp - was.time));
    });
    return now;
}

async function listen() {
    turn++;
    await Promise.all(state.downs.map(async (down) => {
        const receiver = down.pc.getReceivers().find((r) => r.track.kind === 'audio');
        if (receiver && await levelOf(receiver) > SPEAKING_LEVEL)
            until.set(down.localId, performance.now() + PAUSE_MS);
    }));
    for (const [id, time] of until) {
        if (time < performance.now())
            until.delete(id);
    }
    show(new Set(until.keys()));
}

/** @param {Set<string>} speaking   ids of tiles */
function show(speaking) {
    const same = speaking.size === state.speaking.size && [...speaking].every((id) => state.speaking.has(id));
    if (!same)
        update({ speaking });
}

/**
 * The tiles of those who speak, by the server's word: their cameras, or what else they have with sound.
 *
 * @param {import('../types.js').Speaker[]} speakers
 */
function tilesOf(speakers) {
    return new Set(speakers.filter((s) => s.speaks).flatMap((s) => {
        const heard = state.downs.filter((d) => d.source === s.id && d.stream?.getAudioTracks().length);
        const cameras = heard.filter((d) => d.label === 'camera');
        return (cameras.length ? cameras : heard).map((d) => d.localId);
    }));
}

/** Part of the packets that is lost, round trip in seconds, and stillness in seconds of the two between measurements: fair, and poor. */
const LOSS = [0.02, 0.08];
const DELAY_S = [0.3, 0.6];
const STILL_S = [0.3, 1];
/** Fewer packets tell nothing of loss. */
const PACKETS_LEAST = 20;

/** Sums that a connection's statistics give. @typedef {{lost: number, got: number, still: number}} Sums */

/** What one stream was like the last times. @type {Map<string, {sums: Sums, last: Line[]}>} */
const measured = new Map();

/**
 * @param {number} value
 * @param {number[]} limits   fair, poor
 * @returns {1|2|3}
 */
const grade = (value, [fair, poor]) => (value >= poor ? 1 : value >= fair ? 2 : 3);

/**
 * @param {RTCStatsReport} report
 * @param {Sums|undefined} before
 * @returns {{sums: Sums, line: Line}}
 */
export function judge(report, before) {
    const sums = { lost: 0, got: 0, still: 0 };
    let delay = 0;
    let lossThere = 0;
    let height = -1;
    /** @type {Line['why']} */
    let limit = '';
    report.forEach((/** @type {any} */ s) => {
        if (s.type === 'inbound-rtp') {
            sums.lost += s.packetsLost ?? 0;
            sums.got += s.packetsReceived ?? 0;
            sums.still += s.totalFreezesDuration ?? 0;
        } else if (s.type === 'remote-inbound-rtp') {
            lossThere = Math.max(lossThere, s.fractionLost ?? 0);
        } else if (s.type === 'candidate-pair' && s.nominated && s.state === 'succeeded') {
            delay = Math.max(delay, s.currentRoundTripTime ?? 0);
        } else if (s.type === 'outbound-rtp' && s.kind === 'video' && s.active !== false && (s.frameHeight ?? 0) > height) {
            // Of several layers the best one shows what is missing.
            height = s.frameHeight ?? 0;
            limit = s.qualityLimitationReason === 'cpu' || s.qualityLimitationReason === 'bandwidth' ? s.qualityLimitationReason : '';
        }
    });
    const lost = sums.lost - (before?.lost ?? sums.lost);
    const all = lost + sums.got - (before?.got ?? sums.got);
    /** @type {Line[]} */
    const found = [
        { bars: grade(Math.max(lossThere, all >= PACKETS_LEAST ? lost / all : 0), LOSS), why: 'loss' },
        { bars: grade(delay, DELAY_S), why: 'delay' },
        { bars: grade(sums.still - (before?.still ?? sums.still), STILL_S), why: 'freezes' },
        { bars: limit ? 2 : 3, why: limit },
    ];
    const worst = found.reduce((a, b) => (b.bars < a.bars ? b : a));
    return { sums, line: worst.bars === 3 ? { bars: 3, why: '' } : worst };
}

/**
 * One bad moment is no bad line, nor a good one a good line: of the last three the middle counts.
 *
 * @param {Line[]} last
 */
const middle = (last) => [...last].sort((a, b) => a.bars - b.bars)[last.length >> 1];

async function measureLines() {
    if (document.visibilityState !== 'visible')
        return;
    const streams = [...state.locals.map((l) => ({ id: l.id, pc: l.up?.pc })), ...state.downs.map((d) => ({ id: d.localId, pc: d.pc }))];
    for (const id of measured.keys()) {
        if (!streams.some((s) => s.id === id))
            measured.delete(id);
    }
    // One after the other: statistics of many streams at once would be felt.
    for (const { id, pc } of streams) {
        if (!pc || pc.connectionState !== 'connected')
            continue;
        const was = measured.get(id);
        const { sums, line } = judge(await pc.getStats(), was?.sums);
        measured.set(id, { sums, last: [...was?.last ?? [], line].slice(-3) });
    }
    const lines = new Map([...measured].map(([id, { last }]) => [id, middle(last)]));
    const same = lines.size === state.lines.size && [...lines].every(([id, l]) => state.lines.get(id)?.bars === l.bars && state.lines.get(id)?.why === l.why);
    if (!same)
        update({ lines });
}

/** Measure while there is something to measure. */
function startMeters() {
    /** @type {ReturnType<typeof setInterval>|undefined} */
    let speaking;
    /** @type {ReturnType<typeof setInterval>|undefined} */
    let measuring;
    watch(['settings', 'downs', 'locals', 'speakers'], () => {
        const { activityDetection } = state.settings;
        const listens = activityDetection && !state.speakers && state.downs.length > 0;
        if (listens && !speaking) {
            speaking = setInterval(() => listen().catch(() => {}), SPEAKING_EVERY_MS);
        } else if (!listens && speaking) {
            clearInterval(speaking);
            speaking = undefined;
            until.clear();
        }
        if (!listens)
            show(activityDetection && state.speakers ? tilesOf(state.speakers) : new Set());
        const has = state.locals.length + state.downs.length > 0;
        if (has && !measuring) {
            measuring = setInterval(() => measureLines().catch(() => {}), LINES_EVERY_MS);
        } else if (!has && measuring) {
            clearInterval(measuring);
            measuring = undefined;
            measured.clear();
            update({ lines: new Map() });
        }
    });
}

/*
 * ======== Tiles ========
 *
 * One tile: a video with its name and its controls.
 */

/**
 * What a tile shows.
 *
 * @typedef {object} TileView
 * @property {string} id
 * @property {string} name
 * @property {string} userId        whose stream it is
 * @property {string} label         label of the stream
 * @property {boolean} own
 * @property {MediaStream|null} media
 * @property {boolean} mirrored
 * @property {boolean} muted        the microphone of that person is off
 * @property {boolean} trouble      no connection now
 * @property {'full'|'reduced'|'paused'} sent   how the server sends the picture
 * @property {string} sentWords     the same in words; empty when there is nothing to say
 * @property {string} reason        why the server does not send all of it
 */

/**
 * What the owner does when a control is used.
 *
 * @typedef {object} TileOwner
 * @property {(id: string) => void} pin
 * @property {(id: string) => void} stop
 * @property {(how: 'float'|'grid'|'hidden') => void} showSelf   where one's own picture is to be
 * @property {() => void} changed      size of the picture, or whether there is one
 * @property {() => void} blocked      the browser refused to play
 */

/**
 * What else than a camera a tile shows, in words: one's own, under its picture, and with the name. @type {Record<string, {own: () => string, of: (name: string) => string, short: (name: string) => string}>}
 */
const WORDS = {
    screenshare: { own: () => t('Your screen'), of: (name) => t('screen of {name}', { name }), short: (name) => t('{name} · screen', { name }) },
    video: { own: () => t('Your video'), of: (name) => t('video of {name}', { name }), short: (name) => t('{name} · video', { name }) },
};

class Tile {
    /** What was shown last. */
    #shown = '';
    #shownTracks = '';

    /**
     * @param {TileView} view
     * @param {TileOwner} owner
     * @param {HTMLVideoElement|null} player   an element that plays already (a local file), with controls of its own
     */
    constructor(view, owner, player) {
        this.owner = owner;
        this.id = view.id;
        this.own = view.own;
        this.label = view.label;
        this.hasPlayer = player !== null;
        this.video = player ?? el('video', { playsinline: true, autoplay: true });
        this.video.playsInline = true;
        // Own sound would come back as an echo.
        if (!player)
            this.video.muted = view.own;
        this.name = el('bdi', { class: 'tile-name' });
        this.mutedIcon = icon('mic-off');
        this.signs = new TileSigns();
        this.words = el('p', { class: 'tile-words' });
        this.avatar = el('span', { class: 'tile-avatar', 'aria-hidden': 'true' });
        this.volume = el('input', { type: 'range', min: '0', max: '100', step: '5', value: '100', class: 'tile-volume',
            oninput: () => this.#setVolume() });
        this.controls = el('div', { class: 'tile-controls' }, ...this.#makeControls());
        this.root = el('figure', { class: 'tile', 'data-stream-id': view.id, 'data-label': view.label, onclick: (/** @type {Event} */ e) => {
            if (e.target === this.video || e.target === this.root || e.target === this.avatar || e.target === this.words)
                owner.pin(this.id);
        } },
        this.avatar, this.video, this.words,
        el('figcaption', { class: 'tile-caption' }, this.mutedIcon, this.name, this.signs.line, this.signs.why),
        this.signs.hand,
        this.controls);
        this.video.addEventListener('resize', () => owner.changed());
        if (player)
            this.root.classList.add('player');
    }

    /**
     * @param {string} control
     * @param {string} label
     * @param {string} iconName
     * @param {() => unknown} run
     */
    #button(control, label, iconName, run) {
        return el('button', { type: 'button', class: 'icon-button tile-button', 'data-control': control, 'aria-label': label, title: label,
            onclick: () => attempt(run) }, icon(iconName));
    }

    #makeControls() {
        this.pinButton = this.#button('pin', t('Pin'), 'pin', () => this.owner.pin(this.id));
        const buttons = [this.pinButton];
        if (!this.hasPlayer) {
            this.playButton = this.#button('play', t('Play'), 'play', () => this.play());
            this.playButton.hidden = true;
            buttons.unshift(this.playButton);
            if (!this.own) {
                this.muteButton = this.#button('volume', t('Silence'), 'volume', () => this.#toggleSound());
                buttons.push(this.muteButton);
            }
            if (document.pictureInPictureEnabled)
                buttons.push(this.#button('pip', t('Picture in picture'), 'pip', () => this.video.requestPictureInPicture()));
        }
        if (document.fullscreenEnabled)
            buttons.push(this.#button('full', t('Full screen'), 'full', () => this.toggleFullScreen()));
        if (this.own && this.label === 'camera') {
            buttons.push(
                this.#button('float', t('Let your picture float'), 'pip', () => this.owner.showSelf('float')),
                this.#button('grid', t('Put your picture in the grid'), 'grid', () => this.owner.showSelf('grid')),
                this.#button('hide', t('Hide your picture'), 'close', () => this.owner.showSelf('hidden')));
        }
        if (this.own)
            buttons.push(this.#button('stop', t('Stop'), 'close', () => this.owner.stop(this.id)));
        return this.own ? buttons : [...buttons, this.volume];
    }

    toggleFullScreen() {
        return document.fullscreenElement === this.root ? document.exitFullscreen() : this.root.requestFullscreen();
    }

    #toggleSound() {
        this.video.muted = !this.video.muted;
        this.#showVolume();
    }

    #setVolume() {
        this.video.volume = Number(this.volume.value) / 100;
        this.video.muted = false;
        this.#showVolume();
    }

    #showVolume() {
        const off = this.video.muted;
        setIcon(this.muteButton?.querySelector('svg') ?? null, off ? 'volume-off' : 'volume');
        this.muteButton?.setAttribute('aria-pressed', String(off));
        this.volume.disabled = off;
    }

    /** Play; browsers may refuse until the person has clicked somewhere. */
    async play() {
        try {
            await this.video.play();
            if (this.playButton)
                this.playButton.hidden = true;
        } catch (e) {
            if (/** @type {any} */ (e)?.name !== 'NotAllowedError')
                return;
            if (this.playButton)
                this.playButton.hidden = false;
            this.owner.blocked();
        }
    }

    /** Width divided by height of the picture; 0 while unknown. */
    get aspect() {
        return this.video.videoWidth && this.video.videoHeight ? this.video.videoWidth / this.video.videoHeight : 0;
    }

    /** @param {TileView} v */
    show(v) {
        const { media, ...told } = v;
        const tracks = media?.getTracks().map((track) => [track.id, track.readyState]);
        const shown = JSON.stringify([told, media?.id, tracks, handPlace(v.userId), state.lines.get(this.id)]);
        if (shown === this.#shown)
            return;
        this.#shown = shown;
        const words = Object.hasOwn(WORDS, v.label) ? WORDS[v.label] : undefined;
        const who = v.own ? t('you') : displayName(v.name);
        const what = words ? words.of(who) : who;
        this.root.dataset.username = v.name;
        this.root.setAttribute('aria-label', [what, v.muted && t('muted'), this.signs.show(v, this.id)].filter(Boolean).join(', '));
        this.#showName(v.own ? (words ? words.own() : t('You')) : words ? words.short(v.name) : v.name);
        setText(this.avatar, initials(v.name));
        this.avatar.style.setProperty('--hue', String(hue(v.name)));
        this.volume.setAttribute('aria-label', t('Volume of {name}', { name: who }));
        this.video.setAttribute('aria-label', t('Picture: {what}', { what }));
        this.mutedIcon.toggleAttribute('hidden', !v.muted);
        this.#showSent(v);
        const hasVideo = Boolean(media?.getVideoTracks().some((track) => track.readyState === 'live'));
        this.hasVideo = hasVideo;
        for (const [name, on] of /** @type {[string, boolean][]} */ ([['own', v.own], ['mirrored', v.mirrored], ['trouble', v.trouble],
            ['audio-only', !hasVideo]]))
            this.root.classList.toggle(name, on);
        this.#attach(media);
    }

    /** @param {string} name */
    #showName(name) {
        if (this.name.textContent === name)
            return;
        this.name.replaceChildren(...cutName(name));
        this.name.title = name;
    }

    /** @param {TileView} v */
    #showSent({ sent, sentWords }) {
        this.root.classList.toggle('paused', sent === 'paused');
        this.root.classList.toggle('reduced', sent === 'reduced');
        setText(this.words, sent === 'paused' ? sentWords : '');
    }

    /** @param {MediaStream|null} media */
    #attach(media) {
        if (this.hasPlayer)
            return;
        // Setting the source anew clears the last frame of a track that has gone.
        const tracks = media ? `${media.id} ${media.getTracks().map((track) => track.id).join(' ')}` : '';
        if (tracks === this.#shownTracks)
            return;
        this.#shownTracks = tracks;
        this.video.srcObject = null;
        this.video.srcObject = media;
        if (media)
            this.play();
        this.owner.changed();
    }

    /**
     * @param {Rect} r
     * @param {boolean} isStaged
     */
    place(r, isStaged) {
        const s = this.root.style;
        s.left = `${r.x}px`;
        s.top = `${r.y}px`;
        s.width = `${r.width}px`;
        s.height = `${r.height}px`;
        this.root.classList.toggle('staged', isStaged);
        this.root.hidden = false;
        this.root.classList.toggle('small', r.width < 300 || r.height < 180);
        // Of a screen every corner counts.
        this.root.classList.toggle('cover', this.label === 'camera' && covers(this.aspect, r.width, r.height));
        if (this.pinButton?.getAttribute('aria-pressed') !== String(isStaged))
            this.pinButton?.setAttribute('aria-pressed', String(isStaged));
    }

    remove() {
        if (!this.hasPlayer)
            this.video.srcObject = null;
        this.root.remove();
    }
}

/**
 * @param {HTMLElement} e
 * @param {string} text
 */
function setText(e, text) {
    if (e.textContent !== text)
        e.textContent = text;
}

/*
 * ======== The pane ========
 *
 * Which tiles there are and where each goes.
 */

const GAP = 6;
const CHIP_HEIGHT = 44;
const CHIP_WIDTH = 168;
/** Sizes have settled when they have not changed for so long, ms. */
const SETTLED_MS = 500;
/** Somebody leads for so long before he is on stage, ms. */
const FEATURE_MS = 2000;
/** One's own picture floats with so many others at most. */
const FLOAT_MOST = 3;
/** A stage out of sight for longer than this needs no pictures, ms. */
const AWAY_MS = 5000;

/** @type {Map<string, Tile>} */
const tiles = new Map();
/** Down streams whose events we follow already. @type {WeakSet<DownStream>} */
const followed = new WeakSet();
let layoutDue = false;
/** Width and height of the room that was laid out last, pixels. */
let laidOut = [0, 0];
/** Where tiles with pictures are. @type {Map<string, Rect>} */
let placed = new Map();
/** Whether the stage has been out of sight for a while. */
let isAway = false;
/** Waits until it has. @type {ReturnType<typeof setTimeout>|undefined} */
let leaving;

/** @type {TileOwner} */
const owner = {
    pin: togglePin,
    stop: (id) => {
        const local = state.locals.find((l) => l.id === id);
        if (local)
            closeLocal(local);
    },
    showSelf: (how) => set('selfView', how),
    changed: () => {
        relayoutSoon();
        askSoon();
    },
    blocked: () => {
        byId('hear').hidden = false;
    },
};

/** Id of the tile on stage, or null. */
function staged() {
    if (state.pinned !== null)
        return tiles.get(state.pinned)?.hasVideo ? state.pinned : null;
    const screens = state.downs.filter((d) => d.label === 'screenshare' && tiles.get(d.localId)?.hasVideo);
    const screen = screens[screens.length - 1]?.localId;
    if (screen)
        return screen;
    if (state.settings.layout !== 'stage')
        return null;
    return [featured, ...state.downs.map((d) => d.localId)].find((id) => id && tiles.get(id)?.hasVideo) ?? null;
}

/** Who is on stage because he speaks, while nothing is shared or pinned. @type {string|null} */
let featured = null;
/** Who spoke first when we last looked, and waits to be on stage. */
let candidate = '';
/** @type {ReturnType<typeof setTimeout>|undefined} */
let featuring;

/** The stage goes to who leads the server's order of speakers, after a while: a word in between moves nothing. */
function followSpeaker() {
    const first = state.speakers?.find((s) => s.speaks && state.downs.some((d) => d.source === s.id))?.id ?? '';
    if (first === candidate)
        return;
    candidate = first;
    clearTimeout(featuring);
    if (first)
        featuring = setTimeout(feature, FEATURE_MS, first);
}

/** @param {string} source */
function feature(source) {
    const down = state.downs.find((d) => d.source === source && d.label === 'camera');
    if (!down)
        return;
    featured = down.localId;
    relayoutSoon();
}

/** One's own camera, if it floats now: while one to three others are here. */
function floatingSelf() {
    const { layout, selfView } = state.settings;
    const own = [...tiles.values()].filter((t) => t.own && t.label === 'camera');
    const others = new Set(state.downs.map((d) => d.source)).size;
    const few = layout !== 'classic' && others > 0 && others <= FLOAT_MOST;
    return few && selfView === 'float' && own.length === 1 && own[0].id !== staged() ? own[0] : null;
}

/** Tiles of one page. */
const perPage = () => (matchMedia('(max-width: 700px)').matches ? 9 : 16);
let page = 0;
/** The ids of tiles, as the pages have them. @type {readonly string[]} */
let pageOrder = [];
/** And as the strip beside the stage has them. @type {readonly string[]} */
let stripOrder = [];

/**
 * Put a tile on stage, or take it off.
 *
 * @param {string} id
 */
function togglePin(id) {
    if (tiles.size > 1)
        update({ pinned: staged() === id ? '' : id });
}

/**
 * The nth tile, for the keyboard.
 *
 * @param {number} n   from 1
 */
export function pinNth(n) {
    const id = [...tiles.keys()][n - 1];
    if (id)
        togglePin(id);
}

/** Full screen for what is on stage, or for the first tile. */
export function fullScreen() {
    const id = staged() ?? [...tiles.keys()][0];
    return tiles.get(id ?? '')?.toggleFullScreen();
}

/** @param {DownStream} down */
function follow(down) {
    if (followed.has(down))
        return;
    followed.add(down);
    const again = () => {
        if (down.stream) {
            down.stream.onaddtrack = again;
            down.stream.onremovetrack = again;
        }
        // Icons beside names depend on the tracks as well.
        update({ downs: [...state.downs] });
    };
    down.on('track', again);
    down.on('negotiated', again);
    down.on('state', again);
    down.on('sent', () => tiles.get(down.localId)?.show(downView(down)));
}

const isConnected = (/** @type {RTCPeerConnection|undefined} */ pc) =>
    pc !== undefined && (pc.iceConnectionState === 'connected' || pc.iceConnectionState === 'completed');

/** @param {LocalStream} l */
const localView = (l) => ({
    id: l.id,
    name: state.username,
    userId: state.myId,
    label: l.label,
    own: true,
    media: l.media,
    mirrored: l.label === 'camera' && state.settings.mirrorView,
    muted: l.label === 'camera' && state.settings.localMute,
    trouble: !isConnected(l.up?.pc),
    sent: /** @type {const} */ ('full'),
    sentWords: '',
    reason: '',
});

/** @param {DownStream} d */
const downView = (d) => {
    const user = state.users.find((u) => u.id === d.source);
    return {
        id: d.localId,
        name: user?.username ?? d.username,
        userId: d.source,
        label: d.label,
        own: false,
        media: d.stream,
        mirrored: false,
        muted: d.label === 'camera' && Boolean(user?.data.muted),
        trouble: !isConnected(d.pc),
        sent: d.unreadable ? 'paused' : d.sent?.state ?? 'full',
        sentWords: d.unreadable || sentInWords(d.sent, Boolean(d.stream?.getAudioTracks().length), Boolean(d.shown.hidden)),
        reason: d.sent?.reason ?? '',
    };
};

const allViews = () => [...state.locals.map(localView), ...state.downs.map(downView)];

function render() {
    const views = allViews();
    state.downs.forEach(follow);
    const wanted = new Set(views.map((v) => v.id));
    for (const [id, tile] of tiles) {
        if (!wanted.has(id)) {
            tile.remove();
            tiles.delete(id);
            if (state.pinned === id)
                update({ pinned: null });
        }
    }
    for (const v of views) {
        let tile = tiles.get(v.id);
        if (!tile) {
            tile = new Tile(v, owner, state.locals.find((l) => l.id === v.id)?.player ?? null);
            tiles.set(v.id, tile);
            byId('tiles').append(tile.root);
            useSpeaker(tile);
        }
        tile.show(v);
    }
    document.body.dataset.tiles = tiles.size ? 'some' : 'none';
    if (!tiles.size)
        byId('hear').hidden = true;
    relayoutSoon();
    // A page out of sight is not laid out.
    askSoon();
}

function relayoutSoon() {
    if (layoutDue)
        return;
    layoutDue = true;
    requestAnimationFrame(() => {
        layoutDue = false;
        layout();
    });
}

function layout() {
    const box = byId('tiles');
    const width = box.clientWidth;
    const height = box.clientHeight;
    followSight();
    laidOut = [width, height];
    if (!width || !height)
        return;
    const self = floatingSelf();
    const all = [...tiles.values()].filter((t) => t !== self && !(state.settings.selfView === 'hidden' && isOwnCamera(t) && tiles.size > 1));
    const withVideo = all.filter((t) => t.hasVideo);
    // People without a picture stand in a row below the others, unless there are no others.
    const inGrid = state.settings.displayAll || !withVideo.length ? all : withVideo;
    const chips = all.filter((t) => !inGrid.includes(t));
    const perRow = Math.max(1, Math.floor((width + GAP) / (CHIP_WIDTH + GAP)));
    const rowsHeight = Math.ceil(chips.length / perRow) * (CHIP_HEIGHT + GAP);
    const star = staged();

    const onPage = turnPage(inGrid, star === null);
    const float = self && floating(self.aspect, width, height, state.settings.selfPlace);
    const aspect = usualAspect(onPage);
    const place = (/** @type {Tile[]} */ some) =>
        arrange(some.map((t) => ({ id: t.id, aspect: t.aspect || aspect })), width, height - rowsHeight, GAP, star, float);
    let { rects, more } = place(onPage);
    if (more && star)
        ({ rects, more } = place(orderStrip(onPage, star, onPage.length - 1 - more.count)));
    if (float)
        rects.push({ id: self.id, ...float });
    for (const r of rects) {
        const tile = tiles.get(r.id);
        tile?.root.classList.remove('chip');
        tile?.root.classList.toggle('floating', tile === self);
        tile?.place(r, r.id === star);
    }
    const seen = new Set([...rects.map((r) => r.id), ...chips.map((t) => t.id)]);
    for (const tile of tiles.values())
        tile.root.hidden = !seen.has(tile.id);
    showMore(more);
    document.body.dataset.self = state.settings.selfView;
    document.body.dataset.floats = !float ? 'nowhere' : float.x + float.width / 2 > width / 2 ? 'right' : 'left';
    byId('show-self').hidden = !(state.settings.selfView === 'hidden' && tiles.size > 1 && [...tiles.values()].some(isOwnCamera));
    chips.forEach((tile, i) => {
        tile.root.classList.add('chip');
        tile.place({
            id: tile.id,
            x: (i % perRow) * (CHIP_WIDTH + GAP),
            y: height - rowsHeight + GAP + Math.floor(i / perRow) * (CHIP_HEIGHT + GAP),
            width: Math.min(CHIP_WIDTH, width),
            height: CHIP_HEIGHT,
        }, false);
    });
    const settles = rects.length !== placed.size || rects.some((r) => placed.get(r.id)?.height !== r.height);
    placed = new Map(rects.map((r) => [r.id, r]));
    askSoon(settles);
}

const isOwnCamera = (/** @type {Tile} */ t) => t.own && t.label === 'camera';

/**
 * The tiles of the page that is shown, and the buttons that turn it.
 *
 * @param {Tile[]} all
 * @param {boolean} isGrid   what has a stage has no pages
 */
function turnPage(all, isGrid) {
    const per = perPage();
    const pages = Math.ceil(all.length / per);
    pageOrder = orderPages(pageOrder, all.map((t) => t.id), per, leading(per));
    page = Math.max(0, Math.min(page, pages - 1));
    byId('pages').hidden = pages < 2 || !isGrid;
    byId('pages-text').textContent = `${page + 1} / ${pages}`;
    byIdAs('page-previous', HTMLButtonElement).disabled = page === 0;
    byIdAs('page-next', HTMLButtonElement).disabled = page >= pages - 1;
    if (!isGrid)
        return all;
    return pageOrder.slice(page * per, (page + 1) * per).flatMap((id) => tiles.get(id) ?? []);
}

/**
 * The tiles in the order of a strip that has not room for all.
 *
 * @param {Tile[]} all
 * @param {string} star    id of the one on stage
 * @param {number} room    places in the strip
 */
function orderStrip(all, star, room) {
    stripOrder = orderPages(stripOrder, all.map((t) => t.id).filter((id) => id !== star), room, leading(room, star));
    return [star, ...stripOrder].flatMap((id) => tiles.get(id) ?? []);
}

/**
 * Whether a tile belongs where not all have room: one's own, and those of who speaks or spoke last.
 *
 * @param {number} most    so many do
 * @param {string} [star]   id of one that has its place elsewhere
 * @returns {(id: string) => boolean}
 */
function leading(most, star) {
    const others = (state.speakers ?? []).flatMap((s) => state.downs.filter((d) => d.source === s.id && tiles.has(d.localId)));
    const first = new Set([...state.locals.map((l) => l.id), ...others.map((d) => d.localId)].filter((id) => id !== star).slice(0, most));
    return (id) => first.has(id);
}

/** What a picture that has not come yet counts as, so that its coming moves nothing: as most others. @param {Tile[]} some */
function usualAspect(some) {
    const known = some.map((t) => t.aspect).filter((a) => a > 0).sort((a, b) => a - b);
    return known[Math.floor(known.length / 2)] ?? 0;
}

/** The place in the strip that says how many have none: pressed, it shows all. @param {More|null} more */
function showMore(more) {
    const button = byId('more-tiles');
    button.hidden = !more;
    if (!more)
        return;
    button.textContent = `+${more.count}`;
    button.setAttribute('aria-label', t('{n} more: show all', { n: more.count }));
    Object.assign(button.style, { left: `${more.x}px`, top: `${more.y}px`, width: `${more.width}px`, height: `${more.height}px` });
}

/** One's own floating picture is moved by pointer, or by arrow keys while the focus is in it. */
function startFloating() {
    const box = byId('tiles');
    /** @param {Tile} tile @param {number} x @param {number} y   of its corner, pixels */
    const move = (tile, x, y) => {
        const [w, h] = [box.clientWidth - tile.root.offsetWidth, box.clientHeight - tile.root.offsetHeight];
        const part = (/** @type {number} */ v, /** @type {number} */ of) => (of > 0 ? Math.max(0, Math.min(1, v / of)) : 1);
        set('selfPlace', [part(x, w), part(y, h)]);
    };
    box.addEventListener('pointerdown', (e) => {
        const tile = floatingSelf();
        if (!tile || !(e.target instanceof Element) || !tile.root.contains(e.target) || e.target.closest('button'))
            return;
        const { root } = tile;
        const [fromX, fromY] = [e.clientX - root.offsetLeft, e.clientY - root.offsetTop];
        const [startX, startY] = [e.clientX, e.clientY];
        let moved = false;
        root.setPointerCapture(e.pointerId);
        root.classList.add('dragged');
        const follows = (/** @type {PointerEvent} */ m) => {
            moved ||= Math.hypot(m.clientX - startX, m.clientY - startY) > 4;
            if (moved)
                move(tile, m.clientX - fromX, m.clientY - fromY);
        };
        root.addEventListener('pointermove', follows);
        root.addEventListener('lostpointercapture', () => {
            root.removeEventListener('pointermove', follows);
            root.classList.remove('dragged');
            if (moved) // else it was a click, which pins
                root.addEventListener('click', (c) => c.stopImmediatePropagation(), { capture: true, once: true });
        }, { once: true });
    });
    box.addEventListener('keydown', (e) => {
        const tile = floatingSelf();
        const step = { ArrowLeft: [-24, 0], ArrowRight: [24, 0], ArrowUp: [0, -24], ArrowDown: [0, 24] }[e.key];
        if (!tile || !step || !tile.root.contains(document.activeElement))
            return;
        e.preventDefault();
        move(tile, tile.root.offsetLeft + step[0], tile.root.offsetTop + step[1]);
    });
    byId('show-self').addEventListener('click', () => set('selfView', 'float'));
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let asking;
/** What was on stage when the server was asked last. @type {string|null} */
let asked = null;

/**
 * Ask for the pictures as they are shown: at once for what comes on stage, else when sizes have settled.
 *
 * @param {boolean} [again]   sizes change now: wait anew
 */
function askSoon(again = false) {
    const isUrgent = staged() !== asked;
    if (asking && !again && !isUrgent)
        return;
    clearTimeout(asking);
    asking = setTimeout(ask, isUrgent ? 0 : SETTLED_MS);
}

function ask() {
    clearTimeout(asking);
    asking = undefined;
    asked = staged();
    for (const down of state.downs) {
        const tile = tiles.get(down.localId);
        if (!tile?.hasVideo)
            continue;
        requestQuality(down, showing(tile));
        // What it says of a picture that does not come goes by whether it was hidden.
        tile.show(downView(down));
    }
}

/**
 * @param {Tile} tile
 * @returns {import('./session.js').Showing}
 */
function showing(tile) {
    const isFull = document.fullscreenElement === tile.root;
    const isInWindow = document.pictureInPictureElement === tile.video || state.inWindow.has(tile.id);
    const box = isFull ? { width: innerWidth, height: innerHeight } : placed.get(tile.id);
    // A sender may leave its low layer silent. Once there is a picture the server keeps it until the other layer has one;
    // before, the wish for the low layer could leave nothing to see.
    const { aspect } = tile;
    const width = box && aspect ? Math.min(box.width, box.height * aspect) : 0;
    return { width, height: aspect ? width / aspect : 0, isPinned: isFull || asked === tile.id, isHidden: (isAway || !placed.has(tile.id)) && !isInWindow && !isFull, isFull };
}

/** Pictures that nobody sees need not come, after a while: who only looks something up finds them as they were. */
function followSight() {
    const isSeen = document.visibilityState === 'visible' && byId('stage').offsetParent !== null;
    if (isSeen) {
        clearTimeout(leaving);
        leaving = undefined;
        away(false);
    } else {
        leaving ??= setTimeout(away, AWAY_MS, true);
    }
}

/** @param {boolean} is */
function away(is) {
    if (is === isAway)
        return;
    isAway = is;
    ask();
}

/** @param {Tile} tile */
function useSpeaker(tile) {
    const id = state.settings.speaker;
    const video = /** @type {HTMLVideoElement & {setSinkId?: (id: string) => Promise<void>}} */ (tile.video);
    if (!tile.own && (id || video.dataset.speaker))
        video.setSinkId?.(id).catch((e) => console.warn('speaker not used:', e));
    video.dataset.speaker = id;
}

/** Bring the pane to life. */
export function startVideos() {
    watch(['locals', 'downs', 'users', 'settings', 'username'], render);
    watch(['speaking'], () => {
        for (const [id, tile] of tiles)
            tile.root.classList.toggle('speaking', state.speaking.has(id));
    });
    watch(['hands', 'lines'], () => {
        for (const v of allViews())
            tiles.get(v.id)?.show(v);
    });
    watch(['pinned', 'panel', 'phase'], relayoutSoon);
    watch(['speakers'], followSpeaker);
    watch(['speakers'], () => {
        if ([...tiles.values()].some((tile) => tile.root.hidden))
            relayoutSoon();
    });
    startFloating();
    for (const [id, by] of /** @type {[string, number][]} */ ([['page-previous', -1], ['page-next', 1]])) {
        byId(id).addEventListener('click', () => {
            page += by;
            relayoutSoon();
        });
    }
    byId('more-tiles').addEventListener('click', () => {
        set('layout', 'grid');
        update({ pinned: '' });
    });
    watch(['inWindow'], ask);
    new ResizeObserver(() => {
        const { clientWidth, clientHeight } = byId('tiles');
        if (clientWidth !== laidOut[0] || clientHeight !== laidOut[1])
            relayoutSoon();
    }).observe(byId('tiles'));
    document.addEventListener('fullscreenchange', owner.changed);
    document.addEventListener('visibilitychange', followSight);
    byId('hear').addEventListener('click', () => {
        byId('hear').hidden = true;
        for (const tile of tiles.values())
            tile.play();
    });
    let speaker = state.settings.speaker;
    watch(['settings'], () => {
        if (state.settings.speaker === speaker)
            return;
        speaker = state.settings.speaker;
        tiles.forEach(useSpeaker);
    });
    startMeters();
}
