// @ts-check
/**
 * The pane of videos: which tiles there are and where each goes.
 */

import { t } from './i18n.js';
import { arrange, floating } from './layout.js';
import { byId, byIdAs } from './dom.js';
import { closeLocal } from './media.js';
import { requestQuality } from './receiving.js';
import { set, state, update, watch } from './state.js';
import { sentInWords } from './text.js';
import { Tile } from './tile.js';
import { startMeters } from './meters.js';

/** @typedef {import('./state.js').LocalStream} LocalStream */
/** @typedef {import('../protocol.js').DownStream} DownStream */

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
/** Where tiles with pictures are. @type {Map<string, import('./layout.js').Rect>} */
let placed = new Map();
/** Whether the stage has been out of sight for a while. */
let isAway = false;
/** Waits until it has. @type {ReturnType<typeof setTimeout>|undefined} */
let leaving;

/** @type {import('./tile.js').TileOwner} */
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

/**
 * Put a tile on stage, or take it off.
 *
 * @param {string} id
 */
export function togglePin(id) {
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
    const { rects, more } = arrange(onPage.map((t) => ({ id: t.id, aspect: t.aspect })), width, height - rowsHeight, GAP, star);
    if (self)
        rects.push({ id: self.id, ...floating(self.aspect, width, height, state.settings.selfPlace) });
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
    page = Math.max(0, Math.min(page, pages - 1));
    byId('pages').hidden = pages < 2 || !isGrid;
    byId('pages-text').textContent = `${page + 1} / ${pages}`;
    byIdAs('page-previous', HTMLButtonElement).disabled = page === 0;
    byIdAs('page-next', HTMLButtonElement).disabled = page >= pages - 1;
    return isGrid ? all.slice(page * per, (page + 1) * per) : all;
}

/** The place in the strip that says how many have none: pressed, it shows all. @param {import('./layout.js').More|null} more */
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
        if (tile?.hasVideo)
            requestQuality(down, showing(tile));
    }
}

/**
 * @param {Tile} tile
 * @returns {import('./receiving.js').Showing}
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
    new ResizeObserver(relayoutSoon).observe(byId('tiles'));
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
