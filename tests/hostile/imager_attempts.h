/* Attempts of a compromised imager inside its sandbox: system calls that must all be refused, and others that
 * must kill it. */
#pragma once

#include <glib.h>

typedef struct {
    const char *call; /* name of the system call; it is skipped if this processor does not have it */
    const char *what; /* for error texts; "" if the name is enough */
    const void *arguments[6];
} ImagerAttempt;

/* Makes all attempts in the calling process. Returns their number. Attempts that were not refused with
 * EACCES, EPERM or ENOSYS are added to not_refused, with their results. */
guint imager_attempts_make(GString *not_refused);

/* The attempts that must kill: their number, and a function that makes one of them, and returns only if it
 * did not kill. */
guint imager_attempts_count_deadly(void);
const char *imager_attempts_make_deadly(guint i);
