/*
 * A publisher of sound, a camera and a screen, whose packets a test makes, and the feedback that it
 * gets. Include it once: it keeps the publisher at hand.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_PUBLISHER_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_PUBLISHER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "common/macros.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/rtp.h"
#include "mediad/rtc/transport_feedback.h"
#include "tests/unit/mediad/rtc/test_up.h"

enum { SOUND, CAMERA, SCREEN };
enum { SOUND_PT = 111, VIDEO_PT = 96, RTX_PT = 97, SCREEN_PT = 98 };
enum { SOUND_SSRC = 10, VIDEO_SSRC = 20, RTX_SSRC = 21 };
enum { MID_ID = 1, RID_ID = 2, TRANSPORT_CC_ID = 3 };

static struct test_up side;
static struct up_connection *up;

static inline struct worker *worker(void)
{
    return &side.room.workers[0];
}

static inline void section(struct up_section *s, enum track_kind kind, const char *mid,
                           enum codec codec, uint8_t pt, uint8_t feedback)
{
    s->is_accepted = true;
    s->is_active = true;
    s->kind = kind;
    snprintf(s->mid, sizeof s->mid, "%s", mid);
    s->codecs[0].codec = codec;
    s->codecs[0].pt = pt;
    s->codecs[0].feedback = feedback;
    s->n_codecs = 1;
    s->ext_ids[HEADER_EXT_MID] = MID_ID;
}

static bool has_transport_cc;   /* negotiated */
static uint8_t transport_cc_id; /* in packets; 0: none */
static uint16_t transport_cc;

/* Sound with a signalled SSRC; a camera in two rids, or with a signalled SSRC and RTX; a screen. */
static inline struct negotiated *make_plan(bool is_simulcast)
{
    struct negotiated *plan = calloc(1, sizeof *plan + 3 * sizeof plan->sections[0]);
    struct up_section *camera;

    assert_non_null(plan);
    plan->n_sections = 3;
    camera = &plan->sections[CAMERA];
    section(&plan->sections[SOUND], TRACK_AUDIO, "a", CODEC_OPUS, SOUND_PT, FEEDBACK_NACK);
    plan->sections[SOUND].ssrc = SOUND_SSRC;
    section(camera, TRACK_VIDEO, "v", CODEC_VP8, VIDEO_PT,
            FEEDBACK_NACK | FEEDBACK_PLI | FEEDBACK_REMB);
    camera->codecs[0].rtx_pt = RTX_PT;
    if (has_transport_cc) {
        camera->codecs[0].feedback |= FEEDBACK_TRANSPORT_CC;
        camera->ext_ids[HEADER_EXT_TRANSPORT_CC] = TRANSPORT_CC_ID;
    }
    section(&plan->sections[SCREEN], TRACK_VIDEO, "s", CODEC_VP8, SCREEN_PT, FEEDBACK_FIR);
    if (!is_simulcast) {
        camera->ssrc = VIDEO_SSRC;
        camera->rtx_ssrc = RTX_SSRC;
        return plan;
    }
    camera->ext_ids[HEADER_EXT_RID] = RID_ID;
    camera->n_rids = 2;
    snprintf(camera->rids[0].id, sizeof camera->rids[0].id, "h");
    snprintf(camera->rids[1].id, sizeof camera->rids[1].id, "l");
    return plan;
}

static unsigned n_demands, n_limits;
static uint64_t last_track;

/* Every track is a new one. Takes the plan. */
static inline void take_plan(struct negotiated *plan)
{
    struct connection_update u = {.up = plan};
    struct up_track tracks[TRACKS_MAX];

    u.n_up = negotiated_tracks(u.up, tracks, LENGTH(tracks));
    for (size_t i = 0; i < u.n_up; i++)
        u.up_targets[i] = (struct up_target){++last_track, tracks[i]};
    assert_int_equal(0, up_connection_update(up, &u));
    assert_null(u.up);
}

