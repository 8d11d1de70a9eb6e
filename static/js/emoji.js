// @ts-check
/**
 * Emoji by their short names, and the panel to choose one. Loaded when somebody wants one; the pictures are the system's own.
 */

import { byId, el, language, t } from './page.js';

/** By group: pictures with their short names, as many programs have them. */
const GROUPS = {
    Often: '👍 +1 ❤️ heart 😂 joy 🎉 tada 😮 open_mouth 🙏 pray 👏 clap ✅ check',
    Faces: '😀 grinning 😃 smiley 😄 smile 😁 grin 😆 laughing 😅 sweat_smile 🤣 rofl 🙂 slight_smile 🙃 upside_down 😉 wink 😊 blush 😇 innocent ' +
        '🥰 in_love 😍 heart_eyes 🤩 star_struck 😘 kiss 😋 yum 😛 tongue 😜 crazy 🤗 hug 🤭 giggle 🤫 hush 🤔 thinking 🤐 zipper 🤨 doubt ' +
        '😐 neutral 😑 expressionless 😶 no_mouth 😏 smirk 😒 unamused 🙄 eye_roll 😬 grimace 😌 relieved 😔 pensive 😪 sleepy 🤤 drool 😴 sleeping ' +
        '😷 mask 🤒 ill 🤕 hurt 🤢 nausea 🤧 sneeze 🥵 hot 🥶 cold 😵 dizzy 🤯 mind_blown 🥳 party 😎 cool 🤓 nerd 🧐 monocle 😕 confused ' +
        '😟 worried 🙁 frown 😯 hushed 😲 astonished 😳 flushed 🥺 pleading 😨 fear 😰 anxious 😢 cry 😭 sob 😱 scream 😖 confounded ' +
        '😞 disappointed 😓 sweat 😩 weary 😫 tired 🥱 yawn 😤 triumph 😡 rage 😠 angry 😈 devil 💀 skull 💩 poop 🤡 clown 👻 ghost 👽 alien 🤖 robot',
    People: '👋 wave 🤚 back_hand ✋ hand 👌 ok ✌️ victory 🤞 fingers_crossed 🤟 love_you 🤘 horns 🤙 call_me 👈 left 👉 right 👆 up 👇 down ☝️ point_up ' +
        '👎 -1 ✊ fist 👊 punch 🙌 hooray 👐 open_hands 🤝 handshake ✍️ write 💪 strong 👀 eyes 🧠 brain 🗣️ speaking 🙋 raising_hand 🤷 shrug 🤦 facepalm ' +
        '🙇 bow 💁 tipping 🙅 no_good 🧑‍💻 developer 🧑‍🏫 teacher 🧑‍🔬 scientist 🧑‍🎓 student 👶 baby 👪 family',
    Nature: '🐶 dog 🐱 cat 🐭 mouse 🐹 hamster 🐰 rabbit 🦊 fox 🐻 bear 🐼 panda 🐨 koala 🦁 lion 🐮 cow 🐷 pig 🐸 frog 🐵 monkey 🙈 see_no_evil 🐔 chicken ' +
        '🐧 penguin 🐦 bird 🦆 duck 🦉 owl 🐝 bee 🐛 bug 🦋 butterfly 🐌 snail 🐞 ladybird 🐢 turtle 🐙 octopus 🦀 crab 🐬 dolphin 🐳 whale 🐟 fish ' +
        '🌵 cactus 🌲 tree 🌱 seedling 🍀 clover 🌹 rose 🌻 sunflower 🌍 earth 🌙 moon ⭐ star ☀️ sun ⛅ cloudy 🌧️ rain ⚡ lightning ❄️ snow 🔥 fire 🌊 sea 🌈 rainbow',
    'Food and drink': '🍏 apple 🍌 banana 🍉 melon 🍇 grapes 🍓 strawberry 🍒 cherries 🍑 peach 🍍 pineapple 🥑 avocado 🍅 tomato 🥕 carrot 🌽 corn 🥐 croissant ' +
        '🍞 bread 🧀 cheese 🥚 egg 🍔 burger 🍟 fries 🍕 pizza 🌮 taco 🥗 salad 🍝 pasta 🍣 sushi 🍦 ice_cream 🍩 doughnut 🍪 cookie 🎂 cake 🍫 chocolate ' +
        '☕ coffee 🍵 tea 🍺 beer 🍻 cheers 🍷 wine 🥂 toast',
    'Things and signs': '⚽ football 🏀 basketball 🎾 tennis 🏆 trophy 🥇 gold 🎯 target 🎲 dice 🎮 game 🎨 art 🎵 note 🎸 guitar 🎤 microphone 🎧 headphones 🎬 film 📷 camera ' +
        '🚗 car 🚌 bus 🚲 bicycle 🚂 train ✈️ plane 🚀 rocket ⛵ boat 🏠 house 🏥 hospital 🏫 school ⌚ watch 📱 phone 💻 laptop 🖨️ printer 💡 idea 🔋 battery ' +
        '📚 books 📝 memo 📎 paperclip 📌 pin ✂️ scissors 📅 calendar 📈 rising 📉 falling 📊 chart 📦 package ✉️ mail 🔒 lock 🔑 key 🔨 hammer 🔧 wrench ⚙️ gear ' +
        '🧪 test_tube 🔬 microscope 🔭 telescope 💊 pill 🎁 gift 🎈 balloon 💰 money ⏰ alarm ⏳ hourglass 💯 100 ❗ exclamation ❓ question ⚠️ warning 🚫 forbidden ' +
        '❌ cross ➕ plus ➖ minus 🔁 repeat ▶️ play ⏸️ pause 🔔 bell 🔇 muted 💬 speech 💤 zzz 💥 boom 💔 broken_heart 🧡 orange_heart 💛 yellow_heart 💚 green_heart ' +
        '💙 blue_heart 💜 purple_heart 🖤 black_heart 🏳️ white_flag 🏁 finish',
};

