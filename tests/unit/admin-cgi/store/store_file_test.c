/* Saving, importing and rolling forward: WEB-24 to WEB-31. */
#include "tests/unit/admin-cgi/store/store_fixture.h"

#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_file_care.h"
#include "admin-cgi/store/store_file_row.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_user.h"
#include "admin-cgi/store/store_version.h"

static struct file_state look(struct fixture *f, const char *group)
{
    struct file_state s;

    assert_int_equal(
        store_file_get(f->db, &f->arena, FILE_GROUP, group, now_realtime_us(), &s, NULL), 0);
    return s;
}

static int save(struct fixture *f, const char *group, const char *text, struct file_result *out)
{
    struct actor actor = fixture_actor();
    struct file_result result;

    return store_group_save(f->db, group, NULL, span_str(text), &actor, out ? out : &result, NULL);
}

static size_t count_versions(struct fixture *f, int64_t file_id)
{
    struct version *list;
    size_t n;

    assert_int_equal(store_version_list(f->db, &f->arena, file_id, 0, 100, &list, &n, NULL), 0);
    return n;
}

static size_t count_problems(struct fixture *f)
{
    struct file_problem *list;
    size_t n;

    assert_int_equal(store_problem_list(f->db, &f->arena, &list, &n, NULL), 0);
    return n;
}

static void test_save_writes_both(void **state)
{
    struct fixture *f = *state;
    struct file_result first, second;
    struct file_state s;

    assert_int_equal(save(f, "a/b", "{\"description\": \"one\"}", &first), 0);
    assert_true(first.created);
    assert_string_equal(fixture_read(f, "a/b"), "{\"description\": \"one\"}");
    assert_int_equal(save(f, "a/b", "{\"description\": \"two\"}", &second), 0);
    assert_false(second.created);
    assert_string_not_equal(first.etag, second.etag);
    s = look(f, "a/b");
    assert_int_equal(s.status, FILE_OK);
    assert_string_equal(s.etag, second.etag);
    assert_int_equal(s.head_seq, 2);
    assert_true(span_eq_str(s.text, "{\"description\": \"two\"}"));
    assert_int_equal(count_versions(f, s.id), 2);
}

static void test_same_text_is_no_change(void **state)
{
    struct fixture *f = *state;
    struct file_result again;

    assert_int_equal(save(f, "g", "{}", NULL), 0);
    assert_int_equal(save(f, "g", "{}", &again), 0);
    assert_false(again.changed);
    assert_int_equal(look(f, "g").head_seq, 1);
}

static void test_invalid_text_changes_nothing(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(save(f, "g", "{\"description\": \"good\"}", NULL), 0);
    assert_int_equal(save(f, "g", "{\"max-clients\": \"many\"}", NULL), ERR_INVALID);
    assert_int_equal(save(f, "g", "{", NULL), ERR_SYNTAX);
    assert_int_equal(save(f, "new", "{", NULL), ERR_SYNTAX);
    assert_string_equal(fixture_read(f, "g"), "{\"description\": \"good\"}");
    assert_int_equal(look(f, "new").status, FILE_ABSENT);
    assert_null(fixture_read(f, "new"));
}

static void test_hand_edit_is_imported(void **state)
{
    struct fixture *f = *state;
    struct file_state s;

    assert_int_equal(save(f, "g", "{\"description\": \"ours\"}", NULL), 0);
    fixture_write(f, "g", "{\"description\": \"theirs\"}");
    s = look(f, "g");
    assert_true(span_eq_str(s.text, "{\"description\": \"theirs\"}"));
    assert_int_equal(count_versions(f, s.id), 2);
    fixture_write(f, "new", "{ \"public\": true }");
    assert_int_equal(look(f, "new").status, FILE_OK);
}

static void test_hand_edit_stops_a_conditional_save(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct file_result result;
    struct precondition condition = {0};

    assert_int_equal(save(f, "g", "{}", &result), 0);
    condition.if_match = arena_str(&f->arena, result.etag);
    fixture_write(f, "g", "{\"comment\": \"by hand\"}");
    assert_int_equal(store_group_save(f->db, "g", &condition, span_str("{\"comment\": \"lost\"}"),
                                      &actor, &result, NULL),
                     ERR_PRECONDITION);
    assert_string_equal(fixture_read(f, "g"), "{\"comment\": \"by hand\"}");
    /* The edit is in the history all the same. */
    assert_int_equal(count_versions(f, look(f, "g").id), 2);
}

