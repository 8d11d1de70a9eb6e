#include "admin-cgi/control_client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/live_board.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "common/now.h"

#define WHOLE_WAIT_MS 1000
#define COMMAND_WAIT_MS 2000
/* How long mediad counts as hanging; the keeper asks again after LIVE_SAMPLE_EVERY_US. */
#define PAGE_HANGS_US (2 * US_PER_S)
#define KEEPER_HANGS_US (8 * US_PER_S)
#define ANSWER_MAX (64 * 1024 * 1024) /* statistics of a full server */
#define CACHED_MAX 8

static const struct log_ctx ctx = {.room = "control"};

/* The whole answer is ours to trust in size, not in form: it comes from our own daemon. */
static const struct json_limits answer_limits = {
    .size_max = ANSWER_MAX,
    .depth_max = 32,
    .values_max = 4000000,
    .string_max = 1024 * 1024,
};

struct cached {
    char path[64];
    struct json_object *answer;
    int64_t at_us;
};

struct control_client {
    CURL *curl;
    char *socket_path;
    struct live_board *board;
    struct buf body;
    struct cached cached[CACHED_MAX];
};

int control_client_new(struct control_client **out, const char *socket_path,
                       struct live_board *board)
{
    struct control_client *c = calloc(1, sizeof *c);

    if (!c)
        return ERR_NO_MEMORY;
    c->board = board;
    c->curl = curl_easy_init();
    c->socket_path = span_dup(span_str(socket_path));
    if (!c->curl || !c->socket_path) {
        control_client_free(c);
        return ERR_NO_MEMORY;
    }
    *out = c;
    return 0;
}

void control_client_free(struct control_client *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < CACHED_MAX; i++)
        json_object_put(c->cached[i].answer);
    if (c->curl)
        curl_easy_cleanup(c->curl);
    buf_release(&c->body);
    free(c->socket_path);
    free(c);
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
    struct control_client *c = arg;

    if (c->body.len + size * n > ANSWER_MAX)
        return 0;
    buf_add(&c->body, data, size * n);
    return c->body.bad ? 0 : size * n;
}

/* One exchange. */
struct exchange {
    const char *path;
    const char *post; /* NULL: GET */
    enum control_asker asker;
    int64_t wait_ms;
};

/* What libcurl copies may fail: without the socket's path it would ask a host of the network.
 * @return false: no memory */
static bool prepare(struct control_client *c, const struct exchange *x, const char *url,
                    struct curl_slist *headers, int64_t wait_ms)
{
    curl_easy_reset(c->curl);
    buf_clear(&c->body);
    c->body.bad = false;
    if (curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, c->socket_path) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http") != CURLE_OK)
        return false;
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)wait_ms);
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
    if (x->post) {
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, x->post);
        curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    }
    return true;
}

static int unavailable(struct error *e)
{
    return error_set(e, ERR_UNAVAILABLE, NULL, "the media server does not answer");
}

/* mediad refuses with a word and a sentence: {"error": WORD, "text": SENTENCE}. */
static int refusal(int code, long status, const struct control_client *c, struct error *e)
{
    struct json_object *json = NULL;
    const char *text = NULL;

    if (json_scan_parse(&json, buf_span(&c->body), &json_limits_file, NULL) == 0 &&
        json_object_is_type(json, json_type_object))
        text = json_object_get_string(json_object_object_get(json, "text"));
    error_set(e, code, NULL, "the media server answered %ld: %.100s", status,
              text ? text : "nothing that can be read");
    json_object_put(json);
    return code;
}

static int code_of_status(long status, const struct control_client *c, struct error *e)
{
    int code = ERR_UNAVAILABLE;

    if (status >= 200 && status < 300)
        return 0;
    if (status == 404)
        code = ERR_NOT_FOUND;
    else if (status == 403)
        code = ERR_FORBIDDEN;
    else if (status == 409)
        code = ERR_WRONG_STATE;
    else if (status >= 400 && status < 500)
        code = ERR_INVALID;
    return refusal(code, status, c, e);
}

/* A mediad that does not run refuses at once, which costs no time, and so it is asked again at
 * once. One that hangs makes each asker wait: the board says for how long pages leave it alone. */
