#include "mediad/group/bans.h"

#include <stdlib.h>
#include <string.h>

struct ban {
    struct list_node in_list;
    char *username;
    char *address;
    int64_t until_us;
};

static void ban_free(struct ban *ban)
{
    list_remove(&ban->in_list);
    free(ban->username);
    free(ban->address);
    free(ban);
}

void bans_release(struct bans *b)
{
    bans_expire(b, INT64_MAX);
}

static bool is_about(const struct ban *ban, const char *username, const char *address)
{
    return strcmp(ban->username, username) == 0 && strcmp(ban->address, address) == 0;
}

int bans_add(struct bans *b, const char *username, const char *address, int64_t until_us)
{
    struct ban *ban;
    size_t n = 0;

    LIST_EACH (struct ban, known, &b->list, in_list) {
        if (is_about(known, username, address)) {
            known->until_us = until_us;
            return 0;
        }
        n++;
    }
    if (n >= BANS_MAX)
        return ERR_BUSY;
    ban = calloc(1, sizeof *ban);
    if (!ban)
        return ERR_NO_MEMORY;
    ban->username = strdup(username);
    ban->address = strdup(address);
    if (!ban->username || !ban->address) {
        ban_free(ban);
        return ERR_NO_MEMORY;
    }
    ban->until_us = until_us;
    list_prepend(&b->list, &ban->in_list);
    return 0;
}

bool bans_include(struct bans *b, const char *username, const char *address, int64_t now_us)
{
    bans_expire(b, now_us);
    LIST_EACH (const struct ban, ban, &b->list, in_list) {
        if (is_about(ban, username, address))
            return true;
    }
    return false;
}

void bans_expire(struct bans *b, int64_t now_us)
{
    LIST_EACH_REMOVING (struct ban, ban, &b->list, in_list) {
        if (ban->until_us <= now_us)
            ban_free(ban);
    }
}

bool bans_is_empty(const struct bans *b)
{
    return list_is_empty(&b->list);
}
