/* What a taken-over imager tries from inside of its sandbox: system calls that must all be refused, and
 * others that must kill it. */
#pragma once

#include <glib.h>

typedef struct {
    const char *call; /* its name; a call that this processor does not have is left out */
    const char *what; /* for texts; "" if the name says it */
    const void *arguments[6];
} ImagerAttempt;

/* Makes all attempts in the calling process. Returns their number; those that were not refused by EACCES,
 * EPERM or ENOSYS are added to not_refused, with what came of them. */
guint imager_attempts_make(GString *not_refused);

/* Those that kill: their number, and making one of them, which does not return if it is as it should be. */
guint imager_attempts_count_deadly(void);
const char *imager_attempts_make_deadly(guint i);
