/* The answers that stores give when they are asked in doubt, as the test says: linked in place of
 * daemon/verdict/witness.c and daemon/verdict/appeal.c. */
#pragma once

#include <glib.h>

extern gboolean verdicts_store_answers; /* whether a store answers a witness; TRUE at first */
extern gboolean verdicts_is_refused;    /* whether a store refuses the other object too; TRUE at first */
extern guint verdicts_witnesses;        /* how often a witness was asked */
