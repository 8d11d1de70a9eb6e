#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <srtp2/srtp.h>

#include "mediad/rtc/secure_rtp.h"
#include "mediad/rtc/secure_rtp_suites.h"

/* The key, packet and result that libsrtp2's own self-test uses for this profile. */
static const uint8_t known_key[30] = {0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f,
                                      0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39, 0x0e, 0xc6, 0x75, 0xad,
                                      0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6};
static const uint8_t known_plain[28] = {0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe,
                                        0xba, 0xbe, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
                                        0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab};
static const uint8_t known_cipher[38] = {0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe,
                                         0xba, 0xbe, 0x4e, 0x55, 0xdc, 0x4c, 0xe7, 0x99, 0x78, 0xd8,
                                         0x8c, 0xa4, 0xd2, 0x15, 0x94, 0x9d, 0x24, 0x02, 0xb7, 0x8d,
                                         0x6a, 0xcc, 0x99, 0xea, 0x17, 0x9b, 0x8d, 0xbb};

#define SIZES 200

static uint8_t stock[SIZES][1500]; /* what libsrtp2's own ciphers made of our packets */
static int stock_len[SIZES];

static size_t make_packet(uint8_t out[1500], uint16_t seq, size_t payload_len)
{
    memset(out, 0, 1500);
    out[0] = 0x80;
    out[1] = 96;
    out[2] = (uint8_t)(seq >> 8);
    out[3] = (uint8_t)seq;
    out[8] = 0xca;
    for (size_t i = 0; i < payload_len; i++)
        out[12 + i] = (uint8_t)(i * 7 + seq);
    return 12 + payload_len;
}

/* Runs before anything of ours: the library as it came. */
static int record_stock(void **state)
{
    srtp_policy_t policy = {.ssrc.type = ssrc_any_outbound,
                            .key = (unsigned char *)(uintptr_t)known_key,
                            .window_size = 128};
    srtp_t session;

    (void)state;
    assert_int_equal(srtp_err_status_ok, srtp_init());
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    assert_int_equal(srtp_err_status_ok, srtp_create(&session, &policy));
    for (unsigned i = 0; i < SIZES; i++) {
        stock_len[i] = (int)make_packet(stock[i], (uint16_t)(65400 + i), i * 7);
        assert_int_equal(srtp_err_status_ok, srtp_protect(session, stock[i], &stock_len[i]));
    }
    srtp_dealloc(session);
    assert_int_equal(srtp_err_status_ok, srtp_shutdown());
    return secure_rtp_start(NULL);
}

static void sessions(struct secure_rtp *a, struct secure_rtp *b)
{
    struct dtls_keys keys, mirrored;

    keys.suite = mirrored.suite = secure_rtp_suite_at(0);
    memcpy(keys.local, known_key, sizeof keys.local);
    memcpy(keys.remote, known_key, sizeof keys.remote);
    keys.remote[3] ^= 0xff;
    memcpy(mirrored.local, keys.remote, sizeof keys.local);
    memcpy(mirrored.remote, keys.local, sizeof keys.local);
    memset(a, 0, sizeof *a);
    memset(b, 0, sizeof *b);
    assert_int_equal(0, secure_rtp_init(a, &keys));
    assert_int_equal(0, secure_rtp_init(b, &mirrored));
}

static void test_known_packet(void **state)
{
    struct secure_rtp a, b;
    struct secure_rtp_stream stream = {0};
    uint8_t packet[64];
    size_t len = sizeof known_plain;

    (void)state;
    sessions(&a, &b);
    memcpy(packet, known_plain, sizeof known_plain);
    assert_int_equal(0, secure_rtp_protect(&a, &stream, packet, &len, sizeof packet));
    assert_int_equal(sizeof known_cipher, len);
    assert_memory_equal(known_cipher, packet, len);
    assert_int_equal(0, secure_rtp_unprotect(&b, packet, &len));
    assert_int_equal(sizeof known_plain, len);
    assert_memory_equal(known_plain, packet, len);
    secure_rtp_release(&a);
    secure_rtp_release(&b);
}

