/*
 * Lists and searches over groups and their users: from the index, never from all files.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_GROUP_LIST_H
#define NEREID_ADMIN_CGI_STORE_STORE_GROUP_LIST_H

#include "admin-cgi/principal.h"
#include "admin-cgi/store/group_index.h"
#include "admin-cgi/store/store_file.h"

/** One group, as the index knows it. */
struct group_row {
    int64_t file_id;
    const char *name;
    const char *display_name; /* "" none */
    const char *description;  /* "" none */
    enum file_status status;
    enum access_kind access;
    bool is_public;
    bool auto_subgroups;
    bool allow_recording;
    bool has_weak_password;
    const char *redirect;              /* "" none */
    int64_t not_before_us, expires_us; /* 0: none */
    int64_t n_users;
    int64_t changed_us;
    const char *changed_by;   /* actor's name, "" unknown */
    const char *changed_kind; /* "console", "api", "file" ... */
    const char *etag;
};

enum group_sort { GROUP_SORT_NAME, GROUP_SORT_CHANGED };

/** What to list: every filter that is set must hold. */
struct group_query {
    const char *search; /* terms over name, display name, description, contact, comment, users;
                           NULL or "": all */
    const char *user;   /* groups with this user name; NULL: any */
    const char *below;  /* subtree; NULL or "": all */
    bool only_public;
    bool only_problems;         /* broken or read-only */
    bool only_weak;             /* weak or plaintext passwords */
    bool only_trashed;          /* the trash in place of the living */
    const char *state;          /* "not-yet", "closed", "subgroups", "recording"; NULL or "": any */
    const char *names;          /* a JSON array: these alone; NULL: any */
    const char *unused_but;     /* a JSON array: all but these, older than `at_us`; NULL: any */
    int64_t at_us;              /* for `state`: now */
    int access;                 /* enum access_kind, or -1 */
    const struct scope *scopes; /* only groups in one of these scopes; NULL: no restriction */
    size_t n_scopes;
    enum group_sort sort;
    bool descending;
    const char *after;  /* keyset cursor: `next` of the page before; NULL: from the start */
    size_t limit;       /* 1..1000 */
    bool without_total; /* nobody asks how many match in all, which is counted by a look at each */
};
struct group_page {
    struct group_row *rows;
    size_t n_rows;
    const char *next; /* cursor for the next page; NULL: this was the last */
    int64_t total;    /* all that match; 0 where it was not asked for */
};
/** The page that `q` asks for, in the arena. ERR_INVALID for a cursor that is not one of ours. */
int store_group_list(struct db *db, struct arena *a, const struct group_query *q,
                     struct group_page *out, struct error *e) MUST_USE;

/** What lies directly below a group, or at the top. */
struct group_child {
    const char *name; /* whole */
    bool is_group;    /* else it is only how the names of others begin */
    struct group_row group;
    int64_t n_below; /* groups below it, at any depth */
};
/** The children of `parent` ("": of the top) by name, at most `limit`; in the arena.
 * @param scopes only groups in one of these, and what leads to them; NULL: all */
int store_group_children(struct db *db, struct arena *a, const char *parent,
                         const struct scope *scopes, size_t n_scopes, size_t limit,
                         struct group_child **out, size_t *n_out, struct error *e) MUST_USE;

/** The groups that changed last, the newest first; without those that never could be read.
 *  @param scopes only groups in one of these; NULL: all */
int store_group_recent(struct db *db, struct arena *a, const struct scope *scopes, size_t n_scopes,
                       size_t limit, struct group_row **out, size_t *n_out,
                       struct error *e) MUST_USE;

/** Public groups, by name, for the landing page. */
int store_group_list_public(struct db *db, struct arena *a, struct group_row **out, size_t *n_out,
                            struct error *e) MUST_USE;

/** One user of one group. */
struct user_match {
    const char *group;
    const char *user;
    const char *permissions;   /* role name or "custom" */
    const char *password_kind; /* password_kind_name() */
    bool is_weak;
};
/** People search across groups: user names that start with `prefix`, by group and name.
 *  @param scopes only groups in one of these; NULL: all
 *  @param after  group and user of the last match of the page before; NULL: from the start */
int store_user_search(struct db *db, struct arena *a, const char *prefix,
                      const struct scope *scopes, size_t n_scopes, const struct user_match *after,
                      size_t limit, struct user_match **out, size_t *n_out,
                      struct error *e) MUST_USE;

/** May this person make one more group of this name? ERR_FORBIDDEN when a scope that grants it
 * holds as many as it may. */
int store_group_check_quota(struct db *db, struct arena *a, const struct principal *who,
                            const char *name, struct error *e) MUST_USE;

/** Numbers for dashboard and metrics. */
struct group_counts {
    int64_t groups, public_groups, broken, readonly, trashed, pending, conflicts;
};

/** Count over the index and all files. */
int store_group_count(struct db *db, struct group_counts *out, struct error *e) MUST_USE;

#endif
