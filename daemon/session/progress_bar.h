/* The progress bar of a run on a terminal. Used by the main process, the only one that writes to the
 * terminal. */
#pragma once

#include <glib.h>

#include "daemon/protocol/progress.h"
#include "daemon/session/speed.h"

typedef struct ProgressBar ProgressBar;

typedef enum {
    PROGRESS_NONE,
    PROGRESS_BAR,  /* drawn on standard error */
    PROGRESS_JSON, /* lines for programs on standard error, at most one a second; the last one is complete */
} ProgressForm;

/* form is not PROGRESS_NONE. */
ProgressBar *progress_bar_new(ProgressForm form);

/* Draws the bar with this progress. */
void progress_bar_update(ProgressBar *bar, const Progress *progress);

/* Removes the bar from the terminal, so that a line can be printed; the next update draws it again. bar may
 * be NULL. */
void progress_bar_hide(ProgressBar *bar);

/* Hides and frees the bar; it may be NULL. */
void progress_bar_free(ProgressBar *bar);

/* The text of the bar without control characters, at most `columns` wide: "~" precedes an estimate, "+"
 * follows a number that will grow. Pure. Owned by the caller. */
char *progress_bar_text(const Progress *progress, const Forecast *forecast, guint columns);
