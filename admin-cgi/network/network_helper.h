/*
 * One run of nereid-network-test: started with addresses and log-ins, heard until it has said what
 * it found. It never blocks but for as long as the caller says.
 */
#ifndef NEREID_ADMIN_CGI_NETWORK_NETWORK_HELPER_H
#define NEREID_ADMIN_CGI_NETWORK_NETWORK_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "admin-cgi/network/network_test.h"
#include "common/buf.h"

/** Zeroed: none runs. */
struct network_helper {
    pid_t pid; /* 0: none */
    int from_fd;
    int64_t end_us; /* monotonic: it is given up then */
    struct buf answer;
};

/** Ask about one authorisation server (network/auth_probe.h). @return 0, or a positive errno */
int network_helper_start_auth(struct network_helper *h, struct json_object *question) MUST_USE;
/** End the helper. @return what it answered, owned; NULL: nothing that can be read */
struct json_object *network_helper_answer(struct network_helper *h);

/** @return 0, or a positive errno */
int network_helper_start(struct network_helper *h, const struct probe_row *rows, size_t n) MUST_USE;
/** Read what it says, for at most `wait_ms`. @return true: there is no more to come */
bool network_helper_hear(struct network_helper *h, int64_t wait_ms);
/** End the helper, whatever it does. `rows` are those of the start, and get the results that came.
 * @param rows NULL: nobody wants to know */
void network_helper_end(struct network_helper *h, struct probe_row *rows, size_t n);

#endif
