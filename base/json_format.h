/* The version of the JSON that programs read: reports, logs, and what commands print with --json. It is the
 * member "format" of each, so that a reader can tell whether it knows what it reads. docs/JSON.md describes
 * it.
 *
 * New members may come at any time. The number is raised when one goes, or means something else. */
#pragma once

#define JSON_FORMAT 1

/* The same in a literal. */
#define JSON_FORMAT_TEXT "1"
