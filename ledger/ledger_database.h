/* Gives the rest of ledger/ access to the same file for its own tables. */
#pragma once

#include <sqlite3.h>

typedef struct Ledger Ledger;

/* The connection of a ledger. The ledger stays its owner. */
sqlite3 *ledger_database(Ledger *ledger);
