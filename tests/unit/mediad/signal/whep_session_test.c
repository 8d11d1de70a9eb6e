/* Viewers, from the request to the end: let in as members are, and listed nowhere. The media plane
 * is real. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mediad/group/moderation.h"
#include "mediad/signal/stream_events.h"
#include "mediad/signal/stream_links.h"
#include "mediad/signal/whep_session.h"
#include "mediad/signal/whip_session.h"
#include "tests/unit/mediad/free_udp_port.h"
#include "tests/unit/mediad/rtc/sdp_data.h"
#include "tests/unit/mediad/signal/session_env.h"
#include "tests/unit/mediad/signal/visitor_waiter.h"

static const char open_group[] =
    "{\"wildcard-user\":{\"password\":{\"type\":\"wildcard\"},\"permissions\":\"present\"}}";

static struct test_env t;

static int setup(void **state)
{
    struct media_config config = {
        .n_workers = 1, .listen = "127.0.0.1", .udp_port = free_udp_port()};

    (void)state;
    test_env_init(&t);
    test_write(&t, "groups/open.json", open_group);
    test_env_start(&t);
    memset(&heard, 0, sizeof heard);
    return media_new(&t.env.media, &config, &signal_media_events, NULL);
}

static int teardown(void **state)
{
    (void)state;
    resources_end_all(&t.env.resources);
    assert_int_equal(0, census_count(&t.env.census));
    assert_int_equal(0, t.env.registry->n_members);
    media_free(t.env.media);
    test_env_stop(&t);
    return 0;
}

static const char *ask(const char *offer_name, const struct whep_wish *wish)
{
    struct buf offer = sdp_data(offer_name);
    struct visitor *running = NULL;
    const struct visitor_request request = {.group = "open",
                                            .username = "somebody",
                                            .password = "",
                                            .token = "",
                                            .secret = span_str(""),
                                            .address = "192.0.2.7",
                                            .sdp = buf_span(&offer)};

    memset(&heard, 0, sizeof heard);
    if (wish)
        whep_session_begin(&t.env, &request, wish, &waiter, &t, &running);
    else
        whip_session_begin(&t.env, &request, &waiter, &t, &running);
    buf_release(&offer);
    assert_null(running);
    assert_int_equal(1, heard.n);
    return heard.error;
}

static const char *watch(const char *stream, const char *label)
{
    const struct whep_wish wish = {stream, label};

    return ask("offer-chromium-player", &wish);
}

/* A publisher. @return its resource */
static struct resource *publish(void)
{
    assert_string_equal("", ask("offer-chromium-camera", NULL));
    return heard.resource;
}

static struct live_group *group(void)
{
    return registry_find(t.env.registry, "open");
}

static struct member *viewer(void)
{
    return LIST_FIRST(&group()->viewers, struct member, in_group);
}

static void assert_gone(void)
{
    assert_int_equal(0, group()->n_viewers);
    assert_true(list_is_empty(&group()->viewers));
    assert_int_equal(0, t.env.resources.by_id.n);
    assert_int_equal(0, census_count(&t.env.census));
}

static void test_is_no_member(void **state)
{
    (void)state;
    assert_string_equal("", watch(NULL, NULL));
    assert_string_equal("v=0", heard.answer);
    assert_ptr_equal(heard.resource,
                     resource_find(&t.env.resources, RESOURCE_WHEP, "open", heard.resource->id));
    assert_int_equal(0, group()->n_members);
    assert_true(list_is_empty(&group()->members));
    assert_null(live_group_find(group(), viewer()->id));
    assert_int_equal(1, group()->n_viewers);
    assert_int_equal(1, t.env.registry->n_members); /* as far as limits go */
    assert_int_equal(1, census_count(&t.env.census));
    heard.resource->end(heard.resource);
    assert_gone();
}

/* While somebody watches, the group is not forgotten. */
static void test_group_stays(void **state)
{
    (void)state;
    assert_string_equal("", watch(NULL, "camera"));
    registry_sweep(t.env.registry, t.env.now_us + 100 * 3600 * US_PER_S);
    assert_non_null(group());
    heard.resource->end(heard.resource);
    registry_sweep(t.env.registry, t.env.now_us + 100 * 3600 * US_PER_S);
    assert_null(group());
}

