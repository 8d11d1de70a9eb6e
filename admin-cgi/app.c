#include "admin-cgi/app.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "admin-cgi/control_client.h"
#include "admin-cgi/live_board.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/password_memory.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/db.h"
#include "admin-cgi/store/metrics_db.h"
#include "common/atomic_file.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "admin"};

int app_paths_init(struct app_paths *p, const struct app_options *o, struct error *e)
{
    memset(p, 0, sizeof *p);
    p->groups = path_join(o->dir, "groups");
    p->data = path_join(o->dir, "data");
    p->recordings = path_join(o->dir, "recordings");
    p->run = path_join(o->dir, "run");
    p->tokens = path_join(o->dir, "data/var");
    p->database = path_join(o->dir, "data/nereid.db");
    p->metrics = path_join(o->dir, "data/metrics.db");
    p->config = path_join(o->dir, "data/config.json");
    p->ice_servers = path_join(o->dir, "data/ice-servers.json");
    p->schema = path_join(o->share, "schema");
    p->templates = path_join(o->share, "templates");
    p->locale = path_join(o->share, "static/locale");
    if (p->groups && p->data && p->recordings && p->run && p->tokens && p->database && p->metrics &&
        p->config && p->ice_servers && p->schema && p->templates && p->locale)
        return 0;
    app_paths_release(p);
    return error_set(e, ERR_NO_MEMORY, NULL, "no memory for path names");
}

void app_paths_release(struct app_paths *p)
{
    free(p->groups);
    free(p->data);
    free(p->recordings);
    free(p->run);
    free(p->tokens);
    free(p->database);
    free(p->metrics);
    free(p->config);
    free(p->ice_servers);
    free(p->schema);
    free(p->templates);
    free(p->locale);
    memset(p, 0, sizeof *p);
}

/* Read data/secret.key, or make it: the first process of the first start does. */
static int load_secret(struct app *app, struct error *e)
{
    char *path = path_join(app->paths.data, "secret.key");
    struct buf key = {0};
    int r = path ? file_read(&key, path, SECRET_KEY_BYTES, NULL, e)
                 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for the key");

    if (r == ERR_NOT_FOUND) {
        uint8_t fresh[SECRET_KEY_BYTES];

        r = getrandom(fresh, sizeof fresh, 0) == (ssize_t)sizeof fresh
                ? file_replace(path, span_of(fresh, sizeof fresh), 0600, e)
                : error_set_errno(e, NULL, "no random numbers");
        buf_clear(&key);
        buf_add(&key, fresh, sizeof fresh);
        explicit_bzero(fresh, sizeof fresh);
    }
    if (r == 0 && key.len != SECRET_KEY_BYTES)
        r = error_set(e, ERR_INVALID, "data/secret.key", "the key must have %d bytes",
                      SECRET_KEY_BYTES);
    if (r == 0)
        memcpy(app->secret_key, key.data, SECRET_KEY_BYTES);
    buf_wipe(&key);
    free(path);
    return r;
}

/* What asks mediad, and knows what it said. */
static int open_live(struct app *app)
{
    char *socket = path_join(app->paths.run, "control.sock");
    int r = socket ? 0 : ERR_NO_MEMORY;

    if (r == 0 && !app->board) {
        r = live_board_new(&app->board);
        app->owns_board = r == 0;
    }
    if (r == 0)
        r = control_client_new(&app->control, socket, app->board);
    if (r == 0)
        r = live_sampler_new(&app->live, app->board, app->control);
    free(socket);
    return r;
}

static int open_parts(struct app *app, bool may_create, struct error *e)
{
    const struct db_paths paths = {
        .database = app->paths.database, .groups = app->paths.groups, .data = app->paths.data};
    int r = db_open(&app->db, &paths, may_create, e);

    if (r == 0)
        r = load_secret(app, e);
    if (r == 0 && getrandom(app->process_key, SECRET_KEY_BYTES, 0) != SECRET_KEY_BYTES)
        r = error_set_errno(e, NULL, "no random numbers");
    if (r == 0)
        r = server_config_file_new(&app->config_file, app->paths.config);
    if (r == 0)
        r = token_store_new(&app->tokens, app->paths.tokens, e);
    if (r == 0)
        r = metrics_db_new(&app->metrics, app->paths.metrics);
    if (r == 0)
        r = password_memory_new(&app->passwords, app->process_key);
    if (r == 0)
        r = open_live(app);
    if (r < 0 && e && !e->code)
        error_set(e, r, NULL, "cannot start");
    return r;
}

int app_init(struct app *app, const struct app_options *options, bool may_create, struct error *e)
{
    int r;

    app->options = options;
    r = app_paths_init(&app->paths, options, e);
    if (r == 0)
        r = open_parts(app, may_create, e);
    if (r < 0)
        app_release(app);
    return r;
}

void app_release(struct app *app)
{
    live_sampler_free(app->live);
    control_client_free(app->control);
    if (app->owns_board)
        live_board_free(app->board);
    password_memory_free(app->passwords);
    token_store_free(app->tokens);
    server_config_file_free(app->config_file);
    metrics_db_free(app->metrics);
    db_close(app->db);
    app_paths_release(&app->paths);
    explicit_bzero(app->secret_key, sizeof app->secret_key);
    explicit_bzero(app->process_key, sizeof app->process_key);
    app->live = NULL;
    app->control = NULL;
    if (app->owns_board)
        app->board = NULL;
    app->owns_board = false;
    app->passwords = NULL;
    app->tokens = NULL;
    app->config_file = NULL;
    app->metrics = NULL;
    app->db = NULL;
}

int app_mac(const struct app *app, struct span message, uint8_t out[APP_MAC_BYTES])
{
    return gnutls_hmac_fast(GNUTLS_MAC_SHA256, app->secret_key, SECRET_KEY_BYTES, message.data,
                            message.len, out) < 0
               ? ERR_CRYPTO
               : 0;
}

int app_hold(struct app *app, struct error *e)
{
    return shared_hold_begin(app->shared, app->worker) < 0
               ? error_set(e, ERR_BUSY, NULL,
                           "others are being sent a file, or test the network; try it again in a "
                           "moment")
               : 0;
}

const struct server_config *app_config(struct app *app)
{
    return server_config_file_get(app->config_file, NULL);
}

bool app_config_has_admin(struct app *app)
{
    const struct server_config *c = app_config(app);

    for (size_t i = 0; i < c->n_users; i++) {
        const struct group_user *u = &c->users[i];
        struct permissions p = {0};
        bool is_admin = permission_spec_expand(&p, &u->permissions, false, false) == 0 &&
                        permissions_has(&p, PERMISSION_ADMIN);

        permissions_release(&p);
        if (is_admin && u->password.type != PASSWORD_NONE && u->password.type != PASSWORD_BAD)
            return true;
    }
    return false;
}

void app_remove_setup_url(const struct app *app)
{
    char *path = path_join(app->paths.run, "setup-url");

    if (path && unlink(path) < 0 && errno != ENOENT)
        log_warn(&ctx, "cannot remove run/setup-url");
    free(path);
}

bool app_is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strncmp(address, "::ffff:127.", 11) == 0;
}
