/*
 * Changes of a group's keys. Each is a version of the group, needs a proof of the password, and is
 * taken back by its "Undo".
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_KEYS_CHANGE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_KEYS_CHANGE_H

#include "admin-cgi/router.h"

/** POST GROUP/.keys/add: what is pasted becomes keys; 422 names what is wrong with it. */
route_handler page_keys_add_post;
/** POST GROUP/.keys/make: a new key. What signs is in the answer (200), and nowhere else. */
route_handler page_keys_make_post;
/** POST GROUP/.keys/change: one goes up, down or away; 409 when others changed them meanwhile. */
route_handler page_keys_change_post;

#endif
