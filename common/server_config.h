/*
 * data/config.json (spec/manual.txt; spec/http.md 3) with hot reload: last good version kept.
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

/**
 * Base URL (spec/http.md 1): scheme://host/path without final slash, appended to out.
 * @param host   value of the Host header; one that is no host[:port] is replaced by canonicalHost,
 *               or "localhost"
 * @param is_tls scheme when proxyURL gives none
 */
void server_config_base_url(struct buf *out, const struct server_config *c, struct span host,
                            bool is_tls);

/** The path of proxyURL without final slash, empty for none. Borrowed from the configuration. */
struct span server_config_base_path(const struct server_config *c);

/** The same path where a request that still carries it can be told from one that does not: empty
 * when it starts as paths of ours do, or holds an escape. Borrowed. */
struct span server_config_strip_path(const struct server_config *c);

/** A raw request URI without that path, which a proxy may have left on it. Borrowed from `uri`. */
struct span server_config_strip(const struct server_config *c, struct span uri);

/** Append a link as a browser needs it: a path of ours gets the path of proxyURL before it, unless
 * it has it already (below a path that looks like one of ours, /group say, nothing has it); a URL
 * stays. */
void server_config_link(struct buf *out, const struct server_config *c, const char *link);

/** True for host[:port] as it may stand in a Host header (RFC 9110 section 7.2). */
bool host_check(struct span host);

/**
 * The canonical-host redirect: appends the location and returns true when one is due. Answer with
 * 308. A canonicalHost without port is compared without ports, and the request's port is kept.
 * None is due under the name of proxyURL, nor, where that is set, under a numeric address or
 * localhost: so a proxy asks that does not pass the client's Host on.
 */
bool server_config_redirect(struct buf *out, const struct server_config *c, struct span host,
                            struct span path_and_query);

enum origin_verdict { ORIGIN_NONE, ORIGIN_ALLOWED, ORIGIN_REFUSED };
/**
 * The origin check: names without regard to case, a default port equal to none (RFC 6454 sections 4
 * and 5). Our own are proxyURL's and that of the Host header, with whatever scheme; an element "*"
 * allows every origin.
 * @param allowed NULL-terminated list or NULL. Empty origin: ORIGIN_NONE
 */
enum origin_verdict origin_check(const struct server_config *c, struct span origin,
                                 struct span host, char *const *allowed);

#endif
