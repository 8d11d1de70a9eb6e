#include "admin-cgi/view/views.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/view/template.h"
#include "admin-cgi/view/template_compile.h"
#include "common/atomic_file.h"

#define TEMPLATE_FILE_MAX (256 * 1024)
#define SUFFIX ".mustache"

/* Names that templates may write unescaped: markup that we made ourselves. */
static const char *const raw_names[] = {NULL};

struct view {
    struct view *next;
    char *name;
    struct template *template;
};

struct views {
    struct view *list;
};

static int read_template(struct buf *out, const char *dir, const char *name, struct error *e)
{
    struct buf file = {0};
    char *path;
    int r;

    buf_printf(&file, "%s%s", name, SUFFIX);
    path = buf_check(&file) == 0 ? path_join(dir, buf_str(&file)) : NULL;
    r = path ? file_read(out, path, TEMPLATE_FILE_MAX, NULL, e) : ERR_NO_MEMORY;
    free(path);
    buf_release(&file);
    return r;
}

static int load_partial(struct buf *out, const char *name, void *user)
{
    struct buf partial = {0};
    int r;

    buf_printf(&partial, "_%s", name);
    r = strchr(name, '/') ? ERR_NOT_FOUND : read_template(out, user, buf_str(&partial), NULL);
    buf_release(&partial);
    return r;
}

static int add_view(struct views *v, const char *dir, struct span name, struct error *e)
{
    struct template_rules rules = {
        .load = load_partial, .user = (void *)dir, .raw_names = raw_names};
    struct view *view = calloc(1, sizeof *view);
    struct buf text = {0};
    int r;

    if (!view)
        return ERR_NO_MEMORY;
    view->next = v->list;
    v->list = view;
    view->name = span_dup(name);
    if (!view->name)
        return ERR_NO_MEMORY;
    r = read_template(&text, dir, view->name, e);
    if (r == 0)
        r = template_compile(&view->template, view->name, buf_span(&text), &rules, e);
    buf_release(&text);
    return r;
}

int views_new(struct views **out, const char *templates_dir, struct error *e)
{
    struct views *v = calloc(1, sizeof *v);
    DIR *dir = opendir(templates_dir);
    struct dirent *entry;
    int r = 0;

    if (!v || !dir) {
        r = error_set_errno(e, templates_dir, "the templates cannot be read");
        free(v);
        if (dir)
            closedir(dir);
        return r;
    }
    while (r == 0 && (entry = readdir(dir))) {
        struct span name = span_str(entry->d_name);
        size_t suffix = sizeof SUFFIX - 1;

        if (entry->d_name[0] == '_' || entry->d_name[0] == '.' || name.len <= suffix ||
            !span_eq_str(span_sub(name, name.len - suffix, suffix), SUFFIX))
            continue;
        name.len -= suffix;
        r = add_view(v, templates_dir, name, e);
    }
    closedir(dir);
    if (r < 0) {
        views_free(v);
        return r;
    }
    *out = v;
    return 0;
}

void views_free(struct views *v)
{
    if (!v)
        return;
    while (v->list) {
        struct view *view = v->list;

        v->list = view->next;
        template_free(view->template);
        free(view->name);
        free(view);
    }
    free(v);
}

int views_render(const struct views *v, const char *name, struct json_object *data, struct buf *out)
{
    for (const struct view *view = v->list; view; view = view->next) {
        if (strcmp(view->name, name) == 0)
            return template_render(view->template, data, out);
    }
    return ERR_NOT_FOUND;
}