static void test_broken_file_is_kept_and_not_overwritten(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct json_object *permissions = json_object_new_string("op");
    struct file_result result;
    struct file_state s;
    struct error e = {0};

    assert_int_equal(save(f, "g", "{\"description\": \"good\"}", NULL), 0);
    fixture_write(f, "g", "{\n  \"description\": \"good\",\n  oops\n}\n");
    s = look(f, "g");
    assert_int_equal(s.status, FILE_BROKEN);
    assert_int_equal(s.problem_line, 3);
    assert_true(span_eq_str(s.text, "{\"description\": \"good\"}")); /* the last good one */
    assert_int_equal(count_problems(f), 1);
    assert_int_equal(
        store_user_set_permissions(f->db, "g", "bob", NULL, permissions, &actor, &result, &e),
        ERR_WRONG_STATE);
    assert_non_null(strstr(e.text, "line 3"));
    json_object_put(permissions);
    /* A person decides: the broken bytes become a version. */
    assert_int_equal(save(f, "g", "{\"description\": \"mended\"}", NULL), 0);
    s = look(f, "g");
    assert_int_equal(s.status, FILE_OK);
    assert_int_equal(count_versions(f, s.id), 3);
    assert_int_equal(count_problems(f), 0);
}

static void test_file_under_a_pen_is_left_alone(void **state)
{
    struct fixture *f = *state;
    char *path = fixture_path(f, "g");
    FILE *file;

    assert_int_equal(save(f, "g", "{\"description\": \"good\"}", NULL), 0);
    file = fopen(path, "w"); /* truncated a moment ago, and not written yet */
    assert_non_null(file);
    assert_int_equal(look(f, "g").status, FILE_OK);
    assert_int_equal(save(f, "g", "{}", NULL), ERR_BUSY);
    assert_true(fputs("{\"description\": \"done\"}", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_true(span_eq_str(look(f, "g").text, "{\"description\": \"done\"}"));
}

static void test_vanished_file(void **state)
{
    struct fixture *f = *state;
    struct file_state s;

    assert_int_equal(save(f, "g", "{\"description\": \"one\"}", NULL), 0);
    assert_int_equal(unlink(fixture_path(f, "g")), 0);
    s = look(f, "g");
    assert_false(file_exists(&s));
    assert_true(s.is_vanished);
    assert_int_equal(store_file_trash_vanished(f->db, FILE_GROUP, "g", now_realtime_us(), NULL), 1);
    assert_int_equal(look(f, "g").status, FILE_TRASHED);
    /* It comes back, as the same file with its history. */
    fixture_write(f, "g", "{\"description\": \"two\"}");
    s = look(f, "g");
    assert_int_equal(s.status, FILE_OK);
    assert_int_equal(count_versions(f, s.id), 2);
    assert_int_equal(store_file_trash_vanished(f->db, FILE_GROUP, "g", now_realtime_us(), NULL), 0);
}

static void test_delete_and_undelete(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct file_result result;

    assert_int_equal(save(f, "g", "{\"description\": \"one\"}", NULL), 0);
    assert_int_equal(store_group_delete(f->db, "g", NULL, &actor, &result, NULL), 0);
    assert_null(fixture_read(f, "g"));
    assert_int_equal(store_group_delete(f->db, "g", NULL, &actor, &result, NULL), ERR_NOT_FOUND);
    assert_int_equal(store_group_undelete(f->db, "g", &actor, &result, NULL), 0);
    assert_string_equal(fixture_read(f, "g"), "{\"description\": \"one\"}");
    assert_int_equal(store_group_undelete(f->db, "g", &actor, &result, NULL), ERR_EXISTS);
}

static void test_rename_by_hand_keeps_the_history(void **state)
{
    struct fixture *f = *state;
    char *from, *to;
    struct file_state s;

    assert_int_equal(save(f, "old", "{\"description\": \"one\"}", NULL), 0);
    assert_int_equal(save(f, "old", "{\"description\": \"two\"}", NULL), 0);
    from = fixture_path(f, "old");
    to = fixture_path(f, "new");
    assert_int_equal(rename(from, to), 0);
    s = look(f, "new");
    assert_int_equal(s.status, FILE_OK);
    assert_int_equal(count_versions(f, s.id), 2);
    assert_int_equal(look(f, "old").status, FILE_ABSENT);
}

/* The state that a crash leaves between commit and exchange. */
static void make_pending(struct fixture *f, const char *group, const char *body)
{
    struct file_row row;
    char sha256[SHA256_HEX_SIZE];
    struct actor actor = fixture_actor();
    struct version_new v = {
        .source = "edit", .sha256 = sha256, .body = span_str(body), .at_us = actor.now_us};
    int64_t id;

    sha256_hex(v.body, sha256);
    assert_int_equal(db_begin(f->db, NULL), 0);
    assert_int_equal(file_row_find(f->db, &f->arena, FILE_GROUP, group, &row, NULL), 0);
    v.file_id = row.id;
    v.parent = row.head_id;
    assert_int_equal(version_add(f->db, &v, &actor, &id, NULL, NULL), 0);
    assert_int_equal(file_row_set_head(f->db, &row, id, true, NULL), 0);
    assert_int_equal(db_commit(f->db, NULL), 0);
}

static void test_crash_after_commit_is_rolled_forward(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(save(f, "g", "{\"description\": \"old\"}", NULL), 0);
    make_pending(f, "g", "{\"description\": \"new\"}");
    fixture_reopen(f);
    assert_true(span_eq_str(look(f, "g").text, "{\"description\": \"new\"}"));
    assert_string_equal(fixture_read(f, "g"), "{\"description\": \"new\"}");
}

static void test_hand_edit_wins_over_a_pending_export(void **state)
{
    struct fixture *f = *state;
    struct file_state s;

    assert_int_equal(save(f, "g", "{\"description\": \"old\"}", NULL), 0);
    make_pending(f, "g", "{\"description\": \"new\"}");
    fixture_write(f, "g", "{\"description\": \"by hand\"}");
    s = look(f, "g");
    assert_true(span_eq_str(s.text, "{\"description\": \"by hand\"}"));
    assert_int_equal(count_versions(f, s.id), 3); /* the one that lost is kept, */
    assert_int_equal(count_problems(f), 1);       /* and shown */
}

static void test_leftovers_are_swept(void **state)
{
    struct fixture *f = *state;
    char *known, *unknown, *orphan;
    struct file_state s;
    int64_t later = now_realtime_us() + 60 * US_PER_S;

    assert_int_equal(save(f, "g", "{\"description\": \"one\"}", NULL), 0);
    s = look(f, "g");
    known = arena_printf(&f->arena, ".tmp-%lld-aaaaaaaa", (long long)s.id);
    unknown = arena_printf(&f->arena, ".tmp-%lld-bbbbbbbb", (long long)s.id);
    orphan = arena_printf(&f->arena, ".tmp-999-cccccccc");
    fixture_write(f, known, "{\"description\": \"one\"}");
    fixture_write(f, unknown, "{\"description\": \"never seen\"}");
    fixture_write(f, orphan, "{}");
    /* fixture_write() adds .json: the names here have none */
    for (unsigned i = 0; i < 3; i++) {
        const char *name = i == 0 ? known : i == 1 ? unknown : orphan;

        assert_int_equal(
            rename(fixture_path(f, name), arena_printf(&f->arena, "%s/%s", f->groups, name)), 0);
    }
    assert_int_equal(store_file_sweep(f->db, later, NULL), 0);
    for (unsigned i = 0; i < 3; i++) {
        const char *name = i == 0 ? known : i == 1 ? unknown : orphan;

        assert_int_not_equal(access(arena_printf(&f->arena, "%s/%s", f->groups, name), F_OK), 0);
    }
    assert_int_equal(count_versions(f, s.id), 2);
}

static void test_links_are_read_only(void **state)
{
    struct fixture *f = *state;
    struct file_state s;

    assert_int_equal(save(f, "g", "{\"description\": \"one\"}", NULL), 0);
    assert_int_equal(symlink(fixture_path(f, "g"), fixture_path(f, "alias")), 0);
    s = look(f, "alias");
    assert_int_equal(s.status, FILE_READONLY);
    assert_true(span_eq_str(s.text, "{\"description\": \"one\"}"));
    assert_int_equal(save(f, "alias", "{}", NULL), ERR_WRONG_STATE);
    assert_string_equal(fixture_read(f, "g"), "{\"description\": \"one\"}");
}

static void test_form_changes_once(void **state)
{
    struct fixture *f = *state;
    struct actor actor = fixture_actor();
    struct file_result result;

    actor.form_id = "0123456789abcdef";
    actor.form_url = "/admin/groups/g/";
    assert_int_equal(store_group_save(f->db, "g", NULL, span_str("{}"), &actor, &result, NULL), 0);
    assert_int_equal(
        store_group_save(f->db, "g", NULL, span_str("{\"public\": true}"), &actor, &result, NULL),
        ERR_EXISTS);
    assert_string_equal(fixture_read(f, "g"), "{}");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_save_writes_both),
        CASE(test_same_text_is_no_change),
        CASE(test_invalid_text_changes_nothing),
        CASE(test_hand_edit_is_imported),
        CASE(test_hand_edit_stops_a_conditional_save),
        CASE(test_broken_file_is_kept_and_not_overwritten),
        CASE(test_file_under_a_pen_is_left_alone),
        CASE(test_vanished_file),
        CASE(test_delete_and_undelete),
        CASE(test_rename_by_hand_keeps_the_history),
        CASE(test_crash_after_commit_is_rolled_forward),
        CASE(test_hand_edit_wins_over_a_pending_export),
        CASE(test_leftovers_are_swept),
        CASE(test_links_are_read_only),
        CASE(test_form_changes_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
