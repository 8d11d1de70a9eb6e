#include "admin-cgi/handlers/page_users_many.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/user_csv.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/group_name.h"
#include "common/macros.h"

#define NAMES_MAX 50
#define PASSWORD_PARTS 4
#define PART_LEN 4
#define PASSWORD_SIZE (PASSWORD_PARTS * (PART_LEN + 1))

static const struct {
    const char *word, *label;
} roles[] = {{"present", TEXT("Present")},
             {"message", TEXT("Chat")},
             {"observe", TEXT("Watch")},
             {"op", TEXT("Operator")}};

/** One line: `name[,password[,permissions]]`. */
struct new_user {
    const char *name;
    const char *typed; /* the password of the line; "": one is made */
    const char *role;
    char made[PASSWORD_SIZE];
};

static void show(struct response *res, struct app *app, struct form_view *v,
                 const struct form *form)
{
    struct json_object *list = page_list(v->page, "roles");

    for (size_t i = 0; i < LENGTH(roles); i++)
        form_option(list, roles[i].word, say(page_arena(v->page), roles[i].label), NULL,
                    form ? form_text(form, "role") : roles[0].word);
    page_text(v->page, "names", form ? form_text(form, "names") : "");
    page_send(res, app, form_view_has_problems(v) ? 422 : 200, "users_many", v->page);
}

void page_users_many(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct form_view v = {0};

    if (!group_view_load_clean(req, res, app, &group))
        return;
    v.page = group_view_page(req, res, app, &group, "users", "Several users");
    show(res, app, &v, NULL);
}

/* Of 32 characters that nobody confuses, in parts that can be read out: 80 bits. */
static int make_password(char out[PASSWORD_SIZE])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    uint8_t random[PASSWORD_PARTS * PART_LEN];
    char *to = out;

    static_assert(sizeof letters == 33, "five bits choose a letter");
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return ERR_IO;
    for (size_t i = 0; i < sizeof random; i++) {
        if (i && i % PART_LEN == 0)
            *to++ = '-';
        *to++ = letters[random[i] % 32];
    }
    *to = '\0';
    return 0;
}

/* Also of those that the form does not offer to all. */
static bool is_role(const char *word)
{
    enum permission_role ignored;

    return permission_role_find(&ignored, word);
}

/* @param problem a sentence, in the language of the page */
static void line_problem(struct form_view *v, int line, const char *problem)
{
    struct arena *a = page_arena(v->page);

    form_view_problem(v, "names", "%s",
                      say_with(a, "Line {line}: {problem}", "line", arena_printf(a, "%d", line),
                               "problem", problem, NULL));
}

/* The parts of a line behind the name. */
static void read_rest(struct request *req, struct form_view *v, const struct form *form,
                      struct span rest, int line, struct new_user *user)
{
    struct span password = {0}, role = {0};

    span_split(&rest, ',', &password);
    span_split(&rest, ',', &role);
    user->typed = arena_dup(req->arena, span_trim(password));
    role = span_trim(role);
    user->role = role.len ? arena_dup(req->arena, role) : form_text(form, "role");
    if (rest.len || (role.len && !is_role(user->role)))
        line_problem(v, line,
                     say(req->arena, "Write the name, a password or nothing, and permissions such "
                                     "as present or op."));
}

/* @param n of the users before this one */
static void check_name(struct request *req, struct form_view *v, const struct group_desc *desc,
                       const struct new_user *users, size_t n, int line)
{
    struct span name = span_str(users[n].name);
    struct error e = {0};
    const char *problem = NULL;

    /* A description may have such a user, who is who comes in without a name. */
    if (!name.len)
        problem = say(req->arena, "The name is missing.");
    else if (user_name_check(name, &e) < 0)
        problem = say_with(req->arena, "This cannot be a user name: {reason}.", "reason",
                           say_reported(req->arena, e.text), NULL);
    else if (group_desc_user(desc, name))
        problem = say_with(req->arena, "{name} is a user already.", "name", users[n].name, NULL);
    for (size_t i = 0; i < n && !problem; i++) {
        if (span_eq_str(name, users[i].name))
            problem = say_with(req->arena, "{name} is there twice.", "name", users[n].name, NULL);
    }
    if (problem)
        line_problem(v, line, problem);
}

