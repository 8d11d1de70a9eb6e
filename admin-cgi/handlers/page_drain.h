/*
 * Before maintenance: nobody new comes into any meeting, who is inside stays (docs/CONTROL.md,
 * "POST /v0/drain").
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_DRAIN_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_DRAIN_H

#include <json-c/json.h>

#include "admin-cgi/router.h"

/** POST /admin/drain: `on` "yes" begins it, with `text` for who is refused; "no" ends it. */
route_handler page_drain_post;

/** As mediad said last: `is_draining`, `drain_since`, `drain_text`, and `drain_people`, how many
 * are still inside. @param page NULL is fine */
void drain_view_add(struct json_object *page, struct app *app);

#endif
