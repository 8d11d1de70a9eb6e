#include "admin-cgi/store/actor.h"

#include "admin-cgi/request.h"

static const char *const names[] = {"console", "api", "file", "cli", "system"};

const char *actor_kind_name(enum actor_kind kind)
{
    return names[kind];
}

struct actor actor_of(const struct request *req, enum actor_kind kind)
{
    return (struct actor){.kind = kind,
                          .account_id = req->who.account_id,
                          .is_server_admin = req->who.is_server_admin,
                          .name = req->who.name,
                          .address = req->client_address,
                          .request_id = req->request_id,
                          .now_us = req->now_us};
}
