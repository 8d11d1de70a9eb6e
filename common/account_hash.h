/*
 * A console account's password as one string, "scrypt$N$r$p$SALTHEX$KEYHEX": the database holds it.
 * As slow as the other passwords: never on a loop.
 */
#ifndef NEREID_COMMON_ACCOUNT_HASH_H
#define NEREID_COMMON_ACCOUNT_HASH_H

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

/**
 * Hash a password under a fresh salt.
 *
 * @param out   the record is appended; untouched on failure
 * @param plain any bytes but NUL
 * @return 0, ERR_INVALID, ERR_NO_MEMORY, ERR_IO
 */
int account_hash_make(struct buf *out, struct span plain, struct error *e) MUST_USE;

/** True when the password is the record's; false also for a record that is not one of these. */
bool account_hash_match(const char *record, struct span supplied);

#endif
