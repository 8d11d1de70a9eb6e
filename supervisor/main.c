/*
 * nereid-supervisor: nginx, admin-cgi and mediad from one state directory, in the foreground.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "supervisor/accounts.h"
#include "supervisor/adopt.h"
#include "supervisor/children.h"
#include "supervisor/options.h"
#include "supervisor/ports.h"
#include "supervisor/predecessors.h"
#include "supervisor/site_file.h"
#include "supervisor/state_dir.h"
#include "supervisor/status.h"
#include "supervisor/tls_pair.h"

#define ADMIN_BACKLOG 1024
#define SETUP_URL_MAX 4096
#define FILES_WANTED 65536
#define ARGUMENTS_MAX (16 + 2 * OPTIONS_ANNOUNCE_MAX)
/* A port of a program that is just gone may be taken for some milliseconds more. */
#define PORT_TRIES 10
#define PORT_PAUSE_US 50000

static const struct log_ctx ctx = {.room = "supervisor"};

/* mediad first: it is ready last. */
enum { MEDIAD, ADMIN_CGI, NGINX, PROGRAMS };

/** All that main() puts together; one of it exists. */
struct supervisor {
    struct options options;
    struct accounts accounts;
    struct state_dir state;
    char *programs; /* absolute; owned, as are the paths below */
    char *share;
    char *admin_socket_path;
    char *closed_socket_path; /* where admin-cgi's socket is while admin-cgi is down */
    char *mediad_socket_path;
    char *admin_ready_path;
    char *setup_url_path;
    char *programs_lock_path;
    char *status_path;
    char *admin_cgi;
    char *mediad;
    int admin_socket;
    int programs_lock;
    unsigned files;
    bool is_socket_closed;
    struct tls_pair tls;
    struct site_file site;
    struct status status;
    struct child children[PROGRAMS];
    char base_url[64];
    char udp_port[16];
    const char *mediad_argv[ARGUMENTS_MAX];
    const char *admin_argv[ARGUMENTS_MAX];
    const char *nginx_argv[ARGUMENTS_MAX];
};

static int resolve(char **out, const char *option, const char *path, struct error *e)
{
    *out = realpath(path, NULL);
    return *out ? 0 : error_set_errno(e, option, "cannot find %.100s", path);
}

/** Finds DIR/NAME (an installation) or DIR/NAME/NAME (a build directory). One that is not there, or
 * not right now, is tried again and again like one that fails. */
static int find_program(char **out, const char *dir, const char *name, struct error *e)
{
    char nested[64];
    char *path = path_join(dir, name);
    struct stat st;

    if (path && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        free(path);
        snprintf(nested, sizeof nested, "%s/%s", name, name);
        path = path_join(dir, nested);
    }
    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    *out = path;
    return 0;
}

static int name_paths(struct supervisor *s, struct error *e)
{
    const struct {
        char **path;
        const char *name;
    } below[] = {
        {&s->admin_socket_path, "run/admin.sock"},
        {&s->closed_socket_path, "run/admin.sock.down"},
        {&s->programs_lock_path, "run/programs.lock"},
        {&s->status_path, "run/status.json"},
        {&s->mediad_socket_path, "run/mediad.sock"},
        {&s->admin_ready_path, "run/admin.ready"},
        {&s->setup_url_path, "run/setup-url"},
    };
    int r = resolve(&s->programs, "--programs", s->options.programs, e);

    if (r == 0)
        r = resolve(&s->share, "--share", s->options.share, e);
    if (r == 0)
        r = find_program(&s->admin_cgi, s->programs, "admin-cgi", e);
    if (r == 0)
        r = find_program(&s->mediad, s->programs, "mediad", e);
    if (r == 0 && access(s->admin_cgi, X_OK) < 0 && access(s->mediad, X_OK) < 0)
        r = error_set_errno(e, "--programs", "cannot run %.100s", s->admin_cgi);
    if (r < 0)
        return r;
    for (size_t i = 0; i < LENGTH(below); i++) {
        *below[i].path = state_dir_path(&s->state, below[i].name);
        if (!*below[i].path)
            return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    return 0;
}

/** Probe one port on the address asked for, or on both families' `v4` and, if there, `v6`. */
static int probe(int type, const char *address, const char *v4, const char *v6, unsigned port,
                 struct error *e)
{
    int r = ports_probe(type, address ? address : v4, port, e);

    if (r == 0 && !address && ports_has_address(v6))
        r = ports_probe(type, v6, port, e);
    return r;
}

static int probe_ports(const struct options *o, struct error *e)
{
    const bool is_all = o->listen && span_eq_str(span_str(o->listen), "all");
    int r = is_all ? probe(SOCK_STREAM, NULL, "0.0.0.0", "::", o->port, e)
                   : probe(SOCK_STREAM, o->listen, "127.0.0.1", "::1", o->port, e);

    if (r == 0 && o->http_port != 0)
        r = probe(SOCK_STREAM, o->http_address[0] != '\0' ? o->http_address : NULL, "127.0.0.1",
                  "::1", o->http_port, e);
    if (r == 0)
        r = probe(SOCK_DGRAM, o->media_listen, "0.0.0.0", "::", o->udp_port, e);
    return r;
}

/** Descriptors for the programs: as many as we may have, up to what the largest server needs. */
static unsigned raise_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1024;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > FILES_WANTED
                         ? FILES_WANTED
                         : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return (unsigned)limit.rlim_cur;
}

