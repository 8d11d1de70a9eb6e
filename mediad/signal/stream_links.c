#include "mediad/signal/stream_links.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "mediad/signal/features.h"
#include "mediad/signal/message_write.h"

enum { DEMAND_BITS = 32 }; /* of up_link.demand */

struct up_link *up_link_find(const struct member *m, const char *id)
{
    LIST_EACH (struct published, stream, &m->streams, in_member) {
        if (strcmp(stream->by_id.name, id) == 0)
            return up_link_of(stream);
    }
    return NULL;
}

struct down_link *down_link_find(const struct member *m, const char *id)
{
    return m->receiver ? name_index_find(&m->receiver->downs_by_id, id) : NULL;
}

static struct stream_names names_of(const struct member *m, const struct up_link *up)
{
    return (struct stream_names){
        .group = m->group->name, .client = m->id, .stream = up->id, .client_id = m->number};
}

/* ---- up ---- */

const char *const *stream_codecs(const struct group_desc *desc)
{
    static const char *const by_default[] = {"vp8", "opus", NULL};

    return desc->n_codecs > 0 ? (const char *const *)desc->codecs : by_default;
}

static void up_free(struct up_link *up)
{
    up_stream_free(up->media);
    free(up->id);
    free(up->label);
    free(up->shape);
    free(up);
}

int up_link_new(struct up_link **out, struct signal_env *env, struct member *m, const char *id,
                const char *label)
{
    struct up_link *up = calloc(1, sizeof *up);
    struct stream_names names;
    int r;

    if (!up)
        return ERR_NO_MEMORY;
    up->env = env;
    up->demand = UINT32_MAX;
    up->id = strdup(id);
    up->label = strdup(label);
    if (!up->id || !up->label) {
        up_free(up);
        return ERR_NO_MEMORY;
    }
    names = names_of(m, up);
    r = up_stream_new(&up->media, env->media, &names, stream_codecs(m->group->desc), up);
    if (r == 0) {
        up->published.by_id.name = up->id;
        r = live_group_publish(m, &up->published);
    }
    if (r < 0) {
        up_free(up);
        return r;
    }
    *out = up;
    return 0;
}

void up_link_free(struct up_link *up, bool tells_receivers)
{
    LIST_EACH_REMOVING (struct down_link, down, &up->downs, in_up) {
        if (tells_receivers)
            down_link_close(down, NULL);
        else
            down_link_free(down);
    }
    live_group_unpublish(&up->published);
    up_free(up);
}

bool up_link_is_screen(const struct up_link *up)
{
    return strcmp(up->label, "screenshare") == 0;
}

/* All variants for somebody who does not ask for such a stream. */
static uint32_t would_decode(const struct member *m, const struct up_link *up)
{
    const struct stream_receiver *r = m->receiver;

    return r && request_table_wishes(&r->request, up->label) != 0
               ? media_abilities_can(&r->abilities)
               : UINT32_MAX;
}

uint32_t up_link_receivers_can(const struct up_link *up)
{
    uint32_t can = UINT32_MAX;

    LIST_EACH (struct member, m, &up_link_owner(up)->group->members, in_group) {
        if (m != up_link_owner(up))
            can &= would_decode(m, up);
    }
    LIST_EACH (struct member, viewer, &up_link_owner(up)->group->viewers, in_group)
        can &= would_decode(viewer, up);
    return can;
}

void up_link_note_tracks(struct up_link *up)
{
    const struct track_info *tracks = NULL;
    size_t n = up_stream_tracks(up->media, &tracks);
    struct buf shape = {0};

    for (size_t i = 0; i < n; i++)
        buf_printf(&shape, "%d %s %s %s\n", (int)tracks[i].kind, tracks[i].codec, tracks[i].rid,
                   tracks[i].fmtp);
    if (buf_check(&shape) == 0 && (!up->shape || strcmp(up->shape, buf_str(&shape)) != 0)) {
        free(up->shape);
        up->shape = strdup(buf_str(&shape));
        up->generation++;
        if (n < DEMAND_BITS)
            up->demand |= UINT32_MAX << n;
    }
    buf_release(&shape);
}

uint32_t up_link_videos(const struct up_link *up)
{
    const struct track_info *tracks = NULL;
    size_t n = up_stream_tracks(up->media, &tracks);
    uint32_t videos = 0;

    for (size_t i = 0; i < n && i < DEMAND_BITS; i++) {
        if (tracks[i].kind == TRACK_VIDEO)
            videos |= UINT32_C(1) << i;
    }
    return videos;
}

