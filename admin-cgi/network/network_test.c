#include "admin-cgi/network/network_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/neighbour.h"
#include "common/now.h"

#define PROGRAM "nereid-network-test"
#define WAIT_MS (NETWORK_TEST_LIMIT_MS + 1000)
#define ANSWER_MAX (64 * 1024)

static const struct log_ctx ctx = {.room = "network"};

static const char *text_of(struct json_object *server, const char *name)
{
    struct json_object *value = json_object_object_get(server, name);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

struct network_row *network_rows(struct arena *a, struct json_object *configuration, size_t *n)
{
    struct json_object *servers = json_object_object_get(configuration, "iceServers");
    struct network_row *rows = arena_array(a, NETWORK_TEST_MAX, sizeof *rows);
    size_t n_servers = servers ? json_object_array_length(servers) : 0;

    *n = 0;
    for (size_t i = 0; i < n_servers && rows; i++) {
        struct json_object *server = json_object_array_get_idx(servers, i);
        struct json_object *urls = json_object_object_get(server, "urls");

        for (size_t k = 0; k < json_object_array_length(urls) && *n < NETWORK_TEST_MAX; k++)
            rows[(*n)++] = (struct network_row){
                .url = json_object_get_string(json_object_array_get_idx(urls, k)),
                .username = text_of(server, "username"),
                .password = text_of(server, "credential")};
    }
    return rows;
}

static void set_text(struct json_object *o, const char *name, const char *text)
{
    if (text)
        json_object_object_add(o, name, json_object_new_string(text));
}

static int write_question(struct buf *out, const struct network_row *rows, size_t n)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; list && i < n; i++) {
        struct json_object *row = json_object_new_object();

        set_text(row, "url", rows[i].url);
        set_text(row, "username", rows[i].username);
        set_text(row, "credential", rows[i].password);
        json_object_array_add(list, row);
    }
    buf_add_str(out, list ? json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN) : "");
    json_object_put(list);
    return buf_check(out);
}

/* A process that is asked and answers. */
struct helper {
    pid_t pid;
    int to_fd, from_fd;
};

static int start(struct helper *h)
{
    char *program = neighbour_find("network", PROGRAM);
    char *const argv[] = {PROGRAM, NULL};
    int to[2], from[2], r = ENOENT;

    if (!program)
        return r;
    if (pipe2(to, O_CLOEXEC) < 0) {
        free(program);
        return errno;
    }
    if (pipe2(from, O_CLOEXEC) < 0) {
        r = errno;
        close(to[0]);
        close(to[1]);
        free(program);
        return r;
    }
    r = neighbour_start(&h->pid, program, argv, to[0], from[1]);
    close(to[0]);
    close(from[1]);
    free(program);
    h->to_fd = to[1];
    h->from_fd = from[0];
    if (r != 0) {
        close(to[1]);
        close(from[0]);
    }
    return r;
}

/* The question is shorter than a pipe takes at once, or the helper reads. */
static void ask(struct helper *h, const struct buf *question)
{
    size_t at = 0;
    ssize_t n;

    while (at < question->len &&
           ((n = write(h->to_fd, question->data + at, question->len - at)) > 0 || errno == EINTR))
        at += n > 0 ? (size_t)n : 0;
    close(h->to_fd);
}

static void hear(struct helper *h, struct buf *answer)
{
    int64_t end_us = now_monotonic_us() + WAIT_MS * US_PER_MS, left_us;
    struct pollfd polled = {.fd = h->from_fd, .events = POLLIN};
    char bytes[4096];
    ssize_t n = 1;

    while (n > 0 && answer->len < ANSWER_MAX && (left_us = end_us - now_monotonic_us()) > 0) {
        if (poll(&polled, 1, (int)(left_us / US_PER_MS + 1)) <= 0)
            continue;
        n = read(h->from_fd, bytes, sizeof bytes);
        if (n > 0)
            buf_add(answer, bytes, (size_t)n);
    }
    close(h->from_fd);
}

static void stop(struct helper *h)
{
    kill(h->pid, SIGKILL); /* what has ended by itself is not touched by it */
    while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static void take(struct network_row *rows, size_t n, const struct buf *answer)
{
    struct json_object *list = answer->len ? json_tokener_parse(buf_str(answer)) : NULL;
    bool is_list = json_object_is_type(list, json_type_array);

    for (size_t i = 0; i < n; i++)
        probe_result_from_json(&rows[i].result,
                               is_list ? json_object_array_get_idx(list, i) : NULL);
    json_object_put(list);
}

void network_test(struct network_row *rows, size_t n)
{
    struct buf question = {0}, answer = {0};
    struct helper h;
    int r = write_question(&question, rows, n) < 0 ? ENOMEM : start(&h);

    if (r == 0) {
        ask(&h, &question);
        hear(&h, &answer);
        stop(&h);
    } else {
        log_error(&ctx, PROGRAM " cannot be started: %s", strerror(r));
    }
    take(rows, n, &answer);
    buf_wipe(&question); /* log-ins */
    buf_release(&answer);
}
