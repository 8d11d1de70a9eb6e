#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "common/error.h"
#include "common/macros.h"

static void test_set_and_describe(void **state)
{
    struct error e = {0};
    char text[64];

    (void)state;
    assert_int_equal(error_set(&e, ERR_INVALID, "users.anna", "is %d", 7), ERR_INVALID);
    assert_int_equal(e.code, ERR_INVALID);
    assert_string_equal(error_describe(&e, text, sizeof text), "users.anna: is 7");
    assert_int_equal(error_set(&e, ERR_IO, NULL, "no place"), ERR_IO);
    assert_string_equal(error_describe(&e, text, sizeof text), "no place");
    e = (struct error){.code = ERR_NOT_FOUND};
    assert_string_equal(error_describe(&e, text, sizeof text), err_text(ERR_NOT_FOUND));
    assert_int_equal(error_set(NULL, ERR_BUSY, "x", "%s", "y"), ERR_BUSY);
}

static void test_long_texts_are_cut(void **state)
{
    struct error e;
    char all[sizeof e.text + sizeof e.place + 8];
    char large[1000];

    (void)state;
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = 0;
    error_set(&e, ERR_IO, large, "%s", large);
    assert_int_equal(strlen(e.place), sizeof e.place - 1);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_int_equal(strlen(error_describe(&e, all, sizeof all)),
                     sizeof e.place - 1 + 2 + sizeof e.text - 1);
    assert_int_equal(strlen(error_describe(&e, all, 10)), 9);
    errno = EACCES;
    error_set_errno(&e, large, "%s", large);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

static void test_errno(void **state)
{
    static const struct {
        int number, code;
    } rows[] = {
        {ENOSPC, ERR_NO_SPACE}, {EDQUOT, ERR_NO_SPACE},  {ENOENT, ERR_NOT_FOUND},
        {EEXIST, ERR_EXISTS},   {ENOMEM, ERR_NO_MEMORY}, {EACCES, ERR_IO},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct error e = {0};
        char want[200];

        errno = rows[i].number;
        assert_int_equal(error_set_errno(&e, "file", "cannot be opened"), rows[i].code);
        snprintf(want, sizeof want, "cannot be opened: %s", strerror(rows[i].number));
        assert_string_equal(e.text, want);
        errno = rows[i].number;
        assert_int_equal(error_set_errno(NULL, NULL, "x"), rows[i].code);
    }
}

/* The words are wire format: whoever adds a code adds a row of the table, and no word twice. */
static void test_every_code_has_its_words(void **state)
{
    (void)state;
    assert_string_equal(err_name(0), "ok");
    assert_int_equal(err_http_status(0), 200);
    for (int code = -1; code >= ERR_LAST; code--) {
        assert_non_null(err_name(code));
        assert_non_null(err_text(code));
        assert_in_range(err_http_status(code), 400, 599);
        for (int other = code + 1; other <= 0; other++)
            assert_string_not_equal(err_name(code), err_name(other));
    }
    assert_string_equal(err_name(1), err_name(ERR_IO));
    assert_string_equal(err_name(ERR_LAST - 1), err_name(ERR_IO));
}

static void test_http_statuses(void **state)
{
    static const struct {
        int code, status;
    } rows[] = {
        {ERR_INVALID, 400},   {ERR_SYNTAX, 400},      {ERR_DENIED, 401},   {ERR_FORBIDDEN, 403},
        {ERR_NOT_FOUND, 404}, {ERR_WRONG_STATE, 409}, {ERR_EXISTS, 412},   {ERR_PRECONDITION, 412},
        {ERR_TOO_LARGE, 413}, {ERR_MEDIA_TYPE, 415},  {ERR_BUSY, 429},     {ERR_NO_MEMORY, 503},
        {ERR_DAMAGED, 503},   {ERR_UNAVAILABLE, 503}, {ERR_NO_SPACE, 507},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_int_equal(err_http_status(rows[i].code), rows[i].status);
}

static void test_no_character_is_cut_in_two(void **state)
{
    struct error e;
    char large[1000];

    (void)state;
    for (size_t i = 0; i + 1 < sizeof large; i += 2)
        memcpy(large + i, "\xC3\xBC", 2);
    large[sizeof large - 2] = 0;
    error_set(&e, ERR_IO, large, "x%s", large);
    assert_int_equal(strlen(e.place), sizeof e.place - 2);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    error_set(&e, ERR_IO, large, "%s", large);
    assert_int_equal(strlen(e.text), sizeof e.text - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_and_describe),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_no_character_is_cut_in_two),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_every_code_has_its_words),
        cmocka_unit_test(test_http_statuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
