/*
 * The shared state of the facade: what media.c, which stands above, keeps for media_stats.c,
 * media_mail.c, media_stream.c and the streams of both directions. The control thread's.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_INTERNAL_H
#define NEREID_MEDIAD_RTC_MEDIA_INTERNAL_H

#include "mediad/rtc/candidate.h"
#include "mediad/rtc/media_events.h"
#include "mediad/rtc/placement.h"
#include "mediad/rtc/steering.h"
#include "mediad/rtc/worker.h"

struct worker_loop;

/** Mail that a worker's full ring refused (media_mail.h). */
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
    struct steering steering;   /* of datagrams to workers */
    int event_fd;               /* an epoll of the mailbox and the steering's timer; 0: none yet */
    struct candidate *candidates;
    size_t n_candidates;
    struct fixed_table streams; /* connection id to struct media_stream */
    uint64_t last_id;           /* of connections and tracks */
};

#endif
