/*
 * The certificate by which clients know this process (RFC 8827 section 6.5), and the cipher suites
 * it allows.
 */
#ifndef NEREID_MEDIAD_RTC_DTLS_IDENTITY_H
#define NEREID_MEDIAD_RTC_DTLS_IDENTITY_H

#include "common/error.h"

/** The process's certificate: self-signed ECDSA P-256, made at start. Immutable, shared by all. */
struct dtls_identity;

/** @return 0, ERR_NO_MEMORY, ERR_CRYPTO */
int dtls_identity_new(struct dtls_identity **out, struct error *e) MUST_USE;
/** After the last session that has it. */
void dtls_identity_free(struct dtls_identity *identity);
/** "sha-256 AB:CD:…" as in SDP. Borrowed from the identity. */
const char *dtls_identity_fingerprint(const struct dtls_identity *identity);

#endif
