#include "admin-cgi/network/network_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/neighbour.h"
#include "common/now.h"

#define PROGRAM "nereid-network-test"
#define WAIT_US ((NETWORK_TEST_LIMIT_MS + 1000) * US_PER_MS)
#define ANSWER_MAX (64 * 1024)

static void set_text(struct json_object *o, const char *name, const char *text)
{
    if (text)
        json_object_object_add(o, name, json_object_new_string(text));
}

static int write_question(struct buf *out, const struct probe_row *rows, size_t n)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; list && i < n; i++) {
        struct json_object *row = json_object_new_object();

        if (!row) {
            json_object_put(list);
            return ERR_NO_MEMORY;
        }
        set_text(row, "url", rows[i].url);
        set_text(row, "username", rows[i].username);
        set_text(row, "credential", rows[i].password);
        json_object_array_add(list, row);
    }
    buf_add_str(out, list ? json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN) : "");
    json_object_put(list);
    return buf_check(out);
}

/* @param mode its argument; NULL: none */
static int start(struct network_helper *h, const char *mode, int *to_fd)
{
    char *program = neighbour_find("network", PROGRAM);
    char *const argv[] = {PROGRAM, (char *)mode, NULL};
    int to[2], from[2], r = ENOENT;

    if (!program)
        return r;
    if (pipe2(to, O_CLOEXEC) < 0) {
        r = errno;
        free(program);
        return r;
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
    *to_fd = to[1];
    h->from_fd = from[0];
    if (r != 0) {
        h->pid = 0;
        close(to[1]);
        close(from[0]);
    }
    return r;
}

/* The helper reads all before it does anything else. */
static void ask(int to_fd, const struct buf *question)
{
    size_t at = 0;
    ssize_t n;

    while (at < question->len &&
           ((n = write(to_fd, question->data + at, question->len - at)) > 0 || errno == EINTR))
        at += n > 0 ? (size_t)n : 0;
    close(to_fd);
}

static int start_and_ask(struct network_helper *h, const char *mode, struct buf *question)
{
    int to_fd = -1, r = buf_check(question) < 0 ? ENOMEM : start(h, mode, &to_fd);

    if (r == 0) {
        h->end_us = now_monotonic_us() + WAIT_US;
        ask(to_fd, question);
    }
    buf_wipe(question); /* log-ins */
    return r;
}

int network_helper_start(struct network_helper *h, const struct probe_row *rows, size_t n)
{
    struct buf question = {0};

    if (write_question(&question, rows, n) < 0)
        question.bad = true;
    return start_and_ask(h, NULL, &question);
}

int network_helper_start_auth(struct network_helper *h, struct json_object *question)
{
    struct buf text = {0};

    buf_add_str(&text, json_object_to_json_string_ext(question, JSON_C_TO_STRING_PLAIN));
    return start_and_ask(h, "auth", &text);
}

bool network_helper_hear(struct network_helper *h, int64_t wait_ms)
{
    struct pollfd polled = {.fd = h->from_fd, .events = POLLIN};
    char bytes[4096];
    ssize_t n;

    if (poll(&polled, 1, (int)wait_ms) > 0) {
        n = read(h->from_fd, bytes, sizeof bytes);
        if (n > 0)
            buf_add(&h->answer, bytes, (size_t)n);
        if (n == 0 || h->answer.len > ANSWER_MAX)
            return true;
    }
    return now_monotonic_us() >= h->end_us;
}

static void read_results(struct probe_row *rows, size_t n, const struct buf *answer)
{
    struct json_object *list = answer->len ? json_tokener_parse(buf_str(answer)) : NULL;
    bool is_list = json_object_is_type(list, json_type_array);

    for (size_t i = 0; i < n; i++)
        probe_result_from_json(&rows[i].result,
                               is_list ? json_object_array_get_idx(list, i) : NULL);
    json_object_put(list);
}

static void end(struct network_helper *h)
{
    close(h->from_fd);
    kill(h->pid, SIGKILL); /* what has ended by itself is not touched by it */
    while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    h->pid = 0;
}

void network_helper_end(struct network_helper *h, struct probe_row *rows, size_t n)
{
    end(h);
    if (rows)
        read_results(rows, n, &h->answer);
    buf_release(&h->answer);
}

struct json_object *network_helper_answer(struct network_helper *h)
{
    struct json_object *json;

    end(h);
    json = h->answer.len && buf_check(&h->answer) == 0 ? json_tokener_parse(buf_str(&h->answer))
                                                       : NULL;
    buf_wipe(&h->answer); /* a token */
    return json;
}
