/*
 * What one process of admin-cgi holds while it runs: paths, database connection, caches, clients.
 * Opened after the fork, used by one thread. Handlers get it beside request and response.
 */
#ifndef NEREID_ADMIN_CGI_APP_H
#define NEREID_ADMIN_CGI_APP_H

#include "common/error.h"
#include "common/server_config.h"
#include "common/token_store.h"

#define SECRET_KEY_BYTES 32
#define APP_MAC_BYTES 32

/** Made before the fork and shared by all children: paths and templates. Read-only. */
struct app_options {
    const char *dir;      /* state directory, absolute */
    const char *share;    /* templates, schema */
    const char *base_url; /* "https://localhost:8443", without final slash: where nothing better is
                             known, as in the setup link */
    unsigned workers;     /* 0: max(4, 2 * cores) */
};

struct app_paths {
    char *groups;      /* DIR/groups */
    char *data;        /* DIR/data */
    char *recordings;  /* DIR/recordings */
    char *run;         /* DIR/run */
    char *tokens;      /* DIR/data/var */
    char *database;    /* DIR/data/nereid.db */
    char *metrics;     /* DIR/data/metrics.db */
    char *config;      /* DIR/data/config.json */
    char *ice_servers; /* DIR/data/ice-servers.json */
    char *schema;      /* SHARE/schema */
    char *templates;   /* SHARE/templates */
    char *locale;      /* SHARE/static/locale */
};

struct shared;         /* memory that parent and children share: hash slots, worker states */
struct words;          /* admin-cgi/words.h: languages */
struct views;          /* admin-cgi/view/views.h: compiled templates */
struct db;             /* admin-cgi/store/db.h */
struct metrics_db;     /* admin-cgi/store/metrics_db.h */
struct control_client; /* admin-cgi/control_client.h */
struct live_board;     /* admin-cgi/live_board.h */
struct live_sampler;   /* admin-cgi/live_sample.h */
struct password_memory;

struct app {
    const struct app_options *options;
    struct app_paths paths;
    struct db *db;
    struct metrics_db *metrics;
    struct server_config_file *config_file;
    struct token_store *tokens;
    struct control_client *control;
    struct live_sampler *live;
    struct live_board *board; /* the parent's; a process without parent makes its own */
    bool owns_board;
    struct password_memory *passwords;
    struct shared *shared;
    unsigned worker; /* index of this worker in `shared` */
    const struct words *words;
    struct views *views;
    uint8_t secret_key[SECRET_KEY_BYTES];  /* data/secret.key: CSRF, device cookies (SEC-26) */
    uint8_t process_key[SECRET_KEY_BYTES]; /* random, this process only */
};

int app_paths_init(struct app_paths *p, const struct app_options *options,
                   struct error *e) MUST_USE;
void app_paths_release(struct app_paths *p);

/** Open everything; on failure all is closed again. `may_create`: the database may be new. `views`,
 * `shared` and `board` are the caller's. */
int app_init(struct app *app, const struct app_options *options, bool may_create,
             struct error *e) MUST_USE;
void app_release(struct app *app);

/** HMAC-SHA-256 under data/secret.key: what a message names is ours and for that purpose (SEC-26).
 * @param message begins or ends with a word for its purpose @return 0, ERR_CRYPTO */
int app_mac(const struct app *app, struct span message, uint8_t out[APP_MAC_BYTES]) MUST_USE;

/** This worker begins what takes long, until the request ends. @return 0, or ERR_BUSY: no more of
 * them can be spared */
int app_hold(struct app *app, struct error *e) MUST_USE;

/** data/config.json as of now; borrowed until the next call. Never NULL. */
const struct server_config *app_config(struct app *app);
/** True when config.json has a user with permission admin and a password that can match. */
bool app_config_has_admin(struct app *app);
/** run/setup-url has done its work: an administrator exists. */
void app_remove_setup_url(const struct app *app);
/** "127.0.0.1", "::1" and the like. */
bool app_is_loopback(const char *address);

#endif
