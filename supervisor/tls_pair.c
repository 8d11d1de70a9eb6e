#include "supervisor/tls_pair.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "supervisor/certificate.h"

#define PEM_MAX 262144
#define KEY_ID_BYTES 32

static const struct log_ctx ctx = {.room = "supervisor"};

struct key_id {
    unsigned char bytes[KEY_ID_BYTES];
    size_t len;
};

static int refuse(struct error *e, const char *place, const char *what, int code)
{
    return error_set(e, ERR_CRYPTO, place, "%s (%s)", what, gnutls_strerror(code));
}

static gnutls_datum_t datum(struct span text)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)text.data, (unsigned)text.len};
}

static int id_of_cert(struct key_id *out, struct span text, struct error *e)
{
    const gnutls_datum_t pem = datum(text);
    gnutls_x509_crt_t *chain = NULL;
    unsigned count = 0;
    int r = gnutls_x509_crt_list_import2(&chain, &count, &pem, GNUTLS_X509_FMT_PEM, 0);

    if (r < 0)
        return refuse(e, "data/cert.pem", "does not hold a certificate", r);
    out->len = sizeof out->bytes;
    r = gnutls_x509_crt_get_key_id(chain[0], GNUTLS_KEYID_USE_SHA256, out->bytes, &out->len);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(chain[i]);
    gnutls_free(chain);
    return r < 0 ? refuse(e, "data/cert.pem", "has a key of an unknown kind", r) : 0;
}

static int id_of_key(struct key_id *out, struct span text, struct error *e)
{
    const gnutls_datum_t pem = datum(text);
    gnutls_x509_privkey_t key = NULL;
    int r = gnutls_x509_privkey_init(&key);

    if (r == 0)
        r = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    out->len = sizeof out->bytes;
    if (r == 0)
        r = gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, out->bytes, &out->len);
    if (key)
        gnutls_x509_privkey_deinit(key);
    return r < 0 ? refuse(e, "data/key.pem", "does not hold a private key without password", r) : 0;
}

/** The errors of file_read(), under a name that may be shown to people. */
static int read_pem(struct buf *out, const char *path, const char *place, struct error *e)
{
    struct error cause = {0};
    int r = file_read(out, path, PEM_MAX, NULL, &cause);

    return r < 0 ? error_set(e, r, place, "%s", cause.text) : 0;
}

int tls_pair_read(struct buf *out, const char *cert_path, const char *key_path, struct error *e)
{
    struct buf cert = {0}, key = {0};
    struct key_id cert_id, key_id;
    int r = read_pem(&cert, cert_path, "data/cert.pem", e);

    if (r == 0)
        r = read_pem(&key, key_path, "data/key.pem", e);
    if (r == 0)
        r = id_of_cert(&cert_id, buf_span(&cert), e);
    if (r == 0)
        r = id_of_key(&key_id, buf_span(&key), e);
    if (r == 0 && (cert_id.len != key_id.len || memcmp(cert_id.bytes, key_id.bytes, key_id.len)))
        r = error_set(e, ERR_CRYPTO, "data/cert.pem", "is not for the key in data/key.pem");
    if (r == 0) {
        buf_add_span(out, buf_span(&key));
        buf_add_char(out, '\n');
        buf_add_span(out, buf_span(&cert));
        r = buf_check(out);
        if (r < 0)
            error_set(e, r, NULL, "out of memory");
    }
    buf_wipe(&key);
    buf_release(&cert);
    return r;
}

static struct tls_stamps stamps_now(const struct tls_pair *t)
{
    struct tls_stamps now = {0};

    /* A file that is not there keeps a stamp of zeros. */
    if (file_stamp_read(&now.cert, t->cert_path) < 0)
        now.cert = (struct file_stamp){0};
    if (file_stamp_read(&now.key, t->key_path) < 0)
        now.key = (struct file_stamp){0};
    return now;
}

static bool stamps_eq(const struct tls_stamps *a, const struct tls_stamps *b)
{
    return file_stamp_eq(&a->cert, &b->cert) && file_stamp_eq(&a->key, &b->key);
}

