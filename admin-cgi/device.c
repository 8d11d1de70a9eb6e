#include "admin-cgi/device.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "common/hex.h"

#define DEVICE_COOKIE "dev"
#define DEVICE_SECONDS (INT64_C(180) * 86400)
#define DEVICE_ID_HEX 32
#define MAC_HEX (2 * APP_MAC_BYTES)

/* "ID-MAC": the MAC binds the device to one name, so that a stranger cannot make one up. */
static const char *mac_of(struct request *req, struct app *app, const char *id, const char *group,
                          const char *name)
{
    const char *message = arena_printf(req->arena, "device\n%s\n%s\n%s", id, group, name);
    uint8_t mac[APP_MAC_BYTES];
    char *hex = arena_alloc(req->arena, MAC_HEX + 1);

    if (!message || !hex || app_mac(app, span_str(message), mac) < 0)
        return NULL;
    return hex_format(hex, mac, sizeof mac);
}

const char *device_known(struct request *req, struct app *app, const char *group, const char *name)
{
    const char *cookie = request_cookie(req, DEVICE_COOKIE);
    const char *id, *mac;

    if (!cookie || strlen(cookie) != DEVICE_ID_HEX + 1 + MAC_HEX || cookie[DEVICE_ID_HEX] != '-')
        return NULL;
    id = arena_dup(req->arena, span_of(cookie, DEVICE_ID_HEX));
    mac = id ? mac_of(req, app, id, group, name) : NULL;
    return mac && gnutls_memcmp(mac, cookie + DEVICE_ID_HEX + 1, MAC_HEX) == 0 ? id : NULL;
}

void device_know(struct request *req, struct response *res, struct app *app, const char *group,
                 const char *name)
{
    const char *id = device_known(req, app, group, name);
    const char *mac, *cookie;
    uint8_t random[DEVICE_ID_HEX / 2];
    char fresh[DEVICE_ID_HEX + 1];

    if (!id) {
        if (gnutls_rnd(GNUTLS_RND_KEY, random, sizeof random) < 0)
            return;
        id = hex_format(fresh, random, sizeof random);
    }
    mac = mac_of(req, app, id, group, name);
    cookie = mac ? arena_printf(req->arena, "%s-%s", id, mac) : NULL;
    if (cookie)
        response_cookie(res, DEVICE_COOKIE, cookie, DEVICE_SECONDS);
}

const char *device_cookie(const struct request *req)
{
    const char *cookie = request_cookie(req, DEVICE_COOKIE);

    return cookie ? cookie : "";
}
