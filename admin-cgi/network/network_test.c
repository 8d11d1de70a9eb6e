#include "admin-cgi/network/network_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/now.h"

struct asker {
    pid_t pid; /* 0: none */
    int fd;    /* -1: nothing is waited for */
};

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

/* In the process of its own: nothing of the parent's is touched, and nothing of it ends with us. */
static _Noreturn void ask(const struct network_row *row, int fd)
{
    struct probe_result result;
    ssize_t n;

    signal(SIGPIPE, SIG_IGN);
    ice_probe(&result, row->url, row->username, row->password);
    n = write(fd, &result, sizeof result);
    _exit(n == (ssize_t)sizeof result ? 0 : 1);
}

static void start(struct asker *asker, struct network_row *row)
{
    int ends[2];

    *asker = (struct asker){.fd = -1};
    row->result = (struct probe_result){.outcome = PROBE_FAILED};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    asker->pid = fork();
    if (asker->pid == 0)
        ask(row, ends[1]);
    close(ends[1]);
    if (asker->pid < 0) {
        asker->pid = 0;
        close(ends[0]);
        return;
    }
    asker->fd = ends[0];
    row->result.outcome = PROBE_LATE;
}

/* Less than PIPE_BUF: it comes whole, or not at all. */
static void take(struct asker *asker, struct network_row *row)
{
    struct probe_result result;

    if (read(asker->fd, &result, sizeof result) == (ssize_t)sizeof result)
        row->result = result;
    else
        row->result.outcome = PROBE_FAILED;
    row->result.text[PROBE_TEXT_SIZE - 1] = 0;
    close(asker->fd);
    asker->fd = -1;
}

static void stop(struct asker *asker)
{
    if (asker->fd >= 0) {
        kill(asker->pid, SIGKILL);
        close(asker->fd);
    }
    while (asker->pid && waitpid(asker->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

void network_test(struct network_row *rows, size_t n)
{
    struct asker askers[NETWORK_TEST_MAX];
    struct pollfd polled[NETWORK_TEST_MAX];
    int64_t end_us = now_monotonic_us() + NETWORK_TEST_LIMIT_MS * 1000, left_us;
    size_t waiting = 0;

    for (size_t i = 0; i < n; i++) {
        start(&askers[i], &rows[i]);
        waiting += askers[i].fd >= 0;
    }
    while (waiting > 0 && (left_us = end_us - now_monotonic_us()) > 0) {
        for (size_t i = 0; i < n; i++)
            polled[i] = (struct pollfd){.fd = askers[i].fd, .events = POLLIN};
        if (poll(polled, n, (int)(left_us / 1000 + 1)) < 0 && errno != EINTR)
            break;
        for (size_t i = 0; i < n; i++) {
            if (askers[i].fd >= 0 && polled[i].revents) {
                take(&askers[i], &rows[i]);
                waiting--;
            }
        }
    }
    for (size_t i = 0; i < n; i++)
        stop(&askers[i]);
}
