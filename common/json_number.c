#include "common/json_number.h"

#include <string.h>

#define NO_EXPONENT "e0"

bool json_integer_is_exact(struct span token)
{
    bool is_negative = token.len > 0 && token.data[0] == '-';
    struct span digits = span_sub(token, is_negative, token.len);
    uint64_t magnitude;

    if (!span_u64(digits, &magnitude) || magnitude > (uint64_t)INT64_MAX + is_negative)
        return false;
    return !is_negative || magnitude > 0;
}

static bool is_number_byte(uint8_t b)
{
    return (b >= '0' && b <= '9') || b == '-' || b == '+' || b == '.' || (b | 0x20) == 'e';
}

static bool starts_number(uint8_t b)
{
    return (b >= '0' && b <= '9') || b == '-';
}

/* Bytes of the token at the start of a checked text: a string, a number, or one byte of the rest.
 */
static size_t token_len(struct span text)
{
    size_t len = 1;

    if (text.data[0] == '"') {
        while (text.data[len] != '"')
            len += text.data[len] == '\\' ? 2 : 1;
        return len + 1;
    }
    if (starts_number(text.data[0])) {
        while (len < text.len && is_number_byte(text.data[len]))
            len++;
    }
    return len;
}

static bool is_integer(struct span token)
{
    if (!starts_number(token.data[0]))
        return false;
    for (size_t i = 0; i < token.len; i++) {
        if (token.data[i] == '.' || (token.data[i] | 0x20) == 'e')
            return false;
    }
    return true;
}

void json_text_integers_to_doubles(struct buf *out, struct span text)
{
    while (text.len > 0) {
        struct span token = span_sub(text, 0, token_len(text));

        buf_add_span(out, token);
        if (is_integer(token) && !json_integer_is_exact(token))
            buf_add_str(out, NO_EXPONENT);
        text = span_sub(text, token.len, text.len);
    }
}

int json_double_to_integer_text(struct json_object *value)
{
    const size_t added = strlen(NO_EXPONENT);
    size_t len = 0;
    const char *text;
    struct span token;
    char *copy;

    if (!json_object_is_type(value, json_type_double))
        return 0;
    text = json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN, &len);
    if (!text)
        return ERR_NO_MEMORY;
    if (len <= added || strcmp(text + len - added, NO_EXPONENT) != 0)
        return 0;
    token = (struct span){(const uint8_t *)text, len - added};
    if (!is_integer(token) || json_integer_is_exact(token))
        return 0;
    copy = span_dup(token);
    if (!copy)
        return ERR_NO_MEMORY;
    json_object_set_serializer(value, json_object_userdata_to_json_string, copy,
                               json_object_free_userdata);
    return 0;
}
