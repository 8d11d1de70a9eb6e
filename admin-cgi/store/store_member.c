#include "admin-cgi/store/store_member.h"

#include "admin-cgi/store/group_change.h"
#include "common/group_desc_json.h"
#include "common/group_field.h"

static int edit_upgrade(struct group_text *g, const struct file_state *now, void *arg,
                        struct error *e)
{
    (void)now;
    (void)arg;
    return group_text_upgrade(g, e);
}

int store_member_upgrade(struct db *db, const char *group, const struct actor *actor,
                         struct file_result *out, struct error *e)
{
    const struct group_change c = {.name = group,
                                   .actor = actor,
                                   .action = "group.edit",
                                   .must_exist = true,
                                   .edit = edit_upgrade};

    return group_change(db, &c, out, e);
}

struct renaming {
    const char *member, *to;
};

/* May this value stand under that name? */
static int check_value(const char *name, struct json_object *value, struct error *e)
{
    struct json_object *one = json_object_new_object();
    int r;

    if (!one)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a value");
    json_object_object_add(one, name, json_object_get(value));
    r = group_desc_check_api(one, e);
    json_object_put(one);
    return r;
}

static int edit_member(struct group_text *g, const struct file_state *now, void *arg,
                       struct error *e)
{
    const struct renaming *c = arg;
    struct json_object *value = NULL;
    int r = 0;

    (void)now;
    if (!json_object_object_get_ex(g->desc->source, c->member, &value) ||
        group_desc_knows(g->desc, c->member))
        return error_set(e, ERR_NOT_FOUND, NULL, "the file has no such unknown member");
    if (c->to && (!group_field_find(c->to) || group_text_get(g, c->to)))
        return error_set(e, ERR_INVALID, "to",
                         "the file has this setting already, or there is none");
    if (c->to)
        r = check_value(c->to, value, e);
    if (r == 0 && c->to)
        r = group_text_set(g, c->to, value, e);
    return r == 0 ? group_text_set(g, c->member, NULL, e) : r;
}

int store_member_rename(struct db *db, const char *group, const char *member, const char *to,
                        const struct actor *actor, struct file_result *out, struct error *e)
{
    struct renaming arg = {member, to};
    const struct group_change c = {.name = group,
                                   .actor = actor,
                                   .action = "group.edit",
                                   .must_exist = true,
                                   .edit = edit_member,
                                   .arg = &arg};

    return group_change(db, &c, out, e);
}
