#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/token_store.h"
#include "common/token_store_write.h"

/* A folder of its own for each test, with the store's files in it. */
struct place {
    char root[32];
    char *var, *path, *bad, *lock;
};

static int make_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    snprintf(p->root, sizeof p->root, "/tmp/nereid-tokens-XXXXXX");
    if (!mkdtemp(p->root))
        return -1;
    p->var = path_join(p->root, "var");
    p->path = path_join(p->var, "tokens.jsonl");
    p->bad = path_join(p->var, "tokens.jsonl.bad");
    p->lock = path_join(p->var, "tokens.lock");
    *state = p;
    return 0;
}

/* Fails when a temporary file or anything else was left. */
static int remove_place(void **state)
{
    struct place *p = *state;
    int r;

    unlink(p->path);
    unlink(p->bad);
    unlink(p->lock);
    r = rmdir(p->var) < 0 || rmdir(p->root) < 0 ? -1 : 0;
    free(p->var);
    free(p->path);
    free(p->bad);
    free(p->lock);
    free(p);
    return r;
}

static struct token_store *open_store(const struct place *p)
{
    struct token_store *s = NULL;
    struct error e;

    if (token_store_new(&s, p->var, &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    return s;
}

/* Content of a file, "" when there is none. Owned. */
static struct buf content(const char *path)
{
    struct buf text = {0};
    int r = file_read(&text, path, 1 << 20, NULL, NULL);

    assert_true(r == 0 || r == ERR_NOT_FOUND);
    return text;
}

static void assert_content(const char *path, const char *want)
{
    struct buf text = content(path);

    assert_string_equal(buf_str(&text), want);
    buf_release(&text);
}

static void assert_lines(const char *path, size_t want)
{
    struct buf text = content(path);
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += text.data[i] == '\n';
    assert_int_equal(n, want);
    buf_release(&text);
}

static void put(const char *path, const char *text)
{
    assert_int_equal(file_replace(path, span_str(text), 0640, NULL), 0);
}

/* Makes a file look as if nobody had touched it for a while, so that its stamp is trusted. */
static void age(const char *path)
{
    struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int add(struct token_store *s, const char *name, const char *group, int64_t expires_us)
{
    struct token t = {.token = (char *)name,
                      .group = (char *)group,
                      .has_expires = expires_us != 0,
                      .expires_us = expires_us};

    return token_store_add(s, &t, NULL);
}

/* Names of a group's tokens in the store's order, each followed by a space. */
static void assert_names(struct token_store *s, const char *group, const char *want)
{
    const struct token **tokens = NULL;
    struct buf names = {0};
    size_t n = 0;

    assert_int_equal(token_store_list(s, group, &tokens, &n, NULL), 0);
    for (size_t i = 0; i < n; i++)
        buf_printf(&names, "%s ", tokens[i]->token);
    assert_string_equal(buf_str(&names), want);
    free(tokens);
    buf_release(&names);
}

static int set_expiry(struct token *t, void *arg, struct error *e)
{
    const int64_t *expires_us = arg;

    (void)e;
    t->has_expires = *expires_us != 0;
    t->expires_us = *expires_us;
    return 0;
}

static int refuse(struct token *t, void *arg, struct error *e)
{
    (void)t;
    (void)arg;
    return error_set(e, ERR_FORBIDDEN, NULL, "no");
}

static int rename_token(struct token *t, void *arg, struct error *e)
{
    (void)arg;
    (void)e;
    t->token[0] = 'z';
    return 0;
}

static void test_life_of_a_token(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    const struct token *t = NULL;
    char etag[64], other[64];
    int64_t expires_us = INT64_C(1800000000000000);
    struct stat st;
    mode_t mask = umask(027);

    assert_int_equal(stat(p->var, &st), 0);
    assert_int_equal(st.st_mode & 07777, 02770);
    assert_int_equal(token_store_get(s, "a", &t, NULL), ERR_NOT_FOUND);
    assert_int_equal(token_store_etag(s, etag, NULL), 0);
    assert_string_equal(etag, "");
    assert_names(s, NULL, "");
    assert_int_equal(add(s, "a", "g", expires_us), 0);
    assert_content(p->path, "{\"token\":\"a\",\"group\":\"g\",\"permissions\":null,"
                            "\"expires\":\"2027-01-15T08:00:00.000Z\"}\n");
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(stat(p->lock, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(add(s, "a", "h", 0), ERR_EXISTS);
    assert_int_equal(add(s, "", "h", 0), ERR_INVALID);
    assert_int_equal(add(s, "b", "h", 0), 0);
    assert_int_equal(add(s, "c", "g", expires_us - 1), 0);
    assert_names(s, NULL, "b c a ");
    assert_names(s, "g", "c a ");
    assert_names(s, "x", "");
    assert_int_equal(token_store_get(s, "c", &t, NULL), 0);
    assert_string_equal(t->group, "g");
    assert_int_equal(token_store_etag(s, etag, NULL), 0);
    assert_int_equal(etag[0], '"');
    assert_int_equal(etag[strlen(etag) - 1], '"');
    assert_int_equal(token_store_update(s, "a", "\"1-2-3\"", set_expiry, &expires_us, NULL),
                     ERR_PRECONDITION);
    assert_int_equal(token_store_update(s, "x", etag, set_expiry, &expires_us, NULL),
                     ERR_NOT_FOUND);
    assert_int_equal(token_store_update(s, "a", etag, refuse, NULL, NULL), ERR_FORBIDDEN);
    assert_int_equal(token_store_update(s, "a", etag, rename_token, NULL, NULL), ERR_INVALID);
    assert_int_equal(token_store_etag(s, other, NULL), 0);
    assert_string_equal(etag, other);
    expires_us = 0;
    assert_int_equal(token_store_update(s, "a", etag, set_expiry, &expires_us, NULL), 0);
    assert_int_equal(token_store_etag(s, other, NULL), 0);
    assert_string_not_equal(etag, other);
    assert_int_equal(token_store_get(s, "a", &t, NULL), 0);
    assert_false(t->has_expires);
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(token_store_delete(s, "a", etag, NULL), ERR_PRECONDITION);
    assert_int_equal(token_store_delete(s, "a", other, NULL), 0);
    assert_int_equal(token_store_delete(s, "a", NULL, NULL), ERR_NOT_FOUND);
    assert_names(s, NULL, "b c ");
    assert_int_equal(token_store_delete_group(s, "x", NULL), 0);
    assert_int_equal(token_store_delete_group(s, "h", NULL), 0);
    assert_names(s, NULL, "c ");
    assert_int_equal(token_store_delete(s, "c", NULL, NULL), 0);
    assert_int_equal(stat(p->path, &st), -1); /* the last token takes the file with it */
    assert_names(s, NULL, "");
    umask(mask);
    token_store_free(s);
}

/* Several in one write: all, or none. */
static void test_add_all(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    struct token tokens[] = {{.token = "a", .group = "g"}, {.token = "b", .group = "g"}};

    assert_int_equal(add(s, "b", "h", 0), 0);
    assert_int_equal(token_store_add_all(s, tokens, LENGTH(tokens), NULL), ERR_EXISTS);
    assert_names(s, "g", "");
    tokens[1].token = "";
    assert_int_equal(token_store_add_all(s, tokens, LENGTH(tokens), NULL), ERR_INVALID);
    assert_names(s, "g", "");
    tokens[1].token = "c";
    assert_int_equal(token_store_add_all(s, tokens, LENGTH(tokens), NULL), 0);
    assert_names(s, "g", "a c ");
    token_store_free(s);
}

static bool is_of_g(const struct token *t, void *arg)
{
    (void)arg;
    return strcmp(t->group, "g") == 0;
}

/* Fails at the token that `arg` names. */
static int end_unless(struct token *t, void *arg, struct error *e)
{
    if (strcmp(t->token, arg) == 0)
        return error_set(e, ERR_INVALID, NULL, "not this one");
    t->expires_us = 5 * US_PER_S;
    return 0;
}

static void test_update_where(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    const struct token_edit all = {is_of_g, end_unless, ""}, but_b = {is_of_g, end_unless, "b"};
    const struct token *t;

    assert_int_equal(token_store_update_where(s, &all, NULL), 0);
    assert_int_equal(add(s, "a", "g", 9 * US_PER_S), 0);
    assert_int_equal(add(s, "b", "g", 9 * US_PER_S), 0);
    assert_int_equal(add(s, "c", "h", 9 * US_PER_S), 0);
    assert_int_equal(token_store_update_where(s, &but_b, NULL), ERR_INVALID);
    assert_int_equal(token_store_get(s, "a", &t, NULL), 0);
    assert_int_equal(t->expires_us, 9 * US_PER_S); /* all, or none */
    assert_int_equal(token_store_update_where(s, &all, NULL), 2);
    assert_int_equal(token_store_get(s, "b", &t, NULL), 0);
    assert_int_equal(t->expires_us, 5 * US_PER_S);
    assert_int_equal(token_store_get(s, "c", &t, NULL), 0);
    assert_int_equal(t->expires_us, 9 * US_PER_S);
    assert_int_equal(token_store_move_group(s, "g", "k", NULL), 0);
    assert_int_equal(token_store_get(s, "a", &t, NULL), 0);
    assert_string_equal(t->group, "k");
    token_store_free(s);
}

static void test_purge(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    int64_t now_us = INT64_C(1800000000000000);
    int64_t week_us = 7 * 86400 * US_PER_S;

    assert_int_equal(token_store_purge(s, now_us, NULL), 0);
    assert_int_equal(add(s, "old", "g", now_us - week_us - US_PER_S), 0);
    assert_int_equal(add(s, "older", "h", 1), 0);
    assert_int_equal(add(s, "kept", "g", now_us - week_us), 0);
    assert_int_equal(add(s, "never", "g", 0), 0);
    assert_int_equal(token_store_purge(s, now_us, NULL), 2);
    assert_names(s, NULL, "never kept ");
    assert_int_equal(token_store_purge(s, now_us, NULL), 0);
    token_store_free(s);
}

/* What somebody else does to the file is seen at the next use. */
static void test_changes_from_outside(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    struct token_store *other = open_store(p);

    put(p->path, "{\"token\":\"a\",\"group\":\"g\"}\n");
    assert_names(s, NULL, "a ");
    put(p->path, "{\"token\":\"b\",\"group\":\"g\"}\n"); /* same size */
    assert_names(s, NULL, "b ");
    assert_int_equal(add(other, "c", "g", 0), 0);
    assert_names(s, NULL, "b c ");
    assert_int_equal(token_store_delete(other, "b", NULL, NULL), 0);
    assert_names(s, NULL, "c ");
    assert_int_equal(unlink(p->path), 0);
    assert_names(s, NULL, "");
    assert_int_equal(add(s, "d", "g", 0), 0);
    assert_names(other, NULL, "d ");
    token_store_free(s);
    token_store_free(other);
}

/* Written by somebody else, in place, within one tick of the clock and without a change of size. */
static void test_changes_within_a_tick(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    FILE *file;

    put(p->path, "{\"token\":\"a0\",\"group\":\"g\"}\n");
    for (int i = 0; i < 10; i++) {
        char line[64];
        char want[8];

        snprintf(line, sizeof line, "{\"token\":\"a%d\",\"group\":\"g\"}\n", i);
        snprintf(want, sizeof want, "a%d ", i);
        file = fopen(p->path, "r+");
        assert_non_null(file);
        assert_int_equal(fputs(line, file) >= 0, 1);
        assert_int_equal(fclose(file), 0);
        assert_names(s, NULL, want);
    }
    token_store_free(s);
}

static void test_damaged_lines(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    struct error e = {0};

    put(p->path, "{\"token\":\"a\",\"group\":\"g\",\"future\":[1]}\n"
                 "{\"token\":\"b\",\"expires\":\"never\"}\n"
                 "junk\n"
                 "{\"token\":\"c\",\"group\":\"g\",\"permissions\":[\"fly\"]}\n"
                 "{\"token\":\"d\",\"gro");
    assert_names(s, NULL, "a c ");
    assert_content(p->bad, ""); /* a reader changes nothing */
    assert_int_equal(token_store_check(s, &e), ERR_SYNTAX);
    assert_string_equal(e.text, "2 damaged tokens, the first: should be a time with zone as in "
                                "\"2026-11-24T09:30:00+01:00\"");
    assert_int_equal(add(s, "e", "h", 0), 0);
    assert_int_equal(token_store_check(s, NULL), 0);
    assert_names(s, NULL, "a c e ");
    assert_content(p->path,
                   "{\"token\":\"a\",\"group\":\"g\",\"permissions\":null,\"future\":[1]}\n"
                   "{\"token\":\"c\",\"group\":\"g\",\"permissions\":[\"fly\"]}\n"
                   "{\"token\":\"e\",\"group\":\"h\",\"permissions\":null}\n");
    assert_content(p->bad,
                   "{\"token\":\"b\",\"expires\":\"never\"}\njunk\n{\"token\":\"d\",\"gro\n");
    token_store_free(s);
}

static void test_only_damage(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    char etag[64];

    put(p->path, "junk");
    assert_names(s, NULL, "");
    assert_int_equal(token_store_etag(s, etag, NULL), 0);
    assert_string_equal(etag, "");
    assert_int_equal(token_store_delete(s, "a", NULL, NULL), ERR_NOT_FOUND);
    assert_content(p->path, "junk"); /* who changes nothing writes nothing */
    assert_int_equal(add(s, "a", "g", 0), 0);
    assert_content(p->bad, "junk\n");
    assert_names(s, NULL, "a ");
    token_store_free(s);
}

#define LINE_A "{\"token\":\"a\",\"group\":\"g\",\"permissions\":null}\n"
#define LINE_B "{\"token\":\"b\",\"group\":\"g\",\"permissions\":null}\n"

/* A crash may cut the file anywhere: whole tokens before the cut live, the rest is set aside. */
static void test_cut_at_every_byte(void **state)
{
    static const char whole[] = LINE_A LINE_B;
    struct place *p = *state;
    size_t line = strlen(LINE_A);

    for (size_t cut = 0; cut < sizeof whole; cut++) {
        struct token_store *s = open_store(p);
        char text[sizeof whole];
        bool has_a = cut >= line - 1; /* with or without its newline */
        bool has_b = cut >= 2 * line - 1;
        size_t bad_at = has_b || cut == line || cut == line - 1 ? cut : has_a ? line : 0;
        struct buf names = {0};
        struct buf bad = {0};

        memcpy(text, whole, cut);
        text[cut] = 0;
        put(p->path, text);
        age(p->path);
        unlink(p->bad);
        assert_names(s, NULL, cut >= 2 * line ? "a b " : cut >= line ? "a " : "");
        assert_int_equal(add(s, "new", "g", 0), 0);
        buf_printf(&names, "%s%snew ", has_a ? "a " : "", has_b ? "b " : "");
        assert_names(s, NULL, buf_str(&names));
        if (bad_at < cut)
            buf_printf(&bad, "%s\n", text + bad_at);
        assert_content(p->bad, buf_str(&bad));
        assert_int_equal(add(s, "newer", "g", 0), 0);
        assert_content(p->bad, buf_str(&bad)); /* set aside once */
        assert_lines(p->path, 2 + has_a + has_b);
        buf_release(&names);
        buf_release(&bad);
        token_store_free(s);
    }
}

#define WRITERS 4
#define TOKENS_EACH 20

/* Adds tokens and takes every second one away again. @return exit status */
static int write_tokens(const struct place *p, int writer)
{
    struct token_store *s = NULL;
    char name[32];
    int64_t expires_us = INT64_C(1800000000000000);

    if (token_store_new(&s, p->var, NULL) < 0)
        return 1;
    for (int i = 0; i < TOKENS_EACH; i++) {
        snprintf(name, sizeof name, "w%d-%d", writer, i);
        if (add(s, name, "g", 0) < 0)
            return 2;
        if (i % 2 == 1 && token_store_delete(s, name, NULL, NULL) < 0)
            return 3;
        if (i % 2 == 0 && token_store_update(s, name, NULL, set_expiry, &expires_us, NULL) < 0)
            return 4;
    }
    token_store_free(s);
    return 0;
}

static void test_several_writers(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    const struct token **tokens = NULL;
    size_t n = 0;
    pid_t children[WRITERS];

    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(write_tokens(p, i));
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_int_equal(token_store_list(s, "g", &tokens, &n, NULL), 0);
    assert_int_equal(n, WRITERS * TOKENS_EACH / 2);
    for (size_t i = 0; i < n; i++)
        assert_true(tokens[i]->has_expires);
    free(tokens);
    for (int writer = 0; writer < WRITERS; writer++) {
        for (int i = 0; i < TOKENS_EACH; i++) {
            const struct token *t;
            char name[32];

            snprintf(name, sizeof name, "w%d-%d", writer, i);
            assert_int_equal(token_store_get(s, name, &t, NULL), i % 2 ? ERR_NOT_FOUND : 0);
        }
    }
    assert_content(p->bad, "");
    token_store_free(s);
}

/* Adds tokens until it is killed; says the number of each that was acknowledged. */
static void add_until_killed(const struct place *p, int out, int from)
{
    struct token_store *s = NULL;

    if (token_store_new(&s, p->var, NULL) < 0)
        _exit(1);
    for (int i = from;; i++) {
        char name[32];

        snprintf(name, sizeof name, "k%d", i);
        if (add(s, name, "g", 0) < 0)
            _exit(2);
        if (i % 3 == 2) {
            int64_t expires_us = INT64_C(1800000000000000);

            if (token_store_update(s, name, NULL, set_expiry, &expires_us, NULL) < 0)
                _exit(3);
        }
        if (write(out, &i, sizeof i) != sizeof i)
            _exit(4);
    }
}

static void assert_acknowledged(struct token_store *s, const bool *acknowledged, int n)
{
    for (int i = 0; i < n; i++) {
        const struct token *t;
        char name[32];

        snprintf(name, sizeof name, "k%d", i);
        if (acknowledged[i] && token_store_get(s, name, &t, NULL) != 0)
            fail_msg("%s is lost", name);
    }
}

/* A writer dies at any moment: what it acknowledged is there, and the next one goes on. */
static void test_killed_writers(void **state)
{
    static bool acknowledged[10000];
    struct place *p = *state;
    struct token_store *s = open_store(p);
    int from = 0;

    for (int round = 0; round < 12; round++) {
        int ends[2];
        int n_read = 0;
        int number = from;
        int status;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(ends[0]);
            add_until_killed(p, ends[1], from);
        }
        close(ends[1]);
        while (read(ends[0], &number, sizeof number) == sizeof number) {
            assert_in_range(number, from, 9999);
            acknowledged[number] = true;
            if (n_read++ == round) /* what comes afterwards was on its way */
                assert_int_equal(kill(child, SIGKILL), 0);
        }
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_true(n_read > round);
        assert_acknowledged(s, acknowledged, number + 1);
        from = number + 2; /* the one behind the last acknowledged may be there or not */
    }
    token_store_free(s);
}

/* A killed rewrite leaves its temporary file; the store does not mind, and the test tidies up. */
static int remove_temporary(void **state)
{
    struct place *p = *state;
    struct buf command = {0};
    int r;

    buf_printf(&command, "rm -f %s/.tmp-*", p->var);
    r = system(buf_str(&command));
    buf_release(&command);
    return r != 0 ? -1 : remove_place(state);
}

static void test_unreadable(void **state)
{
    struct place *p = *state;
    struct token_store *s = open_store(p);
    const struct token *t;
    struct error e = {0};

    assert_int_equal(mkdir(p->path, 0700), 0);
    assert_int_equal(token_store_get(s, "a", &t, &e), ERR_INVALID);
    assert_true(e.text[0] != 0);
    assert_int_equal(add(s, "a", "g", 0), ERR_INVALID);
    assert_int_equal(rmdir(p->path), 0);
    assert_int_equal(token_store_get(s, "a", &t, NULL), ERR_NOT_FOUND);
    token_store_free(s);
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_life_of_a_token),
        STORE_TEST(test_add_all),
        STORE_TEST(test_update_where),
        STORE_TEST(test_purge),
        STORE_TEST(test_changes_from_outside),
        STORE_TEST(test_changes_within_a_tick),
        STORE_TEST(test_damaged_lines),
        STORE_TEST(test_only_damage),
        STORE_TEST(test_cut_at_every_byte),
        STORE_TEST(test_several_writers),
        cmocka_unit_test_setup_teardown(test_killed_writers, make_place, remove_temporary),
        STORE_TEST(test_unreadable),
    };

    log_set_level(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
