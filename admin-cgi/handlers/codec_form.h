/*
 * The codecs of a group in its form: a list in an order, each with a tick. Each row also sends its
 * place (CODEC_ORDER_FIELD), so that those without a tick keep theirs while rows are moved.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_CODEC_FORM_H
#define NEREID_ADMIN_CGI_HANDLERS_CODEC_FORM_H

#include <json-c/json.h>

#include "admin-cgi/form.h"

#define CODEC_FIELD "codecs"            /* of the ticks; repeats */
#define CODEC_ORDER_FIELD "codec-order" /* of all rows; repeats */

/**
 * Add `codecs` to the field's row of the page.
 * @param value array of the description; NULL: none is written
 * @param form  as it was sent; NULL: none, `value` counts
 */
void codec_form_show(struct arena *a, struct json_object *row, struct json_object *value,
                     const struct form *form);

/** Is ticked what the page showed of `before`, in that order? */
bool codec_form_is_untouched(struct arena *a, struct json_object *before, const struct form *form);

/** What is ticked, in order; which codecs there are, group_desc_check_api() knows.
 * @return owned; NULL: none is, or no memory */
struct json_object *codec_form_read(const struct form *form);

/** Move a row one place in the form that was sent. At the end it stays. */
void codec_form_move(struct form *form, const char *name, bool up);

#endif
