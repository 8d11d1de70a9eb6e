/*
 * All live groups. Groups come into memory when somebody joins and are forgotten by a sweep
 * (SIG-13). Control thread only.
 */
#ifndef NEREID_MEDIAD_GROUP_REGISTRY_H
#define NEREID_MEDIAD_GROUP_REGISTRY_H

#include "mediad/group/definitions.h"
#include "mediad/group/live_group.h"

struct registry {
    struct definitions *definitions;
    struct name_index by_name;
    struct list groups;
    size_t n_members; /* of all groups, with viewers, without recorders */
};

int registry_new(struct registry **out, const char *groups_dir, struct pool *pool) MUST_USE;
/** Groups must be empty. After pool_free(). */
void registry_free(struct registry *r);

/** NULL when the group is not in memory. */
struct live_group *registry_find(const struct registry *r, const char *name);

struct registry_caps {
    size_t groups, subgroups_per_group;
};

/**
 * The group in memory, made if needed, with the description that was found.
 * @return 0, ERR_BUSY when a cap is reached, ERR_NO_MEMORY
 */
int registry_open(struct registry *r, const char *name, const struct definition *found,
                  const struct registry_caps *caps, int64_t now_us, int64_t wall_us,
                  struct live_group **out) MUST_USE;

/** Forget groups that are empty and were long enough: not public, or without a file. */
void registry_sweep(struct registry *r, int64_t now_us);

#endif
