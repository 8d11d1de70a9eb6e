/*
 * One group: who may come in, in sentences, and what to do next (WEB-14).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_H

#include "admin-cgi/router.h"

/**
 * GET GROUP/. As on all pages of a group 404, 410 or the text of its file when it is missing,
 * deleted or broken (group_view.h).
 */
route_handler page_group;

#endif
