/*
 * Recordings as pages show them: one row each, those that overlap in time together as one meeting,
 * and what is in the trash.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_RECORDING_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_RECORDING_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/recordings/recording_folder.h"
#include "admin-cgi/request.h"

/** One recording with all that is known of it. */
struct recording_facts {
    const struct recording *file;
    const char *group;
    enum recording_state state;
    struct recording_about about;
    bool has_poster;
    bool is_damaged;           /* unfinished for so long that it cannot be repaired */
    int64_t from_us, until_us; /* when it was recorded, as far as is known */
    const char *username;      /* "" when nobody is named */
    const char *remark;        /* what a person noted; "" */
};

/** Look up what is known of a recording in its folder. */
void recording_facts_of(struct recording_facts *out, struct arena *a, int folder, const char *group,
                        const struct recording *file, int64_t now_us);

/** The data of the template `_recording` about one recording. @param row NULL does nothing */
void recording_view_row(struct arena *a, struct json_object *row, const struct recording_facts *r);

/** Fill `meetings`, each with its `recordings`, `has_recordings`, and the ways to `newer` and
 * `older` ones of a group's page.
 * @param number which page, from 0; a meeting is not divided
 * @param films recording_films(); NULL: none can be made
 * @return 0, ERR_IO, ERR_NO_MEMORY */
int recording_view_meetings(struct request *req, struct json_object *page, int folder,
                            const char *group, uint64_t number, struct json_object *films) MUST_USE;
/** One row of `deleted`. @param row NULL does nothing */
void recording_view_deleted_row(struct arena *a, struct json_object *row,
                                const struct recording *file, const char *group);
/** Fill `deleted` and `n_deleted`. @return 0, ERR_IO, ERR_NO_MEMORY */
int recording_view_deleted(struct request *req, struct json_object *page, int folder,
                           const char *group) MUST_USE;

/** "4.9 MB" and the like, powers of ten as disks are sold. In the arena. */
const char *recording_view_size(struct arena *a, int64_t bytes);

/** That older ones go by themselves, as a sentence. @param days 0: they do not @return NULL then;
 * in the arena */
const char *recording_view_kept(struct arena *a, int64_t days);

#endif
