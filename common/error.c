#include "common/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/span.h"

static const struct {
    const char *name;
    const char *text;
    int http_status;
} err_table[] = {
    [0] = {"ok", "no error", 200},
    [-ERR_NO_MEMORY] = {"no-memory", "out of memory", 503},
    [-ERR_INVALID] = {"invalid", "a value is not allowed", 400},
    [-ERR_SYNTAX] = {"syntax", "the text does not parse", 400},
    [-ERR_TRUNCATED] = {"truncated", "the data ends too early", 400},
    [-ERR_TOO_LARGE] = {"too-large", "too large", 413},
    [-ERR_NOT_FOUND] = {"not-found", "not found", 404},
    [-ERR_EXISTS] = {"exists", "exists already", 412},
    [-ERR_PRECONDITION] = {"precondition", "it has changed meanwhile", 412},
    [-ERR_DENIED] = {"denied", "not authorised", 401},
    [-ERR_FORBIDDEN] = {"forbidden", "not allowed", 403},
    [-ERR_BUSY] = {"busy", "too many requests", 429},
    [-ERR_IO] = {"io", "a system call failed", 503},
    [-ERR_NO_SPACE] = {"no-space", "no space left on the disk", 507},
    [-ERR_UNSUPPORTED] = {"unsupported", "not supported", 400},
    [-ERR_CRYPTO] = {"crypto", "a cryptographic check failed", 400},
    [-ERR_UNAVAILABLE] = {"unavailable", "a part of the server does not answer", 503},
    [-ERR_WRONG_STATE] = {"state", "not possible now", 409},
    [-ERR_MEDIA_TYPE] = {"media-type", "the body has the wrong media type", 415},
    [-ERR_DAMAGED] = {"damaged", "what the server keeps is damaged", 503},
};

static size_t err_index(int code)
{
    if (code > 0 || code < ERR_LAST)
        return (size_t)-ERR_IO;
    return (size_t)-code;
}

const char *err_name(int code)
{
    return err_table[err_index(code)].name;
}

const char *err_text(int code)
{
    return err_table[err_index(code)].text;
}

int err_http_status(int code)
{
    return err_table[err_index(code)].http_status;
}

/* A text that was cut to fit must still be UTF-8: it goes into messages. */
static void drop_half_character(char *text)
{
    text[span_whole_len(span_str(text))] = 0;
}

static void error_fill(struct error *e, int code, const char *place, const char *fmt, va_list ap)
{
    e->code = code;
    snprintf(e->place, sizeof e->place, "%s", place ? place : "");
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    drop_half_character(e->place);
    drop_half_character(e->text);
}

int error_set(struct error *e, int code, const char *place, const char *fmt, ...)
{
    if (e) {
        va_list ap;

        va_start(ap, fmt);
        error_fill(e, code, place, fmt, ap);
        va_end(ap);
    }
    return code;
}

static int errno_code(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return ERR_NO_SPACE;
    case ENOENT:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_EXISTS;
    case ENOMEM:
        return ERR_NO_MEMORY;
    default:
        return ERR_IO;
    }
}

int error_set_errno(struct error *e, const char *place, const char *fmt, ...)
{
    int number = errno;
    int code = errno_code(number);

    if (e) {
        va_list ap;
        size_t used;

        va_start(ap, fmt);
        error_fill(e, code, place, fmt, ap);
        va_end(ap);
        used = strlen(e->text);
        snprintf(e->text + used, sizeof e->text - used, ": %s", strerror(number));
    }
    return code;
}

bool error_line_column(const struct error *e, unsigned *line, unsigned *column)
{
    unsigned l, c;

    *line = *column = 0;
    if (sscanf(e->place, "line %u column %u", &l, &c) != 2)
        return false;
    *line = l;
    *column = c;
    return true;
}

const char *error_describe(const struct error *e, char *buf, size_t size)
{
    const char *text = e->text[0] ? e->text : err_text(e->code);

    if (e->place[0])
        snprintf(buf, size, "%s: %s", e->place, text);
    else
        snprintf(buf, size, "%s", text);
    return buf;
}
