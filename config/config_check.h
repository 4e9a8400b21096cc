/* Common code of the two sources of a Config: the YAML file (config_load.c) and the message (config.c). They
 * are separate, so that a process that only receives configurations links no YAML parser. Private to
 * config/. */
#pragma once

#include "config/model.h"
#include "config/problems.h"

/* Returns a Config with all defaults. */
Config *config_new(void);

/* Checks that involve more than one key: contradictions within an output, bucket names, output keys, the
 * proof that no output feeds the source. Splits outputs of several scales. */
void config_finish(Config *config, Problems *problems);
