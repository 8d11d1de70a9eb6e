#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/list.h"

struct item {
    char name;
    struct list_node in_list;
};

struct fixture {
    struct list list;
    struct item a, b, c;
};

static struct fixture filled(void)
{
    return (struct fixture){.a.name = 'a', .b.name = 'b', .c.name = 'c'};
}

static void fill(struct fixture *f)
{
    *f = filled();
    list_append(&f->list, &f->a.in_list);
    list_append(&f->list, &f->b.in_list);
    list_append(&f->list, &f->c.in_list);
}

/* Both ways around: each link has its counterpart. */
static void assert_list(const struct list *list, const char *names)
{
    const struct list_node *before = &list->head;
    size_t n = 0;

    LIST_EACH (struct item, item, list, in_list) {
        assert_true(n < strlen(names));
        assert_int_equal(item->name, names[n++]);
        assert_ptr_equal(item->in_list.prev, before);
        assert_true(list_is_linked(&item->in_list));
        before = &item->in_list;
    }
    assert_int_equal(n, strlen(names));
    if (list->head.next)
        assert_ptr_equal(list->head.prev, before);
    assert_int_equal(list_is_empty(list), n == 0);
}

static void test_zeroed_is_empty(void **state)
{
    struct list list = {0};
    struct list_node node = {0};

    (void)state;
    assert_list(&list, "");
    assert_null(list_first(&list));
    assert_null(LIST_FIRST(&list, struct item, in_list));
    assert_null(LIST_LAST(&list, struct item, in_list));
    assert_false(list_is_linked(&node));
    list_remove(&node);
    assert_false(list_is_linked(&node));
}

static void test_both_ends(void **state)
{
    struct fixture f = filled();

    (void)state;
    list_append(&f.list, &f.b.in_list);
    assert_list(&f.list, "b");
    list_prepend(&f.list, &f.a.in_list);
    list_append(&f.list, &f.c.in_list);
    assert_list(&f.list, "abc");
    assert_ptr_equal(LIST_FIRST(&f.list, struct item, in_list), &f.a);
    assert_ptr_equal(LIST_LAST(&f.list, struct item, in_list), &f.c);
}

static void test_remove_at_each_place(void **state)
{
    static const char *const left[] = {"bc", "ac", "ab"};
    struct fixture f;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct item *removed;

        fill(&f);
        removed = i == 0 ? &f.a : i == 1 ? &f.b : &f.c;
        list_remove(&removed->in_list);
        assert_false(list_is_linked(&removed->in_list));
        assert_list(&f.list, left[i]);
        list_remove(&removed->in_list);
        assert_list(&f.list, left[i]);
    }
    while (!list_is_empty(&f.list))
        list_remove(list_first(&f.list));
    assert_list(&f.list, "");
    list_append(&f.list, &f.b.in_list);
    assert_list(&f.list, "b");
}

static void test_walk_that_removes(void **state)
{
    struct fixture f;
    size_t n = 0;

    (void)state;
    fill(&f);
    LIST_EACH_REMOVING (struct item, item, &f.list, in_list) {
        n++;
        if (item->name == 'b')
            continue;
        list_remove(&item->in_list);
        memset(item, 0, sizeof *item);
    }
    assert_int_equal(n, 3);
    assert_list(&f.list, "b");
}

/* What is added behind is reached; what is ahead may go. */
static void test_walk_that_changes_the_rest(void **state)
{
    struct fixture f;
    char seen[8] = "";
    size_t n = 0;

    (void)state;
    fill(&f);
    list_remove(&f.c.in_list);
    LIST_EACH (struct item, item, &f.list, in_list) {
        seen[n++] = item->name;
        if (item->name != 'a')
            continue;
        list_remove(&f.b.in_list);
        list_append(&f.list, &f.c.in_list);
    }
    assert_string_equal(seen, "ac");
}

static void test_replace(void **state)
{
    struct fixture f;
    struct item x = {.name = 'x'}, y = {.name = 'y'};

    (void)state;
    fill(&f);
    list_replace(&f.b.in_list, &x.in_list);
    assert_false(list_is_linked(&f.b.in_list));
    assert_list(&f.list, "axc");
    list_replace(&f.a.in_list, &f.b.in_list);
    list_replace(&f.c.in_list, &f.a.in_list);
    assert_list(&f.list, "bxa");
    /* what is in none has no place to give */
    list_replace(&f.c.in_list, &y.in_list);
    assert_false(list_is_linked(&y.in_list));
}

static void test_move_all(void **state)
{
    struct fixture f;
    struct list other = {0}, none = {0};
    struct item x = {.name = 'x'};

    (void)state;
    fill(&f);
    list_move_all(&other, &f.list);
    assert_list(&f.list, "");
    assert_list(&other, "abc");
    list_append(&f.list, &x.in_list);
    list_remove(&f.b.in_list);
    assert_list(&f.list, "x");
    assert_list(&other, "ac");
    list_move_all(&f.list, &none);
    assert_list(&f.list, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed_is_empty),
        cmocka_unit_test(test_both_ends),
        cmocka_unit_test(test_remove_at_each_place),
        cmocka_unit_test(test_walk_that_removes),
        cmocka_unit_test(test_walk_that_changes_the_rest),
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_move_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
