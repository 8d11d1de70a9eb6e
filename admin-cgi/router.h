/*
 * From path and method to a handler. One table, one row per method and pattern; 404, 405 with
 * Allow, HEAD for GET and OPTIONS of the API come by themselves. Pure: matching does no I/O.
 *
 * Patterns: "/admin/groups/{group+}/.edit".
 *   word      that element exactly
 *   {name}    one element of any text (it may start with a dot, so put literal rows first)
 *   {name+}   one or more elements of which none starts with a dot, joined with '/'; it takes as
 *             many as there are, so what follows must start with a dot
 *   {name*}   everything that is left, also nothing (last in a pattern)
 * A final slash in the pattern demands one; "/?" at the end takes both; otherwise there must be
 * none. The first row whose pattern matches decides; later rows with the same pattern text add
 * methods.
 */
#ifndef NEREID_ADMIN_CGI_ROUTER_H
#define NEREID_ADMIN_CGI_ROUTER_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

/** Who gets in; checked before the handler runs, filling request->who. */
enum access {
    ACCESS_PUBLIC,       /* anybody */
    ACCESS_API_SERVER,   /* API credentials of a server administrator */
    ACCESS_API_GROUP,    /* API credentials for the group in {group+} */
    ACCESS_API_PASSWORD, /* as ACCESS_API_GROUP, or the user's own password */
    ACCESS_API_LISTED,   /* server administrator; scoped accounts see what they may */
    ACCESS_RECORDINGS,   /* Basic of the group's users with record, or a server administrator */
    ACCESS_METRICS,      /* loopback, or API credentials of a server administrator */
    ACCESS_PRESESSION,   /* login, setup: anybody, with the pre-session CSRF check on POST */
    ACCESS_SIGN_OUT,     /* whose session has ended is signed out already: to the login page */
    ACCESS_SESSION,      /* any signed-in person */
    ACCESS_VIEW,         /* signed in, CAP_VIEW for {group+}, or anywhere without a group */
    ACCESS_MODERATE,     /* the same for CAP_MODERATE, */
    ACCESS_EDIT,         /* CAP_EDIT, */
    ACCESS_INVITE,       /* CAP_INVITE, */
    ACCESS_RECORD,       /* CAP_RECORD, */
    ACCESS_CREATE,       /* CAP_CREATE, */
    ACCESS_AUDIT,        /* auditors and server administrators */
    ACCESS_SERVER        /* server administrators */
};

/**
 * Answers one request. The guard has let it in, req->who says whom, and the body is within its
 * bound. Afterwards the answer is complete. Pages answer a form with 303 where it did something.
 */
typedef void route_handler(struct request *req, struct response *res, struct app *app);

enum route_flag {
    ROUTE_PROVEN = 1, /* the console's starred actions: a proof of the password within 10 minutes */
    ROUTE_FREEING = 2, /* must work on a full disk: the reserve is given for it (reserve_file.h) */
    ROUTE_STREAMED = 4 /* its handler reads the body, and checks the token of the form in it */
};

struct route {
    enum method method;
    const char *pattern;
    enum access access;
    enum response_class class;
    route_handler *handler;
    size_t body_max;  /* bytes; 0: no body is taken */
    unsigned flags;   /* enum route_flag */
    const char *name; /* stable word for metrics and tests: "api-group-put" */
};

struct route_table {
    const struct route *routes;
    size_t n_routes;
};

struct route_match {
    const struct route *route; /* for the method; NULL: 405 */
    const struct route *any;   /* first row of the pattern; NULL: 404 */
    unsigned allowed;          /* enum method bits of the pattern, HEAD included with GET */
};

/** Match path and method, and fill the request's captures. `tables` as route_tables.
 * @return 0 or ERR_NO_MEMORY */
int router_match(const struct route_table *const *tables, struct request *req,
                 struct route_match *out) MUST_USE;

/** The row that shows a page without captures, whatever query and fragment the path has. @return
 * NULL: there is none */
const struct route *router_page(const struct route_table *table, const char *path);

/** "OPTIONS, GET, HEAD" into the arena: the value of Allow. */
const char *router_allow(struct arena *a, unsigned methods, bool with_options);

#endif
