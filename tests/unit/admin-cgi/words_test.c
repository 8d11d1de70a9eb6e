#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/plural.h"
#include "admin-cgi/say.h"
#include "admin-cgi/view/template_words.h"
#include "admin-cgi/words.h"
#include "common/atomic_file.h"
#include "common/macros.h"
#include "our_words.h"

static void test_wanted(void **state)
{
    static const struct {
        const char *header, *tag;
    } rows[] = {
        {NULL, "en"},
        {"", "en"},
        {"de", "de"},
        {"de-AT, en;q=0.5", "de"},
        {"DE", "de"},
        {"sv, fr;q=0.5, en;q=0.4", "fr"},
        {"en;q=0.4, ar;q=0.9", "ar"},
        {"zh-Hant-TW,zh;q=0.9", "zh"},
        {"de;q=0, es;q=0.1", "es"},
        {"de;q=1.000, fr", "de"},
        {"de;q=, fr;q=0.001", "fr"},
        {"de;q=2, fr;q=0.1", "fr"},
        {"de;q=0.x, fr;q=0.1", "fr"},
        {"de;q=0.12345, fr;q=0.1", "fr"},
        {"de ; q=0.2 , fr ; q=0.3", "fr"},
        {"*", "en"},
        {"xx, *;q=0.5", "en"},
        {",,;;q==,-", "en"},
    };
    struct words *w = our_words();

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const char *tag = language_tag(words_wanted(w, rows[i].header, NULL));

        if (strcmp(tag, rows[i].tag) != 0)
            fail_msg("%s: %s, expected %s", rows[i].header, tag, rows[i].tag);
    }
    words_free(w);
}

