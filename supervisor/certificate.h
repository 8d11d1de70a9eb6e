/*
 * The server's TLS certificate: made once, self-signed, when there is none.
 */
#ifndef NEREID_SUPERVISOR_CERTIFICATE_H
#define NEREID_SUPERVISOR_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/atomic_file.h"
#include "common/error.h"

/** Tells when a pair of files was replaced. Zeroed: nothing seen yet. */
struct certificate_watch {
    struct file_stamp cert, key;
    bool has_changed; /* since it was last reported */
};

/**
 * Look at the files. Both are replaced one after the other, so a change is reported only once two
 * looks in a row found the same.
 * @return true when they are others than when this was last asked, and stay so; the first look
 *         only remembers
 */
bool certificate_watch_look(struct certificate_watch *w, const char *cert_path,
                            const char *key_path);

/**
 * See that a certificate and its key exist. With neither, an ECDSA P-256 key and a certificate for
 * localhost, 127.0.0.1, ::1 and `address` are made; with a key alone, a certificate for that key.
 * @param cert_path, key_path PEM files; the key is made with mode 0600
 * @param address             one more numeric address for the certificate, or NULL
 * @param now_s               seconds since 1970, UTC
 * @return 0; ERR_INVALID when there is a certificate without its key; ERR_CRYPTO; ERR_IO
 */
int certificate_ensure(const char *cert_path, const char *key_path, const char *address,
                       int64_t now_s, struct error *e) MUST_USE;

#endif
