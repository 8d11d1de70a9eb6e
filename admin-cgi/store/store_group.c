/* Reading and changing one group; users are in store_user.c, lists in store_group_list.c. */
#include "admin-cgi/store/store_group.h"

#include <string.h>

#include "admin-cgi/store/group_text.h"
#include "admin-cgi/store/store_file_internal.h"
#include "common/group_field.h"
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

/* ---- changes: each is a make() under the lock ---- */

struct group_change {
    const struct precondition *condition;
    struct span text;
    struct json_object *object;
    bool with_secrets;
    struct db *db;
    struct arena *arena;
    int64_t seq;
    const struct member_change *changes;
    size_t n_changes;
    const char **conflicts;
};

static int check_condition(const struct file_state *now, void *arg, struct error *e)
{
    const struct group_change *c = arg;

    return precondition_check(c->condition, now->etag, e);
}

static int check_existing(const struct file_state *now, void *arg, struct error *e)
{
    if (!file_exists(now))
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such group");
    return check_condition(now, arg, e);
}

static struct span present_text(const struct file_state *now)
{
    return file_exists(now) ? now->text : span_of(NULL, 0);
}

/* Hand the edited text over. */
static int finish_text(struct buf *out, struct group_text *g, int r)
{
    if (r == 0)
        buf_add_span(out, buf_span(&g->text));
    group_text_release(g);
    return r;
}

static int change(struct db *db, const char *name, const struct actor *actor, const char *action,
                  int (*check)(const struct file_state *, void *, struct error *),
                  int (*make)(struct buf *, const struct file_state *, void *, struct error *),
                  struct group_change *arg, struct file_result *out, struct error *e)
{
    const struct file_change c = {.kind = FILE_GROUP,
                                  .name = name,
                                  .actor = actor,
                                  .action = action,
                                  .remove = !make,
                                  .check = check,
                                  .make = make,
                                  .arg = arg};
    int r = group_name_check(span_str(name), e);

    return r < 0 ? r : store_file_change(db, &c, out, e);
}

static int make_text(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    const struct group_change *c = arg;

    (void)now;
    (void)e;
    buf_add_span(out, c->text);
    return 0;
}

int store_group_save(struct db *db, const char *name, const struct precondition *condition,
                     struct span text, const struct actor *actor, struct file_result *out,
                     struct error *e)
{
    struct group_change arg = {.condition = condition, .text = text};
    const struct file_change c = {.kind = FILE_GROUP,
                                  .name = name,
                                  .actor = actor,
                                  .action = "group.save",
                                  .replace_broken = true,
                                  .check = check_condition,
                                  .make = make_text,
                                  .arg = &arg};
    int r = group_name_check(span_str(name), e);

    return r < 0 ? r : store_file_change(db, &c, out, e);
}

static int make_put(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    const struct group_change *c = arg;
    struct group_text g;
    int r = group_text_open(&g, present_text(now), e);

    if (r < 0)
        return r;
    r = group_text_replace(&g, c->object, false, e);
    if (r == 0 && !file_exists(now))
        r = group_text_lay_out(&g, e);
    return finish_text(out, &g, r);
}

int store_group_put(struct db *db, const char *name, const struct precondition *condition,
                    struct json_object *object, const struct actor *actor, struct file_result *out,
                    struct error *e)
{
    struct group_change arg = {.condition = condition, .object = object};

    return change(db, name, actor, "group.put", check_condition, make_put, &arg, out, e);
}

int store_group_delete(struct db *db, const char *name, const struct precondition *condition,
                       const struct actor *actor, struct file_result *out, struct error *e)
{
    struct group_change arg = {.condition = condition};

    return change(db, name, actor, "group.delete", check_existing, NULL, &arg, out, e);
}

static int make_keys(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    const struct group_change *c = arg;
    struct group_text g;
    int r = group_text_open(&g, present_text(now), e);

    if (r < 0)
        return r;
    return finish_text(out, &g, group_text_set(&g, "authKeys", c->object, e));
}

int store_group_set_keys(struct db *db, const char *name, struct json_object *keys,
                         const struct actor *actor, struct file_result *out, struct error *e)
{
    struct group_change arg = {.object = keys};

    return change(db, name, actor, keys ? "keys.put" : "keys.delete", check_existing, make_keys,
                  &arg, out, e);
}

/* ---- merge ---- */

