/*
 * A group gets another name: its row with all versions, what lists know of it, the scopes and
 * sessions that name it. Its file goes the way of every save: the committed rows are the order to
 * write the new file and to replace the old one, by a redirect that programs of Galene understand,
 * too, or to take it away. What lies elsewhere (tokens, recordings) is group_move.h's, by a list
 * that is kept here until it is done.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_RENAME_H
#define NEREID_ADMIN_CGI_STORE_STORE_RENAME_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

#define RENAMED_AT_ONCE_MAX 500

struct rename_order {
    const char *from, *to;     /* checked names */
    bool with_below;           /* the groups below it, too */
    int64_t redirect_until_us; /* 0: the old names lead nowhere */
};

/** Names of the group and, where asked for, of those below it. */
int store_rename_names(struct db *db, struct arena *a, const struct rename_order *order,
                       const char ***out, size_t *n_out, struct error *e) MUST_USE;

/** The new name of one of them; in the arena. */
const char *store_rename_new_name(struct arena *a, const struct rename_order *order,
                                  const char *name);

/**
 * Rename all of them, or none.
 * @return 0, ERR_NOT_FOUND, ERR_EXISTS (a new name is taken, or a deleted group has it, or the form
 * was used), ERR_WRONG_STATE (a file that is broken or not ours to write), or another
 */
int store_rename(struct db *db, struct arena *a, const struct rename_order *order,
                 const struct actor *actor, size_t *n_out, struct error *e) MUST_USE;

/** The rename that led to this name and left a redirect: to be taken back. ERR_NOT_FOUND. */
int store_rename_find(struct db *db, struct arena *a, const char *to, struct rename_order *out,
                      struct error *e) MUST_USE;

/** Redirects whose time is over go, unless somebody made something else of them. Keeper. */
int store_rename_expire(struct db *db, int64_t now_us, struct error *e) MUST_USE;

/** What is left to do elsewhere. */
struct rename_todo {
    const char *key, *from, *to;
};
int store_rename_todo(struct db *db, struct arena *a, struct rename_todo **out, size_t *n_out,
                      struct error *e) MUST_USE;
int store_rename_done(struct db *db, const struct rename_todo *todo, struct error *e) MUST_USE;

#endif
