#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/ice_servers.h"

#include <unistd.h>

#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"

/* HMAC-SHA1 of "1795595400:turn" and "1795595400" under "secret", computed with OpenSSL. */
#define HMAC_WITH_NAME "UK3wbe0n2a9t2PbE1UWyMbX/3hc="
#define HMAC_WITHOUT_NAME "uoEjBeLW/LyDKq2R9xpiT5Qj0AY="
#define NOW_US (INT64_C(1795509000) * US_PER_S)

static void assert_configuration(struct ice_servers *s, const char *want, const char *row)
{
    struct json_object *json = ice_servers_configuration(s, NOW_US);
    const char *got;

    assert_non_null(json);
    got = json_object_to_json_string_ext(json,
                                         JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (strcmp(got, want) != 0)
        fail_msg("%s: got %s", row, got);
    json_object_put(json);
}

static int set_up(void **state)
{
    char *dir = strdup("/tmp/nereid-ice-XXXXXX");

    *state = dir;
    return dir && mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    int r = rmdir(*state);

    free(*state);
    return r;
}

static void test_entries(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"none", "[]", "{}"},
        {"stun", "[{\"urls\":[\"stun:s.example\"]}]",
         "{\"iceServers\":[{\"urls\":[\"stun:s.example\"]}]}"},
        {"password",
         "[{\"urls\":[\"turn:t.example:443?transport=tcp\",\"turns:t.example\"],"
         "\"username\":\"u\",\"credential\":\"c\",\"note\":1}]",
         "{\"iceServers\":[{\"urls\":[\"turn:t.example:443?transport=tcp\",\"turns:t.example\"],"
         "\"username\":\"u\",\"credential\":\"c\",\"credentialType\":\"password\"}]}"},
        {"hmac with a name",
         "[{\"urls\":[\"turn:t\"],\"username\":\"turn\",\"credential\":\"secret\","
         "\"credentialType\":\"hmac-sha1\"}]",
         "{\"iceServers\":[{\"urls\":[\"turn:t\"],\"username\":\"1795595400:turn\","
         "\"credential\":\"" HMAC_WITH_NAME "\",\"credentialType\":\"password\"}]}"},
        {"hmac without a name",
         "[{\"urls\":[\"turn:t\"],\"credential\":\"secret\",\"credentialType\":\"hmac-sha1\"}]",
         "{\"iceServers\":[{\"urls\":[\"turn:t\"],\"username\":\"1795595400\","
         "\"credential\":\"" HMAC_WITHOUT_NAME "\",\"credentialType\":\"password\"}]}"},
        {"oauth as it is",
         "[{\"urls\":[\"turn:t\"],\"username\":\"k\",\"credential\":{\"macKey\":\"m\"},"
         "\"credentialType\":\"oauth\"}]",
         "{\"iceServers\":[{\"urls\":[\"turn:t\"],\"username\":\"k\","
         "\"credential\":{\"macKey\":\"m\"},\"credentialType\":\"oauth\"}]}"},
        {"a bad one between two good ones",
         "[{\"urls\":[\"stun:a\"]},{\"urls\":[\"http://x\"]},{\"urls\":[\"stun:b\"]}]",
         "{\"iceServers\":[{\"urls\":[\"stun:a\"]},{\"urls\":[\"stun:b\"]}]}"},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        char path[64];
        struct ice_servers *s = NULL;
        struct error unclean;

        snprintf(path, sizeof path, "%s/none.json", (char *)*state);
        assert_int_equal(ice_servers_new(&s, path), 0);
        assert_int_equal(ice_servers_take(s, span_str(rows[i].text), NULL, NULL, &unclean, NULL),
                         0);
        assert_configuration(s, rows[i].want, rows[i].name);
        ice_servers_free(s);
    }
}

