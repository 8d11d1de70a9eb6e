/* Who may come back into a group by the secret of a connection that was lost, and as whom. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "tests/unit/mediad/signal/session_env.h"

#define OLGA "\"olga\":{\"password\":\"op\",\"permissions\":\"op\"}"
#define GUESTS(permissions)                                                                        \
    "\"wildcard-user\":{\"password\":{\"type\":\"wildcard\"},\"permissions\":\"" permissions "\"}"

static const char group[] = "{" GUESTS("present") ",\"users\":{" OLGA "}}";

static struct test_env t;
static unsigned n_clients;

static void write_group(const char *name, const char *text)
{
    char path[64];

    snprintf(path, sizeof path, "groups/%s.json", name);
    test_write(&t, path, text);
    if (t.env.registry) {
        assert_int_equal(definitions_load_all(t.env.registry->definitions, NULL), 0);
        definitions_rescan(t.env.registry->definitions);
    }
}

static int setup(void **state)
{
    (void)state;
    test_env_init(&t);
    write_group("g", group);
    write_group("h", group);
    test_env_start(&t);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_env_stop(&t);
    return 0;
}

/* @param how further members of the join message, "" or "\"password\":…" */
static const char *join(struct test_client *c, const char *group_name, const char *username,
                        const char *how)
{
    char text[512];

    test_connect(&t, c);
    snprintf(text, sizeof text, "{\"type\":\"handshake\",\"version\":[\"2\"],\"id\":\"c%u\"}",
             ++n_clients);
    test_say(c, text);
    snprintf(text, sizeof text,
             "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"%s\",\"username\":\"%s\"%s%s}",
             group_name, username, *how != '\0' ? "," : "", how);
    test_say(c, text);
    test_advance(&t, US_PER_S); /* refusals for credentials take a moment */
    return test_take(c);
}

static void is_in(struct test_client *c, const char *username, const char *permission)
{
    char text[64];

    snprintf(text, sizeof text, "\"username\":\"%s\"", username);
    if (!strstr(buf_str(&c->sent), "\"kind\":\"join\"") || !strstr(buf_str(&c->sent), text) ||
        !strstr(buf_str(&c->sent), permission))
        fail_msg("not in as %s with %s:\n%s", username, permission, buf_str(&c->sent));
}

static void is_refused(struct test_client *c, const char *error)
{
    char text[64];

    snprintf(text, sizeof text, "\"error\":\"%s\"", error);
    if (!strstr(buf_str(&c->sent), "\"kind\":\"fail\"") || !strstr(buf_str(&c->sent), text))
        fail_msg("not refused with %s:\n%s", error, buf_str(&c->sent));
}

/* What lets somebody back in: a member of a join message. */
struct pass {
    char text[96];
};

static struct pass pass_of(struct test_client *c)
{
    struct pass p;
    char secret[64];
    const char *resume = strstr(buf_str(&c->sent), "\"resume\":\"");

    assert_non_null(resume);
    assert_int_equal(sscanf(resume, "\"resume\":\"%63[^\"]", secret), 1);
    snprintf(p.text, sizeof p.text, "\"resume\":\"%s\"", secret);
    return p;
}

/* Somebody was in, and the connection broke. */
static struct pass lose(const char *username, const char *how)
{
    struct test_client c;
    struct pass p;

    join(&c, "g", username, how);
    p = pass_of(&c);
    test_disconnect(&c);
    return p;
}

static void test_comes_back(void **state)
{
    struct test_client c;
    struct pass p = lose("olga", "\"password\":\"op\",\"features\":[\"speakers\"]"), next;

    (void)state;
    test_advance(&t, 110 * US_PER_S);
    join(&c, "g", "whoever", p.text);
    is_in(&c, "olga", "\"op\"");
    assert_non_null(strstr(buf_str(&c.sent), "\"features\":[\"speakers\"]"));
    next = pass_of(&c);
    assert_string_not_equal(next.text, p.text);
    test_disconnect(&c);
    /* the secret was of use once; the next one lets her in again */
    join(&c, "g", "olga", p.text);
    is_refused(&c, "not-authorised");
    test_disconnect(&c);
    join(&c, "g", "", next.text);
    is_in(&c, "olga", "\"op\"");
    test_disconnect(&c);
}

