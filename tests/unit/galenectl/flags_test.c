#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "galenectl/flags.h"

/* One flag of each kind. */
struct values {
    const char *name;
    bool has_name;
    bool loud;
    bool has_loud;
    int64_t count;
    int64_t wait_ns;
};

static enum flags_result parse(struct values *v, int argc, char **argv, int *first, char **said)
{
    const struct flag flags[] = {
        {.name = "name",
         .kind = FLAG_STRING,
         .value = &v->name,
         .is_given = &v->has_name,
         .word = "NAME",
         .help = "the name",
         .normal = "nobody"},
        {.name = "loud",
         .kind = FLAG_BOOL,
         .value = &v->loud,
         .is_given = &v->has_loud,
         .help = "be loud"},
        {.name = "n", .kind = FLAG_INT, .value = &v->count, .word = "N", .help = "how many"},
        {.name = "wait", .kind = FLAG_DURATION, .value = &v->wait_ns, .word = "TIME", .help = "w"},
    };
    const struct flag_set set = {.synopsis = "program [flag...]",
                                 .about = "About it.",
                                 .flags = flags,
                                 .n_flags = LENGTH(flags),
                                 .examples = "  program -loud"};
    size_t size = 0;
    FILE *stream = open_memstream(said, &size);
    enum flags_result r;

    assert_non_null(stream);
    r = flags_parse(&set, argc, argv, first, stream);
    fclose(stream);
    return r;
}

