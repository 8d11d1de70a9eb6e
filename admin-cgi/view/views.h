/*
 * The pages' templates, compiled once before the fork. The only place that makes HTML, with
 * template.h below it.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_VIEWS_H
#define NEREID_ADMIN_CGI_VIEW_VIEWS_H

#include <json-c/json.h>

#include "admin-cgi/words.h"
#include "common/buf.h"
#include "common/error.h"

struct views;

/** Compile every NAME.mustache of the directory, in every language; those that start with '_' are
 * partials. A broken template or missing partial is an error with file and line.
 * @param words borrowed, must live as long */
int views_new(struct views **out, const char *templates_dir, const struct words *words,
              struct error *e) MUST_USE;
void views_free(struct views *v); /* NULL is fine */

/** Append the page. ERR_NOT_FOUND: no such template. @param data borrowed */
int views_render(const struct views *v, const char *name, const struct language *language,
                 struct json_object *data, struct buf *out) MUST_USE;

#endif