static void test_bad_entries(void **state)
{
    static const struct {
        const char *entry;
        const char *what;
    } rows[] = {
        {"5", "must be an object"},
        {"null", "must be an object"},
        {"{}", "urls must be an array of at least one URL"},
        {"{\"urls\":[]}", "urls must be an array of at least one URL"},
        {"{\"urls\":\"stun:x\"}", "urls must be an array of at least one URL"},
        {"{\"urls\":[5]}", "urls must begin with stun:, stuns:, turn: or turns: and name a host"},
        {"{\"urls\":[\"stun:\"]}",
         "urls must begin with stun:, stuns:, turn: or turns: and name a host"},
        {"{\"urls\":[\"stun:x\\u0000\"]}",
         "urls must begin with stun:, stuns:, turn: or turns: and name a host"},
        {"{\"urls\":[\"stun://x\"]}",
         "urls must begin with stun:, stuns:, turn: or turns: and name a host"},
        {"{\"urls\":[\"turn:x\"]}", "a TURN server needs username and credential"},
        {"{\"urls\":[\"stun:y\",\"turn:x\"],\"username\":\"u\"}",
         "a TURN server needs username and credential"},
        {"{\"urls\":[\"turn:x\"],\"username\":7}", "username must be a string"},
        {"{\"urls\":[\"turn:x\"],\"username\":\"u\",\"credential\":{}}",
         "credential must be a string"},
        {"{\"urls\":[\"turn:x\"],\"credentialType\":\"hmac-sha1\"}",
         "hmac-sha1 needs a credential, the secret"},
        {"{\"urls\":[\"turn:x\"],\"credentialType\":\"md5\"}",
         "credentialType must be password, hmac-sha1 or oauth"},
        {"{\"urls\":[\"turn:x\"],\"credentialType\":[]}", "credentialType must be a string"},
        {"{\"urls\":[\"turn:x\"],\"credentialType\":\"oauth\"}",
         "oauth needs username and credential"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *entry = json_tokener_parse(rows[i].entry);
        const char *what = ice_server_check(entry);

        if (!what || strcmp(what, rows[i].what) != 0)
            fail_msg("%s: %s", rows[i].entry, what ? what : "taken");
        json_object_put(entry);
    }
}

static void remember(void *arg, size_t index, const char *what)
{
    buf_printf(arg, "%zu: %s\n", index, what);
}

static void test_problems_are_told(void **state)
{
    struct ice_servers *s = NULL;
    struct buf told = {0};
    struct error e = {0}, unclean;

    (void)state;
    assert_int_equal(ice_servers_new(&s, "/nonexistent/ice-servers.json"), 0);
    assert_int_equal(ice_servers_take(s, span_str("[{\"urls\":[\"stun:a\"]},5,{}]"), remember,
                                      &told, &unclean, NULL),
                     0);
    assert_string_equal(buf_str(&told), "1: must be an object\n"
                                        "2: urls must be an array of at least one URL\n");
    buf_release(&told);
    assert_int_equal(unclean.code, 0);
    assert_int_equal(
        ice_servers_take(s, span_str("[{\"urls\":[\"stun:a\"]}]\n]"), NULL, NULL, &unclean, &e), 0);
    assert_string_equal(unclean.place, "line 2 column 1");
    assert_int_equal(ice_servers_take(s, span_str("{}"), NULL, NULL, &unclean, &e), ERR_INVALID);
    assert_string_equal(e.place, "line 1 column 1");
    assert_int_equal(ice_servers_take(s, span_str("[\n,]"), NULL, NULL, &unclean, &e), ERR_SYNTAX);
    assert_string_equal(e.place, "line 2 column 1");
    assert_configuration(s, "{\"iceServers\":[{\"urls\":[\"stun:a\"]}]}", "the last good one");
    ice_servers_free(s);
}

static void test_file_is_followed(void **state)
{
    char path[64];
    struct ice_servers *s = NULL;

    log_set_level(LOG_LEVEL_ERROR);
    snprintf(path, sizeof path, "%s/ice-servers.json", (char *)*state);
    assert_int_equal(ice_servers_new(&s, path), 0);
    assert_configuration(s, "{}", "missing");
    assert_int_equal(ice_servers_renew_after_us(s), INT64_MAX);

    assert_int_equal(file_replace(path, span_str("[{\"urls\":[\"stun:a\"]}]"), 0600, NULL), 0);
    assert_configuration(s, "{\"iceServers\":[{\"urls\":[\"stun:a\"]}]}", "new");
    assert_int_equal(ice_servers_renew_after_us(s), INT64_MAX);

    assert_int_equal(file_replace(path,
                                  span_str("[{\"urls\":[\"turn:a\"],\"credential\":\"s\","
                                           "\"credentialType\":\"hmac-sha1\"}]"),
                                  0600, NULL),
                     0);
    json_object_put(ice_servers_configuration(s, NOW_US));
    assert_true(ice_servers_renew_after_us(s) < ICE_CREDENTIAL_S * US_PER_S);
    assert_true(ice_servers_renew_after_us(s) > ICE_CREDENTIAL_S / 2 * US_PER_S);

    assert_int_equal(file_replace(path, span_str("[{\"urls\":[\"stun:b\"]}]"), 0600, NULL), 0);
    assert_configuration(s, "{\"iceServers\":[{\"urls\":[\"stun:b\"]}]}", "good");
    assert_int_equal(file_replace(path, span_str("[{\"urls\":[\"stun:c\""), 0600, NULL), 0);
    assert_configuration(s, "{\"iceServers\":[{\"urls\":[\"stun:b\"]}]}", "half a file");
    assert_int_equal(file_replace(path, span_str("[]"), 0600, NULL), 0);
    assert_configuration(s, "{}", "empty");
    assert_int_equal(file_replace(path, span_str("[{\"urls\":[\"stun:b\"]}]"), 0600, NULL), 0);
    assert_configuration(s, "{\"iceServers\":[{\"urls\":[\"stun:b\"]}]}", "good again");
    assert_int_equal(unlink(path), 0);
    assert_configuration(s, "{}", "gone");
    ice_servers_free(s);
    ice_servers_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entries, set_up, tear_down),
        cmocka_unit_test(test_bad_entries),
        cmocka_unit_test(test_problems_are_told),
        cmocka_unit_test_setup_teardown(test_file_is_followed, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
