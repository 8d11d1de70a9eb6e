/* Every page of the console has help, and it leads somewhere. */
#include "admin-cgi/manual.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/atomic_file.h"
#include "common/buf.h"
#include "common/macros.h"

#define TEMPLATES NEREID_SRCDIR "/templates"

/* Pages that are no administrator's: they have no help. */
static bool is_for_everybody(const char *template)
{
    static const char *const names[] = {"landing", "shared"};

    for (size_t i = 0; i < LENGTH(names); i++) {
        if (strcmp(names[i], template) == 0)
            return true;
    }
    return false;
}

static void check_template(const char *file)
{
    char template[80], path[300], heading[120];
    struct buf text = {0};
    const char *section;

    snprintf(template, sizeof template, "%.*s", (int)(strlen(file) - strlen(".mustache")), file);
    snprintf(path, sizeof path, "%s/%s", TEMPLATES, file);
    assert_int_equal(file_read(&text, path, 256 * 1024, NULL, NULL), 0);
    if (file[0] != '_' && strstr(buf_str(&text), "{{>head}}") && !is_for_everybody(template)) {
        section = manual_section(template);
        if (!section)
            fail_msg(
                "the page \"%s\" has no help: name it behind a heading of docs/CONSOLE.md, as\n"
                "<!-- pages: %s -->",
                template, template);
        snprintf(heading, sizeof heading, " id=\"%s\"", section);
        if (*section && !strstr(manual_find(MANUAL_CONSOLE)->html, heading))
            fail_msg("docs/CONSOLE.md has no heading for \"%s\", the help of \"%s\"", section,
                     template);
    }
    buf_release(&text);
}

static void test_every_page_has_help(void **state)
{
    DIR *dir = opendir(TEMPLATES);
    struct dirent *entry;
    unsigned n = 0;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        if (!strstr(entry->d_name, ".mustache"))
            continue;
        check_template(entry->d_name);
        n++;
    }
    closedir(dir);
    assert_true(n > 50);
}

/* What a link of a manual leads to: a heading of it or of another one, or somewhere else. */
static void check_link(const struct manual *from, const char *target)
{
    char file[80], heading[200];
    const char *fragment = strchr(target, '#');
    const struct manual *to = from;

    if (strncmp(target, "http", 4) == 0)
        return;
    snprintf(file, sizeof file, "%.*s", (int)strcspn(target, "#"), target);
    if (*file)
        to = manual_find(file);
    if (!to)
        fail_msg("%s leads to %s, which is not served", from->file, file);
    snprintf(heading, sizeof heading, " id=\"%s\"", fragment ? fragment + 1 : "");
    if (fragment && !strstr(to->html, heading))
        fail_msg("%s leads to %s, which is no heading of %s", from->file, target, to->file);
}

static void test_links_lead_somewhere(void **state)
{
    static const char start[] = "<a href=\"";
    unsigned n = 0;

    (void)state;
    for (unsigned i = 0; manual_at(i); i++) {
        const struct manual *m = manual_at(i);

        for (const char *at = m->html; (at = strstr(at, start)); n++) {
            char target[300];

            at += sizeof start - 1;
            snprintf(target, sizeof target, "%.*s", (int)strcspn(at, "\""), at);
            check_link(m, target);
        }
    }
    assert_true(n > 50);
}

static void test_the_consoles_manual_is_the_first(void **state)
{
    (void)state;
    assert_string_equal(manual_at(0)->file, MANUAL_CONSOLE);
    assert_string_equal(manual_at(0)->title, "The console");
    assert_null(manual_find("../etc/passwd"));
    assert_null(manual_find("CONSOLE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_page_has_help),
        cmocka_unit_test(test_links_lead_somewhere),
        cmocka_unit_test(test_the_consoles_manual_is_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
