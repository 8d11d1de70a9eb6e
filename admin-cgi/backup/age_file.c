#include "admin-cgi/backup/age_file.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/base64.h"
#include "common/password_hash.h"

#define KEY_BYTES 32
#define NONCE_BYTES 12
#define SALT_LABEL "age-encryption.org/v1/scrypt"
#define MAGIC "age-encryption.org/v1\n"
#define STANZA "-> scrypt "
#define SEALED_BYTES (AGE_CHUNK_BYTES + AGE_TAG_BYTES)

/* What both directions need: chunk N has the nonce N, and its last byte says whether it is the
 * last. */
struct stream {
    int fd;
    gnutls_aead_cipher_hd_t cipher;
    uint8_t nonce[NONCE_BYTES];
};

struct age_writer {
    struct stream stream;
    size_t len;
    uint8_t plain[AGE_CHUNK_BYTES];
    uint8_t sealed[SEALED_BYTES];
};

struct age_reader {
    struct stream stream;
    bool is_done, has_read;
    size_t len;                       /* of `sealed` */
    uint8_t sealed[SEALED_BYTES + 1]; /* one byte more tells whether a chunk follows */
    uint8_t plain[AGE_CHUNK_BYTES];
};

/* ---- header ---- */

bool age_is_magic(struct span start)
{
    return span_starts_with(start, MAGIC);
}

/* The rest of the line that begins here; `at` moves behind its end. */
static bool next_line(struct span text, size_t *at, struct span *line)
{
    const uint8_t *begin = text.data + *at;
    const uint8_t *end = *at < text.len ? memchr(begin, '\n', text.len - *at) : NULL;

    if (!end)
        return false;
    *line = span_of(begin, (size_t)(end - begin));
    *at += line->len + 1;
    return true;
}

static int decode(uint8_t *out, size_t size, struct span text, const char *what, struct error *e)
{
    struct buf bytes = {0};
    int r = base64_decode_digits(&bytes, text, '+', '/');

    if (r == 0 && bytes.len != size)
        r = ERR_SYNTAX;
    if (r == 0)
        memcpy(out, bytes.data, size);
    buf_release(&bytes);
    return r == ERR_SYNTAX ? error_set(e, r, "header", "the %s of the sealed file is damaged", what)
                           : r;
}

/* "SALT COST": the arguments of the only stanza. */
static int parse_stanza(struct age_header *h, struct span line, struct error *e)
{
    const uint8_t *space;
    struct span cost;
    uint64_t n;
    int r;

    if (!span_starts_with(line, STANZA))
        return error_set(e, ERR_UNSUPPORTED, "header",
                         "the file is sealed for keys, not with a passphrase");
    line = span_sub(line, strlen(STANZA), line.len - strlen(STANZA));
    space = line.len ? memchr(line.data, ' ', line.len) : NULL;
    if (!space)
        return error_set(e, ERR_SYNTAX, "header", "the sealed file's stanza is damaged");
    r = decode(h->salt, sizeof h->salt, span_of(line.data, (size_t)(space - line.data)), "salt", e);
    if (r < 0)
        return r;
    cost = span_of(space + 1, line.len - (size_t)(space + 1 - line.data));
    if (!span_u64(cost, &n) || n == 0 || cost.data[0] == '0')
        return error_set(e, ERR_SYNTAX, "header", "the sealed file's cost is no number");
    if (n > AGE_WORK_FACTOR_MAX)
        return error_set(e, ERR_UNSUPPORTED, "header",
                         "opening the file would cost more memory than is allowed (2^%u)",
                         n > 99 ? 99 : (unsigned)n);
    h->work_factor = (unsigned)n;
    return 0;
}

int age_header_parse(struct age_header *out, struct span text, struct error *e)
{
    struct age_header h = {0};
    struct span line;
    size_t at = strlen(MAGIC);
    int r;

    if (!age_is_magic(text))
        return error_set(e, ERR_SYNTAX, "header", "this is no sealed file");
    if (!next_line(text, &at, &line))
        return error_set(e, ERR_TRUNCATED, "header", "the sealed file is cut short");
    r = parse_stanza(&h, line, e);
    if (r < 0)
        return r;
    if (!next_line(text, &at, &line))
        return error_set(e, ERR_TRUNCATED, "header", "the sealed file is cut short");
    r = decode(h.sealed_key, sizeof h.sealed_key, line, "key", e);
    if (r < 0)
        return r;
    h.mac_covers = at + 3;
    if (!next_line(text, &at, &line))
        return error_set(e, ERR_TRUNCATED, "header", "the sealed file is cut short");
    if (!span_starts_with(line, "--- "))
        return error_set(e, ERR_SYNTAX, "header", "the sealed file has more than one recipient");
    r = decode(h.mac, sizeof h.mac, span_sub(line, 4, line.len - 4), "mark", e);
    if (r < 0)
        return r;
    h.len = at;
    *out = h;
    return 0;
}

