#include "supervisor/site_file.h"

#include <stdlib.h>

#include "common/atomic_file.h"
#include "common/log.h"
#include "common/server_origin.h"

#define TEMPLATE_MAX 262144

static const struct log_ctx ctx = {.room = "supervisor"};

static int render(const struct site_file *f, struct error *e)
{
    struct buf template = {0};
    struct buf text = {0};
    int r = file_read(&template, f->template_path, TEMPLATE_MAX, NULL, e);

    if (r == 0)
        r = site_render(&text, buf_span(&template), &f->site, e);
    if (r == 0)
        r = file_replace(f->path, buf_span(&text), 0640, e);
    buf_release(&template);
    buf_release(&text);
    return r;
}

/** Take over what the configuration says. */
static int follow(struct site_file *f, const struct server_config *config, struct error *e)
{
    char *base = span_dup(server_config_base_path(config));
    char *strip = span_dup(server_config_strip_path(config));

    if (!base || !strip) {
        free(base);
        free(strip);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    free(f->base);
    free(f->strip);
    f->site.base = f->base = base;
    f->site.strip = f->strip = strip;
    return 0;
}

int site_file_start(struct site_file *f, const struct state_dir *state, const struct site *site,
                    struct error *e)
{
    char *config_path = state_dir_path(state, "data/config.json");
    int r = !config_path ? ERR_NO_MEMORY : server_config_file_new(&f->config, config_path);

    free(config_path);
    f->site = *site;
    f->path = state_dir_path(state, "run/nginx/nginx.conf");
    f->template_path = path_join(site->share, "nginx/nereid.conf.in");
    f->share_files = path_join(site->share, "static");
    f->own_files = state_dir_path(state, "static");
    f->site.version = f->version.text;
    if (r < 0 || !f->path || !f->template_path || !f->share_files || !f->own_files)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    r = asset_version_read(&f->version, f->share_files, f->own_files, e);
    if (r < 0)
        return r;
    r = follow(f, server_config_file_get(f->config, NULL), e);
    return r < 0 ? r : render(f, e);
}

bool site_file_look(struct site_file *f)
{
    const struct server_config *config = server_config_file_get(f->config, NULL);
    const bool are_assets_new = asset_version_look(&f->version, f->share_files, f->own_files);
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];
    int r;

    if (!f->has_failed && !are_assets_new && span_eq_str(server_config_base_path(config), f->base))
        return false;
    r = follow(f, config, &e);
    if (r == 0)
        r = render(f, &e);
    if (r < 0 && !f->has_failed)
        log_error(&ctx, "nginx's configuration cannot be written: %s",
                  error_describe(&e, text, sizeof text));
    f->has_failed = r < 0;
    return r == 0;
}

void site_file_release(struct site_file *f)
{
    server_config_file_free(f->config);
    free(f->template_path);
    free(f->share_files);
    free(f->own_files);
    free(f->path);
    free(f->base);
    free(f->strip);
    *f = (struct site_file){0};
}