static int no_answer(struct control_client *c, const struct exchange *x, CURLcode code,
                     struct error *e)
{
    if (code == CURLE_OPERATION_TIMEDOUT && x->asker != CONTROL_PERSON)
        live_board_set_hangs(c->board,
                             now_monotonic_us() +
                                 (x->asker == CONTROL_KEEPER ? KEEPER_HANGS_US : PAGE_HANGS_US));
    log_warn(&ctx, "%s: %s", x->path, curl_easy_strerror(code));
    return unavailable(e);
}

/* The answer's bytes are in c->body. */
static int perform(struct control_client *c, const struct exchange *x, struct error *e)
{
    struct curl_slist *headers = NULL;
    struct buf url = {0};
    long status = 0;
    CURLcode code;
    bool hangs = live_board_hangs(c->board, now_monotonic_us());
    int r;

    if (x->asker == CONTROL_PAGE && hangs)
        return unavailable(e);
    buf_add_str(&url, "http://mediad");
    buf_add_str(&url, x->path);
    r = buf_check(&url);
    if (r == 0 && x->post) {
        headers = curl_slist_append(NULL, "Content-Type: application/json");
        r = headers ? 0 : ERR_NO_MEMORY;
    }
    if (r == 0 && !prepare(c, x, buf_str(&url), headers,
                           x->asker == CONTROL_PERSON && hangs ? CONTROL_PAGE_WAIT_MS : x->wait_ms))
        r = ERR_NO_MEMORY;
    code = r == 0 ? curl_easy_perform(c->curl) : CURLE_OUT_OF_MEMORY;
    curl_slist_free_all(headers);
    buf_release(&url);
    if (r < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory to ask the media server");
    if (code != CURLE_OK)
        return no_answer(c, x, code, e);
    live_board_set_hangs(c->board, 0);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    return code_of_status(status, c, e);
}

static struct cached *cached_for(struct control_client *c, const char *path)
{
    struct cached *oldest = &c->cached[0];

    for (size_t i = 0; i < CACHED_MAX; i++) {
        if (strcmp(c->cached[i].path, path) == 0)
            return &c->cached[i];
        if (c->cached[i].at_us < oldest->at_us)
            oldest = &c->cached[i];
    }
    return oldest;
}

int control_get(struct control_client *c, const char *path, int64_t max_age_us, int64_t now_us,
                struct json_object **out, struct error *e)
{
    const struct exchange x = {
        .path = path, .asker = CONTROL_PAGE, .wait_ms = CONTROL_PAGE_WAIT_MS};
    struct cached *cached = cached_for(c, path);
    struct json_object *answer = NULL;
    int r;

    if (max_age_us > 0 && cached->answer && strcmp(cached->path, path) == 0 &&
        now_us >= cached->at_us && now_us - cached->at_us <= max_age_us) {
        *out = json_object_get(cached->answer);
        return 0;
    }
    r = perform(c, &x, e);
    if (r == 0)
        r = control_parse(&answer, buf_span(&c->body), e);
    if (r < 0)
        return r;
    if (max_age_us > 0 && span_copy(span_str(path), cached->path, sizeof cached->path)) {
        json_object_put(cached->answer);
        cached->answer = json_object_get(answer);
        cached->at_us = now_us;
    }
    *out = answer;
    return 0;
}

int control_parse(struct json_object **out, struct span answer, struct error *e)
{
    return json_scan_parse(out, answer, &answer_limits, e);
}

int control_ask(struct control_client *c, const char *path, enum control_asker asker,
                int64_t wait_ms, struct buf *out, struct error *e)
{
    const struct exchange x = {.path = path, .asker = asker, .wait_ms = wait_ms};
    int r = perform(c, &x, e);

    if (r == 0)
        buf_add_span(out, buf_span(&c->body));
    return r;
}

int control_get_raw(struct control_client *c, const char *path, struct buf *out, struct error *e)
{
    return control_ask(c, path, CONTROL_PAGE, WHOLE_WAIT_MS, out, e);
}

int control_post(struct control_client *c, const char *path, struct json_object *body,
                 struct json_object **answer, struct error *e)
{
    const char *text = json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE);
    const struct exchange x = {
        .path = path, .post = text, .asker = CONTROL_PERSON, .wait_ms = COMMAND_WAIT_MS};
    struct json_object *parsed = NULL;
    int r = text ? perform(c, &x, e) : ERR_NO_MEMORY;

    if (r == 0 && answer && c->body.len)
        r = control_parse(&parsed, buf_span(&c->body), e);
    if (r == 0 && answer)
        *answer = parsed;
    return r;
}
