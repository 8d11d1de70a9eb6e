/*
 * Languages and time zones to choose from in a form's menu.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_LOCALE_OPTIONS_H
#define NEREID_ADMIN_CGI_HANDLERS_LOCALE_OPTIONS_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"

struct app;

/** Append a first entry, whose word is "", and every language by its own name.
 * @param first what the first one is called; NULL: the language that texts are written in, which
 *        then has no entry of its own
 * @param list  NULL does nothing */
void locale_options_languages(struct json_object *list, const struct app *app, const char *first,
                              const char *chosen);
/** The same of the zones of IANA's database. @param first what the first one is called */
void locale_options_zones(struct json_object *list, struct arena *a, const char *first,
                          const char *chosen);

#endif
