#include "admin-cgi/site/look_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/page.h"
#include "admin-cgi/site/colour.h"
#include "admin-cgi/site/site_look.h"
#include "common/atomic_file.h"
#include "common/log.h"
#include "common/macros.h"

#define FILE_NAME "look.json"
#define FILE_MAX (64 * 1024)

static const struct log_ctx ctx = {.room = "page"};

/* An array of {"name", "url"}: the page has the words of the first five, the last has its own. */
static void add_links(struct json_object *look, const struct site_look *now)
{
    static const struct {
        enum site_setting_id id;
        const char *name;
    } links[] = {{SITE_TERMS, "terms"},
                 {SITE_PRIVACY, "privacy"},
                 {SITE_ACCESSIBILITY, "accessibility"},
                 {SITE_IMPRINT, "imprint"},
                 {SITE_CONTACT, "contact"}};
    struct json_object *list = page_list(look, "links"), *row;

    for (size_t i = 0; i < LENGTH(links); i++) {
        if (!now->values[links[i].id][0])
            continue;
        row = page_row(list);
        page_text(row, "name", links[i].name);
        page_text(row, "url", now->values[links[i].id]);
    }
    if (now->values[SITE_OWN_LINK][0] && now->values[SITE_OWN_LABEL][0]) {
        row = page_row(list);
        page_text(row, "label", now->values[SITE_OWN_LABEL]);
        page_text(row, "url", now->values[SITE_OWN_LINK]);
    }
    if (list && json_object_array_length(list) == 0)
        json_object_object_del(look, "links");
}

static void add_accent(struct json_object *look, const char *accent)
{
    struct colour_accent shades;
    struct colour chosen;
    char text[COLOUR_SIZE];

    if (!colour_parse(&chosen, span_str(accent)) || !colour_accent(&shades, chosen, NULL))
        return;
    colour_format(text, shades.light);
    page_text(look, "accent", text);
    colour_format(text, shades.light_hover);
    page_text(look, "accentHover", text);
    colour_format(text, shades.dark);
    page_text(look, "accentDark", text);
    colour_format(text, shades.dark_hover);
    page_text(look, "accentDarkHover", text);
}

/* @return owned; an empty object when nothing is set; NULL: no memory */
static struct json_object *look_of(struct app *app, struct arena *a)
{
    struct json_object *look = json_object_new_object();
    struct site_look now;

    site_look_get(app, a, &now);
    if (strcmp(now.values[SITE_NAME], site_settings[SITE_NAME].preset) != 0)
        page_text(look, "name", now.values[SITE_NAME]);
    if (strcmp(now.values[SITE_ACCENT], site_settings[SITE_ACCENT].preset) != 0)
        add_accent(look, now.values[SITE_ACCENT]);
    if (now.logo)
        page_text(look, "logo", now.logo);
    if (now.values[SITE_WELCOME][0])
        page_text(look, "welcome", now.values[SITE_WELCOME]);
    add_links(look, &now);
    return look;
}

static int replace(const char *path, const char *text, struct error *e)
{
    struct buf old = {0};
    int r = file_read(&old, path, FILE_MAX, NULL, e);
    bool is_same = r == 0 && span_eq_str(buf_span(&old), text);

    buf_release(&old);
    return is_same ? 0 : file_replace(path, span_str(text), 0640, e);
}

void look_file_update(struct app *app)
{
    struct arena a = {0};
    struct json_object *look = look_of(app, &a);
    char *path = path_join(app->paths.data, FILE_NAME);
    struct error e = {0};
    int r = look && path ? 0 : error_set(&e, ERR_NO_MEMORY, NULL, "out of memory");

    if (r == 0 && json_object_object_length(look) == 0) {
        if (unlink(path) < 0 && errno != ENOENT)
            r = error_set_errno(&e, NULL, "cannot remove it");
    } else if (r == 0) {
        r = replace(path, json_object_to_json_string_ext(look, JSON_C_TO_STRING_PLAIN), &e);
    }
    if (r < 0)
        log_warn(&ctx, "data/" FILE_NAME " is not as the settings are: %s", e.text);
    free(path);
    json_object_put(look);
    arena_release(&a);
}
