#include "mediad/rtc/connection.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

struct connection_stats *connection_stats_new(void)
{
    struct connection_stats *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    atomic_init(&s->refs, 1);
    atomic_init(&s->max_bitrate_bps, -1);
    for (size_t i = 0; i < LENGTH(s->tracks); i++) {
        atomic_init(&s->tracks[i].reason, -1);
        atomic_init(&s->tracks[i].told_bps, -1);
        atomic_init(&s->tracks[i].page_bps, -1);
    }
    return s;
}

struct connection_stats *connection_stats_ref(struct connection_stats *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void connection_stats_unref(struct connection_stats *s)
{
    if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
        free(s);
}

void connection_update_free(struct connection_update *u)
{
    if (!u)
        return;
    negotiated_free(u->up);
    free(u->down_targets);
    connection_stats_unref(u->published);
    explicit_bzero(u, sizeof *u);
    free(u);
}
