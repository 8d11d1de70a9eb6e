#include "mediad/rtc/router.h"

#include <string.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/connection.h"

#define REOPEN_US US_PER_S
/* Room in a ring that video leaves to audio and datagrams, and room at which it comes back. */
#define RING_RESERVE 128
#define RING_RESUME 384

static bool is_published_here(const struct track *t)
{
    return t->owner == t->worker->index;
}

static void post_track_mail(struct worker *w, unsigned to, enum mail_kind kind, uint64_t id,
                            bool is_first)
{
    struct mail mail = {.kind = kind, .id = id, .number = w->index, .data = {is_first}};

    /* a full ring costs a repetition: openings and wishes are repeated by timers */
    if (!worker_post(w, to, &mail))
        worker_count(w, COUNT_DROP_RING, 1);
}

/* What the receivers here can take; said again each second, for the owner forgets it. */
static void share_rate(struct track *t)
{
    struct track_limits limits = track_limits(t);
    struct mail mail = {.kind = MAIL_TRACK_RATE, .id = t->id, .number = t->worker->index};

    if (limits.least_bps == TOLD_RATE_UNKNOWN && t->shared.least_bps == TOLD_RATE_UNKNOWN)
        return;
    limits.at_us = t->worker->now_us;
    _Static_assert(sizeof limits <= sizeof mail.data, "limits fit into a mail");
    memcpy(mail.data, &limits, sizeof limits);
    if (worker_post(t->worker, t->owner, &mail))
        t->shared = limits;
    else
        worker_count(t->worker, COUNT_DROP_RING, 1);
}

/* While nothing comes: the opening may have been lost, or have overtaken the publisher's start. */
static void open_timer_fired(struct timer *timer, int64_t now_us)
{
    struct track *t = CONTAINER_OF(timer, struct track, open_timer);

    if (!t->is_fed)
        post_track_mail(t->worker, t->owner, MAIL_TRACK_OPEN, t->id, false);
    t->is_fed = false;
    track_tick(t);
    if (t->kind == TRACK_VIDEO)
        share_rate(t);
    timer_wheel_set(&t->worker->wheel, timer, now_us + REOPEN_US);
}

/* ---- mirrors ---- */

static void mirror_wants_keyframe(struct track *t)
{
    post_track_mail(t->worker, t->owner, MAIL_TRACK_KEYFRAME, t->id, false);
}

static void mirror_limit_fell(struct track *t, int64_t bps)
{
    const struct told_rate least = {t->shared.least_bps, t->shared.at_us};
    const struct told_rate most = {t->shared.most_bps, t->shared.at_us};

    if (told_rate_is_over(&least, bps) ||
        (t->shared.most_bps != TOLD_RATE_UNKNOWN && told_rate_is_over(&most, bps) &&
         told_rate_is_over(&most, track_limits(t).most_bps)))
        share_rate(t);
}

static const struct track_source_ops mirror_ops = {
    .want_keyframe = mirror_wants_keyframe,
    .limit_fell = mirror_limit_fell,
};

static struct track *open_mirror(struct worker *w, const struct track_address *from)
{
    struct track *t = track_new(w, from->id, from->owner, from->codec, &mirror_ops, NULL);

    if (!t)
        return NULL;
    t->open_timer.fire = open_timer_fired;
    t->shared = (struct track_limits){TOLD_RATE_UNKNOWN, TOLD_RATE_UNKNOWN, w->now_us};
    timer_wheel_set(&w->wheel, &t->open_timer, w->now_us + REOPEN_US);
    post_track_mail(w, t->owner, MAIL_TRACK_OPEN, t->id, true);
    return t;
}

void router_subscribe(struct worker *w, struct subscription *s, const struct track_address *from)
{
    struct track *t = fixed_table_find(&w->tracks, &from->id);
    bool is_opening = !t && from->owner != w->index;

    if (is_opening)
        t = open_mirror(w, from);
    if (t)
        track_subscribe(t, s, is_opening);
}

void router_unsubscribe(struct subscription *s)
{
    struct track *t = s->track;

    track_unsubscribe(s);
    if (!t || !list_is_empty(&t->subscribers) || is_published_here(t))
        return;
    post_track_mail(t->worker, t->owner, MAIL_TRACK_CLOSE, t->id, false);
    track_free(t);
}

static void share_time_with(struct track *t, unsigned to)
{
    struct mail mail = {.kind = MAIL_TRACK_TIME, .id = t->id};

    _Static_assert(sizeof t->time <= sizeof mail.data, "a clock fits into a mail");
    memcpy(mail.data, &t->time, sizeof t->time);
    if (!worker_post(t->worker, to, &mail))
        worker_count(t->worker, COUNT_DROP_RING, 1);
}

void router_set_time(struct track *t, const struct track_time *time)
{
    track_set_time(t, time);
    for (uint64_t left = t->mirrors; left; left &= left - 1)
        share_time_with(t, (unsigned)__builtin_ctzll(left));
}

static void share_cname_with(struct track *t, unsigned to)
{
    struct packet_slot *slot = t->cname.len ? slab_take(&t->worker->slab) : NULL;
    struct mail mail = {.kind = MAIL_TRACK_CNAME, .id = t->id, .pointer = slot};

    if (!slot)
        return;
    memcpy(slot->data, t->cname.data, t->cname.len);
    slot->len = (uint16_t)t->cname.len;
    if (!worker_post(t->worker, to, &mail))
        slab_unref(&t->worker->slab, &slot->packet);
}

