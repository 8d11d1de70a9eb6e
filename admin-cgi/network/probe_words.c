#include "admin-cgi/network/probe_words.h"

#include "admin-cgi/local_format.h"
#include "admin-cgi/say.h"
#include "common/ice_url.h"
#include "common/macros.h"

static const struct {
    int code;
    const char *found, *next;
} refusals[] = {
    {403, TEXT("The server forbids it"), TEXT("Look at what its configuration denies.")},
    {437, TEXT("The server still has an allocation for this address"),
     TEXT("Try again in a minute.")},
    {441, TEXT("The server knows this address by another log-in"), TEXT("Try again in a minute.")},
    {442, TEXT("The server does not relay by UDP"),
     TEXT("Allow UDP relaying in its configuration.")},
    {486, TEXT("The server's quota for this log-in is used up"),
     TEXT("Raise its quota (user-quota of coturn), or wait until meetings have ended.")},
    {508, TEXT("The server has no more ports to relay by"),
     TEXT("Widen its range of ports, or wait until meetings have ended.")},
};

static struct probe_words refused(struct arena *a, const struct probe_result *r)
{
    for (size_t i = 0; i < LENGTH(refusals); i++) {
        if (refusals[i].code == r->code)
            return (struct probe_words){say_with(a, "{problem} (error {code}).", "problem",
                                                 say(a, refusals[i].found), "code",
                                                 arena_printf(a, "%d", r->code), NULL),
                                        say(a, refusals[i].next)};
    }
    return (struct probe_words){say_with(a, "The server refused with error {code}.", "code",
                                         arena_printf(a, "%d", r->code), NULL),
                                say(a, "Look into the server's log.")};
}

static struct probe_words works(struct arena *a, const struct ice_url *url,
                                const struct probe_result *r)
{
    return (struct probe_words){
        say_with(a,
                 url->is_turn ? "It relays by {address}; it answered within {time} ms."
                              : "It sees this server as {address}; it answered within {time} ms.",
                 "address", r->text, "time", local_number(a, (double)r->took_us / 1e3, 1), NULL),
        ""};
}

struct probe_words probe_words(struct arena *a, const struct probe_row *row)
{
    const struct probe_result *r = &row->result;
    struct ice_url url;
    const char *way;

    if (!ice_url_parse(&url, span_str(row->url)))
        return (struct probe_words){say(a, "This is no address of a STUN or TURN server."),
                                    say(a, "Correct it among the STUN and TURN servers.")};
    way = url.is_tcp ? "TCP" : "UDP";
    switch (r->outcome) {
    case PROBE_WORKS:
        return works(a, &url, r);
    case PROBE_NO_NAME:
        return (struct probe_words){
            say_with(a, "The name {name} was not found: {reason}.", "name", url.host, "reason",
                     r->text, NULL),
            say(a, "Correct the name, or look whether this machine's DNS works.")};
    case PROBE_CLOSED:
        return (struct probe_words){
            say_with(a, "Nothing was reached on {protocol} port {port}: {reason}.", "protocol", way,
                     "port", arena_printf(a, "%u", url.port), "reason", r->text, NULL),
            say(a, "Look whether the server runs, and listens on this port.")};
    case PROBE_SILENT:
        return (struct probe_words){
            say_with(a, "No answer on {protocol} port {port} within {time} s.", "protocol", way,
                     "port", arena_printf(a, "%u", url.port), "time",
                     arena_printf(a, "%d", PROBE_ANSWER_MS / 1000), NULL),
            say(a,
                "The server is down, or a firewall on the way is closed: open this port there, and "
                "the way out of here.")};
    case PROBE_NO_TLS:
        return (struct probe_words){say_with(a, "TLS failed: {reason}.", "reason", r->text, NULL),
                                    say(a, "Browsers refuse this, too: look at the name, the end "
                                           "and the chain of the server's "
                                           "certificate.")};
    case PROBE_NOT_STUN:
        return (struct probe_words){say(a, "Something answers there, but not STUN."),
                                    say(a, "Look whether the port is right.")};
    case PROBE_UNAUTHORIZED:
        return (struct probe_words){say(a, "The log-in was refused."),
                                    say(a, "Look whether name and password are the server's. With "
                                           "a shared secret: whether it is "
                                           "the same on both sides (static-auth-secret of coturn), "
                                           "and whether both clocks are "
                                           "right.")};
    case PROBE_REFUSED:
        return refused(a, r);
    case PROBE_LATE:
        return (struct probe_words){say(a, "The test did not end in time."),
                                    say(a, "Most likely the name could not be looked up: see "
                                           "whether this machine's DNS works.")};
    case PROBE_BAD_URL:
    case PROBE_FAILED:
        break;
    }
    return (struct probe_words){say(a, "The test could not be made here."), say(a, "Try again.")};
}