/* Every length, and the roll-over of the sequence number: the same bytes as the stock library. */
static void test_equals_stock(void **state)
{
    struct secure_rtp a, b;
    struct secure_rtp_stream stream = {0};

    (void)state;
    sessions(&a, &b);
    for (unsigned i = 0; i < SIZES; i++) {
        uint8_t packet[1500];
        size_t len = make_packet(packet, (uint16_t)(65400 + i), i * 7);

        assert_int_equal(0, secure_rtp_protect(&a, &stream, packet, &len, sizeof packet));
        assert_int_equal(stock_len[i], len);
        assert_memory_equal(stock[i], packet, len);
        assert_int_equal(0, secure_rtp_unprotect(&b, packet, &len));
    }
    secure_rtp_release(&a);
    secure_rtp_release(&b);
}

static void test_window(void **state)
{
    struct secure_rtp a, b;
    struct secure_rtp_stream stream = {0};
    static uint8_t kept[SECURE_RTP_WINDOW + 10][64];
    size_t lens[SECURE_RTP_WINDOW + 10];

    (void)state;
    sessions(&a, &b);
    for (unsigned i = 0; i < SECURE_RTP_WINDOW + 10; i++) {
        uint8_t packet[1500];

        lens[i] = make_packet(packet, (uint16_t)(i + 1), 10);
        assert_int_equal(0, secure_rtp_protect(&a, &stream, packet, &lens[i], sizeof packet));
        memcpy(kept[i], packet, lens[i]);
    }
    size_t len = lens[SECURE_RTP_WINDOW + 9];
    uint8_t copy[64];

    /* newest first: 1,023 back is late but welcome, a repetition is not, older ones are gone */
    memcpy(copy, kept[SECURE_RTP_WINDOW + 9], len);
    assert_int_equal(0, secure_rtp_unprotect(&b, copy, &len));
    len = lens[10];
    memcpy(copy, kept[10], len);
    assert_int_equal(0, secure_rtp_unprotect(&b, copy, &len));
    len = lens[10];
    memcpy(copy, kept[10], len);
    assert_int_equal(ERR_EXISTS, secure_rtp_unprotect(&b, copy, &len));
    len = lens[0];
    assert_int_equal(ERR_EXISTS, secure_rtp_unprotect(&b, kept[0], &len));
    secure_rtp_release(&a);
    secure_rtp_release(&b);
}

static void test_forgery(void **state)
{
    struct secure_rtp a, b;

    (void)state;
    sessions(&a, &b);
    for (size_t bit = 0; bit < 8 * sizeof known_cipher; bit++) {
        uint8_t packet[64];
        size_t len = sizeof known_cipher;

        memcpy(packet, known_cipher, len);
        packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(secure_rtp_unprotect(&b, packet, &len) < 0);
    }
    secure_rtp_release(&a);
    secure_rtp_release(&b);
}

static void test_rtcp(void **state)
{
    struct secure_rtp a, b;
    uint8_t packet[64] = {0x80, 201, 0, 1, 1, 2, 3, 4}, again[64];
    size_t len = 8, again_len;

    (void)state;
    sessions(&a, &b);
    assert_int_equal(0, secure_rtp_protect_rtcp(&a, packet, &len, sizeof packet));
    assert_int_equal(8 + 4 + 10, len);
    memcpy(again, packet, len);
    again_len = len;
    assert_int_equal(0, secure_rtp_unprotect_rtcp(&b, packet, &len));
    assert_int_equal(8, len);
    assert_int_equal(ERR_EXISTS, secure_rtp_unprotect_rtcp(&b, again, &again_len));
    secure_rtp_release(&a);
    secure_rtp_release(&b);
}

