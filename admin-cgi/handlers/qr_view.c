#include "admin-cgi/handlers/qr_view.h"

#include "admin-cgi/page.h"
#include "admin-cgi/view/qr_code.h"

void qr_view_add(struct json_object *page, const char *text)
{
    struct buf path = {0};
    unsigned side;

    if (text && qr_code_path(&path, &side, text) == 0) {
        page_text(page, "qr_path", buf_str(&path));
        page_number(page, "qr_side", side);
    }
    buf_wipe(&path);
}
