/* Publishers without a WebSocket, from the request to the end. The media plane is real. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mediad/group/moderation.h"
#include "mediad/signal/stream_events.h"
#include "mediad/signal/stream_links.h"
#include "mediad/signal/whip_session.h"
#include "tests/unit/mediad/free_udp_port.h"
#include "tests/unit/mediad/rtc/sdp_data.h"
#include "tests/unit/mediad/signal/session_env.h"
#include "tests/unit/mediad/signal/visitor_waiter.h"

static const char open_group[] =
    "{\"wildcard-user\":{\"password\":{\"type\":\"wildcard\"},\"permissions\":\"present\"}}";
/* A costly password, so that credentials are looked at in the pool. */
static const char closed_group[] =
    "{\"users\":{\"ada\":{\"password\":{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":"
    "\"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\",\"salt\":"
    "\"0102030405060708\",\"iterations\":1000},\"permissions\":\"present\"}}}";

static struct test_env t;

static int setup(void **state)
{
    struct media_config config = {
        .n_workers = 1, .listen = "127.0.0.1", .udp_port = free_udp_port()};

    (void)state;
    test_env_init(&t);
    test_write(&t, "groups/open.json", open_group);
    test_write(&t, "groups/closed.json", closed_group);
    test_write(&t, "groups/moved.json", "{\"redirect\":\"https://b.example.org/group/x/\"}");
    test_env_start(&t);
    memset(&heard, 0, sizeof heard);
    return media_new(&t.env.media, &config, &signal_media_events, NULL);
}

static int teardown(void **state)
{
    (void)state;
    resources_end_all(&t.env.resources);
    assert_int_equal(0, census_count(&t.env.census));
    media_free(t.env.media);
    test_env_stop(&t);
    return 0;
}

static struct visitor *publish(const char *group, const char *username, const char *password)
{
    struct buf offer = sdp_data("offer-chromium-camera");
    struct visitor *running = NULL;
    const struct visitor_request request = {.group = group,
                                            .username = username,
                                            .password = password,
                                            .token = "",
                                            .secret = span_str(""),
                                            .address = "192.0.2.7",
                                            .sdp = buf_span(&offer)};

    whip_session_begin(&t.env, &request, &waiter, &t, &running);
    buf_release(&offer);
    return running;
}

static struct live_group *group(const char *name)
{
    return registry_find(t.env.registry, name);
}

static struct member *publisher(void)
{
    return LIST_FIRST(&group("open")->members, struct member, in_group);
}

static void begin(void)
{
    assert_null(publish("open", "whip", ""));
    assert_int_equal(1, heard.n);
    assert_string_equal("", heard.error);
    assert_string_equal("v=0", heard.answer);
    assert_ptr_equal(heard.resource,
                     resource_find(&t.env.resources, RESOURCE_WHIP, "open", heard.resource->id));
    assert_string_equal("whip", publisher()->username);
    assert_int_equal(MEMBER_WHIP, publisher()->kind);
    assert_int_equal(1, publisher()->n_streams);
    assert_string_not_equal(publisher()->id, heard.resource->id);
}

static void is_gone(void)
{
    assert_int_equal(0, group("open")->n_members);
    assert_int_equal(0, t.env.resources.by_id.n);
    assert_int_equal(0, census_count(&t.env.census));
}

static void test_its_own_end(void **state)
{
    (void)state;
    begin();
    heard.resource->end(heard.resource);
    is_gone();
}

static void test_kicked(void **state)
{
    const struct kick kick = {.text = ""};

    (void)state;
    begin();
    moderation_kick_all(group("open"), &kick);
    assert_int_equal(0, group("open")->n_members);
    test_advance(&t, US_PER_S);
    is_gone();
}

static void test_loses_its_permission(void **state)
{
    (void)state;
    begin();
    assert_int_equal(0, moderation_permissions(publisher(), 0, PERMISSION_PRESENT, NULL));
    assert_int_equal(0, publisher()->n_streams);
    test_advance(&t, US_PER_S);
    is_gone();
}

static void test_connection_fails(void **state)
{
    (void)state;
    begin();
    signal_media_events.up_failed(
        up_link_of(LIST_FIRST(&publisher()->streams, struct published, in_member)), "no path");
    assert_int_equal(1, group("open")->n_members);
    test_advance(&t, US_PER_S);
    is_gone();
}

static void test_refused_after_a_moment(void **state)
{
    struct visitor *s;

    (void)state;
    s = publish("closed", "ada", "wrong");
    assert_non_null(s);
    test_pool(&t);
    assert_int_equal(0, heard.n);
    test_advance(&t, US_PER_S);
    assert_int_equal(1, heard.n);
    assert_string_equal("not-authorised", heard.error);
    assert_null(group("closed"));
}

static void test_nobody_waits_any_more(void **state)
{
    (void)state;
    visitor_cancel(publish("closed", "ada", "wrong"));
    test_pool(&t);
    visitor_cancel(publish("closed", "bo", "wrong"));
    test_pool(&t);
    test_advance(&t, US_PER_S);
    assert_int_equal(0, heard.n);
}

static void test_elsewhere(void **state)
{
    (void)state;
    assert_null(publish("moved", "whip", ""));
    assert_string_equal("redirected", heard.error);
    assert_string_equal("https://b.example.org/group/x/", heard.text);
}

static void test_server_ends(void **state)
{
    (void)state;
    begin();
    resources_end_all(&t.env.resources);
    is_gone();
    t.env.is_ending = true;
    assert_null(publish("open", "whip", ""));
    assert_string_equal("restarting", heard.error);
}

static void test_fragments(void **state)
{
    struct buf answer = {0};
    struct error e = {0};
    bool is_restart = true;
    char etag[RESOURCE_ETAG_SIZE];

    (void)state;
    begin();
    memcpy(etag, heard.resource->etag, sizeof etag);
    assert_int_equal(0, whip_session_patch(heard.resource, span_str("a=end-of-candidates"), &answer,
                                           &is_restart, &e));
    assert_false(is_restart);
    assert_string_equal(etag, heard.resource->etag);
    assert_int_equal(0, whip_session_patch(heard.resource,
                                           span_str("a=ice-ufrag:anew\r\n"
                                                    "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"),
                                           &answer, &is_restart, &e));
    assert_true(is_restart && answer.len > 0);
    assert_string_not_equal(etag, heard.resource->etag);
    buf_clear(&answer);
    assert_int_equal(0, moderation_permissions(publisher(), 0, PERMISSION_PRESENT, NULL));
    assert_int_equal(ERR_WRONG_STATE,
                     whip_session_patch(heard.resource, span_str("a=end-of-candidates"), &answer,
                                        &is_restart, &e));
    buf_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_its_own_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kicked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_loses_its_permission, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connection_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_after_a_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_waits_any_more, setup, teardown),
        cmocka_unit_test_setup_teardown(test_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_server_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fragments, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
