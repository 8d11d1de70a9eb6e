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

#define GROUP "/admin/groups/{group+}"

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
    PAGE(METHOD_GET, "/admin/?", ACCESS_SESSION, page_dashboard, "dashboard"),
    PAGE(METHOD_GET, "/admin/groups/?", ACCESS_VIEW, page_groups, "groups"),
    PAGE(METHOD_GET, "/admin/groups/.new", ACCESS_CREATE, page_group_new, "group-new"),
    PAGE(METHOD_POST, "/admin/groups/.new", ACCESS_CREATE, page_group_new_post, "group-new-post"),
    PAGE(METHOD_GET, GROUP "/", ACCESS_VIEW, page_group, "group"),
    PAGE(METHOD_GET, GROUP "/.edit", ACCESS_EDIT, page_group_edit, "group-edit"),
    PAGE(METHOD_POST, GROUP "/.edit", ACCESS_EDIT, page_group_edit_post, "group-edit-post"),
    PAGE(METHOD_GET, GROUP "/.delete", ACCESS_EDIT, page_group_delete, "group-delete"),
    PAGE(METHOD_POST, GROUP "/.delete", ACCESS_EDIT, page_group_delete_post, "group-delete-post"),
    PAGE(METHOD_POST, GROUP "/.undelete", ACCESS_EDIT, page_group_undelete_post, "group-undelete"),
    PAGE(METHOD_GET, GROUP "/.users/", ACCESS_EDIT, page_users, "users"),
    PAGE(METHOD_GET, GROUP "/.users/.new", ACCESS_EDIT, page_user, "user-new"),
    PAGE(METHOD_POST, GROUP "/.users/.new", ACCESS_EDIT, page_user_post, "user-new-post"),
    PAGE(METHOD_GET, GROUP "/.users/{user}", ACCESS_EDIT, page_user, "user"),
    PAGE(METHOD_POST, GROUP "/.users/{user}", ACCESS_EDIT, page_user_post, "user-post"),
    PAGE(METHOD_GET, GROUP "/.wildcard-user", ACCESS_EDIT, page_user, "wildcard"),
    PAGE(METHOD_POST, GROUP "/.wildcard-user", ACCESS_EDIT, page_user_post, "wildcard-post"),
    PAGE(METHOD_GET, GROUP "/.empty-user", ACCESS_EDIT, page_user, "empty-user"),
    PAGE(METHOD_POST, GROUP "/.empty-user", ACCESS_EDIT, page_user_post, "empty-user-post"),
    PAGE(METHOD_GET, GROUP "/.users/{user}/.delete", ACCESS_EDIT, page_user_delete, "user-delete"),
    PAGE(METHOD_POST, GROUP "/.users/{user}/.delete", ACCESS_EDIT, page_user_delete_post,
         "user-delete-post"),
    PAGE(METHOD_GET, GROUP "/.wildcard-user/.delete", ACCESS_EDIT, page_user_delete,
         "wildcard-delete"),
    PAGE(METHOD_POST, GROUP "/.wildcard-user/.delete", ACCESS_EDIT, page_user_delete_post,
         "wildcard-delete-post"),
    PAGE(METHOD_GET, GROUP "/.empty-user/.delete", ACCESS_EDIT, page_user_delete,
         "empty-user-delete"),
    PAGE(METHOD_POST, GROUP "/.empty-user/.delete", ACCESS_EDIT, page_user_delete_post,
         "empty-user-delete-post"),
};

const struct route_table page_routes = {rows, sizeof rows / sizeof rows[0]};