/* One name a line. Problems are noted, those of all lines at once. */
static size_t read_names(struct request *req, struct form_view *v, const struct form *form,
                         const struct group_desc *desc, struct new_user *users)
{
    struct span rest = span_str(form_text(form, "names")), line;
    size_t n = 0;

    for (int number = 1; span_split(&rest, '\n', &line); number++) {
        struct span name = {0};

        if (!span_trim(line).len)
            continue;
        if (n == NAMES_MAX) {
            form_view_problem(v, "names", "At most %d names at once.", NAMES_MAX);
            break;
        }
        span_split(&line, ',', &name);
        users[n].name = arena_dup(req->arena, span_trim(name));
        read_rest(req, v, form, line, number, &users[n]);
        check_name(req, v, desc, users, n++, number);
    }
    if (!n)
        form_view_problem(v, "names", "Write one name a line.");
    /* Beside the field stands the first one; all are at the top. */
    if (form_view_problem_of(v, "names"))
        page_text(v->page, "names_error", form_view_problem_of(v, "names"));
    return n;
}

/* The users as a table that is read as any other one. */
static int make(struct request *req, struct app *app, struct new_user *users, size_t n,
                const char *group, const struct actor *actor, struct error *e)
{
    struct json_object *problems = arena_json(req->arena, json_object_new_array());
    struct batch_result result;
    struct user_csv csv;
    struct buf text = {0};
    int r = 0;

    buf_add_str(&text, "user,permissions,password\r\n");
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = users[i].typed[0] ? 0 : make_password(users[i].made);
        csv_add(&text, span_str(users[i].name), true);
        csv_add(&text, span_str(users[i].role), false);
        csv_add(&text, span_str(users[i].typed[0] ? users[i].typed : users[i].made), false);
        csv_end(&text);
    }
    if (r == 0)
        r = buf_check(&text);
    if (r == 0) {
        user_csv_read(req, app, buf_str(&text), group, problems, &csv);
        r = csv.table.n_problems || csv.n_users != n
                ? error_set(e, ERR_INVALID, NULL, "the names cannot be taken")
                : user_csv_hash(req, app, &csv, e);
    }
    if (r == 0)
        r = store_batch(app->db, csv.edits, csv.n, actor, true, &result, e);
    buf_wipe(&text);
    return r;
}

static void show_passwords(struct response *res, struct app *app, struct json_object *page,
                           const struct new_user *users, size_t n)
{
    struct json_object *list = page_list(page, "made");

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = page_row(list);

        page_text(row, "name", users[i].name);
        page_text(row, "password", users[i].typed[0] ? users[i].typed : users[i].made);
    }
    page_flag(page, "is_made", true);
    page_send(res, app, 200, "users_many", page);
}

/* Shows which users would be made, and what becomes of each line; nothing is changed. */
static void preview(struct response *res, struct app *app, struct json_object *page,
                    const struct form *form, const struct new_user *users, size_t n)
{
    struct json_object *list = page_list(page, "lines");

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = page_row(list);

        page_text(row, "name", users[i].name);
        page_text(row, "may", users[i].role);
        page_flag(row, "is_typed", users[i].typed[0] != 0);
    }
    page_flag(page, "is_preview", true);
    page_number(page, "n_users", (int64_t)n);
    page_text(page, "names", form_text(form, "names"));
    page_text(page, "role", form_text(form, "role"));
    page_send(res, app, 200, "users_many", page);
}

void page_users_many_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"names", "role", "apply", NULL};
    struct new_user *users = arena_array(req->arena, NAMES_MAX + 1, sizeof *users);
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct group_record group;
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    size_t n;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !group_view_load_clean(req, res, app, &group) ||
        (form_has(&form, "apply") &&
         form_was_used(req, res, app, &form, &actor,
                       page_group_path(req->arena, group.file.name, ".users/"))))
        return;
    v.page = group_view_page(req, res, app, &group, "users", "Several users");
    n = users ? read_names(req, &v, &form, group.desc, users) : 0;
    if (!is_role(form_text(&form, "role")))
        form_view_problem(&v, "role", "Choose what they may do.");
    if (form_view_has_problems(&v)) {
        page_text(v.page, "title", say(req->arena, "Error: several users"));
        show(res, app, &v, &form);
        return;
    }
    if (!form_has(&form, "apply")) {
        preview(res, app, v.page, &form, users, n);
        return;
    }
    r = make(req, app, users, n, group.file.name, &actor, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        show_passwords(res, app, v.page, users, n);
    if (users)
        explicit_bzero(users, (NAMES_MAX + 1) * sizeof *users);
}