/* Figures out of CLDR's own examples. */
static void test_plural_forms(void **state)
{
    static const struct {
        const char *tag;
        uint64_t n;
        const char *form;
    } rows[] = {
        {"en", 0, "other"},      {"en", 1, "one"},   {"en", 2, "other"},  {"de", 1, "one"},
        {"de", 100, "other"},    {"fr", 0, "one"},   {"fr", 1, "one"},    {"fr", 2, "other"},
        {"fr", 1000000, "many"}, {"es", 0, "other"}, {"es", 1, "one"},    {"es", 2000000, "many"},
        {"ar", 0, "zero"},       {"ar", 1, "one"},   {"ar", 2, "two"},    {"ar", 3, "few"},
        {"ar", 10, "few"},       {"ar", 11, "many"}, {"ar", 99, "many"},  {"ar", 100, "other"},
        {"ar", 102, "other"},    {"ar", 103, "few"}, {"ar", 111, "many"}, {"zh", 0, "other"},
        {"zh", 1, "other"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const char *form = plural_form(rows[i].tag, rows[i].n);

        assert_true(plural_is_form(form));
        if (strcmp(form, rows[i].form) != 0)
            fail_msg("%s %u: %s, expected %s", rows[i].tag, (unsigned)rows[i].n, form,
                     rows[i].form);
    }
    assert_false(plural_is_form("some"));
}

static void test_sentences(void **state)
{
    static const struct {
        const char *tag;
        uint64_t n;
        const char *text;
    } rows[] = {
        {"en", 1, "1 person now"},    {"en", 0, "0 people now"}, {"de", 1, "1 Person da"},
        {"de", 12, "12 Personen da"}, {"ar", 2, "شخصان الآن"},   {"ar", 11, "11 شخصًا الآن"},
        {"zh", 3, "现在有 3 人"},
    };
    struct words *w = our_words();
    struct arena a = {0};
    const struct language *de = words_find(w, span_str("de-CH"));

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_string_equal(language_count(words_find(w, span_str(rows[i].tag)), &a,
                                           "{n} people now", "{n} person now", rows[i].n),
                            rows[i].text);
    assert_string_equal(language_text(de, "Public groups"), "Öffentliche Gruppen");
    assert_string_equal(language_text(de, "What nobody says"), "What nobody says");
    assert_null(language_find(de, span_str("What nobody says")));
    a.language = de;
    assert_string_equal(
        say_with(&a, "This cannot be the name of a group: {reason}.", "reason", "{reason}", NULL),
        "Das kann nicht der Name einer Gruppe sein: {reason}.");
    assert_string_equal(language_name(de), "Deutsch");
    assert_string_equal(language_direction(words_find(w, span_str("ar"))), "rtl");
    assert_null(words_find(w, span_str("x")));
    arena_release(&a);
    words_free(w);
}

/* A language with sentences of all kinds, in a directory of its own. */
static struct words *made_up(char *dir)
{
    static const char page[] =
        "{\"@dir\": \"ltr\", \"@name\": \"X\", \"Groups\": \"Xs\", \"Groups|of rock\": \"Bands\"}";
    static const char console[] =
        "{\"{1} of {2} free\": \"von {2} sind {1} frei\", \"{n} days old\": {\"one\": \"einen Tag "
        "alt\", \"other\": \"{n} Tage alt\"}, \"{1}: {2}\": \"{1} – {2}\", \"write {\\\"a\\\": 1} "
        "or {b}\": "
        "\"{b} oder {\\\"a\\\": 1}\", \"{who} left {group}.\": \"{group} ohne {who}.\", "
        "\"You, <1>{a}</1>, are <2>in <3>it</3></2>.\": "
        "\"<0> <2>drin <3>s</3></2>: <1>{a}</1>!\"}";
    struct words *w = NULL;
    char file[80];

    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/xx.json", dir);
    assert_int_equal(file_replace(file, span_str(page), 0600, NULL), 0);
    snprintf(file, sizeof file, "%s/console", dir);
    assert_int_equal(mkdir(file, 0700), 0);
    snprintf(file, sizeof file, "%s/console/xx.json", dir);
    assert_int_equal(file_replace(file, span_str(console), 0600, NULL), 0);
    assert_int_equal(words_new(&w, dir, NULL), 0);
    unlink(file);
    snprintf(file, sizeof file, "%s/console", dir);
    rmdir(file);
    snprintf(file, sizeof file, "%s/xx.json", dir);
    unlink(file);
    rmdir(dir);
    return w;
}

static void test_reported(void **state)
{
    static const struct {
        const char *english, *said;
    } rows[] = {
        {"Groups", "Xs"},
        {"3 GB of 9 GB free", "von 9 GB sind 3 GB frei"},
        {"a of b of c free", "von b of c sind a frei"}, /* each value as short as can be */
        {" of  free", "von  sind  frei"},
        {"1 days old", "einen Tag alt"},
        {"12 days old", "12 Tage alt"},
        {"many days old", "many days old"}, /* no number */
        {"99999999999999999999999 days old", "99999999999999999999999 days old"},
        {"12 days older", "12 days older"},
        {"Line 2: 3 of 4 free", "von 4 sind Line 2: 3 frei"}, /* what shares most is taken */
        {"Line 2: wrong", "Line 2 – wrong"},
        {"", ""},
    };
    char dir[] = "/tmp/nereid-words-XXXXXX";
    struct words *w = made_up(dir);
    struct arena a = {.language = words_find(w, span_str("xx"))};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const char *said = say_reported(&a, rows[i].english);

        if (strcmp(said, rows[i].said) != 0)
            fail_msg("%s: %s, expected %s", rows[i].english, said, rows[i].said);
    }
    assert_null(say_reported(&a, NULL));
    assert_string_equal(say_with(&a, "{who} left {group}.", "who", "{group}", "group", "g", NULL),
                        "g ohne {group}.");
    assert_string_equal(say_with(&a, "{who} left {group}.", "group", "g", NULL), "g ohne {who}.");
    assert_string_equal(say_with(&a, "{who} left {group}.", "who", NULL, "group", "g", NULL),
                        "g ohne .");
    assert_string_equal(
        say_error(&a, &(struct error){.code = ERR_INVALID, .place = "x", .text = "2 days old"}),
        "x: 2 Tage alt");
    arena_release(&a);
    assert_string_equal(say(&a, "Groups"), "Groups"); /* English again */
    assert_string_equal(say(NULL, "Groups"), "Groups");
    assert_string_equal(say_count(&a, "{n} days old", "{n} day old", 1), "1 day old");
    arena_release(&a);
    words_free(w);
}

/* A sentence of a page's HTML may show braces, which are no values; a word may have two meanings.
 */
