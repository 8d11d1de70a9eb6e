#include "admin-cgi/store/group_change.h"

#include "common/group_name.h"

static int check(const struct file_state *now, void *arg, struct error *e)
{
    const struct group_change *c = arg;

    if (c->must_exist && !file_exists(now))
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such group");
    return precondition_check(c->condition, now->etag, e);
}

static int make(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    const struct group_change *c = arg;
    struct group_text g;
    int r = group_text_open(&g, file_exists(now) ? now->text : span_of(NULL, 0), e);

    if (r < 0)
        return r;
    r = c->edit(&g, now, c->arg, e);
    if (r == 0)
        buf_add_span(out, buf_span(&g.text));
    group_text_release(&g);
    return r;
}

struct file_change group_change_file(struct group_change *c)
{
    return (struct file_change){.kind = FILE_GROUP,
                                .name = c->name,
                                .actor = c->actor,
                                .action = c->action,
                                .summary = c->summary,
                                .remove = !c->edit,
                                .check = check,
                                .make = make,
                                .arg = c};
}

int group_change(struct db *db, const struct group_change *change, struct file_result *out,
                 struct error *e)
{
    struct group_change c = *change;
    const struct file_change file = group_change_file(&c);
    int r = group_name_check(span_str(c.name), e);

    return r < 0 ? r : store_file_change(db, &file, out, e);
}
