/*
 * data/config.json with hot reload: last good version kept. What its addresses mean:
 * server_origin.h.
 */
#ifndef NEREID_COMMON_SERVER_CONFIG_H
#define NEREID_COMMON_SERVER_CONFIG_H

#include "common/atomic_file.h"
#include "common/buf.h"
#include "common/group_desc.h"
#include "common/span.h"

struct server_config {
    struct group_user *users; /* sorted by name */
    size_t n_users;
    bool writable_groups;
    char *canonical_host; /* NULL when absent */
    char *proxy_url;
    char **allow_origin;       /* NULL-terminated, or NULL */
    char **allow_admin_origin; /* same */
    struct group_warning *warnings;
    size_t n_warnings;
};

/**
 * Parse and validate the file's text. Unknown and obsolete members, bad passwords, hosts, URLs and
 * origins become warnings and count as absent; a known member of the wrong type is an error.
 * @param e place "line L column C", text names the field
 */
int server_config_parse(struct server_config **out, struct span text, struct error *e) MUST_USE;
void server_config_free(struct server_config *c); /* NULL is fine */
/** NULL when there is no such user. Borrowed. */
const struct group_user *server_config_user(const struct server_config *c, struct span name);

/** The file with its last good parse. One per process or thread; not shared between threads. */
struct server_config_file;
int server_config_file_new(struct server_config_file **out, const char *path) MUST_USE;
void server_config_file_free(struct server_config_file *f);
/**
 * The configuration as of now; re-read when the file's stamp changed. A missing file is all
 * defaults. Never NULL; borrowed until the next call.
 * @param e code 0 when the file is good, else why the last good one is used
 */
const struct server_config *server_config_file_get(struct server_config_file *f, struct error *e);

#endif
