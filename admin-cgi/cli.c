#include "admin-cgi/cli.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "admin-cgi/cli_backup.h"
#include "admin-cgi/cli_internal.h"
#include "admin-cgi/jobs/job_work.h"
#include "admin-cgi/keeper.h"
#include "admin-cgi/password_policy.h"
#include "admin-cgi/store/db.h"
#include "admin-cgi/store/migrate.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_file.h"
#include "admin-cgi/store/store_setup.h"
#include "admin-cgi/store/store_sign_in_link.h"
#include "admin-cgi/store/store_totp.h"
#include "common/account_hash.h"
#include "common/atomic_file.h"
#include "common/group_files.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/password.h"

int cli_complain(const struct error *e)
{
    char line[400];

    fprintf(stderr, "admin-cgi: %s\n", error_describe(e, line, sizeof line));
    return 1;
}

struct actor cli_actor(void)
{
    return (struct actor){.kind = ACTOR_CLI, .name = "command line", .now_us = now_realtime_us()};
}

int cli_read_line(struct buf *out, const char *question)
{
    struct termios shown, hidden;
    bool is_terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &shown) == 0;
    int c;

    if (is_terminal) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        fprintf(stderr, "%s", question);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    while ((c = getchar()) != EOF && c != '\n')
        buf_add_char(out, (char)c);
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        fprintf(stderr, "\n");
    }
    return buf_check(out);
}

static int read_password(struct buf *out, const char *login, struct error *e)
{
    struct buf again = {0};
    int r = cli_read_line(out, "New password: ");

    if (r == 0)
        r = password_policy_check(buf_span(out), span_str(login), e);
    if (r == 0 && isatty(STDIN_FILENO)) {
        r = cli_read_line(&again, "The same again: ");
        if (r == 0 && !span_eq(buf_span(out), buf_span(&again)))
            r = error_set(e, ERR_INVALID, NULL, "the two passwords differ");
    }
    buf_wipe(&again);
    return r;
}

static int hash_from_stdin(struct buf *record, const char *login, struct error *e)
{
    struct buf password = {0};
    int r = read_password(&password, login, e);

    if (r == 0)
        r = account_hash_make(record, buf_span(&password), e);
    buf_wipe(&password);
    return r;
}

static int command_create_admin(struct app *app, int argc, char **argv, struct error *e)
{
    struct account account = {.role = ACCOUNT_ADMINISTRATOR};
    struct actor actor = cli_actor();
    struct buf record = {0};
    int r;

    if (argc != 1)
        return error_set(e, ERR_INVALID, NULL, "usage: admin-cgi create-admin NAME --dir DIR");
    account.login = argv[0];
    r = account_login_check(span_str(argv[0]), e);
    if (r == 0)
        r = hash_from_stdin(&record, argv[0], e);
    if (r == 0) {
        account.pw_hash = buf_str(&record);
        r = store_account_create(app->db, &account, &actor, NULL, e);
    }
    if (r == 0)
        r = store_setup_close(app->db, e);
    if (r == 0) {
        app_remove_setup_url(app);
        printf("%s is an administrator\n", argv[0]);
    }
    buf_wipe(&record);
    return r;
}

static int command_reset_password(struct app *app, int argc, char **argv, struct error *e)
{
    struct arena arena = {0};
    struct actor actor = cli_actor();
    struct buf record = {0};
    struct account account;
    int r;

    if (argc != 1)
        return error_set(e, ERR_INVALID, NULL, "usage: admin-cgi reset-password NAME --dir DIR");
    r = store_account_find(app->db, &arena, span_str(argv[0]), &account, e);
    if (r == 0)
        r = hash_from_stdin(&record, account.login, e);
    if (r == 0)
        r = store_account_set_password(app->db, account.id, buf_str(&record), false, 0, &actor, e);
    if (r == 0)
        printf("%s has a new password; all sessions have ended\n", account.login);
    buf_wipe(&record);
    arena_release(&arena);
    return r;
}

