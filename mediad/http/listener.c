#include "mediad/http/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "mediad/http/event_loop.h"
#include "mediad/http/http_state.h"

#define BACKLOG 4096
#define ACCEPT_BATCH 16
#define PAUSE_US (100 * US_PER_MS)
#define DRAIN_BYTES 16384
#define PATIENCE_MS 1 /* for each of a batch, with a pause after it */

struct listener {
    struct http_server *server;
    struct listener_config config;
    int fd, reserve_fd;
    struct loop_watch *watch;
    struct timer pause;     /* accepts again when it fires */
    uint64_t n_turned_away; /* since descriptors were short */
    bool is_short;
};

static const struct log_ctx log_listener = {.room = "http"};

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Its request is read first: a client that writes to a closed socket, or whose bytes were unread
 * when it was closed, may never see the answer. */
static void turn_away(int fd)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
                                 "Retry-After: 5\r\nConnection: close\r\n\r\n";
    char scrap[DRAIN_BYTES];
    struct pollfd request = {.fd = fd, .events = POLLIN};

    if (poll(&request, 1, PATIENCE_MS) > 0 && recv(fd, scrap, sizeof scrap, MSG_DONTWAIT) < 0)
        log_debug(&log_listener, "hung up before it was answered 503");
    else if (send(fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        log_debug(&log_listener, "nobody took the answer 503");
    close(fd);
}

static void become_short(struct listener *l, const char *why)
{
    l->n_turned_away++;
    if (l->is_short)
        return;
    l->is_short = true;
    log_error(&log_listener,
              "%s: new connections to %s are answered 503; raise the limit of "
              "descriptors (LimitNOFILE)",
              why, l->config.name);
}

static void become_free(struct listener *l)
{
    if (!l->is_short)
        return;
    log_info(&log_listener, "%s has descriptors again; %llu connections were answered 503",
             l->config.name, (unsigned long long)l->n_turned_away);
    l->is_short = false;
    l->n_turned_away = 0;
}

/* @return whether there may be more to accept */
static bool spend_reserve(struct listener *l)
{
    int fd;

    if (l->reserve_fd >= 0)
        close(l->reserve_fd);
    fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        become_short(l, "no descriptors are left");
        turn_away(fd);
    }
    l->reserve_fd = open_reserve();
    return fd >= 0 && l->reserve_fd >= 0;
}

static void rest(struct listener *l)
{
    event_loop_pause(l->watch, true);
    timer_wheel_set(l->server->env->timers, &l->pause, l->server->env->now_us + PAUSE_US);
}

static void rested(struct timer *timer, int64_t now_us)
{
    struct listener *l = CONTAINER_OF(timer, struct listener, pause);

    (void)now_us;
    if (l->reserve_fd < 0)
        l->reserve_fd = open_reserve();
    event_loop_pause(l->watch, false);
}

/* Closes it if it cannot. */
static void adopt(struct listener *l, int fd)
{
    const lws_adopt_desc_t connection = {.vh = l->server->vhost,
                                         .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP,
                                         .fd.sockfd = fd,
                                         .opaque = (void *)(uintptr_t)l->config.mark};

    if (!lws_adopt_descriptor_vhost_via_info(&connection))
        log_warn(&log_listener, "libwebsockets does not take a connection");
}

static void ready(void *arg)
{
    struct listener *l = arg;
    bool is_short = false;

    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0 && (unsigned)fd < l->config.fd_limit) {
            become_free(l);
            adopt(l, fd);
        } else if (fd >= 0) {
            is_short = true;
            become_short(l, "nearly all descriptors are used");
            turn_away(fd);
        } else if (errno == EMFILE || errno == ENFILE) {
            is_short = true;
            if (!spend_reserve(l))
                break;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            is_short = errno != EAGAIN;
            break;
        }
    }
    if (is_short)
        rest(l);
}

static int make_socket(const char *path, struct error *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t mask = umask(0117);
    int fd = -1, r = 0;

    if (strlen(path) >= sizeof address.sun_path) {
        r = error_set(e, ERR_INVALID, path, "the path is too long for a socket");
    } else {
        memcpy(address.sun_path, path, strlen(path));
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0 || (unlink(path) < 0 && errno != ENOENT) ||
            bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, BACKLOG) < 0 ||
            chmod(path, 0660) < 0)
            r = error_set_errno(e, path, "cannot listen");
    }
    umask(mask);
    if (r == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return r;
}

int listener_new(struct listener **out, struct http_server *server,
                 const struct listener_config *config, struct error *e)
{
    struct listener *l = calloc(1, sizeof *l);
    int r;

    if (!l)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    l->server = server;
    l->config = *config;
    l->pause.fire = rested;
    l->reserve_fd = open_reserve();
    r = make_socket(config->path, e);
    l->fd = r;
    if (r >= 0 && (l->watch = event_loop_watch(server->loop, l->fd, ready, l)) == NULL)
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (r < 0) {
        listener_free(l);
        return r;
    }
    *out = l;
    return 0;
}

void listener_free(struct listener *l)
{
    if (!l)
        return;
    timer_cancel(&l->pause);
    event_loop_unwatch(l->watch);
    if (l->fd >= 0)
        close(l->fd);
    if (l->reserve_fd >= 0)
        close(l->reserve_fd);
    free(l);
}
