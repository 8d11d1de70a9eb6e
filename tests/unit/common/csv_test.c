#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/csv.h"
#include "common/macros.h"

/* Records as "a|b" with the line before each, ";" between records; an error as "!line: words". */
static void say(struct buf *out, const char *text)
{
    char copy[256];
    struct csv_reader reader;
    struct csv_record record;
    struct error e = {0};
    int r;

    snprintf(copy, sizeof copy, "%s", text);
    csv_begin(&reader, copy, strlen(copy));
    while ((r = csv_next(&reader, &record, &e)) > 0) {
        buf_printf(out, "%s%u:", out->len ? ";" : "", record.line);
        for (size_t i = 0; i < record.n; i++) {
            buf_add_str(out, i ? "|" : "");
            buf_add_span(out, record.fields[i]);
        }
    }
    if (r < 0)
        buf_printf(out, "!%s: %s", e.place, e.text);
}

/* RFC 4180 section 2, and what spreadsheets do beside it. */
static void test_reading(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        {"nothing", "", ""},
        {"no end of line", "a,b", "1:a|b"},
        {"CR LF, LF, CR", "a,b\r\nc,d\ne,f\rg,h", "1:a|b;2:c|d;3:e|f;4:g|h"},
        {"empty fields", ",a,\n", "1:|a|"},
        {"empty lines", "a\n\n\r\nb\n", "1:a;4:b"},
        {"quotation marks", "\"a \"\"b\"\"\",\"c,d\"\n", "1:a \"b\"|c,d"},
        {"an end of line inside", "\"a\nb\",c\nd,e\n", "1:a\nb|c;3:d|e"},
        {"a mark before", "\xef\xbb\xbfname\nx\n", "1:name;2:x"},
        {"semicolons", "a;b;c,d\ne;f;g\n", "1:a|b|c,d;2:e|f|g"},
        {"tabs", "a\tb\n", "1:a|b"},
        {"separators in marks do not count", "\";;;\",b\n", "1:;;;|b"},
        {"guards come off", "'=1+1,'-2,'@x,''y,it's\n", "1:=1+1|-2|@x|'y|it's"},
        {"not closed", "a,b\nc,\"d\n", "1:a|b!line 2: a quotation mark is not closed"},
        {"text behind a mark", "\"a\"b\n",
         "!line 1: there is text behind a closing quotation mark"},
        {"a mark in the middle", "a\nb\"c\n",
         "1:a!line 2: a quotation mark stands inside a field that has none around it"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct buf out = {0};

        say(&out, cases[i].text);
        if (strcmp(buf_str(&out), cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, buf_str(&out));
        buf_release(&out);
    }
}

static void test_too_many_fields(void **state)
{
    char text[CSV_FIELDS_MAX + 1];
    struct csv_reader reader;
    struct csv_record record;

    (void)state;
    memset(text, ',', CSV_FIELDS_MAX);
    csv_begin(&reader, text, CSV_FIELDS_MAX - 1);
    assert_int_equal(csv_next(&reader, &record, NULL), 1);
    assert_int_equal(record.n, CSV_FIELDS_MAX);
    csv_begin(&reader, text, CSV_FIELDS_MAX);
    assert_int_equal(csv_next(&reader, &record, NULL), ERR_SYNTAX);
}

static void test_writing(void **state)
{
    static const char *const fields[] = {"plain", "=1+1", "+1",      "-1", "@x", "'y",
                                         "a,b",   "a;b",  "a \"b\"", "",   "\n"};
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(fields); i++)
        csv_add(&out, span_str(fields[i]), i == 0);
    csv_end(&out);
    assert_string_equal(buf_str(&out), "plain,'=1+1,'+1,'-1,'@x,''y,\"a,b\",\"a;b\","
                                       "\"a \"\"b\"\"\",,\"\n\"\r\n");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_too_many_fields),
        cmocka_unit_test(test_writing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
