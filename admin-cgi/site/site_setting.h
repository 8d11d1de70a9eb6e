/*
 * How this server presents itself: the one table of what can be set, from which the page of
 * settings, its checks and its defaults are made. The values lie in the database
 * (store/store_setting.h).
 */
#ifndef NEREID_ADMIN_CGI_SITE_SITE_SETTING_H
#define NEREID_ADMIN_CGI_SITE_SITE_SETTING_H

#include "common/error.h"
#include "common/span.h"

#define SITE_PREFIX "site."

enum site_kind {
    SITE_LINE,   /* one line of text */
    SITE_TEXT,   /* paragraphs */
    SITE_COLOUR, /* "#rrggbb" */
    SITE_LINK,   /* an address that a link of a page may have */
};

struct site_setting {
    const char *name; /* of the form's field; in the database with SITE_PREFIX before it */
    enum site_kind kind;
    const char *label;
    const char *help;   /* what it does */
    const char *preset; /* what holds until somebody sets it; "": nothing */
    size_t max_bytes;
};

enum site_setting_id {
    SITE_NAME,
    SITE_WELCOME,
    SITE_ACCENT,
    SITE_TERMS,
    SITE_PRIVACY,
    SITE_ACCESSIBILITY,
    SITE_CONTACT,
    N_SITE_SETTINGS
};
extern const struct site_setting site_settings[N_SITE_SETTINGS];

/**
 * Is this a value? "" always is: the preset.
 * @param e why not, as the end of a sentence @return 0, ERR_INVALID, ERR_TOO_LARGE
 */
int site_setting_check(const struct site_setting *s, struct span value, struct error *e) MUST_USE;

/** May a page of ours link to it: https: with a host, or mailto: with an address? Nothing in it
 * that an address has only escaped (RFC 3986 section 2). */
bool site_link_check(struct span link);

#endif
