/*
 * Mustache templates, compiled once (template_compile.h) and rendered with a JSON object as data.
 * Does not know HTTP or any page.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_TEMPLATE_H
#define NEREID_ADMIN_CGI_VIEW_TEMPLATE_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"

struct template;

/** NULL is fine. */
void template_free(struct template *t);

/** Append the text. Missing names are empty. @param data an object; borrowed */
int template_render(const struct template *t, struct json_object *data, struct buf *out) MUST_USE;

#endif
