/* Password members: read, written and read again they are the same; matching is left to the unit
 * tests, because a hash may rightly take a quarter of a second. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/password.h"
#include "common/password_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void check(struct json_object *json)
{
    struct password p = {0};
    struct password again = {0};
    struct password strict = {0};
    struct json_object *written;
    struct error e = {0};
    int r;

    if (password_parse(&p, json, &e) < 0) {
        require(p.type == PASSWORD_NONE && e.text[0]);
        return;
    }
    require((p.type == PASSWORD_BAD) == (p.problem[0] != 0));
    r = password_parse_strict(&strict, json, NULL);
    require((r < 0) == (p.type == PASSWORD_BAD));
    written = password_to_json(&p);
    require((!written) == (p.type == PASSWORD_NONE));
    require(password_parse(&again, written, NULL) == 0);
    require(again.type == p.type && password_is_weak(&again) == password_is_weak(&p));
    require(!p.key == !again.key && (!p.key || strcmp(p.key, again.key) == 0));
    if (password_is_cheap(&p))
        require(!password_match(&p, span_str("x")) || p.type == PASSWORD_WILDCARD ||
                p.type == PASSWORD_PLAIN);
    json_object_put(written);
    password_release(&p);
    password_release(&again);
    password_release(&strict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_object *json = NULL;
    uint8_t *text = malloc(size);

    if (size > 0)
        memcpy(text, data, size);
    if (json_scan_parse(&json, span_of(text, size), &json_limits_file, NULL) == 0)
        check(json);
    json_object_put(json);
    free(text);
    return 0;
}
