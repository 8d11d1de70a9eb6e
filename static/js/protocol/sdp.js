// @ts-check
/**
 * What we say in descriptions on behalf of the browser.
 */

/**
 * An offer that says that lost sound may be asked for again (RFC 4585, section 4.2): browsers send it again when they are asked to,
 * but their offers do not mention it.
 *
 * @param {string} sdp
 */
export function offerRepeats(sdp) {
    return sdp.split(/^(?=m=)/m).map((section) => {
        const opus = section.startsWith('m=audio ') && /^a=rtpmap:(\d+) opus\/48000.*\r?\n/mi.exec(section);
        if (!opus || section.includes(`a=rtcp-fb:${opus[1]} nack`))
            return section;
        return section.replace(opus[0], `$&a=rtcp-fb:${opus[1]} nack\r\n`);
    }).join('');
}
