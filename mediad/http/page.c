#include "mediad/http/page.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/macros.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/http/reply.h"
#include "mediad/http/route.h"
#include "mediad/http/whep.h"
#include "mediad/http/whip.h"
#include "mediad/signal/status.h"

/* A person who opens a page sees nginx's own, which says where to go from here; programs need no
 * more than the status. */
static void not_found(struct exchange *x)
{
    reply_data_headers(x, false);
    if (x->kind == ROUTE_GROUP || x->kind == ROUTE_GROUP_BARE)
        exchange_header(x, "x-accel-redirect:", "/_page/no-group");
    buf_add_str(&x->answer, "<!doctype html>\n<html lang=\"en\"><title>Not found</title>"
                            "<p>There is no such group or page.</p>\n");
    exchange_answer(x, 404, "text/html; charset=utf-8");
}

static void method_refused(struct exchange *x)
{
    exchange_header(x, "allow:", "GET, HEAD, OPTIONS");
    reply_text(x, 405, "405 Method not allowed");
}

/* ---- status ---- */

static void add_base_url(struct buf *out, struct exchange *x)
{
    server_config_base_url(out, reply_config(x), buf_span(&x->host), x->is_tls);
}

/* @param base_url of add_base_url() */
static void write_status(struct exchange *x, const char *base_url, const char *name,
                         const struct group_desc *desc, size_t file_len, bool tells_password)
{
    struct signal_env *env = x->server->env;
    const struct live_group *g = registry_find(env->registry, name);
    struct buf target = {0};

    if (desc->redirect)
        server_config_link(&target, reply_config(x), desc->redirect);
    const struct status_view view = {
        .name = name,
        .desc = desc,
        .file_len = file_len,
        .base_url = base_url,
        .redirect = buf_str(&target),
        .shows_life = desc->is_public,
        .is_locked = g ? g->lock != NULL : desc->autolock,
        .is_encrypted = g ? live_group_is_encrypted(g) : desc->is_encrypted,
        .n_clients = g ? g->n_members : 0,
        .tells_password = tells_password,
        .look = tells_password ? buf_span(&env->look) : span_of(NULL, 0),
    };

    status_write(&x->answer, &view);
    buf_release(&target);
}

static int compare_names(const void *a, const void *b)
{
    struct group_file *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static void write_public_list(struct exchange *x)
{
    struct definitions *d = x->server->env->registry->definitions;
    struct group_file **files;
    struct buf base_url = {0};
    size_t n = 0, n_public = 0;

    LIST_EACH (struct group_file, f, definitions_files(d), in_definitions)
        n++;
    files = calloc(n + 1, sizeof(struct group_file *));
    if (!files) {
        x->answer.bad = true;
        return;
    }
    LIST_EACH (struct group_file, f, definitions_files(d), in_definitions) {
        if (f->desc && f->desc->is_public)
            files[n_public++] = f;
    }
    qsort(files, n_public, sizeof(struct group_file *), compare_names);
    /* Once for all: each look at the configuration asks the disk whether it changed. */
    add_base_url(&base_url, x);
    buf_add_char(&x->answer, '[');
    for (size_t i = 0; i < n_public; i++) {
        if (i > 0)
            buf_add_char(&x->answer, ',');
        write_status(x, buf_str(&base_url), files[i]->name, files[i]->desc, strlen(files[i]->name),
                     false);
    }
    buf_add_char(&x->answer, ']');
    buf_release(&base_url);
    free(files);
}

static void public_groups(struct exchange *x)
{
    bool is_shared = reply_share(x) == ORIGIN_ALLOWED;

    write_public_list(x);
    reply_data_headers(x, is_shared);
    exchange_answer(x, 200, "application/json");
}

/* ---- the group page ---- */

/* "https://auth.example.org:8443/path" becomes its origin; nothing that could end a directive. */
static void add_source(struct buf *csp, const char *url)
{
    const char *host = strstr(url, "://");
    size_t len;

    if (!host || (strncmp(url, "https:", 6) != 0 && strncmp(url, "http:", 5) != 0))
        return;
    len = (size_t)(host - url) + 3 + strcspn(host + 3, "/?#");
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)url[i]) && !strchr("-._:/[]", url[i]))
            return;
    }
    buf_add_char(csp, ' ');
    buf_add(csp, url, len);
}

static void add_socket(struct buf *csp, struct exchange *x)
{
    struct buf base = {0};
    const char *host;
    size_t len;

    add_base_url(&base, x);
    host = strstr(buf_str(&base), "://");
    if (host) {
        host += 3;
        len = strcspn(host, "/");
        for (size_t i = 0; i < len; i++) {
            if (!isalnum((unsigned char)host[i]) && !strchr("-._:[]", host[i]))
                len = 0;
        }
        if (len > 0) {
            buf_add_str(csp, strncmp(buf_str(&base), "http:", 5) == 0 ? " ws://" : " wss://");
            buf_add(csp, host, len);
        }
    }
    buf_release(&base);
}

static void page_policy(struct exchange *x, const struct group_desc *desc, struct buf *csp)
{
    const struct settings *settings = x->server->env->settings;

    buf_printf(csp,
               "default-src 'none'; script-src 'self'%s; style-src 'self'; img-src 'self' blob:; "
               "font-src 'self'; connect-src 'self'",
               settings->allow_wasm ? " 'wasm-unsafe-eval'" : "");
    add_socket(csp, x);
    if (desc->auth_server)
        add_source(csp, desc->auth_server);
    buf_printf(csp,
               "; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; "
               "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors %s; "
               "require-trusted-types-for 'script'",
               settings->frame_ancestors);
}

