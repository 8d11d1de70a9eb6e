#include "admin-cgi/view/views.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/view/template.h"
#include "admin-cgi/view/template_compile.h"
#include "admin-cgi/view/template_words.h"
#include "common/atomic_file.h"

#define TEMPLATE_FILE_MAX (256 * 1024)
#define SUFFIX ".mustache"

/* Names that templates may write unescaped: markup that we made ourselves, at the build. */
static const char *const raw_names[] = {"manual_html", NULL};

struct view {
    struct view *next;
    char *name;
    const struct language *language;
    struct template *template;
};

struct views {
    struct view *list;
};

/* Where partials of a language come from. */
struct source {
    const char *dir;
    const struct language *language;
};

static int read_template(struct buf *out, const struct source *from, const char *name,
                         struct error *e)
{
    struct buf file = {0};
    struct buf text = {0};
    char *path;
    int r;

    buf_printf(&file, "%s%s", name, SUFFIX);
    path = buf_check(&file) == 0 ? path_join(from->dir, buf_str(&file)) : NULL;
    r = path ? file_read(&text, path, TEMPLATE_FILE_MAX, NULL, e) : ERR_NO_MEMORY;
    if (r == 0)
        template_translate(out, buf_span(&text), from->language);
    free(path);
    buf_release(&text);
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

static int add_view(struct views *v, const struct source *from, struct span name, struct error *e)
{
    struct template_rules rules = {
        .load = load_partial, .user = (void *)from, .raw_names = raw_names};
    struct view *view = calloc(1, sizeof *view);
    struct buf text = {0};
    int r;

    if (!view)
        return ERR_NO_MEMORY;
    view->next = v->list;
    v->list = view;
    view->language = from->language;
    view->name = span_dup(name);
    if (!view->name)
        return ERR_NO_MEMORY;
    r = read_template(&text, from, view->name, e);
    if (r == 0)
        r = template_compile(&view->template, view->name, buf_span(&text), &rules, e);
    buf_release(&text);
    return r;
}

int views_new(struct views **out, const char *templates_dir, const struct words *words,
              struct error *e)
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
        for (const struct language *l = NULL; r == 0 && (l = words_next(words, l));)
            r = add_view(v, &(struct source){.dir = templates_dir, .language = l}, name, e);
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

int views_render(const struct views *v, const char *name, const struct language *language,
                 struct json_object *data, struct buf *out)
{
    for (const struct view *view = v->list; view; view = view->next) {
        if (view->language == language && strcmp(view->name, name) == 0)
            return template_render(view->template, data, out);
    }
    return ERR_NOT_FOUND;
}
