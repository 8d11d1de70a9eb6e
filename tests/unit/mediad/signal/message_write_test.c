/* Messages of ours, as text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/down_stream.h"
#include "mediad/signal/features.h"
#include "mediad/signal/message_write.h"

static void check(struct frame *f, const char *want)
{
    assert_non_null(f);
    if (f->len != strlen(want) || memcmp(frame_text(f), want, f->len) != 0)
        fail_msg("%.*s", (int)f->len, frame_text(f));
    frame_unref(f);
}

static void joined_with_features(void **state)
{
    struct joined joined = {.kind = "join", .group = "g", .username = "u"};

    (void)state;
    check(message_write_joined(&joined),
          "{\"type\":\"joined\",\"kind\":\"join\",\"group\":\"g\",\"username\":\"u\"}");
    joined.features = FEATURE_STREAM_STATE | FEATURE_LAYERS;
    check(message_write_joined(&joined),
          "{\"type\":\"joined\",\"kind\":\"join\",\"group\":\"g\",\"username\":\"u\","
          "\"features\":[\"layers\",\"streamState\"]}");
}

static void whose_doing(void **state)
{
    struct member by = {.id = "7", .username = "\"o"};
    struct joined joined = {.kind = "change", .group = "g", .username = "u", .by = &by};

    (void)state;
    check(message_write_joined(&joined),
          "{\"type\":\"joined\",\"kind\":\"change\",\"group\":\"g\",\"username\":\"u\","
          "\"by\":{\"id\":\"7\",\"username\":\"\\\"o\"}}");
}

static void layers(void **state)
{
    static const char *const rids[] = {"h", "\"l"}, *const none[] = {""};

    (void)state;
    check(message_write_layers("s", rids, 2),
          "{\"type\":\"layers\",\"id\":\"s\",\"value\":{\"active\":[\"h\",\"\\\"l\"]}}");
    check(message_write_layers("s", rids, 0),
          "{\"type\":\"layers\",\"id\":\"s\",\"value\":{\"active\":[]}}");
    check(message_write_layers("s", none, 1),
          "{\"type\":\"layers\",\"id\":\"s\",\"value\":{\"active\":[\"\"]}}");
}

static void rate(void **state)
{
    static const struct rid_rate_limit rids[] = {{"h", 0}, {"\"m", 230000}};

    (void)state;
    check(message_write_rate("s", 400000, NULL, 0),
          "{\"type\":\"rate\",\"id\":\"s\",\"value\":{\"bitrate\":400000}}");
    check(message_write_rate("s", 380000, rids, 2),
          "{\"type\":\"rate\",\"id\":\"s\",\"value\":{\"bitrate\":380000,"
          "\"rids\":{\"h\":0,\"\\\"m\":230000}}}");
}

static void stream_state(void **state)
{
    static const struct {
        struct down_allocation a;
        const char *want;
    } rows[] = {
        {{.bps = 1500000, .layer = 2, .n_layers = 3},
         "\"state\":\"full\",\"layer\":2,\"layers\":3,\"bitrate\":1500000"},
        {{.bps = INT64_MAX, .n_layers = 1}, "\"state\":\"full\",\"layer\":0,\"layers\":1"},
        {{.bps = 1, .reason = ALLOCATE_BANDWIDTH, .n_layers = 2},
         "\"state\":\"reduced\",\"reason\":\"bandwidth\",\"layer\":0,\"layers\":2,\"bitrate\":1"},
        {{.reason = ALLOCATE_SILENT, .layer = 1, .n_layers = 2},
         "\"state\":\"reduced\",\"reason\":\"silent\",\"layer\":1,\"layers\":2,\"bitrate\":0"},
        {{.is_paused = true, .reason = ALLOCATE_UNWANTED, .n_layers = 2},
         "\"state\":\"paused\",\"reason\":\"unwanted\",\"layer\":0,\"layers\":2,\"bitrate\":0"},
        {{.is_paused = true, .reason = ALLOCATE_BANDWIDTH, .n_layers = 2},
         "\"state\":\"paused\",\"reason\":\"bandwidth\",\"layer\":0,\"layers\":2,\"bitrate\":0"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char want[256];

        snprintf(want, sizeof want, "{\"type\":\"streamState\",\"id\":\"s\",\"value\":{%s}}",
                 rows[i].want);
        check(message_write_stream_state("s", &rows[i].a), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_with_features),
        cmocka_unit_test(whose_doing),
        cmocka_unit_test(layers),
        cmocka_unit_test(rate),
        cmocka_unit_test(stream_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
