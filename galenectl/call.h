/*
 * A command's work with the server: a connection, a path, and the end that tells what failed. The
 * functions that end a call take in `r` what was done before it (0 or an error that is told in
 * call->e; then nothing is sent), release what the call holds, and return the exit status.
 */
#ifndef NEREID_GALENECTL_CALL_H
#define NEREID_GALENECTL_CALL_H

#include "galenectl/api_client.h"
#include "galenectl/api_path.h"
#include "galenectl/command.h"
#include "galenectl/name_list.h"

/** Filled with these four; the rest zeroed. */
struct call {
    const struct ctl *ctl;
    const char *action; /* for people: "Delete group" */
    struct buf path;    /* what api_path.h makes, or ".stats" */
    struct error e;
    struct settings settings;
    struct api_client *client;
};

/**
 * Read the settings and connect; once is enough, and the functions below do it too. Settings are
 * read here and not before, so that commands without a server need no file.
 * @return r when that is an error, else 0 or an error
 */
int call_open(struct call *c, int r) MUST_USE;

/** Print what the server holds as JSON. */
int call_show(struct call *c, int r);

/** Print the names of a collection, or what is behind each. */
int call_list(struct call *c, int r, const struct name_list_query *query);

/** Put a new object, changed by `edit`. @param force replace what is there */
int call_create(struct call *c, int r, const struct edit *edit, bool force);

/** Read, edit, write back. @param retry once more when somebody else wrote meanwhile */
int call_update(struct call *c, int r, const struct edit *edit, bool retry);

/** Put `json` over whatever is there. @param json taken  @param content_type NULL: JSON */
int call_replace(struct call *c, int r, struct json_object *json, const char *content_type);

/** Post a new object, changed by `edit`. @param location where the server put it; replaced */
int call_post(struct call *c, int r, const struct edit *edit, struct buf *location);

/** @param if_match NULL: whatever the server holds */
int call_delete(struct call *c, int r, const char *if_match);

#endif
