/*
 * A publisher's rids, encoded by libvpx in three sizes, as their packets come to the server: some
 * in another order, some late, as they had to be sent again, some never. Include it once: it keeps
 * the publisher and its worker at hand.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_RIDS_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_RIDS_H

#include "layered_codec.h"
#include "mediad/rtc/rtp.h"
#include "tests/unit/mediad/rtc/test_workers.h"

enum {
    RIDS = 3,
    CLOCK_STEP = 3000, /* of a picture */
    FIRST_SEQ = 65000, /* over the end of the numbers */
    STAMP = 4,         /* bytes behind each payload: which packet of which rid it is */
    PART_MAX = 1000,   /* of a frame */
    SOURCE_MAX = 4096, /* packets of one rid */
    STOPPED = 40,      /* pictures that a rid pauses for */
    NEVER = 1 << 30,
    EXACT = 90,      /* RTP time that rounding makes, and a bit: 1 ms */
    SYNC_MAX = 3600, /* 40 ms: so far from the sound a picture may be */
};

struct source_packet {
    unsigned picture;
    bool is_first, marker;
    unsigned due; /* the step in which it comes to the server; NEVER */
    bool has_come;
    bool is_disturbed; /* it comes late, or never */
    size_t len;
    uint8_t payload[DESCRIPTOR_SIZE + PART_MAX + STAMP];
};

struct source_frame {
    bool is_key, needs_middle;
    uint8_t tid;
    int base, middle; /* pictures that it may be predicted from */
    unsigned first, n_packets;
    uint64_t hash; /* as its encoder meant it */
};

struct rid {
    struct codec_pair pair;
    vpx_codec_ctx_t ideal;
    struct test_publisher publisher;
    unsigned n_answered; /* of the keyframes that were asked for */
    struct track *track;
    uint32_t first_ts;
    unsigned stopped_until;
    unsigned n_pushed; /* all before it came, or never will */
    unsigned n_packets;
    struct source_packet packets[SOURCE_MAX];
    struct source_frame frames[PICTURES];
    int base, middle; /* the newest ones */
};

static struct test_workers room;
static struct rid rids[RIDS];
static unsigned step; /* a picture's time */

static inline struct worker *worker(void)
{
    return &room.workers[0];
}

static inline bool happens(unsigned n)
{
    return (unsigned)rand() % n == 0;
}

/* Most of what is lost is asked for, and comes a step or two later. */
static inline unsigned due_of(struct source_packet *s)
{
    s->is_disturbed = happens(40);
    if (!s->is_disturbed)
        return step;
    return happens(20) ? NEVER : step + 1 + happens(2);
}

static inline void keep_packet(struct rid *rid, unsigned picture, struct span part, bool is_first,
                               bool is_last)
{
    struct source_packet *s = &rid->packets[rid->n_packets];
    unsigned i = (unsigned)(rid - rids);
    size_t head = write_descriptor(&rid->pair, &rid->pair.frames[0], picture + 5000 * i, is_first,
                                   is_last, s->payload);
    uint8_t *stamp = s->payload + head + part.len;

    memcpy(s->payload + head, part.data, part.len);
    stamp[0] = (uint8_t)i;
    stamp[1] = (uint8_t)(rid->n_packets >> 8);
    stamp[2] = (uint8_t)rid->n_packets;
    stamp[3] = 0;
    s->len = head + part.len + STAMP;
    s->picture = picture;
    s->is_first = is_first;
    s->marker = is_last;
    s->due = due_of(s);
    rid->n_packets++;
    assert_true(rid->n_packets < SOURCE_MAX);
}

static inline void encode_rid(struct rid *rid, unsigned picture)
{
    struct source_frame *frame = &rid->frames[picture];
    const struct codec_pair *c = &rid->pair;
    const struct frame *f = &c->frames[0];
    bool is_wanted = rid->publisher.n_keyframes > rid->n_answered;
    size_t n;

    encode(&rid->pair, picture, is_wanted || step == rid->stopped_until);
    if (c->is_key)
        rid->n_answered = rid->publisher.n_keyframes;
    assert_int_equal(1, c->n_frames);
    n = (f->len + PART_MAX - 1) / PART_MAX;
    *frame = (struct source_frame){.is_key = c->is_key,
                                   .needs_middle = f->tid > 0 && !vp8_is_sync(c->since_key),
                                   .tid = f->tid,
                                   .base = rid->base,
                                   .middle = rid->middle,
                                   .first = rid->n_packets,
                                   .n_packets = (unsigned)n,
                                   .hash = decode(&rid->ideal, f->data, f->len)};
    for (size_t i = 0; i < n; i++) {
        size_t from = f->len * i / n, to = f->len * (i + 1) / n;

        keep_packet(rid, picture, span_of(f->data + from, to - from), i == 0, i + 1 == n);
    }
    if (f->tid == 0)
        rid->base = (int)picture;
    if (f->tid == 1 || c->is_key)
        rid->middle = (int)picture;
}