/* ---- keys ---- */

static int crypto_failed(struct error *e)
{
    return error_set(e, ERR_CRYPTO, NULL, "the cryptographic library refused");
}

/* scrypt under the label of the format: the key that seals the file's own key. */
static int wrap_key(uint8_t out[KEY_BYTES], struct span passphrase, const struct age_header *h,
                    struct error *e)
{
    uint8_t salt[sizeof SALT_LABEL - 1 + sizeof h->salt];

    memcpy(salt, SALT_LABEL, sizeof SALT_LABEL - 1);
    memcpy(salt + sizeof SALT_LABEL - 1, h->salt, sizeof h->salt);
    return scrypt_derive(out, KEY_BYTES, passphrase, span_of(salt, sizeof salt),
                         INT64_C(1) << h->work_factor, 8, 1) < 0
               ? error_set(e, ERR_NO_MEMORY, NULL, "no memory for the passphrase")
               : 0;
}

/* HKDF-SHA-256 (RFC 5869). */
static int hkdf(uint8_t out[KEY_BYTES], const uint8_t *key, struct span salt, const char *info,
                struct error *e)
{
    uint8_t extracted[32];
    const gnutls_datum_t ikm = {(unsigned char *)key, AGE_KEY_BYTES};
    const gnutls_datum_t salt_datum = {(unsigned char *)salt.data, (unsigned)salt.len};
    const gnutls_datum_t prk = {extracted, sizeof extracted};
    const gnutls_datum_t info_datum = {(unsigned char *)info, (unsigned)strlen(info)};
    int r = gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &ikm, &salt_datum, extracted);

    if (r >= 0)
        r = gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &prk, &info_datum, out, KEY_BYTES);
    explicit_bzero(extracted, sizeof extracted);
    return r < 0 ? crypto_failed(e) : 0;
}

static int header_mac(uint8_t out[32], const uint8_t *file_key, struct span covered,
                      struct error *e)
{
    uint8_t key[KEY_BYTES];
    int r = hkdf(key, file_key, span_of(NULL, 0), "header", e);

    if (r == 0 &&
        gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, sizeof key, covered.data, covered.len, out) < 0)
        r = crypto_failed(e);
    explicit_bzero(key, sizeof key);
    return r;
}

static int cipher_new(gnutls_aead_cipher_hd_t *out, uint8_t key[KEY_BYTES], struct error *e)
{
    const gnutls_datum_t datum = {key, KEY_BYTES};
    int r = gnutls_aead_cipher_init(out, GNUTLS_CIPHER_CHACHA20_POLY1305, &datum);

    explicit_bzero(key, KEY_BYTES);
    return r < 0 ? crypto_failed(e) : 0;
}

/* The cipher of the bytes that follow the header. */
static int stream_start(struct stream *s, const uint8_t *file_key, const uint8_t nonce[16],
                        struct error *e)
{
    uint8_t key[KEY_BYTES];
    int r = hkdf(key, file_key, span_of(nonce, 16), "payload", e);

    return r < 0 ? r : cipher_new(&s->cipher, key, e);
}

static void stream_step(struct stream *s)
{
    for (int i = NONCE_BYTES - 2; i >= 0 && ++s->nonce[i] == 0; i--)
        ;
}

/* ---- writing ---- */

static void add_base64(struct buf *out, const uint8_t *bytes, size_t len)
{
    char text[BASE64_ENCODE_RAW_LENGTH(64)];
    size_t n = BASE64_ENCODE_RAW_LENGTH(len);

    base64_encode_raw(text, len, bytes);
    while (n > 0 && text[n - 1] == '=')
        n--;
    buf_add(out, text, n);
}

/* Seals the file's key for the passphrase. */
static int seal_key(struct age_header *h, const uint8_t *file_key, struct span passphrase,
                    struct error *e)
{
    static const uint8_t nonce[NONCE_BYTES];
    gnutls_aead_cipher_hd_t cipher;
    uint8_t key[KEY_BYTES];
    size_t len = sizeof h->sealed_key;
    int r = wrap_key(key, passphrase, h, e);

