/* Group files: whatever parses can be shown, inherited and read again with the same meaning. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/group_desc.h"
#include "common/group_desc_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static struct json_object *shown(const struct group_desc *d)
{
    struct json_object *json = group_desc_to_api(d);

    require(json);
    return json;
}

/* What the API shows is read as the same description. */
static void check_shown(const struct group_desc *d)
{
    struct json_object *json = shown(d);
    struct json_object *json_again;
    struct group_desc *again = NULL;

    require(group_desc_parse(&again, span_str(json_object_to_json_string(json)), NULL) == 0);
    json_again = shown(again);
    require(json_object_equal(json, json_again));
    json_object_put(json);
    json_object_put(json_again);
    group_desc_unref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct group_desc *d = NULL;
    struct group_desc *child = NULL;
    struct error e = {0};
    uint8_t *text = malloc(size);

    if (size > 0)
        memcpy(text, data, size);
    if (group_desc_parse(&d, span_of(text, size), &e) < 0) {
        require(!d && e.code < 0 && e.text[0]);
    } else {
        for (size_t i = 0; i < d->n_users; i++)
            require(group_desc_user(d, span_str(d->users[i].name)) == &d->users[i]);
        check_shown(d);
        require(group_desc_subgroup(&child, d) == 0);
        require(!child->is_public && !child->description && child->n_users == d->n_users);
        group_desc_unref(child);
        group_desc_unref(d);
    }
    free(text);
    return 0;
}
