#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/group/admission.h"

/* Somebody who fails every rule, and is let through them one by one: the order of
 * docs/PROTOCOL.md. */
static void test_order(void **state)
{
    struct admission_case c = {
        .is_draining = true,
        .is_banned = true,
        .is_locked = true,
        .has_not_before = true,
        .not_before_us = 2000,
        .has_expires = true,
        .expires_us = 500,
        .wall_us = 1000,
        .autokick = true,
        .max_clients = 3,
        .n_members = 3,
        .members_max = 3,
        .n_members_server = 5,
        .server_members_max = 10,
        .id_len = 0,
        .id_is_taken = true,
    };

    (void)state;
    assert_int_equal(admission_decide(&c), REFUSE_DRAINING);
    c.is_draining = false;
    assert_int_equal(admission_decide(&c), REFUSE_BANNED);
    c.is_banned = false;
    assert_int_equal(admission_decide(&c), REFUSE_LOCKED);
    c.is_locked = false;
    assert_int_equal(admission_decide(&c), REFUSE_NOT_OPEN_YET);
    c.has_not_before = false;
    assert_int_equal(admission_decide(&c), REFUSE_CLOSED);
    c.has_expires = false;
    assert_int_equal(admission_decide(&c), REFUSE_NO_OPERATOR);
    c.has_operator = true;
    assert_int_equal(admission_decide(&c), REFUSE_FULL);
    c.max_clients = 0;
    assert_int_equal(admission_decide(&c), REFUSE_ID);
    c.id_len = CLIENT_ID_MAX + 1;
    assert_int_equal(admission_decide(&c), REFUSE_ID);
    c.id_len = CLIENT_ID_MAX;
    assert_int_equal(admission_decide(&c), REFUSE_DUPLICATE_ID);
    c.id_is_taken = false;
    assert_int_equal(admission_decide(&c), REFUSE_SERVER_FULL);
    c.members_max = 4;
    assert_int_equal(admission_decide(&c), ADMIT);
    c.server_members_max = 5;
    assert_int_equal(admission_decide(&c), REFUSE_SERVER_FULL);
}

static void test_rules(void **state)
{
    static const struct admission_case fine = {
        .id_len = 1, .members_max = 100, .server_members_max = 100, .wall_us = 1000};
    static const struct {
        const char *name;
        struct admission_case c;
        enum admission want;
    } rows[] = {
        {"an operator stays out of a server that is drained",
         {.is_op = true, .is_draining = true},
         REFUSE_DRAINING},
        {"who is inside comes back to it", {.is_resuming = true, .is_draining = true}, ADMIT},
        {"so does who was lost a moment ago", {.has_place = true, .is_draining = true}, ADMIT},
        {"an operator passes a lock", {.is_op = true, .is_locked = true}, ADMIT},
        {"an operator passes opening time",
         {.is_op = true, .has_not_before = true, .not_before_us = 2000},
         ADMIT},
        {"an operator passes a full group",
         {.is_op = true, .max_clients = 1, .n_members = 1},
         ADMIT},
        {"an operator passes autokick", {.is_op = true, .autokick = true}, ADMIT},
        {"an operator with a taken id does not pass",
         {.is_op = true, .id_is_taken = true},
         REFUSE_DUPLICATE_ID},
        {"at opening time", {.has_not_before = true, .not_before_us = 1000}, ADMIT},
        {"at closing time", {.has_expires = true, .expires_us = 1000}, ADMIT},
        {"after closing time", {.has_expires = true, .expires_us = 999}, REFUSE_CLOSED},
        {"the last place", {.max_clients = 2, .n_members = 1}, ADMIT},
        {"no place", {.max_clients = 2, .n_members = 2}, REFUSE_FULL},
        {"max-clients 0 is no limit", {.n_members = 50}, ADMIT},
        {"who resumes passes a lock", {.is_resuming = true, .is_locked = true}, ADMIT},
        {"who was inside passes a lock", {.has_place = true, .is_locked = true}, ADMIT},
        {"who was inside does not pass a ban",
         {.has_place = true, .is_locked = true, .is_banned = true},
         REFUSE_BANNED},
        {"who was inside does not pass when it is full",
         {.has_place = true, .max_clients = 2, .n_members = 2},
         REFUSE_FULL},
        {"who resumes may use the old id", {.is_resuming = true, .id_is_taken = true}, ADMIT},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct admission_case c = rows[i].c;

        c.id_len = fine.id_len;
        c.members_max = fine.members_max;
        c.server_members_max = fine.server_members_max;
        c.wall_us = fine.wall_us;
        if (admission_decide(&c) != rows[i].want)
            fail_msg("%s: %d", rows[i].name, (int)admission_decide(&c));
    }
}

static void test_words(void **state)
{
    (void)state;
    for (int a = ADMIT + 1; a <= REFUSE_SERVER_FULL; a++) {
        assert_non_null(admission_error((enum admission)a));
        assert_non_null(admission_text((enum admission)a));
    }
    assert_string_equal(admission_text(REFUSE_FULL), "too many users");
    assert_null(admission_error(ADMIT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
