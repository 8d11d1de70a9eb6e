#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "tests/unit/mediad/signal/session_env.h"

static const char open_group[] =
    "{\"wildcard-user\":{\"password\":{\"type\":\"wildcard\"},\"permissions\":\"present\"},"
    "\"users\":{\"olga\":{\"password\":\"op\",\"permissions\":\"op\"}}}";

static int setup(void **state)
{
    struct test_env *t = malloc(sizeof *t);

    if (!t)
        return -1;
    test_env_init(t);
    test_write(t, "groups/g.json", open_group);
    test_write(t, "ice-servers.json",
               "[{\"urls\":[\"turn:turn.example.org\"],\"credential\":\"key\","
               "\"credentialType\":\"hmac-sha1\"}]");
    test_env_start(t);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    test_env_stop(*state);
    free(*state);
    return 0;
}

static void shake(struct test_env *t, struct test_client *c, const char *id)
{
    char text[128];

    test_connect(t, c);
    snprintf(text, sizeof text, "{\"type\":\"handshake\",\"version\":[\"2\"],\"id\":\"%s\"}", id);
    test_say(c, text);
}

static void join(struct test_env *t, struct test_client *c, const char *id, const char *name,
                 const char *password)
{
    char text[256];

    shake(t, c, id);
    snprintf(text, sizeof text,
             "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"g\",\"username\":\"%s\","
             "\"password\":\"%s\"}",
             name, password);
    test_say(c, text);
    assert_non_null(strstr(test_take(c), "\"kind\":\"join\""));
}

static void has(struct test_client *c, const char *part)
{
    if (!strstr(test_take(c), part))
        fail_msg("not sent: %s\nbut:\n%s", part, buf_str(&c->sent));
}

static void has_not(struct test_client *c, const char *part)
{
    if (strstr(test_take(c), part))
        fail_msg("sent: %s\nin:\n%s", part, buf_str(&c->sent));
}

static void is_over(struct test_client *c, unsigned code, const char *reason)
{
    test_take(c);
    assert_true(c->has_ended);
    assert_int_equal(c->code, code);
    assert_string_equal(c->reason, reason);
}

static void test_no_handshake(void **state)
{
    struct test_client c;

    test_connect(*state, &c);
    test_advance(*state, 14 * US_PER_S);
    assert_false(c.has_ended);
    test_advance(*state, 2 * US_PER_S);
    is_over(&c, 1002, "you must handshake first");
    test_disconnect(&c);
}

static void test_no_join(void **state)
{
    struct test_client c;

    shake(*state, &c, "a");
    test_take(&c);
    test_advance(*state, 25 * US_PER_S);
    test_say(&c, "{\"type\":\"ping\"}");
    test_take(&c);
    test_advance(*state, 25 * US_PER_S);
    test_take(&c);
    test_advance(*state, 9 * US_PER_S);
    assert_false(c.has_ended);
    test_advance(*state, 2 * US_PER_S);
    is_over(&c, 1008, "no group was joined in time");
    test_disconnect(&c);
}

static void test_too_many_unjoined_messages(void **state)
{
    struct test_client c;

    shake(*state, &c, "a");
    for (int i = 0; i < 19; i++)
        test_say(&c, "{\"type\":\"ping\"}");
    assert_false(c.has_ended);
    test_say(&c, "{\"type\":\"ping\"}");
    is_over(&c, 1008, "too many messages without joining a group");
    test_disconnect(&c);
}

static void test_silence(void **state)
{
    struct test_client c;

    join(*state, &c, "a", "ann", "");
    test_advance(*state, 20 * US_PER_S);
    has_not(&c, "\"ping\"");
    test_advance(*state, 10 * US_PER_S);
    has(&c, "{\"type\":\"ping\"}");
    test_say(&c, "{\"type\":\"pong\"}");
    test_advance(*state, 44 * US_PER_S);
    assert_false(c.has_ended);
    test_advance(*state, 11 * US_PER_S);
    is_over(&c, 1011, "nothing was heard for too long");
    test_disconnect(&c);
}

static void test_refused_later(void **state)
{
    struct test_client c;

    shake(*state, &c, "a");
    test_say(&c, "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"g\",\"username\":\"olga\","
                 "\"password\":\"no\"}");
    test_say(&c, "{\"type\":\"ping\"}");
    assert_true(c.is_paused);
    test_advance(*state, 150000);
    has_not(&c, "pong");
    has_not(&c, "fail");
    test_advance(*state, 100000);
    has(&c, "\"kind\":\"fail\"");
    has(&c, "not authorised");
    assert_true(strstr(buf_str(&c.sent), "fail") < strstr(buf_str(&c.sent), "pong"));
    assert_false(c.is_paused);
    test_disconnect(&c);
}

