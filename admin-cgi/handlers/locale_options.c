#include "admin-cgi/handlers/locale_options.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/words.h"
#include "admin-cgi/zone.h"

void locale_options_languages(struct json_object *list, const struct app *app, const char *first,
                              const char *chosen)
{
    const struct language *l = first ? NULL : words_next(app->words, NULL);

    form_option(list, "", first ? first : language_name(l), NULL, chosen);
    while ((l = words_next(app->words, l)))
        form_option(list, language_tag(l), language_name(l), NULL, chosen);
}

void locale_options_zones(struct json_object *list, struct arena *a, const char *first,
                          const char *chosen)
{
    struct json_object *names = zone_names(a);

    form_option(list, "", first, NULL, chosen);
    for (size_t i = 0; names && i < json_object_array_length(names); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(names, i));

        form_option(list, name, name, NULL, chosen);
    }
}
