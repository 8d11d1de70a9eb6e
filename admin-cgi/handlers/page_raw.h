/*
 * A group's file as text, without its secrets (secret_mask.h) (WEB-15).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_RAW_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_RAW_H

#include "admin-cgi/router.h"

/** GET GROUP/.raw: also for a file that never could be read. */
route_handler page_raw;

/**
 * POST: the text with its secrets put back. 303; 409 when the file was changed meanwhile; 422 with
 * line and column for one that is no description.
 */
route_handler page_raw_post;

#endif
