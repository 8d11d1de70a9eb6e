/*
 * The version of the pages' assets: scripts, styles, icons, catalogues of static/, ours and the
 * operator's. It stands in the path under which pages name them, so that browsers may keep them for
 * ever (RFC 8246) and still see what changed. A word made of what the files hold; of a large file,
 * of its size and time.
 */
#ifndef NEREID_SUPERVISOR_ASSET_VERSION_H
#define NEREID_SUPERVISOR_ASSET_VERSION_H

#include <stdbool.h>

#include "common/error.h"
#include "common/hex.h"

#define ASSET_DIGEST_BYTES 32
#define ASSET_VERSION_BYTES 8

/** Zeroed: nothing read yet. */
struct asset_version {
    char text[HEX_SIZE(ASSET_VERSION_BYTES)]; /* hexadecimal; "" before it was read */
    uint8_t seen[ASSET_DIGEST_BYTES];         /* names, sizes and times when the text was made */
    uint8_t last[ASSET_DIGEST_BYTES];         /* at the last look */
};

/**
 * Read the files of two directories.
 * @param own the operator's, where there need be none
 * @return 0; ERR_IO when ours cannot be read
 */
int asset_version_read(struct asset_version *v, const char *share, const char *own,
                       struct error *e) MUST_USE;

/**
 * Look whether files have changed, by their sizes and times. While they are changing still, between
 * two looks, nothing is done.
 * @return true when the version is another one now
 */
bool asset_version_look(struct asset_version *v, const char *share, const char *own);

#endif
