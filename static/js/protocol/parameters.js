// @ts-check
/**
 * Changes to what a sender sends, without a negotiation.
 */

/** The change under way of each sender. @type {WeakMap<RTCRtpSender, Promise<void>>} */
const turns = new WeakMap();

/**
 * Change a sender's parameters. Changes are made one after the other: a browser refuses one while another is under way.
 *
 * @param {RTCRtpSender} sender
 * @param {(params: RTCRtpSendParameters) => boolean} change   changes what it is given, when its turn comes; returns whether it did
 * @returns {Promise<void>} rejected when the browser refuses
 */
export function changeParameters(sender, change) {
    const turn = (turns.get(sender) ?? Promise.resolve()).then(async () => {
        const params = sender.getParameters();
        if (change(params))
            await sender.setParameters(params);
    });
    turns.set(sender, turn.catch(() => {}));
    return turn;
}