/** @typedef {[emoji: string, name: string]} Named */

/** @type {[group: string, list: Named[]][]} */
const TABLE = Object.entries(GROUPS).map(([group, text]) => {
    const words = text.split(' ');
    return [group, /** @type {Named[]} */ (words.flatMap((w, i) => (i % 2 ? [] : [[w, words[i + 1]]])))];
});

const ALL = TABLE.flatMap(([, list]) => list);

/** The names of the groups, as they are shown. @type {Record<string, () => string>} */
const TITLES = {
    Often: () => t('Often used'),
    Faces: () => t('Faces'),
    People: () => t('People and gestures'),
    Nature: () => t('Animals and nature'),
    'Food and drink': () => t('Food and drink'),
    'Things and signs': () => t('Things and signs'),
};

/**
 * @param {string} name
 * @returns {string|undefined} the emoji of that short name
 */
export const emojiNamed = (name) => ALL.find(([, n]) => n === name)?.[0];

/**
 * @param {string} text
 * @param {number} most
 * @returns {Named[]} those whose names begin with a text, then those that hold it
 */
export function findEmoji(text, most) {
    const begins = ALL.filter(([, n]) => n.startsWith(text));
    return [...begins, ...ALL.filter(([, n]) => n.includes(text) && !n.startsWith(text))].slice(0, most);
}

/**
 * What a screen reader says: in other languages than that of our names it has its own.
 *
 * @param {string} emoji
 * @param {string} name
 */
const nameOf = (emoji, name) => (language === 'en' ? name.replaceAll('_', ' ') : emoji);

/**
 * Open the panel.
 *
 * @param {HTMLElement} opener
 * @param {(emoji: string) => void} onChosen
 */
export function openPicker(opener, onChosen) {
    document.getElementById('emoji-panel')?.remove();
    const search = el('input', { type: 'search', 'aria-label': t('Find an emoji'), placeholder: t('Find an emoji'), autocomplete: 'off', dir: 'auto' });
    const list = el('div', { class: 'emoji-list' });
    const panel = el('div', { id: 'emoji-panel', class: 'emoji-panel', popover: 'auto', role: 'dialog', 'aria-label': t('Emoji') }, search, list);

    const fill = () => {
        const wanted = search.value.trim().toLowerCase();
        /** @type {[string, Named[]][]} */
        const groups = wanted ? [['', findEmoji(wanted, ALL.length)]] : TABLE.map(([g, named]) => [TITLES[g](), named]);
        list.replaceChildren(...groups.map(([title, named]) => el('div', { role: 'group', 'aria-label': title || t('Found') },
            title && el('p', { class: 'emoji-title', 'aria-hidden': 'true' }, title),
            ...named.map(([emoji, name]) => el('button', { type: 'button', class: 'emoji', tabindex: '-1', 'aria-label': nameOf(emoji, name), title: `:${name}:`,
                'data-emoji': emoji }, emoji)))));
        list.querySelector('button')?.setAttribute('tabindex', '0');
    };
    const choose = (/** @type {string|undefined} */ emoji) => {
        if (!emoji)
            return;
        panel.hidePopover();
        onChosen(emoji);
    };
    list.addEventListener('click', (e) => {
        if (e.target instanceof HTMLElement)
            choose(e.target.dataset.emoji);
    });
    search.addEventListener('input', fill);
    panel.addEventListener('keydown', (e) => onKey(e, panel, choose));
    panel.addEventListener('toggle', (e) => {
        if (/** @type {any} */ (e).newState === 'closed')
            panel.remove();
    });
    fill();
    byId('dialogs').append(panel);
    panel.showPopover();
    place(panel, opener);
    search.focus();
}

/**
 * @param {KeyboardEvent} e
 * @param {HTMLElement} panel
 * @param {(emoji: string|undefined) => void} choose
 */
function onKey(e, panel, choose) {
    const all = /** @type {HTMLElement[]} */ ([...panel.querySelectorAll('button')]);
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const perRow = Math.max(1, all.findIndex((b) => b.offsetTop !== all[0].offsetTop));
    /** @type {Record<string, number>} */
    const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at < 0 ? 0 : at + perRow, ArrowUp: at - perRow };
    e.stopPropagation();
    if (e.key === 'Enter' && at < 0) {
        choose(all[0]?.dataset.emoji);
    } else if (e.key in moves && (at >= 0 || e.key === 'ArrowDown')) {
        const next = all[moves[e.key]];
        if (next)
            all.forEach((b) => b.setAttribute('tabindex', b === next ? '0' : '-1'));
        (next ?? (e.key === 'ArrowUp' ? panel.querySelector('input') : null))?.focus();
    } else {
        return;
    }
    e.preventDefault();
}

/**
 * Above its opener or below it, within the window.
 *
 * @param {HTMLElement} panel
 * @param {HTMLElement} opener
 */
function place(panel, opener) {
    const margin = 8;
    const o = opener.getBoundingClientRect();
    const { width, height } = panel.getBoundingClientRect();
    const y = o.top - height - margin >= margin ? o.top - height - margin : o.bottom + margin;
    panel.style.left = `${Math.max(margin, Math.min(o.left, innerWidth - width - margin))}px`;
    panel.style.top = `${Math.max(margin, Math.min(y, innerHeight - height - margin))}px`;
}
