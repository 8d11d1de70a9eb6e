/* When users last came in: of which names it is kept, and what becomes of it. */
#include "tests/unit/admin-cgi/store/store_fixture.h"

#include "admin-cgi/join_watch.h"
#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_user_join.h"
#include "common/macros.h"

static int64_t make(struct fixture *f, const char *name, const char *text)
{
    const struct actor actor = {.kind = ACTOR_CONSOLE, .name = "root", .now_us = now_realtime_us()};
    struct group_record group;
    struct file_result result;
    struct error e = {0};

    if (store_group_save(f->db, name, NULL, span_str(text), &actor, &result, &e) < 0 ||
        store_group_get(f->db, &f->arena, name, now_realtime_us(), &group, &e) < 0)
        fail_msg("%s: %s", name, e.text);
    return group.file.id;
}

static void come(struct fixture *f, const char *group, const char *user, int64_t at_us)
{
    const struct user_join join = {group, user, at_us};
    struct error e = {0};

    if (store_user_join_add(f->db, &join, 1, &e) < 0)
        fail_msg("%s", e.text);
}

/* "ada 7, bob 8" */
static const char *said(struct fixture *f, int64_t file_id)
{
    struct user_join *rows = NULL;
    const char *text = "";
    struct error e = {0};
    size_t n = 0;

    assert_int_equal(store_user_join_list(f->db, &f->arena, file_id, &rows, &n, &e), 0);
    for (size_t i = 0; i < n; i++)
        text = arena_printf(&f->arena, "%s%s%s %d", text, i ? ", " : "", rows[i].user,
                            (int)rows[i].at_us);
    return text;
}

static void test_named_users_are_noted(void **state)
{
    struct fixture *f = *state;
    int64_t choir =
        make(f, "choir", "{\"users\": {\"ada\": {}, \"bob\": {}}, \"wildcard-user\": {}}");
    int64_t alto = make(f, "choir/alto", "{\"users\": {\"ada\": {}}}");
    int64_t since_us = 0;
    struct error e = {0};

    come(f, "choir", "bob", 8);
    come(f, "choir", "mallory", 9);          /* a name that somebody made up */
    come(f, "choir/tenors/first", "ada", 7); /* a subgroup without a file */
    come(f, "choir/alto", "ada", 5);
    come(f, "choir/alto", "bob", 6); /* is no user there */
    come(f, "nowhere/at/all", "ada", 10);
    assert_string_equal(said(f, choir), "ada 7, bob 8");
    assert_string_equal(said(f, alto), "ada 5");
    come(f, "choir", "bob", 4);
    assert_string_equal(said(f, choir), "ada 7, bob 8"); /* the later time stays */
    come(f, "choir", "bob", 11);
    assert_string_equal(said(f, choir), "ada 7, bob 11");
    assert_int_equal(store_user_join_since(f->db, &since_us, &e), 0);
    assert_true(since_us > 0 && since_us <= now_realtime_us());
}

static void test_users_who_are_gone_are_forgotten(void **state)
{
    struct fixture *f = *state;
    int64_t choir = make(f, "choir", "{\"users\": {\"ada\": {}, \"bob\": {}}}");
    struct error e = {0};

    come(f, "choir", "ada", 1);
    come(f, "choir", "bob", 2);
    make(f, "choir", "{\"users\": {\"bob\": {}}}");
    assert_int_equal(store_user_join_purge(f->db, &e), 0);
    assert_string_equal(said(f, choir), "bob 2");
}

static void test_who_is_new(void **state)
{
    static const struct {
        const char *name;
        int64_t until_us;
        const char *newcomers;
    } cases[] = {
        {"all at first", 0, "ada bob eve"},
        {"later ones", INT64_C(1796000001000000), "bob eve"},
        {"nobody", INT64_C(1796000003000000), ""},
    };
    struct fixture *f = *state;
    struct json_object *groups = json_tokener_parse(
        "[{\"name\": \"choir\", \"clients\": ["
        "{\"username\": \"ada\", \"kind\": \"client\", \"joined\": \"2026-11-30T00:53:21Z\"},"
        "{\"username\": \"bob\", \"kind\": \"client\", \"joined\": \"2026-11-30T00:53:22Z\"},"
        "{\"username\": \"cam\", \"kind\": \"whip\", \"joined\": \"2026-11-30T00:53:22Z\"},"
        "{\"username\": \"\", \"kind\": \"client\", \"joined\": \"2026-11-30T00:53:22Z\"},"
        "{\"username\": \"dan\", \"kind\": \"client\", \"joined\": \"yesterday\"}]},"
        "{\"name\": \"lab\"}, {\"name\": \"hall\", \"clients\": ["
        "{\"username\": \"eve\", \"kind\": \"client\", \"joined\": \"2026-11-30T00:53:23Z\"}]}]");

    assert_non_null(groups);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct join_watch w = {.until_us = cases[i].until_us};
        int64_t newest_us = w.until_us;
        struct user_join *joins = NULL;
        size_t n = join_watch_new(&w, groups, &f->arena, &joins, &newest_us);
        const char *text = "";

        for (size_t j = 0; j < n; j++)
            text = arena_printf(&f->arena, "%s%s%s", text, j ? " " : "", joins[j].user);
        if (strcmp(text, cases[i].newcomers) != 0)
            fail_msg("%s: %s", cases[i].name, text);
        assert_int_equal(newest_us, INT64_C(1796000003000000));
    }
    json_object_put(groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_named_users_are_noted, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_users_who_are_gone_are_forgotten, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_who_is_new, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
