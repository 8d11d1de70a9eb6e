/* Names, versions and secrets of sessions over HTTP. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "mediad/signal/resource.h"

static unsigned n_ended;

static void end(struct resource *r)
{
    n_ended++;
    resource_release(r);
}

static void test_find(void **state)
{
    struct resources all = {0};
    struct resource a, b;
    char id[TOKEN_NAME_SIZE];

    (void)state;
    assert_int_equal(0, resource_init(&a, &all, RESOURCE_WHIP, "g", span_str("")));
    assert_int_equal(0, resource_init(&b, &all, RESOURCE_WHEP, "g", span_str("")));
    assert_string_not_equal(a.id, b.id);
    assert_ptr_equal(&a, resource_find(&all, RESOURCE_WHIP, "g", a.id));
    assert_null(resource_find(&all, RESOURCE_WHEP, "g", a.id));
    assert_null(resource_find(&all, RESOURCE_WHIP, "h", a.id));
    assert_null(resource_find(&all, RESOURCE_WHIP, "g", ""));
    memcpy(id, a.id, sizeof id);
    resource_release(&a);
    resource_release(&a); /* once more does nothing */
    assert_null(resource_find(&all, RESOURCE_WHIP, "g", id));
    resource_release(&b);
    assert_int_equal(0, all.by_id.n);
}

static void test_secret(void **state)
{
    struct resources all = {0};
    struct resource open, closed;

    (void)state;
    assert_int_equal(0, resource_init(&open, &all, RESOURCE_WHIP, "g", span_str("")));
    assert_int_equal(0, resource_init(&closed, &all, RESOURCE_WHIP, "g", span_str("tok")));
    assert_true(resource_is_secret(&open, span_str("")));
    assert_true(resource_is_secret(&open, span_str("whatever")));
    assert_true(resource_is_secret(&closed, span_str("tok")));
    assert_false(resource_is_secret(&closed, span_str("")));
    assert_false(resource_is_secret(&closed, span_str("to")));
    assert_false(resource_is_secret(&closed, span_str("token")));
    resource_release(&open);
    resource_release(&closed);
}

static void test_etag(void **state)
{
    struct resources all = {0};
    struct resource r;
    char before[RESOURCE_ETAG_SIZE];

    (void)state;
    assert_int_equal(0, resource_init(&r, &all, RESOURCE_WHIP, "g", span_str("")));
    memcpy(before, r.etag, sizeof before);
    assert_true(before[0] == '"' && before[strlen(before) - 1] == '"' && strlen(before) > 20);
    assert_int_equal(0, resource_renew_etag(&r));
    assert_string_not_equal(before, r.etag);
    resource_release(&r);
}

static void test_end_all(void **state)
{
    struct resources all = {0};
    struct resource r[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(0, resource_init(&r[i], &all, RESOURCE_WHIP, "g", span_str("")));
        r[i].end = end;
    }
    resources_end_all(&all);
    assert_int_equal(3, n_ended);
    assert_int_equal(0, all.by_id.n);
    resources_end_all(&all);
    assert_int_equal(3, n_ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_etag),
        cmocka_unit_test(test_end_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