static int write_site(struct supervisor *s, struct error *e)
{
    const struct options *o = &s->options;
    const struct site site = {
        .dir = s->state.path,
        .share = s->share,
        .listen = o->listen,
        .port = o->port,
        .http_address = o->http_address[0] != '\0' ? o->http_address : NULL,
        .http_port = o->http_port,
        .trust = o->trust,
        .trust_count = o->trust_count,
        .has_ipv6_loopback = ports_has_address("::1"),
        .has_ipv6 = ports_has_address("::"),
        .user = s->accounts.are_own ? ACCOUNTS_WEB
                : geteuid() == 0    ? "root"
                                    : NULL,
        .group = s->accounts.are_own ? ACCOUNTS_GROUP : NULL,
        .files = s->files,
        .workers = o->nginx_workers,
        .rate_scale = o->rate_scale,
        .access_log = o->access_log,
    };

    return site_file_start(&s->site, &s->state, &site, e);
}

/** What a killed supervisor left behind goes first: it may hold the ports. */
static int clear_ports(struct supervisor *s, struct error *e)
{
    bool had_predecessors = false;
    int r = predecessors_end(&s->programs_lock, &had_predecessors, s->programs_lock_path, e);

    if (r < 0)
        return r;
    r = probe_ports(&s->options, e);
    for (int i = 0; r == ERR_EXISTS && had_predecessors && i < PORT_TRIES; i++) {
        usleep(PORT_PAUSE_US);
        r = probe_ports(&s->options, e);
    }
    return r;
}

/** Give the tree to the programs' users, and see that each reaches what it needs: a checkout below
 * /root is closed to them. */
static int hand_over(struct supervisor *s, struct error *e)
{
    const struct accounts *a = &s->accounts;
    const struct {
        uid_t user;
        const char *name;
        const char *dir;
        const char *path;
        int mode;
    } needs[] = {
        {a->admin, ACCOUNTS_ADMIN, s->admin_cgi, "", X_OK},
        {a->admin, ACCOUNTS_ADMIN, s->share, "/templates", R_OK | X_OK},
        {a->admin, ACCOUNTS_ADMIN, s->share, "/schema", R_OK | X_OK},
        {a->admin, ACCOUNTS_ADMIN, s->state.path, "/data", R_OK | W_OK | X_OK},
        {a->admin, ACCOUNTS_ADMIN, s->state.path, "/run", R_OK | W_OK | X_OK},
        {a->admin, ACCOUNTS_ADMIN, s->state.path, "/groups", R_OK | X_OK},
        {a->media, ACCOUNTS_MEDIA, s->mediad, "", X_OK},
        {a->media, ACCOUNTS_MEDIA, s->state.path, "/groups", R_OK | X_OK},
        {a->media, ACCOUNTS_MEDIA, s->state.path, "/data/var", R_OK | W_OK | X_OK},
        {a->media, ACCOUNTS_MEDIA, s->state.path, "/run", R_OK | W_OK | X_OK},
        {a->web, ACCOUNTS_WEB, s->share, "/static", R_OK | X_OK},
        {a->web, ACCOUNTS_WEB, s->state.path, "/run/nginx", X_OK},
    };
    int r = adopt_tree(s->state.path, a, e);

    for (size_t i = 0; r == 0 && i < LENGTH(needs); i++) {
        struct buf path = {0};

        buf_printf(&path, "%s%s", needs[i].dir, needs[i].path);
        if (buf_check(&path) < 0)
            r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        else if (access(buf_str(&path), F_OK) == 0 &&
                 !accounts_may(needs[i].user, a->group, buf_str(&path), needs[i].mode))
            r = error_set(e, ERR_FORBIDDEN, NULL,
                          "the user %s cannot use %.90s: open it and the directories above it, "
                          "move it, or run all as root with --as-root",
                          needs[i].name, buf_str(&path));
        buf_release(&path);
    }
    return r;
}

