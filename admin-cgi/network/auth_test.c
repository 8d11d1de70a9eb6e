#include "admin-cgi/network/auth_test.h"

#include <inttypes.h>
#include <string.h>

#include "admin-cgi/network/network_helper.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/log.h"
#include "common/macros.h"

#define HEAR_MS 1000 /* between two looks at the clock */

static const struct log_ctx ctx = {.room = "network"};

/* Words of network/auth_probe.h; {reason}, {status}, {time} and {origin} are filled in. */
static const struct {
    const char *outcome;
    bool works;
    const char *found, *next;
} outcomes[] = {
    {"token", true, TEXT("It gave a token, within {time} ms."), ""},
    {"not-known", true,
     TEXT("It answers, and does not know this name (204): the group's own passwords decide."), ""},
    {"log-in", true, TEXT("It answers, and refused this name and password ({status})."),
     TEXT("With a name and a password that are right it gives a token.")},
    {"status", false, TEXT("It answered {status} to the log-in."),
     TEXT("Look into its log: 200, 204, 401 and 403 are what a group's page understands.")},
    {"not-token", false,
     TEXT("It answered 200 without a token; the type of its answer is "
          "“{reason}”."),
     TEXT("The answer is the token, with Content-Type: application/jwt.")},
    {"redirect", false, TEXT("It sends on to another address ({status})."),
     TEXT("Write that address into the group: a browser sends no log-in on.")},
    {"page-refused", false, TEXT("It answers, but lets no page of {origin} ask it ({status})."),
     TEXT("It has to answer OPTIONS and POST with Access-Control-Allow-Origin: {origin}, and "
          "OPTIONS with Access-Control-Allow-Headers: Content-Type.")},
    {"no-name", false, TEXT("Its name was not found: {reason}."),
     TEXT("Correct the address, or look whether this machine's DNS works.")},
    {"closed", false, TEXT("Nothing was reached there: {reason}."),
     TEXT("Look whether the server runs, and listens on this port.")},
    {"silent", false, TEXT("No answer came within {time} s."),
     TEXT("The server is down, or a firewall on the way is closed.")},
    {"no-tls", false, TEXT("TLS failed: {reason}."),
     TEXT("Browsers refuse this, too: look at the name, the end and the chain of the server's "
          "certificate.")},
    {"too-large", false, TEXT("Its answer is longer than a token."),
     TEXT("The answer is the token, with Content-Type: application/jwt.")},
    {"bad-url", false, TEXT("This is no address of a web server."),
     TEXT("Correct it in the group's settings.")},
};

static const char *text_of(struct json_object *o, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(o, name));

    return text ? text : "";
}

static struct json_object *ask(struct arena *a, const struct auth_question *q)
{
    struct json_object *question = arena_json(a, json_object_new_object());
    struct network_helper h = {0};
    int r;

    page_text(question, "url", q->url);
    page_text(question, "origin", q->origin);
    page_text(question, "location", q->location);
    page_text(question, "username", q->username);
    page_text(question, "password", q->password);
    r = network_helper_start_auth(&h, question);
    if (r != 0) {
        log_error(&ctx, "nereid-network-test cannot be started: %s", strerror(r));
        return NULL;
    }
    while (!network_helper_hear(&h, HEAR_MS))
        continue;
    return arena_json(a, network_helper_answer(&h));
}

static struct auth_answer in_words(struct arena *a, const struct auth_question *q,
                                   struct json_object *answer, size_t row)
{
    bool is_late = strcmp(outcomes[row].outcome, "silent") == 0;
    int64_t took_us = json_object_get_int64(json_object_object_get(answer, "took_us"));
    const char *time = is_late ? "5" : arena_printf(a, "%" PRId64, took_us / 1000);
    const char *token = text_of(answer, "token");

    return (struct auth_answer){
        .works = outcomes[row].works,
        .is_unknown = strcmp(outcomes[row].outcome, "not-known") == 0,
        .token = *token ? token : NULL,
        .words = {say_with(a, outcomes[row].found, "reason", text_of(answer, "text"), "status",
                           text_of(answer, "status"), "time", time, "origin", q->origin, NULL),
                  say_with(a, outcomes[row].next, "origin", q->origin, NULL)}};
}

struct auth_answer auth_test(struct arena *a, const struct auth_question *question)
{
    struct json_object *answer = ask(a, question);

    for (size_t i = 0; i < LENGTH(outcomes); i++) {
        if (strcmp(outcomes[i].outcome, text_of(answer, "outcome")) == 0)
            return in_words(a, question, answer, i);
    }
    return (struct auth_answer){
        .words = {say(a, "The test could not be made here."), say(a, "Try again.")}};
}
