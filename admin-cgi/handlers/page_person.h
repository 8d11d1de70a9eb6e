/*
 * One person in a meeting: how well they are heard and seen, what they send and receive, and what
 * can be done.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_PERSON_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_PERSON_H

#include "admin-cgi/router.h"

/** GET GROUP/.person?client=ID: who has left leads back to the group's live page. */
route_handler page_person;

/** Where that page is; in the arena. */
const char *page_person_path(struct arena *a, const char *group, const char *client);

#endif
