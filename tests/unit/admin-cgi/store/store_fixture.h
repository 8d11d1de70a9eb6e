/*
 * A state directory with a migrated database in /tmp, for tests of the store.
 */
#ifndef NEREID_TESTS_UNIT_ADMIN_CGI_STORE_FIXTURE_H
#define NEREID_TESTS_UNIT_ADMIN_CGI_STORE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "admin-cgi/store/db.h"
#include "admin-cgi/store/migrate.h"
#include "admin-cgi/store/store_file.h"
#include "common/atomic_file.h"
#include "common/now.h"

struct fixture {
    char dir[64];
    char groups[96];
    char data[96];
    char database[128];
    struct db_paths paths;
    struct db *db;
    struct arena arena;
};

static inline void fixture_open(struct fixture *f)
{
    struct error e = {0};

    f->paths = (struct db_paths){.database = f->database, .groups = f->groups, .data = f->data};
    if (db_open(&f->db, &f->paths, true, &e) < 0 ||
        migrate(f->db, NEREID_SRCDIR "/schema", now_realtime_us(), NULL, &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    snprintf(f->dir, sizeof f->dir, "/tmp/nereid-store-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->groups, sizeof f->groups, "%s/groups", f->dir);
    snprintf(f->data, sizeof f->data, "%s/data", f->dir);
    snprintf(f->database, sizeof f->database, "%s/data/nereid.db", f->dir);
    assert_int_equal(mkdir(f->groups, 0750), 0);
    assert_int_equal(mkdir(f->data, 0750), 0);
    fixture_open(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];

    arena_release(&f->arena);
    db_close(f->db);
    snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

/** As a new process would: another connection. */
static inline void fixture_reopen(struct fixture *f)
{
    db_close(f->db);
    f->db = NULL;
    fixture_open(f);
}

static inline char *fixture_path(struct fixture *f, const char *group)
{
    return arena_printf(&f->arena, "%s/%s.json", f->groups, group);
}

/** A person writes a file, and was done with it a while ago. */
static inline void fixture_write(struct fixture *f, const char *group, const char *text)
{
    const struct timespec past[2] = {{.tv_sec = time(NULL) - 5}, {.tv_sec = time(NULL) - 5}};
    char *path = fixture_path(f, group);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(utimensat(0, path, past, 0), 0);
}

static inline const char *fixture_read(struct fixture *f, const char *group)
{
    struct buf text = {0};
    char *copy = NULL;

    if (file_read(&text, fixture_path(f, group), 1 << 20, NULL, NULL) == 0)
        copy = arena_dup(&f->arena, buf_span(&text));
    buf_release(&text);
    return copy;
}

static inline struct actor fixture_actor(void)
{
    return (struct actor){.kind = ACTOR_API, .name = "tester", .now_us = now_realtime_us()};
}

#endif
