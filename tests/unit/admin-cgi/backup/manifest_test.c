/* The list of contents of a backup. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "admin-cgi/backup/backup_place.h"
#include "admin-cgi/backup/foreign_archive.h"
#include "admin-cgi/backup/manifest.h"
#include "common/macros.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FILE_OF(path) "{\"path\": \"" path "\", \"bytes\": 3, \"sha256\": \"" DIGEST "\"}"
#define LIST_OF(head, files)                                                                       \
    "{" head "\"program\": \"0.1\", \"made\": \"2026-11-29T03:00:00Z\", \"kind\": "                \
    "\"everything\", \"files\": [" files "]}"
#define WITH(files) LIST_OF("\"nereidBackup\": 1, ", files)

static void test_paths(void **state)
{
    static const struct {
        const char *path;
        bool ok;
    } cases[] = {
        {"groups/a.json", true},
        {"groups/a/b.json", true},
        {"groups/räume/ü.json", true},
        {"data/nereid.db", true},
        {"data/config.json", true},
        {"data/var/tokens.jsonl", true},
        {"data/secret.key", true},
        {"data/key.pem", false},
        {"data/../groups/a.json", false},
        {"groups/../a.json", false},
        {"groups/.json", false},
        {"groups/.a.json", false},
        {"groups//a.json", false},
        {"groups/a", false},
        {"/groups/a.json", false},
        {"./groups/a.json", false},
        {"", false},
        {"groups/", false},
        {"recordings/a.json", false},
        {"manifest.json", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        if (manifest_path_ok(cases[i].path) != cases[i].ok)
            fail_msg("%s", cases[i].path);
    }
}

static void test_foreign_paths(void **state)
{
    static const struct {
        const char *member, *path;
    } cases[] = {
        {"groups/a.json", "groups/a.json"},
        {"./groups/a.json", "groups/a.json"},
        {"srv/galene/groups/a/b.json", "groups/a/b.json"},
        {"groups/x/groups/y.json", "groups/x/groups/y.json"},
        {"/data/config.json", "data/config.json"},
        {"../../groups/a.json", "groups/a.json"},
        {"groups/../../etc/passwd", NULL},
        {"groups/../a.json", NULL},
        {"data/nereid.db", NULL},
        {"data/secret.key", NULL},
        {"data/key.pem", NULL},
        {"groups/", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *path = foreign_path(cases[i].member);

        if ((path == NULL) != (cases[i].path == NULL) || (path && strcmp(path, cases[i].path) != 0))
            fail_msg("%s: %s", cases[i].member, path ? path : "none");
    }
}

static void test_round_trip(void **state)
{
    struct manifest m = {.format = MANIFEST_FORMAT,
                         .program = "1",
                         .made_us = 1795921200000000,
                         .kind = BACKUP_GROUPS};
    struct manifest back = {0};
    struct buf text = {0};

    (void)state;
    for (int i = 0; i < 200; i++) {
        char path[40];
        struct manifest_file *f;

        snprintf(path, sizeof path, "groups/g%d.json", 999 - i);
        f = manifest_add(&m, path);
        assert_non_null(f);
        f->bytes = i;
        memcpy(f->sha256, DIGEST, sizeof f->sha256);
    }
    assert_int_equal(manifest_leave_out(&m, "recordings/a/b.webm", "too big"), 0);
    assert_int_equal(manifest_write(&text, &m), 0);
    assert_int_equal(manifest_parse(&back, buf_span(&text), NULL), 0);
    assert_int_equal(back.n_files, 200);
    assert_int_equal(back.kind, BACKUP_GROUPS);
    assert_int_equal(back.made_us, m.made_us);
    assert_int_equal(manifest_find(&back, "groups/g999.json")->bytes, 0);
    assert_int_equal(manifest_find(&back, "groups/g800.json")->bytes, 199);
    assert_null(manifest_find(&back, "groups/g799.json"));
    assert_int_equal(manifest_count_groups(&back), 200);
    assert_int_equal(manifest_total_bytes(&back), 199 * 100);
    assert_string_equal(back.left_out[0].reason, "too big");
    buf_release(&text);
    manifest_release(&m);
    manifest_release(&back);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *name, *text;
        int result;
    } cases[] = {
        {"good", WITH(FILE_OF("groups/a.json")), 0},
        {"nothing in it", WITH(""), 0},
        {"no JSON", "nereidBackup", ERR_SYNTAX},
        {"cut", "{\"nereidBackup\": 1", ERR_SYNTAX},
        {"no object", "[]", ERR_INVALID},
        {"another list", LIST_OF("", FILE_OF("groups/a.json")), ERR_INVALID},
        {"newer", LIST_OF("\"nereidBackup\": 2, ", ""), ERR_UNSUPPORTED},
        {"unknown kind", "{\"nereidBackup\": 1, \"kind\": \"half\"}", ERR_UNSUPPORTED},
        {"outside", WITH(FILE_OF("groups/../../a.json")), ERR_INVALID},
        {"absolute", WITH(FILE_OF("/etc/passwd")), ERR_INVALID},
        {"NUL", WITH(FILE_OF("groups/a\\u0000.json")), ERR_INVALID},
        {"twice",
         WITH(FILE_OF("groups/a.json") "," FILE_OF("groups/b.json") "," FILE_OF("groups/a.json")),
         ERR_INVALID},
        {"no size", WITH("{\"path\": \"groups/a.json\", \"sha256\": \"" DIGEST "\"}"), ERR_INVALID},
        {"negative",
         WITH("{\"path\": \"groups/a.json\", \"bytes\": -1, \"sha256\": \"" DIGEST "\"}"),
         ERR_INVALID},
        {"no digest", WITH("{\"path\": \"groups/a.json\", \"bytes\": 1, \"sha256\": \"12\"}"),
         ERR_INVALID},
        {"too big together",
         WITH("{\"path\": \"groups/a.json\", \"bytes\": 68719476736, \"sha256\": \"" DIGEST
              "\"},{\"path\": \"groups/b.json\", \"bytes\": 68719476736, \"sha256\": \"" DIGEST
              "\"}," FILE_OF("groups/c.json")),
         ERR_TOO_LARGE},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct manifest m = {0};
        struct error e = {0};
        int r = manifest_parse(&m, span_str(cases[i].text), &e);

        if (r != cases[i].result || (r < 0) != (e.text[0] != 0))
            fail_msg("%s: %d %s", cases[i].name, r, e.text);
        manifest_release(&m);
    }
}

static void test_names(void **state)
{
    char name[BACKUP_NAME_SIZE];

    (void)state;
    backup_name(name, "nereid", INT64_C(1795921200000000), true);
    assert_string_equal(name, "nereid-20261129-030000.tar.gz.age");
    assert_true(backup_name_ok(name));
    assert_true(backup_name_ok("a.tar.gz"));
    assert_false(backup_name_ok(".tar.gz"));
    assert_false(backup_name_ok(".making.tar.gz"));
    assert_false(backup_name_ok("../a.tar.gz"));
    assert_false(backup_name_ok("a.zip"));
    assert_false(backup_name_ok(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),      cmocka_unit_test(test_foreign_paths),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
