// @ts-check
/**
 * How the server sends a video, in words.
 */

/** @typedef {import('../types.js').StreamState} StreamState */

/**
 * What a tile says about its picture.
 *
 * @param {StreamState|null} sent
 * @param {boolean} hasSound    whether the stream has sound too
 * @param {boolean} isHidden    we said that nobody sees it
 * @returns {string} empty when there is nothing to say
 */
export function sentInWords(sent, hasSound, isHidden) {
    if (!sent || sent.state === 'full')
        return '';
    if (sent.state === 'reduced')
        return sent.reason === 'silent' ? 'Reduced picture: no better one is sent' : 'Low bandwidth: reduced picture';
    switch (sent.reason) {
    case 'bandwidth':
        return hasSound ? 'Low bandwidth: only the sound' : 'Low bandwidth: no picture';
    case 'unwanted':
        // The server goes by what we said, and has not heard yet that the picture is seen again.
        return isHidden ? 'No picture now' : 'Not shown: not among the last speakers';
    default:
        return 'No picture is sent now';
    }
}

/**
 * The same for the statistics: layer and rate as well.
 *
 * @param {StreamState|null} sent
 * @returns {string}
 */
export function sentInFigures(sent) {
    if (!sent)
        return '';
    const why = sent.reason && sent.state !== 'full' ? ` (${sent.reason})` : '';
    if (sent.state === 'paused')
        return `paused${why}`;
    const layer = sent.layers > 1 ? `, layer ${sent.layer + 1} of ${sent.layers}` : '';
    return `${sent.state}${why}${layer}${sent.bitrate > 0 ? `, up to ${Math.round(sent.bitrate / 1000)} kbit/s` : ''}`;
}
