/*
 * A UDP port of the loopback address that nobody has right now. Include it after cmocka.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_FREE_UDP_PORT_H
#define NEREID_TESTS_UNIT_MEDIAD_FREE_UDP_PORT_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel gives those from 32768 on to any socket that names none. */
enum { FREE_PORT_FIRST = 10000, FREE_PORT_COUNT = 20000, FREE_PORT_PER_PROCESS = 16 };

/** Tests that run at the same time get others, and no socket of theirs gets it before it is used.
 */
static inline uint16_t free_udp_port(void)
{
    static unsigned n_tried;

    for (unsigned i = 0; i < FREE_PORT_COUNT; i++) {
        unsigned offset = (unsigned)getpid() * FREE_PORT_PER_PROCESS + n_tried++;
        uint16_t port = (uint16_t)(FREE_PORT_FIRST + offset % FREE_PORT_COUNT);
        struct sockaddr_in sa = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = htons(port)};
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        bool is_free = bind(fd, (struct sockaddr *)&sa, sizeof sa) == 0;

        close(fd);
        if (is_free)
            return port;
    }
    fail_msg("no UDP port is free");
    return 0;
}

#endif
