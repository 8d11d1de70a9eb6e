#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "admin-cgi/response.h"
#include "common/macros.h"

static const char *head_of(struct response *res, struct buf *out)
{
    buf_clear(out);
    assert_int_equal(response_head(res, out), 0);
    return buf_str(out);
}

/* SEC-12: every class, every status, errors and 304 included. */
static void test_security_headers(void **state)
{
    static const char *const everywhere[] = {
        "Strict-Transport-Security: max-age=31536000\r\n",
        "X-Content-Type-Options: nosniff\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n",
        "X-Frame-Options: DENY\r\n",
        "frame-ancestors 'none'",
        "default-src 'none'",
    };
    static const int statuses[] = {200, 204, 304, 401, 404, 500};
    struct buf head = {0};

    (void)state;
    for (int class = RESPONSE_PAGE; class <= RESPONSE_DOWNLOAD; class ++) {
        for (size_t s = 0; s < LENGTH(statuses); s++) {
            struct arena a = {0};
            struct response res;
            const char *text;

            response_init(&res, &a);
            res.class = (enum response_class) class;
            response_text(&res, statuses[s], "x");
            text = head_of(&res, &head);
            for (size_t i = 0; i < LENGTH(everywhere); i++) {
                const char *first = strstr(text, everywhere[i]);

                if (!first || strstr(first + 1, everywhere[i]))
                    fail_msg("class %d status %d: %s", class, statuses[s], everywhere[i]);
            }
            assert_null(strstr(text, "unsafe"));
            assert_int_equal(strstr(text, "Content-Length") != NULL,
                             statuses[s] != 204 && statuses[s] != 304);
            response_release(&res);
            arena_release(&a);
        }
    }
    buf_release(&head);
}

static void test_a_value_cannot_split_the_answer(void **state)
{
    static const char *const values[] = {"a\r\nSet-Cookie: b=c", "a\nb", "a\x01"};
    struct buf head = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(values); i++) {
        struct arena a = {0};
        struct response res;

        response_init(&res, &a);
        response_header(&res, "Location", values[i]);
        assert_null(strstr(head_of(&res, &head), "Location"));
        assert_int_equal(res.status, 500);
        response_release(&res);
        arena_release(&a);
    }
    buf_release(&head);
}

static void test_out_of_memory_is_503(void **state)
{
    struct arena a = {0};
    struct buf head = {0};
    struct response res;

    (void)state;
    response_init(&res, &a);
    response_text(&res, 200, "half of it");
    response_header(&res, "X-Part", "one");
    res.body.bad = true;
    assert_non_null(strstr(head_of(&res, &head), "Status: 503"));
    assert_null(strstr(buf_str(&head), "X-Part"));
    assert_int_equal(res.body.len, 0);
    response_release(&res);
    arena_release(&a);
    buf_release(&head);
}

static int no_piece(void *arg, struct buf *out)
{
    (void)arg;
    (void)out;
    return 0;
}

/* Nobody knows how long it becomes; an error in its place is a whole one. */
static void test_pieces_have_no_length(void **state)
{
    struct arena a = {0};
    struct buf head = {0};
    struct response res;

    (void)state;
    response_init(&res, &a);
    response_attachment(&res, "text/csv", "groups.csv");
    response_pieces(&res, no_piece, NULL);
    assert_null(strstr(head_of(&res, &head), "Content-Length"));
    assert_non_null(
        strstr(buf_str(&head), "Content-Disposition: attachment; filename=\"groups.csv\"\r\n"));
    res.headers.bad = true;
    assert_non_null(strstr(head_of(&res, &head), "Content-Length: 0\r\n"));
    assert_null(res.next_piece);
    response_release(&res);
    arena_release(&a);
    buf_release(&head);
}

static void test_cookie(void **state)
{
    struct arena a = {0};
    struct buf head = {0};
    struct response res;

    (void)state;
    response_init(&res, &a);
    response_cookie(&res, "sid", "value", 60);
    response_cookie(&res, "old", "value", 0);
    head_of(&res, &head);
    assert_non_null(strstr(buf_str(&head), "Set-Cookie: __Host-sid=value; Path=/; Secure; HttpOnly;"
                                           " SameSite=Lax; Max-Age=60\r\n"));
    assert_non_null(strstr(buf_str(&head), "Set-Cookie: __Host-old=; Path=/; Secure; HttpOnly;"
                                           " SameSite=Lax; Max-Age=0\r\n"));
    response_release(&res);
    arena_release(&a);
    buf_release(&head);
}

static void test_only_a_body_has_a_type(void **state)
{
    static const struct {
        const char *name;
        int status;
        const char *body;
        const char *type;
        const char *want;
    } rows[] = {
        {"made", 201, "", NULL, NULL},
        {"text", 200, "x", NULL, "Content-Type: text/plain; charset=utf-8\r\n"},
        {"typed", 200, "{}", "application/json", "Content-Type: application/json\r\n"},
        {"an empty file", 200, "", "text/csv", "Content-Type: text/csv\r\n"},
        {"done", 204, "", "text/csv", NULL},
    };
    struct buf head = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct arena a = {0};
        struct response res;
        const char *found;

        response_init(&res, &a);
        response_text(&res, rows[i].status, rows[i].body);
        response_type(&res, rows[i].type);
        found = strstr(head_of(&res, &head), "Content-Type:");
        if (!found != !rows[i].want ||
            (found && strncmp(found, rows[i].want, strlen(rows[i].want)) != 0))
            fail_msg("%s: %s", rows[i].name, buf_str(&head));
        response_release(&res);
        arena_release(&a);
    }
    buf_release(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_security_headers),
        cmocka_unit_test(test_a_value_cannot_split_the_answer),
        cmocka_unit_test(test_out_of_memory_is_503),
        cmocka_unit_test(test_pieces_have_no_length),
        cmocka_unit_test(test_cookie),
        cmocka_unit_test(test_only_a_body_has_a_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
