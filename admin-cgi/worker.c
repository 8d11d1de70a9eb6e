#include "admin-cgi/worker.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin-cgi/dispatch.h"
#include "admin-cgi/routes.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/db.h"
#include "common/log.h"
#include "common/now.h"

#define SHORT_MS 200 /* between two looks for a free descriptor */

static const struct log_ctx ctx = {.room = "worker"};

static long read_body(void *source, char *data, size_t size)
{
    FCGX_Stream *in = source;
    int wanted = size > 65536 ? 65536 : (int)size;

    return FCGX_GetStr(data, wanted, in);
}

static unsigned route_number(const struct route *route)
{
    unsigned before = 0;

    for (const struct route_table *const *t = route_tables; route && *t; t++) {
        if (route >= (*t)->routes && route < (*t)->routes + (*t)->n_routes)
            return before + (unsigned)(route - (*t)->routes);
        before += (unsigned)(*t)->n_routes;
    }
    return SHARED_ROUTES_MAX - 1;
}

/* @return false: the client went away */
static bool put(FCGX_Stream *out, const struct buf *b)
{
    for (size_t at = 0; at < b->len;) {
        size_t left = b->len - at;
        int n = FCGX_PutStr(b->data + at, left > 65536 ? 65536 : (int)left, out);

        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

/* Two workers stay free for pages, however many exports are wanted. What breaks off must not look
 * like a whole one: the connection ends without the end of a request. */
static void put_pieces(FCGX_Request *fcgi, struct app *app, struct response *res)
{
    struct buf piece = {0};
    int r = 1;

    while (r == 1) {
        buf_clear(&piece);
        shared_work_begin(app->shared, app->worker, now_monotonic_us());
        r = res->next_piece(res->next_arg, &piece);
        if (r >= 0 && buf_check(&piece) < 0)
            r = ERR_NO_MEMORY;
        if (r >= 0 && !put(fcgi->out, &piece))
            r = 0;
    }
    if (r < 0)
        shutdown(fcgi->ipcFd, SHUT_RDWR);
    buf_release(&piece);
}

/* What was promised as its length is what is sent, unless the client goes away. */
static void put_file(FCGX_Stream *out, int fd, int64_t left)
{
    char piece[65536];

    while (left > 0) {
        ssize_t n = read(fd, piece, left < (int64_t)sizeof piece ? (size_t)left : sizeof piece);

        if (n <= 0 || FCGX_PutStr(piece, (int)n, out) != (int)n)
            return;
        left -= n;
    }
}

static void send_answer(FCGX_Request *fcgi, struct app *app, struct response *res)
{
    struct buf head = {0};

    if (response_head(res, &head) == 0) {
        put(fcgi->out, &head);
        if (!res->is_head && res->file >= 0)
            put_file(fcgi->out, res->file, res->file_bytes);
        else if (!res->is_head && res->next_piece)
            put_pieces(fcgi, app, res);
        else if (!res->is_head && res->status != 204 && res->status != 304)
            put(fcgi->out, &res->body);
    } else {
        FCGX_PutS("Status: 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\n", fcgi->out);
    }
    buf_release(&head);
}

static void serve(FCGX_Request *fcgi, struct app *app)
{
    struct arena arena = {0};
    struct request req;
    struct response res;

    db_follow_groups(app->db);
    response_init(&res, &arena);
    if (request_init(&req, &arena, fcgi->envp, now_realtime_us()) == 0) {
        req.body_read = read_body;
        req.body_source = fcgi->in;
        dispatch(route_tables, &req, &res, app);
    } else {
        res.class = RESPONSE_API;
        response_text(&res, 503, "no memory\n");
    }
    send_answer(fcgi, app, &res);
    shared_hold_end(app->shared, app->worker);
    shared_count(app->shared, route_number(req.route), res.status);
    response_release(&res);
    arena_release(&arena);
}

/* Resident memory, from /proc; 0 when it cannot be known. */
static long memory_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long total, resident = 0;

    if (!f)
        return 0;
    if (fscanf(f, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    fclose(f);
    return resident * sysconf(_SC_PAGESIZE);
}

int worker_run(struct app *app, const volatile int *stop)
{
    FCGX_Request fcgi;
    int r;

    if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi, 0, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        log_error(&ctx, "descriptor 0 is no FastCGI socket");
        return 1;
    }
    for (unsigned n = 0; !*stop && n < WORKER_REQUESTS_MAX; n++) {
        r = FCGX_Accept_r(&fcgi);
        if (r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -ENOBUFS) {
            /* Others may serve meanwhile; ending would not help. */
            log_error(&ctx, "a worker cannot accept: %s", strerror(-r));
            poll(NULL, 0, SHORT_MS);
            continue;
        }
        if (r < 0)
            break;
        shared_work_begin(app->shared, app->worker, now_monotonic_us());
        serve(&fcgi, app);
        FCGX_Finish_r(&fcgi);
        shared_work_end(app->shared, app->worker);
        if (db_is_exchanged(app->db))
            break; /* the next one opens the one that is there */
        if (n % 100 == 99 && memory_bytes() > WORKER_MEMORY_MAX_BYTES) {
            log_info(&ctx, "a worker grew too large and is replaced");
            break;
        }
    }
    FCGX_Free(&fcgi, 1);
    return 0;
}
