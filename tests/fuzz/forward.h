/*
 * A publisher's connection, and beside it on the same worker that of a receiver of all it
 * publishes: sound, perhaps redundant, and a camera, perhaps in two rids. Without sockets: what
 * leaves is looked at and dropped. For fuzz targets of what is kept from packet to packet; each
 * input has connections and a clock of its own, and nothing of it may stay.
 */
#ifndef NEREID_TESTS_FUZZ_FORWARD_H
#define NEREID_TESTS_FUZZ_FORWARD_H

#include "check.h"
#include "common/now.h"
#include "mediad/rtc/downlink.h"
#include "mediad/rtc/red.h"
#include "mediad/rtc/rtp.h"
#include "mediad/rtc/rtcp_feedback.h"
#include "tests/unit/mediad/rtc/test_up.h"

enum { SOUND, CAMERA, SECTIONS };
/* What the publisher sends, */
enum { OPUS_PT = 111, RED_PT = 63, VIDEO_PT = 96, RTX_PT = 97 };
enum { SOUND_SSRC = 10, VIDEO_SSRC = 20, VIDEO_RTX_SSRC, LOW_SSRC = 30, LOW_RTX_SSRC };
enum { MID_ID = 1, RID_ID, RRID_ID, LEVEL_ID, TRANSPORT_CC_ID, DEPENDENCY_ID };
/* and what its receiver is sent, from the same number on. */
enum { SENT_OPUS_PT = 100, SENT_RED_PT, SENT_VIDEO_PT, SENT_RTX_PT, SENT_FIRST_SEQ = 1000 };
enum { SENT_SOUND_SSRC = 1000, SENT_VIDEO_SSRC = 2000, SENT_RTX_SSRC, REPORTER_SSRC = 3000 };
/* Of the first suite: it is not written yet while a packet waits in the batch. */
enum { SRTP_TAG = 10 };

/* What was negotiated: bits. */
enum forward_traits {
    FORWARD_CODEC = 3, /* which of the four of the camera */
    FORWARD_SIMULCAST = 1 << 2,
    FORWARD_DEPENDENCY = 1 << 3,
    FORWARD_TAKES_RED = 1 << 4,    /* the receiver */
    FORWARD_TRANSPORT_CC = 1 << 5, /* both */
    FORWARD_DEAF = 1 << 6,         /* the publisher: no keyframe can be asked for */
    FORWARD_LOWEST_ONLY = 1 << 7,  /* the receiver */
};

struct forward {
    bool is_ready;
    struct test_workers room;
    struct peer_transport up_transport, down_transport;
    size_t n_reserved; /* slots, while there is no connection */
    /* of one input */
    uint8_t traits;
    bool is_camera_on;
    bool is_watched;
    uint64_t first_track; /* id of the sound's; the camera's follow */
    struct connection_stats *published, *received;
    struct up_connection *up;
    struct down_connection *down;
    struct client_connection place;
    struct subscription watchers[1 + NEGOTIATE_RIDS_MAX]; /* of each track, besides the receiver */
    uint16_t transport_cc;
};

static inline struct worker *forward_worker(struct forward *f)
{
    return &f->room.workers[0];
}

/* ---- what comes through ---- */

static inline void forward_check_red(const struct packet *p)
{
    struct red red;

    check(p->red_at + p->red_len <= p->len);
    check(red_parse(&red, span_of(p->data + p->red_at, p->red_len), OPUS_PT) == 0);
    check(p->red_at + red.primary_at == p->payload_at && red.primary_len == p->payload_len);
}

static inline void forward_check_packet(const struct packet *p)
{
    check(p->len <= DATAGRAM_MAX && p->payload_at + p->payload_len <= p->len);
    check((uint16_t)p->ext_seq == p->seq);
    check(p->descriptor.at + p->descriptor.len <= p->len || p->descriptor.len == 0);
    check(p->descriptor.n_targets <= PACKET_TARGETS);
    if (p->red_len)
        forward_check_red(p);
}

static inline void forward_watch(struct subscription *s, struct packet *const *packets, unsigned n)
{
    (void)s;
    for (unsigned i = 0; i < n; i++)
        forward_check_packet(packets[i]);
}

