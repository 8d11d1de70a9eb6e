#include "admin-cgi/network/offered.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/macros.h"

static const struct {
    uint32_t net, mask; /* host order */
} private_nets[] = {
    {0x0a000000, 0xff000000}, /* 10/8 */
    {0xac100000, 0xfff00000}, /* 172.16/12 */
    {0xc0a80000, 0xffff0000}, /* 192.168/16 */
    {0x64400000, 0xffc00000}, /* 100.64/10 */
    {0x7f000000, 0xff000000}, /* loopback */
    {0xa9fe0000, 0xffff0000}, /* link-local */
};

bool offered_is_private(const char *address)
{
    char host[INET6_ADDRSTRLEN] = "";
    const char *begin = address[0] == '[' ? address + 1 : address;
    const char *end = address[0] == '[' ? strchr(address, ']') : strrchr(address, ':');
    struct in6_addr six;
    struct in_addr four;

    if (!end || !span_copy(span_of(begin, (size_t)(end - begin)), host, sizeof host))
        return false;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_LINKLOCAL(&six) ||
               (six.s6_addr[0] & 0xfe) == 0xfc;
    if (inet_pton(AF_INET, host, &four) != 1)
        return false;
    for (size_t i = 0; i < LENGTH(private_nets); i++) {
        if ((ntohl(four.s_addr) & private_nets[i].mask) == private_nets[i].net)
            return true;
    }
    return false;
}

struct probe_words offered_words(struct arena *a, struct json_object *offered, bool *works)
{
    size_t n = offered ? json_object_array_length(offered) : 0;
    const char *all = page_comma_list(a, offered);

    *works = false;
    if (!offered)
        return (struct probe_words){say(a, "The media server does not answer."),
                                    say(a, "Look at Health; the supervisor starts it again.")};
    for (size_t i = 0; i < n && !*works; i++)
        *works = !offered_is_private(json_object_get_string(json_object_array_get_idx(offered, i)));
    if (*works)
        return (struct probe_words){
            say_with(a, "It listens, and tells browsers {addresses}.", "addresses", all, NULL), ""};
    return (struct probe_words){
        say_with(a, "It tells browsers private addresses alone: {addresses}.", "addresses", all,
                 NULL),
        say(a,
            "That is right where all people are in this network. For others, set the address "
            "that they reach (\"announce\" in data/mediad.json), restart the server, and forward "
            "this UDP port.")};
}
