/*
 * The server's TLS certificate: made once, self-signed, when there is none.
 */
#ifndef NEREID_SUPERVISOR_CERTIFICATE_H
#define NEREID_SUPERVISOR_CERTIFICATE_H

#include <stdint.h>

#include "common/error.h"

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
