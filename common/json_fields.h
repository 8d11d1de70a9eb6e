/*
 * Typed members out of a parsed JSON object, with errors that name the member. A member that is
 * absent or null leaves the output alone and is no error (SIG-1).
 */
#ifndef NEREID_COMMON_JSON_FIELDS_H
#define NEREID_COMMON_JSON_FIELDS_H

#include <json-c/json.h>

#include "common/error.h"
#include "common/span.h"

struct json_fields {
    struct json_object *object; /* borrowed */
    const char *prefix;         /* goes in front of names in errors, as "users.anna"; may be NULL */
    bool any_case;              /* names match without regard to case when no exact one exists */
    struct error *e;            /* may be NULL */
    int result;                 /* 0, or the first failure's code; later calls then do nothing */
};

/** The member itself, borrowed; NULL when absent or null. */
struct json_object *json_fields_get(struct json_fields *f, const char *name);
/** Borrowed from the object; *out is NUL-terminated and has no NUL inside (else ERR_INVALID). */
void json_fields_string(struct json_fields *f, const char *name, const char **out);
/** As above, as a span; a NUL inside is allowed. */
void json_fields_span(struct json_fields *f, const char *name, struct span *out);
void json_fields_bool(struct json_fields *f, const char *name, bool *out);
/** Integers only (3.0 counts as 3), within min..max. */
void json_fields_int(struct json_fields *f, const char *name, int64_t min, int64_t max,
                     int64_t *out);
/** RFC 3339 with zone -> microseconds since 1970. */
void json_fields_time(struct json_fields *f, const char *name, int64_t *out_us);
void json_fields_object(struct json_fields *f, const char *name, struct json_object **out);
/** Record a failure about a member: place "prefix.name". Keeps the first one. @return f->result */
int json_fields_fail(struct json_fields *f, int code, const char *name, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/** Array of strings -> new NULL-terminated vector, owned: one free() for all of it. */
void json_fields_strings(struct json_fields *f, const char *name, char ***out, size_t *n_out);

#endif
