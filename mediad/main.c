/*
 * nereid-mediad: WebSocket signalling, live groups and media. Reads options, then configuration,
 * then runs the daemon.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "common/log.h"
#include "mediad/daemon.h"

static int fail(const struct error *e)
{
    char text[sizeof e->place + sizeof e->text + 4];

    fprintf(stderr, "mediad: %s\n", error_describe(e, text, sizeof text));
    return 1;
}

int main(int argc, char **argv)
{
    struct options options;
    struct error e = {0};
    const struct rlimit no_core = {0, 0};
    int r = options_parse(&options, argc, argv, &e);

    if (r < 0)
        return fail(&e);
    if (options.help) {
        fputs(options_usage, stdout);
        return 0;
    }
    umask(0027);
    if (options.debug)
        log_set_level(LOG_LEVEL_DEBUG);
    if (options.check_config) {
        r = daemon_check_config(&options, &e);
        return r < 0 ? fail(&e) : 0;
    }
    /* A core file would hold passwords and keys. */
    if (setrlimit(RLIMIT_CORE, &no_core) < 0)
        fprintf(stderr, "mediad: core files stay allowed\n");
    daemon_block_signals();
    r = daemon_run(&options, &e);
    return r < 0 ? fail(&e) : 0;
}