static void test_gone_while_refused(void **state)
{
    struct test_client c;

    shake(*state, &c, "a");
    test_say(&c, "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"g\",\"username\":\"olga\","
                 "\"password\":\"no\"}");
    test_disconnect(&c);
    test_advance(*state, US_PER_S);
}

static void test_stalled_reader(void **state)
{
    struct test_client reader, talker;
    char text[64];

    join(*state, &reader, "r", "rod", "");
    join(*state, &talker, "t", "tom", "");
    test_take(&reader);
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "{\"type\":\"chat\",\"value\":%d}", i);
        test_say(&talker, text);
        test_take(&talker);
        test_advance(*state, 5 * US_PER_S);
        test_say(&reader, "{\"type\":\"pong\"}");
    }
    assert_true(reader.has_ended);
    test_take(&reader);
    assert_int_equal(reader.code, 1008);
    has(&talker, "\"kind\":\"delete\",\"id\":\"r\"");
    test_disconnect(&reader);
    test_disconnect(&talker);
}

static void test_full_queue(void **state)
{
    struct test_env *t = *state;
    struct test_client reader, talker;

    t->settings.limits.queue_messages = 100;
    t->settings.limits.chat_burst = t->settings.limits.message_burst = 100000;
    join(t, &reader, "r", "rod", "");
    join(t, &talker, "t", "tom", "");
    test_take(&reader);
    for (int i = 0; i < 101; i++) {
        test_say(&talker, "{\"type\":\"chat\",\"value\":\"x\"}");
        test_take(&talker);
    }
    /* it ends on the next turn, not amid the sending */
    assert_false(reader.has_ended);
    test_advance(t, 100000);
    assert_true(reader.has_ended);
    assert_false(talker.has_ended);
    has(&talker, "\"kind\":\"delete\",\"id\":\"r\"");
    test_disconnect(&reader);
    test_disconnect(&talker);
    t->settings.limits = limits_default;
}

/* SIG-15: credentials are good for a day, and a call may be longer. */
static void test_renewed_credentials(void **state)
{
    struct test_client c;
    size_t len;

    join(*state, &c, "a", "ann", "");
    has(&c, "turn.example.org");
    for (int hour = 0; hour < 24; hour++) {
        for (int i = 0; i < 120; i++) {
            test_say(&c, "{\"type\":\"pong\"}");
            test_take(&c);
            test_advance(*state, 30 * US_PER_S);
        }
        test_take(&c);
        if (hour == 0) {
            has_not(&c, "\"kind\":\"change\"");
            len = c.sent.len;
        }
    }
    assert_true(c.sent.len > len);
    has(&c, "\"kind\":\"change\"");
    test_disconnect(&c);
}

static void test_rate(void **state)
{
    struct test_env *t = *state;
    struct test_client c;

    join(t, &c, "a", "ann", "");
    for (int i = 0; i < 30; i++)
        test_say(&c, "{\"type\":\"chat\",\"value\":\"x\"}");
    assert_false(c.is_paused);
    test_say(&c, "{\"type\":\"chat\",\"value\":\"y\"}");
    assert_true(c.is_paused);
    test_say(&c, "{\"type\":\"chat\",\"value\":\"held\"}");
    has(&c, "\"y\"");
    has_not(&c, "held");
    test_advance(t, 300000);
    has(&c, "held");
    test_advance(t, 10 * US_PER_S);
    assert_false(c.is_paused);
    test_disconnect(&c);
}

static void test_held_input_is_bounded(void **state)
{
    struct test_client c;
    char *big = malloc(1000001);

    assert_non_null(big);
    memset(big, ' ', 1000000);
    big[1000000] = '\0';
    shake(*state, &c, "a");
    test_say(&c, "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"g\",\"username\":\"olga\"}");
    test_say(&c, big);
    test_say(&c, big);
    assert_false(c.has_ended);
    test_say(&c, big);
    is_over(&c, 1008, "too many messages");
    test_disconnect(&c);
    free(big);
}

static void test_connection_limits(void **state)
{
    struct test_env *t = *state;
    struct test_client a, b;
    struct client_session *s = NULL;

    t->settings.limits.unjoined_per_address = 2;
    test_connect(t, &a);
    test_connect(t, &b);
    assert_int_equal(client_session_new(&s, &t->env, &test_transport, &b, "192.0.2.1"), ERR_BUSY);
    assert_null(s);
    assert_int_equal(client_session_new(&s, &t->env, &test_transport, &b, "192.0.2.2"), 0);
    client_session_free(s);
    test_disconnect(&a);
    join(t, &a, "a", "ann", "");
    test_disconnect(&b);
    test_connect(t, &b);
    test_disconnect(&a);
    test_disconnect(&b);
    assert_int_equal(census_count(&t->env.census), 0);
    assert_int_equal(t->env.census.addresses.n, 0);
    t->settings.limits = limits_default;
}

