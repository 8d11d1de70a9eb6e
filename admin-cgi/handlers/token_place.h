/*
 * Where invitations lead: into one group, or into every group of the server (a token without a
 * group, for its subgroups). The pages of both are the same, with other heads and paths.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_TOKEN_PLACE_H
#define NEREID_ADMIN_CGI_HANDLERS_TOKEN_PLACE_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/store/store_group.h"

struct app;

struct token_place {
    struct group_record record; /* zeroed: the whole server */
    const char *group;          /* "": the whole server */
    const char *name;           /* what people call it; of the whole server what `link_group` is */
    const char *description;    /* of the group; NULL: it has none */
    const char *base;           /* path of the list, with its final slash */
    const char *link_group;     /* whose address links have; "": none was chosen of the server's */
    const char *wrong;          /* why what was chosen cannot be one; NULL: it can */
};

/** The place of the path; of the whole server, `for` of the query says for which group links are
 * written. @return false: `res` is complete */
bool token_place_load(struct request *req, struct response *res, struct app *app,
                      struct token_place *out);

/** A page of it, for the template `invitation_head`. @return as page_new() */
struct json_object *token_place_page(struct request *req, struct response *res, struct app *app,
                                     const struct token_place *place, const char *title);

/** Path of the list of invitations of a group. @param group "": of the whole server */
const char *token_place_base(struct request *req, const char *group);

#endif
