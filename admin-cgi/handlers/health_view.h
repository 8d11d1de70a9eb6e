/*
 * What the server's checks found, in the order of the page, with the words that people read.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_HEALTH_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_HEALTH_VIEW_H

#include "admin-cgi/request.h"

struct app;

struct health_check {
    const char *name;  /* "disk-data" */
    const char *title; /* "Disk of the data" */
    const char *state; /* "ok", "warn", "bad", "unknown" */
    const char *value, *remedy;
    const char *path;       /* page where it is mended; NULL: none */
    const char *path_words; /* of the link to it, English */
    int64_t since_us;       /* 0: not known */
    bool has_address;       /* the value names the server's address */
};

struct health_list {
    const struct health_check *checks;
    size_t n, n_not_ok; /* warn or bad */
    int64_t checked_us; /* the newest of them; 0: none has run yet */
};

/** In the arena. What depends on the request (by which address it came) is looked at now. */
struct health_list health_view_list(struct request *req, struct app *app);

#endif
