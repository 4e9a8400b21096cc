#include "base/chatter.h"

#include "base/clock.h"

gboolean chatter_allows_note(Chatter *chatter, guint notes_per_s, gint64 now_us)
{
    if (notes_per_s == 0)
        return TRUE;
    chatter->used_us = MAX(chatter->used_us, now_us);
    if (chatter->used_us + CLOCK_US_PER_S / notes_per_s - now_us > CHATTER_BURST_S * CLOCK_US_PER_S)
        return FALSE;
    chatter->used_us += CLOCK_US_PER_S / notes_per_s;
    return TRUE;
}

gboolean chatter_allows_refusal(Chatter *chatter, guint max_refusals)
{
    return max_refusals == 0 || ++chatter->refusals < max_refusals;
}
