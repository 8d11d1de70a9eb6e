/* Which worker gets a connection: rows are connections that come one after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/placement.h"

enum { WORKERS = 3, ROWS_MAX = 16, BUSY = PLACEMENT_BUSY_PERMILLE };

struct row {
    const char *name;
    unsigned busy_permille[WORKERS];
    const char *group;
    uint64_t client_id;
    bool is_up;
    unsigned want;
};

/* Each connection is placed while those of the rows above it live. */
static void check_rows(const struct row *rows, size_t n)
{
    struct placement p;
    struct placed placed[ROWS_MAX];

    assert_true(n <= ROWS_MAX);
    assert_int_equal(0, placement_init(&p, WORKERS));
    for (size_t i = 0; i < n; i++) {
        const struct placement_request request = {
            .group = rows[i].group, .client_id = rows[i].client_id, .is_up = rows[i].is_up};

        print_message("row: %s\n", rows[i].name);
        assert_int_equal(0, placement_add(&p, &request, rows[i].busy_permille, &placed[i]));
        assert_int_equal(rows[i].want, placed[i].worker);
    }
    for (size_t i = 0; i < n; i++)
        placement_remove(&p, &placed[i]);
    for (size_t i = 0; i < WORKERS; i++)
        assert_int_equal(0, p.n_connections[i]);
    assert_null(list_first(&p.groups));
    assert_null(fixed_table_any(&p.clients));
    placement_release(&p);
}

static void test_groups(void **state)
{
    static const struct row rows[] = {
        {"first group, idle workers", {0}, "a", 1, true, 0},
        {"its second publisher", {0}, "a", 2, true, 0},
        {"its receiver", {0}, "a", 3, false, 0},
        {"second group: fewest connections", {0}, "b", 4, true, 1},
        {"third group", {0}, "c", 5, true, 2},
        {"fourth group: the first with one connection", {0}, "d", 6, true, 1},
        {"fifth group: the least busy", {0, 300, 100}, "e", 7, false, 0},
        {"sixth group: the less busy of two", {500, 300, 100}, "f", 8, false, 2},
        {"seventh group: less than a tenth apart counts as equal",
         {199, 101, 120},
         "g",
         9,
         false,
         1},
    };

    (void)state;
    check_rows(rows, LENGTH(rows));
}

static void test_busy_group(void **state)
{
    static const struct row rows[] = {
        {"a publisher", {0}, "a", 1, true, 0},
        {"a receiver just below", {BUSY - 1, 0, 0}, "a", 2, false, 0},
        {"a receiver of the busy group", {BUSY, 100, 0}, "a", 3, false, 2},
        {"a publisher of the busy group", {BUSY, 100, 0}, "a", 4, true, 0},
        {"all are busy: the least", {900, 700, 800}, "a", 5, false, 1},
    };

    (void)state;
    check_rows(rows, LENGTH(rows));
}

static void test_clients(void **state)
{
    static const struct row rows[] = {
        {"anna publishes", {0}, "a", 1, true, 0},
        {"bert receives", {BUSY, 0, 100}, "a", 2, false, 1},
        {"bert receives: with his other one, though the group's is idle", {0}, "a", 2, false, 1},
        {"bert publishes: with his other ones", {0, 500, 0}, "a", 2, true, 1},
        {"bert's worker is busy: the group's", {0, BUSY, 0}, "a", 2, false, 0},
        {"bert: where most of his are", {0}, "a", 2, false, 1},
        {"bert: where some of his are and it is not busy", {500, BUSY, 0}, "a", 2, false, 0},
        {"both of bert's are busy: the least busy", {BUSY, BUSY, 0}, "a", 2, false, 2},
        {"carl is another one: the group's", {0}, "a", 3, false, 0},
        {"anna in another group: with her own", {0}, "b", 1, true, 0},
    };

    (void)state;
    check_rows(rows, LENGTH(rows));
}

static void test_leaving(void **state)
{
    static const unsigned idle[WORKERS] = {0}, first_busy[WORKERS] = {BUSY};
    static const struct placement_request publisher = {"a", 1, true}, receiver = {"a", 2, false};
    struct placement p;
    struct placed up, first, second;

    (void)state;
    assert_int_equal(0, placement_init(&p, WORKERS));
    assert_int_equal(0, placement_add(&p, &publisher, idle, &up));
    assert_int_equal(0, placement_add(&p, &receiver, first_busy, &first));
    assert_int_equal(1, first.worker);
    /* who has no connection left is placed anew */
    placement_remove(&p, &first);
    assert_int_equal(0, p.n_connections[1]);
    placement_remove(&p, &first); /* nowhere: nothing happens */
    assert_int_equal(0, placement_add(&p, &receiver, idle, &second));
    assert_int_equal(0, second.worker);
    placement_remove(&p, &second);
    placement_remove(&p, &up);
    /* and so is a group */
    assert_int_equal(0, placement_add(&p, &publisher, first_busy, &up));
    assert_int_equal(1, up.worker);
    placement_remove(&p, &up);
    placement_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_busy_group),
        cmocka_unit_test(test_clients),
        cmocka_unit_test(test_leaving),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
