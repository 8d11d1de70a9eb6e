/*
 * nereid-network-test: do STUN and TURN servers do their work, seen from this machine? Reads an
 * array of {"url", "username", "credential"} from standard input, where no log-in is seen by others
 * (arguments are), and writes an array of what was found, in the same order
 * (common/probe_result.h). With the argument "auth" it asks one authorisation server: the question
 * and what is found are objects (auth_probe.h). admin-cgi runs it; people may, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>

#include <json-c/json.h>

#include "common/probe_result.h"
#include "network/auth_probe.h"
#include "network/probe_all.h"

#define INPUT_MAX (256 * 1024)

static int fail(const char *text)
{
    fprintf(stderr, "nereid-network-test: %s\n", text);
    return 1;
}

/* @return NULL: it is none of this type */
static struct json_object *read_question(json_type type)
{
    static char text[INPUT_MAX];
    size_t len = fread(text, 1, sizeof text - 1, stdin);
    struct json_object *question;

    text[len] = 0;
    question = json_tokener_parse(text);
    if (!json_object_is_type(question, type)) {
        json_object_put(question);
        return NULL;
    }
    return question;
}

/* Takes the JSON. */
static int write_answer(struct json_object *json, const char *instead)
{
    puts(json ? json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN) : instead);
    json_object_put(json);
    return fflush(stdout) == 0 ? 0 : fail("standard output cannot be written");
}

static int write_results(const struct probe_row *rows, size_t n)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; list && i < n; i++)
        json_object_array_add(list, probe_result_to_json(&rows[i].result));
    return write_answer(list, "[]");
}

static int test_auth(void)
{
    struct json_object *question = read_question(json_type_object);
    int r;

    if (!question)
        return fail("standard input is no object");
    r = write_answer(auth_probe(question), "{}");
    json_object_put(question);
    return r;
}

static int test_servers(void)
{
    struct probe_row rows[NETWORK_TEST_MAX] = {0};
    struct json_object *servers = read_question(json_type_array);
    size_t n;
    int r;

    if (!servers)
        return fail("standard input is no array of servers");
    n = json_object_array_length(servers);
    n = n > NETWORK_TEST_MAX ? NETWORK_TEST_MAX : n;
    for (size_t i = 0; i < n; i++) {
        struct json_object *server = json_object_array_get_idx(servers, i);

        rows[i] = probe_row_of(json_object_object_get(server, "url"), server);
    }
    probe_all(rows, n);
    r = write_results(rows, n);
    json_object_put(servers);
    return r;
}

int main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would read it */
    if (argc == 1)
        return test_servers();
    return argc == 2 && strcmp(argv[1], "auth") == 0 ? test_auth()
                                                     : fail("the only argument is \"auth\"");
}
