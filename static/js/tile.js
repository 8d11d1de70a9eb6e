// @ts-check
/**
 * One tile: a video with its name and its controls.
 */

import { displayName, el, icon, setIcon } from './dom.js';
import { covers } from './layout.js';
import { t } from './i18n.js';
import { attempt } from './notices.js';
import { TileSigns } from './signs.js';
import { hue, initials } from './text.js';

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

export class Tile {
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
        const hasVideo = Boolean(v.media?.getVideoTracks().some((track) => track.readyState === 'live'));
        this.hasVideo = hasVideo;
        for (const [name, on] of /** @type {[string, boolean][]} */ ([['own', v.own], ['mirrored', v.mirrored], ['trouble', v.trouble],
            ['audio-only', !hasVideo]]))
            this.root.classList.toggle(name, on);
        this.#attach(v.media);
    }

    /** A name that is too long is cut in its middle: its end often tells people apart. @param {string} name */
    #showName(name) {
        if (this.name.textContent === name)
            return;
        const letters = [...name];
        const tail = letters.length > 16 ? letters.slice(-6).join('') : '';
        this.name.replaceChildren(el('span', { class: 'name-start' }, letters.slice(0, letters.length - [...tail].length).join('')),
            el('span', { class: 'name-end' }, tail));
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
     * @param {import('./layout.js').Rect} r
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
        this.root.classList.toggle('small', r.width < 300 || r.height < 150);
        // Of a screen every corner counts.
        this.root.classList.toggle('cover', this.label === 'camera' && covers(this.aspect, r.width, r.height));
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