static inline void forward_watch_replay(struct subscription *s)
{
    struct packet_replay replay;
    struct packet *p;

    check(packet_replay_init(&replay, &s->track->cache));
    while ((p = packet_replay_next(&replay, &s->track->cache)) != NULL)
        forward_check_packet(p);
}

static inline void forward_clock_known(struct subscription *s)
{
    (void)s;
}

static const struct subscriber_ops forward_watcher_ops = {
    .packets = forward_watch,
    .replay = forward_watch_replay,
    .clock_known = forward_clock_known,
};

/* What is on its way to the receiver reads as RTP of its streams. Then it is dropped. */
static inline void forward_look(struct forward *f)
{
    struct send_batch *b = &forward_worker(f)->batch;

    for (unsigned i = 0; i < b->n; i++) {
        struct span packet = span_of(b->items[i].data, b->items[i].len - SRTP_TAG);
        struct rtp_header h;
        struct red red;

        if (b->items[i].send_class == SEND_CONTROL)
            continue;
        check(rtp_parse(&h, packet) == 0);
        check(h.ssrc == SENT_SOUND_SSRC || h.ssrc == SENT_VIDEO_SSRC || h.ssrc == SENT_RTX_SSRC);
        check(h.pt != SENT_RED_PT ||
              red_parse(&red, span_of(packet.data + h.payload_at, h.payload_len), SENT_OPUS_PT) ==
                  0);
    }
    b->n = 0;
    b->n_jobs = 0;
}

/* It came, of so many bytes. Takes the slot. */
static inline void forward_come(struct forward *f, struct packet_slot *slot, size_t len)
{
    struct worker *w = forward_worker(f);

    slot->len = (uint16_t)len;
    up_connection_rtp(f->up, &slot);
    if (slot)
        slab_unref(&w->slab, &slot->packet);
    track_flush_all(w);
    forward_look(f);
}

static inline void forward_pass(struct forward *f, int64_t us)
{
    for (int64_t step_us; us > 0; us -= step_us) {
        step_us = us < 100 * US_PER_MS ? us : 100 * US_PER_MS;
        test_workers_pass(&f->room, step_us);
        forward_look(f);
    }
}

/* ---- descriptions ---- */

static inline bool forward_has(const struct forward *f, enum forward_traits trait)
{
    return f->traits & trait;
}

static inline enum codec forward_codec(const struct forward *f)
{
    static const enum codec codecs[] = {CODEC_VP8, CODEC_VP9, CODEC_AV1, CODEC_H264};

    return codecs[f->traits & FORWARD_CODEC];
}

static inline void forward_describe_sound(const struct forward *f, struct up_section *s)
{
    s->is_accepted = s->is_active = true;
    s->kind = TRACK_AUDIO;
    s->ssrc = SOUND_SSRC;
    s->ext_ids[HEADER_EXT_AUDIO_LEVEL] = LEVEL_ID;
    s->n_codecs = 1;
    s->codecs[0] = (struct up_codec){
        .codec = CODEC_OPUS, .pt = OPUS_PT, .red_pt = RED_PT, .feedback = FEEDBACK_NACK};
    memcpy(s->mid, "a", 2);
    if (forward_has(f, FORWARD_TRANSPORT_CC))
        s->ext_ids[HEADER_EXT_TRANSPORT_CC] = TRANSPORT_CC_ID;
}

