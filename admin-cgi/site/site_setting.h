/*
 * What administrators set for the whole server: the one table of it, from which the pages of
 * settings, their checks and their defaults are made. The values lie in the database
 * (store/store_setting.h), and are read by site/site_value.h.
 */
#ifndef NEREID_ADMIN_CGI_SITE_SITE_SETTING_H
#define NEREID_ADMIN_CGI_SITE_SITE_SETTING_H

#include "common/error.h"
#include "common/span.h"

#define SITE_LOOK_PREFIX "site."

enum site_kind {
    SITE_LINE,     /* one line of text */
    SITE_TEXT,     /* paragraphs */
    SITE_COLOUR,   /* "#rrggbb" */
    SITE_LINK,     /* an address that a link of a page may have */
    SITE_NUMBER,   /* whole, from min to max */
    SITE_FLAG,     /* "yes", or nothing */
    SITE_CHOICE,   /* one of `choices` */
    SITE_LANGUAGE, /* the tag of a language of ours, which the page's handler knows */
    SITE_ZONE,     /* a time zone of the system, which the page's handler knows */
    SITE_HOSTS,    /* names of hosts, one a line */
    SITE_CODECS,   /* codecs of common/group_field.h with spaces between them */
};

/** A card of a page of settings. */
enum site_section {
    SITE_SECTION_LOOK,
    SITE_SECTION_LINKS,
    SITE_SECTION_PLACE,
    SITE_SECTION_SESSIONS,
    SITE_SECTION_KEEPING,
    SITE_SECTION_LIMITS,
    SITE_SECTION_NEW,
};

struct site_choice {
    const char *word, *label;
};

struct site_setting {
    const char *key; /* in the database; what follows the dot is the form's field */
    enum site_section section;
    enum site_kind kind;
    const char *label;
    const char *help;                  /* what it does */
    const char *preset;                /* what holds until somebody sets it; "": nothing */
    size_t max_bytes;                  /* of a text */
    int64_t min, max;                  /* of a SITE_NUMBER */
    const struct site_choice *choices; /* of a SITE_CHOICE; ended by one without a word */
};

enum site_setting_id {
    SITE_NAME,
    SITE_WELCOME,
    SITE_ACCENT,
    SITE_TERMS,
    SITE_PRIVACY,
    SITE_ACCESSIBILITY,
    SITE_CONTACT,
    SITE_IMPRINT,
    SITE_OWN_LABEL,
    SITE_OWN_LINK,
    SITE_DEFAULT_LANGUAGE,
    SITE_DEFAULT_ZONE,
    SITE_SESSION_IDLE,
    SITE_SESSION_LONGEST,
    SITE_SECOND_FACTOR,
    SITE_KEEP_AUDIT,
    SITE_KEEP_VERSIONS,
    SITE_KEEP_NEWEST,
    SITE_KEEP_DELETED,
    SITE_KEEP_RECORDINGS,
    SITE_KEEP_USAGE,
    SITE_KEEP_GROUP_USAGE,
    SITE_LIMIT_RECORDING,
    SITE_LIMIT_OPEN,
    SITE_LIMIT_CLIENTS,
    SITE_LIMIT_CODECS,
    SITE_LIMIT_REDIRECT,
    SITE_LIMIT_TOKEN_DAYS,
    SITE_LIMIT_PASSWORD,
    SITE_LIMIT_ADMINISTRATORS,
    SITE_NEW_CLIENTS,
    SITE_NEW_CODECS,
    SITE_NEW_HISTORY,
    SITE_NEW_RECORDING,
    N_SITE_SETTINGS
};
extern const struct site_setting site_settings[N_SITE_SETTINGS];

/** Values of SITE_SECOND_FACTOR besides "", which is nobody. */
#define SITE_FACTOR_ADMINISTRATORS "administrators"
#define SITE_FACTOR_ALL "all"

/** The form's field of a setting. */
const char *site_setting_name(const struct site_setting *s);
/** The setting of a key of the database. NULL: there is none. */
const struct site_setting *site_setting_find(const char *key);

/**
 * Is this a value? "" always is: the preset.
 * @param e why not, as the end of a sentence @return 0, ERR_INVALID, ERR_TOO_LARGE
 */
int site_setting_check(const struct site_setting *s, struct span value, struct error *e) MUST_USE;

/** May a page of ours link to it: https: with a host, or mailto: with an address? Nothing in it
 * that an address has only escaped (RFC 3986 section 2). */
bool site_link_check(struct span link);

#endif
