/*
 * A report for who helps: what the server is and how it is, without names of groups and people,
 * addresses and secrets.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_HEALTH_REPORT_H
#define NEREID_ADMIN_CGI_HANDLERS_HEALTH_REPORT_H

#include "admin-cgi/request.h"
#include "common/buf.h"

struct app;

/** Appended as plain text. */
void health_report_write(struct buf *out, struct request *req, struct app *app);

#endif
