/* For the rest of ledger/, which keeps other tables in the same file. */
#pragma once

#include <sqlite3.h>

typedef struct Ledger Ledger;

/* The connection of a ledger, which stays its owner. */
sqlite3 *ledger_database(Ledger *ledger);