/** Whether the file holds just that already: chmod(1) or a copy of the same makes no new pair. */
static bool holds(const char *path, struct span text)
{
    struct buf now = {0};
    const bool same =
        file_read(&now, path, 2 * PEM_MAX, NULL, NULL) == 0 && span_eq(buf_span(&now), text);

    buf_wipe(&now);
    return same;
}

/** Put a pair into place. @return 0; 1 when it is there; on failure run/nginx/tls.pem is as it was
 */
static int serve(const struct tls_pair *t, const char *cert_path, const char *key_path,
                 struct error *e)
{
    struct buf text = {0};
    int r = tls_pair_read(&text, cert_path, key_path, e);

    if (r == 0 && holds(t->path, buf_span(&text)))
        r = 1;
    if (r == 0)
        r = file_replace(t->path, buf_span(&text), 0600, e);
    buf_wipe(&text);
    return r;
}

static void log_problem(const struct tls_pair *t)
{
    char text[sizeof t->problem.place + sizeof t->problem.text + 4];

    log_error(&ctx, "the certificate cannot be served, the last good one stays: %s",
              error_describe(&t->problem, text, sizeof text));
}

/** @return as serve(); a failure is logged, and stands in `problem` */
static int judge(struct tls_pair *t, const struct tls_stamps *stamps)
{
    int r;

    t->judged = *stamps;
    t->problem = (struct error){0};
    r = serve(t, t->cert_path, t->key_path, &t->problem);
    if (r < 0)
        log_problem(t);
    else
        t->problem = (struct error){0};
    return r;
}

/** Whether a file holds both parts of a pair. */
static bool is_good(const char *path)
{
    struct buf text = {0};
    const bool good = access(path, F_OK) == 0 && tls_pair_read(&text, path, path, NULL) == 0;

    buf_wipe(&text);
    return good;
}

static int name_paths(struct tls_pair *t, const struct state_dir *state, struct error *e)
{
    t->cert_path = state_dir_path(state, "data/cert.pem");
    t->key_path = state_dir_path(state, "data/key.pem");
    t->path = state_dir_path(state, "run/nginx/tls.pem");
    t->spare_cert_path = state_dir_path(state, "run/nginx/spare-cert.pem");
    t->spare_key_path = state_dir_path(state, "run/nginx/spare-key.pem");
    if (t->cert_path && t->key_path && t->path && t->spare_cert_path && t->spare_key_path)
        return 0;
    return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
}

int tls_pair_start(struct tls_pair *t, const struct state_dir *state, const char *address,
                   int64_t now_s, struct error *e)
{
    int r = name_paths(t, state, e);

    if (r < 0)
        return r;
    r = certificate_ensure(t->cert_path, t->key_path, address, now_s, e);
    if (r < 0 && r != ERR_INVALID && r != ERR_CRYPTO)
        return r;
    t->seen = stamps_now(t);
    if (judge(t, &t->seen) >= 0)
        return 0;
    if (is_good(t->path)) /* of an earlier start */
        return 0;
    log_warn(&ctx, "there is no last good one: a self-signed one is served until it is mended");
    unlink(t->spare_cert_path);
    r = certificate_ensure(t->spare_cert_path, t->spare_key_path, address, now_s, e);
    if (r == 0)
        r = serve(t, t->spare_cert_path, t->spare_key_path, e);
    return r < 0 ? r : 0;
}

bool tls_pair_look(struct tls_pair *t)
{
    const struct tls_stamps now = stamps_now(t);
    const bool is_stable = stamps_eq(&now, &t->seen);

    t->seen = now;
    return is_stable && !stamps_eq(&now, &t->judged) && judge(t, &now) == 0;
}

void tls_pair_release(struct tls_pair *t)
{
    free(t->cert_path);
    free(t->key_path);
    free(t->path);
    free(t->spare_cert_path);
    free(t->spare_key_path);
    *t = (struct tls_pair){0};
}
