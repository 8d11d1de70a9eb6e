/*
 * The table of the network test: a row for sound and pictures, and one for each address of a STUN
 * or TURN server, with what this server finds; what the browser finds is its script's
 * (static/js/networktest.js).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_NETWORK_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_NETWORK_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/network/network_test.h"
#include "admin-cgi/request.h"

struct app;

/** What is told to clients, as rows to be tested. */
struct network_rows {
    struct probe_row *rows;
    size_t n;
};
/** ice-servers.json as clients are told of it: entries that are no good left out, log-ins made for
 * a day; NULL when out of memory. */
struct json_object *network_configuration(struct request *req, struct app *app);
struct network_rows network_view_rows(struct request *req, struct app *app);

/** Fill `rows` of a page, or of the JSON for the script, and the numbers of what works.
 * @param is_tested the rows have what came out */
void network_view_add(struct request *req, struct app *app, struct json_object *page,
                      const struct network_rows *list, bool is_tested);

#endif
