/* What lists and searches know of a group, rewritten whenever its head moves. */
#include "admin-cgi/store/group_index.h"

#include <string.h>

#include "admin-cgi/store/db_statement.h"

static const char sql_index[] =
    "INSERT INTO group_index (file_id, name, display_name, description, redirect, access_kind,"
    " is_public, auto_subgroups, allow_recording, has_weak, not_before, expires, n_users,"
    " changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    " ON CONFLICT (file_id) DO UPDATE SET name = excluded.name,"
    " display_name = excluded.display_name, description = excluded.description,"
    " redirect = excluded.redirect, access_kind = excluded.access_kind,"
    " is_public = excluded.is_public, auto_subgroups = excluded.auto_subgroups,"
    " allow_recording = excluded.allow_recording, has_weak = excluded.has_weak,"
    " not_before = excluded.not_before, expires = excluded.expires, n_users = excluded.n_users,"
    " changed_at = excluded.changed_at";
static const char sql_fts_delete[] = "DELETE FROM group_fts WHERE rowid = ?1";
static const char sql_fts_insert[] =
    "INSERT INTO group_fts (rowid, name, display_name, description, contact, comment, users)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
static const char sql_users_delete[] = "DELETE FROM group_users WHERE file_id = ?1";
static const char sql_users_insert[] =
    "INSERT INTO group_users (file_id, kind, user_name, permissions, password_kind, is_weak)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

static const char *const access_names[] = {"none", "users",    "shared",
                                           "open", "external", "redirect"};
static const char *const password_names[] = {"none",   "plain",  "wildcard", "bcrypt",
                                             "pbkdf2", "scrypt", "bad"};

const char *access_kind_name(enum access_kind kind)
{
    return access_names[kind];
}

const char *password_kind_name(enum password_type type)
{
    return password_names[type];
}

static bool can_log_in(const struct password *p)
{
    return p->type != PASSWORD_NONE && p->type != PASSWORD_BAD;
}

static enum access_kind access_kind_of(const struct group_desc *d)
{
    if (d->redirect)
        return ACCESS_KIND_REDIRECT;
    if (d->wildcard && d->wildcard->password.type == PASSWORD_WILDCARD)
        return ACCESS_KIND_OPEN;
    if (d->wildcard && can_log_in(&d->wildcard->password))
        return ACCESS_KIND_SHARED;
    if (d->keys)
        return ACCESS_KIND_EXTERNAL;
    for (size_t i = 0; i < d->n_users; i++) {
        if (can_log_in(&d->users[i].password))
            return ACCESS_KIND_USERS;
    }
    return ACCESS_KIND_NONE;
}

static bool has_weak_password(const struct group_desc *d)
{
    for (size_t i = 0; i < d->n_users; i++) {
        if (password_is_weak(&d->users[i].password))
            return true;
    }
    return d->wildcard && password_is_weak(&d->wildcard->password);
}

static int write_user(struct db *db, int64_t file_id, const struct group_user *u, struct error *e)
{
    const char *role = "";

    if (u->permissions.role == ROLE_ARRAY)
        role = "custom";
    else if (u->permissions.role != ROLE_NONE)
        role = permission_role_name(u->permissions.role);
    return db_run(db,
                  SQL(sql_users_insert, db_int(file_id), db_text(u->name ? "named" : "wildcard"),
                      db_text_or_empty(u->name), db_text(role),
                      db_text(password_kind_name(u->password.type)),
                      db_int(password_is_weak(&u->password))),
                  e);
}

static int write_users(struct db *db, int64_t file_id, const struct group_desc *d, struct error *e)
{
    int r = db_run(db, SQL(sql_users_delete, db_int(file_id)), e);

    for (size_t i = 0; r == 0 && i < d->n_users; i++)
        r = write_user(db, file_id, &d->users[i], e);
    if (r == 0 && d->wildcard)
        r = write_user(db, file_id, d->wildcard, e);
    return r;
}

static int write_search_text(struct db *db, int64_t file_id, const char *name,
                             const struct group_desc *d, struct error *e)
{
    struct buf users = {0};
    int r = db_run(db, SQL(sql_fts_delete, db_int(file_id)), e);

    for (size_t i = 0; i < d->n_users; i++) {
        buf_add_str(&users, d->users[i].name);
        buf_add_char(&users, '\n');
    }
    if (r == 0)
        r = buf_check(&users);
    if (r == 0)
        r = db_run(db,
                   SQL(sql_fts_insert, db_int(file_id), db_text(name),
                       db_text_or_empty(d->display_name), db_text_or_empty(d->description),
                       db_text_or_empty(d->contact), db_text_or_empty(d->comment),
                       db_text(buf_str(&users))),
                   e);
    buf_release(&users);
    return r;
}

int group_index_write(struct db *db, int64_t file_id, const char *name, const struct group_desc *d,
                      int64_t changed_us, struct error *e)
{
    int r =
        db_run(db,
               SQL(sql_index, db_int(file_id), db_text(name), db_text_or_empty(d->display_name),
                   db_text_or_empty(d->description), db_text_or_empty(d->redirect),
                   db_text(access_kind_name(access_kind_of(d))), db_int(d->is_public),
                   db_int(d->auto_subgroups), db_int(d->allow_recording),
                   db_int(has_weak_password(d)), db_int(d->has_not_before ? d->not_before_us : 0),
                   db_int(d->has_expires ? d->expires_us : 0), db_int((int64_t)d->n_users),
                   db_int(changed_us)),
               e);

    if (r == 0)
        r = write_search_text(db, file_id, name, d, e);
    if (r == 0)
        r = write_users(db, file_id, d, e);
    return r;
}
