/* The addresses in config.json: read, changed without touching anything else, and judged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/site/config_text.h"

#include <string.h>

#include "common/macros.h"

static const char by_hand[] = "{\n\t\"users\": {\"root\": {\"password\": \"x\"}},\n"
                              "\t\"CanonicalHost\": \"a.example\",\n"
                              "\t\"unknown\":   [1,2],\n"
                              "\t\"allowOrigin\": [\"https://b.example\", \"*\"]\n}\n";

static void read_as_it_is(void **state)
{
    struct config_values v;
    struct arena a = {0};

    (void)state;
    assert_int_equal(config_text_read(&v, &a, span_str(by_hand), NULL), 0);
    assert_string_equal(v.values[0], "a.example");
    assert_string_equal(v.values[1], "");
    assert_string_equal(v.values[2], "");
    assert_string_equal(v.values[3], "https://b.example\n*");
    arena_release(&a);
}

static void written(const char *text, const struct config_values *v, const char *expected)
{
    struct buf out = {0};
    struct error e = {0};

    assert_int_equal(config_text_write(&out, span_str(text), v, &e), 0);
    assert_string_equal(buf_str(&out), expected);
    buf_release(&out);
}

static void changed(void **state)
{
    (void)state;
    written(by_hand, &(struct config_values){{"a.example", "", "", "https://b.example\n*", ""}},
            by_hand);
    written(by_hand, &(struct config_values){{"c.example", "", "", "https://b.example\n*", ""}},
            "{\n\t\"users\": {\"root\": {\"password\": \"x\"}},\n"
            "\t\"CanonicalHost\": \"c.example\",\n"
            "\t\"unknown\":   [1,2],\n"
            "\t\"allowOrigin\": [\"https://b.example\", \"*\"]\n}\n");
    written("{\n}\n", &(struct config_values){{"", "", "yes", "", ""}},
            "{\"writableGroups\": true}\n");
    written("{\"writableGroups\": true, \"proxyURL\": \"https://p\"}",
            &(struct config_values){{"", "", "", "", "\n"}}, "{}");
    written("{}", &(struct config_values){{"", "", "", " https://a.org \n\nhttps://b.org\n", ""}},
            "{\"allowOrigin\": [\"https://a.org\", \"https://b.org\"]}");
}

static void judged(void **state)
{
    static const struct {
        size_t field;
        const char *value, *says;
    } rows[] = {
        {0, "meet.example:8443", NULL},
        {0, "https://meet.example", "host or host:port"},
        {1, "https://meet.example/x", NULL},
        {1, "ftp://x", "https://host/path"},
        {2, "yes", NULL},
        {3, "https://a.example\n*", NULL},
        {3, "https://a.example\nb.example", "b.example is no origin"},
        {4, "https://a.example/x", "is no origin"},
    };
    struct arena a = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const char *problem = config_value_problem(&a, rows[i].field, rows[i].value);

        if (rows[i].says)
            assert_non_null(problem && strstr(problem, rows[i].says) ? problem : NULL);
        else
            assert_null(problem);
    }
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_as_it_is),
        cmocka_unit_test(changed),
        cmocka_unit_test(judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
