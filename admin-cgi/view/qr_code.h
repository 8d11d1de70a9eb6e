/*
 * QR codes (ISO/IEC 18004) as the path of an SVG, by libqrencode. Pure.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_QR_CODE_H
#define NEREID_ADMIN_CGI_VIEW_QR_CODE_H

#include "common/buf.h"
#include "common/error.h"

/**
 * Appends the `d` attribute of a path of one unit for each module, dark ones filled, the quiet zone
 * of four modules around them.
 * @param side of the square, quiet zone included: for the viewBox
 * @return 0, ERR_TOO_LARGE (about 2,300 bytes), ERR_NO_MEMORY
 */
int qr_code_path(struct buf *out, unsigned *side, const char *text) MUST_USE;

#endif
