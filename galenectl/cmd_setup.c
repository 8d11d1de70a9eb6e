/* initial-setup: the first configuration of server and client */
#include "galenectl/cmd_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/group_name.h"
#include "common/json_build.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/password.h"
#include "common/password_hash.h"
#include "common/password_make.h"
#include "common/token_store.h"
#include "common/token_store_write.h"
#include "galenectl/password_flags.h"
#include "galenectl/report.h"
#include "galenectl/template_json.h"
#include "galenectl/tty.h"

#define SETUP_BCRYPT_COST 12
#define TOKEN_VALID_US (365 * 86400 * US_PER_S)

struct setup {
    struct settings settings; /* as resolved; owned */
    char *client_path;        /* owned */
    const char *server_path;  /* -config after the command */
    const char *data_dir;     /* -data, or NULL */
    bool use_token;
    bool from_stdin;
    struct buf server_file; /* server_path, or config.json in data_dir */
};

static void setup_release(struct setup *s)
{
    settings_release(&s->settings);
    free(s->client_path);
    buf_release(&s->server_file);
}

/* A new file of mode 0600, or ERR_EXISTS. A half-written one is removed. */
static int write_new_file(const char *path, struct json_object *json, struct error *e)
{
    struct buf text = {0};
    int fd;
    int r = 0;

    template_print(&text, json);
    buf_add_char(&text, '\n');
    if (text.bad) {
        buf_wipe(&text);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        r = error_set_errno(e, NULL, "%.120s", path);
    } else {
        r = file_write_all(fd, buf_span(&text));
        if (r == 0 && fsync(fd) < 0)
            r = ERR_IO;
        if (r < 0)
            error_set_errno(e, NULL, "%.120s", path);
        close(fd);
        if (r < 0)
            unlink(path);
    }
    buf_wipe(&text);
    return r;
}

static struct json_object *user_entry(struct json_object *password)
{
    struct json_object *user = json_object_new_object();

    if (!user) {
        json_object_put(password);
        return NULL;
    }
    if (!json_build_set(user, "password", password) ||
        !json_build_set(user, "permissions", json_object_new_string("admin"))) {
        json_object_put(user);
        return NULL;
    }
    return user;
}

