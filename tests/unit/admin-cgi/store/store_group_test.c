/* Edits that keep what they do not change, merges, lists. */
#include "tests/unit/admin-cgi/store/store_fixture.h"

#include "admin-cgi/store/group_index.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "admin-cgi/store/store_user.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "common/now.h"

static struct json_object *json(const char *text)
{
    struct json_object *object = NULL;

    assert_int_equal(json_scan_parse(&object, span_str(text), &json_limits_file, NULL), 0);
    return object;
}

static void save(struct fixture *f, const char *group, const char *text)
{
    struct actor actor = fixture_actor();
    struct file_result result;

    assert_int_equal(store_group_save(f->db, group, NULL, span_str(text), &actor, &result, NULL),
                     0);
}

static const char hand_written[] = "{\n"
                                   "    \"users\" : { \"bob\":{\"permissions\":\"op\"} },\n"
                                   "    \"displayName\":   \"Lobby\",\n"
                                   "    \"max-clients\": 10,\n"
                                   "    \"x-note\": [1,  2]\n"
                                   "}\n";

static void test_put_keeps_the_rest(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct json_object *object = json("{\"displayName\": \"Lobby\", \"public\": true,"
                                      " \"description\": \"\", \"autolock\": false}");
    struct file_result result;

    save(f, "g", hand_written);
    assert_int_equal(store_group_put(f->db, "g", NULL, object, &actor, &result, NULL), 0);
    json_object_put(object);
    assert_string_equal(fixture_read(f, "g"),
                        "{\n"
                        "    \"users\" : { \"bob\":{\"permissions\":\"op\"} },\n"
                        "    \"displayName\":   \"Lobby\",\n"
                        "    \"x-note\": [1,  2],\n"
                        "    \"public\": true\n"
                        "}\n");
}

static void test_obsolete_members_are_upgraded(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct json_object *permissions = json("\"present\"");
    struct group_record group;
    struct file_result result;

    save(f, "g",
         "{\"op\": [{\"username\": \"olga\", \"password\": \"pw\"}],"
         " \"presenter\": [{}], \"allow-subgroups\": true}");
    assert_int_equal(
        store_user_set_permissions(f->db, "g", "bob", NULL, permissions, &actor, &result, NULL), 0);
    json_object_put(permissions);
    assert_true(result.created);
    assert_int_equal(store_group_get(f->db, &f->arena, "g", now_realtime_us(), &group, NULL), 0);
    assert_int_equal(group.desc->n_users, 2);
    assert_int_equal(group_desc_user(group.desc, span_str("olga"))->permissions.role, ROLE_OP);
    assert_int_equal(group_desc_user(group.desc, span_str("bob"))->permissions.role, ROLE_PRESENT);
    assert_non_null(group.desc->wildcard);
    assert_null(strstr(fixture_read(f, "g"), "presenter"));
    assert_true(group.desc->auto_subgroups);
}

static void test_users(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct json_object *op = json("\"op\""), *password = json("{\"type\": \"wildcard\"}");
    const struct precondition is_new = {.if_none_match = "*"};
    const struct user_edit rename = {.user = "bob", .to = "a/b \"c\"", .permissions = op};
    struct file_result result;
    struct group_record group;

    save(f, "g", "{}");
    assert_int_equal(
        store_user_set_permissions(f->db, "g", "bob", &is_new, op, &actor, &result, NULL), 0);
    assert_int_equal(
        store_user_set_permissions(f->db, "g", "bob", &is_new, op, &actor, &result, NULL),
        ERR_PRECONDITION);
    assert_int_equal(
        store_user_set_password(f->db, "g", "eve", password, NULL, &actor, &result, NULL),
        ERR_NOT_FOUND);
    assert_int_equal(store_user_set_permissions(f->db, "g", NULL, NULL, op, &actor, &result, NULL),
                     0);
    assert_int_equal(
        store_user_set_password(f->db, "g", NULL, password, NULL, &actor, &result, NULL), 0);
    assert_int_equal(store_user_edit(f->db, "g", &rename, &actor, &result, NULL), 0);
    assert_int_equal(store_group_get(f->db, &f->arena, "g", now_realtime_us(), &group, NULL), 0);
    assert_int_equal(group.desc->n_users, 1);
    assert_string_equal(group.desc->users[0].name, "a/b \"c\"");
    assert_int_equal(group.desc->wildcard->password.type, PASSWORD_WILDCARD);
    assert_int_equal(store_user_delete(f->db, "g", "a/b \"c\"", NULL, &actor, &result, NULL), 0);
    assert_int_equal(store_user_delete(f->db, "g", "a/b \"c\"", NULL, &actor, &result, NULL),
                     ERR_NOT_FOUND);
    assert_int_equal(
        store_user_set_permissions(f->db, "none", "x", NULL, op, &actor, &result, NULL),
        ERR_NOT_FOUND);
    json_object_put(op);
    json_object_put(password);
}

