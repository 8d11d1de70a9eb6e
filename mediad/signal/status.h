/*
 * The status object of a group, for `joined`, `.status` and the public list (docs/PROTOCOL.md,
 * HTTP-8).
 */
#ifndef NEREID_MEDIAD_SIGNAL_STATUS_H
#define NEREID_MEDIAD_SIGNAL_STATUS_H

#include "common/buf.h"
#include "common/group_desc.h"

struct status_view {
    const char *name;
    const struct group_desc *desc;
    size_t file_len;      /* of the deciding file's name; the rest is the subgroup's own */
    const char *base_url; /* for `location` and `endpoint`; NULL over the WebSocket */
    const char *redirect; /* where the group leads, as a browser needs it; NULL for nowhere */
    bool shows_life;      /* tell lock and number of clients */
    bool is_locked;
    bool tells_unlocked; /* `locked:false` too (SIG-14) */
    bool is_encrypted;   /* end to end */
    bool can_change_password;
    bool tells_password; /* whether one gets anybody in (docs/PROTOCOL.md, "The group's status") */
    size_t n_clients;
    struct span look; /* JSON of `look`; empty: none */
};

/** Append the object. */
void status_write(struct buf *out, const struct status_view *v);
/** Append a name as it may stand in a URL's path. */
void status_write_url_path(struct buf *out, const char *name);

#endif
