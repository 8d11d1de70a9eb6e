/* Files as players want them, by what they are at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "mediad/record/container.h"
#include "mediad/record/opus_packet.h"
#include "read_back.h"

static char path[] = "/tmp/container.XXXXXX";

static struct container *open_sound(int *fd)
{
    uint8_t head[OPUS_HEAD_SIZE];
    struct container_spec spec = {
        .title = "",
        .artist = "",
        .started_us = INT64_C(1790000000123456),
        .tracks = {{.codec = CODEC_OPUS, .extradata = span_of(head, sizeof head)}},
        .n_tracks = 1,
    };
    struct container *c;
    struct error e = {0};

    opus_head(head, 2, OPUS_PRE_SKIP);
    *fd = mkstemp(path);
    assert_true(*fd >= 0);
    assert_int_equal(0, container_open(&c, *fd, &spec, &e));
    return c;
}

static void write_silence(struct container *c, unsigned n)
{
    uint8_t silence[OPUS_SILENCE_SIZE];
    struct error e = {0};

    (void)opus_packet_silence(OPUS_FRAME, silence);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(
            0, container_write(c, 0, i * 20, 20, true, span_of(silence, sizeof silence), &e));
    }
}

/* More cues than room was reserved for: what stands behind is moved. */
static void test_more_cues_than_reserved(void **state)
{
    struct read_back b;
    struct error e = {0};
    struct container *c;
    int fd;

    (void)state;
    c = open_sound(&fd);
    write_silence(c, 100000);
    assert_int_equal(0, container_finish(c, &e));
    assert_int_equal(0, close(fd));
    read_file(&b, path);
    assert_true(b.has_cues_in_front);
    assert_in_range(b.n_cues, 1950, 2001);
    assert_int_equal(100000, b.streams[0].n_packets);
    assert_int_equal(20, b.streams[0].longest_ms);
    assert_int_equal(48000 * 2000 - OPUS_PRE_SKIP, b.streams[0].samples);
    assert_string_equal("2026-09-21T14:13:20.123000Z", b.created);
    assert_int_equal(0, unlink(path));
}

/* What is in the file and what is still in memory. */
static void test_size(void **state)
{
    struct container *c;
    int64_t before;
    int fd;

    (void)state;
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    c = open_sound(&fd);
    before = container_size(c);
    write_silence(c, 500);
    assert_true(container_size(c) >= before + 500 * OPUS_SILENCE_SIZE);
    container_abandon(c);
    assert_true(lseek(fd, 0, SEEK_END) > 8 * 1000 / 20 * OPUS_SILENCE_SIZE);
    assert_int_equal(0, close(fd));
    assert_int_equal(0, unlink(path));
}

/* AV1 without its sequence header, H.264 without parameter sets: told at once, not when it is late.
 */
static void test_what_headers_need(void **state)
{
    static const enum codec codecs[] = {CODEC_AV1, CODEC_H264};
    struct container *c;

    (void)state;
    for (size_t i = 0; i < LENGTH(codecs); i++) {
        struct container_spec spec = {
            .title = "",
            .artist = "",
            .tracks = {{.codec = codecs[i], .width = 320, .height = 240}},
            .n_tracks = 1,
        };
        struct error e = {0};
        int fd;

        memcpy(path + sizeof path - 7, "XXXXXX", 6);
        fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_true(container_open(&c, fd, &spec, &e) < 0);
        assert_true(e.text[0]);
        assert_int_equal(0, close(fd));
        assert_int_equal(0, unlink(path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_cues_than_reserved),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_what_headers_need),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
