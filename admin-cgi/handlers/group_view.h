/*
 * What the pages of one group share: looking it up, the tabs, and the answers when it is missing,
 * deleted or broken; people now, as mediad said last.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"

struct app;

/**
 * The group of the path. A group that is not there gives 404 with a way to make it, a deleted one
 * 410 with a way back, a broken one the page of its raw text.
 * @return false: `res` is complete
 */
bool group_view_load(struct request *req, struct response *res, struct app *app,
                     struct group_record *out);

/** As group_view_load(), for what edits members of the file: an unclean one (store_file.h) gives
 * the page of its raw text, too. */
bool group_view_load_clean(struct request *req, struct response *res, struct app *app,
                           struct group_record *out);

/** As group_view_load(), and a subgroup that appeared by itself is found, too: it has no file. */
bool group_view_load_live(struct request *req, struct response *res, struct app *app,
                          struct group_record *out);

/**
 * A page of the group: the frame, `group` (name), `label`, `base` (path with its final slash),
 * `base_seq` and `tabs`.
 * @param tab the current tab's word: "overview", "edit", "users", "tokens", "history", "raw",
 * "live"
 * @return as page_new()
 */
struct json_object *group_view_page(struct request *req, struct response *res, struct app *app,
                                    const struct group_record *group, const char *tab,
                                    const char *title);

/**
 * The answer for a form whose change was tried: that of the first one where it came twice, the
 * failure's words, or the page at `path` with what was done (303).
 * @param r    of the change, with `e`
 * @param done NULL: the page says it by itself
 */
void group_view_answer(struct request *req, struct response *res, struct app *app,
                       const struct actor *actor, int r, const struct error *e, const char *path,
                       const char *done);

/** Answer for a change that failed: the words of `e` with its status; 410 for what is in the trash.
 */
void group_view_failed(struct request *req, struct response *res, struct app *app, int code,
                       const struct error *e);

/** Restrict a list to what this person may see. */
void group_view_restrict(const struct request *req, struct group_query *query);

/**
 * mediad's live groups by the last sample (live_sample.h), owned; NULL: there is none.
 * @param page       told how old it is, for the template `live_age`
 * @param max_age_us a sample of this age will do
 */
struct json_object *group_view_live(struct request *req, struct app *app, struct json_object *page,
                                    int64_t max_age_us);
/** The same as of now, for who acts by it; NULL when mediad does not answer. */
struct json_object *group_view_live_now(struct app *app);

/** The whole address of its page, as people write it down; in the arena, NULL: no memory. */
const char *group_view_link(struct request *req, struct app *app, const char *group);
/** What people call it: its display name, or its name. Borrowed from the record. */
const char *group_view_name(const struct group_record *group);
/** "operator", "presenter" ... for a permission of a description. */
const char *group_view_role(struct arena *a, const struct permission_spec *spec);
/** The same for what somebody in a meeting may do now: "operator" for everybody who has that
 * permission, "custom" for what else is no role's.
 * @param permissions an array of words, as mediad says them */
const char *group_view_role_now(const struct arena *a, struct json_object *permissions);
/** "bcrypt", "none", "plain text" ... */
const char *group_view_password(const struct password *p);

#endif
