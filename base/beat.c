#include "base/beat.h"

#include <stdatomic.h>

static _Atomic guint64 *beat_counter;

void beat_set_counter(_Atomic guint64 *counter)
{
    beat_counter = counter;
}

void beat(void)
{
    if (beat_counter != NULL)
        atomic_fetch_add(beat_counter, 1);
}
