/*
 * admin-cgi: the FastCGI program behind nginx: landing page, console, HTTP API. It serves the
 * socket that it gets as descriptor 0; with a command it does that one thing and ends.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "admin-cgi/cli.h"
#include "admin-cgi/parent.h"
#include "common/log.h"

static const char usage[] =
    "Usage: admin-cgi [COMMAND] --dir DIR [--share DIR] [--base-url URL] [--workers N] [--debug]\n"
    "\n"
    "Without a command: serve FastCGI on descriptor 0.\n"
    "  setup-url            print a fresh link that makes the first administrator\n"
    "  create-admin NAME    make an administrator; the password is read from standard input\n"
    "  reset-password NAME  give an account a new password, read from standard input\n"
    "  sign-in-link NAME    print a link by which an account's person signs in once and sets a "
    "password\n"
    "  disable-totp NAME    ask an account for no code any more: when phone and recovery codes are "
    "lost\n"
    "  check                look at configuration, groups and database\n"
    "  check FILE           read a backup whole, and say what is in it\n"
    "  backup FILE|FOLDER   save everything; --groups-only, or --group NAME: only that\n"
    "  restore FILE         put a backup back; --into DIR: in a new state directory\n"
    "  import FOLDER|FILE   what a Galene installation's groups/ and data/ would bring; --apply: "
    "do "
    "it\n"
    "--passphrase-file FILE: the first line seals a backup, or opens it\n";

static int fail(const char *text)
{
    fprintf(stderr, "admin-cgi: %s\n%s", text, usage);
    return 2;
}

/* A number of workers, 1..256; 0 when it is none. */
static unsigned workers_of(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    return *text && !*end && n >= 1 && n <= 256 ? (unsigned)n : 0;
}

static char *without_slash(const char *url)
{
    struct span s = span_str(url);

    while (s.len && s.data[s.len - 1] == '/')
        s.len--;
    return span_dup(s);
}

/** What the command line says. */
struct arguments {
    struct app_options app;
    struct cli_options cli;
    const char *into; /* a state directory to be made for a restore; NULL: none */
};

/* @return -1: go on with the command that begins at optind; else what the program ends with */
static int read_options(struct arguments *out, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"dir", required_argument, NULL, 'd'},
        {"share", required_argument, NULL, 's'},
        {"base-url", required_argument, NULL, 'b'},
        {"workers", required_argument, NULL, 'w'},
        {"debug", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {"passphrase-file", required_argument, NULL, 'p'},
        {"groups-only", no_argument, NULL, 'G'},
        {"group", required_argument, NULL, 'g'},
        {"into", required_argument, NULL, 'i'},
        {"apply", no_argument, NULL, 'a'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (c) {
        case 'd':
            out->app.dir = optarg;
            break;
        case 's':
            out->app.share = optarg;
            break;
        case 'b':
            out->app.base_url = optarg;
            break;
        case 'w':
            out->app.workers = workers_of(optarg);
            if (!out->app.workers)
                return fail("--workers takes a number from 1 to 256");
            break;
        case 'v':
            log_set_level(LOG_LEVEL_DEBUG);
            break;
        case 'p':
            out->cli.passphrase_file = optarg;
            break;
        case 'G':
            out->cli.groups_only = true;
            break;
        case 'g':
            out->cli.group = optarg;
            break;
        case 'a':
            out->cli.apply = true;
            break;
        case 'i':
            out->into = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        case 'V':
            puts("admin-cgi " NEREID_VERSION);
            return 0;
        default:
            return fail("unknown option");
        }
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct arguments a = {.app = {.share = NEREID_SHARE_DIR}};
    char *dir, *base_url;
    int status = read_options(&a, argc, argv);

    if (status >= 0)
        return status;
    if (a.into && mkdir(a.into, 0755) < 0 && errno != EEXIST)
        return fail("the folder of --into cannot be made");
    if (a.into)
        a.app.dir = a.into;
    if (!a.app.dir && argc - optind == 2 && strcmp(argv[optind], "check") == 0)
        a.app.dir = "."; /* a backup is looked at without a server */
    if (!a.app.dir)
        return fail("--dir is missing");
    dir = realpath(a.app.dir, NULL);
    if (!dir)
        return fail("the state directory does not exist");
    a.app.dir = dir;
    base_url = a.app.base_url ? without_slash(a.app.base_url) : cli_base_url(dir);
    a.app.base_url = base_url ? base_url : "https://localhost:8443";
    umask(0027);
    status =
        optind < argc ? cli_run(&a.app, &a.cli, argc - optind, argv + optind) : parent_run(&a.app);
    free(base_url);
    free(dir);
    return status < 0 ? fail("there is no such command") : status;
}
