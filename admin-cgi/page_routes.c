/* Routes of pages for people: the landing page and the console. */
#include "admin-cgi/form.h"
#include "admin-cgi/handlers/pages.h"
#include "admin-cgi/router.h"

#define PUBLIC(method, path, handler, name)                                                        \
    {                                                                                              \
        method, path, ACCESS_PUBLIC, RESPONSE_LANDING, handler, 0, false, name                     \
    }
#define PAGE(method, path, access, handler, name)                                                  \
    {                                                                                              \
        method, path, access, RESPONSE_PAGE, handler, FORM_BODY_MAX, false, name                   \
    }

static const struct route rows[] = {
    PUBLIC(METHOD_GET, "/", page_landing, "landing"),
    PUBLIC(METHOD_GET, "/join", page_join, "join"),
    PAGE(METHOD_GET, "/admin/setup", ACCESS_PRESESSION, page_setup, "setup"),
    PAGE(METHOD_POST, "/admin/setup", ACCESS_PRESESSION, page_setup_post, "setup-post"),
    PAGE(METHOD_GET, "/admin/login", ACCESS_PRESESSION, page_login, "login"),
    PAGE(METHOD_POST, "/admin/login", ACCESS_PRESESSION, page_login_post, "login-post"),
    PAGE(METHOD_POST, "/admin/logout", ACCESS_PRESESSION, page_logout, "logout"),
    PAGE(METHOD_GET, "/admin/confirm", ACCESS_SESSION, page_confirm, "confirm"),
    PAGE(METHOD_POST, "/admin/confirm", ACCESS_SESSION, page_confirm_post, "confirm-post"),
};

const struct route_table page_routes = {rows, sizeof rows / sizeof rows[0]};
