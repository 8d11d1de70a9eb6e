/*
 * The last chat messages of a group, for newcomers (docs/PROTOCOL.md). Entries hold the finished
 * message; what is in it is not looked at here.
 */
#ifndef NEREID_MEDIAD_GROUP_HISTORY_H
#define NEREID_MEDIAD_GROUP_HISTORY_H

#include <stdint.h>

#include "common/error.h"
#include "mediad/frame.h"

#define HISTORY_MAX 50

struct history_entry {
    char *id;     /* of the message */
    char *source; /* client id of the sender */
    int64_t sent_us;
    struct frame *frame; /* `chathistory` message */
};

/** Zeroed is empty. Oldest first. */
struct history {
    struct history_entry entries[HISTORY_MAX];
    unsigned n;
};

void history_release(struct history *h);
/** Keep a message; the oldest goes when there are HISTORY_MAX. The frame gets one more reference.
 * @return 0 or ERR_NO_MEMORY */
int history_add(struct history *h, const char *id, const char *source, struct frame *frame,
                int64_t now_us) MUST_USE;
/** Forget what is older than `age_us`; everything when that is negative. */
void history_expire(struct history *h, int64_t age_us, int64_t now_us);
/** Forget entries: of one sender and id, of one sender (id NULL), or all (both NULL). */
void history_clear(struct history *h, const char *source, const char *id);

#endif
