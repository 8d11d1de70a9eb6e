/* The logo: which pictures are taken, and how. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/site/logo.h"

#include <string.h>

#include "common/macros.h"

static void types(void **state)
{
    (void)state;
    assert_string_equal(logo_type(span_of("\x89PNG\r\n\x1a\n....", 12)), "image/png");
    assert_string_equal(logo_type(span_of("\xff\xd8\xff\xe0", 4)), "image/jpeg");
    assert_string_equal(logo_type(span_of("RIFF....WEBPVP8 ", 16)), "image/webp");
    assert_null(logo_type(span_str("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")));
    assert_null(logo_type(span_str("GIF89a")));
    assert_null(logo_type(span_str("RIFF....WAVE")));
    assert_null(logo_type(span_of("\x89PNG", 4)));
    assert_null(logo_type(span_of("", 0)));
}

static void read(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {{"", "must be a PNG"},
               {"PHN2Zy8+", "must be a PNG"},
               {"not base64!", "not a picture as base64"},
               {"/9j/4A", "not a picture as base64"}};
    struct buf out = {0};
    struct error e = {0};

    (void)state;
    assert_int_equal(logo_read(&out, span_str(" /9j/\n4A==\n"), &e), 0);
    assert_int_equal(buf_span(&out).len, 4);
    assert_memory_equal(buf_span(&out).data, "\xff\xd8\xff\xe0", 4);
    buf_clear(&out);
    assert_int_equal(logo_read(&out, span_str("_9j_4A=="), &e), 0);
    assert_memory_equal(buf_span(&out).data, "\xff\xd8\xff\xe0", 4);
    for (size_t i = 0; i < LENGTH(bad); i++) {
        buf_clear(&out);
        assert_int_equal(logo_read(&out, span_str(bad[i].text), &e), ERR_INVALID);
        assert_non_null(strstr(e.text, bad[i].says));
        assert_int_equal(buf_span(&out).len, 0);
    }
    buf_release(&out);
}

static void large(void **state)
{
    const size_t groups = LOGO_MAX_BYTES / 3 + 1;
    struct buf text = {0}, out = {0};
    struct error e = {0};

    (void)state;
    buf_add_str(&text, "/9j/");
    for (size_t i = 1; i < groups; i++)
        buf_add_str(&text, "AAAA");
    assert_int_equal(logo_read(&out, buf_span(&text), &e), ERR_TOO_LARGE);
    assert_int_equal(logo_read(&out, span_sub(buf_span(&text), 0, buf_span(&text).len - 4), &e), 0);
    buf_release(&text);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(read),
        cmocka_unit_test(large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
