/*
 * run/status.json: what the supervisor knows and the console shows. Written when it changes.
 *
 *     {"programs": [{"name": "mediad", "down": true, "failures": 4, "reason": "status 1"}, …],
 *      "certificate": "data/cert.pem: is not for the key in data/key.pem"}
 *
 * `failures` and `reason` are of the failures in a row; `certificate` is null when the pair in
 * data/ is served.
 */
#ifndef NEREID_SUPERVISOR_STATUS_H
#define NEREID_SUPERVISOR_STATUS_H

#include "common/buf.h"
#include "supervisor/children.h"

/** Zeroed but for the path: nothing written yet. */
struct status {
    const char *path; /* borrowed */
    struct buf last;
    bool has_failed; /* logged once, until a write succeeds */
};

/** Whether a program is to be called down: failing, and not up for some seconds again. */
bool status_is_down(const struct child *child, int64_t now_us);

/** @param certificate what is wrong with it, or NULL */
void status_write(struct status *s, const struct child *children, size_t count,
                  const char *certificate, int64_t now_us);

void status_release(struct status *s);

#endif
