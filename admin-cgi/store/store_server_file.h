/*
 * The server's own managed files, data/config.json, data/ice-servers.json and data/mediad.json,
 * changed by editing their text: as they are now, and one change made from what a person saw.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SERVER_FILE_H
#define NEREID_ADMIN_CGI_STORE_STORE_SERVER_FILE_H

#include "admin-cgi/store/store_file.h"

/** @param kind FILE_CONFIG, FILE_ICE or FILE_MEDIAD @return as store_file_get() */
int store_server_file_get(struct db *db, struct arena *a, enum file_kind kind, int64_t now_us,
                          struct file_state *out, struct error *e) MUST_USE;

/** Why a page must not edit it, as a sentence without its end (borrowed); NULL: it may. */
const char *store_server_file_obstacle(const struct file_state *f);

/** The text to edit: the file's, or that of an empty one. */
struct span store_server_file_text(const struct file_state *f);

struct server_file_change {
    enum file_kind kind;
    const char *seen; /* etag that the form was made from; "" when there was no file */
    const struct actor *actor;
    /** Append the new text. @return 0, or an error that is passed on; then nothing changes */
    int (*edit)(struct buf *out, struct span text, void *arg, struct error *e);
    void *arg;
};
/** @return as store_file_change(); ERR_PRECONDITION when the file is not as it was seen */
int store_server_file_change(struct db *db, const struct server_file_change *change,
                             struct file_result *out, struct error *e) MUST_USE;

#endif
