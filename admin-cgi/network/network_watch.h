/*
 * STUN and TURN servers tested by themselves: soon after the start, after each change of
 * ice-servers.json, when somebody asks for all checks, and once a day. The keeper's; what came out
 * is the check "turn" of the health page.
 */
#ifndef NEREID_ADMIN_CGI_NETWORK_NETWORK_WATCH_H
#define NEREID_ADMIN_CGI_NETWORK_NETWORK_WATCH_H

#include "admin-cgi/network/network_helper.h"
#include "common/atomic_file.h"

struct app;

/** Zeroed: nothing was tested yet. */
struct network_watch {
    struct arena arena; /* of the test that runs: configuration and rows */
    struct probe_row *rows;
    size_t n;
    struct network_helper helper;
    bool is_begun;           /* a first test was made */
    uint64_t n_asked;        /* how often somebody had asked for all checks at the last one */
    int64_t due_us;          /* monotonic: the next one */
    struct file_stamp stamp; /* of the file that was tested last; zeroed: there was none */
};

/** The keeper's turn; it never waits. */
void network_watch_run(struct network_watch *w, struct app *app, int64_t now_us, int64_t mono_us);
void network_watch_stop(struct network_watch *w);

#endif