static void keep_cname(struct track *t, struct span cname)
{
    memcpy(t->cname_bytes, cname.data, cname.len);
    t->cname = span_of(t->cname_bytes, cname.len);
}

void router_set_cname(struct track *t, struct span cname)
{
    if (cname.len > sizeof t->cname_bytes || span_eq(cname, t->cname))
        return;
    keep_cname(t, cname);
    for (uint64_t left = t->mirrors; left; left &= left - 1)
        share_cname_with(t, (unsigned)__builtin_ctzll(left));
}

static bool cross_packet(struct worker *w, unsigned to, uint64_t id, struct packet *packet)
{
    struct mail mail = {.kind = MAIL_TRACK_PACKET, .id = id, .pointer = packet};

    slab_ref(packet);
    if (worker_post(w, to, &mail)) {
        worker_count(w, COUNT_CROSSED_PACKETS, 1);
        return true;
    }
    slab_unref(&w->slab, packet);
    worker_count(w, COUNT_DROP_RING, 1);
    return false;
}

/* Whole pictures of video are dropped when the ring is filling up, never audio before it is full.
 */
static bool may_cross(struct track *t, unsigned to, const struct packet *packet)
{
    struct worker *w = t->worker;
    uint64_t bit = UINT64_C(1) << to;

    if (t->kind != TRACK_VIDEO)
        return true;
    unsigned room = mailbox_room(&w->workers[to].mailbox, 1 + w->index);

    if (t->congested & bit) {
        if (room < RING_RESUME || !packet->info.is_picture_start)
            return false;
        t->congested &= ~bit;
        track_want_keyframe(t, false);
        return true;
    }
    if (room > RING_RESERVE)
        return true;
    t->congested |= bit;
    return false;
}

void router_cross(struct track *t, struct packet *const *packets, unsigned n)
{
    for (uint64_t left = t->mirrors; left; left &= left - 1) {
        unsigned to = (unsigned)__builtin_ctzll(left);

        for (unsigned i = 0; i < n; i++) {
            if (!may_cross(t, to, packets[i]))
                worker_count(t->worker, COUNT_DROP_RING, 1);
            else
                (void)cross_packet(t->worker, to, t->id, packets[i]);
        }
    }
}

/* A mirror starts: it gets what a receiver here would get (track_subscribe()). */
static void add_mirror(struct track *t, unsigned to, bool is_first)
{
    uint64_t bit = UINT64_C(1) << to;
    struct packet_replay replay;
    struct packet *packet;

    /* asked again because nothing comes; a first time counts also when the last closing was lost */
    if ((t->mirrors & bit) && !is_first)
        return;
    track_flush(t);
    bool is_first_of_all = !track_is_received(t);

    t->mirrors |= bit;
    if (is_first_of_all && t->source->received)
        t->source->received(t);
    t->congested &= ~bit;
    t->limits[to] = (struct track_limits){0};
    if (t->time.is_known)
        share_time_with(t, to);
    share_cname_with(t, to);
    if (t->kind != TRACK_VIDEO)
        return;
    unsigned room = mailbox_room(&t->worker->workers[to].mailbox, 1 + t->worker->index);

    /* a group with a hole in it is of no use */
    if (!track_can_replay(t) || room < packet_cache_since_keyframe(&t->cache) + RING_RESERVE ||
        !packet_replay_init(&replay, &t->cache)) {
        track_want_keyframe(t, false);
        return;
    }
    while ((packet = packet_replay_next(&replay, &t->cache)) != NULL)
        (void)cross_packet(t->worker, to, t->id, packet);
}

static void time_came(struct track *t, const struct mail *mail)
{
    struct track_time time;

    memcpy(&time, mail->data, sizeof time);
    track_set_time(t, &time);
}

static void rate_came(struct track *t, const struct mail *mail)
{
    struct track_limits *limits = &t->limits[mail->number];

    memcpy(limits, mail->data, sizeof *limits);
    limits->at_us = t->worker->now_us;
    t->source->limit_fell(t, limits->least_bps);
}

void router_receive(struct worker *w, const struct mail *mail)
{
    struct track *t = fixed_table_find(&w->tracks, &mail->id);
    struct packet_slot *slot = mail->pointer;

    switch (mail->kind) {
    case MAIL_TRACK_OPEN:
        if (t && is_published_here(t))
            add_mirror(t, mail->number, mail->data[0]);
        break;
    case MAIL_TRACK_CLOSE:
        if (t)
            t->mirrors &= ~(UINT64_C(1) << mail->number);
        break;
    case MAIL_TRACK_KEYFRAME:
        if (t)
            track_want_keyframe(t, false);
        break;
    case MAIL_TRACK_PACKET:
        if (t)
            track_push(t, mail->pointer);
        else
            slab_unref(&w->slab, mail->pointer);
        break;
    case MAIL_TRACK_TIME:
        if (t)
            time_came(t, mail);
        break;
    case MAIL_TRACK_CNAME:
        if (t)
            keep_cname(t, span_of(slot->data, slot->len));
        slab_unref(&w->slab, &slot->packet);
        break;
    case MAIL_TRACK_RATE:
        if (t && is_published_here(t))
            rate_came(t, mail);
        break;
    default:
        break;
    }
}
