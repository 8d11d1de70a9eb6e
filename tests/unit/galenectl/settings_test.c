#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "galenectl/settings.h"

#include <unistd.h>

#include "common/atomic_file.h"

static char dir[64];
static char path[96];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/nereid-settings-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/galenectl.json", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static const char *or_none(const char *text)
{
    return text ? text : "-";
}

/* Each row: server, user, password, token. */
static void test_precedence(void **state)
{
    static const char file[] = "{\"server\":\"https://f\",\"admin-username\":\"fu\","
                               "\"admin-password\":\"fp\",\"admin-token\":\"ft\"}";
    static const struct {
        const char *title;
        const char *file; /* NULL: missing */
        const char *flags[4];
        const char *want;
    } rows[] = {
        {"nothing", NULL, {NULL}, "https://localhost:8443 - - -"},
        {"an empty file's object", "{}", {NULL}, "https://localhost:8443 - - -"},
        {"file alone", file, {NULL}, "https://f fu fp ft"},
        {"empty flags are not given", file, {"", "", "", ""}, "https://f fu fp ft"},
        {"server by flag", file, {"https://x"}, "https://x fu fp ft"},
        {"a user by flag sets the file's token aside", file, {NULL, "xu"}, "https://f xu fp -"},
        {"a password too", file, {NULL, NULL, "xp"}, "https://f fu xp -"},
        {"a token by flag", file, {NULL, NULL, NULL, "xt"}, "https://f fu fp xt"},
        {"null is absent", "{\"server\":null}", {NULL}, "https://localhost:8443 - - -"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const struct settings flags = {
            (char *)(uintptr_t)rows[i].flags[0], (char *)(uintptr_t)rows[i].flags[1],
            (char *)(uintptr_t)rows[i].flags[2], (char *)(uintptr_t)rows[i].flags[3]};
        struct settings s = {0};
        char got[128];

        unlink(path);
        if (rows[i].file)
            assert_int_equal(file_replace(path, span_str(rows[i].file), 0600, NULL), 0);
        assert_int_equal(settings_load(&s, &flags, path, NULL), 0);
        snprintf(got, sizeof got, "%s %s %s %s", s.server, or_none(s.username), or_none(s.password),
                 or_none(s.token));
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got %s", rows[i].title, got);
        settings_release(&s);
    }
}

static void test_bad_files(void **state)
{
    static const struct {
        const char *file;
        const char *want;
    } rows[] = {
        {"[]", "must be a JSON object"},
        {"{\"server\":7}", "server: should be a string"},
        {"{\"colour\":\"red\"}", "colour: unknown member"},
    };
    static const struct settings none;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct settings s = {0};
        struct error e = {0};
        char text[300];

        assert_int_equal(file_replace(path, span_str(rows[i].file), 0600, NULL), 0);
        assert_int_equal(settings_load(&s, &none, path, &e), ERR_INVALID);
        assert_string_equal(error_describe(&e, text, sizeof text), rows[i].want);
        assert_null(s.server);
    }
}

static void test_path(void **state)
{
    static const struct {
        const char *xdg, *home, *given;
        const char *want; /* NULL: none */
    } rows[] = {
        {"/x", "/h", NULL, "/x/galene/galenectl.json"},
        {"", "/h", NULL, "/h/.config/galene/galenectl.json"},
        {NULL, "/h", "", "/h/.config/galene/galenectl.json"},
        {"/x", "/h", "mine.json", "mine.json"},
        {NULL, NULL, "mine.json", "mine.json"},
        {NULL, NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char *got = NULL;
        int r;

        unsetenv("XDG_CONFIG_HOME");
        unsetenv("HOME");
        if (rows[i].xdg)
            setenv("XDG_CONFIG_HOME", rows[i].xdg, 1);
        if (rows[i].home)
            setenv("HOME", rows[i].home, 1);
        r = settings_path(&got, rows[i].given, NULL);
        assert_int_equal(r, rows[i].want ? 0 : ERR_NOT_FOUND);
        if (rows[i].want)
            assert_string_equal(got, rows[i].want);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_precedence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_files, set_up, tear_down),
        cmocka_unit_test(test_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
