#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <nettle/ctr.h>
#include <nettle/hmac.h>
#include <srtp2/srtp.h>

#include "common/macros.h"
#include "mediad/rtc/secure_rtp_engine.h"
#include "mediad/rtc/secure_rtp_send.h"
#include "mediad/rtc/secure_rtp_suites.h"

#define BUFFER 2048
#define VARIANTS_MAX 8

/* Every engine that this machine and this build have: nettle, and each variant of libipsec-mb. */
static struct engine_case {
    const char *name;
    struct secure_rtp_engine engine;
} engines[1 + VARIANTS_MAX] = {{.name = "nettle"}};
static unsigned n_engines = 1;

static int make_engines(void **state)
{
    (void)state;
    for (unsigned i = 0; secure_rtp_multi_variant(i); i++) {
        struct engine_case *c = &engines[n_engines];
        int r = secure_rtp_multi_new(&c->engine.multi, i);

        if (r == ERR_UNSUPPORTED)
            continue;
        assert_int_equal(0, r);
        c->name = secure_rtp_multi_variant(i);
        c->engine.n_min = 1;
        n_engines++;
    }
    return srtp_init() == srtp_err_status_ok ? 0 : -1;
}

static int release_engines(void **state)
{
    (void)state;
    for (unsigned i = 0; i < n_engines; i++)
        secure_rtp_engine_release(&engines[i].engine);
    return 0;
}

/* xorshift: the same packets in each run */
static uint32_t random_state = 2463534242u;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void fill_random(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)next_random();
}