    if (r == 0)
        r = cipher_new(&cipher, key, e);
    if (r < 0)
        return r;
    if (gnutls_aead_cipher_encrypt(cipher, nonce, sizeof nonce, NULL, 0, AGE_TAG_BYTES, file_key,
                                   AGE_KEY_BYTES, h->sealed_key, &len) < 0)
        r = crypto_failed(e);
    gnutls_aead_cipher_deinit(cipher);
    return r;
}

static int write_out(int fd, struct span bytes, struct error *e)
{
    int code = file_write_all(fd, bytes);

    if (code == 0)
        return 0;
    errno = code;
    return error_set_errno(e, NULL, "cannot write the backup");
}

static int write_header(struct age_writer *w, const uint8_t *file_key, struct span passphrase,
                        const uint8_t nonce[16], struct error *e)
{
    struct age_header h = {.work_factor = AGE_WORK_FACTOR};
    struct buf text = {0};
    int r;

    if (getrandom(h.salt, sizeof h.salt, 0) != (ssize_t)sizeof h.salt)
        return error_set_errno(e, NULL, "no random numbers");
    r = seal_key(&h, file_key, passphrase, e);
    buf_add_str(&text, MAGIC STANZA);
    add_base64(&text, h.salt, sizeof h.salt);
    buf_printf(&text, " %u\n", h.work_factor);
    add_base64(&text, h.sealed_key, sizeof h.sealed_key);
    buf_add_str(&text, "\n---");
    if (r == 0)
        r = buf_check(&text);
    if (r == 0)
        r = header_mac(h.mac, file_key, buf_span(&text), e);
    buf_add_char(&text, ' ');
    add_base64(&text, h.mac, sizeof h.mac);
    buf_add_char(&text, '\n');
    buf_add(&text, nonce, 16);
    if (r == 0)
        r = buf_check(&text);
    if (r == 0)
        r = write_out(w->stream.fd, buf_span(&text), e);
    buf_release(&text);
    return r;
}

int age_writer_new(struct age_writer **out, int fd, struct span passphrase, struct error *e)
{
    struct age_writer *w = calloc(1, sizeof *w);
    uint8_t secret[AGE_KEY_BYTES + 16]; /* the file's key, and the nonce of its bytes */
    int r = 0;

    if (!w)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory to seal the backup");
    w->stream.fd = fd;
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        r = error_set_errno(e, NULL, "no random numbers");
    if (r == 0)
        r = write_header(w, secret, passphrase, secret + AGE_KEY_BYTES, e);
    if (r == 0)
        r = stream_start(&w->stream, secret, secret + AGE_KEY_BYTES, e);
    explicit_bzero(secret, sizeof secret);
    if (r < 0) {
        age_writer_free(w);
        return r;
    }
    *out = w;
    return 0;
}

static int write_chunk(struct age_writer *w, bool is_last, struct error *e)
{
    struct stream *s = &w->stream;
    size_t len = sizeof w->sealed;

    s->nonce[NONCE_BYTES - 1] = is_last;
    if (gnutls_aead_cipher_encrypt(s->cipher, s->nonce, NONCE_BYTES, NULL, 0, AGE_TAG_BYTES,
                                   w->plain, w->len, w->sealed, &len) < 0)
        return crypto_failed(e);
    stream_step(s);
    w->len = 0;
    return write_out(s->fd, span_of(w->sealed, len), e);
}

int age_write(struct age_writer *w, struct span bytes, struct error *e)
{
    while (bytes.len > 0) {
        size_t n = AGE_CHUNK_BYTES - w->len;
        int r;

        if (n == 0) { /* more follows, so it is not the last one */
            r = write_chunk(w, false, e);
            if (r < 0)
                return r;
            continue;
        }
        if (n > bytes.len)
            n = bytes.len;
        memcpy(w->plain + w->len, bytes.data, n);
        w->len += n;
        bytes = span_sub(bytes, n, bytes.len - n);
    }
    return 0;
}

int age_finish(struct age_writer *w, struct error *e)
{
    return write_chunk(w, true, e);
}

void age_writer_free(struct age_writer *w)
{
    if (!w)
        return;
    if (w->stream.cipher)
        gnutls_aead_cipher_deinit(w->stream.cipher);
    explicit_bzero(w, sizeof *w);
    free(w);
}

/* ---- reading ---- */

