/*
 * A text as a QR code on a page: `qr_path` and `qr_side` of the element `svg.qr-code`.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_QR_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_QR_VIEW_H

#include <json-c/json.h>

/** @param text NULL, or what is too long: the page goes without */
void qr_view_add(struct json_object *page, const char *text);

#endif
