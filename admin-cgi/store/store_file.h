/*
 * The managed files (groups, config.json, ice-servers.json): their index, versions and the one path
 * by which they change (spec/console.md 10, R1-R11). Everything that writes such a file comes here.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_FILE_H
#define NEREID_ADMIN_CGI_STORE_STORE_FILE_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"
#include "common/atomic_file.h"

enum file_kind { FILE_GROUP, FILE_CONFIG, FILE_ICE };

enum file_status {
    FILE_ABSENT,   /* never seen */
    FILE_OK,       /* with a problem: unclean, read all the same (group_desc.h) */
    FILE_BROKEN,   /* does not parse; the head is the last good version */
    FILE_READONLY, /* a link, or not a regular file: shown, never written (R7) */
    FILE_TRASHED   /* deleted or vanished; versions are kept */
};

#define ETAG_SIZE 40

/** A file as of now. Strings and text live in the arena they were read into. */
struct file_state {
    int64_t id; /* 0: FILE_ABSENT */
    enum file_kind kind;
    const char *name; /* group name; "config", "ice-servers" */
    enum file_status status;
    bool is_vanished;     /* FILE_TRASHED only because the file is not there right now */
    int64_t head_id;      /* version that holds; 0: none */
    int64_t head_seq;     /* its number, from 1 */
    struct span text;     /* its bytes */
    char etag[ETAG_SIZE]; /* of its bytes, quotes included; "" when absent or trashed */
    int64_t changed_us;   /* when the head was made */
    int64_t deleted_us;   /* FILE_TRASHED: since when; 0: only vanished, or not deleted */
    const char *problem;  /* FILE_BROKEN, FILE_READONLY, unclean FILE_OK: one sentence */
    unsigned problem_line, problem_column; /* 0: unknown */
};

/** A group's file that could be read although a member stands there twice or something follows the
 * object. Only its text may be edited: an edit of one member would leave the rest unclean. */
static inline bool file_is_unclean(const struct file_state *f)
{
    return f->status == FILE_OK && f->problem && f->problem[0];
}

static inline bool file_exists(const struct file_state *f)
{
    return f->status == FILE_OK || f->status == FILE_BROKEN || f->status == FILE_READONLY;
}

/**
 * The file as of now: the disk is looked at first, and a person's edit is imported (R4, R6).
 * @return 0 (also for FILE_ABSENT and FILE_TRASHED), ERR_BUSY, ERR_IO, ERR_NO_MEMORY
 */
int store_file_get(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                   int64_t now_us, struct file_state *out, struct error *e) MUST_USE;

/**
 * Import what people did to many files, in one transaction under one lock: for looks at everything.
 * All or nothing, and nothing is exported, so that what is undone is found again.
 * @return 1: rows and disk agree; else look at each with store_file_get(): 0 (a file is gone, or an
 *         export is pending), ERR_BUSY, ERR_IO, ERR_NO_MEMORY
 */
int store_file_import(struct db *db, enum file_kind kind, const char *const *names, size_t n,
                      int64_t now_us, struct error *e) MUST_USE;

/** What stands in the file on disk right now, whatever it is: for files that do not parse.
 * ERR_NOT_FOUND when there is no regular file. */
int store_file_disk_text(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                         int64_t now_us, struct span *out, struct error *e) MUST_USE;

/** What a change is made of. `check` and `make` run under the lock, with the present state. */
struct file_change {
    enum file_kind kind;
    const char *name;
    const struct actor *actor;
    const char *action;  /* audit word: "group.put", "user.delete" */
    const char *object;  /* audit object; NULL: the name */
    const char *summary; /* for the version list; may be NULL */
    bool remove;         /* to the trash; `make` is not called */
    bool replace_broken; /* a person decided to write over a file that does not parse */
    /** Preconditions and existence. May be NULL. */
    int (*check)(const struct file_state *now, void *arg, struct error *e);
    /** Append the new text. Text equal to the present one changes nothing and is 0. */
    int (*make)(struct buf *out, const struct file_state *now, void *arg, struct error *e);
    void *arg;
};

struct file_result {
    bool created;         /* there was no such file before */
    bool changed;         /* false: the text was already so */
    char etag[ETAG_SIZE]; /* of the new text; "" after removal */
    int64_t version_id;
    int64_t seq;
};

/**
 * R1, R3: lock, look at the disk, import, check, make, validate, write beside, commit, exchange,
 * sync. When it returns 0 the change survives a power cut, in the database and in the file.
 * @return 0, whatever check and make return, ERR_INVALID or ERR_SYNTAX (the new text is no valid
 *         file), ERR_WRONG_STATE (broken or read-only file), ERR_EXISTS (the form was used),
 * ERR_NO_SPACE, ERR_BUSY, ERR_IO
 */
int store_file_change(struct db *db, const struct file_change *change, struct file_result *out,
                      struct error *e) MUST_USE;

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

/** Names of all files of a kind that live, or have an export or removal pending. Sorted. */
int store_file_names(struct db *db, struct arena *a, enum file_kind kind, const char ***out,
                     size_t *n_out, struct error *e) MUST_USE;
/** A file that vanished goes to the trash, if it is still away (R6). @return 1 when it went, 0 */
int store_file_trash_vanished(struct db *db, enum file_kind kind, const char *name, int64_t now_us,
                              struct error *e) MUST_USE;
/** Temporary files that a crash left: what is in no version is kept as one, then they go (R4). */
int store_file_sweep(struct db *db, int64_t now_us, struct error *e) MUST_USE;
/** Versions older than a year beyond the newest 200 of each file; audit rows older than a year. */
int store_purge_history(struct db *db, int64_t now_us, struct error *e) MUST_USE;

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
int store_problem_list(struct db *db, struct arena *a, struct file_problem **out, size_t *n_out,
                       struct error *e) MUST_USE;
/** A person has looked at a conflict. ERR_NOT_FOUND when it is none, or somebody else has. */
int store_conflict_resolve(struct db *db, int64_t conflict_id, const struct actor *actor,
                           struct error *e) MUST_USE;

#endif
