/*
 * A group file's text without its secrets, and back: each password and key stands as a marker
 * {"$keep": N}, which saving puts back where it was and nowhere else (WEB-15).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_SECRET_MASK_H
#define NEREID_ADMIN_CGI_HANDLERS_SECRET_MASK_H

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

/** Append the text with markers. @return 0, ERR_SYNTAX when it does not parse, ERR_NO_MEMORY */
int secret_mask(struct buf *out, struct span text, struct error *e) MUST_USE;

/**
 * Append an edited text with the secrets of `original` in place of its markers.
 * @return 0; ERR_INVALID for a marker that was moved, copied or made up; ERR_SYNTAX with line and
 *         column; ERR_NO_MEMORY
 */
int secret_unmask(struct buf *out, struct span edited, struct span original,
                  struct error *e) MUST_USE;

#endif