static void test_braces_and_contexts(void **state)
{
    char dir[] = "/tmp/nereid-words-XXXXXX";
    struct words *w = made_up(dir);
    struct buf out = {0};

    (void)state;
    template_translate(&out, span_str("<p>write {\"a\": 1} or {{b}}</p>"),
                       words_find(w, span_str("xx")));
    assert_string_equal(buf_str(&out), "<p>{{b}} oder {&quot;a&quot;: 1}</p>");
    buf_clear(&out);
    template_translate(&out, span_str("<b data-context=\"of rock\">Groups</b> Groups"),
                       words_find(w, span_str("xx")));
    assert_string_equal(buf_str(&out), "<b data-context=\"of rock\">Bands</b> Xs");
    buf_clear(&out);
    template_translate(&out,
                       span_str("<p> You, <b id=\"x\">{{a}}</b>, are\n<a href=\"{{b}}\" "
                                "title=\"Groups\">in <i>it</i></a>.</p>"),
                       words_find(w, span_str("xx")));
    assert_string_equal(buf_str(&out), "<p> &lt;0&gt; <a href=\"{{b}}\" title=\"Xs\">drin "
                                       "<i>s</i></a>: <b id=\"x\">{{a}}</b>!</p>");
    buf_release(&out);
    words_free(w);
}

static void test_broken_catalogues(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"{", "xx.json"},
        {"[]", "a catalogue is an object"},
        {"{\"@dir\": \"ltr\"}", "says its"},
        {"{\"@name\": \"X\", \"@dir\": \"up\"}", "says its"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"a\": 1}", "neither a text"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"a\": {\"some\": \"b\"}}", "no plural form"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"a\": {\"one\": 1}}", "no plural form"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"a <1>b</1>\": \"c\"}", "the markers"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"a <1>b</1>\": \"<1>c\"}", "the markers"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"a <1>b</1>\": \"<2>c</2>\"}", "the markers"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"a <1>b</1>\": \"<1></1><1>c</1>\"}",
         "the markers"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"<1>a</1> <2>b</2>\": \"<1>a<2>b</2></1>\"}",
         "the markers"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"<1>a</1> <2>b</2>\": \"<1>a<2></1>b</2>\"}",
         "the markers"},
        {"{\"@name\": \"X\", \"@dir\": \"ltr\", \"a\": {\"other\": \"</1>\"}}", "the markers"},
    };
    char dir[] = "/tmp/nereid-words-XXXXXX";
    char file[64];

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/xx.json", dir);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct words *w = NULL;
        struct error e = {0};
        char line[400];

        assert_int_equal(file_replace(file, span_str(rows[i].text), 0600, NULL), 0);
        assert_true(words_new(&w, dir, &e) < 0);
        if (!strstr(error_describe(&e, line, sizeof line), rows[i].says) || !strstr(line, "xx"))
            fail_msg("%s: %s", rows[i].text, line);
    }
    unlink(file);
    rmdir(dir);
}

static void test_templates(void **state)
{
    static const struct {
        const char *name, *html, *result;
    } rows[] = {
        {"a text", "<p>Groups</p>", "<p>Gruppen</p>"},
        {"space around and within", "<p>\n This page\n needs  JavaScript. </p>",
         "<p>\n Diese Seite braucht JavaScript. </p>"},
        {"an attribute that is heard", "<a aria-label=\"Console\" id=\"Console\">",
         "<a aria-label=\"Konsole\" id=\"Console\">"},
        {"a name that only ends like one", "<a data-title=\"Console\">",
         "<a data-title=\"Console\">"},
        {"beside sections", "{{#x}}Groups{{/x}}{{^x}}Group{{/x}}",
         "{{#x}}Gruppen{{/x}}{{^x}}Gruppe{{/x}}"},
        {"a value in a sentence", "<p>Request {{request_id}}. The log has the details.</p>",
         "<p>Anfrage {{request_id}}. Näheres steht im Protokoll.</p>"},
        {"a section within a tag", "<p{{#x}} hidden{{/x}}>Groups</p>",
         "<p{{#x}} hidden{{/x}}>Gruppen</p>"},
        {"what is not known", "<p>Nobody says this</p>", "<p>Nobody says this</p>"},
        {"not closed", "<p title=\"Groups", "<p title=\"Gruppen"},
        {"not closed either", "{{#x", "{{#x"},
        {"nothing", "", ""},
    };
    struct words *w = our_words();

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf out = {0};

        template_translate(&out, span_str(rows[i].html), words_find(w, span_str("de")));
        if (!span_eq_str(buf_span(&out), rows[i].result))
            fail_msg("%s: %s", rows[i].name, buf_str(&out));
        buf_clear(&out);
        template_translate(&out, span_str(rows[i].html), words_next(w, NULL));
        assert_true(span_eq_str(buf_span(&out), rows[i].html));
        buf_release(&out);
    }
    words_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_plural_forms),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_broken_catalogues),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_reported),
        cmocka_unit_test(test_braces_and_contexts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