static void test_parse(void **state)
{
    static const struct {
        const char *title;
        const char *argv[6];
        enum flags_result want;
        int first;
        struct values values;
        const char *said; /* how the first line begins */
    } rows[] = {
        {"nothing", {"p"}, FLAGS_OK, 1, {"nobody", false, false, false, 7, 0}, ""},
        {"one dash, two words",
         {"p", "-name", "x"},
         FLAGS_OK,
         3,
         {"x", true, false, false, 7, 0},
         ""},
        {"two dashes, =", {"p", "--name=x=y"}, FLAGS_OK, 2, {"x=y", true, false, false, 7, 0}, ""},
        {"empty value", {"p", "-name="}, FLAGS_OK, 2, {"", true, false, false, 7, 0}, ""},
        {"empty word", {"p", "-name", ""}, FLAGS_OK, 3, {"", true, false, false, 7, 0}, ""},
        {"a value may look like a flag",
         {"p", "-name", "-loud"},
         FLAGS_OK,
         3,
         {"-loud", true, false, false, 7, 0},
         ""},
        {"last one wins",
         {"p", "-name=a", "-name=b"},
         FLAGS_OK,
         3,
         {"b", true, false, false, 7, 0},
         ""},
        {"a boolean takes no next word",
         {"p", "-loud", "false"},
         FLAGS_OK,
         2,
         {"nobody", false, true, true, 7, 0},
         ""},
        {"a boolean with =",
         {"p", "-loud=F"},
         FLAGS_OK,
         2,
         {"nobody", false, false, true, 7, 0},
         ""},
        {"a boolean with nonsense",
         {"p", "-loud=maybe"},
         FLAGS_BAD,
         0,
         {0},
         "invalid value for flag -loud: it takes true or false, after a =\n"},
        {"stops at a word",
         {"p", "-loud", "word", "-n", "1"},
         FLAGS_OK,
         2,
         {"nobody", false, true, true, 7, 0},
         ""},
        {"stops after --",
         {"p", "-loud", "--", "-n"},
         FLAGS_OK,
         3,
         {"nobody", false, true, true, 7, 0},
         ""},
        {"a dash is a word",
         {"p", "-", "-loud"},
         FLAGS_OK,
         1,
         {"nobody", false, false, false, 7, 0},
         ""},
        {"integers", {"p", "-n", "-12"}, FLAGS_OK, 3, {"nobody", false, false, false, -12, 0}, ""},
        {"hexadecimal", {"p", "-n=0x1F"}, FLAGS_OK, 2, {"nobody", false, false, false, 31, 0}, ""},
        {"binary", {"p", "-n=-0b101"}, FLAGS_OK, 2, {"nobody", false, false, false, -5, 0}, ""},
        {"no integer",
         {"p", "-n", "1x"},
         FLAGS_BAD,
         0,
         {0},
         "invalid value for flag -n: it takes a whole number\n"},
        {"too large",
         {"p", "-n", "9223372036854775808"},
         FLAGS_BAD,
         0,
         {0},
         "invalid value for flag -n: it takes a whole number\n"},
        {"blanks are no integer",
         {"p", "-n", " 1"},
         FLAGS_BAD,
         0,
         {0},
         "invalid value for flag -n: it takes a whole number\n"},
        {"duration",
         {"p", "-wait", "1h30m"},
         FLAGS_OK,
         3,
         {"nobody", false, false, false, 7, INT64_C(5400000000000)},
         ""},
        {"no duration",
         {"p", "-wait", "1d"},
         FLAGS_BAD,
         0,
         {0},
         "invalid value for flag -wait: it takes a duration like 36h or 1h30m\n"},
        {"unknown", {"p", "-nam", "x"}, FLAGS_BAD, 0, {0}, "flag provided but not defined: -nam\n"},
        {"no argument", {"p", "-name"}, FLAGS_BAD, 0, {0}, "flag needs an argument: -name\n"},
        {"three dashes", {"p", "---name"}, FLAGS_BAD, 0, {0}, "bad flag syntax: ---name\n"},
        {"only =", {"p", "-=x"}, FLAGS_BAD, 0, {0}, "bad flag syntax: -=x\n"},
        {"help", {"p", "-help"}, FLAGS_HELP, 0, {0}, "Usage: program [flag...]\n"},
        {"h", {"p", "-loud", "--h"}, FLAGS_HELP, 0, {0}, "Usage: program [flag...]\n"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct values v = {.name = "nobody", .count = 7};
        const struct values *want = &rows[i].values;
        char *said = NULL;
        int first = 0;
        int argc = 0;
        enum flags_result r;

        while (argc < 6 && rows[i].argv[argc])
            argc++;
        r = parse(&v, argc, (char **)(uintptr_t)rows[i].argv, &first, &said);
        if (r != rows[i].want || (r == FLAGS_OK && first != rows[i].first))
            fail_msg("%s: result %d, first %d", rows[i].title, r, first);
        if (strncmp(said, rows[i].said, strlen(rows[i].said)) != 0 || (r == FLAGS_OK && said[0]) ||
            (r != FLAGS_OK && !strstr(said, "Usage: ")))
            fail_msg("%s: said %s", rows[i].title, said);
        if (r == FLAGS_OK && (strcmp(v.name, want->name) != 0 || v.has_name != want->has_name ||
                              v.loud != want->loud || v.has_loud != want->has_loud ||
                              v.count != want->count || v.wait_ns != want->wait_ns))
            fail_msg("%s: name %s loud %d n %lld wait %lld", rows[i].title, v.name, v.loud,
                     (long long)v.count, (long long)v.wait_ns);
        free(said);
    }
}

static void test_usage(void **state)
{
    static const char *const argv[] = {"p", "-h"};
    struct values v = {0};
    char *said = NULL;
    int first = 0;

    (void)state;
    assert_int_equal(parse(&v, 2, (char **)(uintptr_t)argv, &first, &said), FLAGS_HELP);
    assert_string_equal(said, "Usage: program [flag...]\n\nAbout it.\n\nFlags:\n"
                              "  -name NAME\n        the name (default nobody)\n"
                              "  -loud\n        be loud\n"
                              "  -n N\n        how many\n"
                              "  -wait TIME\n        w\n"
                              "\nExamples:\n  program -loud\n");
    free(said);
}

static void test_duration(void **state)
{
    static const struct {
        const char *text;
        bool is_good;
        int64_t ns;
    } rows[] = {
        {"36h", true, INT64_C(129600000000000)},
        {"1h30m", true, INT64_C(5400000000000)},
        {"-1.5s", true, -INT64_C(1500000000)},
        {"+2ms", true, 2000000},
        {"300us", true, 300000},
        {"300\xc2\xb5s", true, 300000},
        {"7ns", true, 7},
        {".5s", true, 500000000},
        {"1.s", true, 1000000000},
        {"0", true, 0},
        {"-0", true, 0},
        {"1s1s", true, 2000000000},
        {"2562047h", true, INT64_C(9223369200000000000)},
        {"2562048h", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"5", false, 0},
        {"1d", false, 0},
        {"h", false, 0},
        {".s", false, 0},
        {"1 h", false, 0},
        {"1hx", false, 0},
        {"--1h", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t ns = 99;
        bool is_good = duration_parse(rows[i].text, &ns);

        if (is_good != rows[i].is_good || ns != (is_good ? rows[i].ns : 99))
            fail_msg("%s: %d %lld", rows[i].text, is_good, (long long)ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_duration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