void up_link_tell_layers(struct up_link *up)
{
    struct member *owner = up_link_owner(up);
    const struct track_info *tracks = NULL;
    uint32_t active = up->demand & up_link_videos(up);
    const char *rids[DEMAND_BITS];
    size_t n = 0;

    if (!(owner->features & FEATURE_LAYERS))
        return;
    (void)up_stream_tracks(up->media, &tracks);
    for (unsigned i = 0; i < DEMAND_BITS; i++) {
        if (active >> i & 1)
            rids[n++] = tracks[i].rid;
    }
    member_tell(owner, message_write_layers(up->id, rids, n));
}

void up_link_tell_rate(struct up_link *up)
{
    struct member *owner = up_link_owner(up);
    const struct track_info *tracks = NULL;
    size_t n_tracks = up_stream_tracks(up->media, &tracks), n = 0;
    struct rid_rate_limit limits[DEMAND_BITS];
    struct published_video v;

    if (!(owner->features & FEATURE_RATE))
        return;
    for (size_t i = 0; i < n_tracks && n < DEMAND_BITS; i++) {
        if (*tracks[i].rid && up_stream_published(up->media, i, &v) && v.page_bps >= 0)
            limits[n++] = (struct rid_rate_limit){tracks[i].rid, v.page_bps};
    }
    member_tell(owner, message_write_rate(up->id, up->limit_bps, limits, n));
}

/* ---- down ---- */

void down_link_free(struct down_link *down)
{
    name_index_remove(&down->member->receiver->downs_by_id, &down->by_id);
    list_remove(&down->in_receiver);
    list_remove(&down->in_up);
    down_stream_free(down->media);
    free(down);
}

void down_link_close(struct down_link *down, const char *why)
{
    down->member->ops->closed(down->member, down->up->id, why);
    down_link_free(down);
}

static int down_new(struct down_link **out, struct member *m, struct up_link *up)
{
    struct down_link *down = calloc(1, sizeof *down);
    struct stream_names names = names_of(m, up);
    int r;

    if (!down)
        return ERR_NO_MEMORY;
    down->member = m;
    down->up = up;
    down->by_id.name = up->id;
    r = down_stream_new(&down->media, up->env->media, up->media, &names, up->label, down);
    if (r < 0) {
        free(down);
        return r;
    }
    r = name_index_add(&m->receiver->downs_by_id, &down->by_id);
    if (r < 0) {
        down_stream_free(down->media);
        free(down);
        return r;
    }
    list_prepend(&m->receiver->downs, &down->in_receiver);
    list_prepend(&up->downs, &down->in_up);
    down->wish.rank = ALLOCATE_NO_RANK;
    *out = down;
    return 0;
}

/* Of the publisher among those whom the receiver hears: not among them is itself. */
static uint16_t rank_of(const struct down_link *down)
{
    uint16_t rank = up_link_owner(down->up)->speaker.rank;

    if (rank == SPEAKERS_NO_RANK)
        return ALLOCATE_NO_RANK;
    return down->member->speaker.rank < rank ? rank - 1 : rank;
}

static struct allocate_wish make_wish(const struct down_link *down)
{
    bool is_screen = up_link_is_screen(down->up);
    bool is_beyond = up_link_owner(down->up)->speaker.is_beyond && !is_screen;

    return (struct allocate_wish){.is_unwanted = down->shown.is_hidden ||
                                                 (is_beyond && !down->shown.is_pinned),
                                  .is_pinned = down->shown.is_pinned,
                                  .is_screen = is_screen,
                                  .rank = rank_of(down),
                                  .height = down->shown.height};
}

static bool wish_eq(const struct allocate_wish *a, const struct allocate_wish *b)
{
    return a->is_unwanted == b->is_unwanted && a->is_pinned == b->is_pinned &&
           a->is_screen == b->is_screen && a->rank == b->rank && a->height == b->height;
}

void down_link_wish(struct down_link *down)
{
    struct allocate_wish wish = make_wish(down);
    struct log_ctx ctx = {
        .room = "signal", .group = down->member->group->name, .client = down->member->id};

    if (wish_eq(&wish, &down->wish))
        return;
    /* What could not be said is said with the next change. */
    if (down_stream_wish(down->media, &wish) < 0)
        log_warn(&ctx, "out of memory: the media plane does not know what is wanted");
    else
        down->wish = wish;
}

