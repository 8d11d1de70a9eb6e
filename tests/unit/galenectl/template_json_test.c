#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "galenectl/template_json.h"

#include <sys/mman.h>
#include <unistd.h>

/* A descriptor at the start of a text. */
static int file_of(const char *text)
{
    int fd = memfd_create("template", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void test_read(void **state)
{
    static const struct {
        const char *text;
        const char *want; /* place and text of the error, or NULL */
    } rows[] = {
        {"{\"a\": 1}\n", NULL},
        {"{}", NULL},
        {"null", "must be a JSON object"},
        {"[1]", "must be a JSON object"},
        {"\"x\"", "must be a JSON object"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = NULL;
        struct error e = {0};
        int fd = file_of(rows[i].text);
        int r = template_read_object(&json, fd, &e);

        if ((r == 0) != (!rows[i].want))
            fail_msg("%s: %d", rows[i].text, r);
        if (r < 0) {
            assert_null(json);
            assert_string_equal(e.text, rows[i].want);
        }
        json_object_put(json);
        close(fd);
    }
}

static void test_read_syntax(void **state)
{
    static const struct {
        const char *text;
        const char *place;
    } rows[] = {
        {"", "line 1 column 1"},
        {"{\n\"a\": }", "line 2 column 6"},
        {"{} {}", "line 1 column 4"},
        {"{\"a\":1,\"a\":2}", "line 1 column 8"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = NULL;
        struct error e = {0};
        int fd = file_of(rows[i].text);

        assert_int_equal(template_read_object(&json, fd, &e), ERR_SYNTAX);
        assert_string_equal(e.place, rows[i].place);
        close(fd);
    }
}

static void test_merge(void **state)
{
    static const struct {
        const char *object;
        const char *template;
        const char *want;
    } rows[] = {
        {"{\"a\":1}", "{}", "{\"a\":1}"},
        {"{\"a\":1}", "{\"b\":2}", "{\"a\":1,\"b\":2}"},
        {"{\"a\":1}", "{\"a\":2}", "{\"a\":2}"},
        {"{\"a\":1,\"b\":2}", "{\"a\":null}", "{\"b\":2}"},
        {"{}", "{\"a\":null}", "{}"},
        {"{\"a\":{\"x\":1}}", "{\"a\":{\"y\":2}}", "{\"a\":{\"y\":2}}"},
        {"{\"a\":[1,2]}", "{\"a\":[3]}", "{\"a\":[3]}"},
        {"{\"a\":1}", "{\"A\":2}", "{\"a\":1,\"A\":2}"},
        {"{\"n\":9007199254740993}", "{\"m\":9223372036854775807}",
         "{\"n\":9007199254740993,\"m\":9223372036854775807}"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *object = json_tokener_parse(rows[i].object);
        struct json_object *template = json_tokener_parse(rows[i].template);

        assert_int_equal(template_merge(object, template, NULL), 0);
        json_object_put(template);
        assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
                            rows[i].want);
        json_object_put(object);
    }
}

static void test_print(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } rows[] = {
        {"{}", "{}"},
        {"[]", "[]"},
        {"null", "null"},
        {"{\"b\":true,\"a\":[1,{\"z\":null,\"y\":\"/\"}],\"B\":[],\"c\":{}}",
         "{\n    \"B\": [],\n    \"a\": [\n        1,\n        {\n            \"y\": \"/\",\n"
         "            \"z\": null\n        }\n    ],\n    \"b\": true,\n    \"c\": {}\n}"},
        {"\"a\\u0000\\\"\\n\"", "\"a\\u0000\\\"\\n\""},
        {"1.50", "1.50"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_tokener_parse(rows[i].json);
        struct buf out = {0};

        template_print(&out, json);
        assert_string_equal(buf_str(&out), rows[i].want);
        buf_release(&out);
        json_object_put(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_syntax),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
