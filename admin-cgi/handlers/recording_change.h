/*
 * What people do to recordings, from whichever page or program: deleting, restoring, deleting for
 * good. Each leaves a row in the audit log.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_RECORDING_CHANGE_H
#define NEREID_ADMIN_CGI_HANDLERS_RECORDING_CHANGE_H

#include "admin-cgi/request.h"

struct app;

struct recording_change {
    const char *word;   /* "delete", "restore", "purge": as forms and programs say it */
    const char *action; /* in the audit log */
    const char *done;   /* a sentence for the person */
    int (*carry_out)(int folder, const char *name, int64_t now_us, struct error *e);
};

/** The change of this word; NULL when there is none. */
const struct recording_change *recording_change_find(const char *word);

/**
 * Carry it out on one recording of a group, and note who did.
 * @return 0; ERR_INVALID, ERR_NOT_FOUND, ERR_WRONG_STATE, ERR_FORBIDDEN, ERR_NO_SPACE, ERR_IO
 *         with a sentence
 */
int recording_change_do(struct request *req, struct app *app, const struct recording_change *change,
                        const char *group, const char *name, struct error *e) MUST_USE;

/** Note in the audit log what somebody did to a recording. */
void recording_change_audit(struct request *req, struct app *app, const char *action,
                            const char *group, const char *name);

#endif