static inline void forward_describe_camera(const struct forward *f, struct up_section *s)
{
    s->is_accepted = true;
    s->is_active = f->is_camera_on;
    s->kind = TRACK_VIDEO;
    s->ext_ids[HEADER_EXT_MID] = MID_ID;
    s->n_codecs = 1;
    s->codecs[0] = (struct up_codec){.codec = forward_codec(f),
                                     .pt = VIDEO_PT,
                                     .rtx_pt = RTX_PT,
                                     .feedback = FEEDBACK_NACK | FEEDBACK_REMB};
    memcpy(s->mid, "v", 2);
    if (!forward_has(f, FORWARD_DEAF))
        s->codecs[0].feedback |= FEEDBACK_PLI;
    if (forward_has(f, FORWARD_DEPENDENCY))
        s->ext_ids[HEADER_EXT_DEPENDENCY] = DEPENDENCY_ID;
    if (forward_has(f, FORWARD_TRANSPORT_CC)) {
        s->codecs[0].feedback |= FEEDBACK_TRANSPORT_CC;
        s->ext_ids[HEADER_EXT_TRANSPORT_CC] = TRANSPORT_CC_ID;
    }
    if (!forward_has(f, FORWARD_SIMULCAST)) {
        s->ssrc = VIDEO_SSRC;
        s->rtx_ssrc = VIDEO_RTX_SSRC;
        return;
    }
    s->ext_ids[HEADER_EXT_RID] = RID_ID;
    s->ext_ids[HEADER_EXT_RRID] = RRID_ID;
    s->n_rids = 2;
    memcpy(s->rids[0].id, "h", 2);
    memcpy(s->rids[1].id, "l", 2);
}

static inline void forward_describe_up(struct forward *f)
{
    struct connection_update u = {
        .up = calloc(1, sizeof *u.up + SECTIONS * sizeof u.up->sections[0])};
    struct up_track tracks[LENGTH(f->watchers)];

    check(u.up);
    u.up->n_sections = SECTIONS;
    forward_describe_sound(f, &u.up->sections[SOUND]);
    forward_describe_camera(f, &u.up->sections[CAMERA]);
    u.n_up = negotiated_tracks(u.up, tracks, LENGTH(tracks));
    for (size_t i = 0; i < u.n_up; i++)
        u.up_targets[i] = (struct up_target){f->first_track + i, tracks[i]};
    check(up_connection_update(f->up, &u) == 0);
    for (size_t i = 0; i < LENGTH(f->watchers); i++) {
        track_unsubscribe(&f->watchers[i]);
        if (f->is_watched && i < f->up->n_sources)
            track_subscribe(f->up->sources[i]->track, &f->watchers[i], false);
    }
}

static inline void forward_describe_down(struct forward *f)
{
    struct down_target targets[SECTIONS] = {
        [SOUND] = {.codec = CODEC_OPUS,
                   .n_rids = 1,
                   .rids = {{f->first_track, 0}},
                   .section = SOUND,
                   .ssrc = SENT_SOUND_SSRC,
                   .route = {.is_accepted = true, .pt = SENT_OPUS_PT},
                   .mid = "0"},
        [CAMERA] = {.codec = forward_codec(f),
                    .n_rids = 1,
                    .is_lowest_only = forward_has(f, FORWARD_LOWEST_ONLY),
                    .section = CAMERA,
                    .ssrc = SENT_VIDEO_SSRC,
                    .rtx_ssrc = SENT_RTX_SSRC,
                    .route = {.is_accepted = true, .pt = SENT_VIDEO_PT, .rtx_pt = SENT_RTX_PT},
                    .mid = "1"}};
    struct connection_update u = {.has_down = true,
                                  .n_down = SECTIONS,
                                  .down_targets = targets,
                                  .published = connection_stats_ref(f->published),
                                  .wish = {.rank = ALLOCATE_NO_RANK}};

    if (forward_has(f, FORWARD_SIMULCAST) && f->is_camera_on)
        targets[CAMERA].n_rids = 2;
    for (uint8_t i = 0; f->is_camera_on && i < targets[CAMERA].n_rids; i++)
        targets[CAMERA].rids[i] = (struct down_rid){f->first_track + 1 + i, (uint8_t)(1 + i)};
    targets[SOUND].route.red_pt = forward_has(f, FORWARD_TAKES_RED) ? SENT_RED_PT : 0;
    targets[SOUND].route.ext_ids[HEADER_EXT_AUDIO_LEVEL] = LEVEL_ID;
    for (unsigned i = 0; i < SECTIONS; i++) {
        targets[i].route.ext_ids[HEADER_EXT_MID] = MID_ID;
        targets[i].route.ext_ids[HEADER_EXT_TRANSPORT_CC] =
            forward_has(f, FORWARD_TRANSPORT_CC) ? TRANSPORT_CC_ID : 0;
        targets[i].route.ext_ids[HEADER_EXT_DEPENDENCY] =
            forward_has(f, FORWARD_DEPENDENCY) ? DEPENDENCY_ID : 0;
    }
    check(down_connection_update(f->down, &u) == 0);
    for (size_t i = 0; i < f->down->n_tracks; i++) {
        if (!f->down->tracks[i]->has_sent) /* so that an input can name its numbers */
            seq_map_init(&f->down->tracks[i]->map, SENT_FIRST_SEQ);
    }
    down_connection_flow(f->down);
    downlink_update(f->down);
}

