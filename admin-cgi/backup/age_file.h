/*
 * Files sealed with a passphrase in the format of age (https://age-encryption.org/v1): scrypt makes
 * the key, ChaCha20-Poly1305 in chunks of 64 KiB seals the bytes, and the last chunk says that it
 * is the last, so that a file that was cut short or changed is noticed. `age -d` opens such a file
 * without us. One passphrase is the only kind of recipient that is written or read here.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_AGE_FILE_H
#define NEREID_ADMIN_CGI_BACKUP_AGE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/span.h"

#define AGE_HEADER_MAX 1024
#define AGE_CHUNK_BYTES 65536
#define AGE_KEY_BYTES 16
#define AGE_TAG_BYTES 16
/* scrypt's cost, as the power of two: 2^16 takes 64 MiB, as for passwords (SEC-17); age itself
 * writes 2^18. */
#define AGE_WORK_FACTOR 16
#define AGE_WORK_FACTOR_MAX 18

/** The text in front of the sealed bytes. */
struct age_header {
    uint8_t salt[16];
    unsigned work_factor;
    uint8_t sealed_key[AGE_KEY_BYTES + AGE_TAG_BYTES];
    uint8_t mac[32];
    size_t mac_covers; /* bytes of the header that the MAC is of */
    size_t len;        /* bytes of the header; the sealed bytes follow */
};

/** Is this how such a file begins? */
bool age_is_magic(struct span start);

/**
 * Read the header. It is judged by form only: whether it is authentic shows with the passphrase.
 * @param text the first bytes of the file, up to AGE_HEADER_MAX
 * @return 0, ERR_SYNTAX, ERR_TRUNCATED, ERR_UNSUPPORTED (sealed for keys, or costs more than we
 *         pay), ERR_NO_MEMORY
 */
int age_header_parse(struct age_header *out, struct span text, struct error *e) MUST_USE;

struct age_writer;
/** @param fd borrowed; written from where it stands @param passphrase not empty
 * @return 0, ERR_NO_MEMORY, ERR_CRYPTO, ERR_NO_SPACE, ERR_IO */
int age_writer_new(struct age_writer **out, int fd, struct span passphrase,
                   struct error *e) MUST_USE;
int age_write(struct age_writer *w, struct span bytes, struct error *e) MUST_USE;
/** The last chunk: without it the file counts as cut short. */
int age_finish(struct age_writer *w, struct error *e) MUST_USE;
void age_writer_free(struct age_writer *w);

struct age_reader;
/** @param fd borrowed; read from where it stands
 * @return 0, ERR_DENIED (the passphrase is wrong), ERR_CRYPTO (the header was changed), or what
 *         age_header_parse() says */
int age_reader_new(struct age_reader **out, int fd, struct span passphrase,
                   struct error *e) MUST_USE;
/** The next bytes, authentic, borrowed until the next call. Empty: the end.
 * @return 0, ERR_CRYPTO (cut short, or changed), ERR_IO */
int age_read(struct age_reader *r, struct span *out, struct error *e) MUST_USE;
void age_reader_free(struct age_reader *r);

#endif
