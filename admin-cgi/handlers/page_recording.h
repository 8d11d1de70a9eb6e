/*
 * One recording (GET, POST /admin/groups/{group+}/.recordings/{file}): what is known of it, a note,
 * the links to it, and making one.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_RECORDING_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_RECORDING_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/store/store_share.h"

struct app;

void page_recording(struct request *req, struct response *res, struct app *app);
void page_recording_post(struct request *req, struct response *res, struct app *app);

/** "/admin/groups/GROUP/.recordings/FILE" + suffix, escaped; in the arena. */
const char *page_recording_path(struct arena *a, const char *group, const char *file,
                                const char *suffix);

/** The open links of all recordings: read once for a page. Zeroed: none. */
struct open_links {
    struct share *shares;
    size_t n;
};

/** In the arena; where they cannot be read, the log says so, and the page goes without. */
struct open_links page_recording_open_links(struct request *req, struct app *app);

/** Tell rows of the template `_recording` the way to their own page, and how many links of each are
 * open. @param rows an array; NULL does nothing */
void page_recording_add_ways(struct arena *a, const struct open_links *links,
                             struct json_object *rows);

#endif
