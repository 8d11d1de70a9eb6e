/* Sockets at start, on loopback and in a directory of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "supervisor/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A bound socket on a port that the system chooses. */
static int bound(int type, unsigned *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static void probes(void **state)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM};

    (void)state;
    for (size_t i = 0; i < LENGTH(types); i++) {
        struct error e = {0};
        unsigned port;
        int fd = bound(types[i], &port);

        if (types[i] == SOCK_STREAM)
            assert_int_equal(listen(fd, 1), 0);
        assert_int_equal(ports_probe(types[i], "127.0.0.1", port, &e), ERR_EXISTS);
        assert_non_null(strstr(e.text, "is in use (on 127.0.0.1)"));
        close(fd);
        assert_int_equal(ports_probe(types[i], "127.0.0.1", port, &e), 0);
        assert_int_equal(ports_probe(types[i], "192.0.2.1", port, &e), ERR_UNSUPPORTED);
        assert_int_equal(ports_probe(types[i], "localhost", port, &e), ERR_IO);
    }
    assert_true(ports_has_address("127.0.0.1"));
    assert_false(ports_has_address("192.0.2.1"));
}

static void tells_who_answers(void **state)
{
    unsigned port;
    int fd = bound(SOCK_STREAM, &port);

    (void)state;
    assert_false(ports_answers("127.0.0.1", port));
    assert_int_equal(listen(fd, 1), 0);
    assert_true(ports_answers("127.0.0.1", port));
    close(fd);
    assert_false(ports_answers("127.0.0.1", port));
    assert_false(ports_answers("nowhere", port));
}

static void unix_sockets(void **state)
{
    char dir[] = "/tmp/nereid-ports-XXXXXX";
    char path[64], long_path[200];
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct error e = {0};
    struct stat st;
    int waiting[8];
    int fd;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/s.sock", dir);
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    assert_false(ports_unix_answers(path));
    fd = ports_unix_listen(path, 0, &e);
    assert_true(fd >= 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    assert_true(ports_unix_answers(path));

    /* A program that is there and does not accept keeps nobody waiting. */
    for (size_t i = 0; i < LENGTH(waiting); i++) {
        waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(waiting[i] >= 0);
        if (connect(waiting[i], (struct sockaddr *)&to, sizeof to) < 0)
            assert_int_equal(errno, EAGAIN);
    }
    assert_true(ports_unix_answers(path));
    for (size_t i = 0; i < LENGTH(waiting); i++)
        close(waiting[i]);

    close(fd);
    assert_false(ports_unix_answers(path));
    fd = ports_unix_listen(path, 1, &e); /* what a dead one left behind is no obstacle */
    assert_true(fd >= 0);
    close(fd);

    memset(long_path, 'x', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    assert_int_equal(ports_unix_listen(long_path, 1, &e), ERR_TOO_LARGE);
    assert_false(ports_unix_answers(long_path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(ports_unix_listen(path, 1, &e), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes),
        cmocka_unit_test(tells_who_answers),
        cmocka_unit_test(unix_sockets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
