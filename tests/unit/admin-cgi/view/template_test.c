#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/view/template.h"
#include "admin-cgi/view/template_compile.h"
#include "common/macros.h"

#define SPEC_TESTS_MIN 100 /* of the specification's required modules */

/* Partials come out of an object: name -> text. */
static int load(struct buf *out, const char *name, void *user)
{
    struct json_object *text = NULL;

    if (!user || !json_object_object_get_ex(user, name, &text))
        return ERR_NOT_FOUND;
    buf_add_str(out, json_object_get_string(text));
    return 0;
}

static int render(const char *text, const char *data, const char *partials, struct buf *out,
                  struct error *e)
{
    static const char *const raw_names[] = {"markup", NULL};
    struct json_object *parts = json_tokener_parse(partials);
    struct json_object *object = json_tokener_parse(data);
    const struct template_rules rules = {.load = load, .user = parts, .raw_names = raw_names};
    struct template *t = NULL;
    int r = template_compile(&t, "page", span_str(text), &rules, e);

    if (r == 0) {
        r = template_render(t, object, out);
        template_free(t);
    }
    json_object_put(object);
    json_object_put(parts);
    return r;
}

static void test_texts(void **state)
{
    static const struct {
        const char *name, *text, *data, *partials, *result;
    } rows[] = {
        {"plain text", "a & b", "{}", "{}", "a & b"},
        {"a value", "<p>{{x}}</p>", "{\"x\": \"y\"}", "{}", "<p>y</p>"},
        {"a number and a boolean", "{{n}} {{b}}", "{\"n\": 3, \"b\": true}", "{}", "3 true"},
        {"a missing value is empty", "[{{x}}]", "{}", "{}", "[]"},
        {"null is empty", "[{{x}}]", "{\"x\": null}", "{}", "[]"},
        {"markup in a value", "{{x}}", "{\"x\": \"<img src=x onerror=alert(1)>\"}", "{}",
         "&lt;img src=x onerror=alert(1)&gt;"},
        {"quotes in an attribute", "<a title=\"{{x}}\">", "{\"x\": \"\\\" onclick='\"}", "{}",
         "<a title=\"&quot; onclick=&#39;\">"},
        {"an ampersand is escaped once", "{{x}}", "{\"x\": \"&amp;\"}", "{}", "&amp;amp;"},
        {"a value is not a template", "{{x}}", "{\"x\": \"{{y}}\", \"y\": \"no\"}", "{}", "{{y}}"},
        {"a listed name may be markup", "{{{markup}}}", "{\"markup\": \"<b>\"}", "{}", "<b>"},
        {"a section for true", "{{#x}}a{{/x}}{{^x}}b{{/x}}", "{\"x\": true}", "{}", "a"},
        {"a section for false", "{{#x}}a{{/x}}{{^x}}b{{/x}}", "{\"x\": false}", "{}", "b"},
        {"a section for a list", "{{#x}}<{{n}}>{{/x}}", "{\"x\": [{\"n\": 1}, {\"n\": 2}]}", "{}",
         "<1><2>"},
        {"a section for no list", "{{#x}}a{{/x}}{{^x}}b{{/x}}", "{\"x\": []}", "{}", "b"},
        {"outer names are seen inside", "{{#x}}{{y}}{{/x}}", "{\"x\": {}, \"y\": 1}", "{}", "1"},
        {"inner names come first", "{{#x}}{{y}}{{/x}}", "{\"x\": {\"y\": 2}, \"y\": 1}", "{}", "2"},
        {"false inside hides true outside", "{{#l}}{{#on}}x{{/on}}{{/l}}",
         "{\"on\": true, \"l\": [{\"on\": false}]}", "{}", ""},
        {"the element itself", "{{#x}}{{.}},{{/x}}", "{\"x\": [\"<\", 2]}", "{}", "&lt;,2,"},
        {"a partial", "[{{>p}}]", "{\"x\": 1}", "{\"p\": \"({{x}})\"}", "[(1)]"},
        {"a partial of itself", "{{>p}}", "{\"n\": {\"n\": false}}",
         "{\"p\": \"a{{#n}}{{>p}}{{/n}}\"}", "aa"},
        {"a comment", "a{{! not this }}b", "{}", "{}", "ab"},
        {"other delimiters", "{{=<% %>=}}<%x%>{{x}}", "{\"x\": 1}", "{}", "1{{x}}"},
        {"a section's own lines go", "a\n{{#x}}\nb\n{{/x}}\nc\n", "{\"x\": true}", "{}",
         "a\nb\nc\n"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf out = {0};
        struct error e = {0};
        int r = render(rows[i].text, rows[i].data, rows[i].partials, &out, &e);

        if (r < 0 || strcmp(buf_str(&out), rows[i].result) != 0)
            fail_msg("%s: %d %s: '%s'", rows[i].name, r, e.text, buf_str(&out));
        buf_release(&out);
    }
}

static void test_errors(void **state)
{
    static const struct {
        const char *name, *text, *partials;
        int code;
        const char *place;
    } rows[] = {
        {"a section that does not end", "a\n{{#x}}\nb", "{}", ERR_SYNTAX, "line"},
        {"an end without a section", "a\n\n{{/x}}", "{}", ERR_SYNTAX, "line 3"},
        {"the wrong end", "{{#x}}{{/y}}", "{}", ERR_SYNTAX, "line 1"},
        {"a tag that does not end", "a\n{{x", "{}", ERR_SYNTAX, "line 2"},
        {"an empty tag", "{{ }}", "{}", ERR_SYNTAX, "line 1"},
        {"a partial that is not there", "\n{{>none}}", "{}", ERR_NOT_FOUND, "line 2"},
        {"markup that is not listed", "\n\n{{{x}}}", "{}", ERR_FORBIDDEN, "line 3"},
        {"the same with an ampersand", "{{&x}}", "{}", ERR_FORBIDDEN, "line 1"},
        {"the same in a partial", "{{>p}}", "{\"p\": \"{{{x}}}\"}", ERR_FORBIDDEN, "line 1"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf out = {0};
        struct error e = {0};
        int r = render(rows[i].text, "{}", rows[i].partials, &out, &e);

        if (r != rows[i].code || !strstr(e.place, rows[i].place))
            fail_msg("%s: %d, place '%s': %s", rows[i].name, r, e.place, e.text);
        assert_int_equal(out.len, 0);
        buf_release(&out);
    }
}

static const char *member(struct json_object *o, const char *name)
{
    return json_object_get_string(json_object_object_get(o, name));
}

static void check_spec_case(const char *file, struct json_object *test)
{
    const struct template_rules rules = {
        .load = load, .user = json_object_object_get(test, "partials"), .allow_raw = true};
    struct json_object *wanted = json_object_object_get(test, "expected");
    struct template *t = NULL;
    struct buf out = {0};
    struct error e = {0};
    int r = template_compile(&t, "spec", span_str(member(test, "template")), &rules, &e);

    if (r == 0)
        r = template_render(t, json_object_object_get(test, "data"), &out);
    if (r == ERR_NOT_FOUND && json_object_get_string_len(wanted) == 2) {
        /* "Failed Lookup": for us a missing partial is an error, found before anybody sees it. */
        assert_non_null(strstr(member(test, "name"), "Failed Lookup"));
    } else if (r < 0 || strcmp(buf_str(&out), json_object_get_string(wanted)) != 0) {
        fail_msg("%s, %s: %d %s\n'%s'\n'%s'", file, member(test, "name"), r, e.text, buf_str(&out),
                 json_object_get_string(wanted));
    }
    template_free(t);
    buf_release(&out);
}

/* The specification's own cases, where MUSTACHE_SPECS says that they are: "~" marks what is
 * optional. */
static void test_specification(void **state)
{
    const char *place = getenv("MUSTACHE_SPECS");
    DIR *dir = place ? opendir(place) : NULL;
    struct dirent *entry;
    size_t n = 0;

    (void)state;
    if (!place)
        skip();
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        char path[1024];
        struct json_object *file, *tests;

        if (entry->d_name[0] == '~' || !strstr(entry->d_name, ".json"))
            continue;
        snprintf(path, sizeof path, "%s/%s", place, entry->d_name);
        file = json_object_from_file(path);
        tests = json_object_object_get(file, "tests");
        assert_true(json_object_is_type(tests, json_type_array));
        for (size_t i = 0; i < json_object_array_length(tests); i++, n++)
            check_spec_case(entry->d_name, json_object_array_get_idx(tests, i));
        json_object_put(file);
    }
    closedir(dir);
    assert_true(n >= SPEC_TESTS_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_specification),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
