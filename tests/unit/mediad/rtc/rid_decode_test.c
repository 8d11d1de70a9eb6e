/*
 * A publisher's rids, encoded by libvpx in three sizes, as receivers get them who want now this one
 * and now that one, or fewer pictures, or none, while packets are lost and come late before the
 * server and behind it. Each picture that libvpx makes of it is bit by bit the one of the wanted
 * rid's encoder, times never go back, and no number is missing that the server could have sent.
 * Where sender reports tell how the rids' clocks relate, pictures stay beside the sound.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mediad/rtc/down_repair.h"
#include "mediad/rtc/down_source.h"
#include "mediad/rtc/rtcp.h"
#include "tests/unit/mediad/rtc/test_rids.h"
#include "tests/unit/mediad/rtc/test_transport.h"

enum {
    RECEIVERS = 3,
    STEP_US = 33333,
    NUMBERS = 8192, /* of one receiver */
    SRTP_TAG = 10,
    SSRC = 1000, /* of the first receiver; its RTX behind it */
    SEEDS = 6,
    LIVES = 15,     /* pictures */
    STILL_MAX = 90, /* pictures: one that is wanted may be paused itself */
    SETTLED = 75,   /* pictures after which what is wanted is there */
};

/* ---- a receiver ---- */

struct number {
    bool is_sent, has_come;
    bool marker;
    uint8_t rid;
    uint8_t n_asked;
    unsigned due, asked; /* steps */
    unsigned source;     /* its packet of the rid */
    uint32_t ts;
};

struct receiver {
    struct down_track *track;
    vpx_codec_ctx_t decoder;
    uint16_t first;
    unsigned n_sent, n_come; /* highest numbers, from the first one on, and one */
    struct number numbers[NUMBERS];
    unsigned next; /* behind what was shown last */
    int rid;       /* of that; -1: nothing yet */
    int base, middle;
    uint32_t shown_ts;
    unsigned shown_step, chosen_step;
    unsigned shown_picture;
    unsigned n_shown, n_of_rid[RIDS];
    unsigned max_back, max_still; /* pictures */
    struct sent_line line;
    bool has_paused; /* since it was sent something */
    unsigned n_reports;
};

static struct peer_transport transport;
static struct secure_rtp other_end; /* of all receivers */
static bool has_clocks;             /* sender reports tell of all rids */
static struct receiver receivers[RECEIVERS];

/* ---- what the server sends ---- */

static void note_sent(struct receiver *r, struct number *n, const struct rtp_header *h,
                      const struct source_packet *s)
{
    const struct down_choice *choice = &r->track->choice;

    assert_false(n->is_sent); /* SRTP would take it for a replay */
    assert_false(choice->is_paused);
    n->is_sent = true;
    n->marker = h->marker;
    n->ts = h->rtp_ts;
    assert_int_equal(s->marker, h->marker);
    if (step > r->chosen_step + SETTLED && step > rids[choice->rid].stopped_until + SETTLED &&
        n->rid != choice->rid)
        fail_msg("step %u: rid %u instead of %u", step, n->rid, choice->rid);
}

/* @param i its number */
static void note_time(struct receiver *r, unsigned i)
{
    const struct number *n = &r->numbers[i];
    unsigned taken = rids[n->rid].packets[n->source].picture;

    if (!has_clocks)
        return;
    if (r->n_sent == 0)
        r->line = (struct sent_line){n->ts - taken * CLOCK_STEP, step};
    else if (i >= r->n_sent && (r->has_paused || r->numbers[r->n_sent - 1].rid != n->rid))
        r->line.began = step;
    if (i >= r->n_sent)
        r->has_paused = false;
    line_check(&r->line, n->ts, taken);
}

