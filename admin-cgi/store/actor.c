#include "admin-cgi/store/actor.h"

#include "admin-cgi/request.h"
#include "admin-cgi/say.h"

static const char *const names[] = {TEXT("console"), TEXT("api"), TEXT("file"), TEXT("cli"),
                                    TEXT("system")};

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
