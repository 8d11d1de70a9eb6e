/*
 * What the console's settings read and edit: texts of config.json and ice-servers.json, addresses
 * of servers, welcome texts, logos. What is written parses again and says what was asked for; what
 * was not asked for stays.
 */
#include <string.h>

#include "common/ice_url.h"
#include "admin-cgi/site/config_text.h"
#include "admin-cgi/site/ice_text.h"
#include "admin-cgi/site/logo.h"
#include "admin-cgi/site/site_look.h"
#include "common/json_scan.h"
#include "tests/fuzz/check.h"

static size_t servers_in(struct span text)
{
    struct ice_row *rows;
    struct arena a = {0};
    size_t n;

    check(ice_text_read(&rows, &n, &a, text, NULL) == 0);
    arena_release(&a);
    return n;
}

static void edit_servers(struct span text)
{
    const struct ice_entry entry = {
        .urls = "stun:a.example", .login = ICE_NO_LOGIN, .username = "", .credential = ""};
    struct buf out = {0};
    struct ice_row *rows;
    struct arena a = {0};
    size_t n;

    if (ice_text_read(&rows, &n, &a, text, NULL) == 0) {
        if (ice_text_put(&out, text, SIZE_MAX, &entry, NULL) == 0)
            check(servers_in(buf_span(&out)) == n + 1);
        buf_clear(&out);
        if (n > 1) {
            check(ice_text_raise(&out, text, 1, NULL) == 0);
            check(buf_span(&out).len == text.len && servers_in(buf_span(&out)) == n);
            buf_clear(&out);
        }
        check((ice_text_remove(&out, text, 0, NULL) == 0) == (n > 0));
        check(n == 0 || servers_in(buf_span(&out)) == n - 1);
    }
    buf_release(&out);
    arena_release(&a);
}

static void edit_addresses(struct span text)
{
    struct config_values values;
    struct arena a = {0};
    struct buf out = {0};

    if (config_text_read(&values, &a, text, NULL) == 0) {
        int r = config_text_write(&out, text, &values, NULL);

        check(r < 0 || span_eq(buf_span(&out), text));
        values.values[0] = "other.example";
        buf_clear(&out);
        if (config_text_write(&out, text, &values, NULL) == 0) {
            check(config_text_read(&values, &a, buf_span(&out), NULL) == 0);
            check(strcmp(values.values[0], "other.example") == 0);
        }
    }
    buf_release(&out);
    arena_release(&a);
}

static void show_welcome(const char *text)
{
    struct json_object *page = json_object_new_object(), *paragraphs;
    struct arena a = {0};

    site_welcome_add(page, &a, text);
    paragraphs = json_object_object_get(page, "welcome");
    for (size_t i = 0; i < json_object_array_length(paragraphs); i++) {
        struct json_object *pieces =
            json_object_object_get(json_object_array_get_idx(paragraphs, i), "pieces");

        check(json_object_array_length(pieces) > 0);
        for (size_t k = 0; k < json_object_array_length(pieces); k++) {
            const char *url = json_object_get_string(
                json_object_object_get(json_object_array_get_idx(pieces, k), "url"));

            check(!url[0] || site_link_check(span_str(url)));
        }
    }
    json_object_put(page);
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    struct json_object *json = NULL;
    struct ice_url url;
    struct buf picture = {0};
    struct arena a = {0};
    char *copy = arena_dup(&a, text);

    if (json_scan_parse(&json, text, &json_limits_file, NULL) == 0) {
        if (json_object_is_type(json, json_type_array))
            edit_servers(text);
        if (json_object_is_type(json, json_type_object))
            edit_addresses(text);
    }
    json_object_put(json);
    if (logo_read(&picture, text, NULL) == 0)
        check(logo_type(buf_span(&picture)) && buf_span(&picture).len <= LOGO_MAX_BYTES);
    buf_release(&picture);
    if (ice_url_parse(&url, text))
        check(url.host[0] && url.port > 0);
    for (size_t i = 0; i < N_SITE_SETTINGS; i++)
        (void)!site_setting_check(&site_settings[i], text, NULL);
    if (copy && span_is_utf8(text))
        show_welcome(copy);
    arena_release(&a);
    return 0;
}
