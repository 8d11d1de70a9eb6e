#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"
#include "common/span.h"

static FILE *caught; /* takes the place of standard error during one test */
static int saved_stderr;
static char text[8192];

static int catch_stderr(void **state)
{
    (void)state;
    caught = tmpfile();
    saved_stderr = dup(STDERR_FILENO);
    return caught && dup2(fileno(caught), STDERR_FILENO) >= 0 ? 0 : -1;
}

static int give_stderr_back(void **state)
{
    (void)state;
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    fclose(caught);
    log_set_level(LOG_LEVEL_INFO);
    return 0;
}

/* Everything logged so far. */
static const char *logged(void)
{
    ssize_t len = pread(fileno(caught), text, sizeof text - 1, 0);

    assert_true(len >= 0);
    text[len] = 0;
    return text;
}

static void test_line(void **state)
{
    struct log_ctx ctx = {
        .room = "rtc", .group = "demo", .client = "5f3a", .pc = 17, .action = "connecting"};
    const char *line;
    int64_t when_us;

    (void)state;
    log_info(&ctx, "connected in %d ms", 212);
    line = logged();
    assert_int_equal(line[24], ' ');
    assert_int_equal(time_parse_rfc3339(span_of(line, 24), &when_us), 0);
    assert_string_equal(line + 25, "info rtc group=demo client=5f3a pc=17 action=connecting "
                                   "connected in 212 ms\n");
}

static void test_line_without_context(void **state)
{
    const char *lines;

    (void)state;
    log_error(NULL, "disk full");
    log_warn(&(struct log_ctx){0}, "slow");
    lines = logged();
    assert_string_equal(strchr(lines, ' '), strstr(lines, " error disk full\n"));
    assert_non_null(strstr(text, "Z warn slow\n"));
}

static void test_hostile_text(void **state)
{
    struct log_ctx ctx = {.group = "a\nb", .client = "\x1B[2J"};

    (void)state;
    log_info(&ctx, "%s", "line one\r\nline two\x7F\xC3\xA9");
    assert_non_null(strstr(logged(), " info group=a\\x0ab client=\\x1b[2J "
                                     "line one\\x0d\\x0aline two\\x7f\xC3\xA9\n"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    /* C1 controls, which some terminals obey, and what is no UTF-8 */
    log_info(NULL, "%s",
             "\xC2\x9B"
             "2J \xFF \xC3");
    assert_non_null(strstr(logged(), " info \\xc2\\x9b2J \\xff \\xc3\n"));
}

static void test_long_text(void **state)
{
    char large[4000];

    (void)state;
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = 0;
    log_info(&(struct log_ctx){.group = large, .client = large}, "%s", large);
    log_info(NULL, "%s", large);
    log_info(NULL, "next");
    assert_true(strlen(logged()) < 3 * 1024);
    assert_non_null(strstr(text, "x\n"));
    assert_non_null(strstr(text, " info next\n"));
}

static int count_calls(int *n)
{
    return ++*n;
}

static void test_levels(void **state)
{
    int n = 0;

    (void)state;
    log_debug(NULL, "%d", count_calls(&n));
    assert_int_equal(n, 0); /* the arguments of a line that is left out cost nothing */
    assert_string_equal(logged(), "");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug(NULL, "%d", count_calls(&n));
    assert_int_equal(n, 1);
    assert_non_null(strstr(logged(), " debug 1\n"));
    log_set_level(LOG_LEVEL_ERROR);
    assert_false(log_enabled(LOG_LEVEL_WARN));
    assert_true(log_enabled(LOG_LEVEL_ERROR));
    log_warn(NULL, "%d", count_calls(&n));
    assert_int_equal(n, 1);
}

/* Nobody reads the log: the program goes on, and says later what was lost. */
static void test_reader_that_is_stuck(void **state)
{
    enum { LINES = 500 };
    char large[600], got[65536 + 1];
    unsigned seen = 0, lost = 0;
    const char *end;
    ssize_t len;
    int ends[2];

    (void)state;
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    for (int i = 0; i < LINES; i++)
        log_info(NULL, "%d %s", i, large);
    len = read(ends[0], got, sizeof got - 1);
    assert_true(len > 0);
    got[len] = '\0';
    for (const char *p = got; (p = strchr(p, '\n')) != NULL; p++)
        seen++;
    log_info(NULL, "read at last");
    log_info(NULL, "as ever");
    len = read(ends[0], got, sizeof got - 1);
    assert_true(len > 0);
    got[len] = '\0';
    end = strstr(got, " info read at last (");
    assert_non_null(end);
    assert_int_equal(sscanf(end, " info read at last (%u lines before were lost)\n", &lost), 1);
    assert_int_equal(seen + lost, LINES);
    assert_non_null(strstr(got, " info as ever\n"));
    close(ends[0]);
}

#define LOG_TEST(test) cmocka_unit_test_setup_teardown(test, catch_stderr, give_stderr_back)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(test_line),         LOG_TEST(test_line_without_context),
        LOG_TEST(test_hostile_text), LOG_TEST(test_long_text),
        LOG_TEST(test_levels),       LOG_TEST(test_reader_that_is_stuck),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