static inline void describe(bool is_simulcast)
{
    last_track = 99; /* the same tracks each time */
    take_plan(make_plan(is_simulcast));
}

static inline void demand_changed(void *user)
{
    ++*(unsigned *)user;
}

static inline void limit_changed(void *user)
{
    (void)user;
    n_limits++;
}

static const struct up_connection_events events = {.demand_changed = demand_changed,
                                                   .limit_changed = limit_changed};

static inline int open_room(void **state)
{
    (void)state;
    has_transport_cc = false;
    transport_cc_id = 0;
    if (test_up_open(&side, &events, &n_demands) < 0)
        return -1;
    up = side.connection;
    return 0;
}

static inline int close_room(void **state)
{
    (void)state;
    test_up_close(&side);
    return 0;
}

/* One packet of ten bytes. @param ext_id 0: none; else MID_ID or RID_ID, with `text` */
static inline void come(uint8_t pt, uint32_t ssrc, uint16_t seq, uint8_t ext_id, const char *text)
{
    struct rtp_out h = {.pt = pt,
                        .ssrc = ssrc,
                        .seq = seq,
                        .rtp_ts = seq * 3000u,
                        .transport_cc_id = transport_cc_id,
                        .transport_cc = transport_cc++,
                        .mid_id = ext_id,
                        .mid = span_str(text)};
    static const uint8_t payload[10] = {0x10, 0x01}; /* VP8: a start, not of a keyframe */
    struct packet_slot *slot = test_up_slot(&side);

    test_up_come(&side, slot,
                 rtp_write_packet(slot->data, DATAGRAM_MAX, &h, span_of(payload, sizeof payload)));
}

static inline struct track *track_at(unsigned i)
{
    return up->sources[i]->track;
}

/* "7@10 8- ": number and how many ms after the first */
static inline void add_arrivals(char *text, size_t size, struct span items)
{
    struct transport_feedback_clock clock = {0};
    struct transport_feedback f;
    struct transport_feedback_walk w;
    int64_t first_us = -1, arrival_us;
    uint16_t number;
    bool has_arrived;

    assert_int_equal(0, transport_feedback_read(&f, items));
    w = transport_feedback_walk(&f, &clock);
    while (transport_feedback_next(&w, &number, &has_arrived, &arrival_us)) {
        size_t at = strlen(text);

        if (first_us < 0)
            first_us = arrival_us;
        if (has_arrived)
            snprintf(text + at, size - at, "%u@%lld ", number,
                     (long long)(arrival_us - first_us) / 1000);
        else
            snprintf(text + at, size - at, "%u- ", number);
    }
}

/* The feedback that left since the last look: "nack 3|pli|remb 400000|". */
static const char *feedback(void)
{
    static char text[256];
    struct send_batch *b = &worker()->batch;

    text[0] = '\0';
    for (unsigned i = 0; i < b->n; i++) {
        size_t len = b->items[i].len;
        struct rtcp_packet p;
        struct span rest;
        uint16_t seq, mask;

        assert_int_equal(0, secure_rtp_unprotect_rtcp(&side.publisher, b->items[i].data, &len));
        rest = span_of(b->items[i].data, len);
        while (rtcp_next(&rest, &p) == 1) {
            size_t at = strlen(text);

            if (p.kind == RTCP_NACK && rtcp_nack_at(&p, 0, &seq, &mask))
                snprintf(text + at, sizeof text - at, "nack %u|", seq);
            else if (p.kind == RTCP_PLI)
                snprintf(text + at, sizeof text - at, "pli|");
            else if (p.kind == RTCP_FIR)
                snprintf(text + at, sizeof text - at, "fir|");
            else if (p.kind == RTCP_TRANSPORT_CC)
                add_arrivals(text, sizeof text, p.items);
            else if (p.kind == RTCP_REMB)
                snprintf(text + at, sizeof text - at, "remb %u|", (unsigned)p.remb_bps);
        }
    }
    b->n = 0;
    return text;
}

#endif