static void take(struct receiver *r, const struct rtp_header *h, const uint8_t *data, bool is_rtx)
{
    const uint8_t *payload = data + h->payload_at + (is_rtx ? RTP_RTX_OSN_SIZE : 0);
    size_t len = h->payload_len - SRTP_TAG - (is_rtx ? RTP_RTX_OSN_SIZE : 0u);
    uint16_t seq = h->seq;

    if (is_rtx)
        seq = (uint16_t)(data[h->payload_at] << 8 | data[h->payload_at + 1]);
    if (r->n_sent == 0)
        r->first = seq;
    unsigned i = (uint16_t)(seq - r->first);
    struct number *n = &r->numbers[i];
    unsigned rid = payload[len - STAMP], source = payload[len - 3] << 8 | payload[len - 2];

    assert_true(i < NUMBERS && rid < RIDS && source < rids[rid].n_packets);
    const struct source_packet *s = &rids[rid].packets[source];

    assert_int_equal(s->len, len);
    assert_memory_equal(s->payload + DESCRIPTOR_SIZE, payload + DESCRIPTOR_SIZE,
                        len - DESCRIPTOR_SIZE);
    if (is_rtx) {
        assert_true(n->is_sent && n->rid == rid && n->source == source);
        assert_int_equal(n->ts, h->rtp_ts);
    } else {
        n->rid = (uint8_t)rid;
        n->source = source;
        note_sent(r, n, h, s);
        note_time(r, i);
    }
    if (i >= r->n_sent)
        r->n_sent = i + 1;
    if (!n->has_come && !happens(30) && n->due == NEVER)
        n->due = step + happens(8);
}

static void take_report(struct send_item *item)
{
    size_t len = item->len;
    struct rtcp_packet p;

    assert_int_equal(0, secure_rtp_unprotect_rtcp(&other_end, item->data, &len));
    struct span rest = span_of(item->data, len);

    assert_int_equal(1, rtcp_next(&rest, &p));
    assert_int_equal(RTCP_SR, p.kind);
    unsigned place = p.ssrc - SSRC;

    assert_true(place < 2 * RECEIVERS && place % 2 == 0);
    if (receivers[place / 2].n_sent == 0)
        return; /* it tells of what is seen next */
    line_check_report(&receivers[place / 2].line, p.rtp_ts);
    receivers[place / 2].n_reports++;
}

/* What left since the last look. */
static void look(void)
{
    struct send_batch *b = &worker()->batch;

    assert_true(b->n < UDP_BATCH); /* or some have left without a look */
    for (unsigned i = 0; i < b->n; i++) {
        struct rtp_header h;

        if (b->items[i].send_class == SEND_CONTROL) {
            take_report(&b->items[i]);
            continue;
        }
        assert_int_equal(0, rtp_parse(&h, span_of(b->items[i].data, b->items[i].len)));
        unsigned place = h.ssrc - SSRC;

        assert_true(place < 2 * RECEIVERS);
        take(&receivers[place / 2], &h, b->items[i].data, place % 2);
    }
    b->n = 0;
    b->n_jobs = 0;
}

/* ---- what a receiver makes of it ---- */

static const struct source_frame *frame_of(const struct number *n)
{
    return &rids[n->rid].frames[rids[n->rid].packets[n->source].picture];
}

/* @return behind the last number of the frame that begins here; 0: not all of it has come */
static unsigned frame_end(const struct receiver *r, unsigned first)
{
    const struct number *n = &r->numbers[first];

    if (!n->has_come || !rids[n->rid].packets[n->source].is_first)
        return 0;
    for (unsigned i = first; i < r->n_come && r->numbers[i].has_come; i++) {
        const struct number *part = &r->numbers[i];

        if (part->ts != n->ts)
            return 0; /* it was cut short */
        assert_int_equal(n->rid, part->rid);
        assert_int_equal(n->source + (i - first), part->source);
        if (part->marker)
            return i + 1;
    }
    return 0;
}

static bool can_decode(const struct receiver *r, unsigned first)
{
    const struct source_frame *f = frame_of(&r->numbers[first]);

    return f->is_key || (r->rid == r->numbers[first].rid && r->base == f->base &&
                         (!f->needs_middle || r->middle == f->middle));
}

