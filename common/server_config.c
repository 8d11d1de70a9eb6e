#include "common/server_config.h"

#include <stdlib.h>
#include <string.h>

#include "common/group_desc_doc.h"
#include "common/group_desc_users.h"
#include "common/json_scan.h"
#include "common/server_origin.h"
#include "common/string_list.h"

#define CONFIG_FILE_MAX GROUP_FILE_MAX

void server_config_free(struct server_config *c)
{
    if (!c)
        return;
    group_users_free(c->users, c->n_users);
    free(c->canonical_host);
    free(c->proxy_url);
    free(c->allow_origin);
    free(c->allow_admin_origin);
    free(c->warnings);
    free(c);
}

const struct group_user *server_config_user(const struct server_config *c, struct span name)
{
    return group_users_find(c->users, c->n_users, name);
}

static struct desc_path path_of(struct json_object *root, const char *name)
{
    return desc_path_add((struct desc_path){0}, desc_key(root, name));
}

static void keep_string(struct desc_doc *doc, char **out, const char *text)
{
    *out = strdup(text);
    if (!*out)
        desc_no_memory(doc);
}

static void read_host(struct desc_doc *doc, struct json_object *root, char **out)
{
    const char *text = NULL;

    if (!desc_string(doc, root, "canonicalHost", &text) || text[0] == 0)
        return;
    if (host_check(span_str(text)))
        keep_string(doc, out, text);
    else
        desc_warn(doc, path_of(root, "canonicalHost"),
                  "ignored: must be host or host:port, without https://");
}

static void read_proxy_url(struct desc_doc *doc, struct json_object *root, char **out)
{
    struct proxy_parts parts;
    const char *text = NULL;

    if (!desc_string(doc, root, "proxyURL", &text) || text[0] == 0)
        return;
    if (proxy_url_split(&parts, text))
        keep_string(doc, out, text);
    else
        desc_warn(doc, path_of(root, "proxyURL"),
                  "ignored: must be like https://host/path, or a part of that");
}

/* "*", or scheme://host[:port] without anything after it (RFC 6454 section 6.2). */
static bool is_origin(const char *text)
{
    struct span s = span_str(text);
    size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+-.");

    if (span_eq_str(s, "*"))
        return true;
    return scheme > 0 && span_starts_with(span_sub(s, scheme, s.len), "://") &&
           host_check(span_sub(s, scheme + 3, s.len));
}

static void read_origins(struct desc_doc *doc, struct json_object *root, const char *name,
                         char ***out)
{
    char **list = NULL;
    size_t n = 0;
    size_t n_good = 0;

    if (!desc_strings(doc, root, name, &list, &n))
        return;
    for (size_t i = 0; i < n; i++) {
        char shown[40];

        if (is_origin(list[i]))
            list[n_good++] = list[i];
        else
            desc_warn(doc, path_of(root, name), "ignored: %s is no origin like https://host:port",
                      span_printable(span_str(list[i]), shown, sizeof shown));
    }
    if (list)
        list[n_good] = NULL;
    *out = list;
}

static void read_members(struct desc_doc *doc, struct server_config *c, struct json_object *root)
{
    static const char *const known[] = {
        "users",         "writableGroups",   "allowOrigin", "proxyURL",
        "canonicalHost", "allowAdminOrigin", "admin",       NULL};
    const char *key = desc_key(root, "users");

    if (key)
        desc_read_users(doc, json_object_object_get(root, key), path_of(root, "users"), &c->users,
                        &c->n_users);
    desc_bool(doc, root, "writableGroups", &c->writable_groups);
    read_host(doc, root, &c->canonical_host);
    read_proxy_url(doc, root, &c->proxy_url);
    read_origins(doc, root, "allowOrigin", &c->allow_origin);
    read_origins(doc, root, "allowAdminOrigin", &c->allow_admin_origin);
    if (desc_key(root, "admin"))
        desc_warn(doc, path_of(root, "admin"), "obsolete, ignored; use users");
    desc_warn_unknown(doc, root, (struct desc_path){0}, known);
}

int server_config_parse(struct server_config **out, struct span text, struct error *e)
{
    struct desc_doc doc = {.text = text, .e = e};
    struct json_object *root = NULL;
    struct server_config *c;
    struct error unclean;
    int r = json_scan_parse_file(&root, text, &unclean, e);

    if (r < 0)
        return r;
    if (!json_object_is_type(root, json_type_object)) {
        json_object_put(root);
        return error_set(e, ERR_INVALID, "line 1 column 1", "the configuration must be an object");
    }
    c = calloc(1, sizeof *c);
    if (c) {
        desc_warn_unclean(&doc, &unclean);
        read_members(&doc, c, root);
        c->warnings = doc.warnings;
        c->n_warnings = doc.n_warnings;
    } else {
        desc_no_memory(&doc);
    }
    json_object_put(root);
    if (doc.result < 0) {
        server_config_free(c);
        return doc.result;
    }
    *out = c;
    return 0;
}

struct server_config_file {
    char *path;
    struct server_config *config; /* the last good one; never NULL */
    struct file_stamp stamp;      /* of what was last read, good or bad */
    struct error error;           /* why that was bad */
    bool is_read;
};

int server_config_file_new(struct server_config_file **out, const char *path)
{
    struct server_config_file *f = calloc(1, sizeof *f);

    if (!f)
        return ERR_NO_MEMORY;
    f->path = strdup(path);
    f->config = calloc(1, sizeof *f->config);
    if (!f->path || !f->config) {
        server_config_file_free(f);
        return ERR_NO_MEMORY;
    }
    *out = f;
    return 0;
}

void server_config_file_free(struct server_config_file *f)
{
    if (!f)
        return;
    free(f->path);
    server_config_free(f->config);
    free(f);
}

/* Replace the configuration by `fresh`, which is taken. */
static void swap(struct server_config_file *f, struct server_config *fresh)
{
    server_config_free(f->config);
    f->config = fresh;
    f->error = (struct error){0};
}

static void forget(struct server_config_file *f)
{
    struct server_config *defaults = calloc(1, sizeof *defaults);

    if (defaults)
        swap(f, defaults);
    else
        error_set(&f->error, ERR_NO_MEMORY, NULL, "out of memory");
}

static void reread(struct server_config_file *f)
{
    struct server_config *fresh = NULL;
    struct file_stamp stamp = {0};
    struct buf text = {0};
    struct error cause = {0};
    int r = file_read(&text, f->path, CONFIG_FILE_MAX, &stamp, &cause);

    if (r == 0)
        r = server_config_parse(&fresh, buf_span(&text), &cause);
    buf_wipe(&text);
    /* Out of memory says nothing about the file: it is tried again at the next use. */
    f->is_read = r != ERR_NO_MEMORY;
    f->stamp = stamp;
    if (r == 0)
        swap(f, fresh);
    else if (r == ERR_NOT_FOUND)
        forget(f);
    else
        f->error = cause;
}

const struct server_config *server_config_file_get(struct server_config_file *f, struct error *e)
{
    struct file_stamp now = {0};
    int r = file_stamp_read(&now, f->path);

    if (r < 0 && r != ERR_NOT_FOUND) {
        error_set_errno(&f->error, NULL, "the configuration file cannot be read");
        f->is_read = false; /* the same file may come back, and with it a good state */
    } else if (!f->is_read || !file_stamp_eq(&now, &f->stamp))
        reread(f);
    if (e)
        *e = f->error;
    return f->config;
}