/* Hashing goes to the pool: messages wait, and the connection may vanish meanwhile. */
static void test_pool_join(void **state)
{
    static const char group[] =
        "{\"users\":{\"vi\":{\"password\":{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":"
        "\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\",\"salt\":\"00\","
        "\"iterations\":1000},\"permissions\":\"op\"}}}";
    static const char join_vi[] = "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"h\","
                                  "\"username\":\"vi\",\"password\":\"wrong\"}";
    struct test_env *t = *state;
    struct test_client a, b;

    test_write(t, "groups/h.json", group);
    shake(t, &a, "a");
    shake(t, &b, "b");
    test_say(&a, join_vi);
    test_say(&b, join_vi);
    assert_true(a.is_paused);
    test_disconnect(&b);
    /* the file, then the password */
    for (int i = 0; i < 2; i++)
        test_pool(t);
    test_advance(t, US_PER_S);
    has(&a, "not authorised");
    assert_false(a.is_paused);
    test_disconnect(&a);
}

/* An unknown name and a password that is compared at once take the work of a hashed one (SEC-7). */
static void test_equal_work(void **state)
{
    static const char group[] =
        "{\"users\":{\"vi\":{\"password\":{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":"
        "\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\",\"salt\":\"00\","
        "\"iterations\":1000},\"permissions\":\"op\"},"
        "\"pat\":{\"password\":\"plain\",\"permissions\":\"present\"}}}";
    static const char *const names[] = {"vi", "pat", "nobody"};
    struct test_env *t = *state;

    test_write(t, "groups/work.json", group);
    assert_int_equal(definitions_load_all(t->env.registry->definitions, NULL), 0);
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct test_client c;
        char text[256];

        shake(t, &c, "a");
        snprintf(text, sizeof text,
                 "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"work\","
                 "\"username\":\"%s\",\"password\":\"wrong\"}",
                 names[i]);
        test_say(&c, text);
        test_advance(t, US_PER_S);
        if (strstr(test_take(&c), "not authorised"))
            fail_msg("%s: answered without the pool's work", names[i]);
        test_pool(t);
        test_advance(t, US_PER_S);
        has(&c, "not authorised");
        test_disconnect(&c);
    }
}

/* The file changes while a password is hashed: what it says now decides. */
static void test_changed_while_hashing(void **state)
{
    static const char group[] =
        "{\"users\":{\"vi\":{\"password\":{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":"
        "\"bee01ee2ab8a6acfcd0cd5b05a3ffee3493cea40e377b12e1b9d750e31976c1e\",\"salt\":\"00\","
        "\"iterations\":1000},\"permissions\":\"%s\"}}}";
    static const char join_vi[] = "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"moved\","
                                  "\"username\":\"vi\",\"password\":\"right\"}";
    struct test_env *t = *state;
    struct definitions *d = t->env.registry->definitions;
    struct test_client a;
    char text[512];

    snprintf(text, sizeof text, group, "op");
    test_write(t, "groups/moved.json", text);
    assert_int_equal(definitions_load_all(d, NULL), 0);
    shake(t, &a, "a");
    test_say(&a, join_vi);
    assert_true(a.is_paused);
    snprintf(text, sizeof text, group, "observe");
    test_write(t, "groups/moved.json", text);
    assert_int_equal(definitions_load_all(d, NULL), 0);
    test_pool(t);
    has_not(&a, "joined");
    test_pool(t);
    has(&a, "\"kind\":\"join\"");
    has_not(&a, "permissions");
    test_disconnect(&a);
    /* and when it is gone */
    shake(t, &a, "a");
    test_say(&a, join_vi);
    assert_int_equal(unlink(test_path(t, "groups/moved.json", text)), 0);
    definitions_refresh(d, "moved");
    test_pool(t);
    has(&a, "no-such-group");
    test_disconnect(&a);
}

static const char make_token[] =
    "{\"type\":\"groupaction\",\"kind\":\"maketoken\","
    "\"value\":{\"group\":\"g\",\"permissions\":[\"present\"],\"expires\":60000}}";

static void test_token_while_waiting(void **state)
{
    struct test_env *t = *state;
    struct test_client a;

    join(t, &a, "a", "olga", "op");
    test_say(&a, make_token);
    test_say(&a, "{\"type\":\"ping\"}");
    assert_true(a.is_paused);
    has_not(&a, "pong");
    test_pool(t);
    has(&a, "\"kind\":\"token\"");
    has(&a, "pong");
    assert_false(a.is_paused);
    test_disconnect(&a);
}

