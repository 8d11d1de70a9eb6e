/*
 * floor: what forwarding one packet cannot cost less than on this machine: protecting 1,100 bytes
 * of RTP with the server's own SRTP, and one datagram's share of a sendmmsg of 64
 * (spec/media.md 2.3, 2.4). Prints one JSON object; nanoseconds of CPU time per packet, the best of
 * several rounds.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mediad/rtc/rtp.h"
#include "mediad/rtc/secure_rtp.h"

#define PACKET_BYTES 1100
#define BATCH 64
#define ROUNDS 7
#define PACKETS (BATCH * 1500)

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

static double protect_ns(struct secure_rtp *srtp)
{
    uint8_t packet[PACKET_BYTES + SECURE_RTP_TRAILER_MAX];
    uint16_t seq = 1;
    double best = 1e18;

    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_ns();
        double took;

        for (int i = 0; i < PACKETS; i++) {
            size_t len = make_packet(packet, sizeof packet, seq++);

            if (secure_rtp_protect(srtp, packet, &len, sizeof packet) < 0)
                return -1;
        }
        took = (cpu_ns() - start) / PACKETS;
        if (took < best)
            best = took;
    }
    return best;
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
    struct dtls_keys keys = {{1}, {2}};
    struct secure_rtp srtp = {0};
    double protect;
    double send;

    if (secure_rtp_start(NULL) < 0 || secure_rtp_init(&srtp, &keys) < 0) {
        fprintf(stderr, "floor: SRTP did not start\n");
        return 1;
    }
    protect = protect_ns(&srtp);
    send = send_ns();
    secure_rtp_release(&srtp);
    if (protect < 0 || send < 0) {
        fprintf(stderr, "floor: a packet could not be protected or sent\n");
        return 1;
    }
    printf("{\"protect_ns\": %.0f, \"sendmmsg_ns\": %.0f, \"floor_us\": %.3f}\n", protect, send,
           (protect + send) / 1000);
    return 0;
}
