// @ts-check
/**
 * The meeting in a small window that stays above all others, also those of other programs: pictures of those who matter now, and three
 * buttons. Loaded when it is asked for. Where a browser has no such window (Document Picture-in-Picture), one picture gets one.
 */

import { attempt, displayName, el, icon, nameElement, t } from './page.js';
import { hue, initials } from './text.js';
import { isInside, leave, me, state, update, watch } from './session.js';
import { camera, canPresent, isHeard, isOpen, toggleCamera, toggleMicrophone } from './media.js';
import { showButton } from './bar.js';

/** @typedef {{id: string, name: string, label: string, media: MediaStream|null, muted: boolean, own: boolean}} Picture */

/** How large the window is at first, CSS pixels. */
const SIZE = { width: 420, height: 320 };
/** So many pictures can be made out in it. */
const MOST = 4;

/** @type {{window: Window, pictures: HTMLElement, buttons: Record<'mute'|'camera', HTMLElement>, cards: Map<string, HTMLElement>}|null} */
let shown = null;

/**
 * What is worth a place, the most important first: what is on stage, screens, who speaks or spoke last. Who is alone sees themself.
 *
 * @returns {Picture[]}
 */
function pictures() {
    const last = state.speakers?.map((s) => s.id) ?? [];
    /** @param {import('./session.js').DownStream} d */
    const rank = (d) => {
        const at = last.indexOf(d.source);
        return d.localId === state.pinned ? -2 : d.label === 'screenshare' ? -1 : at < 0 ? last.length : at;
    };
    const others = state.downs.map((d) => {
        const user = state.users.find((u) => u.id === d.source);
        return { rank: rank(d), id: d.localId, name: user?.username ?? d.username, label: d.label, media: d.stream,
            muted: d.label === 'camera' && Boolean(user?.data.muted), own: false };
    }).sort((a, b) => a.rank - b.rank).slice(0, MOST);
    const own = camera();
    return others.length || !own ? others : [{ id: own.id, name: me()?.username ?? '', label: 'camera', media: own.media, muted: false, own: true }];
}

/** @param {string} id */
function makeCard(id) {
    const avatar = el('span', { class: 'avatar', 'aria-hidden': 'true' });
    // The sound is the page's.
    const video = el('video', { autoplay: true, playsinline: true });
    video.muted = true;
    return el('figure', { class: 'pip-card', 'data-stream-id': id }, avatar, video, el('figcaption', {}));
}

/**
 * @param {HTMLElement} card
 * @param {Picture} p
 */
function fillCard(card, p) {
    const [avatar, video, caption] = /** @type {[HTMLElement, HTMLVideoElement, HTMLElement]} */ ([...card.children]);
    card.dataset.username = p.name;
    card.classList.toggle('screen', p.label === 'screenshare');
    card.classList.toggle('mirrored', p.own && state.settings.mirrorView);
    avatar.textContent = initials(p.name);
    avatar.style.setProperty('--hue', String(hue(p.name)));
    const tracks = p.media?.getVideoTracks() ?? [];
    video.hidden = !tracks.length;
    if (video.srcObject !== p.media)
        video.srcObject = p.media;
    video.play().catch(() => {});
    const said = JSON.stringify([p.name, p.muted]);
    if (caption.dataset.said !== said) {
        caption.dataset.said = said;
        caption.title = displayName(p.name);
        caption.replaceChildren(...(p.muted ? [icon('mic-off')] : []), nameElement(p.name));
    }
}

function render() {
    if (!shown)
        return;
    if (!isInside()) {
        shown.window.close();
        return;
    }
    const wanted = pictures();
    const { cards } = shown;
    for (const [id, card] of cards) {
        if (!wanted.some((p) => p.id === id)) {
            card.remove();
            cards.delete(id);
        }
    }
    wanted.forEach((p, i) => {
        const card = cards.get(p.id) ?? makeCard(p.id);
        cards.set(p.id, card);
        // One that is moved would stand still for a moment.
        if (shown?.pictures.children[i] !== card)
            shown?.pictures.insertBefore(card, shown.pictures.children[i] ?? null);
        fillCard(card, p);
    });
    shown.pictures.dataset.count = String(wanted.length);
    const [isOn, isSeen] = [isHeard(), isOpen('video')];
    const { mute, camera: cameraButton } = shown.buttons;
    mute.hidden = cameraButton.hidden = !canPresent();
    showButton(mute, isOn ? 'mic' : 'mic-off', isOn ? t('Mute') : t('Unmute'), !isOn);
    showButton(cameraButton, isSeen ? 'camera' : 'camera-off', isSeen ? t('Stop video') : t('Start video'), !isSeen);
    const ids = wanted.map((p) => p.id);
    if (ids.length !== state.inWindow.size || ids.some((id) => !state.inWindow.has(id)))
        update({ inWindow: new Set(ids) });
}

watch(['phase', 'downs', 'locals', 'users', 'speakers', 'pinned', 'settings', 'permissions', 'opening'], render);

/**
 * @param {string} id
 * @param {string} iconName
 * @param {() => unknown} run
 */
const button = (id, iconName, run) => el('button', { type: 'button', class: 'round', id, onclick: () => attempt(run) },
    icon(iconName), el('span', { class: 'round-label' }));

/** @param {Window} inside */
function fill(inside) {
    const { document: page } = inside;
    page.title = document.title;
    Object.assign(page.documentElement, { lang: document.documentElement.lang, dir: document.documentElement.dir || 'ltr' });
    for (const sheet of /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll('link[rel=stylesheet]')))
        page.head.append(el('link', { rel: 'stylesheet', href: sheet.href }));
    const buttons = { mute: button('mute', 'mic', toggleMicrophone), camera: button('camera', 'camera', toggleCamera) };
    const stop = button('leave', 'leave', leave);
    stop.classList.add('stop');
    /** @type {HTMLElement} */ (stop.lastElementChild).textContent = t('Leave');
    const list = el('main', { class: 'pip-pictures' });
    page.body.className = 'pip';
    page.body.dataset.phase = 'joined';
    page.body.append(list, el('footer', { class: 'dock' },
        el('div', { class: 'dock-middle', role: 'toolbar', 'aria-label': t('This meeting') }, buttons.mute, buttons.camera, stop)));
    shown = { window: inside, pictures: list, buttons, cards: new Map() };
    inside.addEventListener('pagehide', () => {
        shown = null;
        update({ inWindow: new Set() });
    });
    render();
}

/** One picture alone, for browsers that give no window to a page. */
async function toggleElementPip() {
    if (document.pictureInPictureElement) {
        await document.exitPictureInPicture();
        return;
    }
    const videos = pictures().map(({ id }) => /** @type {HTMLVideoElement|null} */ (document.querySelector(`.tile[data-stream-id="${CSS.escape(id)}"] video`)));
    const best = videos.find((v) => v && v.readyState > 0 && v.videoWidth > 0);
    if (!best)
        throw new Error(t('There is no picture now.'));
    await best.requestPictureInPicture();
}

/** Open the window, or close it. */
export async function togglePip() {
    if (shown) {
        shown.window.close();
        return;
    }
    const api = /** @type {any} */ (window).documentPictureInPicture;
    if (!api) {
        await toggleElementPip();
        return;
    }
    fill(await api.requestWindow(SIZE));
}