static inline void push(struct rid *rid, unsigned i, void (*look)(void))
{
    struct source_packet *s = &rid->packets[i];
    struct packet *p = test_packet(worker(), (uint16_t)(FIRST_SEQ + i), false);

    s->has_come = true;
    memcpy(p->data + p->payload_at, s->payload, s->len);
    p->len = (uint16_t)(p->payload_at + s->len);
    p->payload_len = (uint16_t)s->len;
    p->ext_seq = 0x10000 + FIRST_SEQ + i;
    p->rtp_ts = rid->first_ts + s->picture * CLOCK_STEP;
    p->marker = s->marker;
    assert_int_equal(0, payload_parse(CODEC_VP8, packet_payload(p), p->marker, &p->info));
    track_push(rid->track, p);
    if (happens(2))
        return; /* more of them come in one go */
    track_flush(rid->track);
    look();
}

/* What is due, of which neighbours change places. */
static inline void push_due(struct rid *rid, void (*look)(void))
{
    unsigned order[SOURCE_MAX], n = 0;

    while (rid->n_pushed < rid->n_packets &&
           (rid->packets[rid->n_pushed].has_come || rid->packets[rid->n_pushed].due == NEVER))
        rid->n_pushed++;
    for (unsigned i = rid->n_pushed; i < rid->n_packets; i++) {
        if (!rid->packets[i].has_come && rid->packets[i].due <= step)
            order[n++] = i;
    }
    for (unsigned i = 1; i < n; i++) {
        unsigned swap = order[i];

        if (!happens(10))
            continue;
        order[i] = order[i - 1];
        order[i - 1] = swap;
    }
    for (unsigned i = 0; i < n; i++)
        push(rid, order[i], look);
    track_flush(rid->track);
    look();
}

/* The next picture of each. @param has_clocks they are known by sender reports
 * @param look called whenever something may have left */
static inline void publish(unsigned picture, bool has_clocks, void (*look)(void))
{
    for (unsigned i = 0; i < RIDS; i++) {
        struct rid *rid = &rids[i];

        if (has_clocks && picture % 30 == 0)
            track_set_time(
                rid->track,
                &(struct track_time){true, rid->first_ts + picture * CLOCK_STEP, worker()->now_us});
        if (picture > 0 && step >= rid->stopped_until && happens(200))
            rid->stopped_until = step + STOPPED;
        if (step >= rid->stopped_until)
            encode_rid(rid, picture);
        push_due(rid, look);
        if (picture % 15 == 0)
            track_tick(rid->track);
    }
}

/* After the worker was made. */
static inline void rids_open(void)
{
    memset(rids, 0, sizeof rids);
    for (unsigned i = 0; i < RIDS; i++) {
        struct rid *rid = &rids[i];

        pair_open_scaled(&rid->pair, CODEC_VP8, false, 1u << i);
        decoder_open(&rid->ideal, CODEC_VP8);
        rid->first_ts = (uint32_t)rand() * 3u;
        rid->base = rid->middle = -1;
        rid->track = track_new(worker(), i + 1, 0, CODEC_VP8, &test_publisher_ops, &rid->publisher);
        assert_non_null(rid->track);
    }
}

static inline void rids_close(void)
{
    for (unsigned i = 0; i < RIDS; i++) {
        track_free(rids[i].track);
        assert_int_equal(vpx_codec_destroy(&rids[i].ideal), 0);
        pair_close(&rids[i].pair);
    }
}

/* ---- when a picture is shown beside the sound, where sender reports tell of all rids ---- */

/* A receiver's time line. The sound lies on it, whose times nobody changes, and so does the picture
 * that the receiver was sent first. */
struct sent_line {
    uint32_t start; /* when picture 0 was taken, as sent */
    unsigned began; /* the step in which what flows took over */
};

/* How much later than at a step it is sent. */
static inline int32_t line_lag(const struct sent_line *line, uint32_t ts, unsigned at)
{
    return rtp_ts_diff(ts, line->start + at * CLOCK_STEP);
}

/* What was taken since a takeover is sent with its time on the line, to the millisecond: what a
 * switch is wrong by stays for good, and the next one adds to it. What was taken until then waited
 * in the cache, or has the time of a picture of the rid before. Behind what was sent there is
 * little room for that: it may be late, but is never early, and has caught up within 40 ms. */
static inline void line_check(const struct sent_line *line, uint32_t ts, unsigned taken)
{
    int32_t lag = line_lag(line, ts, taken), behind = line_lag(line, ts, line->began);

    if (taken > line->began ? lag < -EXACT || lag > EXACT : lag < -EXACT || behind > SYNC_MAX)
        fail_msg("step %u: picture %u is sent %d ms late, %d ms behind the takeover in step %u",
                 step, taken, lag / 90, behind / 90, line->began);
}

/* What a sender report says of the time of now. */
static inline void line_check_report(const struct sent_line *line, uint32_t ts)
{
    int32_t lag = line_lag(line, ts, step);

    if (lag < -EXACT || lag > EXACT)
        fail_msg("step %u: the report is %d ms late", step, lag / 90);
}

#endif