static int open_key(uint8_t file_key[AGE_KEY_BYTES], const struct age_header *h,
                    struct span passphrase, struct error *e)
{
    static const uint8_t nonce[NONCE_BYTES];
    gnutls_aead_cipher_hd_t cipher;
    uint8_t key[KEY_BYTES];
    size_t len = AGE_KEY_BYTES;
    int r = wrap_key(key, passphrase, h, e);

    if (r == 0)
        r = cipher_new(&cipher, key, e);
    if (r < 0)
        return r;
    if (gnutls_aead_cipher_decrypt(cipher, nonce, sizeof nonce, NULL, 0, AGE_TAG_BYTES,
                                   h->sealed_key, sizeof h->sealed_key, file_key, &len) < 0)
        r = error_set(e, ERR_DENIED, NULL, "the passphrase is wrong");
    gnutls_aead_cipher_deinit(cipher);
    return r;
}

/* Up to `size` bytes; fewer at the end of the file only. @return how many, or -1 with errno */
static ssize_t read_full(int fd, uint8_t *out, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = read(fd, out + done, size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* Header and nonce; what was read beyond them are the first sealed bytes. */
static int read_start(struct age_reader *r, struct span passphrase, struct error *e)
{
    uint8_t start[AGE_HEADER_MAX], file_key[AGE_KEY_BYTES], mac[32];
    ssize_t n = read_full(r->stream.fd, start, sizeof start);
    struct age_header h;
    int result;

    if (n < 0)
        return error_set_errno(e, NULL, "cannot read the sealed file");
    result = age_header_parse(&h, span_of(start, (size_t)n), e);
    if (result < 0)
        return result;
    if (h.len + 16 > (size_t)n)
        return error_set(e, ERR_TRUNCATED, NULL, "the sealed file is cut short");
    result = open_key(file_key, &h, passphrase, e);
    if (result == 0)
        result = header_mac(mac, file_key, span_of(start, h.mac_covers), e);
    if (result == 0 && gnutls_memcmp(mac, h.mac, sizeof mac) != 0)
        result = error_set(e, ERR_CRYPTO, NULL, "the sealed file's header was changed");
    if (result == 0)
        result = stream_start(&r->stream, file_key, start + h.len, e);
    explicit_bzero(file_key, sizeof file_key);
    r->len = (size_t)n - h.len - 16;
    memcpy(r->sealed, start + h.len + 16, r->len);
    return result;
}

int age_reader_new(struct age_reader **out, int fd, struct span passphrase, struct error *e)
{
    struct age_reader *r = calloc(1, sizeof *r);
    int result;

    if (!r)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory to open the sealed file");
    r->stream.fd = fd;
    result = read_start(r, passphrase, e);
    if (result < 0) {
        age_reader_free(r);
        return result;
    }
    *out = r;
    return 0;
}

int age_read(struct age_reader *r, struct span *out, struct error *e)
{
    struct stream *s = &r->stream;
    size_t sealed_len, len = sizeof r->plain;
    ssize_t n;

    *out = span_of(NULL, 0);
    if (r->is_done)
        return 0;
    n = read_full(s->fd, r->sealed + r->len, sizeof r->sealed - r->len);
    if (n < 0)
        return error_set_errno(e, NULL, "cannot read the sealed file");
    r->len += (size_t)n;
    r->is_done = r->len <= SEALED_BYTES;
    sealed_len = r->is_done ? r->len : SEALED_BYTES;
    s->nonce[NONCE_BYTES - 1] = r->is_done;
    if (sealed_len < AGE_TAG_BYTES || (sealed_len == AGE_TAG_BYTES && r->has_read) ||
        gnutls_aead_cipher_decrypt(s->cipher, s->nonce, NONCE_BYTES, NULL, 0, AGE_TAG_BYTES,
                                   r->sealed, sealed_len, r->plain, &len) < 0)
        return error_set(e, ERR_CRYPTO, NULL, "the sealed file is cut short, or was changed");
    stream_step(s);
    r->has_read = true;
    if (!r->is_done) {
        r->sealed[0] = r->sealed[SEALED_BYTES];
        r->len = 1;
    }
    *out = span_of(r->plain, len);
    return 0;
}

void age_reader_free(struct age_reader *r)
{
    if (!r)
        return;
    if (r->stream.cipher)
        gnutls_aead_cipher_deinit(r->stream.cipher);
    explicit_bzero(r, sizeof *r);
    free(r);
}