/* config.json: group files may be changed through the API, and one administrator. */
static int make_server_config(struct json_object **out, const struct setup *s, struct error *e)
{
    const struct password_recipe recipe = {.bcrypt_cost = SETUP_BCRYPT_COST};
    struct json_object *config = json_object_new_object();
    struct json_object *users = json_object_new_object();
    bool good =
        config && users && json_build_set(config, "writableGroups", json_object_new_boolean(true));

    if (good && s->settings.password && s->settings.password[0]) {
        struct password password;
        int r = password_make(&password, span_str(s->settings.password), &recipe, e);

        if (r < 0) {
            json_object_put(config);
            json_object_put(users);
            return r;
        }
        good =
            json_build_set(users, s->settings.username, user_entry(password_to_json(&password))) &&
            json_build_set(config, "users", json_object_get(users));
        password_release(&password);
    }
    json_object_put(users);
    if (!good) {
        json_object_put(config);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    *out = config;
    return 0;
}

/* galenectl.json. With -token the password stays out of it. */
static int make_client_config(struct json_object **out, const struct setup *s, struct error *e)
{
    const struct {
        const char *name;
        const char *value;
    } members[] = {
        {"server", s->settings.server},
        {"admin-username", s->settings.username},
        {"admin-password", s->use_token ? NULL : s->settings.password},
        {"admin-token", s->settings.token},
    };
    struct json_object *config = json_object_new_object();
    bool good = config;

    for (size_t i = 0; i < LENGTH(members) && good; i++) {
        if (members[i].value && members[i].value[0])
            good =
                json_build_set(config, members[i].name, json_object_new_string(members[i].value));
    }
    if (!good) {
        json_object_put(config);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    *out = config;
    return 0;
}

/* The token's name goes into the client's file before the token goes into the store. */
static int name_token(struct setup *s, struct error *e)
{
    char name[TOKEN_NAME_SIZE];
    int r = token_new_name(name);

    if (r < 0)
        return error_set(e, r, NULL, "cannot make a token");
    free(s->settings.token);
    s->settings.token = strdup(name);
    return s->settings.token ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
}

/* A token for the whole server, written where the server looks for tokens. */
static int store_token(struct setup *s, struct error *e)
{
    static const char *const permissions[] = {"admin"};
    char *var_dir = path_join(s->data_dir, "var");
    struct token_store *store = NULL;
    struct token token = {.token = s->settings.token,
                          .group = (char[]){""},
                          .username = s->settings.username,
                          .include_subgroups = true,
                          .has_expires = true,
                          .has_issued_at = true,
                          .issued_at_us = now_realtime_us()};
    int r;

    if (!var_dir)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    token.expires_us = token.issued_at_us + TOKEN_VALID_US;
    r = permission_spec_literal(&token.permissions, permissions, 1);
    if (r == 0)
        r = token_store_new(&store, var_dir, e);
    if (r == 0)
        r = token_store_add(store, &token, e);
    token_store_free(store);
    permission_spec_release(&token.permissions);
    free(var_dir);
    return r;
}

static int ask_password(struct setup *s, struct error *e)
{
    struct buf typed = {0};
    int r = tty_read_password(&typed, "Administrator password", s->from_stdin, e);

    if (r < 0)
        return r;
    s->settings.password = strdup(buf_str(&typed));
    buf_wipe(&typed);
    return s->settings.password ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
}

static bool exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

/*
 * What root writes into the server's directory must belong to the server, or it could not read its
 * configuration nor add to the tokens: root writes there as the directory's owner.
 */
static int as_owner(struct setup *s, int (*write)(struct setup *s, struct error *e),
                    struct error *e)
{
    const uid_t uid = geteuid();
    const gid_t gid = getegid();
    struct stat st;
    int r;

    if (!s->data_dir || uid != 0)
        return write(s, e);
    if (stat(s->data_dir, &st) < 0)
        return error_set_errno(e, NULL, "%.120s", s->data_dir);
    if (setegid(st.st_gid) < 0 || seteuid(st.st_uid) < 0)
        r = error_set_errno(e, NULL, "cannot write as the owner of %.100s", s->data_dir);
    else
        r = write(s, e);
    if (seteuid(uid) < 0 || setegid(gid) < 0)
        r = error_set_errno(e, NULL, "cannot become root again");
    return r;
}

/* The client's file and, if wanted, the token; or neither. */
static int write_client(struct setup *s, struct error *e)
{
    struct json_object *config = NULL;
    int r = s->use_token ? name_token(s, e) : 0;

    if (r == 0)
        r = make_client_config(&config, s, e);
    if (r == 0)
        r = file_make_parents(s->client_path, 0700, e);
    if (r == 0)
        r = write_new_file(s->client_path, config, e);
    if (r == 0 && s->use_token) {
        r = as_owner(s, store_token, e);
        if (r < 0)
            unlink(s->client_path);
    }
    json_object_put(config);
    return r;
}

static int write_server(struct setup *s, struct error *e)
{
    struct json_object *config = NULL;
    int r = make_server_config(&config, s, e);

    if (r == 0)
        r = write_new_file(buf_str(&s->server_file), config, e);
    json_object_put(config);
    return r;
}

/* Both files or none. */
static int write_both(struct setup *s, struct error *e)
{
    int r = as_owner(s, write_server, e);

    if (r < 0)
        return r;
    r = write_client(s, e);
    if (r < 0)
        unlink(buf_str(&s->server_file));
    return r;
}

static void tell(const struct setup *s)
{
    if (s->data_dir)
        printf("Wrote the server's configuration %s.\n", buf_str(&s->server_file));
    else
        printf("Wrote %s: copy it into the server's data/ directory.\n", buf_str(&s->server_file));
    printf("Wrote %s: it holds the %s in clear, keep it to yourself.\n", s->client_path,
           s->settings.token && s->settings.token[0] ? "administrator's token"
                                                     : "administrator's password");
}

/* A name that the server's file may hold and that HTTP Basic can say (RFC 7617 section 2). */
static int check_name(const char *name, struct error *e)
{
    int r = user_name_check(span_str(name), e);

    if (r == 0 && strchr(name, ':'))
        r = error_set(e, ERR_INVALID, NULL, "a name to log in with contains no colon");
    if (r < 0)
        snprintf(e->place, sizeof e->place, "-admin-username");
    return r;
}

/* @return -1 to go on, else the exit status */
static int prepare(struct setup *s, const struct ctl *ctl)
{
    struct error e = {0};

    if (!ctl->flags.username || !ctl->flags.username[0])
        return usage_error("option -admin-username is required, before the command");
    if (check_name(ctl->flags.username, &e) < 0)
        return report_error("Create user", &e);
    if (s->use_token && !s->data_dir)
        return usage_error("option -token needs -data, where the server keeps its tokens");
    if (settings_path(&s->client_path, ctl->config, &e) < 0 ||
        settings_load(&s->settings, &ctl->flags, s->client_path, &e) < 0)
        return report_error("Failed to read configuration file", &e);
    if (s->data_dir)
        buf_printf(&s->server_file, "%s/config.json", s->data_dir);
    else
        buf_add_str(&s->server_file, s->server_path);
    if (s->server_file.bad)
        return report("Create: out of memory");
    /* Looked at first, so that nobody types a password for nothing. */
    if (exists(buf_str(&s->server_file)))
        return report("Create %s: exists already", buf_str(&s->server_file));
    if (exists(s->client_path))
        return report("Create %s: exists already", s->client_path);
    if (!(s->settings.password && s->settings.password[0]) &&
        !(s->settings.token && s->settings.token[0]) && ask_password(s, &e) < 0)
        return report_error("ReadPassword", &e);
    return -1;
}

int cmd_initial_setup(const struct ctl *ctl, int argc, char **argv)
{
    struct setup s = {.server_path = "config.json"};
    const struct flag flags[] = {
        {.name = "config",
         .kind = FLAG_STRING,
         .value = &s.server_path,
         .word = "FILE",
         .help = "where to write the server's configuration",
         .normal = "config.json"},
        {.name = "data",
         .kind = FLAG_STRING,
         .value = &s.data_dir,
         .word = "DIR",
         .help = "the server's data directory: write config.json there"},
        {.name = "token",
         .kind = FLAG_BOOL,
         .value = &s.use_token,
         .help = "with -data: make a token of a year's validity for this client, and do not\n"
                 "        store the password"},
        FLAG_PASSWORD_STDIN(s.from_stdin),
    };
    const struct flag_set set_of_flags = {
        .synopsis = "galenectl -admin-username NAME initial-setup [flag...]",
        .about = "Makes the server's and this client's first configuration files. Neither may\n"
                 "exist. Give the server's address with -server, before the command.",
        FLAGS_OF(flags),
        .examples = "  galenectl -admin-username root initial-setup\n"
                    "  galenectl -admin-username root -server https://galene.example.org \\\n"
                    "      initial-setup -data /var/lib/nereid/data -token",
    };
    struct error e = {0};
    int status = command_flags(&set_of_flags, argc, argv, NULL);

    if (status < 0)
        status = prepare(&s, ctl);
    if (status < 0) {
        status = 0;
        if (write_both(&s, &e) < 0)
            status = report_error("Create", &e);
        else
            tell(&s);
    }
    setup_release(&s);
    return status;
}