static void test_own_password_must_still_be_there(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct json_object *fresh = json("{\"type\": \"wildcard\"}");
    struct password proved = {.type = PASSWORD_PLAIN, .key = arena_str(&f->arena, "old")};
    struct file_result result;

    save(f, "g", "{\"users\": {\"bob\": {\"password\": \"other\", \"permissions\": \"op\"}}}");
    assert_int_equal(
        store_user_set_password(f->db, "g", "bob", fresh, &proved, &actor, &result, NULL),
        ERR_PRECONDITION);
    json_object_put(fresh);
}

static void test_merge(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct json_object *seven = json("7"), *text = json("\"mine\"");
    const struct member_change other = {"max-clients", seven};
    const struct member_change same = {"description", text};
    const char *conflicts[2];
    struct file_result result;

    save(f, "g", "{\"description\": \"base\", \"max-clients\": 1}");
    save(f, "g", "{\"description\": \"theirs\", \"max-clients\": 1}");
    assert_int_equal(
        store_group_change_members(f->db, "g", 1, &other, 1, &actor, conflicts, &result, NULL), 0);
    assert_string_equal(fixture_read(f, "g"), "{\"description\": \"theirs\", \"max-clients\": 7}");
    assert_int_equal(
        store_group_change_members(f->db, "g", 1, &same, 1, &actor, conflicts, &result, NULL),
        ERR_PRECONDITION);
    assert_string_equal(conflicts[0], "description");
    assert_null(conflicts[1]);
    json_object_put(seven);
    json_object_put(text);
}

static void test_restore(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct file_result result;
    struct group_record group;

    save(f, "g", "{\"description\": \"one\", \"users\": {\"old\": {\"permissions\": \"op\"}}}");
    save(f, "g", "{\"comment\": \"two\", \"users\": {\"new\": {\"permissions\": \"op\"}}}");
    assert_int_equal(store_group_restore(f->db, "g", 1, false, &actor, &result, NULL), 0);
    assert_int_equal(store_group_get(f->db, &f->arena, "g", now_realtime_us(), &group, NULL), 0);
    assert_string_equal(group.desc->description, "one");
    assert_null(group.desc->comment);
    assert_string_equal(group.desc->users[0].name, "new");
    assert_int_equal(store_group_restore(f->db, "g", 1, true, &actor, &result, NULL), 0);
    assert_int_equal(store_group_get(f->db, &f->arena, "g", now_realtime_us(), &group, NULL), 0);
    assert_string_equal(group.desc->users[0].name, "old");
    assert_int_equal(store_group_restore(f->db, "g", 99, true, &actor, &result, NULL),
                     ERR_NOT_FOUND);
}

static void test_automatic_subgroup(void **state)
{
    struct fixture *f = *state;
    struct group_record group;

    save(f, "class", "{\"auto-subgroups\": true, \"description\": \"x\"}");
    assert_int_equal(
        store_group_find(f->db, &f->arena, "class/a/b", now_realtime_us(), &group, NULL), 0);
    assert_true(group.is_inherited);
    assert_int_equal(
        store_group_get(f->db, &f->arena, "class/a/b", now_realtime_us(), &group, NULL),
        ERR_NOT_FOUND);
    save(f, "class/a", "{}");
    assert_int_equal(
        store_group_find(f->db, &f->arena, "class/a/b", now_realtime_us(), &group, NULL),
        ERR_NOT_FOUND);
}

static size_t count(struct fixture *f, struct group_query q, int64_t *total)
{
    struct group_page page;

    if (!q.limit)
        q.limit = 100;
    assert_int_equal(store_group_list(f->db, &f->arena, &q, &page, NULL), 0);
    *total = page.total;
    return page.n_rows;
}

