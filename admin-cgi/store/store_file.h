/*
 * The managed files (groups, config.json, ice-servers.json, mediad.json): their index, versions and
 * the one path by which they change (WEB-24 to WEB-33). Everything that writes such a file comes
 * here.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_FILE_H
#define NEREID_ADMIN_CGI_STORE_STORE_FILE_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"
#include "common/atomic_file.h"

enum file_kind { FILE_GROUP, FILE_CONFIG, FILE_ICE, FILE_MEDIAD };

#define MEDIAD_FILE_NAME "mediad"

enum file_status {
    FILE_ABSENT,   /* never seen */
    FILE_OK,       /* with a problem: unclean, read all the same (group_desc.h) */
    FILE_BROKEN,   /* does not parse; the head is the last good version */
    FILE_READONLY, /* a link, or not a regular file: shown, never written (WEB-30) */
    FILE_TRASHED   /* deleted or vanished; versions are kept */
};

#define ETAG_SIZE 40

/** A file as of now. Strings and text live in the arena they were read into. */
struct file_state {
    int64_t id; /* 0: FILE_ABSENT */
    enum file_kind kind;
    const char *name; /* group name; "config", "ice-servers", "mediad" */
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
 * The file as of now: the disk is looked at first, and a person's edit is imported (WEB-27,
 * WEB-29).
 * @return 0 (also for FILE_ABSENT and FILE_TRASHED), ERR_BUSY, ERR_IO, ERR_NO_MEMORY
 */
int store_file_get(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                   int64_t now_us, struct file_state *out, struct error *e) MUST_USE;

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
 * WEB-24, WEB-26: lock, look at the disk, import, check, make, validate, write beside, commit,
 * exchange, sync. When it returns 0 the change survives a power cut, in the database and in the
 * file.
 * @return 0, whatever check and make return, ERR_INVALID or ERR_SYNTAX (the new text is no valid
 *         file), ERR_WRONG_STATE (broken or read-only file), ERR_EXISTS (the form was used),
 * ERR_NO_SPACE, ERR_BUSY, ERR_IO
 */
int store_file_change(struct db *db, const struct file_change *change, struct file_result *out,
                      struct error *e) MUST_USE;

#endif