static void show(struct receiver *r, unsigned first, unsigned end)
{
    static uint8_t data[FRAME_MAX];
    const struct number *n = &r->numbers[first];
    const struct source_frame *f = frame_of(n);
    unsigned picture = rids[n->rid].packets[n->source].picture;
    size_t len = 0;

    assert_int_equal(f->n_packets, end - first);
    for (unsigned i = f->first; i < f->first + f->n_packets; i++) {
        const struct source_packet *s = &rids[n->rid].packets[i];

        memcpy(data + len, s->payload + DESCRIPTOR_SIZE, s->len - DESCRIPTOR_SIZE - STAMP);
        len += s->len - DESCRIPTOR_SIZE - STAMP;
    }
    assert_true(decode(&r->decoder, data, len) == f->hash);
    assert_true(r->rid < 0 || rtp_ts_diff(n->ts, r->shown_ts) > 0);
    if (picture + r->max_back < r->shown_picture)
        r->max_back = r->shown_picture - picture;
    if (step - r->shown_step > r->max_still)
        r->max_still = step - r->shown_step;
    r->shown_picture = picture;
    r->rid = n->rid;
    if (f->tid == 0)
        r->base = (int)picture;
    if (f->tid == 1 || f->is_key)
        r->middle = (int)picture;
    r->next = end;
    r->shown_ts = n->ts;
    r->shown_step = step;
    r->n_shown++;
    r->n_of_rid[n->rid]++;
}

/* The next one that it can decode: what others need is waited for. */
static bool show_next(struct receiver *r)
{
    for (unsigned first = r->next; first < r->n_come; first++) {
        unsigned end = frame_end(r, first);

        if (end && can_decode(r, first)) {
            show(r, first, end);
            return true;
        }
    }
    return false;
}

static void arrive(struct receiver *r)
{
    for (unsigned i = r->next; i < r->n_sent; i++) {
        struct number *n = &r->numbers[i];

        if (n->has_come || n->due > step)
            continue;
        n->has_come = true;
        if (i >= r->n_come)
            r->n_come = i + 1;
    }
}

static void ask_again(struct receiver *r)
{
    for (unsigned i = r->next; i < r->n_come; i++) {
        struct number *n = &r->numbers[i];

        if (n->has_come || n->due != NEVER || n->n_asked >= 5 || step - n->asked < 3)
            continue;
        n->n_asked++;
        n->asked = step;
        (void)down_repair_packet(r->track, (uint16_t)(r->first + i));
        look();
    }
}

static void receive(struct receiver *r)
{
    unsigned stands_still;

    if (r->track->choice.is_paused)
        r->shown_step = step; /* nothing is missed */
    arrive(r);
    while (show_next(r))
        ;
    ask_again(r);
    stands_still = step - r->shown_step;
    if (r->n_come > r->next && stands_still % 9 == 6) {
        down_repair_keyframe(r->track);
        look();
    }
}

/* A rid counts when it has lived for a while: one that is paused has an old keyframe. */
static bool lives(unsigned rid)
{
    return rids[rid].stopped_until == 0 || step >= rids[rid].stopped_until + LIVES;
}

static void wish(struct receiver *r)
{
    struct down_choice choice = {.rid = (uint8_t)(rand() % RIDS),
                                 .is_paused = happens(8),
                                 .is_urgent = happens(5),
                                 .sid = LAYER_MAX,
                                 .tid = happens(3) ? (uint8_t)(rand() % 3) : LAYER_MAX,
                                 .wakes = (int8_t)(happens(3) ? rand() % RIDS : -1)};

    if (!lives(choice.rid)) {
        choice.wakes = (int8_t)choice.rid;
        choice.rid = (uint8_t)((choice.rid + 1) % RIDS);
    }
    choice.is_paused = choice.is_paused || !lives(choice.rid);
    if (choice.wakes == choice.rid)
        choice.wakes = -1;
    down_source_choose(r->track, &choice);
    r->chosen_step = step;
    r->has_paused = r->has_paused || choice.is_paused;
    look();
    if (!happens(4) || !r->track->flowing)
        return;
    /* what flows was right after all */
    choice.rid = (uint8_t)(r->track->flowing - 1);
    choice.is_urgent = false;
    choice.wakes = -1;
    down_source_choose(r->track, &choice);
    look();
}

/* ---- */

static void join(struct receiver *r, unsigned i)
{
    struct down_target target = {.codec = CODEC_VP8,
                                 .n_rids = RIDS,
                                 .rids = {{1, 0}, {2, 1}, {3, 2}},
                                 .ssrc = SSRC + 2 * i,
                                 .rtx_ssrc = SSRC + 2 * i + 1,
                                 .mid = "0"};

    target.route.pt = 96;
    target.route.rtx_pt = 97;
    memset(r, 0, sizeof *r);
    r->rid = r->base = r->middle = -1;
    r->chosen_step = r->shown_step = step;
    for (unsigned k = 0; k < NUMBERS; k++)
        r->numbers[k].due = NEVER;
    decoder_open(&r->decoder, CODEC_VP8);
    r->track = down_track_new(&transport, &target);
    assert_non_null(r->track);
    down_source_subscribe(r->track);
    look();
}

