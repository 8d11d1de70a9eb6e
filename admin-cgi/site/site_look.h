/*
 * What the settings of site_setting.h mean on pages: the server's name, its welcome text as
 * paragraphs with links, the style sheet of its colour, the links at the foot.
 */
#ifndef NEREID_ADMIN_CGI_SITE_SITE_LOOK_H
#define NEREID_ADMIN_CGI_SITE_SITE_LOOK_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "admin-cgi/site/site_setting.h"
#include "common/buf.h"

struct app;

/** What holds now: one value for each of site_settings, in the arena. Where the database does not
 * answer, the presets: a page is shown all the same. */
struct site_look {
    const char *values[N_SITE_SETTINGS]; /* never NULL; "" where there is none; of the keys with
                                            SITE_LOOK_PREFIX, the others are their presets */
    const char *logo;                    /* the name of its picture (logo.h); NULL: none */
};
void site_look_get(struct app *app, struct arena *a, struct site_look *out);

/** What the frame of every page shows: `site_name`, `site_style`, `site_logo`, and a link for each
 * of the foot's.
 * @param page NULL is fine */
void site_look_add(struct json_object *page, struct app *app);

/** The welcome text, `welcome`: an array of paragraphs with `pieces` ({text} or {text, url}).
 * @param page NULL is fine */
void site_welcome_add(struct json_object *page, struct arena *a, const char *text);

/** Append the style sheet of an accent colour that passed its check; nothing for another. */
void site_style(struct buf *out, const char *accent);

#endif