static size_t make_packet(uint8_t *out, uint16_t seq, uint32_t ssrc, size_t payload_len)
{
    memset(out, 0, 12);
    out[0] = 0x80;
    out[1] = 96;
    out[2] = (uint8_t)(seq >> 8);
    out[3] = (uint8_t)seq;
    for (unsigned i = 0; i < 4; i++)
        out[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
    fill_random(out + 12, payload_len);
    return 12 + payload_len;
}

/* ---- RFC 3711 appendix B ---- */

static const uint8_t b3_master[SECURE_RTP_MASTER_MAX] = {
    0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41,
    0x39, 0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6};

static void test_key_derivation(void **state)
{
    static const uint8_t cipher_key[] = {0xc6, 0x1e, 0x7a, 0x93, 0x74, 0x4f, 0x39, 0xee,
                                         0x10, 0x73, 0x4a, 0xfe, 0x3f, 0xf7, 0xa0, 0x87};
    static const uint8_t salt[] = {0x30, 0xcb, 0xbc, 0x08, 0x86, 0x3d, 0x8c,
                                   0x85, 0xd4, 0x9d, 0xb3, 0x4a, 0x9a, 0xe1};
    static const uint8_t auth_key[] = {0xce, 0xbe, 0x32, 0x1f, 0x6f, 0xf7, 0x71, 0x6b, 0x6f, 0xd4,
                                       0xab, 0x49, 0xaf, 0x25, 0x6a, 0x15, 0x6d, 0x38, 0xba, 0xa4};
    struct secure_rtp_key key = {0};
    struct aes128_ctx aes;
    struct hmac_sha1_ctx hmac;

    (void)state;
    secure_rtp_key_init(&key, secure_rtp_suite_at(0), b3_master);
    aes128_set_encrypt_key(&aes, cipher_key);
    assert_memory_equal(&aes, &key.cipher, sizeof aes);
    assert_memory_equal(salt, key.salt, sizeof salt);
    hmac_sha1_set_key(&hmac, sizeof auth_key, auth_key);
    assert_memory_equal(hmac.inner.state, key.inner, sizeof key.inner);
    assert_memory_equal(hmac.outer.state, key.outer, sizeof key.outer);
    secure_rtp_key_release(&key);
    assert_null(key.suite);
}

/* B.2: a packet of zeros with SSRC 0 and index 0 shows the key stream. */
static void test_key_stream(void **state)
{
    static const uint8_t cipher_key[] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                         0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
    static const uint8_t stream[48] = {0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66,
                                       0xb1, 0x6d, 0xd9, 0x2b, 0x4e, 0xb4, 0xd2, 0x35, 0x13, 0x16,
                                       0x2b, 0x02, 0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f,
                                       0x97, 0xab, 0x41, 0xe9, 0x5b, 0x3b, 0xb0, 0xa2, 0xe8, 0xdd,
                                       0x47, 0x79, 0x01, 0xe4, 0xfc, 0xa8, 0x94, 0xc0};
    struct secure_rtp_key key = {.suite = secure_rtp_suite_at(0), .number = 1};

    (void)state;
    for (uint8_t i = 0; i < SECURE_RTP_SALT_LEN; i++)
        key.salt[i] = (uint8_t)(0xf0 + i);
    aes128_set_encrypt_key(&key.cipher, cipher_key);
    for (unsigned i = 0; i < n_engines; i++) {
        uint8_t packet[12 + sizeof stream + SECURE_RTP_TRAILER_MAX] = {0x80};
        struct secure_rtp_stream s = {0};
        struct secure_rtp_job job;

        assert_true(secure_rtp_job_init(&job, &key, &s, packet, 12 + sizeof stream));
        assert_int_equal(0, secure_rtp_engine_run(&engines[i].engine, &job, 1));
        if (memcmp(stream, packet + 12, sizeof stream) != 0)
            fail_msg("%s: wrong key stream", engines[i].name);
    }
}

/* ---- against each other, and against libsrtp2 ---- */

static srtp_t receiver_new(const uint8_t *master)
{
    srtp_policy_t policy = {.ssrc.type = ssrc_any_inbound,
                            .key = (unsigned char *)(uintptr_t)master,
                            .window_size = 1024};
    srtp_t session;

    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    assert_int_equal(srtp_err_status_ok, srtp_create(&session, &policy));
    return session;
}

#define KEYS 5

/* Batches of every size, packets of every length, keys mixed: all engines make the same of them,
 * and libsrtp2 finds what went in. */
static void test_engines_agree(void **state)
{
    static uint8_t plain[SECURE_RTP_MULTI_MAX][BUFFER], sealed[SECURE_RTP_MULTI_MAX][BUFFER],
        other[SECURE_RTP_MULTI_MAX][BUFFER];
    struct secure_rtp_key keys[KEYS] = {0};
    struct secure_rtp_stream streams[KEYS] = {{0}};
    srtp_t receivers[KEYS];
    uint16_t seq[KEYS];
    size_t lens[SECURE_RTP_MULTI_MAX];
    size_t next_len = 0;

    (void)state;
    for (unsigned i = 0; i < KEYS; i++) {
        uint8_t master[SECURE_RTP_MASTER_MAX];

        fill_random(master, sizeof master);
        secure_rtp_key_init(&keys[i], secure_rtp_suite_at(0), master);
        receivers[i] = receiver_new(master);
        seq[i] = (uint16_t)(next_random() & 0x7fff);
    }
    for (unsigned round = 0; round < 256; round++) {
        unsigned n = 1 + round % SECURE_RTP_MULTI_MAX;
        struct secure_rtp_job jobs[SECURE_RTP_MULTI_MAX];
        unsigned of_key[SECURE_RTP_MULTI_MAX];

        for (unsigned i = 0; i < n; i++) {
            unsigned k = of_key[i] = next_random() % KEYS;

            lens[i] = make_packet(plain[i], seq[k]++, 0xcafe + k, next_len++ % 1501);
            memcpy(sealed[i], plain[i], lens[i]);
            assert_true(secure_rtp_job_init(&jobs[i], &keys[k], &streams[k], sealed[i], lens[i]));
        }
        assert_int_equal(0, secure_rtp_engine_run(&engines[0].engine, jobs, n));
        for (unsigned e = 1; e < n_engines; e++) {
            for (unsigned i = 0; i < n; i++) {
                memcpy(other[i], plain[i], lens[i]);
                jobs[i].packet = other[i];
            }
            assert_int_equal(0, secure_rtp_engine_run(&engines[e].engine, jobs, n));
            for (unsigned i = 0; i < n; i++) {
                if (memcmp(sealed[i], other[i], lens[i] + 10) != 0)
                    fail_msg("%s differs from nettle: packet %u of %u, %zu bytes", engines[e].name,
                             i, n, lens[i]);
            }
        }
        for (unsigned i = 0; i < n; i++) {
            int len = (int)secure_rtp_job_size(&jobs[i]);

            assert_int_equal(lens[i] + 10, len);
            assert_int_equal(srtp_err_status_ok,
                             srtp_unprotect(receivers[of_key[i]], sealed[i], &len));
            assert_int_equal(lens[i], len);
            assert_memory_equal(plain[i], sealed[i], lens[i]);
        }
    }
    for (unsigned i = 0; i < KEYS; i++) {
        secure_rtp_key_release(&keys[i]);
        srtp_dealloc(receivers[i]);
    }
}

/* A batch longer than one call of the library takes. */
static void test_long_batch(void **state)
{
    enum { N = 3 * SECURE_RTP_MULTI_MAX + 5 };
    static uint8_t packets[2][N][64];
    struct secure_rtp_key key = {0};
    struct secure_rtp_job jobs[N];

    (void)state;
    secure_rtp_key_init(&key, secure_rtp_suite_at(0), b3_master);
    for (unsigned e = 0; e < n_engines; e++) {
        struct secure_rtp_stream s = {0};

        for (unsigned i = 0; i < N; i++) {
            uint8_t *packet = packets[e > 0][i];

            memset(packet, 0, sizeof packets[0][0]);
            packet[0] = 0x80;
            packet[3] = (uint8_t)i;
            assert_true(secure_rtp_job_init(&jobs[i], &key, &s, packet, 40));
        }
        assert_int_equal(0, secure_rtp_engine_run(&engines[e].engine, jobs, N));
        if (e > 0)
            assert_memory_equal(packets[0], packets[1], sizeof packets[0]);
    }
}

/* Another suite, as a further row of the table would be: it marks what it is given. */
static void mark_one(const struct secure_rtp_job *job)
{
    memset(job->packet + job->len, 0x5a, job->key->suite->tag_len);
}

static int mark_many(struct secure_rtp_multi *m, const struct secure_rtp_job *jobs, unsigned n)
{
    assert_non_null(m);
    for (unsigned i = 0; i < n; i++)
        mark_one(&jobs[i]);
    return 0;
}

static void derive_nothing(struct secure_rtp_key *key, const uint8_t *master)
{
    (void)key;
    (void)master;
}

static void test_mixed_suites(void **state)
{
    enum { N = 30 };
    static const struct secure_rtp_suite other = {.name = "marks",
                                                  .tag_len = 16,
                                                  .derive = derive_nothing,
                                                  .protect = mark_one,
                                                  .protect_many = mark_many};
    static const uint8_t mark[16] = {0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a,
                                     0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a};
    struct secure_rtp_key keys[2] = {0};

    (void)state;
    secure_rtp_key_init(&keys[0], secure_rtp_suite_at(0), b3_master);
    secure_rtp_key_init(&keys[1], &other, b3_master);
    for (unsigned e = 0; e < n_engines; e++) {
        uint8_t packets[N][64];
        struct secure_rtp_stream streams[2] = {{0}};
        struct secure_rtp_job jobs[N];
        srtp_t receiver = receiver_new(b3_master);

        for (unsigned i = 0; i < N; i++) {
            bool is_other = i / 3 % 2;
            size_t len = make_packet(packets[i], (uint16_t)i, 5, 20);

            assert_true(secure_rtp_job_init(&jobs[i], &keys[is_other], &streams[is_other],
                                            packets[i], len));
        }
        assert_int_equal(0, secure_rtp_engine_run(&engines[e].engine, jobs, N));
        for (unsigned i = 0; i < N; i++) {
            int len = (int)secure_rtp_job_size(&jobs[i]);

            if (i / 3 % 2)
                assert_memory_equal(mark, packets[i] + 32, sizeof mark);
            else
                assert_int_equal(srtp_err_status_ok, srtp_unprotect(receiver, packets[i], &len));
        }
        srtp_dealloc(receiver);
    }
}

/* ---- numbers ---- */

static uint32_t place(struct secure_rtp_stream *s, const struct secure_rtp_key *key, uint16_t seq)
{
    uint8_t packet[64];
    struct secure_rtp_job job;
    size_t len = make_packet(packet, seq, 1, 10);

    return secure_rtp_job_init(&job, key, s, packet, len) ? job.roc : UINT32_MAX;
}

static void test_roll_over(void **state)
{
    static const struct {
        const char *name;
        uint16_t seq;
        uint32_t roc; /* UINT32_MAX: refused */
        uint32_t kept_roc;
        uint16_t kept_seq;
    } rows[] = {
        {"first", 3, 0, 0, 3},
        {"one that was before the first", 65530, UINT32_MAX, 0, 3},
        {"again", 3, 0, 0, 3},
        {"far ahead", 32771, 0, 0, 32771},
        {"on", 65535, 0, 0, 65535},
        {"late", 65530, 0, 0, 65535},
        {"wrap", 0, 1, 1, 0},
        {"again across the wrap", 65535, 0, 1, 0},
        {"on", 1, 1, 1, 1},
        {"again across the wrap", 65000, 0, 1, 1},
        {"half a round on", 32769, 1, 1, 32769},
        {"half a round back", 1, 1, 1, 32769},
        {"one more is the next round", 0, 2, 2, 0},
    };
    struct secure_rtp_key key = {0};
    struct secure_rtp_stream s = {0};

    (void)state;
    secure_rtp_key_init(&key, secure_rtp_suite_at(0), b3_master);
    for (unsigned i = 0; i < LENGTH(rows); i++) {
        uint32_t roc = place(&s, &key, rows[i].seq);

        if (roc != rows[i].roc || s.roc != rows[i].kept_roc || s.highest_seq != rows[i].kept_seq)
            fail_msg("row %u, %s: %u, kept %u %u", i, rows[i].name, roc, s.roc, s.highest_seq);
    }
    /* a key has 2^48 numbers and not one more */
    s.roc = UINT32_MAX;
    s.highest_seq = 65535;
    assert_int_equal(UINT32_MAX, place(&s, &key, 0));
    assert_int_equal(65535, s.highest_seq);
    /* another key begins at 0 */
    secure_rtp_key_init(&key, secure_rtp_suite_at(0), b3_master);
    assert_int_equal(0, place(&s, &key, 0));
    assert_int_equal(0, s.roc);
}

/* libsrtp2 follows over two wraps, with losses, late ones, and repeats of what was lost. */
static void test_receiver_follows(void **state)
{
    struct secure_rtp_key key = {0};
    struct secure_rtp_stream s = {0};
    srtp_t receiver = receiver_new(b3_master);
    uint8_t packet[128], plain[128];

    (void)state;
    secure_rtp_key_init(&key, secure_rtp_suite_at(0), b3_master);
    for (uint32_t i = 0; i < 140000; i++) {
        bool is_lost = i % 50 == 7;
        /* 200 packets later the lost ones go out again, also across the wrap */
        bool is_repeat = i >= 257 && i % 50 == 7;

        for (unsigned pass = 0; pass < 1u + is_repeat; pass++) {
            uint32_t number = 30000 + i - (pass ? 200 : 0);
            struct secure_rtp_job job;
            int len;

            random_state = number + 1; /* the same packet each time */
            len = (int)make_packet(packet, (uint16_t)number, 77, 20);
            memcpy(plain, packet, (size_t)len);
            assert_true(secure_rtp_job_init(&job, &key, &s, packet, (size_t)len));
            assert_int_equal(number >> 16, job.roc);
            assert_int_equal(0, secure_rtp_engine_run(&engines[i % n_engines].engine, &job, 1));
            len += 10;
            if (is_lost && !pass)
                continue;
            if (srtp_unprotect(receiver, packet, &len) != srtp_err_status_ok ||
                memcmp(plain, packet, (size_t)len) != 0)
                fail_msg("number %u, pass %u", number, pass);
        }
    }
    srtp_dealloc(receiver);
}

/* ---- what is refused ---- */

static void test_refused(void **state)
{
    static const struct {
        const char *name;
        uint8_t head[2]; /* of the packet, and the low byte of its extension's length in words */
        size_t len;
        bool is_taken;
        uint16_t payload_at;
    } rows[] = {
        {"a header alone", {0x80}, 12, true, 12},
        {"shorter than a header", {0x80}, 11, false, 0},
        {"two contributors", {0x82}, 20, true, 20},
        {"contributors beyond the end", {0x82}, 19, false, 0},
        {"an extension", {0x90, 1}, 20, true, 20},
        {"an extension beyond the end", {0x90, 1}, 19, false, 0},
        {"an extension without its head", {0x90}, 15, false, 0},
        {"an empty extension", {0x90}, 16, true, 16},
    };
    struct secure_rtp_key key = {0}, none = {0};
    struct secure_rtp_stream s = {0};
    struct secure_rtp_job job;
    uint8_t packet[64] = {0x80};

    (void)state;
    assert_false(secure_rtp_job_init(&job, &none, &s, packet, 20));
    secure_rtp_key_init(&key, secure_rtp_suite_at(0), b3_master);
    for (unsigned i = 0; i < LENGTH(rows); i++) {
        memset(packet, 0, sizeof packet);
        packet[0] = rows[i].head[0];
        packet[15] = rows[i].head[1];
        bool is_taken = secure_rtp_job_init(&job, &key, &s, packet, rows[i].len);

        if (is_taken != rows[i].is_taken || (is_taken && job.payload_at != rows[i].payload_at))
            fail_msg("%s", rows[i].name);
    }
}

/* ---- the choice ---- */

static void test_choice(void **state)
{
    struct secure_rtp_engine e = {0};

    (void)state;
    assert_string_equal("nettle", secure_rtp_engine_choice());
    secure_rtp_engine_choose();
    print_message("chosen: %s\n", secure_rtp_engine_choice());
    assert_int_equal(0, secure_rtp_engine_init(&e));
    assert_int_equal(strncmp("libipsec-mb", secure_rtp_engine_choice(), 11) == 0, e.multi != NULL);
    assert_int_equal(e.multi != NULL, e.n_min > 0);
    secure_rtp_engine_release(&e);
}

static void test_suites(void **state)
{
    const struct secure_rtp_suite *suite = secure_rtp_suite_at(0);

    (void)state;
    assert_ptr_equal(suite, secure_rtp_suite_find("SRTP_AES128_CM_HMAC_SHA1_80"));
    assert_null(secure_rtp_suite_find("SRTP_NULL_HMAC_SHA1_80"));
    assert_null(secure_rtp_suite_find(NULL));
    for (unsigned i = 0; (suite = secure_rtp_suite_at(i)) != NULL; i++) {
        srtp_profile_t profile = (srtp_profile_t)suite->profile;

        assert_true(suite->key_len + suite->salt_len <= SECURE_RTP_MASTER_MAX);
        assert_true(suite->tag_len <= SECURE_RTP_TRAILER_MAX);
        assert_int_equal(suite->key_len, srtp_profile_get_master_key_length(profile));
        assert_int_equal(suite->salt_len, srtp_profile_get_master_salt_length(profile));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_derivation),   cmocka_unit_test(test_key_stream),
        cmocka_unit_test(test_engines_agree),    cmocka_unit_test(test_long_batch),
        cmocka_unit_test(test_mixed_suites),     cmocka_unit_test(test_roll_over),
        cmocka_unit_test(test_receiver_follows), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_choice),           cmocka_unit_test(test_suites),
    };

    return cmocka_run_group_tests(tests, make_engines, release_engines);
}