static int command_disable_totp(struct app *app, int argc, char **argv, struct error *e)
{
    struct arena arena = {0};
    struct actor actor = cli_actor();
    struct account account;
    int r;

    if (argc != 1)
        return error_set(e, ERR_INVALID, NULL, "usage: admin-cgi disable-totp NAME --dir DIR");
    r = store_account_find(app->db, &arena, span_str(argv[0]), &account, e);
    if (r == 0)
        r = store_totp_remove(app->db, account.id, 0, &actor, e);
    if (r == 0)
        r = store_account_tell(
            app->db, account.id,
            "The codes of your account were turned off on the server's command line.", e);
    if (r == 0)
        printf("%s signs in by the password alone; all sessions have ended\n", account.login);
    arena_release(&arena);
    return r;
}

static int command_sign_in_link(struct app *app, int argc, char **argv, struct error *e)
{
    struct arena arena = {0};
    struct actor actor = cli_actor();
    struct account account;
    char token[SIGN_IN_LINK_SIZE];
    struct buf url = {0};
    int r;

    if (argc != 1)
        return error_set(e, ERR_INVALID, NULL, "usage: admin-cgi sign-in-link NAME --dir DIR");
    r = store_account_find(app->db, &arena, span_str(argv[0]), &account, e);
    if (r == 0)
        r = store_sign_in_link_make(app->db, account.id, &actor, token, e);
    if (r == 0) {
        keeper_base_url(app, &url);
        buf_printf(&url, "/admin/sign-in-link?token=%s\n", token);
        r = buf_check(&url);
    }
    if (r == 0)
        fputs(buf_str(&url), stdout);
    buf_wipe(&url);
    explicit_bzero(token, sizeof token);
    arena_release(&arena);
    return r;
}

char *cli_base_url(const char *dir)
{
    char *path = path_join(dir, "run/base-url"), *url = NULL;
    struct buf text = {0};

    if (path && file_read(&text, path, 1024, NULL, NULL) == 0 && text.len)
        url = span_dup(buf_span(&text));
    buf_release(&text);
    free(path);
    return url;
}

static int command_setup_url(struct app *app, int argc, char **argv, struct error *e)
{
    struct buf text = {0};
    char *path;
    int r;

    (void)argv;
    if (argc != 0)
        return error_set(e, ERR_INVALID, NULL, "usage: admin-cgi setup-url --dir DIR");
    r = keeper_setup_link(app, true, now_realtime_us(), e);
    if (r == 0)
        return error_set(e, ERR_WRONG_STATE, NULL,
                         "there is an administrator already; see reset-password");
    path = path_join(app->paths.run, "setup-url");
    if (r == 1)
        r = path ? file_read(&text, path, 4096, NULL, e) : ERR_NO_MEMORY;
    if (r == 0)
        fputs(buf_str(&text), stdout);
    buf_wipe(&text);
    free(path);
    return r;
}

/* ---- check ---- */

struct check {
    struct app *app;
    unsigned problems;
};

static int check_group(const char *name, void *arg)
{
    struct check *check = arg;
    char *path = group_file_path(check->app->paths.groups, name);
    struct group_desc *desc = NULL;
    struct error e = {0};

    if (path && group_desc_load(&desc, path, NULL, &e) < 0) {
        printf("groups/%s.json: %s: %s\n", name, e.place, e.text);
        check->problems++;
    }
    for (size_t i = 0; desc && i < desc->n_warnings; i++)
        printf("groups/%s.json: line %u column %u: %s\n", name, desc->warnings[i].line,
               desc->warnings[i].column, desc->warnings[i].text);
    group_desc_unref(desc);
    free(path);
    return 0;
}

static void check_part(struct check *check, const char *what, int r, const struct error *e)
{
    if (r == 0)
        return;
    printf("%s: %s%s%s\n", what, e->place, e->place[0] ? ": " : "", e->text);
    check->problems++;
}

