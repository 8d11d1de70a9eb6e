/*
 * What a person pastes as keys for a group. What was taken is good at the door, is taken again from
 * the JSON that it is written as, and holds nothing private.
 */
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/keys/key_jwk.h"
#include "admin-cgi/keys/key_list.h"
#include "admin-cgi/keys/key_text.h"
#include "common/jwt_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_object *keys = NULL, *again = NULL, *list = NULL;
    struct jwt_keys *parsed = NULL;
    struct error e = {0};
    const char *text;

    if (size > 256 * 1024)
        return 0;
    if (key_text_read(&keys, span_of(data, size), &e) < 0) {
        check(e.code < 0 && e.text[0]);
        return 0;
    }
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        struct json_object *key = json_object_array_get_idx(keys, i);
        char print[KEY_THUMBPRINT_SIZE], bits[24];

        check(!key_jwk_private_member(key) && key_jwk_mark(key));
        if (key_jwk_thumbprint(key, print))
            check(strlen(print) == sizeof print - 1);
        key_jwk_size(key, bits, sizeof bits);
        check(bits[0]);
    }
    text = json_object_to_json_string_ext(keys, JSON_C_TO_STRING_PLAIN);
    check(key_text_read(&again, span_str(text), NULL) == 0);
    check(json_object_array_length(again) == json_object_array_length(keys));
    if (key_list_add(&list, NULL, keys, NULL) == 0) {
        check(jwt_keys_parse_strict(&parsed, list, NULL) == 0);
        jwt_keys_free(parsed);
    }
    json_object_put(list);
    json_object_put(again);
    json_object_put(keys);
    return 0;
}