static void open_room(void)
{
    assert_int_equal(0, test_transport_keys(&transport, &other_end));
    test_workers_init(&room, 1);
    test_transport_attach(&transport, worker());
    rids_open();
}

static void close_room(void)
{
    for (unsigned i = 0; i < RECEIVERS; i++) {
        down_track_free(receivers[i].track);
        assert_int_equal(vpx_codec_destroy(&receivers[i].decoder), 0);
    }
    rids_close();
    secure_rtp_release(&transport.rtp);
    secure_rtp_release(&other_end);
    test_workers_release(&room);
}

/* How many numbers between two that were sent the network, or a picture that was cut short, made.
 */
static unsigned holes_allowed(const struct number *a, const struct number *b)
{
    unsigned n = !a->marker;

    for (unsigned i = a->source + 1; a->rid == b->rid && i < b->source; i++)
        n += rids[a->rid].packets[i].is_disturbed;
    return n;
}

static void check_numbers(const struct receiver *r)
{
    const struct number *last = &r->numbers[0];

    assert_true(last->is_sent);
    for (unsigned i = 1; i < r->n_sent; i++) {
        const struct number *n = &r->numbers[i];
        unsigned holes = (unsigned)(n - last) - 1;

        if (!n->is_sent)
            continue;
        if (holes > holes_allowed(last, n))
            fail_msg("%u numbers missing before %u: rid %u, packet %u (picture %u), then rid %u, "
                     "packet %u (picture %u)",
                     holes, i, last->rid, last->source,
                     rids[last->rid].packets[last->source].picture, n->rid, n->source,
                     rids[n->rid].packets[n->source].picture);
        assert_true(rtp_ts_diff(n->ts, last->ts) >= 0);
        assert_true(n->ts != last->ts || frame_of(n) == frame_of(last));
        last = n;
    }
}

/* @return pictures that receivers saw */
static unsigned run(unsigned seed)
{
    unsigned n_shown = 0;

    srand(seed);
    has_clocks = seed % 2;
    open_room();
    for (step = 0; step < PICTURES; step++) {
        for (unsigned i = 0; i < RECEIVERS; i++) {
            if (step == 40 * i) /* some come later */
                join(&receivers[i], i);
        }
        publish(step, has_clocks, look);
        for (unsigned i = 0; i < RECEIVERS && step >= 40 * i; i++) {
            receive(&receivers[i]);
            down_track_report(receivers[i].track);
            look();
            if (happens(i == 0 ? 100 : 25))
                wish(&receivers[i]);
            if (step % 15 == 0) {
                down_source_subscribe(receivers[i].track);
                look();
            }
        }
        test_workers_pass(&room, STEP_US);
        look();
    }
    for (unsigned i = 0; i < RECEIVERS; i++) {
        check_numbers(&receivers[i]);
        /* another rid may begin with a keyframe that was there already */
        assert_in_range(receivers[i].max_back, 0, PACKET_CACHE_REPLAY_MAX);
        assert_in_range(receivers[i].max_still, 0, STILL_MAX);
        assert_true(has_clocks == (receivers[i].n_reports > PICTURES / 10));
        n_shown += receivers[i].n_shown;
    }
    close_room();
    return n_shown;
}

/* ---- a receiver of one track ---- */

static struct track *track;
static struct test_publisher publisher;
static struct down_track *receiver;

static int open_one(void **state)
{
    struct down_target target = {.codec = CODEC_VP8, .n_rids = 1, .rids = {{1, 0}}, .ssrc = SSRC};

    (void)state;
    publisher = (struct test_publisher){0};
    if (test_transport_keys(&transport, NULL) < 0)
        return -1;
    test_workers_init(&room, 1);
    test_transport_attach(&transport, worker());
    track = track_new(worker(), 1, 0, CODEC_VP8, &test_publisher_ops, &publisher);
    receiver = down_track_new(&transport, &target);
    if (!track || !receiver)
        return -1;
    down_source_subscribe(receiver);
    return 0;
}

