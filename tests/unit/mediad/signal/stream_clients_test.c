/* The media plane is told which streams belong to one client: one number for each session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/media_state.h"
#include "mediad/rtc/media_stream.h"
#include "mediad/signal/stream_events.h"
#include "tests/unit/mediad/free_udp_port.h"
#include "tests/unit/mediad/rtc/sdp_data.h"
#include "tests/unit/mediad/signal/session_env.h"

enum { CLIENTS = 3 };

static void join(struct test_env *t, struct test_client *c, const char *id)
{
    char text[128];

    test_connect(t, c);
    snprintf(text, sizeof text, "{\"type\":\"handshake\",\"version\":[\"2\"],\"id\":\"%s\"}", id);
    test_say(c, text);
    test_say(c, "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"g\",\"username\":\"anyone\"}");
    assert_non_null(strstr(test_take(c), "\"kind\":\"join\""));
    test_say(c, "{\"type\":\"request\",\"request\":{\"\":[\"audio\"]}}");
}

/* A stream of real media, so that the others are offered it. */
static void publish(struct test_client *c, const char *stream)
{
    struct json_object *offer = json_object_new_object();
    struct buf sdp = sdp_data("offer-chromium-audio");

    json_object_object_add(offer, "type", json_object_new_string("offer"));
    json_object_object_add(offer, "id", json_object_new_string(stream));
    json_object_object_add(offer, "label", json_object_new_string("camera"));
    json_object_object_add(offer, "sdp", json_object_new_string_len(sdp.data, (int)sdp.len));
    test_say(c, json_object_to_json_string(offer));
    if (!strstr(test_take(c), "\"type\":\"answer\""))
        fail_msg("no answer, but:\n%s", buf_str(&c->sent));
    json_object_put(offer);
    buf_release(&sdp);
}

/* All streams of the process, as the media plane knows them. */
static size_t list_streams(const struct media *m, const struct media_stream **out, size_t max)
{
    size_t n = 0;

    for (uint64_t id = 1; id <= m->last_id; id++) {
        const struct media_stream *s = fixed_table_find(&m->streams, &id);

        if (!s)
            continue;
        assert_true(n < max);
        out[n++] = s;
    }
    return n;
}

static void test_one_number_for_a_session(void **state)
{
    static const char *const ids[CLIENTS] = {"anna", "bert", "carl"};
    struct media_config config = {
        .n_workers = 2, .listen = "127.0.0.1", .udp_port = free_udp_port()};
    const struct media_stream *streams[16];
    struct test_client clients[CLIENTS];
    struct test_env t;
    struct error e = {0};

    (void)state;
    test_env_init(&t);
    test_write(&t, "groups/g.json",
               "{\"wildcard-user\":{\"password\":{\"type\":\"wildcard\"},"
               "\"permissions\":\"present\"}}");
    test_env_start(&t);
    if (media_new(&t.env.media, &config, &signal_media_events, &e) < 0)
        fail_msg("media: %s", e.text);
    for (size_t i = 0; i < CLIENTS; i++)
        join(&t, &clients[i], ids[i]);
    publish(&clients[0], "stream-1");
    publish(&clients[0], "stream-2");
    publish(&clients[1], "stream-3");

    /* three published, each received by two */
    size_t n = list_streams(t.env.media, streams, LENGTH(streams));

    assert_int_equal(9, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_not_equal(0, streams[i]->client_id);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(strcmp(streams[i]->client, streams[k]->client) == 0,
                             streams[i]->client_id == streams[k]->client_id);
    }
    uint64_t carl = streams[n - 1]->client_id;

    assert_string_equal("carl", streams[n - 1]->client);
    /* who comes back is another one */
    test_disconnect(&clients[2]);
    join(&t, &clients[2], ids[2]);
    n = list_streams(t.env.media, streams, LENGTH(streams));
    assert_int_equal(9, n);
    assert_string_equal("carl", streams[n - 1]->client);
    assert_int_not_equal(carl, streams[n - 1]->client_id);

    for (size_t i = 0; i < CLIENTS; i++)
        test_disconnect(&clients[i]);
    media_free(t.env.media);
    test_env_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_number_for_a_session)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