/* The job outlives who asked: nobody is answered, and nothing of the session is touched. */
static void test_gone_while_token_is_written(void **state)
{
    struct test_env *t = *state;
    struct test_client a, b;

    join(t, &a, "a", "olga", "op");
    test_say(&a, make_token);
    test_disconnect(&a);
    test_pool(t);

    join(t, &a, "a", "olga", "op");
    join(t, &b, "b", "olga", "op");
    test_say(&a, make_token);
    test_say(&a, "{\"type\":\"chat\",\"value\":\"never said\"}");
    test_say(&b, "{\"type\":\"useraction\",\"kind\":\"kick\",\"dest\":\"a\",\"value\":\"out\"}");
    is_over(&a, 1000, "kicked out (out) by olga");
    test_pool(t);
    has_not(&a, "\"kind\":\"token\"");
    has_not(&b, "never said");
    test_disconnect(&a);
    test_disconnect(&b);
}

/* A group file is being read for somebody who goes: those who wait with them are answered. */
static void test_gone_while_group_is_read(void **state)
{
    static const char join_fresh[] = "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"fresh\","
                                     "\"username\":\"x\",\"password\":\"\"}";
    struct test_env *t = *state;
    struct test_client clients[3];
    char id[2] = "a";

    test_write(t, "groups/fresh.json", open_group);
    for (int i = 0; i < 3; i++, id[0]++) {
        shake(t, &clients[i], id);
        test_say(&clients[i], join_fresh);
        assert_true(clients[i].is_paused);
    }
    test_disconnect(&clients[1]);
    test_pool(t);
    has(&clients[0], "\"kind\":\"join\"");
    has(&clients[2], "\"kind\":\"join\"");
    test_disconnect(&clients[0]);
    has(&clients[2], "\"kind\":\"delete\"");
    test_disconnect(&clients[2]);
}

/* The process ends: each is told, and nobody of the others. */
static void test_restart(void **state)
{
    struct test_env *t = *state;
    struct test_client a, b;

    join(t, &a, "a", "olga", "op");
    join(t, &b, "b", "bob", "");
    session_end_for_restart(a.session);
    is_over(&a, 1012, "the server restarts");
    has(&a, "\"error\":\"restarting\"");
    has_not(&b, "\"kind\":\"delete\"");
    assert_false(b.has_ended);
    session_end_for_restart(b.session);
    is_over(&b, 1012, "the server restarts");
    assert_int_equal(t->env.registry->n_members, 0);
    test_disconnect(&a);
    test_disconnect(&b);
}

/* A newer connection that knows the secret of an older one takes its place: the others hear of
 * both, and a group without an operator in between is not taken for one that lost its last. */
static void test_resumed(void **state)
{
    struct test_env *t = *state;
    struct test_client a, b, other;
    char text[512], secret[64];
    const char *resume;

    test_write(
        t, "groups/kick.json",
        "{\"autokick\":true,\"users\":{\"olga\":{\"password\":\"op\",\"permissions\":\"op\"}},"
        "\"wildcard-user\":{\"password\":{\"type\":\"wildcard\"},\"permissions\":\"message\"}}");
    assert_int_equal(definitions_load_all(t->env.registry->definitions, NULL), 0);
    shake(t, &a, "a");
    test_say(&a, "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"kick\",\"username\":\"olga\","
                 "\"password\":\"op\"}");
    resume = strstr(test_take(&a), "\"resume\":\"");
    assert_non_null(resume);
    assert_int_equal(sscanf(resume, "\"resume\":\"%63[^\"]", secret), 1);
    shake(t, &other, "o");
    test_say(&other,
             "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"kick\",\"username\":\"guest\"}");
    has(&other, "\"kind\":\"join\"");
    shake(t, &b, "b");
    snprintf(text, sizeof text,
             "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"kick\",\"username\":\"olga\","
             "\"password\":\"op\",\"resume\":\"%s\"}",
             secret);
    test_say(&b, text);
    has(&b, "\"kind\":\"join\"");
    is_over(&a, 1000, "replaced by a new connection");
    has(&other, "\"kind\":\"delete\",\"id\":\"a\"");
    has(&other, "\"kind\":\"add\",\"id\":\"b\"");
    has_not(&other, "kicked");
    assert_false(other.has_ended);
    /* the last operator goes for good */
    test_disconnect(&b);
    has(&other, "kicked");
    assert_true(other.has_ended);
    test_disconnect(&a);
    test_disconnect(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_handshake),
        cmocka_unit_test(test_no_join),
        cmocka_unit_test(test_too_many_unjoined_messages),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_refused_later),
        cmocka_unit_test(test_gone_while_refused),
        cmocka_unit_test(test_stalled_reader),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_renewed_credentials),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_held_input_is_bounded),
        cmocka_unit_test(test_connection_limits),
        cmocka_unit_test(test_pool_join),
        cmocka_unit_test(test_equal_work),
        cmocka_unit_test(test_changed_while_hashing),
        cmocka_unit_test(test_token_while_waiting),
        cmocka_unit_test(test_gone_while_token_is_written),
        cmocka_unit_test(test_gone_while_group_is_read),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_resumed),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