static int prepare(struct supervisor *s, struct error *e)
{
    int r = accounts_find(&s->accounts, s->options.as_root, e);

    if (r == 0)
        r = state_dir_open(&s->state, s->options.dir, e);
    if (r == 0)
        r = name_paths(s, e);
    if (r == 0)
        r = clear_ports(s, e);
    if (r == 0 && s->accounts.are_own)
        r = hand_over(s, e);
    if (r == 0)
        r = tls_pair_start(&s->tls, &s->state, s->options.listen, now_realtime_us() / US_PER_S, e);
    if (r < 0)
        return r;
    adopt_key(s->tls.key_path, &s->accounts);
    s->files = raise_files();
    s->status.path = s->status_path;
    r = write_site(s, e);
    if (r < 0)
        return r;
    unlink(s->admin_ready_path);
    unlink(s->closed_socket_path);
    s->admin_socket = ports_unix_listen(s->admin_socket_path, ADMIN_BACKLOG, e);
    return s->admin_socket < 0 ? s->admin_socket : 0;
}

static void name_arguments(struct supervisor *s)
{
    size_t n = 0;

    snprintf(s->base_url, sizeof s->base_url, "https://localhost:%u", s->options.port);
    snprintf(s->udp_port, sizeof s->udp_port, "%u", s->options.udp_port);
    s->mediad_argv[n++] = s->mediad;
    s->mediad_argv[n++] = "--dir";
    s->mediad_argv[n++] = s->state.path;
    s->mediad_argv[n++] = "--udp-port";
    s->mediad_argv[n++] = s->udp_port;
    if (s->options.media_listen) {
        s->mediad_argv[n++] = "--media-listen";
        s->mediad_argv[n++] = s->options.media_listen;
    }
    for (size_t i = 0; i < s->options.announce_count; i++) {
        s->mediad_argv[n++] = "--announce";
        s->mediad_argv[n++] = s->options.announce[i];
    }
    n = 0;
    s->admin_argv[n++] = s->admin_cgi;
    s->admin_argv[n++] = "--dir";
    s->admin_argv[n++] = s->state.path;
    s->admin_argv[n++] = "--share";
    s->admin_argv[n++] = s->share;
    s->admin_argv[n++] = "--base-url";
    s->admin_argv[n++] = s->base_url;
    n = 0;
    s->nginx_argv[n++] = s->options.nginx;
    s->nginx_argv[n++] = "-p";
    s->nginx_argv[n++] = s->state.path;
    s->nginx_argv[n++] = "-c";
    s->nginx_argv[n++] = s->site.path;
    s->nginx_argv[n++] = "-e";
    s->nginx_argv[n++] = "stderr";
}

static bool is_admin_ready(const struct supervisor *s)
{
    return access(s->admin_ready_path, F_OK) == 0;
}

/** nginx answers, and each of the others either does or is known to be down: nobody waits for it.
 */
static bool is_ready(void *arg)
{
    const struct supervisor *s = arg;
    const char *listen = s->options.listen;

    if (!listen || options_address_family(listen) == '\0')
        listen = "127.0.0.1";
    return (backoff_is_down(&s->children[ADMIN_CGI].backoff) || is_admin_ready(s)) &&
           (backoff_is_down(&s->children[MEDIAD].backoff) ||
            ports_unix_answers(s->mediad_socket_path)) &&
           ports_answers(listen, s->options.port);
}

/** Written by admin-cgi, in a directory where mediad may write as well. */
static bool is_setup_url_ours(const struct supervisor *s)
{
    struct stat st;

    return lstat(s->setup_url_path, &st) == 0 && S_ISREG(st.st_mode) &&
           (!s->accounts.are_own || st.st_uid == s->accounts.admin);
}

static void announce(void *arg)
{
    const struct supervisor *s = arg;
    struct buf url = {0};

    printf("ready: %s/\n", s->base_url);
    if (is_setup_url_ours(s) &&
        file_read(&url, s->setup_url_path, SETUP_URL_MAX, NULL, NULL) == 0) {
        const struct span text = span_trim(buf_span(&url));
        const size_t end = span_index(text, '\n', 0);

        printf("setup: %.*s\n", (int)end, (const char *)text.data);
    }
    buf_wipe(&url);
    fflush(stdout);
}

/** While admin-cgi starts, requests wait in its socket. While it is down they must not: nginx then
 * finds no socket, and says at once which part is missing. */