static void test_without_keys(void **state)
{
    struct secure_rtp none = {0};
    struct secure_rtp_stream stream = {0};
    uint8_t packet[64] = {0x80};
    size_t len = 20;

    (void)state;
    assert_int_equal(ERR_WRONG_STATE,
                     secure_rtp_protect(&none, &stream, packet, &len, sizeof packet));
    assert_int_equal(ERR_WRONG_STATE, secure_rtp_protect_rtcp(&none, packet, &len, sizeof packet));
    assert_int_equal(ERR_WRONG_STATE, secure_rtp_unprotect(&none, packet, &len));
    assert_int_equal(ERR_WRONG_STATE, secure_rtp_unprotect_rtcp(&none, packet, &len));
    secure_rtp_release(&none);
}

/* The library keeps state for each SSRC: a peer may not make us keep any number of them (SEC-43).
 */
static void test_sources(void **state)
{
    struct secure_rtp a, b;

    (void)state;
    sessions(&a, &b);
    for (unsigned i = 0; i < SECURE_RTP_SOURCES_MAX + 2; i++) {
        int want = i < SECURE_RTP_SOURCES_MAX ? 0 : ERR_TOO_LARGE;
        uint8_t rtp[1500], rtcp[64] = {0x80, 201, 0, 1, 0xca, 0, 0, (uint8_t)i};
        size_t len = make_packet(rtp, 1, 10), rtcp_len = 8;

        struct secure_rtp_stream stream = {0};

        rtp[11] = (uint8_t)i;
        assert_int_equal(0, secure_rtp_protect(&a, &stream, rtp, &len, sizeof rtp));
        assert_int_equal(want, secure_rtp_unprotect(&b, rtp, &len));
        /* the two kinds share the library's state, and so the limit */
        assert_int_equal(0, secure_rtp_protect_rtcp(&a, rtcp, &rtcp_len, sizeof rtcp));
        assert_int_equal(want, secure_rtp_unprotect_rtcp(&b, rtcp, &rtcp_len));
    }
    /* a forgery uses no place up, and known ones go on */
    uint8_t packet[1500];
    size_t len = make_packet(packet, 2, 10);
    struct secure_rtp_stream stream = {0};

    assert_int_equal(0, secure_rtp_protect(&a, &stream, packet, &len, sizeof packet));
    assert_int_equal(0, secure_rtp_unprotect(&b, packet, &len));
    secure_rtp_release(&a);
    secure_rtp_release(&b);
    sessions(&a, &b);
    for (unsigned i = 0; i < 2 * SECURE_RTP_SOURCES_MAX; i++) {
        len = make_packet(packet, 1, 30);
        packet[11] = (uint8_t)i;
        assert_int_equal(ERR_DENIED, secure_rtp_unprotect(&b, packet, &len));
    }
    assert_int_equal(0, b.n_sources);
    len = 11;
    assert_int_equal(ERR_SYNTAX, secure_rtp_unprotect(&b, packet, &len));
    len = 7;
    assert_int_equal(ERR_SYNTAX, secure_rtp_unprotect_rtcp(&b, packet, &len));
    secure_rtp_release(&a);
    secure_rtp_release(&b);
}

static void test_room(void **state)
{
    struct secure_rtp a, b;
    struct secure_rtp_stream stream = {0};
    uint8_t packet[64];
    size_t len = sizeof known_plain;

    (void)state;
    sessions(&a, &b);
    memcpy(packet, known_plain, len);
    assert_int_equal(ERR_TOO_LARGE, secure_rtp_protect(&a, &stream, packet, &len,
                                                       len + SECURE_RTP_TRAILER_MAX - 1));
    assert_memory_equal(known_plain, packet, len);
    secure_rtp_release(&a);
    secure_rtp_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_packet), cmocka_unit_test(test_equals_stock),
        cmocka_unit_test(test_window),       cmocka_unit_test(test_forgery),
        cmocka_unit_test(test_rtcp),         cmocka_unit_test(test_without_keys),
        cmocka_unit_test(test_room),         cmocka_unit_test(test_sources),
    };

    return cmocka_run_group_tests(tests, record_stock, NULL);
}
