/*
 * Workers without loops and sockets, packets made by hand, a publisher that counts and a subscriber
 * that writes down what they are called with: for tests of tracks and their routes.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_WORKERS_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_WORKERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/router.h"

struct test_workers {
    unsigned n;
    struct mailbox control;
    struct worker workers[3];
};

static inline void test_workers_init(struct test_workers *t, unsigned n)
{
    memset(t, 0, sizeof *t);
    t->n = n;
    assert_int_equal(0, mailbox_init(&t->control, n, WORKER_RING_SIZE));
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(0, worker_init(&t->workers[i], i, t->workers, n, &t->control, NULL, NULL));
        worker_set_clock(&t->workers[i], 1000000, 1700000000000000);
        timer_wheel_init(&t->workers[i].wheel, 1000000);
    }
}

static inline void test_workers_release(struct test_workers *t)
{
    for (unsigned i = 0; i < t->n; i++)
        worker_release(&t->workers[i]);
    mailbox_release(&t->control);
}

/* Time passes for all; timers that are due fire. */
static inline void test_workers_pass(struct test_workers *t, int64_t us)
{
    for (unsigned i = 0; i < t->n; i++) {
        struct worker *w = &t->workers[i];

        worker_set_clock(w, w->now_us + us, 1700000000000000 + w->now_us + us);
        timer_wheel_run(&w->wheel, w->now_us);
    }
}

/* What the workers posted to one another, until nothing is left. @return mails */
static inline unsigned test_workers_deliver(struct test_workers *t)
{
    unsigned n = 0, n_before;

    do {
        n_before = n;
        for (unsigned to = 0; to < t->n; to++) {
            for (unsigned from = 0; from < t->n; from++) {
                struct mail mail;

                while (mailbox_take(&t->workers[to].mailbox, 1 + from, &mail)) {
                    router_receive(&t->workers[to], &mail);
                    n++;
                }
            }
            track_flush_all(&t->workers[to]);
        }
    } while (n > n_before);
    return n;
}

/* A packet as a publisher's connection hands it in. */
static inline struct packet *test_packet(struct worker *w, uint16_t seq, bool is_keyframe)
{
    struct packet_slot *slot = slab_take(&w->slab);

    assert_non_null(slot);
    struct packet *p = &slot->packet;

    p->len = 20;
    p->arrival_us = w->now_us;
    p->ext_seq = 0x10000 + seq;
    p->seq = seq;
    p->rtp_ts = seq * 3000u;
    p->ssrc = 7;
    p->payload_at = 12;
    p->payload_len = 8;
    p->marker = true;
    memset(p->data + p->payload_at, 0, p->payload_len);
    memset(&p->info, 0, sizeof p->info);
    p->info.keyframe = is_keyframe ? KEYFRAME_YES : KEYFRAME_NO;
    p->info.is_picture_start = true;
    return p;
}

/* A picture of VP8 in one packet, whose descriptor tells of temporal layers (RFC 7741). */
struct test_picture {
    bool is_keyframe;
    uint16_t id;
    uint8_t tl0picidx;
    uint8_t tid;
};

static inline struct packet *test_vp8_packet(struct worker *w, uint16_t seq,
                                             const struct test_picture *picture)
{
    /* X and S; I, L and T; then those, and the frame's first bytes */
    const uint8_t payload[] = {0x90,
                               0xe0,
                               (uint8_t)(0x80 | picture->id >> 8),
                               (uint8_t)picture->id,
                               picture->tl0picidx,
                               (uint8_t)(picture->tid << 6),
                               picture->is_keyframe ? 0 : 1,
                               0};
    struct packet *p = test_packet(w, seq, picture->is_keyframe);

    p->payload_len = sizeof payload;
    p->len = (uint16_t)(p->payload_at + sizeof payload);
    memcpy(p->data + p->payload_at, payload, sizeof payload);
    assert_int_equal(0, payload_parse(CODEC_VP8, packet_payload(p), p->marker, &p->info));
    return p;
}

/* A publisher that counts what its track asks of it. */
struct test_publisher {
    unsigned n_keyframes, n_crossed;
    int64_t limit_bps;
};

static inline void test_publisher_want_keyframe(struct track *t)
{
    ((struct test_publisher *)t->source_user)->n_keyframes++;
}

static inline void test_publisher_cross(struct track *t, struct packet *const *packets, unsigned n)
{
    ((struct test_publisher *)t->source_user)->n_crossed += n;
    router_cross(t, packets, n);
}

static inline void test_publisher_limit_fell(struct track *t, int64_t bps)
{
    ((struct test_publisher *)t->source_user)->limit_bps = bps;
}

static const struct track_source_ops test_publisher_ops = {
    .want_keyframe = test_publisher_want_keyframe,
    .cross = test_publisher_cross,
    .limit_fell = test_publisher_limit_fell,
};

/* Writes "packets 1 2|replay 1 2|clock|" and so on. */
struct recorder {
    struct subscription sub;
    char said[512];
    struct recorder *leaves; /* unsubscribes this one at its next packets */
};

static inline void recorder_add(struct recorder *r, const char *text)
{
    size_t len = strlen(r->said);

    snprintf(r->said + len, sizeof r->said - len, "%s", text);
}

static inline void recorder_add_packet(struct recorder *r, const struct packet *p)
{
    char text[16];

    snprintf(text, sizeof text, " %u", p->seq);
    recorder_add(r, text);
}

static inline void recorder_packets(struct subscription *s, struct packet *const *packets,
                                    unsigned n)
{
    struct recorder *r = s->user;

    recorder_add(r, "packets");
    for (unsigned i = 0; i < n; i++)
        recorder_add_packet(r, packets[i]);
    recorder_add(r, "|");
    if (r->leaves)
        track_unsubscribe(&r->leaves->sub);
}

static inline void recorder_replay(struct subscription *s)
{
    struct packet_replay replay;
    struct packet *p;

    recorder_add(s->user, "replay");
    assert_true(packet_replay_init(&replay, &s->track->cache));
    while ((p = packet_replay_next(&replay, &s->track->cache)) != NULL)
        recorder_add_packet(s->user, p);
    recorder_add(s->user, "|");
}

static inline void recorder_clock_known(struct subscription *s)
{
    recorder_add(s->user, "clock|");
}

static const struct subscriber_ops recorder_ops = {
    .packets = recorder_packets,
    .replay = recorder_replay,
    .clock_known = recorder_clock_known,
};

static inline void recorder_init(struct recorder *r)
{
    memset(r, 0, sizeof *r);
    r->sub.ops = &recorder_ops;
    r->sub.user = r;
}

/* What it was called with since the last look. */
static inline void assert_recorded(struct recorder *r, const char *want)
{
    assert_string_equal(want, r->said);
    r->said[0] = '\0';
}

#endif
