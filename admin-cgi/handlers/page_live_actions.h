/*
 * Acting in a group from its live page, without joining it: through mediad, in the audit log, and
 * with word of whose doing it was to those concerned (WEB-11).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_ACTIONS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_ACTIONS_H

#include "admin-cgi/router.h"

/**
 * POST GROUP/.live: one action on the group or a person. Who has left already is no error; 400 for
 * an action that is unknown, 503 when mediad does not answer.
 */
route_handler page_live_post;

/** POST GROUP/.recording: the same for starting and stopping a recording. */
route_handler page_live_recording_post;

/** GET GROUP/.send-away, with a client or for everybody, and GROUP/.close: what a person is asked
 * first. */
route_handler page_live_send_away, page_live_close;

#endif
