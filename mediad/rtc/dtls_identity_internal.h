/*
 * What dtls_transport.c needs of an identity; apart, so that nobody else includes GnuTLS.
 */
#ifndef NEREID_MEDIAD_RTC_DTLS_IDENTITY_INTERNAL_H
#define NEREID_MEDIAD_RTC_DTLS_IDENTITY_INTERNAL_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "common/error.h"
#include "mediad/rtc/dtls_identity.h"

/** Give a session the certificate and the cipher suites. @return a GnuTLS code */
int dtls_identity_apply(const struct dtls_identity *identity, gnutls_session_t session) MUST_USE;

#endif
