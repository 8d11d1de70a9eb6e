/*
 * nereid-recording: care for files of recordings. mediad runs it at low priority; people may, too.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include <libavutil/log.h>

#include "common/log.h"
#include "recording/command.h"
#include "recording/humble.h"

static int fail(const struct error *e)
{
    char text[sizeof e->place + sizeof e->text + 4];

    fprintf(stderr, "nereid-recording: %s\n", error_describe(e, text, sizeof text));
    return 1;
}

int main(int argc, char **argv)
{
    struct command command;
    struct error e = {0};
    int r = command_parse(&command, argc, argv, &e);

    if (r < 0) {
        fail(&e);
        return 2;
    }
    if (command.help) {
        fputs(command_usage, stdout);
        return 0;
    }
    umask(0027);
    /* What is wrong with a file we say ourselves, in one line that names it. */
    av_log_set_level(AV_LOG_QUIET);
    r = humble(command.parent, &e);
    if (r == 0)
        r = command_run(&command, &e);
    log_end();
    if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
        r = error_set(&e, ERR_IO, NULL, "standard output cannot be written");
    return r < 0 ? fail(&e) : 0;
}
