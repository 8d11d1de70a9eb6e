#include "admin-cgi/handlers/group_redirect.h"

#include <string.h>
#include <strings.h>

#include "admin-cgi/app.h"
#include "common/buf.h"
#include "common/group_name.h"
#include "common/server_origin.h"

#define GROUP_PATH "/group/"

static bool is_host(struct span host, const char *name)
{
    return name && host.len == strlen(name) &&
           strncasecmp((const char *)host.data, name, host.len) == 0;
}

/* Is that a host by which this server is known? */
static bool is_ours(struct request *req, const struct server_config *config, struct span host)
{
    struct proxy_parts proxy = {0};

    if (is_host(host, req->host) || is_host(host, config->canonical_host))
        return true;
    return config->proxy_url && proxy_url_split(&proxy, config->proxy_url) && proxy.host.len &&
           proxy.host.len == host.len &&
           strncasecmp((const char *)proxy.host.data, (const char *)host.data, host.len) == 0;
}

/* The path of an address of this server, to its "?" or "#"; empty: of another one. */
static struct span path_of(struct request *req, const struct server_config *config, const char *url)
{
    const char *scheme = strstr(url, "://");
    const char *path = scheme ? scheme + 3 : url;

    if (scheme) {
        size_t len = strcspn(path, "/?#");

        if (!is_ours(req, config, span_of(path, len)))
            return (struct span){0};
        path += len;
    }
    return server_config_strip(config, span_of(path, strcspn(path, "?#")));
}

/* The group whose page that is; NULL: none. In the arena. */
static const char *group_at(struct arena *a, struct span path)
{
    const size_t prefix = strlen(GROUP_PATH);
    char *name;
    size_t len = 0;

    if (path.len <= prefix || memcmp(path.data, GROUP_PATH, prefix) != 0)
        return NULL;
    path = span_sub(path, prefix, path.len);
    if (path.len && path.data[path.len - 1] == '/')
        path.len--;
    name = percent_decode(a, path, false, &len);
    return name && strlen(name) == len && group_name_check(span_of(name, len), NULL) == 0 ? name
                                                                                          : NULL;
}

void group_redirect_follow(struct request *req, struct app *app, struct group_care *c)
{
    const struct server_config *config = app_config(app);
    struct group_record group;
    const char *next;
    int r;

    c->redirect_to = NULL;
    c->redirect_end = REDIRECT_ARRIVES;
    if (!c->settings || !c->settings->redirect)
        return;
    c->redirect_to = group_at(c->arena, path_of(req, config, c->settings->redirect));
    if (!c->redirect_to)
        return;
    if (strcmp(c->redirect_to, c->name) == 0) {
        c->redirect_end = REDIRECT_LOOPS;
        return;
    }
    r = store_group_find(app->db, c->arena, c->redirect_to, c->now_us, &group, NULL);
    if (r == ERR_NOT_FOUND)
        c->redirect_end = REDIRECT_NOWHERE;
    if (r < 0 || !group.desc->redirect)
        return;
    next = group_at(c->arena, path_of(req, config, group.desc->redirect));
    c->redirect_end = next && strcmp(next, c->name) == 0 ? REDIRECT_BACK : REDIRECT_ON;
}
