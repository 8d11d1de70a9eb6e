#include "admin-cgi/password_memory.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "common/now.h"

#define ENTRIES 1024
#define WAYS 4 /* places where a fact may stand */
#define LIFETIME_US (60 * US_PER_S)
#define MAC_BYTES 32

struct entry {
    uint8_t mac[MAC_BYTES];
    int64_t until_us;
};

struct password_memory {
    uint8_t key[PASSWORD_MEMORY_KEY_BYTES];
    struct entry entries[ENTRIES];
};

int password_memory_new(struct password_memory **out, const uint8_t key[PASSWORD_MEMORY_KEY_BYTES])
{
    struct password_memory *m = calloc(1, sizeof *m);

    if (!m)
        return ERR_NO_MEMORY;
    memcpy(m->key, key, sizeof m->key);
    *out = m;
    return 0;
}

void password_memory_free(struct password_memory *m)
{
    if (!m)
        return;
    explicit_bzero(m, sizeof *m);
    free(m);
}

static bool add_part(gnutls_hmac_hd_t mac, struct span part)
{
    uint64_t len = part.len;

    return gnutls_hmac(mac, &len, sizeof len) == 0 &&
           (part.len == 0 || gnutls_hmac(mac, part.data, part.len) == 0);
}

static bool fact_mac(const struct password_memory *m, const struct password_fact *f,
                     uint8_t out[MAC_BYTES])
{
    gnutls_hmac_hd_t mac;
    bool good;

    if (gnutls_hmac_init(&mac, GNUTLS_MAC_SHA256, m->key, sizeof m->key) < 0)
        return false;
    good = add_part(mac, span_str(f->scope)) && add_part(mac, f->name) &&
           add_part(mac, f->password) && add_part(mac, f->stored);
    gnutls_hmac_deinit(mac, out);
    return good;
}

static size_t first_place(const uint8_t mac[MAC_BYTES])
{
    return ((size_t)mac[0] << 8 | mac[1]) % (ENTRIES / WAYS) * WAYS;
}

bool password_memory_has(struct password_memory *m, const struct password_fact *fact,
                         int64_t now_us)
{
    uint8_t mac[MAC_BYTES];
    size_t place;
    bool found = false;

    if (!fact_mac(m, fact, mac))
        return false;
    place = first_place(mac);
    for (size_t i = 0; i < WAYS; i++) {
        const struct entry *entry = &m->entries[place + i];

        if (entry->until_us > now_us && gnutls_memcmp(entry->mac, mac, sizeof mac) == 0)
            found = true;
    }
    return found;
}

void password_memory_add(struct password_memory *m, const struct password_fact *fact,
                         int64_t now_us)
{
    uint8_t mac[MAC_BYTES];
    struct entry *oldest;

    if (!fact_mac(m, fact, mac))
        return;
    oldest = &m->entries[first_place(mac)];
    for (struct entry *entry = oldest + 1, *end = oldest + WAYS; entry < end; entry++) {
        if (entry->until_us < oldest->until_us)
            oldest = entry;
    }
    memcpy(oldest->mac, mac, sizeof mac);
    oldest->until_us = now_us + LIFETIME_US;
}
