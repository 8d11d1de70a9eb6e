#include "admin-cgi/site/site_look.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/page.h"
#include "admin-cgi/site/colour.h"
#include "admin-cgi/site/logo.h"
#include "admin-cgi/store/store_setting.h"
#include "common/log.h"
#include "common/macros.h"

#define LINK_START "https://"

void site_look_get(struct app *app, struct arena *a, struct site_look *out)
{
    struct setting *rows = NULL;
    struct error e = {0};
    size_t n = 0;

    out->logo = NULL;
    for (size_t i = 0; i < N_SITE_SETTINGS; i++)
        out->values[i] = site_settings[i].preset;
    if (store_setting_list(app->db, a, SITE_LOOK_PREFIX, &rows, &n, &e) < 0) {
        log_warn(&(struct log_ctx){.room = "page"}, "the settings of the site were not read: %s",
                 e.text);
        return;
    }
    for (size_t k = 0; k < n; k++) {
        if (strcmp(rows[k].key, LOGO_NAME_KEY) == 0)
            out->logo = rows[k].value;
        for (size_t i = 0; i < N_SITE_SETTINGS; i++) {
            if (strcmp(rows[k].key, site_settings[i].key) == 0)
                out->values[i] = rows[k].value;
        }
    }
}

void site_look_add(struct json_object *page, struct app *app)
{
    static const struct {
        enum site_setting_id id;
        const char *name;
    } links[] = {{SITE_TERMS, "site_terms"},
                 {SITE_PRIVACY, "site_privacy"},
                 {SITE_ACCESSIBILITY, "site_accessibility"},
                 {SITE_CONTACT, "site_contact"},
                 {SITE_IMPRINT, "site_imprint"}};
    struct arena a = {0};
    struct site_look look;

    site_look_get(app, &a, &look);
    page_text(page, "site_name", look.values[SITE_NAME]);
    if (strcmp(look.values[SITE_ACCENT], site_settings[SITE_ACCENT].preset) != 0)
        page_text(page, "site_style",
                  arena_printf(&a, "/site/style.css?v=%s", look.values[SITE_ACCENT] + 1));
    if (look.logo)
        page_text(page, "site_logo", arena_printf(&a, "/site/logo?v=%s", look.logo));
    for (size_t i = 0; i < LENGTH(links); i++) {
        if (look.values[links[i].id][0]) {
            page_text(page, links[i].name, look.values[links[i].id]);
            page_flag(page, "has_site_links", true);
        }
    }
    if (look.values[SITE_OWN_LINK][0] && look.values[SITE_OWN_LABEL][0]) {
        page_text(page, "site_own_link", look.values[SITE_OWN_LINK]);
        page_text(page, "site_own_label", look.values[SITE_OWN_LABEL]);
        page_flag(page, "has_site_links", true);
    }
    arena_release(&a);
}

/* ---- welcome text ---- */

static void add_piece(struct json_object *pieces, struct arena *a, struct span text, bool is_link)
{
    struct json_object *piece = text.len ? page_row(pieces) : NULL;
    const char *copy = arena_dup(a, text);

    page_text(piece, "text", copy);
    page_text(piece, "url", is_link ? copy : ""); /* always there: a template looks further out */
}

/* The address that begins a text: to the next white space, without what ends the sentence. */
static struct span link_at(struct span text)
{
    size_t len = 0;

    while (len < text.len && text.data[len] > ' ')
        len++;
    while (len > 0 && strchr(".,;:!?)", text.data[len - 1]))
        len--;
    return span_sub(text, 0, len);
}

static void add_paragraph(struct json_object *list, struct arena *a, struct span text)
{
    struct json_object *pieces = page_list(page_row(list), "pieces");
    size_t begin = 0;

    for (size_t i = 0; i < text.len; i++) {
        struct span rest = span_sub(text, i, text.len);
        struct span link = span_starts_with(rest, LINK_START) ? link_at(rest) : (struct span){0};

        if (link.len == 0 || !site_link_check(link))
            continue;
        add_piece(pieces, a, span_sub(text, begin, i - begin), false);
        add_piece(pieces, a, link, true);
        begin = i + link.len;
        i = begin - 1;
    }
    add_piece(pieces, a, span_sub(text, begin, text.len), false);
}

void site_welcome_add(struct json_object *page, struct arena *a, const char *text)
{
    struct json_object *list = page_list(page, "welcome");
    const char *rest = text;

    while (*rest) {
        const char *end = strstr(rest, "\n\n");
        size_t len = end ? (size_t)(end - rest) : strlen(rest);
        struct span paragraph = span_trim(span_of(rest, len));

        if (paragraph.len)
            add_paragraph(list, a, paragraph);
        rest += len;
        rest += strspn(rest, "\n");
    }
}

/* ---- style sheet ---- */

void site_style(struct buf *out, const char *accent)
{
    struct colour_accent shades;
    struct colour chosen;
    char light[COLOUR_SIZE], dark[COLOUR_SIZE], light_hover[COLOUR_SIZE], dark_hover[COLOUR_SIZE];

    if (!colour_parse(&chosen, span_str(accent)) || !colour_accent(&shades, chosen, NULL))
        return;
    colour_format(light, shades.light);
    colour_format(light_hover, shades.light_hover);
    colour_format(dark, shades.dark);
    colour_format(dark_hover, shades.dark_hover);
    buf_printf(out,
               ":root {\n"
               "    --accent: light-dark(%s, %s);\n"
               "    --accent-hover: light-dark(%s, %s);\n"
               "    --accent-soft: var(--surface-2);\n"
               "}\n",
               light, dark, light_hover, dark_hover);
}
