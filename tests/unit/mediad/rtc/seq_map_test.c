#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/seq_map.h"

/* Small deterministic generator, so that a failure repeats. */
static uint32_t random_next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static uint16_t send(struct seq_map *m, uint16_t seq)
{
    uint16_t out = 0, pid_delta;

    assert_true(seq_map_send(m, seq, 0, 0, &out, &pid_delta));
    return out;
}

static void test_story(void **state)
{
    struct seq_map m;
    uint16_t out = 4711, pid_delta;

    (void)state;
    seq_map_init(&m, 1000);
    assert_true(seq_map_drop(&m, 5, 0, 0)); /* before anything: nothing to keep */
    assert_int_equal(send(&m, 10), 1000);
    assert_int_equal(send(&m, 11), 1001);
    assert_true(seq_map_drop(&m, 12, 0, 0));
    assert_true(seq_map_drop(&m, 13, 0, 0));
    assert_int_equal(send(&m, 14), 1002);     /* no gap */
    assert_int_equal(send(&m, 16), 1004);     /* 15 is missing: a real gap */
    assert_false(seq_map_drop(&m, 18, 0, 0)); /* not the next one: must be sent */
    assert_int_equal(send(&m, 18), 1006);
    assert_int_equal(send(&m, 15), 1003); /* late: its own place */
    assert_false(seq_map_drop(&m, 15, 0, 0));
    assert_false(seq_map_send(&m, 12, 0, 0, &out, &pid_delta)); /* late, but was dropped */
    assert_false(seq_map_send(&m, 9, 0, 0, &out, &pid_delta));  /* from before the start */
    assert_int_equal(out, 4711);
    assert_true(seq_map_out(&m, 14, &out)); /* asked once more, without sending */
    assert_int_equal(out, 1002);
    assert_false(seq_map_out(&m, 13, &out));
    assert_false(seq_map_out(&m, 19, &out));
}

static void test_switch(void **state)
{
    struct seq_map m;
    uint16_t out, pid_delta;

    (void)state;
    seq_map_init(&m, 100);
    assert_true(seq_map_send(&m, 65535, 15, 32766, &out, &pid_delta));
    assert_int_equal(out, 100);
    seq_map_switch(&m, true);
    assert_true(seq_map_drop(&m, 499, 15, 6)); /* still nothing of the new numbering */
    assert_true(seq_map_send(&m, 500, 15, 7, &out, &pid_delta));
    assert_int_equal(out, 101);
    assert_int_equal((uint16_t)(7 - pid_delta) & 0x7fff, 32767); /* the next picture */
    assert_false(seq_map_send(&m, 499, 15, 6, &out, &pid_delta));
    seq_map_switch(&m, false); /* in the middle of a frame */
    assert_true(seq_map_send(&m, 9000, 15, 200, &out, &pid_delta));
    assert_int_equal(out, 103);
    assert_int_equal((uint16_t)(200 - pid_delta) & 0x7fff, 0);
    /* A jump is a new numbering as well, in both directions. */
    assert_true(seq_map_send(&m, 9000 + SEQ_MAP_JUMP_MAX + 1, 15, 300, &out, &pid_delta));
    assert_int_equal(out, 104);
    assert_true(seq_map_send(&m, 9000, 15, 400, &out, &pid_delta));
    assert_int_equal(out, 105);
    assert_true(seq_map_send(&m, 9000 + SEQ_MAP_JUMP_MAX, 15, 401, &out, &pid_delta));
    assert_int_equal(out, 105 + SEQ_MAP_JUMP_MAX); /* that far is a gap */
}

static void test_picture_ids(void **state)
{
    struct seq_map m;
    uint16_t seq = 65500, pid = 120, want = 120;
    uint32_t seed = 5;

    (void)state;
    seq_map_init(&m, 1);
    for (unsigned picture = 0; picture < 2000; picture++) {
        unsigned n_packets = 1 + random_next(&seed) % 4;
        bool is_dropped = picture > 0 && random_next(&seed) % 3 == 0;

        for (unsigned i = 0; i < n_packets; i++) {
            uint16_t out, pid_delta;

            if (is_dropped) {
                assert_true(seq_map_drop(&m, seq, 7, pid));
            } else {
                assert_true(seq_map_send(&m, seq, 7, pid, &out, &pid_delta));
                assert_int_equal((uint16_t)(pid - pid_delta) & 0x7f, want);
            }
            seq++;
        }
        if (!is_dropped)
            want = (want + 1) & 0x7f;
        pid = (pid + 1) & 0x7f;
    }
}

