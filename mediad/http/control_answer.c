#include "mediad/http/control_answer.h"

#include "mediad/http/exchange.h"

void control_answer(struct exchange *x, unsigned status, struct json_object *json)
{
    size_t len = 0;
    const char *text =
        json ? json_object_to_json_string_length(
                   json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len)
             : NULL;

    buf_clear(&x->answer);
    if (text) {
        buf_add(&x->answer, text, len);
        buf_add_char(&x->answer, '\n');
    } else {
        x->answer.bad = true;
    }
    exchange_header(x, "cache-control:", "no-store");
    exchange_answer(x, status, "application/json");
    json_object_put(json);
}

void control_refuse(struct exchange *x, unsigned status, const char *code, const char *text)
{
    struct json_object *json = json_object_new_object();

    if (json) {
        json_object_object_add(json, "error", json_object_new_string(code));
        json_object_object_add(json, "text", json_object_new_string(text));
    }
    control_answer(x, status, json);
}
