#include "mediad/group/member.h"

#include <string.h>

void member_tell(struct member *m, struct frame *f)
{
    struct group_event event = {.kind = EVENT_MESSAGE, .frame = f};

    if (f)
        m->ops->hear(m, &event);
    frame_unref(f);
}

static int apply(struct permissions *out, const struct permissions *base, unsigned granted,
                 unsigned revoked)
{
    int r = permissions_copy(out, base);

    if (r == 0)
        out->bits = (out->bits | granted) & ~revoked;
    return r;
}

int member_set_base(struct member *m, const struct permissions *base)
{
    struct permissions copy = {0}, applied = {0};
    int r = permissions_copy(&copy, base);

    if (r == 0)
        r = apply(&applied, base, m->granted, m->revoked);
    if (r < 0) {
        permissions_release(&copy);
        return r;
    }
    permissions_release(&m->base);
    permissions_release(&m->permissions);
    m->base = copy;
    m->permissions = applied;
    member_touch(m);
    return 0;
}

int member_adjust(struct member *m, unsigned add, unsigned take)
{
    unsigned granted = (m->granted | add) & ~take, revoked = (m->revoked | take) & ~add;
    struct permissions applied = {0};
    int r = apply(&applied, &m->base, granted, revoked);

    if (r < 0)
        return r;
    permissions_release(&m->permissions);
    m->permissions = applied;
    m->granted = granted;
    m->revoked = revoked;
    member_touch(m);
    return 0;
}

int data_merge(struct json_object **data, struct json_object *change, size_t size_max)
{
    struct json_object *merged = json_object_new_object();
    size_t len = 0;

    if (!merged)
        return ERR_NO_MEMORY;
    if (*data) {
        json_object_object_foreach(*data, key, value)
        {
            if (json_object_object_add(merged, key, json_object_get(value)) != 0)
                goto no_memory;
        }
    }
    json_object_object_foreach(change, name, item)
    {
        if (!item)
            json_object_object_del(merged, name);
        else if (json_object_object_add(merged, name, json_object_get(item)) != 0)
            goto no_memory;
    }
    json_object_to_json_string_length(merged, JSON_C_TO_STRING_PLAIN, &len);
    if (len > size_max) {
        json_object_put(merged);
        return ERR_TOO_LARGE;
    }
    if (json_object_object_length(merged) == 0) {
        json_object_put(merged);
        merged = NULL;
    }
    json_object_put(*data);
    *data = merged;
    return 0;
no_memory:
    json_object_put(merged);
    return ERR_NO_MEMORY;
}

void member_touch(struct member *m)
{
    frame_unref(m->add_frame);
    m->add_frame = NULL;
}

void member_clear(struct member *m)
{
    member_touch(m);
    permissions_release(&m->base);
    permissions_release(&m->permissions);
    m->base = m->permissions = (struct permissions){0};
    m->granted = m->revoked = 0;
    m->login = LOGIN_TOKEN;
    m->features = 0;
    json_object_put(m->data);
    m->data = NULL;
}
