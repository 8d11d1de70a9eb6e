#include "tests/bench/loadgen/agent.h"

#include <agent.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

/* The least that RFC 8445 section 14.2 allows: it is the servers that are measured, and one that
 * is not ICE-lite wakes our checks by its own. */
#define CHECK_GAP_MS 5u
#define EARLY_MAX 4
#define EARLY_BYTES 1500

struct early_datagram {
    size_t len;
    uint8_t data[EARLY_BYTES];
};

struct agent {
    GMainContext *context;
    NiceAgent *nice;
    guint stream;
    gchar *ufrag;
    gchar *pwd;
    bool is_gathered;
    bool is_ready;
    bool has_failed;
    bool is_taken;
    unsigned n_early;
    struct early_datagram early[EARLY_MAX];
};

static void on_gathered(NiceAgent *nice, guint stream, gpointer user)
{
    struct agent *a = user;

    (void)nice;
    (void)stream;
    a->is_gathered = true;
}

static void on_state(NiceAgent *nice, guint stream, guint component, guint state, gpointer user)
{
    struct agent *a = user;

    (void)nice;
    (void)stream;
    (void)component;
    if (state == NICE_COMPONENT_STATE_READY)
        a->is_ready = true;
    else if (state == NICE_COMPONENT_STATE_FAILED)
        a->has_failed = true;
}

/* Bytes that come before the socket is taken over. What has no room is repeated by its sender. */
static void on_bytes(NiceAgent *nice, guint stream, guint component, guint len, gchar *data,
                     gpointer user)
{
    struct agent *a = user;

    (void)nice;
    (void)stream;
    (void)component;
    if (a->n_early == EARLY_MAX || len == 0 || len > EARLY_BYTES)
        return;
    a->early[a->n_early].len = len;
    memcpy(a->early[a->n_early].data, data, len);
    a->n_early++;
}

static int agent_gather(struct agent *a, const char *local_ip, struct error *e)
{
    NiceAddress address;

    nice_address_init(&address);
    if (!nice_address_set_from_string(&address, local_ip))
        return error_set(e, ERR_INVALID, "--local", "not an address");
    nice_agent_add_local_address(a->nice, &address);
    a->stream = nice_agent_add_stream(a->nice, 1);
    if (a->stream == 0 || !nice_agent_get_local_credentials(a->nice, a->stream, &a->ufrag, &a->pwd))
        return error_set(e, ERR_NO_MEMORY, NULL, "libnice made no stream");
    nice_agent_attach_recv(a->nice, a->stream, 1, a->context, on_bytes, a);
    if (!nice_agent_gather_candidates(a->nice, a->stream))
        return error_set(e, ERR_IO, NULL, "libnice could not gather candidates on %s", local_ip);
    return 0;
}

int agent_new(struct agent **out, bool controlling, const char *local_ip, struct error *e)
{
    struct agent *a = calloc(1, sizeof *a);
    int r;

    if (!a)
        return ERR_NO_MEMORY;
    a->context = g_main_context_new();
    a->nice =
        nice_agent_new_full(a->context, NICE_COMPATIBILITY_RFC5245,
                            NICE_AGENT_OPTION_ICE_TRICKLE | NICE_AGENT_OPTION_CONSENT_FRESHNESS);
    g_object_set(a->nice, "controlling-mode", controlling, "upnp", FALSE, "ice-tcp", FALSE,
                 "stun-pacing-timer", CHECK_GAP_MS, NULL);
    g_signal_connect(a->nice, "candidate-gathering-done", G_CALLBACK(on_gathered), a);
    g_signal_connect(a->nice, "component-state-changed", G_CALLBACK(on_state), a);
    r = agent_gather(a, local_ip, e);
    if (r < 0) {
        agent_free(a);
        return r;
    }
    *out = a;
    return 0;
}

void agent_free(struct agent *a)
{
    if (!a)
        return;
    g_clear_object(&a->nice);
    g_free(a->ufrag);
    g_free(a->pwd);
    g_main_context_unref(a->context);
    free(a);
}

void agent_service(struct agent *a)
{
    for (int i = 0; i < 16 && !a->is_taken; i++) {
        if (!g_main_context_iteration(a->context, FALSE))
            return;
    }
}

bool agent_is_gathered(const struct agent *a)
{
    return a->is_gathered;
}

bool agent_is_ready(const struct agent *a)
{
    return a->is_ready;
}

bool agent_has_failed(const struct agent *a)
{
    return a->has_failed;
}

const char *agent_ufrag(const struct agent *a)
{
    return a->ufrag;
}

const char *agent_pwd(const struct agent *a)
{
    return a->pwd;
}

void agent_write_candidates(struct agent *a, struct buf *out)
{
    GSList *all = nice_agent_get_local_candidates(a->nice, a->stream, 1);

    for (GSList *at = all; at; at = at->next) {
        gchar *line = nice_agent_generate_local_candidate_sdp(a->nice, at->data);

        buf_printf(out, "%s\r\n", line);
        g_free(line);
    }
    g_slist_free_full(all, (GDestroyNotify)nice_candidate_free);
}

int agent_set_remote(struct agent *a, const char *ufrag, const char *pwd, bool is_lite)
{
    if (is_lite)
        g_object_set(a->nice, "controlling-mode", TRUE, NULL);
    return nice_agent_set_remote_credentials(a->nice, a->stream, ufrag, pwd) ? 0 : ERR_INVALID;
}

void agent_add_candidate(struct agent *a, const char *line)
{
    gchar *attribute = g_strdup_printf("a=%s", line);
    NiceCandidate *candidate = nice_agent_parse_remote_candidate_sdp(a->nice, a->stream, attribute);
    GSList one = {.data = candidate};

    if (candidate) {
        if (candidate->component_id == 1)
            nice_agent_set_remote_candidates(a->nice, a->stream, 1, &one);
        nice_candidate_free(candidate);
    }
    g_free(attribute);
}

int agent_take_socket(struct agent *a, int *fd, struct sockaddr_storage *remote,
                      socklen_t *remote_len)
{
    NiceCandidate *local;
    NiceCandidate *peer;
    GSocket *socket = nice_agent_get_selected_socket(a->nice, a->stream, 1);

    if (!socket || !nice_agent_get_selected_pair(a->nice, a->stream, 1, &local, &peer))
        return ERR_UNSUPPORTED;
    memset(remote, 0, sizeof *remote);
    nice_address_copy_to_sockaddr(&peer->addr, (struct sockaddr *)remote);
    *remote_len =
        remote->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    *fd = g_socket_get_fd(socket);
    a->is_taken = true;
    return 0;
}

struct span agent_early_datagram(const struct agent *a, unsigned index)
{
    return index < a->n_early ? span_of(a->early[index].data, a->early[index].len)
                              : (struct span){0};
}

bool agent_is_controlling(const struct agent *a)
{
    gboolean controlling = FALSE;

    g_object_get(a->nice, "controlling-mode", &controlling, NULL);
    return controlling;
}
