/* Routes for programs (HTTP-14, HTTP-7), and the list of all tables. */
#include "admin-cgi/routes.h"

#include "admin-cgi/handlers/api_common.h"
#include "admin-cgi/handlers/api_groups.h"
#include "admin-cgi/handlers/api_passwords.h"
#include "admin-cgi/handlers/api_recordings.h"
#include "admin-cgi/handlers/api_server.h"
#include "admin-cgi/handlers/api_tokens.h"
#include "admin-cgi/handlers/api_users.h"
#include "admin-cgi/handlers/metrics.h"
#include "admin-cgi/handlers/recordings.h"
#include "common/macros.h"

#define V0 "/galene-api/v0"
#define IN_GROUP V0 "/.groups/{group+}"
#define FORM_MAX (256 * 1024)

#define API(method, pattern, access, handler, body_max, name)                                      \
    {                                                                                              \
        METHOD_##method, pattern, ACCESS_API_##access, RESPONSE_API, handler, body_max, 0, name    \
    }

/* The three kinds of users have the same rows. */
#define USER(path)                                                                                 \
    API(GET, IN_GROUP path, GROUP, api_user_get, 0, "api-user-get"),                               \
        API(PUT, IN_GROUP path, GROUP, api_user_put, API_BODY_MAX, "api-user-put"),                \
        API(DELETE, IN_GROUP path, GROUP, api_user_delete, API_BODY_MAX, "api-user-delete"),       \
        API(PUT, IN_GROUP path "/.password", PASSWORD, api_password_put, API_BODY_MAX,             \
            "api-password-put"),                                                                   \
        API(POST, IN_GROUP path "/.password", PASSWORD, api_password_post, API_BODY_MAX,           \
            "api-password-post"),                                                                  \
        API(DELETE, IN_GROUP path "/.password", PASSWORD, api_password_delete, API_BODY_MAX,       \
            "api-password-delete")

#define TOKENS(prefix, access)                                                                     \
    API(GET, prefix "/.tokens/", access, api_token_list, 0, "api-token-list"),                     \
        API(POST, prefix "/.tokens/", access, api_token_post, API_BODY_MAX, "api-token-post"),     \
        API(GET, prefix "/.tokens/{token}", access, api_token_get, 0, "api-token-get"),            \
        API(PUT, prefix "/.tokens/{token}", access, api_token_put, API_BODY_MAX, "api-token-put"), \
        API(DELETE, prefix "/.tokens/{token}", access, api_token_delete, API_BODY_MAX,             \
            "api-token-delete")

static const struct route rows[] = {
    API(GET, V0 "/.stats", SERVER, api_stats, 0, "api-stats"),
    API(GET, V0 "/.groups/?", LISTED, api_group_list, 0, "api-group-list"),
    TOKENS(V0 "/.groups", SERVER),
    API(GET, IN_GROUP "/?", GROUP, api_group_get, 0, "api-group-get"),
    API(PUT, IN_GROUP "/?", GROUP, api_group_put, API_BODY_MAX, "api-group-put"),
    API(DELETE, IN_GROUP "/?", GROUP, api_group_delete, API_BODY_MAX, "api-group-delete"),
    API(PUT, IN_GROUP "/.keys", GROUP, api_keys_put, API_BODY_MAX, "api-keys-put"),
    API(DELETE, IN_GROUP "/.keys", GROUP, api_keys_delete, API_BODY_MAX, "api-keys-delete"),
    API(GET, IN_GROUP "/.users/", GROUP, api_user_list, 0, "api-user-list"),
    USER("/.users/{user+}"),
    USER("/.empty-user"),
    USER("/.wildcard-user"),
    TOKENS(IN_GROUP, GROUP),
    API(GET, IN_GROUP "/.recordings/", GROUP, api_recording_list, 0, "api-recording-list"),
    API(DELETE, IN_GROUP "/.recordings/{file}", GROUP, api_recording_delete, API_BODY_MAX,
        "api-recording-delete"),
    API(GET, IN_GROUP "/.recording", GROUP, api_recording_get, 0, "api-recording-get"),
    API(PUT, IN_GROUP "/.recording", GROUP, api_recording_put, API_BODY_MAX, "api-recording-put"),
    API(DELETE, IN_GROUP "/.recording", GROUP, api_recording_stop, API_BODY_MAX,
        "api-recording-stop"),
    {METHOD_GET, "/galene-api", ACCESS_PUBLIC, RESPONSE_API, api_root, 0, 0, "api-root"},
    API(ANY, IN_GROUP "/{rest*}", GROUP, api_nothing, API_BODY_MAX, "api-nothing"),
    API(ANY, "/galene-api/{rest*}", SERVER, api_nothing, API_BODY_MAX, "api-nothing"),

    {METHOD_GET, "/recordings", ACCESS_PUBLIC, RESPONSE_DOWNLOAD, api_root, 0, 0,
     "recordings-root"},
    {METHOD_GET, "/recordings/{group+}/", ACCESS_RECORDINGS, RESPONSE_LANDING, recordings_list, 0,
     0, "recordings-list"},
    {METHOD_POST, "/recordings/{group+}/", ACCESS_RECORDINGS, RESPONSE_LANDING, recordings_post,
     FORM_MAX, ROUTE_FREEING, "recordings-post"},
    {METHOD_GET, "/recordings/{group+}/.about/{file}", ACCESS_RECORDINGS, RESPONSE_DOWNLOAD,
     recordings_poster, 0, 0, "recordings-poster"},
    {METHOD_GET, "/recordings/{group+}", ACCESS_RECORDINGS, RESPONSE_DOWNLOAD, recordings_file, 0,
     0, "recordings-file"},

    {METHOD_GET, "/public-groups.json", ACCESS_PUBLIC, RESPONSE_API, public_groups, 0, 0,
     "public-groups"},
    {METHOD_GET, "/healthz/live", ACCESS_PUBLIC, RESPONSE_API, health_live, 0, 0, "health-live"},
    {METHOD_GET, "/healthz/ready", ACCESS_PUBLIC, RESPONSE_API, health_ready, 0, 0, "health-ready"},
    {METHOD_GET, "/metrics", ACCESS_METRICS, RESPONSE_API, metrics, 0, 0, "metrics"},
};

const struct route_table api_routes = {rows, LENGTH(rows)};

const struct route_table *const route_tables[] = {&api_routes, &page_routes, NULL};