static void test_counts(void **state)
{
    (void)state;
    t.settings.limits.members_per_group = 2;
    assert_string_equal("", watch(NULL, NULL));
    publish();
    assert_string_equal("server-full", watch(NULL, NULL));
    assert_string_equal("server-full", ask("offer-chromium-camera", NULL));
}

static void test_put_out_with_everybody(void **state)
{
    const struct kick kick = {.text = "closing time"};

    (void)state;
    publish();
    assert_string_equal("", watch(NULL, NULL));
    moderation_kick_all(group(), &kick);
    assert_int_equal(0, group()->n_viewers);
    test_advance(&t, US_PER_S);
    assert_gone();
}

static void test_connection_fails(void **state)
{
    (void)state;
    assert_string_equal("", watch(NULL, NULL));
    signal_media_events.lone_failed(viewer(), "no path");
    test_advance(&t, US_PER_S);
    assert_gone();
}

static void test_named_streams(void **state)
{
    struct published *stream;

    (void)state;
    assert_string_equal("", watch(NULL, NULL)); /* nobody is here yet */
    assert_string_equal("no-such-stream", watch("s", NULL));
    publish();
    stream = LIST_FIRST(&group()->streams, struct published, in_group);
    assert_string_equal("", watch(stream->by_id.name, NULL));
    assert_string_equal("", watch(NULL, "")); /* the label of what programs publish */
    assert_string_equal("", watch(NULL, "lecture"));
    assert_int_equal(4, group()->n_viewers);
}

/* Publishers come and go while it stays. */
static void test_publishers_change(void **state)
{
    struct resource *first;

    (void)state;
    first = publish();
    assert_string_equal("", watch(NULL, NULL));
    first->end(first);
    assert_int_equal(1, group()->n_viewers);
    first = publish();
    publish();
    first->end(first);
    test_advance(&t, US_PER_S);
    assert_int_equal(1, group()->n_viewers);
}

static void test_refused(void **state)
{
    const struct whep_wish any = {NULL, NULL};

    (void)state;
    assert_string_equal("bad-offer", ask("no-such-file", &any));
    assert_string_equal("unusable-offer", ask("our-offer-audio-video", &any));
    assert_gone();
    t.env.is_ending = true;
    assert_string_equal("restarting", watch(NULL, NULL));
}

static void test_fragments(void **state)
{
    struct buf answer = {0};
    struct error e = {0};
    bool is_restart = true;
    char etag[RESOURCE_ETAG_SIZE];

    (void)state;
    assert_string_equal("", watch(NULL, NULL));
    memcpy(etag, heard.resource->etag, sizeof etag);
    assert_int_equal(0, whep_session_patch(heard.resource, span_str("a=end-of-candidates"), &answer,
                                           &is_restart, &e));
    assert_false(is_restart);
    assert_string_equal(etag, heard.resource->etag);
    assert_int_equal(0, whep_session_patch(heard.resource,
                                           span_str("a=ice-ufrag:anew\r\n"
                                                    "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"),
                                           &answer, &is_restart, &e));
    assert_true(is_restart && answer.len > 0);
    assert_string_not_equal(etag, heard.resource->etag);
    buf_clear(&answer);
    /* the same once more is no restart */
    assert_int_equal(0, whep_session_patch(heard.resource,
                                           span_str("a=ice-ufrag:anew\r\n"
                                                    "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"),
                                           &answer, &is_restart, &e));
    assert_false(is_restart);
    viewer()->ops->kicked(viewer(), &(struct kick){.text = ""});
    assert_int_equal(ERR_WRONG_STATE,
                     whep_session_patch(heard.resource, span_str("a=end-of-candidates"), &answer,
                                        &is_restart, &e));
    buf_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_is_no_member, setup, teardown),
        cmocka_unit_test_setup_teardown(test_group_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_put_out_with_everybody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connection_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_named_streams, setup, teardown),
        cmocka_unit_test_setup_teardown(test_publishers_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fragments, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
