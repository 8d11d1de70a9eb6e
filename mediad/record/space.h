/*
 * How much room recordings may take: what stays free on their disk, and what all files of a group,
 * and of all groups, come to. The writer's thread only.
 */
#ifndef NEREID_MEDIAD_RECORD_SPACE_H
#define NEREID_MEDIAD_RECORD_SPACE_H

#include "common/error.h"
#include "mediad/record/recorder_limits.h"

/** @param directory recordings/ @param group one of those that are recorded; NULL: none
 * @return 0, or ERR_NO_SPACE with a sentence for operators; what cannot be measured limits nothing
 */
int space_check(const char *directory, const char *group, const struct recorder_limits *limits,
                struct error *e) MUST_USE;

/** Bytes of a directory's files: of the groups below it, too, or but for these.
 * @return 0 when it is not there */
int64_t space_used(const char *directory, const char *group, bool with_subgroups);

#endif
