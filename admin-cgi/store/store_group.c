#include "admin-cgi/store/store_group.h"

#include <string.h>

#include "admin-cgi/store/group_change.h"
#include "admin-cgi/store/store_version.h"
#include "common/group_name.h"
#include "common/json_scan.h"

static void unref_desc(void *object)
{
    group_desc_unref(object);
}

static int parse_head(struct arena *a, struct group_record *out, struct error *e)
{
    struct group_desc *desc = NULL;
    int r;

    if (!out->file.head_id)
        return error_set(e, ERR_WRONG_STATE, NULL, "line %u column %u: %s", out->file.problem_line,
                         out->file.problem_column, out->file.problem);
    r = group_desc_parse(&desc, out->file.text, e);
    if (r < 0)
        return r;
    out->desc = desc;
    return arena_defer(a, unref_desc, desc);
}

int store_group_get(struct db *db, struct arena *a, const char *name, int64_t now_us,
                    struct group_record *out, struct error *e)
{
    int r = group_name_check(span_str(name), e);

    memset(out, 0, sizeof *out);
    if (r < 0)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such group");
    r = store_file_get(db, a, FILE_GROUP, name, now_us, &out->file, e);
    if (r < 0)
        return r;
    if (!file_exists(&out->file))
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such group");
    return parse_head(a, out, e);
}

int store_group_find(struct db *db, struct arena *a, const char *name, int64_t now_us,
                     struct group_record *out, struct error *e)
{
    struct span rest = span_str(name);
    int r = store_group_get(db, a, name, now_us, out, e);

    while (r == ERR_NOT_FOUND) {
        size_t len = group_name_parent_len(rest);
        struct group_desc *desc = NULL;
        const char *ancestor;

        if (len == 0)
            return r;
        rest = span_sub(rest, 0, len);
        ancestor = arena_dup(a, rest);
        if (!ancestor)
            return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a group");
        r = store_group_get(db, a, ancestor, now_us, out, e);
        if (r < 0)
            continue;
        if (!out->desc->auto_subgroups)
            return error_set(e, ERR_NOT_FOUND, NULL, "there is no such group");
        r = group_desc_subgroup(&desc, out->desc);
        if (r < 0)
            return r;
        out->desc = desc;
        out->is_inherited = true;
        return arena_defer(a, unref_desc, desc);
    }
    return r;
}

/* ---- whole texts: what is there is not read, and may not even parse ---- */

struct text_change {
    const struct precondition *condition;
    struct span text;
    int64_t seq; /* of the version to bring back */
    struct db *db;
    struct arena arena;
};

static int change_text(struct db *db, const struct file_change *change, struct file_result *out,
                       struct error *e)
{
    int r = group_name_check(span_str(change->name), e);

    return r < 0 ? r : store_file_change(db, change, out, e);
}

static int check_condition(const struct file_state *now, void *arg, struct error *e)
{
    const struct text_change *c = arg;

    return precondition_check(c->condition, now->etag, e);
}

static int make_given(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    const struct text_change *c = arg;

    (void)now;
    (void)e;
    buf_add_span(out, c->text);
    return 0;
}

int store_group_save(struct db *db, const char *name, const struct precondition *condition,
                     struct span text, const struct actor *actor, struct file_result *out,
                     struct error *e)
{
    struct text_change arg = {.condition = condition, .text = text};
    const struct file_change c = {.kind = FILE_GROUP,
                                  .name = name,
                                  .actor = actor,
                                  .action = "group.save",
                                  .replace_broken = true,
                                  .check = check_condition,
                                  .make = make_given,
                                  .arg = &arg};

    return change_text(db, &c, out, e);
}

static int check_trashed(const struct file_state *now, void *arg, struct error *e)
{
    (void)arg;
    if (file_exists(now))
        return error_set(e, ERR_EXISTS, NULL, "a group of this name exists");
    if (now->status != FILE_TRASHED || !now->head_id)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such group in the trash");
    return 0;
}

static int make_again(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    (void)arg;
    (void)e;
    buf_add_span(out, now->text);
    return 0;
}

int store_group_undelete(struct db *db, const char *name, const struct actor *actor,
                         struct file_result *out, struct error *e)
{
    const struct file_change c = {.kind = FILE_GROUP,
                                  .name = name,
                                  .actor = actor,
                                  .action = "group.undelete",
                                  .check = check_trashed,
                                  .make = make_again};

    return change_text(db, &c, out, e);
}

static int make_version(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    struct text_change *c = arg;
    struct version v;
    struct span text;
    int r = store_version_get(c->db, &c->arena, now->id, c->seq, &v, &text, e);

    if (r == 0)
        buf_add_span(out, text);
    return r;
}

static int restore_with_secrets(struct db *db, const char *name, int64_t seq,
                                const struct actor *actor, struct file_result *out, struct error *e)
{
    struct text_change arg = {.db = db, .seq = seq};
    const struct file_change c = {.kind = FILE_GROUP,
                                  .name = name,
                                  .actor = actor,
                                  .action = "group.restore",
                                  .replace_broken = true,
                                  .make = make_version,
                                  .arg = &arg};
    int r = change_text(db, &c, out, e);

    arena_release(&arg.arena);
    return r;
}

