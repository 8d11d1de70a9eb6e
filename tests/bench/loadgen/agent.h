/*
 * Connectivity of one peer connection by a full libnice agent (RFC 8445), so that servers without
 * ICE-lite can be measured too. Once connected, the socket is taken over: libnice no longer reads
 * it, and keepalive.h answers the server's checks and keeps consent (RFC 7675), so that media can
 * be sent and received in batches.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_AGENT_H
#define NEREID_TESTS_BENCH_LOADGEN_AGENT_H

#include <netinet/in.h>

#include "common/buf.h"
#include "common/span.h"

struct agent;

/** @param local_ip the address to gather on  @param controlling role at first; a lite peer makes
 * us controlling whatever it was (RFC 8445 section 6.1.1) */
int agent_new(struct agent **out, bool controlling, const char *local_ip, struct error *e) MUST_USE;
void agent_free(struct agent *a);
/** Let libnice work: timers and sockets; never waits. */
void agent_service(struct agent *a);
bool agent_is_gathered(const struct agent *a);
bool agent_is_ready(const struct agent *a);
bool agent_has_failed(const struct agent *a);
/** Borrowed for the agent's life; NULL before it was gathered. */
const char *agent_ufrag(const struct agent *a);
const char *agent_pwd(const struct agent *a);
/** Append "a=candidate:…\r\n" lines. */
void agent_write_candidates(struct agent *a, struct buf *out);
int agent_set_remote(struct agent *a, const char *ufrag, const char *pwd, bool is_lite) MUST_USE;
/** @param line "candidate:…"; one that libnice does not take (TCP, mDNS) is passed over */
void agent_add_candidate(struct agent *a, const char *line);

/** The selected pair. Afterwards agent_service() does nothing any more. */
int agent_take_socket(struct agent *a, int *fd, struct sockaddr_storage *remote,
                      socklen_t *remote_len) MUST_USE;
/**
 * What came on the pair before its socket was taken over: a server that starts DTLS does so at
 * once.
 * @return datagram `index` in order of arrival, borrowed for the agent's life; empty behind the
 * last
 */
struct span agent_early_datagram(const struct agent *a, unsigned index);
bool agent_is_controlling(const struct agent *a);

#endif
