/*
 * Versions of managed files; and files that need a person: broken, read-only, or in conflict.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_VERSION_H
#define NEREID_ADMIN_CGI_STORE_STORE_VERSION_H

#include "admin-cgi/store/store_file.h"

/** One line of the version list. */
struct version {
    int64_t id;
    int64_t seq;
    int64_t at_us;
    const char *actor_kind; /* "console", "api", "file", "cli", "system" */
    const char *actor_name; /* "" unknown */
    const char *source;     /* "edit", "import", "displaced", "broken", "restore", "removed" */
    const char *summary;    /* "" none */
    int64_t size_bytes;
    bool is_head;
};

/** Newest first, before `before_seq` (0: from the newest), at most `limit`. */
int store_version_list(struct db *db, struct arena *a, int64_t file_id, int64_t before_seq,
                       size_t limit, struct version **out, size_t *n_out, struct error *e) MUST_USE;
/** Text of a version by its number; ERR_NOT_FOUND. */
int store_version_get(struct db *db, struct arena *a, int64_t file_id, int64_t seq,
                      struct version *out, struct span *text, struct error *e) MUST_USE;

/** Files that are broken or read-only, and conflicts not resolved. */
struct file_problem {
    enum file_kind kind;
    const char *name;
    enum file_status status;
    unsigned line, column;
    const char *text;
    int64_t since_us;
    bool has_good;        /* there is a version that parses, and is in use */
    int64_t conflict_id;  /* 0: this is no conflict */
    int64_t conflict_seq; /* the version that lost */
};

/** All of them, newest first, at most 1,000; array and texts in the arena. */
int store_problem_list(struct db *db, struct arena *a, struct file_problem **out, size_t *n_out,
                       struct error *e) MUST_USE;
/** A person has looked at a conflict. ERR_NOT_FOUND when it is none, or somebody else has. */
int store_conflict_resolve(struct db *db, int64_t conflict_id, const struct actor *actor,
                           struct error *e) MUST_USE;

#endif
