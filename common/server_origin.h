/*
 * What follows from the addresses in data/config.json (proxyURL, canonicalHost, allowOrigin):
 * links, the base URL, the canonical redirect, the check of origins. Pure.
 */
#ifndef NEREID_COMMON_SERVER_ORIGIN_H
#define NEREID_COMMON_SERVER_ORIGIN_H

#include "common/server_config.h"

/** A proxyURL taken apart; each part may be empty. Borrowed from the text. */
struct proxy_parts {
    struct span scheme; /* "http" or "https" */
    struct span host;   /* with port */
    struct span path;   /* without final slash */
};

/** "/base", "http:", "https:/base" and "https://b.org" are all legal.
 * @return false for anything else */
bool proxy_url_split(struct proxy_parts *out, const char *url);

/**
 * Base URL: scheme://host/path without final slash, appended to out.
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

/** May it stand in a Content-Security-Policy: an origin, or 'self'; nothing that could end the
 * directive or the header? */
bool policy_source_check(struct span text);

/** The host in host[:port]; an IPv6 address keeps its brackets. Borrowed. */
struct span host_name(struct span host);

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
