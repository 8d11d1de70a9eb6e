/* Sound without a hole, and the packets of Opus that it is made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/record/opus_packet.h"
#include "mediad/record/sound.h"

static void test_place(void **state)
{
    static const struct {
        const char *name;
        int64_t end, at;
        unsigned samples;
        bool is_written;
        int64_t fill;
    } rows[] = {
        {"contiguous", 9600, 9600, 960, true, 0},
        {"a millisecond late", 9600, 9648, 960, true, 0},
        {"a packet is missing", 9600, 10560, 960, true, 960},
        {"ten seconds are missing", 9600, 489600, 960, true, 480000},
        {"not a whole packet is missing", 9600, 10559, 960, true, 0},
        {"one and a half are missing", 9600, 11040, 960, true, 1440},
        {"half a packet ahead", 9600, 9120, 960, true, 0},
        {"a packet ahead", 9600, 8640, 960, false, 0},
        {"it was filled meanwhile", 96000, 48000, 960, false, 0},
        {"the file's first", 0, 0, 960, true, 0},
        {"the first, later", 0, 500, 960, true, 480},
        {"before the file", 0, -1, 960, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct sound s = {rows[i].end};
        int64_t fill;

        if (sound_place(&s, rows[i].at, rows[i].samples, &fill) != rows[i].is_written ||
            fill != rows[i].fill)
            fail_msg("%s: %d", rows[i].name, (int)fill);
    }
}

static void test_samples(void **state)
{
    static const struct {
        uint8_t bytes[2];
        size_t len;
        unsigned samples;
    } rows[] = {
        {{0xf8}, 1, 960},        /* CELT, 20 ms */
        {{0xe0}, 1, 120},        /* 2.5 ms */
        {{0x78}, 1, 960},        /* hybrid */
        {{0x18}, 1, 2880},       /* SILK, 60 ms */
        {{0xf9}, 1, 1920},       /* two frames */
        {{0xfb, 0x03}, 2, 2880}, /* three */
        {{0xfb, 0x3f}, 2, 0},    /* over 120 ms */
        {{0xfb}, 1, 0},          /* cut off */
        {{0}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_int_equal(rows[i].samples, opus_packet_samples(span_of(rows[i].bytes, rows[i].len)));
}

static void test_silence(void **state)
{
    static const unsigned wanted[] = {5000, 960, 959, 480, 240, 120};
    static const unsigned given[] = {960, 960, 480, 480, 240, 120};
    uint8_t packet[OPUS_SILENCE_SIZE];

    (void)state;
    for (size_t i = 0; i < LENGTH(wanted); i++) {
        assert_int_equal(given[i], opus_packet_silence(wanted[i], packet));
        assert_int_equal(given[i], opus_packet_samples(span_of(packet, sizeof packet)));
    }
    assert_int_equal(0, opus_packet_silence(119, packet));
    assert_int_equal(960, opus_packet_silence(960, packet));
    assert_memory_equal("\xf8\xff\xfe", packet, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
