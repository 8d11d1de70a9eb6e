#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/group_desc_doc.h"
#include "common/group_desc_json.h"
#include "common/group_field.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/password_match.h"

static struct group_desc *parse(const char *text)
{
    struct group_desc *d = NULL;
    struct error e = {0};

    if (group_desc_parse(&d, span_str(text), &e) < 0)
        fail_msg("%s\n%s: %s", text, e.place, e.text);
    return d;
}

static struct json_object *json_of(const char *text)
{
    struct json_object *json = NULL;

    assert_int_equal(json_scan_parse(&json, span_str(text), &json_limits_file, NULL), 0);
    return json;
}

static void assert_json(struct json_object *json, const char *want, const char *row)
{
    const char *got = json ? json_object_to_json_string_ext(
                                 json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                           : "nothing";

    if (strcmp(got, want) != 0)
        fail_msg("%s: got %s, want %s", row, got, want);
    json_object_put(json);
}

static void test_all_fields(void **state)
{
    struct group_desc *d = parse(
        "{\"displayName\":\"City Watch\",\"description\":\"d\",\"contact\":\"c\","
        "\"comment\":\"k\",\"redirect\":\"https://x.example/g/\","
        "\"authServer\":\"https://auth.example\",\"authPortal\":\"https://portal.example\","
        "\"public\":true,\"allow-recording\":true,\"encrypted\":true,\"unrestricted-tokens\":true,"
        "\"auto-subgroups\":true,\"autolock\":true,\"autokick\":true,"
        "\"allow-anonymous\":false,\"max-clients\":7,\"max-history-age\":60,\"last-n\":9,"
        "\"not-before\":\"2026-11-24T09:30:00+01:00\",\"expires\":\"2026-11-25T00:00:00Z\","
        "\"codecs\":[\"vp9\",\"opus\"]}");

    (void)state;
    assert_string_equal(d->display_name, "City Watch");
    assert_string_equal(d->description, "d");
    assert_string_equal(d->contact, "c");
    assert_string_equal(d->comment, "k");
    assert_string_equal(d->redirect, "https://x.example/g/");
    assert_string_equal(d->auth_server, "https://auth.example");
    assert_string_equal(d->auth_portal, "https://portal.example");
    assert_true(d->is_public && d->allow_recording && d->unrestricted_tokens);
    assert_true(d->is_encrypted);
    assert_true(d->auto_subgroups && d->autolock && d->autokick);
    assert_int_equal(d->allow_anonymous, IS_FALSE);
    assert_int_equal(d->max_clients, 7);
    assert_int_equal(d->last_n, 9);
    assert_int_equal(d->max_history_age_s, 60);
    assert_true(d->has_not_before && d->has_expires);
    assert_int_equal(d->not_before_us, INT64_C(1795509000) * US_PER_S);
    assert_int_equal(d->expires_us, INT64_C(1795564800) * US_PER_S);
    assert_int_equal(d->n_codecs, 2);
    assert_string_equal(d->codecs[0], "vp9");
    assert_null(d->codecs[2]);
    assert_int_equal(d->n_warnings, 0);
    group_desc_unref(d);
}

static void test_defaults(void **state)
{
    struct group_desc *d = parse("{\"description\":null,\"codecs\":[],\"users\":null}");

    (void)state;
    assert_null(d->description);
    assert_null(d->codecs);
    assert_null(d->wildcard);
    assert_null(d->keys);
    assert_int_equal(d->n_users, 0);
    assert_int_equal(d->allow_anonymous, UNSET);
    assert_false(d->is_public || d->has_expires || d->has_not_before);
    assert_int_equal(d->max_clients, 0);
    assert_int_equal(d->n_warnings, 0);
    assert_null(group_desc_user(d, span_str("anna")));
    group_desc_unref(d);
    group_desc_unref(NULL);
}

static void test_users(void **state)
{
    struct group_desc *d =
        parse("{\"users\":{\"zoe\":{\"password\":\"z\",\"permissions\":\"op\"},"
              "\"anna\":{\"password\":{\"type\":\"wildcard\"},\"permissions\":[\"present\"]},"
              "\"\":{\"permissions\":\"observe\"},\"annabel\":{},\"nil\":null},"
              "\"wildcard-user\":{\"password\":\"w\",\"permissions\":\"message\"}}");
    const struct group_user *u;

    (void)state;
    assert_int_equal(d->n_users, 5);
    for (size_t i = 1; i < d->n_users; i++)
        assert_true(strcmp(d->users[i - 1].name, d->users[i].name) < 0);
    u = group_desc_user(d, span_str("zoe"));
    assert_int_equal(u->permissions.role, ROLE_OP);
    assert_true(password_match(&u->password, span_str("z")));
    u = group_desc_user(d, span_str("anna"));
    assert_int_equal(u->permissions.role, ROLE_ARRAY);
    u = group_desc_user(d, span_str(""));
    assert_int_equal(u->permissions.role, ROLE_OBSERVE);
    assert_int_equal(u->password.type, PASSWORD_NONE);
    assert_int_equal(group_desc_user(d, span_str("nil"))->permissions.role, ROLE_NONE);
    assert_null(group_desc_user(d, span_of("anna\0", 5)));
    assert_null(group_desc_user(d, span_str("ann")));
    assert_null(d->wildcard->name);
    assert_true(password_match(&d->wildcard->password, span_str("w")));
    assert_int_equal(d->n_warnings, 0);
    group_desc_unref(d);
}

/* Exact spelling wins; else any case does. */
static void test_any_case(void **state)
{
    struct group_desc *d = parse("{\"Public\":true,\"DISPLAYNAME\":\"x\",\"Users\":{\"a\":"
                                 "{\"Permissions\":\"op\",\"PASSWORD\":\"p\"}},"
                                 "\"Autolock\":true,\"autolock\":false}");

    (void)state;
    assert_true(d->is_public);
    assert_string_equal(d->display_name, "x");
    assert_int_equal(d->n_users, 1);
    assert_int_equal(d->users[0].permissions.role, ROLE_OP);
    assert_int_equal(d->users[0].password.type, PASSWORD_PLAIN);
    assert_false(d->autolock);
    assert_int_equal(d->n_warnings, 1);
    assert_string_equal(d->warnings[0].text, "Autolock: unknown member, ignored");
    group_desc_unref(d);
}

/* What Galene's decoder (Go's encoding/json) reads, and RFC 8259 section 4 leaves open. */
static void test_unclean(void **state)
{
    static const struct {
        const char *text, *description, *warning;
        unsigned line, column;
    } rows[] = {
        {"{\"description\":\"a\",\n \"description\":\"b\"}", "b",
         "the member \"description\" is there twice", 2, 2},
        {"{\"users\":{\"a\":{},\n\"a\":{}},\"description\":\"c\"}", "c",
         "the member \"a\" is there twice", 2, 1},
        {"{\"description\":\"d\"}\n# a note", "d", "something follows the end of the value", 2, 1},
        {"{\"description\":\"e\"} {}", "e", "something follows the end of the value", 1, 21},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct group_desc *d = parse(rows[i].text);

        assert_string_equal(d->description, rows[i].description);
        assert_true(d->is_unclean);
        assert_int_equal(d->n_warnings, 1);
        assert_string_equal(d->warnings[0].text, rows[i].warning);
        assert_int_equal(d->warnings[0].line, rows[i].line);
        assert_int_equal(d->warnings[0].column, rows[i].column);
        group_desc_unref(d);
    }
}

static void test_places_in_an_unclean_text(void **state)
{
    struct group_desc *d = parse("{\"public\":true,\"public\":false,\n\"colour\":1}\n}");
    struct error e = {0};

    (void)state;
    assert_int_equal(d->n_warnings, 2);
    assert_int_equal(d->warnings[1].line, 2);
    group_desc_unref(d);
    assert_int_equal(group_desc_parse(&d, span_str("{\"public\":1,\n\"public\":\"yes\"} x"), &e),
                     ERR_INVALID);
    assert_string_equal(e.place, "line 2 column 1");
}

static void test_errors_have_places(void **state)
{
    static const struct {
        const char *text;
        int code;
        const char *place;
        const char *what;
    } rows[] = {
        {"{\n  \"public\": \"yes\"\n}", ERR_INVALID, "line 2 column 3",
         "public: should be true or false"},
        {"{\n\n   \"Max-Clients\": 1.5}", ERR_INVALID, "line 3 column 4",
         "Max-Clients: should be a whole number"},
        {"{\"description\":7}", ERR_INVALID, "line 1 column 2", "description: should be a string"},
        {"{\"redirect\":[]}", ERR_INVALID, "line 1 column 2", "redirect: should be a string"},
        {"{\"allow-anonymous\":1}", ERR_INVALID, "line 1 column 2",
         "allow-anonymous: should be true or false"},
        {"{\"codecs\":[\"vp8\",5]}", ERR_INVALID, "line 1 column 2",
         "codecs: element 1 should be a string"},
        {"{\"codecs\":\"vp8\"}", ERR_INVALID, "line 1 column 2",
         "codecs: should be an array of strings"},
        {"{\"expires\":\"tomorrow\"}", ERR_INVALID, "line 1 column 2",
         "expires: should be a time with zone as in \"2026-11-24T09:30:00+01:00\""},
        {"{\"users\":[]}", ERR_INVALID, "line 1 column 2", "users: must be an object"},
        {"{\"users\":{\n\"anna\":5}}", ERR_INVALID, "line 2 column 1",
         "users.anna: must be an object"},
        {"{\"users\":{\"anna\":{\n \"password\":5}}}", ERR_INVALID, "line 2 column 2",
         "users.anna.password: must be a string or an object"},
        {"{\"users\":{\"anna\":{\n \"permissions\":\"king\"}}}", ERR_INVALID, "line 2 column 2",
         "users.anna.permissions: must be op, present, message, observe, caption or admin, or an "
         "array"},
        {"{\"wildcard-user\":{\"permissions\":7}}", ERR_INVALID, "line 1 column 19",
         "wildcard-user.permissions: must be a string or an array of strings"},
        {"{\"wildcard-user\":\"x\"}", ERR_INVALID, "line 1 column 2",
         "wildcard-user: must be an object"},
        {"{\"op\":{}}", ERR_INVALID, "line 1 column 2", "op: must be an array"},
        {"{\"other\":[{}, 7]}", ERR_INVALID, "line 1 column 15", "other.1: must be an object"},
        {"{\"presenter\":[{\"username\":7}]}", ERR_INVALID, "line 1 column 16",
         "presenter.0.username: must be a string"},
        {"{\"authKeys\":{}}", ERR_INVALID, "line 1 column 2", "authKeys: must be an array"},
        {"[]", ERR_INVALID, "line 1 column 1", "a group description must be an object"},
        {"null", ERR_INVALID, "line 1 column 1", "a group description must be an object"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct group_desc *d = NULL;
        struct error e = {0};
        int r = group_desc_parse(&d, span_str(rows[i].text), &e);

        if (r != rows[i].code || strcmp(e.place, rows[i].place) || strcmp(e.text, rows[i].what))
            fail_msg("%s\ngot %d, %s: %s", rows[i].text, r, e.place, e.text);
        assert_null(d);
        assert_int_equal(group_desc_parse(&d, span_str(rows[i].text), NULL), rows[i].code);
    }
}

/* What the scanner refuses keeps the scanner's place. */
static void test_syntax(void **state)
{
    static const struct {
        const char *text;
        const char *place;
    } rows[] = {
        {"{\"public\":true,\n}", "line 2 column 1"},
        {"{\"a\":1,\n \"a\":2", "line 2 column 7"},
        {"", "line 1 column 1"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct group_desc *d = NULL;
        struct error e = {0};

        assert_int_equal(group_desc_parse(&d, span_str(rows[i].text), &e), ERR_SYNTAX);
        assert_string_equal(e.place, rows[i].place);
    }
}

static void test_warnings(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *want;
    } rows[] = {
        {"{\n \"max-client\": 5}", 2, 2, "max-client: unknown member, ignored"},
        {"{\"bad\\u0007name\":1}", 1, 2, "bad\\x07name: unknown member, ignored"},
        {"{\"users\":{\"a\":{\"role\":\"op\"}}}", 1, 16, "users.a.role: unknown member, ignored"},
        {"{\"users\":{\"a\":{\n\"password\":{\"type\":\"rot13\"}}}}", 2, 1,
         "users.a.password: never matches: type: must be plain, wildcard, bcrypt, pbkdf2 or "
         "scrypt"},
        {"{\"wildcard-user\":{\"password\":{\"type\":\"bcrypt\"}}}", 1, 19,
         "wildcard-user.password: never matches: key: is missing"},
        {"{\"codecs\":[\"vp8\",\"vp7\",\"vp8\"]}", 1, 2, "codecs: unknown codec vp7, skipped"},
        {"{\"redirect\":\"javascript:alert(1)\"}", 1, 2,
         "redirect: ignored: must be an https: or http: URL, or a path"},
        {"{\"authServer\":\"https://a.example;x\"}", 1, 2,
         "authServer: ignored: the URL must not contain ; , or '"},
        {"{\"authPortal\":\"/portal\"}", 1, 2,
         "authPortal: ignored: must start with https:// or http://"},
        {"{\"last-n\":-2}", 1, 2, "last-n: -1 is used instead of -2"},
        {"{\"max-clients\":1000001}", 1, 2, "max-clients: 1000000 is used instead of 1000001"},
        {"{\"max-history-age\":-7}", 1, 2, "max-history-age: -1 is used instead of -7"},
        {"{\"other\":[{\"username\":\"a\",\"x\":1}]}", 1, 27, "other.0.x: unknown member, ignored"},
        {"{\"authKeys\":[{\"kty\":\"oct\"}]}", 1, 14, "authKeys.0: unusable key: alg: is missing"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct group_desc *d = parse(rows[i].text);

        if (d->n_warnings != 1)
            fail_msg("%s: %zu warnings", rows[i].text, d->n_warnings);
        if (d->warnings[0].line != rows[i].line || d->warnings[0].column != rows[i].column ||
            (rows[i].want && strcmp(d->warnings[0].text, rows[i].want) != 0))
            fail_msg("%s\nline %u column %u %s", rows[i].text, d->warnings[0].line,
                     d->warnings[0].column, d->warnings[0].text);
        group_desc_unref(d);
    }
}

static void test_bad_things_are_left_out(void **state)
{
    struct group_desc *d = parse("{\"users\":{\".hidden\":{\"password\":\"x\"},\"a/.b\":{},"
                                 "\"good\":{}},\"codecs\":[\"vp7\"],\"redirect\":\"ftp://x\"}");

    (void)state;
    assert_int_equal(d->n_users, 1);
    assert_string_equal(d->users[0].name, "good");
    assert_null(d->codecs);
    assert_null(d->redirect);
    assert_int_equal(d->n_warnings, 4);
    group_desc_unref(d);
}

static void test_warnings_are_bounded(void **state)
{
    struct buf text = {0};
    struct group_desc *d = NULL;

    (void)state;
    buf_add_char(&text, '{');
    for (int i = 0; i < 500; i++)
        buf_printf(&text, "%s\"unknown%d\":1", i ? "," : "", i);
    buf_add_char(&text, '}');
    assert_int_equal(group_desc_parse(&d, buf_span(&text), NULL), 0);
    assert_int_equal(d->n_warnings, DESC_WARNINGS_MAX + 1);
    assert_string_equal(d->warnings[DESC_WARNINGS_MAX].text, "there are more problems than these");
    group_desc_unref(d);
    buf_release(&text);
}

/* op presenter other */
static void test_obsolete_forms(void **state)
{
    struct group_desc *d =
        parse("{\"users\":{\"kept\":{\"password\":\"k\",\"permissions\":\"admin\"}},"
              "\"op\":[{\"username\":\"olga\",\"password\":\"o\"},{\"username\":\"kept\"}],"
              "\"presenter\":[{\"password\":\"p\"},{\"username\":\"olga\",\"password\":\"no\"}],"
              "\"other\":[{},{\"username\":\"free\"},{\"username\":\"nul\",\"password\":null}],"
              "\"allow-subgroups\":true}");

    (void)state;
    assert_int_equal(d->n_warnings, 0);
    assert_int_equal(d->n_users, 4);
    assert_int_equal(group_desc_user(d, span_str("kept"))->permissions.role, ROLE_ADMIN);
    assert_int_equal(group_desc_user(d, span_str("olga"))->permissions.role, ROLE_OP);
    assert_true(password_match(&group_desc_user(d, span_str("olga"))->password, span_str("o")));
    assert_int_equal(group_desc_user(d, span_str("free"))->password.type, PASSWORD_WILDCARD);
    assert_int_equal(group_desc_user(d, span_str("free"))->permissions.role, ROLE_MESSAGE);
    assert_int_equal(group_desc_user(d, span_str("nul"))->password.type, PASSWORD_WILDCARD);
    assert_int_equal(d->wildcard->permissions.role, ROLE_PRESENT);
    assert_true(password_match(&d->wildcard->password, span_str("p")));
    assert_true(d->auto_subgroups);
    group_desc_unref(d);

    d = parse("{\"wildcard-user\":{\"permissions\":\"observe\"},\"op\":[{}],"
              "\"allow-subgroups\":false}");
    assert_int_equal(d->wildcard->permissions.role, ROLE_OBSERVE);
    assert_false(d->auto_subgroups);
    group_desc_unref(d);
}

static void test_keys(void **state)
{
    struct group_desc *d = parse("{\"authKeys\":[{\"kty\":\"oct\",\"alg\":\"HS256\","
                                 "\"k\":\"MYz3IfCq4Yq-UmPdNqWEOdPl4C_m9imHHs9uveDUJGQ\"}]}");

    (void)state;
    assert_non_null(d->keys);
    assert_int_equal(json_object_array_length(d->auth_keys), 1);
    assert_int_equal(d->n_warnings, 0);
    group_desc_unref(d);
    d = parse("{\"authKeys\":[]}");
    assert_null(d->keys);
    group_desc_unref(d);
    d = parse("{\"authKeys\":[{\"kty\":\"oct\"},\n{\"alg\":\"none\",\"kty\":\"oct\"}]}");
    assert_int_equal(d->n_warnings, 2);
    assert_string_equal(d->warnings[0].text, "authKeys.0: unusable key: alg: is missing");
    assert_int_equal(d->warnings[1].line, 2);
    assert_string_equal(d->warnings[1].text, "authKeys.1: unusable key: alg: should be HS256, "
                                             "HS384, HS512, ES256 or RS256");
    group_desc_unref(d);
}

static void test_subgroup(void **state)
{
    struct group_desc *d =
        parse("{\"Public\":true,\"description\":\"parent\",\"displayName\":\"D\","
              "\"auto-subgroups\":true,\"users\":{\"a\":{\"password\":\"p\"}},"
              "\"mystery\":1}");
    struct group_desc *child = NULL;

    (void)state;
    assert_int_equal(group_desc_subgroup(&child, d), 0);
    group_desc_unref(d);
    assert_false(child->is_public);
    assert_null(child->description);
    assert_string_equal(child->display_name, "D");
    assert_true(child->auto_subgroups);
    assert_true(password_match(&child->users[0].password, span_str("p")));
    assert_int_equal(child->n_warnings, 0);
    group_desc_unref(child);
}

static void test_reference_counts(void **state)
{
    struct group_desc *d = parse("{\"users\":{\"a\":{}}}");

    (void)state;
    assert_ptr_equal(group_desc_ref(d), d);
    group_desc_unref(d);
    assert_string_equal(d->users[0].name, "a");
    group_desc_unref(d);
}

static void test_to_api(void **state)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"{}", "{}"},
        {"{\"public\":false,\"max-clients\":0,\"description\":\"\",\"codecs\":[]}", "{}"},
        {"{\"users\":{\"a\":{}},\"wildcard-user\":{},\"authKeys\":[{}],\"unknown\":1}", "{}"},
        {"{\"max-clients\":7,\"description\":\"three\"}",
         "{\"description\":\"three\",\"max-clients\":7}"},
        {"{\"Public\":true,\"allow-subgroups\":true}", "{\"auto-subgroups\":true,\"public\":true}"},
        {"{\"expires\":\"2026-11-24T09:30:00.123456789+01:00\"}",
         "{\"expires\":\"2026-11-24T09:30:00.123456789+01:00\"}"},
        {"{\"codecs\":[\"vp8\",\"future\"]}", "{\"codecs\":[\"vp8\",\"future\"]}"},
        {"{\"allow-anonymous\":false}", "{\"allow-anonymous\":false}"},
        {"{\"redirect\":\"https://x/\",\"max-history-age\":-1}",
         "{\"max-history-age\":-1,\"redirect\":\"https://x/\"}"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct group_desc *d = parse(rows[i].text);

        assert_json(group_desc_to_api(d), rows[i].want, rows[i].text);
        group_desc_unref(d);
    }
}

/* What the API shows, it takes back, and it means the same. */
static void test_api_round_trip(void **state)
{
    struct group_desc *d = parse("{\"displayName\":\"N\",\"public\":true,\"codecs\":[\"opus\"],"
                                 "\"expires\":\"2026-11-24T09:30:00+01:00\",\"max-clients\":3,"
                                 "\"allow-anonymous\":true,\"redirect\":\"/group/x/\"}");
    struct json_object *shown = group_desc_to_api(d);
    struct group_desc *again = parse(json_object_to_json_string(shown));

    (void)state;
    assert_int_equal(group_desc_check_api(shown, NULL), 0);
    assert_json(group_desc_to_api(again),
                json_object_to_json_string_ext(shown, JSON_C_TO_STRING_PLAIN |
                                                          JSON_C_TO_STRING_NOSLASHESCAPE),
                "again");
    json_object_put(shown);
    group_desc_unref(again);
    group_desc_unref(d);
}

static void test_check_api(void **state)
{
    static const struct {
        const char *text;
        const char *want; /* "" when it is fine */
    } rows[] = {
        {"{}", ""},
        {"{\"public\":true,\"codecs\":[\"vp9\"],\"expires\":null,\"users\":null}", ""},
        {"{\"op\":null,\"authKeys\":null,\"max-history-age\":-1}", ""},
        {"[]", "a group description must be an object"},
        {"null", "a group description must be an object"},
        {"{\"max-clients\":\"many\"}", "max-clients: should be a whole number"},
        {"{\"last-n\":1001}", "last-n: should be between -1 and 1000"},
        {"{\"last-n\":\"all\"}", "last-n: should be a whole number"},
        {"{\"max-clients\":-1}", "max-clients: should be between 0 and 1000000"},
        {"{\"users\":{}}", "users: cannot be set here"},
        {"{\"wildcard-user\":{}}", "wildcard-user: cannot be set here"},
        {"{\"authKeys\":[]}", "authKeys: cannot be set here"},
        {"{\"op\":[]}", "op: cannot be set here"},
        {"{\"allow-subgroups\":true}", ""},
        {"{\"allow-subgroups\":1}", "allow-subgroups: should be true or false"},
        {"{\"colour\":\"red\"}", "colour: unknown member"},
        {"{\"\\u0007\":1}", "\\x07: unknown member"},
        {"{\"codecs\":[\"vp7\"]}", "codecs: unknown codec vp7"},
        {"{\"redirect\":\"javascript:x\"}", "redirect: must be an https: or http: URL, or a path"},
        {"{\"authServer\":\"https:///x\"}", "authServer: the URL has no host"},
        {"{\"displayName\":\"a\\u0000b\"}", "displayName: contains a NUL character"},
        {"{\"expires\":5}",
         "expires: should be a time with zone as in \"2026-11-24T09:30:00+01:00\""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_of(rows[i].text);
        struct error e = {0};
        char text[300] = "";
        int r = group_desc_check_api(json, &e);

        if (r < 0)
            error_describe(&e, text, sizeof text);
        if (strcmp(text, rows[i].want) != 0 || (r < 0) != (rows[i].want[0] != 0))
            fail_msg("%s: %d %s", rows[i].text, r, text);
        json_object_put(json);
    }
}

static void test_urls(void **state)
{
    static const struct {
        const char *field;
        const char *url;
        bool is_good;
    } rows[] = {
        {"redirect", "https://galene.example.org:8443/group/city-watch/", true},
        {"redirect", "/group/other/?token=x#y", true},
        {"redirect", "../other/", true},
        {"redirect", "/a:b", true},
        {"redirect", "//evil.example/", false},
        {"redirect", "data:text/html,x", false},
        {"redirect", "https://", false},
        {"redirect", "https://x/\"", false},
        {"redirect", "https://x/ y", false},
        {"redirect", "https://x/\r\nSet-Cookie:a", false},
        {"authServer", "http://localhost:1234/", true},
        {"authServer", "https://auth.example.org", true},
        {"authServer", "HTTPS://auth.example.org", false},
        {"authServer", "https://a' 'unsafe-inline", false},
        {"authServer", "https://a,b", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if ((!group_url_check(rows[i].field, rows[i].url)) != rows[i].is_good)
            fail_msg("%s", rows[i].url);
    }
}

static void test_table_is_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; i < n_group_fields; i++)
        assert_true(strcmp(group_fields[i - 1].name, group_fields[i].name) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fields),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_any_case),
        cmocka_unit_test(test_unclean),
        cmocka_unit_test(test_places_in_an_unclean_text),
        cmocka_unit_test(test_errors_have_places),
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_bad_things_are_left_out),
        cmocka_unit_test(test_warnings_are_bounded),
        cmocka_unit_test(test_obsolete_forms),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_subgroup),
        cmocka_unit_test(test_reference_counts),
        cmocka_unit_test(test_to_api),
        cmocka_unit_test(test_api_round_trip),
        cmocka_unit_test(test_check_api),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_table_is_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
