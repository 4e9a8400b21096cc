/* The version of the JSON that programs read: reports, logs, and the output of commands with --json. It is
 * the member "format" of each, so that a reader can tell whether it supports the document. docs/JSON.md
 * describes the format.
 *
 * New members may be added at any time. The number is raised when a member is removed or changes its
 * meaning. */
#pragma once

#define JSON_FORMAT 1

/* The version as a literal. */
#define JSON_FORMAT_TEXT "1"
