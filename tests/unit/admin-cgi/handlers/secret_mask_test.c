#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "admin-cgi/handlers/secret_mask.h"
#include "common/macros.h"

static void test_masks(void **state)
{
    static const struct {
        const char *name, *text, *masked;
    } rows[] = {
        {"no secret", "{\"public\":  true}\n", "{\"public\":  true}\n"},
        {"a user's password", "{\"users\": {\"a\": {\"password\":\"x\"}}}",
         "{\"users\": {\"a\": {\"password\":{\"$keep\": 1}}}}"},
        {"a hash", "{\"users\": {\"a\": {\"password\": {\"type\": \"bcrypt\", \"key\": \"k\"}}}}",
         "{\"users\": {\"a\": {\"password\": {\"$keep\": 1}}}}"},
        {"any password is no secret",
         "{\"wildcard-user\": {\"password\": {\"type\": \"wildcard\"}}}",
         "{\"wildcard-user\": {\"password\": {\"type\": \"wildcard\"}}}"},
        {"no password", "{\"users\": {\"a\": {\"password\": null}}}",
         "{\"users\": {\"a\": {\"password\": null}}}"},
        {"one password for all", "{\"wildcard-user\": {\"password\": \"x\"}}",
         "{\"wildcard-user\": {\"password\": {\"$keep\": 1}}}"},
        {"keys", "{\"authKeys\": [{\"k\": \"x\"}]}", "{\"authKeys\": {\"$keep\": 1}}"},
        {"obsolete users", "{\"op\": [{\"username\": \"a\", \"password\": \"x\"}]}",
         "{\"op\": {\"$keep\": 1}}"},
        {"another case", "{\"USERS\": {\"a\": {\"Password\": \"x\"}}}",
         "{\"USERS\": {\"a\": {\"Password\": {\"$keep\": 1}}}}"},
        {"a user called password", "{\"users\": {\"password\": {\"password\": \"x\"}}}",
         "{\"users\": {\"password\": {\"password\": {\"$keep\": 1}}}}"},
        {"no object", "[1]", "[1]"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf masked = {0}, back = {0};
        struct error e = {0};

        assert_int_equal(secret_mask(&masked, span_str(rows[i].text), &e), 0);
        if (strcmp(buf_str(&masked), rows[i].masked) != 0)
            fail_msg("%s: %s", rows[i].name, buf_str(&masked));
        if (secret_unmask(&back, buf_span(&masked), span_str(rows[i].text), &e) < 0 ||
            strcmp(buf_str(&back), rows[i].text) != 0)
            fail_msg("%s, back: %s %s", rows[i].name, e.text, buf_str(&back));
        buf_release(&masked);
        buf_release(&back);
    }
}

static const char original[] = "{\"users\": {\"a\": {\"password\": \"one\"}, \"b\": {\"password\": "
                               "\"two\"}}, \"authKeys\": [{\"k\": \"three\"}]}";

static void test_edits(void **state)
{
    static const struct {
        const char *name, *edited, *result;
    } rows[] = {
        {"another value beside it",
         "{\"users\": {\"a\": {\"password\": {\"$keep\": 1}}}, \"x\": 1}",
         "{\"users\": {\"a\": {\"password\": \"one\"}}, \"x\": 1}"},
        {"a new password", "{\"users\": {\"a\": {\"password\": {\"type\": \"wildcard\"}}}}",
         "{\"users\": {\"a\": {\"password\": {\"type\": \"wildcard\"}}}}"},
        {"all removed", "{}", "{}"},
        {"another order",
         "{\"authKeys\": {\"$keep\": 3}, \"users\": {\"b\": {\"password\": {\"$keep\": 2}}}}",
         "{\"authKeys\": [{\"k\": \"three\"}], \"users\": {\"b\": {\"password\": \"two\"}}}"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf out = {0};
        struct error e = {0};
        int r = secret_unmask(&out, span_str(rows[i].edited), span_str(original), &e);

        if (r < 0 || strcmp(buf_str(&out), rows[i].result) != 0)
            fail_msg("%s: %d %s %s", rows[i].name, r, e.text, buf_str(&out));
        buf_release(&out);
    }
}

static void test_refused_edits(void **state)
{
    static const struct {
        const char *name, *edited;
        int code;
    } rows[] = {
        {"moved to another user", "{\"users\": {\"b\": {\"password\": {\"$keep\": 1}}}}",
         ERR_INVALID},
        {"moved to a new user", "{\"users\": {\"c\": {\"password\": {\"$keep\": 1}}}}",
         ERR_INVALID},
        {"moved into a text that people see", "{\"description\": {\"$keep\": 1}}", ERR_INVALID},
        {"copied", "{\"users\": {\"a\": {\"password\": {\"$keep\": 1}}}, \"x\": [{\"$keep\": 1}]}",
         ERR_INVALID},
        {"made up", "{\"users\": {\"a\": {\"password\": {\"$keep\": 9}}}}", ERR_INVALID},
        {"with more in it", "{\"users\": {\"a\": {\"password\": {\"$keep\": 1, \"b\": 2}}}}",
         ERR_INVALID},
        {"no number", "{\"users\": {\"a\": {\"password\": {\"$keep\": \"1\"}}}}", ERR_INVALID},
        {"no JSON", "{", ERR_SYNTAX},
        {"nothing", "", ERR_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf out = {0};
        struct error e = {0};
        int r = secret_unmask(&out, span_str(rows[i].edited), span_str(original), &e);

        if (r != rows[i].code || out.len)
            fail_msg("%s: %d %s", rows[i].name, r, buf_str(&out));
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_refused_edits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
