/*
 * What media.c shares with the other files of the facade: media_stats.c, media_stream.c and the
 * streams of both directions. Signalling knows media.h alone.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_INTERNAL_H
#define NEREID_MEDIAD_RTC_MEDIA_INTERNAL_H

#include "mediad/rtc/candidate.h"
#include "mediad/rtc/media.h"
#include "mediad/rtc/placement.h"
#include "mediad/rtc/worker.h"

/** Mail that a full ring refused; delivered in order when there is room. */
struct mail_queue {
    struct mail *mails;
    size_t n;
    size_t size;
};

struct media {
    struct media_events events;
    struct dtls_identity *identity;
    struct worker *workers;
    struct worker_loop *loops; /* of the workers; media.c alone knows them */
    unsigned n_workers;
    struct placement placement; /* of connections on workers */
    struct mail_queue *waiting; /* per worker */
    struct mailbox mailbox;     /* producers: the workers */
    struct candidate *candidates;
    size_t n_candidates;
    struct fixed_table streams; /* connection id to struct media_stream */
    uint64_t last_id;           /* of connections and tracks */
};

/** Post to a worker, now or as soon as its ring has room; order is kept. @return 0, ERR_NO_MEMORY
 */
int media_post(struct media *m, unsigned worker, const struct mail *mail) MUST_USE;

#endif
