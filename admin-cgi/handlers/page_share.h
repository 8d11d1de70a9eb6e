/*
 * One link to a recording (GET, POST /admin/groups/{group+}/.recordings/{file}/{share}): the link
 * itself to be copied, what was made of it, changing and ending it.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_SHARE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_SHARE_H

#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/store/store_share.h"

void page_share(struct request *req, struct response *res, struct app *app);
void page_share_post(struct request *req, struct response *res, struct app *app);

/**
 * Read `label`, `lasts`, `password` and `open` (no password) of a form into a link. Problems are
 * noted.
 * @return 0, or why the password cannot be hashed
 */
int page_share_read(struct form_view *v, struct arena *a, const struct form *form, int64_t now_us,
                    struct share *share, struct error *e) MUST_USE;
/** `lasts`: what a link's end can be set to. @param chosen the word of one, or "" */
void page_share_add_choices(struct json_object *page, const char *chosen, bool with_present);
/** `label`, `until`, `is_open`, `is_ended`, `has_password`, `uses`, `used`, `made`, `made_by`. */
void page_share_fields(struct json_object *o, const struct share *s, int64_t now_us);

#endif
