/* Makes a tree for each job of a configuration, as if the job had a file of its own: what it does not have is
 * taken from the top of the file. Private to config/; used by the main process. */
#pragma once

#include "config/document.h"
#include "config/problems.h"

/* The trees of the jobs (of Node), owned by the caller: of each item of `jobs`, in the root and in the
 * included trees (of Node); or, if there is no `jobs` at all, of the root alone. Presets of the included
 * trees are added to each. Keys at a wrong place, presets and jobs that are defined twice are added to
 * problems. */
GPtrArray *job_tree_split(Node *root, const GPtrArray *included, Problems *problems);
