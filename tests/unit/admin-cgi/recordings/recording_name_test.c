#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "admin-cgi/recordings/recording_name.h"
#include "common/macros.h"

static void test_read(void **state)
{
    static const struct {
        const char *name;
        int64_t started_ms; /* in Vienna */
        const char *username;
    } cases[] = {
        {"2026-03-04T05:06:07.089-ada.webm", 1772597167089, "ada"},
        {"2026-07-04T05:06:07.089-ada.mkv", 1783134367089, "ada"}, /* summer */
        {"2026-03-04T05:06:07.089.webm", 1772597167089, ""},
        {"2026-03-04T05:06:07.089-01.webm", 1772597167089, ""},
        {"2026-03-04T05:06:07.089-ada-01.webm", 1772597167089, "ada"},
        {"2026-03-04T05:06:07.089-ada.webm.part", 1772597167089, "ada"},
        {"2026-03-04T05:06:07.089-a.b-c.webm", 1772597167089, "a.b-c"},
        {"2026-03-04T05:06:07.089-x-slash-y-backslash-z.webm", 1772597167089, "x/y\\z"},
        {"2026-03-04T05:06:07.089-ada", 1772597167089, "ada"},
        {"2026-03-04T05:06:07.089", 1772597167089, ""},
        {"2026-03-04T05:06:07.089.part", 1772597167089, ""},
        {"2026-03-04T05:06:07-ada.webm", 0, ""},
        {"2026-03-04 05:06:07.089-ada.webm", 0, ""},
        {"talk.webm", 0, ""},
        {"", 0, ""},
        {".part", 0, ""},
    };

    (void)state;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct recording_name says;
        struct arena a = {0};

        assert_int_equal(recording_name_read(&says, &a, cases[i].name), 0);
        if (says.started_us != cases[i].started_ms * 1000)
            fail_msg("%s: %lld", cases[i].name, (long long)says.started_us);
        if (strcmp(says.username, cases[i].username) != 0)
            fail_msg("%s: user %s", cases[i].name, says.username);
        if (strcmp(says.stamp, says.started_us ? "2026-0" : "") < 0 ||
            strlen(says.stamp) != (says.started_us ? 23 : 0))
            fail_msg("%s: stamp %s", cases[i].name, says.stamp);
        arena_release(&a);
    }
}

static void test_valid(void **state)
{
    static const struct {
        const char *name;
        bool want;
    } cases[] = {
        {"a.webm", true},
        {"a", true},
        {" ", true},
        {"a.deleted.webm", true},
        {"", false},
        {".", false},
        {"..", false},
        {".about", false},
        {"a/b", false},
        {"/", false},
        {"a.webm.deleted", false},
        {"a.webm.part", true},
    };
    char name[257];

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        if (recording_name_is_valid(cases[i].name) != cases[i].want)
            fail_msg("%s", cases[i].name);
    }
    memset(name, 'a', sizeof name);
    name[256] = 0;
    assert_false(recording_name_is_valid(name));
    name[255] = 0;
    assert_true(recording_name_is_valid(name));
}

static void test_download(void **state)
{
    struct arena a = {0};

    (void)state;
    assert_string_equal(recording_name_for_download(&a, "2026-03-04T05:06:07.089-ada.webm"),
                        "2026-03-04T05-06-07.089-ada.webm");
    assert_string_equal(recording_name_for_download(&a, "a:b.mkv.part"), "a-b.mkv");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_download),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
