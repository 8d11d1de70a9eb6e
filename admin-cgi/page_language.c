#include "admin-cgi/page_language.h"

#include "admin-cgi/app.h"
#include "admin-cgi/page.h"

#define COOKIE "lang"
#define YEAR_S (365 * 86400)

const struct language *page_language(const struct request *req, struct response *res,
                                     const struct app *app)
{
    const struct language *language = NULL;
    const char *asked = NULL;

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
        language = words_wanted(app->words, request_header(req, "Accept-Language"));
    response_header(res, "Vary", "Accept-Language, Cookie");
    response_header(res, "Content-Language", language_tag(language));
    return language;
}

void page_speak(struct json_object *page, const struct app *app, const struct language *language)
{
    struct json_object *list = page_list(page, "languages");
    struct json_object *navigation = page ? json_object_object_get(page, "navigation") : NULL;

    for (size_t i = 0; navigation && i < json_object_array_length(navigation); i++) {
        struct json_object *entry = json_object_array_get_idx(navigation, i);
        const char *label = json_object_get_string(json_object_object_get(entry, "label"));

        page_text(entry, "label", language_text(language, label));
    }
    page_flag(page, "has_languages", true);
    page_text(page, "lang", language_tag(language));
    page_text(page, "dir", language_direction(language));
    for (const struct language *l = NULL; (l = words_next(app->words, l));) {
        struct json_object *row = page_row(list);

        page_text(row, "tag", language_tag(l));
        page_text(row, "name", language_name(l));
        page_flag(row, "current", l == language);
    }
}
