/*
 * A form with files, as it comes: multipart/form-data (RFC 7578), part by part and piece by piece,
 * so that a file of any size takes the memory of one piece. Knows no FastCGI: bytes come from a
 * function.
 */
#ifndef NEREID_ADMIN_CGI_MULTIPART_H
#define NEREID_ADMIN_CGI_MULTIPART_H

#include <stdbool.h>

#include "common/error.h"
#include "common/span.h"

#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */
#define MULTIPART_NAME_MAX 255
#define MULTIPART_PARTS_MAX 100
#define MULTIPART_PIECE 65536

/** As read(2): fewer bytes than asked at the end, 0 behind it, negative on failure. */
typedef long multipart_source(void *source, char *data, size_t size);

struct multipart {
    multipart_source *read;
    void *source;
    char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF, two hyphens, the boundary */
    size_t delimiter_len;
    size_t start, end; /* of what was read and not given out yet */
    bool is_at_end;    /* the last part is behind us */
    bool is_inside;    /* of a part */
    unsigned n_parts;
    char name[MULTIPART_NAME_MAX + 1];
    bool is_file; /* the part has a file's name */
    char piece[MULTIPART_PIECE];
};

/** Zeroes `m`. @param content_type with its boundary
 * @return 0, ERR_MEDIA_TYPE (something else), ERR_INVALID */
int multipart_begin(struct multipart *m, const char *content_type, multipart_source *read,
                    void *source, struct error *e) MUST_USE;

/** Go to the next part, over what was not read of this one: `name` and `is_file` are its.
 * @return 1, 0 behind the last, or ERR_INVALID, ERR_TRUNCATED, ERR_TOO_LARGE (too many) */
int multipart_next(struct multipart *m, struct error *e) MUST_USE;

/** The next bytes of the part, valid until the next call. @return 1, 0 at its end, or as above */
int multipart_read(struct multipart *m, struct span *out, struct error *e) MUST_USE;

/** A part that is a short text, whole. @return 0, ERR_TOO_LARGE, ERR_INVALID (a NUL in it, no
 * UTF-8), or as above */
int multipart_text(struct multipart *m, char *out, size_t size, struct error *e) MUST_USE;

#endif
