/*
 * Sizes as people write them: "20 GB", "1.5 TB", "512 MiB".
 */
#ifndef NEREID_ADMIN_CGI_SITE_SIZE_TEXT_H
#define NEREID_ADMIN_CGI_SITE_SIZE_TEXT_H

#include <stdint.h>

#include "admin-cgi/arena.h"
#include "common/span.h"

/**
 * The bytes that a text means: a number, with a point or a comma, and a unit (kB, MB, GB, TB by
 * thousands, KiB, MiB, GiB, TiB by 1024, B or none: bytes) in whatever case.
 * @return false: it is none, more than 2^53, or may be read in two ways, as "1,500 MB"; *bytes is
 * untouched
 */
bool size_text_read(struct span text, int64_t *bytes) MUST_USE;

/** A size by the largest unit that says it exactly, else in bytes without one; in the arena. What
 * it says, size_text_read() reads as the same. @param bytes not negative @return NULL without
 * memory */
const char *size_text_exact(struct arena *a, int64_t bytes);

#endif