static struct json_object *member_of(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    if (object)
        json_object_object_get_ex(object, name, &value);
    return value;
}

/* json_object_equal() takes two absent members for equal, too. */
static bool same(struct json_object *a, struct json_object *b)
{
    return a && b ? json_object_equal(a, b) : a == b;
}

static int load_base(struct group_change *c, const struct file_state *now,
                     struct json_object **base, struct error *e)
{
    struct version v;
    struct span text;
    int r;

    *base = NULL;
    if (c->seq == now->head_seq || c->seq == 0)
        return 0;
    r = store_version_get(c->db, c->arena, now->id, c->seq, &v, &text, e);
    if (r == ERR_NOT_FOUND)
        return 0; /* a base that is gone: every member that differs is a conflict */
    return r < 0 ? r : json_scan_parse(base, text, &json_limits_file, e);
}

static int make_members(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    struct group_change *c = arg;
    struct json_object *base = NULL;
    struct group_text g;
    size_t n_conflicts = 0;
    int r = group_text_open(&g, present_text(now), e);

    if (r < 0)
        return r;
    r = load_base(c, now, &base, e);
    for (size_t i = 0; r == 0 && i < c->n_changes; i++) {
        const struct member_change *m = &c->changes[i];
        struct json_object *theirs = group_text_get(&g, m->name);
        bool moved = c->seq && c->seq != now->head_seq && !same(theirs, member_of(base, m->name));

        if (moved && !same(theirs, m->value)) {
            if (c->conflicts)
                c->conflicts[n_conflicts] = m->name;
            n_conflicts++;
            continue;
        }
        r = group_text_set(&g, m->name, m->value, e);
        if (r == 0 && strcmp(m->name, "auto-subgroups") == 0)
            r = group_text_set(&g, GROUP_FIELD_ALLOW_SUBGROUPS, NULL, e);
    }
    json_object_put(base);
    if (r == 0 && !file_exists(now))
        r = group_text_lay_out(&g, e);
    if (r == 0 && n_conflicts)
        r = error_set(e, ERR_PRECONDITION, NULL, "somebody else changed the same fields meanwhile");
    return finish_text(out, &g, r);
}

int store_group_change_members(struct db *db, const char *name, int64_t base_seq,
                               const struct member_change *changes, size_t n_changes,
                               const struct actor *actor, const char **conflicts,
                               struct file_result *out, struct error *e)
{
    struct arena arena = {0};
    struct group_change arg = {.db = db,
                               .arena = &arena,
                               .seq = base_seq,
                               .changes = changes,
                               .n_changes = n_changes,
                               .conflicts = conflicts};
    int r;

    if (conflicts)
        memset(conflicts, 0, (n_changes + 1) * sizeof *conflicts);
    r = change(db, name, actor, "group.edit", base_seq ? check_existing : NULL, make_members, &arg,
               out, e);
    arena_release(&arena);
    return r;
}

/* ---- history ---- */

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
    struct group_change arg = {0};

    return change(db, name, actor, "group.undelete", check_trashed, make_again, &arg, out, e);
}

static int make_restored(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    struct group_change *c = arg;
    struct json_object *old = NULL;
    struct version v;
    struct span text;
    struct group_text g;
    int r = store_version_get(c->db, c->arena, now->id, c->seq, &v, &text, e);

    if (r < 0)
        return r;
    if (c->with_secrets) {
        buf_add_span(out, text);
        return 0;
    }
    r = json_scan_parse(&old, text, &json_limits_file, e);
    if (r < 0)
        return r;
    r = group_text_open(&g, present_text(now), e);
    if (r == 0)
        r = finish_text(out, &g, group_text_replace(&g, old, true, e));
    json_object_put(old);
    return r;
}

int store_group_restore(struct db *db, const char *name, int64_t seq, bool with_secrets,
                        const struct actor *actor, struct file_result *out, struct error *e)
{
    struct arena arena = {0};
    struct group_change arg = {.db = db, .arena = &arena, .seq = seq, .with_secrets = with_secrets};
    const struct file_change c = {.kind = FILE_GROUP,
                                  .name = name,
                                  .actor = actor,
                                  .action = "group.restore",
                                  .replace_broken = with_secrets,
                                  .make = make_restored,
                                  .arg = &arg};
    int r = group_name_check(span_str(name), e);

    if (r == 0)
        r = store_file_change(db, &c, out, e);
    arena_release(&arena);
    return r;
}
