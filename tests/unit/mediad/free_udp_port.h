/*
 * A UDP port of the loopback address that nobody has right now. Include it after cmocka.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_FREE_UDP_PORT_H
#define NEREID_TESTS_UNIT_MEDIAD_FREE_UDP_PORT_H

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static inline uint16_t free_udp_port(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof sa;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(0, bind(fd, (struct sockaddr *)&sa, sizeof sa));
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)&sa, &len));
    close(fd);
    return ntohs(sa.sin_port);
}

#endif
