/* Transport-wide feedback: whatever is read, noted as it says and written again, reads the same;
 * and any packets that come, a pair of number and time each, make messages that can be read. */
#include <string.h>

#include "check.h"
#include "common/reader.h"
#include "mediad/rtc/feedback_recorder.h"
#include "mediad/rtc/transport_feedback.h"

enum { MTU = 1200 };
/* The clock of the messages comes round. */
#define ROUND_US (INT64_C(64000) << 24)

static bool read_next(struct feedback_recorder *r, uint8_t bytes[MTU], struct transport_feedback *f)
{
    struct writer w = writer_init(bytes, MTU);
    struct span rest;
    struct rtcp_packet p;

    if (!feedback_recorder_write(r, &w, 1, 2))
        return false;
    rest = writer_done(&w);
    check(!w.bad && rtcp_check(rest) == 0 && rtcp_next(&rest, &p) == 1 && rest.len == 0);
    check(p.kind == RTCP_TRANSPORT_CC && transport_feedback_read(f, p.items) == 0);
    return true;
}

/* The message again, by way of the recorder. */
static void check_again(const struct transport_feedback *f)
{
    struct transport_feedback_clock clock = {0}, clock_again = {0};
    struct transport_feedback_walk w = transport_feedback_walk(f, &clock), again = {0};
    struct feedback_recorder recorder = {0};
    struct transport_feedback g;
    uint8_t bytes[MTU];
    int64_t us, us_again;
    uint16_t number, number_again = 0;
    bool has_arrived, has_arrived_again;

    while (transport_feedback_next(&w, &number, &has_arrived, &us)) {
        /* the recorder's clock begins with 0, which says that nothing came */
        if (has_arrived && (us < 0 || us % ROUND_US == 0))
            return;
        if (has_arrived)
            feedback_recorder_note(&recorder, number, us);
    }
    w = transport_feedback_walk(f, &clock);
    while (transport_feedback_next(&w, &number, &has_arrived, &us)) {
        if (!has_arrived)
            continue;
        do {
            if (again.left == 0) {
                if (!read_next(&recorder, bytes, &g))
                    check(false);
                again = transport_feedback_walk(&g, &clock_again);
            }
            check(transport_feedback_next(&again, &number_again, &has_arrived_again, &us_again));
        } while (!has_arrived_again);
        check(number_again == number && (us_again - us) % ROUND_US == 0);
    }
    check(again.left == 0 && !read_next(&recorder, bytes, &g));
}

static void note_pairs(struct span data)
{
    struct feedback_recorder recorder = {0};
    struct reader r = reader_init(data);
    struct transport_feedback f;
    uint8_t bytes[MTU];
    int64_t now_us = 0;

    while (reader_left(&r) >= 4) {
        uint16_t number = reader_u16(&r);
        uint16_t passed = reader_u16(&r);

        now_us += (int64_t)passed * passed;
        feedback_recorder_note(&recorder, number, now_us);
        for (unsigned i = 0; passed % 16 == 0 && read_next(&recorder, bytes, &f); i++)
            check(i < FEEDBACK_RECORDER_SIZE);
    }
    for (unsigned i = 0; read_next(&recorder, bytes, &f); i++)
        check(i < FEEDBACK_RECORDER_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct transport_feedback f;

    if (size <= MTU && transport_feedback_read(&f, span_of(data, size)) == 0 &&
        f.n <= FEEDBACK_RECORDER_SIZE)
        check_again(&f);
    note_pairs(span_of(data, size));
    return 0;
}
