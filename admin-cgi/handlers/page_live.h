/*
 * The members of a group now, and acting there without joining (WEB-11).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_H

#include "admin-cgi/router.h"

/** GET GROUP/.live: the members as mediad says; the page says so when it does not answer. */
route_handler page_live;

/**
 * POST: one action on the group or a person, through mediad; in the audit log. 400 for one that is
 * unknown, 503 when mediad does not answer.
 */
route_handler page_live_post;

/** POST GROUP/.recording: the same for starting and stopping a recording. */
route_handler page_live_recording_post;

#endif
