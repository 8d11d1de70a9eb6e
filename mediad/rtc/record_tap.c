#include "mediad/rtc/record_tap.h"

#include <stdlib.h>

#include "common/macros.h"

struct tapped_track {
    struct record_tap *tap;
    struct record_source source;
    bool is_video;
    uint8_t index;         /* in the queue */
    uint8_t current;       /* rid that is recorded; source.n_rids: none yet */
    uint8_t stand_in;      /* what takes over while `current` is silent */
    uint8_t source_number; /* as the writer tells numbers and clocks apart */
    bool wants_keyframe;   /* something of the video was dropped */
    bool has_ended;
    uint64_t last_ext_seq;
    struct track_time told; /* of the clock */
    struct subscription rids[NEGOTIATE_RIDS_MAX];
};

struct record_tap {
    uint64_t id;
    struct worker *worker;
    struct record_queue *queue; /* one reference */
    struct timer timer;
    unsigned n_tracks;
    struct tapped_track tracks[RECORD_TRACKS_MAX];
};

static const struct subscriber_ops tap_ops;

static uint8_t rid_of(const struct tapped_track *t, const struct subscription *s)
{
    return (uint8_t)(s - t->rids);
}

static struct track *track_of(const struct tapped_track *t, uint8_t rid)
{
    return fixed_table_find(&t->tap->worker->tracks, &t->source.track_ids[rid]);
}

/* ---- into the queue ---- */

/* What comes from now on has other numbers and another clock. */
static void begin_numbers(struct tapped_track *t)
{
    t->source_number = (t->source_number + 1) % RECORD_SOURCES;
    t->last_ext_seq = 0;
    t->told = (struct track_time){0};
}

static bool is_same_time(const struct track_time *a, const struct track_time *b)
{
    return a->is_known == b->is_known && a->rtp_ts == b->rtp_ts && a->at_us == b->at_us;
}

/* The clock of what is recorded, when it is news; without room it is said later. */
static void tell_clock(struct tapped_track *t)
{
    const struct track *track = t->current < t->source.n_rids ? t->rids[t->current].track : NULL;

    if (!track || !track->time.is_known || is_same_time(&track->time, &t->told))
        return;
    const struct record r = {.kind = RECORD_CLOCK,
                             .track = t->index,
                             .source = t->source_number,
                             .rtp_ts = track->time.rtp_ts,
                             .at_us = track->time.at_us};

    if (record_queue_put(t->tap->queue, &r, false, false))
        t->told = track->time;
}

static void end(struct tapped_track *t)
{
    const struct record r = {.kind = RECORD_END, .track = t->index, .source = t->source_number};

    /* without room the writer finds by itself that nothing comes any more */
    if (!t->has_ended)
        t->has_ended = record_queue_put(t->tap->queue, &r, false, false);
}

static void put(struct tapped_track *t, const struct packet *p)
{
    bool is_keyframe = t->is_video && p->payload_len && p->info.keyframe == KEYFRAME_YES;

    if (t->last_ext_seq && p->ext_seq > t->last_ext_seq + TRACK_RESTART_DISTANCE)
        begin_numbers(t);
    if (!t->last_ext_seq)
        tell_clock(t);
    if (p->ext_seq > t->last_ext_seq)
        t->last_ext_seq = p->ext_seq;
    const struct record r = {.kind = RECORD_PACKET,
                             .track = t->index,
                             .source = t->source_number,
                             .marker = p->marker,
                             .height = p->info.height,
                             .rtp_ts = p->rtp_ts,
                             .ext_seq = p->ext_seq,
                             .at_us = p->arrival_us,
                             .payload = packet_payload(p)};

    if (!record_queue_put(t->tap->queue, &r, t->is_video, is_keyframe))
        t->wants_keyframe = t->is_video;
}

/* ---- which rid ---- */

/* Does anything come of it? Nothing of the rid that there is not. */
static bool is_living(const struct tapped_track *t, uint8_t rid)
{
    const struct track *track = rid < t->source.n_rids ? track_of(t, rid) : NULL;
    const struct packet *newest =
        track ? packet_cache_find(&track->cache, track->cache.newest_seq) : NULL;

    return newest && t->tap->worker->now_us - newest->arrival_us < RECORD_SILENT_US;
}

static uint8_t best_living(const struct tapped_track *t)
{
    for (uint8_t rid = 0; rid < t->source.n_rids; rid++) {
        if (is_living(t, rid))
            return rid;
    }
    return t->source.n_rids;
}

/* Where a keyframe starts, a better rid takes over, or the one that stands in for a silent one. */
static bool takes_over(struct tapped_track *t, uint8_t rid, const struct packet *p)
{
    bool is_better = rid < t->current && t->current < t->source.n_rids;

    if (!p->payload_len || p->info.keyframe == KEYFRAME_NO)
        return false;
    if (!is_better && (rid != t->stand_in || is_living(t, t->current)))
        return false;
    t->current = rid;
    begin_numbers(t);
    return true;
}

static void subscribe(struct tapped_track *t, uint8_t rid)
{
    const struct worker *w = t->tap->worker;
    const struct track_address from = {t->source.track_ids[rid], w->index, t->source.codec};

    if (!t->rids[rid].track)
        router_subscribe(t->tap->worker, &t->rids[rid], &from);
}

/* The best rid is always wanted. While it does not flow, all the others are, too: which of them
 * their publisher sends is not ours to know. */
