#include "mediad/rtc/record_stream.h"

#include <stdlib.h>

#include "common/macros.h"
#include "mediad/rtc/media_mail.h"
#include "mediad/rtc/media_state.h"
#include "mediad/rtc/record_tap.h"
#include "mediad/rtc/up_stream_internal.h"

struct record_stream {
    struct media *media;
    unsigned worker;
    uint64_t id; /* of the tap */
};

static void fill_source(struct record_source *source, const struct up_stream *up, size_t track)
{
    struct down_target from = {0};

    up_stream_source(up, up->targets[track].track_id, &from);
    source->codec = up->plan->sections[up->targets[track].where.section].codecs[0].codec;
    source->n_rids = from.n_rids;
    for (size_t i = 0; i < from.n_rids; i++)
        source->track_ids[i] = from.rids[i].track_id;
}

int record_stream_new(struct record_stream **out, struct media *m, const struct up_stream *up,
                      struct record_queue *queue, const size_t *tracks, size_t n_tracks)
{
    struct record_request request = {.id = ++m->last_id, .queue = queue};

    if (n_tracks == 0 || n_tracks > LENGTH(request.sources))
        return ERR_INVALID;
    for (size_t i = 0; i < n_tracks; i++) {
        if (tracks[i] >= up->n_tracks)
            return ERR_INVALID;
        fill_source(&request.sources[request.n_sources++], up, tracks[i]);
    }
    struct record_stream *s = calloc(1, sizeof *s);
    struct mail mail = {.kind = MAIL_RECORD, .pointer = s ? record_tap_new(&request) : NULL};

    if (!mail.pointer || media_mail_post(m, up->base.placed.worker, &mail) < 0) {
        record_tap_free(mail.pointer);
        free(s);
        return ERR_NO_MEMORY;
    }
    *s = (struct record_stream){.media = m, .worker = up->base.placed.worker, .id = request.id};
    *out = s;
    return 0;
}

void record_stream_free(struct record_stream *s)
{
    if (!s)
        return;
    struct mail mail = {.kind = MAIL_RECORD_STOP, .id = s->id};

    /* without memory to keep it waiting, the tap ends when its queue is closed */
    (void)!media_mail_post(s->media, s->worker, &mail);
    free(s);
}
