/*
 * Error codes and the error a person reads.
 *
 * Functions return 0 or one negative `enum err`. Where a person will read the cause, the last
 * parameter is a `struct error *` (NULL is fine) that takes the code, the place and one sentence.
 * This module does not log and does not know HTTP or signalling beyond one table.
 */
#ifndef NEREID_COMMON_ERROR_H
#define NEREID_COMMON_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err {
    ERR_NO_MEMORY = -1,    /* an allocation failed; this one request is refused */
    ERR_INVALID = -2,      /* a value that is not allowed here */
    ERR_SYNTAX = -3,       /* text that does not parse */
    ERR_TRUNCATED = -4,    /* bytes end too early */
    ERR_TOO_LARGE = -5,    /* over a documented limit */
    ERR_NOT_FOUND = -6,    /* no such object */
    ERR_EXISTS = -7,       /* already there */
    ERR_PRECONDITION = -8, /* If-Match, If-None-Match, or somebody else changed it meanwhile */
    ERR_DENIED = -9,       /* who you are is not proven */
    ERR_FORBIDDEN = -10,   /* you are known and may not */
    ERR_BUSY = -11,        /* too many at once or too fast; try again later */
    ERR_IO = -12,          /* a system call failed */
    ERR_NO_SPACE = -13,    /* disk or quota full */
    ERR_UNSUPPORTED = -14, /* well-formed, but not something we do */
    ERR_CRYPTO = -15,      /* a signature, tag or handshake is wrong */
    ERR_UNAVAILABLE = -16, /* a part that is needed does not answer */
    ERR_WRONG_STATE = -17, /* right thing at the wrong moment */
    ERR_MEDIA_TYPE = -18,  /* body of a type that is not taken here */
    ERR_DAMAGED = -19,     /* what we keep ourselves, such as a database, cannot be read any more */
    ERR_LAST = -19
};

/** What went wrong, for a person. Zeroed means no error. */
struct error {
    int code;       /* enum err, or 0 */
    char place[96]; /* "line 7 column 12", "users.anna.password", "m-line 2", or "" */
    char text[200]; /* one sentence without secrets and without a final full stop */
};

/**
 * Fill an error and return its code, so that `return error_set(e, ERR_X, ...)` reads well.
 * @param e     may be NULL
 * @param code  enum err
 * @param place printed as it is, or NULL for none; cut to fit
 * @param fmt   one sentence; outside text in it must have been cut and escaped by the caller
 */
int error_set(struct error *e, int code, const char *place, const char *fmt, ...) PRINTF_LIKE(4, 5);

/** As error_set() with errno's words appended; maps ENOSPC/EDQUOT to ERR_NO_SPACE, ENOENT to
 * ERR_NOT_FOUND, EEXIST to ERR_EXISTS, ENOMEM to ERR_NO_MEMORY, everything else to ERR_IO. */
int error_set_errno(struct error *e, const char *place, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** The numbers of a place "line L column C". @return false, and both 0, for any other place */
bool error_line_column(const struct error *e, unsigned *line, unsigned *column);

/** "place: text", or what err_text() says when there is no text. @return buf */
const char *error_describe(const struct error *e, char *buf, size_t size);

/** A stable word for logs, JSON `code` members and metrics, as "not-found". Never NULL. */
const char *err_name(int code);

/** A general sentence for a code. Never NULL. */
const char *err_text(int code);

/** HTTP status for a code (RFC 9110): 404 for ERR_NOT_FOUND and so on; 200 for 0. */
int err_http_status(int code);

#endif