void down_link_offer(struct down_link *down, bool ice_restart, const char *replaces)
{
    struct member *m = down->member;
    struct up_link *up = down->up;
    struct buf sdp = {0};
    struct error e = {0};
    struct log_ctx ctx = {.room = "signal", .group = m->group->name, .client = m->id};

    if (down->is_offered) {
        down->wants_offer = true;
        down->wants_restart |= ice_restart;
        return;
    }
    if (down_stream_offer(down->media, down->selection, down->n_selected, ice_restart, &sdp, &e) <
            0 ||
        buf_check(&sdp) < 0) {
        log_warn(&ctx, "stream not offered: %s", e.text);
        buf_release(&sdp);
        down_link_close(down, NULL);
        return;
    }
    const struct stream_offer offer = {.id = up->id,
                                       .label = up->label,
                                       .replaces = replaces,
                                       .publisher = up_link_owner(up),
                                       .sdp = buf_span(&sdp)};

    down->is_offered = true;
    down->wants_offer = down->wants_restart = false;
    m->ops->offer(m, &offer);
    buf_release(&sdp);
}

/* ---- who gets what ---- */

struct wanted {
    bool has_override;
    unsigned override;
    const struct shown *shown; /* of a new link; NULL: nothing is known */
    const char *replaces;
};

/* @return false when nothing of the stream is wanted */
static bool evaluate(struct up_link *up, struct member *m, const struct wanted *w)
{
    struct down_link *down = down_link_find(m, up->id);
    const struct track_info *tracks = NULL;
    size_t n_tracks = up_stream_tracks(up->media, &tracks), n;
    struct track_selection selection[SELECTION_MAX];
    struct log_ctx ctx = {.room = "signal", .group = m->group->name, .client = m->id};
    unsigned wishes =
        w->has_override ? w->override : request_table_wishes(&m->receiver->request, up->label);

    n = selection_make(selection, tracks, n_tracks, wishes);
    if (n == 0) {
        if (down)
            down_link_close(down, NULL);
        return false;
    }
    if (!down) {
        int r = down_new(&down, m, up);

        if (r < 0) {
            log_warn(&ctx, "stream not sent: %s", err_text(r));
            return false;
        }
        if (w->shown)
            down->shown = *w->shown;
        down_link_wish(down);
    } else if (down->generation == up->generation &&
               selection_eq(selection, n, down->selection, down->n_selected)) {
        return true;
    }
    down->has_override = w->has_override;
    down->override = w->override;
    memcpy(down->selection, selection, n * sizeof selection[0]);
    down->n_selected = n;
    down->generation = up->generation;
    down_link_offer(down, false, w->replaces);
    /* A stream that could not be offered was closed. */
    return down_link_find(m, up->id);
}

void stream_evaluate(struct up_link *up, struct member *receiver)
{
    const struct down_link *down = down_link_find(receiver, up->id);
    struct wanted w = {0};

    if (!receiver->receiver || receiver == up_link_owner(up))
        return;
    if (down && down->has_override) {
        w.has_override = true;
        w.override = down->override;
    }
    evaluate(up, receiver, &w);
}

void stream_evaluate_all(struct up_link *up)
{
    LIST_EACH (struct member, m, &up_link_owner(up)->group->members, in_group)
        stream_evaluate(up, m);
    live_group_tell_published(&up->published);
}

/* A receiver of the old stream gets the new one in its place, or learns that both are gone. */
static void hand_over(struct up_link *up, struct down_link *down, const char *old_id)
{
    struct member *m = down->member;
    struct shown shown = down->shown;
    struct wanted w = {down->has_override, down->override, &shown, old_id};

    down_link_free(down);
    if (evaluate(up, m, &w))
        return;
    m->ops->closed(m, old_id, NULL);
    m->ops->closed(m, up->id, NULL);
}

void stream_replace(struct up_link *up, struct up_link *old)
{
    /* Receivers of the old stream come below: their wishes for that one hold. */
    LIST_EACH (struct member, m, &up_link_owner(up)->group->members, in_group) {
        if (!down_link_find(m, old->id))
            stream_evaluate(up, m);
    }
    LIST_EACH_REMOVING (struct down_link, down, &old->downs, in_up)
        hand_over(up, down, old->id);
    live_group_tell_published(&up->published);
    up_link_free(old, false);
}

/* ---- all of one member ---- */

void streams_revoke(struct member *m, const char *why)
{
    char id[STREAM_ID_MAX + 1];

    LIST_EACH_REMOVING (struct published, stream, &m->streams, in_member) {
        snprintf(id, sizeof id, "%s", stream->by_id.name);
        up_link_free(up_link_of(stream), true);
        m->ops->aborted(m, id, "not-permitted", why);
    }
}

void streams_forget(struct member *m, bool tells_receivers)
{
    LIST_EACH_REMOVING (struct published, stream, &m->streams, in_member)
        up_link_free(up_link_of(stream), tells_receivers);
    if (!m->receiver)
        return;
    LIST_EACH_REMOVING (struct down_link, down, &m->receiver->downs, in_receiver)
        down_link_free(down);
    request_table_release(&m->receiver->request);
}
