/*
 * The addresses in the text of data/config.json, as a form shows and changes them: members that it
 * does not name, users among them, and the layout of what it does not change stay as they are.
 * Pure.
 */
#ifndef NEREID_ADMIN_CGI_SITE_CONFIG_TEXT_H
#define NEREID_ADMIN_CGI_SITE_CONFIG_TEXT_H

#include "admin-cgi/arena.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

enum config_kind { CONFIG_LINE, CONFIG_LINES, CONFIG_FLAG };

struct config_field {
    const char *name; /* of the member, and of the form's field */
    enum config_kind kind;
    const char *label, *help;
};

#define N_CONFIG_FIELDS 5
extern const struct config_field config_fields[N_CONFIG_FIELDS];

/** One for each of config_fields: text; lines of a list; "yes" or "". */
struct config_values {
    const char *values[N_CONFIG_FIELDS]; /* never NULL */
};

/** What the text says, valid or not. @return 0, ERR_SYNTAX, ERR_NO_MEMORY */
int config_text_read(struct config_values *out, struct arena *a, struct span text,
                     struct error *e) MUST_USE;
/** Append the text with these values. What is empty goes, what is the same stays byte for byte. */
int config_text_write(struct buf *out, struct span text, const struct config_values *values,
                      struct error *e) MUST_USE;
/** What is wrong with a value, as server_config.h judges it: a sentence in the arena, or NULL. */
const char *config_value_problem(struct arena *a, size_t field, const char *value);

#endif