/* Descriptions of both. A camera that goes on again has other tracks than before.
 * @param is_watched each packet is looked at as it is handed out; it counts as received then */
static inline void forward_describe(struct forward *f, bool is_camera_on, bool is_watched)
{
    f->is_watched = is_watched;
    if (is_camera_on && !f->is_camera_on)
        f->first_track += 10;
    f->is_camera_on = is_camera_on;
    forward_describe_up(f);
    forward_describe_down(f);
    forward_look(f);
}

/* ---- life ---- */

static inline void forward_nothing(void *user)
{
    (void)user;
}

static const struct up_connection_events forward_up_events = {
    .demand_changed = forward_nothing,
    .limit_changed = forward_nothing,
};
static const struct down_connection_events forward_down_events = {.allocated = forward_nothing};

static inline void forward_prepare(struct forward *f)
{
    check(test_transport_keys(&f->up_transport, NULL) == 0);
    check(test_transport_keys(&f->down_transport, NULL) == 0);
    test_workers_init(&f->room, 1);
    forward_worker(f)->sockets[0].fd = -1; /* a batch that is full goes nowhere */
    test_transport_attach(&f->up_transport, forward_worker(f));
    test_transport_attach(&f->down_transport, forward_worker(f));
    f->n_reserved = forward_worker(f)->slab.n_reserved;
    f->is_ready = true;
}

static inline void forward_open(struct forward *f, uint8_t traits)
{
    struct worker *w;

    if (!f->is_ready)
        forward_prepare(f);
    w = forward_worker(f);
    worker_set_clock(w, 1000000, 1700000000000000);
    timer_wheel_init(&w->wheel, 1000000);
    f->traits = traits;
    f->is_camera_on = false;
    f->first_track = 100;
    f->transport_cc = 0;
    f->published = connection_stats_new();
    f->received = connection_stats_new();
    check(f->published && f->received);
    f->up = up_connection_new(f->published);
    f->down = down_connection_new(f->received);
    check(f->up && f->down && client_join(&f->place, &w->clients, 7) == 0);
    f->up->report.ssrc = REPORTER_SSRC; /* else libsrtp2 would keep one of each input */
    up_connection_start(f->up, &f->up_transport, &forward_up_events, NULL);
    down_connection_start(f->down, &f->down_transport, &forward_down_events, NULL);
    check(downlink_join(f->down, &f->place) == 0);
    for (size_t i = 0; i < LENGTH(f->watchers); i++)
        f->watchers[i] = (struct subscription){.ops = &forward_watcher_ops};
    forward_describe(f, true, true);
}

/* Every packet is given back, and no timer runs that would find its owner gone. */
static inline void forward_close(struct forward *f)
{
    struct worker *w = forward_worker(f);

    downlink_leave(f->down);
    client_leave(&f->place);
    down_connection_free(f->down);
    sent_history_release(&f->down_transport.sent);
    for (size_t i = 0; i < LENGTH(f->watchers); i++)
        track_unsubscribe(&f->watchers[i]);
    up_connection_free(f->up);
    connection_stats_unref(f->published);
    connection_stats_unref(f->received);
    test_workers_pass(&f->room, 60 * US_PER_S);
    check(w->batch.n == 0 && list_is_empty(&w->dirty));
    check(w->slab.n_free == w->slab.n_touched && w->slab.n_reserved == f->n_reserved);
    check(atomic_load(&w->counts[COUNT_TRACKS]) == 0);
}

#endif
