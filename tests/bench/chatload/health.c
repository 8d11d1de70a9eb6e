#include "tests/bench/chatload/health.h"

#include <curl/curl.h>
#include <json-c/json.h>

#include "common/buf.h"

static size_t take(char *data, size_t size, size_t n, void *arg)
{
    buf_add(arg, data, size * n);
    return size * n;
}

static int64_t member(struct json_object *object, const char *name)
{
    return json_object_get_int64(json_object_object_get(object, name));
}

int health_read(struct health *out, const char *control, struct error *e)
{
    CURL *curl = curl_easy_init();
    struct buf body = {0};
    struct json_object *json, *loop = NULL;
    CURLcode code;

    if (!curl)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory");
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, control);
    curl_easy_setopt(curl, CURLOPT_URL, "http://localhost/v0/health");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 60000L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    json = code == CURLE_OK ? json_tokener_parse(buf_str(&body)) : NULL;
    buf_release(&body);
    if (!json || !json_object_object_get_ex(json, "loop", &loop)) {
        json_object_put(json);
        return error_set(e, ERR_UNAVAILABLE, control, "does not tell of the control loop");
    }
    out->longest_step_us = member(loop, "longestStepUs");
    out->longest_delay_us = member(loop, "longestDelayUs");
    json_object_put(json);
    return 0;
}
