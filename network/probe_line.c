#include "network/probe_line.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/now.h"
#include "common/reader.h"

#define STUN_HEADER_SIZE 20
#define FIRST_REPEAT_MS 500 /* RFC 8489 section 6.2.1 */

static void say(char *why, const char *text)
{
    snprintf(why, PROBE_TEXT_SIZE, "%s", text);
}

/* @return false: the time is over, or the socket failed (errno) */
static bool wait_for(int fd, short events, int64_t until_us)
{
    struct pollfd p = {.fd = fd, .events = events};
    int64_t left_us = until_us - now_monotonic_us();
    int n = poll(&p, 1, left_us > 0 ? (int)(left_us / 1000 + 1) : 0);

    if (n == 0)
        errno = ETIMEDOUT;
    return n > 0;
}

static bool connect_in_time(int fd, const struct addrinfo *to)
{
    int64_t until_us = now_monotonic_us() + PROBE_ANSWER_MS * 1000;
    int failure = 0;
    socklen_t size = sizeof failure;

    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
        return true;
    if (errno != EINPROGRESS || !wait_for(fd, POLLOUT, until_us) ||
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0)
        return false;
    errno = failure;
    return failure == 0;
}

/* ---- TLS ---- */

static bool handshake(struct probe_line *line, const char *host, char *why)
{
    int64_t until_us = now_monotonic_us() + PROBE_ANSWER_MS * 1000;
    gnutls_datum_t reason = {0};
    int r;

    if (gnutls_certificate_allocate_credentials(&line->trust) < 0 ||
        gnutls_certificate_set_x509_system_trust(line->trust) < 0 ||
        gnutls_init(&line->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK) < 0 ||
        gnutls_set_default_priority(line->tls) < 0 ||
        gnutls_credentials_set(line->tls, GNUTLS_CRD_CERTIFICATE, line->trust) < 0) {
        say(why, "TLS could not be set up");
        return false;
    }
    if (gnutls_server_name_set(line->tls, GNUTLS_NAME_DNS, host, strlen(host)) < 0) {
        say(why, "the name of the host cannot be asked for by TLS");
        return false;
    }
    gnutls_session_set_verify_cert(line->tls, host, 0);
    gnutls_transport_set_int(line->tls, line->fd);
    do {
        r = gnutls_handshake(line->tls);
    } while (
        r < 0 && !gnutls_error_is_fatal(r) &&
        wait_for(line->fd, gnutls_record_get_direction(line->tls) ? POLLOUT : POLLIN, until_us));
    if (r == 0)
        return true;
    if (r == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR &&
        gnutls_certificate_verification_status_print(
            gnutls_session_get_verify_cert_status(line->tls),
            gnutls_certificate_type_get(line->tls), &reason, 0) == 0) {
        snprintf(why, PROBE_TEXT_SIZE, "%.*s", (int)reason.size, (const char *)reason.data);
        gnutls_free(reason.data);
    } else {
        say(why, gnutls_strerror(r));
    }
    return false;
}

/* ---- open and close ---- */

static enum probe_outcome open_one(struct probe_line *line, const struct addrinfo *to, char *why)
{
    line->fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (line->fd >= 0 && connect_in_time(line->fd, to))
        return PROBE_WORKS;
    say(why, strerror(errno));
    return errno == ETIMEDOUT ? PROBE_SILENT : PROBE_CLOSED;
}

enum probe_outcome probe_line_open(struct probe_line *line, const struct ice_url *url, char *why)
{
    struct addrinfo hints = {.ai_socktype = url->is_tcp ? SOCK_STREAM : SOCK_DGRAM};
    struct addrinfo *all = NULL;
    enum probe_outcome outcome = PROBE_CLOSED;
    char port[8];
    int r;

    *line = (struct probe_line){.fd = -1, .is_stream = url->is_tcp};
    snprintf(port, sizeof port, "%u", url->port);
    r = getaddrinfo(url->host, port, &hints, &all);
    if (r != 0) {
        say(why, gai_strerror(r));
        return PROBE_NO_NAME;
    }
    for (struct addrinfo *to = all; to && outcome != PROBE_WORKS; to = to->ai_next) {
        probe_line_close(line);
        outcome = open_one(line, to, why);
        if (outcome == PROBE_SILENT)
            break; /* the time is used up */
    }
    freeaddrinfo(all);
    if (outcome == PROBE_WORKS && url->is_tls && !handshake(line, url->host, why))
        outcome = PROBE_NO_TLS;
    if (outcome != PROBE_WORKS)
        probe_line_close(line);
    return outcome;
}

void probe_line_close(struct probe_line *line)
{
    if (line->tls)
        gnutls_deinit(line->tls);
    if (line->trust)
        gnutls_certificate_free_credentials(line->trust);
    if (line->fd >= 0)
        close(line->fd);
    line->tls = NULL;
    line->trust = NULL;
    line->fd = -1;
}

/* ---- ask ---- */

static bool write_message(struct probe_line *line, struct span message)
{
    ssize_t n = line->tls ? gnutls_record_send(line->tls, message.data, message.len)
                          : send(line->fd, message.data, message.len, MSG_NOSIGNAL);

    return n == (ssize_t)message.len; /* one packet: it fits into what a new connection buffers */
}

/* @return bytes; 0: none yet; -1: it ended, or failed (errno) */
static ssize_t read_some(struct probe_line *line, uint8_t *to, size_t size)
{
    ssize_t n;

    if (!line->tls) {
        n = recv(line->fd, to, size, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (n == 0 && line->is_stream) {
            errno = ECONNRESET;
            return -1;
        }
        return n;
    }
    n = gnutls_record_recv(line->tls, to, size);
    if (n < 0 && !gnutls_error_is_fatal((int)n))
        return 0;
    errno = ECONNRESET;
    return n > 0 ? n : -1;
}

/* Bytes of the message that begins there; 0: not known yet. */
static size_t message_len(const uint8_t *data, size_t len)
{
    struct reader r = reader_init(span_of(data, len));

    reader_skip(&r, 2);
    return len < STUN_HEADER_SIZE ? 0 : (size_t)reader_u16(&r) + STUN_HEADER_SIZE;
}

enum probe_outcome probe_line_ask(struct probe_line *line, struct span message, uint8_t *answer,
                                  size_t size, size_t *len, char *why)
{
    int64_t begin_us = now_monotonic_us(), repeat_us = begin_us + FIRST_REPEAT_MS * 1000;
    int64_t end_us = begin_us + PROBE_ANSWER_MS * 1000;
    bool is_due = true;

    *len = 0;
    while (now_monotonic_us() < end_us) {
        ssize_t n = 0;

        if (is_due && !write_message(line, message)) {
            say(why, strerror(errno));
            return PROBE_CLOSED;
        }
        is_due = false;
        if (wait_for(line->fd, POLLIN, line->is_stream || repeat_us > end_us ? end_us : repeat_us))
            n = read_some(line, answer + *len, size - *len);
        if (n < 0) {
            say(why, strerror(errno));
            return PROBE_CLOSED;
        }
        *len += (size_t)n;
        if (n > 0 && (!line->is_stream ||
                      (message_len(answer, *len) > 0 && *len >= message_len(answer, *len))))
            return PROBE_WORKS;
        if (*len == size)
            return PROBE_NOT_STUN;
        if (!line->is_stream && n == 0 && now_monotonic_us() >= repeat_us) {
            repeat_us += 2 * (repeat_us - begin_us);
            is_due = true;
        }
    }
    return PROBE_SILENT;
}
