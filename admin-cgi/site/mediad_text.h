/*
 * The settings in the text of data/mediad.json, as a form shows and changes them: members that it
 * does not name and the layout of what it does not change stay as they are. Pure.
 */
#ifndef NEREID_ADMIN_CGI_SITE_MEDIAD_TEXT_H
#define NEREID_ADMIN_CGI_SITE_MEDIAD_TEXT_H

#include "admin-cgi/arena.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

enum mediad_kind { MEDIAD_NUMBER, MEDIAD_FLAG, MEDIAD_ORIGINS, MEDIAD_ADDRESSES };

/** A card of the page. */
enum mediad_card {
    MEDIAD_MEETINGS,
    MEDIAD_RECORDINGS,
    MEDIAD_CROWD,
    MEDIAD_MESSAGES,
    N_MEDIAD_CARDS
};

struct mediad_field {
    enum mediad_card card;
    const char *object; /* that it is a member of; NULL: of the whole */
    const char *name;   /* of the member, and of the form's field */
    enum mediad_kind kind;
    const char *label, *help;
};

#define N_MEDIAD_FIELDS 32
extern const struct mediad_field mediad_fields[N_MEDIAD_FIELDS];

/** Bounds and default of a MEDIAD_NUMBER. */
struct mediad_bounds {
    int64_t min, max;
    int64_t preset; /* negative: none that is a number */
};
/** @return false: this is none */
bool mediad_field_bounds(const struct mediad_field *field, struct mediad_bounds *out);

/** One for each of mediad_fields: a number; "yes"; lines of a list. "": the member is not there. */
struct mediad_values {
    const char *values[N_MEDIAD_FIELDS]; /* never NULL */
};

/** What the text says, valid or not. @return 0, ERR_SYNTAX, ERR_NO_MEMORY */
int mediad_text_read(struct mediad_values *out, struct arena *a, struct span text,
                     struct error *e) MUST_USE;
/** Append the text with these values. What is empty goes, what is the same stays byte for byte. */
int mediad_text_write(struct buf *out, struct span text, const struct mediad_values *values,
                      struct error *e) MUST_USE;
/** @param e why not, as the end of a sentence @return 0 ("" is fine), ERR_INVALID */
int mediad_value_check(const struct mediad_field *field, const char *value,
                       struct error *e) MUST_USE;

#endif
