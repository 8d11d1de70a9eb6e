#include "admin-cgi/page_language.h"

#include "admin-cgi/app.h"
#include "admin-cgi/page.h"
#include "admin-cgi/router.h"
#include "admin-cgi/site/site_value.h"

#define COOKIE "lang"
#define YEAR_S (365 * 86400)

void page_language(struct request *req, struct response *res, const struct app *app)
{
    const struct language *language = NULL;
    const char *asked = NULL;

    if (req->arena->language)
        return;
    if (request_query(req, "lang", &asked, NULL) == 0 && asked)
        language = words_find(app->words, span_str(asked));
    if (language)
        response_header_f(res, "Set-Cookie", COOKIE "=%s; Path=%s/; SameSite=Lax; Max-Age=%d%s",
                          language_tag(language), req->base, YEAR_S, req->is_tls ? "; Secure" : "");
    else
        language = words_find(app->words, span_str(req->who.locale));
    if (!language)
        language = words_find(app->words, span_str(request_open_cookie(req, COOKIE)));
    if (!language)
        language = words_wanted(app->words, request_header(req, "Accept-Language"),
                                words_find(app->words, span_str(site_text(app->db, req->arena,
                                                                          SITE_DEFAULT_LANGUAGE))));
    req->arena->language = language;
}

/* The page itself, where one signs in or sets up; else the landing page. Without its end: a
 * language. */
static const char *path_of(const struct request *req)
{
    struct span rest = req->raw_query, part;
    const char *path = "/?";

    if (!req->route || req->route->access != ACCESS_PRESESSION)
        return path;
    path =
        arena_printf(req->arena, "%.*s?", (int)req->raw_path.len, (const char *)req->raw_path.data);
    while (path && span_split(&rest, '&', &part)) {
        if (part.len && !span_starts_with(part, "lang="))
            path =
                arena_printf(req->arena, "%s%.*s&", path, (int)part.len, (const char *)part.data);
    }
    return path;
}

void page_offer_languages(struct json_object *page, const struct request *req,
                          const struct app *app)
{
    struct json_object *list = page_list(page, "languages");

    page_flag(page, "has_languages", true);
    page_text(page, "languages_path", path_of(req));
    for (const struct language *l = NULL; (l = words_next(app->words, l));) {
        struct json_object *row = page_row(list);

        page_text(row, "tag", language_tag(l));
        page_text(row, "name", language_name(l));
        page_flag(row, "current", l == req->arena->language);
    }
}
