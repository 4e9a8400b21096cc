#include "imaging/formats/jpeg_scans.h"

#include <string.h>

/* Markers without parameters (ITU-T T.81, table B.1); 0 follows a byte of 0xff in entropy-coded data. */
enum { STUFFED = 0x00, TEM = 0x01, RST0 = 0xd0, RST7 = 0xd7, EOI = 0xd9, SOS = 0xda };

static gboolean has_parameters(guint8 marker)
{
    return marker != STUFFED && marker != TEM && (marker < RST0 || marker > RST7);
}

gboolean jpeg_scans_exceed(const void *bytes, gsize size, guint most)
{
    const guint soi_bytes = 2;
    const guint8 *at = size > soi_bytes ? (const guint8 *)bytes + soi_bytes : bytes; /* NULL if size is 0 */
    const guint8 *end = size > soi_bytes ? at + (size - soi_bytes) : at;
    guint n_scans = 0;

    while (n_scans <= most && at < end && (at = memchr(at, 0xff, (gsize)(end - at))) != NULL) {
        gsize length;

        while (at < end && *at == 0xff)
            at++;
        if (at == end || *at == EOI)
            break;
        if (!has_parameters(*at++))
            continue;
        n_scans += at[-1] == SOS;
        if (end - at < 2)
            break;
        length = (gsize)at[0] << 8 | at[1];
        if (length < 2 || length > (gsize)(end - at))
            break;
        at += length;
    }
    return n_scans > most;
}
