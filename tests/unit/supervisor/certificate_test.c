/* The self-signed certificate of a first start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gnutls/x509.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "supervisor/certificate.h"

#define NOW_S INT64_C(1700000000)

struct place {
    char dir[64];
    char cert[96];
    char key[96];
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    if (!p)
        return -1;
    snprintf(p->dir, sizeof p->dir, "/tmp/nereid-certificate-XXXXXX");
    if (!mkdtemp(p->dir))
        return -1;
    snprintf(p->cert, sizeof p->cert, "%s/cert.pem", p->dir);
    snprintf(p->key, sizeof p->key, "%s/key.pem", p->dir);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    unlink(p->cert);
    unlink(p->key);
    rmdir(p->dir);
    free(p);
    return 0;
}

static void load(gnutls_x509_crt_t *cert, const struct place *p)
{
    struct buf text = {0};
    gnutls_datum_t pem;

    assert_int_equal(file_read(&text, p->cert, 65536, NULL, NULL), 0);
    pem = (gnutls_datum_t){(unsigned char *)text.data, (unsigned)text.len};
    assert_int_equal(gnutls_x509_crt_init(cert), 0);
    assert_int_equal(gnutls_x509_crt_import(*cert, &pem, GNUTLS_X509_FMT_PEM), 0);
    buf_release(&text);
}

static void first_start_makes_a_pair(void **state)
{
    const struct place *p = *state;
    gnutls_x509_crt_t cert;
    struct stat st;
    unsigned bits;

    assert_int_equal(certificate_ensure(p->cert, p->key, "192.0.2.7", NOW_S, NULL), 0);
    load(&cert, p);
    assert_int_equal(gnutls_x509_crt_get_pk_algorithm(cert, &bits), GNUTLS_PK_ECDSA);
    assert_int_equal(bits, 256);
    assert_int_not_equal(gnutls_x509_crt_check_hostname(cert, "localhost"), 0);
    assert_int_not_equal(gnutls_x509_crt_check_hostname(cert, "127.0.0.1"), 0);
    assert_int_not_equal(gnutls_x509_crt_check_hostname(cert, "::1"), 0);
    assert_int_not_equal(gnutls_x509_crt_check_hostname(cert, "192.0.2.7"), 0);
    assert_int_equal(gnutls_x509_crt_check_hostname(cert, "example.org"), 0);
    assert_true(gnutls_x509_crt_get_activation_time(cert) < NOW_S);
    assert_true(gnutls_x509_crt_get_expiration_time(cert) > NOW_S);
    gnutls_x509_crt_deinit(cert);
    assert_int_equal(stat(p->key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_pair_stays_as_it_is(void **state)
{
    const struct place *p = *state;
    struct file_stamp before, after;

    assert_int_equal(certificate_ensure(p->cert, p->key, NULL, NOW_S, NULL), 0);
    assert_int_equal(file_stamp_read(&before, p->cert), 0);
    assert_int_equal(certificate_ensure(p->cert, p->key, NULL, NOW_S, NULL), 0);
    assert_int_equal(file_stamp_read(&after, p->cert), 0);
    assert_true(file_stamp_eq(&before, &after));
}

static void a_key_alone_gets_its_certificate(void **state)
{
    const struct place *p = *state;
    struct file_stamp before, after;

    assert_int_equal(certificate_ensure(p->cert, p->key, NULL, NOW_S, NULL), 0);
    assert_int_equal(file_stamp_read(&before, p->key), 0);
    assert_int_equal(unlink(p->cert), 0);
    assert_int_equal(certificate_ensure(p->cert, p->key, NULL, NOW_S, NULL), 0);
    assert_int_equal(file_stamp_read(&after, p->key), 0);
    assert_true(file_stamp_eq(&before, &after));
    assert_int_equal(access(p->cert, F_OK), 0);
}

static void what_cannot_work_is_refused(void **state)
{
    const struct place *p = *state;
    struct error e = {0};

    assert_int_equal(file_replace(p->cert, span_str("x"), 0640, NULL), 0);
    assert_int_equal(certificate_ensure(p->cert, p->key, NULL, NOW_S, &e), ERR_INVALID);
    assert_int_equal(unlink(p->cert), 0);
    assert_int_equal(file_replace(p->key, span_str("not a key\n"), 0600, NULL), 0);
    assert_int_equal(certificate_ensure(p->cert, p->key, NULL, NOW_S, &e), ERR_CRYPTO);
    assert_int_not_equal(access(p->cert, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_start_makes_a_pair, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pair_stays_as_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_alone_gets_its_certificate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_work_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
