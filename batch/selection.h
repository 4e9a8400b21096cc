/* Selection: decides which objects of the source are originals. Used by the supervisor. Pure. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* Whether the object with this key (relative to the source's prefix) matches a pattern of include, none of
 * exclude, and does not lie in the destination's state folder. A key that is empty or ends with '/' stands
 * for a folder and is never selected. */
gboolean selection_matches(const SourceConfig *source, const char *key);

/* Whether any output is made from the original with this key. */
gboolean selection_has_outputs(const Config *config, const char *key);

/* FALSE if no object in or below this folder ("2024/drafts/") can be selected, because an exclude pattern
 * matches all of them, or it is the destination's state folder. */
gboolean selection_may_enter(const SourceConfig *source, const char *folder);
