/*
 * Files of a backup, or of a Galene installation, that are taken into the running server: each
 * through the one path by which files change (store_file.h), with a version that can be undone.
 * What would happen is found out first.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_BACKUP_APPLY_H
#define NEREID_ADMIN_CGI_BACKUP_BACKUP_APPLY_H

#include "admin-cgi/app.h"
#include "admin-cgi/backup/manifest.h"
#include "admin-cgi/store/actor.h"

enum apply_outcome {
    APPLY_NEW,     /* not there: would be made */
    APPLY_EQUAL,   /* there, byte for byte */
    APPLY_DIFFERS, /* there, and would be replaced */
    APPLY_REFUSED, /* cannot be taken, with a reason */
};
/** "new", "equal", "differs", "refused". Static. */
const char *apply_outcome_name(enum apply_outcome outcome);

struct apply_item {
    const char *path; /* of the manifest; borrowed */
    enum apply_outcome outcome;
    const char *reason; /* APPLY_REFUSED: one sentence; else "" */
    bool is_done;       /* by apply_item() */
};

/** Items in the order of the manifest, in the caller's arena. */
struct apply_plan {
    struct arena *arena;
    struct apply_item *items;
    size_t n;
    size_t n_outcomes[4];
};

/**
 * Find out what would happen to each file of a manifest that can be taken: groups, config.json,
 * ice-servers.json. Changes nothing.
 * @param folder descriptor of the folder that has the files
 * @param groups_only others are not looked at
 * @return 0, ERR_BUSY, ERR_IO, ERR_NO_MEMORY
 */
int apply_plan_make(struct apply_plan *out, struct arena *a, struct app *app, int folder,
                    const struct manifest *m, bool groups_only, int64_t now_us,
                    struct error *e) MUST_USE;

/** Take one file that is new or differs; others are left alone.
 * @return 0, ERR_INVALID, ERR_SYNTAX, ERR_WRONG_STATE (the file here is broken or read-only),
 *         ERR_BUSY, ERR_NO_SPACE, ERR_IO */
int apply_item(struct app *app, int folder, struct apply_item *item, const struct actor *actor,
               struct error *e) MUST_USE;

#endif
