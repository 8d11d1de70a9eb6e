/* The pair that nginx serves: always one that fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/macros.h"
#include "supervisor/certificate.h"
#include "supervisor/tls_pair.h"

#define NOW_S INT64_C(1700000000)

struct place {
    char dir[64];
    struct state_dir state;
    struct tls_pair pair;
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    if (!p)
        return -1;
    snprintf(p->dir, sizeof p->dir, "/tmp/nereid-tls-XXXXXX");
    if (!mkdtemp(p->dir))
        return -1;
    *state = p;
    return state_dir_open(&p->state, p->dir, NULL);
}

static int tear_down(void **state)
{
    struct place *p = *state;
    char command[96];

    tls_pair_release(&p->pair);
    state_dir_release(&p->state);
    snprintf(command, sizeof command, "rm -rf '%s'", p->dir);
    free(p);
    return system(command);
}

static char *read_all(const char *path)
{
    struct buf text = {0};

    assert_int_equal(file_read(&text, path, 65536, NULL, NULL), 0);
    return text.data;
}

/** A self-signed pair of another key beside the served one. */
static void make_other(const struct place *p, char cert[96], char key[96])
{
    snprintf(cert, 96, "%s/other-cert.pem", p->dir);
    snprintf(key, 96, "%s/other-key.pem", p->dir);
    assert_int_equal(certificate_ensure(cert, key, NULL, NOW_S, NULL), 0);
}

static void start(struct place *p)
{
    assert_int_equal(tls_pair_start(&p->pair, &p->state, NULL, NOW_S, NULL), 0);
}

static bool look_twice(struct place *p)
{
    bool was_new = tls_pair_look(&p->pair);

    return tls_pair_look(&p->pair) || was_new;
}

static void a_first_start_serves_what_it_made(void **state)
{
    struct place *p = *state;
    struct stat st;
    char *text;

    start(p);
    assert_int_equal(p->pair.problem.code, 0);
    text = read_all(p->pair.path);
    assert_non_null(strstr(text, "PRIVATE KEY"));
    assert_non_null(strstr(text, "BEGIN CERTIFICATE"));
    free(text);
    assert_int_equal(stat(p->pair.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_false(look_twice(p));
}

static void half_a_renewal_leaves_the_old_pair(void **state)
{
    struct place *p = *state;
    char cert[96], key[96], *before, *after;

    start(p);
    make_other(p, cert, key);
    before = read_all(p->pair.path);
    assert_int_equal(rename(cert, p->pair.cert_path), 0);
    assert_false(look_twice(p));
    assert_int_equal(p->pair.problem.code, ERR_CRYPTO);
    assert_string_equal(p->pair.problem.place, "data/cert.pem");
    after = read_all(p->pair.path);
    assert_string_equal(before, after);
    free(after);
    assert_int_equal(rename(key, p->pair.key_path), 0);
    assert_false(tls_pair_look(&p->pair)); /* it may still change */
    assert_true(tls_pair_look(&p->pair));
    assert_false(look_twice(p));
    assert_int_equal(chmod(p->pair.key_path, 0640), 0); /* the same pair */
    assert_false(look_twice(p));
    assert_int_equal(p->pair.problem.code, 0);
    after = read_all(p->pair.path);
    assert_string_not_equal(before, after);
    free(before);
    free(after);
}

static void what_cannot_be_served(void **state)
{
    static const struct {
        const char *name;
        const char *cert, *key; /* NULL: as it is; "": gone */
        const char *place;
    } cases[] = {
        {"no certificate", "", NULL, "data/cert.pem"},
        {"no key", NULL, "", "data/key.pem"},
        {"a certificate that is none", "x", NULL, "data/cert.pem"},
        {"a key that is none", NULL, "x", "data/key.pem"},
        {"an empty key", NULL, "\n", "data/key.pem"},
    };
    struct place *p = *state;

    start(p);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char *cert = read_all(p->pair.cert_path), *key = read_all(p->pair.key_path);
        char *served = read_all(p->pair.path), *now;

        print_message("%s\n", cases[i].name);
        if (cases[i].cert)
            assert_int_equal(file_replace(p->pair.cert_path, span_str(cases[i].cert), 0640, NULL),
                             0);
        if (cases[i].key)
            assert_int_equal(file_replace(p->pair.key_path, span_str(cases[i].key), 0600, NULL), 0);
        if (cases[i].cert && !*cases[i].cert)
            assert_int_equal(unlink(p->pair.cert_path), 0);
        if (cases[i].key && !*cases[i].key)
            assert_int_equal(unlink(p->pair.key_path), 0);
        assert_false(look_twice(p));
        assert_int_not_equal(p->pair.problem.code, 0);
        assert_string_equal(p->pair.problem.place, cases[i].place);
        now = read_all(p->pair.path);
        assert_string_equal(now, served);
        assert_int_equal(file_replace(p->pair.cert_path, span_str(cert), 0640, NULL), 0);
        assert_int_equal(file_replace(p->pair.key_path, span_str(key), 0600, NULL), 0);
        assert_false(look_twice(p)); /* the very pair that is served */
        assert_int_equal(p->pair.problem.code, 0);
        free(cert);
        free(key);
        free(served);
        free(now);
    }
}

static void a_start_with_a_bad_pair_serves_the_last_good_one(void **state)
{
    struct place *p = *state;
    char *before, *after;

    start(p);
    before = read_all(p->pair.path);
    assert_int_equal(file_replace(p->pair.key_path, span_str("x"), 0600, NULL), 0);
    tls_pair_release(&p->pair);
    start(p);
    assert_int_not_equal(p->pair.problem.code, 0);
    after = read_all(p->pair.path);
    assert_string_equal(before, after);
    free(after);
    assert_int_equal(unlink(p->pair.path), 0);
    tls_pair_release(&p->pair);
    start(p); /* now with one for the time being */
    assert_int_not_equal(p->pair.problem.code, 0);
    after = read_all(p->pair.path);
    assert_non_null(strstr(after, "BEGIN CERTIFICATE"));
    free(before);
    free(after);
    before = read_all(p->pair.key_path);
    assert_string_equal(before, "x"); /* nobody's files were touched */
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_first_start_serves_what_it_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_renewal_leaves_the_old_pair, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_start_with_a_bad_pair_serves_the_last_good_one, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
