// @ts-check
/**
 * The messages of the protocol and the values in them, as JSDoc types. Nothing runs here.
 * When each is sent is the protocol's matter; here is only what shape it has.
 */

/**
 * Somebody in the group: a person, a WHIP publisher, or a machine such as the recorder (permission `system`).
 *
 * @typedef {object} User
 * @property {string} id
 * @property {string} username        empty for an anonymous member
 * @property {string[]} permissions
 * @property {Record<string, any>} data   what the user says about itself, for example `raisehand: true`
 */

/**
 * How the server presents itself (Nereid's own). The addresses are of links; `logo` names a picture of the server.
 *
 * @typedef {object} Look
 * @property {string} [name]
 * @property {string} [logo]
 * @property {string} [welcome]            paragraphs
 * @property {string} [accent]             colours by day and by night, as #rrggbb
 * @property {string} [accentHover]
 * @property {string} [accentDark]
 * @property {string} [accentDarkHover]
 * @property {{name?: string, label?: string, url: string}[]} [links]   `name` is one that the page has words for
 */

/**
 * What the server tells about a group, over HTTP (`.status`) and in `joined`.
 *
 * @typedef {object} GroupStatus
 * @property {string} [name]
 * @property {string} [displayName]
 * @property {string} [description]
 * @property {string} [location]
 * @property {string} [endpoint]          URL of the WebSocket
 * @property {string} [redirect]
 * @property {string} [authServer]
 * @property {string} [authPortal]
 * @property {boolean} [locked]
 * @property {boolean} [encrypted]        its members encrypt their media end to end
 * @property {number} [clientCount]
 * @property {boolean} [canChangePassword]
 * @property {Look} [look]                only in `.status`, where the server has one (Nereid's own)
 * @property {'optional'|'required'} [password]   absent where no password gets anybody in; only in `.status` (Nereid's own)
 */

/**
 * One invitation, as the server keeps it.
 *
 * @typedef {object} Token
 * @property {string} token
 * @property {string} [group]
 * @property {string} [username]
 * @property {string[]|string} [permissions] a list, or the name of a role
 * @property {string} [expires]
 * @property {string} [not-before]
 * @property {string} [issuedBy]
 * @property {string} [issuedAt]
 * @property {boolean} [includeSubgroups]
 */

/**
 * How to enter a group. A token wins over a password.
 *
 * @typedef {object} Credentials
 * @property {string} [username]
 * @property {string} [password]
 * @property {string} [token]
 * @property {Record<string, any>} [data]   initial user data
 * @property {string} [resume]   secret of an earlier connection, which this one replaces at once (Nereid's own)
 */

/** @typedef {'audio'|'video'|'video-low'} Medium */

/**
 * How a received picture is shown, so that the server can divide our line by it. What is absent stays as it was.
 *
 * @typedef {object} Shown
 * @property {boolean} [pinned]   on stage: it goes before the others
 * @property {number} [height]    of the picture, device pixels
 * @property {boolean} [hidden]   nobody sees it: its sound is enough
 */

/**
 * How the server sends us the video of one stream.
 *
 * @typedef {object} StreamState
 * @property {'full'|'reduced'|'paused'} state
 * @property {'bandwidth'|'unwanted'|'silent'|''} reason   `unwanted`: hidden, or not among the last speakers; `silent`: its sender sends no more
 * @property {number} layer      from 0, the lowest
 * @property {number} layers     how many there are
 * @property {number} bitrate    what it may take, bit/s
 */

/** Who speaks, or spoke last. @typedef {{id: string, speaks: boolean}} Speaker */

/** What to receive, by stream label; the key `''` stands for every other label. @typedef {Record<string, Medium[]>} RequestMap */

/**
 * Any message as it stands on the wire. Which members a message has depends on its type.
 *
 * @typedef {object} Message
 * @property {string} type
 * @property {string} [kind]
 * @property {string} [error]
 * @property {string} [id]
 * @property {string|null} [replace]
 * @property {string} [source]
 * @property {string} [dest]
 * @property {string} [username]
 * @property {string} [password]
 * @property {string} [token]
 * @property {string} [resume]
 * @property {string} [group]
 * @property {string[]} [version]
 * @property {string[]} [permissions]
 * @property {string[]} [features]
 * @property {boolean} [canRecord]
 * @property {{id: string, username: string}} [by]
 * @property {boolean} [privileged]
 * @property {boolean} [noecho]
 * @property {string} [time]
 * @property {any} [value]
 * @property {Record<string, any>} [data]
 * @property {GroupStatus} [status]
 * @property {string} [label]
 * @property {string} [sdp]
 * @property {RTCIceCandidateInit|null} [candidate]
 * @property {RTCConfiguration} [rtcConfiguration]
 * @property {RequestMap|Medium[]|null} [request]
 */

/**
 * A line of chat, live or from the group's history.
 *
 * @typedef {object} ChatMessage
 * @property {string} id            empty for a private message
 * @property {string} source        id of the sender
 * @property {string} username
 * @property {string} dest          empty when it is for everybody
 * @property {string} kind          `''`, `me` or `caption`
 * @property {boolean} privileged
 * @property {boolean} history      true when it was said before we came
 * @property {Date|null} time
 * @property {any} value
 */

/**
 * Anything that is not chat and goes between users, or from the server to one of them.
 *
 * @typedef {object} UserMessage
 * @property {string} id
 * @property {string} source
 * @property {string} dest
 * @property {string} username
 * @property {string} kind
 * @property {boolean} privileged   sent by an operator or by the server
 * @property {string} error
 * @property {Date|null} time
 * @property {any} value
 */

export {};
