/*
 * The HTTP API of a server, through libcurl: one request at a time, 30 s each, redirects are errors
 * that name where they lead.
 */
#ifndef NEREID_GALENECTL_API_CLIENT_H
#define NEREID_GALENECTL_API_CLIENT_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"
#include "galenectl/settings.h"

struct api_client;
/** @param settings borrowed until api_client_free() */
int api_client_new(struct api_client **out, const struct settings *settings, bool insecure,
                   struct error *e) MUST_USE;
void api_client_free(struct api_client *c);

/* Paths are what api_path.h makes, or ".stats". A status of 300 or more is an error whose text is
 * "HTTP error: 412 Precondition Failed" with what the server says; its code is ERR_PRECONDITION for
 * 412, ERR_NOT_FOUND for 404, ERR_DENIED for 401, ERR_FORBIDDEN for 403, else ERR_IO. */

/** @param out owned; NULL for the JSON null  @param etag may be NULL; replaced, "" when absent */
int api_get(struct api_client *c, const char *path, struct json_object **out, struct buf *etag,
            struct error *e) MUST_USE;

/** As above; another answer than an object is ERR_IO. */
int api_get_object(struct api_client *c, const char *path, struct json_object **out,
                   struct buf *etag, struct error *e) MUST_USE;

struct api_put {
    const char *content_type; /* NULL: application/json */
    const char *if_match;     /* NULL: none */
    bool if_none_match;       /* "If-None-Match: *" */
};
int api_put(struct api_client *c, const char *path, struct json_object *body,
            const struct api_put *options, struct error *e) MUST_USE;

/** @param location replaced by the Location header; a missing one is an error */
int api_post(struct api_client *c, const char *path, struct json_object *body, struct buf *location,
             struct error *e) MUST_USE;

/** @param if_match may be NULL */
int api_delete(struct api_client *c, const char *path, const char *if_match,
               struct error *e) MUST_USE;

/** A change of an object in place. */
struct edit {
    int (*apply)(struct json_object *object, void *arg, struct error *e);
    void *arg;
};

/**
 * Read an object, change it, write it back if nobody else changed it meanwhile.
 * @param retry read, edit and write once more after a 412
 */
int api_update(struct api_client *c, const char *path, const struct edit *edit, bool retry,
               struct error *e) MUST_USE;

#endif
