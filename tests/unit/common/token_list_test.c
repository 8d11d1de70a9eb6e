#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/macros.h"
#include "common/token_list.h"

#define A "{\"token\":\"a\",\"group\":\"g\"}"
#define B "{\"token\":\"b\",\"group\":\"g\"}"

/* The names in the list, in its order, each followed by a space. */
static void add_names(struct buf *out, const struct token_list *list)
{
    for (size_t i = 0; i < list->n_tokens; i++)
        buf_printf(out, "%s ", list->tokens[i].token);
}

static void test_parse(void **state)
{
    static const struct {
        const char *name, *text, *names, *bad, *place;
    } rows[] = {
        {"nothing", "", "", "", ""},
        {"blank lines", "\n \n", "", "", ""},
        {"two lines", A "\n" B "\n", "a b ", "", ""},
        {"on one line", A B, "a b ", "", ""},
        {"any white space", "\n\t" A " \r\n\n  " B, "a b ", "", ""},
        {"over several lines", "{\n\"token\":\n\"a\",\n\"group\":\"g\"}\n" B "\n", "a b ", "", ""},
        {"the last of a name wins", "{\"token\":\"a\",\"group\":\"x\"}\n" A "\n" B "\n", "a b ", "",
         ""},
        {"torn at the end", A "\n{\"token\":\"b\",\"gr", "a ", "{\"token\":\"b\",\"gr\n",
         "line 2 column 1"},
        {"torn in a string, then more", "{\"token\":\"b\n" A "\n", "a ", "{\"token\":\"b\n",
         "line 1 column 1"},
        {"torn behind a comma, then more", "{\"token\":\"b\",\n" A "\n", "a ",
         "{\"token\":\"b\",\n", "line 1 column 1"},
        {"torn behind a colon, then one more", "{\"token\":\"b\",\"group\":\n" A "\n", "a ",
         "{\"token\":\"b\",\"group\":\n", "line 1 column 1"},
        {"torn behind a colon, then two more", "{\"token\":\"x\",\"group\":\n" A "\n" B "\n",
         "a b ", "{\"token\":\"x\",\"group\":\n", "line 1 column 1"},
        {"garbage between", A "\nhello world\n" B "\n", "a b ", "hello world\n", "line 2 column 1"},
        {"binary garbage", A "\n\xFF\xFE\n" B "\n", "a b ", "\xFF\xFE\n", "line 2 column 1"},
        {"another JSON value", A " 17 [" B "] " B "\n", "a b ", "17\n[" B "]\n",
         "line 1 column 27"},
        {"a token without name", "{\"group\":\"g\"}\n" B, "b ", "{\"group\":\"g\"}\n",
         "line 1 column 1"},
        {"a token with a bad member", "{\"token\":\"a\",\"expires\":7}\n" B, "b ",
         "{\"token\":\"a\",\"expires\":7}\n", "line 1 column 1"},
        {"brackets without end", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n" B "\n", "b ",
         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", "line 1 column 1"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct token_list list = {0};
        struct buf names = {0};

        assert_int_equal(token_list_parse(&list, span_str(rows[i].text), 0), 0);
        add_names(&names, &list);
        if (strcmp(buf_str(&names), rows[i].names) != 0)
            fail_msg("%s: tokens %s", rows[i].name, buf_str(&names));
        if (strcmp(buf_str(&list.bad), rows[i].bad) != 0)
            fail_msg("%s: set aside:\n%s", rows[i].name, buf_str(&list.bad));
        if (strcmp(list.first_bad.place, rows[i].place) != 0)
            fail_msg("%s: at %s", rows[i].name, list.first_bad.place);
        for (size_t n = 0; n < list.n_tokens; n++) {
            assert_ptr_equal(token_list_find(&list, list.tokens[n].token), &list.tokens[n]);
            assert_string_equal(list.tokens[n].group, "g");
        }
        assert_null(token_list_find(&list, "nobody"));
        buf_release(&names);
        token_list_release(&list);
    }
}

static void test_parse_what_was_added(void **state)
{
    struct token_list list = {0};
    struct buf names = {0};
    const char *text = A "\n" B "\n{\"token\":\"a\",\"group\":\"new\"}\n";
    size_t first = strlen(A) + 1;

    (void)state;
    assert_int_equal(token_list_parse(&list, span_of(text, first), 0), 0);
    assert_int_equal(token_list_parse(&list, span_str(text), first), 0);
    add_names(&names, &list);
    assert_string_equal(buf_str(&names), "a b ");
    assert_string_equal(token_list_find(&list, "a")->group, "new");
    buf_release(&names);
    token_list_release(&list);
}

static void test_sort(void **state)
{
    static const char text[] = "{\"token\":\"late\",\"expires\":\"2027-01-01T00:00:00Z\"}"
                               "{\"token\":\"never1\"}"
                               "{\"token\":\"early\",\"expires\":\"2026-01-01T00:00:00Z\"}"
                               "{\"token\":\"never2\"}"
                               "{\"token\":\"late2\",\"expires\":\"2027-01-01T00:00:00Z\"}";
    static const char *const want[] = {"never1", "never2", "early", "late", "late2"};
    const struct token *sorted[LENGTH(want)];
    struct token_list list = {0};

    (void)state;
    assert_int_equal(token_list_parse(&list, span_str(text), 0), 0);
    assert_int_equal(list.n_tokens, LENGTH(want));
    for (size_t i = 0; i < LENGTH(want); i++)
        sorted[i] = &list.tokens[i];
    token_list_sort(sorted, LENGTH(want));
    for (size_t i = 0; i < LENGTH(want); i++)
        assert_string_equal(sorted[i]->token, want[i]);
    token_list_release(&list);
}

static void test_many(void **state)
{
    struct token_list list = {0};
    struct buf text = {0};
    struct buf again = {0};
    char name[32];

    (void)state;
    for (int i = 0; i < 2000; i++)
        buf_printf(&text, "{\"token\":\"name%d\",\"group\":\"g\",\"permissions\":null}\n", i);
    assert_int_equal(token_list_parse(&list, buf_span(&text), 0), 0);
    assert_int_equal(list.n_tokens, 2000);
    for (size_t i = 0; i < list.n_tokens; i++) {
        snprintf(name, sizeof name, "name%zu", i);
        assert_ptr_equal(token_list_find(&list, name), &list.tokens[i]);
        assert_int_equal(token_list_add_line(&again, &list.tokens[i]), 0);
    }
    assert_true(span_eq(buf_span(&text), buf_span(&again)));
    token_list_release(&list);
    buf_release(&text);
    buf_release(&again);
}

/* Each torn line could hold the next: what that costs must grow with the lines, not with their
 * square. */
static void test_many_torn_lines(void **state)
{
    struct token_list list = {0};
    struct buf text = {0};

    (void)state;
    for (int i = 0; i < 30000; i++)
        buf_printf(&text, "{\"token\":\"%d\",\"group\":\n", i);
    buf_add_str(&text, A "\n" B "\n");
    assert_int_equal(token_list_parse(&list, buf_span(&text), 0), 0);
    assert_int_equal(list.n_bad, 30000);
    assert_int_equal(list.n_tokens, 2);
    token_list_release(&list);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_what_was_added),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_many_torn_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