static void check_config(struct check *check)
{
    struct error found = {0};
    const struct server_config *config = server_config_file_get(check->app->config_file, &found);

    check_part(check, "data/config.json", found.code, &found);
    for (size_t i = 0; i < config->n_warnings; i++)
        printf("data/config.json: line %u column %u: %s\n", config->warnings[i].line,
               config->warnings[i].column, config->warnings[i].text);
}

static int command_check(struct app *app, int argc, char **argv, struct error *e)
{
    struct check check = {.app = app};
    struct error found = {0};
    int64_t bad_id = 0, n_rows = 0;
    int r;

    (void)argv;
    if (argc != 0)
        return error_set(e, ERR_INVALID, NULL, "usage: admin-cgi check --dir DIR");
    check_config(&check);
    check_part(&check, "data/var/tokens.jsonl", token_store_check(app->tokens, &found), &found);
    check_part(&check, "groups", group_files_walk(app->paths.groups, check_group, &check, &found),
               &found);
    check_part(&check, "data/nereid.db", migrate_check(app->db, app->paths.schema, &found), &found);
    check_part(&check, "data/nereid.db", db_check_integrity(app->db, &found), &found);
    r = store_audit_verify(app->db, &bad_id, &n_rows, &found);
    if (r == 0 && bad_id)
        r = error_set(&found, ERR_WRONG_STATE, NULL, "row %lld does not fit the chain",
                      (long long)bad_id);
    check_part(&check, "audit log", r, &found);
    if (check.problems)
        return error_set(e, ERR_WRONG_STATE, NULL, "%u problems", check.problems);
    printf("no problems; %lld rows in the audit log\n", (long long)n_rows);
    return 0;
}

int cli_open_store(struct app *app, const struct app_options *options, bool may_create,
                   struct error *e)
{
    int r = app_init(app, options, may_create, e);

    if (r == 0)
        r = may_create ? migrate(app->db, app->paths.schema, now_realtime_us(), NULL, e)
                       : migrate_check(app->db, app->paths.schema, e);
    if (r < 0)
        app_release(app);
    return r;
}

int cli_become_owner(const char *dir, struct error *e)
{
    char *data = path_join(dir, "data");
    struct stat st;
    int r = data ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    if (r == 0 && geteuid() == 0 && lstat(data, &st) == 0 && S_ISDIR(st.st_mode) &&
        st.st_uid != 0 &&
        (setgroups(0, NULL) < 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) < 0 ||
         setresuid(st.st_uid, st.st_uid, st.st_uid) < 0))
        r = error_set_errno(e, NULL, "cannot become the user that data/ belongs to");
    free(data);
    return r;
}

int cli_run(const struct app_options *options, const struct cli_options *cli, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct app *app, int argc, char **argv, struct error *e);
        bool may_create;
    } commands[] = {
        {"create-admin", command_create_admin, true},
        {"reset-password", command_reset_password, false},
        {"disable-totp", command_disable_totp, false},
        {"sign-in-link", command_sign_in_link, false},
        {"setup-url", command_setup_url, true},
        {"check", command_check, false},
    };
    struct app app = {0};
    struct error e = {0};
    int status = cli_backup_run(options, cli, argc, argv);

    if (status >= 0)
        return status;
    if (strcmp(argv[0], "work-job") == 0 && argc == 2) /* the keeper's child */
        return job_work(options, strtoll(argv[1], NULL, 10));
    for (size_t i = 0; i < LENGTH(commands); i++) {
        int r;

        if (strcmp(commands[i].name, argv[0]) != 0)
            continue;
        r = cli_become_owner(options->dir, &e);
        if (r == 0)
            r = cli_open_store(&app, options, commands[i].may_create, &e);
        if (r < 0)
            return cli_complain(&e);
        r = commands[i].run(&app, argc - 1, argv + 1, &e);
        app_release(&app);
        return r < 0 ? cli_complain(&e) : 0;
    }
    return -1;
}