static void test_lists(void **state)
{
    static const struct scope area = {.prefix = "area", .subtree = true, .caps = CAP_VIEW};
    static const struct scope alone = {.prefix = "area", .caps = CAP_VIEW};
    struct fixture *f = *state;
    int64_t total;
    static const struct {
        const char *name;
        struct group_query query;
        size_t want;
    } cases[] = {
        {"all", {.access = -1}, 5},
        {"a word of the description", {.access = -1, .search = "fischer"}, 1},
        {"accents do not matter", {.access = -1, .search = "munchen"}, 1},
        {"a beginning", {.access = -1, .search = "fisch mün"}, 1},
        {"quotes and operators mean nothing", {.access = -1, .search = "\" OR a* NEAR"}, 0},
        {"a user's name", {.access = -1, .user = "vimes"}, 2},
        {"a subtree", {.access = -1, .below = "area"}, 3},
        {"public ones", {.access = -1, .only_public = true}, 1},
        {"open ones", {.access = ACCESS_KIND_OPEN}, 1},
        {"weak passwords", {.access = -1, .only_weak = true}, 1},
        {"problems", {.access = -1, .only_problems = true}, 0},
        {"not open yet", {.access = -1, .state = "not-yet", .at_us = 1780992000 * US_PER_S}, 1},
        {"closed", {.access = -1, .state = "closed", .at_us = 1780992000 * US_PER_S}, 1},
        {"subgroups", {.access = -1, .state = "subgroups"}, 1},
        {"by name", {.access = -1, .names = "[\"zoo\",\"areas\",\"none\"]"}, 2},
        {"not used, and old enough",
         {.access = -1, .unused_but = "[\"zoo\"]", .at_us = INT64_MAX},
         4},
        {"not used, but new", {.access = -1, .unused_but = "[]", .at_us = 1}, 0},
        {"trash", {.access = -1, .only_trashed = true}, 0},
        {"a scope with its subtree", {.access = -1, .scopes = &area, .n_scopes = 1}, 3},
        {"a scope alone", {.access = -1, .scopes = &alone, .n_scopes = 1}, 1},
        {"no scope at all", {.access = -1, .scopes = &alone, .n_scopes = 0}, 0},
    };

    save(f, "area", "{\"users\": {\"vimes\": {\"permissions\": \"op\"}}}");
    save(f, "area/one", "{\"description\": \"Fischer in München\"}");
    save(f, "area/two",
         "{\"users\": {\"vimes\": {\"password\": \"plain\", \"permissions\": \"op\"}}}");
    save(f, "areas",
         "{\"public\": true, \"not-before\": \"2031-01-01T00:00:00Z\", \"auto-subgroups\": true}");
    save(f, "zoo",
         "{\"wildcard-user\": {\"password\": {\"type\": \"wildcard\"}},"
         " \"expires\": \"2020-01-01T00:00:00Z\"}");
    for (size_t i = 0; i < LENGTH(cases); i++) {
        size_t n = count(f, cases[i].query, &total);

        if (n != cases[i].want || total != (int64_t)n)
            fail_msg("%s: %zu rows, total %lld", cases[i].name, n, (long long)total);
    }
}

static void test_tree(void **state)
{
    static const struct scope scope = {.prefix = "a/x", .subtree = true, .caps = CAP_VIEW};
    static const struct {
        const char *parent;
        bool scoped;
        size_t limit;
        const char *want; /* name, "+" for a group, how many are below */
    } cases[] = {
        {"", false, 10, "a+3 a-b+0 a0+0 b-1 "},
        {"", false, 2, "a+3 a-b+0 "},
        {"a", false, 10, "a/x+1 a/y+0 "},
        {"a/x", false, 10, "a/x/1+0 "},
        {"b", false, 10, "b/deep-1 "},
        {"none", false, 10, ""},
        {"", true, 10, "a-2 "},
        {"a", true, 10, "a/x+1 "},
    };
    static const char *const names[] = {"a", "a-b", "a/x", "a/x/1", "a/y", "a0", "b/deep/down"};
    struct fixture *f = *state;

    for (size_t i = 0; i < LENGTH(names); i++)
        save(f, names[i], "{}");
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct group_child *found = NULL;
        const char *text = "";
        size_t n = 0;

        assert_int_equal(store_group_children(f->db, &f->arena, cases[i].parent,
                                              cases[i].scoped ? &scope : NULL, 1, cases[i].limit,
                                              &found, &n, NULL),
                         0);
        for (size_t k = 0; k < n; k++)
            text = arena_printf(&f->arena, "%s%s%s%lld ", text, found[k].name,
                                found[k].is_group ? "+" : "-", (long long)found[k].n_below);
        assert_string_equal(text, cases[i].want);
    }
}

static void test_pages(void **state)
{
    struct fixture *f = *state;
    static const enum group_sort sorts[] = {GROUP_SORT_NAME, GROUP_SORT_CHANGED};

    for (int i = 0; i < 7; i++)
        save(f, arena_printf(&f->arena, "g%d", i), "{}");
    for (size_t s = 0; s < 4; s++) {
        struct group_query q = {
            .access = -1, .limit = 3, .sort = sorts[s / 2], .descending = s % 2 == 1};
        size_t seen = 0;

        for (unsigned pages = 0; pages < 3; pages++) {
            struct group_page page;

            assert_int_equal(store_group_list(f->db, &f->arena, &q, &page, NULL), 0);
            for (size_t i = 0; i < page.n_rows; i++, seen++) {
                size_t number = q.descending ? 6 - seen : seen;

                assert_string_equal(page.rows[i].name, arena_printf(&f->arena, "g%zu", number));
            }
            assert_int_equal(page.total, 7);
            assert_int_equal(page.next != NULL, pages < 2);
            q.after = page.next;
        }
        assert_int_equal(seen, 7);
    }
}

static void test_bad_cursor(void **state)
{
    struct fixture *f = *state;
    struct group_query q = {.access = -1, .limit = 3, .after = "%%%"};
    struct group_page page;

    assert_int_equal(store_group_list(f->db, &f->arena, &q, &page, NULL), ERR_INVALID);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_put_keeps_the_rest),
        CASE(test_obsolete_members_are_upgraded),
        CASE(test_users),
        CASE(test_own_password_must_still_be_there),
        CASE(test_merge),
        CASE(test_restore),
        CASE(test_automatic_subgroup),
        CASE(test_lists),
        CASE(test_tree),
        CASE(test_pages),
        CASE(test_bad_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