static void choose(struct tapped_track *t)
{
    t->stand_in = best_living(t);
    subscribe(t, 0);
    bool is_best = t->current == 0 && is_living(t, 0);

    for (uint8_t rid = 1; rid < t->source.n_rids; rid++) {
        if (is_best)
            router_unsubscribe(&t->rids[rid]);
        else
            subscribe(t, rid);
    }
    if (is_best || t->stand_in == t->source.n_rids || t->stand_in == t->current)
        return;
    if (t->rids[t->stand_in].track)
        track_want_keyframe(t->rids[t->stand_in].track, false);
}

/* ---- as a subscriber ---- */

static void serve_wish(struct tapped_track *t)
{
    struct track *track = t->current < t->source.n_rids ? t->rids[t->current].track : NULL;

    if (track && record_queue_take_keyframe_wish(t->tap->queue))
        track_want_keyframe(track, false);
}

static void copy_all(struct subscription *s, struct packet *const *packets, unsigned n)
{
    struct tapped_track *t = s->user;
    uint8_t rid = rid_of(t, s);

    for (unsigned i = 0; i < n; i++) {
        if (rid == t->current || takes_over(t, rid, packets[i]))
            put(t, packets[i]);
    }
    if (t->is_video)
        serve_wish(t);
}

/* What came before nobody knew would be recorded: it is taken only where no keyframe can be asked
 * for. */
static void replay(struct subscription *s)
{
    struct packet_replay replay;
    struct packet *p;

    if (!s->track->cache.keeps_group) {
        track_want_keyframe(s->track, false);
        return;
    }
    if (!packet_replay_init(&replay, &s->track->cache))
        return;
    while ((p = packet_replay_next(&replay, &s->track->cache)) != NULL)
        copy_all(s, &p, 1);
}

static void clock_known(struct subscription *s)
{
    struct tapped_track *t = s->user;

    if (rid_of(t, s) == t->current)
        tell_clock(t);
}

static const struct subscriber_ops tap_ops = {
    .packets = copy_all,
    .replay = replay,
    .clock_known = clock_known,
};

/* ---- now and then ---- */

static bool is_published(const struct tapped_track *t)
{
    for (uint8_t rid = 0; rid < t->source.n_rids; rid++) {
        if (track_of(t, rid))
            return true;
    }
    return false;
}

static void look(struct tapped_track *t)
{
    if (t->has_ended)
        return;
    if (!is_published(t)) {
        end(t);
        return;
    }
    choose(t);
    tell_clock(t);
    if (!t->is_video)
        return;
    if (t->wants_keyframe && t->current < t->source.n_rids && t->rids[t->current].track)
        track_want_keyframe(t->rids[t->current].track, false);
    t->wants_keyframe = false;
    serve_wish(t);
}

static void leave(struct tapped_track *t)
{
    for (uint8_t rid = 0; rid < t->source.n_rids; rid++)
        router_unsubscribe(&t->rids[rid]);
}

static void timer_fired(struct timer *timer, int64_t now_us)
{
    struct record_tap *tap = CONTAINER_OF(timer, struct record_tap, timer);
    bool is_closed = record_queue_is_closed(tap->queue);

    for (unsigned i = 0; i < tap->n_tracks; i++) {
        if (is_closed)
            leave(&tap->tracks[i]);
        else
            look(&tap->tracks[i]);
    }
    if (!is_closed)
        timer_wheel_set(&tap->worker->wheel, timer, now_us + RECORD_LOOK_US);
}

/* ---- life ---- */

struct record_tap *record_tap_new(const struct record_request *request)
{
    struct record_tap *tap = calloc(1, sizeof *tap);

    if (!tap)
        return NULL;
    record_queue_ref(request->queue);
    tap->id = request->id;
    tap->queue = request->queue;
    tap->timer.fire = timer_fired;
    tap->n_tracks = request->n_sources;
    for (unsigned i = 0; i < tap->n_tracks; i++) {
        struct tapped_track *t = &tap->tracks[i];

        t->tap = tap;
        t->source = request->sources[i];
        t->index = (uint8_t)i;
        t->is_video = codec_info(t->source.codec)->kind == TRACK_VIDEO;
        /* of several rids the first is the one whose keyframe comes first */
        t->current = t->source.n_rids > 1 ? t->source.n_rids : 0;
        t->stand_in = t->current;
        for (unsigned rid = 0; rid < LENGTH(t->rids); rid++)
            t->rids[rid] = (struct subscription){.ops = &tap_ops, .user = t};
    }
    return tap;
}

void record_tap_free(struct record_tap *tap)
{
    if (!tap)
        return;
    record_queue_unref(tap->queue);
    free(tap);
}

void record_tap_start(struct worker *w, struct record_tap *tap)
{
    tap->worker = w;
    if (fixed_table_set(&w->record_taps, &tap->id, tap) < 0) {
        record_tap_free(tap); /* out of memory: nothing is recorded of it */
        return;
    }
    timer_fired(&tap->timer, w->now_us);
}

static void stop(struct record_tap *tap)
{
    timer_cancel(&tap->timer);
    for (unsigned i = 0; i < tap->n_tracks; i++) {
        leave(&tap->tracks[i]);
        end(&tap->tracks[i]);
    }
    record_tap_free(tap);
}

void record_tap_stop(struct worker *w, uint64_t id)
{
    struct record_tap *tap = fixed_table_remove(&w->record_taps, &id);

    if (tap)
        stop(tap);
}

void record_tap_stop_all(struct worker *w)
{
    struct record_tap *tap;

    while ((tap = fixed_table_any(&w->record_taps)) != NULL)
        record_tap_stop(w, tap->id);
}