static void test_too_late_or_elsewhere(void **state)
{
    struct test_client c;
    struct pass p = lose("olga", "\"password\":\"op\"");

    (void)state;
    join(&c, "h", "olga", p.text);
    is_refused(&c, "not-authorised");
    test_disconnect(&c);
    test_advance(&t, 121 * US_PER_S);
    join(&c, "g", "olga", p.text);
    is_refused(&c, "not-authorised");
    test_disconnect(&c);
    assert_int_equal(t.env.places.by_digest.n, 0);
}

/* A connection that still counts as there is replaced, by the secret alone as well. */
static void test_not_yet_lost(void **state)
{
    struct test_client a, b;
    struct pass p;

    (void)state;
    join(&a, "g", "olga", "\"password\":\"op\"");
    p = pass_of(&a);
    join(&b, "h", "olga", p.text);
    is_refused(&b, "not-authorised");
    test_disconnect(&b);
    join(&b, "g", "olga", p.text);
    is_in(&b, "olga", "\"op\"");
    assert_true(a.has_ended);
    test_disconnect(&a);
    test_disconnect(&b);
}

/* How the connection ended decides whether a place is kept. */
static void test_endings(void **state)
{
    static const struct {
        const char *name;
        unsigned peer_code; /* 0: it breaks; 1: silence; 2: leaves the group */
        bool is_kept;
    } rows[] = {
        {"broken", 0, true},
        {"closed by 1000", 1000, false},
        {"the page goes away", 1001, true},
        {"closed by another code", 4000, true},
        {"silent", 1, true},
        {"left the group before", 2, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct test_client c;
        struct pass p;

        join(&c, "g", "olga", "\"password\":\"op\"");
        p = pass_of(&c);
        if (rows[i].peer_code == 2)
            test_say(&c, "{\"type\":\"join\",\"kind\":\"leave\",\"group\":\"g\"}");
        else if (rows[i].peer_code == 1)
            test_advance(&t, 60 * US_PER_S);
        else if (rows[i].peer_code > 0)
            session_peer_closes(c.session, rows[i].peer_code);
        test_disconnect(&c);
        if (rows[i].is_kept != (t.env.places.by_digest.n == 1))
            fail_msg("%s: %zu places", rows[i].name, t.env.places.by_digest.n);
        join(&c, "g", "olga", p.text);
        if (rows[i].is_kept)
            is_in(&c, "olga", "\"op\"");
        else
            is_refused(&c, "not-authorised");
        session_peer_closes(c.session, 1000);
        test_disconnect(&c);
    }
}

static void test_kicked(void **state)
{
    struct test_client olga, ada;
    struct pass first, second;
    char text[128];

    (void)state;
    join(&olga, "g", "olga", "\"password\":\"op\"");
    first = lose("ada", "");
    test_say(&olga, "{\"type\":\"groupaction\",\"kind\":\"lock\",\"value\":\"\"}");
    join(&ada, "g", "ada", "");
    is_refused(&ada, "locked");
    test_disconnect(&ada);
    /* who was in when the line broke comes back through a lock */
    join(&ada, "g", "ada", first.text);
    is_in(&ada, "ada", "\"present\"");
    second = pass_of(&ada);
    test_disconnect(&ada);
    test_say(&olga, "{\"type\":\"groupaction\",\"kind\":\"unlock\"}");
    join(&ada, "g", "ada", "");
    test_say(&olga, "{\"type\":\"groupaction\",\"kind\":\"lock\",\"value\":\"\"}");
    snprintf(text, sizeof text, "{\"type\":\"useraction\",\"kind\":\"kick\",\"dest\":\"c%u\"}",
             n_clients);
    test_say(&olga, text);
    first = pass_of(&ada);
    assert_true(ada.has_ended);
    test_disconnect(&ada);
    /* neither by what it had when it was put out, nor by what it had lost before */
    join(&ada, "g", "ada", first.text);
    is_refused(&ada, "locked");
    test_disconnect(&ada);
    join(&ada, "g", "ada", second.text);
    is_refused(&ada, "locked");
    test_disconnect(&ada);
    test_disconnect(&olga);
}

/* Rights are those of the group's file at that time. */
static void test_judged_anew(void **state)
{
    static const struct {
        const char *name, *file;
        const char *olga, *guest; /* a permission, or an error */
        bool olga_is_in, guest_is_in;
    } rows[] = {
        {"as it was", "{" GUESTS("present") ",\"users\":{" OLGA "}}", "\"op\"", "\"present\"", true,
         true},
        {"less, and more",
         "{" GUESTS(
             "op") ",\"users\":{\"olga\":{\"password\":\"op\",\"permissions\":\"message\"}}}",
         "\"permissions\":[\"message\"]", "\"op\"", true, true},
        {"another password",
         "{" GUESTS(
             "present") ",\"users\":{\"olga\":{\"password\":\"new\",\"permissions\":\"op\"}}}",
         "not-authorised", "\"present\"", false, true},
        {"the guest's name is a user's now",
         "{" GUESTS("present") ",\"users\":{" OLGA
                               ",\"ada\":{\"password\":\"x\",\"permissions\":\"op\"}}}",
         "\"op\"", "not-authorised", true, false},
        {"no guests any more", "{\"users\":{" OLGA "}}", "\"op\"", "not-authorised", true, false},
        {"she is a user no more", "{" GUESTS("present") "}", "not-authorised", "\"present\"", false,
         true},
        {"closed since",
         "{" GUESTS("present") ",\"expires\":\"2020-01-01T00:00:00Z\",\"users\":{" OLGA "}}",
         "\"op\"", "closed", true, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pass olga = lose("olga", "\"password\":\"op\""), ada = lose("ada", "");
        struct test_client c;

        print_message("%s\n", rows[i].name);
        write_group("g", rows[i].file);
        join(&c, "g", "olga", olga.text);
        if (rows[i].olga_is_in)
            is_in(&c, "olga", rows[i].olga);
        else
            is_refused(&c, rows[i].olga);
        session_peer_closes(c.session, 1000);
        test_disconnect(&c);
        join(&c, "g", "ada", ada.text);
        if (rows[i].guest_is_in)
            is_in(&c, "ada", rows[i].guest);
        else
            is_refused(&c, rows[i].guest);
        session_peer_closes(c.session, 1000);
        test_disconnect(&c);
        write_group("g", group);
    }
}

/* Of a place that is named after a user nobody may make use who proves to be another one. */
static void test_place_of_another(void **state)
{
    struct test_client olga, c;
    struct pass p = lose("ada", "");

    (void)state;
    join(&olga, "g", "olga", "\"password\":\"op\"");
    test_say(&olga, "{\"type\":\"groupaction\",\"kind\":\"lock\",\"value\":\"\"}");
    test_write(
        &t, "var/tokens.jsonl",
        "{\"token\":\"tok\",\"group\":\"g\",\"username\":\"bo\",\"permissions\":[\"message\"],"
        "\"expires\":\"2100-01-01T00:00:00Z\"}\n");
    {
        char how[160];

        snprintf(how, sizeof how, "\"token\":\"tok\",%s", p.text);
        join(&c, "g", "bo", how);
    }
    is_refused(&c, "locked");
    test_disconnect(&c);
    test_disconnect(&olga);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_late_or_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_yet_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(test_endings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kicked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_judged_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(test_place_of_another, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
