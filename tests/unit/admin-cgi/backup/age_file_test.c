/* Sealed files: what was sealed comes back, and every changed, missing or added byte is noticed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "admin-cgi/backup/age_file.h"
#include "common/buf.h"
#include "common/macros.h"

static const char phrase[] = "correct horse";

static int memory_file(void)
{
    int fd = memfd_create("sealed", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void seal(int fd, struct span plain)
{
    struct age_writer *w;
    struct error e = {0};

    assert_int_equal(age_writer_new(&w, fd, span_str(phrase), &e), 0);
    /* In pieces that meet no boundary. */
    while (plain.len) {
        size_t n = plain.len < 1009 ? plain.len : 1009;

        assert_int_equal(age_write(w, span_sub(plain, 0, n), &e), 0);
        plain = span_sub(plain, n, plain.len - n);
    }
    assert_int_equal(age_finish(w, &e), 0);
    age_writer_free(w);
}

static int unseal(int fd, const char *with, struct buf *out, struct error *e)
{
    struct age_reader *reader;
    struct span piece;
    int r;

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    r = age_reader_new(&reader, fd, span_str(with), e);
    if (r < 0)
        return r;
    while ((r = age_read(reader, &piece, e)) == 0 && piece.len)
        buf_add_span(out, piece);
    age_reader_free(reader);
    return r;
}

static char *pattern(size_t len)
{
    char *bytes = malloc(len + 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 31 + i / 253);
    return bytes;
}

static void test_round_trip(void **state)
{
    static const size_t sizes[] = {
        0, 1, AGE_CHUNK_BYTES - 1, AGE_CHUNK_BYTES, AGE_CHUNK_BYTES + 1, 2 * AGE_CHUNK_BYTES};

    (void)state;
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        char *bytes = pattern(sizes[i]);
        struct span plain = span_of(bytes, sizes[i]);
        struct buf out = {0};
        struct error e = {0};
        int fd = memory_file();

        seal(fd, plain);
        if (unseal(fd, phrase, &out, &e) != 0 || !span_eq(buf_span(&out), plain))
            fail_msg("%zu bytes: %s", sizes[i], e.text);
        buf_release(&out);
        close(fd);
        free(bytes);
    }
}

static void test_wrong_passphrase(void **state)
{
    struct buf out = {0};
    struct error e = {0};
    int fd = memory_file();

    (void)state;
    seal(fd, span_str("text"));
    assert_int_equal(unseal(fd, "correct horsf", &out, &e), ERR_DENIED);
    assert_int_equal(unseal(fd, "", &out, &e), ERR_DENIED);
    assert_int_equal(out.len, 0);
    close(fd);
}

/* A byte that is changed, one that is missing, and one too many. */
static void test_changes(void **state)
{
    size_t len = AGE_CHUNK_BYTES + 500;
    char *bytes = pattern(len);
    int fd = memory_file();
    off_t size;

    (void)state;
    seal(fd, span_of(bytes, len));
    size = lseek(fd, 0, SEEK_END);
    for (int i = 0; i < 8; i++) {
        const off_t places[] = {30, 60, 120, 160, 190, 300, size - 300, size - 1};
        struct buf out = {0};
        struct error e = {0};
        uint8_t byte;
        int r;

        assert_int_equal(pread(fd, &byte, 1, places[i]), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, places[i]), 1);
        r = unseal(fd, phrase, &out, &e);
        if (r >= 0)
            fail_msg("byte %lld may be changed", (long long)places[i]);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, places[i]), 1);
        buf_release(&out);
    }
    for (int i = 0; i < 5; i++) {
        /* The last two: after the first chunk, with and without its end. */
        const off_t sizes[] = {size + 1, size - 1, size - 600, size - 500 - AGE_TAG_BYTES,
                               size - 500 - 2 * AGE_TAG_BYTES};
        struct buf out = {0};
        struct error e = {0};
        int copy = memory_file(), r;
        char *all = malloc((size_t)size + 1);

        assert_non_null(all);
        all[size] = 0;
        assert_int_equal(pread(fd, all, (size_t)size, 0), size);
        assert_int_equal(write(copy, all, (size_t)sizes[i]), sizes[i]);
        r = unseal(copy, phrase, &out, &e);
        if (r != ERR_CRYPTO)
            fail_msg("%lld of %lld bytes: %d", (long long)sizes[i], (long long)size, r);
        close(copy);
        free(all);
        buf_release(&out);
    }
    close(fd);
    free(bytes);
}

#define SALT "rF0/NwblUHHTpgQgRpe5CQ"
#define KEY "gUjEymFKMVXQEKdMMHL24oYexjE3TIC0O0zGSqJ2aUY"
#define MAC "--- fxpZPTMGeSHDbZJ0lf7OnWkWxtmSG3b5a2pHD6WIRJo\n"

static void test_header(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        int result;
    } cases[] = {
        {"whole", "age-encryption.org/v1\n-> scrypt " SALT " 10\n" KEY "\n" MAC, 0},
        {"another version", "age-encryption.org/v2\n-> scrypt " SALT " 10\n" KEY "\n" MAC,
         ERR_SYNTAX},
        {"for a key", "age-encryption.org/v1\n-> X25519 " SALT "\n" KEY "\n" MAC, ERR_UNSUPPORTED},
        {"no cost", "age-encryption.org/v1\n-> scrypt " SALT "\n" KEY "\n" MAC, ERR_SYNTAX},
        {"cost 0", "age-encryption.org/v1\n-> scrypt " SALT " 0\n" KEY "\n" MAC, ERR_SYNTAX},
        {"leading zero", "age-encryption.org/v1\n-> scrypt " SALT " 010\n" KEY "\n" MAC,
         ERR_SYNTAX},
        {"cost with a sign", "age-encryption.org/v1\n-> scrypt " SALT " +1\n" KEY "\n" MAC,
         ERR_SYNTAX},
        {"too dear", "age-encryption.org/v1\n-> scrypt " SALT " 19\n" KEY "\n" MAC,
         ERR_UNSUPPORTED},
        {"short salt", "age-encryption.org/v1\n-> scrypt rF0/NwblUHHT 10\n" KEY "\n" MAC,
         ERR_SYNTAX},
        {"padded salt", "age-encryption.org/v1\n-> scrypt " SALT "== 10\n" KEY "\n" MAC,
         ERR_SYNTAX},
        {"two recipients",
         "age-encryption.org/v1\n-> scrypt " SALT " 10\n" KEY "\n-> scrypt " SALT " 10\n" KEY
         "\n" MAC,
         ERR_SYNTAX},
        {"cut", "age-encryption.org/v1\n-> scrypt " SALT " 10\n" KEY "\n--- fx", ERR_TRUNCATED},
        {"empty", "", ERR_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct age_header h;
        struct error e = {0};
        int r = age_header_parse(&h, span_str(cases[i].text), &e);

        if (r != cases[i].result)
            fail_msg("%s: %d %s", cases[i].name, r, e.text);
        if (r == 0) {
            assert_int_equal(h.work_factor, 10);
            assert_int_equal(h.len, strlen(cases[i].text));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_wrong_passphrase),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