static int close_one(void **state)
{
    (void)state;
    down_track_free(receiver);
    track_free(track);
    secure_rtp_release(&transport.rtp);
    test_workers_release(&room);
    return 0;
}

/* Handed in. @return how many packets have left since the last one; *out is the newest of them */
static unsigned push_one(struct packet *p, struct rtp_header *out)
{
    struct send_batch *b = &worker()->batch;
    unsigned n = 0;

    track_push(track, p);
    track_flush(track);
    for (unsigned i = 0; i < b->n; i++) {
        if (b->items[i].send_class == SEND_CONTROL)
            continue;
        assert_int_equal(0, rtp_parse(out, span_of(b->items[i].data, b->items[i].len)));
        n++;
    }
    b->n = 0;
    b->n_jobs = 0;
    return n;
}

/* One packet of a picture of temporal layer 1. @return how many left of it */
static unsigned push_upper(uint16_t seq, uint16_t first_seq, bool marker, uint16_t *out)
{
    struct packet *p = test_packet(worker(), seq, false);
    struct rtp_header h = {0};
    unsigned n;

    p->rtp_ts = first_seq * CLOCK_STEP;
    p->marker = marker;
    p->info.has_tid = true;
    p->info.tid = 1;
    p->info.is_frame_start = p->info.is_picture_start = seq == first_seq;
    n = push_one(p, &h);
    *out = h.seq;
    return n;
}

/* Behind a gap a picture that is left out goes out whole: a part of it would look whole, too. */
static void test_left_out_behind_a_gap(void **state)
{
    struct rtp_header h;
    uint16_t first = 0, out = 0;

    (void)state;
    layer_limit_lowest(&receiver->layer, true);
    assert_int_equal(1, push_one(test_packet(worker(), 1, true), &h));
    assert_int_equal(0, push_upper(2, 2, true, &out));
    /* 3 is lost */
    assert_int_equal(1, push_upper(4, 4, false, &first));
    assert_int_equal(1, push_upper(5, 4, false, &out));
    assert_int_equal(first + 1, out);
    assert_int_equal(1, push_upper(7, 4, true, &out));
    assert_int_equal(first + 3, out);
    assert_int_equal(1, push_upper(6, 4, false, &out));
    assert_int_equal(first + 2, out);
    assert_int_equal(0, push_upper(8, 8, false, &out));
    assert_int_equal(0, push_upper(9, 8, true, &out));
}

/* @param taken,comes ms @return ms, as sent */
static unsigned push_late(uint16_t seq, bool is_keyframe, unsigned taken, unsigned comes)
{
    int64_t wait_us = 1000000 + comes * 1000 - worker()->now_us;
    struct rtp_header h;

    test_workers_pass(&room, wait_us);
    struct packet *p = test_packet(worker(), seq, is_keyframe);

    p->rtp_ts = taken * 90;
    assert_true(push_one(p, &h) > 0);
    return h.rtp_ts / 90;
}

/* Over a pause the time line goes on by the publisher's clock, however late the last picture
 * before it was, and the first one behind it. */
static void test_time_over_a_pause(void **state)
{
    struct down_choice choice = {.sid = LAYER_MAX, .tid = LAYER_MAX, .wakes = -1};

    (void)state;
    track_set_time(track, &(struct track_time){true, 0, worker()->now_us});
    assert_int_equal(0, push_late(1, true, 0, 0));
    assert_int_equal(100, push_late(2, false, 100, 180));
    for (uint16_t i = 1; i < 10; i++) {
        choice.is_paused = true;
        down_source_choose(receiver, &choice);
        choice.is_paused = false;
        down_source_choose(receiver, &choice);
        assert_int_equal(1000 * i, push_late((uint16_t)(10 * i), true, 1000 * i, 1000 * i + 20));
        assert_int_equal(1000 * i + 100,
                         push_late((uint16_t)(10 * i + 1), false, 1000 * i + 100, 1000 * i + 180));
    }
}

static void test_rids(void **state)
{
    unsigned n_shown = 0;

    (void)state;
    for (unsigned seed = 0; seed < SEEDS; seed++)
        n_shown += run(seed);
    assert_true(n_shown > SEEDS * PICTURES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_left_out_behind_a_gap, open_one, close_one),
        cmocka_unit_test_setup_teardown(test_time_over_a_pause, open_one, close_one),
        cmocka_unit_test(test_rids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
