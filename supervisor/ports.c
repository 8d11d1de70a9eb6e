#include "supervisor/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/span.h"

#define CONNECT_PATIENCE_MS 100

/** @return false when the text is not a numeric address */
static bool fill_address(struct sockaddr_storage *out, socklen_t *len, const char *address,
                         unsigned port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof v4);
        *len = sizeof(v4);
        return true;
    }
    if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
        memcpy(out, &v6, sizeof v6);
        *len = sizeof(v6);
        return true;
    }
    return false;
}

/** A socket bound as asked, or -1 with errno. */
static int bind_socket(int type, const char *address, unsigned port)
{
    const int on = 1;
    struct sockaddr_storage to;
    socklen_t len;
    int fd;

    if (!fill_address(&to, &len, address, port)) {
        errno = EINVAL;
        return -1;
    }
    fd = socket(to.ss_family, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (to.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    /* As nginx does: connections of a server that just ended do not count as a used port. */
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&to, len) < 0 ||
        (type == SOCK_STREAM && listen(fd, 1) < 0)) {
        const int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

int ports_probe(int type, const char *address, unsigned port, struct error *e)
{
    const char *protocol = type == SOCK_STREAM ? "TCP" : "UDP";
    int fd = bind_socket(type, address, port);

    if (fd >= 0) {
        close(fd);
        return 0;
    }
    if (errno == EADDRINUSE)
        return error_set(e, ERR_EXISTS, NULL, "%s port %u is in use (on %s)", protocol, port,
                         address);
    if (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)
        return error_set(e, ERR_UNSUPPORTED, NULL, "this machine does not have the address %s",
                         address);
    return error_set_errno(e, NULL, "cannot listen on %s port %u", protocol, port);
}

bool ports_has_address(const char *address)
{
    int fd = bind_socket(SOCK_DGRAM, address, 0);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

/* Without waiting for somebody who is slow to accept or a filter that drops: the loop that asks has
 * more to do, and asks again. */
static bool answers(const struct sockaddr *to, socklen_t len)
{
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd connected = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof(int);
    int failure = 0;

    if (fd < 0)
        return false;
    if (connect(fd, to, len) < 0)
        failure = errno;
    if (failure == EINPROGRESS && (poll(&connected, 1, CONNECT_PATIENCE_MS) != 1 ||
                                   getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0))
        failure = ETIMEDOUT;
    close(fd);
    return failure == 0 || failure == EAGAIN; /* EAGAIN: a unix socket's queue is full */
}

bool ports_answers(const char *address, unsigned port)
{
    struct sockaddr_storage to;
    socklen_t len;

    return fill_address(&to, &len, address, port) && answers((struct sockaddr *)&to, len);
}

static bool fill_unix(struct sockaddr_un *out, const char *path)
{
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    return span_copy(span_str(path), out->sun_path, sizeof out->sun_path);
}

bool ports_unix_answers(const char *path)
{
    struct sockaddr_un to;

    return fill_unix(&to, path) && answers((struct sockaddr *)&to, sizeof to);
}

int ports_unix_listen(const char *path, int backlog, struct error *e)
{
    struct sockaddr_un to;
    int fd;

    if (!fill_unix(&to, path))
        return error_set(e, ERR_TOO_LARGE, NULL, "the name %.100s is too long for a socket", path);
    if (unlink(path) < 0 && errno != ENOENT)
        return error_set_errno(e, NULL, "cannot remove the old %.100s", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set_errno(e, NULL, "cannot make a socket");
    if (bind(fd, (struct sockaddr *)&to, sizeof to) < 0 || chmod(path, 0660) < 0 ||
        listen(fd, backlog) < 0) {
        int r = error_set_errno(e, NULL, "cannot listen on %.100s", path);

        close(fd);
        return r;
    }
    return fd;
}
