/* The parts of the status page that never change: its style and script, and the policy that allows these two
 * and nothing else. Pure. */
#pragma once

#include <glib.h>

/* The style sheet and the script, without their elements. */
const char *page_text_style(void);
const char *page_text_script(void);

/* The Content-Security-Policy of the page, with the digests of both. Owned by the caller. */
char *page_text_policy(void);
