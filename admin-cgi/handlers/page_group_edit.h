/*
 * The settings of a group (WEB-7, WEB-15).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_EDIT_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_EDIT_H

#include "admin-cgi/router.h"

/** GET GROUP/.edit: the form (group_form.h). */
route_handler page_group_edit;

/**
 * POST: only what was changed is written, on top of what others changed meanwhile. 303; 409 with
 * both values where they changed the same members; 422 with problems.
 */
route_handler page_group_edit_post;

#endif
