/*
 * Bodies of HTML forms: application/x-www-form-urlencoded into names and values
 * (SEC-15, SEC-30). Values live in the request's arena.
 */
#ifndef NEREID_ADMIN_CGI_FORM_H
#define NEREID_ADMIN_CGI_FORM_H

#include "admin-cgi/arena.h"
#include "common/error.h"
#include "common/span.h"

#define FORM_BODY_MAX (256 * 1024)
#define FORM_FIELDS_MAX 2000

struct form_field {
    const char *name;
    const char *value; /* NUL-terminated, line ends as LF */
    size_t len;
};

struct form {
    struct form_field *fields;
    size_t n_fields;
};

/**
 * Parse a body. NUL, invalid UTF-8, a bad escape and too many fields are ERR_INVALID naming the
 * field.
 */
int form_parse(struct form *out, struct arena *a, struct span body, struct error *e) MUST_USE;

/**
 * Refuse what the form does not have and single fields that come twice. The fields of every form
 * (csrf, form) are known.
 * @param single   NULL-terminated names that may come once
 * @param repeated NULL-terminated names that may come often; NULL: none
 */
int form_check(const struct form *f, const char *const *single, const char *const *repeated,
               struct error *e) MUST_USE;

/** The first value of a name; NULL when it is absent. */
const char *form_get(const struct form *f, const char *name);
/** The first value, or "". */
const char *form_text(const struct form *f, const char *name);
/** A check box: present. */
bool form_has(const struct form *f, const char *name);
/** The i-th value of a name that may repeat; NULL past the last. */
const char *form_at(const struct form *f, const char *name, size_t i);

/** Is this one of the values of a name that may repeat? */
bool form_has_value(const struct form *f, const char *name, const char *value);

/** Take all values of a name out, as if it had not been sent. */
void form_remove(struct form *f, const char *name);

#define FORM_TIME_SIZE 40

/** What a browser sends for a date and a time: "2026-06-09T08:00", with or without seconds; UTC.
 * @param rfc3339 the same with its zone  @return false: it is something else */
bool form_time(const char *text, char rfc3339[FORM_TIME_SIZE], int64_t *out_us);

#endif