/* The slow model: every number ever seen, and what became of it. */
enum fate { FATE_UNSEEN, FATE_SENT, FATE_DROPPED };

struct model {
    enum fate *fates;
    uint16_t *outs; /* for those sent */
    size_t first, newest;
    uint16_t first_out;
};

static uint16_t model_out(const struct model *m, size_t at)
{
    size_t n_dropped = 0;

    for (size_t i = m->first; i < at; i++)
        n_dropped += m->fates[i] == FATE_DROPPED;
    return (uint16_t)(m->first_out + (at - m->first) - n_dropped);
}

static void run_model(uint32_t seed, uint16_t first_seq, size_t n_steps)
{
    struct model model = {calloc(n_steps * 4 + 400, sizeof(enum fate)),
                          calloc(n_steps * 4 + 400, sizeof(uint16_t)), 200, 200, 30000};
    struct seq_map m;

    seq_map_init(&m, model.first_out);
    model.fates[model.first] = FATE_SENT;
    model.outs[model.first] = send(&m, first_seq);
    assert_int_equal(model.outs[model.first], model.first_out);
    for (size_t step = 0; step < n_steps; step++) {
        uint32_t dice = random_next(&seed) % 100;
        size_t at = model.newest + 1;
        bool is_drop = random_next(&seed) % 3 == 0;
        uint16_t seq, out = 0, pid_delta, again;

        if (dice < 10)
            at += 1 + random_next(&seed) % 3; /* losses */
        else if (dice < 25)
            at = model.newest - random_next(&seed) % 80; /* late or a duplicate */
        if (at < model.first)
            continue;
        seq = (uint16_t)(first_seq + (at - model.first));
        if (is_drop && seq_map_drop(&m, seq, 0, 0)) {
            assert_int_equal(at, model.newest + 1);
            model.fates[at] = FATE_DROPPED;
            model.newest = at;
            continue;
        }
        assert_true(!is_drop || at != model.newest + 1);
        if (!seq_map_send(&m, seq, 0, 0, &out, &pid_delta)) {
            assert_int_equal(model.fates[at], FATE_DROPPED);
            continue;
        }
        assert_int_not_equal(model.fates[at], FATE_DROPPED);
        assert_int_equal(out, model_out(&model, at));
        model.fates[at] = FATE_SENT;
        model.outs[at] = out;
        if (at > model.newest)
            model.newest = at;
        for (size_t i = model.newest; i > model.first && i + 60 > model.newest; i--) {
            if (model.fates[i] != FATE_SENT)
                continue;
            assert_true(seq_map_out(&m, (uint16_t)(first_seq + (i - model.first)), &again));
            assert_int_equal(again, model.outs[i]);
        }
    }
    free(model.fates);
    free(model.outs);
}

static void test_random_against_model(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++)
        run_model(seed, (uint16_t)(65000 + seed * 100), 1500);
}

/* More intervals than are kept: old packets are discarded, never given another's number. */
static void test_many_intervals(void **state)
{
    struct seq_map m;
    uint16_t out, pid_delta;

    (void)state;
    seq_map_init(&m, 0);
    send(&m, 0);
    for (uint16_t i = 1; i < 1000; i += 2) {
        assert_true(seq_map_drop(&m, i, 0, 0));
        assert_int_equal(send(&m, (uint16_t)(i + 1)), (i + 1) / 2);
    }
    assert_true(seq_map_send(&m, 1000 - 2 * (SEQ_MAP_INTERVALS - 1), 0, 0, &out, &pid_delta));
    assert_int_equal(out, 500 - (SEQ_MAP_INTERVALS - 1));
    assert_false(seq_map_send(&m, 1000 - 2 * SEQ_MAP_INTERVALS, 0, 0, &out, &pid_delta));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_story),          cmocka_unit_test(test_switch),
        cmocka_unit_test(test_picture_ids),    cmocka_unit_test(test_random_against_model),
        cmocka_unit_test(test_many_intervals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