static void open_or_close_socket(struct supervisor *s, int64_t now_us)
{
    const bool is_down = !is_admin_ready(s) && status_is_down(&s->children[ADMIN_CGI], now_us);
    const char *from = is_down ? s->admin_socket_path : s->closed_socket_path;
    const char *to = is_down ? s->closed_socket_path : s->admin_socket_path;

    if (is_down == s->is_socket_closed)
        return;
    if (rename(from, to) < 0)
        log_warn(&ctx, "cannot rename %s: %s", from, strerror(errno));
    else
        s->is_socket_closed = is_down;
}

static void tell(struct supervisor *s, int64_t now_us)
{
    char problem[sizeof s->tls.problem.place + sizeof s->tls.problem.text + 4];

    open_or_close_socket(s, now_us);
    if (s->tls.problem.code != 0)
        error_describe(&s->tls.problem, problem, sizeof problem);
    status_write(&s->status, s->children, PROGRAMS, s->tls.problem.code != 0 ? problem : NULL,
                 now_us);
}

static void on_ended(void *arg, const struct child *child)
{
    struct supervisor *s = arg;

    if (child == &s->children[ADMIN_CGI])
        unlink(s->admin_ready_path); /* a killed one leaves it */
    tell(s, now_monotonic_us());
}

static void on_look(void *arg, int64_t now_us)
{
    struct supervisor *s = arg;
    const struct child *nginx = &s->children[NGINX];
    const bool is_pair_new = tls_pair_look(&s->tls);
    const bool is_site_new = site_file_look(&s->site);

    adopt_key(s->tls.key_path, &s->accounts);
    if ((is_pair_new || is_site_new) && nginx->pid > 0) {
        log_info(&ctx, "nginx reads its %s again", is_site_new ? "configuration" : "certificate");
        kill(nginx->pid, SIGHUP);
    }
    tell(s, now_us);
}

static void run(struct supervisor *s)
{
    const struct children_hooks hooks = {
        .is_ready = is_ready,
        .announce = announce,
        .ended = on_ended,
        .look = on_look,
        .arg = s,
        .handed_down_fd = s->programs_lock,
    };

    s->children[MEDIAD] = (struct child){.name = "mediad", .argv = s->mediad_argv, .stdin_fd = -1};
    s->children[ADMIN_CGI] = (struct child){.name = "admin-cgi",
                                            .argv = s->admin_argv,
                                            .stdin_fd = s->admin_socket,
                                            .has_children = true};
    s->children[NGINX] = (struct child){
        .name = "nginx", .argv = s->nginx_argv, .stdin_fd = -1, .has_children = true};
    if (s->accounts.are_own) {
        s->children[MEDIAD].user = s->accounts.media;
        s->children[MEDIAD].group = s->accounts.group;
        s->children[MEDIAD].may_bind = s->options.udp_port < 1024;
        s->children[ADMIN_CGI].user = s->accounts.admin;
        s->children[ADMIN_CGI].group = s->accounts.group;
    }
    name_arguments(s);
    children_run(s->children, PROGRAMS, &hooks);
}

static void supervisor_release(struct supervisor *s)
{
    char **const owned[] = {
        &s->programs,
        &s->share,
        &s->admin_socket_path,
        &s->closed_socket_path,
        &s->mediad_socket_path,
        &s->admin_ready_path,
        &s->setup_url_path,
        &s->programs_lock_path,
        &s->status_path,
        &s->admin_cgi,
        &s->mediad,
    };

    for (size_t i = 0; i < LENGTH(owned); i++) {
        free(*owned[i]);
        *owned[i] = NULL;
    }
    if (s->admin_socket >= 0)
        close(s->admin_socket);
    if (s->programs_lock >= 0)
        close(s->programs_lock);
    status_release(&s->status);
    tls_pair_release(&s->tls);
    site_file_release(&s->site);
    state_dir_release(&s->state);
}

/* Where we are started with descriptor 0, 1 or 2 closed, one of our own files would get that
 * number, and log lines would be written into it. */
static void open_standard_files(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    struct supervisor s = {.admin_socket = -1, .programs_lock = -1, .state = {.lock_fd = -1}};
    struct error e = {0};
    int r;

    open_standard_files();
    umask(0027);
    r = options_parse(&s.options, argc, argv, &e);
    if (r == 0 && s.options.help)
        return fputs(options_usage, stdout) < 0;
    if (r == 0 && s.options.version)
        return puts("nereid-supervisor " NEREID_VERSION) < 0;
    if (r == 0)
        r = prepare(&s, &e);
    if (r == 0)
        run(&s);
    if (r < 0) {
        char text[sizeof e.place + sizeof e.text + 4];

        fprintf(stderr, "nereid-supervisor: %s\n", error_describe(&e, text, sizeof text));
    }
    supervisor_release(&s);
    return r < 0;
}
