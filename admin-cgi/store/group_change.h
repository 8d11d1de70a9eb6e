/*
 * A change of a group's file by editing its text: what store_group.c and store_user.c have in
 * common. Under the lock the present text is opened, edited and handed over.
 */
#ifndef NEREID_ADMIN_CGI_STORE_GROUP_CHANGE_H
#define NEREID_ADMIN_CGI_STORE_GROUP_CHANGE_H

#include "admin-cgi/precondition.h"
#include "admin-cgi/store/group_text.h"
#include "admin-cgi/store/store_file.h"

/**
 * Edit the opened text.
 * @param g   of the present file; empty when there is none
 * @param now the file as it is, for its existence and versions
 * @return 0, or an error that is passed on; then nothing changes
 */
typedef int group_edit_fn(struct group_text *g, const struct file_state *now, void *arg,
                          struct error *e);

struct group_change {
    const char *name;                     /* of the group; not checked yet */
    const struct actor *actor;            /* who changes it */
    const char *action;                   /* audit word: "group.put" */
    const char *summary;                  /* for the version list; NULL: the action */
    bool must_exist;                      /* else ERR_NOT_FOUND */
    const struct precondition *condition; /* of the file; NULL: none */
    group_edit_fn *edit;                  /* NULL: the group goes to the trash */
    void *arg;                            /* of `edit` */
};

/** The change of the group's file; `change`, whose name was checked, must live as long. */
struct file_change group_change_file(struct group_change *change);

/** Carry a change out. @return as store_file_change(), or what `edit` returned */
int group_change(struct db *db, const struct group_change *change, struct file_result *out,
                 struct error *e) MUST_USE;

#endif