static void group_page(struct exchange *x, const struct group_desc *desc)
{
    struct buf csp = {0};

    page_policy(x, desc, &csp);
    exchange_header(x, "x-page-csp:", buf_str(&csp));
    buf_clear(&csp);
    if (desc->auth_server)
        add_source(&csp, desc->auth_server);
    if (csp.len > 0)
        exchange_header(x, "x-page-auth:", buf_str(&csp) + 1);
    buf_release(&csp);
    exchange_header(x, "x-page-frames:", x->server->env->settings->frame_ancestors);
    exchange_header(x, "x-accel-redirect:", "/_page/group.html");
    exchange_header(x, "cache-control:", "no-cache");
    reply_headers(x);
    exchange_answer(x, 200, "text/html; charset=utf-8");
}

/* ---- what needs the group's definition ---- */

static void answer_status(struct exchange *x, const struct group_desc *desc, size_t file_len)
{
    bool is_shared = reply_share(x) == ORIGIN_ALLOWED;
    struct buf base_url = {0};

    add_base_url(&base_url, x);
    write_status(x, buf_str(&base_url), x->group, desc, file_len, true);
    buf_release(&base_url);
    reply_data_headers(x, is_shared);
    exchange_answer(x, 200, "application/json");
}

static void answer_group(struct exchange *x, const struct group_desc *desc, size_t file_len)
{
    struct route_match match;

    route_find(&match, buf_span(&x->uri));
    if (x->kind == ROUTE_STATUS) {
        answer_status(x, desc, file_len);
    } else if (x->kind == ROUTE_GROUP_BARE) {
        reply_redirect_to_group(x, "/", match.query);
    } else if (desc->redirect && *desc->redirect != '\0') {
        /* An invitation goes along within this server; to another one nothing does. */
        reply_redirect(x, desc->redirect,
                       desc->redirect[0] == '/' && !strpbrk(desc->redirect, "?#")
                           ? match.query
                           : (struct span){0});
    } else {
        group_page(x, desc);
    }
}

static void group_found(struct definition_lookup *lookup, int result)
{
    struct exchange *x = CONTAINER_OF(lookup, struct exchange, lookup);
    struct group_desc *desc = NULL;

    if (result == 0 && lookup->found.is_inherited)
        result = group_desc_subgroup(&desc, lookup->found.file_desc);
    else if (result == 0)
        desc = group_desc_ref(lookup->found.file_desc);
    if (result == 0)
        answer_group(x, desc, lookup->found.file_len);
    else if (result == ERR_NOT_FOUND)
        not_found(x);
    else if (result == ERR_BUSY || result == ERR_NO_MEMORY || result == ERR_UNAVAILABLE)
        reply_text(x, 503, "503 The server is busy");
    else
        reply_text(x, 500,
                   "500 The definition of this group is faulty; its administrator can "
                   "see where");
    group_desc_unref(desc);
}

/* ---- dispatch ---- */

/* A script does not learn why its WebSocket was refused, so the page asks here. */
static void may_connect(struct exchange *x)
{
    const struct server_config *config = reply_config(x);

    if (origin_check(config, buf_span(&x->origin), buf_span(&x->host), config->allow_origin) ==
        ORIGIN_REFUSED) {
        reply_text(x, 403, "403 Pages of this origin may not connect");
        return;
    }
    exchange_header(x, "allow:", "GET, OPTIONS");
    reply_data_headers(x, false);
    exchange_answer(x, 204, NULL);
}

/* A preflight is answered without looking further; what it allows is what the answer will say. */
static void preflight(struct exchange *x)
{
    bool is_shared = reply_share(x) == ORIGIN_ALLOWED;

    exchange_header(x, "access-control-allow-methods:", "GET, HEAD, OPTIONS");
    reply_data_headers(x, is_shared);
    exchange_answer(x, 204, NULL);
}

static void group_route(struct exchange *x, const struct route_match *match)
{
    if (reply_from_canonical_host(x))
        return;
    if (match->route == ROUTE_STATUS_JSON) {
        reply_redirect_to_group(x, "/.status", match->query);
        return;
    }
    x->lookup.done = group_found;
    definitions_lookup(x->server->env->registry->definitions, &x->lookup, x->group);
}

void page_handle(struct exchange *x)
{
    struct route_match match;

    if (x->uri.len == 0) {
        reply_text(x, 400, "400 The proxy sent no X-Raw-URI");
        return;
    }
    route_find(&match, buf_span(&x->uri));
    x->kind = (int)match.route;
    snprintf(x->group, sizeof x->group, "%s", match.group);
    if (match.route == ROUTE_NONE) {
        not_found(x);
    } else if (match.route == ROUTE_WHIP || match.route == ROUTE_WHIP_SLASH ||
               match.route == ROUTE_WHIP_SESSION) {
        whip_handle(x);
    } else if (match.route == ROUTE_WHEP || match.route == ROUTE_WHEP_SLASH ||
               match.route == ROUTE_WHEP_SESSION) {
        whep_handle(x);
    } else if (match.route == ROUTE_WEBSOCKET) {
        if (x->method == METHOD_OPTIONS)
            may_connect(x);
        else if (x->method == METHOD_GET)
            reply_text(x, 400, "400 Not a WebSocket request");
        else
            method_refused(x);
    } else if (x->method == METHOD_OPTIONS &&
               (match.route == ROUTE_STATUS || match.route == ROUTE_PUBLIC_GROUPS)) {
        preflight(x);
    } else if (x->method != METHOD_GET && x->method != METHOD_HEAD) {
        method_refused(x);
    } else if (match.route == ROUTE_PUBLIC_GROUPS) {
        public_groups(x);
    } else if (match.route == ROUTE_GROUP_ROOT) {
        reply_redirect(x, "/group/", match.query);
    } else {
        group_route(x, &match);
    }
}
