/* data/config.json: a file that parses never makes a URL or host that would not parse again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/server_config.h"
#include "common/server_origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static bool is_clean(const struct buf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] <= ' ' || text->data[i] == 0x7F)
            return false;
    }
    return true;
}

static void use(const struct server_config *c)
{
    struct buf out = {0};

    require(!c->canonical_host || host_check(span_str(c->canonical_host)));
    server_config_base_url(&out, c, span_str("h.example:8443"), true);
    require(is_clean(&out) && strstr(buf_str(&out), "://"));
    buf_clear(&out);
    server_config_link(&out, c, "/group/a/");
    require(is_clean(&out) && !strchr(buf_str(&out), ';') &&
            span_eq_str(server_config_strip(c, buf_span(&out)), "/group/a/") ==
                (server_config_strip_path(c).len > 0 || server_config_base_path(c).len == 0));
    buf_clear(&out);
    require(server_config_redirect(&out, c, span_str("h.example:1"), span_str("/x")) ==
            (out.len > 0));
    require(is_clean(&out));
    for (size_t i = 0; c->allow_origin && c->allow_origin[i]; i++)
        require(origin_check(c, span_str(c->allow_origin[i]), span_str("h"), c->allow_origin) ==
                ORIGIN_ALLOWED);
    for (size_t i = 0; i < c->n_users; i++)
        require(server_config_user(c, span_str(c->users[i].name)) == &c->users[i]);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct server_config *c = NULL;
    struct error e = {0};
    uint8_t *text = malloc(size);

    if (size > 0)
        memcpy(text, data, size);
    if (server_config_parse(&c, span_of(text, size), &e) == 0)
        use(c);
    else
        require(!c && e.code < 0 && e.text[0]);
    server_config_free(c);
    free(text);
    return 0;
}
