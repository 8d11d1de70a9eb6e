/*
 * If-Match and If-None-Match (HTTP-4; RFC 9110 section 13.1).
 */
#ifndef NEREID_ADMIN_CGI_PRECONDITION_H
#define NEREID_ADMIN_CGI_PRECONDITION_H

#include "admin-cgi/request.h"

/** Header values as they came; NULL when absent. Zeroed: no condition. */
struct precondition {
    const char *if_match;
    const char *if_none_match;
};

struct precondition precondition_of(const struct request *req);

/** @param etag NULL or "" when the object does not exist
 *  @return 0: go on; 304 (only when is_read); 412 */
int precondition_status(const struct precondition *c, const char *etag, bool is_read);

/** For changes: 0 or ERR_PRECONDITION. `c` may be NULL. */
int precondition_check(const struct precondition *c, const char *etag, struct error *e) MUST_USE;

#endif
