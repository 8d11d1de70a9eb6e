#include "admin-cgi/store/secret_id.h"

#include <string.h>
#include <sys/random.h>

#include "common/base64url.h"
#include "common/buf.h"

#define BYTES_MAX 32

int secret_id_make(char *out, size_t bytes, struct error *e)
{
    unsigned char random[BYTES_MAX];
    struct buf text = {0};
    bool fits;

    if (getrandom(random, bytes, 0) != (ssize_t)bytes)
        return error_set(e, ERR_IO, NULL, "no random numbers");
    base64url_add(&text, span_of(random, bytes));
    fits = buf_check(&text) == 0 && span_copy(buf_span(&text), out, SECRET_ID_SIZE(bytes));
    buf_wipe(&text);
    explicit_bzero(random, sizeof random);
    return fits ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for an id");
}