/* ---- edits of the present text ---- */

static int edit_put(struct group_text *g, const struct file_state *now, void *arg, struct error *e)
{
    int r = group_text_replace(g, arg, false, e);

    return r == 0 && !file_exists(now) ? group_text_lay_out(g, e) : r;
}

int store_group_put(struct db *db, const char *name, const struct precondition *condition,
                    struct json_object *object, const struct actor *actor, struct file_result *out,
                    struct error *e)
{
    const struct group_change c = {.name = name,
                                   .actor = actor,
                                   .action = "group.put",
                                   .condition = condition,
                                   .edit = edit_put,
                                   .arg = object};

    return group_change(db, &c, out, e);
}

int store_group_delete(struct db *db, const char *name, const struct precondition *condition,
                       const struct actor *actor, struct file_result *out, struct error *e)
{
    const struct group_change c = {.name = name,
                                   .actor = actor,
                                   .action = "group.delete",
                                   .must_exist = true,
                                   .condition = condition};

    return group_change(db, &c, out, e);
}

static int edit_keys(struct group_text *g, const struct file_state *now, void *arg, struct error *e)
{
    (void)now;
    return group_text_set(g, "authKeys", arg, e);
}

int store_group_set_keys(struct db *db, const char *name, const struct precondition *condition,
                         struct json_object *keys, const struct actor *actor,
                         struct file_result *out, struct error *e)
{
    const struct group_change c = {.name = name,
                                   .actor = actor,
                                   .action = keys ? "keys.put" : "keys.delete",
                                   .must_exist = true,
                                   .condition = condition,
                                   .edit = edit_keys,
                                   .arg = keys};

    return group_change(db, &c, out, e);
}

/* An edit that looks at an older version. */
struct version_edit {
    struct db *db;
    struct arena arena;
    int64_t seq; /* 0: none */
    const struct member_change *changes;
    size_t n_changes;
    const char **conflicts;
};

/* @param out the version's description, owned */
static int load_version(struct version_edit *c, const struct file_state *now,
                        struct json_object **out, struct error *e)
{
    struct version v;
    struct span text;
    int r = store_version_get(c->db, &c->arena, now->id, c->seq, &v, &text, e);

    return r < 0 ? r : json_scan_parse(out, text, &json_limits_file, e);
}

static int edit_restored(struct group_text *g, const struct file_state *now, void *arg,
                         struct error *e)
{
    struct json_object *old = NULL;
    int r = load_version(arg, now, &old, e);

    if (r == 0)
        r = group_text_replace(g, old, true, e);
    json_object_put(old);
    return r;
}

int store_group_restore(struct db *db, const char *name, int64_t seq, bool with_secrets,
                        const struct actor *actor, struct file_result *out, struct error *e)
{
    struct version_edit arg = {.db = db, .seq = seq};
    const struct group_change c = {.name = name,
                                   .actor = actor,
                                   .action = "group.restore",
                                   .edit = edit_restored,
                                   .arg = &arg};
    int r;

    if (with_secrets)
        return restore_with_secrets(db, name, seq, actor, out, e);
    r = group_change(db, &c, out, e);
    arena_release(&arg.arena);
    return r;
}

static int edit_members(struct group_text *g, const struct file_state *now, void *arg,
                        struct error *e)
{
    struct version_edit *c = arg;
    struct json_object *base = NULL;
    bool has_moved = c->seq && c->seq != now->head_seq;
    size_t n_conflicts = 0;
    int r = has_moved ? load_version(c, now, &base, e) : 0;

    if (r == ERR_NOT_FOUND)
        r = 0; /* a base that is gone: every member that differs is a conflict */
    for (size_t i = 0; r == 0 && i < c->n_changes; i++) {
        const struct member_change *m = &c->changes[i];
        struct json_object *theirs = group_text_get(g, m->name);

        if (has_moved && !json_object_equal(theirs, json_object_object_get(base, m->name)) &&
            !json_object_equal(theirs, m->value)) {
            if (c->conflicts)
                c->conflicts[n_conflicts] = m->name;
            n_conflicts++;
            continue;
        }
        r = group_text_set_field(g, m->name, m->value, e);
    }
    json_object_put(base);
    if (r == 0 && !file_exists(now))
        r = group_text_lay_out(g, e);
    if (r == 0 && n_conflicts)
        r = error_set(e, ERR_PRECONDITION, NULL, "somebody else changed the same fields meanwhile");
    return r;
}

int store_group_change_members(struct db *db, const char *name, int64_t base_seq,
                               const struct member_change *changes, size_t n_changes,
                               const struct actor *actor, const char **conflicts,
                               struct file_result *out, struct error *e)
{
    struct version_edit arg = {.db = db,
                               .seq = base_seq,
                               .changes = changes,
                               .n_changes = n_changes,
                               .conflicts = conflicts};
    const struct group_change c = {.name = name,
                                   .actor = actor,
                                   .action = "group.edit",
                                   .must_exist = base_seq != 0,
                                   .edit = edit_members,
                                   .arg = &arg};
    int r;

    if (conflicts)
        memset(conflicts, 0, (n_changes + 1) * sizeof *conflicts);
    r = group_change(db, &c, out, e);
    arena_release(&arg.arena);
    return r;
}
