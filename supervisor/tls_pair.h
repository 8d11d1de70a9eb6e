/*
 * The certificate and key that nginx serves: run/nginx/tls.pem, one file that always holds a pair
 * that fits. It is copied from data/cert.pem and data/key.pem when those fit each other; while they
 * do not, as in the middle of a renewal, the last good pair stays. So nginx can be started and
 * reloaded at any time. (It would itself take a certificate with a key of another type, and then
 * fail at every handshake.)
 */
#ifndef NEREID_SUPERVISOR_TLS_PAIR_H
#define NEREID_SUPERVISOR_TLS_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/atomic_file.h"
#include "common/error.h"
#include "supervisor/state_dir.h"

/** What the files were at one look. Zeroed: neither is there. */
struct tls_stamps {
    struct file_stamp cert, key;
};

/** Zeroed: not started. Paths are owned. */
struct tls_pair {
    char *cert_path; /* data/cert.pem */
    char *key_path;  /* data/key.pem */
    char *path;      /* run/nginx/tls.pem, mode 0600 */
    char *spare_cert_path;
    char *spare_key_path;
    struct tls_stamps judged; /* what was read last */
    struct tls_stamps seen;   /* at the last look */
    struct error problem;     /* code 0: the pair in data/ is the one in run/ */
};

/**
 * See that there is something to serve: the pair in data/ (made when neither file is there, or
 * completed when there is a key alone), else the pair of an earlier start, else one made for the
 * time being in run/nginx/. A pair that does not fit is logged and stands in `problem`.
 * @param address one more numeric address for a certificate that is made, or NULL
 * @param now_s   seconds since 1970, UTC
 * @return 0; ERR_IO when run/ or data/ cannot be written; ERR_CRYPTO; ERR_NO_MEMORY
 */
int tls_pair_start(struct tls_pair *t, const struct state_dir *state, const char *address,
                   int64_t now_s, struct error *e) MUST_USE;

/**
 * Look whether data/ changed. Its files are replaced one after the other, so a change counts once
 * two looks in a row found the same.
 * @return true when run/nginx/tls.pem has a new pair; one that does not fit is logged once
 */
bool tls_pair_look(struct tls_pair *t);

void tls_pair_release(struct tls_pair *t);

/**
 * Both files as one text, key first, if they fit each other: the public key of the first
 * certificate (RFC 8446 section 4.4.2: the sender's own) is that of the key.
 * @param out appended to; holds a secret: buf_wipe()
 * @return 0; ERR_NOT_FOUND, ERR_IO; ERR_CRYPTO with the reason and the file's name
 */
int tls_pair_read(struct buf *out, const char *cert_path, const char *key_path,
                  struct error *e) MUST_USE;

#endif
