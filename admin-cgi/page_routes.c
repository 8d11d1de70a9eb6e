/* Routes of pages for people: the landing page and the console. */
#include "admin-cgi/handlers/pages.h"
#include "admin-cgi/router.h"

static const struct route rows[] = {
    {METHOD_GET, "/", ACCESS_PUBLIC, RESPONSE_LANDING, page_landing, 0, false, "landing"},
    {METHOD_GET, "/join", ACCESS_PUBLIC, RESPONSE_LANDING, page_join, 0, false, "join"},
};

const struct route_table page_routes = {rows, sizeof rows / sizeof rows[0]};
