#include "admin-cgi/view/qr_code.h"

#include <errno.h>
#include <qrencode.h>

enum { QUIET = 4, DARK = 1 };

/* Runs of dark modules of one row. */
static void add_row(struct buf *out, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width; x++) {
        int from = x;

        while (x < width && (row[x] & DARK))
            x++;
        if (x > from)
            buf_printf(out, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
    }
}

int qr_code_path(struct buf *out, unsigned *side, const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

    if (!code)
        return errno == ERANGE ? ERR_TOO_LARGE : ERR_NO_MEMORY;
    for (int y = 0; y < code->width; y++)
        add_row(out, code->data + y * code->width, code->width, y);
    *side = (unsigned)code->width + 2 * QUIET;
    QRcode_free(code);
    return buf_check(out);
}
