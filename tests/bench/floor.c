/*
 * floor: what forwarding one packet cannot cost less than on this machine: protecting 1,100 bytes
 * of RTP with the server's own SRTP, and one datagram's share of a sendmmsg of 64. Prints one JSON
 * object; nanoseconds of CPU time per packet, the best of several rounds: for nettle and each
 * variant of libipsec-mb by the size of the batch, then the chosen one's in batches of 64.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/macros.h"
#include "mediad/rtc/rtp.h"
#include "mediad/rtc/secure_rtp_engine.h"
#include "mediad/rtc/secure_rtp_suites.h"

#define PACKET_BYTES 1100
#define BATCH 64
#define ROUNDS 7
#define PACKETS (BATCH * 1500)
#define PROTECTED (BATCH * 96) /* in each round; a multiple of nearly every size */

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static size_t make_packet(uint8_t *out, size_t size, uint16_t seq)
{
    struct rtp_out h = {.pt = 96, .seq = seq, .rtp_ts = seq * 3000u, .ssrc = 0x12345678};
    size_t len = rtp_write_header(out, size, &h);

    memset(out + len, (int)seq, PACKET_BYTES - len);
    return PACKET_BYTES;
}

static const unsigned sizes[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};

/* @param n size of the batches @return < 0: it failed */
static double protect_ns(struct secure_rtp_engine *e, const struct secure_rtp_key *key, unsigned n)
{
    static uint8_t packets[BATCH][PACKET_BYTES + SECURE_RTP_TRAILER_MAX];
    struct secure_rtp_stream stream = {0};
    struct secure_rtp_job jobs[BATCH];
    uint16_t seq = 1;
    double best = 1e18;

    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_ns();
        unsigned done = 0;
        double took;

        for (; done < PROTECTED; done += n) {
            for (unsigned i = 0; i < n; i++) {
                size_t len = make_packet(packets[i], sizeof packets[i], seq++);

                if (!secure_rtp_job_init(&jobs[i], key, &stream, packets[i], len))
                    return -1;
            }
            if (secure_rtp_engine_run(e, jobs, n) < 0)
                return -1;
        }
        took = (cpu_ns() - start) / done;
        if (took < best)
            best = took;
    }
    return best;
}

/* Prints a line of the object. @return of batches of 64, < 0: it failed */
static double print_engine(const char *name, struct secure_rtp_engine *e,
                           const struct secure_rtp_key *key)
{
    double ns = -1;

    printf("  \"%s\": {", name);
    for (unsigned i = 0; i < LENGTH(sizes); i++) {
        ns = protect_ns(e, key, sizes[i]);
        if (ns < 0)
            return -1;
        printf("%s\"%u\": %.0f", i ? ", " : "", sizes[i], ns);
    }
    printf("},\n");
    return ns;
}

/* nettle, and what libipsec-mb offers on this machine. @return false: one failed */
static bool print_engines(const struct secure_rtp_key *key)
{
    struct secure_rtp_engine nettle = {0};
    const char *name;
    bool is_ok = print_engine("nettle", &nettle, key) >= 0;

    for (unsigned i = 0; is_ok && (name = secure_rtp_multi_variant(i)) != NULL; i++) {
        struct secure_rtp_engine e = {.n_min = 1};

        if (secure_rtp_multi_new(&e.multi, i) < 0)
            continue;
        is_ok = print_engine(name, &e, key) >= 0;
        secure_rtp_engine_release(&e);
    }
    return is_ok;
}

/* Datagrams go to a socket of our own whose buffer soon is full: the kernel's whole path, no
 * reader. */
static double send_ns(void)
{
    static uint8_t data[PACKET_BYTES + 10];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t to_len = sizeof to;
    struct iovec iov = {data, sizeof data};
    struct mmsghdr messages[BATCH] = {0};
    int sink = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    double best = 1e18;

    if (sink < 0 || out < 0 || bind(sink, (struct sockaddr *)&to, sizeof to) < 0 ||
        getsockname(sink, (struct sockaddr *)&to, &to_len) < 0)
        return -1;
    for (int i = 0; i < BATCH; i++)
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &to, .msg_namelen = to_len, .msg_iov = &iov, .msg_iovlen = 1};
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_ns();
        double took;

        for (int i = 0; i < PACKETS / BATCH; i++) {
            if (sendmmsg(out, messages, BATCH, 0) != BATCH)
                return -1;
        }
        took = (cpu_ns() - start) / PACKETS;
        if (took < best)
            best = took;
    }
    close(sink);
    close(out);
    return best;
}

int main(void)
{
    static const uint8_t master[SECURE_RTP_MASTER_MAX] = {1};
    struct secure_rtp_key key = {0};
    struct secure_rtp_engine chosen = {0};
    double protect = -1;
    double send = send_ns();
    bool is_ok;

    secure_rtp_engine_choose();
    secure_rtp_key_init(&key, secure_rtp_suite_at(0), master);
    printf("{\n");
    is_ok = print_engines(&key);
    if (is_ok && secure_rtp_engine_init(&chosen) == 0)
        protect = protect_ns(&chosen, &key, BATCH);
    secure_rtp_engine_release(&chosen);
    secure_rtp_key_release(&key);
    if (protect < 0 || send < 0) {
        fprintf(stderr, "floor: a packet could not be protected or sent\n");
        return 1;
    }
    printf("  \"chosen\": \"%s\",\n  \"protect_ns\": %.0f, \"sendmmsg_ns\": %.0f, \"floor_us\": "
           "%.3f\n}\n",
           secure_rtp_engine_choice(), protect, send, (protect + send) / 1000);
    return 0;
}
